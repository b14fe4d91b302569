"""Rules about the reports themselves: the data axis, which colours no light by default."""

import polars as pl

from alerts.policy import Limits
from alerts.rules.finding import Finding, finding
from models.words import mark


def late_report(limits: Limits) -> Finding:
    """Speak when the report that is due is not there (108-II.5). The only rule that speaks on silence."""
    return finding(
        pl.col("late_periods"),
        limits,
        known=pl.lit(True),
        applies=pl.col("late"),
        told=(
            ("due_as_of", "as_of", "late_periods", "submission", "row_no"),
            mark("due as of {due_as_of}, newest report as of {as_of}: {measured} owed"),
        ),
    )
