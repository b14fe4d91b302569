"""Plans against what was reported: a differing figure becomes an adjustment, never an overwritten plan.

Pending adjustments change nothing. An approved one makes the next plan version, a full snapshot; its curve is
copied while the dates stay. Nothing here writes; ``collectors/adjust.py`` is where a pending one is decided.
"""

from dataclasses import dataclass, replace
from datetime import datetime

import polars as pl

from collectors.stored import Stored, schema
from models.plans import PLAN_FIELDS, Adjustment, AdjustmentChange, Plan, PlanPoint
from models.vocabulary import AdjustmentStatus

KEY = ["city", "project"]
_ROW = ["row_no", *KEY]
_CHANGE = {"row_no": pl.Int64, "city": pl.String, "project": pl.String, "on": pl.Date, "field": pl.String}
DIFFERENCES = _CHANGE | {"old": pl.String, "new": pl.String}


def differences(
    rows: pl.DataFrame, plans: pl.DataFrame, fields: tuple[str, ...] = PLAN_FIELDS
) -> pl.DataFrame:
    """Reported plan figures that differ from the plan: one row a figure, as stored text.

    ``rows``: row_no, city, project, on and any of the plan's fields; a blank one is not compared.
    ``plans``: one row a project.
    """
    present = [name for name in fields if name in rows.columns]
    if not present or rows.is_empty():
        return pl.DataFrame(schema=DIFFERENCES)
    joined = rows.select("row_no", *KEY, "on", *present).join(
        plans.select(*KEY, *present), on=KEY, suffix="_old"
    )
    parts = [_differing(joined, name) for name in present]
    return pl.concat(parts).sort("row_no", maintain_order=True)


def _differing(joined: pl.DataFrame, name: str) -> pl.DataFrame:
    differs = pl.col(name).is_not_null() & pl.col(name).ne_missing(pl.col(f"{name}_old"))
    return joined.filter(differs).select(
        "row_no",
        *KEY,
        "on",
        field=pl.lit(name),
        old=pl.col(f"{name}_old").cast(pl.String),
        new=pl.col(name).cast(pl.String),
    )


@dataclass(frozen=True)
class Ledger:
    """New rows of the ledger: adjustments, their changes, plan versions, curve points, and approved pendings.

    ``made``: the changes that are new, one row a figure with ``status``, for the receipt.
    """

    adjustments: pl.DataFrame
    changes: pl.DataFrame
    made: pl.DataFrame
    plans: pl.DataFrame
    points: pl.DataFrame
    approved: pl.DataFrame  # pending adjustments that are approved by this file


_MADE = {**DIFFERENCES, "status": pl.String}
_LEDGER = {n: t for n, t in schema(Adjustment).items() if n not in ("submission", "recorded_at")}
_PLANS = {n: t for n, t in schema(Plan).items() if n not in ("submission", "recorded_at")}
_POINTS = {n: t for n, t in schema(PlanPoint).items() if n not in ("submission", "recorded_at")}

EMPTY = Ledger(
    pl.DataFrame(schema=_LEDGER),
    pl.DataFrame(schema=schema(AdjustmentChange)),
    pl.DataFrame(schema=_MADE),
    pl.DataFrame(schema=_PLANS),
    pl.DataFrame(schema=_POINTS),
    pl.DataFrame(schema=_LEDGER),
)


def pending(found: pl.DataFrame, stored: Stored, *, reasons: pl.DataFrame | None = None) -> Ledger:
    """Differences → pending adjustments, one for each project and row; what is pending already is left.

    ``reasons``: row_no, city, project, ground, ground_note, document_no, where the file gives them.
    """
    if found.is_empty():
        return EMPTY
    waiting = stored.adjustments(AdjustmentStatus.PENDING).select(*KEY, "field", "new")
    fresh = found.join(waiting, on=[*KEY, "field", "new"], how="anti", nulls_equal=True)
    fresh = fresh.sort("on", "row_no").unique([*KEY, "field", "new"], keep="last", maintain_order=True)
    if fresh.is_empty():
        return EMPTY
    status = pl.lit(str(AdjustmentStatus.PENDING)).alias("status")
    heads = fresh.unique(_ROW, maintain_order=True).sort("row_no").select(*_ROW, adjusted_on="on")
    heads = numbered(heads, stored).with_columns(status)
    if reasons is not None:
        heads = heads.join(reasons, on=_ROW, how="left", maintain_order="left")
    return replace(
        EMPTY,
        adjustments=filled(heads, _LEDGER),
        changes=fresh.join(heads.select(*_ROW, "number"), on=_ROW).select(schema(AdjustmentChange).keys()),
        made=fresh.with_columns(status).select(_MADE.keys()),
    )


def numbered(heads: pl.DataFrame, stored: Stored) -> pl.DataFrame:
    """Each project's adjustments counted on from its highest number."""
    highest = stored.adjustment_numbers().rename({"number": "highest"})
    joined = heads.join(highest, on=KEY, how="left", maintain_order="left")
    count = pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over(KEY)
    return joined.with_columns(number=pl.col("highest").fill_null(0) + count).drop("highest")


def filled(frame: pl.DataFrame, wanted: dict) -> pl.DataFrame:
    """The columns of a table, None where the frame has none."""
    return frame.select(
        (pl.col(name) if name in frame.columns else pl.lit(None)).cast(kind).alias(name)
        for name, kind in wanted.items()
    )


def approved(rows: pl.DataFrame, base: pl.DataFrame, stored: Stored, *, by: str, now: datetime) -> Ledger:
    """Approved adjustments → plan versions, each a snapshot of the one before with its changes.

    ``rows``: row_no, city, project, on, ground, ground_note, document_no and plan fields, None where
    unchanged. ``base``: the plan each project's first adjustment starts from, one row a project. Rows that
    change nothing make nothing.
    """
    chain = _chain(rows, base)
    found = _chain_differences(chain)
    if found.is_empty():
        return EMPTY
    chain = chain.join(found.select(_ROW).unique(), on=_ROW, how="semi", maintain_order="left")
    heads, taken = _with_numbers(chain, found, stored)
    heads = _with_versions(heads, stored).with_columns(
        status=pl.lit(str(AdjustmentStatus.APPROVED)),
        decided_at=pl.lit(now),
        decided_by=pl.lit(by),
        adjusted_on=pl.col("on"),
    )
    fresh = heads.filter(~pl.col("taken"))
    decided = heads.select(*_ROW, "version", "decided_at", "decided_by", "status", "adjusted_on")
    return Ledger(
        adjustments=filled(fresh, _LEDGER),
        changes=found.join(fresh.select(*_ROW, "number"), on=_ROW).select(schema(AdjustmentChange).keys()),
        made=found.with_columns(status=pl.lit(str(AdjustmentStatus.APPROVED))).select(_MADE.keys()),
        plans=filled(heads.with_columns(approved_on=pl.col("on"), adjustment=pl.col("number")), _PLANS),
        points=_copied_points(heads, stored),
        approved=filled(taken.join(decided, on=_ROW), _LEDGER),
    )


def _with_versions(heads: pl.DataFrame, stored: Stored) -> pl.DataFrame:
    """Each project's plan versions counted on from its highest one."""
    highest = stored.of(Plan, "version").group_by(KEY).agg(pl.col("version").max().alias("highest"))
    step = pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over(KEY)
    joined = heads.join(highest, on=KEY, how="left", maintain_order="left")
    return joined.with_columns(version=pl.col("highest") + step)


def _chain(rows: pl.DataFrame, base: pl.DataFrame) -> pl.DataFrame:
    """Each row with the plan before it (``_old``) and after it: rows of one project build on each other."""
    columns = [name for name in PLAN_FIELDS if name in rows.columns]
    missing = [
        pl.lit(None).cast(schema(Plan)[name]).alias(name) for name in PLAN_FIELDS if name not in columns
    ]
    given = rows.with_columns(missing).sort("on", "row_no")
    joined = given.join(
        base.select(*KEY, "version", *PLAN_FIELDS), on=KEY, suffix="_base", maintain_order="left"
    )
    joined = joined.rename({"version": "from_version"})
    after = [
        pl.col(name).forward_fill().over(KEY).fill_null(pl.col(f"{name}_base")).alias(name)
        for name in PLAN_FIELDS
    ]
    chained = joined.with_columns(after)
    before = [
        pl.col(name).shift(1).over(KEY).fill_null(pl.col(f"{name}_base")).alias(f"{name}_old")
        for name in PLAN_FIELDS
    ]
    return chained.with_columns(before)


def _chain_differences(chain: pl.DataFrame) -> pl.DataFrame:
    return pl.concat([_differing(chain, name) for name in PLAN_FIELDS]).sort("row_no", maintain_order=True)


def _with_numbers(
    chain: pl.DataFrame, found: pl.DataFrame, stored: Stored
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Number the adjustments; one that equals a pending one takes its number instead of a new one."""
    sign = pl.concat_str("field", pl.lit("="), "new").sort().str.join("\n").alias("sign")
    signs = found.group_by("row_no", *KEY).agg(sign)
    waiting = stored.adjustments(AdjustmentStatus.PENDING)
    equal = waiting.group_by(*KEY, "number").agg(sign).sort("number").unique([*KEY, "sign"], keep="first")
    heads = chain.join(signs, on=_ROW, how="left", maintain_order="left")
    heads = heads.join(
        equal.rename({"number": "waiting"}), on=[*KEY, "sign"], how="left", maintain_order="left"
    )
    fresh = numbered(heads.filter(pl.col("waiting").is_null()), stored)
    old = heads.filter(pl.col("waiting").is_not_null()).with_columns(number=pl.col("waiting"))
    both = pl.concat(
        [fresh.with_columns(taken=pl.lit(False)), old.with_columns(taken=pl.lit(True))], how="diagonal"
    )
    taken = old.select("row_no", *KEY, "number", "ground", "ground_note", "document_no")
    return both.sort("on", "row_no"), taken


def _copied_points(heads: pl.DataFrame, stored: Stored) -> pl.DataFrame:
    """The curve goes with every version as long as no step of the chain moved the dates."""
    points = stored.points()
    if points.is_empty():
        return EMPTY.points
    same = pl.all_horizontal(
        pl.col(n).eq_missing(pl.col(f"{n}_base")) for n in ("planned_start", "planned_end")
    )
    kept = heads.filter(same.cum_min().over(KEY)).select(*KEY, "row_no", "version", "from_version")
    copied = kept.join(points.rename({"version": "from_version"}), on=[*KEY, "from_version"])
    return filled(copied, _POINTS)
