"""Everything on one machine: set up, then web and worker as two processes, stopped together.

The child processes are ``manage.py web`` and ``manage.py watch``; this one only starts, watches and stops
them, so what runs here is what runs under any other supervisor.
"""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable

import requests

from models import clock
from models.db import open_database, self_check
from models.migrate import migrate
from operation.demonstration import Loader, is_wanted, load_demonstration
from settings import ROOT, Settings

_READY_SECONDS = 90
_STOP_SECONDS = 20


class CannotStart(Exception):
    """One line for the person who started it."""


def run_everything(settings: Settings, tell: Callable[[str], None]) -> int:
    """Migrate, load the demonstration into an empty database, serve until stopped. Returns the exit status."""
    _require_free_port(settings)
    db = open_database(settings.database_url)
    tell(f"Database: {db.ro.url.render_as_string(hide_password=True)}")
    migrate(db, clock.now())
    for warning in self_check(db):
        tell(f"Note: {warning}")
    if is_wanted(db):
        found = load_demonstration(Loader(db, settings, tell), now=clock.now())
        tell(
            f"Demonstration: {found['projects']} projects, {found['submissions']} submissions, "
            f"{found['alerts']} open alerts."
        )
    db.dispose()
    return _serve(settings, tell)


def _require_free_port(settings: Settings) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError:
            raise CannotStart(f"Port {settings.port} is taken; choose another: PORT=8502 make run") from None


def _serve(settings: Settings, tell: Callable[[str], None]) -> int:
    stopping: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda received, _frame: stopping.append(received))
    children = {name: _start(name) for name in ("web", "watch")}
    try:
        if _until_ready(settings, children, stopping):
            where = (
                "mails go out over SMTP"
                if settings.smtp_url
                else f"mails are written to {settings.mail_folder}"
            )
            tell(f"\nPilot Dispatch is ready: {settings.base_url}\n({where}; Ctrl-C stops everything)\n")
        while not stopping and all(child.poll() is None for child in children.values()):
            time.sleep(0.2)
    finally:
        ended = {name: child.poll() for name, child in children.items()}
        _stop(list(children.values()))
    if stopping:
        tell("Stopped.")
        return 0
    for name, status in ended.items():
        if status is not None:
            tell(f"The {name} process ended by itself with status {status}; its last lines are above.")
    return 1


def _start(command: str) -> subprocess.Popen:
    """In a session of its own, so that Ctrl-C reaches only us and we stop both in order."""
    return subprocess.Popen([sys.executable, ROOT / "manage.py", command], cwd=ROOT, start_new_session=True)


def _until_ready(settings: Settings, children: dict[str, subprocess.Popen], stopping: list[int]) -> bool:
    host = "127.0.0.1" if settings.host == "0.0.0.0" else settings.host
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline and not stopping:
        if any(child.poll() is not None for child in children.values()):
            return False
        try:
            if requests.get(f"http://{host}:{settings.port}/healthz", timeout=2).status_code == 200:
                return True
        except requests.RequestException:
            pass
        time.sleep(0.2)
    return not stopping


def _stop(children: list[subprocess.Popen]) -> None:
    for child in children:
        child.terminate()
    deadline = time.monotonic() + _STOP_SECONDS
    for child in children:
        try:
            child.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
