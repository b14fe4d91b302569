"""What the milestones of a project tell: which were missed, when the next is expected, how far they lie apart.

The day that counts is the **first** planned one that was ever written: a planned day that is later typed over
with a later one does not make the milestone punctual. Pure: the frame of ``models/inputs.py`` in, one row a
project out; projects without a milestone have none.
"""

from datetime import date

import polars as pl

from models.clock import CHINA

KEY = ["city", "project"]

#: Columns of the answer beside the key.
COLUMNS = {
    **{"milestones": pl.Int64, "milestones_missed": pl.Int64},
    **{"milestone_name": pl.String, "milestone_due_on": pl.Date, "milestone_days": pl.Int64},
    **{"milestone_first_on": pl.Date, "milestone_last_on": pl.Date, "milestone_gap_days": pl.Int64},
    "milestone_expected_end": pl.Date,
}


def milestone_facts(milestones: pl.DataFrame, on: date) -> pl.DataFrame:
    """One row per project with a milestone: COLUMNS.

    ``milestone_name``, ``milestone_due_on`` and ``milestone_days`` are of the one that is overdue longest by
    its first planned day; reached later than ``on`` counts as not yet reached. ``milestone_gap_days`` is the
    longest stretch between two planned days (as planned now), ``milestone_expected_end`` the latest expected
    day of one that is not reached.
    """
    known = _with_first(milestones)
    open_yet = pl.col("reached_on").is_null() | (pl.col("reached_on") > on)
    overdue = known.filter(open_yet & (pl.col("first_on") < on)).sort("first_on", "name")
    worst = overdue.group_by(KEY).agg(
        milestones_missed=pl.len().cast(pl.Int64),
        milestone_name=pl.col("name").first(),
        milestone_due_on=pl.col("first_on").first(),
    )
    planned = pl.col("planned_on")
    spread = known.group_by(KEY).agg(
        milestones=pl.len().cast(pl.Int64),
        milestone_first_on=planned.min(),
        milestone_last_on=planned.max(),
        milestone_gap_days=planned.sort().diff().max().dt.total_days(),
        milestone_expected_end=pl.col("expected_on").filter(open_yet).max(),
    )
    days = (pl.lit(on) - pl.col("milestone_due_on")).dt.total_days()
    return (
        spread.join(worst, on=KEY, how="left")
        .with_columns(pl.col("milestones_missed").fill_null(0), milestone_days=days.fill_null(0))
        .select(*KEY, *COLUMNS)
    )


def _with_first(milestones: pl.DataFrame) -> pl.DataFrame:
    """The rows that stand, each with the first day it was planned for; most were told once only."""
    named = [*KEY, "name"]
    came_on = pl.col("recorded_at").dt.convert_time_zone(CHINA.key).dt.date()
    known = milestones.filter("current")
    replaced = milestones.filter(~pl.col("current"))
    if replaced.is_empty():
        return known.with_columns(first_on="planned_on")
    told = milestones.join(replaced.select(named).unique(), on=named, how="semi")
    told = told.sort(pl.coalesce("first_reported_on", "reported_on", came_on), "recorded_at")
    first = told.unique(named, keep="first", maintain_order=True).select(*named, first_on="planned_on")
    return known.join(first, on=named, how="left").with_columns(pl.coalesce("first_on", "planned_on"))
