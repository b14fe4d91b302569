"""Rules about changes of the approved plan."""

import polars as pl

from alerts.policy import Limits
from alerts.rules.finding import Finding, finding, worst
from models.vocabulary import Severity
from models.words import mark


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
