"""The links of a line (108-I.2): who supplies whom, how far each is, and whom a lagging chain-owner exposes.

Pure. A member names the one it delivers to (``supplies``); the chain-owner is tier 0. What a member may lose
is measured in days at the line's own even pace: the days it is ahead of its plan (or behind), less the days
the chain-owner is behind. Negative slack: if the owner's delay is passed on, the member will be late by that.
Refuses to say why somebody lags.
"""

from datetime import date

import polars as pl

from models.measures import FULL_BP

KEY = ["city", "project"]

#: Columns of ``links``.
LINKS = (
    *(*KEY, "as_of", "member", "member_name", "tier", "upstream_of", "upstream_of_name"),
    *("member_city", "crosses", "planned", "actual", "lag", "lag_days", "exposed_by", "exposed_by_name"),
    "slack_days",
)

#: Columns of ``link_facts`` beside the key.
COLUMNS = (
    *("members", "owner_name", "owner_lag_bp", "owner_lag_days", "exposed_members", "exposed_name"),
    *("exposed_days", "weak_links", "weak_name", "weak_from", "weak_to", "weak_lag_bp"),
)


def newest_members(members: pl.DataFrame, on: date) -> pl.DataFrame:
    """Each line's members on the newest day that is told of them."""
    told = members.filter(pl.col("as_of") <= on)
    return told.filter(pl.col("as_of") == pl.col("as_of").max().over(KEY))


def links(members: pl.DataFrame, plans: pl.DataFrame) -> pl.DataFrame:
    """One row a member: LINKS, the chain-owner first, then by tier and name.

    ``members``: of ``newest_members``. ``plans``: city, project, planned_start, planned_end: the pace.
    ``planned``, ``actual`` and ``lag`` in basis points, ``lag`` above 0 is behind; ``crosses``: it lies in
    another city than the one it delivers to. ``exposed_by`` is the code of the line's chain-owner where it is behind
    its plan: every other member of the line is then exposed.
    """
    code = [*KEY, pl.col("unit_code").alias("supplies")]
    customers = members.select(*code, upstream_of_name="unit_name", customer_city="member_city").unique(
        [*KEY, "supplies"]
    )
    days = (pl.col("planned_end") - pl.col("planned_start")).dt.total_days() + 1
    rows = members.join(customers, on=[*KEY, "supplies"], how="left").join(
        plans.select(*KEY, days=days.clip(lower_bound=1)), on=KEY, how="left"
    )
    lag = pl.col("planned_bp") - pl.col("actual_bp")
    rows = rows.with_columns(lag=lag, lag_days=(lag * pl.col("days") / FULL_BP).round(0).cast(pl.Int64))
    owners = _owners(rows)
    late = pl.col("owner_lag") > 0
    exposed = (late & (pl.col("tier") > 0)).fill_null(False)
    return (
        rows.join(owners, on=KEY, how="left")
        .with_columns(
            exposed_by=pl.when(exposed).then("owner"),
            exposed_by_name=pl.when(exposed).then("owner_name"),
            slack_days=pl.when(exposed).then(-pl.col("lag_days") - pl.col("owner_lag_days")),
            crosses=_crosses(),
        )
        .rename(
            {"unit_code": "member", "unit_name": "member_name", "supplies": "upstream_of"}
            | {"planned_bp": "planned", "actual_bp": "actual"}
        )
        .sort(*KEY, "tier", "member_name")
        .select(LINKS)
    )


def _owners(rows: pl.DataFrame) -> pl.DataFrame:
    owner = rows.filter(pl.col("tier") == 0).sort("unit_code").unique(KEY, keep="first", maintain_order=True)
    return owner.select(
        *KEY, owner="unit_code", owner_name="unit_name", owner_lag="lag", owner_lag_days="lag_days"
    )


def _crosses() -> pl.Expr:
    """Do the two ends lie in different cities? Null where one of them is not told."""
    return pl.col("member_city") != pl.col("customer_city")


def link_facts(found: pl.DataFrame) -> pl.DataFrame:
    """One row per line that tells of its members: COLUMNS. ``found`` of ``links``.

    ``exposed_members``: those without slack left, ``exposed_days`` by how many days the worst of them is
    short. A link is weak by the worse of its two ends; ``weak_lag_bp`` is that of the weakest link between
    two cities, null where none crosses, and ``weak_links`` how many cross at all.
    """
    owner, short = pl.col("tier") == 0, pl.col("slack_days") < 0
    worst = found.sort("slack_days", nulls_last=True)
    told = worst.group_by(KEY).agg(
        members=pl.len().cast(pl.Int64),
        owner_name=pl.col("member_name").filter(owner).first(),
        owner_lag_bp=pl.col("lag").filter(owner).first(),
        owner_lag_days=pl.col("lag_days").filter(owner).first(),
        exposed_members=short.sum().cast(pl.Int64),
        exposed_name=pl.col("member_name").filter(short).first(),
        exposed_days=(-pl.col("slack_days").min()).clip(lower_bound=0),
    )
    customers = found.select(*KEY, upstream_of="member", customer_lag="lag").unique([*KEY, "upstream_of"])
    crossing = found.filter(pl.col("crosses")).join(customers, on=[*KEY, "upstream_of"], how="left")
    weak = crossing.with_columns(weak=pl.max_horizontal("lag", "customer_lag")).sort(
        "weak", descending=True, nulls_last=True
    )
    weakest = weak.group_by(KEY).agg(
        weak_links=pl.len().cast(pl.Int64),
        weak_name=pl.col("member_name").first(),
        weak_from=pl.col("member_city").first(),
        weak_to=pl.col("upstream_of_name").first(),
        weak_lag_bp=pl.col("weak").first(),
    )
    return told.join(weakest, on=KEY, how="left").select(*KEY, *COLUMNS)
