"""What a bulletin asks beside the facts: alerts and adjustments as they were known at an instant.

Nothing here reads a column that a later decision overwrites without asking when it was written: an alert's
state follows from its events, an adjustment's from the plan it made. So the same question later has the same
answer. Callers pass the cities they may ask about; None means all.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl
import sqlalchemy as sa
from sqlmodel import Session

from models.access import Scope
from models.alerts import Alert, AlertEvent
from models.db import Database, fetch
from models.places import NATION, Place
from models.plans import Adjustment, AdjustmentChange, Plan
from models.state import Judgement
from models.vocabulary import MOVES, AdjustmentStatus

Cities = frozenset[str] | None


def cities_of(db: Database, place: str) -> Cities:
    """A place and the cities within it; None for the nation. Raises LookupError."""
    if place == NATION:
        return None
    p = Place.__table__
    with Session(db.ro) as session:
        if session.get(Place, place) is None:
            raise LookupError(place)
        return frozenset({place, *session.scalars(sa.select(p.c.code).where(p.c.province == place))})


def reaches(scope: Scope, cities: Cities) -> bool:
    """Does a scope cover all of these cities? Only one that covers the nation covers None."""
    return scope.cities is None or (cities is not None and cities <= scope.cities)


def place_named(db: Database, name: str) -> str | None:
    """The code of a place given by code or by name in either language; None where it is none or several."""
    p = Place.__table__
    meant = sa.or_(p.c.code == name, p.c.name_zh == name, sa.func.lower(p.c.name_en) == name.lower())
    with db.ro.connect() as connection:
        found = connection.scalars(sa.select(p.c.code).where(meant)).all()
    return found[0] if len(found) == 1 else None


def newest_knowledge(db: Database) -> datetime | None:
    """What a bulletin that nobody dates is written by: the newest instant a judgement knew of. None: never judged.

    The next whole second, so that who copies it from the paper asks for the same.
    """
    j = Judgement.__table__
    with db.ro.connect() as connection:
        newest = connection.scalar(sa.select(sa.func.max(j.c.known_at)))
    if newest is None or not newest.microsecond:
        return newest
    return newest.replace(microsecond=0) + timedelta(seconds=1)


def moves(db: Database, known_at: datetime, cities: Cities) -> pl.DataFrame:
    """Every change of an alert's severity that had happened by an instant, in a fixed order.

    Columns: city, project (null: the city itself), alert, rule, seq, transition, before, after, event_on,
    event_at.
    """
    e, a = AlertEvent.__table__, Alert.__table__
    statement = (
        sa.select(
            *(e.c.city, a.c.project, e.c.alert, a.c.rule, e.c.seq, e.c.transition, e.c.before, e.c.after),
            *(e.c.event_on, e.c.event_at),
        )
        .join(a, (a.c.city == e.c.city) & (a.c.id == e.c.alert))
        .where(e.c.event_at <= known_at, e.c.transition.in_([str(move) for move in MOVES]))
    )
    rows = fetch(db, _inside(statement, e.c.city, cities))
    return rows.sort("event_at", "city", "project", "rule", "seq", "alert", nulls_last=False)


@dataclass(frozen=True)
class Between:
    """An interval of knowledge: after ``since``, up to and with ``until``."""

    since: datetime
    until: datetime


def adjustments(db: Database, between: Between, cities: Cities) -> pl.DataFrame:
    """Adjustments that were registered or decided within an interval, as known at its end; a row each.

    Columns: city, project, number, status, moved_at (when it got that status), ground, document_no (of decided
    ones only: until then they may still change), field, old, new as lists, by field.
    """
    a, p = Adjustment.__table__, Plan.__table__
    made = (p.c.city == a.c.city) & (p.c.project == a.c.project) & (p.c.version == a.c.version)
    made &= p.c.recorded_at <= between.until
    until = sa.literal(between.until, a.c.recorded_at.type)
    gone = (a.c.status == AdjustmentStatus.REJECTED) & (a.c.decided_at <= until)
    status = sa.case(
        (gone, str(AdjustmentStatus.REJECTED)),
        (p.c.recorded_at.is_not(None), str(AdjustmentStatus.APPROVED)),
        else_=str(AdjustmentStatus.PENDING),
    )
    moved = sa.case((gone, a.c.decided_at), else_=sa.func.coalesce(p.c.recorded_at, a.c.recorded_at))
    statement = sa.select(
        *(a.c.city, a.c.project, a.c.number, a.c.document_no),
        sa.type_coerce(a.c.ground, sa.String).label("ground"),
        sa.type_coerce(status, sa.String).label("status"),
        sa.type_coerce(moved, a.c.recorded_at.type).label("moved_at"),
    )
    statement = statement.select_from(a.outerjoin(p, made)).where(
        a.c.recorded_at <= until, moved > sa.literal(between.since, a.c.recorded_at.type)
    )
    rows = fetch(db, _inside(statement, a.c.city, cities))
    decided = pl.col("status") != str(AdjustmentStatus.PENDING)
    rows = rows.with_columns(
        pl.when(decided).then(name).alias(name) for name in ("ground", "document_no")
    ).sort("moved_at", "city", "project", "number", descending=[True, False, False, False])
    return rows.join(_changes(db, rows, cities), on=["city", "project", "number"], how="left").sort(
        "moved_at", "city", "project", "number", descending=[True, False, False, False]
    )


def _changes(db: Database, rows: pl.DataFrame, cities: Cities) -> pl.DataFrame:
    """What each of these adjustments changes, its fields as lists."""
    c = AdjustmentChange.__table__
    statement = sa.select(c.c.city, c.c.project, c.c.number, c.c.field, c.c.old, c.c.new)
    statement = statement.where(c.c.project.in_(_keys(rows["project"])))
    found = fetch(db, _inside(statement, c.c.city, cities)).sort("city", "project", "number", "field")
    return found.group_by("city", "project", "number", maintain_order=True).agg("field", "old", "new")


def _keys(codes: Iterable[str]) -> list[str]:
    return sorted(set(codes))


def _inside(statement: sa.Select, city: sa.ColumnElement, cities: Cities) -> sa.Select:
    return statement if cities is None else statement.where(city.in_(sorted(cities)))
