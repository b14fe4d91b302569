"""What the calendar of a programme says: which window a city reports in, which periods are accepted or open.

A period is locked once the province has accepted it, except while it is opened again. Refuses to judge
figures: whether a signature still fits them is asked in ``models/queries/signatures.py``.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl
import sqlalchemy as sa

from models.clock import local_day
from models.periods import Period, Window, windows
from models.places import Programme
from models.roster import PILOT
from models.vocabulary import ExceptionKind, SignStep
from models.windows import ReportingRule, SignOff, WindowException


@dataclass(frozen=True)
class Calendar:
    """One programme's windows and locks at an instant."""

    programme: str
    windows: Mapping[str | None, Window]
    accepted: Mapping[tuple[str, date], datetime]
    reopened: Mapping[tuple[str, date], tuple[datetime, datetime]]  # granted at, until
    now: datetime

    def window(self, city: str | None) -> Window:
        """A city's window; its own where it has one."""
        return self.windows.get(city) or self.windows[None]

    def period(self, city: str, day: date) -> Period:
        return self.window(city).period(day)

    def is_locked(self, city: str, day: date) -> bool:
        """Is the day's period accepted, and not open again now?"""
        end = self.period(city, day).end
        accepted_at = self.accepted.get((city, end))
        if accepted_at is None:
            return False
        granted, until = self.reopened.get((city, end), (None, None))
        return granted is None or granted <= accepted_at or until < self.now

    def is_past(self, city: str, day: date) -> bool:
        """Has the time to report the day's period run out?"""
        window = self.window(city)
        return window.late_after(window.period(day)) < local_day(self.now)


def calendar(
    connection: sa.Connection, now: datetime, *, cities: Collection[str] | None = None, programme: str = PILOT
) -> Calendar:
    """The calendar as known now; ``cities`` None means all."""
    found = windows(
        _frame(connection, _programmes(programme)),
        _frame(connection, _rules(programme)),
        _frame(connection, _exceptions(programme, ExceptionKind.EXTENSION)),
    )
    reopened = _frame(connection, _exceptions(programme, ExceptionKind.REOPENING)).sort("granted_at")
    return Calendar(
        programme,
        {city: window for (of, city), window in found.items() if of == programme},
        _accepted(connection, programme, cities),
        {(r["city"], r["period_end"]): (r["granted_at"], r["until"]) for r in reopened.iter_rows(named=True)},
        now,
    )


def _frame(connection: sa.Connection, statement: sa.Select) -> pl.DataFrame:
    rows = [tuple(row) for row in connection.execute(statement)]
    return pl.DataFrame(rows, schema=[c.name for c in statement.selected_columns], orient="row")


def _programmes(programme: str) -> sa.Select:
    p = Programme.__table__
    return sa.select(p.c.code, p.c.report_every_months, p.c.report_due_days).where(p.c.code == programme)


def _rules(programme: str) -> sa.Select:
    r = ReportingRule.__table__
    wanted = (r.c.city, r.c.programme, r.c.set_at, r.c.every, r.c.unit, r.c.due_days, r.c.from_on)
    return sa.select(*wanted).where(r.c.programme == programme)


def _exceptions(programme: str, kind: ExceptionKind) -> sa.Select:
    e = WindowException.__table__
    wanted = (e.c.city, e.c.programme, e.c.granted_at, e.c.period_end, e.c.until)
    return sa.select(*wanted).where(e.c.programme == programme, e.c.kind == kind)


def _accepted(
    connection: sa.Connection, programme: str, cities: Collection[str] | None
) -> dict[tuple[str, date], datetime]:
    """(city, period end) → when it was accepted, where it was not given back since."""
    s = SignOff.__table__
    decided = s.c.step.in_((SignStep.ACCEPTED, SignStep.RETURNED)) & (s.c.programme == programme)
    statement = sa.select(s.c.city, s.c.period_end, s.c.step, s.c.signed_at).where(decided)
    if cities is not None:
        statement = statement.where(s.c.city.in_(sorted(cities)))
    newest = {
        (city, end): (step, at) for city, end, step, at in connection.execute(statement.order_by(s.c.seq))
    }
    return {key: at for key, (step, at) in newest.items() if step == SignStep.ACCEPTED}
