"""Plan curves and approved adjustments against the plan: stored where new, pending or a next version where not."""

import polars as pl

from collectors import ledger
from collectors.compare import (
    KEY,
    STATUS,
    Outcome,
    Terms,
    also_changed,
    of_ledger,
    plan_changes,
    shaped,
)
from collectors.stored import Stored, newest
from models.plans import PlanPoint
from models.vocabulary import AdjustmentStatus


def plan(frame: pl.DataFrame, stored: Stored, terms: Terms) -> Outcome:
    """Curve rows (row_no, city, project, month, planned_bp, planned_spending) against the newest version."""
    if frame.is_empty():
        return Outcome(pl.DataFrame(schema=STATUS))
    if "planned_spending" not in frame.columns:
        frame = frame.with_columns(planned_spending=pl.lit(None, pl.Int64))
    versions = newest(stored.plans()).select(*KEY, "version")
    points = stored.points().with_columns(stored_point=pl.lit(True))
    joined = frame.join(versions, on=KEY, how="left", maintain_order="left")
    joined = joined.join(
        points, on=[*KEY, "version", "month"], how="left", suffix="_old", maintain_order="left"
    )
    fresh, known = joined.filter(pl.col("stored_point").is_null()), joined.filter(pl.col("stored_point"))
    curve = pl.lit("curve:") + pl.col("month").dt.strftime("%Y-%m")
    parts = [
        known.filter(pl.col(name).is_not_null() & pl.col(name).ne_missing(pl.col(f"{name}_old"))).select(
            "row_no",
            *KEY,
            on=pl.lit(terms.now.date()),
            field=curve + f":{what}",
            old=pl.col(f"{name}_old").cast(pl.String),
            new=pl.col(name).cast(pl.String),
        )
        for name, what in (("planned_bp", "pct"), ("planned_spending", "spending"))
    ]
    found = pl.concat(parts).with_columns(file_row=pl.col("row_no"))
    one = found.with_columns(row_no=pl.col("row_no").min().over(KEY)).drop("file_row")
    book = ledger.pending(one, stored)
    made = book.made.join(
        found.select("file_row", *KEY, "field", "new"), on=[*KEY, "field", "new"]
    ).with_columns(row_no="file_row")
    status = joined.select(
        "row_no",
        status=pl.when(pl.col("stored_point").is_null()).then(pl.lit("new")).otherwise(pl.lit("same")),
    )
    return Outcome(
        also_changed(status, made["row_no"]),
        ((PlanPoint, shaped(fresh, PlanPoint)), *of_ledger(book)),
        changes=plan_changes(made),
        made=made.select(ledger.EMPTY.made.columns),
    )


def adjustments(frame: pl.DataFrame, stored: Stored, terms: Terms) -> Outcome:
    """Approved adjustments (row_no, city, project, adjusted_on, ground, document_no, new_…) against the ledger."""
    if frame.is_empty():
        return Outcome(pl.DataFrame(schema=STATUS))
    rows = frame.rename({n: n.removeprefix("new_") for n in frame.columns if n.startswith("new_")})
    rows = rows.rename({"adjusted_on": "on"})
    if "ground_note" not in rows.columns:
        rows = rows.with_columns(ground_note=pl.lit(None, pl.String))
    again = _stored_before(rows, stored)
    fresh = rows.filter(~pl.col("row_no").is_in(again.implode()))
    book = ledger.approved(fresh, newest(stored.plans()), stored, by=terms.by, now=terms.now)
    made = book.made["row_no"].unique()
    status = frame.select(
        "row_no",
        status=pl.when(pl.col("row_no").is_in(made.implode())).then(pl.lit("new")).otherwise(pl.lit("same")),
    )
    return Outcome(
        status, of_ledger(book), changes=plan_changes(book.made), made=book.made, approve=book.approved
    )


def _stored_before(rows: pl.DataFrame, stored: Stored) -> pl.Series:
    """Rows whose adjustment is in the ledger already: same day, same document, same new values."""
    ledger_rows = stored.adjustments(AdjustmentStatus.APPROVED)
    if ledger_rows.is_empty():
        return pl.Series("row_no", [], pl.Int64)
    names = [
        n for n in ("name", "planned_start", "planned_end", "total_investment", "reward") if n in rows.columns
    ]
    given = pl.concat(
        [
            rows.select("row_no", *KEY, "on", "document_no", field=pl.lit(n), new=pl.col(n).cast(pl.String))
            for n in names
        ]
    ).filter(pl.col("new").is_not_null())
    same_document = ledger_rows.rename({"adjusted_on": "on"}).join(
        rows.select("row_no", *KEY, "on", "document_no"), on=[*KEY, "on", "document_no"]
    )
    matched = same_document.join(
        given.select("row_no", "field", "new", hit=pl.lit(True)), on=["row_no", "field", "new"], how="left"
    )
    complete = matched.group_by("row_no", "number").agg(pl.col("hit").fill_null(False).all())
    return complete.filter("hit")["row_no"].unique()
