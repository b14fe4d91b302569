"""Everything about one project, for its dossier: identity, plan versions, figures early and late, ledger.

Each question takes the scope first: outside it the answer is as if the project did not exist. ``known_at``
None means as known now; otherwise what was recorded later is left out, and what was superseded later stands.
"""

from dataclasses import dataclass
from datetime import date, datetime

import polars as pl
import sqlalchemy as sa
from sqlmodel import Session, col, select

from models.access import Scope, within
from models.db import Database, fetch
from models.fund_path import Move
from models.plans import PLAN_FIELDS, Adjustment, AdjustmentChange, Plan, PlanPoint
from models.projects import Partner, Project, ProjectDetail
from models.records import Fund
from models.reports import Report, Submission
from models.versions import steps
from models.vocabulary import (
    AdjustmentStatus,
    FundSource,
    Ground,
    Kind,
    MoneyStage,
    SpendingCategory,
    SupportMethod,
)


@dataclass(frozen=True)
class Identity:
    """Who and what a project is, by its newest description."""

    city: str
    code: str
    programme: str
    kind: Kind
    recorded_at: datetime
    unit_name: str
    unit_code: str | None
    industry: str | None
    support_method: SupportMethod | None
    spending_category: SpendingCategory | None
    chain: str | None
    chain_owner: str | None
    park: str | None
    landmark: bool
    partners: tuple[tuple[str, int | None], ...]


@dataclass(frozen=True)
class PlanVersion:
    """One version of the plan, counted in the order of time; money in fen."""

    version: int
    name: str
    planned_start: date
    planned_end: date
    total_investment: int | None
    reward: int | None
    approved_on: date | None
    document_no: str | None
    adjustment: int | None
    submission: str
    row_no: int
    recorded_at: datetime


@dataclass(frozen=True)
class Change:
    """One field, old → new, as stored text (fen, basis points, ISO dates, names)."""

    field: str
    old: str | None
    new: str | None


@dataclass(frozen=True)
class AdjustmentRow:
    """An entry of the ledger with its changes."""

    number: int
    status: AdjustmentStatus
    adjusted_on: date
    ground: Ground | None
    ground_note: str | None
    document_no: str | None
    version: int | None
    decided_at: datetime | None
    decided_by: str | None
    submission: str
    row_no: int
    recorded_at: datetime
    changes: tuple[Change, ...]


def identity(db: Database, scope: Scope, city: str, project: str) -> Identity | None:
    """The project, or None when it does not exist or lies out of scope."""
    if not scope.covers(city):
        return None
    with Session(db.ro) as session:
        found = session.exec(
            select(Project, ProjectDetail)
            .join(
                ProjectDetail,
                (col(ProjectDetail.city) == Project.city) & (col(ProjectDetail.project) == Project.code),
            )
            .where(
                Project.city == city,
                Project.code == project,
                col(ProjectDetail.superseded_at).is_(None),
            )
        ).first()
        if found is None:
            return None
        row, detail = found
        partners = session.exec(
            select(Partner.partner, Partner.share_bp)
            .where(
                Partner.city == city,
                Partner.project == project,
                Partner.submission == detail.submission,
            )
            .order_by(Partner.partner)
        ).all()
        own = {name: getattr(row, name) for name in ("city", "code", "programme", "kind", "recorded_at")}
        described = set(Identity.__dataclass_fields__) - set(own) - {"partners"}
        return Identity(
            **own, **{name: getattr(detail, name) for name in described}, partners=tuple(map(tuple, partners))
        )


def versions(
    db: Database, scope: Scope, city: str, project: str, *, known_at: datetime | None = None
) -> list[PlanVersion]:
    """Every version of the plan in the order of time, the first approved one first."""
    fields = tuple(PlanVersion.__dataclass_fields__)
    found = _steps(db, scope, (city, project), known_at).drop("version").rename({"position": "version"})
    return [PlanVersion(**row) for row in found.select(fields).iter_rows(named=True)]


def _steps(db: Database, scope: Scope, who: tuple[str, str], known_at: datetime | None) -> pl.DataFrame:
    """The plan's versions (``models/versions.py``), none outside the scope."""
    p, (city, project) = Plan.__table__, who
    statement = sa.select(p).where(p.c.city == city, p.c.project == project)
    if known_at is not None:
        statement = statement.where(p.c.recorded_at <= known_at)
    return steps(fetch(db, statement if scope.covers(city) else statement.where(sa.false())))


def differences(old: PlanVersion, new: PlanVersion) -> tuple[Change, ...]:
    """The plan fields in which two versions differ, as stored text."""
    changed = []
    for field in PLAN_FIELDS:
        before, after = getattr(old, field), getattr(new, field)
        if before != after:
            changed.append(Change(field, _text(before), _text(after)))
    return tuple(changed)


def curve(
    db: Database, scope: Scope, city: str, project: str, *, known_at: datetime | None = None
) -> pl.DataFrame:
    """The plan curves: one row per version and month (version, month, planned_bp, planned_spending).

    ``version`` is counted as in ``versions``.
    """
    p = PlanPoint
    statement = sa.select(p.version, p.month, p.planned_bp, p.planned_spending)
    statement = statement.where(p.city == city, p.project == project)
    if known_at is not None:
        statement = statement.where(p.recorded_at <= known_at)
    points = fetch(db, statement if scope.covers(city) else statement.where(sa.false()))
    counted = _steps(db, scope, (city, project), known_at).select("version", "position")
    shown = points.join(counted, on="version").with_columns(version="position").drop("position")
    return shown.sort("version", "month")


def reports(
    db: Database, scope: Scope, city: str, project: str, *, known_at: datetime | None = None
) -> pl.DataFrame:
    """Every stored figure, early and late: one row per as-of day and submission, newest day first.

    Columns: those of ``Report`` but its key, and ``file_name``, ``uploader``, ``holder`` (the submission's
    own place, which its original bytes are filed under).
    """
    r, s = Report.__table__, Submission.__table__
    superseded = r.c.superseded_at
    if known_at is not None:
        superseded = sa.case((r.c.superseded_at <= known_at, r.c.superseded_at))
    statement = (
        sa.select(
            *(r.c.as_of, r.c.physical_bp, r.c.invested, r.c.annual_plan, r.c.issued, r.c.transferred),
            *(r.c.paid, r.c.spent, r.c.stage, r.c.narrative, r.c.problem, r.c.next_step),
            *(r.c.submission, r.c.row_no, r.c.recorded_at),
            sa.type_coerce(superseded, r.c.superseded_at.type).label("superseded_at"),
            *(s.c.file_name, s.c.uploader, s.c.city.label("holder")),
        )
        .join(s, s.c.id == r.c.submission, isouter=True)
        .where(r.c.city == city, r.c.project == project)
        .order_by(r.c.as_of.desc(), r.c.recorded_at.desc())
    )
    if known_at is not None:
        statement = statement.where(r.c.recorded_at <= known_at)
    return fetch(db, statement if scope.covers(city) else statement.where(sa.false()))


def movements(
    db: Database, scope: Scope, city: str, project: str, *, on: date, known_at: datetime | None = None
) -> list[Move]:
    """The dated movements of a project's money up to a day, the oldest first; empty out of scope."""
    f = Fund.__table__
    names = Move.__dataclass_fields__
    statement = sa.select(*(f.c[name] for name in names)).where(f.c.city == city, f.c.project == project)
    statement = statement.where(_current(f, known_at))
    statement = within(statement, scope, f.c.city).where(f.c.happened_on <= on)
    with db.ro.connect() as connection:
        found = connection.execute(statement.order_by(f.c.happened_on, f.c.document_no)).mappings()
        return [Move(**row) for row in found]


def city_issued(
    db: Database, scope: Scope, city: str, *, on: date, known_at: datetime | None = None
) -> dict[tuple[FundSource, str], date]:
    """Source and document number → the first day on which money was issued to the city as a whole under it."""
    f = Fund.__table__
    statement = sa.select(f.c.source, f.c.document_no, sa.func.min(f.c.happened_on)).where(
        f.c.city == city, f.c.project.is_(None), f.c.stage == MoneyStage.ISSUED, f.c.happened_on <= on
    )
    statement = statement.where(_current(f, known_at)).group_by(f.c.source, f.c.document_no)
    with db.ro.connect() as connection:
        rows = connection.execute(within(statement, scope, f.c.city))
        return {(source, document): day for source, document, day in rows}


def _current(table: sa.Table, known_at: datetime | None) -> sa.ColumnElement[bool]:
    if known_at is None:
        return table.c.superseded_at.is_(None)
    still = sa.or_(table.c.superseded_at.is_(None), table.c.superseded_at > known_at)
    return sa.and_(table.c.recorded_at <= known_at, still)


def adjustments(
    db: Database, scope: Scope, city: str, project: str, *, known_at: datetime | None = None
) -> list[AdjustmentRow]:
    """The ledger of a project, oldest first; decided later than ``known_at`` counts as pending."""
    if not scope.covers(city):
        return []
    statement = (
        select(Adjustment)
        .where(Adjustment.city == city, Adjustment.project == project)
        .order_by(Adjustment.adjusted_on, Adjustment.number)
    )
    if known_at is not None:
        statement = statement.where(Adjustment.recorded_at <= known_at)
    with Session(db.ro) as session:
        changes: dict[int, list[Change]] = {}
        for row in session.exec(
            select(AdjustmentChange).where(AdjustmentChange.city == city, AdjustmentChange.project == project)
        ):
            changes.setdefault(row.number, []).append(Change(row.field, row.old, row.new))
        return [
            _ledger(entry, tuple(changes.get(entry.number, ())), known_at)
            for entry in session.exec(statement)
        ]


def _ledger(entry: Adjustment, changes: tuple[Change, ...], known_at: datetime | None) -> AdjustmentRow:
    names = [name for name in AdjustmentRow.__dataclass_fields__ if name != "changes"]
    values = {name: getattr(entry, name) for name in names}
    if known_at is not None and entry.decided_at is not None and entry.decided_at > known_at:
        values |= dict(status=AdjustmentStatus.PENDING, decided_at=None, decided_by=None, version=None)
    return AdjustmentRow(**values, changes=changes)


def _text(value: object) -> str | None:
    return None if value is None else value.isoformat() if isinstance(value, date) else str(value)
