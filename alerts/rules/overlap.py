"""Rules about central money that may be there twice, and money for what is not on the approved list (108-II.2, II.5).

Pairs and their rank are found in ``models/overlaps.py``; what people decided counts here.
"""

import polars as pl

from alerts.policy import Limits
from alerts.rules.finding import Finding, finding
from models.vocabulary import Severity
from models.words import mark


def double_central_money(limits: Limits) -> Finding:
    """Speak when a project with central money looks like one that another list, or another city, pays for too.

    By the pair of highest rank that nobody settled. Red by the rank only where the other side names an amount:
    being listed twice is legal. A decided breach is red whatever the rank.
    """
    found = finding(
        pl.col("overlap_rank"),
        limits,
        known=pl.lit(True),
        applies=pl.col("overlap_rank").is_not_null(),
        told=(
            (
                "overlap_rank",
                "overlap_with",
                "overlap_programme",
                "overlap_elsewhere",
                "overlap_equal",
                "overlap_amount",
                "overlap_pairs",
                "overlap_breach",
                "reward",
                "currency",
            ),
            mark(
                "rank of the evidence {measured}; {overlap_equal} of 5 fields equal, {overlap_pairs} pairs open"
            ),
        ),
    )
    paid = pl.col("overlap_amount").is_not_null()
    severity = (
        pl.when(pl.col("overlap_breach").fill_null(False))
        .then(pl.lit(str(Severity.RED)))
        .when(found.severity.is_not_null() & ~paid)
        .then(pl.lit(str(Severity.YELLOW)) if limits.yellow else pl.lit(None, pl.String))
        .otherwise(found.severity)
    )
    return Finding(
        severity=severity,
        measured=found.measured,
        known=found.known,
        applies=found.applies,
        inputs=found.inputs,
        formula=found.formula,
    )


def not_on_list(limits: Limits) -> Finding:
    """Speak when central money came to a project before the list that names it was approved."""
    money = pl.max_horizontal("central_moved", "issued", "early_money")
    return finding(
        pl.when(money > 0).then(pl.col("early_money").fill_null(0) / money),
        limits,
        known=money.is_not_null() | pl.col("listed_on").is_null(),
        applies=pl.col("listed_on").is_not_null() & (money > 0),
        told=(
            ("listed_on", "early_on", "early_money", "central_moved", "issued", "currency"),
            mark("central money since {early_on}, list approved on {listed_on}: {measured} came before"),
        ),
    )
