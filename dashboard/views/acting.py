"""The forms of a dispatch order that its reader may use now: of the desk that answers, of the side that decides.

What is offered is what ``order_rights`` allows; the act asks again. The session remembers which event the page
showed last, so that nobody acts on what they have not seen.
"""

from datetime import date

import streamlit as st

from alerts.evidence import ENDINGS, MOST_FILES, Upload
from alerts.order_terms import carried_terms
from alerts.orders import LONGEST, Act, carry_out
from dashboard import parts
from dashboard.views.order_words import Standing
from dashboard.visit import Visit
from models import clock
from models.vocabulary import Deed, OrderState


def offer(visit: Visit, now: Standing) -> None:
    """Draw what may be done; nothing where it is nobody's or another's turn."""
    t, order = visit.words, now.order
    newest = order.events[-1].seq
    seen = st.session_state.get(_seen(now), newest)
    if now.mine:
        parts.heading(t("What you can do now"))
        if now.stand.asked_for is not None and Deed.TIME_GRANTED in now.mine:
            _deciding_on_time(visit, now, seen)
        if Deed.RECEIVED in now.mine:
            _receiving(visit, now, seen)
        if Deed.ANSWERED in now.mine:
            _replying(visit, now, seen)
        if Deed.TIME_ASKED in now.mine:
            _asking(visit, now, seen)
        if Deed.CLOSED in now.mine:
            _closing(visit, now, seen)
        if Deed.SENT_BACK in now.mine:
            _sending_back(visit, now, seen)
    st.session_state[_seen(now)] = newest


def _seen(now: Standing) -> str:
    return f"order-seen-{now.order.id}"


def _turn(now: Standing, form: str) -> str:
    """Where the session keeps how often a form was used."""
    return f"order-turn-{form}-{now.order.id}"


def _key(now: Standing, form: str, name: str = "") -> str:
    """The key of a form's widget, or the form's own.

    It changes when that form has been used, so that it is empty the next time; what is written in another stays.
    """
    return f"order-{form}-{name}-{now.order.id}-{st.session_state.get(_turn(now, form), 0)}"


def _do(
    visit: Visit, now: Standing, seen: int, form: str, deed: Deed, note: str = "", **more: object
) -> None:
    """Carry out what a form asks for; say why not, or show the order anew and the form empty."""
    t, order = visit.words, now.order
    act = Act(visit.scope, order.city, order.id, seen, deed, visit.now, note, **more)
    limit = visit.settings.evidence_max_mb * 1_000_000
    refusal = carry_out(visit.db, act, office=visit.office, max_bytes=limit)
    if refusal is not None:
        st.error(t(refusal))
        return
    st.session_state.pop(_seen(now), None)
    turn = _turn(now, form)
    st.session_state[turn] = st.session_state.get(turn, 0) + 1
    st.toast(t("Done. Whoever has to know is told by mail."))
    st.rerun()


def _receiving(visit: Visit, now: Standing, seen: int) -> None:
    t = visit.words
    if st.button(t("Acknowledge receipt"), key=_key(now, "receive"), type="primary"):
        _do(visit, now, seen, "receive", Deed.RECEIVED)


def _replying(visit: Visit, now: Standing, seen: int) -> None:
    t, limit = visit.words, visit.settings.evidence_max_mb
    kinds = {
        Deed.ANSWERED: t("Reply: what was found and what is being done"),
        Deed.RECTIFIED: t("Reported as rectified"),
    }
    with st.form(_key(now, "reply")):
        st.markdown(f"**{t('Reply')}**")
        deed = st.radio(
            t("What is reported"),
            list(kinds),
            format_func=kinds.get,
            key=_key(now, "reply", "what"),
            horizontal=True,
        )
        note = st.text_area(t("Text of the reply"), max_chars=LONGEST, key=_key(now, "reply", "text"))
        files = st.file_uploader(
            t("Evidence: PDF, images, XLSX or DOCX, at most {n} files of {mb} MB", n=MOST_FILES, mb=limit),
            type=list(ENDINGS),
            accept_multiple_files=True,
            max_upload_size=limit,
            key=_key(now, "reply", "files"),
        )
        st.caption(
            t(
                "“Reported as rectified” hands the order to the supervisor; the clock stops until it comes back."
            )
        )
        if st.form_submit_button(t("Hand in the reply"), type="primary"):
            uploads = [Upload(file.name, file.getvalue()) for file in files]
            _do(visit, now, seen, "reply", deed, note, files=uploads)


def _asking(visit: Visit, now: Standing, seen: int) -> None:
    t, stand = visit.words, now.stand
    with st.expander(t("Ask for more time")), st.form(_key(now, "ask"), border=False):
        days = _days(visit, now, "ask", (stand.answer_by, stand.rectify_by), earliest=None)
        note = st.text_area(t("Why more time is needed"), max_chars=LONGEST, key=_key(now, "ask", "why"))
        st.caption(t("The clock runs on until the supervisor decides."))
        if st.form_submit_button(t("Ask for more time")):
            _do(visit, now, seen, "ask", Deed.TIME_ASKED, note, **_changed(now, days))


def _deciding_on_time(visit: Visit, now: Standing, seen: int) -> None:
    t, stand = visit.words, now.stand
    asked = stand.asked_for or (None, None)
    preset = (asked[0] or stand.answer_by, asked[1] or stand.rectify_by)
    with st.form(_key(now, "decide")):
        st.markdown(f"**{t('Decide on the request for more time')}**")
        days = _days(visit, now, "decide", preset, earliest=None)
        note = st.text_area(
            t("Reason (needed to refuse)"), max_chars=LONGEST, key=_key(now, "decide", "decision")
        )
        with st.container(horizontal=True):
            grant = st.form_submit_button(t("Grant"), type="primary")
            refuse = st.form_submit_button(t("Refuse"))
    if grant:
        _do(visit, now, seen, "decide", Deed.TIME_GRANTED, note, **_changed(now, days))
    if refuse:
        _do(visit, now, seen, "decide", Deed.TIME_REFUSED, note)


def _closing(visit: Visit, now: Standing, seen: int) -> None:
    t = visit.words
    ready = now.stand.state == OrderState.TO_REVIEW
    with st.expander(t("Close the order"), expanded=ready), st.form(_key(now, "close"), border=False):
        if not ready:
            st.caption(t("It is not reported as rectified yet. Closing it all the same is your decision."))
        note = st.text_area(t("Finding"), max_chars=LONGEST, key=_key(now, "close", "finding"))
        if st.form_submit_button(t("Close the order"), type="primary"):
            _do(visit, now, seen, "close", Deed.CLOSED, note)


def _sending_back(visit: Visit, now: Standing, seen: int) -> None:
    t, terms = visit.words, carried_terms()
    preset = (clock.add_workdays(visit.today, terms.answer), now.stand.rectify_by)
    preset = (preset[0], max(*preset))
    with st.expander(t("Send back")), st.form(_key(now, "back"), border=False):
        days = _days(visit, now, "back", preset, earliest=visit.today)
        note = st.text_area(t("Why it is sent back"), max_chars=LONGEST, key=_key(now, "back", "reason"))
        if st.form_submit_button(t("Send back")):
            _do(visit, now, seen, "back", Deed.SENT_BACK, note, answer_by=days[0], rectify_by=days[1])


def _days(
    visit: Visit, now: Standing, form: str, preset: tuple[date, date], *, earliest: date | None
) -> tuple[date, date]:
    """The two days of an order, beside each other; a preset that has changed is shown anew."""
    t = visit.words
    left, right = st.columns(2)
    answer_by = left.date_input(
        t("Reply by"),
        preset[0],
        min_value=earliest and min(earliest, preset[0]),
        key=_key(now, form, f"answer-{preset[0]}"),
    )
    rectify_by = right.date_input(
        t("Rectify by"),
        preset[1],
        min_value=earliest and min(earliest, preset[1]),
        key=_key(now, form, f"rectify-{preset[1]}"),
    )
    return answer_by, rectify_by


def _changed(now: Standing, days: tuple[date, date]) -> dict[str, date]:
    """Those of the days that are not what is set already."""
    stand = now.stand
    wanted = {"answer_by": (days[0], stand.answer_by), "rectify_by": (days[1], stand.rectify_by)}
    return {name: new for name, (new, old) in wanted.items() if new != old}
