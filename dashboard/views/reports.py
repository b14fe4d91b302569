"""Handing in reports: what is due, template, upload or fill in here, preview of every change, commit, history.

The preview and the commit are the same intake; the commit names the bytes and the stored state that were
previewed, so that nothing else can be stored by a click. The bytes leave the session with the receipt.
"""

import hashlib
from dataclasses import dataclass

import streamlit as st

from alerts.day import bring_up_to_date
from collectors.closing import open_calendar
from collectors.forms import FORMS, Form
from collectors.intake import Delivery, Limits, Receipt, take_in
from collectors.problems import Problem
from dashboard import filters, parts
from dashboard.views import confirm, drafts, due, entry, handed_in, preview, templates
from dashboard.visit import Visit
from models.access import Action
from models.periods import Period
from models.vocabulary import Door

#: Where the session keeps the number of the upload; a new number is a new, empty uploader.
_TURN = "reports-turn"
_DONE = "reports-done"


@dataclass(frozen=True)
class Upload:
    """A file as chosen; the digest pins a preview to its bytes.

    ``typed``: it was filled in here. ``draft``: the draft that it continues. ``period``: the one it is meant for,
    where that was said.
    """

    name: str
    content: bytes
    typed: bool = False
    draft: str | None = None
    period: Period | None = None

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def render(visit: Visit) -> None:
    t = visit.words
    parts.page(t("Reports"))
    found = filters.read(visit)
    filters.notes(found)
    if found.outside:
        parts.outside(visit)
        return
    offered = [form for form in FORMS.values() if visit.scope.role in form.by]
    if offered:
        _hand_in(visit, offered)
    else:
        decides = visit.may(Action.DECIDE)
        st.caption(
            t("Your account looks and decides; reports are handed in by the cities.")
            if decides
            else t("Your account reads; reports are handed in by the cities.")
        )
    handed_in.draw(visit, found.narrow.city)


def _hand_in(visit: Visit, offered: list[Form]) -> None:
    t = visit.words
    city = due.own_city(visit)
    owed = due.draw(visit, city) if city else ()
    form = _choose_form(visit, offered, owed)
    left, right = st.columns([2, 3], gap="medium")
    with left, st.container(border=True):
        templates.offer(visit, form)
    with right, st.container(border=True):
        st.markdown(f"**{t('2. Upload')}**")
        upload = _uploader(visit, city)
    typed = entry.draw(visit, form, city, _put_aside) if city else None
    kept = drafts.draw(visit, _put_aside)
    if _DONE in st.session_state:
        preview.receipt(visit, st.session_state[_DONE])
    if upload is not None:
        _preview(visit, form, upload)
    elif typed is not None:
        _preview(visit, form, Upload(*typed, typed=True))
    elif kept is not None:
        of, name, content, draft = kept
        _preview(visit, FORMS[of], Upload(name, content, draft=draft))


def _choose_form(visit: Visit, offered: list[Form], owed: tuple[str, ...]) -> Form:
    """The form of the template: those that are owed, and all others on request."""
    t = visit.words
    names = [form.name for form in offered]
    shown = [name for name in names if name in owed] or names
    asked = st.query_params.get("form", "")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        every = len(shown) == len(names) or (asked in names and asked not in shown)
        if len(shown) < len(names):
            every = st.toggle(t("All forms"), value=every, key="reports-all")
        shown = names if every else shown
        default = "dispatch" if "dispatch" in shown else shown[0]
        st.session_state["reports-form"] = asked if asked in shown else default
        chosen = st.segmented_control(
            t("Form"),
            shown,
            format_func=lambda name: t.pick(FORMS[name].zh, FORMS[name].en),
            key="reports-form",
            on_change=lambda: filters.write("form", st.session_state["reports-form"]),
            required=True,
            wrap=True,
        )
    return FORMS[chosen or default]


def _uploader(visit: Visit, city: str | None) -> Upload | None:
    t, limit = visit.words, visit.settings.upload_max_mb
    turn = st.session_state.setdefault(_TURN, 0)
    file = st.file_uploader(
        t(
            "CSV, XLSX or JSON, at most {mb} MB. Nothing is stored before you have seen what it changes.",
            mb=limit,
        ),
        type=None,  # whatever comes is answered by the intake, in words of its kind
        key=f"reports-upload-{turn}",
        max_upload_size=limit,
        on_change=lambda: st.session_state.pop(_DONE, None),
    )
    period = _meant_for(visit, city)
    return None if file is None else Upload(file.name, file.getvalue(), period=period)


def _meant_for(visit: Visit, city: str | None) -> Period | None:
    """The period that a file is meant for; preset where the address names one, else what the file says."""
    t, window = visit.words, open_calendar(visit.db, visit.now).window(city)
    asked = due.asked(visit, window)
    periods = {one.name: one for one in due.choices(visit, window, asked)}
    preset = asked.name if asked else ""
    chosen = st.selectbox(
        t("Period of the file"),
        ["", *periods],
        index=["", *periods].index(preset),
        format_func=lambda name: name or t("As the file says"),
        key=f"reports-meant-{preset}",
        help=t("Where a period is chosen, new and changed rows of any other day are refused."),
        width=260,
    )
    return periods.get(chosen)


def _preview(visit: Visit, form: Form, upload: Upload) -> None:
    t = visit.words
    partial = st.session_state.get(f"partial-{upload.digest}", False)
    seen, unexplained = _seen(visit, form, upload, partial=partial)
    preview.draw(visit, form, upload.name, seen)
    preview.marked_file(visit, upload.content, seen)
    said = confirm.ask(visit, upload.digest, seen, partial=partial, unexplained=unexplained)
    if not said.possible:
        if st.button(t("Choose another file"), icon=":material/restart_alt:"):
            _forget(upload)
        return
    with st.container(horizontal=True):
        if st.button(
            t("Store this report"), type="primary", disabled=not said.agreed, icon=":material/check:"
        ):
            if unexplained is not None and said.reason is None:
                st.error(t("Say why the figures are corrected; then store the report."))
            else:
                _commit(visit, form, upload, seen, said)
        if st.button(t("Discard")):
            _forget(upload)


def _delivery(
    visit: Visit, form: Form, upload: Upload, *, reason: str | None = None, comment: str | None = None
) -> Delivery:
    """A workbook tells its forms itself; a text file is read as the chosen form."""
    whole_book = upload.content.startswith(b"PK")
    return Delivery(
        upload.name,
        upload.content,
        visit.scope,
        form=None if whole_book else form.name,
        period=upload.period,
        door=Door.WEB,
        reason=reason,
        comment=comment,
    )


def _limits(visit: Visit) -> Limits:
    s = visit.settings
    return Limits(
        max_bytes=s.upload_max_mb * 1_000_000,
        max_rows=s.upload_max_rows,
        max_unpacked=s.upload_unpacked_max_mb * 1_000_000,
        isolated=True,
    )


def _seen(visit: Visit, form: Form, upload: Upload, *, partial: bool) -> tuple[Receipt, Problem | None]:
    """The preview of these bytes; kept for the session so that a tick in a box does not read them again.

    Where it only lacks a reason for a correction, the preview is the one with a reason, and the problem is
    given beside it.
    """
    key = (upload.digest, upload.name, upload.period, form.name, partial)
    kept = st.session_state.get("reports-preview")
    if kept is not None and kept[0] == key:
        return kept[1]
    with st.spinner(visit.words("Reading and comparing…")):
        seen, unexplained = _look(visit, form, upload, partial=partial, reason=None), None
        asked = [problem for problem in seen.problems if problem.code == confirm.UNEXPLAINED]
        if asked:
            seen, unexplained = _look(visit, form, upload, partial=partial, reason="?"), asked[0]
    st.session_state["reports-preview"] = (key, (seen, unexplained))
    return seen, unexplained


def _look(visit: Visit, form: Form, upload: Upload, *, partial: bool, reason: str | None) -> Receipt:
    return take_in(
        visit.db,
        _delivery(visit, form, upload, reason=reason),
        now=visit.now,
        dry_run=True,
        limits=_limits(visit),
        partial=partial,
    )


def _commit(visit: Visit, form: Form, upload: Upload, seen: Receipt, said: confirm.Said) -> None:
    """Store what was previewed; where somebody was quicker, show the new state and store nothing."""
    if visit.scope.role not in form.by:
        return
    done = take_in(
        visit.db,
        _delivery(visit, form, upload, reason=said.reason, comment=said.comment),
        now=visit.now,
        limits=_limits(visit),
        expected_base=seen.base,
        partial=said.partial,
    )
    st.session_state.pop("reports-preview", None)
    if not done.committed:
        preview.problems(visit, form, done)
        st.button(visit.words("Look at the new preview"))
        return
    if upload.draft is not None:
        drafts.forget(visit, upload.draft)
    bring_up_to_date(visit.db, done.cities, now=visit.now)
    st.session_state[_DONE] = done
    _forget(upload)


def _forget(upload: Upload) -> None:
    """Leave what was previewed, and only that; its bytes leave memory."""
    if upload.draft is not None:
        drafts.close()
    elif upload.typed:
        entry.empty()
    else:
        _new_uploader()
    st.session_state.pop("reports-preview", None)
    st.rerun()


def _put_aside() -> None:
    """What is opened last is what is previewed: not the file chosen before, nor what was typed."""
    _new_uploader()
    for name in (entry.TYPED, _DONE):
        st.session_state.pop(name, None)


def _new_uploader() -> None:
    st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1
