"""The worker: jobs at their times, done only by the worker that holds the lease. A process of its own.

Jobs are data that ``manage.py`` composes; nothing here knows what they do. APScheduler only keeps time: which
slot is due and whether it was done is decided by ``slots``, so that a missed morning is made up for at the
next tick, once. Never started by Streamlit.
"""

import logging
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from apscheduler.events import (
    EVENT_JOB_ERROR,
    EVENT_JOB_MAX_INSTANCES,
    EVENT_JOB_MISSED,
    EVENT_SCHEDULER_STARTED,
    JobEvent,
)
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.blocking import BlockingScheduler
from apscheduler.triggers.base import BaseTrigger
from sqlalchemy.exc import SQLAlchemyError

from alerts import leader, slots
from alerts.slots import Every, Trigger
from models import clock
from models.db import Database

log = logging.getLogger(__name__)

#: How often a daily job looks whether its slot was left undone: its leader died, the machine slept, it failed.
_LOOK_AGAIN = Every(60)

#: A slot that fails is tried again at the next ticks, so often in all: a database that was away is back by then.
MOST_TRIES = 5

#: What a slot is noted as that APScheduler let pass; one that failed before it began may still be done.
_LEFT_OUT = {EVENT_JOB_MISSED: "missed", EVENT_JOB_MAX_INSTANCES: "skipped: the slot before still ran"}


@dataclass(frozen=True)
class Job:
    """Something to do at its times. ``run`` gets the instant it runs at; what it returns is noted as text."""

    name: str
    trigger: Trigger
    run: Callable[[datetime], object]


@dataclass(frozen=True)
class Worker:
    """One worker process: its name among the others, how long its lease lasts, and its clock.

    ``stop`` may be shared with the jobs, so that a long one can end early.
    """

    db: Database
    name: str
    lease: timedelta = timedelta(seconds=30)
    now: Callable[[], datetime] = clock.now
    stop: threading.Event = field(default_factory=threading.Event)


@dataclass
class Leadership:
    """What the last heartbeat said. The one thing here that changes; no slot begins after ``until``.

    ``failed`` counts the tries of slots that failed in this process.
    """

    epoch: int | None = None
    until: datetime | None = None
    failed: dict[tuple[str, datetime], int] = field(default_factory=dict)

    def epoch_at(self, now: datetime) -> int | None:
        return self.epoch if self.until is not None and now < self.until else None


class _Ticks(BaseTrigger):
    """At once, then at every boundary of an ``Every``: so all workers tick together."""

    def __init__(self, every: Every) -> None:
        self.every = every

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        if previous_fire_time is None:
            return now
        following = self.every.slot_at(previous_fire_time) + timedelta(seconds=self.every.seconds)
        return following.astimezone(clock.CHINA)


def serve(worker: Worker, jobs: Sequence[Job]) -> None:
    """Run jobs at their times until SIGTERM, SIGINT or ``worker.stop``; then finish and release the lease.

    Blocks. What a job raises is logged; its slot is tried again, the next slot is done as usual.
    """
    lead = Leadership()
    scheduler = BlockingScheduler(
        timezone=clock.CHINA,
        jobstores={"default": MemoryJobStore()},
        executors={"default": ThreadPoolExecutor(4)},
        job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
    )
    for job in jobs:
        every = job.trigger if isinstance(job.trigger, Every) else _LOOK_AGAIN
        scheduler.add_job(do_slot, _Ticks(every), args=[worker, job, lead], id=job.name)
    triggers = {job.name: job.trigger for job in jobs}
    codes = EVENT_JOB_MISSED | EVENT_JOB_MAX_INSTANCES | EVENT_JOB_ERROR
    scheduler.add_listener(lambda event: _note_event(worker, triggers[event.job_id], event), codes)
    with _heartbeat(worker, lead):
        _until_stopped(worker, scheduler)
    leader.release(worker.db, worker.name, now=worker.now())


def do_slot(worker: Worker, job: Job, lead: Leadership) -> bool:
    """Do a job's newest slot, if we lead and nobody has done it. True when it is over: done, or failed for good."""
    now = worker.now()
    epoch = lead.epoch_at(now)
    if epoch is None or worker.stop.is_set():
        return False
    slot_at = job.trigger.slot_at(now)
    tries = lead.failed.pop((job.name, slot_at), 0)
    if not slots.begin(worker.db, job.name, slot_at, epoch=epoch, now=now, again=tries > 0):
        return False
    try:
        result = f"{job.run(now)}"
    except Exception as error:  # one job's failure must not end the others
        log.exception("job %s, slot %s, try %d", job.name, slot_at.isoformat(), tries + 1)
        if tries + 1 < MOST_TRIES:
            lead.failed[job.name, slot_at] = tries + 1
            return False
        result = f"error: {type(error).__name__}: {error}"
    slots.finish(worker.db, job.name, slot_at, result=result, now=worker.now())
    return True


def beat(worker: Worker, lead: Leadership) -> None:
    """Renew the lease, or learn that another worker holds it."""
    now = worker.now()
    try:
        epoch = leader.hold(worker.db, worker.name, now=now, ttl=worker.lease)
    except SQLAlchemyError:  # until the database is back, the lease runs out by itself
        log.exception("heartbeat of %s", worker.name)
        return
    if epoch != lead.epoch:
        log.info("%s %s", worker.name, "stands by" if epoch is None else f"leads, epoch {epoch}")
    lead.epoch, lead.until = epoch, now + worker.lease


@contextmanager
def _heartbeat(worker: Worker, lead: Leadership) -> Iterator[None]:
    """Beat in a thread of its own, also while the last jobs are being finished."""
    done = threading.Event()

    def beats() -> None:
        while not done.wait(worker.lease.total_seconds() / 3):
            beat(worker, lead)

    beat(worker, lead)
    thread = threading.Thread(target=beats, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _note_event(worker: Worker, trigger: Trigger, event: JobEvent) -> None:
    """A slot that APScheduler let pass: note it, if it has no row. A day's slot is looked for again and stays open."""
    left_out = _LEFT_OUT.get(event.code)
    log.warning("job %s: %s %s", event.job_id, left_out or "error", getattr(event, "exception", ""))
    if left_out is None or not isinstance(trigger, Every):
        return
    times = getattr(event, "scheduled_run_times", None) or [event.scheduled_run_time]
    try:
        for at in times:
            slot_at = trigger.slot_at(at.astimezone(UTC))
            slots.note(worker.db, event.job_id, slot_at, result=left_out, now=worker.now())
    except SQLAlchemyError:
        log.exception("noting %s", event.job_id)


def _until_stopped(worker: Worker, scheduler: BlockingScheduler) -> None:
    """Start, and shut down from another thread once ``stop`` is set: running jobs end first."""

    def shut_down() -> None:
        worker.stop.wait()
        scheduler.shutdown(wait=True)

    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: worker.stop.set())
    closer = threading.Thread(target=shut_down, name="closer", daemon=True)
    scheduler.add_listener(lambda _: closer.start(), EVENT_SCHEDULER_STARTED)
    scheduler.start()
    closer.join()
