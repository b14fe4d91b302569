"""Alerts, their history, the messages they cause, and the policies that raised them."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.db import coded
from models.places import STRICT
from models.vocabulary import MessageState, Severity, Transition, Waiting


class Policy(SQLModel, table=True):
    """A version of the thresholds, whole, as TOML; a light or alert names the version that judged it."""

    __table_args__ = STRICT
    version: int = Field(primary_key=True)
    sha256: str = Field(max_length=64, unique=True)
    body: str
    recorded_at: datetime


class Alert(SQLModel, table=True):
    """One episode of one rule on one project, or on the place ``city`` itself where ``project`` is None.

    At most one is open per project (or place) and rule. ``explanation`` is JSON: inputs, threshold and arithmetic as they stood when the alert last changed.
    ``last_on`` is the newest day it was judged on.
    """

    __table_args__ = (
        sa.ForeignKeyConstraint(["city", "project"], ["project.city", "project.code"]),
        sa.Index(
            "one_open_alert",
            "city",
            sa.text("coalesce(project, '')"),
            "rule",
            unique=True,
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        ),
        STRICT,
    )
    city: str = Field(primary_key=True, max_length=16)
    id: str = Field(primary_key=True, max_length=36)
    project: str | None = Field(default=None, max_length=64)
    rule: str = Field(max_length=40)
    severity: Severity = Field(sa_type=coded(Severity))
    measured: float | None = None
    explanation: str
    policy: int
    opened_on: date
    opened_at: datetime
    last_on: date
    closed_on: date | None = None
    closed_at: datetime | None = None


class AlertEvent(SQLModel, table=True):
    """A transition of an alert, append-only, with its reason (a catalogue key with JSON values).

    ``by`` and ``note`` where a person did it. ``assignee``: on whom an ``ASSIGNED`` one lays it, None on nobody any more.
    """

    __table_args__ = (
        sa.ForeignKeyConstraint(["city", "alert"], ["alert.city", "alert.id"]),
        sa.Index("alert_event_by_day", "event_on", "event_at", "city"),
        STRICT,
    )
    city: str = Field(primary_key=True, max_length=16)
    alert: str = Field(primary_key=True, max_length=36)
    seq: int = Field(primary_key=True)
    transition: Transition = Field(sa_type=coded(Transition))
    event_on: date
    event_at: datetime
    before: Severity | None = Field(default=None, sa_type=coded(Severity))
    after: Severity | None = Field(default=None, sa_type=coded(Severity))
    measured: float | None = None
    reason: str
    explanation: str
    policy: int
    by: str | None = Field(default=None, max_length=254)
    note: str | None = None
    assignee: str | None = Field(default=None, max_length=254)


class AlertWaiting(SQLModel, table=True):
    """A rule that speaks without an alert of its own, one row a project (or place: empty) and rule.

    ``days`` counts the judged days running on which it spoke, ``last_on`` among them: judging that day again
    finds the row and counts it once. ``by`` is the rule whose alert inhibits it.
    """

    __table_args__ = STRICT
    city: str = Field(primary_key=True, max_length=16)
    project: str = Field(primary_key=True, max_length=64)
    rule: str = Field(primary_key=True, max_length=40)
    since_on: date
    last_on: date
    days: int
    severity: Severity = Field(sa_type=coded(Severity))
    why: Waiting = Field(sa_type=coded(Waiting))
    by: str | None = Field(default=None, max_length=40)


class Silence(SQLModel, table=True):
    """Nothing is sent of some alerts until an instant: by whom and why. ``ended_at``: taken back before.

    ``city`` is a city, a province-level unit (its cities) or the nation; ``project``, ``rule`` and ``alert``
    narrow it, None means all.
    """

    __table_args__ = (sa.Index("silence_until", "until_at"), STRICT)
    city: str = Field(primary_key=True, max_length=16)
    id: str = Field(primary_key=True, max_length=36)
    project: str | None = Field(default=None, max_length=64)
    rule: str | None = Field(default=None, max_length=40)
    alert: str | None = Field(default=None, max_length=36)
    from_at: datetime
    until_at: datetime
    reason: str
    set_by: str = Field(max_length=254)
    set_at: datetime
    ended_at: datetime | None = None
    ended_by: str | None = Field(default=None, max_length=254)


class Message(SQLModel, table=True):
    """A mail to one person, written in the transaction that caused it; its text never changes.

    ``city`` is the recipient's desk. ``dedupe_key`` never expires. A claim moves ``due_at`` and
    ``lease_until`` ahead on condition that nobody did so first. ``at_once``: what could not wait for a digest.
    ``resent_by`` and ``resent_at``: who had a dead one sent again last.
    """

    __table_args__ = (
        sa.UniqueConstraint("city", "dedupe_key"),
        sa.Index("message_due", "state", "due_at"),
        sa.Index("message_by_recipient", "recipient", "created_at"),
        STRICT,
    )
    city: str = Field(primary_key=True, max_length=16)
    id: str = Field(primary_key=True, max_length=36)
    dedupe_key: str = Field(max_length=200)
    recipient: str = Field(max_length=254)
    language: str = Field(max_length=8)
    subject: str
    body_text: str
    body_html: str
    message_id: str = Field(max_length=254)
    state: MessageState = Field(sa_type=coded(MessageState))
    due_at: datetime
    attempts: int = 0
    lease_until: datetime | None = None
    worker: str | None = None
    last_error: str | None = None
    created_at: datetime
    sent_at: datetime | None = None
    at_once: bool = False
    resent_by: str | None = Field(default=None, max_length=254)
    resent_at: datetime | None = None


class Telling(SQLModel, table=True):
    """An alert in a mail to somebody: ``seq`` is the newest event that the mail tells. Append-only."""

    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["city", "alert", "seq"], ["alertevent.city", "alertevent.alert", "alertevent.seq"]
        ),
        sa.Index("telling_by_recipient", "recipient", "alert"),
        STRICT,
    )
    city: str = Field(primary_key=True, max_length=16)
    alert: str = Field(primary_key=True, max_length=36)
    message: str = Field(primary_key=True, max_length=300)
    recipient: str = Field(max_length=254)
    seq: int
    told_on: date


class Lease(SQLModel, table=True):
    """Who may run the scheduler now. A new holder raises ``epoch``."""

    __table_args__ = STRICT
    name: str = Field(primary_key=True, max_length=32)
    holder: str
    epoch: int
    until: datetime


class JobRun(SQLModel, table=True):
    """One slot of one scheduled job: done at most once, and what came of it."""

    __table_args__ = STRICT
    job: str = Field(primary_key=True, max_length=32)
    slot_at: datetime = Field(primary_key=True)
    epoch: int
    started_at: datetime
    finished_at: datetime | None = None
    result: str | None = None
