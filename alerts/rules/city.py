"""Rules about a city or province as a whole: expressions over one row per place (``alerts/cities.py``).

What the notice asks of a city holds for places of the pilot's roster; of others nothing is asked.

They colour no project's light. To add one: as for a rule about projects, in ``CITY_RULES``, with
``city=True`` in its ``Shape``; a column it needs goes into ``city_frame``.
"""

from collections.abc import Mapping

import polars as pl

from alerts.policy import Limits
from alerts.rules.finding import Finding, finding, worst
from models.vocabulary import Severity
from models.words import mark

FEN_PER_WAN = 1_000_000
_DAYS_IN_YEAR = 365.25
_IN_PILOT = pl.col("batch").is_not_null()


def _complete(limits: Limits) -> pl.Expr:
    """Is the project list long enough to be more than a beginning?"""
    return pl.col("listed_projects") >= limits.numbers["list_from"]


def city_round_numbers(limits: Limits) -> Finding:
    """Speak when the figures of a city's newest month are round throughout (108-II.5): estimated, not read.

    The share of its figures that are round, of those that can be either. Known only from ``min_figures``
    upwards: a few round figures are chance, and a city that reports less has not become exact.
    """
    return finding(
        pl.when(pl.col("figures") > 0).then(pl.col("round_figures") / pl.col("figures")),
        limits,
        known=pl.col("figures") >= limits.numbers["min_figures"],
        applies=pl.lit(True),
        told=(
            ("figures", "round_figures", "reporting_projects", "as_of"),
            mark("{round_figures} of {figures} figures are round, newest report as of {as_of}: {measured}"),
        ),
    )


def industries(limits: Limits) -> Finding:
    """Speak when the project list spreads over many industries, or names none at all (108-II.1)."""
    found = finding(
        pl.col("industries"),
        limits,
        known=_complete(limits),
        applies=_IN_PILOT,
        told=(
            ("industries", "industries_named", "listed_projects"),
            mark("{industries} industries on a list of {listed_projects} projects: {industries_named}"),
        ),
    )
    none = pl.when(_IN_PILOT & _complete(limits) & (pl.col("industries") == 0)).then(
        pl.lit(str(Severity.YELLOW))
    )
    return Finding(
        severity=worst(found.severity, none),
        measured=found.measured,
        known=found.known,
        applies=found.applies,
        inputs=found.inputs,
        formula=found.formula,
    )


def industry_unled(limits: Limits) -> Finding:
    """Speak when an industry of the list has no project that names a chain-owner."""
    return finding(
        pl.col("industries_unled"),
        limits,
        known=(pl.col("industries") > 0) & _complete(limits),
        applies=_IN_PILOT,
        told=(
            ("industries_unled", "industries", "industries_named"),
            mark("{industries_unled} of {industries} industries have no project that names a chain-owner"),
        ),
    )


def no_landmark(limits: Limits) -> Finding:
    """Speak when no project of the entry is as large as a landmark must be, whatever is flagged as one."""
    return finding(
        pl.col("largest_investment") / (limits.numbers["landmark_wan"] * FEN_PER_WAN),
        limits,
        known=pl.col("largest_investment").is_not_null() & _complete(limits),
        applies=_IN_PILOT,
        told=(
            ("largest_investment", "landmarks", "listed_projects", "currency"),
            mark("largest project {largest_investment}, {measured} of what makes a landmark"),
        ),
    )


def digital_reach(limits: Limits) -> Finding:
    """Speak when fewer enterprises are reached than an even way to the goal asks by now, in points."""
    gone = (pl.col("pilot_days") / (limits.numbers["period_years"] * _DAYS_IN_YEAR)).clip(0, 1)
    reached = pl.when(pl.col("reach_enterprises") > 0).then(
        pl.col("reach_done") * 100 / pl.col("reach_enterprises")
    )
    return finding(
        limits.numbers["goal_percent"] * gone - reached,
        limits,
        known=reached.is_not_null() & pl.col("pilot_days").is_not_null(),
        applies=_IN_PILOT,
        told=(
            ("reach_done", "reach_enterprises", "reach_on", "pilot_days"),
            mark(
                "{reach_done} of {reach_enterprises} enterprises reached on {reach_on}, "
                "day {pilot_days} of the pilot: {measured} behind"
            ),
        ),
    )


def city_award(limits: Limits) -> Finding:
    """Speak when the awards of a city's projects add up to more than a city may be given."""
    formulas = {
        "city": mark("awards {city_reward} against the ceiling of a city: {measured}"),
        "entry": mark("awards {entry_reward} against the ceiling of a city: {measured}"),
    }
    return _of_ceiling("reward", limits, formulas)


def city_tranche(limits: Limits) -> Finding:
    """Speak when a city has issued more than its first tranche before the final assessment."""
    formulas = {
        "city": mark("issued {city_issued} against the ceiling of a city: {measured}"),
        "entry": mark("issued {entry_issued} against the ceiling of a city: {measured}"),
    }
    return _of_ceiling("issued", limits, formulas)


def _of_ceiling(name: str, limits: Limits, formulas: Mapping[str, str]) -> Finding:
    whose = "city" if limits.choices["pair"] == "each" else "entry"
    money = f"{whose}_{name}"
    return finding(
        pl.col(money) / (limits.numbers["award_wan"] * FEN_PER_WAN),
        limits,
        known=pl.col(money).is_not_null(),
        applies=_IN_PILOT,
        told=((money, "listed_projects", "currency"), formulas[whose]),
    )


def unlisted_money(limits: Limits) -> Finding:
    """Speak when central money was paid or spent that no movement lays to a project of the list."""
    return finding(
        pl.when(pl.col("city_reward") > 0).then(
            pl.col("unlisted_money").fill_null(0) / pl.col("city_reward")
        ),
        limits,
        known=pl.col("city_reward") > 0,
        applies=_IN_PILOT,
        told=(
            ("unlisted_money", "city_reward", "currency"),
            mark("paid or spent without a project {unlisted_money}: {measured} of the awards"),
        ),
    )


def applied_again(limits: Limits) -> Finding:
    """Speak when a place of the pilot was recommended again, or came in twice (108-III.1)."""
    return finding(
        pl.col("applied_again").fill_null(0),
        limits,
        known=_IN_PILOT,
        applies=_IN_PILOT,
        told=(
            ("applied_again", "applied_year", "batch"),
            mark("in the pilot since batch {batch}, recommended again {measured}, last for {applied_year}"),
        ),
    )


def quota(limits: Limits) -> Finding:
    """Speak when a province recommended more places in its newest year than it may; on the province itself."""
    over = [
        (pl.col(f"recommended_{kind}") - limits.numbers[kind]).clip(lower_bound=0)
        for kind in ("cities", "districts")
    ]
    return finding(
        over[0] + over[1],
        limits,
        known=pl.col("recommended_year").is_not_null(),
        applies=pl.col("recommended_year").is_not_null(),
        told=(
            ("recommended_year", "recommended_cities", "recommended_districts"),
            mark(
                "for {recommended_year} {recommended_cities} prefecture-level cities and {recommended_districts} "
                "districts were recommended: {measured} above the quota"
            ),
        ),
    )
