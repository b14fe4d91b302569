"""What is known at the end, in a form that two databases can be compared by: without whence and when it came."""

from datetime import date, datetime

import polars as pl
import sqlalchemy as sa

from alerts.judge import lights
from alerts.policy import CARRIED, read_policy
from models.db import Database, fetch
from models.facts import facts
from models.plans import Adjustment, AdjustmentChange

#: Columns that say where a figure came from, not what it is.
WHENCE = ("submission", "row_no", "recorded_at", "registered_at")


def state(db: Database, on: date, known_at: datetime) -> pl.DataFrame:
    """Facts and lights of a day, by project; ``city`` and ``partners`` last."""
    found = facts(db, on, known_at)
    joined = found.join(lights(found, read_policy(CARRIED)), on=["city", "project"]).drop(WHENCE)
    return joined.select(pl.exclude("city", "partners"), "city", "partners").sort("project")


def ledger(db: Database) -> list[tuple]:
    """Every approved change: project, day, field, old, new."""
    a, c = Adjustment.__table__, AdjustmentChange.__table__
    same = sa.and_(a.c.city == c.c.city, a.c.project == c.c.project, a.c.number == c.c.number)
    wanted = sa.select(a.c.project, a.c.adjusted_on, c.c.field, c.c.old, c.c.new)
    found = fetch(db, wanted.select_from(a.join(c, same)).where(a.c.status == "approved"))
    return sorted(found.iter_rows(), key=repr)
