"""When reports are due, who was given more time, and who vouched for what.

A reporting rule, an exception and a signature are only ever added; the newest that was set by an instant is
the one that held then. Computing with them: ``models/periods.py``.
"""

from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.db import coded
from models.places import STRICT
from models.vocabulary import Department, ExceptionKind, PeriodUnit, SignStep


class ReportingRule(SQLModel, table=True):
    """How often a programme's projects of a city are reported, and how soon after the period's end.

    ``city`` NATION means every city without a rule of its own. In force from the first period
    that starts on or after ``from_on``. Without any rule the programme's own months and days hold.
    """

    __table_args__ = STRICT
    city: str = Field(primary_key=True, foreign_key="place.code", max_length=16)
    programme: str = Field(primary_key=True, foreign_key="programme.code", max_length=32)
    set_at: datetime = Field(primary_key=True)
    every: int = 1
    unit: PeriodUnit = Field(sa_type=coded(PeriodUnit))
    due_days: int
    from_on: date
    reason: str = ""
    set_by: str


class WindowException(SQLModel, table=True):
    """More time for one city and period: a later due day, or accepted figures opened again until an instant."""

    __table_args__ = STRICT
    city: str = Field(primary_key=True, foreign_key="place.code", max_length=16)
    programme: str = Field(primary_key=True, foreign_key="programme.code", max_length=32)
    granted_at: datetime = Field(primary_key=True)
    period_end: date
    kind: ExceptionKind = Field(sa_type=coded(ExceptionKind))
    until: datetime
    reason: str
    granted_by: str


class SignOff(SQLModel, table=True):
    """A signature under a city's figures of one period, by the state that was looked at.

    ``state`` is the token of the figures (``collectors/signoff.py``): a signature under figures that have
    changed since is void. ``returned`` ends the signatures before it.
    """

    __table_args__ = (sa.Index("signoff_by_time", "signed_at"), STRICT)
    city: str = Field(primary_key=True, foreign_key="place.code", max_length=16)
    programme: str = Field(primary_key=True, foreign_key="programme.code", max_length=32)
    period_end: date = Field(primary_key=True)
    seq: int = Field(primary_key=True)
    step: SignStep = Field(sa_type=coded(SignStep))
    department: Department | None = Field(default=None, sa_type=coded(Department))
    state: str = Field(max_length=64)
    note: str | None = None
    signed_by: str
    signed_at: datetime
