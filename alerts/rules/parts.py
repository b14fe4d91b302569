"""Rules about the parts of a project: the members of a line (108-I.2, II.3), the ways to add a surface up (108-I.3).

Who is a member and how far is reported by form; nothing is known of a line or surface that sends none.
"""

import polars as pl

from alerts.policy import Limits
from alerts.rules.finding import Finding, finding
from models.words import mark

_RUNNING = ~pl.col("finished")


def lagging_owner(limits: Limits) -> Finding:
    """Speak when the chain-owner of a line trails its own plan, in percentage points."""
    return finding(
        pl.col("owner_lag_bp") / 100,
        limits,
        known=pl.col("owner_lag_bp").is_not_null(),
        applies=_RUNNING & (pl.col("kind") == "line"),
        told=(
            ("owner_name", "owner_lag_bp", "owner_lag_days", "members"),
            mark("chain-owner {owner_name} is {measured} behind its plan, about {owner_lag_days} days"),
        ),
    )


def exposed_members(limits: Limits) -> Finding:
    """Speak when a chain-owner that lags leaves members no slack: by how many days the worst is short."""
    lags = pl.col("owner_lag_bp") >= limits.numbers["owner_points"] * 100
    return finding(
        pl.when(lags).then(pl.col("exposed_days")).otherwise(0),
        limits,
        known=pl.col("owner_lag_bp").is_not_null(),
        applies=_RUNNING & (pl.col("kind") == "line"),
        told=(
            ("exposed_members", "exposed_name", "exposed_days", "members", "owner_name", "owner_lag_days"),
            mark(
                "{exposed_members} of {members} members without slack, the worst {exposed_name}: short by {measured}"
            ),
        ),
    )


def weak_links(limits: Limits) -> Finding:
    """Speak when an end of a link between two cities trails its plan, in percentage points."""
    return finding(
        pl.col("weak_lag_bp") / 100,
        limits,
        known=pl.col("weak_lag_bp").is_not_null(),
        applies=_RUNNING & (pl.col("weak_links") > 0),
        told=(
            ("weak_links", "weak_name", "weak_from", "weak_to", "weak_lag_bp"),
            mark(
                "{weak_name} ({weak_from}) supplies {weak_to}; its weaker end is {measured} behind its plan"
            ),
        ),
    )


def rollups_disagree(limits: Limits) -> Finding:
    """Speak when the ways to add up a surface's progress lie far apart, in percentage points."""
    return finding(
        pl.col("rollup_spread_bp") / 100,
        limits,
        known=pl.col("rollup_spread_bp").is_not_null(),
        applies=_RUNNING & pl.col("tenants").is_not_null(),
        told=(
            (
                "physical_bp",
                "rollup_money_bp",
                "rollup_count_bp",
                "rollup_worst_bp",
                "tenants",
                "tenants_still",
                "rollup_low",
                "rollup_high",
                "as_of",
                "submission",
                "row_no",
            ),
            mark("lowest: {rollup_low}; highest: {rollup_high}; {measured} between them"),
        ),
    )
