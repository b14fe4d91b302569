"""The approved plan and everything that happened to it.

Version 1 is kept for ever. A later version exists through an approved adjustment, or because a source whose
plans are in force as published said so as of a day. Which version was first and which is in force follows from
``approved_on`` (``models/versions.py``), not from the order of arrival. A plan figure that differs from the
approved plan makes a *pending* adjustment and changes nothing. Money in fen, percentages in basis points
(1 bp = 0.01 %).
"""

from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.db import coded
from models.places import STRICT
from models.vocabulary import AdjustmentStatus, Ground

#: What a plan fixes, and so what an adjustment can change; ``curve`` points are named ``curve:2026-03:pct``.
PLAN_FIELDS = ("name", "planned_start", "planned_end", "total_investment", "reward")


def _of_project() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["city", "project"], ["project.city", "project.code"])


class Plan(SQLModel, table=True):
    """One version of a project's plan, in force from ``approved_on`` until the next one.

    ``version`` counts arrivals. ``approved_on`` None means from the start. ``adjustment`` is the number of the
    adjustment that made it, None for the first plan and for plans that were published.
    """

    __table_args__ = (_of_project(), STRICT)
    city: str = Field(primary_key=True, max_length=16)
    project: str = Field(primary_key=True, max_length=64)
    version: int = Field(primary_key=True)
    name: str
    planned_start: date
    planned_end: date
    total_investment: int | None = Field(default=None, sa_type=sa.BigInteger)
    reward: int | None = Field(default=None, sa_type=sa.BigInteger)
    approved_on: date | None = None
    document_no: str | None = None
    adjustment: int | None = None
    submission: str = Field(max_length=36)
    row_no: int
    recorded_at: datetime


class PlanPoint(SQLModel, table=True):
    """A month of a plan version's curve: cumulative at the month's end."""

    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["city", "project", "version"], ["plan.city", "plan.project", "plan.version"]
        ),
        STRICT,
    )
    city: str = Field(primary_key=True, max_length=16)
    project: str = Field(primary_key=True, max_length=64)
    version: int = Field(primary_key=True)
    month: date = Field(primary_key=True)  # first day of the month
    planned_bp: int
    planned_spending: int | None = Field(default=None, sa_type=sa.BigInteger)
    submission: str = Field(max_length=36)
    row_no: int
    recorded_at: datetime


class Adjustment(SQLModel, table=True):
    """A change of a plan, in the ledger (108-II.4). Pending until somebody with the right decides.

    ``adjusted_on`` is the day of the change (approval, or the as-of day of the report that showed it);
    ``version`` is the plan version it made. ``decided_at`` None means pending, so that the status as known
    at an instant follows from it.
    """

    __table_args__ = (_of_project(), sa.Index("adjustment_by_status", "status", "city"), STRICT)
    city: str = Field(primary_key=True, max_length=16)
    project: str = Field(primary_key=True, max_length=64)
    number: int = Field(primary_key=True)
    status: AdjustmentStatus = Field(sa_type=coded(AdjustmentStatus))
    adjusted_on: date
    ground: Ground | None = Field(default=None, sa_type=coded(Ground))
    ground_note: str | None = None
    document_no: str | None = None
    version: int | None = None
    decided_at: datetime | None = None
    decided_by: str | None = None
    submission: str = Field(max_length=36)
    row_no: int
    recorded_at: datetime


class AdjustmentChange(SQLModel, table=True):
    """One field of an adjustment, old → new, as stored text: fen, basis points, ISO dates, names."""

    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["city", "project", "number"],
            ["adjustment.city", "adjustment.project", "adjustment.number"],
        ),
        STRICT,
    )
    city: str = Field(primary_key=True, max_length=16)
    project: str = Field(primary_key=True, max_length=64)
    number: int = Field(primary_key=True)
    field: str = Field(primary_key=True, max_length=40)
    old: str | None = None
    new: str | None = None
