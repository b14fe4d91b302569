"""Plans as a source publishes them: each file's figures are in force from its as-of day.

Every file leaves a plan row a project, also where it says the same again, so that the same files leave the
same rows in whatever order they come. An adjustment is what differs between two rows that follow each other in
time. A file that comes late may part two of them; the entry that was between them is then withdrawn: rejected
from now on, never deleted. Nothing here writes.
"""

from dataclasses import replace
from datetime import date

import polars as pl

from collectors.ledger import DIFFERENCES, EMPTY, KEY, Ledger, filled, numbered
from collectors.stored import Stored, schema
from collectors.terms import Terms
from models.plans import PLAN_FIELDS, Adjustment, AdjustmentChange, Plan, PlanPoint
from models.versions import in_force, in_time, steps
from models.vocabulary import AdjustmentStatus, Ground
from models.words import mark

WITHDRAWN = mark("Withdrawn: a file of an earlier day came in later, and the change is told from there.")

_ENTRY = [*KEY, "version"]


def published(rows: pl.DataFrame, stored: Stored, terms: Terms) -> Ledger:
    """Published plan figures (row_no, city, project, plan fields) of registered projects → plan rows, ledger."""
    kept, on = stored.plan_rows(), terms.in_force_on
    fresh = _rows_of_day(_unsaid(rows, kept, on), kept, on)
    if fresh.is_empty():
        return EMPTY
    told = kept.join(fresh, on=KEY, how="semi")
    chain = in_time(pl.concat([told, fresh], how="diagonal_relaxed"))
    return replace(
        _entries(_differences(chain, terms.total_moves_percent), fresh, stored, terms),
        plans=filled(fresh, schema(Plan)).drop("submission", "recorded_at"),
        points=_curves(fresh, told, on, stored),
    )


def _unsaid(rows: pl.DataFrame, kept: pl.DataFrame, on: date) -> pl.DataFrame:
    """Rows that do not say what is stored of their day already; plan fields the file lacks are None."""
    fields = {name: schema(Plan)[name] for name in PLAN_FIELDS}
    given = filled(rows, {"row_no": pl.Int64} | dict.fromkeys(KEY, pl.String) | fields)
    day = kept.filter(pl.col("approved_on") == on, pl.col("adjustment").is_null()).sort("version")
    said = day.unique(KEY, keep="last").select(*KEY, *PLAN_FIELDS)
    return given.join(said, on=[*KEY, *PLAN_FIELDS], how="anti", nulls_equal=True, maintain_order="left")


def _rows_of_day(rows: pl.DataFrame, kept: pl.DataFrame, on: date) -> pl.DataFrame:
    """The plan rows to be added: the project's next number, in force from the day."""
    highest = kept.group_by(KEY).agg(highest=pl.col("version").max())
    joined = rows.join(highest, on=KEY, maintain_order="left")
    day, none = pl.lit(on, pl.Date), pl.lit(None, pl.Int64)
    return joined.with_columns(version=pl.col("highest") + 1, approved_on=day, adjustment=none).drop(
        "highest"
    )


def _differences(chain: pl.DataFrame, percent: int) -> pl.DataFrame:
    """What differs between rows that follow each other: city, project, version, on, field, old, new."""
    mine = ~pl.col("first") & pl.col("adjustment").is_null()
    parts = []
    for name in PLAN_FIELDS:
        before = pl.col(name).shift(1).over(KEY)
        moved = mine & pl.col(name).is_not_null() & pl.col(name).ne_missing(before)
        if name == "total_investment" and percent:
            moved &= before.is_null() | ((pl.col(name) - before).abs() * 100 > before * percent)
        told = chain.with_columns(old=before.cast(pl.String), new=pl.col(name).cast(pl.String))
        parts.append(
            told.filter(moved).select(*_ENTRY, pl.lit(name).alias("field"), "old", "new", on="approved_on")
        )
    return pl.concat(parts)


def _signed(changes: pl.DataFrame, *also: str) -> pl.DataFrame:
    """One row an entry, with all it says as one text."""
    one = pl.concat_str("field", pl.lit("="), pl.col("old").fill_null("∅"), pl.lit("→"), "new")
    return changes.group_by(*_ENTRY, *also).agg(sign=one.sort().str.join("\n"))


def _entries(found: pl.DataFrame, fresh: pl.DataFrame, stored: Stored, terms: Terms) -> Ledger:
    """Entries that the ledger lacks, and those that no longer hold."""
    ledger = stored.adjustments(AdjustmentStatus.APPROVED).filter(pl.col("document_no").is_null())
    ledger = ledger.join(fresh, on=KEY, how="semi")
    kept, wanted = _signed(ledger, "number", "adjusted_on"), _signed(found, "on")
    same = [*_ENTRY, "sign"]
    heads = wanted.join(kept, on=same, how="anti").join(fresh.select("row_no", *KEY), on=KEY)
    heads = numbered(heads.sort("on", *_ENTRY), stored).with_columns(
        _decided(terms, AdjustmentStatus.APPROVED)
    )
    heads = heads.with_columns(adjusted_on="on", ground_note=pl.lit(terms.ground_note, pl.String))
    gone = kept.join(wanted, on=same, how="anti").with_columns(_decided(terms, AdjustmentStatus.REJECTED))
    gone = gone.with_columns(ground_note=pl.lit(WITHDRAWN))
    changes = found.join(heads.select(*_ENTRY, "number", "row_no", "status"), on=_ENTRY)
    made = {**DIFFERENCES, "status": pl.String}
    return replace(
        EMPTY,
        adjustments=filled(heads, schema(Adjustment)).drop("submission", "recorded_at"),
        changes=filled(changes, schema(AdjustmentChange)),
        made=filled(changes, made).sort("row_no", "on", maintain_order=True),
        approved=filled(gone, schema(Adjustment)).drop("submission", "recorded_at"),
    )


def _decided(terms: Terms, status: AdjustmentStatus) -> list[pl.Expr]:
    return [
        pl.lit(str(status)).alias("status"),
        pl.lit(str(Ground.OTHER)).alias("ground"),
        pl.lit(terms.now).alias("decided_at"),
        pl.lit(terms.by).alias("decided_by"),
    ]


def _curves(fresh: pl.DataFrame, told: pl.DataFrame, on: date, stored: Stored) -> pl.DataFrame:
    """The curve goes along from the plan before, while the dates stay."""
    points = stored.points()
    if points.is_empty():
        return EMPTY.points
    base = in_force(steps(told), on).filter(pl.col("approved_on").is_null() | (pl.col("approved_on") <= on))
    dates = ["planned_start", "planned_end"]
    kept = fresh.join(base.select(*KEY, *dates, before="version"), on=[*KEY, *dates])
    copied = kept.join(points, left_on=[*KEY, "before"], right_on=[*KEY, "version"])
    return filled(copied, schema(PlanPoint)).drop("submission", "recorded_at")
