"""Handing in reports: template, upload, preview of every change, commit of exactly what was previewed, history.

The preview and the commit are the same intake; the commit names the bytes and the stored state that were
previewed, so that nothing else can be stored by a click. The bytes leave the session with the receipt.
"""

import hashlib
from dataclasses import dataclass

import streamlit as st

from alerts.day import bring_up_to_date
from collectors.forms import FORMS, Form
from collectors.intake import Delivery, Limits, Receipt, take_in
from dashboard import filters, parts
from dashboard.parts import Safe
from dashboard.views import handed_in, preview, templates
from dashboard.visit import Visit
from models.access import Action

#: Where the session keeps the number of the upload; a new number is a new, empty uploader.
_TURN = "reports-turn"
_DONE = "reports-done"


@dataclass(frozen=True)
class _Upload:
    """A file as chosen; the digest pins a preview to its bytes."""

    name: str
    content: bytes

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def render(visit: Visit) -> None:
    t = visit.words
    parts.page(t("Reports"))
    found = filters.read(visit)
    filters.notes(found)
    parts.copy_link(visit, "reports", found.day)
    if found.outside:
        parts.outside(visit)
        return
    if visit.may(Action.REPORT):
        _hand_in(visit)
    else:
        st.caption(t("Your account looks and decides; reports are handed in by the cities."))
    handed_in.draw(visit, found.narrow.city)


def _hand_in(visit: Visit) -> None:
    t = visit.words
    form = _choose_form(visit)
    left, right = st.columns([2, 3], gap="medium")
    with left, st.container(border=True):
        templates.offer(visit, form)
    with right, st.container(border=True):
        st.markdown(f"**{t('2. Upload')}**")
        upload = _uploader(visit)
    if upload is not None:
        _preview(visit, form, upload)
    elif _DONE in st.session_state:
        preview.receipt(visit, st.session_state[_DONE])


def _choose_form(visit: Visit) -> Form:
    t = visit.words
    asked = st.query_params.get("form", "")
    st.session_state["reports-form"] = asked if asked in FORMS else "dispatch"
    chosen = st.segmented_control(
        t("Form"),
        list(FORMS),
        format_func=lambda name: t.pick(FORMS[name].zh, FORMS[name].en),
        key="reports-form",
        on_change=lambda: filters.write("form", st.session_state["reports-form"]),
        required=True,
    )
    return FORMS[chosen or "dispatch"]


def _uploader(visit: Visit) -> _Upload | None:
    t, limit = visit.words, visit.settings.upload_max_mb
    turn = st.session_state.setdefault(_TURN, 0)
    parts.show(_uploader_style(visit))
    file = st.file_uploader(
        t("CSV or XLSX, at most {mb} MB. Nothing is stored before you have seen what it changes.", mb=limit),
        type=["csv", "txt", "xlsx"],
        key=f"reports-upload-{turn}",
        max_upload_size=limit,
        on_change=lambda: st.session_state.pop(_DONE, None),
    )
    return None if file is None else _Upload(file.name, file.getvalue())


def _uploader_style(visit: Visit) -> Safe:
    """The uploader's own words in the reader's language: Streamlit has them in English only."""
    said = visit.words("Choose a file, or drop it here")
    here = '[data-testid="stFileUploaderDropzone"]'
    return Safe(
        f"<style>{here} button[data-testid='stBaseButton-secondary'] p{{font-size:0}}"
        f"{here} button[data-testid='stBaseButton-secondary'] p::after{{content:'{said}';font-size:1rem}}"
        f"{here} [data-testid='stFileUploaderDropzoneInstructions']{{display:none}}</style>"
    )


def _preview(visit: Visit, form: Form, upload: _Upload) -> None:
    t = visit.words
    seen = _seen(visit, form, upload)
    preview.draw(visit, form, seen)
    if not seen.ok or seen.duplicate_of or not (seen.new or seen.changed or seen.adjustment_count):
        if st.button(t("Choose another file"), icon=":material/restart_alt:"):
            _next_turn()
        return
    agreed = True
    if seen.warned or any(problem.level == "warning" for problem in seen.problems):
        agreed = st.checkbox(
            t("I have checked the {n} warnings and confirm these figures.", n=max(seen.warned, 1)),
            key=f"agree-{upload.digest}-{seen.base}",
        )
    with st.container(horizontal=True):
        if st.button(t("Store this report"), type="primary", disabled=not agreed, icon=":material/check:"):
            _commit(visit, form, upload, seen)
        if st.button(t("Discard")):
            _next_turn()


def _delivery(visit: Visit, form: Form, upload: _Upload) -> Delivery:
    return Delivery(upload.name, upload.content, visit.scope, form=form.name)


def _limits(visit: Visit) -> Limits:
    s = visit.settings
    return Limits(
        max_bytes=s.upload_max_mb * 1_000_000,
        max_rows=s.upload_max_rows,
        max_unpacked=s.unpacked_max_mb * 1_000_000,
    )


def _seen(visit: Visit, form: Form, upload: _Upload) -> Receipt:
    """The preview of these bytes; kept for the session so that a tick in a box does not read them again."""
    key = (upload.digest, upload.name, form.name)
    kept = st.session_state.get("reports-preview")
    if kept is not None and kept[0] == key:
        return kept[1]
    with st.spinner(visit.words("Reading and comparing…")):
        receipt = take_in(
            visit.db, _delivery(visit, form, upload), now=visit.now, dry_run=True, limits=_limits(visit)
        )
    st.session_state["reports-preview"] = (key, receipt)
    return receipt


def _commit(visit: Visit, form: Form, upload: _Upload, seen: Receipt) -> None:
    """Store what was previewed; where somebody was quicker, show the new state and store nothing."""
    if not visit.may(Action.REPORT):
        return
    done = take_in(
        visit.db,
        _delivery(visit, form, upload),
        now=visit.now,
        limits=_limits(visit),
        expected_base=seen.base,
    )
    st.session_state.pop("reports-preview", None)
    if not done.committed:
        preview.problems(visit, form, done)
        st.button(visit.words("Look at the new preview"))
        return
    bring_up_to_date(visit.db, done.cities, now=visit.now)
    st.session_state[_DONE] = done
    _next_turn()


def _next_turn() -> None:
    """Forget the file: a new uploader, so that the old one's bytes leave memory."""
    st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1
    st.session_state.pop("reports-preview", None)
    st.rerun()
