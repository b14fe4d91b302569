"""The demonstration as of one instant, in a folder of its own, served on a free port until it is no longer needed."""

import contextlib
import sys
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from models import clock
from models.db import open_database
from models.migrate import migrate
from operation.demonstration import Loader, load_demonstration
from settings import Settings
from tests.servers import free_port, http_server

#: When all pictures are taken: a Tuesday morning, so that the newest week and the last month both have something.
AT = clock.at_hour(datetime(2026, 11, 24).date(), 10)


@contextlib.contextmanager
def site() -> Iterator[str]:
    """The address of the pages, over a demonstration that is loaded anew each time and thrown away after."""
    with tempfile.TemporaryDirectory(prefix="dispatch-pictures-") as folder:
        url, port = f"sqlite:///{folder}/dispatch.db", free_port()
        _load(url, port)
        address = f"http://localhost:{port}"
        environment = {"DATABASE_URL": url, "PORT": str(port), "BASE_URL": address}
        environment |= {"MAIL_FOLDER": f"{folder}/mail"}
        command = [sys.executable, "-m", "pictures.web", AT.isoformat()]
        with http_server(command, environment, f"{address}/healthz", log=Path(folder, "log")):
            yield address


def _load(url: str, port: int) -> None:
    db = open_database(url)
    migrate(db, AT)
    load_demonstration(Loader(db, Settings(port=port, database_url=url, _env_file=None), print), now=AT)
    db.dispose()
