"""One dispatch order on a page: what is asked, its clock, everything that happened, and what the reader may do now."""

import streamlit as st

from dashboard import parts
from dashboard.parts import Safe, joined, wrapped
from dashboard.views import acting, reported, rules
from dashboard.views.order_words import Standing, clock_html, standing
from dashboard.visit import Visit
from models.queries import alert_list, orders, places
from models.queries.orders import FileRow, OrderEventRow, OrderRow
from models.queries.places import name_of
from models.vocabulary import Cause, Deed

#: What an event sets or asks for, by its deed; shown beside it.
_WITH_DAYS = frozenset({Deed.ISSUED, Deed.TIME_ASKED, Deed.TIME_GRANTED, Deed.SENT_BACK, Deed.REOPENED})


def render(visit: Visit, city: str, identity: str) -> None:
    t = visit.words
    found = orders.one(visit.db, visit.scope, city, identity)
    if found is None:
        parts.page(t("Dispatch order"))
        parts.outside(visit)
        return
    now = standing(visit, found)
    where = name_of(places.names(visit.db), city, visit.words)
    parts.page(t("Dispatch order {number}", number=found.number), where)
    parts.show(wrapped("div", joined([t.label(now.stand.state), clock_html(now, t)], " · "), "pd-big"))
    parts.show(parts.facts(_about(visit, now, where)))
    parts.heading(t("What is asked"))
    parts.show(_text(found.asked))
    acting.offer(visit, now)
    parts.heading(t("What happened"))
    for event in reversed(found.events):
        _event(visit, found, event)
    parts.show(parts.anchor(t("All dispatch orders"), parts.link("orders", visit)))


def _about(visit: Visit, now: Standing, where: str) -> list[tuple[str, object]]:
    t, order, stand = visit.words, now.order, now.stand
    about = {"city": order.city, "project": order.project, "name": order.name or order.project}
    cause = t.label(order.cause)
    pairs: list[tuple[str, object]] = [
        (t("Project or city"), parts.subject_link(visit, about, where)),
        (t("Alert"), _alert(visit, order)),
        (
            t("Cause"),
            cause if order.cause != Cause.OTHER else f"{cause}{t.pick('：', ': ')}{order.cause_note}",
        ),
        (t("Laid on"), _desk(visit, order, where)),
        (t("Issued by"), f"{t.label(order.by_level)} · {order.issued_by}"),
        (t("Issued at"), t.instant(order.issued_at)),
        (t("Reply by"), t.day(stand.answer_by)),
        (t("Rectify by"), t.day(stand.rectify_by)),
    ]
    if order.gathered:
        shown = joined((_stands(visit, order.city, alert) for _, alert in order.gathered), t.pick("、", ", "))
        pairs.insert(2, (t("It gathers too"), shown))
    if stand.relapses:
        pairs.append((t("Relapses"), t.number(stand.relapses, 0)))
    if stand.escalated is not None and stand.closed_on is None:
        pairs.append((t("Escalated to"), t.label(stand.escalated)))
    return pairs


def _desk(visit: Visit, order: OrderRow, where: str) -> str:
    t = visit.words
    known = orders.desk_people(visit.db, visit.scope, order.city, order.to_level)
    people = t.pick("、", ", ").join(known.get(email, email) for email in order.named)
    desk = t("{level} desk for {place}", level=t.label(order.to_level), place=where)
    return f"{desk}{t.pick('：', ': ')}{people}" if people else desk


def _alert(visit: Visit, order: OrderRow) -> Safe:
    """The alert's present state: an order and its alert end each for itself."""
    t = visit.words
    if order.alert is None:
        return parts.cell(t("issued by hand, without an alert"))
    newest = next((event.alert for event in reversed(order.events) if event.alert), order.alert)
    return _stands(visit, order.city, newest)


def _stands(visit: Visit, city: str, alert: str) -> Safe:
    """An alert's rule and how it stands."""
    t, found = visit.words, alert_list.one(visit.db, visit.scope, city, alert)
    if found is None:
        return parts.cell(None)
    title = rules.title(found.rule, rules.policy(visit.db, found.policy), t)
    state = (
        parts.severity_html(found.severity, t)
        if found.closed_on is None
        else t("ended on {day}", day=t.day(found.closed_on))
    )
    return joined([parts.anchor(title, reported.page_of(visit, found.city, found.id)), state])


def _text(text: str) -> Safe:
    """What somebody wrote, line by line."""
    return joined((wrapped("div", line) for line in text.splitlines()), "")


def _event(visit: Visit, order: OrderRow, event: OrderEventRow) -> None:
    t = visit.words
    with st.container(border=True):
        who = event.by or t("the clock")
        level = [t.label(event.level)] if event.level and event.by else []
        head = [wrapped("b", t.label(event.deed)), t.instant(event.happened_at), *level, who]
        parts.show(wrapped("div", joined(head, " · ")), *_told(visit, event))
        if event.files:
            with st.container(horizontal=True):
                for file in event.files:
                    _download(visit, order, file)


def _told(visit: Visit, event: OrderEventRow) -> list[Safe]:
    t = visit.words
    said = [_text(event.note)] if event.note else []
    if event.duty is not None:
        text = t("{duty}, due on {day}", duty=t.label(event.duty), day=t.day(event.due_on))
        said.append(wrapped("div", text, "pd-m"))
    if event.deed == Deed.ESCALATED and event.level is not None:
        said.append(wrapped("div", t("Escalated to: {level}", level=t.label(event.level)), "pd-m"))
    if event.deed in _WITH_DAYS:
        days = [
            (t("Reply by"), event.answer_by),
            (t("Rectify by"), event.rectify_by),
        ]
        text = t.pick("；", "; ").join(f"{label} {t.day(on)}" for label, on in days if on)
        said.append(wrapped("div", text, "pd-m"))
    return said


def _download(visit: Visit, order: OrderRow, file: FileRow) -> None:
    """A file as it was handed in, read only when asked for and only within the scope."""
    t = visit.words

    def content() -> bytes:
        found = orders.evidence(visit.db, visit.scope, order.city, order.id, file.id)
        return found[1] if found else b""

    st.download_button(
        parts.escape(t("{name} ({kb} kB)", name=file.file_name, kb=t.number(file.size / 1_000, 1))),
        data=content,
        file_name=file.file_name,
        mime="application/octet-stream",
        key=f"evidence-{file.id}",
        icon=":material/download:",
        on_click="ignore",
        help=f"SHA-256 {file.sha256}",
    )
