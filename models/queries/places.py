"""Names of places and programmes, the tile grid, and how much of the roster is confirmed.

Reference data only, the same for everybody; the one scoped question is which cities a person may pick.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models.access import Scope, within
from models.db import Database
from models.places import Place, PlaceLevel, Programme, RosterBatch, RosterMember
from models.words import Words


@dataclass(frozen=True)
class PlaceRow:
    """A place with its names; ``row``/``column`` only for province-level units."""

    code: str
    province: str
    name_zh: str
    name_en: str
    row: int | None = None
    column: int | None = None


@dataclass(frozen=True)
class ProgrammeRow:
    """A programme a person can look at."""

    code: str
    name_zh: str
    name_en: str
    currency: str
    demonstration: bool


@dataclass(frozen=True)
class BatchRow:
    """A batch of the roster: entries announced and entries confirmed one by one."""

    batch: int
    year: int
    announced: int
    confirmed: int
    source: str


@dataclass(frozen=True)
class MemberRow:
    """What the roster says of one city."""

    batch: int
    industries_zh: str
    industries_en: str
    source_url: str
    paired_with: tuple[str, ...]


def names(db: Database) -> dict[str, PlaceRow]:
    """Every place by its code."""
    with Session(db.ro) as session:
        return {place.code: _row(place) for place in session.exec(select(Place))}


def name_of(known: Mapping[str, Any], code: str, t: Words) -> str:
    """A place's name in a language; its code where it is unknown. ``known``: as ``names`` gives them, or table rows."""
    place = known.get(code)
    return t.pick(place.name_zh, place.name_en) if place else code


def provinces(db: Database) -> list[PlaceRow]:
    """The province-level units with their tiles, by code."""
    statement = select(Place).where(Place.level == PlaceLevel.PROVINCE).order_by(Place.code)
    with Session(db.ro) as session:
        return [_row(place) for place in session.exec(statement)]


def cities(db: Database, scope: Scope) -> list[PlaceRow]:
    """The cities (and reporting province-level units) within a scope, by code."""
    reports_itself = sa.exists().where(RosterMember.place == Place.code)
    statement = select(Place).where(sa.or_(Place.level == PlaceLevel.CITY, reports_itself))
    with Session(db.ro) as session:
        found = session.exec(within(statement, scope, col(Place.code)).order_by(Place.code))
        return [_row(place) for place in found]


def programmes(db: Database) -> list[ProgrammeRow]:
    """Every programme, oldest first."""
    statement = select(Programme).order_by(col(Programme.created_on), Programme.code)
    with Session(db.ro) as session:
        return [
            ProgrammeRow(p.code, p.name_zh, p.name_en, p.currency, p.demonstration)
            for p in session.exec(statement)
        ]


def roster(db: Database) -> list[BatchRow]:
    """Announced and confirmed entries of each batch; what is not confirmed is never filled in."""
    confirmed = sa.func.count(sa.distinct(RosterMember.entry))
    statement = (
        select(RosterBatch, confirmed)
        .join(RosterMember, RosterMember.batch == RosterBatch.batch, isouter=True)
        .group_by(*RosterBatch.__table__.c)
        .order_by(RosterBatch.batch)
    )
    with Session(db.ro) as session:
        return [
            BatchRow(batch.batch, batch.year, batch.announced, count, batch.source)
            for batch, count in session.exec(statement)
        ]


def membership(db: Database, city: str) -> MemberRow | None:
    """The roster entry of a city; None when the roster does not name it."""
    with Session(db.ro) as session:
        member = session.exec(select(RosterMember).where(RosterMember.place == city)).first()
        if member is None:
            return None
        others = session.exec(
            select(RosterMember.place)
            .where(RosterMember.entry == member.entry, RosterMember.place != city)
            .order_by(RosterMember.place)
        ).all()
        return MemberRow(
            member.batch, member.industries_zh, member.industries_en, member.source_url, tuple(others)
        )


def _row(place: Place) -> PlaceRow:
    return PlaceRow(
        place.code, place.province, place.name_zh, place.name_en, place.tile_row, place.tile_column
    )
