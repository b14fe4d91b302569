"""Taking in a dispatch file of a million rows, everything included, against the bare floor (``floor.py``).

Besides: the memory it takes, and whether a row costs the same in a small file as in a large one.
"""

import models.memory  # noqa: F401, I001  as manage.py does

import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from bench import data
from bench.floor import empty, floor
from bench.measure import Figure, Spent, Stopwatch, compared, in_processor_time
from collectors.intake import Delivery, Limits, take_in
from models.access import Scope
from models.db import Database, open_database
from models.places import NATION
from models.vocabulary import Role
from tests.servers import fresh_database, postgres_server

ROWS = 1_000_000

#: Rows of a smaller file → how often it is taken in for each time the large one is.
SMALLER = {10_000: 5, 100_000: 1}

#: Counted turns, after an intake that warms up the process and lets the database grow.
RUNS = 2

#: Ours ÷ floor: at least half of the floor's rows per second.
GOAL = 2.0

ADMINISTRATOR = Scope("bench@localhost", Role.OPERATOR, NATION, None)


@dataclass(frozen=True)
class Case:
    """A file, and a database in which its projects are registered and nothing else is: ten rows a project."""

    db: Database
    keys: pl.DataFrame
    content: bytes
    rows: int

    def ours(self) -> Spent:
        """The time of the whole intake: reading, every check, comparing, the original kept, the commit."""
        empty(self.db)
        delivery = Delivery("dispatch.csv", self.content, ADMINISTRATOR, form="dispatch")
        with Stopwatch() as watch:
            receipt = take_in(self.db, delivery, now=data.KNOWN, limits=Limits())
        assert receipt.committed and receipt.new == self.rows, receipt.problems[:3]
        return watch.spent

    def floor(self) -> Spent:
        return floor(self.db, self.keys, self.content)


def case(prepare, url: str, rows: int) -> Case:
    """``prepare(url)`` gives a database with schema and roster."""
    db = prepare(url)
    keys = data.plant_projects(db, rows // 10)
    return Case(db, keys, data.dispatch_csv(keys, rows), rows)


def figures(folder: Path, prepare) -> Iterator[Figure]:
    """SQLite, memory, small against large; then PostgreSQL."""
    large = case(prepare, f"sqlite:///{folder / 'intake.db'}", ROWS)
    small = [case(prepare, f"sqlite:///{folder / f'{rows}.db'}", rows) for rows in SMALLER]
    yield from _on_sqlite(large, small)
    (folder / "dispatch.csv").write_bytes(large.content)
    yield _memory(folder, large.db)
    options = ("shared_buffers=512MB", "max_wal_size=4GB")
    with tempfile.TemporaryDirectory() as home, postgres_server(Path(home), *options) as server:
        yield _on_postgres(case(prepare, fresh_database(server), ROWS))


def _on_sqlite(large: Case, small: list[Case]) -> Iterator[Figure]:
    theirs, mine, per_row = [], [], {part.rows: [] for part in small}
    for warming in (large, *small):
        warming.ours()
    for _ in range(RUNS):
        theirs.append(large.floor())
        mine.append(large.ours())
        for part in small:
            per_row[part.rows] += [part.ours() for _ in range(SMALLER[part.rows])]
    yield _against_floor("SQLite", mine, theirs, "one ADBC bulk insert")
    yield _growth(mine, per_row)


def _on_postgres(large: Case) -> Figure:
    theirs, mine = [], []
    large.ours()
    for _ in range(RUNS):
        theirs.append(large.floor())
        mine.append(large.ours())
    large.db.dispose()
    return _against_floor("PostgreSQL", mine, theirs, "COPY")


def _against_floor(engine: str, mine: list[Spent], theirs: list[Spent], how: str) -> Figure:
    name = f"intake of a dispatch CSV of {ROWS:,} × 15, {engine}"
    walls = [[spent.wall for spent in taken] for taken in (mine, theirs)]
    found = compared(name, *walls, goal=GOAL, against=f"Polars reads it, {how} into the same table")
    found.note = f"{1 / found.ratio:.2f} of the floor's rows per second; {ROWS / found.ours_s:,.0f} rows/s"
    if engine == "SQLite":
        found.note += f"; in processor time {in_processor_time(mine, theirs):.2f}"
    return found


def _growth(mine: list[Spent], smaller: dict[int, list[Spent]]) -> Figure:
    """Microseconds a row in the large file, against the small one of the same turns; medians."""
    by_rows = smaller | {ROWS: mine}
    wall = {rows: [spent.wall / rows * 1e6 for spent in taken] for rows, taken in by_rows.items()}
    cpu = {rows: statistics.median(s.cpu for s in taken) / rows * 1e6 for rows, taken in by_rows.items()}
    first = min(wall)
    name, against = f"a row of {ROWS:,}", f"a row of {first:,}"
    found = compared(name, wall[ROWS], wall[first], goal=1.25, against=against)
    found.unit = " µs"
    others = [rows for rows in smaller if rows != first]
    told = "".join(f"{statistics.median(wall[rows]):.1f} µs a row of {rows:,}; " for rows in others)
    spent = ", ".join(f"{cpu[rows]:.1f} µs ({rows:,})" for rows in sorted(cpu))
    found.note = f"SQLite, ten rows a project; {told}in processor time {spent}"
    found.detail["cpu_us"] = {str(rows): round(value, 2) for rows, value in cpu.items()}
    return found


def _memory(folder: Path, db: Database) -> Figure:
    """Peak memory of a fresh process that takes the file in, above one that only imports the program."""
    empty(db)
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
        4.0,
        grown / size < 4.0,
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
    assert receipt.committed and receipt.new == ROWS
    print(before, _peak_kb())


def _peak_kb() -> int:
    """The largest resident size so far. Not ``ru_maxrss``, which a child inherits from its parent."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


if __name__ == "__main__":
    _take_in_alone(*sys.argv[1:])
