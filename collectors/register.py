"""The register of projects: a new one gets its plan's version 1, a known one at most a new description."""

from datetime import date

import polars as pl
from sqlmodel import SQLModel

from collectors import magnitude
from collectors.compare import (
    KEY,
    STATUS,
    Outcome,
    also_changed,
    cell_changes,
    differs,
    merged,
    of_ledger,
    plan_changes,
    plan_ledger,
    shaped,
)
from collectors.problems import Finding
from collectors.stored import Stored, newest
from collectors.terms import Terms
from models.plans import Plan
from models.projects import Partner, Project, ProjectDetail

_DETAILS = (
    "unit_name",
    "unit_code",
    "industry",
    "support_method",
    "spending_category",
    "chain",
    "chain_owner",
    "park",
    "landmark",
    "partners",
)


def projects(frame: pl.DataFrame, stored: Stored, terms: Terms) -> Outcome:
    """Project rows (row_no, city, project, kind, known, description, plan) against the register."""
    if frame.is_empty():
        return Outcome(pl.DataFrame(schema=STATUS))
    if "landmark" in frame.columns:
        frame = frame.with_columns(pl.col("landmark").fill_null(False))
    fresh, known = frame.filter(~pl.col("known")), frame.filter(pl.col("known"))
    new = Outcome(
        fresh.select("row_no", status=pl.lit("new")),
        _registered(fresh, terms),
        findings=magnitude.projects(fresh, terms.programme),
    )
    return merged(new, _revised(known, stored, terms)) if known.height else new


def _revised(known: pl.DataFrame, stored: Stored, terms: Terms) -> Outcome:
    """Registered projects: a description that differs is a new revision, a plan figure an adjustment."""
    names = [n for n in _DETAILS if n in known.columns]
    kept = {n: pl.col(f"{n}_old") for n in _DETAILS if n not in names}
    joined = known.join(stored.details(), on=KEY, how="left", suffix="_old", maintain_order="left")
    joined = joined.rename({n: f"{n}_old" for n in kept})
    plans, day = stored.plans(), terms.in_force_on or terms.now.date()
    joined = joined.join(
        _described_since(stored.plan_rows(), day, terms), on=KEY, how="left", maintain_order="left"
    )
    redescribed = differs(names) & pl.col("described_on").is_null()
    changed = joined.filter(redescribed)
    book = plan_ledger(known.with_columns(on=pl.lit(day)), plans, stored, terms)
    status = pl.when(redescribed).then(pl.lit("changed")).otherwise(pl.lit("same"))
    return Outcome(
        also_changed(joined.select("row_no", status=status), book.made["row_no"]),
        (*_details(changed.with_columns(**kept)), *of_ledger(book)),
        ((ProjectDetail, changed.select(KEY)),),
        pl.concat([cell_changes(changed, names), plan_changes(book.made)]),
        book.made,
        book.approved,
        findings=(*magnitude.totals(known, newest(plans)), *_kept_as_they_are(joined)),
    )


def _described_since(rows: pl.DataFrame, day: date, terms: Terms) -> pl.DataFrame:
    """Projects that a file of a later day has described: that description stands, whichever came first."""
    published = rows.filter(pl.col("approved_on") > day) if terms.in_force_on else rows.head(0)
    return published.group_by(KEY).agg(described_on=pl.col("approved_on").max())


def _kept_as_they_are(joined: pl.DataFrame) -> list[Finding]:
    later = joined.filter(pl.col("described_on").is_not_null()).select("row_no")
    return [Finding("N-B111", None, later)] if later.height else []


_Inserts = tuple[tuple[type[SQLModel], pl.DataFrame], ...]


def _registered(fresh: pl.DataFrame, terms: Terms) -> _Inserts:
    """The rows that register projects: identity, first description, plan version 1."""
    if fresh.is_empty():
        return ()
    identity = fresh.with_columns(code=pl.col("project"), programme=pl.lit(terms.programme))
    plan = fresh.with_columns(version=pl.lit(1))
    if terms.in_force_on is not None:
        plan = plan.with_columns(approved_on=pl.lit(terms.in_force_on))
    return ((Project, shaped(identity, Project)), *_details(fresh), (Plan, shaped(plan, Plan)))


def _details(rows: pl.DataFrame) -> _Inserts:
    """Descriptions, and the partner cities they name, one row a partner."""
    if rows.is_empty():
        return ()
    detail = shaped(rows, ProjectDetail).with_columns(pl.col("landmark").fill_null(False))
    if detail["partners"].null_count() == detail.height:
        return ((ProjectDetail, detail),)
    each = detail.select(*KEY, pl.col("partners").str.split(";")).drop_nulls("partners").explode("partners")
    each = each.with_columns(pl.col("partners").str.split_exact(":", 1)).unnest("partners")
    share = pl.col("field_1").cast(pl.Decimal(9, 2)).to_physical().cast(pl.Int64)
    return ((ProjectDetail, detail), (Partner, each.select(*KEY, partner="field_0", share_bp=share)))
