"""Fixtures: a real SQLite file and a real PostgreSQL, empty but for the roster; and the clock's day."""

import os
import pwd
import shutil
import socket
import subprocess
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from models.db import Database, open_database
from models.roster import plant_roster
from models.tables import metadata

#: The instant tests live at: Monday 2026-11-23, 10:00 in China.
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)

SHARED = Path(__file__).resolve().parents[2] / "shared"


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
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL server of our own on loopback; its URL without a database name."""
    binaries = _postgres_binaries()
    home = tmp_path_factory.mktemp("postgres")
    as_user = _unprivileged(home)
    port = _free_port()
    data = home / "data"
    subprocess.run(
        [
            *as_user,
            binaries / "initdb",
            "-D",
            data,
            "-U",
            "dispatch",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-locale",
        ],
        check=True,
        capture_output=True,
    )
    server = subprocess.Popen(
        [
            *as_user,
            binaries / "postgres",
            "-D",
            data,
            "-p",
            str(port),
            "-k",
            home,
            "-c",
            "listen_addresses=127.0.0.1",
            "-c",
            "fsync=off",
        ],
        stdout=(home / "log").open("w"),
        stderr=subprocess.STDOUT,
    )
    address = f"127.0.0.1:{port}"
    try:
        _wait_for(f"postgresql://dispatch@{address}/postgres", server, home / "log")
        yield f"postgresql+psycopg://dispatch@{address}"
    finally:
        server.terminate()
        server.wait(20)


def _postgres_binaries() -> Path:
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (folder / "initdb").exists():
            return folder
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    pytest.fail("PostgreSQL is missing. Install it: apt-get install -y postgresql")


def _unprivileged(home: Path) -> list[str]:
    """PostgreSQL refuses to run as root; then its own Debian account runs it."""
    if os.geteuid() != 0:
        return []
    account = pwd.getpwnam("postgres")
    for folder in [home, *home.parents][:3]:
        os.chmod(folder, 0o755)
    os.chown(home, account.pw_uid, account.pw_gid)
    return ["setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_for(url: str, server: subprocess.Popen, log: Path) -> None:
    for _ in range(200):
        try:
            psycopg.connect(url, connect_timeout=1).close()
            return
        except psycopg.OperationalError:
            if server.poll() is not None:
                break
            server_wait(server)
    pytest.fail(f"PostgreSQL did not start: {log.read_text()[-2000:]}")


def server_wait(server: subprocess.Popen) -> None:
    """A tenth of a second, or until the server ends."""
    try:
        server.wait(0.1)
    except subprocess.TimeoutExpired:
        pass


def _fresh_postgres(server: str) -> str:
    name = f"t{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server.replace("+psycopg", "") + "/postgres", autocommit=True) as connection:
        connection.execute(f"create database {name}")
    return f"{server}/{name}"


@pytest.fixture(params=["sqlite", "postgresql"])
def db_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a new empty database, once on each engine."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'dispatch.db'}"
    return _fresh_postgres(request.getfixturevalue("postgres"))


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with schema and roster, to be copied."""
    path = tmp_path_factory.mktemp("template") / "dispatch.db"
    _set_up(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres: str) -> str:
    """The name of a PostgreSQL database with schema and roster, to be copied."""
    url = _fresh_postgres(postgres)
    _set_up(url)
    return url.rsplit("/", 1)[1]


@pytest.fixture
def db(db_url: str, request: pytest.FixtureRequest) -> Iterator[Database]:
    """A database with schema and roster, once on SQLite and once on PostgreSQL."""
    if db_url.startswith("sqlite"):
        shutil.copy(request.getfixturevalue("sqlite_template"), db_url.removeprefix("sqlite:///"))
    else:
        server, name = db_url.rsplit("/", 1)
        template = request.getfixturevalue("postgres_template")
        with psycopg.connect(server.replace("+psycopg", "") + "/postgres", autocommit=True) as connection:
            connection.execute(f"drop database {name}")
            connection.execute(f"create database {name} template {template}")
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
