"""Rules about what central reward money may be used for, and how much of it (108-II.5, the base notice)."""

import polars as pl

from alerts.policy import Limits
from alerts.rules.finding import Finding, finding
from models import measures
from models.central import LOCAL_IN_PRINCIPLE
from models.vocabulary import Kind
from models.words import mark

_SOURCE = ("as_of", "submission", "row_no", "currency")
FEN_PER_WAN = 1_000_000


def ineligible_category(limits: Limits) -> Finding:
    """Speak when central money goes to what is local money in principle: infrastructure, public service
    platforms, service-provider cultivation.

    By the movements of central money; without any, by the project's own category and the money transferred.
    """
    own = pl.col("spending_category").is_in([str(name) for name in LOCAL_IN_PRINCIPLE]).fill_null(False)
    moved = pl.coalesce("central_moved", "transferred")
    local = pl.coalesce("central_local", pl.when(own).then("transferred").otherwise(0))
    return finding(
        pl.when(moved > 0).then(local / moved),
        limits,
        known=moved.is_not_null(),
        applies=moved > 0,
        told=(
            (
                *("central_moved", "central_local", "central_local_category"),
                *("spending_category", "transferred", *_SOURCE),
            ),
            mark("for what is local money in principle: {measured} of the central money"),
        ),
    )


def central_share(limits: Limits) -> Finding:
    """Speak when the award is more than its allowed share of total investment.

    By the plan in force: where total investment falls, the cap falls with it.
    """
    return finding(
        measures.rate("reward", "total_investment"),
        limits,
        known=pl.col("reward").is_not_null() & pl.col("total_investment").is_not_null(),
        applies=pl.col("total_investment") > 0,
        told=(
            ("reward", "total_investment", "total_investment_v1", "version", "currency"),
            mark("award {reward} ÷ total investment {total_investment} = {measured}"),
        ),
    )


def separate_accounting(limits: Limits) -> Finding:
    """Speak when central money is not confirmed to be separately accounted (单独核算)."""
    open_yet = pl.col("central_mixed") + pl.col("central_untold")
    return finding(
        pl.when(pl.col("central_moved") > 0).then(
            pl.min_horizontal(open_yet, pl.col("central_moved")) / pl.col("central_moved")
        ),
        limits,
        known=pl.col("central_moved").is_not_null(),
        applies=pl.col("central_moved") > 0,
        told=(
            ("central_moved", "central_mixed", "central_untold", "currency"),
            mark("not separate {central_mixed}, not said {central_untold}, of {central_moved}: {measured}"),
        ),
    )


def tranche(limits: Limits) -> Finding:
    """Speak when more of the award is issued than its first tranche allows before the final assessment."""
    return finding(
        measures.rate("issued", "reward"),
        limits,
        known=pl.col("issued").is_not_null() & pl.col("reward").is_not_null(),
        applies=pl.col("reward") > 0,
        told=(("issued", "reward", *_SOURCE), mark("issued {issued} ÷ award {reward} = {measured}")),
    )


def award_limit(limits: Limits) -> Finding:
    """Speak when an award is more than the limit for its kind of project, which is a local setting."""
    cap = pl.col("kind").replace_strict(
        {str(kind): limits.numbers[f"{kind}_wan"] * FEN_PER_WAN for kind in Kind},
        default=None,
        return_dtype=pl.Int64,
    )
    return finding(
        pl.col("reward") / cap,
        limits,
        known=pl.col("reward").is_not_null(),
        applies=cap.is_not_null(),
        told=(
            ("reward", "kind", "currency"),
            mark("award {reward} against the limit of its kind: {measured}"),
        ),
    )
