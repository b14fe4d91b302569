"""Rules about how money goes beside its pace: parked, ahead of the work, behind it, rushed, or booked too early."""

import polars as pl

from alerts.policy import Limits
from alerts.rules.finding import Finding, finding
from models import measures
from models.history import STOPS
from models.measures import FULL_BP
from models.words import mark

_SOURCE = ("as_of", "submission", "row_no", "currency")


def parked_money(limits: Limits) -> Finding:
    """Speak when central money stands still on its way (108-II.5): the fund-dwell clock.

    Measured in days since the oldest of it came to the stop where it stands longest; a stop counts only while
    ``least_percent`` of what came there is still there, so that money which is being used up does not speak.
    """
    least = limits.numbers["least_percent"] * 100
    days = [
        pl.when((pl.col(f"{stop}_standing_bp") >= least).fill_null(False)).then(pl.col(f"{stop}_days"))
        for stop in STOPS
    ]
    known = [pl.col(f"{stop}_standing").is_not_null() for stop in STOPS]
    shown = [f"{stop}_{what}" for stop in STOPS for what in ("standing", "standing_bp", "days", "holder")]
    return finding(
        pl.max_horizontal(*days, pl.lit(0)),
        limits,
        known=pl.any_horizontal(known),
        applies=pl.lit(True),
        told=(
            (*shown, *_SOURCE),
            mark(
                "issued, not transferred: {issued_standing}, {issued_days} days; transferred, not paid: "
                "{transferred_standing}, {transferred_days} days; paid, not spent: {paid_standing}, "
                "{paid_days} days; longest that counts: {measured}"
            ),
        ),
    )


#: The share of money that work is compared with, by the policy's ``against``: part, whole, how it reads.
_SHARES = {
    "investment": ("invested", "total_investment"),
    "award": ("spent", "reward"),
    "issued": ("spent", "issued"),
}
_AHEAD = {
    "investment": mark(
        "invested {invested} ÷ total {total_investment} − reported {physical_bp} = {measured}"
    ),
    "award": mark("spent {spent} ÷ award {reward} − reported {physical_bp} = {measured}"),
    "issued": mark("spent {spent} ÷ issued {issued} − reported {physical_bp} = {measured}"),
}
_BEHIND = {
    "investment": mark(
        "reported {physical_bp} − invested {invested} ÷ total {total_investment} = {measured}"
    ),
    "award": mark("reported {physical_bp} − spent {spent} ÷ award {reward} = {measured}"),
    "issued": mark("reported {physical_bp} − spent {spent} ÷ issued {issued} = {measured}"),
}


def money_ahead(limits: Limits) -> Finding:
    """Speak when the share of money that is gone runs ahead of the work (108-II.5): advance or misuse."""
    return _scissors(limits, _AHEAD, ahead=1)


def work_ahead(limits: Limits) -> Finding:
    """Speak when the work runs ahead of the money (108-II.4): arrears, or progress that is told too high."""
    return _scissors(limits, _BEHIND, ahead=-1)


def _scissors(limits: Limits, formulas: dict[str, str], *, ahead: int) -> Finding:
    against = limits.choices["against"]
    part, whole = _SHARES[against]
    gap = (measures.rate(part, whole) * FULL_BP - pl.col("physical_bp")) * ahead / 100
    figures = [pl.col(name).is_not_null() for name in (part, whole, "physical_bp")]
    return finding(
        gap,
        limits,
        known=pl.all_horizontal(figures),
        applies=pl.col("started") & (pl.col(whole) > 0),
        told=(("physical_bp", "planned_bp", part, whole, *_SOURCE), formulas[against]),
    )


def year_end_rush(limits: Limits) -> Finding:
    """Speak when much of the year's spending came in December (108-II.5): a spending rush (突击花钱).

    Looked at from January to March, once the year's reports are in; without figures of the ends of November
    and December, and of the year before for a project that is older, nothing is known.
    """
    before = pl.coalesce("rush_before", pl.when(pl.col("first_year")).then(0))
    year = pl.col("rush_december") - before
    return finding(
        pl.when(year > 0).then((pl.col("rush_december") - pl.col("rush_november")) / year),
        limits,
        known=pl.all_horizontal(
            c.is_not_null() for c in (before, pl.col("rush_november"), pl.col("rush_december"))
        ),
        applies=pl.col("year_is_over") & (year > 0),
        told=(
            ("rush_before", "rush_november", "rush_december", "currency"),
            mark(
                "(spent by the end of December {rush_december} − by the end of November {rush_november}) ÷ "
                "spent in the year = {measured}"
            ),
        ),
    )


def booked_as_spent(limits: Limits) -> Finding:
    """Speak when a transfer looks booked as spending (108-II.5, 以拨代支): all that was transferred is called
    spent, and less was paid.

    ``within_percent``: how near to each other the two have to be. Measured as the share of it not yet paid.
    """
    near = (pl.col("spent") - pl.col("transferred")).abs() * 100 <= (
        pl.col("transferred") * limits.numbers["within_percent"]
    )
    unpaid = pl.col("spent") - pl.col("paid")
    figures = [pl.col(name).is_not_null() for name in ("transferred", "paid", "spent")]
    return finding(
        pl.when(pl.col("spent") > 0).then(pl.when(near).then(unpaid).otherwise(0) / pl.col("spent")),
        limits,
        known=pl.all_horizontal(figures),
        applies=pl.col("spent") > 0,
        told=(
            ("transferred", "paid", "spent", *_SOURCE),
            mark("transferred {transferred}, paid {paid}, spent {spent}: spent without payment {measured}"),
        ),
    )
