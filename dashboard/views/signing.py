"""The signatures under a city's period: who vouched, whether it still holds, and the buttons of those who may sign."""

from collections.abc import Callable

import streamlit as st

from collectors import signoff
from collectors.signoff import Signing, Standing
from dashboard import parts
from dashboard.visit import Visit
from models.access import Action
from models.periods import Period
from models.vocabulary import Department, Role


def draw(visit: Visit, city: str, period: Period) -> None:
    """What was signed and, for those who may, what can be signed now."""
    t = visit.words
    with visit.db.ro.connect() as connection:
        found = signoff.standing(connection, city, period)
    parts.show(parts.wrapped("div", _said(visit, found), "pd-m"))
    if found.signatures:
        parts.show(_table(visit, found))
    if found.state is None or found.accepted:
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if visit.scope.role in (Role.CITY, Role.ADMINISTRATOR):
            _vouching(visit, city, period, found)
        if visit.may(Action.DECIDE):
            _deciding(visit, city, period, found)
    st.caption(t("A signature holds as long as no figure of the period changes."))


def _said(visit: Visit, found: Standing) -> str:
    t = visit.words
    if found.state is None:
        return t("Nothing has been reported for this period yet.")
    if found.accepted:
        return t("Accepted: the {n} figures of this period are locked.", n=found.rows)
    missing = [t.label(one) for one in Department if one not in found.vouched]
    if not missing:
        return t("Both departments have vouched; the province may accept.")
    return t("Not vouched yet: {who}.", who=t.pick("、", ", ").join(missing))


def _table(visit: Visit, found: Standing) -> parts.Safe:
    t = visit.words
    rows = [
        (
            t.label(one.step),
            t.label(one.department),
            one.by,
            t.instant(one.at),
            one.note or "",
            t("holds") if one.holds else t("void: figures have changed since"),
        )
        for one in found.signatures
    ]
    heads = (t("Step"), t("Department"), t("By"), t("When"), t("Note"), t("Still holds"))
    return parts.table([(head, "") for head in heads], rows)


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
    note = st.text_input(t("Note"), key=f"sign-note-{key}", max_chars=500)
    ready = found.vouched == frozenset(Department)
    signing = _signing(visit, city, period, found, note=note.strip() or None)
    st.button(
        t("Accept"),
        key=f"accept-{key}",
        type="primary",
        disabled=not ready,
        on_click=lambda: _carry_out(visit, lambda one: signoff.accept(visit.db, one), signing),
    )
    st.button(
        t("Return"),
        key=f"return-{key}",
        on_click=lambda: _carry_out(visit, lambda one: signoff.give_back(visit.db, one), signing),
    )


def _signing(visit: Visit, city: str, period: Period, found: Standing, note: str | None = None) -> Signing:
    return Signing(visit.scope, city, period, found.state or "", visit.now, note)


def _carry_out(visit: Visit, act: Callable[[Signing], str | None], signing: Signing) -> None:
    refusal = act(signing)
    st.toast(visit.words(refusal) if refusal else visit.words("Signed."))
