"""The address of the page that is being drawn: Streamlit's, or a request's, where figures are drawn ahead of it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

import streamlit as st

_asked: ContextVar[Mapping[str, str] | None] = ContextVar("asked", default=None)


def params() -> Mapping[str, str]:
    """The parameters of the address."""
    asked = _asked.get()
    return st.query_params if asked is None else asked


@contextmanager
def at(asked: Mapping[str, str]) -> Iterator[None]:
    """Draw for an address that no script of Streamlit's runs for."""
    token = _asked.set(asked)
    try:
        yield
    finally:
        _asked.reset(token)
