"""The worker dies, is frozen, or finds its database held: nothing is lost, nothing is judged or told twice.

``KILLS=200`` makes the killing as long as the promise says; a suite's run kills less often.
"""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
import sqlalchemy as sa
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy.exc import OperationalError

from alerts.mail import SmtpSender
from alerts.outbox import LEASE, LINES, Sent, send_due
from alerts.scheduler import Job, Leadership, Worker, beat, do_slot
from alerts.slots import Every, daily
from alerts.watch import evaluate
from models.alerts import Alert, AlertEvent, JobRun, Lease, Message, Telling
from models.db import Database, open_database
from models.state import Judgement
from models.vocabulary import MessageState
from tests.alerts.relay import Greylisting, Relay, relaying
from tests.alerts.shapes import person, queue, rows
from tests.builders import CITY, point, project, report

ROOT = Path(__file__).resolve().parents[2]
FIRST, DAYS = date(2026, 11, 23), 10
START = datetime.fromisoformat("2026-01-05T01:00+00:00")
SENDER = "a@example.cn"

#: Judge and send, day after day, from the first: what was done before is done again and changes nothing.
_DAYS = """
import sys
from datetime import date, datetime, timedelta
from alerts.mail import SmtpSender
from alerts.outbox import send_due
from alerts.watch import evaluate
from models.db import open_database
db, now = open_database(sys.argv[1]), datetime.fromisoformat(sys.argv[3])
print("ready", flush=True)
for n in range(int(sys.argv[4])):
    at = now + timedelta(days=n)
    evaluate(db, date(2026, 11, 23) + timedelta(days=n), at, now=at)
    send_due(db, SmtpSender(sys.argv[2], "a@example.cn"), now=at)
"""


def _restless(db: Database, now: datetime) -> Database:
    """Twelve projects in two cities that fall behind and catch up from day to day, and people at four desks."""
    random = Random(5)
    for number in range(12):
        code, city = f"P{number}", (CITY, "210200")[number % 2]
        project(db, code, START, city=city)
        for month, planned in ((9, 7_500), (10, 8_300), (11, 9_100)):
            point(db, code, START, date(2026, month, 1), city=city, planned_bp=planned)
        for day in sorted(random.sample(range(-3, DAYS), 5)):
            at, done = now + timedelta(days=day, hours=-1), random.choice((3_000, 6_500, 7_900, 9_100))
            report(db, code, at, at.date(), city=city, physical_bp=done, spent=0, stage="continuing")
    for name, role, place in (
        ("a", "city", CITY),
        ("b", "city", "210200"),
        ("c", "province", "210000"),
        ("d", "ministry", "000000"),
    ):
        person(db, f"{name}@example.cn", role, place, START)
    return db


def _what_happened(db: Database) -> tuple[Counter, Counter]:
    """Transitions, and mails with how many alerts each told, without the random names of rows."""
    alerts = {row.id: (row.city, row.project, row.rule) for row in rows(db, Alert)}
    steps = Counter(
        (*alerts[row.alert], row.event_on, row.transition, row.after) for row in rows(db, AlertEvent)
    )
    told = Counter(row.message for row in rows(db, Telling))
    mails = {row.id: row for row in rows(db, Message)}
    sent = Counter((row.dedupe_key, told[row.id], row.subject) for row in mails.values())
    return steps, sent


def _environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT)}


def _run_and_kill(command: list[str], after_s: float) -> bool:
    """Start it and kill it that long after it began; False where it had already come to its end."""
    with subprocess.Popen(command, env=_environment(), cwd=ROOT, stdout=subprocess.PIPE) as child:
        assert child.stdout.readline() == b"ready\n"
        try:
            return child.wait(after_s) != 0
        except subprocess.TimeoutExpired:
            child.kill()
            return True


def _identities(mails: list[bytes]) -> set[bytes]:
    return {line for mail in mails for line in mail.split(b"\r\n") if line.startswith(b"Message-ID:")}


def test_a_worker_killed_while_it_judges_and_sends_loses_nothing_and_doubles_nothing(
    db: Database, db_url: str, now: datetime, tmp_path: Path, sqlite_template: Path
) -> None:
    """The same transitions and mails as in a run that nobody disturbed; copies only of what was on its way."""
    shutil.copy(sqlite_template, tmp_path / "calm.db")
    calm = _restless(open_database(f"sqlite:///{tmp_path / 'calm.db'}", pooled=False), now)
    for n in range(DAYS):
        evaluate(calm, FIRST + timedelta(days=n), now + timedelta(days=n), now=now + timedelta(days=n))
    _restless(db, now)
    kills, random, killed = int(os.environ.get("KILLS", "4")), Random(23), 0
    with relaying(Greylisting()) as relay:
        command = [sys.executable, "-c", _DAYS, db_url, relay.url, now.isoformat()]
        while killed < kills:
            days = 1 + DAYS * killed // kills
            killed += _run_and_kill([*command, str(days)], random.uniform(0, 0.12 * days))
        assert subprocess.run([*command, str(DAYS)], env=_environment(), cwd=ROOT).returncode == 0
        at = now + timedelta(days=DAYS - 1)
        while send_due(db, SmtpSender(relay.url, SENDER), now=(at := at + LEASE)).sent:
            pass
    assert _what_happened(db) == _what_happened(calm)
    messages = rows(db, Message)
    assert {row.state for row in messages} == {MessageState.SENT}
    assert _identities(relay.accepted) == {f"Message-ID: {row.message_id}".encode() for row in messages}
    print(f"{killed} kills, {len(messages)} mails, {len(relay.accepted) - len(messages)} copies")
    assert len(set(relay.accepted)) == len(messages), "a copy is the same mail to the byte"
    assert len(relay.accepted) - len(messages) <= killed * LINES


_LEADING = """
import sys
from datetime import date, datetime, timedelta
from alerts.scheduler import Job, Worker, serve
from alerts.slots import Every
from alerts.watch import evaluate
from models.db import open_database
db, now, began = open_database(sys.argv[1]), datetime.fromisoformat(sys.argv[2]), datetime.fromisoformat(sys.argv[3])
every = Every(1)
def judge(at):
    n = (every.slot_at(at) - began) // timedelta(seconds=1)
    day = now + timedelta(days=n)
    found = evaluate(db, date(2026, 11, 23) + timedelta(days=n), day, now=day)
    return f"{found.opened} opened"
serve(Worker(db, sys.argv[4], timedelta(seconds=1.5)), [Job("judge", every, judge)])
"""


def test_a_frozen_leader_is_replaced_and_when_it_thaws_nothing_happens_twice(
    db: Database, db_url: str, now: datetime, tmp_path: Path, sqlite_template: Path
) -> None:
    """Two workers judge a day a second; whoever leads is frozen for longer than the lease, at any moment."""
    _restless(db, now)
    began = Every(1).slot_at(datetime.now(UTC))
    workers = {}
    try:
        for name in "ab":
            command = [sys.executable, "-c", _LEADING, db_url, now.isoformat(), began.isoformat(), name]
            workers[name] = subprocess.Popen(command, env=_environment(), cwd=ROOT, stderr=subprocess.DEVNULL)
        leaders = set()
        for pause in (0.31, 0.77):
            assert _holds(lambda: rows(db, JobRun) and _leads(db), within_s=40)
            time.sleep(pause)
            leader = _leads(db)
            workers[leader].send_signal(signal.SIGSTOP)
            leaders.add(leader)
            taken_over = _holds(lambda leader=leader: _leads(db) not in (None, leader), within_s=10)
            assert taken_over or db.is_sqlite, "on SQLite one frozen within a transaction holds everybody"
            workers[leader].send_signal(signal.SIGCONT)
        assert leaders == {"a", "b"} or db.is_sqlite
    finally:
        for worker in workers.values():
            worker.send_signal(signal.SIGCONT)
            worker.terminate()
            worker.wait(30)
    shutil.copy(sqlite_template, tmp_path / "calm.db")
    calm = _restless(open_database(f"sqlite:///{tmp_path / 'calm.db'}", pooled=False), now)
    for day in _days_in_order(db):
        evaluate(calm, day, now + (day - FIRST), now=now + (day - FIRST))
    assert _what_happened(db) == _what_happened(calm)


def _days_in_order(db: Database) -> list[date]:
    """The days in the order in which they were judged: whoever thaws may come after a newer day, and moves no alert."""
    order = "rowid" if db.is_sqlite else "xmin::text::bigint"  # each was written under one lock
    with db.ro.connect() as connection:
        return list(connection.scalars(sa.select(Judgement.judged_on).order_by(sa.literal_column(order))))


def _leads(db: Database) -> str | None:
    """Who holds the lease now."""
    with db.ro.connect() as connection:
        return connection.scalar(sa.select(Lease.holder).where(Lease.until > datetime.now(UTC)))


def _holds(what: Callable[[], object], *, within_s: float) -> bool:
    """Does it come to hold within so many seconds?"""
    until = time.monotonic() + within_s
    while not what():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


# --- a database that is held or away ------------------------------------------------------------------------


class Meanwhile(Relay):
    """Does something the moment it has taken a mail, before it answers."""

    def __init__(self, act: Callable[[], object]) -> None:
        super().__init__()
        self.act = act

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        answer = await super().handle_DATA(server, session, envelope)
        await asyncio.to_thread(self.act)
        return answer


def test_a_mail_taken_while_the_database_is_held_is_marked_when_it_is_free(
    sqlite_db: Database, now: datetime
) -> None:
    """Longer than SQLite waits for a lock by itself: no second copy, and the run goes on."""
    holder = open_database(f"sqlite:///{sqlite_db.ro.url.database}", pooled=False)
    held, over = threading.Event(), threading.Event()

    def hold() -> None:
        with holder.rw.begin():
            held.set()
            over.wait(30)

    def seize() -> None:
        if not held.is_set():
            threading.Thread(target=hold, daemon=True).start()
            held.wait(10)
            threading.Timer(11, over.set).start()

    for name in ("m1", "m2", "m3"):
        queue(sqlite_db, name, now)
    with relaying(Meanwhile(seize)) as relay:
        assert send_due(sqlite_db, SmtpSender(relay.url, SENDER), now=now) == Sent(3, 0)
        assert send_due(sqlite_db, SmtpSender(relay.url, SENDER), now=now + 2 * LEASE) == Sent(0, 0)
    assert len(relay.accepted) == 3


@pytest.mark.parametrize("db_url", ["postgresql"], indirect=True)
def test_a_mail_taken_while_every_connection_is_cut_is_marked_over_a_new_one(
    db: Database, db_url: str, now: datetime
) -> None:
    pooled, one_at_a_time = open_database(db_url), threading.Lock()

    def cut() -> None:
        with one_at_a_time, db.rw.begin() as connection:
            connection.execute(
                sa.text(
                    "select pg_terminate_backend(pid) from pg_stat_activity "
                    "where datname = current_database() and pid <> pg_backend_pid()"
                )
            )

    for name in ("m1", "m2", "m3"):
        queue(db, name, now)
    with relaying(Meanwhile(cut)) as relay:
        assert send_due(pooled, SmtpSender(relay.url, SENDER), now=now) == Sent(3, 0)
    assert len(relay.accepted) == 3 and {row.state for row in rows(db, Message)} == {MessageState.SENT}
    pooled.dispose()


def test_a_morning_that_finds_the_database_held_is_judged_when_it_is_free(
    sqlite_db: Database, now: datetime
) -> None:
    """Not even the slot can be begun; the next look does what the first could not."""
    _restless(sqlite_db, now)
    holder = open_database(f"sqlite:///{sqlite_db.ro.url.database}", pooled=False)
    worker, lead = Worker(sqlite_db, "a", now=lambda: now), Leadership()
    beat(worker, lead)
    job = Job("judge", daily("07:30"), lambda at: evaluate(sqlite_db, FIRST, at, now=at).opened)
    with holder.rw.begin(), pytest.raises(OperationalError, match="locked"):
        do_slot(worker, job, lead)
    assert do_slot(worker, job, lead) is True
    assert rows(sqlite_db, Judgement) and rows(sqlite_db, JobRun)[0].result != "0"
