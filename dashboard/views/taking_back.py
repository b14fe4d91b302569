"""Taking a submission back, restoring it, and going back to the last accepted state: asked for a reason first."""

import streamlit as st

from alerts.day import bring_up_to_date
from collectors.withdraw import Act, Undone, revert, withdraw
from dashboard.visit import Visit
from models.access import Action
from models.queries.submissions import SubmissionRow
from models.vocabulary import Door


def offer(visit: Visit, row: SubmissionRow) -> None:
    """A window that says what withdrawing would do, for those who report for the city."""
    t = visit.words
    if not visit.may(Action.REPORT) or row.door == Door.REVERSION:
        return
    restores = row.door == Door.WITHDRAWAL
    label = t("Restore") if restores else t("Withdraw")
    with st.popover(label, icon=":material/undo:"):
        st.caption(
            t(
                "Its figures stop being current, those they had replaced become current again. Nothing is deleted, and it can be undone."
            )
        )
        reason = st.text_input(t("Reason"), key=f"withdraw-why-{row.id}", max_chars=500)
        seen = withdraw(visit.db, row.city, row.id, Act(visit.scope, reason or "?", visit.now), dry_run=True)
        if seen.refusal:
            st.info(t(seen.refusal))
            return
        st.caption(_told(visit, seen))
        if st.button(label, key=f"withdraw-{row.id}", type="primary", disabled=not reason.strip()):
            _carry_out(
                visit, row.city, withdraw(visit.db, row.city, row.id, Act(visit.scope, reason, visit.now))
            )


def offer_reversion(visit: Visit, city: str) -> None:
    """A window for going back to the last accepted state of a city."""
    t = visit.words
    with st.popover(t("Back to the last accepted state"), icon=":material/restore:"):
        reason = st.text_input(t("Reason"), key=f"revert-why-{city}", max_chars=500)
        seen = revert(visit.db, city, Act(visit.scope, reason or "?", visit.now), dry_run=True)
        if seen.refusal:
            st.info(t(seen.refusal))
            return
        st.caption(_told(visit, seen))
        if st.button(t("Go back"), key=f"revert-{city}", type="primary", disabled=not reason.strip()):
            _carry_out(visit, city, revert(visit.db, city, Act(visit.scope, reason, visit.now)))


def _told(visit: Visit, seen: Undone) -> str:
    t = visit.words
    said = t(
        "{ended} figures stop being current, {back} become current again.",
        ended=t.number(seen.ended, 0),
        back=t.number(seen.reinstated, 0),
    )
    if seen.left:
        said += " " + t("{n} were replaced by later submissions already and stay.", n=t.number(seen.left, 0))
    return said


def _carry_out(visit: Visit, city: str, done: Undone) -> None:
    if done.refusal:
        st.error(visit.words(done.refusal))
        return
    bring_up_to_date(visit.db, frozenset({city}), now=visit.now)
    st.toast(visit.words("Done. All pages show it already."))
    st.rerun()
