"""Plan curves and approved adjustments against the plan: stored where new, pending or a next version where not."""

from dataclasses import replace

import polars as pl

from collectors import ledger, magnitude
from collectors.compare import (
    KEY,
    STATUS,
    Outcome,
    also_changed,
    of_ledger,
    plan_changes,
    shaped,
)
from collectors.problems import Finding
from collectors.stored import Stored, newest
from collectors.terms import Terms
from models.plans import PLAN_FIELDS, PlanPoint
from models.vocabulary import AdjustmentStatus


def plan(frame: pl.DataFrame, stored: Stored, terms: Terms) -> Outcome:
    """Curve rows (row_no, city, project, month, planned_bp, planned_spending) against the newest version."""
    if frame.is_empty():
        return Outcome(pl.DataFrame(schema=STATUS))
    if "planned_spending" not in frame.columns:
        frame = frame.with_columns(planned_spending=pl.lit(None, pl.Int64))
    joined = _with_stored_points(frame, stored)
    new = pl.col("stored_point").is_null()
    found = _moved_points(joined.filter(~new), terms)
    # One pending adjustment a project, whatever the number of its rows; the receipt names each row.
    one = found.with_columns(row_no=pl.col("row_no").min().over(KEY)).drop("file_row")
    book = ledger.pending(one, stored)
    each = found.select("file_row", *KEY, "field", "new")
    made = book.made.join(each, on=[*KEY, "field", "new"]).with_columns(row_no="file_row")
    status = joined.select("row_no", status=pl.when(new).then(pl.lit("new")).otherwise(pl.lit("same")))
    return Outcome(
        also_changed(status, made["row_no"]),
        ((PlanPoint, shaped(joined.filter(new), PlanPoint)), *of_ledger(book)),
        changes=plan_changes(made),
        made=made.select(ledger.EMPTY.made.columns),
        findings=magnitude.beside_plan(frame, newest(stored.plans()), ("planned_spending",)),
    )


def _with_stored_points(frame: pl.DataFrame, stored: Stored) -> pl.DataFrame:
    """Each row with its project's newest plan version and the point stored there for its month (``_old``)."""
    versions = newest(stored.plans()).select(*KEY, "version")
    points = stored.points().with_columns(stored_point=pl.lit(True))
    joined = frame.join(versions, on=KEY, how="left", maintain_order="left")
    month = [*KEY, "version", "month"]
    return joined.join(points, on=month, how="left", suffix="_old", maintain_order="left")


def _moved_points(known: pl.DataFrame, terms: Terms) -> pl.DataFrame:
    """Figures of stored points that differ, one row a figure; ``file_row`` is the row that says so."""
    curve = pl.lit("curve:") + pl.col("month").dt.strftime("%Y-%m")
    parts = [
        known.filter(pl.col(name).is_not_null() & pl.col(name).ne_missing(pl.col(f"{name}_old"))).select(
            "row_no",
            *KEY,
            on=pl.lit(terms.now.date()),
            field=curve + f":{what}",
            old=pl.col(f"{name}_old").cast(pl.String),
            new=pl.col(name).cast(pl.String),
            file_row="row_no",
        )
        for name, what in (("planned_bp", "pct"), ("planned_spending", "spending"))
    ]
    return pl.concat(parts)


def adjustments(frame: pl.DataFrame, stored: Stored, terms: Terms) -> Outcome:
    """Adjustments (row_no, city, project, adjusted_on, ground, document_no, new_…) against the ledger.

    They are approved where the uploader may decide on them, else they wait as pending ones.
    """
    if frame.is_empty():
        return Outcome(pl.DataFrame(schema=STATUS))
    rows = frame.rename({n: n.removeprefix("new_") for n in frame.columns if n.startswith("new_")})
    rows = rows.rename({"adjusted_on": "on"})
    if "ground_note" not in rows.columns:
        rows = rows.with_columns(ground_note=pl.lit(None, pl.String))
    unlikely = magnitude.beside_plan(frame, newest(stored.plans()), ("new_total_investment", "new_reward"))
    if not terms.decides:
        return replace(_proposed(rows, stored), findings=unlikely)
    again = _stored_before(rows, stored)
    fresh = rows.filter(~pl.col("row_no").is_in(again.implode()))
    book = ledger.approved(fresh, newest(stored.plans()), stored, by=terms.by, now=terms.now)
    made = book.made["row_no"].unique()
    status = frame.select(
        "row_no",
        status=pl.when(pl.col("row_no").is_in(made.implode())).then(pl.lit("new")).otherwise(pl.lit("same")),
    )
    return Outcome(
        status,
        of_ledger(book),
        changes=plan_changes(book.made),
        made=book.made,
        approve=book.approved,
        findings=unlikely,
    )


def impossible(frame: pl.DataFrame, stored: Stored) -> list[Finding]:
    """Adjustments after which a plan would end before it starts."""
    names = ("planned_start", "planned_end")
    plan = newest(stored.plans()).select(*KEY, *names)
    given = frame.with_columns(
        pl.lit(None, pl.Date).alias(f"new_{n}") for n in names if f"new_{n}" not in frame.columns
    )
    after = [pl.coalesce(f"new_{n}", n).alias(n) for n in names]
    both = pl.all_horizontal(pl.col(f"new_{n}").is_not_null() for n in names)  # said by ``validate`` already
    rows = (
        given.filter(~both)
        .join(plan, on=KEY)
        .select("row_no", *after)
        .filter(pl.col(names[1]) < pl.col(names[0]))
    )
    told = rows.select(
        "row_no", found=pl.col(names[1]).cast(pl.String), other=pl.col(names[0]).cast(pl.String)
    )
    return [Finding("E-B110", "new_planned_end", told)] if told.height else []


def _proposed(rows: pl.DataFrame, stored: Stored) -> Outcome:
    """From somebody who may not decide on adjustments: each waits, with its ground and document."""
    reasons = rows.select("row_no", *KEY, "ground", "ground_note", "document_no")
    book = ledger.pending(ledger.differences(rows, newest(stored.plans())), stored, reasons=reasons)
    made = book.made["row_no"].unique().implode()
    fresh = pl.when(pl.col("row_no").is_in(made)).then(pl.lit("new")).otherwise(pl.lit("same"))
    return Outcome(
        rows.select("row_no", status=fresh),
        of_ledger(book),
        changes=plan_changes(book.made),
        made=book.made,
    )


def _stored_before(rows: pl.DataFrame, stored: Stored) -> pl.Series:
    """Rows whose adjustment is in the ledger already: same day, same document, same new values."""
    ledger_rows = stored.adjustments(AdjustmentStatus.APPROVED)
    if ledger_rows.is_empty():
        return pl.Series("row_no", [], pl.Int64)
    names = [n for n in PLAN_FIELDS if n in rows.columns]
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
