"""The demonstration as of one instant, in a folder of its own, served on a free port until it is no longer needed."""

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import requests

from models import clock
from models.db import open_database
from models.migrate import migrate
from operation.demonstration import Loader, load_demonstration
from settings import Settings
from tests.servers import free_port

ROOT = Path(__file__).resolve().parents[1]

#: When all pictures are taken: a Tuesday morning, so that the newest week and the last month both have something.
AT = clock.at_hour(datetime(2026, 11, 24).date(), 10)

_READY_SECONDS = 90


class NotServed(Exception):
    """The pages did not come up; the text ends with the server's last lines."""


@contextlib.contextmanager
def site() -> Iterator[str]:
    """The address of the pages, over a demonstration that is loaded anew each time and thrown away after."""
    with tempfile.TemporaryDirectory(prefix="dispatch-pictures-") as folder:
        url, port = f"sqlite:///{folder}/dispatch.db", free_port()
        _load(url, port)
        address = f"http://localhost:{port}"
        environment = os.environ | {"DATABASE_URL": url, "PORT": str(port), "BASE_URL": address}
        log = Path(folder, "log")
        with log.open("w") as lines:
            server = subprocess.Popen(
                [sys.executable, "-m", "pictures.web", AT.isoformat()],
                cwd=ROOT,
                env=environment | {"MAIL_FOLDER": f"{folder}/mail"},
                stdout=lines,
                stderr=lines,
            )
        try:
            _wait(address, server, log)
            yield address
        finally:
            server.terminate()
            server.wait(20)


def _load(url: str, port: int) -> None:
    db = open_database(url)
    migrate(db, AT)
    load_demonstration(Loader(db, Settings(port=port, database_url=url, _env_file=None), print), now=AT)
    db.dispose()


def _wait(address: str, server: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        with contextlib.suppress(requests.RequestException):
            if requests.get(f"{address}/healthz", timeout=2).status_code == 200:
                return
        time.sleep(0.2)
    raise NotServed(log.read_text(encoding="utf-8")[-2000:])
