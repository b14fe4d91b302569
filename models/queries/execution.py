"""How money moved over time: what each as-of day added to the amounts, and what plans had planned to spend.

Sums of changes, not of levels: added up to a day they give every project's newest figure of that day, so one
pass over the reports answers for all month ends. Refuses to mix programmes with different currencies: callers
narrow to one. To add an amount that moves, add it to ``AMOUNTS``.
"""

from collections.abc import Mapping
from datetime import date, datetime

import polars as pl
import sqlalchemy as sa

from models.access import Scope, within
from models.db import Database, fetch_all
from models.places import Place
from models.plans import Plan, PlanPoint
from models.projects import Project, ProjectDetail
from models.reports import Report
from models.versions import time_rank
from models.vocabulary import MoneyStage

#: What is followed over time, in fen.
AMOUNTS = ("issued", "spent")


def movements(
    db: Database, scope: Scope, on: date, known_at: datetime, narrow: Mapping[str, str | None]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What was reported and what was planned, as changes, up to a day and as known at an instant.

    ``narrow``: programme, kind, province, city, industry; None means all. First frame: ``as_of``,
    ``planned_start`` and ``planned_end`` (null where the project has a spending curve), the change of each of
    ``AMOUNTS``, and ``paced``: the change of money spent of projects that had told it before, so that a project's
    first figure is nobody's pace, and ``followed``: of how many reports. Second frame: ``month`` (first day) and ``planned``, the change of the curves.
    A curve is the newest begun plan version's that has one; its last value holds until the next point.
    """
    curved = _curved(on, known_at)
    projects = _projects(scope, on, known_at, narrow, curved)
    found = fetch_all(
        db, {"reported": _reported(on, known_at, projects), "planned": _planned(known_at, projects)}
    )
    return found["reported"], found["planned"]


def _curved(on: date, known_at: datetime) -> sa.Subquery:
    """City, project and version of the spending curve that holds."""
    plan, point = Plan.__table__, PlanPoint.__table__
    has = (
        sa.select(point.c.city, point.c.project, point.c.version)
        .where(point.c.recorded_at <= known_at, point.c.planned_spending.is_not(None))
        .distinct()
        .subquery()
    )
    ranked = _newest_plan(plan, on, known_at).join(
        has,
        (has.c.city == plan.c.city) & (has.c.project == plan.c.project) & (has.c.version == plan.c.version),
    )
    found = ranked.subquery()
    return sa.select(found.c.city, found.c.project, found.c.version).where(found.c.rank == 1).subquery()


def _newest_plan(plan: sa.Table, on: date, known_at: datetime) -> sa.Select:
    """Plan rows that had begun, ranked from the newest (1)."""
    rank = sa.func.row_number().over(
        partition_by=[plan.c.city, plan.c.project], order_by=[time_rank(plan).desc(), plan.c.version.desc()]
    )
    columns = (plan.c.city, plan.c.project, plan.c.version, plan.c.planned_start, plan.c.planned_end)
    begun = sa.or_(plan.c.approved_on.is_(None), plan.c.approved_on <= on, plan.c.version == 1)
    return sa.select(*columns, rank.label("rank")).where(plan.c.recorded_at <= known_at, begun)


def _projects(
    scope: Scope, on: date, known_at: datetime, narrow: Mapping[str, str | None], curved: sa.Subquery
) -> sa.Subquery:
    """The projects asked for, with the version of their curve, else the planned days."""
    p, d = Project.__table__, ProjectDetail.__table__
    dates = _newest_plan(Plan.__table__, on, known_at).subquery()
    same_detail = (d.c.city == p.c.city) & (d.c.project == p.c.code)
    same_plan = (dates.c.city == p.c.city) & (dates.c.project == p.c.code) & (dates.c.rank == 1)
    same_curve = (curved.c.city == p.c.city) & (curved.c.project == p.c.code)
    bare = curved.c.version.is_(None)
    statement = (
        sa.select(
            p.c.city,
            p.c.code.label("project"),
            curved.c.version,
            sa.case((bare, dates.c.planned_start)).label("planned_start"),
            sa.case((bare, dates.c.planned_end)).label("planned_end"),
        )
        .select_from(p.join(d, same_detail).join(dates, same_plan).outerjoin(curved, same_curve))
        .where(_current(d, known_at))
    )
    for name in ("programme", "kind", "city"):
        if narrow.get(name) is not None:
            statement = statement.where(p.c[name] == narrow[name])
    if narrow.get("province") is not None:
        inside = sa.select(Place.code).where(Place.province == narrow["province"])
        statement = statement.where(p.c.city.in_(inside))
    if narrow.get("industry") is not None:
        statement = statement.where(d.c.industry.startswith(narrow["industry"]))
    return within(statement, scope, p.c.city).subquery()


def _reported(on: date, known_at: datetime, projects: sa.Subquery) -> sa.Select:
    r = Report.__table__
    told = (*MoneyStage, "physical_bp", "invested", "annual_plan", "stage")
    says_something = sa.or_(*(r.c[name].is_not(None) for name in told))
    window = {"partition_by": [r.c.city, r.c.project], "order_by": r.c.as_of}
    before = {name: sa.func.lag(r.c[name]).over(**window) for name in AMOUNTS}
    none = sa.literal(0, sa.BigInteger)
    changes = (
        sa.select(
            *(r.c.city, r.c.project, r.c.as_of),
            *((sa.func.coalesce(r.c[n], none) - sa.func.coalesce(before[n], none)).label(n) for n in AMOUNTS),
            # null where either of the two is missing
            (r.c.spent - before["spent"]).label("paced"),
        )
        # by city and not by project: read in the order of the index, joined afterwards
        .where(r.c.city.in_(sa.select(projects.c.city)))
        .where(r.c.as_of <= on, _current(r, known_at), says_something)
        .subquery()
    )
    mine = (changes.c.city == projects.c.city) & (changes.c.project == projects.c.project)
    keys = (changes.c.as_of, projects.c.planned_start, projects.c.planned_end)
    sums = (_sum(changes.c[name]) for name in (*AMOUNTS, "paced"))
    followed = sa.cast(sa.func.count(changes.c.paced), sa.BigInteger()).label("followed")
    return sa.select(*keys, *sums, followed).join(projects, mine).group_by(*keys)


def _planned(known_at: datetime, projects: sa.Subquery) -> sa.Select:
    point = PlanPoint.__table__
    same = (projects.c.city == point.c.city) & (projects.c.project == point.c.project)
    before = sa.func.lag(point.c.planned_spending).over(
        partition_by=[point.c.city, point.c.project], order_by=point.c.month
    )
    change = point.c.planned_spending - sa.func.coalesce(before, sa.literal(0, sa.BigInteger))
    changes = (
        sa.select(point.c.month, change.label("planned"))
        .join(projects, same & (projects.c.version == point.c.version))
        .where(point.c.recorded_at <= known_at, point.c.planned_spending.is_not(None))
        .subquery()
    )
    return sa.select(changes.c.month, _sum(changes.c.planned)).group_by(changes.c.month)


def _current(table: sa.Table, known_at: datetime) -> sa.ColumnElement[bool]:
    still = sa.or_(table.c.superseded_at.is_(None), table.c.superseded_at > known_at)
    return sa.and_(table.c.recorded_at <= known_at, still)


def _sum(column: sa.ColumnElement) -> sa.ColumnElement[int]:
    whole = sa.func.coalesce(sa.func.sum(column), sa.literal(0, sa.BigInteger))
    return sa.cast(whole, sa.BigInteger()).label(column.name)
