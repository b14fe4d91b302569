"""People and permissions: who has an account and which post, and what an administrator does about it.

Everything is done by ``models/accounts.py``, which refuses in words. Addresses are personal contacts: looking at
them enters the audit log. A password for once is shown once, to be handed over by another way than mail.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import streamlit as st

from dashboard import filters, looks, parts
from dashboard.parts import Safe
from dashboard.visit import Visit
from models import accounts
from models.access import Action
from models.accounts import Change, Handed, Post, Wanted
from models.queries import people as known
from models.queries.people import PersonRow
from models.vocabulary import Department, Role
from models.words import LANGUAGES, mark

_TOLD = "people-told"
#: Where the session keeps the number of the form for a new account: a second click on one that is done is none.
_TURN = "people-turn"
_ROLES = (Role.MINISTRY, Role.PROVINCE, Role.CITY, Role.AUDITOR, Role.ADMINISTRATOR)
_IN_DEPARTMENTS = (Role.MINISTRY, Role.PROVINCE, Role.CITY)

_LOOKED = mark("People's addresses looked at")
_LANGUAGE_NAMES = {"zh_CN": "中文", "en": "English"}


@dataclass(frozen=True)
class _Told:
    """What the last deed came to, shown after the rerun; ``password`` in this session only."""

    text: str
    email: str
    refused: bool = False
    password: str | None = None


def render(visit: Visit) -> None:
    t = visit.words
    parts.page(t("People and permissions"))
    if not visit.may(Action.ADMINISTER):
        parts.outside(visit)
        return
    _tell(visit)
    chosen = known.person(visit.db, st.query_params.get("person", ""))
    if chosen is not None:
        looks.note(visit, _LOOKED, chosen.email)
        _one(visit, chosen)
    _list(visit)
    _add(visit)


def _tell(visit: Visit) -> None:
    """What the last deed came to, once; a password until the next deed or person, so that no rerun takes it away."""
    t, told = visit.words, st.session_state.get(_TOLD)
    if told is None:
        return
    elsewhere = st.query_params.get("person", told.email) != told.email
    if elsewhere or not told.password:
        del st.session_state[_TOLD]
        if told.password:
            return
    if told.refused:
        st.error(t(told.text), icon=":material/block:")
        return
    st.success(f"{parts.escape(told.email)}: {t(told.text)}", icon=":material/check:")
    if told.password:
        st.code(told.password, language=None)
        hours = visit.settings.one_time_password_hours
        st.caption(
            t(
                "A password for once, shown only now. Hand it over in person or by telephone, not by mail. "
                "It holds for {n} hours and has to be changed at the first sign-in.",
                n=hours,
            )
        )


def _list(visit: Visit) -> None:
    t, search = visit.words, st.query_params.get("q", "")
    st.session_state["people-search"] = search
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(
            t("Search name, address or place"),
            key="people-search",
            on_change=lambda: filters.write("q", st.session_state["people-search"]),
        )
        role = st.selectbox(
            t("Role"), _ROLES, index=None, format_func=t.label, placeholder=t("All"), key="people-role"
        )
    rows = known.people(visit.db, search, role)
    if not rows:
        parts.nothing(t("Nobody is found"), t("No account's name, address or place holds this text."))
        return
    looks.note(visit, _LOOKED, search or "*")
    heads = [
        (t("Name"), "pd-s"),
        (t("E-mail address"), "pd-s"),
        (t("Role"), "pd-s"),
        (t("Place"), "pd-s"),
        (t("Department"), "pd-s"),
        (t("Account"), "pd-s"),
        (t("Last seen"), "pd-s"),
    ]
    parts.show(parts.table(heads, [_row(visit, row) for row in rows], t("{n} accounts", n=len(rows))))


def _row(visit: Visit, row: PersonRow) -> tuple[object, ...]:
    t = visit.words
    return (
        parts.anchor(row.name, parts.link("people", visit, person=row.email, q=st.query_params.get("q"))),
        row.email,
        _role(visit, row),
        t.pick(row.place_zh, row.place_en),
        t.label(row.department),
        _state(visit, row),
        t.instant(row.seen_at) if row.seen_at else t("never"),
    )


def _role(visit: Visit, row: PersonRow) -> str:
    t = visit.words
    return f"{t.label(row.role)} + {t('manages people')}" if row.administers else t.label(row.role)


def _state(visit: Visit, row: PersonRow) -> Safe | str:
    t = visit.words
    if row.disabled_at:
        return parts.wrapped("span", "⊘ " + t("disabled since {at}", at=t.instant(row.disabled_at)), "pd-m")
    if row.once_until_at:
        ends = t.instant(row.once_until_at)
        return (
            t("password for once, until {at}", at=ends)
            if row.once_until_at > visit.now
            else t("password for once, over since {at}", at=ends)
        )
    return t("in use") if row.has_password else t("in use, by the identity service only")


def _one(visit: Visit, row: PersonRow) -> None:
    t = visit.words
    with st.container(border=True):
        parts.heading(row.name)
        parts.show(
            parts.facts(
                [
                    (t("E-mail address"), row.email),
                    (t("Role"), _role(visit, row)),
                    (t("Place"), t.pick(row.place_zh, row.place_en)),
                    (t("Department"), t.label(row.department)),
                    (t("Account"), _state(visit, row)),
                    (t("Added at"), t.instant(row.created_at)),
                    (t("Last seen"), t.instant(row.seen_at) if row.seen_at else t("never")),
                ]
            )
        )
        _deeds(visit, row)
        with st.expander(t("Change name or post")):
            key = f"change-{row.email}"
            name = st.text_input(t("Name"), row.name, max_chars=80, key=f"{key}-name")
            post = _post(visit, key, row)
            if st.button(t("Save the post"), type="primary", key=f"{key}-save", disabled=post is None):
                change = _change(visit)
                _finish(
                    row.email,
                    Handed(accounts.change_post(visit.db, row.email, post, change, name=name)),
                    accounts.CHANGED,
                )
        parts.show(parts.anchor(t("Close"), parts.link("people", visit, q=st.query_params.get("q"))))


def _deeds(visit: Visit, row: PersonRow) -> None:
    """What can be done with the account as it stands; each asks once more."""
    t, db, email = visit.words, visit.db, row.email
    with st.container(horizontal=True):
        if row.disabled_at:
            _sure(
                visit,
                "enable",
                t("Enable"),
                t("The person can sign in again with the password they had."),
                lambda: Handed(accounts.enable(db, email, _change(visit))),
                (email, accounts.ENABLED),
            )
            return
        _sure(
            visit,
            "reset",
            t("New password for once"),
            t("The old password ends, and every browser of this person is signed out."),
            lambda: accounts.reset(db, email, _change(visit)),
            (email, accounts.RESET),
        )
        _sure(
            visit,
            "everywhere",
            t("Sign out everywhere"),
            t("Every browser of this person has to sign in again."),
            lambda: _everywhere(visit, email),
            (email, accounts.EVERYWHERE),
        )
        _sure(
            visit,
            "disable",
            t("Disable"),
            t("The person is out at the next click. What they did stays, and so does their name."),
            lambda: Handed(accounts.disable(db, email, _change(visit))),
            (email, accounts.DISABLED),
        )


def _everywhere(visit: Visit, email: str) -> Handed:
    accounts.end_everywhere(visit.db, email, visit.scope.email, now=visit.now)
    return Handed()


def _sure(
    visit: Visit, key: str, label: str, warning: str, do: Callable[[], Handed], about: tuple[str, str]
) -> None:
    """A button that says what follows and asks once more."""
    with st.popover(label):
        st.write(warning)
        if st.button(visit.words("Yes, do it"), key=f"people-{key}-{about[0]}"):
            _finish(about[0], do(), about[1])


def _add(visit: Visit) -> None:
    t, turn = visit.words, st.session_state.get(_TURN, 0)
    key = f"add-{turn}"
    with st.expander(t("Add a person"), icon=":material/person_add:"):
        left, right = st.columns(2)
        email = left.text_input(t("E-mail address"), max_chars=254, key=f"{key}-email")
        name = right.text_input(t("Name"), max_chars=80, key=f"{key}-name")
        post = _post(visit, key)
        language = st.selectbox(
            t("Language of mails"),
            LANGUAGES,
            index=None,
            format_func=_LANGUAGE_NAMES.get,
            placeholder=t("As is usual here"),
            key=f"{key}-language",
        )
        with_password = not st.checkbox(
            t("Without a password: the identity service vouches for this person"), key=f"{key}-without"
        )
        if st.button(t("Add the account"), type="primary", key=f"{key}-do", disabled=post is None):
            wanted = Wanted(email, name, post, language, with_password)
            came = accounts.add(visit.db, wanted, _change(visit))
            if came.refusal is None:
                st.session_state[_TURN] = turn + 1
            _finish(accounts.address_of(email), came, accounts.ADDED)


def _post(visit: Visit, key: str, row: PersonRow | None = None) -> Post | None:
    """The choice of a post; None while it is not complete."""
    t = visit.words
    first, second, third = st.columns(3)
    begin = _ROLES.index(row.role) if row is not None else None
    role = first.selectbox(t("Role"), _ROLES, begin, t.label, key=f"{key}-role", placeholder="—")
    if role is None:
        return None
    desks = known.desks(visit.db, role)
    codes = list(desks)
    own = codes.index(row.place) if row is not None and row.place in desks else None
    place = second.selectbox(
        t("Place"),
        codes,
        0 if len(codes) == 1 else own,
        lambda code: f"{t.pick(desks[code].name_zh, desks[code].name_en)} · {code}",
        key=f"{key}-place-{role}",
        placeholder="—",
    )
    department = None
    if role in _IN_DEPARTMENTS:
        options = list(Department)
        held = options.index(row.department) if row is not None and row.department else None
        department = third.selectbox(
            t("Department"), options, held, t.label, key=f"{key}-department", placeholder=t("Neither")
        )
    administers = (
        role != Role.ADMINISTRATOR
        and role != Role.AUDITOR
        and st.checkbox(
            t("Manages people beside this post"), row.administers if row else False, key=f"{key}-administers"
        )
    )
    st.caption(t(_MEANS[role]))
    return Post(role, place, department, administers) if place else None


_MEANS = {
    Role.MINISTRY: mark("Sees every city; decides on adjustments, silences and exceptions; reports nothing."),
    Role.PROVINCE: mark("Sees and decides for the cities of the province."),
    Role.CITY: mark("Sees the own city, hands in its reports and answers for its alerts."),
    Role.AUDITOR: mark("Reads everything and the audit log; writes nothing."),
    Role.ADMINISTRATOR: mark(
        "Manages people, looks after data sources and reads the audit log; sees no project and no figure."
    ),
}


def _change(visit: Visit) -> Change:
    return Change(visit.scope, visit.now, timedelta(hours=visit.settings.one_time_password_hours))


def _finish(email: str, came: Handed, what: str) -> None:
    """Show what came of it on the page as it is now."""
    st.session_state[_TOLD] = _Told(came.refusal or what, email, came.refusal is not None, came.password)
    if came.refusal is None:
        st.query_params["person"] = email
    st.rerun()
