"""Typed rows against what is stored: new, changed (cell by cell) or same, and what is to be written.

Every function takes good rows only and answers with an ``Outcome``; nothing here writes. A plan figure that
differs never overwrites: see ``collectors/ledger.py``.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import polars as pl
from sqlmodel import SQLModel

from collectors import ledger, magnitude
from collectors.problems import Finding
from collectors.stored import Stored, in_force, newest, schema
from models.plans import Adjustment, AdjustmentChange, Plan, PlanPoint
from models.projects import Partner, Project, ProjectDetail
from models.reports import Report

KEY = ["city", "project"]
CHANGES = {
    "row_no": pl.Int64,
    "city": pl.String,
    "project": pl.String,
    "field": pl.String,
    "old": pl.String,
    "new": pl.String,
}
FIGURES = (
    "physical_bp",
    "invested",
    "annual_plan",
    "issued",
    "transferred",
    "paid",
    "spent",
    "stage",
    "narrative",
    "problem",
    "next_step",
)
_STATUS = {"row_no": pl.Int64, "status": pl.String}
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


@dataclass(frozen=True)
class Terms:
    """The terms of a comparison: whose delivery, when, and what a mapping says about its plan figures."""

    by: str
    now: datetime
    programme: str = "pilot"
    in_force_on: date | None = None  # a day: plan figures that moved are in force from it
    ground_note: str | None = None
    keep_details: bool = False  # an older file: known projects keep their description and plan
    cumulative: tuple[str, ...] = magnitude.CUMULATIVE
    total_moves_percent: int = 0  # a total that moved by at most this much is the same plan


@dataclass(frozen=True)
class Outcome:
    """What a file would do. ``status``: row_no, status. Frames lack submission and recorded_at."""

    status: pl.DataFrame
    inserts: tuple[tuple[type[SQLModel], pl.DataFrame], ...] = ()
    supersede: tuple[tuple[type[SQLModel], pl.DataFrame], ...] = ()
    changes: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=CHANGES))
    made: pl.DataFrame = field(default_factory=lambda: ledger.EMPTY.made)
    approve: pl.DataFrame = field(default_factory=lambda: ledger.EMPTY.approved)
    findings: tuple[Finding, ...] = ()


def _shaped(frame: pl.DataFrame, table: type[SQLModel]) -> pl.DataFrame:
    wanted = {n: t for n, t in schema(table).items() if n not in ("submission", "recorded_at")}
    return frame.select(
        (pl.col(n) if n in frame.columns else pl.lit(None)).cast(t).alias(n) for n, t in wanted.items()
    )


def _of_ledger(book: ledger.Ledger) -> tuple[tuple[type[SQLModel], pl.DataFrame], ...]:
    pairs = (
        (Plan, book.plans),
        (PlanPoint, book.points),
        (Adjustment, book.adjustments),
        (AdjustmentChange, book.changes),
    )
    return tuple(pair for pair in pairs if not pair[1].is_empty())


def _cell_changes(joined: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """Cells of changed rows that differ from the stored ones (``_old``), as stored text."""
    parts = [
        joined.filter(pl.col(n).ne_missing(pl.col(f"{n}_old"))).select(
            "row_no",
            *KEY,
            field=pl.lit(n),
            old=pl.col(f"{n}_old").cast(pl.String),
            new=pl.col(n).cast(pl.String),
        )
        for n in names
    ]
    return pl.concat(parts).sort("row_no", maintain_order=True) if parts else pl.DataFrame(schema=CHANGES)


def _plan_changes(made: pl.DataFrame) -> pl.DataFrame:
    return made.select(CHANGES.keys())


def _differs(names: list[str]) -> pl.Expr:
    return (
        pl.any_horizontal(pl.col(n).ne_missing(pl.col(f"{n}_old")) for n in names) if names else pl.lit(False)
    )


def _also_changed(status: pl.DataFrame, rows: pl.Series) -> pl.DataFrame:
    """Rows that are the same but for a plan figure count as changed."""
    if rows.is_empty():
        return status
    moved = (pl.col("status") == "same") & pl.col("row_no").is_in(rows.implode())
    return status.with_columns(status=pl.when(moved).then(pl.lit("changed")).otherwise("status"))


def _plan_ledger(frame: pl.DataFrame, plans: pl.DataFrame, stored: Stored, terms: Terms) -> ledger.Ledger:
    """Reported plan figures against the plan: pending adjustments, or approved ones where a mapping says so."""
    if terms.keep_details:
        return ledger.EMPTY
    if terms.in_force_on is None:
        return ledger.pending(ledger.differences(frame, newest(plans)), stored)
    base = in_force(plans, terms.in_force_on)
    note = {
        "ground": pl.lit("other"),
        "ground_note": pl.lit(terms.ground_note),
        "document_no": pl.lit(None, pl.String),
    }
    rows = _without_restated(frame, base, terms.total_moves_percent).with_columns(**note)
    return ledger.approved(rows, base, stored, by=terms.by, now=terms.now)


def _without_restated(frame: pl.DataFrame, base: pl.DataFrame, percent: int) -> pl.DataFrame:
    """Totals that moved by at most ``percent`` are left as planned: the source restates them every year."""
    if not percent or "total_investment" not in frame.columns:
        return frame
    planned = base.select(*KEY, planned_total="total_investment")
    joined = frame.join(planned, on=KEY, how="left", maintain_order="left")
    moved = (pl.col("total_investment") - pl.col("planned_total")).abs() * 100 > pl.col(
        "planned_total"
    ) * percent
    kept = pl.when(pl.col("planned_total").is_null() | moved).then("total_investment")
    return joined.with_columns(total_investment=kept).drop("planned_total")


def dispatch(frame: pl.DataFrame, stored: Stored, terms: Terms) -> Outcome:
    """Dispatch rows (row_no, city, project, as_of, figures, an echo of the plan) against current reports."""
    names = [n for n in FIGURES if n in frame.columns]
    if frame.is_empty():
        return Outcome(pl.DataFrame(schema=_STATUS))
    kept = [n for n in FIGURES if n not in names]
    history = stored.reports(frame["as_of"].min(), frame["as_of"].max(), FIGURES)
    key = [*KEY, "as_of"]
    if history.is_empty():
        joined = frame.with_columns(status=pl.lit("new"))
    else:
        joined = frame.join(
            history.with_columns(known=pl.lit(True)), on=key, how="left", suffix="_old", maintain_order="left"
        )
        joined = joined.rename({n: f"{n}_old" for n in kept}).with_columns(
            status=pl.when(pl.col("known").is_null())
            .then(pl.lit("new"))
            .when(_differs(names))
            .then(pl.lit("changed"))
            .otherwise(pl.lit("same"))
        )
    touched = joined.filter(pl.col("status") != "same")
    changed = joined.filter(pl.col("status") == "changed")
    plans = stored.plans()
    echo = frame if terms.in_force_on is None else frame.select("row_no", *KEY, "as_of")
    book = (
        _plan_ledger(echo.with_columns(on=pl.col("as_of")), plans, stored, terms)
        if _has_echo(echo)
        else ledger.EMPTY
    )
    changes = _cell_changes(changed, names) if changed.height else pl.DataFrame(schema=CHANGES)
    carried = {n: pl.col(f"{n}_old") for n in kept if f"{n}_old" in touched.columns}
    return Outcome(
        _also_changed(joined.select("row_no", "status"), book.made["row_no"]),
        ((Report, _shaped(touched.with_columns(**carried), Report)), *_of_ledger(book)),
        ((Report, changed.select(key)),),
        pl.concat([changes, _plan_changes(book.made)]),
        book.made,
        findings=magnitude.dispatch(touched, history, newest(plans), cumulative=terms.cumulative),
    )


def _has_echo(frame: pl.DataFrame) -> bool:
    return any(n in frame.columns for n in ("total_investment", "planned_start", "planned_end"))


def projects(frame: pl.DataFrame, stored: Stored, terms: Terms) -> Outcome:
    """Project rows (row_no, city, project, kind, known, description, plan) against the register."""
    if frame.is_empty():
        return Outcome(pl.DataFrame(schema=_STATUS))
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
    differs = pl.lit(False) if terms.keep_details else _differs(names)
    changed = joined.filter(differs)
    revised = changed.with_columns(**{n: pl.col(f"{n}_old") for n in kept})
    day = terms.in_force_on or terms.now.date()
    plans = stored.plans()
    book = _plan_ledger(known.with_columns(on=pl.lit(day)), plans, stored, terms)
    status.append(
        _also_changed(
            joined.select(
                "row_no", status=pl.when(differs).then(pl.lit("changed")).otherwise(pl.lit("same"))
            ),
            book.made["row_no"],
        )
    )
    return Outcome(
        pl.concat(status),
        (*_with_details(inserts, revised), *_of_ledger(book)),
        ((ProjectDetail, changed.select(KEY)),),
        pl.concat([_cell_changes(changed, names), _plan_changes(book.made)]),
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
        (Project, _shaped(identity, Project)),
        *_details(fresh),
        (Plan, _shaped(plan, Plan)),
    ]


def _details(rows: pl.DataFrame) -> list[tuple[type[SQLModel], pl.DataFrame]]:
    detail = _shaped(rows, ProjectDetail).with_columns(pl.col("landmark").fill_null(False))
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


def plan(frame: pl.DataFrame, stored: Stored, terms: Terms) -> Outcome:
    """Curve rows (row_no, city, project, month, planned_bp, planned_spending) against the newest version."""
    if frame.is_empty():
        return Outcome(pl.DataFrame(schema=_STATUS))
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
        _also_changed(status, made["row_no"]),
        ((PlanPoint, _shaped(fresh, PlanPoint)), *_of_ledger(book)),
        changes=_plan_changes(made),
        made=made.select(ledger.EMPTY.made.columns),
    )


def adjustments(frame: pl.DataFrame, stored: Stored, terms: Terms) -> Outcome:
    """Approved adjustments (row_no, city, project, adjusted_on, ground, document_no, new_…) against the ledger."""
    if frame.is_empty():
        return Outcome(pl.DataFrame(schema=_STATUS))
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
        status, _of_ledger(book), changes=_plan_changes(book.made), made=book.made, approve=book.approved
    )


def _stored_before(rows: pl.DataFrame, stored: Stored) -> pl.Series:
    """Rows whose adjustment is in the ledger already: same day, same document, same new values."""
    from models.vocabulary import AdjustmentStatus

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


def merged(first: Outcome, second: Outcome) -> Outcome:
    """Two outcomes of the same rows (a mapping's project and its report): new before changed before same."""
    rank = pl.col("status").replace_strict({"new": 0, "changed": 1, "same": 2}, return_dtype=pl.Int64)
    both = pl.concat([first.status, second.status]).sort(rank)
    return Outcome(
        both.unique("row_no", keep="first", maintain_order=True),
        first.inserts + second.inserts,
        first.supersede + second.supersede,
        pl.concat([first.changes, second.changes]),
        pl.concat([first.made, second.made]),
        pl.concat([first.approve, second.approve]),
        (*first.findings, *second.findings),
    )


COMPARE: dict[str, Any] = {
    "projects": projects,
    "plan": plan,
    "dispatch": dispatch,
    "adjustments": adjustments,
}
