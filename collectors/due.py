"""Every source that is due, each at its own pace: many requests at once, one intake after another.

Threads ask (``pull.reach_out``); this one takes in and notes, so that the database has one writer and waiting
for a slow source costs the others nothing. While anything runs, sources that become due meanwhile are begun
too. Refuses to ask one host more than ``per_host`` times at once.
"""

import logging
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from weakref import WeakSet

from collectors import sources
from collectors.declaration import DeclarationError, read_declaration
from collectors.fetch import Line, Net
from collectors.intake import Limits
from collectors.pull import Answer, reach_out, settle
from collectors.sources import Claimed
from models.db import Database
from models.vocabulary import PullOutcome

log = logging.getLogger(__name__)

#: Seconds between two looks for sources that have become due while others run.
LOOK_S = 1.0

#: Sources looked up at a time.
_MANY = 500


@dataclass(frozen=True)
class Pace:
    """How many requests at once, in all and to one host."""

    concurrency: int = 16
    per_host: int = 2


_PACE, _THE_NET, _NO_LIMITS = Pace(), Net(), Limits()


@dataclass
class Round:
    """What a round did. ``cities``: whose figures are new."""

    outcomes: Counter = field(default_factory=Counter)
    cities: set[str] = field(default_factory=set)

    def __str__(self) -> str:
        told = ", ".join(f"{self.outcomes[o]} {o}" for o in PullOutcome if self.outcomes[o])
        return told or "nothing due"


def pull_due(
    db: Database,
    *,
    now: datetime,
    pace: Pace = _PACE,
    net: Net = _THE_NET,
    limits: Limits = _NO_LIMITS,
    go_on: Callable[[], bool] = lambda: True,
) -> Round:
    """Pull every source that is due at ``now`` or becomes due while others are pulled. Commits, each by itself.

    Where ``go_on`` says no, requests under way are cut and their sources given back.
    """
    desk = _Desk(db, now, pace, net, limits, go_on)
    with ThreadPoolExecutor(pace.concurrency, thread_name_prefix="pull") as pool:
        desk.work(pool)
    return desk.done


@dataclass
class _Desk:
    """One round: what waits, what runs, how many at which host."""

    db: Database
    now: datetime
    pace: Pace
    net: Net
    limits: Limits
    go_on: Callable[[], bool]
    done: Round = field(default_factory=Round)
    waiting: deque[tuple[str, str]] = field(default_factory=deque)
    running: dict[Future, Claimed] = field(default_factory=dict)
    hosts: Counter = field(default_factory=Counter)
    lines: WeakSet[Line] = field(default_factory=WeakSet)
    stopped: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.began = time.monotonic()
        self.looked = -LOOK_S
        if self.net.wait is time.sleep:
            self.net = replace(self.net, wait=self.stopped.wait)

    def instant(self) -> datetime:
        return self.now + timedelta(seconds=time.monotonic() - self.began)

    def work(self, pool: ThreadPoolExecutor) -> None:
        self._admit(pool)
        while self.running:
            ended, _ = wait(self.running, timeout=LOOK_S, return_when=FIRST_COMPLETED)
            if not self.go_on():
                return self._stop()
            for future in ended:
                self._finish(future)
                self._admit(pool)
            if not ended:
                self._admit(pool)

    def _admit(self, pool: ThreadPoolExecutor) -> None:
        """Begin as many waiting sources as the pace allows."""
        free = self.pace.concurrency - len(self.running)
        if free <= 0 or not self.go_on():
            return
        self._look()
        chosen = self._chosen(free)
        claimed = sources.claim(self.db, list(chosen), self.instant()) if chosen else []
        for one in claimed:
            self.hosts[chosen[one.name]] += 1
            self.running[pool.submit(reach_out, one, self.net, self._opened)] = one

    def _look(self) -> None:
        """See what is due, at most once a second."""
        if self.waiting or time.monotonic() - self.looked < LOOK_S:
            return
        self.looked = time.monotonic()
        running = {claimed.name for claimed in self.running.values()}
        found = sources.due(self.db, self.instant(), limit=_MANY)
        self.waiting.extend((name, _host(text)) for name, text in found if name not in running)

    def _chosen(self, free: int) -> dict[str, str]:
        """The first waiting sources whose hosts are not busy; the others keep their places."""
        chosen: dict[str, str] = {}
        hosts = self.hosts.copy()
        kept: deque[tuple[str, str]] = deque()
        while self.waiting and len(chosen) < free:
            name, host = self.waiting.popleft()
            if hosts[host] >= self.pace.per_host:
                kept.append((name, host))
                continue
            hosts[host] += 1
            chosen[name] = host
        kept.extend(self.waiting)
        self.waiting = kept
        return chosen

    def _opened(self, line: Line) -> None:
        self.lines.add(line)
        if self.stopped.is_set():
            line.end()

    def _finish(self, future: Future) -> None:
        claimed = self.running.pop(future)
        self.hosts[_host_of(claimed)] -= 1
        answer: Answer = future.result()
        try:
            pulled = settle(
                self.db, claimed, answer, now=self.instant(), limits=self.limits, chance=self.net.chance()
            )
        except Exception:  # one source's fault must not end the others; its claim ends by itself
            log.exception("noting source %s", claimed.name)
            return
        self.done.cities |= pulled.cities
        self.done.outcomes.update(str(ran.outcome) for ran in pulled.runs)

    def _stop(self) -> None:
        """Cut what is under way and give the sources back."""
        self.stopped.set()
        for line in list(self.lines):
            line.end()
        for future, claimed in self.running.items():
            future.cancel()
            sources.release(self.db, claimed)


def _host(text: str) -> str:
    try:
        return read_declaration(text).host
    except DeclarationError:
        return ""


def _host_of(claimed: Claimed) -> str:
    return claimed.told.host if claimed.told else ""
