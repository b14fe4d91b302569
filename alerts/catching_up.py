"""Days on which nobody judged are made up for, in order: what must last some days is counted on each of them.

Each is judged as it was known at its own hour, moves alerts and sends nothing; the judgement of today tells what
came of all of them. Refuses to go back further than ``MOST_DAYS``.
"""

from dataclasses import replace
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from alerts.office import Office
from alerts.slots import Daily
from alerts.watch import evaluate
from models import clock
from models.db import Database
from models.state import Judgement

#: Our default, no source: a longer silence is a new beginning, not a delay.
MOST_DAYS = 31


def make_up(db: Database, hour: Daily, *, now: datetime, office: Office) -> list[date]:
    """Judge the days between the newest judged one and today, the oldest first; today itself is not judged here.

    Commits day by day, so that one that is cut short goes on where it stopped. Gives the days judged. Nothing
    before the first judgement of all.
    """
    days = missed_days(db, clock.local_day(now))
    for day in days:
        known_at = clock.at_hour(day, hour.hour, hour.minute)
        evaluate(db, day, known_at, now=now, office=replace(office, tells=False))
    return days


def missed_days(db: Database, today: date) -> list[date]:
    """The days after the newest on which alerts moved and before today, at most ``MOST_DAYS`` of them."""
    judged = Judgement.__table__
    with db.ro.connect() as connection:
        newest = connection.scalar(sa.select(sa.func.max(judged.c.judged_on)).where(judged.c.moved_alerts))
    if newest is None:
        return []
    first = max(newest + timedelta(days=1), today - timedelta(days=MOST_DAYS))
    return [first + timedelta(days=n) for n in range((today - first).days)]
