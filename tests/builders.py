"""Rows for tests: a project with its plan, and reports on it, straight into the tables."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from models.db import Database
from models.plans import Adjustment, Plan, PlanPoint
from models.projects import Project, ProjectDetail
from models.records import Application, Enterprise, Fund, Member, Milestone, OtherFunding, Record, Tenant
from models.reports import Report

CITY = "210100"
WAN = 1_000_000  # fen


def put(db: Database, table: type, **values: Any) -> None:
    with db.rw.begin() as connection:
        connection.execute(sa.insert(table.__table__).values(**values))


def project(db: Database, code: str, at: datetime, *, city: str = CITY, **changes: Any) -> None:
    """A point project of 2026 with 1,000万元 in all, registered at an instant, unless told otherwise."""
    who = dict(city=city, submission="s0", row_no=2, recorded_at=at)
    kind, programme = changes.pop("kind", "point"), changes.pop("programme", "pilot")
    detail = {name: changes.pop(name) for name in list(changes) if name in ProjectDetail.model_fields}
    put(db, Project, code=code, programme=programme, kind=kind, **who)
    put(
        db,
        ProjectDetail,
        project=code,
        **who,
        **({"unit_name": f"unit of {code}", "landmark": False} | detail),
    )
    plan(db, code, at, city=city, **changes)


def plan(db: Database, code: str, at: datetime, *, city: str = CITY, **changes: Any) -> None:
    """A plan version (1 unless told otherwise)."""
    values = dict(
        city=city,
        project=code,
        version=1,
        name=f"project {code}",
        planned_start=date(2026, 1, 1),
        planned_end=date(2026, 12, 31),
        total_investment=1_000 * WAN,
        reward=100 * WAN,
        submission="s0",
        row_no=2,
        recorded_at=at,
    )
    put(db, Plan, **(values | changes))


def point(db: Database, code: str, at: datetime, month: date, *, planned_bp: int, **changes: Any) -> None:
    """A month of a plan's curve."""
    values = dict(city=CITY, project=code, version=1, month=month, planned_bp=planned_bp)
    put(db, PlanPoint, **(values | dict(submission="s0", row_no=2, recorded_at=at) | changes))


def report(db: Database, code: str, at: datetime, as_of: date, **changes: Any) -> None:
    """A dispatch row; figures that are not named are not reported."""
    values = dict(
        city=CITY, project=code, as_of=as_of, submission=f"s{at:%Y%m%d%H%M}", row_no=2, recorded_at=at
    )
    put(db, Report, **(values | changes))


def adjustment(db: Database, code: str, at: datetime, number: int, **changes: Any) -> None:
    """A ledger entry, pending unless told otherwise."""
    values = dict(
        city=CITY,
        project=code,
        number=number,
        status="pending",
        adjusted_on=at.date(),
        submission="s0",
        row_no=2,
        recorded_at=at,
    )
    put(db, Adjustment, **(values | changes))


def milestone(db: Database, code: str, at: datetime, name: str, planned_on: date, **changes: Any) -> None:
    """A milestone as told at an instant."""
    values = dict(
        city=CITY,
        project=code,
        record_key=f"{code}\x1f{name}",
        name=name,
        planned_on=planned_on,
        submission=f"s{at:%Y%m%d%H%M}",
        row_no=2,
        recorded_at=at,
    )
    put(db, Milestone, **(values | changes))


def fund(db: Database, code: str, at: datetime, stage: str, on: date, amount: int, **changes: Any) -> None:
    """A movement of a project's central money, told at an instant."""
    values = dict(
        city=CITY,
        project=code,
        record_key="\x1f".join(("文1", stage, on.isoformat(), code)),
        document_no="文1",
        stage=stage,
        happened_on=on,
        amount=amount,
        source="central",
        submission=f"s{at:%Y%m%d%H%M}",
        row_no=2,
        recorded_at=at,
    )
    put(db, Fund, **(values | changes))


def record(db: Database, table: type[Record], at: datetime, *key: str, **values: Any) -> None:
    """A row of a record form, told at an instant; ``key``: its key's parts."""
    said = dict(
        city=CITY, record_key="\x1f".join(key), submission=f"s{at:%Y%m%d%H%M}", row_no=2, recorded_at=at
    )
    put(db, table, **(said | values))


def member(db: Database, code: str, at: datetime, unit: str, as_of: date, **changes: Any) -> None:
    """An enterprise of a line; tier 0 unless told otherwise."""
    values = dict(project=code, as_of=as_of, unit_code=unit, unit_name=f"unit {unit}", tier=0)
    record(db, Member, at, code, as_of.isoformat(), unit, **(values | changes))


def tenant(db: Database, code: str, at: datetime, unit: str, as_of: date, **changes: Any) -> None:
    """A tenant of a surface."""
    values = dict(project=code, as_of=as_of, unit_name=unit, role="tenant")
    record(db, Tenant, at, code, as_of.isoformat(), unit, **(values | changes))


def other_funding(db: Database, at: datetime, title: str, unit: str, **changes: Any) -> None:
    """A row of another programme's list."""
    values = dict(programme="equipment_renewal", title=title, unit_name=unit)
    record(db, OtherFunding, at, "equipment_renewal", title, unit, **(values | changes))


def enterprises(db: Database, at: datetime, as_of: date, industry: str, counts: tuple[int, int]) -> None:
    """Enterprises of an industry: above size, reached."""
    values = dict(as_of=as_of, industry=industry, above_size=counts[0], reached=counts[1])
    record(db, Enterprise, at, as_of.isoformat(), industry, **values)


def application(db: Database, at: datetime, year: int, applicant: str, **changes: Any) -> None:
    """A place that a province recommends."""
    values = dict(city="210000", year=year, applicant=applicant, place_kind="prefecture")
    record(db, Application, at, str(year), applicant, **(values | changes))
