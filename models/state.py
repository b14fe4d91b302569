"""The cache: each day's judged state of every project, and its totals.

Everything here can be dropped and rebuilt from reports and plans to the same figures (a test does it). It
exists so that a page over 100,000 projects opens as fast as one over 1,000.
"""

from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.db import coded
from models.places import STRICT
from models.vocabulary import Change, Freshness, Kind, Light, PeriodUnit


class DayState(SQLModel, table=True):
    """One project on one judged day. Percentages in basis points, money in fen, as ``facts`` gives them."""

    __table_args__ = (
        sa.Index("day_state_worst", "state_on", "score"),
        sa.Index("day_state_changed", "state_on", "change"),
        STRICT,
    )
    city: str = Field(primary_key=True, max_length=16)
    state_on: date = Field(primary_key=True)
    project: str = Field(primary_key=True, max_length=64)
    programme: str = Field(max_length=32)
    kind: Kind = Field(sa_type=coded(Kind))
    industry: str | None = None
    name: str
    unit_name: str
    light: Light = Field(sa_type=coded(Light))
    light_v1: Light = Field(sa_type=coded(Light))
    light_before: Light | None = Field(default=None, sa_type=coded(Light))
    change: Change = Field(sa_type=coded(Change))
    freshness: Freshness = Field(sa_type=coded(Freshness))
    score: float  # worst first: severity, then size
    rules: str  # rules that speak, as "rule:severity" joined by ";"
    as_of: date | None = None
    physical_bp: float | None = None
    planned_bp: float | None = None
    planned_v1_bp: float | None = None
    elapsed_bp: float | None = None
    total_investment: int | None = Field(default=None, sa_type=sa.BigInteger)
    reward: int | None = Field(default=None, sa_type=sa.BigInteger)
    invested: int | None = Field(default=None, sa_type=sa.BigInteger)
    issued: int | None = Field(default=None, sa_type=sa.BigInteger)
    transferred: int | None = Field(default=None, sa_type=sa.BigInteger)
    paid: int | None = Field(default=None, sa_type=sa.BigInteger)
    spent: int | None = Field(default=None, sa_type=sa.BigInteger)
    planned_spending: float | None = None
    version: int
    adjustments: int
    policy: int | None = None  # the version that judged; None: the carried text, not stored yet


class DayTotal(SQLModel, table=True):
    """The day's sums of one city, programme, kind, industry and light: what overviews add up."""

    __table_args__ = (sa.Index("day_total_of_day", "state_on"), STRICT)
    city: str = Field(primary_key=True, max_length=16)
    state_on: date = Field(primary_key=True)
    programme: str = Field(primary_key=True, max_length=32)
    kind: Kind = Field(primary_key=True, sa_type=coded(Kind))
    industry: str = Field(primary_key=True, max_length=8)  # "" where a project names none
    light: Light = Field(primary_key=True, sa_type=coded(Light))
    light_v1: Light = Field(primary_key=True, sa_type=coded(Light))
    freshness: Freshness = Field(primary_key=True, sa_type=coded(Freshness))
    change: Change = Field(primary_key=True, sa_type=coded(Change))
    projects: int
    measured: int  # projects whose physical progress and plan are both known
    physical_bp: float  # sums over the measured projects
    planned_bp: float
    planned_v1_bp: float
    total_investment: int = Field(sa_type=sa.BigInteger)
    reward: int = Field(sa_type=sa.BigInteger)
    invested: int = Field(sa_type=sa.BigInteger)
    issued: int = Field(sa_type=sa.BigInteger)
    transferred: int = Field(sa_type=sa.BigInteger)
    paid: int = Field(sa_type=sa.BigInteger)
    spent: int = Field(sa_type=sa.BigInteger)
    planned_spending: float
    oldest_as_of: date | None = None
    newest_as_of: date | None = None


class LightStep(SQLModel, table=True):
    """How many projects went from which light to which between the ends of two periods that follow each other.

    ``state_on`` is the newest judged day of its week or month, ``since_on`` the newest judged day before that
    period. ``light_before`` "" is a project that joined, ``light`` "" one that left. Kept by
    ``models/light_steps.py``; like all here it can be dropped and made anew.
    """

    __table_args__ = (sa.Index("light_step_by_day", "unit", "state_on"), STRICT)
    city: str = Field(primary_key=True, max_length=16)
    unit: PeriodUnit = Field(primary_key=True, sa_type=coded(PeriodUnit))
    state_on: date = Field(primary_key=True)
    programme: str = Field(primary_key=True, max_length=32)
    kind: Kind = Field(primary_key=True, sa_type=coded(Kind))
    industry: str = Field(primary_key=True, max_length=8)  # "" where a project names none
    light_before: str = Field(primary_key=True, max_length=8)
    light: str = Field(primary_key=True, max_length=8)
    since_on: date
    projects: int


class Judgement(SQLModel, table=True):
    """That a day was judged: when, as known when, by which policy, and what came of it.

    ``policy`` is the nation's; where another is in force its light and alerts name it. ``moved_alerts`` is False where only the cached state of some cities was brought up to date.
    ``held_until``: when the mails may go that it held back, because their readers had just had one.
    """

    __table_args__ = STRICT
    id: str = Field(primary_key=True, max_length=36)
    judged_on: date = Field(index=True)
    known_at: datetime
    finished_at: datetime
    policy: int
    moved_alerts: bool
    held_until: datetime | None = None
    projects: int
    opened: int
    worsened: int
    eased: int
    resolved: int
