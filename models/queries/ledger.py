"""The ledger of adjustments across projects, and what the plans of each city have become.

Whole columns, within a scope, up to a day and as known at an instant: an adjustment decided later waits, and what
its decision wrote into it is left out. Filtering and counting is the database's, putting side by side is Polars':
measured at 100,000 projects with as many adjustments, pivoting in SQL took twice as long. One question looks beyond the scope, ``nation``, and gives a
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
    project, number, kind, adjusted_on, status, submission, ground, ground_note, document_no, version, decided_at,
    decided_by. Who and what a row is about is asked of ``people_and_names``, for the rows that are shown.
    """
    projects = _projects(scope, narrow, known_at)
    found = fetch_all(
        db,
        {
            "entries": _entries(projects, on, known_at),
            "changes": _changes(scope, narrow.get("city")),
            "curves": _curves(scope, narrow.get("city")),
        },
    )
    return ledger.ledger(_as_known(found["entries"], known_at), found["changes"], found["curves"], on)


def people_and_names(db: Database, scope: Scope, rows: pl.DataFrame, known_at: datetime) -> pl.DataFrame:
    """Rows of ``entries`` with ``name`` (the newest known), ``asked_by`` and the roles ``asked_role``, ``decided_role``.

    For as many rows as a page shows. A role is null where no account has that name.
    """
    if rows.is_empty():
        empty = (pl.lit(None, pl.String).alias(n) for n in ("name", "asked_by", "asked_role", "decided_role"))
        return rows.with_columns(*empty)
    p, s, who = Plan.__table__, Submission.__table__, Person.__table__
    keys = [tuple(key) for key in rows.select(ledger.KEY).unique().iter_rows()]
    named = sa.select(p.c.city, p.c.project, p.c.name).where(
        sa.tuple_(p.c.city, p.c.project).in_(keys), p.c.recorded_at <= known_at
    )
    handed = sa.select(s.c.id.label("submission"), s.c.uploader.label("asked_by"))
    found = fetch_all(
        db,
        {
            "names": within(named, scope, p.c.city).order_by(time_rank(p), p.c.version),
            "asked": handed.where(s.c.id.in_(rows["submission"].unique().to_list())),
            "people": sa.select(who.c.email, sa.type_coerce(who.c.role, sa.String).label("role")),
        },
    )
    people = found["people"]
    return (
        rows.join(
            found["names"].unique(ledger.KEY, keep="last", maintain_order=True), on=ledger.KEY, how="left"
        )
        .join(found["asked"].unique("submission"), on="submission", how="left")
        .join(people.rename({"email": "asked_by", "role": "asked_role"}), on="asked_by", how="left")
        .join(people.rename({"email": "decided_by", "role": "decided_role"}), on="decided_by", how="left")
    )


def plans(db: Database, scope: Scope, on: date, known_at: datetime, narrow: Narrow) -> pl.DataFrame:
    """One row per city: ``models.ledger.plans_by_city`` of its projects within a scope."""
    projects = _projects(scope, narrow, known_at)
    p = Plan.__table__
    columns = [p.c.city, p.c.project, p.c.version, p.c.approved_on, p.c.adjustment]
    columns += [p.c[name] for name in PLAN_FIELDS]
    known = sa.and_(p.c.recorded_at <= known_at, _mine(p, projects))
    told = steps(fetch(db, sa.select(*columns).join(projects, known)))
    return ledger.plans_by_city(told.filter(pl.col("position") == 1), in_force(told, on))


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
    a = Adjustment.__table__
    columns = [
        a.c.city,
        a.c.project,
        a.c.number,
        projects.c.kind,
        a.c.adjusted_on,
        a.c.status,
        a.c.submission,
    ]
    statement = sa.select(*columns, *(a.c[name] for name in _DECIDED)).join(projects, _mine(a, projects))
    return statement.where(a.c.recorded_at <= known_at, a.c.adjusted_on <= on)


def _as_known(entries: pl.DataFrame, known_at: datetime) -> pl.DataFrame:
    """What was decided later waits, without what its decision wrote."""
    decided = (pl.col("decided_at") <= known_at).fill_null(False)
    return entries.with_columns(
        status=pl.when(decided).then("status").otherwise(pl.lit(str(AdjustmentStatus.PENDING))),
        **{name: pl.when(decided | pl.col("decided_at").is_null()).then(name) for name in _DECIDED},
    )


def _changes(scope: Scope, city: str | None) -> sa.Select:
    """What plan fields were and became. By city and not by project: the entries say which are wanted."""
    c = AdjustmentChange.__table__
    statement = sa.select(c.c.city, c.c.project, c.c.number, c.c.field, c.c.old, c.c.new)
    return _of(statement.where(c.c.field.in_(PLAN_FIELDS)), scope, city)


def _curves(scope: Scope, city: str | None) -> sa.Select:
    """How many points of its plan's curve each adjustment changes."""
    c = AdjustmentChange.__table__
    key = (c.c.city, c.c.project, c.c.number)
    points = sa.cast(sa.func.count(), sa.BigInteger()).label("curve")
    return _of(sa.select(*key, points).where(c.c.field.startswith("curve:")).group_by(*key), scope, city)


def _of(statement: sa.Select, scope: Scope, city: str | None) -> sa.Select:
    c = AdjustmentChange.__table__
    return within(statement if city is None else statement.where(c.c.city == city), scope, c.c.city)


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
