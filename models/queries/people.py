"""Accounts as administrators see them: who, which post, how it stands. Never a hash."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, select

from models.access import sits_at
from models.db import Database
from models.people import Person, SignIn
from models.places import Place
from models.vocabulary import Department, Role


@dataclass(frozen=True)
class PersonRow:
    """An account with its place's names. ``sessions``: browsers that are not signed out (some may be over)."""

    email: str
    name: str
    role: Role
    place: str
    place_zh: str
    place_en: str
    department: Department | None
    administers: bool
    has_password: bool
    once_until_at: datetime | None
    disabled_at: datetime | None
    created_at: datetime
    seen_at: datetime | None
    sessions: int


@dataclass(frozen=True)
class Desk:
    """A place that some role sits at."""

    code: str
    name_zh: str
    name_en: str


def people(db: Database, search: str = "", role: Role | None = None, place: str = "") -> list[PersonRow]:
    """The accounts whose name, address or place holds the text, of a role and place; live ones first."""
    p, at, s = Person.__table__, Place.__table__, SignIn.__table__
    seen = (
        sa.select(
            s.c.email,
            sa.func.max(s.c.seen_at).label("seen_at"),
            sa.func.count().filter(s.c.revoked_at.is_(None)).label("sessions"),
        )
        .group_by(s.c.email)
        .subquery()
    )
    names = ("email", "name", "role", "place", "department", "administers", "once_until_at", "disabled_at")
    statement = sa.select(
        *(p.c[name] for name in (*names, "created_at")),
        at.c.name_zh.label("place_zh"),
        at.c.name_en.label("place_en"),
        p.c.password_hash.is_not(None).label("has_password"),
        seen.c.seen_at,
        sa.func.coalesce(seen.c.sessions, 0).label("sessions"),
    ).select_from(p.join(at, at.c.code == p.c.place).outerjoin(seen, seen.c.email == p.c.email))
    if search.strip():
        text = search.strip().lower()
        told = (p.c.email, p.c.name, at.c.code, at.c.name_zh, at.c.name_en)
        statement = statement.where(
            sa.or_(*(sa.func.lower(one).contains(text, autoescape=True) for one in told))
        )
    if role is not None:
        statement = statement.where(p.c.role == role)
    if place:
        statement = statement.where(p.c.place == place)
    order = (p.c.disabled_at.is_not(None), p.c.role, p.c.place, p.c.email)
    with db.ro.connect() as connection:
        return [PersonRow(**row._mapping) for row in connection.execute(statement.order_by(*order))]


def person(db: Database, email: str) -> PersonRow | None:
    """One account."""
    return next((row for row in people(db, email) if row.email == email), None)


def desks(db: Database, role: Role) -> dict[str, Desk]:
    """The places that a role sits at, by code."""
    with Session(db.ro) as session:
        places = session.exec(select(Place).order_by(Place.code)).all()
    found = (Desk(one.code, one.name_zh, one.name_en) for one in places if sits_at(role, one))
    return {desk.code: desk for desk in found}
