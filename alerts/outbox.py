"""The outbox: messages wait here until a relay has them. Losing one is worse than a rare second copy.

A claim moves the due time of some messages one lease ahead and commits before any byte goes out; a worker that
dies costs one lease of delay. Between the relay's acceptance and our mark lies a gap no protocol closes: a
message whose answer never came is tried once more under the same Message-ID, then left to people.
"""

import hashlib
import logging
import time
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from alerts.mail import DEADLINE_S, Answer, Letter, Outcome, Sender, in_a_run
from models.alerts import Message
from models.db import Database
from models.failpoint import failpoint
from models.vocabulary import MessageState

log = logging.getLogger(__name__)

#: Longer than any send may take, so that nobody else picks a message up meanwhile (promises.md, 5.2).
LEASE = timedelta(seconds=3 * DEADLINE_S)

#: Messages claimed at a time, and how long the sending of one may last: none is begun that its lease may not see.
AT_A_TIME, _ONE = 50, timedelta(seconds=DEADLINE_S)

#: Minutes to wait after the first, second, … failed attempt; the last one repeats.
BACK_OFF_MINUTES = (1, 5, 15, 60)

#: A message that cannot be delivered for so long is dead.
GIVE_UP_AFTER = timedelta(hours=48)

#: Connections of one run: while the relay works on one message, the next is made ready.
LINES = 6

#: How a message begins its ``last_error`` when the relay may have it already.
IN_DOUBT = "in doubt"


@dataclass(frozen=True)
class Sent:
    """What a run of the sender did: messages that a relay took, and attempts that failed."""

    sent: int
    failed: int


def claim(db: Database, now: datetime, *, worker: str, most: int = 1) -> list[Letter]:
    """Take the messages that are due longest, at most ``most``, so that no other worker sends them meanwhile.

    Those whose worker died come first. Commits before it returns. Empty when nothing is due at ``now`` (aware UTC).
    """
    with db.rw.begin() as connection:  # on SQLite the transaction is the lock
        rows: list[sa.Row] = []
        for state in (MessageState.SENDING, MessageState.QUEUED):  # apart, so that the index gives the order
            asked = {"its_state": state, "now": now, "most": most - len(rows)}
            rows += connection.execute(_DUE, asked).all()
        if not rows:
            return []
        keys = [(row.city, row.id) for row in rows]
        connection.execute(_CLAIMED, {"keys": keys, "until": now + LEASE, "by": worker})
    return [_letter(row, now + LEASE, worker) for row in rows]


_M = Message.__table__
_KEY = sa.tuple_(_M.c.city, _M.c.id)
_DUE = (
    sa.select(_M)
    .where(_M.c.state == sa.bindparam("its_state", type_=_M.c.state.type), _M.c.due_at <= sa.bindparam("now"))
    .order_by(_M.c.due_at)
    .limit(sa.bindparam("most"))
    .with_for_update(skip_locked=True)
)
_CLAIMED = (
    sa.update(_M)
    .where(_KEY.in_(sa.bindparam("keys", expanding=True)))
    .values(
        state=MessageState.SENDING,
        due_at=sa.bindparam("until", type_=_M.c.due_at.type),
        lease_until=sa.bindparam("until", type_=_M.c.due_at.type),
        worker=sa.bindparam("by"),
        attempts=_M.c.attempts + 1,
        last_error=sa.case((_M.c.state == MessageState.SENDING, IN_DOUBT), else_=_M.c.last_error),
    )
)

#: Is the message still this claim's? A claim that has ended marks nothing.
_MINE = sa.and_(
    _M.c.city == sa.bindparam("its_city"),
    _M.c.id == sa.bindparam("its_id"),
    _M.c.state == MessageState.SENDING,
    _M.c.worker == sa.bindparam("by"),
    _M.c.lease_until == sa.bindparam("until", type_=_M.c.due_at.type),
)


_NOTED = (
    sa.update(_M)
    .where(_MINE)
    .values(
        {
            name: sa.bindparam(f"new_{name}", type_=_M.c[name].type)
            for name in ("state", "due_at", "sent_at", "last_error", "attempts")
        }
        | {"worker": None, "lease_until": None}
    )
)


def _letter(row: sa.Row, lease_until: datetime, worker: str) -> Letter:
    doubtful = row.state == MessageState.SENDING
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
        lease_until=lease_until,
        worker=worker,
        last_error=IN_DOUBT if doubtful else row.last_error,
        due_at=row.due_at,
        before=(row.state, row.last_error),
        resent_at=row.resent_at,
    )


def send_due(
    db: Database,
    sender: Sender,
    *,
    now: datetime,
    worker: str = "worker",
    go_on: Callable[[], bool] = lambda: True,
) -> Sent:
    """Send what is due at ``now``, oldest first, over a few connections; each message is marked as it is answered.

    Messages are claimed some at a time, for no longer than their lease bears. Ends early when ``go_on`` says
    no, or when the relay itself is down: the rest would only fail too, and is given back. Until the first one
    is taken, only one is on its way.
    """
    started = time.monotonic()

    def instant() -> datetime:  # a run may last longer than a lease, so the given now must move on
        return now + timedelta(seconds=time.monotonic() - started)

    def may_begin() -> bool:
        return bool(letters) and not down and go_on() and instant() + _ONE <= letters[0].lease_until

    sent = failed = 0
    down = False
    with ExitStack() as stack, ThreadPoolExecutor(LINES) as pool:
        idle: list[Sender] = []  # opened when first needed: most runs have nothing to send
        while not down and go_on() and (letters := claim(db, instant(), worker=worker, most=AT_A_TIME)):
            failpoint("after_claim")
            under_way: dict[Future[Outcome], tuple[Letter, Sender]] = {}
            while may_begin() or under_way:
                while len(under_way) < (LINES if sent else 1) and may_begin():
                    letter, line = (
                        letters.pop(0),
                        idle.pop() if idle else stack.enter_context(in_a_run(sender)),
                    )
                    under_way[pool.submit(line, letter)] = letter, line
                tried = []
                for future in wait(under_way, return_when=FIRST_COMPLETED).done:
                    letter, line = under_way.pop(future)
                    idle.append(line)
                    tried.append((letter, future.result()))
                failpoint("before_mark")
                mark_tried(db, tried, now=instant())
                sent += sum(outcome.answer == Answer.ACCEPTED for _, outcome in tried)
                failed += sum(outcome.answer != Answer.ACCEPTED for _, outcome in tried)
                down = down or any(outcome.relay_down for _, outcome in tried)
            give_back(db, letters)
    return Sent(sent, failed)


def give_back(db: Database, letters: Iterable[Letter]) -> None:
    """Claimed messages that were not tried are as they were before the claim."""
    _note(db, [(letter, _before(letter)) for letter in letters])


def _before(letter: Letter) -> dict:
    state, error = letter.before
    return {"state": state, "due_at": letter.due_at, "attempts": letter.attempts - 1, "last_error": error}


def mark_tried(db: Database, tried: Iterable[tuple[Letter, Outcome]], *, now: datetime) -> int:
    """Note what became of attempts. How many were noted: a claim that had ended is somebody else's."""
    return _note(db, [(letter, _after(letter, outcome, now)) for letter, outcome in tried])


def _note(db: Database, noted: list[tuple[Letter, dict]]) -> int:
    """Write to messages that are still the letters' claims. Soft: a crash of ours does not lose it."""
    rows = []
    for letter, values in noted:
        claim_of = {"its_city": letter.city, "its_id": letter.id, "by": letter.worker}
        told = {"sent_at": None, "due_at": letter.lease_until, "attempts": letter.attempts} | values
        new = {f"new_{name}": value for name, value in told.items()}
        rows.append(claim_of | {"until": letter.lease_until} | new)
    if not rows:
        return 0
    return _patiently(lambda: _write(db, rows))


def _write(db: Database, rows: list[dict]) -> int:
    with db.soft.begin() as connection:
        return connection.execute(_NOTED, rows).rowcount


def _patiently(write: Callable[[], int]) -> int:
    """What a relay answered is kept while the database is away or held, for as long as the claim lasts."""
    until = time.monotonic() + (LEASE - _ONE).total_seconds()
    while True:
        try:
            return write()
        except DBAPIError:
            if time.monotonic() > until:
                raise
            log.warning("what became of mails cannot be noted yet", exc_info=True)
            time.sleep(1)


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

    None when that would be more than 48 hours after the message was written, or sent again by somebody. The jitter depends on the
    message, so that a relay that comes back does not meet everything at once.
    """
    minutes = BACK_OFF_MINUTES[min(letter.attempts, len(BACK_OFF_MINUTES)) - 1]
    digest = hashlib.sha256(f"{letter.id}:{letter.attempts}".encode()).digest()
    due_at = now + timedelta(minutes=minutes * (1 + digest[0] / 255 / 5))
    since = letter.resent_at or letter.created_at
    return due_at if due_at - since <= GIVE_UP_AFTER else None
