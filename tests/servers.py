"""Real servers of our own on loopback, for tests and benchmarks."""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import psycopg
import requests

ROOT = Path(__file__).resolve().parents[1]


class ServerMissing(Exception):
    """A server that is needed is not installed or did not start; the text says what to do."""


@contextlib.contextmanager
def postgres_server(home: Path, *options: str) -> Iterator[str]:
    """Start PostgreSQL in a folder and stop it after; gives ``postgresql+psycopg://…`` without a database."""
    binaries = _postgres_binaries()
    as_user = _unprivileged(home)
    port, data = free_port(), home / "data"
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
    wanted = ("listen_addresses=127.0.0.1", "fsync=off", *options)
    server = subprocess.Popen(
        [*as_user, binaries / "postgres", "-D", data, "-p", str(port), "-k", home]
        + [part for option in wanted for part in ("-c", option)],
        stdout=(home / "log").open("w"),
        stderr=subprocess.STDOUT,
    )
    address = f"127.0.0.1:{port}"
    try:
        _wait_for(f"postgresql://dispatch@{address}/postgres", server, home / "log")
        yield f"postgresql+psycopg://dispatch@{address}"
    finally:
        server.send_signal(signal.SIGINT)  # fast: does not wait for connections left open
        server.wait(20)


@contextlib.contextmanager
def http_server(
    command: Sequence[str],
    environment: Mapping[str, str],
    ready: str,
    *,
    log: Path = Path(os.devnull),
    stop: signal.Signals = signal.SIGTERM,
    start_s: float = 120,
) -> Iterator[subprocess.Popen]:
    """A server until it is no longer needed, from when the address ``ready`` answers well; started in the project's folder.

    ``environment`` is added to ours. ``stop`` ends it; its exit status is in ``returncode`` then. Raises ServerMissing
    where it ends before or never answers in ``start_s`` seconds.
    """
    with log.open("w") as lines:
        server = subprocess.Popen(command, cwd=ROOT, env=os.environ | environment, stdout=lines, stderr=lines)
    try:
        if not _answers(ready, server, time.monotonic() + start_s):
            raise ServerMissing(f"{ready} did not answer: {log.read_text(encoding='utf-8')[-3000:]}")
        yield server
    finally:
        server.send_signal(stop)
        server.wait(60)


def _answers(address: str, server: subprocess.Popen, until: float) -> bool:
    while time.monotonic() < until and server.poll() is None:
        with contextlib.suppress(requests.RequestException):
            if requests.get(address, timeout=5).ok:
                return True
        time.sleep(0.1)
    return False


def fresh_database(server: str) -> str:
    """Create an empty database on a server; its URL."""
    url = unused_name(server)
    create_database(url)
    return url


def unused_name(server: str) -> str:
    """The URL of a database that is not there yet."""
    return f"{server}/t{uuid.uuid4().hex[:12]}"


def create_database(url: str, template: str = "template1") -> None:
    """Create the database of a URL as a copy of another."""
    server, name = url.replace("+psycopg", "").rsplit("/", 1)
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"create database {name} template {template}")


def free_port() -> int:
    """A port on loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _postgres_binaries() -> Path:
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (folder / "initdb").exists():
            return folder
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    raise ServerMissing("PostgreSQL is missing. Install it: apt-get install -y postgresql")


def _unprivileged(home: Path) -> list[str]:
    """PostgreSQL refuses to run as root; then its own Debian account runs it."""
    if os.geteuid() != 0:
        return []
    account = pwd.getpwnam("postgres")
    os.chown(home, account.pw_uid, account.pw_gid)
    return ["setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups"]


def _wait_for(url: str, server: subprocess.Popen, log: Path) -> None:
    for _ in range(200):
        try:
            psycopg.connect(url, connect_timeout=1).close()
            return
        except psycopg.OperationalError:
            if server.poll() is not None:
                break
            with contextlib.suppress(subprocess.TimeoutExpired):
                server.wait(0.1)
    raise ServerMissing(f"PostgreSQL did not start: {log.read_text()[-2000:]}")
