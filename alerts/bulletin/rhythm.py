"""Which days a bulletin is about: what it is compared with, its number, and when it goes out. Pure.

A daily bulletin is compared with the working day before, a weekly one with the Sunday before its week, a
monthly one with the last day of the month before. Its number is the day of the year, the week (ISO 8601) or
the month, so that it follows from the date alone and never depends on what was issued before.
"""

from datetime import date, datetime, timedelta

from models.clock import add_workdays, is_workday, last_workday_before, month_start
from models.vocabulary import Rhythm


def day_before(rhythm: Rhythm, on: date) -> date:
    """The day that the bulletin before is about."""
    if rhythm == Rhythm.DAILY:
        return last_workday_before(on)
    if rhythm == Rhythm.WEEKLY:
        return on - timedelta(days=on.weekday() + 1)
    return month_start(on) - timedelta(days=1)


def known_before(on: date, before: date, known_at: datetime) -> datetime:
    """What the bulletin before knew: as long after its day as this one's knowledge is after its own."""
    return known_at - (on - before)


def issue(rhythm: Rhythm, on: date) -> tuple[int, int]:
    """The year and the number within it."""
    if rhythm == Rhythm.DAILY:
        return on.year, on.timetuple().tm_yday
    if rhythm == Rhythm.WEEKLY:
        year, week, _ = on.isocalendar()
        return year, week
    return on.year, on.month


def newest_day(rhythm: Rhythm, today: date) -> date:
    """The day of the newest bulletin: today, the last Sunday, the last day of the month before."""
    return today if rhythm == Rhythm.DAILY else day_before(rhythm, today)


def goes_out(rhythm: Rhythm, today: date, *, closed_on: date, wait_workdays: int) -> bool:
    """Is the newest bulletin of this rhythm to be out by this day?

    Daily: on working days. Weekly: from the week's first working day. Monthly: from so many working days after
    ``closed_on``, the last day to report the month before in time.
    """
    if not is_workday(today):
        return False
    return rhythm != Rhythm.MONTHLY or today >= add_workdays(closed_on, wait_workdays)
