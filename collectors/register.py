"""The register of projects: a new one gets its plan's version 1, a known one at most a new description."""

import polars as pl
from sqlmodel import SQLModel

from collectors import magnitude
from collectors.compare import (
    KEY,
    STATUS,
    Outcome,
    Terms,
    also_changed,
    cell_changes,
    differs,
    of_ledger,
    plan_changes,
    plan_ledger,
    shaped,
)
from collectors.stored import Stored, newest
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
    names = [n for n in _DETAILS if n in frame.columns]
    fresh, known = frame.filter(~pl.col("known")), frame.filter(pl.col("known"))
    inserts = [*_registered(fresh, terms)]
    status = [fresh.select("row_no", status=pl.lit("new"))]
    if known.is_empty():
        return Outcome(pl.concat(status), tuple(inserts), findings=magnitude.projects(fresh, terms.programme))
    kept = [n for n in _DETAILS if n not in names]
    joined = known.join(stored.details(), on=KEY, how="left", suffix="_old", maintain_order="left")
    joined = joined.rename({n: f"{n}_old" for n in kept})
    redescribed = pl.lit(False) if terms.keep_details else differs(names)
    changed = joined.filter(redescribed)
    revised = changed.with_columns(**{n: pl.col(f"{n}_old") for n in kept})
    day = terms.in_force_on or terms.now.date()
    plans = stored.plans()
    book = plan_ledger(known.with_columns(on=pl.lit(day)), plans, stored, terms)
    status.append(
        also_changed(
            joined.select(
                "row_no", status=pl.when(redescribed).then(pl.lit("changed")).otherwise(pl.lit("same"))
            ),
            book.made["row_no"],
        )
    )
    return Outcome(
        pl.concat(status),
        (*_with_details(inserts, revised), *of_ledger(book)),
        ((ProjectDetail, changed.select(KEY)),),
        pl.concat([cell_changes(changed, names), plan_changes(book.made)]),
        book.made,
        book.approved,
        findings=(*magnitude.projects(fresh, terms.programme), *magnitude.totals(known, newest(plans))),
    )


def _registered(fresh: pl.DataFrame, terms: Terms) -> list[tuple[type[SQLModel], pl.DataFrame]]:
    """The rows that register projects: identity, first description, plan version 1."""
    if fresh.is_empty():
        return []
    identity = fresh.with_columns(code=pl.col("project"), programme=pl.lit(terms.programme))
    plan = fresh.with_columns(version=pl.lit(1))
    return [
        (Project, shaped(identity, Project)),
        *_details(fresh),
        (Plan, shaped(plan, Plan)),
    ]


def _details(rows: pl.DataFrame) -> list[tuple[type[SQLModel], pl.DataFrame]]:
    detail = shaped(rows, ProjectDetail).with_columns(pl.col("landmark").fill_null(False))
    if detail["partners"].null_count() == detail.height:
        return [(ProjectDetail, detail)]
    shares = detail.filter(pl.col("partners").is_not_null()).select(*KEY, pl.col("partners").str.split(";"))
    shares = (
        shares.explode("partners").with_columns(pl.col("partners").str.split_exact(":", 1)).unnest("partners")
    )
    whole = pl.col("field_1").cast(pl.Decimal(9, 2)).to_physical().cast(pl.Int64)
    return [(ProjectDetail, detail), (Partner, shares.select(*KEY, partner="field_0", share_bp=whole))]


def _with_details(
    inserts: list[tuple[type[SQLModel], pl.DataFrame]], revised: pl.DataFrame
) -> list[tuple[type[SQLModel], pl.DataFrame]]:
    return inserts + (_details(revised) if revised.height else [])
