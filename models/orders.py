"""Dispatch orders (督办): what a supervisor asks of a city or province desk, and everything that happened to it.

An order is what was asked when it was issued; all else is an event, append-only. State, due days and lateness
are computed from the events (``alerts/order_clock.py``) and stored nowhere. A new deed is a member of ``Deed``,
its label, a migration of the check, and its place in the clock.
"""

from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.db import coded
from models.places import STRICT
from models.vocabulary import Cause, Deed, Duty, MediaKind, Tier


class DispatchOrder(SQLModel, table=True):
    """An order as it was issued, on a project or on the place ``city`` itself where ``project`` is None.

    ``number`` is for people, unique within a city: year, city, serial. ``rule`` and ``alert`` name the alert it
    came from, None where it was issued by hand. ``to_level`` is the desk that answers, ``named`` the e-mail
    addresses (one a line) of those it is laid on in person. ``by_level`` is the issuer's level.
    """

    __table_args__ = (
        sa.ForeignKeyConstraint(["city", "project"], ["project.city", "project.code"]),
        sa.ForeignKeyConstraint(["city", "alert"], ["alert.city", "alert.id"]),
        sa.UniqueConstraint("city", "number"),
        sa.Index("order_by_alert", "city", "rule", "project"),
        STRICT,
    )
    city: str = Field(primary_key=True, foreign_key="place.code", max_length=16)
    id: str = Field(primary_key=True, max_length=36)
    number: str = Field(max_length=32)
    project: str | None = Field(default=None, max_length=64)
    rule: str | None = Field(default=None, max_length=40)
    alert: str | None = Field(default=None, max_length=36)
    to_level: Tier = Field(sa_type=coded(Tier))
    named: str = ""
    by_level: Tier = Field(sa_type=coded(Tier))
    issued_by: str = Field(max_length=254)
    issued_at: datetime
    cause: Cause = Field(sa_type=coded(Cause))
    cause_note: str | None = None
    asked: str


class OrderAlert(SQLModel, table=True):
    """An alert that an order gathers beside the one it came from (``DispatchOrder.alert``). Append-only."""

    __table_args__ = (
        sa.ForeignKeyConstraint(["city", "order_id"], ["dispatchorder.city", "dispatchorder.id"]),
        sa.ForeignKeyConstraint(["city", "alert"], ["alert.city", "alert.id"]),
        sa.Index("order_alert_by_alert", "city", "alert"),
        STRICT,
    )
    city: str = Field(primary_key=True, max_length=16)
    order_id: str = Field(primary_key=True, max_length=36)
    alert: str = Field(primary_key=True, max_length=36)
    rule: str = Field(max_length=40)


class OrderEvent(SQLModel, table=True):
    """Something that happened to an order: who did it (None: the clock), why, and the days it sets.

    ``answer_by`` and ``rectify_by`` where the event sets them, or asks for them. ``level`` is the doer's; of an
    escalation, the level it reaches. ``duty`` and ``due_on`` say which duty a reminder or escalation is about.
    ``alert`` is the alert whose opening was the relapse.
    """

    __table_args__ = (
        sa.ForeignKeyConstraint(["city", "order_id"], ["dispatchorder.city", "dispatchorder.id"]),
        sa.Index("order_event_by_day", "happened_on"),
        STRICT,
    )
    city: str = Field(primary_key=True, max_length=16)
    order_id: str = Field(primary_key=True, max_length=36)
    seq: int = Field(primary_key=True)
    deed: Deed = Field(sa_type=coded(Deed))
    happened_on: date
    happened_at: datetime
    by: str | None = Field(default=None, max_length=254)
    level: Tier | None = Field(default=None, sa_type=coded(Tier))
    note: str | None = None
    answer_by: date | None = None
    rectify_by: date | None = None
    duty: Duty | None = Field(default=None, sa_type=coded(Duty))
    due_on: date | None = None
    alert: str | None = Field(default=None, max_length=36)


class OrderEvidence(SQLModel, table=True):
    """A file handed in with an event of an order, byte for byte."""

    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["city", "order_id", "seq"], ["orderevent.city", "orderevent.order_id", "orderevent.seq"]
        ),
        STRICT,
    )
    city: str = Field(primary_key=True, max_length=16)
    order_id: str = Field(primary_key=True, max_length=36)
    id: str = Field(primary_key=True, max_length=36)
    seq: int
    file_name: str = Field(max_length=100)
    media: MediaKind = Field(sa_type=coded(MediaKind))
    size: int
    sha256: str = Field(max_length=64)
    content: bytes
