"""The supervisor's desk over 100,000 projects with 24 months behind it, in parts that share their databases.

In a browser (``overview.py``), under fifty people (``crowd.py``), and the months of budget execution
(``spending.py``). The bare page draws what is counted on ours, so that it stays as large as ours becomes.
"""

import asyncio
import contextlib
import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import requests
from sqlmodel import Session

from alerts import watch
from bench import crowd, data, overview, spending
from bench.crowd import Served
from bench.measure import Figure
from bench.overview import Page
from models import clock, signin
from models.db import Database
from models.people import Person, SignIn
from models.places import NATION
from models.vocabulary import Role
from tests.servers import free_port

ROOT = Path(__file__).resolve().parents[1]
SMALL, LARGE, MONTHS = 1_000, 100_000, 24

#: A working day a year before ``data.ON``.
AGO = data.ON - timedelta(days=365)


def figures(folder: Path, prepare) -> Iterator[Figure]:
    """All figures of the desk, on SQLite."""
    secret = {count: _filled(prepare(_url(folder, count)), count) for count in (SMALL, LARGE)}
    db = prepare(_url(folder, LARGE))
    yield from spending.figures(db, data.ON, data.KNOWN, f"{LARGE:,}")
    db.dispose()
    with contextlib.ExitStack() as stack:
        ours = {}
        for count, cookie in secret.items():
            command = [sys.executable, "manage.py", "web"]
            address, pid = stack.enter_context(_served(command, {"DATABASE_URL": _url(folder, count)}))
            ours[count] = Served(address, pid, cookie, "Industry", "lang=en")
        counted = {"BARE": json.dumps(asyncio.run(_counted(ours[LARGE])))}
        command = [sys.executable, "-m", "bench.bare_server"]
        address, pid = stack.enter_context(_served(command, counted))
        bare = Served(address, pid, None, "Filter 0")
        yield from crowd.figures(ours[LARGE], bare)
        pages = {
            "small": Page.ours(ours[SMALL]),
            "large": Page.ours(ours[LARGE]),
            "ago": Page.ours(ours[LARGE], f"&on={AGO}"),
            "bare": Page.bare(bare),
        }
        yield from overview.figures(pages, f"{SMALL:,}", f"{LARGE:,}")


def _url(folder: Path, count: int) -> str:
    return f"sqlite:///{folder / f'{count}.db'}"


def _filled(db: Database, count: int) -> str:
    """Fill a database and judge it a year ago, yesterday and today; the cookie of a signed-in supervisor."""
    keys = data.plant_projects(db, count)
    data.plant_reports(db, keys, MONTHS)
    data.plant_records(db, keys)
    for on, known_at in (
        (AGO, clock.at_hour(AGO, 19, 0)),
        (data.ON - timedelta(days=1), data.KNOWN),
        (data.ON, data.KNOWN),
    ):
        watch.evaluate(db, on, known_at, now=known_at)
    secret, now = secrets.token_urlsafe(32), clock.now()
    with Session(db.rw) as session, session.begin():
        who = dict(email="b@localhost", name="bench", role=Role.MINISTRY, place=NATION)
        session.add(Person(**who, created_at=now))
        session.flush()
        session.add(SignIn(id=signin._session_id(secret), email="b@localhost", created_at=now, seen_at=now))
    db.dispose()
    return secret


async def _counted(page: Served) -> dict[str, list]:
    """What our page draws; the filter that is clicked comes first."""
    async with page.reader() as reader:
        answer = await reader.open()
    clicked, others = reader.choices + 1, list(answer.filters)
    others.remove(clicked)
    return {"charts": answer.charts, "tables": answer.tables, "filters": [clicked, *others]}


@contextlib.contextmanager
def _served(command: list[str], environment: dict[str, str]) -> Iterator[tuple[str, int]]:
    """A server until it is no longer needed: its address and its process."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    server = subprocess.Popen(
        command,
        cwd=ROOT,
        env=os.environ | {"PORT": str(port), "BASE_URL": address} | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(600):
            with contextlib.suppress(requests.RequestException):
                requests.get(f"{address}/_stcore/health", timeout=1)
                break
            time.sleep(0.1)
        yield address, server.pid
    finally:
        server.terminate()
        server.wait(20)
