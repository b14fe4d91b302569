"""Looking after accounts: add, change the post, disable, reset; and what people do with their own password.

Each function commits, with its entry in the audit log, and refuses with a catalogue text. Administrators never
learn a password that lasts: they hand out one for once, which has to be changed at the next sign-in. Refuses to
close the last account that can manage people.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from models.access import Action, Scope, sits_at
from models.audit import Deed, audit
from models.db import Database
from models.people import Person
from models.places import Place
from models.signin import address_of, end_sessions, hash_password
from models.vocabulary import AuditKind, Department, Role
from models.words import mark

NOT_YOURS = mark("Only an administrator manages people.")
NO_ADDRESS = mark("That is no e-mail address.")
NO_NAME = mark("Say how pages and mails call this person.")
TAKEN = mark("There is an account with this address already.")
NOBODY = mark("There is no account with this address.")
NO_PLACE = mark("This role does not sit at that place.")
NO_DEPARTMENT = mark("Only desks of ministry, province and city belong to a department.")
LAST = mark("This is the last account that can manage people; make another administrator first.")
SAME = mark("Nothing is different.")
IS_DISABLED = mark("The account is disabled.")
TOO_SHORT = mark("A password has 12 to 128 characters.")
NOT_NEW = mark("Choose a password that is not the old one and does not hold your address.")

ADDED = mark("Account added")
CHANGED = mark("Post changed")
DISABLED = mark("Account disabled")
ENABLED = mark("Account enabled")
RESET = mark("Password for once handed out")
OWN_PASSWORD = mark("Own password changed")
SET_PASSWORD = mark("Password set on the command line")
EVERYWHERE = mark("Signed out everywhere")

#: One lock for every change of people on PostgreSQL, so that two cannot remove the last two administrators.
_LOCK = 0x7008

#: No letters that are taken for others when read aloud.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True)
class Post:
    """Whose desk somebody sits at. ``place`` is a code; ``administers``: manages people beside it."""

    role: Role
    place: str
    department: Department | None = None
    administers: bool = False


@dataclass(frozen=True)
class Wanted:
    """An account that is to be made; ``language`` None follows the default.

    ``with_password`` False: only an identity provider can vouch for this person. ``password``: one that lasts,
    which only the operator of the machine gives.
    """

    email: str
    name: str
    post: Post
    language: str | None = None
    with_password: bool = True
    password: str | None = None


@dataclass(frozen=True)
class Change:
    """Who changes people, when, and how long a password for once holds."""

    by: Scope
    now: datetime
    once: timedelta = timedelta(hours=72)


@dataclass(frozen=True)
class Handed:
    """What came of it: ``refusal`` is a catalogue text; ``password`` is shown once and never stored."""

    refusal: str | None = None
    password: str | None = None


def add(db: Database, wanted: Wanted, change: Change) -> Handed:
    """Make an account with a password for once, or without one."""
    email = address_of(wanted.email)
    if not _is_address(email):
        return Handed(NO_ADDRESS)
    if not wanted.name.strip():
        return Handed(NO_NAME)
    once = _password() if wanted.with_password and wanted.password is None else None
    try:
        stored = hash_password(wanted.password or once) if wanted.password or once else None
    except ValueError:
        return Handed(TOO_SHORT)
    with Session(db.rw) as session, session.begin():
        refusal = _begin(session, change, wanted.post)
        if refusal is None and session.get(Person, email) is not None:
            refusal = TAKEN
        if refusal is not None:
            return Handed(refusal)
        person = Person(
            email=email,
            name=wanted.name.strip(),
            language=wanted.language,
            password_hash=stored,
            created_at=change.now,
            once_until_at=change.now + change.once if once else None,
            **vars(wanted.post),
        )
        session.add(person)
        session.flush()
        _remember(session, change, ADDED, person, {"after": _told(person)})
    return Handed(password=once)


def change_post(
    db: Database, email: str, post: Post, change: Change, *, name: str | None = None
) -> str | None:
    """Give somebody another desk, and perhaps another name. Open pages follow at their next click."""
    with Session(db.rw) as session, session.begin():
        person = session.get(Person, address_of(email))
        refusal = _begin(session, change, post)
        if refusal is None and person is None:
            refusal = NOBODY
        if refusal is not None:
            return refusal
        if _manages(person) and not _would_manage(post) and _is_last(session, person):
            return LAST
        before = _told(person)
        for field, value in vars(post).items():
            setattr(person, field, value)
        person.name = (name or "").strip() or person.name
        if _told(person) == before:
            return SAME
        session.flush()
        _remember(session, change, CHANGED, person, {"before": before, "after": _told(person)})
    return None


def disable(db: Database, email: str, change: Change) -> str | None:
    """Close an account; its open pages end at their next click."""
    with Session(db.rw) as session, session.begin():
        person, refusal = _of(session, email, change)
        if refusal is None and person.disabled_at is not None:
            refusal = IS_DISABLED
        if refusal is None and _manages(person) and _is_last(session, person):
            refusal = LAST
        if refusal is not None:
            return refusal
        person.disabled_at = change.now
        session.flush()
        end_sessions(session.connection(), person.email, now=change.now)
        _remember(session, change, DISABLED, person, {})
    return None


def enable(db: Database, email: str, change: Change) -> str | None:
    """Open a disabled account again; the person signs in anew."""
    with Session(db.rw) as session, session.begin():
        person, refusal = _of(session, email, change)
        if refusal is None and person.disabled_at is None:
            refusal = SAME
        if refusal is not None:
            return refusal
        person.disabled_at = None
        session.flush()
        _remember(session, change, ENABLED, person, {})
    return None


def reset(db: Database, email: str, change: Change) -> Handed:
    """Hand out a password for once; the old one and every open page end."""
    password = _password()
    stored = hash_password(password)
    with Session(db.rw) as session, session.begin():
        person, refusal = _of(session, email, change)
        if refusal is None and person.disabled_at is not None:
            refusal = IS_DISABLED
        if refusal is not None:
            return Handed(refusal)
        person.password_hash, person.once_until_at = stored, change.now + change.once
        session.flush()
        end_sessions(session.connection(), person.email, now=change.now)
        _remember(session, change, RESET, person, {"until": person.once_until_at})
    return Handed(password=password)


def end_everywhere(db: Database, email: str, by: str, *, now: datetime) -> int:
    """End every session of an account, at its own wish or an administrator's; gives how many."""
    with db.rw.begin() as connection:
        ended = end_sessions(connection, email, now=now)
        deed = Deed(AuditKind.SIGN_OUT, by, now, EVERYWHERE, about=email, details={"sessions": ended})
        audit(connection, deed)
    return ended


def set_password(
    db: Database, email: str, password: str, *, by: str, now: datetime, but: str | None = None
) -> str | None:
    """Give an account a password that lasts; every session but the one of the secret ``but`` ends.

    ``by`` is the person, or the operator of the machine. Whoever calls has made sure that they may.
    """
    try:
        stored = hash_password(password)
    except ValueError:
        return TOO_SHORT
    email = address_of(email)
    if _holds_name(password, email):
        return NOT_NEW
    what = OWN_PASSWORD if by == email else SET_PASSWORD
    with Session(db.rw) as session, session.begin():
        person = session.get(Person, email)
        if person is None:
            return NOBODY
        person.password_hash, person.once_until_at = stored, None
        session.flush()
        end_sessions(session.connection(), email, now=now, but=but)
        deed = Deed(AuditKind.PASSWORD, by, now, what, place=person.place, about=email)
        audit(session.connection(), deed)
    return None


def _holds_name(password: str, email: str) -> bool:
    name = email.partition("@")[0]
    return len(name) > 3 and name in password.lower()


def _begin(session: Session, change: Change, post: Post) -> str | None:
    """Take the lock, and look whether this is a post that may be given, by whom it may be."""
    if not change.by.may(Action.ADMINISTER):
        return NOT_YOURS
    _lock(session)
    place = session.get(Place, post.place)
    if place is None or not sits_at(post.role, place):
        return NO_PLACE
    in_department = post.role in (Role.MINISTRY, Role.PROVINCE, Role.CITY)
    return NO_DEPARTMENT if post.department and not in_department else None


def _of(session: Session, email: str, change: Change) -> tuple[Person | None, str | None]:
    if not change.by.may(Action.ADMINISTER):
        return None, NOT_YOURS
    _lock(session)
    person = session.get(Person, address_of(email))
    return person, None if person else NOBODY


def _lock(session: Session) -> None:
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))


def _manages(person: Person) -> bool:
    return person.disabled_at is None and (person.administers or person.role == Role.ADMINISTRATOR)


def _would_manage(post: Post) -> bool:
    return post.administers or post.role == Role.ADMINISTRATOR


def _is_last(session: Session, person: Person) -> bool:
    """Is there nobody else who could manage people?"""
    p = Person.__table__
    others = sa.select(sa.func.count()).where(
        p.c.email != person.email,
        p.c.disabled_at.is_(None),
        sa.or_(p.c.administers, p.c.role == Role.ADMINISTRATOR),
    )
    return session.execute(others).scalar_one() == 0


def _remember(session: Session, change: Change, what: str, person: Person, details: dict[str, Any]) -> None:
    deed = Deed(AuditKind.PEOPLE, change.by.email, change.now, what, person.place, person.email, details)
    audit(session.connection(), deed)


def _told(person: Person) -> dict[str, Any]:
    """A person's post, as the audit log keeps it."""
    names = ("name", "role", "place", "department", "administers")
    return {name: getattr(person, name) for name in names}


def _password() -> str:
    """Sixteen letters and digits in groups of four: about 79 bits."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))


def _is_address(text: str) -> bool:
    name, _, host = text.partition("@")
    return bool(name and host) and not any(c.isspace() or c in '<>,;@"' for c in name + host)
