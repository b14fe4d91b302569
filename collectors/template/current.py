"""What is stored now for a scope's projects and cities, form by form: what a template is filled in with."""

from typing import Any

import polars as pl
import sqlalchemy as sa
from sqlmodel import Session

from collectors.forms import Form
from collectors.written import SAID
from models.access import Scope, within
from models.plans import Plan, PlanPoint
from models.projects import Project, ProjectDetail
from models.records import Record
from models.reports import Report
from models.versions import time_rank

#: Columns that say where a row comes from; a template does not show them.
_ORIGIN = (
    *("submission", "row_no", "recorded_at", "superseded_at", "superseded_by", "origin", *SAID),
    *("reason", "record_key"),
)


def current_rows(session: Session, scope: Scope, form: Form) -> pl.DataFrame | None:
    """One row a record, columns named as they are stored; None where the form starts empty.

    A dated record form gives each project's or city's newest day only.
    """
    match form.name:
        case "dispatch":
            frame = _with_last_words(_read(session, _last_reports(scope)))
        case "projects":
            return _read(session, _register(scope))
        case "plan":
            frame = _read(session, _curves(scope))
        case _ if form.table is not None:
            frame = _newest_day(form, _read(session, _records(form.table, scope)))
        case _:
            return None
    return _with_names(session, scope, frame) if "project_name" in form.by_name else frame


def _with_names(session: Session, scope: Scope, frame: pl.DataFrame) -> pl.DataFrame:
    """The projects' names in the plan in force, beside their codes."""
    plan = Plan.__table__
    named = sa.select(plan.c.project.label("code"), plan.c.name.label("project_name")).where(
        _newest_plan(plan)
    )
    names = _read(session, within(named, scope, plan.c.city))
    if frame.is_empty() or names.is_empty():
        return frame
    return frame.join(names.unique("code"), on="code", how="left", maintain_order="left")


def _with_last_words(frame: pl.DataFrame) -> pl.DataFrame:
    """The narrative of last time beside the one that is to be written."""
    return frame.with_columns(last_narrative=pl.col("narrative")) if "narrative" in frame.columns else frame


def _records(table: type[Record], scope: Scope) -> sa.Select:
    t = table.__table__
    wanted = [
        t.c.project.label("code") if c.name == "project" else c for c in t.columns if c.name not in _ORIGIN
    ]
    statement = sa.select(*wanted).where(t.c.superseded_at.is_(None)).order_by(t.c.city, t.c.record_key)
    return within(statement, scope, t.c.city)


def _newest_day(form: Form, frame: pl.DataFrame) -> pl.DataFrame:
    if frame.is_empty() or "as_of" not in frame.columns:
        return frame
    whose = [name for name in ("city", "code") if name in frame.columns]
    return frame.filter(pl.col("as_of") == pl.col("as_of").max().over(whose))


def _read(session: Session, statement: sa.Select) -> pl.DataFrame:
    names = [column.name for column in statement.selected_columns]
    rows = [tuple(row) for row in session.connection().execute(statement)]
    return pl.DataFrame(
        {name: [_plain(row[i]) for row in rows] for i, name in enumerate(names)}, strict=False
    )


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, str) else value


def _last_reports(scope: Scope) -> sa.Select:
    """Every project with its newest current report, if it has one."""
    p, r = Project.__table__, Report.__table__
    newer = r.alias("newer")
    later = sa.exists().where(
        newer.c.city == r.c.city,
        newer.c.project == r.c.project,
        newer.c.superseded_at.is_(None),
        newer.c.as_of > r.c.as_of,
    )
    mine = sa.and_(r.c.city == p.c.city, r.c.project == p.c.code, r.c.superseded_at.is_(None), ~later)
    figures = [c for c in r.columns if c.name not in ("city", "project", *_ORIGIN)]
    statement = sa.select(p.c.code, *figures).select_from(p.outerjoin(r, mine)).order_by(p.c.city, p.c.code)
    return within(statement, scope, p.c.city)


def _newest_plan(plan: sa.Table) -> sa.ColumnElement[bool]:
    newer = plan.alias("newer_plan")
    rank, own = (time_rank(newer), newer.c.version), (time_rank(plan), plan.c.version)
    later = sa.or_(rank[0] > own[0], sa.and_(rank[0] == own[0], rank[1] > own[1]))
    return ~sa.exists().where(newer.c.city == plan.c.city, newer.c.project == plan.c.project, later)


def _register(scope: Scope) -> sa.Select:
    p, d, plan = Project.__table__, ProjectDetail.__table__, Plan.__table__
    described = sa.and_(d.c.city == p.c.city, d.c.project == p.c.code, d.c.superseded_at.is_(None))
    planned = sa.and_(plan.c.city == p.c.city, plan.c.project == p.c.code, _newest_plan(plan))
    details = [c for c in d.columns if c.name not in ("city", "project", *_ORIGIN)]
    figures = [
        plan.c[n]
        for n in (
            "name",
            "planned_start",
            "planned_end",
            "total_investment",
            "reward",
            "approved_on",
            "document_no",
        )
    ]
    statement = sa.select(p.c.code, p.c.city, p.c.kind, *details, *figures)
    statement = statement.select_from(p.join(d, described).join(plan, planned)).order_by(p.c.city, p.c.code)
    return within(statement, scope, p.c.city)


def _curves(scope: Scope) -> sa.Select:
    plan, t = Plan.__table__, PlanPoint.__table__
    mine = sa.and_(plan.c.city == t.c.city, plan.c.project == t.c.project, plan.c.version == t.c.version)
    statement = sa.select(t.c.project.label("code"), t.c.month, t.c.planned_bp, t.c.planned_spending)
    statement = (
        statement.select_from(t.join(plan, mine))
        .where(_newest_plan(plan))
        .order_by(t.c.city, t.c.project, t.c.month)
    )
    return within(statement, scope, t.c.city)
