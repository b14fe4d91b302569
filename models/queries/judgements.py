"""When days were judged last; for pages that say whether the tool works."""

from datetime import date, datetime

import sqlalchemy as sa

from models.db import Database
from models.state import Judgement


def last(db: Database) -> tuple[date, datetime] | None:
    """The newest day that moved alerts, and when its last judgement finished; None where none did."""
    j = Judgement.__table__
    newest = sa.select(j.c.judged_on, j.c.finished_at).where(j.c.moved_alerts)
    with db.ro.connect() as connection:
        row = connection.execute(
            newest.order_by(j.c.judged_on.desc(), j.c.finished_at.desc()).limit(1)
        ).first()
    return None if row is None else (row.judged_on, row.finished_at)
