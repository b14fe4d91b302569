"""Reporting periods: which one a day belongs to, when its report is due, which one is late by a day.

Pure. A period is a day, a week (Monday to Sunday) or some months; a quarter ends with a month divisible by 3.
Windows follow from the programme, from rules set since (``models/windows.py``) and from exceptions granted.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import polars as pl

from models.clock import add_workdays, local_day, month_end
from models.places import NATION
from models.vocabulary import PeriodUnit

#: Working days after the due day before a report counts as late (promises.md, 4.3).
GRACE_WORKDAYS = 2


@dataclass(frozen=True)
class Period:
    """First and last day, both included."""

    start: date
    end: date

    def __contains__(self, on: date) -> bool:
        return self.start <= on <= self.end

    @property
    def name(self) -> str:
        """As people call it: a month ``2026-10``, anything else by its first and last day."""
        whole = self.start.day == 1 and self.end == month_end(self.start)
        return f"{self.start:%Y-%m}" if whole else f"{self.start} – {self.end}"


def read_period(text: str) -> Period | None:
    """A period as programs write it, ``2026-10`` or ``2026-10-05/2026-10-11``; None where it is neither."""
    first, between, last = text.partition("/")
    try:
        start = date.fromisoformat(first if between else f"{first}-01")
        end = date.fromisoformat(last) if between else month_end(start)
    except ValueError:
        return None
    return Period(start, end) if start <= end else None


@dataclass(frozen=True)
class Window:
    """How often a report is owed, and how many calendar days after the period's end it is due.

    ``extended``: period ends that were given a later due day. ``earlier`` is the rhythm that held before
    ``since``: what was owed then stays as it was.
    """

    every: int
    unit: PeriodUnit
    due_days: int
    extended: Mapping[date, date] = field(default_factory=dict)
    since: date = date.min
    earlier: "Window | None" = None

    def holding(self, on: date) -> "Window":
        """The rhythm that holds on a day."""
        return self if self.earlier is None or on >= self.since else self.earlier.holding(on)

    def followed_by(self, every: int, unit: PeriodUnit, due_days: int, from_on: date) -> "Window":
        """This window with another rhythm, from the first period that starts on or after a day.

        No running period is cut short; the first one of the new rhythm may be. A rhythm that was to begin
        later gives way to the new one.
        """
        kept = self
        while kept.earlier is not None and kept.since >= from_on:
            kept = kept.earlier
        running = kept.period(from_on)
        since = from_on if running.start == from_on else running.end + timedelta(days=1)
        return Window(every, unit, due_days, since=since, earlier=kept)

    def period(self, on: date) -> Period:
        """The period that a day lies in."""
        rhythm = self.holding(on)
        natural = rhythm._natural(on)
        return replace(natural, start=max(natural.start, rhythm.since))

    def _natural(self, on: date) -> Period:
        if self.unit == PeriodUnit.DAY:
            return Period(on, on)
        if self.unit == PeriodUnit.WEEK:
            monday = on - timedelta(days=on.weekday())
            return Period(monday, monday + timedelta(days=6))
        last = -(-on.month // self.every) * self.every
        end = month_end(on.replace(month=last, day=1))
        return Period(date(on.year, last - self.every + 1, 1), end)

    def before(self, period: Period) -> Period:
        """The period before."""
        return self.period(period.start - timedelta(days=1))

    def after(self, period: Period) -> Period:
        """The period after."""
        return self.period(period.end + timedelta(days=1))

    def due_on(self, period: Period) -> date:
        """The last day to report a period in time."""
        due_days = self.holding(period.start).due_days
        return max(period.end + timedelta(days=due_days), self.extended.get(period.end, date.min))

    def late_after(self, period: Period) -> date:
        """The last day before a missing report counts as late: some working days of grace after it was due."""
        return add_workdays(self.due_on(period), GRACE_WORKDAYS)

    def newest_late(self, on: date) -> Period:
        """The newest period whose report counts as late if it is not there by this day."""
        period = self.before(self.period(on))
        while self.late_after(period) >= on:
            period = self.before(period)
        return period

    def open_periods(self, on: date) -> list[Period]:
        """The periods that may be reported now without being late, oldest first; the running one is the last."""
        running = self.period(on)
        found = [running]
        while self.late_after(earlier := self.before(found[0])) >= on and len(found) < 12:
            found.insert(0, earlier)
        return found


def windows(
    programmes: pl.DataFrame, rules: pl.DataFrame, exceptions: pl.DataFrame
) -> dict[tuple[str, str | None], Window]:
    """The window of every programme (city None), and of each city that has a rule or an exception of its own.

    ``programmes``: code, report_every_months, report_due_days. ``rules``: city, programme, set_at, every, unit,
    due_days, from_on; one for the NATION holds for all cities until a city's own. ``exceptions``: city,
    programme, granted_at, period_end, until.
    """
    found: dict[tuple[str, str | None], Window] = {}
    for row in programmes.iter_rows(named=True):
        months, days = row["report_every_months"], row["report_due_days"]
        found[row["code"], None] = Window(months, PeriodUnit.MONTH, days)
    for row in rules.sort(pl.col("city") != NATION, "set_at").iter_rows(named=True):
        everybody, city = (row["programme"], None), None if row["city"] == NATION else row["city"]
        window = found.get((row["programme"], city), found.get(everybody))
        if window is not None:
            step = (row["every"], PeriodUnit(row["unit"]), row["due_days"], row["from_on"])
            found[row["programme"], city] = window.followed_by(*step)
    later: dict[tuple[str, str], dict[date, date]] = {}
    for row in exceptions.sort("granted_at").iter_rows(named=True):
        later.setdefault((row["programme"], row["city"]), {})[row["period_end"]] = local_day(row["until"])
    for (programme, city), days in later.items():
        window = found.get((programme, city), found.get((programme, None)))
        if window is not None:
            found[programme, city] = replace(window, extended=days)
    return found


def first_days(
    window: Window, steps: Iterable[tuple[int, PeriodUnit, int, date]]
) -> tuple[Window, list[date]]:
    """The window after some rhythms were set one after the other, and the day each began on.

    ``steps``: every, unit, due_days and from_on of each, in the order they were set.
    """
    found = []
    for step in steps:
        window = window.followed_by(*step)
        found.append(window.since)
    return window, found


def periods_between(window: Window, first: date, last: date) -> Iterable[Period]:
    """Every period that ends in these days, oldest first."""
    period = window.period(first)
    while period.end <= last:
        if period.end >= first:
            yield period
        period = window.after(period)
