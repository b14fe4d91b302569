"""The outbox: messages wait here until a relay has them. Losing one is worse than a rare second copy.

A claim moves the message's due time one lease ahead and commits before any byte goes out; a worker that
dies costs one lease of delay. Between the relay's acceptance and our mark lies a gap no protocol closes: a
message whose answer never came is tried once more under the same Message-ID, then left to people.
"""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from alerts.mail import DEADLINE_S, Answer, Letter, Outcome, Sender
from models.alerts import Message
from models.db import Database
from models.failpoint import failpoint
from models.vocabulary import MessageState

#: Longer than any send may take, so that nobody else picks a message up meanwhile (promises.md, 5.2).
LEASE = timedelta(seconds=3 * DEADLINE_S)

#: Minutes to wait after the first, second, … failed attempt; the last one repeats.
BACK_OFF_MINUTES = (1, 5, 15, 60)

#: A message that cannot be delivered for so long is dead.
GIVE_UP_AFTER = timedelta(hours=48)

#: How a message begins its ``last_error`` when the relay may have it already.
IN_DOUBT = "in doubt"


@dataclass(frozen=True)
class Sent:
    """What a run of the sender did: messages that a relay took, and attempts that failed."""

    sent: int
    failed: int


def claim(db: Database, now: datetime, *, worker: str) -> Letter | None:
    """Take the message that is due longest so that no other worker sends it meanwhile.

    The claim is the UPDATE itself, on condition that nobody moved the due time first. Commits before it
    returns. None when nothing is due at ``now`` (aware UTC) or another worker was quicker.
    """
    table = Message.__table__
    waiting = table.c.state.in_([MessageState.QUEUED, MessageState.SENDING])
    due = (
        sa.select(table)
        .where(waiting, table.c.due_at <= now)
        .order_by(table.c.due_at, table.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    with db.rw.begin() as connection:
        row = connection.execute(due).first()
        if row is None:
            return None
        taken = connection.execute(
            sa.update(table)
            .where(table.c.city == row.city, table.c.id == row.id)
            .where(table.c.due_at == row.due_at, table.c.state == row.state)
            .values(
                state=MessageState.SENDING,
                due_at=now + LEASE,
                lease_until=now + LEASE,
                worker=worker,
                attempts=row.attempts + 1,
                last_error=IN_DOUBT if row.state == MessageState.SENDING else row.last_error,
            )
        )
        if taken.rowcount != 1:
            return None
    return Letter(
        city=row.city,
        id=row.id,
        recipient=row.recipient,
        subject=row.subject,
        body_text=row.body_text,
        body_html=row.body_html,
        message_id=row.message_id,
        created_at=row.created_at,
        attempts=row.attempts + 1,
        lease_until=now + LEASE,
        worker=worker,
        last_error=IN_DOUBT if row.state == MessageState.SENDING else row.last_error,
    )


def send_due(
    db: Database,
    sender: Sender,
    *,
    now: datetime,
    worker: str = "worker",
    go_on: Callable[[], bool] = lambda: True,
) -> Sent:
    """Send what is due at ``now``, one message after another, each marked before the next is claimed.

    Ends early when ``go_on`` says no, or when the relay itself is down: the rest would only fail too.
    """
    started = time.monotonic()

    def instant() -> datetime:  # a run may last longer than a lease, so the given now must move on
        return now + timedelta(seconds=time.monotonic() - started)

    sent = failed = 0
    while go_on():
        letter = claim(db, instant(), worker=worker)
        if letter is None:
            break
        failpoint("after_claim")
        outcome = sender(letter)
        failpoint("before_mark")
        mark_tried(db, letter, outcome, now=instant())
        sent += outcome.answer == Answer.ACCEPTED
        failed += outcome.answer != Answer.ACCEPTED
        if outcome.relay_down:
            break
    return Sent(sent, failed)


def mark_tried(db: Database, letter: Letter, outcome: Outcome, *, now: datetime) -> bool:
    """Note what became of an attempt. False when the claim had ended and somebody else owns the message."""
    table = Message.__table__
    mine = sa.and_(
        table.c.city == letter.city,
        table.c.id == letter.id,
        table.c.state == MessageState.SENDING,
        table.c.worker == letter.worker,
        table.c.lease_until == letter.lease_until,
    )
    values = _after(letter, outcome, now) | {"worker": None, "lease_until": None}
    with db.rw.begin() as connection:
        return connection.execute(sa.update(table).where(mine).values(values)).rowcount == 1


def _after(letter: Letter, outcome: Outcome, now: datetime) -> dict:
    """The message's next state. A second doubt in a row is for people, not for a third copy."""
    if outcome.answer == Answer.ACCEPTED:
        return {"state": MessageState.SENT, "sent_at": now, "last_error": None}
    detail = outcome.detail
    if outcome.answer == Answer.DOUBT:
        detail = f"{IN_DOUBT}: {detail}"
    doubted_twice = outcome.answer == Answer.DOUBT and (letter.last_error or "").startswith(IN_DOUBT)
    due_at = next_attempt(letter, now)
    if outcome.answer == Answer.REFUSED or doubted_twice or due_at is None:
        return {"state": MessageState.DEAD, "last_error": detail}
    return {"state": MessageState.QUEUED, "due_at": due_at, "last_error": detail}


def next_attempt(letter: Letter, now: datetime) -> datetime | None:
    """When to try again after a failed attempt: 1, 5, 15, then every 60 minutes, each up to a fifth longer.

    None when that would be more than 48 hours after the message was written. The jitter depends on the
    message, so that a relay that comes back does not meet everything at once.
    """
    minutes = BACK_OFF_MINUTES[min(letter.attempts, len(BACK_OFF_MINUTES)) - 1]
    digest = hashlib.sha256(f"{letter.id}:{letter.attempts}".encode()).digest()
    due_at = now + timedelta(minutes=minutes * (1 + digest[0] / 255 / 5))
    return due_at if due_at - letter.created_at <= GIVE_UP_AFTER else None
