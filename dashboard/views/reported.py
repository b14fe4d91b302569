"""What stands behind a project's figures: its alerts with their history, and every stored report row."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

import polars as pl
import streamlit as st

from alerts.explain import explain_stored, reason_text
from dashboard import parts, takeaway
from dashboard.parts import joined, wrapped
from dashboard.views import rules
from dashboard.visit import Visit
from models.money import to_wan
from models.queries import alert_list, dossier, submissions
from models.queries.alert_list import AlertRow, EventRow
from models.queries.dossier import Identity
from models.vocabulary import Transition
from models.words import Words

_MONEY = ("invested", "issued", "transferred", "paid", "spent")


def alerts(visit: Visit, who: Identity, receipts: Mapping[str, str]) -> None:
    """Every alert of the project, open ones first, with its transitions and their reasons."""
    t = visit.words
    parts.heading(t("Alerts"))
    found = alert_list.of_project(visit.db, visit.scope, who.city, who.code)
    if not found:
        st.caption(t("No alert was ever opened for this project."))
        return
    st.caption(t("Alerts move when a day is judged, not with an upload."))
    each(visit, found, receipts)


def each(visit: Visit, found: Sequence[AlertRow], receipts: Mapping[str, str]) -> None:
    """Alerts, each folded: its transitions with their reasons, and the judgement behind it."""
    t = visit.words
    for alert in found:
        policy = rules.policy(visit.db, alert.policy)
        state = (
            t("open since {day}", day=t.day(alert.opened_on))
            if alert.closed_on is None
            else t(
                "{opened} to {closed}, closed", opened=t.day(alert.opened_on), closed=t.day(alert.closed_on)
            )
        )
        label = f"{parts.severity(alert.severity, t)} · {rules.title(alert.rule, policy, t)} · {state}"
        with st.expander(label):
            parts.show(history(visit, alert), stored(visit, alert, receipts), _to_page(visit, alert))


def _to_page(visit: Visit, alert: AlertRow) -> parts.Safe:
    label = visit.words("Open the alert's page")
    return wrapped("div", parts.anchor(label, page_of(visit, alert.city, alert.id)), "pd-more")


def page_of(visit: Visit, city: str, identity: str) -> str:
    """The link to an alert's own page."""
    return parts.link("alerts", visit, city=city, alert=identity)


def history(visit: Visit, alert: AlertRow) -> parts.Safe:
    """An alert's transitions, each with its reason or the note of whoever did it."""
    t = visit.words
    heads = [
        (t("When"), "pd-s"),
        (t("What happened"), "pd-s"),
        (t("Severity"), "pd-s"),
        (t("Reason"), "pd-w"),
    ]
    if any(event.by for event in alert.events):
        heads += [(t("By"), "")]
    rows = [
        (
            t.day(event.event_on),
            t.label(event.transition),
            joined(
                (parts.severity(level, t) if level else "–" for level in (event.before, event.after)), " → "
            )
            if event.before
            else parts.severity(event.after, t)
            if event.after
            else "–",
            _said(visit, event, alert.rule),
            event.by or "",
        )[: len(heads)]
        for event in alert.events
    ]
    return parts.table(heads, rows)


def _said(visit: Visit, event: EventRow, rule: str) -> str:
    """The note of whoever did it; on whom an alert was laid is said beside it."""
    if event.note and event.transition != Transition.ASSIGNED:
        return event.note
    return " ".join(part for part in (reason(visit, event, rule), event.note) if part)


def reason(visit: Visit, event: EventRow, rule: str) -> str:
    """Why a transition happened, in the reader's language."""
    return told_reason(visit, event.reason, rule, event.policy)


def told_reason(visit: Visit, stored: str | None, rule: str, version: int) -> str:
    """A stored reason in words; a dash where it cannot be read."""
    if not stored:
        return "—"
    limits = rules.policy(visit.db, version).rules.get(rule)
    try:
        return reason_text(stored, limits, visit.words)
    except (KeyError, json.JSONDecodeError):
        return "—"


def stored(visit: Visit, alert: AlertRow, receipts: Mapping[str, str]) -> parts.Safe:
    """The judgement as its figures stood when the alert last changed."""
    t = visit.words
    try:
        told = explain_stored(alert.explanation, alert.rule, rules.policy(visit.db, alert.policy), t)
    except (KeyError, json.JSONDecodeError):
        return parts.cell("")
    said = t("The figures as they stood when the alert last changed:")
    return joined([wrapped("div", said, "pd-m pd-more"), rules.explained(visit, told, receipts)], "")


def receipts(visit: Visit, who: Identity) -> dict[str, str]:
    """Submission → a link to its receipt, for those that the reader may open."""
    found = dossier.reports(visit.db, visit.scope, who.city, who.code).drop_nulls("holder")
    pairs = found.select("submission", "holder").unique().iter_rows()
    return {
        submission: parts.link("reports", visit, submission=submission, holder=holder)
        for submission, holder in pairs
        if visit.scope.cities is None or visit.scope.covers(holder)
    }


def reports(visit: Visit, who: Identity, known_at: datetime | None, *, currency: str) -> None:
    """Every figure ever stored, early and late, with its row; and the original files."""
    t = visit.words
    parts.heading(t("Reports behind every figure"))
    found = dossier.reports(visit.db, visit.scope, who.city, who.code, known_at=known_at)
    if found.is_empty():
        st.caption(t("No dispatch report was taken in for this project."))
        return
    replaced = found["superseded_at"].is_not_null().sum()
    st.caption(
        t(
            "{n} rows, {replaced} of them replaced by a later report. Rows are never overwritten.",
            n=found.height,
            replaced=replaced,
        )
    )
    rows, columns = report_rows(visit, found), _columns(visit, currency)
    takeaway.note_frame(rows, columns)
    st.dataframe(
        rows,
        hide_index=True,
        column_config=columns,
        alt=t("Every stored report row of this project"),
    )
    _told(visit, found)
    _originals(visit, found)


def report_rows(visit: Visit, found: pl.DataFrame) -> pl.DataFrame:
    """The rows of the grid; instants in China's time."""
    t = visit.words
    current = t("current")
    return found.select(
        "as_of",
        state=pl.when(pl.col("superseded_at").is_null())
        .then(pl.lit(f"✓ {current}"))
        .otherwise(pl.lit("✕ " + t("replaced"))),
        progress=pl.col("physical_bp") / 100,
        **{name: _exact(found[name], t) for name in _MONEY},
        stage=pl.Series(values=[t.label(stage) for stage in found["stage"]], dtype=pl.String),
        file_name=pl.coalesce("file_name", "submission"),
        row_no="row_no",
        recorded=pl.Series(values=[t.instant(at) for at in found["recorded_at"]], dtype=pl.String),
        superseded=pl.Series(values=[t.instant(at) for at in found["superseded_at"]], dtype=pl.String),
        uploader=pl.col("uploader"),
        narrative="narrative",
        problem="problem",
        next_step="next_step",
    )


def _exact(fen: pl.Series, t: Words) -> pl.Series:
    """Amounts with all their digits, as text: a float would not give the same digits out."""
    return pl.Series(
        values=[None if value is None else t.number(to_wan(value), 6) for value in fen], dtype=pl.String
    )


def _columns(visit: Visit, currency: str) -> dict:
    t, config = visit.words, st.column_config
    unit = t("10k yuan") if currency == "CNY" else t("10k {currency}", currency=currency)
    money = {
        name: config.TextColumn(f"{label}, {unit}", alignment="right")
        for name, label in (
            ("invested", t("Invested to date")),
            *((name, t.label(name)) for name in _MONEY[1:]),
        )
    }
    return {
        "as_of": config.DateColumn(t("As of"), format="YYYY-MM-DD", pinned=True),
        "state": t("State"),
        "progress": config.NumberColumn(t("Progress, %"), format="%.2f"),
        **money,
        "stage": t("Stage reported"),
        "file_name": t("File"),
        "row_no": config.NumberColumn(t("Row"), help=t("As the spreadsheet counts")),
        "recorded": t("Recorded at"),
        "superseded": t("Replaced at"),
        "uploader": t("Handed in by"),
        "narrative": config.TextColumn(t("Visible progress"), width="medium"),
        "problem": config.TextColumn(t("Problem reported"), width="medium"),
        "next_step": config.TextColumn(t("Next step"), width="medium"),
    }


def _told(visit: Visit, found: pl.DataFrame) -> None:
    """The newest words of the project itself, as text and nothing else."""
    t = visit.words
    latest = found.filter(pl.col("superseded_at").is_null()).row(0, named=True) if found.height else {}
    said = [
        (t("Visible progress"), latest.get("narrative")),
        (t("Problem reported"), latest.get("problem")),
        (t("Next step"), latest.get("next_step")),
    ]
    if any(text for _, text in said):
        parts.show(
            wrapped("div", t("In the reporter's words, as of {day}:", day=t.day(latest["as_of"])), "pd-m"),
            parts.table([("", "pd-s"), ("", "pd-w")], [pair for pair in said if pair[1]]),
        )


def _originals(visit: Visit, found: pl.DataFrame) -> None:
    """The files as they were handed in, byte for byte; fetched only when asked for."""
    t = visit.words
    files = (
        found.filter(pl.col("holder").is_not_null())
        .unique("submission", maintain_order=True)
        .select("holder", "submission", "file_name")
    )
    if files.is_empty():
        return
    with st.expander(t("Original files ({n})", n=files.height)), st.container(horizontal=True):
        for holder, submission, name in files.iter_rows():
            download(visit, holder, submission, name)


def download(visit: Visit, holder: str, submission: str, name: str) -> None:
    """A button for one original; says so where the file spans places beyond the reader's scope."""
    t = visit.words
    if submissions.one(visit.db, visit.scope, holder, submission) is None:
        st.caption(
            t(
                "{name}: handed in for several places at once; the original is open to the ministry.",
                name=parts.escape(name),
            )
        )
        return
    st.download_button(
        parts.escape(name),
        data=lambda: submissions.original(visit.db, visit.scope, holder, submission) or b"",
        file_name=name,
        mime="application/octet-stream",
        key=f"original-{submission}",
        icon=":material/download:",
        on_click="ignore",
    )
