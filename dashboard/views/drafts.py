"""A person's drafts: rows that were kept back or begun here, to be opened, mended, downloaded or dropped.

An open draft is a grid of its cells as they were written, because what is wrong with them may be that they are
no number or no day. Each change is checked at once by the preview below.
"""

import csv
import io
from collections.abc import Callable

import polars as pl
import streamlit as st

from collectors import drafts as kept
from collectors.drafts import Kept
from collectors.export import csv_bytes
from collectors.forms import FORMS
from dashboard import parts
from dashboard.visit import Visit
from models.reports import Draft
from models.tokens import SYSTEM

#: The session's open draft.
_OPEN = "reports-draft"


def draw(visit: Visit, opening: Callable[[], None]) -> tuple[str, str, bytes, str] | None:
    """List the drafts; form, name, bytes and id of the one that is opened.

    ``opening`` is called when somebody opens one.
    """
    t = visit.words
    found = kept.mine(visit.db, visit.scope)
    if not found:
        return None
    with st.expander(t("Drafts ({n})", n=len(found)), expanded=_OPEN in st.session_state):
        st.caption(
            t(
                "They change no figure. Nobody else sees your own; rows kept back from your city's own system "
                "are seen by all who report for it."
            )
        )
        for draft in found:
            with st.container(horizontal=True, vertical_alignment="center"):
                form = FORMS.get(draft.form)
                label = t.pick(form.zh, form.en) if form else draft.form
                said = t("{form}, {n} rows, {at}", form=label, n=draft.rows, at=t.instant(draft.saved_at))
                if draft.owner.startswith(SYSTEM):
                    said += t(", from the system {name}", name=draft.owner.removeprefix(SYSTEM))
                st.markdown(f"{parts.escape(draft.file_name)} :small[{parts.escape(said)}]")
                st.button(
                    t("Open"),
                    key=f"open-{draft.id}",
                    on_click=lambda d=draft.id: _open(d, opening),
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
        opened = next((draft for draft in found if draft.id == st.session_state.get(_OPEN)), None)
        if opened is None:
            return None
        content, rows = _mended(visit, opened)
        if content != opened.content and st.button(
            t("Save the draft"), icon=":material/bookmark:", key=f"save-{opened.id}"
        ):
            _save(visit, opened, content, rows)
    return opened.form, opened.file_name, content, opened.id


def _mended(visit: Visit, draft: Draft) -> tuple[bytes, int]:
    """The draft's cells to be mended; its bytes as they came while nothing is changed, and its number of rows."""
    t = visit.words
    head, *lines = csv.reader(io.StringIO(draft.content.decode("utf-8-sig"), newline=""))
    names = [f"c{i}" for i in range(len(head))]
    before = pl.DataFrame(
        {name: [line[i] if i < len(line) else "" for line in lines] for i, name in enumerate(names)},
        schema=dict.fromkeys(names, pl.String),
    ).with_row_index("row", 2)
    st.caption(
        t("Mend the cells here; the preview below checks them as you go. Row numbers are the draft's.")
    )
    after = st.data_editor(
        before,
        num_rows="dynamic",
        hide_index=True,
        column_config={"row": st.column_config.NumberColumn(t("Row"), disabled=True, width="small")}
        | {name: st.column_config.TextColumn(head[i]) for i, name in enumerate(names)},
        key=f"draft-{draft.id}",
        placeholder="",
    )
    if after.equals(before):
        return draft.content, draft.rows
    left = [row for row in after.select(names).iter_rows() if any(row)]
    return csv_bytes(head, left), len(left)


def _save(visit: Visit, draft: Draft, content: bytes, rows: int) -> None:
    """Keep what was mended in the place of the draft."""
    mended = Kept(draft.form, draft.file_name, content, rows, draft.of)
    st.session_state[_OPEN] = kept.save(visit.db, visit.scope, mended, now=visit.now)
    kept.drop(visit.db, visit.scope, draft.id)
    st.toast(visit.words("Kept as a draft."))
    st.rerun()


def _open(draft: str, opening: Callable[[], None]) -> None:
    opening()
    st.session_state[_OPEN] = draft


def close() -> None:
    """Have no draft open."""
    st.session_state.pop(_OPEN, None)


def forget(visit: Visit, draft: str) -> None:
    """Drop a draft of the reader's own."""
    kept.drop(visit.db, visit.scope, draft)
    if st.session_state.get(_OPEN) == draft:
        close()
