"""Letters that did not arrive: dead ones and those that wait for another try, and sending one again.

Sending again is a conditional update: only a message that is dead still, by whoever reaches its desk; it says
who and when. The text and the Message-ID stay, so a relay that has it already can know it. Refusals are
catalogue texts.
"""

import re
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from alerts.outbox import IN_DOUBT
from models.access import Action, Scope, upkeep, within
from models.alerts import Message
from models.audit import Deed, audit
from models.db import Database
from models.vocabulary import AuditKind, MessageState
from models.words import Words, mark

NOT_YOURS = mark("This letter is not yours to send again.")
NOT_DEAD = mark("It is not undeliverable any more: it was sent again or has arrived.")

_AGAIN = mark("The relay asks to come again later.")
_UNKNOWN = mark("The relay knows no such mailbox, or refuses to deliver to it.")

#: What an answer means, by a pattern of its beginning; the first that fits. What was said is shown beside.
_MEANINGS = (
    (rf"{IN_DOUBT}", mark("The relay may have it: its answer never came.")),
    (r".*login refused", mark("The relay does not take our name and password.")),
    (r"not an address", mark("It is no address.")),
    (r"no such robot", mark("The robot is no longer declared.")),
    (r".* is not set$", mark("The robot's address or secret is not set.")),
    (r"55[01]", _UNKNOWN),
    (r"552", mark("The mailbox is full.")),
    (r"553", mark("The relay does not take this address.")),
    (r"530", mark("The relay wants us to sign in.")),
    (r"5\d\d", mark("The other side refuses for good.")),
    (r"421", mark("The relay is closing or busy.")),
    (r"452", mark("The relay has no room.")),
    (r"4\d\d", _AGAIN),
)
_SENT_AGAIN = mark("Mail sent again")
_OTHER = mark("The other side could not be reached, or did not answer in time.")


@dataclass(frozen=True)
class Undelivered:
    """A message that is dead, or waits for another try after one that failed. ``next_at`` None: none comes."""

    city: str
    id: str
    recipient: str
    subject: str
    state: MessageState
    attempts: int
    last_error: str
    created_at: datetime
    next_at: datetime | None
    resent_by: str | None
    resent_at: datetime | None


def undelivered(
    db: Database, scope: Scope, *, dead_only: bool = False, limit: int = 500
) -> list[Undelivered]:
    """Those within a scope, dead ones first, then by when they were written, newest first."""
    message = Message.__table__
    dead = message.c.state == MessageState.DEAD
    retried = sa.and_(message.c.state != MessageState.SENT, message.c.last_error.is_not(None))
    statement = within(sa.select(message), upkeep(scope), message.c.city).where(
        dead if dead_only else sa.or_(dead, retried)
    )
    statement = statement.order_by(sa.not_(dead), message.c.created_at.desc(), message.c.id).limit(limit)
    with db.ro.connect() as connection:
        return [_row(row) for row in connection.execute(statement)]


def send_again(db: Database, by: Scope, city: str, identity: str, *, at: datetime) -> str | None:
    """Queue a dead message anew, with the full time to try; commits. None, or why not."""
    if not may_send_again(by, city):
        return NOT_YOURS
    message = Message.__table__
    again = (
        sa.update(message)
        .where(message.c.city == city, message.c.id == identity, message.c.state == MessageState.DEAD)
        .values(state=MessageState.QUEUED, due_at=at, attempts=0, last_error=None)
        .values(worker=None, lease_until=None, resent_by=by.email, resent_at=at)
    )
    with db.rw.begin() as connection:
        if connection.execute(again).rowcount != 1:
            return NOT_DEAD
        audit(connection, Deed(AuditKind.ADMINISTRATION, by.email, at, _SENT_AGAIN, city, identity))
    return None


def may_send_again(by: Scope, city: str) -> bool:
    """A desk that acts, for what is addressed to desks in its reach; who only reads does not."""
    acts = any(by.may(action) for action in (Action.REPORT, Action.DECIDE, Action.ADMINISTER))
    return acts and upkeep(by).covers(city)


def meaning(error: str, t: Words) -> str:
    """An answer of the other side in words."""
    return t(next((text for pattern, text in _MEANINGS if re.match(pattern, error)), _OTHER))


def desk_of(db: Database, identity: str) -> str | None:
    """The desk that a message is addressed to, by its number."""
    message = Message.__table__
    with db.ro.connect() as connection:
        return connection.scalar(sa.select(message.c.city).where(message.c.id == identity))


def _row(row: sa.Row) -> Undelivered:
    waits = row.state != MessageState.DEAD
    names = ("city", "id", "recipient", "subject", "state", "attempts", "created_at")
    return Undelivered(
        **{name: getattr(row, name) for name in names},
        last_error=row.last_error or "",
        next_at=row.due_at if waits else None,
        resent_by=row.resent_by,
        resent_at=row.resent_at,
    )
