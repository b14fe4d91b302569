"""One's own settings: language and hour of the digest, what comes at once. Nobody sets anybody else's here.

What a choice means is said in ``alerts/wanting.py``; orders addressed to somebody come whatever they chose.
"""

import streamlit as st
from sqlmodel import Session

from alerts.wanting import Wants, set_wants, wants_of
from dashboard import parts
from dashboard.visit import Visit
from models.people import Person
from models.vocabulary import AtOnce
from models.words import LANGUAGES

_NAMES = {"zh_CN": "中文", "en": "English"}


def render(visit: Visit) -> None:
    t = visit.words
    parts.page(t("My settings"))
    with Session(visit.db.ro) as session:
        person = session.get(Person, visit.scope.email)
    if person is None:
        parts.nothing(t("There is no such account."), t("Settings belong to an account of this tool."))
        return
    if not person.mails:
        st.info(t("Alert mails are switched off for this account; an administrator can switch them on."))
    opens, closes = visit.settings.office_opens, visit.settings.office_closes
    wants = wants_of(person)
    with st.form("mine"):
        language = st.selectbox(
            t("Language of mails"),
            [None, *LANGUAGES],
            index=[None, *LANGUAGES].index(person.language),
            format_func=lambda code: _NAMES[code] if code else t("As the office has it"),
            key="mine-language",
        )
        digest = st.toggle(t("The day's digest of alerts"), wants.digest, key="mine-digest")
        hours = [None, *range(opens, closes)]
        hour = st.selectbox(
            t("Hour of the digest, on working days"),
            hours,
            index=hours.index(wants.digest_hour) if wants.digest_hour in hours else 0,
            format_func=lambda n: f"{n}:00" if n is not None else _usual(visit),
            key="mine-hour",
        )
        at_once = st.radio(
            t("Told at once, within office hours"),
            list(AtOnce),
            index=list(AtOnce).index(wants.at_once),
            format_func=t.label,
            key="mine-at-once",
        )
        st.caption(
            t(
                "At most one mail at once in {n} minutes; what comes sooner goes with the next. Orders addressed to "
                "you come whatever you choose here.",
                n=visit.settings.at_once_minutes,
            )
        )
        if not st.form_submit_button(t("Save"), type="primary"):
            return
    chosen = Wants(digest, hour, AtOnce(at_once))
    refusal = set_wants(visit.db, visit.scope.email, chosen, language, hours=(opens, closes))
    if refusal:
        st.error(t(refusal))
        return
    st.success(t("Saved. It holds from the next mail on."))


def _usual(visit: Visit) -> str:
    return visit.words("As the office has it: {hour}:00", hour=visit.settings.digest_hour)
