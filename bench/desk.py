"""The supervisor's desk over 100,000 projects with 24 months behind it, in parts that share their databases.

In a browser (``overview.py``), under fifty people (``crowd.py``), and the months of budget execution
(``spending.py``). The bare page draws what is counted on ours, so that it stays as large as ours becomes.
"""

import asyncio
import contextlib
import json
import secrets
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from sqlmodel import Session, select

from alerts import watch
from bench import crowd, data, overview, spending
from bench.crowd import Served
from bench.measure import Figure
from bench.overview import Page
from models import clock, signin
from models.db import Database
from models.people import Person, SignIn
from models.places import NATION
from models.state import Judgement
from models.vocabulary import Role
from tests.servers import free_port, http_server

SMALL, LARGE, MONTHS = 1_000, 100_000, 24

#: A working day a year before ``data.ON``.
AGO = data.ON - timedelta(days=365)


def figures(folder: Path, prepare) -> Iterator[Figure]:
    """All figures of the desk, on SQLite."""
    secret = {count: filled(prepare(url_of(folder, count)), count) for count in (SMALL, LARGE)}
    db = prepare(url_of(folder, LARGE))
    yield from spending.figures(db, data.ON, data.KNOWN, f"{LARGE:,}")
    db.dispose()
    with contextlib.ExitStack() as stack:
        ours = {}
        for count, cookie in secret.items():
            address, pid = stack.enter_context(web(url_of(folder, count)))
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


def url_of(folder: Path, count: int) -> str:
    """The database of so many projects."""
    return f"sqlite:///{folder / f'{count}.db'}"


def filled(db: Database, count: int) -> str:
    """Fill a database and judge it a year ago, yesterday and today, unless it was; the cookie of a supervisor."""
    if not _judged(db):
        keys = data.plant_projects(db, count)
        data.plant_reports(db, keys, MONTHS)
        data.plant_records(db, keys)
        for on, known_at in (
            (AGO, clock.at_hour(AGO, 19, 0)),
            (data.ON - timedelta(days=1), data.KNOWN),
            (data.ON, data.KNOWN),
        ):
            watch.evaluate(db, on, known_at, now=known_at)
    secret = _signed_in(db)
    db.dispose()
    return secret


def _judged(db: Database) -> bool:
    """Was the newest day judged, which is the last that is done to a database?"""
    with Session(db.ro) as session:
        return session.exec(select(Judgement.id).where(Judgement.judged_on == data.ON)).first() is not None


def _signed_in(db: Database) -> str:
    """The cookie of a supervisor who has just signed in."""
    secret, now, mail = secrets.token_urlsafe(32), clock.now(), "b@localhost"
    with Session(db.rw) as session, session.begin():
        if session.get(Person, mail) is None:
            session.add(Person(email=mail, name="bench", role=Role.MINISTRY, place=NATION, created_at=now))
            session.flush()
        session.add(SignIn(id=signin.session_id_of(secret), email=mail, created_at=now, seen_at=now))
    return secret


async def _counted(page: Served) -> dict[str, list]:
    """What our page draws; the filter that is clicked comes first."""
    async with page.reader() as reader:
        answer = await reader.open()
    clicked, others = reader.choices + 1, list(answer.filters)
    others.remove(clicked)
    return {"charts": answer.charts, "tables": answer.tables, "filters": [clicked, *others]}


def web(database: str) -> contextlib.AbstractContextManager[tuple[str, int]]:
    """Our own server over a database: its address and its process."""
    return _served([sys.executable, "manage.py", "web"], {"DATABASE_URL": database})


@contextlib.contextmanager
def _served(command: list[str], environment: dict[str, str]) -> Iterator[tuple[str, int]]:
    """A Streamlit server until it is no longer needed: its address and its process."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    told = {"PORT": str(port), "BASE_URL": address} | environment
    with http_server(command, told, f"{address}/_stcore/health") as started:
        yield address, started.pid
