"""Taking in a large dispatch file, everything included, against the bare floor of reading and inserting it."""

import models.memory  # noqa: F401, I001  as manage.py does

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import polars as pl
import sqlalchemy as sa

from bench import data
from bench.measure import Figure, compared
from collectors.intake import Delivery, Limits, take_in
from models.access import Scope
from models.db import Database, load, open_database
from models.places import NATION
from models.reports import Report
from models.vocabulary import Role
from tests.servers import fresh_database, postgres_server

ROWS, PROJECTS, RUNS = 200_000, 20_000, 3
ADMINISTRATOR = Scope("bench@localhost", Role.ADMINISTRATOR, NATION, None)


def figures(folder: Path, prepare) -> list[Figure]:
    """``prepare(url)`` gives a database with schema and roster. SQLite and PostgreSQL, then memory."""
    found = []
    sqlite = prepare(f"sqlite:///{folder / 'intake.db'}")
    keys = data.plant_projects(sqlite, PROJECTS)
    content = data.dispatch_csv(keys, ROWS)
    (folder / "dispatch.csv").write_bytes(content)
    found.append(_pair(sqlite, keys, content, "SQLite", "ADBC bulk insert"))
    options = ("shared_buffers=512MB", "max_wal_size=4GB")
    with tempfile.TemporaryDirectory() as home, postgres_server(Path(home), *options) as server:
        postgres = prepare(fresh_database(server))
        data.plant_projects(postgres, PROJECTS)
        found.append(_pair(postgres, keys, content, "PostgreSQL", "COPY"))
        postgres.dispose()
    found.append(_memory(folder, sqlite))
    return found


def _pair(db: Database, keys: pl.DataFrame, content: bytes, engine: str, how: str) -> Figure:
    mine, theirs = [], []
    for turn in range(RUNS + 1):
        theirs.append(_floor(db, keys, content))
        mine.append(_ours(db, content))
        if turn == 0:
            mine.clear(), theirs.clear()
    name = f"intake of a {ROWS:,}-row dispatch CSV, {engine}"
    return compared(name, mine, theirs, goal=3.0, against=f"Polars reads the file, {how} into the same table")


def _ours(db: Database, content: bytes) -> float:
    _empty(db)
    began = time.perf_counter()
    receipt = take_in(
        db, Delivery("dispatch.csv", content, ADMINISTRATOR, form="dispatch"), now=data.KNOWN, limits=Limits()
    )
    spent = time.perf_counter() - began
    assert receipt.ok and receipt.new == ROWS, receipt.problems[:3]
    return spent


def _floor(db: Database, keys: pl.DataFrame, content: bytes) -> float:
    """Read the file and insert the same columns into the same table by the fastest road, nothing checked."""
    _empty(db)
    began = time.perf_counter()
    frame = pl.read_csv(content, infer_schema_length=1000)
    names = [
        "project",
        "as_of",
        "physical_bp",
        "invested",
        "annual_plan",
        "issued",
        "transferred",
        "paid",
        "spent",
        "stage",
        "narrative",
        "problem",
        "next_step",
    ]
    frame = (
        frame.rename(dict(zip(frame.columns, names, strict=True)))
        .with_columns(
            pl.col("as_of").cast(pl.String).str.to_date(),
            pl.col("physical_bp", "invested", "annual_plan", "issued", "transferred", "paid", "spent").cast(
                pl.Int64
            ),
            stage=pl.lit("continuing"),
            submission=pl.lit("floor"),
            row_no=pl.int_range(2, pl.len() + 2),
            recorded_at=pl.lit(data.KNOWN, pl.Datetime("us", "UTC")),
        )
        .join(keys.select("city", "project"), on="project")
    )
    _insert(db, frame)
    return time.perf_counter() - began


def _insert(db: Database, frame: pl.DataFrame) -> None:
    if not db.is_sqlite:
        with db.rw.begin() as connection:
            load(connection, Report, frame)
        return
    import adbc_driver_sqlite.dbapi

    db.dispose()  # two copies of SQLite must never have the file open in one process
    text = frame.with_columns(
        pl.col("as_of").dt.strftime("%Y-%m-%d"), pl.col("recorded_at").dt.strftime("%Y-%m-%d %H:%M:%S%.6f")
    )
    with adbc_driver_sqlite.dbapi.connect(str(db.ro.url.database)) as connection:
        with connection.cursor() as cursor:
            cursor.adbc_ingest("report", text.to_arrow(), mode="append")
        connection.commit()


def _empty(db: Database) -> None:
    with db.rw.begin() as connection:
        for table in ("report", "submissionproblem", "submissionfile", "submission"):
            connection.execute(sa.text(f"delete from {table}"))
    if db.is_sqlite:
        with db.ro.connect() as connection:
            connection.exec_driver_sql("pragma wal_checkpoint(truncate)")


def _memory(folder: Path, db: Database) -> Figure:
    """Peak memory of a fresh process that takes the file in, above one that only imports the program."""
    _empty(db)
    db.dispose()
    file = folder / "dispatch.csv"
    copy = folder / "memory.db"
    shutil.copy(folder / "intake.db", copy)
    run = subprocess.run(
        [sys.executable, "-m", "bench.intake", f"sqlite:///{copy}", str(file)],
        check=True,
        capture_output=True,
        text=True,
    )
    before, peak = (int(part) for part in run.stdout.split())
    size = file.stat().st_size / 1e6
    grown = (peak - before) / 1e3
    return Figure(
        f"peak memory of taking in {size:.0f} MB",
        round(grown, 1),
        "the file's size",
        round(size, 1),
        round(grown / size, 2),
        6.0,
        grown / size <= 6.0,
        unit=" MB",
        runs=1,
        detail={"rss_before_kb": before, "rss_peak_kb": peak},
    )


def _take_in_alone(url: str, path: str) -> None:
    db = open_database(url)
    before = _peak_kb()
    content = Path(path).read_bytes()
    receipt = take_in(
        db, Delivery("dispatch.csv", content, ADMINISTRATOR, form="dispatch"), now=data.KNOWN, limits=Limits()
    )
    assert receipt.ok and receipt.new == ROWS
    print(before, _peak_kb())


def _peak_kb() -> int:
    """The largest resident size so far. Not ``ru_maxrss``, which a child inherits from its parent."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


if __name__ == "__main__":
    _take_in_alone(*sys.argv[1:])
