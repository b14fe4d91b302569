"""What people do with dispatch orders: issue, acknowledge, reply, ask for more time, decide, send back, close.

Each act commits by itself, adds one event, and stores its mails in the same transaction. Refusals are catalogue
texts, not exceptions. An act names the newest event its page showed (``seen``): who comes second is told to look
again. What the clock does is ``order_watch``; who may is ``order_rights``.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from alerts.evidence import Upload, check_files
from alerts.office import Office
from alerts.order_clock import OF_DESK, OF_SUPERVISOR
from alerts.order_letters import tell
from alerts.order_rights import (
    allowed,
    answers,
    days_refused,
    more_time_refused,
    stand_of,
    supervises,
    tier_of,
)
from models import audit as audit_log
from models import clock
from models.access import Scope
from models.alerts import Alert
from models.audit import audit
from models.db import Database
from models.orders import DispatchOrder, OrderEvent, OrderEvidence
from models.places import XPCC, Place, PlaceLevel
from models.projects import Project
from models.queries.orders import OrderRow, OrdersWanted, at_desk, locked, read
from models.vocabulary import TIERS, AuditKind, Cause, Deed, Tier
from models.words import LABELS, mark

#: Longest text of an act.
LONGEST = 4_000

NOT_YOURS = mark("This is not yours to do.")
NO_TEXT = mark("Say what is asked.")
NO_NOTE = mark("Say it in words; nothing was written.")
TOO_LONG = mark("The text is too long.")
NO_CAUSE_NOTE = mark("A cause “other” needs a note.")
NOT_BELOW = mark("An order goes to a desk below the one that issues it.")
UNKNOWN_PERSON = mark("A named person has no account at that desk.")
STANDS = mark("An order on this alert is open already.")
MEANWHILE = mark("Something happened to this order meanwhile. Look at it again.")
NOT_NOW = mark("As the order stands now, this cannot be done.")

#: Acts that need no words.
_SILENT = frozenset({Deed.RECEIVED, Deed.TIME_GRANTED})

#: The advisory lock of whoever numbers an order on PostgreSQL; any constant will do.
_LOCK = 0x10812


@dataclass(frozen=True)
class Wish:
    """An order that somebody wants to issue. ``alert`` is the id of the alert it comes from.

    ``id`` is made by the page, so that the same form sent twice is one order.
    """

    by: Scope
    city: str
    to_level: Tier
    cause: Cause
    asked: str
    answer_by: date | None
    rectify_by: date | None
    at: datetime
    project: str | None = None
    alert: str | None = None
    cause_note: str = ""
    named: tuple[str, ...] = ()
    id: str = field(default_factory=lambda: str(uuid.uuid4()))


@dataclass(frozen=True)
class Act:
    """Something that somebody does with an order whose newest event they saw was ``seen``.

    ``answer_by`` and ``rectify_by`` where the deed sets or asks for days; None leaves a day as it is.
    """

    by: Scope
    city: str
    order: str
    seen: int
    deed: Deed
    at: datetime
    note: str = ""
    answer_by: date | None = None
    rectify_by: date | None = None
    files: Sequence[Upload] = ()


def issue(db: Database, wish: Wish, *, office: Office) -> str | None:
    """Store an order and tell those it is laid on; commits. None, or why not."""
    refusal = ill_formed(wish)
    if refusal is not None:
        return refusal
    with db.rw.begin() as connection:
        lock_numbers(connection)
        known = connection.execute(
            sa.select(_O.c.id).where(_O.c.city == wish.city, _O.c.id == wish.id)
        ).first()
        if known is not None:
            return None
        subject = _subject(connection, wish)
        if subject is None:
            return NOT_YOURS
        if not {person.email for person in at_desk(connection, wish.city, wish.to_level)} >= set(wish.named):
            return UNKNOWN_PERSON
        standing = _standing(connection, wish, subject)
        if standing is not None:
            return standing
        connection.execute(sa.insert(_O).values(**_order(connection, wish, subject)))
        values = {"deed": Deed.ISSUED, "by": wish.by.email, "level": tier_of(wish.by.role)}
        values |= {"answer_by": wish.answer_by, "rectify_by": wish.rectify_by}
        add_event(connection, (wish.city, wish.id), 1, values, at=wish.at)
        tell(connection, locked(connection, wish.by, wish.city, wish.id), office=office, now=wish.at)
        _remember(connection, wish.by, Deed.ISSUED, wish.at, (wish.city, wish.id))
    return None


_O = DispatchOrder.__table__


def lock_numbers(connection: sa.Connection) -> None:
    """From here to the end of the transaction nobody else numbers an order."""
    if connection.dialect.name == "postgresql":  # on SQLite the transaction is the lock
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))


def takes_orders(place: str, level: PlaceLevel | None, tier: Tier) -> bool:
    """Is there a desk of this tier for a place of this level (None: there is no such place)?"""
    if level in (None, PlaceLevel.NATION):
        return False
    return level != PlaceLevel.PROVINCE or place == XPCC or tier == Tier.PROVINCE


def ill_formed(wish: Wish) -> str | None:
    """Why a wish makes no sense by itself."""
    if not wish.by.decides(wish.city):
        return NOT_YOURS
    if TIERS.index(wish.to_level) >= TIERS.index(tier_of(wish.by.role)):
        return NOT_BELOW
    if not wish.asked.strip():
        return NO_TEXT
    if max(len(wish.asked), len(wish.cause_note)) > LONGEST:
        return TOO_LONG
    if wish.cause == Cause.OTHER and not wish.cause_note.strip():
        return NO_CAUSE_NOTE
    return days_refused(wish.answer_by, wish.rectify_by, clock.local_day(wish.at))


def _subject(connection: sa.Connection, wish: Wish) -> dict[str, str | None] | None:
    """The project and rule that an order is about; None where its place, project or alert is not there.

    Of an alert the stored one counts, not what the page says of it.
    """
    place, alert, project = Place.__table__, Alert.__table__, Project.__table__
    level = connection.scalar(sa.select(place.c.level).where(place.c.code == wish.city))
    if not takes_orders(wish.city, level, wish.to_level):
        return None
    if wish.alert is not None:
        found = connection.execute(
            sa.select(alert.c.project, alert.c.rule).where(
                alert.c.city == wish.city, alert.c.id == wish.alert
            )
        ).first()
        return None if found is None else {"project": found.project, "rule": found.rule}
    if wish.project is not None:
        key = sa.select(project.c.code).where(project.c.city == wish.city, project.c.code == wish.project)
        if connection.execute(key).first() is None:
            return None
    return {"project": wish.project, "rule": None}


def _standing(connection: sa.Connection, wish: Wish, subject: dict[str, str | None]) -> str | None:
    """Why no second order is issued on what an alert speaks of: one is open, whatever episode it came from."""
    if subject["rule"] is None:
        return None
    wanted = OrdersWanted(
        closed=False, cities=frozenset({wish.city}), project=subject["project"] or "", rule=subject["rule"]
    )
    return STANDS if read(connection, wish.by, wanted, limit=1) else None


def _order(connection: sa.Connection, wish: Wish, subject: dict[str, str | None]) -> dict[str, Any]:
    year = clock.local_day(wish.at).year
    alike = _O.c.number.like(f"{year}-{wish.city}-%")
    count = connection.scalar(sa.select(sa.func.count()).where(_O.c.city == wish.city, alike)) or 0
    return {
        "city": wish.city,
        "id": wish.id,
        "number": f"{year}-{wish.city}-{count + 1:03d}",
        **subject,
        "alert": wish.alert,
        "to_level": wish.to_level,
        "named": "\n".join(wish.named),
        "by_level": tier_of(wish.by.role),
        "issued_by": wish.by.email,
        "issued_at": wish.at,
        "cause": wish.cause,
        "cause_note": wish.cause_note.strip() or None,
        "asked": wish.asked.strip(),
    }


def carry_out(db: Database, act: Act, *, office: Office, max_bytes: int = 10_000_000) -> str | None:
    """Do what the act says, if this person may and the order stands so; commits. None, or why not.

    ``max_bytes`` bounds each file. Files come with a reply only; they are stored with its event.
    """
    note = act.note.strip()
    if not note and act.deed not in _SILENT:
        return NO_NOTE
    if len(note) > LONGEST:
        return TOO_LONG
    files, refusal = check_files(act.files, max_bytes=max_bytes)
    if refusal is not None or (files and act.deed not in (Deed.ANSWERED, Deed.RECTIFIED)):
        return refusal or NOT_NOW
    with db.rw.begin() as connection:
        order = locked(connection, act.by, act.city, act.order)
        if order is None:
            return NOT_YOURS
        refusal = _refused(order, act)
        if refusal is not None:
            return refusal
        seq = order.events[-1].seq + 1
        values = {"deed": act.deed, "by": act.by.email, "level": tier_of(act.by.role), "note": note or None}
        add_event(connection, (act.city, act.order), seq, values | _days(order, act), at=act.at)
        for file in files:
            row = {"city": act.city, "order_id": act.order, "seq": seq} | file.row()
            connection.execute(sa.insert(OrderEvidence.__table__).values(**row))
        tell(connection, locked(connection, act.by, act.city, act.order), office=office, now=act.at)
        _remember(connection, act.by, act.deed, act.at, (act.city, act.order))
    return None


def _remember(connection: sa.Connection, by: Scope, deed: Deed, at: datetime, key: tuple[str, str]) -> None:
    """What somebody did with an order, in the audit log."""
    city, order = key
    audit(connection, audit_log.Deed(AuditKind.DECISION, by.email, at, LABELS[deed], city, order))


def _refused(order: OrderRow, act: Act) -> str | None:
    stand, today = stand_of(order), clock.local_day(act.at)
    if act.deed not in allowed(order, stand, act.by):
        on_side = (act.deed in OF_DESK and answers(order, stand, act.by)) or (
            act.deed in OF_SUPERVISOR and supervises(order, act.by)
        )
        return NOT_NOW if on_side else NOT_YOURS
    if act.seen != order.events[-1].seq:
        return MEANWHILE
    days = _days(order, act)
    if act.deed in (Deed.TIME_ASKED, Deed.TIME_GRANTED):
        return more_time_refused(stand, days["answer_by"], days["rectify_by"], today)
    if act.deed == Deed.SENT_BACK:
        return days_refused(days["answer_by"], days["rectify_by"], today)
    return None


def _days(order: OrderRow, act: Act) -> dict[str, date | None]:
    """The days that an event carries: of a grant, what was asked for where nothing else is said."""
    days = {"answer_by": act.answer_by, "rectify_by": act.rectify_by}
    if act.deed == Deed.TIME_GRANTED and days == {"answer_by": None, "rectify_by": None}:
        asked = stand_of(order).asked_for or (None, None)
        return dict(zip(days, asked, strict=True))
    if act.deed in (Deed.TIME_ASKED, Deed.TIME_GRANTED, Deed.SENT_BACK):
        return days
    return dict.fromkeys(days)


def add_event(
    connection: sa.Connection, key: tuple[str, str], seq: int, values: dict[str, Any], *, at: datetime
) -> None:
    """Store an event of the order (city, id); the caller commits. Its place in the order is its key."""
    row = {"city": key[0], "order_id": key[1], "seq": seq, "happened_at": at}
    row |= {"happened_on": clock.local_day(at)} | values
    connection.execute(sa.insert(OrderEvent.__table__).values(**row))
