"""Whether a source is alive: silent for longer than its own rhythm, failing again and again, or in time.

Pure. Only a good run says that a source is alive. Used by the page, the command line and the mails, so that
they never say different things.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from collectors.declaration import Declaration, DeclarationError, read_declaration
from models.words import Words

#: A source that is due for so long was not asked: that is the worker's silence, not its own.
UNASKED_AFTER = timedelta(minutes=10)

#: Failures in a row that people are told of (promises.md, 3.6).
MANY_FAILURES = 3


class Health(StrEnum):
    """How a source fares; the worst first."""

    SILENT = "silent"
    FAILING = "failing"
    UNASKED = "unasked"  # nobody asked it: the worker stands still
    WAITING = "waiting"  # it never brought anything, and need not have yet
    IN_TIME = "in_time"
    OFF = "off"


class Row(Protocol):
    """What is looked at: a row of the table, or of a page."""

    declared: str
    enabled: bool
    declared_at: datetime
    due_at: datetime
    last_ok_at: datetime | None
    failures: int


@dataclass(frozen=True)
class State:
    """``since``: the instant from which it owes something: its last good run, or when it was declared."""

    health: Health
    since: datetime
    every: timedelta

    @property
    def speaks_up(self) -> bool:
        """Are people to be told?"""
        return self.health in (Health.SILENT, Health.FAILING)


def state_of(row: Row, *, now: datetime, tolerance: timedelta) -> State:
    """How a source fares at an instant."""
    told = understood(row.declared)
    every = timedelta(minutes=told.every_minutes) if told else timedelta(hours=1)
    since = max(row.last_ok_at or row.declared_at, row.declared_at)
    return State(_health(row, now, now > since + every + tolerance), since, every)


def _health(row: Row, now: datetime, overdue: bool) -> Health:
    if not row.enabled:
        return Health.OFF
    if overdue:
        return Health.UNASKED if row.due_at < now - UNASKED_AFTER else Health.SILENT
    if row.failures >= MANY_FAILURES:
        return Health.FAILING
    return Health.WAITING if row.last_ok_at is None else Health.IN_TIME


def understood(text: str) -> Declaration | None:
    """A stored declaration; None where this program can no longer read it."""
    try:
        return read_declaration(text)
    except DeclarationError:
        return None


def title_of(row_name: str, declared: str) -> str:
    """How people call a source."""
    told = understood(declared)
    return (told.title if told else "") or row_name


def rhythm(every: timedelta, words: Words) -> str:
    """How often a source is asked, in words."""
    minutes = int(every.total_seconds() // 60)
    if minutes % 1440 == 0:
        return words("every {n} d", n=minutes // 1440)
    return words("every {n} h", n=minutes // 60) if minutes % 60 == 0 else words("every {n} min", n=minutes)
