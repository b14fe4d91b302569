"""Rules about a plan's own shape, looked at while it is new and can still be mended (plan intake).

Each speaks only in the first days after a plan came into force: later on, what the shape leads to speaks for
itself, and nobody is scolded for years over a plan that was approved.
"""

import polars as pl

from alerts.policy import Limits
from alerts.rules.finding import Finding, finding
from models.measures import FULL_BP
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


def back_loaded(limits: Limits) -> Finding:
    """Speak when a new plan leaves much of a year to its last quarter (108-II.4): all in December.

    Silent where the curve covers no calendar year month by month; without a curve time itself is the plan, and
    nothing is loaded anywhere.
    """
    return finding(
        pl.col("q4_bp") / FULL_BP,
        limits,
        known=pl.col("q4_bp").is_not_null() | ~pl.col("planned_by_curve") | pl.col("finished"),
        applies=is_new(limits) & pl.col("q4_bp").is_not_null(),
        told=(
            ("q4_bp", "q4_by_spending", "planned_start", "planned_end", "plan_age_days", "version"),
            mark("planned for October to December, of the year's whole: {measured}"),
        ),
    )


def steep_plan(limits: Limits) -> Finding:
    """Speak when a new plan wants more of one month than any comparable project ever delivered (108-II.4).

    Comparable are projects of the same kind in the same city; silent with fewer than ``least_projects`` of them.
    """
    known = (pl.col("comparable_projects") >= limits.numbers["least_projects"]) & pl.col(
        "steepest_bp"
    ).is_not_null()
    return finding(
        pl.col("steepest_bp") / pl.col("delivered_bp"),
        limits,
        known=known | ~pl.col("planned_by_curve") | pl.col("finished"),
        applies=is_new(limits) & known,
        told=(
            ("steepest_bp", "delivered_bp", "comparable_projects", "plan_age_days", "version"),
            mark(
                "steepest month planned {steepest_bp} ÷ steepest ever delivered {delivered_bp} = {measured}"
            ),
        ),
    )
