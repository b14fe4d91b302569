"""Which of two writings of the same figure counts: the one that was written later, whichever came first.

A row says in ``reported_on`` when it was written; without it, it was written the day it came. A row that comes
after a newer writing is kept in the history and replaces nothing, and one that says the same again moves the days
on which the figure was written first and last, so that the order of arrival does not matter.
"""

from datetime import datetime

import polars as pl

from collectors.problems import Finding
from models.clock import CHINA

#: What tells when a stored figure was written, and by which submission.
WRITTEN = ("reported_on", "recorded_at", "submission")

#: The days that a row moves which says a stored figure again.
SAID = ("reported_on", "first_reported_on")

_STORED = pl.coalesce("reported_on_old", pl.col("recorded_at_old").dt.convert_time_zone(CHINA.key).dt.date())


def older(joined: pl.DataFrame) -> pl.Series:
    """Which changed rows were written before the figure that is stored.

    ``joined``: ``status``, and the stored row's WRITTEN columns with ``_old`` where there is one.
    """
    if not {"reported_on", "reported_on_old"} <= set(joined.columns):
        return pl.repeat(False, joined.height, dtype=pl.Boolean, eager=True)
    before = (pl.col("status") == "changed") & (pl.col("reported_on") < _STORED)
    return joined.select(before.fill_null(False).alias("late"))["late"]


def said_again(joined: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """Stored figures that a row writes again as they are, on another day: their keys, and SAID as it is then.

    The first day only of tables that keep it.
    """
    if not {"reported_on", "reported_on_old"} <= set(joined.columns):
        return pl.DataFrame()
    day, same = pl.col("reported_on"), pl.col("status") == "same"
    if "first_reported_on_old" not in joined.columns:
        return joined.filter(same & (day > _STORED)).select(*keys, "reported_on")
    first = pl.coalesce("first_reported_on_old", _STORED)
    return joined.filter(same & ((day > _STORED) | (day < first))).select(
        *keys, reported_on=pl.max_horizontal(day, _STORED), first_reported_on=pl.min_horizontal(day, first)
    )


def kept_as_history(rows: pl.DataFrame, now: datetime) -> pl.DataFrame:
    """Rows that came too late: stored all the same, but replaced already by the figure that is there."""
    return rows.with_columns(
        superseded_at=pl.lit(now, pl.Datetime("us", "UTC")), superseded_by=pl.col("submission_old")
    )


def said_older(rows: pl.DataFrame) -> tuple[Finding, ...]:
    """That a newer writing is stored already, and from when it is."""
    if rows.is_empty():
        return ()
    told = rows.select("row_no", found=pl.col("reported_on").cast(pl.String), when=_STORED.cast(pl.String))
    return (Finding("W-B111", None, told),)
