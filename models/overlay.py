"""What would be known if some rows were stored: the inputs of a judgement with a file's rows laid over them.

Pure, like the half of ``models/facts.py`` that it feeds. Refuses to decide whether the rows may be stored.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime

import polars as pl
from sqlmodel import SQLModel

from models.history import FIGURES
from models.inputs import Inputs
from models.plans import Adjustment, AdjustmentChange, Plan, PlanPoint
from models.projects import Project, ProjectDetail
from models.reports import Report

Rows = Iterable[tuple[type[SQLModel], pl.DataFrame]]

_DAY = ["city", "project", "as_of"]
_FIGURES = ("physical_bp", "invested", "annual_plan", "issued", "transferred", "paid", "spent", "stage")


def overlaid(inputs: Inputs, inserts: Rows, superseded: Rows, *, on: date, now: datetime) -> Inputs:
    """The inputs as they would be on a day with these rows added and these keys' current rows replaced.

    ``inputs`` were read with every report, so that what stands behind a replaced one is known. ``inserts``: frames shaped like their tables, without submission and recorded_at. ``superseded``: keys.
    """
    added = {
        table: _joined(inserts, table)
        for table in (Project, ProjectDetail, Plan, PlanPoint, Report, Adjustment, AdjustmentChange)
    }
    ended = _joined(superseded, Report)
    reports = added[Report]
    if reports is not None:
        reports = reports.filter(pl.col("superseded_at").is_null(), pl.col("as_of") <= on)
    return replace(
        inputs,
        projects=_with_projects(inputs.projects, added[Project], added[ProjectDetail], now),
        plans=_with(inputs.plans, added[Plan]),  # which is in force follows from their days
        points=_with(inputs.points, added[PlanPoint]),
        history=_with(_without(inputs.history, ended), _told(reports, FIGURES)),
        latest=_newest(_without(inputs.latest, ended), _told(reports, _FIGURES)),
        adjustments=_with(inputs.adjustments, _undecided(added[Adjustment])),
        changes=_with(inputs.changes, added[AdjustmentChange]),
    )


def _joined(pairs: Rows, wanted: type[SQLModel]) -> pl.DataFrame | None:
    parts = [rows for table, rows in pairs if table is wanted and rows.height]
    return pl.concat(parts, how="diagonal") if parts else None


def _with(known: pl.DataFrame, added: pl.DataFrame | None) -> pl.DataFrame:
    """Known rows and added ones, in the known rows' columns and types."""
    if added is None or added.is_empty():
        return known
    columns = [
        (pl.col(name) if name in added.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in known.schema.items()
    ]
    return pl.concat([known, added.select(columns)])


def _without(known: pl.DataFrame, ended: pl.DataFrame | None) -> pl.DataFrame:
    return known if ended is None else known.join(ended.select(_DAY), on=_DAY, how="anti")


def _told(reports: pl.DataFrame | None, figures: Sequence[str]) -> pl.DataFrame | None:
    """Reports that say something by these figures."""
    if reports is None:
        return None
    return reports.filter(pl.any_horizontal(pl.col(name).is_not_null() for name in figures))


def _newest(known: pl.DataFrame, added: pl.DataFrame | None) -> pl.DataFrame:
    both = _with(known, added)
    return both.sort("as_of").unique(["city", "project"], keep="last", maintain_order=True)


def _undecided(adjustments: pl.DataFrame | None) -> pl.DataFrame | None:
    if adjustments is None:
        return None
    return adjustments.with_columns(decided=pl.col("decided_at").is_not_null())


def _with_projects(
    known: pl.DataFrame, projects: pl.DataFrame | None, details: pl.DataFrame | None, now: datetime
) -> pl.DataFrame:
    if projects is None or details is None:
        return known
    fresh = projects.select("city", "programme", "kind", project="code").join(details, on=["city", "project"])
    return _with(known, fresh.with_columns(registered_at=pl.lit(now, pl.Datetime("us", "UTC"))))
