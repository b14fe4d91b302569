"""Facts and lights → the rows of the day's cache: one per project, and their sums."""

from datetime import date

import polars as pl
import sqlalchemy as sa

from alerts.in_force import Policies
from alerts.judge import rank
from alerts.partition import lights_each
from models import clock
from models.db import Database, fetch
from models.facts import KEY
from models.state import DayState, DayTotal, Judgement
from models.vocabulary import Change

_MONEY = ("total_investment", "reward", "invested", "issued", "transferred", "paid", "spent")
_TOTAL_KEYS = (
    "city",
    "state_on",
    "programme",
    "kind",
    "industry",
    "light",
    "light_v1",
    "freshness",
    "change",
)


def light_before(db: Database, on: date) -> pl.DataFrame:
    """Each project's light on the day that ``on`` is compared with: city, project, light_before.

    That is the last working day before, or the newest judged day before it; no rows where there is none.
    """
    judged = Judgement.__table__
    last = clock.last_workday_before(on)
    with db.ro.connect() as connection:
        day = connection.scalar(sa.select(sa.func.max(judged.c.judged_on)).where(judged.c.judged_on <= last))
    state = DayState.__table__
    return fetch(
        db,
        sa.select(state.c.city, state.c.project, state.c.light.label("light_before")).where(
            state.c.state_on == (day or date.min)
        ),
    )


def state_rows(facts: pl.DataFrame, policies: Policies, on: date, *, before: pl.DataFrame) -> pl.DataFrame:
    """One row per project, shaped like DayState. ``before`` is ``light_before``."""
    difference = rank("light") - rank("light_before")
    change = (
        pl.when(difference.is_null())
        .then(pl.lit(str(Change.NEW)))
        .when(difference > 0)
        .then(pl.lit(str(Change.WORSE)))
        .when(difference < 0)
        .then(pl.lit(str(Change.BETTER)))
        .otherwise(pl.lit(str(Change.SAME)))
    )
    floats = ("physical_bp", "planned_bp", "planned_v1_bp", "elapsed_bp", "planned_spending")
    return (
        facts.rename({"planned_bp_v1": "planned_v1_bp"})
        .join(lights_each(facts, policies), on=KEY)
        .join(before, on=KEY, how="left")
        .with_columns(pl.col(floats).cast(pl.Float64), change=change, state_on=pl.lit(on))
        .select(column.name for column in DayState.__table__.c)
    )


def total_frame(states: pl.DataFrame) -> pl.DataFrame:
    """The sums of rows shaped like DayState, shaped like DayTotal. A missing amount counts as 0."""
    measured = pl.col("physical_bp").is_not_null() & pl.col("planned_bp").is_not_null()
    sums = [pl.col(name).filter(measured).sum() for name in ("physical_bp", "planned_bp", "planned_v1_bp")]
    return (
        states.with_columns(pl.col("industry").fill_null(""))
        .group_by(_TOTAL_KEYS)
        .agg(
            *sums,
            *(pl.col(name).sum() for name in (*_MONEY, "planned_spending")),
            projects=pl.len().cast(pl.Int64),
            measured=measured.sum().cast(pl.Int64),
            oldest_as_of=pl.col("as_of").min(),
            newest_as_of=pl.col("as_of").max(),
        )
        .select(column.name for column in DayTotal.__table__.c)
        .sort(_TOTAL_KEYS)
    )
