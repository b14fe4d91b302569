"""How money moved over time: what each as-of day added to the amounts, and what plans had planned to spend.

Sums of changes, not of levels: added up to a day they give every project's newest figure of that day, so one
pass over the reports answers for all month ends. Refuses to mix programmes with different currencies: callers
narrow to one. To add an amount that moves, add it to ``AMOUNTS``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
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

KEY = ["city", "project"]

#: What was reported, and what was planned.
Movements = tuple[pl.DataFrame, pl.DataFrame]


def movements(
    db: Database, scope: Scope, on: date, known_at: datetime, narrow: Mapping[str, str | None]
) -> Movements:
    """What was reported and what was planned, as changes, up to a day and as known at an instant.

    ``narrow``: programme, kind, province, city, industry; None means all. First frame: ``as_of``,
    ``planned_start`` and ``planned_end`` (null where the project has a spending curve), the change of each of
    ``AMOUNTS``, and ``paced``: the change of money spent of projects that had told it before, so that a project's
    first figure is nobody's pace, and ``followed``: of how many reports. Second frame: ``month`` (first day) and ``planned``, the change of the curves.
    A curve is the newest begun plan version's that has one; its last value holds until the next point.
    """
    return narrowed(by_kind(db, scope, on, known_at, narrow), narrow)


def by_kind(
    db: Database, scope: Scope, on: date, known_at: datetime, narrow: Mapping[str, str | None]
) -> Movements:
    """The same with ``kind`` and ``industry`` in both frames, for ``narrowed``: kept, they answer for every choice of
    the two. Of ``narrow`` only programme, province and city count here.

    The rows are fetched as they are stored and the differences taken in whole columns: asked of the database as
    window functions, the same took it several times as long.
    """
    found = fetch_all(db, statements(scope, on, known_at, narrow))
    points = found["points"].filter(pl.col("planned_spending").is_not_null())
    projects = _numbered(found["projects"], found["plans"], points)
    return _reported(found["reports"], projects), _planned(points, projects)


def statements(
    scope: Scope, on: date, known_at: datetime, narrow: Mapping[str, str | None]
) -> dict[str, sa.Select]:
    """What ``by_kind`` reads: the bare scan that a benchmark compares it with."""
    asked = _Asked(scope, on, known_at, narrow)
    return {
        "projects": _projects(asked),
        "plans": _plans(asked),
        "points": _points(asked),
        "reports": _reports(asked),
    }


def narrowed(found: Movements, narrow: Mapping[str, str | None]) -> Movements:
    """The frames of ``by_kind`` for one kind or industry (a division holds its groups), added up over both."""
    reported, planned = (_chosen(frame, narrow) for frame in found)
    return (
        reported.group_by("as_of", "planned_start", "planned_end").agg(
            pl.col(*AMOUNTS, "paced", "followed").sum()
        ),
        planned.group_by("month").agg(pl.col("planned").sum()),
    )


def _chosen(frame: pl.DataFrame, narrow: Mapping[str, str | None]) -> pl.DataFrame:
    kind, industry = narrow.get("kind"), narrow.get("industry")
    if kind is not None:
        frame = frame.filter(pl.col("kind") == kind)
    return frame if industry is None else frame.filter(pl.col("industry").str.starts_with(industry))


# --- arithmetic ---------------------------------------------------------------------------------------------


def _numbered(projects: pl.DataFrame, plans: pl.DataFrame, points: pl.DataFrame) -> pl.DataFrame:
    """One row a project: ``nr``, what it is added up by (``part``), the version of its curve, else the planned days.

    A project without a plan is left out, as everywhere.
    """
    ranked = plans.sort("rank", "version")
    newest = ranked.unique(KEY, keep="last", maintain_order=True)
    with_curve = points.select(*KEY, "version").unique()
    curves = ranked.join(with_curve, on=[*KEY, "version"], how="semi", maintain_order="left").unique(
        KEY, keep="last", maintain_order=True
    )
    bare = pl.col("version").is_null()
    return (
        projects.join(newest.select(*KEY, "planned_start", "planned_end"), on=KEY)
        .join(curves.select(*KEY, "version"), on=KEY, how="left")
        .with_columns(pl.when(bare).then(pl.col(name)) for name in ("planned_start", "planned_end"))
        .with_row_index("nr")
        .with_columns(part=pl.struct(_PART).rank("dense"))
    )


#: What ``by_kind`` keeps apart, beside days and months.
_PART = ("kind", "industry", "planned_start", "planned_end")


def _reported(reports: pl.DataFrame, projects: pl.DataFrame) -> pl.DataFrame:
    own = reports.join(projects.select(*KEY, "nr", "part"), on=KEY).drop(KEY).sort("nr", "as_of")
    same = pl.col("nr") == pl.col("nr").shift(1)
    before = {name: pl.when(same).then(pl.col(name).shift(1)) for name in AMOUNTS}
    changes = own.select(
        *("part", "as_of"),
        *(pl.col(name).fill_null(0) - before[name].fill_null(0) for name in AMOUNTS),
        paced=pl.col("spent") - before["spent"],  # null where either of the two is missing
    )
    summed = changes.group_by("part", "as_of").agg(
        pl.col(*AMOUNTS, "paced").sum(), followed=pl.col("paced").count().cast(pl.Int64)
    )
    return _described(summed, projects, _PART)


def _planned(points: pl.DataFrame, projects: pl.DataFrame) -> pl.DataFrame:
    curves = projects.filter(pl.col("version").is_not_null()).select(*KEY, "version", "nr", "part")
    own = points.join(curves, on=[*KEY, "version"]).select("nr", "part", "month", "planned_spending")
    own = own.sort("nr", "month")
    before = pl.when(pl.col("nr") == pl.col("nr").shift(1)).then(pl.col("planned_spending").shift(1))
    changes = own.select("part", "month", planned=pl.col("planned_spending") - before.fill_null(0))
    summed = changes.group_by("part", "month").agg(pl.col("planned").sum())
    return _described(summed, projects, ("kind", "industry"))


def _described(summed: pl.DataFrame, projects: pl.DataFrame, names: tuple[str, ...]) -> pl.DataFrame:
    return summed.join(projects.select("part", *names).unique("part"), on="part").drop("part")


# --- what is read -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Asked:
    """Whose projects, up to which day, as known when, and narrowed to which programme, province and city."""

    scope: Scope
    on: date
    known_at: datetime
    narrow: Mapping[str, str | None]

    def placed(self, statement: sa.Select, table: sa.Table) -> sa.Select:
        """The statement, kept to the cities asked for."""
        if self.narrow.get("city") is not None:
            statement = statement.where(table.c.city == self.narrow["city"])
        if self.narrow.get("province") is not None:
            inside = sa.select(Place.code).where(Place.province == self.narrow["province"])
            statement = statement.where(table.c.city.in_(inside))
        return within(statement, self.scope, table.c.city)


def _projects(asked: _Asked) -> sa.Select:
    p, d = Project.__table__, ProjectDetail.__table__
    same = (d.c.city == p.c.city) & (d.c.project == p.c.code)
    statement = sa.select(p.c.city, p.c.code.label("project"), p.c.kind, d.c.industry).join(d, same)
    if asked.narrow.get("programme") is not None:
        statement = statement.where(p.c.programme == asked.narrow["programme"])
    return asked.placed(statement.where(_current(d, asked.known_at)), p)


def _plans(asked: _Asked) -> sa.Select:
    """Plan rows that had begun, with the ``rank`` by which the newest is found."""
    plan = Plan.__table__
    columns = (plan.c.city, plan.c.project, plan.c.version, plan.c.planned_start, plan.c.planned_end)
    begun = sa.or_(plan.c.approved_on.is_(None), plan.c.approved_on <= asked.on, plan.c.version == 1)
    statement = sa.select(*columns, time_rank(plan).label("rank"))
    return asked.placed(statement.where(plan.c.recorded_at <= asked.known_at, begun), plan)


def _points(asked: _Asked) -> sa.Select:
    p = PlanPoint.__table__
    statement = sa.select(p.c.city, p.c.project, p.c.version, p.c.month, p.c.planned_spending)
    return asked.placed(statement.where(p.c.recorded_at <= asked.known_at), p)


def _reports(asked: _Asked) -> sa.Select:
    r = Report.__table__
    told = (*MoneyStage, "physical_bp", "invested", "annual_plan", "stage")
    says_something = sa.or_(*(r.c[name].is_not(None) for name in told))
    statement = sa.select(r.c.city, r.c.project, r.c.as_of, *(r.c[name] for name in AMOUNTS))
    return asked.placed(
        statement.where(r.c.as_of <= asked.on, _current(r, asked.known_at), says_something), r
    )


def _current(table: sa.Table, known_at: datetime) -> sa.ColumnElement[bool]:
    still = sa.or_(table.c.superseded_at.is_(None), table.c.superseded_at > known_at)
    return sa.and_(table.c.recorded_at <= known_at, still)
