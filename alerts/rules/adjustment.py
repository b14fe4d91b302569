"""Rules about changes of the approved plan (108-II.4): how often, how far, how timely, and unregistered ones.

The ledger is ours, so of what was registered nothing is ever missing.
"""

import polars as pl

from alerts.policy import Limits
from alerts.rules.finding import Finding, finding, worst
from models.measures import FULL_BP
from models.vocabulary import Severity
from models.words import mark

_SOURCE = ("as_of", "submission", "row_no")


def frequent_adjustments(limits: Limits) -> Finding:
    """Speak when a plan keeps being adjusted (108-II.4): within 12 months, or in all since approval.

    Approved and pending adjustments count, rejected ones do not. The ledger is ours, so nothing is ever
    missing. ``since_approval`` gives yellow; only the 12-month count can be red.
    """
    told = (
        ("adjustments_12m", "adjustments", "pending_adjustments"),
        mark("{adjustments_12m} in 12 months, {adjustments} since approval ({pending_adjustments} pending)"),
    )
    true = pl.lit(True)
    found = finding(pl.col("adjustments_12m"), limits, known=true, applies=true, told=told)
    many = pl.when(pl.col("adjustments") >= limits.numbers["since_approval"]).then(
        pl.lit(str(Severity.YELLOW))
    )
    return Finding(
        severity=worst(found.severity, many),
        measured=found.measured,
        known=found.known,
        applies=found.applies,
        inputs=found.inputs,
        formula=found.formula,
    )


def large_delay(limits: Limits) -> Finding:
    """Speak when a single adjustment of the last 12 months moved the planned end far, either way."""
    return finding(
        pl.col("delayed_days").abs().fill_null(0),
        limits,
        known=pl.lit(True),
        applies=pl.lit(True),
        told=(
            ("delayed_on", "delayed_from", "delayed_to", "adjustments_12m"),
            mark("planned end moved from {delayed_from} to {delayed_to} on {delayed_on}: {measured}"),
        ),
    )


def large_value_change(limits: Limits) -> Finding:
    """Speak when a single adjustment of the last 12 months moved total investment far, either way."""
    return finding(
        pl.col("revalued_bp").fill_null(0) / FULL_BP,
        limits,
        known=pl.lit(True),
        applies=pl.lit(True),
        told=(
            ("revalued_on", "revalued_from", "revalued_to", "adjustments_12m", "currency"),
            mark("total investment from {revalued_from} to {revalued_to} on {revalued_on}: {measured}"),
        ),
    )


def renamed_and_changed(limits: Limits) -> Finding:
    """Speak when one adjustment changed the name and, by its investment, the content at once.

    Content is no field of a plan; what tells of it is how much of the investment changed with the name.
    """
    return finding(
        pl.col("renamed_bp").fill_null(0) / FULL_BP,
        limits,
        known=pl.lit(True),
        applies=pl.lit(True),
        told=(
            ("renamed_on", "renamed_from", "renamed_to"),
            mark(
                "{renamed_from} became {renamed_to} on {renamed_on}, and its investment moved by {measured}"
            ),
        ),
    )


def drifted_end(limits: Limits) -> Finding:
    """Speak when all changes together moved the planned end far beyond that of version 1."""
    drift = (pl.col("planned_end") - pl.col("planned_end_v1")).dt.total_days()
    return finding(
        drift,
        limits,
        known=drift.is_not_null() | pl.col("finished"),
        applies=~pl.col("finished"),
        told=(
            ("planned_end_v1", "planned_end", "adjustments", "version"),
            mark("planned end {planned_end} − {planned_end_v1} in the first plan = {measured}"),
        ),
    )


def drifted_money(limits: Limits) -> Finding:
    """Speak when all changes together moved total investment far from that of version 1, either way."""
    now, first = pl.col("total_investment"), pl.col("total_investment_v1")
    return finding(
        pl.when(first > 0).then((now - first).abs() / first),
        limits,
        known=(now.is_not_null() & first.is_not_null()) | pl.col("finished"),
        applies=~pl.col("finished") & (first > 0),
        told=(
            ("total_investment_v1", "total_investment", "adjustments", "version", "currency"),
            mark(
                "total investment {total_investment} against {total_investment_v1} in the first plan: {measured}"
            ),
        ),
    )


def adjusted_out_of_red(limits: Limits) -> Finding:
    """Speak when an approved adjustment alone turned red into green: no more was done, less was asked.

    Measured is how far today's progress would trail the plan before the one in force; its edge is that of red.
    Applies for ``approved_within_days`` after the approval, where progress now trails by less than
    ``green_points``. Looks at progress alone.
    """
    lag = (pl.col("planned_bp") - pl.col("physical_bp")) / 100
    soon = pl.col("plan_age_days") <= limits.numbers["approved_within_days"]
    return finding(
        (pl.col("prior_planned_bp") - pl.col("physical_bp")) / 100,
        limits,
        known=pl.col("physical_bp").is_not_null() | pl.col("finished") | pl.col("prior_planned_bp").is_null(),
        applies=soon
        & ~pl.col("finished")
        & pl.col("prior_planned_bp").is_not_null()
        & (lag < limits.numbers["green_points"]),
        told=(
            ("physical_bp", "planned_bp", "prior_planned_bp", "plan_age_days", "version", *_SOURCE),
            mark("planned before the change {prior_planned_bp} − reported {physical_bp} = {measured}"),
        ),
    )


def undecided_change(limits: Limits) -> Finding:
    """Speak when a change that a report showed, or that was filed, waits long for a decision."""
    return finding(
        pl.col("pending_days"),
        limits,
        known=pl.lit(True),
        applies=pl.lit(True),
        told=(
            ("pending_since", "pending_days", "pending_adjustments"),
            mark("the oldest undecided change is of {pending_since}: {measured}"),
        ),
    )


def unregistered_delay(limits: Limits) -> Finding:
    """Speak when milestones are expected well after the planned end, and no change of it was filed."""
    end = pl.col("milestone_expected_end")
    return finding(
        (end - pl.col("planned_end")).dt.total_days().fill_null(0),
        limits,
        known=(pl.col("milestones") > 0) | pl.col("finished"),
        applies=~pl.col("finished") & (pl.col("pending_adjustments") == 0),
        told=(
            ("planned_end", "milestone_expected_end", "pending_adjustments", "version"),
            mark(
                "latest milestone expected {milestone_expected_end} − planned end {planned_end} = {measured}"
            ),
        ),
    )


def over_total(limits: Limits) -> Finding:
    """Speak when more is invested than the approved total, and no change of it was filed."""
    return finding(
        pl.when(pl.col("total_investment") > 0).then(pl.col("invested") / pl.col("total_investment")),
        limits,
        known=pl.col("invested").is_not_null() & pl.col("total_investment").is_not_null(),
        applies=(pl.col("pending_adjustments") == 0) & (pl.col("total_investment") > 0),
        told=(
            ("invested", "total_investment", "pending_adjustments", "version", "currency", *_SOURCE),
            mark("invested {invested} ÷ approved total {total_investment} = {measured}"),
        ),
    )
