"""The template of a form, pre-filled with what is stored now, so that it can be handed in again as it is."""

from collections.abc import Callable
from dataclasses import replace

import streamlit as st
from sqlmodel import Session

from collectors.forms import Form
from collectors.template import current_rows, place_names, template_csv, template_xlsx
from dashboard.visit import Visit
from models.access import Scope
from models.words import Words

_BUILD = {"xlsx": template_xlsx, "csv": template_csv}

#: Forms that start empty: an adjustment is a proposal, nothing that stands.
_EMPTY = ("adjustments",)


def offer(visit: Visit, form: Form) -> None:
    """Two downloads, built when clicked."""
    t = visit.words
    st.markdown(f"**{t('1. Template')}**")
    scope = _whose(visit)
    if scope is not None and form.name not in _EMPTY:
        st.caption(
            t(
                "Filled in with what is stored now. Handed in unchanged, it changes nothing; change what has moved."
            )
        )
    else:
        st.caption(t("Only the header; one row for each record."))
    with st.container(horizontal=True):
        for suffix in _BUILD:
            st.download_button(
                suffix.upper(),
                data=_builder(visit, form, scope, suffix),
                file_name=f"{t.pick(form.zh, form.en)}.{suffix}",
                mime="application/octet-stream",
                icon=":material/download:",
                on_click="ignore",
                key=f"template-{form.name}-{suffix}",
            )
    st.caption(t("Columns may have Chinese or English headers; money in 10k yuan, progress in percent."))


def _builder(visit: Visit, form: Form, scope: Scope | None, suffix: str) -> Callable[[], bytes]:
    t: Words = visit.words

    def build() -> bytes:
        if scope is None:
            return _BUILD[suffix](form, t, None)
        with Session(visit.db.ro) as session:
            return _BUILD[suffix](form, t, current_rows(session, scope, form), place_names(session, t))

    return build


def _whose(visit: Visit) -> Scope | None:
    """Whose rows fill the template: the reporter's own, or the city in the address; None for nobody's."""
    asked = st.query_params.get("city")
    if asked and visit.scope.covers(asked):
        return replace(visit.scope, cities=frozenset({asked}))
    return None if visit.scope.cities is None else visit.scope
