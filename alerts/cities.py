"""Facts of projects → one row per city, and per province: what the rules about places read. Pure.

A province-level unit has a row where one of its cities has a project; it holds what was recommended, and of
the other columns nothing. A place's row carries the key column ``project`` too, empty: in frames the empty text means "the city itself",
in tables it is NULL. A new column for a rule about cities is an aggregate here.
"""

import polars as pl
import polars.selectors as cs

from models.measures import FULL_BP
from models.places import XPCC

#: What stands in the key column ``project`` of a frame for the city itself.
ITSELF = ""

#: Round is a progress in whole steps of 5 %, an amount in whole steps of 100万元 (in fen).
ROUND_BP, ROUND_FEN = 500, 100_000_000

_MONEY = ("invested", "issued", "transferred", "paid", "spent")

#: What ``models/standing.py`` says of a city, the same beside each of its projects.
_OF_CITY = (
    *("batch", "pilot_days", "applied_again", "applied_year", "reach_on", "reach_enterprises"),
    *("reach_done", "unlisted_money"),
)
_OF_PROVINCE = ("recommended_year", "recommended_cities", "recommended_districts")


def city_frame(facts: pl.DataFrame) -> pl.DataFrame:
    """One row per city of ``models.facts``: city, project (empty), name (null), programme, currency, as_of
    (of its newest report), total_investment, and of the month of that report ``reporting_projects``,
    ``figures`` and ``round_figures``; those of ``_list_of`` and ``_OF_CITY``. And one row per province:
    ``_OF_PROVINCE``.

    Figures that cannot be otherwise count on neither side: missing, nothing and 100 %.
    """
    cities = _cities(facts).join(_list_of(facts), on="city")
    rows = pl.concat([cities, _provinces(facts)], how="diagonal")
    return rows.with_columns(project=pl.lit(ITSELF), name=pl.lit(None, dtype=pl.String)).sort("city")


def _provinces(facts: pl.DataFrame) -> pl.DataFrame:
    """XPCC is both and outside the quota, so it has one row, as a city."""
    own = facts.filter(pl.col("recommended_year").is_not_null() & (pl.col("province") != XPCC))
    return own.group_by(city="province").agg(
        pl.col("programme", "currency", *_OF_PROVINCE).first(), pl.col("as_of").max()
    )


def _list_of(facts: pl.DataFrame) -> pl.DataFrame:
    """What a city's list of projects amounts to, one row a city: divisions of industry on it, those in which
    no project names a chain-owner, landmarks flagged, and awards and money issued; ``entry_…`` sums those of
    all districts that entered together, ``largest_investment`` is the largest single project of the entry.
    """
    division = pl.col("industry").str.head(2)
    industries = facts.filter(pl.col("industry").is_not_null()).group_by("city", division=division)
    owned = industries.agg(owned=pl.col("chain_owner").is_not_null().any())
    counted = owned.group_by("city").agg(
        industries=pl.len().cast(pl.Int64),
        industries_unled=(~pl.col("owned")).sum().cast(pl.Int64),
        industries_named=pl.col("division").sort().str.join(", "),
    )
    sums = facts.group_by("city").agg(
        entry=pl.coalesce(pl.col("entry"), pl.col("city")).first(),
        landmarks=pl.col("landmark").fill_null(False).sum().cast(pl.Int64),
        largest_investment=pl.col("total_investment").max(),
        city_reward=pl.col("reward").sum(),
        city_issued=pl.col("issued").sum(),
        listed_projects=pl.len().cast(pl.Int64),
    )
    together = [
        pl.col("largest_investment").max().over("entry"),
        *(pl.col(f"city_{name}").sum().over("entry").alias(f"entry_{name}") for name in ("reward", "issued")),
    ]
    return (
        sums.with_columns(together)
        .drop("entry")
        .join(counted, on="city", how="left")
        .with_columns(pl.col("industries", "industries_unled").fill_null(0))
    )


def _cities(facts: pl.DataFrame) -> pl.DataFrame:
    newest = facts.with_columns(newest=pl.col("as_of").max().over("city"))
    in_month = (pl.col("as_of").dt.truncate("1mo") == pl.col("newest").dt.truncate("1mo")).fill_null(False)
    counted = newest.select(
        "city",
        "programme",
        "currency",
        "total_investment",
        *_OF_CITY,
        as_of="newest",
        reports=in_month,
        figures=pl.when(in_month).then(_count(facts, _can_be_either)).otherwise(0),
        round_figures=pl.when(in_month).then(_count(facts, _is_round)).otherwise(0),
    )
    return counted.group_by("city").agg(
        pl.col("programme", "currency", *_OF_CITY).first(),
        pl.col("as_of").max(),
        pl.col("total_investment").sum(),
        reporting_projects=pl.col("reports").sum().cast(pl.Int64),
        figures=pl.col("figures").sum().cast(pl.Int64),
        round_figures=pl.col("round_figures").sum().cast(pl.Int64),
    )


def _count(facts: pl.DataFrame, holds) -> pl.Expr:
    """How many figures of each row hold; the columns that a frame lacks count as not reported."""
    names = cs.expand_selector(facts, cs.by_name("physical_bp", *_MONEY, require_all=False))
    return pl.sum_horizontal(holds(name).fill_null(False).cast(pl.Int64) for name in names)


def _can_be_either(name: str) -> pl.Expr:
    if name == "physical_bp":
        return (pl.col(name) > 0) & (pl.col(name) < FULL_BP)
    return pl.col(name) > 0


def _is_round(name: str) -> pl.Expr:
    return _can_be_either(name) & (pl.col(name) % (ROUND_BP if name == "physical_bp" else ROUND_FEN) == 0)
