"""Plan versions and the adjustment ledger of one project: before and after, drift since approval, decisions."""

from datetime import date, datetime

import streamlit as st

from alerts.day import bring_up_to_date
from collectors.adjust import Verdict, decide
from dashboard import parts
from dashboard.parts import Safe, joined, wrapped
from dashboard.visit import Visit
from models.access import Action
from models.plan_words import MONEY_FIELDS, field_label, written
from models.queries import dossier
from models.queries.dossier import AdjustmentRow, Change, Identity, PlanVersion
from models.vocabulary import AdjustmentStatus, Ground
from models.words import Words

#: Fields that are days.
_DAYS = ("planned_start", "planned_end")


def draw(visit: Visit, who: Identity, known_at: datetime | None, *, currency: str) -> None:
    """Versions, drift, every adjustment, and the form where one waits for this reader's decision."""
    t = visit.words
    parts.heading(t("Plan and adjustments"))
    versions = dossier.versions(visit.db, visit.scope, who.city, who.code, known_at=known_at)
    entries = dossier.adjustments(visit.db, visit.scope, who.city, who.code, known_at=known_at)
    if versions:
        st.caption(parts.escape(drift(versions, t, currency)))
        parts.show(_versions(versions, t, currency))
    if not entries:
        st.caption(t("No adjustment was ever registered."))
        return
    parts.show(_entries(entries, t, currency))
    waiting = [entry for entry in entries if entry.status == AdjustmentStatus.PENDING]
    for entry in waiting if known_at is None else ():
        decision(visit, who, entry)


def drift(versions: list[PlanVersion], t: Words, currency: str) -> str:
    """How far the plan in force has moved from the first approved one."""
    first, last = versions[0], versions[-1]
    if len(versions) == 1:
        return t("The first approved plan is in force, unchanged.")
    days = (last.planned_end - first.planned_end).days
    money = _moved(first.total_investment, last.total_investment)
    return t(
        "Since the first approved plan: planned end moved by {days} days, total investment by {money}, in {n} steps.",
        days=f"{days:+,}",
        money="—" if money is None else ("+" if money > 0 else "") + t.amount(money, currency),
        n=len(versions) - 1,
    )


def _moved(before: int | None, after: int | None) -> int | None:
    return None if before is None or after is None else after - before


def _versions(versions: list[PlanVersion], t: Words, currency: str) -> Safe:
    heads = [
        (t("Version"), "pd-n"),
        (t("Approved on"), "pd-s"),
        (t("Document"), ""),
        (t("What changed"), "pd-w"),
        (t("Recorded at"), "pd-s"),
    ]
    rows = []
    for before, version in zip([None, *versions], versions, strict=False):
        changes = dossier.differences(before, version) if before else ()
        what = (
            changes_html(changes, t, currency)
            if changes
            else (t("curve only") if before else _baseline(version, t, currency))
        )
        rows.append(
            (
                version.version,
                t.day(version.approved_on),
                version.document_no,
                what,
                t.instant(version.recorded_at),
            )
        )
    return parts.table(heads, rows)


def _baseline(version: PlanVersion, t: Words, currency: str) -> str:
    return t(
        "first approved plan: {start} to {end}, {investment}",
        start=t.day(version.planned_start),
        end=t.day(version.planned_end),
        investment=t.amount(version.total_investment, currency),
    )


def _entries(entries: list[AdjustmentRow], t: Words, currency: str) -> Safe:
    heads = [
        (t("No."), "pd-n"),
        (t("Status"), "pd-s"),
        (t("Adjusted on"), "pd-s"),
        (t("Ground"), ""),
        (t("Before → after"), "pd-w"),
        (t("Decided"), ""),
    ]
    rows = []
    for entry in entries:
        ground = joined([t.label(entry.ground), t(entry.ground_note or "")])
        decided = "—"
        if entry.decided_at is not None:
            decided = joined([t.instant(entry.decided_at), entry.decided_by or "", entry.document_no or ""])
        changes = changes_html(entry.changes, t, currency)
        rows.append(
            (entry.number, status(entry.status, t), t.day(entry.adjusted_on), ground, changes, decided)
        )
    return parts.table(heads, rows, t("Adjustment ledger"))


def status(code: AdjustmentStatus | str, t: Words) -> str:
    """Where an adjustment stands, as shape and word."""
    return {"pending": "◔", "approved": "✓", "rejected": "✕"}[code] + " " + t.label(AdjustmentStatus(code))


def changes_html(changes: tuple[Change, ...], t: Words, currency: str) -> Safe:
    """Fields with old → new, one a line; the difference in days or money behind it."""
    lines = []
    for change in sorted(changes, key=lambda one: (one.field.startswith("curve:"), one.field)):
        old, new = (written(change.field, value, t, currency) for value in (change.old, change.new))
        difference = _difference(change, t, currency)
        kind = "pd-s" if change.field in _DAYS else ""
        lines.append(
            joined(
                [
                    f"{field_label(change.field, t)}{t.pick('：', ':')}",
                    wrapped("span", old, f"pd-old {kind}"),
                    "→",
                    wrapped("b", new, kind),
                    wrapped("span", difference, "pd-m"),
                ]
            )
        )
    return joined(lines, Safe("<br>")) if lines else parts.cell(None)


def _difference(change: Change, t: Words, currency: str) -> str:
    if change.old is None or change.new is None:
        return ""
    if change.field in _DAYS:
        days = (date.fromisoformat(change.new) - date.fromisoformat(change.old)).days
        return t("({days} days)", days=f"{days:+,}")
    if change.field in MONEY_FIELDS:
        money = int(change.new) - int(change.old)
        share = money * 10_000 / int(change.old) if int(change.old) > 0 else None
        said = f"{'+' if money >= 0 else ''}{t.amount(money, currency)}"
        return f"({said})" if share is None else f"({said}, {signed(share, t)})"
    return ""


def signed(basis_points: float | None, t: Words) -> str:
    """A share that says which way it goes."""
    plus = "+" if basis_points is not None and basis_points > 0 else ""
    return plus + t.percent(basis_points)


def decision(visit: Visit, who: Identity, entry: AdjustmentRow) -> None:
    """The form for a waiting adjustment; for others a sentence that says who decides."""
    t = visit.words
    if not visit.may(Action.DECIDE):
        st.caption(
            t("Adjustment {n} waits for the decision of the province or the ministry.", n=entry.number)
        )
        return
    key = f"decide-{who.city}-{who.code}-{entry.number}"
    with st.form(key):
        st.markdown(f"**{t('Decide on adjustment {n}', n=entry.number)}**")
        st.caption(
            t(
                "Approval makes the next plan version; rejection leaves the plan as it is. Both stay in the ledger."
            )
        )
        left, right = st.columns(2)
        ground = left.selectbox(
            t("Ground"), list(Ground), index=None, format_func=t.label, key=f"{key}-ground", placeholder="—"
        )
        document = right.text_input(
            t("Number of the approving document"), key=f"{key}-document", max_chars=100
        )
        note = st.text_input(t("Note on the ground"), key=f"{key}-note", max_chars=500)
        with st.container(horizontal=True):
            approve = st.form_submit_button(t("Approve"), type="primary")
            reject = st.form_submit_button(t("Reject"))
    if approve or reject:
        verdict = Verdict(approve, ground, note.strip() or None, document.strip() or None)
        _carry_out(visit, who, entry, verdict)


def _carry_out(visit: Visit, who: Identity, entry: AdjustmentRow, verdict: Verdict) -> None:
    t = visit.words
    if not visit.scope.decides(who.city):
        st.error(t("Your account may not decide on this adjustment."))
        return
    with visit.db.rw.connect() as connection, connection.begin() as transaction:
        refusal = decide(
            connection,
            (who.city, who.code, entry.number),
            verdict,
            by=visit.scope.email,
            now=visit.now,
        )
        if refusal is not None:
            transaction.rollback()
    if refusal is not None:
        st.error(t(refusal))
        return
    bring_up_to_date(visit.db, frozenset({who.city}), now=visit.now)
    st.toast(t("Decided. The plan and the lights on all pages follow."))
    st.rerun()
