"""Who may act now: a lease row in the database, taken and renewed by conditional UPDATE.

One worker leads, others stand by and take over when the lease has ended. Each new holder raises the epoch,
so that work begun under an older one can be told apart. Nothing here waits or sleeps.
"""

from datetime import datetime, timedelta

import sqlalchemy as sa

from models.alerts import Lease
from models.db import Database

#: The one lease of the scheduler.
SCHEDULER = "scheduler"


def hold(db: Database, holder: str, *, now: datetime, ttl: timedelta) -> int | None:
    """Take the lease or renew it until ``now + ttl``: its epoch, or None while another worker holds it.

    Our own lease is renewed even when it had ended, as long as nobody took it meanwhile. Commits.
    """
    table = Lease.__table__
    named = table.c.name == SCHEDULER
    with db.rw.begin() as connection:
        row = connection.execute(sa.select(table).where(named)).first()
        if row is None:
            _first(connection, holder, now + ttl)
            row = connection.execute(sa.select(table).where(named)).one()
        is_ours = row.holder == holder
        if not is_ours and row.until > now:
            return None
        epoch = row.epoch if is_ours else row.epoch + 1
        taken = connection.execute(
            sa.update(table)
            .where(named, table.c.holder == row.holder, table.c.epoch == row.epoch)
            .where(table.c.until == row.until)
            .values(holder=holder, epoch=epoch, until=now + ttl)
        )
        return epoch if taken.rowcount == 1 else None


def release(db: Database, holder: str, *, now: datetime) -> None:
    """End our lease at once, so that a worker standing by need not wait for it. Commits."""
    table = Lease.__table__
    with db.rw.begin() as connection:
        connection.execute(
            sa.update(table)
            .where(table.c.name == SCHEDULER, table.c.holder == holder, table.c.until > now)
            .values(until=now)
        )


def _first(connection: sa.Connection, holder: str, until: datetime) -> None:
    """The row itself, if no other worker was quicker."""
    dialect = sa.dialects.sqlite if connection.dialect.name == "sqlite" else sa.dialects.postgresql
    row = dict(name=SCHEDULER, holder=holder, epoch=1, until=until)
    connection.execute(dialect.insert(Lease.__table__).values(row).on_conflict_do_nothing())
