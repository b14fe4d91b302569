"""The address of the page that is being drawn: Streamlit's, or a request's, where figures are drawn ahead of it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

import streamlit as st

#: What stays in the address when a link or the menu leads to another page; other filters belong to their page.
CARRIED = ("lang", "programme", "on", "known_at")

#: Where the session keeps what the page that is drawn has pinned by itself.
_PINNED = "pinned"

_asked: ContextVar[Mapping[str, str] | None] = ContextVar("asked", default=None)


def params() -> Mapping[str, str]:
    """The parameters of the address."""
    asked = _asked.get()
    return st.query_params if asked is None else asked


def but(*names: str) -> dict[str, str]:
    """The parameters of the address without some."""
    return {name: value for name, value in params().items() if name not in names}


def carried() -> dict[str, str]:
    """The parameters that go along to another page: those that the page did not pin by itself."""
    pinned = st.session_state.get(_PINNED, {}) if _asked.get() is None else {}
    here = params()
    return {name: here[name] for name in CARRIED if name in here and here[name] != pinned.get(name)}


def pin(shown: Mapping[str, str]) -> None:
    """Let the address say what a page shows, so that it reproduces it; what nobody chose stays with the page."""
    new = {name: value for name, value in shown.items() if st.query_params.get(name) != value}
    st.query_params.update(new)
    st.session_state[_PINNED] = st.session_state.get(_PINNED, {}) | new


def unpin() -> None:
    """Another page is drawn: whatever its address says was chosen."""
    st.session_state.pop(_PINNED, None)


@contextmanager
def at(asked: Mapping[str, str]) -> Iterator[None]:
    """Draw for an address that no script of Streamlit's runs for."""
    token = _asked.set(asked)
    try:
        yield
    finally:
        _asked.reset(token)
