"""The address of the page that is being drawn: Streamlit's, or a request's, where figures are drawn ahead of it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

import streamlit as st

#: What stays in the address when a link or the menu leads to another page; other filters belong to their page.
CARRIED = ("lang", "programme", "on", "known_at")

_asked: ContextVar[Mapping[str, str] | None] = ContextVar("asked", default=None)


def params() -> Mapping[str, str]:
    """The parameters of the address."""
    asked = _asked.get()
    return st.query_params if asked is None else asked


def but(*names: str) -> dict[str, str]:
    """The parameters of the address without some."""
    return {name: value for name, value in params().items() if name not in names}


def carried() -> dict[str, str]:
    """The parameters that go along to another page."""
    return {name: params()[name] for name in CARRIED if name in params()}


@contextmanager
def at(asked: Mapping[str, str]) -> Iterator[None]:
    """Draw for an address that no script of Streamlit's runs for."""
    token = _asked.set(asked)
    try:
        yield
    finally:
        _asked.reset(token)
