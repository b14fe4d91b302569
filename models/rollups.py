"""A surface's progress added up in different ways (108-I.3), and how far the ways are apart. Pure.

Which way is right nobody knows: a mean hides that many stand still, money hides that a few do it all, and the
figure the park reports may follow either. Where they are far apart, somebody should look. Another way to add
up is a column here, its place in ``WAYS`` and its label in ``alerts/figures.py``.
"""

from datetime import date

import polars as pl

from models.measures import FULL_BP
from models.vocabulary import TenantRole

KEY = ["city", "project"]

#: How many of the tenants that are furthest behind are taken as the worst.
WORST = 3

#: The ways, in basis points: as the surface reports it, by money, by count of tenants, of the worst of them.
WAYS = ("physical_bp", "rollup_money_bp", "rollup_count_bp", "rollup_worst_bp")

#: Columns of ``rollup_facts`` beside the key.
COLUMNS = (
    *("tenants", "tenants_still", "rollup_count_bp", "rollup_worst_bp", "rollup_money_bp"),
    *("rollup_low", "rollup_high", "rollup_spread_bp"),
)


def tenant_facts(tenants: pl.DataFrame, on: date) -> pl.DataFrame:
    """One row per surface that tells of its tenants: how many, how many stand still at 0 to 5 %, and their
    mean and the mean of the WORST, on the newest day that is told. Centre and platform are no tenants.
    """
    told = tenants.filter(
        (pl.col("as_of") <= on)
        & (pl.col("role") == str(TenantRole.TENANT))
        & pl.col("actual_bp").is_not_null()
    )
    newest = told.filter(pl.col("as_of") == pl.col("as_of").max().over(KEY))
    actual = pl.col("actual_bp")
    return newest.group_by(KEY).agg(
        tenants=pl.len().cast(pl.Int64),
        tenants_still=(actual <= FULL_BP // 20).sum().cast(pl.Int64),
        rollup_count_bp=actual.mean(),
        rollup_worst_bp=actual.bottom_k(WORST).mean(),
    )


def rollup_facts(facts: pl.DataFrame, tenants: pl.DataFrame) -> pl.DataFrame:
    """One row per surface with tenants: COLUMNS. ``facts``: city, project, physical_bp, invested and
    total_investment; ``tenants`` of ``tenant_facts``. ``rollup_spread_bp`` is from the lowest of WAYS to the
    highest, ``rollup_low`` and ``rollup_high`` say which they are; null where fewer than two are known.
    """
    total = pl.col("total_investment")
    frame = facts.join(tenants, on=KEY).with_columns(
        rollup_money_bp=pl.when(total > 0).then((pl.col("invested") * FULL_BP / total).clip(0, FULL_BP))
    )
    ways = [pl.col(name).cast(pl.Float64) for name in WAYS]
    low, high = pl.min_horizontal(ways), pl.max_horizontal(ways)
    known = pl.sum_horizontal(way.is_not_null().cast(pl.Int64) for way in ways)
    return frame.with_columns(
        rollup_low=_which(low), rollup_high=_which(high), rollup_spread_bp=pl.when(known > 1).then(high - low)
    ).select(*KEY, *COLUMNS)


def _which(value: pl.Expr) -> pl.Expr:
    return pl.coalesce(pl.when(pl.col(name).cast(pl.Float64) == value).then(pl.lit(name)) for name in WAYS)
