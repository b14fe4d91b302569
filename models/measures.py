"""The formulas, as Polars expressions over one row per project; earned value for one project at a time.

Nothing here reads or stores anything.

Percentages are in basis points (10,000 = 100 %), at full precision: a value rounded for the screen never
decides. Days count both ends: on 30 September of a calendar-year plan 273 of 365 days have elapsed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

import polars as pl

FULL_BP = 10_000


class Schedule(StrEnum):
    """How elapsed time is counted; institutions do not all use one formula (domain.md, 5.1)."""

    DAYS = "days"
    MONTHS = "months"


def elapsed_bp(start: str, end: str, at: str, *, schedule: Schedule = Schedule.DAYS) -> pl.Expr:
    """Time-elapsed schedule (序时进度): share of the period from ``start`` to ``end`` gone at ``at``.

    Columns of dates in; basis points out, 0 before the start and 10,000 after the end, null where a date
    is missing.
    """
    if schedule == Schedule.MONTHS:
        gone, whole = _months(at) - _months(start) + 1, _months(end) - _months(start) + 1
    else:
        gone, whole = _days(start, at) + 1, _days(start, end) + 1
    return (gone * FULL_BP / whole).clip(0, FULL_BP)


def interpolated(before: str, after: str, at: str, value: str) -> pl.Expr:
    """A cumulative curve between two month ends, straight from one to the other.

    ``before``/``after`` are the dates of the neighbouring points, ``{value}_before``/``{value}_after`` their
    values. After the last point the last value holds.
    """
    low, high = pl.col(f"{value}_before"), pl.col(f"{value}_after")
    risen = (high - low) * _days(before, at) / pl.max_horizontal(_days(before, after), pl.lit(1))
    return pl.when(high.is_null()).then(low).otherwise(low + risen)


def month_ends_passed(start: str, at: str) -> pl.Expr:
    """How many month ends lie between two days, ``at`` included: 0 while the start month still runs."""
    following = pl.col(at).dt.offset_by("1d")
    months = following.dt.year().cast(pl.Int64) * 12 + following.dt.month() - _months(start)
    return months.clip(lower_bound=0)


def days_over(end: str, on: date) -> pl.Expr:
    """Days past a planned end, 0 while it lies ahead. A date nobody updates keeps getting later."""
    return (pl.lit(on) - pl.col(end)).dt.total_days().clip(lower_bound=0)


def rate(part: str, whole: str) -> pl.Expr:
    """One amount as a share of another, as a ratio; null where the whole is missing or zero."""
    return pl.when(pl.col(whole) > 0).then(pl.col(part) / pl.col(whole))


def _days(start: str, end: str) -> pl.Expr:
    return (pl.col(end) - pl.col(start)).dt.total_days()


def _months(day: str) -> pl.Expr:
    return pl.col(day).dt.year().cast(pl.Int64) * 12 + pl.col(day).dt.month()


#: Share of the work below which an estimate at completion is not given: too few months decide it (anchors.md, 5).
LEAST_FOR_ESTIMATE_BP = 2_000

#: Reports that have to tell both work and money before anything is said of how they are measured, and how near
#: to each other the two shares are, in basis points, where one is worked out from the other. Our default, no source.
LEAST_REPORTS, NEAR_BP = 3, 50


@dataclass(frozen=True)
class Earned:
    """Earned-value figures of one project on a report's day, money in fen. None: not to be computed.

    ``earned_on`` is the day on which the plan had reached what is done now (earned schedule); ``spi_time`` is the
    time earned ÷ the time gone, which does not drift to 1 as ``spi`` does towards the end.
    """

    planned: float
    earned: float
    actual: float
    schedule_variance: float
    cost_variance: float
    spi: float | None
    cpi: float | None
    estimate: float | None
    earned_on: date | None
    spi_time: float | None


def earned_value(total: int, planned_bp: float, physical_bp: float, invested: int) -> Earned:
    """PV, EV, AC, SV, CV, SPI, CPI and EAC; without the schedule's share of time (``earned_schedule``).

    ``total`` is the budget at completion: the approved total of the plan in force.
    """
    planned, earned, actual = total * planned_bp / FULL_BP, total * physical_bp / FULL_BP, float(invested)
    cpi = earned / actual if actual > 0 else None
    return Earned(
        planned=planned,
        earned=earned,
        actual=actual,
        schedule_variance=earned - planned,
        cost_variance=earned - actual,
        spi=earned / planned if planned > 0 else None,
        cpi=cpi,
        estimate=total / cpi if cpi and physical_bp >= LEAST_FOR_ESTIMATE_BP else None,
        earned_on=None,
        spi_time=None,
    )


def earned_schedule(
    curve: Sequence[tuple[date, float]], physical_bp: float, at: date
) -> tuple[date | None, float | None]:
    """The day on which a plan reached a progress, and the time earned ÷ the time gone by ``at``.

    ``curve``: days and cumulative basis points, straight from one to the next, the start with 0 first. None
    where the plan never gets there, or no time has gone.
    """
    reached = next((i for i, (_, planned) in enumerate(curve) if planned >= physical_bp), None)
    if reached is None:
        return None, None
    (to, high), (since, low) = curve[reached], curve[max(reached - 1, 0)]
    share = (physical_bp - low) / (high - low) if high > low else 0.0
    earned_days = (since - curve[0][0]).days + (to - since).days * share
    gone = (at - curve[0][0]).days
    return curve[0][0] + timedelta(days=round(earned_days)), earned_days / gone if gone > 0 else None


def measured_apart(told: Sequence[tuple[int | None, int | None]], total: int | None) -> bool | None:
    """Is physical progress measured independently of money? None: too few reports tell both.

    ``told``: physical progress in basis points and investment to date, by report. Where the two shares are
    the same in every report, one was worked out from the other, and an index of the two says nothing.
    """
    if not total:
        return None
    gaps = [abs(bp - money * FULL_BP / total) for bp, money in told if bp is not None and money is not None]
    return any(gap > NEAR_BP for gap in gaps) if len(gaps) >= LEAST_REPORTS else None
