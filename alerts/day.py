"""The judged state of a day, from the cache or computed anew: the same rows either way.

``open_day`` says which day is shown and how it is known; ``states`` gives one row per project and
``totals`` its sums, both within a scope. A day that was judged and is asked for as known now comes from the
cache; any other day, or the same day as known at an instant, is computed from reports and plans.
"""

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

import polars as pl
import sqlalchemy as sa
from sqlmodel import Session, col, select

from alerts.states import total_frame
from alerts.watch import refresh, state_frame
from models import clock
from models.access import Scope, within
from models.db import Database, fetch
from models.kept import Kept
from models.places import Place, Programme
from models.queries.day_state import narrowed
from models.state import DayState, DayTotal, Judgement


@dataclass(frozen=True)
class Day:
    """A day as shown. ``known_at`` None means as known when it was last judged (``judged_at``).

    ``edition`` changes with every judgement of the day and every refresh of its cached state.
    """

    on: date
    known_at: datetime | None
    judged_at: datetime | None
    edition: tuple[int, datetime] | None = None

    @property
    def cached(self) -> bool:
        """Is the kept state what is asked for: as known when it was judged, or at that very instant?"""
        return self.judged_at is not None and self.known_at in (None, self.judged_at)

    def settled(self, now: datetime) -> bool:
        """Does what is shown stay as it is until the edition changes?"""
        return self.cached or (self.known_at is not None and self.known_at <= now)


@dataclass(frozen=True)
class Narrow:
    """What a page or command narrows a day to; None means all."""

    programme: str | None = None
    kind: str | None = None
    province: str | None = None
    city: str | None = None
    industry: str | None = None
    light: str | None = None


def _judged() -> sa.Select:
    """The judged days, the newest first and best known: day, instant, and what makes its edition."""
    one, every = Judgement.__table__, Judgement.__table__.alias()
    same = every.c.judged_on == one.c.judged_on
    edition = (sa.func.count(), sa.func.max(every.c.finished_at))
    told = (
        sa.select(what).where(same).scalar_subquery().label(f"told_{n}") for n, what in enumerate(edition)
    )
    order = (one.c.judged_on.desc(), one.c.known_at.desc())
    return sa.select(one.c.judged_on, one.c.known_at, *told).order_by(*order).limit(1)


#: Asked at every rerun of every page, so put together once.
_NEWEST = _judged()
_NEWEST_OF = _NEWEST.where(Judgement.__table__.c.judged_on == sa.bindparam("on"))


def open_day(db: Database, on: date | None, known_at: datetime | None, *, today: date) -> Day:
    """The day to show: the one asked for, else the newest judged one, else today."""
    with db.ro.connect() as connection:
        newest = connection.execute(
            _NEWEST if on is None else _NEWEST_OF, {} if on is None else {"on": on}
        ).first()
    if newest is None:
        return Day(on or today, known_at, None)
    return Day(newest[0], known_at, newest[1], (newest[2], newest[3]))


def default_programme(db: Database) -> str | None:
    """The programme shown first: the one with most projects judged last, None where there is none.

    Sums never mix programmes: their currencies and windows differ.
    """
    with Session(db.ro) as session:
        newest = session.exec(select(sa.func.max(DayTotal.state_on))).one()
        if newest is None:
            return session.exec(select(Programme.code).order_by(Programme.created_on)).first()
        return session.exec(
            select(DayTotal.programme)
            .where(DayTotal.state_on == newest)
            .group_by(DayTotal.programme)
            .order_by(sa.func.sum(DayTotal.projects).desc())
        ).first()


def states(db: Database, day: Day, scope: Scope, narrow: Narrow, *, limit: int | None = None) -> pl.DataFrame:
    """One row per project, shaped like ``DayState``, worst first. ``limit`` keeps the worst."""
    if not day.cached:
        frame = _narrowed(_computed(db, day, scope), db, narrow).sort("score", descending=True)
        return frame if limit is None else frame.head(limit)
    table = DayState.__table__
    statement = narrowed(sa.select(*table.c).where(table.c.state_on == day.on), table, asdict(narrow))
    statement = within(statement, scope, col(DayState.city)).order_by(DayState.score.desc())
    return fetch(db, statement if limit is None else statement.limit(limit))


def totals(db: Database, day: Day, scope: Scope, narrow: Narrow) -> pl.DataFrame:
    """The day's sums, shaped like ``DayTotal``: add them up by any of its key columns."""
    if not day.cached:
        return total_frame(_narrowed(_computed(db, day, scope), db, narrow))
    table = DayTotal.__table__
    statement = narrowed(sa.select(*table.c).where(table.c.state_on == day.on), table, asdict(narrow))
    return fetch(db, within(statement, scope, col(DayTotal.city)))


def adjusted(db: Database, day: Day, scope: Scope, narrow: Narrow) -> dict[str, int]:
    """City → how many adjustments its projects' plans have had, waiting ones included, rejected ones not."""
    if not day.cached:
        return _added(_narrowed(_computed(db, day, scope), db, narrow))
    table = DayState.__table__
    counted = sa.select(table.c.city, sa.func.sum(table.c.adjustments)).where(
        table.c.state_on == day.on, table.c.adjustments > 0
    )
    statement = within(narrowed(counted, table, asdict(narrow)), scope, table.c.city).group_by(table.c.city)
    with Session(db.ro) as session:
        return {city: int(count) for city, count in session.execute(statement)}


def _added(states: pl.DataFrame) -> dict[str, int]:
    return dict(states.group_by("city").agg(pl.col("adjustments").sum()).iter_rows())


#: The newest few states that were computed: a hundred thousand projects take some 40 MB and many seconds.
_COMPUTED = Kept(3, seconds=600)


def _computed(db: Database, day: Day, scope: Scope) -> pl.DataFrame:
    """The state from reports and plans; kept where it is as known at an instant in the past, which nothing
    written later changes."""
    if day.known_at is None or day.known_at > clock.now():
        known_at = day.known_at or clock.end_of_day(day.on) + timedelta(days=36_500)
        return state_frame(db, day.on, known_at, cities=scope.cities)
    known_at = day.known_at
    return _COMPUTED.get(
        (db, day.on, known_at, scope.cities), lambda: state_frame(db, day.on, known_at, cities=scope.cities)
    )


def _narrowed(frame: pl.DataFrame, db: Database, narrow: Narrow) -> pl.DataFrame:
    for name in ("programme", "kind", "city", "light"):
        wanted = getattr(narrow, name)
        if wanted is not None:
            frame = frame.filter(pl.col(name) == wanted)
    if narrow.industry is not None:
        frame = frame.filter(pl.col("industry").str.starts_with(narrow.industry))
    if narrow.province is not None:
        with Session(db.ro) as session:
            cities = session.exec(select(Place.code).where(Place.province == narrow.province)).all()
        frame = frame.filter(pl.col("city").is_in(list(cities)))
    return frame


def bring_up_to_date(db: Database, cities: frozenset[str] | None, *, now: datetime) -> None:
    """Let the newest judged day show at once what these cities (None: all) have just handed in, or by which
    rules they are judged from now on. Commits."""
    day = open_day(db, None, None, today=clock.local_day(now))
    if day.judged_at is not None and (cities is None or cities):
        refresh(db, day.on, now, now=now, cities=cities)
