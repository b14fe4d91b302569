"""What a judgement reads: whole columns, in one snapshot, filtered to what was known and in force.

The SQL half of ``models/facts.py``. A new fact that needs a new column adds it to one statement here.
"""

from dataclasses import dataclass
from datetime import date, datetime

import polars as pl
import sqlalchemy as sa
import sqlalchemy.orm

from models.db import Database, fetch_all
from models.places import Programme
from models.plans import PLAN_FIELDS, Adjustment, AdjustmentChange, Plan, PlanPoint
from models.projects import Project, ProjectDetail
from models.records import Fund, Milestone
from models.reports import Report
from models.vocabulary import ExceptionKind
from models.windows import ReportingRule, WindowException


@dataclass(frozen=True)
class Inputs:
    """Frames as fetched. ``history`` is every known report's cumulative figures, ``latest`` each project's last report;
    ``adjustments`` has ``decided``: had it been decided by then? ``milestones`` are those that stand
    (``current``) and what was told before of the same ones."""

    projects: pl.DataFrame
    programmes: pl.DataFrame
    plans: pl.DataFrame
    points: pl.DataFrame
    history: pl.DataFrame
    latest: pl.DataFrame
    adjustments: pl.DataFrame
    changes: pl.DataFrame
    rules: pl.DataFrame
    exceptions: pl.DataFrame
    milestones: pl.DataFrame
    funds: pl.DataFrame


@dataclass(frozen=True)
class _Question:
    """Which projects, up to which day, as known when. ``cities`` None means all."""

    on: date
    known_at: datetime
    cities: frozenset[str] | None

    def within(self, statement: sa.Select, table: type) -> sa.Select:
        if self.cities is None:
            return statement
        return statement.where(table.city.in_(sorted(self.cities)))

    def current(self, table: type) -> sa.ColumnElement:
        """Recorded by then, and not yet superseded."""
        still = sa.or_(table.superseded_at.is_(None), table.superseded_at > self.known_at)
        return sa.and_(table.recorded_at <= self.known_at, still)


def read_inputs(
    db: Database,
    on: date,
    known_at: datetime,
    *,
    cities: frozenset[str] | None = None,
    every_report: bool = False,
) -> Inputs:
    """Fetch what ``facts`` needs: the bare scan that a benchmark compares the judgement with.

    ``every_report``: ``latest`` holds every current report, for ``models/overlay.py`` to choose from.
    """
    asked = _Question(on, known_at, cities)
    found = fetch_all(
        db,
        {
            "projects": _projects(asked),
            "programmes": _programmes(),
            "plans": _plans(asked),
            "points": _points(asked),
            "history": _history(asked),
            "latest": _latest(asked, every=every_report),
            "adjustments": _adjustments(asked),
            "changes": _changes(asked),
            "rules": _rules(asked),
            "exceptions": _exceptions(asked),
            "milestones": _milestones(asked),
            "funds": _funds(asked),
        },
    )
    decided = pl.col("decided_at").is_not_null() & (pl.col("decided_at") <= known_at)
    current = pl.col("superseded_at").is_null() | (pl.col("superseded_at") > known_at)
    found["adjustments"] = found["adjustments"].with_columns(decided=decided)
    found["milestones"] = found["milestones"].with_columns(current=current)
    return Inputs(**found)


def _projects(asked: _Question) -> sa.Select:
    p, d = Project, ProjectDetail
    columns = [p.city, p.code.label("project"), p.programme, p.kind, p.recorded_at.label("registered_at")]
    columns += [d.unit_name, d.unit_code, d.industry, d.support_method, d.spending_category]
    columns += [d.chain, d.chain_owner, d.park, d.landmark, d.partners]
    statement = asked.within(sa.select(*columns), p).join(d, (d.city == p.city) & (d.project == p.code))
    return statement.where(asked.current(d))


def _programmes() -> sa.Select:
    p = Programme
    return sa.select(p.code, p.currency, p.report_every_months, p.report_due_days)


def _rules(asked: _Question) -> sa.Select:
    r = ReportingRule
    columns = [r.city, r.programme, r.set_at, r.every, sa.type_coerce(r.unit, sa.String).label("unit")]
    return sa.select(*columns, r.due_days, r.from_on).where(r.set_at <= asked.known_at)


def _exceptions(asked: _Question) -> sa.Select:
    """Later due days that were granted; the newest for a period holds."""
    e = WindowException
    statement = sa.select(e.city, e.programme, e.granted_at, e.period_end, e.until)
    return statement.where(e.granted_at <= asked.known_at, e.kind == ExceptionKind.EXTENSION)


def _plans(asked: _Question) -> sa.Select:
    p = Plan
    columns = [p.city, p.project, p.version, p.name, p.planned_start, p.planned_end]
    columns += [p.total_investment, p.reward, p.approved_on, p.adjustment]
    return asked.within(sa.select(*columns), p).where(p.recorded_at <= asked.known_at)


def _points(asked: _Question) -> sa.Select:
    p = PlanPoint
    columns = [p.city, p.project, p.version, p.month, p.planned_bp, p.planned_spending]
    return asked.within(sa.select(*columns), p).where(p.recorded_at <= asked.known_at)


def _history(asked: _Question) -> sa.Select:
    r = Report
    figures = [r.physical_bp, r.invested, r.issued, r.transferred, r.paid, r.spent]
    statement = asked.within(sa.select(r.city, r.project, r.as_of, *figures), r)
    says_something = sa.or_(*(figure.is_not(None) for figure in figures))
    return statement.where(r.as_of <= asked.on, asked.current(r), says_something)


def _latest(asked: _Question, *, every: bool) -> sa.Select:
    r = Report
    columns = [
        r.city,
        r.project,
        r.as_of,
        r.physical_bp,
        r.invested,
        r.year_invested,
        r.annual_plan,
        r.issued,
    ]
    columns += [r.transferred, r.paid, r.spent, r.stage, r.row_no, r.recorded_at]
    columns += [sa.func.coalesce(r.origin, r.submission).label("submission")]
    columns += [_said_again(asked), sa.func.length(r.narrative, type_=sa.Integer).label("same_letters")]
    figures = [r.physical_bp, r.invested, r.annual_plan, r.issued, r.transferred, r.paid, r.spent, r.stage]
    says_something = sa.or_(*(figure.is_not(None) for figure in figures))
    known = sa.and_(r.as_of <= asked.on, asked.current(r), says_something)
    if every:
        return asked.within(sa.select(*columns), r).where(known)
    newest = (
        asked.within(sa.select(r.city, r.project, sa.func.max(r.as_of).label("as_of")), r)
        .where(known)
        .group_by(r.city, r.project)
        .subquery()
    )
    same = (newest.c.city == r.city) & (newest.c.project == r.project) & (newest.c.as_of == r.as_of)
    return sa.select(*columns).join(newest, same).where(known)


def _said_again(asked: _Question) -> sa.Label[bool]:
    """Is the narrative, letter for letter, the one told before? Asked in the database, as texts are long."""
    before = sa.orm.aliased(Report, name="before")
    same = sa.select(before.narrative == Report.narrative).where(
        before.city == Report.city,
        before.project == Report.project,
        before.as_of < Report.as_of,
        before.narrative.is_not(None),
        asked.current(before),
    )
    newest = same.order_by(before.as_of.desc()).limit(1)
    return newest.correlate(Report).scalar_subquery().label("same_text")


def _adjustments(asked: _Question) -> sa.Select:
    a = Adjustment
    columns = [a.city, a.project, a.number, a.adjusted_on, a.status, a.decided_at]
    statement = asked.within(sa.select(*columns), a)
    return statement.where(a.recorded_at <= asked.known_at, a.adjusted_on <= asked.on)


def _changes(asked: _Question) -> sa.Select:
    """What adjustments change of a plan's own fields; an adjustment that is not known takes none along."""
    c = AdjustmentChange
    statement = asked.within(sa.select(c.city, c.project, c.number, c.field, c.old, c.new), c)
    return statement.where(c.field.in_(PLAN_FIELDS))


def _milestones(asked: _Question) -> sa.Select:
    """Those that stand and those they replaced: the first planned day is the one that counts."""
    m = Milestone
    columns = [m.city, m.project, m.name, m.planned_on, m.expected_on, m.reached_on]
    columns += [m.reported_on, m.recorded_at, m.superseded_at]
    return asked.within(sa.select(*columns), m).where(m.recorded_at <= asked.known_at)


def _funds(asked: _Question) -> sa.Select:
    """Dated movements of money that is a project's."""
    f = Fund
    columns = [f.city, f.project, f.stage, f.happened_on, f.amount, f.source]
    columns += [f.spending_category, f.separate_account, f.holder]
    statement = asked.within(sa.select(*columns), f)
    return statement.where(f.project.is_not(None), f.happened_on <= asked.on, asked.current(f))
