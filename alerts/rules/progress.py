"""Rules about physical progress: behind the plan, standing still, not begun, not finished in time, milestones missed."""

import polars as pl

from alerts.policy import Limits, Measure
from alerts.rules.finding import Finding, finding
from models import measures
from models.vocabulary import Stage
from models.words import mark

_SOURCE = ("as_of", "submission", "row_no")

#: How far behind, by kind of measure: the formula of the policy, and as a person reads it.
_LAGS = {
    Measure.POINTS: (
        (pl.col("planned_bp") - pl.col("physical_bp")) / 100,
        mark("planned {planned_bp} − reported {physical_bp} = {measured}"),
    ),
    Measure.RATIO: (
        measures.rate("physical_bp", "planned_bp"),
        mark("reported {physical_bp} ÷ planned {planned_bp} = {measured}"),
    ),
    Measure.RELATIVE_SHORTFALL: (
        (pl.col("planned_bp") - pl.col("physical_bp")) / pl.col("planned_bp"),
        mark("(planned {planned_bp} − reported {physical_bp}) ÷ planned {planned_bp} = {measured}"),
    ),
}


def lagging_progress(limits: Limits) -> Finding:
    """Speak when reported progress trails the plan (108-II.4).

    Measured as the policy says, at full precision; silent on a missing figure (``late_report`` owns that
    case), when finished, and where nothing was planned yet.
    """
    lag, formula = _LAGS[limits.measure]
    finished = pl.col("finished")
    return finding(
        lag,
        limits,
        known=(pl.col("physical_bp").is_not_null() & pl.col("planned_bp").is_not_null()) | finished,
        applies=~finished & (pl.col("planned_bp") > 0),
        told=(("physical_bp", "planned_bp", "planned_by_curve", "version", *_SOURCE), formula),
    )


def stalled(limits: Limits) -> Finding:
    """Speak when physical progress was reported unchanged over many days (108-II.5).

    Counts from the first to the last report of the same value, so that silence is not taken for
    standstill; needs ``min_reports`` of them. Begun and not finished only.
    """
    finished = pl.col("finished")
    return finding(
        pl.col("unmoved_days"),
        limits,
        known=(pl.col("physical_bp").is_not_null() & pl.col("unmoved_days").is_not_null()) | finished,
        applies=~finished & pl.col("started") & (pl.col("unmoved_reports") >= limits.numbers["min_reports"]),
        told=(
            ("physical_bp", "unmoved_since", "unmoved_days", "unmoved_reports", *_SOURCE),
            mark("{physical_bp} reported since {unmoved_since} in {unmoved_reports} reports = {measured}"),
        ),
    )


def not_started(limits: Limits) -> Finding:
    """Speak when the planned start month has passed and the project says it has not begun (108-II.4)."""
    says_not = (pl.col("stage") == str(Stage.NOT_STARTED)).fill_null(False)
    return finding(
        pl.col("unstarted_months"),
        limits,
        known=(pl.col("physical_bp").is_not_null() | says_not | pl.col("started"))
        & pl.col("unstarted_months").is_not_null(),
        applies=~pl.col("started") & ~pl.col("finished"),
        told=(
            ("planned_start", "unstarted_months", "physical_bp", "stage", "version", *_SOURCE),
            mark("month ends from the planned start {planned_start} to the report as of {as_of}: {measured}"),
        ),
    )


def past_end(limits: Limits) -> Finding:
    """Speak when the planned end has passed and the project is not finished (108-II.4).

    Counted to the judged day, so that a date nobody updates keeps getting later. Silent for a project that
    never said where it stands.
    """
    says = pl.col("physical_bp").is_not_null() | pl.col("stage").is_not_null()
    return finding(
        pl.col("over_days"),
        limits,
        known=(says & pl.col("over_days").is_not_null()) | pl.col("finished"),
        applies=~pl.col("finished"),
        told=(
            ("planned_end", "over_days", "physical_bp", "stage", "version", *_SOURCE),
            mark("past the planned end {planned_end}: {measured}"),
        ),
    )


def milestones_missed(limits: Limits) -> Finding:
    """Speak when a milestone is overdue by the day it was first planned for (108-II.4).

    Measured on the one that is overdue longest. Later planned days do not count: moving a milestone does not
    reach it. Silent for projects without milestones.
    """
    return finding(
        pl.col("milestone_days"),
        limits,
        known=(pl.col("milestones") > 0) | pl.col("finished"),
        applies=~pl.col("finished"),
        told=(
            ("milestone_name", "milestone_due_on", "milestone_days", "milestones_missed", "milestones"),
            mark("{milestone_name}, first planned for {milestone_due_on}: {measured} overdue"),
        ),
    )
