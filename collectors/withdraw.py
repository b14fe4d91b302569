"""Taking back what a submission did, and going back to what was certified. Nothing is deleted.

A withdrawal is a submission of its own: it ends the rows that are current by the one withdrawn, and reinstates,
as copies that name their origin, the rows that one had replaced. So "as known then" stays as it was, and
withdrawing the withdrawal restores. What a later submission has replaced already is left to it.
"""

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import SQLModel

from collectors.closing import DAYS, locked_days
from collectors.commit import lock, new_id
from collectors.signoff import last_accepted
from models.access import Action, Scope
from models.audit import Deed, audit
from models.db import Database
from models.plans import Adjustment, Plan
from models.projects import Partner, Project, ProjectDetail
from models.records import RECORDS
from models.reports import Report, Submission
from models.vocabulary import AdjustmentStatus, AuditKind, Door, Role
from models.words import mark

#: Every table whose rows replace each other, with what makes two rows the same one.
KEYS: dict[type[SQLModel], tuple[str, ...]] = {
    Report: ("city", "project", "as_of"),
    ProjectDetail: ("city", "project"),
    **{table: ("city", "record_key") for table in RECORDS},
}

_WITHDRAWN = mark("Submission taken back")
_REVERTED = mark("Back to what was accepted last")

#: Refusals, as catalogue keys.
NOT_THERE = mark("There is no such submission in your scope.")
REGISTERED = mark("It registered projects or approved plans; those are taken back by an adjustment only.")
WITHDRAWN_BEFORE = mark("It has been withdrawn already.")
NOTHING_LEFT = mark("Nothing of it is current any more: later submissions have replaced all of it.")
LOCKED = mark("Its figures belong to a period that the province has accepted; ask for it to be opened again.")
NEEDS_REASON = mark("Say why.")
NOT_CERTIFIED = mark("No period of this city has been accepted yet.")
NOTHING_MOVED = mark("Nothing has changed since the last accepted period.")


@dataclass(frozen=True)
class Undone:
    """What a withdrawal or reversion did. ``refusal`` is a catalogue key; then nothing was stored."""

    submission: str | None = None
    ended: int = 0
    reinstated: int = 0
    left: int = 0
    refusal: str | None = None


@dataclass(frozen=True)
class Act:
    """Who takes back, why and when."""

    by: Scope
    reason: str
    now: datetime


def withdraw(db: Database, city: str, submission: str, act: Act, *, dry_run: bool = False) -> Undone:
    """Take a submission back, or a withdrawal (which restores it). ``city`` is where it is filed. Commits."""
    with db.rw.connect() as connection, connection.begin() as transaction:
        lock(connection)
        found = _submission(connection, city, submission)
        refusal = _refusal(connection, found, act)
        if refusal is not None:
            return Undone(refusal=refusal)
        done = _undo(connection, found, act)
        if done.ended + done.reinstated == 0:
            transaction.rollback()
            return Undone(refusal=NOTHING_LEFT)
        if dry_run:
            transaction.rollback()
            return done
        _remember(connection, act, _WITHDRAWN, city, submission, done)
        return done


def _submission(connection: sa.Connection, city: str, submission: str) -> sa.Row | None:
    s = Submission.__table__
    return connection.execute(sa.select(s).where(s.c.city == city, s.c.id == submission)).one_or_none()


def _refusal(connection: sa.Connection, found: sa.Row | None, act: Act) -> str | None:
    if found is None or not (act.by.covers(found.city) or found.uploader == act.by.email):
        return NOT_THERE
    if not (act.by.may(Action.REPORT) or act.by.may(Action.DECIDE)):
        return NOT_THERE
    if not act.reason.strip():
        return NEEDS_REASON
    s = Submission.__table__
    undone = sa.select(s.c.id).where(s.c.about == found.id, s.c.door == str(Door.WITHDRAWAL))
    newest = connection.execute(undone.order_by(s.c.received_at.desc())).scalars().first()
    if newest is not None and not connection.scalar(sa.select(s.c.id).where(s.c.about == newest)):
        return WITHDRAWN_BEFORE
    p, v = Project.__table__, Plan.__table__
    if connection.scalar(sa.select(sa.exists().where(p.c.submission == found.id))) or connection.scalar(
        sa.select(sa.exists().where(v.c.submission == found.id))
    ):
        return REGISTERED
    return LOCKED if _touches_locked(connection, found.id, act.now) else None


def _touches_locked(connection: sa.Connection, submission: str, now: datetime) -> bool:
    """Does it hold a current row of a period that is accepted?"""
    for table, day in DAYS.items():
        t = table.__table__
        mine = sa.select(t.c.city, t.c[day]).where(t.c.submission == submission, t.c.superseded_at.is_(None))
        if locked_days(connection, {tuple(row) for row in connection.execute(mine.distinct())}, now):
            return True
    return False


def _undo(connection: sa.Connection, found: sa.Row, act: Act) -> Undone:
    made, left = new_id(act.now), 0
    ended = reinstated = 0
    for table, key in KEYS.items():
        t = table.__table__
        left += connection.scalar(
            sa.select(sa.func.count()).where(t.c.submission == found.id, t.c.superseded_at.is_not(None))
        )
        ended += _end(connection, t, t.c.submission == found.id, made, act.now)
        reinstated += _reinstate(connection, table, key, t.c.superseded_by == found.id, made, act.now)
    ended += _reject_pending(connection, found.id, act)
    _note(connection, found, made, Door.WITHDRAWAL, act, ended + reinstated)
    return Undone(made, ended, reinstated, left)


def _end(
    connection: sa.Connection, t: sa.Table, which: sa.ColumnElement[bool], by: str, now: datetime
) -> int:
    current = sa.update(t).where(which, t.c.superseded_at.is_(None))
    return connection.execute(current.values(superseded_at=now, superseded_by=by)).rowcount


def _reinstate(
    connection: sa.Connection,
    table: type[SQLModel],
    key: tuple[str, ...],
    which: sa.ColumnElement[bool],
    by: str,
    now: datetime,
) -> int:
    """Copies of replaced rows, for keys that have no current row now; of several the one written last."""
    t = table.__table__
    other = t.alias("other")
    vacant = ~sa.exists().where(*(other.c[n] == t.c[n] for n in key), other.c.superseded_at.is_(None))
    written = [t.c.recorded_at.desc()]
    if "reported_on" in t.c:
        written.insert(0, sa.func.coalesce(t.c.reported_on, sa.func.date(t.c.recorded_at)).desc())
    place = sa.func.row_number().over(partition_by=[t.c[n] for n in key], order_by=written)
    chosen = sa.select(t, place.label("place")).where(which, vacant).subquery()
    values = {c.name: chosen.c[c.name] for c in t.c}
    values |= {
        "submission": sa.literal(by),
        "recorded_at": sa.literal(now, t.c.recorded_at.type),
        "superseded_at": sa.null(),
        "superseded_by": sa.null(),
        "origin": sa.func.coalesce(chosen.c.origin, chosen.c.submission),
    }
    copied = sa.select(*(v.label(n) for n, v in values.items())).where(chosen.c.place == 1)
    count = connection.execute(sa.insert(t).from_select(list(values), copied)).rowcount
    if table is ProjectDetail:
        _copy_partners(connection, by)
    return connection.scalar(sa.select(sa.func.count()).where(t.c.submission == by)) if count < 0 else count


def _copy_partners(connection: sa.Connection, by: str) -> None:
    """The partner cities that a reinstated description names."""
    p, d = Partner.__table__, ProjectDetail.__table__
    same = sa.and_(p.c.city == d.c.city, p.c.project == d.c.project, p.c.submission == d.c.origin)
    rows = sa.select(p.c.city, p.c.project, d.c.submission, p.c.partner, p.c.share_bp)
    rows = rows.select_from(p.join(d, same)).where(d.c.submission == by)
    connection.execute(
        sa.insert(p).from_select(["city", "project", "submission", "partner", "share_bp"], rows)
    )


def _reject_pending(connection: sa.Connection, submission: str, act: Act) -> int:
    """Plan changes that the submission proposed and nobody has decided are no longer proposed."""
    a = Adjustment.__table__
    waiting = sa.update(a).where(a.c.submission == submission, a.c.status == AdjustmentStatus.PENDING)
    values = {"status": AdjustmentStatus.REJECTED, "decided_at": act.now, "decided_by": act.by.email}
    return connection.execute(waiting.values(**values, ground_note=act.reason)).rowcount


def _note(connection: sa.Connection, found: sa.Row, made: str, door: Door, act: Act, rows: int) -> None:
    """The withdrawal's own receipt: no bytes, but what it is about and why."""
    values = {name: found._mapping[name] for name in ("city", "form", "form_version", "file_name")}
    values |= {"id": made, "sha256": "", "size": 0, "encoding": "", "uploader": act.by.email}
    values |= {"received_at": act.now, "rows": rows, "new": 0, "changed": rows, "same": 0, "warned": 0}
    values |= {"rejected": 0, "door": door, "about": found.id, "reason": act.reason.strip()}
    connection.execute(sa.insert(Submission.__table__).values(**values))


def revert(db: Database, city: str, act: Act, *, dry_run: bool = False) -> Undone:
    """Bring a city's figures up to its last accepted period back to how they were when it was accepted.

    Only rows dated up to the period's end; what was reported for later periods stays. Commits. The period
    must be open again, or nothing in it can have moved.
    """
    with db.rw.connect() as connection, connection.begin() as transaction:
        lock(connection)
        if not (act.by.covers(city) and _reverts(act.by)):
            return Undone(refusal=NOT_THERE)
        if not act.reason.strip():
            return Undone(refusal=NEEDS_REASON)
        certified = last_accepted(connection, city, act.now)
        if certified is None:
            return Undone(refusal=NOT_CERTIFIED)
        done = _revert(connection, city, *certified, act)
        if dry_run or done.ended + done.reinstated == 0:
            transaction.rollback()
        else:
            _remember(connection, act, _REVERTED, city, done.submission or "", done)
        return done if done.ended + done.reinstated else Undone(refusal=NOTHING_MOVED)


def _remember(connection: sa.Connection, act: Act, what: str, city: str, about: str, done: Undone) -> None:
    details = {"reason": act.reason.strip(), "ended": done.ended, "reinstated": done.reinstated}
    audit(connection, Deed(AuditKind.COMMIT, act.by.email, act.now, what, city, about, details))


def _reverts(by: Scope) -> bool:
    return by.may(Action.REPORT) or by.role == Role.PROVINCE


def _revert(connection: sa.Connection, city: str, end: date, at: datetime, act: Act) -> Undone:
    made, ended, reinstated = new_id(act.now), 0, 0
    for table, day in DAYS.items():
        t = table.__table__
        mine = sa.and_(t.c.city == city, t.c[day] <= end)
        ended += _end(connection, t, sa.and_(mine, t.c.recorded_at > at), made, act.now)
        then = sa.and_(mine, t.c.recorded_at <= at, t.c.superseded_at > at)
        reinstated += _reinstate(connection, table, KEYS[table], then, made, act.now)
    values = {"city": city, "id": made, "form": "dispatch", "form_version": "", "file_name": "", "sha256": ""}
    values |= {"size": 0, "encoding": "", "uploader": act.by.email, "received_at": act.now}
    values |= {"rows": ended + reinstated, "new": 0, "changed": ended + reinstated, "same": 0, "warned": 0}
    values |= {"rejected": 0, "door": Door.REVERSION, "reason": act.reason.strip()}
    connection.execute(sa.insert(Submission.__table__).values(**values))
    return Undone(made, ended, reinstated)
