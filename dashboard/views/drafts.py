"""A person's drafts: rows that were kept back or begun here, to be opened, mended, downloaded or dropped."""

import streamlit as st

from collectors import drafts as kept
from collectors.forms import FORMS
from dashboard import parts
from dashboard.visit import Visit

#: The session's open draft.
OPEN = "reports-draft"


def draw(visit: Visit) -> tuple[str, str, bytes, str] | None:
    """List the drafts; form, name, bytes and id of the one that is opened."""
    t = visit.words
    found = kept.mine(visit.db, visit.scope)
    if not found:
        return None
    with st.expander(t("Drafts ({n})", n=len(found)), expanded=OPEN in st.session_state):
        st.caption(t("Nobody else sees them, and they change no figure."))
        for draft in found:
            with st.container(horizontal=True, vertical_alignment="center"):
                form = FORMS.get(draft.form)
                label = t.pick(form.zh, form.en) if form else draft.form
                said = t("{form}, {n} rows, {at}", form=label, n=draft.rows, at=t.instant(draft.saved_at))
                st.markdown(f"{parts.escape(draft.file_name)} :small[{parts.escape(said)}]")
                st.button(
                    t("Open"),
                    key=f"open-{draft.id}",
                    on_click=lambda d=draft.id: _open(d),
                    disabled=form is None,
                )
                st.download_button(
                    "CSV", draft.content, draft.file_name, key=f"get-{draft.id}", on_click="ignore"
                )
                st.button(
                    t("Drop"),
                    key=f"drop-{draft.id}",
                    on_click=lambda d=draft.id: forget(visit, d),
                    type="tertiary",
                )
    opened = next((draft for draft in found if draft.id == st.session_state.get(OPEN)), None)
    return None if opened is None else (opened.form, opened.file_name, opened.content, opened.id)


def _open(draft: str) -> None:
    st.session_state[OPEN] = draft


def forget(visit: Visit, draft: str) -> None:
    """Drop a draft of the reader's own."""
    kept.drop(visit.db, visit.scope, draft)
    st.session_state.pop(OPEN, None)
