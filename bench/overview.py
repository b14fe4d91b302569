"""First figures of the overview in a real Chromium, against a bare Streamlit page, and by size of the data."""

import contextlib
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import requests
from playwright.sync_api import Browser, BrowserContext, sync_playwright
from sqlmodel import Session

from alerts import watch
from bench import data
from bench.measure import Figure, compared
from dashboard.guard import COOKIE
from models import clock, signin
from models.db import Database
from models.people import Person, SignIn
from models.places import NATION
from models.vocabulary import Role
from tests.servers import free_port

ROOT = Path(__file__).resolve().parents[1]
SMALL, LARGE, RUNS = 1_000, 100_000, 9
FIRST_FIGURE, BARE_FIGURE = ".pd-card b", ".ready"


def figures(folder: Path, prepare) -> list[Figure]:
    """Ours over 1,000 projects against the bare page, then 100,000 projects against 1,000."""
    with contextlib.ExitStack() as stack:
        pages = {}
        for count in (SMALL, LARGE):
            url = f"sqlite:///{folder / f'{count}.db'}"
            db = prepare(url)
            secret = _judged(db, count)
            db.dispose()
            address = stack.enter_context(_served([sys.executable, "manage.py", "web"], url))
            pages[count] = (f"{address}/?lang=en", FIRST_FIGURE, secret)
        bare = stack.enter_context(
            _served([sys.executable, "-m", "streamlit", "run", "bench/bare_page.py"], "")
        )
        pages["bare"] = (bare, BARE_FIGURE, None)
        times = _in_turn(pages)
    return [
        compared(
            f"overview over {SMALL:,} projects, first figures in Chromium",
            times[SMALL],
            times["bare"],
            goal=1.5,
            against="a bare Streamlit page with one Vega-Lite chart",
        ),
        compared(
            f"overview over {LARGE:,} projects",
            times[LARGE],
            times[SMALL],
            goal=1.2,
            against=f"the same over {SMALL:,}",
        ),
    ]


def _judged(db: Database, count: int) -> str:
    """Fill and judge a database; the cookie of a signed-in supervisor."""
    keys = data.plant_projects(db, count)
    data.plant_reports(db, keys)
    watch.evaluate(db, data.ON - timedelta(days=1), data.KNOWN, now=data.KNOWN)
    watch.evaluate(db, data.ON, data.KNOWN, now=data.KNOWN)
    secret, now = secrets.token_urlsafe(32), clock.now()
    with Session(db.rw) as session, session.begin():
        session.add(
            Person(email="b@localhost", name="bench", role=Role.MINISTRY, place=NATION, created_at=now)
        )
        session.flush()
        session.add(SignIn(id=signin._session_id(secret), email="b@localhost", created_at=now, seen_at=now))
    return secret


@contextlib.contextmanager
def _served(command: list[str], url: str) -> Iterator[str]:
    port = free_port()
    environment = os.environ | {"DATABASE_URL": url, "PORT": str(port), "STREAMLIT_SERVER_PORT": str(port)}
    if not url:
        environment.pop("DATABASE_URL")
    server = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(300):
            with contextlib.suppress(requests.RequestException):
                requests.get(f"http://127.0.0.1:{port}/_stcore/health", timeout=1)
                break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)


def _in_turn(pages: dict) -> dict:
    """Each page in turn, its browser cache warm; the uncounted first turn also warms the servers."""
    times: dict = {name: [] for name in pages}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        contexts = {name: _context(browser, *page) for name, page in pages.items()}
        for turn in range(RUNS + 2):
            for name, (url, figure, _) in pages.items():
                seconds = _first_figure(contexts[name], url, figure)
                if turn > 1:
                    times[name].append(seconds)
        browser.close()
    return times


def _context(browser: Browser, url: str, _figure: str, secret: str | None) -> BrowserContext:
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    if secret:
        context.add_cookies([{"name": COOKIE, "value": secret, "url": url}])
    return context


def _first_figure(context: BrowserContext, url: str, figure: str) -> float:
    page = context.new_page()
    began = time.perf_counter()
    page.goto(url, wait_until="commit")
    page.wait_for_selector(figure, timeout=60_000)
    seconds = time.perf_counter() - began
    page.close()
    return seconds
