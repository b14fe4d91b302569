"""Accounts: passwords, the brake on guessing them, and signed-in browsers.

Passwords are argon2id at OWASP's minimum (19 MiB, 2 passes), at most four at a time so that a flood of
sign-ins stays small. A browser's cookie carries a random secret, of which only the SHA-256 is stored; each
request looks the row up again, so a dismissed person is out at the next click.
"""

import hashlib
import secrets
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlmodel import Session, select

from models.brakes import count_up
from models.db import Database
from models.people import GuessCount, Person, SignIn

MINIMUM_PASSWORD = 12
_MAXIMUM_PASSWORD = 128
_GUESS_WINDOW = timedelta(minutes=15)
_ADDRESS_FACTOR = 5  # an address may guess for several accounts
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

    Unknown, disabled and wrong take the same time. Every attempt counts before it is checked; a right one
    clears its account's count and takes itself off its address's.
    """
    email = email.strip().lower()
    if not _may_guess(db, email, address, now=now, limit=rules.guesses):
        return None
    with Session(db.ro) as session:
        person = session.get(Person, email)
    stored = person.password_hash if person and not person.disabled_at else None
    if not _matches(stored or _nobody, password[:_MAXIMUM_PASSWORD]) or stored is None:
        return None
    secret = secrets.token_urlsafe(32)
    _forgive(db, email, address)
    with Session(db.rw) as session, session.begin():
        session.add(SignIn(id=_session_id(secret), email=email, created_at=now, seen_at=now))
    return secret


def find_session(db: Database, secret: str, *, now: datetime, rules: SessionRules) -> str | None:
    """The id of the live session a cookie's secret opens, else None."""
    session_id = _session_id(secret)
    return session_id if person_of(db, session_id, now=now, rules=rules) else None


def person_of(db: Database, session_id: str, *, now: datetime, rules: SessionRules) -> Person | None:
    """Who sits behind a live session. Notes the visit at most once a minute; commits then."""
    with Session(db.ro, expire_on_commit=False) as session:
        found = session.exec(
            select(SignIn, Person).join(Person, Person.email == SignIn.email).where(SignIn.id == session_id)
        ).first()
    if found is None:
        return None
    row, person = found
    over = now - row.seen_at > rules.idle or now - row.created_at > rules.absolute
    if row.revoked_at or person.disabled_at or over:
        return None
    if now - row.seen_at > timedelta(minutes=1):
        with db.rw.begin() as connection:
            connection.execute(sa.update(SignIn).where(SignIn.id == session_id).values(seen_at=now))
    return person


def sign_out(db: Database, secret: str, *, now: datetime) -> None:
    """End the session of a cookie's secret; commits."""
    with db.rw.begin() as connection:
        connection.execute(
            sa.update(SignIn)
            .where(SignIn.id == _session_id(secret), SignIn.revoked_at.is_(None))
            .values(revoked_at=now)
        )


def _session_id(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _matches(stored: str, password: str) -> bool:
    with _at_once:
        try:
            return _hasher.verify(stored, password)
        except VerificationError:
            return False


def _may_guess(db: Database, email: str, address: str, *, now: datetime, limit: int) -> bool:
    """Count an attempt for the account and its address. One statement each, so no race lets more through."""
    with db.rw.begin() as connection:
        by_account = count_up(connection, f"account:{email}", now, _GUESS_WINDOW)
        by_address = count_up(connection, f"address:{address}", now, _GUESS_WINDOW)
    return by_account <= limit and by_address <= limit * _ADDRESS_FACTOR


def _forgive(db: Database, email: str, address: str) -> None:
    table = GuessCount.__table__
    with db.rw.begin() as connection:
        connection.execute(sa.delete(table).where(table.c.key == f"account:{email}"[:300]))
        connection.execute(
            sa.update(table)
            .where(table.c.key == f"address:{address}"[:300], table.c.count > 0)
            .values(count=table.c.count - 1)
        )
