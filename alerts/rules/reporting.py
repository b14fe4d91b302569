"""Rules about the reports themselves: the data axis, which colours no light by default."""

import polars as pl

from alerts.policy import Limits
from alerts.rules.finding import Finding, finding
from models.measures import FULL_BP
from models.words import mark

_SOURCE = ("as_of", "submission", "row_no", "currency")


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


def falling_figure(limits: Limits) -> Finding:
    """Speak when a cumulative figure of the newest report is lower than an earlier one (108-II.5).

    Measured on the one that fell most, as a share of its highest earlier value. A correction of the earlier
    report clears it, as what was corrected is no longer held against the project.
    """
    return finding(
        pl.coalesce(pl.col("fallen_bp") / FULL_BP, pl.when(pl.col("as_of").is_not_null()).then(0)),
        limits,
        known=pl.col("as_of").is_not_null(),
        applies=pl.lit(True),
        told=(
            ("fallen_figure", "fallen_from", "fallen_to", *_SOURCE),
            mark("{fallen_figure}: from {fallen_from} down to {fallen_to} = {measured}"),
        ),
    )


def copied_report(limits: Limits) -> Finding:
    """Speak when the newest report looks copied from the one before (108-II.5).

    Counts the signs: all figures the same, the narrative the same letter for letter (where it has
    ``min_letters``), investment grown by exactly the same amount again. One sign alone happens in honest
    reports. Begun and not finished only.
    """
    long_enough = pl.col("same_letters") >= limits.numbers["min_letters"]
    text = (pl.col("same_text") & long_enough).fill_null(False)
    signs = [pl.col("same_figures").fill_null(False), text, pl.col("same_increment").fill_null(False)]
    return finding(
        pl.sum_horizontal(sign.cast(pl.Int64) for sign in signs),
        limits,
        known=pl.col("previous_as_of").is_not_null() | pl.col("finished"),
        applies=pl.col("started") & ~pl.col("finished"),
        told=(
            ("previous_as_of", "same_figures", "same_text", "same_increment", "increment", *_SOURCE),
            mark("signs of a copy of the report as of {previous_as_of}: {measured}"),
        ),
    )
