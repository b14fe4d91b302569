"""Fixtures: a real SQLite file and a real PostgreSQL, empty but for the roster; and the clock's day."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import hypothesis
import pytest
from streamlit.components.v2 import manifest_scanner

from models.db import Database, open_database
from models.roster import plant_roster
from models.tables import metadata
from tests.servers import ServerMissing, create_database, fresh_database, postgres_server, unused_name

#: A test tries the same examples each time, so that a change is judged by what it changes; HYPOTHESIS_PROFILE=search
#: tries others (`make search`). How long an example takes says how busy the machine is, and nothing about the claim.
hypothesis.settings.register_profile("same", deadline=None, derandomize=True, database=None)
hypothesis.settings.register_profile("search", deadline=None)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))

#: The instant tests live at: Monday 2026-11-23, 10:00 in China.
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session", autouse=True)
def packages_scanned_once() -> Iterator[None]:
    """Each page that is drawn without a browser looks through every installed package: two thirds of its time."""
    found = cache(manifest_scanner.scan_component_manifests)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", found)
        yield


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def shared() -> Path:
    """The folder of real data beside the project; tests that need it say so where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("the folder ../shared with the real data sets is not here")
    return SHARED


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A PostgreSQL server of our own on loopback; its URL without a database name.

    Its folder is not pytest's, which another run would prune under the server.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="dispatch-pg-") as home, postgres_server(Path(home)) as url:
            yield url
    except ServerMissing as missing:
        pytest.fail(str(missing))


@pytest.fixture(params=["sqlite", "postgresql"])
def db_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database that is not there yet, once on each engine."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'dispatch.db'}"
    return unused_name(request.getfixturevalue("postgres"))


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with schema and roster, to be copied."""
    path = tmp_path_factory.mktemp("template") / "dispatch.db"
    _set_up(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres: str) -> str:
    """The name of a PostgreSQL database with schema and roster, to be copied."""
    url = fresh_database(postgres)
    _set_up(url)
    return url.rsplit("/", 1)[1]


@pytest.fixture
def db(db_url: str, request: pytest.FixtureRequest) -> Iterator[Database]:
    """A database with schema and roster, once on SQLite and once on PostgreSQL."""
    if db_url.startswith("sqlite"):
        shutil.copy(request.getfixturevalue("sqlite_template"), db_url.removeprefix("sqlite:///"))
    else:
        create_database(db_url, request.getfixturevalue("postgres_template"))
    yield from _opened(db_url)


@pytest.fixture
def sqlite_db(tmp_path: Path, sqlite_template: Path) -> Iterator[Database]:
    """The same on SQLite only, for tests in which the engine plays no part."""
    shutil.copy(sqlite_template, tmp_path / "dispatch.db")
    yield from _opened(f"sqlite:///{tmp_path / 'dispatch.db'}")


def _set_up(url: str) -> None:
    database = open_database(url, pooled=False)
    metadata.create_all(database.rw)
    plant_roster(database, NOW)
    database.dispose()


def _opened(url: str) -> Iterator[Database]:
    database = open_database(url, pooled=False)
    yield database
    database.dispose()
