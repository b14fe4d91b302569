"""Rules about a plan's own shape, looked at while it is new and can still be mended (plan intake).

Each speaks only in the first days after a plan came into force: later on, what the shape leads to speaks for
itself, and nobody is scolded for years over a plan that was approved.
"""

import polars as pl

from alerts.policy import Limits
from alerts.rules.finding import Finding, finding
from models.words import mark


def is_new(limits: Limits) -> pl.Expr:
    """Did the plan come into force within the days that the policy allows for looking at it?"""
    return (pl.col("plan_age_days") <= limits.numbers["intake_days"]) & ~pl.col("finished")


def milestone_gap(limits: Limits) -> Finding:
    """Speak when a new plan leaves a long stretch without any milestone (108-II.4).

    The longest of: planned start to first milestone, milestone to milestone, last milestone to planned end.
    Silent where the project has no milestone at all: a form that is not used is no fault of a plan.
    """
    first, last = pl.col("milestone_first_on"), pl.col("milestone_last_on")
    longest = pl.max_horizontal(
        pl.col("milestone_gap_days"),
        (first - pl.col("planned_start")).dt.total_days(),
        (pl.col("planned_end") - last).dt.total_days(),
    )
    return finding(
        longest,
        limits,
        known=(pl.col("milestones") > 0) | pl.col("finished"),
        applies=is_new(limits),
        told=(
            (
                *("planned_start", "milestone_first_on", "milestone_last_on", "planned_end"),
                *("milestone_gap_days", "milestones", "plan_age_days", "version"),
            ),
            mark("longest stretch without a milestone, start and end counted: {measured}"),
        ),
    )
