"""When the demonstration's projects are planned to begin and end, so that each can go its way by today.

The programme's years move with ``today`` by whole years, so that the demonstration always shows batch 1 in its
third year and batch 2 in its second: 2024 to 2026 and 2025 to 2028, seen from 2026.
"""

from datetime import date, timedelta
from enum import StrEnum
from random import Random

from models.clock import month_end, month_start


class Behaviour(StrEnum):
    """How a project is made to go."""

    ON_PLAN = "on_plan"
    FINISHED = "finished"
    PLANNED_LATER = "planned_later"
    TRUE_ZERO = "true_zero"
    NEVER_REPORTED = "never_reported"
    LAGGING = "lagging"
    FAR_BEHIND = "far_behind"
    STALLED = "stalled"
    SPENDING_BEHIND = "spending_behind"
    MONEY_FIRST = "money_first"
    NOT_STARTED = "not_started"
    LONG_NOT_STARTED = "long_not_started"
    PAST_END = "past_end"
    ADJUSTED_ONCE = "adjusted_once"
    ADJUSTED_OFTEN = "adjusted_often"
    RESCUED = "rescued"  # red against version 1, green against the adjusted plan
    PENDING = "pending"  # a report names a later end than the plan
    CORRECTED = "corrected"  # a figure is reported again with another value


def last_as_of(today: date) -> date:
    """The newest month end before a day."""
    return month_start(today) - timedelta(days=1)


def programme_opens(batch: int, today: date) -> date:
    """The first day a project of the batch may start: mid 2024 or mid 2025, seen from 2026."""
    return date(today.year - 2, 7, 1) if batch == 1 else date(today.year - 1, 6, 15)


def window(way: Behaviour, batch: int, today: date, rng: Random) -> tuple[date, date]:
    """Planned start and end that let the project go its way by today."""
    last, opens = last_as_of(today), programme_opens(batch, today)
    begun = _first_half(opens, min(opens + timedelta(days=250), last - timedelta(days=150)), rng)
    match way:
        case Behaviour.PLANNED_LATER:
            return _ahead(_months_on(today, rng.randint(1, 5)), rng)
        case Behaviour.TRUE_ZERO:
            return _ahead(month_start(today), rng)
        case Behaviour.NOT_STARTED:
            return _ahead(_months_on(last, -rng.randint(0, 1)), rng)
        case Behaviour.LONG_NOT_STARTED:
            return _ahead(_months_on(last, -rng.randint(2, 4)), rng)
        case Behaviour.PAST_END:
            return opens, month_end(_months_on(last, -rng.randint(0, 3)))
        case Behaviour.FINISHED:
            return opens, month_end(_months_on(last, rng.randint(-4, 1)))
        case Behaviour.FAR_BEHIND | Behaviour.RESCUED:
            return begun, _end_for(begun, last, rng.uniform(0.68, 0.85), batch, today)
        case Behaviour.LAGGING | Behaviour.STALLED | Behaviour.MONEY_FIRST:
            return begun, _end_for(begun, last, rng.uniform(0.5, 0.75), batch, today)
    if batch == 1:
        return begun, max(month_end(date(today.year, rng.randint(10, 12), 1)), month_end(today))
    return begun, month_end(date(today.year + 1, 6, 1) + timedelta(days=30 * rng.randint(0, 12)))


def _first_half(low: date, high: date, rng: Random) -> date:
    """The 1st or 15th of a month between two days."""
    day = low + timedelta(days=rng.randint(0, max((high - low).days, 0)))
    return max(low, day.replace(day=1 if day.day < 15 else 15))


def _months_on(day: date, months: int) -> date:
    """The first day of the month so many months away."""
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def _ahead(start: date, rng: Random) -> tuple[date, date]:
    return start, month_end(_months_on(start, rng.randint(12, 18)))


def _end_for(start: date, last: date, elapsed: float, batch: int, today: date) -> date:
    """The month end by which ``elapsed`` of the period is gone at ``last``, within the programme."""
    end = month_end(start + timedelta(days=round((last - start).days / elapsed)))
    closes = date(today.year, 12, 31) if batch == 1 else date(today.year + 2, 6, 30)
    return max(min(end, closes), month_end(today))
