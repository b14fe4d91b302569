"""Rules about money. What counts is money spent (支出): neither transferred nor paid is spent."""

import polars as pl

from alerts.policy import Limits, Measure
from alerts.rules.finding import Finding, finding
from models.measures import FULL_BP
from models.words import mark

#: What is planned to be spent by then, and what is held against it, by the policy's ``against``.
_PLANNED = {
    "curve": (pl.col("spent"), pl.col("planned_spending")),
    "issued": (pl.col("spent"), pl.col("issued") * pl.col("elapsed_bp") / FULL_BP),
    "award": (pl.col("spent"), pl.col("reward") * pl.col("elapsed_bp") / FULL_BP),
    "annual": (pl.col("year_invested"), pl.col("annual_plan") * pl.col("year_elapsed_bp") / FULL_BP),
}
_READS = {
    ("curve", Measure.RATIO): mark("spent {spent} ÷ planned to date {planned_spending} = {measured}"),
    ("curve", Measure.RELATIVE_SHORTFALL): mark(
        "(planned to date {planned_spending} − spent {spent}) ÷ {planned_spending} = {measured}"
    ),
    ("issued", Measure.RATIO): mark(
        "spent {spent} ÷ (issued {issued} × time elapsed {elapsed_bp}) = {measured}"
    ),
    ("issued", Measure.RELATIVE_SHORTFALL): mark(
        "1 − spent {spent} ÷ (issued {issued} × time elapsed {elapsed_bp}) = {measured}"
    ),
    ("award", Measure.RATIO): mark(
        "spent {spent} ÷ (award {reward} × time elapsed {elapsed_bp}) = {measured}"
    ),
    ("award", Measure.RELATIVE_SHORTFALL): mark(
        "1 − spent {spent} ÷ (award {reward} × time elapsed {elapsed_bp}) = {measured}"
    ),
    ("annual", Measure.RATIO): mark(
        "invested this year {year_invested} ÷ (annual plan {annual_plan} × year elapsed {year_elapsed_bp}) = {measured}"
    ),
    ("annual", Measure.RELATIVE_SHORTFALL): mark(
        "1 − invested this year {year_invested} ÷ (annual plan {annual_plan} × year elapsed {year_elapsed_bp}) "
        "= {measured}"
    ),
}

#: The same money against each denominator there is; every one is labelled, none is "the" rate.
_EXECUTED = ("executed_issued_bp", "executed_award_bp", "executed_annual_bp", "executed_curve_bp")


def lagging_spending(limits: Limits) -> Finding:
    """Speak when money spent trails the spending planned to date (108-II.4).

    ``against`` chooses what is planned to date: the plan's curve (without one, the money issued times the
    elapsed share of the period; the explanation says which), the money issued or the award times the elapsed
    share, or the investment planned for the year times the elapsed year. Silent on a missing figure, where
    nothing was planned to be spent yet, and for a finished project that has spent what it was issued.
    """
    against = limits.choices["against"]
    had, planned = _PLANNED[against]
    ratio = had / planned
    done = (pl.col("finished") & (pl.col("spent") >= pl.col("issued"))).fill_null(False)
    own = () if against != "annual" else ("year_invested", "annual_plan", "year_elapsed_bp")
    basis = ("spending_by_curve",) if against == "curve" else ()
    return finding(
        pl.when(planned > 0).then(ratio if limits.measure == Measure.RATIO else (planned - had) / planned),
        limits,
        known=(had.is_not_null() & planned.is_not_null()) | done,
        applies=~done & (planned > 0),
        told=(
            (
                *("spent", "planned_spending", *basis, "issued", "reward", "elapsed_bp", *own),
                *(*_EXECUTED, "version", "as_of", "submission", "row_no", "currency"),
            ),
            _READS[against, limits.measure],
        ),
    )
