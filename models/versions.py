"""The versions of a plan in the order of time: which was first, which is in force on a day.

A version is dated by ``approved_on``, so a file that arrives late takes its place among the others and version
1 need not be the first. Refuses to go by the order of arrival, but for versions of one day. A figure that a
plan row leaves blank is the one of the row before. Pure: frames in, frames out.
"""

from datetime import date

import polars as pl
import sqlalchemy as sa

from models.plans import PLAN_FIELDS

KEY = ["city", "project"]

#: What ``steps`` needs of the plan rows beside the key.
NEEDED = ("version", "approved_on", "adjustment", *PLAN_FIELDS)


def in_time(plans: pl.DataFrame) -> pl.DataFrame:
    """Every plan row in the order of time, with the day it counts from and its blanks filled.

    ``plans``: city, project and ``NEEDED``. Adds ``from_on``: None for a project's first row, which counts
    from the start. An adjustment builds on the plan before it, so it is not in force before the first plan.
    """
    first = _first(plans).select(*KEY, "version", first=pl.lit(True))
    began = _first(plans).select(*KEY, began="approved_on")
    dated = plans.join(first, on=[*KEY, "version"], how="left").join(began, on=KEY, how="left")
    later = pl.when(pl.col("adjustment").is_not_null()).then("began")
    from_on = pl.when(pl.col("first").is_null()).then(pl.max_horizontal("approved_on", later))
    ordered = dated.with_columns(from_on=from_on, first=pl.col("first").fill_null(False))
    ordered = ordered.sort(*KEY, ~pl.col("first"), "from_on", "version", nulls_last=False)
    return ordered.drop("began").with_columns(pl.col(PLAN_FIELDS).forward_fill().over(KEY))


def _first(plans: pl.DataFrame) -> pl.DataFrame:
    """Each project's earliest row that no adjustment made."""
    approved = plans.filter(pl.col("adjustment").is_null())
    return approved.sort("approved_on", "version", nulls_last=False).unique(KEY, keep="first")


def steps(plans: pl.DataFrame) -> pl.DataFrame:
    """The versions as people count them: in the order of time, without rows that only say the same again.

    Adds ``from_on`` (see ``in_time``) and ``position``, counted from 1; a project's rows come in that order. ``version`` is the number the step is
    stored under, the lowest one where several rows say the same; curve points are filed under it.
    """
    many = plans.filter(pl.col("version") > 1).select(KEY).unique()
    if many.is_empty():  # as nearly always, and then nothing needs to be put in order
        return plans.with_columns(from_on=pl.lit(None, pl.Date), position=pl.lit(1, pl.Int64))
    single = plans.join(many, on=KEY, how="anti")
    alone = single.with_columns(from_on=pl.lit(None, pl.Date), position=pl.lit(1, pl.Int64))
    several = _stepped(in_time(plans.join(many, on=KEY, how="semi")))
    return pl.concat([alone, several.select(alone.columns)])


def _stepped(ordered: pl.DataFrame) -> pl.DataFrame:
    again = pl.all_horizontal(pl.col(n).eq_missing(pl.col(n).shift(1).over(KEY)) for n in PLAN_FIELDS)
    step = pl.col("first") | pl.col("adjustment").is_not_null() | ~again
    counted = ordered.with_columns(step=step).with_columns(position=pl.col("step").cum_sum().over(KEY))
    lowest = pl.col("version").min().over(*KEY, "position")
    return counted.with_columns(version=lowest, position=pl.col("position").cast(pl.Int64)).filter("step")


def in_force(steps: pl.DataFrame, on: date) -> pl.DataFrame:
    """The last step that counts from a day or earlier, one row a project."""
    begun = steps.filter(pl.col("from_on").is_null() | (pl.col("from_on") <= on))
    return begun.unique(KEY, keep="last", maintain_order=True)


def time_rank(plan: sa.Table | sa.FromClause) -> sa.ColumnElement[date]:
    """For SQL that wants the newest row only: order by this, then by ``version``.

    Published and first plans by their day; what an adjustment made comes after them.
    """
    last, start = sa.literal(date.max, sa.Date), sa.literal(date.min, sa.Date)
    return sa.case((plan.c.adjustment.is_not(None), last), else_=sa.func.coalesce(plan.c.approved_on, start))
