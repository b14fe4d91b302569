"""One worker leads, the other stands by; every slot is done once; a stop finishes what runs."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alerts import leader, slots
from alerts.scheduler import MOST_TRIES, Job, Leadership, Worker, beat, do_slot, serve
from alerts.slots import Daily, Every, daily
from models.alerts import JobRun, Lease
from models.db import Database, open_database
from tests.alerts.shapes import rows

TTL = timedelta(seconds=30)
SECOND = timedelta(seconds=1)


def hold(db: Database, holder: str, now: datetime) -> int | None:
    return leader.hold(db, holder, now=now, ttl=TTL)


def test_one_leads_the_other_stands_by_and_takes_over(db: Database, now: datetime) -> None:
    assert hold(db, "a", now) == 1
    assert hold(db, "b", now + SECOND) is None
    assert hold(db, "a", now + 20 * SECOND) == 1, "renewing keeps the epoch"
    assert hold(db, "b", now + 49 * SECOND) is None
    assert hold(db, "b", now + 50 * SECOND) == 2, "the lease ends at its end"
    assert hold(db, "a", now + 51 * SECOND) is None


def test_a_lease_that_nobody_took_can_be_renewed_late(db: Database, now: datetime) -> None:
    assert [hold(db, "a", now), hold(db, "a", now + 5 * TTL)] == [1, 1]


def test_a_released_lease_is_free_at_once(db: Database, now: datetime) -> None:
    hold(db, "a", now)
    leader.release(db, "b", now=now + SECOND)
    assert hold(db, "b", now + SECOND) is None, "only its holder releases it"
    leader.release(db, "a", now=now + SECOND)
    assert hold(db, "b", now + SECOND) == 2


@pytest.mark.parametrize(
    ("trigger", "at", "slot"),
    [
        (Every(15), "2026-11-23T02:00:14+00:00", "2026-11-23T02:00:00+00:00"),
        (Every(15), "2026-11-23T02:00:15+00:00", "2026-11-23T02:00:15+00:00"),
        (Daily(7, 30), "2026-11-22T23:30:00+00:00", "2026-11-22T23:30:00+00:00"),
        (Daily(7, 30), "2026-11-22T23:29:59+00:00", "2026-11-21T23:30:00+00:00"),
        (daily("00:05"), "2026-11-22T16:04:00+00:00", "2026-11-21T16:05:00+00:00"),
    ],
)
def test_a_slot_follows_from_its_trigger_alone(trigger: slots.Trigger, at: str, slot: str) -> None:
    assert trigger.slot_at(datetime.fromisoformat(at)) == datetime.fromisoformat(slot)


def test_a_slot_is_done_once_unless_its_worker_died(db: Database, now: datetime) -> None:
    def begin(epoch: int) -> bool:
        return slots.begin(db, "judge", now, epoch=epoch, now=now)

    assert [begin(1), begin(1), begin(2), begin(2)] == [True, False, True, False]
    slots.finish(db, "judge", now, result="done", now=now)
    assert begin(3) is False


def test_old_slots_are_forgotten_and_skipped_ones_noted_once(db: Database, now: datetime) -> None:
    old = now - slots.KEPT - SECOND
    slots.note(db, "send", old, result="missed", now=old)
    slots.note(db, "send", now, result="skipped", now=now)
    slots.note(db, "send", now, result="again", now=now)
    slots.begin(db, "send", now + SECOND, epoch=1, now=now)
    slots.finish(db, "send", now + SECOND, result="x" * 5_000, now=now)
    assert [(row.slot_at, row.result[:7]) for row in rows(db, JobRun, "slot_at")] == [
        (now, "skipped"),
        (now + SECOND, "xxxxxxx"),
    ]


def working(db: Database, name: str, now: Callable[[], datetime]) -> tuple[Worker, Leadership]:
    return Worker(db, name, now=now), Leadership()


def test_only_the_leader_does_a_slot_and_its_failure_is_tried_again_and_noted(
    db: Database, now: datetime
) -> None:
    done: list[datetime] = []

    def failing(at: datetime) -> None:
        done.append(at)
        raise RuntimeError("no")

    job = Job("judge", Daily(7, 30), failing)
    (first, leads), (second, waits) = (working(db, name, lambda: now) for name in "ab")
    beat(first, leads)
    beat(second, waits)
    assert do_slot(second, job, waits) is False
    over = [do_slot(first, job, leads) for _ in range(MOST_TRIES + 2)]
    assert over == [False] * (MOST_TRIES - 1) + [True, False, False]
    assert done == [now] * MOST_TRIES
    assert rows(db, JobRun)[0].result == "error: RuntimeError: no"


def test_what_failed_once_is_done_at_the_next_tick(db: Database, now: datetime) -> None:
    tries: list[datetime] = []

    def recovering(at: datetime) -> str:
        tries.append(at)
        if len(tries) == 1:
            raise OSError("away")
        return "done"

    worker, lead = working(db, "a", lambda: now)
    beat(worker, lead)
    job = Job("judge", Daily(7, 30), recovering)
    assert [do_slot(worker, job, lead) for _ in range(3)] == [False, True, False]
    assert rows(db, JobRun)[0].result == "done"


def test_who_could_not_renew_does_nothing(sqlite_db: Database, now: datetime) -> None:
    job = Job("judge", Every(15), lambda at: at)
    worker, lead = working(sqlite_db, "a", lambda: now)
    beat(worker, lead)
    lapsed = Worker(sqlite_db, "a", now=lambda: now + TTL)
    assert do_slot(lapsed, job, lead) is False


def test_a_stopping_worker_begins_nothing(sqlite_db: Database, now: datetime) -> None:
    worker, lead = working(sqlite_db, "a", lambda: now)
    beat(worker, lead)
    worker.stop.set()
    assert do_slot(worker, Job("judge", Every(15), lambda at: at), lead) is False


def test_two_schedulers_do_each_slot_once(db: Database, db_url: str) -> None:
    """Real time, a few one-second slots: leader a stops, b takes over, and no slot is done twice."""
    done: list[tuple[str, datetime]] = []
    trigger, enough, over = Every(1), threading.Event(), threading.Event()

    def doing(name: str) -> Callable[[datetime], str]:
        def run(at: datetime) -> str:
            done.append((name, trigger.slot_at(at)))
            (enough if name == "a" else over).set()
            return name

        return run

    workers = {
        name: Worker(open_database(db_url, pooled=False), name, lease=timedelta(seconds=1.5)) for name in "ab"
    }
    threads = {
        name: threading.Thread(target=serve, args=(worker, [Job("tick", trigger, doing(name))]), daemon=True)
        for name, worker in workers.items()
    }
    try:
        threads["a"].start()
        assert enough.wait(20)
        threads["b"].start()
        workers["a"].stop.set()
        threads["a"].join(20)
        assert over.wait(20), "the second takes over"
    finally:
        for name, worker in workers.items():
            worker.stop.set()
            if threads[name].ident:
                threads[name].join(20)
    slots_done = [slot for _, slot in done]
    assert len(slots_done) == len(set(slots_done)) == len(rows(db, JobRun))
    assert rows(db, Lease)[0].until <= datetime.now(UTC), "released, not run out"


_CHILD = """
import sys, threading
from alerts.scheduler import Job, Worker, serve
from alerts.slots import Every
from models.db import open_database
def run(at):
    print("begun", flush=True)
    threading.Event().wait(0.7)
    print("ended", flush=True)
serve(Worker(open_database(sys.argv[1]), "child"), [Job("slow", Every(3600), run)])
print("left", flush=True)
"""


def test_sigterm_finishes_what_runs_and_releases_the_lease(sqlite_db: Database) -> None:
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-c", _CHILD, f"sqlite:///{sqlite_db.ro.url.database}"]
    environment = os.environ | {"PYTHONPATH": str(root)}
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, cwd=root)
    try:
        assert child.stdout.readline() == "begun\n"
        child.send_signal(signal.SIGTERM)
        assert child.communicate(timeout=20)[0] == "ended\nleft\n"
    finally:
        child.kill()
    assert child.returncode == 0
    assert rows(sqlite_db, JobRun)[0].finished_at is not None
    assert rows(sqlite_db, Lease)[0].until <= datetime.now(UTC)
