"""Mails that did not arrive: dead ones, and those that wait for another try; and the button that sends one again.

Everybody sees the mails to desks in their own reach; what a mail says is not shown here.
"""

import streamlit as st

from alerts.dead import Undelivered, may_send_again, meaning, send_again, undelivered
from dashboard import parts
from dashboard.parts import joined, wrapped
from dashboard.visit import Visit
from models.queries import places
from models.queries.places import name_of
from models.vocabulary import MessageState

#: Letters listed at most; dead ones and the newest come first.
MOST = 200

#: Desk and number of the letter that the last click was about: what is offered may be another one by then.
_WANTED = "letters-wanted"


def render(visit: Visit) -> None:
    t = visit.words
    parts.page(t("Letters that did not arrive"), t("As they stand now, whatever day the link names"))
    _carry_out(visit)
    found = undelivered(visit.db, visit.scope, limit=MOST)
    if not found:
        parts.nothing(
            t("Every mail has arrived or is on its way for the first time."),
            t("A mail that a relay refuses, or that fails for two days, is listed here with what was said."),
        )
        return
    known = places.names(visit.db)
    heads = [
        (t("State"), "pd-s"),
        (t("To whom"), "pd-w"),
        (t("Subject"), "pd-w"),
        (t("Attempts"), "pd-n"),
        (t("Last error"), "pd-w"),
        (t("Next try"), "pd-s"),
    ]
    parts.show(parts.table(heads, [_line(visit, one, known) for one in found]))
    if len(found) == MOST:
        st.caption(t("The first {n} are listed.", n=MOST))
    _again(visit, [one for one in found if one.state == MessageState.DEAD])


def _line(visit: Visit, one: Undelivered, known: dict) -> tuple[object, ...]:
    t = visit.words
    desk = name_of(known, one.city, t)
    again = ""
    if one.resent_at is not None:
        again = t("sent again by {by} at {at}", by=one.resent_by, at=t.instant(one.resent_at))
    state = joined([t.label(one.state), wrapped("div", again, "pd-m")], "") if again else t.label(one.state)
    said = joined([meaning(one.last_error, t), wrapped("div", one.last_error, "pd-m")], "")
    who = joined([one.recipient, wrapped("div", desk, "pd-m")], "")
    return state, who, _subject(visit, one), one.attempts, said, t.instant(one.next_at)


def _subject(visit: Visit, one: Undelivered) -> str:
    """What a mail is about, for those whose figures it tells; who only looks after mails need not know."""
    return one.subject if visit.scope.covers(one.city) else "—"


def _again(visit: Visit, dead: list[Undelivered]) -> None:
    t = visit.words
    mine = [one for one in dead if may_send_again(visit.scope, one.city)]
    if not mine:
        return
    parts.heading(t("Send again"))
    st.caption(t("Mend the cause first. The mail goes as it was written, with the same number."))
    offered = {(one.city, one.id): one for one in mine}
    with st.form("letters-again"):
        st.selectbox(
            t("Letter"),
            list(offered),
            format_func=lambda key: _name(visit, offered[key]),
            key="letters-chosen",
        )
        st.form_submit_button(t("Send again"), type="primary", on_click=_want)


def _name(visit: Visit, one: Undelivered) -> str:
    return f"{one.recipient} · {_subject(visit, one)} · {visit.words.instant(one.created_at)}"


def _want() -> None:
    st.session_state[_WANTED] = st.session_state["letters-chosen"]


def _carry_out(visit: Visit) -> None:
    """Send the letter that was clicked, before the list is read anew; say why not where it is not dead any more."""
    wanted = st.session_state.pop(_WANTED, None)
    if wanted is None:
        return
    city, identity = wanted
    refusal = send_again(visit.db, visit.scope, city, identity, at=visit.now)
    if refusal:
        st.error(visit.words(refusal))
    else:
        st.toast(visit.words("Queued; it is sent with the next run."))
