"""Rules about money. What counts is money spent (支出): neither transferred nor paid is spent."""

import polars as pl

from alerts.policy import Limits, Measure
from alerts.rules.finding import Finding, finding
from models import measures
from models.words import mark

_SHORTFALLS = {
    Measure.RATIO: (
        measures.rate("spent", "planned_spending"),
        mark("spent {spent} ÷ planned to date {planned_spending} = {measured}"),
    ),
    Measure.RELATIVE_SHORTFALL: (
        (pl.col("planned_spending") - pl.col("spent")) / pl.col("planned_spending"),
        mark("(planned to date {planned_spending} − spent {spent}) ÷ {planned_spending} = {measured}"),
    ),
}


def lagging_spending(limits: Limits) -> Finding:
    """Speak when money spent trails the spending planned to date (108-II.4).

    The denominator is the plan's curve, or without one the money issued times the elapsed share of the
    period; the explanation says which. Silent on a missing figure, where nothing was planned to be spent yet,
    and for a finished project that has spent what it was issued.
    """
    short, formula = _SHORTFALLS[limits.measure]
    done = (pl.col("finished") & (pl.col("spent") >= pl.col("issued"))).fill_null(False)
    return finding(
        short,
        limits,
        known=(pl.col("spent").is_not_null() & pl.col("planned_spending").is_not_null()) | done,
        applies=~done & (pl.col("planned_spending") > 0),
        told=(
            (
                *("spent", "planned_spending", "spending_by_curve", "issued", "elapsed_bp", "version"),
                *("as_of", "submission", "row_no", "currency"),
            ),
            formula,
        ),
    )
