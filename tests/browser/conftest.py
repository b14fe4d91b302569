"""A running product over a small demonstration, and a real Chromium to use it with."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from models import clock
from models.db import open_database
from models.migrate import migrate
from operation.demonstration import Loader, load_demonstration
from settings import Settings
from tests.servers import free_port

ROOT = Path(__file__).resolve().parents[2]
expect.set_options(timeout=20_000)  # a page over a busy machine
CITIES = ("210100", "150200", "310114", "310116")


@dataclass(frozen=True)
class Site:
    """The product, served: its address, its database and its folder of mails."""

    address: str
    database_url: str
    mails: Path


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    """Four demonstration cities behind ``manage.py run``."""
    with tempfile.TemporaryDirectory(prefix="dispatch-site-") as folder:
        home, port = Path(folder), free_port()
        url = f"sqlite:///{home / 'dispatch.db'}"
        db, settings = open_database(url), Settings(port=port, database_url=url, _env_file=None)
        migrate(db, clock.now())
        load_demonstration(Loader(db, settings, lambda _: None, CITIES), now=clock.now())
        db.dispose()
        with served("run", home, url, port):
            yield Site(f"http://localhost:{port}", url, home / "mail")


@contextlib.contextmanager
def served(command: str, home: Path, url: str, port: int) -> Iterator[None]:
    """The product behind ``manage.py run`` or ``web``, stopped as Ctrl-C stops it."""
    environment = os.environ | {"DATABASE_URL": url, "PORT": str(port), "MAIL_FOLDER": str(home / "mail")}
    environment |= {"PULL_SECONDS": "1"}
    log = (home / "log").open("w")
    server = subprocess.Popen(
        [sys.executable, "manage.py", command], cwd=ROOT, env=environment, stdout=log, stderr=log
    )
    try:
        ready = "/healthz" if command == "run" else "/sign-in"  # healthy means a worker, too
        _wait(f"http://127.0.0.1:{port}{ready}", server, home / "log")
        yield
    finally:
        server.send_signal(signal.SIGINT)
        assert server.wait(30) in (0, 128 + signal.SIGINT), (home / "log").read_text()


def _wait(address: str, server: subprocess.Popen, log: Path) -> None:
    for _ in range(600):
        with contextlib.suppress(requests.RequestException):
            if requests.get(address, timeout=2).status_code == 200:
                return
        if server.poll() is not None:
            break
        time.sleep(0.1)
    pytest.fail(f"the product did not start: {log.read_text()[-3000:]}")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        pytest.fail("Chromium is missing. Install it: apt-get install -y chromium fonts-noto-cjk")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def visitor(chromium: Browser, site: Site) -> Iterator[Callable[..., Page]]:
    """Open a browser of one's own: ``visitor(path="/", language="zh-CN", **context options)``."""
    contexts: list[BrowserContext] = []

    def open_page(path: str = "/", *, language: str = "zh-CN", **options: object) -> Page:
        options = {"viewport": {"width": 1366, "height": 900}} | options
        context = chromium.new_context(locale=language, **options)
        context.set_default_timeout(30_000)
        contexts.append(context)
        page = context.new_page()
        page.goto(site.address + path)
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def desk(visitor: Callable[..., Page]) -> Callable[..., Page]:
    """Sign in at a demonstration desk: ``desk("ministry", path="/points", language="en")``."""

    def sit(who: str, path: str = "/", **options: object) -> Page:
        page = visitor(path, **options)
        page.get_by_text(f"{who}@demo.invalid", exact=True).click()
        page.get_by_test_id("stMainBlockContainer").wait_for()
        return page

    return sit
