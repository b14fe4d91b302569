"""Counting attempts so that no race lets more through: one statement a count."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from models.people import GuessCount


def count_up(connection: sa.Connection, key: str, now: datetime, window: timedelta) -> int:
    """Count one attempt of a key in the window that runs; gives how many there were. The caller commits."""
    dialect = sa.dialects.sqlite if connection.dialect.name == "sqlite" else sa.dialects.postgresql
    statement = dialect.insert(GuessCount.__table__).values(key=key[:300], since_at=now, count=1)
    fresh = GuessCount.since_at < now - window
    return connection.scalar(
        statement.on_conflict_do_update(
            index_elements=["key"],
            set_={
                "count": sa.case((fresh, 1), else_=GuessCount.count + 1),
                "since_at": sa.case((fresh, now), else_=GuessCount.since_at),
            },
        ).returning(sa.column("count"))
    )
