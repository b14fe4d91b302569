"""How a city stands in the pilot: its roster entry, digital reach, recommendations, money of no project. Pure.

One row a city; ``models/facts.py`` lays it beside each of its projects, so that ``alerts/cities.py`` has it.
What is not known (leading industries, which district of a pair leads) is not filled in.
"""

from datetime import date

import polars as pl

from models.vocabulary import MoneyStage, PlaceKind

#: Columns of ``standing`` beside the city.
COLUMNS = (
    *("province", "entry", "batch", "pilot_days", "applied_again", "applied_year", "reach_on"),
    *("reach_enterprises", "reach_done", "unlisted_money", "recommended_year", "recommended_cities"),
    "recommended_districts",
)


def standing(
    roster: pl.DataFrame, applications: pl.DataFrame, enterprises: pl.DataFrame, loose: pl.DataFrame, on: date
) -> pl.DataFrame:
    """One row per place of the roster's tree: city and COLUMNS.

    ``roster``: city, province, name_zh, entry, batch, year, a row per membership. ``applications`` and
    ``enterprises`` as they stand, ``loose``: movements of central money that name no project.
    ``pilot_days``: days since 1 January of the batch's year, which is no official beginning (domain.md, 1).
    ``applied_again``: applications in later years than the one it came in with.
    """
    first = roster.sort("year", nulls_last=True).unique("city", keep="first", maintain_order=True)
    began = pl.date(pl.col("year"), 1, 1)
    gone = pl.when(pl.col("year").is_not_null()).then((pl.lit(on) - began).dt.total_days() + 1)
    told = applications.filter(pl.col("year") <= on.year)
    return (
        first.with_columns(pilot_days=gone)
        .join(_again(roster, told), on="city", how="left")
        .join(_reach(enterprises, on), on="city", how="left")
        .join(_unlisted(loose, on), on="city", how="left")
        .join(_recommended(told), on="province", how="left")
        .select("city", *COLUMNS)
    )


def _again(roster: pl.DataFrame, applications: pl.DataFrame) -> pl.DataFrame:
    """How often a place of the roster was recommended after it came in, or came in again."""
    own = roster.filter(pl.col("year").is_not_null()).sort("year")
    first = own.group_by("city").agg(came_in=pl.col("year").min(), name_zh=pl.col("name_zh").first())
    by_code = applications.join(first, left_on="applicant_code", right_on="city").select(
        city="applicant_code", year="year", came_in="came_in"
    )
    uncoded = applications.filter(pl.col("applicant_code").is_null())
    by_name = uncoded.join(first, left_on="applicant", right_on="name_zh").select(
        city="city_right", year="year", came_in="came_in"
    )
    entered = own.join(first.select("city", "came_in"), on="city").select("city", "year", "came_in")
    later = (
        pl.concat([by_code, by_name, entered])
        .filter(pl.col("year") > pl.col("came_in"))
        .unique(["city", "year"])
    )
    return later.group_by("city").agg(
        applied_again=pl.len().cast(pl.Int64), applied_year=pl.col("year").max().cast(pl.Int64)
    )


def _reach(enterprises: pl.DataFrame, on: date) -> pl.DataFrame:
    told = enterprises.filter(pl.col("as_of") <= on)
    newest = told.filter(pl.col("as_of") == pl.col("as_of").max().over("city"))
    return newest.group_by("city").agg(
        reach_on=pl.col("as_of").first(),
        reach_enterprises=pl.col("above_size").sum(),
        reach_done=pl.col("reached").sum(),
    )


def _unlisted(loose: pl.DataFrame, on: date) -> pl.DataFrame:
    """Central money that was paid or spent without a project's name; the larger of the two."""
    gone = loose.filter(
        (pl.col("happened_on") <= on) & pl.col("stage").is_in([str(MoneyStage.PAID), str(MoneyStage.SPENT)])
    )
    sums = gone.group_by("city", "stage").agg(unlisted_money=pl.col("amount").sum())
    return sums.group_by("city").agg(pl.col("unlisted_money").max())


def _recommended(applications: pl.DataFrame) -> pl.DataFrame:
    """What each province-level unit recommended in its newest year; XPCC is outside the quota."""
    newest = applications.filter(pl.col("year") == pl.col("year").max().over("city"))
    kind = pl.col("place_kind")
    return newest.group_by(province="city").agg(
        recommended_year=pl.col("year").first().cast(pl.Int64),
        recommended_cities=(kind == str(PlaceKind.PREFECTURE)).sum().cast(pl.Int64),
        recommended_districts=(kind == str(PlaceKind.DISTRICT)).sum().cast(pl.Int64),
    )
