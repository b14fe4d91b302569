"""The ledger of adjustments across projects, and what the plans of each city have become.

Whole columns, within a scope, up to a day and as known at an instant: an adjustment decided later waits, and what
its decision wrote into it is left out. Projects with a single plan are added up in the database, so that what is
fetched grows with adjustments and not with projects. One question looks beyond the scope, ``nation``, and gives a
sum of which no other city can be worked out.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime

import polars as pl
import sqlalchemy as sa

from models import ledger
from models.access import Scope, within
from models.db import Database, fetch, fetch_all
from models.peers import comparable
from models.people import Person
from models.places import Place
from models.plans import PLAN_FIELDS, Adjustment, AdjustmentChange, Plan
from models.projects import Project, ProjectDetail
from models.reports import Submission
from models.versions import in_force, steps, time_rank
from models.vocabulary import AdjustmentStatus

#: What a decision writes: not known before it.
_DECIDED = ("ground", "ground_note", "document_no", "version", "decided_at", "decided_by")

#: What of ``narrow`` is a column of the project itself.
_OWN = ("programme", "kind", "city")

Narrow = Mapping[str, str | None]


def entries(db: Database, scope: Scope, on: date, known_at: datetime, narrow: Narrow) -> pl.DataFrame:
    """Every adjustment within a scope up to a day: ``models.ledger.ledger``, one row each.

    ``narrow``: programme, kind, province, city, industry; None means all. Columns beside those it adds: city,
    project, number, programme, kind, name (the newest known), adjusted_on, recorded_at, status, ground,
    ground_note, document_no, version, decided_at, decided_by, decided_role, asked_by (who handed it in),
    asked_role. A role is null where no account has that name.
    """
    projects = _projects(scope, narrow, known_at)
    found = fetch_all(
        db,
        {
            "entries": _entries(projects, on, known_at),
            "changes": _changes(projects),
            "curves": _curves(projects),
        },
    )
    return ledger.ledger(_as_known(found["entries"], known_at), found["changes"], found["curves"], on)


def plans(db: Database, scope: Scope, on: date, known_at: datetime, narrow: Narrow) -> pl.DataFrame:
    """One row per city: ``models.ledger.plans_by_city`` of its projects within a scope."""
    projects = _projects(scope, narrow, known_at)
    p, single = Plan.__table__, _rows_of_plans(projects, known_at)
    alone = single.having(sa.func.count() == 1).subquery()
    many = single.having(sa.func.count() > 1).subquery()
    of_many = (many.c.city == p.c.city) & (many.c.project == p.c.project)
    columns = [p.c.city, p.c.project, p.c.version, p.c.approved_on, p.c.adjustment]
    columns += [p.c[name] for name in PLAN_FIELDS]
    found = fetch_all(
        db,
        {
            "alone": _added(alone),
            "several": sa.select(*columns).join(many, of_many).where(p.c.recorded_at <= known_at),
        },
    )
    told = steps(found["several"])
    first = told.filter(pl.col("position") == 1)
    return ledger.plans_by_city(found["alone"], first, in_force(told, on))


def nation(
    db: Database, scope: Scope, on: date, known_at: datetime, narrow: Narrow
) -> tuple[pl.DataFrame, int]:
    """All cities of a programme taken together, and how many: ``models.ledger.added``, empty where it is not told.

    Places in ``narrow`` are left aside. Nothing is told where so few of the cities are outside the scope that
    their figures could be worked out (``models.peers.comparable``).
    """
    anywhere = {name: value for name, value in narrow.items() if name not in ("province", "city")}
    everywhere = replace(scope, cities=None)
    whole = plans(db, everywhere, on, known_at, anywhere)
    hidden = sum(not scope.covers(city) for city in whole["city"])
    if not comparable(whole.height - 1, hidden):
        return ledger.added(whole.clear()), whole.height
    told_of = counts(db, everywhere, on, known_at, anywhere)
    told = whole.join(told_of, on="city", how="left").with_columns(
        *(
            pl.lit(0, pl.Int64).alias(name)
            for name in ledger.SUMMED
            if name not in (*whole.columns, *told_of.columns)
        ),
    )
    return ledger.added(told.with_columns(pl.col(ledger.SUMMED).fill_null(0))), whole.height


def counts(db: Database, scope: Scope, on: date, known_at: datetime, narrow: Narrow) -> pl.DataFrame:
    """City → adjustments, rejected, pending, approved and adjusted_projects; cities without one are left out."""
    return fetch(db, _counted(_projects(scope, narrow, known_at), on, known_at))


def mark(db: Database, scope: Scope) -> tuple[object, ...]:
    """What changes whenever the ledger or a plan within a scope does: a key for what was worked out of them."""
    a, p = Adjustment.__table__, Plan.__table__
    ledger_told = sa.select(sa.func.count(), sa.func.max(a.c.recorded_at), sa.func.max(a.c.decided_at))
    plans_told = sa.select(sa.func.count(), sa.func.max(p.c.recorded_at))
    with db.ro.connect() as connection:
        ledger_mark = connection.execute(within(ledger_told, scope, a.c.city)).one()
        plans_mark = connection.execute(within(plans_told, scope, p.c.city)).one()
    return (*ledger_mark, *plans_mark)


def _projects(scope: Scope, narrow: Narrow, known_at: datetime) -> sa.Subquery:
    p, d = Project.__table__, ProjectDetail.__table__
    statement = sa.select(p.c.city, p.c.code.label("project"), p.c.programme, p.c.kind)
    statement = statement.where(p.c.recorded_at <= known_at)
    for name in _OWN:
        if narrow.get(name) is not None:
            statement = statement.where(p.c[name] == narrow[name])
    if narrow.get("province") is not None:
        inside = sa.select(Place.code).where(Place.province == narrow["province"])
        statement = statement.where(p.c.city.in_(inside))
    if narrow.get("industry") is not None:
        still = sa.or_(d.c.superseded_at.is_(None), d.c.superseded_at > known_at)
        same = (d.c.city == p.c.city) & (d.c.project == p.c.code)
        statement = statement.join(d, same).where(
            d.c.recorded_at <= known_at, still, d.c.industry.startswith(narrow["industry"])
        )
    return within(statement, scope, p.c.city).subquery()


def _mine(table: sa.Table, projects: sa.Subquery) -> sa.ColumnElement[bool]:
    return (projects.c.city == table.c.city) & (projects.c.project == table.c.project)


def _entries(projects: sa.Subquery, on: date, known_at: datetime) -> sa.Select:
    a, s = Adjustment.__table__, Submission.__table__
    asked, decided = (Person.__table__.alias(name) for name in ("asked", "decided"))
    columns = [a.c.city, a.c.project, a.c.number, projects.c.programme, projects.c.kind, _name(a, known_at)]
    columns += [a.c.adjusted_on, a.c.recorded_at, a.c.status, *(a.c[name] for name in _DECIDED)]
    columns += [s.c.uploader.label("asked_by"), asked.c.role.label("asked_role")]
    return (
        sa.select(*columns, decided.c.role.label("decided_role"))
        .join(projects, _mine(a, projects))
        .join(s, s.c.id == a.c.submission, isouter=True)
        .join(asked, asked.c.email == s.c.uploader, isouter=True)
        .join(decided, decided.c.email == a.c.decided_by, isouter=True)
        .where(a.c.recorded_at <= known_at, a.c.adjusted_on <= on)
    )


def _name(a: sa.Table, known_at: datetime) -> sa.Label[str]:
    """The newest known name of an adjustment's project."""
    p = Plan.__table__
    newest = sa.select(p.c.name).where(p.c.city == a.c.city, p.c.project == a.c.project)
    newest = newest.where(p.c.recorded_at <= known_at)
    ordered = newest.order_by(time_rank(p).desc(), p.c.version.desc()).limit(1)
    return ordered.correlate(a).scalar_subquery().label("name")


def _as_known(entries: pl.DataFrame, known_at: datetime) -> pl.DataFrame:
    """What was decided later waits, without what its decision wrote."""
    decided = (pl.col("decided_at") <= known_at).fill_null(False)
    return entries.with_columns(
        status=pl.when(decided).then("status").otherwise(pl.lit(str(AdjustmentStatus.PENDING))),
        **{
            name: pl.when(decided | pl.col("decided_at").is_null()).then(name)
            for name in (*_DECIDED, "decided_role")
        },
    )


def _changes(projects: sa.Subquery) -> sa.Select:
    c = AdjustmentChange.__table__
    statement = sa.select(c.c.city, c.c.project, c.c.number, c.c.field, c.c.old, c.c.new)
    return statement.join(projects, _mine(c, projects)).where(c.c.field.in_(PLAN_FIELDS))


def _curves(projects: sa.Subquery) -> sa.Select:
    c = AdjustmentChange.__table__
    key = (c.c.city, c.c.project, c.c.number)
    points = sa.cast(sa.func.count(), sa.BigInteger()).label("curve")
    curved = c.c.field.startswith("curve:")
    return sa.select(*key, points).join(projects, _mine(c, projects)).where(curved).group_by(*key)


def _rows_of_plans(projects: sa.Subquery, known_at: datetime) -> sa.Select:
    """A row per project with the greatest of each figure over its plans: its only plan's, where it has one."""
    p = Plan.__table__
    greatest = {"investment": p.c.total_investment, "reward": p.c.reward, "planned_end": p.c.planned_end}
    figures = (sa.func.max(column).label(name) for name, column in greatest.items())
    statement = sa.select(p.c.city, p.c.project, *figures).join(projects, _mine(p, projects))
    return statement.where(p.c.recorded_at <= known_at).group_by(p.c.city, p.c.project)


def _added(alone: sa.Subquery) -> sa.Select:
    def total(name: str) -> sa.ColumnElement[int]:
        whole = sa.func.coalesce(sa.func.sum(alone.c[name]), sa.literal(0, sa.BigInteger))
        return sa.cast(whole, sa.BigInteger()).label(name)

    return sa.select(
        alone.c.city,
        sa.cast(sa.func.count(), sa.BigInteger()).label("projects"),
        total("investment"),
        total("reward"),
        sa.func.min(alone.c.planned_end).label("first_end"),
        sa.func.max(alone.c.planned_end).label("last_end"),
    ).group_by(alone.c.city)


def _counted(projects: sa.Subquery, on: date, known_at: datetime) -> sa.Select:
    """City → how many adjustments count, were refused, wait; and how many projects they concern."""
    a = Adjustment.__table__
    waits = sa.or_(a.c.decided_at.is_(None), a.c.decided_at > known_at)
    refused = sa.and_(a.c.status == str(AdjustmentStatus.REJECTED), sa.not_(waits))

    def count(condition: sa.ColumnElement[bool], name: str) -> sa.ColumnElement[int]:
        return sa.cast(sa.func.sum(sa.case((condition, 1), else_=0)), sa.BigInteger()).label(name)

    concerned = sa.func.count(sa.distinct(sa.case((sa.not_(refused), a.c.project))))
    return (
        sa.select(
            a.c.city,
            count(sa.not_(refused), "adjustments"),
            count(refused, "rejected"),
            count(waits, "pending"),
            count(sa.not_(sa.or_(refused, waits)), "approved"),
            sa.cast(concerned, sa.BigInteger()).label("adjusted_projects"),
        )
        .join(projects, _mine(a, projects))
        .where(a.c.recorded_at <= known_at, a.c.adjusted_on <= on)
        .group_by(a.c.city)
    )
