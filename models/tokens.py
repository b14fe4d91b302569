"""Tokens for a city's own system: bound to a city and to forms, kept as hashes, limited in time and rate."""

import hashlib
import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models.access import Scope
from models.audit import Deed, audit
from models.brakes import count_up
from models.db import Database
from models.sources import ApiToken
from models.vocabulary import AuditKind, Role
from models.words import mark

_MADE = mark("API token made")
_REVOKED = mark("API token revoked")

#: What a token's text begins with, so that one in a log or a repository is recognised.
PREFIX = "pd_"

#: What the name of a system that holds a token begins with, where people's addresses stand.
SYSTEM = "token:"


@dataclass(frozen=True)
class Bearer:
    """Whom a token stands for."""

    token: str
    name: str
    city: str
    forms: frozenset[str]

    @property
    def scope(self) -> Scope:
        return Scope(f"{SYSTEM}{self.name}", Role.CITY, self.city, frozenset({self.city}))


@dataclass(frozen=True)
class Wanted:
    """A token that is to be made."""

    name: str
    city: str
    forms: tuple[str, ...]
    days: int


def create(db: Database, wanted: Wanted, *, by: str, now: datetime) -> str:
    """Make a token and commit; gives its text, which is shown once and never stored."""
    secret = PREFIX + secrets.token_urlsafe(32)
    row = ApiToken(
        id=str(uuid.uuid4()),
        sha256=_hash(secret),
        name=wanted.name,
        city=wanted.city,
        forms=",".join(sorted(wanted.forms)),
        created_by=by,
        created_at=now,
        expires_at=now + timedelta(days=wanted.days),
    )
    with Session(db.rw) as session, session.begin():
        session.add(row)
        session.flush()
        details = {"forms": row.forms, "expires_at": row.expires_at}
        deed = Deed(AuditKind.ADMINISTRATION, by, now, _MADE, wanted.city, wanted.name, details)
        audit(session.connection(), deed)
    return secret


def bearer(db: Database, secret: str, *, now: datetime) -> Bearer | None:
    """Whom a token's text stands for; None where it is unknown, revoked or over. Notes its use; commits."""
    t = ApiToken.__table__
    with db.ro.connect() as connection:
        row = connection.execute(sa.select(t).where(t.c.sha256 == _hash(secret))).one_or_none()
    if row is None or row.revoked_at is not None or row.expires_at <= now:
        return None
    if row.used_at is None or now - row.used_at > timedelta(minutes=1):
        with db.rw.begin() as connection:
            connection.execute(sa.update(t).where(t.c.id == row.id).values(used_at=now))
    return Bearer(row.id, row.name, row.city, frozenset(row.forms.split(",")))


def may_call(db: Database, who: Bearer, *, now: datetime, limit: int) -> bool:
    """Count a call; False beyond ``limit`` calls in a minute. Commits."""
    with db.rw.begin() as connection:
        return count_up(connection, f"token:{who.token}", now, timedelta(minutes=1)) <= limit


def listed(db: Database) -> list[ApiToken]:
    """Every token, newest first; never its text."""
    with Session(db.ro, expire_on_commit=False) as session:
        return list(session.exec(select(ApiToken).order_by(col(ApiToken.created_at).desc())))


def revoke(db: Database, name: str, *, by: str, now: datetime) -> int:
    """Close every live token of a name; commits. Gives how many."""
    t = ApiToken.__table__
    with db.rw.begin() as connection:
        live = sa.update(t).where(t.c.name == name, t.c.revoked_at.is_(None))
        closed = connection.execute(live.values(revoked_at=now)).rowcount
        if closed:
            audit(connection, Deed(AuditKind.ADMINISTRATION, by, now, _REVOKED, about=name))
        return closed


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
