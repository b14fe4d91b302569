"""A round pulls everything that is due, many at once, and no source waits for another's sake."""

import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, select

from collectors import sources
from collectors.due import Pace, pull_due
from collectors.fetch import Net
from models.db import Database
from models.sources import Source, SourceRun
from tests.builders import project
from tests.collectors import hostile
from tests.collectors.hostile import Hostile, as_json, delayed, reply, stall
from tests.collectors.test_pull import declared, record

NET = Net(wait=lambda _: None, chance=lambda: 0.0)
WIDE = Pace(concurrency=16, per_host=16)


@pytest.fixture
def server() -> Iterator[Hostile]:
    with hostile.serving() as found:
        yield found


def declare(db: Database, server: Hostile, name: str, now: datetime, *more: str, **keys: object) -> None:
    text = declared(server, *more, name=name, url=f"{server.address}/{name}", **keys)
    sources.add(db, text, by="a@b.example", now=now)


def fill(db: Database, server: Hostile, now: datetime, count: int, *, latency_s: float = 0.0) -> list[str]:
    """So many sources, each with a project of its own."""
    names = [f"s-{n:02d}" for n in range(count)]
    for n, name in enumerate(names):
        project(db, f"SY{n:03d}", now - timedelta(days=300))
        declare(db, server, name, now)
        server.routes[f"/{name}"] = delayed(latency_s, as_json([record(f"SY{n:03d}")]))
    return names


def runs(db: Database) -> dict[str, SourceRun]:
    with Session(db.ro) as session:
        return {run.source: run for run in session.exec(select(SourceRun).order_by(SourceRun.started_at))}


def test_every_due_source_is_pulled_once(db: Database, server: Hostile, now: datetime) -> None:
    names = fill(db, server, now, 12)
    done = pull_due(db, now=now, pace=WIDE, net=NET)
    assert done.outcomes == {"ok": 12} and done.cities == {"210100"} and str(done) == "12 ok"
    assert sorted(a.path for a in server.asked) == [f"/{name}" for name in names]
    assert str(pull_due(db, now=now, pace=WIDE, net=NET)) == "nothing due"
    assert str(pull_due(db, now=now + timedelta(hours=1), pace=WIDE, net=NET)) == "12 unchanged"


def test_waiting_is_shared(sqlite_db: Database, server: Hostile, now: datetime) -> None:
    fill(sqlite_db, server, now, 12, latency_s=0.5)
    began = time.monotonic()
    assert pull_due(sqlite_db, now=now, pace=WIDE, net=NET).outcomes == {"ok": 12}
    assert time.monotonic() - began < 12 * 0.5 / 2
    assert server.most_busy > 4


def test_one_host_is_asked_no_more_often_than_it_bears(sqlite_db: Database, now: datetime) -> None:
    with hostile.serving() as one, hostile.serving() as other:
        fill(sqlite_db, one, now, 6, latency_s=0.1)
        project(sqlite_db, "SY900", now - timedelta(days=300))
        declare(sqlite_db, other, "z-other", now + timedelta(seconds=1))
        other.routes["/z-other"] = as_json([record("SY900")])
        at = now + timedelta(seconds=2)
        assert pull_due(sqlite_db, now=at, pace=Pace(16, 2), net=NET).outcomes == {"ok": 7}
        assert one.most_busy == 2
        found = runs(sqlite_db)
        assert found["z-other"].started_at < found["s-05"].started_at, "a busy host holds up no other"


def test_a_broken_or_slow_source_delays_no_other(sqlite_db: Database, server: Hostile, now: datetime) -> None:
    fill(sqlite_db, server, now, 8)
    for name, answer in (("a-slow", stall()), ("b-broken", reply(b"<html>")), ("c-cut", hostile.reset())):
        declare(sqlite_db, server, name, now, "[limits]\ndeadline_s = 2\ntries = 1")
        server.routes[f"/{name}"] = answer
    done = pull_due(sqlite_db, now=now, pace=Pace(4, 4), net=NET)
    assert done.outcomes == {"ok": 8, "error": 3}
    found = runs(sqlite_db)
    slow = found.pop("a-slow")
    assert (slow.code, found["b-broken"].code, found["c-cut"].code) == ("H-TIMEOUT", "H-TYPE", "H-CONN")
    assert max(run.finished_at for run in found.values()) < slow.finished_at


def test_what_becomes_due_meanwhile_is_begun_meanwhile(
    sqlite_db: Database, server: Hostile, now: datetime
) -> None:
    declare(sqlite_db, server, "a-slow", now, "[limits]\ndeadline_s = 4\ntries = 1")
    server.routes["/a-slow"] = stall()
    fill(sqlite_db, server, now + timedelta(seconds=1), 1)
    pull_due(sqlite_db, now=now, pace=WIDE, net=NET)
    found = runs(sqlite_db)
    assert found["s-00"].outcome == "ok" and found["s-00"].finished_at < found["a-slow"].finished_at


def test_a_stop_cuts_what_runs_and_gives_it_back(sqlite_db: Database, server: Hostile, now: datetime) -> None:
    declare(sqlite_db, server, "a-slow", now, "[limits]\ndeadline_s = 60")
    declare(sqlite_db, server, "b-pauses", now)
    server.routes |= {"/a-slow": stall(), "/b-pauses": reply(b"", 429, Retry_After="4")}
    stop = threading.Event()
    threading.Timer(1.0, stop.set).start()
    began = time.monotonic()
    pull_due(sqlite_db, now=now, pace=WIDE, net=Net(), go_on=lambda: not stop.is_set())
    assert time.monotonic() - began < 10
    assert runs(sqlite_db) == {}
    with Session(sqlite_db.ro) as session:
        assert all(source.claimed_until is None for source in session.exec(select(Source)))
    assert len(sources.due(sqlite_db, now, limit=9)) == 2


def test_two_workers_never_pull_one_source_twice(db: Database, server: Hostile, now: datetime) -> None:
    fill(db, server, now, 10, latency_s=0.05)
    workers = [
        threading.Thread(target=pull_due, args=(db,), kwargs={"now": now, "pace": Pace(4, 4), "net": NET})
        for _ in range(2)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(server.asked) == 10 and len(runs(db)) == 10
