"""A running product over a small demonstration, and a real Chromium to use it with."""

import contextlib
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from models import clock
from models.db import open_database
from models.migrate import migrate
from operation.demonstration import Loader, load_demonstration
from settings import Settings
from tests.chromium import chromium as installed
from tests.servers import free_port, http_server

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
    environment = {"DATABASE_URL": url, "PORT": str(port), "MAIL_FOLDER": str(home / "mail")}
    environment |= {"PULL_SECONDS": "1"}
    ready = "/healthz" if command == "run" else "/sign-in"  # healthy means a worker, too
    started = [sys.executable, "manage.py", command], environment, f"http://127.0.0.1:{port}{ready}"
    with http_server(*started, log=home / "log", stop=signal.SIGINT) as server:
        yield
    assert server.returncode in (0, 128 + signal.SIGINT), (home / "log").read_text()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with installed() as browser:
        yield browser


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
