"""Typed rows against what is stored: new, changed (cell by cell) or same, and what is to be written.

Every function takes good rows only and answers with an ``Outcome``; nothing here writes. A plan figure that
differs never overwrites: see ``collectors/ledger.py``.
"""

from dataclasses import dataclass, field

import polars as pl
from sqlmodel import SQLModel

from collectors import ledger, magnitude
from collectors.problems import Finding
from collectors.published import published
from collectors.stored import Stored, newest, schema
from collectors.terms import Terms
from collectors.written import WRITTEN, kept_as_history, older, said_again, said_older
from models.plans import Adjustment, AdjustmentChange, Plan, PlanPoint
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
    "month_invested",
    "year_invested",
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
STATUS = {"row_no": pl.Int64, "status": pl.String}
RESTATED = {"row_no": pl.Int64, "city": pl.String, "on": pl.Date}


@dataclass(frozen=True)
class Outcome:
    """What a file would do. ``status``: row_no, status. Frames lack submission and recorded_at.

    ``restated``: rows that correct a stored figure without saying why (row_no, city, on). ``again``: keys of
    figures that were said again, and the day on which.
    """

    status: pl.DataFrame
    inserts: tuple[tuple[type[SQLModel], pl.DataFrame], ...] = ()
    supersede: tuple[tuple[type[SQLModel], pl.DataFrame], ...] = ()
    changes: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=CHANGES))
    made: pl.DataFrame = field(default_factory=lambda: ledger.EMPTY.made)
    approve: pl.DataFrame = field(default_factory=lambda: ledger.EMPTY.approved)
    findings: tuple[Finding, ...] = ()
    restated: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=RESTATED))
    again: tuple[tuple[type[SQLModel], pl.DataFrame], ...] = ()

    @property
    def is_nothing(self) -> bool:
        """Is there nothing to be written?"""
        written = (*self.inserts, *self.again)
        return self.approve.is_empty() and all(frame.is_empty() for _, frame in written)

    @property
    def effect(self) -> "Effect":
        """What would be known after it: for judging a project before and after."""
        return Effect(self.inserts, self.supersede)


@dataclass(frozen=True)
class Effect:
    """Rows that would be added and keys whose current rows would be replaced, by table."""

    inserts: tuple[tuple[type[SQLModel], pl.DataFrame], ...] = ()
    supersede: tuple[tuple[type[SQLModel], pl.DataFrame], ...] = ()


def shaped(frame: pl.DataFrame, table: type[SQLModel]) -> pl.DataFrame:
    wanted = {n: t for n, t in schema(table).items() if n not in ("submission", "recorded_at")}
    return frame.select(
        (pl.col(n) if n in frame.columns else pl.lit(None)).cast(t).alias(n) for n, t in wanted.items()
    )


def of_ledger(book: ledger.Ledger) -> tuple[tuple[type[SQLModel], pl.DataFrame], ...]:
    pairs = (
        (Plan, book.plans),
        (PlanPoint, book.points),
        (Adjustment, book.adjustments),
        (AdjustmentChange, book.changes),
    )
    return tuple(pair for pair in pairs if not pair[1].is_empty())


def cell_changes(joined: pl.DataFrame, names: list[str]) -> pl.DataFrame:
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


def plan_changes(made: pl.DataFrame) -> pl.DataFrame:
    return made.select(CHANGES.keys())


def differs(names: list[str]) -> pl.Expr:
    return (
        pl.any_horizontal(pl.col(n).ne_missing(pl.col(f"{n}_old")) for n in names) if names else pl.lit(False)
    )


def also_changed(status: pl.DataFrame, rows: pl.Series) -> pl.DataFrame:
    """Rows that are the same but for a plan figure count as changed."""
    if rows.is_empty():
        return status
    moved = (pl.col("status") == "same") & pl.col("row_no").is_in(rows.implode())
    return status.with_columns(status=pl.when(moved).then(pl.lit("changed")).otherwise("status"))


def plan_ledger(frame: pl.DataFrame, plans: pl.DataFrame, stored: Stored, terms: Terms) -> ledger.Ledger:
    """Reported plan figures against the plan: pending adjustments, or in force where a mapping says so."""
    if terms.in_force_on is not None:
        return published(frame, stored, terms)
    return ledger.pending(ledger.differences(frame, newest(plans)), stored)


def dispatch(frame: pl.DataFrame, stored: Stored, terms: Terms) -> Outcome:
    """Dispatch rows (row_no, city, project, as_of, figures, an echo of the plan) against current reports."""
    if frame.is_empty():
        return Outcome(pl.DataFrame(schema=STATUS))
    names = [n for n in FIGURES if n in frame.columns]
    history = stored.reports(frame["as_of"].min(), frame["as_of"].max(), (*FIGURES, *WRITTEN))
    joined = _with_status(frame, history, names)
    late = older(joined)
    past, current = (joined.filter(late), joined.filter(~late)) if late.any() else (joined.head(0), joined)
    touched = current if history.is_empty() else current.filter(pl.col("status") != "same")
    changed = touched.head(0) if history.is_empty() else touched.filter(pl.col("status") == "changed")
    plans = stored.plans()
    findings = magnitude.dispatch(touched, history.drop(WRITTEN), newest(plans), cumulative=terms.cumulative)
    echo = current if terms.in_force_on is None else current.select("row_no", *KEY, "as_of")
    book = ledger.EMPTY
    if _has_echo(echo):
        book = plan_ledger(echo.with_columns(on=pl.col("as_of")), plans, stored, terms)
    changes = cell_changes(changed, names) if changed.height else pl.DataFrame(schema=CHANGES)
    status = joined.select("row_no", status=pl.when(late).then(pl.lit("same")).otherwise("status"))
    return Outcome(
        also_changed(status, book.made["row_no"]),
        (*_reports(touched, past, names, terms), *of_ledger(book)),
        ((Report, changed.select(*KEY, "as_of")),),
        pl.concat([changes, plan_changes(book.made)]),
        book.made,
        findings=(*findings, *said_older(past)),
        restated=_restated(changed),
        again=((Report, said_again(joined, [*KEY, "as_of"])),),
    )


def _reports(
    touched: pl.DataFrame, past: pl.DataFrame, names: list[str], terms: Terms
) -> tuple[tuple[type[SQLModel], pl.DataFrame], ...]:
    """The rows to be written; a column that the file lacks keeps its figure."""
    carried = {n: pl.col(f"{n}_old") for n in FIGURES if n not in names and f"{n}_old" in touched.columns}
    if terms.reason is not None or "reason" in touched.columns:
        told = pl.col("reason") if "reason" in touched.columns else pl.lit(None, pl.String)
        said = pl.coalesce(told, pl.lit(terms.reason, pl.String))
        carried["reason"] = pl.when(pl.col("status") == "changed").then(said)
    current = (Report, shaped(touched.with_columns(**carried), Report))
    if past.is_empty():
        return (current,)
    return (current, (Report, shaped(kept_as_history(past.with_columns(**carried), terms.now), Report)))


def _restated(changed: pl.DataFrame) -> pl.DataFrame:
    unexplained = changed
    if "reason" in changed.columns:
        unexplained = changed.filter(pl.col("reason").is_null())
    return unexplained.select("row_no", "city", on=pl.col("as_of"))


def _with_status(frame: pl.DataFrame, history: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """Rows with what is stored for the same day (``_old``) and their status: new, changed or same."""
    if history.is_empty():
        return frame.with_columns(status=pl.lit("new"))
    key = [*KEY, "as_of"]
    known = history.rename({n: f"{n}_old" for n in history.columns if n not in key})
    known = known.with_columns(reported=pl.lit(True))
    joined = frame.join(known, on=key, how="left", maintain_order="left")
    changed = pl.when(differs(names)).then(pl.lit("changed")).otherwise(pl.lit("same"))
    return joined.with_columns(
        status=pl.when(pl.col("reported").is_null()).then(pl.lit("new")).otherwise(changed)
    )


def _has_echo(frame: pl.DataFrame) -> bool:
    return any(n in frame.columns for n in ("total_investment", "planned_start", "planned_end"))


def merged(first: Outcome, second: Outcome) -> Outcome:
    """Two outcomes side by side. A row of both is new if the first says so: it registers its project.

    A row of a known project that brings anything new is changed.
    """
    both = first.status.join(second.status, on="row_no", how="full", coalesce=True, suffix="_then")
    told = pl.coalesce("status", "status_then")
    moved = (told == "same") & (pl.col("status_then") != "same").fill_null(False)
    status = both.select("row_no", status=pl.when(moved).then(pl.lit("changed")).otherwise(told))
    return Outcome(
        status.sort("row_no"),
        first.inserts + second.inserts,
        first.supersede + second.supersede,
        pl.concat([first.changes, second.changes]),
        pl.concat([first.made, second.made]),
        pl.concat([first.approve, second.approve]),
        (*first.findings, *second.findings),
        pl.concat([first.restated, second.restated]),
        first.again + second.again,
    )
