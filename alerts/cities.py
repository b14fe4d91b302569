"""Facts of projects → one row per city: what the rules about cities read. Pure.

A city's row carries the key column ``project`` too, empty: in frames the empty text means "the city itself",
in tables it is NULL. A new column for a rule about cities is an aggregate here.
"""

import polars as pl
import polars.selectors as cs

from models.measures import FULL_BP

#: What stands in the key column ``project`` of a frame for the city itself.
ITSELF = ""

#: Round is a progress in whole steps of 5 %, an amount in whole steps of 100万元 (in fen).
ROUND_BP, ROUND_FEN = 500, 100_000_000

_MONEY = ("invested", "issued", "transferred", "paid", "spent")


def city_frame(facts: pl.DataFrame) -> pl.DataFrame:
    """One row per city of ``models.facts``: city, project (empty), name (null), programme, currency, as_of
    (of its newest report), total_investment, and of the month of that report ``reporting_projects``,
    ``figures`` and ``round_figures``.

    Figures that cannot be otherwise count on neither side: missing, nothing and 100 %.
    """
    newest = facts.with_columns(newest=pl.col("as_of").max().over("city"))
    in_month = (pl.col("as_of").dt.truncate("1mo") == pl.col("newest").dt.truncate("1mo")).fill_null(False)
    counted = newest.select(
        "city",
        "programme",
        "currency",
        "total_investment",
        as_of="newest",
        reports=in_month,
        figures=pl.when(in_month).then(_count(facts, _can_be_either)).otherwise(0),
        round_figures=pl.when(in_month).then(_count(facts, _is_round)).otherwise(0),
    )
    return (
        counted.group_by("city")
        .agg(
            pl.col("programme", "currency").first(),
            pl.col("as_of").max(),
            pl.col("total_investment").sum(),
            reporting_projects=pl.col("reports").sum().cast(pl.Int64),
            figures=pl.col("figures").sum().cast(pl.Int64),
            round_figures=pl.col("round_figures").sum().cast(pl.Int64),
        )
        .with_columns(project=pl.lit(ITSELF), name=pl.lit(None, dtype=pl.String))
        .sort("city")
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
