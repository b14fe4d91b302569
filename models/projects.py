"""Key projects: identity once, descriptions as dated revisions.

What the plan approves (name, dates, money) lives in ``models/plans.py``; here is who and what. Every table
begins its key with the lead city's code, so that PostgreSQL with Citus can spread them by city.
"""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.db import coded
from models.places import STRICT
from models.vocabulary import Kind, SpendingCategory, SupportMethod


class Project(SQLModel, table=True):
    """A key project of the approved list; never changed, never deleted."""

    __table_args__ = STRICT
    city: str = Field(primary_key=True, foreign_key="place.code", max_length=16)
    code: str = Field(primary_key=True, max_length=64)
    programme: str = Field(foreign_key="programme.code", max_length=32)
    kind: Kind = Field(sa_type=coded(Kind))
    submission: str = Field(max_length=36)
    row_no: int
    recorded_at: datetime


class ProjectDetail(SQLModel, table=True):
    """One revision of a project's description; current while ``superseded_at`` is None."""

    __table_args__ = (
        sa.ForeignKeyConstraint(["city", "project"], ["project.city", "project.code"]),
        sa.Index(
            "one_current_detail",
            "city",
            "project",
            unique=True,
            sqlite_where=sa.text("superseded_at IS NULL"),
            postgresql_where=sa.text("superseded_at IS NULL"),
        ),
        STRICT,
    )
    city: str = Field(primary_key=True, max_length=16)
    project: str = Field(primary_key=True, max_length=64)
    submission: str = Field(primary_key=True, max_length=36)
    row_no: int
    recorded_at: datetime
    superseded_at: datetime | None = None
    superseded_by: str | None = Field(default=None, max_length=36)
    origin: str | None = Field(default=None, max_length=36)  # whose row a reinstated one copies
    unit_name: str
    unit_code: str | None = None  # unified social credit code, GB 32100
    industry: str | None = None  # 2 or 3 digits of GB/T 4754
    support_method: SupportMethod | None = Field(default=None, sa_type=coded(SupportMethod))
    spending_category: SpendingCategory | None = Field(default=None, sa_type=coded(SpendingCategory))
    chain: str | None = None
    chain_owner: str | None = None
    park: str | None = None
    landmark: bool = False
    partners: str | None = None  # canonical "320200:30;330500:20", shares in percent


class Partner(SQLModel, table=True):
    """A partner city's share in a project (108-II.3), from the same revision as its detail."""

    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["city", "project", "submission"],
            ["projectdetail.city", "projectdetail.project", "projectdetail.submission"],
        ),
        STRICT,
    )
    city: str = Field(primary_key=True, max_length=16)
    project: str = Field(primary_key=True, max_length=64)
    submission: str = Field(primary_key=True, max_length=36)
    partner: str = Field(primary_key=True, foreign_key="place.code", max_length=16)
    share_bp: int | None = None
