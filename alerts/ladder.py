"""Entering, correcting and withdrawing a measure of the consequence ladder (108-III.3) on a city.

People of the province or ministry do it, never a rule: no evaluation, alert or order makes a measure. Nothing is
deleted; who corrects or withdraws says why, and must be of the level that entered it or a higher one. Refusals
are catalogue texts.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from alerts.evidence import Checked, Upload, check_files
from alerts.order_rights import tier_of
from models import clock
from models.access import Scope
from models.audit import Deed, audit
from models.db import Database
from models.ladder import MeasureEntry, MeasureFile, MeasureOrder
from models.orders import DispatchOrder
from models.places import Place
from models.queries.ladder import MeasureRow, read
from models.records import Evaluation
from models.vocabulary import TIERS, AuditKind, EntryKind, Measure
from models.words import mark

NOT_YOURS = mark("This is not yours to do.")
NO_DOCUMENT = mark("A measure needs the number of its document.")
NO_DATE = mark("A measure needs the day of its document, not in the future.")
NO_AMOUNT = mark("Deduction or recovery needs an amount above zero.")
NO_MONEY = mark("Only deduction or recovery has an amount.")
NO_WHY = mark("Say why.")
NO_EVALUATION = mark("The city has no evaluation of that year.")
NO_ORDER = mark("An order that is named is not one of this city.")
GONE = mark("The measure was withdrawn already.")
CHANGED = mark("Somebody changed this measure meanwhile. Look at it again.")


@dataclass(frozen=True)
class Content:
    """What a measure says. ``amount`` in fen; ``orders``: ids of orders of the city that it rests on."""

    measure: Measure
    document_no: str
    decided_on: date | None
    note: str
    amount: int | None = None
    year: int | None = None
    orders: tuple[str, ...] = ()


@dataclass(frozen=True)
class Entry:
    """Somebody enters a measure (``seen`` 0), or corrects the one whose newest entry they saw was ``seen``."""

    by: Scope
    city: str
    content: Content
    at: datetime
    files: Sequence[Upload] = ()
    seen: int = 0
    id: str = field(default_factory=lambda: str(uuid.uuid4()))


def enter(db: Database, entry: Entry, *, max_bytes: int = 10_000_000) -> str | None:
    """Store a measure, or the correction of one; commits. None, or why not. The same entry twice is one."""
    files, refusal = check_files(entry.files, max_bytes=max_bytes)
    refusal = refusal or _ill_formed(entry)
    if refusal is not None:
        return refusal
    with db.rw.begin() as connection:
        _lock(connection, entry.city)
        known = read(connection, entry.by, entry.city, entry.id)
        if known and entry.seen == 0:
            return None
        refusal = _refused(connection, entry, known)
        if refusal is not None:
            return refusal
        kind = EntryKind.CORRECTED if entry.seen else EntryKind.ENTERED
        _store(connection, entry, kind, files)
    return None


def withdraw(
    db: Database, by: Scope, city: str, identity: str, *, seen: int, note: str, at: datetime
) -> str | None:
    """Take a measure back, saying why; commits. None, or why not. It stays on the page as withdrawn."""
    if not note.strip():
        return NO_WHY
    with db.rw.begin() as connection:
        _lock(connection, city)
        known = read(connection, by, city, identity)
        refusal = NOT_YOURS if not known else _may_change(by, known[0], seen)
        if refusal is not None:
            return refusal
        now = known[0].now
        orders = tuple(one for one, _ in now.orders)
        content = Content(now.measure, now.document_no, now.decided_on, note, now.amount, now.year, orders)
        _store(connection, Entry(by, city, content, at, (), seen, identity), EntryKind.WITHDRAWN, [])
    return None


def may_change(by: Scope, measure: MeasureRow) -> bool:
    """May this person correct or withdraw it?"""
    return _may_change(by, measure, measure.now.seq) is None


def _lock(connection: sa.Connection, city: str) -> None:
    """Nobody else enters anything about this city until the transaction ends; on SQLite nobody does anyway."""
    place = Place.__table__
    connection.execute(sa.select(place.c.code).where(place.c.code == city).with_for_update())


def _ill_formed(entry: Entry) -> str | None:
    content = entry.content
    if not entry.by.decides(entry.city):
        return NOT_YOURS
    if not content.document_no.strip() or len(content.document_no) > 100:
        return NO_DOCUMENT
    if content.decided_on is None or content.decided_on > clock.local_day(entry.at):
        return NO_DATE
    takes_money = content.measure == Measure.DEDUCTION_OR_RECOVERY
    if takes_money and (content.amount is None or content.amount <= 0):
        return NO_AMOUNT
    if not takes_money and content.amount is not None:
        return NO_MONEY
    return None if content.note.strip() else NO_WHY


def _refused(connection: sa.Connection, entry: Entry, known: list[MeasureRow]) -> str | None:
    place, order, evaluation = Place.__table__, DispatchOrder.__table__, Evaluation.__table__
    if not known and entry.seen:
        return NOT_YOURS
    if connection.execute(sa.select(place.c.code).where(place.c.code == entry.city)).first() is None:
        return NOT_YOURS
    if known and (refusal := _may_change(entry.by, known[0], entry.seen)) is not None:
        return refusal
    if entry.content.year is not None:
        of_year = sa.select(evaluation.c.year).where(
            evaluation.c.city == entry.city,
            evaluation.c.year == entry.content.year,
            evaluation.c.superseded_at.is_(None),
        )
        if connection.execute(of_year).first() is None:
            return NO_EVALUATION
    wanted = set(entry.content.orders)
    own = sa.select(order.c.id).where(order.c.city == entry.city, order.c.id.in_(sorted(wanted)))
    return None if not wanted or set(connection.scalars(own)) == wanted else NO_ORDER


def _may_change(by: Scope, measure: MeasureRow, seen: int) -> str | None:
    highest = max(TIERS.index(entry.level) for entry in measure.entries)
    if not by.decides(measure.city) or TIERS.index(tier_of(by.role)) < highest:
        return NOT_YOURS
    if measure.withdrawn:
        return GONE
    return None if seen == measure.now.seq else CHANGED


def _store(connection: sa.Connection, entry: Entry, kind: EntryKind, files: list[Checked]) -> None:
    content, seq = entry.content, entry.seen + 1
    row: dict[str, Any] = {"city": entry.city, "id": entry.id, "seq": seq, "kind": kind}
    row |= {"measure": content.measure, "document_no": content.document_no.strip()}
    row |= {"decided_on": content.decided_on, "amount": content.amount, "year": content.year}
    row |= {"note": content.note.strip(), "by": entry.by.email, "level": tier_of(entry.by.role)}
    connection.execute(sa.insert(MeasureEntry.__table__).values(**row, entered_at=entry.at))
    key = {"city": entry.city, "measure": entry.id, "seq": seq}
    for order in sorted(set(content.orders)):
        connection.execute(sa.insert(MeasureOrder.__table__).values(**key, order_id=order))
    for file in files:
        connection.execute(sa.insert(MeasureFile.__table__).values(**key, **file.row()))
    details = {"measure": str(content.measure), "document": row["document_no"], "amount_fen": content.amount}
    deed = Deed(AuditKind.DECISION, entry.by.email, entry.at, _DEEDS[kind], entry.city, entry.id, details)
    audit(connection, deed)


_DEEDS = {
    EntryKind.ENTERED: mark("Measure of the ladder entered"),
    EntryKind.CORRECTED: mark("Measure of the ladder corrected"),
    EntryKind.WITHDRAWN: mark("Measure of the ladder withdrawn"),
}
