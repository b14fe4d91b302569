"""Accounts: passwords, the brake on guessing them, and signed-in browsers.

Passwords are argon2id at OWASP's minimum (19 MiB, 2 passes), at most four at a time so that a flood of
sign-ins stays small. A browser's cookie carries a random secret, of which only the SHA-256 is stored; each
request looks the row up again, so a dismissed person is out at the next click.
"""

import hashlib
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlmodel import Session

from models.audit import Deed, audit
from models.brakes import count_up
from models.db import Database
from models.people import GuessCount, Person, SignIn
from models.vocabulary import AuditKind
from models.words import mark

MINIMUM_PASSWORD = 12
_MAXIMUM_PASSWORD = 128
_GUESS_WINDOW = timedelta(minutes=15)
_ADDRESS_FACTOR = 5  # an address may guess for several accounts

SIGNED_IN = mark("Signed in")
SIGNED_OUT = mark("Signed out")
WRONG = mark("Address or password wrong, or the account is closed")
TOO_MANY = mark("Too many attempts; further ones are refused unseen")

_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_at_once = threading.Semaphore(4)
_nobody = _hasher.hash("nobody has this password")


@dataclass(frozen=True)
class SessionRules:
    """How long a signed-in browser stays so, and how many attempts an account may see in 15 minutes."""

    idle: timedelta
    absolute: timedelta
    guesses: int


def hash_password(password: str) -> str:
    """The stored form. Raises ValueError for a password shorter than 12 or longer than 128 characters."""
    if not MINIMUM_PASSWORD <= len(password) <= _MAXIMUM_PASSWORD:
        raise ValueError(f"a password has {MINIMUM_PASSWORD} to {_MAXIMUM_PASSWORD} characters")
    with _at_once:
        return _hasher.hash(password)


def sign_in(
    db: Database, email: str, password: str, *, address: str, now: datetime, rules: SessionRules
) -> str | None:
    """Check a password and open a session. Returns the cookie's secret, None when refused; commits.

    Unknown, disabled, wrong and over (a password for once) take the same time. Every attempt counts before it is
    checked; a right one clears its account's count and takes itself off its address's. What is refused is in the
    audit log up to and including the attempt that is one too many, so that a flood does not fill it.
    """
    email = address_of(email)
    attempt = _count(db, email, address, now=now, limit=rules.guesses)
    if attempt.too_many:
        if attempt.is_first_too_many:
            _note_refused(db, email, address, now, TOO_MANY)
        return None
    with Session(db.ro) as session:
        person = session.get(Person, email)
    stored = person.password_hash if person and _may_enter(person, now) else None
    if not _matches(stored or _nobody, password[:_MAXIMUM_PASSWORD]) or stored is None:
        _note_refused(db, email, address, now, WRONG)
        return None
    _forgive(db, email, address)
    return open_session(db, email, now=now, how={"address": address, "by": "password"})


def open_session(db: Database, email: str, *, now: datetime, how: Mapping[str, str]) -> str:
    """Open a session for somebody whose identity is proved; gives the cookie's secret; commits."""
    secret = secrets.token_urlsafe(32)
    row = {"id": session_id_of(secret), "email": email, "created_at": now, "seen_at": now}
    with db.rw.begin() as connection:
        connection.execute(sa.insert(SignIn.__table__).values(**row))
        audit(connection, Deed(AuditKind.SIGN_IN, email, now, SIGNED_IN, details=how))
    return secret


def note_refused(db: Database, email: str, *, address: str, now: datetime, why: str, limit: int) -> None:
    """Remember that a provider vouched for somebody who has no account here; commits. A flood is not kept."""
    if not _count(db, address_of(email), address, now=now, limit=limit).too_many:
        _note_refused(db, address_of(email), address, now, why)


def find_session(db: Database, secret: str, *, now: datetime, rules: SessionRules) -> str | None:
    """The id of the live session a cookie's secret opens, else None."""
    session_id = session_id_of(secret)
    return session_id if person_of(db, session_id, now=now, rules=rules) else None


def person_of(db: Database, session_id: str, *, now: datetime, rules: SessionRules) -> Person | None:
    """Who sits behind a live session; nobody while the password has to be changed first.

    Notes the visit at most once a minute; commits then.
    """
    person = _behind(db, session_id, now=now, rules=rules)
    return None if person is None or person.once_until_at else person


def person_at_door(db: Database, secret: str, *, now: datetime, rules: SessionRules) -> Person | None:
    """Who holds a live session's secret, even if the password has to be changed first."""
    return _behind(db, session_id_of(secret), now=now, rules=rules)


def glance(db: Database, session_id: str, *, now: datetime, rules: SessionRules) -> Person | None:
    """``person_of`` for what a page does by itself: notes no visit, so that a session nobody uses ends all the same."""
    found = _look(db, session_id, now=now, rules=rules)
    return None if found is None or found[0].once_until_at else found[0]


#: Asked at every rerun of every page, so without the overhead of mapped objects.
_BEHIND = (
    sa.select(
        *(SignIn.__table__.c[name] for name in ("created_at", "seen_at", "revoked_at")), *Person.__table__.c
    )
    .join(Person.__table__, Person.__table__.c.email == SignIn.__table__.c.email)
    .where(SignIn.__table__.c.id == sa.bindparam("session"))
)


def _behind(db: Database, session_id: str, *, now: datetime, rules: SessionRules) -> Person | None:
    found = _look(db, session_id, now=now, rules=rules)
    if found is None:
        return None
    person, seen_at = found
    if now - seen_at > timedelta(minutes=1):
        with db.rw.begin() as connection:
            connection.execute(sa.update(SignIn).where(SignIn.id == session_id).values(seen_at=now))
    return person


def _look(
    db: Database, session_id: str, *, now: datetime, rules: SessionRules
) -> tuple[Person, datetime] | None:
    """Who sits behind a live session, and when they were last seen."""
    with db.ro.connect() as connection:
        found = connection.execute(_BEHIND, {"session": session_id}).first()
    if found is None:
        return None
    created_at, seen_at, revoked_at, *own = found
    person = Person(**dict(zip(Person.__table__.c.keys(), own, strict=True)))
    over = now - seen_at > rules.idle or now - created_at > rules.absolute
    return None if revoked_at or over or not _may_enter(person, now) else (person, seen_at)


def _may_enter(person: Person, now: datetime) -> bool:
    return person.disabled_at is None and (person.once_until_at is None or now < person.once_until_at)


def sign_out(db: Database, secret: str, *, now: datetime) -> None:
    """End the session of a cookie's secret; commits."""
    s, own = SignIn.__table__, session_id_of(secret)
    with db.rw.begin() as connection:
        ended = connection.execute(
            sa.update(s).where(s.c.id == own, s.c.revoked_at.is_(None)).values(revoked_at=now)
        )
        if ended.rowcount:
            email = connection.scalar(sa.select(s.c.email).where(s.c.id == own))
            audit(connection, Deed(AuditKind.SIGN_OUT, email, now, SIGNED_OUT))


def end_sessions(connection: sa.Connection, email: str, *, now: datetime, but: str | None = None) -> int:
    """End every session of an account, but the one of the secret ``but``; the caller commits. Gives how many."""
    s = SignIn.__table__
    live = sa.update(s).where(s.c.email == email, s.c.revoked_at.is_(None))
    if but is not None:
        live = live.where(s.c.id != session_id_of(but))
    return connection.execute(live.values(revoked_at=now)).rowcount


def is_password(db: Database, email: str, password: str, *, address: str, now: datetime, limit: int) -> bool:
    """Is this somebody's password? Counts like a sign-in, and is braked like one; commits."""
    if _count(db, email, address, now=now, limit=limit).too_many:
        return False
    with Session(db.ro) as session:
        person = session.get(Person, email)
    stored = person.password_hash if person else None
    matches = _matches(stored or _nobody, password[:_MAXIMUM_PASSWORD]) and stored is not None
    if matches:
        _forgive(db, email, address)
    return matches


def address_of(typed: str) -> str:
    """An e-mail address as accounts are kept: small letters, nothing around it, nothing a database refuses."""
    return typed.replace("\0", "").strip().lower()[:254]


def session_id_of(secret: str) -> str:
    """What is stored of a cookie's secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _matches(stored: str, password: str) -> bool:
    with _at_once:
        try:
            return _hasher.verify(stored, password)
        except VerificationError:
            return False


@dataclass(frozen=True)
class _Attempt:
    """How often an account and an address tried in the window that runs, and how often each may."""

    by_account: int
    by_address: int
    limit: int

    @property
    def too_many(self) -> bool:
        return self.by_account > self.limit or self.by_address > self.limit * _ADDRESS_FACTOR

    @property
    def is_first_too_many(self) -> bool:
        return self.by_account == self.limit + 1 or self.by_address == self.limit * _ADDRESS_FACTOR + 1


def _count(db: Database, email: str, address: str, *, now: datetime, limit: int) -> _Attempt:
    """Count an attempt for the account and its address. One statement each, so no race lets more through."""
    with db.rw.begin() as connection:
        by_account = count_up(connection, f"account:{email}", now, _GUESS_WINDOW)
        by_address = count_up(connection, f"address:{address}", now, _GUESS_WINDOW)
    return _Attempt(by_account, by_address, limit)


def _note_refused(db: Database, email: str, address: str, now: datetime, why: str) -> None:
    """What was typed is kept only where it is an account: people type passwords into the wrong field."""
    with db.rw.begin() as connection:
        p = Person.__table__
        known = connection.scalar(sa.select(p.c.email).where(p.c.email == email))
        who = known or ("?@" + email.rpartition("@")[2] if "@" in email else "?")
        audit(connection, Deed(AuditKind.REFUSED, who, now, why, details={"address": address}))


def _forgive(db: Database, email: str, address: str) -> None:
    table = GuessCount.__table__
    with db.rw.begin() as connection:
        connection.execute(sa.delete(table).where(table.c.key == f"account:{email}"[:300]))
        connection.execute(
            sa.update(table)
            .where(table.c.key == f"address:{address}"[:300], table.c.count > 0)
            .values(count=table.c.count - 1)
        )
