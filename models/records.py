"""The records a city keeps beside progress: chain members, park tenants, money, milestones, inspections and so on.

Each table is one report form (``collectors/forms/``). Rows are only ever added: ``record_key`` is the form's
key as one text, and a newer row with the same key supersedes the older one. Money in fen, percentages in basis
points. A new form is a table here, a migration, its declaration in ``collectors/forms/`` and its labels.
"""

from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.db import coded
from models.places import STRICT
from models.vocabulary import (
    FundSource,
    Measure,
    MoneyStage,
    OtherProgramme,
    PlaceKind,
    SpendingCategory,
    TenantRole,
)

#: What stands between the parts of a ``record_key``; no text that is taken in can hold it.
KEY_SEPARATOR = "\x1f"


class Record(SQLModel):
    """What every record row carries: whose it is, where it came from, until when it was the current one."""

    city: str = Field(primary_key=True, foreign_key="place.code", max_length=16)
    record_key: str = Field(primary_key=True, max_length=400)
    submission: str = Field(primary_key=True, max_length=36)
    row_no: int
    recorded_at: datetime
    superseded_at: datetime | None = None
    superseded_by: str | None = Field(default=None, max_length=36)
    origin: str | None = Field(default=None, max_length=36)  # whose row a reinstated one copies
    reported_on: date | None = None  # the day it was written: an older writing never replaces a newer one


def _of_record(name: str, *, project: bool = False) -> tuple:
    current = sa.text("superseded_at IS NULL")
    one = sa.Index(
        f"one_current_{name}",
        "city",
        "record_key",
        unique=True,
        sqlite_where=current,
        postgresql_where=current,
    )
    of_project = (sa.ForeignKeyConstraint(["city", "project"], ["project.city", "project.code"]),)
    return (*(of_project if project else ()), one, STRICT)


class Member(Record, table=True):
    """An enterprise of a line (108-I.2) on an as-of day: where it stands in the chain and how far it is.

    ``tier`` counts from the chain-owner (0); ``supplies`` is the credit code of the member it delivers to.
    """

    __table_args__ = _of_record("member", project=True)
    project: str = Field(max_length=64)
    as_of: date
    unit_code: str = Field(max_length=18)
    unit_name: str
    tier: int
    supplies: str | None = Field(default=None, max_length=18)
    member_city: str | None = None
    planned_bp: int | None = None
    actual_bp: int | None = None


class Tenant(Record, table=True):
    """A part of a surface (108-I.3) on an as-of day: a tenant, the promotion centre, or the public platform."""

    __table_args__ = _of_record("tenant", project=True)
    project: str = Field(max_length=64)
    as_of: date
    unit_name: str
    unit_code: str | None = Field(default=None, max_length=18)
    role: TenantRole = Field(sa_type=coded(TenantRole))
    planned_bp: int | None = None
    actual_bp: int | None = None


class Fund(Record, table=True):
    """One dated movement of money on its way issued → transferred → paid → spent (108-II.5).

    ``project`` None: money of the city that is not yet a project's. ``holder`` is who has the money after it.
    """

    __table_args__ = _of_record("fund", project=True)
    document_no: str
    stage: MoneyStage = Field(sa_type=coded(MoneyStage))
    happened_on: date
    project: str | None = Field(default=None, max_length=64)
    amount: int = Field(sa_type=sa.BigInteger)
    source: FundSource = Field(sa_type=coded(FundSource))
    spending_category: SpendingCategory | None = Field(default=None, sa_type=coded(SpendingCategory))
    separate_account: bool | None = None
    voucher: str | None = None
    holder: str | None = None


class OtherFunding(Record, table=True):
    """A project in the list of another central programme (108-II.2): what double funding is looked for in."""

    __table_args__ = _of_record("otherfunding")
    programme: OtherProgramme = Field(sa_type=coded(OtherProgramme))
    title: str
    unit_name: str
    unit_code: str | None = Field(default=None, max_length=18)
    project_code: str | None = Field(default=None, max_length=64)  # the national project code (项目代码)
    amount: int | None = Field(default=None, sa_type=sa.BigInteger)
    awarded_on: date | None = None
    document_no: str | None = None


class Milestone(Record, table=True):
    """A milestone of a project: planned, now expected, reached.

    ``first_reported_on`` is the day it was first written as it stands, where it was written again since.
    """

    __table_args__ = _of_record("milestone", project=True)
    project: str = Field(max_length=64)
    name: str
    planned_on: date
    expected_on: date | None = None
    reached_on: date | None = None
    note: str | None = None
    first_reported_on: date | None = None


class Enterprise(Record, table=True):
    """Digital reach of an industry's above-designated-size enterprises in a city (domain figure 6)."""

    __table_args__ = _of_record("enterprise")
    as_of: date
    industry: str = Field(max_length=8)
    above_size: int
    reached: int


class Inspection(Record, table=True):
    """A finding of an inspection (108-II.5): what, until when, and the evidence that it was mended."""

    __table_args__ = _of_record("inspection", project=True)
    number: str
    inspected_on: date
    inspector: str
    project: str | None = Field(default=None, max_length=64)
    finding: str
    deadline_on: date | None = None
    rectified_on: date | None = None
    evidence: str | None = None


class Evaluation(Record, table=True):
    """A city's annual performance evaluation and the measure taken on it (108-III.3)."""

    __table_args__ = _of_record("evaluation")
    year: int
    score: int | None = None  # hundredths of a point
    grade: str | None = None
    measure: Measure | None = Field(default=None, sa_type=coded(Measure))
    measure_on: date | None = None
    document_no: str | None = None
    amount: int | None = Field(default=None, sa_type=sa.BigInteger)  # deducted or recovered, fen
    note: str | None = None


class Application(Record, table=True):
    """A place that a province recommends for the pilot (108-III.1); ``city`` is the province-level unit."""

    __table_args__ = _of_record("application")
    year: int
    applicant: str
    applicant_code: str | None = Field(default=None, max_length=16)  # six digits, GB/T 2260
    place_kind: PlaceKind = Field(sa_type=coded(PlaceKind))
    leads: bool | None = None  # of two districts of a municipality, does this one lead?
    document_no: str | None = None
    applied_on: date | None = None


#: Every record table.
RECORDS: tuple[type[Record], ...] = (
    *(Member, Tenant, Fund, OtherFunding, Milestone, Enterprise, Inspection, Evaluation, Application),
)
