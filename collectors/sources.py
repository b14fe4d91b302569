"""Declared sources in the database: adding them, who pulls one now, and what is known after a run.

A claim is a conditional UPDATE that lasts one lease: two workers never pull one source at once, and one that
dies costs a lease of delay. Only a good run (``ok``, ``unchanged``) says that a source is alive. Refuses to
keep a secret; the declaration names where it is. What a run does: ``collectors/pull.py``.
"""

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from collectors.commit import new_id
from collectors.declaration import Declaration, DeclarationError, read_declaration
from collectors.failure import Failure, kept
from collectors.paging import Standing
from models.audit import Deed, audit
from models.db import Database, upsert
from models.places import NATION, XPCC, Place, PlaceLevel
from models.reports import Submission
from models.sources import Source, SourceRun
from models.vocabulary import AuditKind, PullOutcome
from models.words import mark

#: What a claim lasts beyond all the time its requests may take: for the intake, and for waiting before it.
LEASE_MARGIN = timedelta(minutes=5)

#: The first pause after a failure that may pass; it doubles, but never beyond the source's own rhythm.
FIRST_PAUSE = timedelta(minutes=1)

#: Runs that brought nothing new are forgotten after this; all others stay.
KEPT = timedelta(days=30)

#: What declaring a source anew forgets of it.
_FORGOTTEN = ("etag", "last_modified", "cursor", "content_sha256", "claimed_until", "silence_told_at")

_KIND = AuditKind.ADMINISTRATION
_DECLARED, _REMOVED = mark("Data source declared"), mark("Data source removed")
_ENABLED, _DISABLED = mark("Data source switched on"), mark("Data source switched off")

_GOOD = (PullOutcome.OK, PullOutcome.UNCHANGED)
_S, _R = Source.__table__, SourceRun.__table__


@dataclass(frozen=True)
class Claimed:
    """A source that is ours to pull until ``until``. ``told`` is None where its declaration cannot be read."""

    name: str
    told: Declaration | None
    standing: Standing
    started_at: datetime
    until: datetime
    due_at: datetime
    sha256: str | None = None
    failures: int = 0


@dataclass(frozen=True)
class Ran:
    """What came of a run, as it is kept. ``code`` None: new figures were stored."""

    outcome: PullOutcome
    failure: Failure | None = None
    shape: dict[str, Any] = field(default_factory=dict)
    notes: tuple[Failure, ...] = ()
    counts: dict[str, int] = field(default_factory=dict)
    submission: str | None = None

    @property
    def is_good(self) -> bool:
        return self.outcome in _GOOD

    @property
    def code(self) -> str | None:
        return None if self.failure is None else self.failure.code

    @property
    def values(self) -> str:
        told = dict(self.failure.values) if self.failure else {}
        notes = [{"code": note.code, "values": json.loads(kept(note.values))} for note in self.notes]
        more = {"shape": self.shape} if self.shape else {}
        return kept(told | more | ({"notes": notes} if notes else {}))


@dataclass(frozen=True)
class After:
    """What the next request is conditional on, after a good run. ``cursor`` and ``sha256``: None keeps what was.

    ``memory`` takes the cursor's place for a folder, and is kept whatever came of the run.
    """

    etag: str | None = None
    last_modified: str | None = None
    cursor: str | None = None
    sha256: str | None = None
    memory: str | None = None


# --- declaring ----------------------------------------------------------------------------------------------


def add(db: Database, text: str, *, by: str, now: datetime) -> Declaration:
    """Declare a source, or declare it anew: it is read from the start again, its history stays. Commits.

    Raises DeclarationError.
    """
    told = read_declaration(text)
    fresh = dict.fromkeys(_FORGOTTEN)
    row = dict(name=told.name, city=told.place, declared=text, enabled=True, declared_by=by, declared_at=now)
    with db.rw.begin() as connection:
        _require_place(connection, told)
        upsert(connection, Source, [row | fresh | dict(due_at=now, failures=0)])
        digest = hashlib.sha256(text.encode()).hexdigest()
        details = {"form": told.form, "declaration": digest}
        audit(connection, Deed(_KIND, by, now, _DECLARED, told.place, told.name, details))
    return told


def _require_place(connection: sa.Connection, told: Declaration) -> None:
    place = connection.execute(sa.select(Place.__table__).where(Place.__table__.c.code == told.place)).first()
    if told.place != NATION and (place is None or (place.level != PlaceLevel.CITY and place.code != XPCC)):
        raise DeclarationError(f"city: there is no city with the code {told.place}")


def set_enabled(db: Database, name: str, enabled: bool, *, by: str, now: datetime) -> bool:
    """Switch a source off, or on: then it is due at once, and its silence is counted from now. Commits.

    False where there is none.
    """
    anew = {"due_at": now, "declared_at": now, "failures": 0, "silence_told_at": None}
    values = {"enabled": enabled} | (anew if enabled else {})
    with db.rw.begin() as connection:
        city = connection.scalar(sa.update(_S).where(_S.c.name == name).values(**values).returning(_S.c.city))
        if city is not None:
            what = _ENABLED if enabled else _DISABLED
            audit(connection, Deed(_KIND, by, now, what, city, name))
    return city is not None


def ask_for(db: Database, name: str, *, now: datetime) -> bool:
    """Make a source due now, for the worker's next look. False where there is none or it is off. Commits."""
    mine = sa.update(_S).where(_S.c.name == name, _S.c.enabled)
    with db.rw.begin() as connection:
        return connection.execute(mine.values(due_at=now)).rowcount == 1


def remove(db: Database, name: str, *, by: str, now: datetime) -> bool:
    """Remove a source that never brought anything, with its runs. False where it did, or there is none.

    What was stored names its source; such a source can only be disabled. Commits.
    """
    brought = sa.exists().where(Submission.__table__.c.source == name)
    with db.rw.begin() as connection:
        if connection.scalar(sa.select(brought)):
            return False
        connection.execute(sa.delete(_R).where(_R.c.source == name))
        city = connection.scalar(sa.delete(_S).where(_S.c.name == name).returning(_S.c.city))
        if city is not None:
            audit(connection, Deed(_KIND, by, now, _REMOVED, city, name))
    return city is not None


# --- claiming -----------------------------------------------------------------------------------------------


def due(db: Database, now: datetime, *, limit: int) -> list[tuple[str, str]]:
    """Names and declarations of sources that are due and that nobody pulls, the longest due first."""
    free = sa.or_(_S.c.claimed_until.is_(None), _S.c.claimed_until <= now)
    statement = sa.select(_S.c.name, _S.c.declared).where(_S.c.enabled, _S.c.due_at <= now, free)
    with db.ro.connect() as connection:
        rows = connection.execute(statement.order_by(_S.c.due_at, _S.c.name).limit(limit))
        return [(row.name, row.declared) for row in rows]


def claim(db: Database, names: Collection[str], now: datetime, *, only_due: bool = True) -> list[Claimed]:
    """Take sources for one run each, as far as nobody else has them (and they are due). Commits."""
    with db.rw.begin() as connection:
        found = (_claim_one(connection, name, now, only_due) for name in names)
        return [one for one in found if one is not None]


def _claim_one(connection: sa.Connection, name: str, now: datetime, only_due: bool) -> Claimed | None:
    row = connection.execute(_one(), {"wanted": name}).first()
    if row is None or (row.claimed_until is not None and row.claimed_until > now):
        return None
    if only_due and (not row.enabled or row.due_at > now):
        return None
    told = _understood(row.declared)
    until = now + LEASE_MARGIN + timedelta(seconds=told.limits.whole_s if told else 0)
    same = (
        _S.c.claimed_until.is_(None) if row.claimed_until is None else _S.c.claimed_until == row.claimed_until
    )
    taken = sa.update(_S).where(_S.c.name == name, same).values(claimed_until=until)
    if connection.execute(taken).rowcount != 1:
        return None
    standing = Standing(row.etag, row.last_modified, row.cursor, _last_shape(connection, row))
    return Claimed(name, told, standing, now, until, row.due_at, row.content_sha256, row.failures)


@lru_cache(maxsize=1)
def _one() -> sa.Select:
    return sa.select(_S).where(_S.c.name == sa.bindparam("wanted"))


def _understood(text: str) -> Declaration | None:
    try:
        return read_declaration(text)
    except DeclarationError:
        return None


@lru_cache(maxsize=1)
def _shapes() -> sa.Select:
    statement = sa.select(_R.c["values"]).where(_R.c.source == sa.bindparam("source"))
    statement = statement.where(_R.c.outcome == PullOutcome.OK, _R.c.started_at >= sa.bindparam("since"))
    return statement.order_by(_R.c.started_at.desc()).limit(1)


def _last_shape(connection: sa.Connection, row: sa.Row) -> dict[str, Any]:
    """The form of the last data that were taken since the source was declared."""
    text = connection.scalar(_shapes(), {"source": row.name, "since": row.declared_at})
    return json.loads(text).get("shape", {}) if text else {}


def release(db: Database, claimed: Claimed) -> None:
    """Give a source back without a run: the program stops. Commits."""
    mine = (_S.c.name == claimed.name) & (_S.c.claimed_until == claimed.until)
    with db.rw.begin() as connection:
        connection.execute(sa.update(_S).where(mine).values(claimed_until=None))


# --- after a run --------------------------------------------------------------------------------------------


def note(
    db: Database, claimed: Claimed, runs: Sequence[Ran], after: After, *, now: datetime, due_at: datetime
) -> None:
    """Keep what came of a run and where the source stands now, and let it go. Commits.

    Where the claim has ended meanwhile the runs are kept, and the source's standing is the other worker's.
    """
    mine = (_S.c.name == claimed.name) & (_S.c.claimed_until == claimed.until)
    values: dict[str, Any] = {"claimed_until": None, "due_at": due_at}
    if runs:
        values |= _standing(claimed, runs, after, now)
    if after.memory is not None:
        values["cursor"] = after.memory
    with db.rw.begin() as connection:
        for ran in runs:
            connection.execute(sa.insert(_R).values(**_row(claimed, ran, now)))
        connection.execute(sa.update(_S).where(mine).values(**values))
        old = (_R.c.source == claimed.name) & (_R.c.started_at < now - KEPT)
        connection.execute(sa.delete(_R).where(old, _R.c.outcome == PullOutcome.UNCHANGED))


def _row(claimed: Claimed, ran: Ran, now: datetime) -> dict[str, Any]:
    told = dict(id=new_id(now), source=claimed.name, started_at=claimed.started_at, finished_at=now)
    told |= dict(outcome=ran.outcome, code=ran.code, values=ran.values, submission=ran.submission)
    return told | ran.counts


def _standing(claimed: Claimed, runs: Sequence[Ran], after: After, now: datetime) -> dict[str, Any]:
    """What a source's row says after its runs; the last one counts."""
    if not runs[-1].is_good:
        return {"failures": claimed.failures + 1}
    kept_back = {
        "etag": after.etag,
        "last_modified": after.last_modified,
        "cursor": after.cursor or claimed.standing.cursor,
        "content_sha256": after.sha256 or claimed.sha256,
    }
    brought = any(ran.outcome == PullOutcome.OK for ran in runs)
    return kept_back | {"failures": 0, "last_ok_at": now} | ({"last_data_at": now} if brought else {})


def next_due(claimed: Claimed, wait: timedelta) -> datetime:
    """After a good run: counted from when it was due, so that a rhythm keeps its hours; if that is past, from now."""
    kept_phase = claimed.due_at <= claimed.started_at < claimed.due_at + wait
    return (claimed.due_at if kept_phase else claimed.started_at) + wait


def pause(told: Declaration | None, failure: Failure | None, failures: int, chance: float) -> timedelta:
    """How long until a source is pulled again. ``failures``: in a row, this one included.

    After a good run its rhythm; after a failure that may pass a pause that doubles, at most its rhythm; but
    never sooner than the source asked for. What does not pass by itself waits a whole rhythm.
    """
    rhythm = timedelta(minutes=told.every_minutes) if told else timedelta(hours=1)
    if failure is None or not failure.retryable:
        return rhythm
    doubled = FIRST_PAUSE * 2 ** min(failures - 1, 20) * (1 + chance / 5)
    return max(min(rhythm, doubled), timedelta(seconds=failure.after_s or 0))
