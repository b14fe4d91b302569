"""One alert on a page: what it says and since when, who answers for it, its history; and what may be done with it."""

from datetime import date

import streamlit as st

from alerts.handling import Answer, acknowledge, acknowledged, take_back
from alerts.policy import Limits
from alerts.selected import Chosen
from dashboard import parts
from dashboard.views import issuing, linking, reported, rules, silencing, triage_acts
from dashboard.views.issuing import About
from dashboard.visit import Visit
from models.access import answers_for
from models.queries import alert_list, places
from models.queries.alert_list import AlertRow, EventRow
from models.queries.city import project_names
from models.queries.officers import names_of
from models.queries.places import name_of
from models.vocabulary import MOVES, Transition


def render(visit: Visit, city: str, identity: str) -> None:
    t = visit.words
    found = alert_list.one(visit.db, visit.scope, city, identity)
    if found is None:
        parts.page(t("Alert"))
        parts.outside(visit)
        return
    policy = rules.policy(visit.db, found.policy)
    limits = policy.rules.get(found.rule)
    parts.page(rules.title(found.rule, policy, t), _where(visit, found))
    parts.show(parts.facts(_about(visit, found, limits)))
    silencing.note(visit, found)
    if found.closed_on is None and limits is not None:
        _answering(visit, found, limits)
        silencing.offer(visit, found, limits)
        triage_acts.alone(visit, (found.city, found.id))
    issuing.draw(visit, About(found.city, found.project, found.id, found.rule))
    parts.heading(t("What happened"))
    parts.show(reported.history(visit, found))
    parts.heading(t("Why"))
    parts.show(reported.stored(visit, found, {}))
    parts.show(parts.anchor(t("All alerts"), parts.link("alerts", visit)))


def is_acknowledged(on: date | None, limits: Limits | None, today: date) -> bool:
    """Does an acknowledgement of that day still hold for an alert of this rule?"""
    return limits is not None and acknowledged(on, limits.conduct, today)


def acknowledgement(visit: Visit, found: AlertRow, limits: Limits | None) -> EventRow | None:
    """The acknowledgement that holds, None where there is none or it has ended."""
    for event in reversed(found.events):
        if event.transition in (Transition.OPENED, Transition.WORSENED, Transition.UNACKNOWLEDGED):
            return None
        if event.transition == Transition.ACKNOWLEDGED:
            return event if is_acknowledged(event.event_on, limits, visit.today) else None
    return None


def _where(visit: Visit, found: AlertRow) -> str:
    return name_of(places.names(visit.db), found.city, visit.words)


def _about(visit: Visit, found: AlertRow, limits: Limits | None) -> list[tuple[str, object]]:
    t = visit.words
    where = _where(visit, found)
    names = project_names(visit.db, visit.scope, [found.project]) if found.project else {}
    row = {"city": found.city, "project": found.project, "name": names.get(found.project, found.project)}
    pairs: list[tuple[str, object]] = [
        (t("Severity"), parts.severity_html(found.severity, t)),
        (t("Project or city"), parts.subject_link(visit, row, where)),
        (t("Since"), t.day(found.opened_on)),
        (t("Last change and its reason"), _newest(visit, found)),
        (t("Last judged"), t.day(found.last_on)),
    ]
    if found.closed_on is not None:
        pairs.append((t("Closed on"), t.day(found.closed_on)))
        return pairs
    held = acknowledgement(visit, found, limits)
    if limits is not None:
        pairs.append((t("Who answers"), t.label(limits.owner)))
    said = t("{by}, {at}", by=held.by, at=t.instant(held.event_at)) if held else t("nobody yet")
    pairs.append((t("Acknowledged"), said))
    pairs.append((t("Assigned to"), _assignee(visit, found) or t("nobody so far")))
    return pairs


def _newest(visit: Visit, found: AlertRow) -> str:
    """Why it speaks as it does: its newest judgement that changed anything, with the figure."""
    judged = [event for event in found.events if event.transition in MOVES]
    return reported.reason(visit, judged[-1], found.rule) if judged else "—"


def _assignee(visit: Visit, found: AlertRow) -> str | None:
    """On whom the alert is laid now, by name."""
    laid = [event.assignee for event in found.events if event.transition == Transition.ASSIGNED]
    if not laid or laid[-1] is None:
        return None
    return names_of(visit.db, {laid[-1]}).get(laid[-1], laid[-1])


def _answering(visit: Visit, found: AlertRow, limits: Limits) -> None:
    """The form by which those who answer say that they know, and what is being done."""
    t = visit.words
    if not answers_for(visit.scope.role, limits.owner):
        return
    if acknowledgement(visit, found, limits):
        if st.button(t("Take the acknowledgement back"), icon=":material/undo:", key=f"back-{found.id}"):
            came = take_back(visit.db, Chosen(visit.scope, ((found.city, found.id),), visit.now))
            silencing.done(visit, came.why_not)
        return
    with st.form(f"acknowledge-{found.id}"):
        note = st.text_input(t("What is being done about it"), max_chars=500, key=f"note-{found.id}")
        st.caption(
            t("It leaves the “new” part of mails, and is not said again. Worsening ends the acknowledgement.")
        )
        if st.form_submit_button(
            t("Acknowledge"),
            type="primary",
            shortcut=linking.SEND,
            help=t("{key} does the same.", key=linking.SEND),
        ):
            answer = Answer(visit.scope, found.city, found.id, note, visit.now)
            silencing.done(visit, acknowledge(visit.db, answer))
