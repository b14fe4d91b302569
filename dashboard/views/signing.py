"""The signatures under a city's period: who vouched, whether it still holds, and the buttons of those who may sign."""

from collections.abc import Callable, Sequence

import streamlit as st

from collectors import signoff
from collectors.closing import open_calendar
from collectors.signoff import Signature, Signing, Standing
from dashboard import parts
from dashboard.visit import Visit
from models.access import Action
from models.db import Database
from models.periods import Period
from models.vocabulary import Department, Role, SignStep

#: Where the session keeps why the last signature was refused.
_REFUSED = "signing-refused"


def draw(visit: Visit, city: str, period: Period) -> None:
    """What was signed and, for those who may, what can be signed now."""
    t = visit.words
    with visit.db.ro.connect() as connection:
        found = signoff.standing(connection, city, period)
    if _REFUSED in st.session_state:
        st.error(t(st.session_state.pop(_REFUSED)), icon=":material/block:")
    parts.show(parts.wrapped("div", _said(visit, found, city, period), "pd-m"))
    if found.signatures:
        parts.show(_table(visit, found))
    if found.state is None or found.accepted:
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if visit.scope.role == Role.CITY:
            _vouching(visit, city, period, found)
        if visit.may(Action.DECIDE):
            _deciding(visit, city, period, found)
    st.caption(t("A signature holds as long as no figure of the period changes."))


def _said(visit: Visit, found: Standing, city: str, period: Period) -> str:
    t = visit.words
    if found.state is None:
        return t("Nothing has been reported for this period yet.")
    if found.accepted:
        calendar = open_calendar(visit.db, visit.now)
        if calendar.is_locked(city, period.end):
            return t("Accepted: the {n} figures of this period are locked.", n=found.rows)
        until = t.instant(calendar.reopened[city, period.end][1])
        return t(
            "Accepted, and opened again until {until}: corrections with a reason are taken.", until=until
        )
    missing = [t.label(one) for one in Department if one not in found.vouched]
    if not missing:
        return t("Both departments have vouched; the province may accept.")
    said = t("Not vouched yet: {who}.", who=t.pick("、", ", ").join(missing))
    back = returned(found)
    if back is None:
        return said
    return t("The province has returned these figures: {note}", note=back.note or "—") + " " + said


def returned(found: Standing) -> Signature | None:
    """The province's return, where it is the newest decision and the figures are still those it returned."""
    decided = [one for one in found.signatures if one.step != SignStep.VOUCHED]
    return decided[-1] if decided and decided[-1].step == SignStep.RETURNED and decided[-1].holds else None


def _table(visit: Visit, found: Standing) -> parts.Safe:
    t = visit.words
    rows = [
        (
            t.label(one.step),
            t.label(one.department) if one.department else t("Province"),
            one.by,
            t.instant(one.at),
            one.note or "",
            _validity(visit, one, found.signatures[index + 1 :]),
        )
        for index, one in enumerate(found.signatures)
    ]
    heads = [
        (t("Step"), "pd-s"),
        (t("Department"), ""),
        (t("By"), ""),
        (t("When"), "pd-s"),
        (t("Note"), "pd-w"),
        (t("Still holds"), ""),
    ]
    return parts.table(heads, rows)


def _validity(visit: Visit, one: Signature, later: Sequence[Signature]) -> str | None:
    """Does a signature still count, and if not, why? A return is no signature that could."""
    t = visit.words
    if one.step == SignStep.RETURNED:
        return None
    if not one.holds:
        return t("void: figures have changed since")
    given_back = any(after.step == SignStep.RETURNED for after in later)
    return t("void: returned since") if given_back else t("holds")


def _vouching(visit: Visit, city: str, period: Period, found: Standing) -> None:
    t = visit.words
    own = visit.scope.department
    for department in Department:
        if own in (None, department) and department not in found.vouched:
            label = t("Vouch as {department}", department=t.label(department))
            st.button(
                label,
                key=f"vouch-{department}-{city}-{period.end}",
                icon=":material/verified:",
                on_click=lambda d=department: _carry_out(
                    visit,
                    lambda signing: signoff.vouch(visit.db, signing, d),
                    _signing(visit, city, period, found),
                ),
            )


def _deciding(visit: Visit, city: str, period: Period, found: Standing) -> None:
    t = visit.words
    key = f"{city}-{period.end}"
    noted = f"sign-note-{key}"
    st.text_input(t("Note"), key=noted, max_chars=500, placeholder=t("Needed to return the figures"))

    def decide(act: Callable[[Database, Signing], str | None]) -> None:
        """The note is read at the click: leaving the field for a button sends the two as one."""
        note = st.session_state[noted].strip() or None
        signing = _signing(visit, city, period, found, note=note)
        _carry_out(visit, lambda one: act(visit.db, one), signing)

    ready = found.vouched == frozenset(Department)
    st.button(
        t("Accept"),
        key=f"accept-{key}",
        type="primary",
        disabled=not ready,
        on_click=lambda: decide(signoff.accept),
    )
    st.button(t("Return"), key=f"return-{key}", on_click=lambda: decide(signoff.give_back))


def _signing(visit: Visit, city: str, period: Period, found: Standing, note: str | None = None) -> Signing:
    return Signing(visit.scope, city, period, found.state or "", visit.now, note)


def _carry_out(visit: Visit, act: Callable[[Signing], str | None], signing: Signing) -> None:
    refusal = act(signing)
    if refusal:
        st.session_state[_REFUSED] = refusal
        return
    st.toast(visit.words("Signed."))
