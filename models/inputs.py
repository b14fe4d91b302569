"""What a judgement reads: whole columns, in one snapshot, filtered to what was known and in force.

The SQL half of ``models/facts.py``. A new fact that needs a new column adds it to one statement here.
"""

from dataclasses import dataclass
from datetime import date, datetime

import polars as pl
import sqlalchemy as sa
import sqlalchemy.orm

from models.db import Database, fetch_all
from models.overlap_decisions import OverlapDecision
from models.places import XPCC, Place, PlaceLevel, Programme, RosterBatch, RosterMember
from models.plans import PLAN_FIELDS, Adjustment, AdjustmentChange, Plan, PlanPoint
from models.projects import Project, ProjectDetail
from models.records import Application, Enterprise, Fund, Member, Milestone, OtherFunding, Tenant
from models.reports import Report
from models.vocabulary import ExceptionKind, FundSource
from models.windows import ReportingRule, WindowException


@dataclass(frozen=True)
class Inputs:
    """Frames as fetched. ``history`` is every known report's cumulative figures, ``latest`` each project's last report;
    ``adjustments`` has ``decided``: had it been decided by then? ``milestones`` are those that stand
    (``current``) and what was told before of the same ones. ``members`` and ``tenants`` are of each project's
    newest day. ``lists`` (of other programmes), ``decisions`` on pairs, ``roster`` and ``applications`` are the
    whole country's whatever is asked for; ``elsewhere`` and ``elsewhere_plans`` the projects not asked for.
    """

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
    members: pl.DataFrame
    tenants: pl.DataFrame
    roster: pl.DataFrame
    applications: pl.DataFrame
    enterprises: pl.DataFrame
    loose_funds: pl.DataFrame
    lists: pl.DataFrame
    decisions: pl.DataFrame
    elsewhere: pl.DataFrame
    elsewhere_plans: pl.DataFrame


@dataclass(frozen=True)
class PairInputs:
    """What pairs that may hold central money twice are found in, without everything else that is judged.

    ``paid``: city and project of those to which central money was issued or moved.
    """

    projects: pl.DataFrame
    plans: pl.DataFrame
    paid: pl.DataFrame
    lists: pl.DataFrame
    decisions: pl.DataFrame
    elsewhere: pl.DataFrame
    elsewhere_plans: pl.DataFrame


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

    def beyond(self, statement: sa.Select, table: type) -> sa.Select:
        """The rest of the country; nothing where all of it is asked for."""
        if self.cities is None:
            return statement.where(sa.false())
        return statement.where(table.city.not_in(sorted(self.cities)))

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
            "members": _newest_of(asked, Member, _MEMBER),
            "tenants": _newest_of(asked, Tenant, _TENANT),
            "roster": _roster(),
            "applications": _applications(asked),
            "enterprises": _enterprises(asked),
            "loose_funds": _loose_funds(asked),
            "lists": _lists(asked),
            "decisions": _decisions(asked),
            "elsewhere": _elsewhere(asked),
            "elsewhere_plans": _elsewhere_plans(asked),
        },
    )
    decided = pl.col("decided_at").is_not_null() & (pl.col("decided_at") <= known_at)
    current = pl.col("superseded_at").is_null() | (pl.col("superseded_at") > known_at)
    found["adjustments"] = found["adjustments"].with_columns(decided=decided)
    found["milestones"] = found["milestones"].with_columns(current=current)
    return Inputs(**found)


def read_for_pairs(
    db: Database, on: date, known_at: datetime, *, cities: frozenset[str] | None = None
) -> PairInputs:
    """Fetch the narrow part of ``read_inputs`` that a page about pairs needs."""
    asked = _Question(on, known_at, cities)
    return PairInputs(
        **fetch_all(
            db,
            {
                "projects": _projects(asked),
                "plans": _plans(asked),
                "paid": _paid(asked),
                "lists": _lists(asked),
                "decisions": _decisions(asked),
                "elsewhere": _elsewhere(asked),
                "elsewhere_plans": _elsewhere_plans(asked),
            },
        )
    )


def _paid(asked: _Question) -> sa.Select:
    r, f = Report, Fund
    issued = asked.within(sa.select(r.city, r.project), r).where(
        r.as_of <= asked.on, asked.current(r), r.issued > 0
    )
    moved = asked.within(sa.select(f.city, f.project), f).where(
        f.project.is_not(None), f.source == FundSource.CENTRAL, f.happened_on <= asked.on, asked.current(f)
    )
    both = sa.union(issued, moved).subquery()
    return sa.select(both.c.city, both.c.project)


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
    columns += [m.first_reported_on, m.reported_on, m.recorded_at, m.superseded_at]
    return asked.within(sa.select(*columns), m).where(m.recorded_at <= asked.known_at)


def _funds(asked: _Question) -> sa.Select:
    """Dated movements of money that is a project's."""
    f = Fund
    columns = [f.city, f.project, f.stage, f.happened_on, f.amount, f.source]
    columns += [f.spending_category, f.separate_account, f.holder]
    statement = asked.within(sa.select(*columns), f)
    return statement.where(f.project.is_not(None), f.happened_on <= asked.on, asked.current(f))


def _loose_funds(asked: _Question) -> sa.Select:
    """Movements of central money that name no project."""
    f = Fund
    statement = asked.within(sa.select(f.city, f.stage, f.happened_on, f.amount), f)
    loose = (f.project.is_(None), f.source == FundSource.CENTRAL, f.happened_on <= asked.on)
    return statement.where(*loose, asked.current(f))


_MEMBER = ("unit_code", "unit_name", "tier", "supplies", "member_city", "planned_bp", "actual_bp")
_TENANT = ("unit_name", "role", "planned_bp", "actual_bp")


def _newest_of(asked: _Question, table: type, columns: tuple[str, ...]) -> sa.Select:
    """The rows of each project's newest day."""
    known = sa.and_(table.as_of <= asked.on, asked.current(table))
    newest = (
        asked.within(sa.select(table.city, table.project, sa.func.max(table.as_of).label("as_of")), table)
        .where(known)
        .group_by(table.city, table.project)
        .subquery()
    )
    same = (newest.c.city == table.city) & (newest.c.project == table.project)
    told = [table.city, table.project, table.as_of, *(getattr(table, name) for name in columns)]
    return sa.select(*told).join(newest, same & (newest.c.as_of == table.as_of)).where(known)


def _roster() -> sa.Select:
    """Every city-level place, a row for each membership in the pilot."""
    p, m, b = Place, RosterMember, RosterBatch
    columns = [p.code.label("city"), p.province, p.name_zh, m.entry, m.batch, b.year]
    joined = sa.select(*columns).join(m, m.place == p.code, isouter=True)
    joined = joined.join(b, b.batch == m.batch, isouter=True)
    return joined.where(sa.or_(p.level == PlaceLevel.CITY, p.code == XPCC))


def _applications(asked: _Question) -> sa.Select:
    a = Application
    columns = [a.city, a.year, a.applicant, a.applicant_code, a.place_kind]
    return sa.select(*columns).where(asked.current(a))


def _enterprises(asked: _Question) -> sa.Select:
    e = Enterprise
    statement = asked.within(sa.select(e.city, e.as_of, e.industry, e.above_size, e.reached), e)
    return statement.where(e.as_of <= asked.on, asked.current(e))


def _lists(asked: _Question) -> sa.Select:
    o = OtherFunding
    columns = [o.city, o.record_key, o.programme, o.title, o.unit_name, o.unit_code, o.project_code]
    return sa.select(*columns, o.amount, o.awarded_on, o.document_no).where(asked.current(o))


def _decisions(asked: _Question) -> sa.Select:
    d = OverlapDecision
    columns = [d.city, d.project, d.other, d.decided_at, d.verdict, d.compared, d.reason, d.document_no]
    return sa.select(*columns, d.decided_by).where(d.decided_at <= asked.known_at)


def _elsewhere(asked: _Question) -> sa.Select:
    p, d = Project, ProjectDetail
    columns = [p.city, p.code.label("project"), p.programme, d.unit_name, d.unit_code]
    joined = sa.select(*columns).join(d, (d.city == p.city) & (d.project == p.code))
    return asked.beyond(joined, p).where(asked.current(d))


def _elsewhere_plans(asked: _Question) -> sa.Select:
    p = Plan
    columns = [p.city, p.project, p.version, p.name, p.planned_start, p.planned_end]
    columns += [p.total_investment, p.reward, p.approved_on, p.adjustment]
    return asked.beyond(sa.select(*columns), p).where(p.recorded_at <= asked.known_at)
