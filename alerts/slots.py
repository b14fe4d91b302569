"""When jobs are due, and that each slot is done at most once: the slots of a trigger and their rows.

A slot is a moment that follows from the trigger alone, the same for every worker, so that its row decides
who does it. Only the newest slot is ever done: a worker that slept through ten does one. Pure but for
``begin``, ``finish`` and ``note``, which each commit.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from models import clock
from models.alerts import JobRun
from models.db import Database

#: Rows of slots older than this are forgotten.
KEPT = timedelta(days=14)


@dataclass(frozen=True)
class Every:
    """Every so many seconds, counted from the epoch."""

    seconds: int

    def slot_at(self, now: datetime) -> datetime:
        """The newest slot at or before an instant."""
        return datetime.fromtimestamp(int(now.timestamp()) // self.seconds * self.seconds, UTC)


@dataclass(frozen=True)
class Daily:
    """Every day at an hour and minute in China."""

    hour: int
    minute: int = 0

    def slot_at(self, now: datetime) -> datetime:
        """The newest slot at or before an instant."""
        today = clock.at_hour(clock.local_day(now), self.hour, self.minute)
        if today <= now:
            return today
        return clock.at_hour(clock.local_day(now) - timedelta(days=1), self.hour, self.minute)


Trigger = Every | Daily


def daily(text: str) -> Daily:
    """``07:30`` → Daily. Raises ValueError."""
    hour, minute = text.split(":")
    return Daily(int(hour), int(minute))


def begin(
    db: Database, job: str, slot_at: datetime, *, epoch: int, now: datetime, again: bool = False
) -> bool:
    """Claim a slot for this epoch: True when it is ours to do.

    A slot that an older epoch began and never finished is taken over; one that is finished is not done again,
    nor one that this epoch has begun, unless it failed there and is tried ``again``.
    """
    table = JobRun.__table__
    dialect = sa.dialects.sqlite if db.is_sqlite else sa.dialects.postgresql
    row = dict(job=job, slot_at=slot_at, epoch=epoch, started_at=now)
    older = table.c.epoch <= epoch if again else table.c.epoch < epoch
    abandoned = sa.and_(table.c.finished_at.is_(None), older)
    with db.rw.begin() as connection:
        insert = dialect.insert(table).values(row).on_conflict_do_nothing().returning(table.c.job)
        if connection.scalar(insert) is not None:  # an INSERT's row count is not to be had on PostgreSQL
            return True
        taken = connection.execute(
            sa.update(table)
            .where(table.c.job == job, table.c.slot_at == slot_at, abandoned)
            .values(epoch=epoch, started_at=now)
        )
        return taken.rowcount == 1


def finish(db: Database, job: str, slot_at: datetime, *, result: str, now: datetime) -> None:
    """Note that a slot is done and what came of it; forgets rows that are old."""
    table = JobRun.__table__
    with db.rw.begin() as connection:
        connection.execute(
            sa.update(table)
            .where(table.c.job == job, table.c.slot_at == slot_at)
            .values(finished_at=now, result=result[:2000])
        )
        connection.execute(sa.delete(table).where(table.c.job == job, table.c.slot_at < slot_at - KEPT))


def note(db: Database, job: str, slot_at: datetime, *, result: str, now: datetime) -> None:
    """Note a slot that was not done at all: missed, or skipped because the one before still ran."""
    table = JobRun.__table__
    dialect = sa.dialects.sqlite if db.is_sqlite else sa.dialects.postgresql
    row = dict(job=job, slot_at=slot_at, epoch=0, started_at=now, finished_at=now, result=result[:2000])
    with db.rw.begin() as connection:
        connection.execute(dialect.insert(table).values(row).on_conflict_do_nothing())
