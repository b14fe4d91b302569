"""The formulas, as Polars expressions over one row per project. Nothing here reads or stores anything.

Percentages are in basis points (10,000 = 100 %), at full precision: a value rounded for the screen never
decides. Days count both ends: on 30 September of a calendar-year plan 273 of 365 days have elapsed.
"""

from datetime import date
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
