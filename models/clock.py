"""Instants, days and working days.

An instant is an aware UTC datetime and ends ``_at``; a day is a date in China and ends ``_on``. Nothing
here reads the clock but ``now()``, and only doors (command line, page, worker loop) call that; everything
else takes the instant as an argument. Working days follow the State Council's calendar with make-up days,
from the ``chinesecalendar`` package; outside the years it knows, Monday to Friday is assumed.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import chinese_calendar

CHINA = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """The present instant, aware UTC. For doors only."""
    return datetime.now(UTC)


def local_day(at: datetime) -> date:
    """The day in China at an instant."""
    return at.astimezone(CHINA).date()


def end_of_day(on: date) -> datetime:
    """The last microsecond of a day in China, as an aware UTC instant."""
    return datetime.combine(on, time.max, CHINA).astimezone(UTC)


def at_hour(on: date, hour: int, minute: int = 0) -> datetime:
    """A wall-clock time of a day in China, as an aware UTC instant."""
    return datetime.combine(on, time(hour, minute), CHINA).astimezone(UTC)


def parse_instant(text: str) -> datetime:
    """An ISO 8601 instant; without a zone it is China's time; a bare date is the end of that day.

    Raises ValueError on anything else.
    """
    if len(text) == 10:
        return end_of_day(date.fromisoformat(text))
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=CHINA)).astimezone(UTC)


@lru_cache(maxsize=8_192)
def is_workday(on: date) -> bool:
    """Is this a working day in China, make-up days included?"""
    try:
        return chinese_calendar.is_workday(on)
    except NotImplementedError:  # a year whose calendar is not published yet
        return on.weekday() < 5


def last_workday_before(on: date) -> date:
    """The working day before this day."""
    day = on - timedelta(days=1)
    while not is_workday(day):
        day -= timedelta(days=1)
    return day


def add_workdays(on: date, days: int) -> date:
    """The day that is ``days`` working days after this day (``days`` ≥ 0; 0 is the day itself)."""
    day = on
    while days > 0:
        day += timedelta(days=1)
        days -= is_workday(day)
    return day


def workdays_before(on: date, days: int) -> date:
    """The newest day from which ``days`` working days have passed on this day: ``add_workdays`` backwards."""
    day = on
    while add_workdays(day, days) > on:
        day -= timedelta(days=1)
    return day


def workday_from(on: date) -> date:
    """This day where it is a working day, else the next one that is: a term never ends on a holiday."""
    return on if is_workday(on) else add_workdays(on, 1)


def workdays_between(after: date, until: date) -> int:
    """How many working days lie after one day and up to another, that day included; 0 where none does."""
    return sum(is_workday(after + timedelta(days=n)) for n in range(1, (until - after).days + 1))


def working_moment(at: datetime, opens: int, closes: int) -> datetime:
    """This instant where it lies in the office hours of a working day in China, else when they next begin.

    ``opens`` is part of them, ``closes`` is not; both are whole hours.
    """
    day, hour = local_day(at), at.astimezone(CHINA).hour
    if is_workday(day) and opens <= hour < closes:
        return at
    if is_workday(day) and hour < opens:
        return at_hour(day, opens)
    return at_hour(add_workdays(day, 1), opens)


def month_start(on: date) -> date:
    """The first day of the month."""
    return on.replace(day=1)


def next_month(on: date) -> date:
    """The first day of the following month."""
    return (on.replace(day=1) + timedelta(days=32)).replace(day=1)


def month_end(on: date) -> date:
    """The last day of the month."""
    return next_month(on) - timedelta(days=1)
