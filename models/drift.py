"""What the ledger of adjustments tells of a plan: how far single changes went, and what waits to be decided.

Pure: the ledger and its changes in, one row a project out; rejected adjustments do not count. How far the plan
in force has drifted from the first needs nothing from here: the facts hold both.
"""

from datetime import date, timedelta

import polars as pl

from models.vocabulary import AdjustmentStatus

KEY = ["city", "project"]

#: Columns of the answer beside the key. The largest change of each kind is one within 12 months.
COLUMNS = (
    *("adjustments", "adjustments_12m", "pending_adjustments", "pending_since", "pending_days"),
    *("delayed_on", "delayed_from", "delayed_to", "delayed_days"),
    *("revalued_on", "revalued_from", "revalued_to", "revalued_bp"),
    *("renamed_on", "renamed_from", "renamed_to", "renamed_bp"),
)


def adjustment_facts(adjustments: pl.DataFrame, changes: pl.DataFrame, on: date) -> pl.DataFrame:
    """One row per project with an adjustment: COLUMNS.

    ``delayed_*`` is the single change that moved the planned end most, either way, ``revalued_*`` the one that
    moved total investment most, relative to what it was, ``renamed_*`` the one that moved it most while it
    changed the name as well.
    """
    rejected = pl.col("decided") & (pl.col("status") == AdjustmentStatus.REJECTED)
    counting = adjustments.filter(~rejected)
    recent = pl.col("adjusted_on") > on - timedelta(days=365)
    counted = counting.group_by(KEY).agg(
        adjustments=pl.len().cast(pl.Int64),
        adjustments_12m=recent.sum().cast(pl.Int64),
        pending_adjustments=(~pl.col("decided")).sum().cast(pl.Int64),
        pending_since=pl.col("adjusted_on").filter(~pl.col("decided")).min(),
    )
    waiting = (pl.lit(on) - pl.col("pending_since")).dt.total_days()
    found = counted.with_columns(pending_days=waiting.fill_null(0))
    steps = _steps(counting.filter(recent), changes)
    for name, columns in (
        ("delayed", {"from": "end_old", "to": "end_new", "days": "days"}),
        ("revalued", {"from": "total_old", "to": "total_new", "bp": "total_bp"}),
        ("renamed", {"from": "name_old", "to": "name_new", "bp": "renamed_bp"}),
    ):
        size = list(columns.values())[-1]
        told = {f"{name}_{what}": pl.col(column) for what, column in columns.items()}
        largest = steps.filter(pl.col(size).is_not_null()).sort(pl.col(size).abs(), descending=True)
        largest = largest.unique(KEY, keep="first", maintain_order=True)
        found = found.join(
            largest.select(*KEY, pl.col("adjusted_on").alias(f"{name}_on"), **told), on=KEY, how="left"
        )
    return found.select(*KEY, *COLUMNS)


def _steps(adjustments: pl.DataFrame, changes: pl.DataFrame) -> pl.DataFrame:
    """One row per adjustment: what it did to the name, the planned end and total investment."""
    key = [*KEY, "number"]
    frame = adjustments.select(*key, "adjusted_on")
    for field, short, read in (
        *(
            ("name", "name", lambda side: side),
            ("planned_end", "end", lambda side: side.str.to_date(strict=False)),
        ),
        ("total_investment", "total", lambda side: side.cast(pl.Int64, strict=False)),
    ):
        told = changes.filter(pl.col("field") == field)
        values = {f"{short}_{side}": read(pl.col(side)) for side in ("old", "new")}
        frame = frame.join(told.select(*key, **values), on=key, how="left")
    moved = (pl.col("total_new") - pl.col("total_old")).abs() * 10_000 / pl.col("total_old")
    return frame.with_columns(
        days=(pl.col("end_new") - pl.col("end_old")).dt.total_days(),
        total_bp=pl.when(pl.col("total_old") > 0).then(moved),
    ).with_columns(renamed_bp=pl.when(pl.col("name_new").is_not_null()).then("total_bp"))
