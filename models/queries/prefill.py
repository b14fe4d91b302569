"""What is stored now, in the shape of a report form: the rows of a pre-filled template.

Columns bear the form's own names and stored units (fen, basis points); only what is current.
"""

from typing import Any

import polars as pl
import sqlalchemy as sa

from models.access import Scope, within
from models.db import Database, fetch
from models.plans import Plan, PlanPoint
from models.projects import Project, ProjectDetail
from models.reports import Report


def projects(db: Database, scope: Scope, city: str) -> pl.DataFrame:
    """The form ``projects``: one row per project with its newest description and plan."""
    d, p = ProjectDetail.__table__, Project.__table__
    plan = _newest_plan(scope, city).subquery()
    statement = (
        sa.select(
            *(p.c.code, plan.c.name, p.c.city, p.c.kind, d.c.unit_name, d.c.unit_code, d.c.industry),
            *(plan.c.total_investment, plan.c.reward, d.c.support_method, d.c.spending_category),
            *(d.c.chain, d.c.chain_owner, d.c.park, plan.c.planned_start, plan.c.planned_end),
            *(d.c.landmark, d.c.partners, plan.c.approved_on, plan.c.document_no),
        )
        .join(d, (d.c.city == p.c.city) & (d.c.project == p.c.code))
        .join(plan, (plan.c.city == p.c.city) & (plan.c.project == p.c.code))
        .where(d.c.superseded_at.is_(None), p.c.city == city)
        .order_by(p.c.code)
    )
    return fetch(db, within(statement, scope, p.c.city))


def dispatch(db: Database, scope: Scope, city: str) -> pl.DataFrame:
    """The form ``dispatch``: one row per project with its newest figures; only the code where there are none."""
    r, p = Report.__table__, Project.__table__
    newest = (
        sa.select(r.c.project, sa.func.max(r.c.as_of).label("as_of"))
        .where(r.c.city == city, r.c.superseded_at.is_(None))
        .group_by(r.c.project)
        .subquery()
    )
    statement = (
        sa.select(
            *(p.c.code, r.c.as_of, r.c.physical_bp.label("physical_pct"), r.c.invested, r.c.annual_plan),
            *(r.c.issued, r.c.transferred, r.c.paid, r.c.spent, r.c.stage),
            *(r.c.narrative, r.c.problem, r.c.next_step),
        )
        .join(newest, newest.c.project == p.c.code, isouter=True)
        .join(
            r,
            (r.c.city == p.c.city)
            & (r.c.project == p.c.code)
            & (r.c.as_of == newest.c.as_of)
            & r.c.superseded_at.is_(None),
            isouter=True,
        )
        .where(p.c.city == city)
        .order_by(p.c.code)
    )
    return fetch(db, within(statement, scope, p.c.city))


def plan(db: Database, scope: Scope, city: str) -> pl.DataFrame:
    """The form ``plan``: one row per project and month of the plan in force."""
    q = PlanPoint.__table__
    newest = _newest_plan(scope, city).subquery()
    statement = (
        sa.select(
            *(q.c.project.label("code"), q.c.month, q.c.planned_bp.label("planned_pct")), q.c.planned_spending
        )
        .join(
            newest,
            (newest.c.city == q.c.city)
            & (newest.c.project == q.c.project)
            & (newest.c.version == q.c.version),
        )
        .order_by(q.c.project, q.c.month)
    )
    return fetch(db, within(statement, scope, q.c.city))


def _newest_plan(scope: Scope, city: str) -> Any:
    p = Plan.__table__
    newest = (
        sa.select(p.c.project, sa.func.max(p.c.version).label("version"))
        .where(p.c.city == city)
        .group_by(p.c.project)
        .subquery()
    )
    statement = (
        sa.select(*p.c)
        .join(newest, (newest.c.project == p.c.project) & (newest.c.version == p.c.version))
        .where(p.c.city == city)
    )
    return within(statement, scope, p.c.city)


#: Forms that can be pre-filled.
PREFILL = {"projects": projects, "dispatch": dispatch, "plan": plan}
