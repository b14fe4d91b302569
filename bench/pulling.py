"""Pulling 200 sources that each take 100 ms to answer, against the ideal: waiting shared, intake not slowed.

The ideal is latency × sources ÷ concurrency + the intake of the same 200 payloads alone, measured in turn in
the same run. The sources are a server of its own process, so that it does not share our interpreter's lock.
"""

import json
import subprocess
import sys
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import polars as pl
import sqlalchemy as sa

from bench import data
from bench.measure import Figure, compared
from collectors import sources
from collectors.due import Pace, pull_due
from collectors.intake import Delivery, take_in
from collectors.layout import Layout
from models.access import Scope
from models.db import Database
from models.vocabulary import Role

SOURCES, ROWS, LATENCY_S, CONCURRENCY, RUNS = 200, 500, 0.1, 16, 3

#: Ours ÷ ideal: at least 0.7 of the ideal speed.
GOAL = round(1 / 0.7, 2)

_LAYOUT = Layout("json", "data.list")


def figures(folder: Path, prepare) -> list[Figure]:
    """``prepare(url)`` gives a database with schema and roster."""
    db = prepare(f"sqlite:///{folder / 'pulling.db'}")
    payloads = _payloads(data.plant_projects(db, SOURCES * ROWS))
    for name, (_, content) in payloads.items():
        (folder / name).write_bytes(content)
    mine, ideal, intake = [], [], []
    with _server(folder) as port:
        _declare(db, payloads, port)
        for turn in range(RUNS + 1):
            alone = _intake_alone(db, payloads)
            ours = _pulled(db)
            if turn:  # the first turn warms up
                mine.append(ours), intake.append(alone)
                ideal.append(LATENCY_S * SOURCES / CONCURRENCY + alone)
    name = f"pulling {SOURCES} sources of {ROWS} rows, {LATENCY_S * 1000:.0f} ms each, {CONCURRENCY} at once"
    found = compared(
        name, mine, ideal, goal=GOAL, against="latency × sources ÷ concurrency + their intake alone"
    )
    found.detail["intake_alone"] = [round(s, 4) for s in intake]
    found.note = f"{1 / found.ratio:.2f} of the ideal speed"
    return [found]


def _payloads(keys: pl.DataFrame) -> dict[str, tuple[str, bytes]]:
    """For each source its city and its answer: as many projects as there are, each city's by themselves."""
    found: dict[str, tuple[str, bytes]] = {}
    for city, of_city in keys.sort("city", "project").group_by("city", maintain_order=True):
        for part in of_city.iter_slices(ROWS):
            found[f"bench-{len(found):03d}"] = (city[0], _answer(part["project"].to_list(), len(found)))
    return dict(list(found.items())[:SOURCES])


def _answer(codes: list[str], number: int) -> bytes:
    records = [
        {
            "code": code,
            "as_of": data.MONTH_ENDS[-1].isoformat(),
            "progress": (n + number) % 100,
            "invested": (n + number) % 100 * 50 + 0.25,
            "annual_plan": 5000,
            "issued": 250.5,
            "transferred": 240.5,
            "paid": (n + number) % 100 * 2,
            "spent": (n + number) % 100 * 2,
            "stage": "在建",
            "narrative": f"设备安装第{n % 50}批已到货，正在调试",
            "problem": "个别进口部件交期较长",
            "next_step": "协调供应商分批交付",
        }
        for n, code in enumerate(codes)
    ]
    told = {"code": 200, "data": {"list": records, "total": len(records)}}
    return json.dumps(told, ensure_ascii=False).encode()


def _declare(db: Database, payloads: dict[str, tuple[str, bytes]], port: int) -> None:
    for name, (city, _) in payloads.items():
        text = (
            f'name = "{name}"\ncity = "{city}"\nform = "dispatch"\nevery_minutes = 60\n'
            f'url = "http://127.0.0.1:{port}/{name}"\nrecords = "data.list"\nnetworks = ["127.0.0.0/8"]\n'
        )
        sources.add(db, text, by="bench@localhost", now=data.KNOWN)


def _pulled(db: Database) -> float:
    _empty(db)
    began = time.perf_counter()
    done = pull_due(db, now=data.KNOWN, pace=Pace(CONCURRENCY, CONCURRENCY))
    spent = time.perf_counter() - began
    assert done.outcomes == {"ok": SOURCES}, done.outcomes
    return spent


def _intake_alone(db: Database, payloads: dict[str, tuple[str, bytes]]) -> float:
    _empty(db)
    began = time.perf_counter()
    for name, (city, content) in payloads.items():
        scope = Scope(f"source:{name}", Role.CITY, city, frozenset({city}))
        given = Delivery(f"{name}.json", content, scope, form="dispatch", layout=_LAYOUT)
        receipt = take_in(db, given, now=data.KNOWN)
        assert receipt.committed, receipt.problems
    return time.perf_counter() - began


def _empty(db: Database) -> None:
    """Nothing reported and every source due, as if never pulled."""
    with db.rw.begin() as connection:
        for table in ("report", "submissionproblem", "submissionfile", "submission", "sourcerun"):
            connection.execute(sa.text(f"delete from {table}"))
        connection.execute(sa.text("update source set due_at = declared_at, content_sha256 = null"))
    with db.ro.connect() as connection:
        connection.exec_driver_sql("pragma wal_checkpoint(truncate)")


@contextmanager
def _server(folder: Path):
    """The sources, served by a process of their own; gives its port."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.pulling", str(folder)], stdout=subprocess.PIPE, text=True
    )
    try:
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()


class _Slow(BaseHTTPRequestHandler):
    folder: Path

    def do_GET(self) -> None:
        time.sleep(LATENCY_S)
        body = (self.folder / Path(self.path).name).read_bytes()
        self.send_response_only(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def _serve(folder: Path) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (_Slow,), {"folder": folder}))
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    _serve(Path(sys.argv[1]))
