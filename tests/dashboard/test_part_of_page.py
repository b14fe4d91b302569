"""A part of a page that reruns alone asks who looks as the whole page does (``gate.on_its_own``), over a real socket."""

import asyncio
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import Session

from alerts import watch
from bench.sockets import Reader
from models import clock, signin
from models.db import Database, open_database
from models.migrate import migrate
from models.people import Person
from models.places import NATION
from models.vocabulary import Role
from tests.builders import project
from tests.servers import free_port, http_server

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


@pytest.fixture
def migrated(tmp_path: Path) -> Database:
    """As ``manage.py migrate`` makes it, over one project."""
    db = open_database(f"sqlite:///{tmp_path / 'part.db'}", pooled=False)
    migrate(db, clock.now())
    project(db, "P1", datetime(2026, 1, 5, 1, tzinfo=UTC))
    watch.evaluate(db, NOW.date(), NOW, now=NOW)
    return db


@pytest.fixture
def served(migrated: Database) -> Iterator[tuple[str, str]]:
    """The product over it: its address, and the secret of a signed-in supervisor."""
    now = clock.now()
    with Session(migrated.rw) as session, session.begin():
        session.add(Person(email="m@x.cn", name="M", role=Role.MINISTRY, place=NATION, created_at=now))
    secret = signin.open_session(migrated, "m@x.cn", now=now, how={})
    port = free_port()
    url = migrated.ro.url.render_as_string(hide_password=False)
    address = f"http://127.0.0.1:{port}"
    environment = {"DATABASE_URL": url, "PORT": str(port)}
    with http_server([sys.executable, "manage.py", "web"], environment, f"{address}/_stcore/health"):
        yield address, secret


def test_a_filter_shows_nothing_once_the_session_has_ended(
    served: tuple[str, str], migrated: Database
) -> None:
    address, secret = served

    async def visit() -> None:
        async with Reader(address, secret, "lang=en") as reader:
            whole = await reader.open()
            await reader.choose(1)
            assert "industry=" in reader.query
            part = await reader.choose(0)
            assert part.tables == whole.tables and part.received < whole.received
            signin.sign_out(migrated, secret, now=clock.now())
            gone = await reader.choose(1)
            assert not gone.tables and not gone.charts and not gone.filters

    with ThreadPoolExecutor(1) as apart:  # a browser of other tests may have a loop running here
        apart.submit(asyncio.run, visit()).result()
