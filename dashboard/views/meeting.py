"""The meetings of the reader's desk: marking that it met, and taking a mark back. ``models/meetings.py`` keeps them."""

import streamlit as st

from dashboard import filters, parts
from dashboard.visit import Visit
from models import meetings
from models.meetings import Held

#: Meetings listed.
MOST = 6

#: Where the session keeps why a mark was refused.
_REFUSED = "meeting-refused"


def offer(visit: Visit) -> None:
    """A small window for those who may mark; nothing for everybody else."""
    if not meetings.marks(visit.scope):
        return
    t = visit.words
    with st.popover(t("We met"), icon=":material/groups:"):
        st.caption(
            t(
                "Marks the day on which your desk met, for everybody at it. “Last meeting” then compares with it."
            )
        )
        st.date_input(
            t("Day of the meeting"),
            visit.today,
            key="meeting-on",
            format="YYYY-MM-DD",
            min_value=filters.EARLIEST,
            max_value=visit.today,
        )
        st.button(t("Mark the meeting"), type="primary", on_click=lambda: _mark(visit))
        if _REFUSED in st.session_state:
            st.error(t(st.session_state.pop(_REFUSED)))
        held = meetings.held(visit.db, visit.scope, until=visit.today)
        for one in held[:MOST]:
            _listed(visit, one)
        if not held:
            st.caption(t("No meeting was marked yet."))


def _mark(visit: Visit) -> None:
    on = st.session_state.get("meeting-on") or visit.today
    _kept(meetings.remember(visit.db, visit.scope, on, today=visit.today, now=visit.now))


def _listed(visit: Visit, one: Held) -> None:
    t = visit.words
    with st.container(horizontal=True, vertical_alignment="center"):
        said = t("{day}, marked by {who}", day=t.day(one.held_on), who=one.set_by)
        st.caption(parts.escape(said))
        st.button(
            t("Take back"), key=f"meeting-{one.held_on}", type="tertiary", on_click=lambda: _undo(visit, one)
        )


def _undo(visit: Visit, one: Held) -> None:
    _kept(
        meetings.remember(
            visit.db, visit.scope, one.held_on, today=visit.today, now=visit.now, taken_back=True
        )
    )


def _kept(refusal: str | None) -> None:
    if refusal is not None:
        st.session_state[_REFUSED] = refusal
