"""Who is looking? The first line of every rerun, of a page or of a part of it: nothing is read before it has answered."""

from collections.abc import Callable
from functools import lru_cache

import streamlit as st
from sqlmodel import Session

from dashboard import address
from dashboard.sign_in import rules_of
from dashboard.visit import Visit
from models import clock
from models.access import scope_of
from models.db import Database, open_database
from models.people import Person
from models.signin import glance, person_of
from models.words import Words, preferred, words
from settings import Settings

_BY_ITSELF = "by-itself"


@lru_cache(maxsize=1)
def database(url: str) -> Database:
    """One pool of connections for the whole web process."""
    return open_database(url)


def admit(settings: Settings) -> Visit | None:
    """The visit of the signed-in person, or None. The session is looked up anew on every rerun."""
    session_id = st.user.get("session")
    look = glance if st.session_state.pop(_BY_ITSELF, False) else person_of
    return visit_of(settings, str(session_id), language(), look=look) if session_id else None


def by_itself() -> None:
    """The rerun that follows was asked for by the page, not by who sits before it: it is no visit."""
    st.session_state[_BY_ITSELF] = True


def visit_of(
    settings: Settings, session_id: str, language: Words, *, look: Callable[..., Person | None] = person_of
) -> Visit | None:
    """The visit of whoever a session belongs to, or None. ``look``: ``person_of``, or ``glance`` that notes nothing."""
    db, now = database(settings.database_url), clock.now()
    person = look(db, session_id, now=now, rules=rules_of(settings))
    if person is None:
        return None
    with Session(db.ro) as session:
        scope = scope_of(session, person)
    return Visit(person.name, scope, language, db, now, settings)


def on_its_own(visit: Visit, draw: Callable[[Visit], None]) -> None:
    """Draw a part of a page that its own controls rerun without the rest (menu, search, downloads).

    Such a rerun does not pass through ``main``: who looks is asked here again, and where nobody does any more, the
    whole page is drawn anew, which says so.
    """
    first = [visit]

    @st.fragment
    def part() -> None:
        looking = first.pop() if first else _again(visit.settings)
        draw(looking)

    part()


def _again(settings: Settings) -> Visit:
    """Who looks now, at a part that reruns alone; leads back to the whole page where nobody does."""
    looking = admit(settings)
    if looking is None:
        st.rerun()
    carry(st.session_state["page"])
    return looking


def language() -> Words:
    """The language of this page: the link's, else the one last chosen, else the browser's, else the default."""
    chosen = st.query_params.get("lang") or st.session_state.get("lang")
    return words(chosen or preferred(st.context.locale))


def carry(page: str) -> None:
    """Keep language, programme and day when the menu, which clears the address, led to another page.

    On the same page the address alone decides, so that a day can be left again.
    """
    if st.session_state.get("page") not in (None, page):
        address.unpin()
        for name, value in st.session_state.get("carried", {}).items():
            st.query_params.setdefault(name, value)
    st.session_state["page"] = page
    st.session_state["carried"] = address.carried()
    if "lang" in st.query_params:
        st.session_state["lang"] = st.query_params["lang"]
