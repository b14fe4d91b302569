"""From a real server on loopback to stored rows: what comes is taken in once, what is wrong is a kept run."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from collectors import sources
from collectors.fetch import Net
from collectors.pull import pull
from models.db import Database
from models.reports import Report, Submission
from models.sources import Source, SourceRun
from tests.builders import project
from tests.collectors import hostile
from tests.collectors.hostile import Hostile, as_json

NET = Net(wait=lambda _: None, chance=lambda: 0.0)
NAME = "shenyang"


def declared(server: Hostile, *more: str, **keys: Any) -> str:
    """A declaration of this server: its address, loopback opened, and what a test adds."""
    base = {
        "name": NAME,
        "city": "210100",
        "form": "dispatch",
        "every_minutes": 60,
        "url": f"{server.address}/projects",
        "networks": ["127.0.0.0/8"],
    }
    lines = [
        f"{name} = {json.dumps(value, ensure_ascii=False)}"
        for name, value in (base | keys).items()
        if value is not None
    ]
    return "\n".join([*lines, *more])


def record(code: str = "SY001", progress: float = 60, **more: Any) -> dict[str, Any]:
    return {"code": code, "as_of": "2026-10-31", "progress": progress, "invested": 512.25, **more}


@pytest.fixture
def server():
    with hostile.serving() as found:
        yield found


@pytest.fixture
def ready(db: Database, now: datetime) -> Database:
    """A database in which SY001 and SY002 are registered in Shenyang, SY901 in Dalian."""
    for code, city in (("SY001", "210100"), ("SY002", "210100"), ("DL901", "210200")):
        project(db, code, now - timedelta(days=300), city=city)
    return db


def test_a_declared_source_becomes_dispatch_rows(ready: Database, server: Hostile, now: datetime) -> None:
    server.routes["/projects"] = as_json({"code": 200, "data": {"list": [record(), record("SY002", 35.5)]}})
    sources.add(ready, declared(server, records="data.list"), by="a@b.example", now=now)
    found = pull(ready, NAME, now=now, net=NET)
    assert found.last.outcome == "ok" and found.cities == {"210100"}
    with Session(ready.ro) as session:
        rows = session.exec(select(Report).order_by(Report.project)).all()
        assert [(r.project, r.physical_bp, r.invested) for r in rows] == [
            ("SY001", 6_000, 512_250_000),
            ("SY002", 3_550, 512_250_000),
        ]
        kept = session.exec(select(Submission)).one()
        assert (kept.door, kept.source, kept.uploader) == ("pull", NAME, f"source:{NAME}")
        run = session.exec(select(SourceRun)).one()
        assert (run.outcome, run.rows, run.new, run.submission) == ("ok", 2, 2, kept.id)
        source = session.get(Source, NAME)
        assert source.last_ok_at == source.last_data_at and source.failures == 0
        assert source.due_at == now + timedelta(minutes=60) and source.claimed_until is None
