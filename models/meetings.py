"""The days a desk met, as its people marked them: append-only, so that "since the last meeting" can be said.

Kept for each place (the ministry, a province, a city): whoever sits there shares its meetings. A day marked by
mistake is taken back by a further row. Refuses to plan meetings.
"""

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.access import Scope
from models.db import Database
from models.places import STRICT, Place
from models.vocabulary import Role
from models.words import mark

NOT_YOURS = mark("Meetings are marked by those who sit at the desk.")
AHEAD = mark("A meeting is marked once it was held.")


class Meeting(SQLModel, table=True):
    """Somebody said that a desk met on a day; ``taken_back``: that it did not. The newest row of a day counts."""

    __table_args__ = STRICT
    place: str = Field(primary_key=True, foreign_key="place.code", max_length=16)
    held_on: date = Field(primary_key=True)
    seq: int = Field(primary_key=True)
    taken_back: bool
    set_by: str = Field(max_length=254)
    set_at: datetime


@dataclass(frozen=True)
class Held:
    """A meeting that stands: its day, and who marked it when."""

    held_on: date
    set_by: str
    set_at: datetime


def marks(scope: Scope) -> bool:
    """May this person mark the meetings of their desk? An auditor writes nothing."""
    return scope.role in (Role.MINISTRY, Role.PROVINCE, Role.CITY)


def held(db: Database, scope: Scope, *, until: date) -> list[Held]:
    """The meetings of the person's own desk that stand, up to a day, the newest first."""
    m = Meeting.__table__
    statement = sa.select(m).where(m.c.place == scope.place, m.c.held_on <= until).order_by(m.c.seq)
    with db.ro.connect() as connection:
        newest = {row.held_on: row for row in connection.execute(statement)}
    days = sorted((day for day, row in newest.items() if not row.taken_back), reverse=True)
    return [Held(day, newest[day].set_by, newest[day].set_at) for day in days]


def remember(
    db: Database, scope: Scope, on: date, *, today: date, now: datetime, taken_back: bool = False
) -> str | None:
    """Add a row about the person's own desk and a day; commits. None, or why not.

    What is so already is not said again. The desk's own row in the tree of places puts its people in line.
    """
    if not marks(scope):
        return NOT_YOURS
    if on > today:
        return AHEAD
    m, place = Meeting.__table__, Place.__table__
    with db.rw.begin() as connection:
        connection.execute(sa.select(place.c.code).where(place.c.code == scope.place).with_for_update())
        own = sa.select(m.c.seq, m.c.taken_back).where(m.c.place == scope.place, m.c.held_on == on)
        newest = connection.execute(own.order_by(m.c.seq.desc()).limit(1)).first()
        stands = newest is not None and not newest.taken_back
        if stands != taken_back:
            return None
        row = dict(place=scope.place, held_on=on, seq=newest.seq + 1 if newest else 1)
        row |= dict(taken_back=taken_back, set_by=scope.email, set_at=now)
        connection.execute(sa.insert(m).values(**row))
    return None
