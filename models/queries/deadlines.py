"""Who has reported a period, who is late, what was signed: one row a city.

Each city's own window decides which period is asked about. Signatures are counted here as given; whether they
still fit the figures is ``collectors/signoff.py``'s question.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from models.access import Scope, within
from models.clock import local_day
from models.periods import Period
from models.plans import Plan
from models.projects import Project
from models.queries.windows import Calendar
from models.reports import Report
from models.roster import PILOT
from models.vocabulary import ExceptionKind
from models.windows import ReportingRule, WindowException


@dataclass(frozen=True)
class CityPeriod:
    """How a city stands with one period. ``late``: the time to report is over and something is missing."""

    city: str
    period: Period
    due_on: date
    projects: int
    reported: int
    first_at: datetime | None
    last_at: datetime | None
    late: bool
    in_time: bool | None  # None where nothing is there yet

    @property
    def complete(self) -> bool:
        return self.reported >= self.projects


def standing(connection: sa.Connection, scope: Scope, calendar: Calendar, day: date) -> list[CityPeriod]:
    """Every city in scope that has projects, for its period that holds ``day``."""
    cities = _cities(connection, scope, day)
    by_period: dict[Period, list[str]] = {}
    for city in cities:
        by_period.setdefault(calendar.period(city, day), []).append(city)
    found = []
    for period, members in by_period.items():
        owed = _owed(connection, members, period)
        told = _told(connection, members, period)
        found += [_row(city, period, owed.get(city, 0), told.get(city), calendar) for city in members]
    return sorted(found, key=lambda row: (not row.late, row.city))


def _row(
    city: str, period: Period, owed: int, told: tuple[int, datetime, datetime] | None, calendar: Calendar
) -> CityPeriod:
    reported, first, last = told or (0, None, None)
    window = calendar.window(city)
    over = window.late_after(period) < local_day(calendar.now)
    in_time = None if last is None else local_day(last) <= window.due_on(period)
    late = over and reported < owed
    owed = max(owed, reported)  # one that began early counts where it reports
    return CityPeriod(city, period, window.due_on(period), owed, reported, first, last, late, in_time)


def _cities(connection: sa.Connection, scope: Scope, _day: date) -> list[str]:
    p = Project.__table__
    statement = sa.select(p.c.city).where(p.c.programme == PILOT).distinct().order_by(p.c.city)
    return list(connection.scalars(within(statement, scope, p.c.city)))


def _owed(connection: sa.Connection, cities: Iterable[str], period: Period) -> dict[str, int]:
    """City → projects whose start was planned by the period's end."""
    p, v = Project.__table__, Plan.__table__
    started = sa.exists().where(
        v.c.city == p.c.city, v.c.project == p.c.code, v.c.version == 1, v.c.planned_start <= period.end
    )
    statement = sa.select(p.c.city, sa.func.count()).where(p.c.programme == PILOT, started)
    rows = connection.execute(statement.where(p.c.city.in_(sorted(cities))).group_by(p.c.city))
    return {city: count for city, count in rows}


def _told(
    connection: sa.Connection, cities: Iterable[str], period: Period
) -> dict[str, tuple[int, datetime, datetime]]:
    """City → projects with a current report in the period, and when the first and last of them came."""
    r = Report.__table__
    statement = sa.select(
        r.c.city,
        sa.func.count(sa.distinct(r.c.project)),
        sa.func.min(r.c.recorded_at),
        sa.func.max(r.c.recorded_at),
    ).where(r.c.city.in_(sorted(cities)), r.c.superseded_at.is_(None))
    statement = statement.where(r.c.as_of.between(period.start, period.end)).group_by(r.c.city)
    return {city: (count, first, last) for city, count, first, last in connection.execute(statement)}


@dataclass(frozen=True)
class ExceptionRow:
    """An exception that was granted."""

    city: str
    period_end: date
    kind: ExceptionKind
    until: datetime
    reason: str
    granted_by: str
    granted_at: datetime


def exceptions(connection: sa.Connection, scope: Scope, *, limit: int = 50) -> list[ExceptionRow]:
    """The newest exceptions in scope."""
    e = WindowException.__table__
    names = ExceptionRow.__dataclass_fields__
    statement = sa.select(*(e.c[name] for name in names)).order_by(e.c.granted_at.desc()).limit(limit)
    return [ExceptionRow(*row) for row in connection.execute(within(statement, scope, e.c.city))]


def rules(connection: sa.Connection) -> list[ReportingRule]:
    """Every reporting rule, newest first."""
    r = ReportingRule.__table__
    rows = connection.execute(sa.select(r).order_by(r.c.set_at.desc())).mappings()
    return [ReportingRule(**row) for row in rows]
