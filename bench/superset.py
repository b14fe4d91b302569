"""Our overview as a dashboard of Apache Superset, over the same database file: what it shows, and its server.

Everything is made through its command line and its REST API, as somebody would who picks it instead. Where a choice
was free, the one was taken that is quicker for it: it reads our totals of the judged day, not the projects;
one table stands for our three cards; the line under our figures (freshness, roster) and the links are left out.
``bench/side_by_side.py`` measures it.
"""

import contextlib
import json
import os
import secrets
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from bench.peer import SCRIPTS, SUPERSET
from bench.superset_charts import CHARTS, DATASETS, layout, native_filters
from tests.servers import free_port, http_server

USER, PASSWORD, TITLE = "bench", secrets.token_urlsafe(16), "Overview"

#: As many workers as the processors twice, with threads: a page asks for its charts all at once.
WORKERS, THREADS = 2 * (os.cpu_count() or 1), 4


@dataclass(frozen=True)
class Dashboard:
    """Where its page is, below a server's address, and the numbers of its charts by name."""

    path: str
    charts: Mapping[str, int]


@dataclass(frozen=True)
class Superset:
    """An installed Superset with a home of its own. Set up anew by ``made``."""

    home: Path
    secret: str

    @staticmethod
    def made(home: Path) -> "Superset":
        """Install it if need be, with empty metadata and an administrator. Raises PeersMissing."""
        SUPERSET.ready()
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        with contextlib.closing(sqlite3.connect(home / "superset.db")) as metadata:
            metadata.execute(
                "pragma journal_mode = wal"
            )  # the file remembers: readers and writers do not wait
        it = Superset(home, secrets.token_urlsafe(42))
        it._run("db", "upgrade")
        who = ("--username", USER, "--firstname", "b", "--lastname", "b", "--email", "b@localhost")
        it._run("fab", "create-admin", *who, "--password", PASSWORD)
        it._run("init")
        return it

    @contextlib.contextmanager
    def served(self, *, answers: str) -> Iterator[str]:
        """Its production server, gunicorn, and its address. ``answers``: "kept" in its data cache, or "asked" anew."""
        bound = f"127.0.0.1:{free_port()}"
        many = ("--workers", str(WORKERS), "--worker-class", "gthread", "--threads", str(THREADS))
        command = [SUPERSET.program("gunicorn"), *many, "--timeout", "120", "--bind", bound]
        command = [*map(str, command), "superset.app:create_app()"]
        with http_server(command, self._environment(answers), f"http://{bound}/health"):
            yield f"http://{bound}"

    def _run(self, *command: str) -> None:
        program = [str(SUPERSET.program("superset")), *command]
        environment = os.environ | self._environment("asked")
        done = subprocess.run(program, env=environment, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"superset {command[0]}: {done.stderr[-2000:]}")

    def _environment(self, answers: str) -> dict[str, str]:
        return {
            "FLASK_APP": "superset",
            "SUPERSET_HOME": str(self.home),
            "SUPERSET_SECRET_KEY": self.secret,
            "SUPERSET_CONFIG_PATH": str(SCRIPTS / "superset_config.py"),
            "DESK_ANSWERS": answers,
        }


def built(address: str, database: str) -> Dashboard:
    """Make the dashboard over a database (as SQLAlchemy writes it) on a running server."""
    rest = _Rest(address)
    source = rest.made("database", database_name="desk", sqlalchemy_uri=database)
    datasets = {
        name: rest.made("dataset", database=source, table_name=name, sql=sql)
        for name, sql in DATASETS.items()
    }
    board = rest.made("dashboard", dashboard_title=TITLE, slug="overview", published=True)
    charts = {}
    for chart in CHARTS:
        of = datasets[chart.dataset]
        params = chart.params | {"viz_type": chart.kind, "datasource": f"{of}__table"}
        charts[chart.name] = rest.made(
            "chart",
            slice_name=chart.name,
            viz_type=chart.kind,
            datasource_id=of,
            datasource_type="table",
            params=json.dumps(params),
            dashboards=[board],
        )
    metadata = {
        "native_filter_configuration": native_filters(datasets["totals"], list(charts.values())),
        "filter_bar_orientation": "HORIZONTAL",
    }
    rest.changed(
        "dashboard",
        board,
        position_json=json.dumps(layout(charts)),
        json_metadata=json.dumps(metadata),
    )
    return Dashboard("/superset/dashboard/overview/", charts)


class _Rest:
    """Its REST API, as its administrator."""

    def __init__(self, address: str) -> None:
        self.address, self.session = f"{address}/api/v1", requests.Session()
        who = {"username": USER, "password": PASSWORD, "provider": "db"}
        token = self._asked("POST", "security/login", who)["access_token"]
        self.session.headers["Authorization"] = f"Bearer {token}"
        self.session.headers["X-CSRFToken"] = self._asked("GET", "security/csrf_token/")["result"]
        self.session.headers["Referer"] = address

    def made(self, kind: str, **what: Any) -> int:
        """A new thing; its number."""
        return self._asked("POST", f"{kind}/", what)["id"]

    def changed(self, kind: str, number: int, **what: Any) -> None:
        self._asked("PUT", f"{kind}/{number}", what)

    def _asked(self, method: str, path: str, what: dict[str, Any] | None = None) -> dict[str, Any]:
        answer = self.session.request(method, f"{self.address}/{path}", json=what, timeout=120)
        if not answer.ok:
            raise RuntimeError(f"{method} {path}: {answer.status_code} {answer.text[:1000]}")
        return answer.json()
