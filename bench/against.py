"""Taking in 200,000 rows against what a user would pick: frictionless and pandas, or django-import-export.

Everything is included on our side: every check, the comparison with what is stored, the original, the commit.
The peers run in processes of their own; starting them and their imports are not counted.
"""

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from bench import data
from bench.intake import Case, case
from bench.measure import Figure, compared
from bench.peer import INTAKE

ROWS = 200_000

#: Rows for django-import-export, which needs minutes for more; what is compared is the time of a row.
FEWER = 5_000

#: Three times, and fifty times as fast.
GOAL_PANDAS, GOAL_DJANGO = round(1 / 3, 4), 1 / 50


def figures(folder: Path, prepare) -> Iterator[Figure]:
    """Raises PeersMissing where the peers cannot be installed."""
    INTAKE.ready()
    ours = case(prepare, f"sqlite:///{folder / 'ours.db'}", ROWS)
    files = _written(folder, ours.keys, ours.content)
    ours.ours()
    yield _pandas(ours, folder, files)
    keys = ours.keys.head(FEWER // 10)
    fewer = _written(folder, keys, data.dispatch_csv(keys, FEWER))
    yield _django(ours, folder, fewer)
    ours.db.dispose()


def _written(folder: Path, keys: pl.DataFrame, content: bytes) -> tuple[str, str, str]:
    """The file and its projects' codes on disk, and today: what the scripts are told."""
    file, projects = folder / f"{keys.height}.csv", folder / f"projects_{keys.height}.csv"
    file.write_bytes(content)
    keys.select(code="project").write_csv(projects)
    return str(file), str(projects), data.KNOWN.date().isoformat()


def _pandas(ours: Case, folder: Path, files: tuple[str, ...]) -> Figure:
    mine, told = (
        [ours.ours().wall],
        INTAKE.run("frictionless_pandas.py", "time", *files, folder / "pandas.db"),
    )
    mine.append(ours.ours().wall)
    assert told["rows"] == ROWS
    versions = INTAKE.versions()
    against = f"frictionless {versions['frictionless']}, then pandas {versions['pandas']} to_sql"
    name = f"intake of a dispatch CSV of {ROWS:,} × 15, SQLite"
    found = compared(name, mine, [told["check"] + told["store"]], goal=GOAL_PANDAS, against=against)
    found.note = (
        f"{1 / found.ratio:.1f} times as fast; theirs: {told['check']:.1f} s of checking, "
        f"{told['store']:.1f} s of storing"
    )
    return found


def _django(ours: Case, folder: Path, files: tuple[str, ...]) -> Figure:
    """The time of a row, ours in the large file; theirs finds stored rows by their key, as ours does."""
    mine, theirs = [], {}
    for how in ("keyed", "unbounded", "new", "unchecked"):
        mine.append(ours.ours().wall / ROWS * 1e6)
        told = INTAKE.run("django_import.py", "time", *files, folder / f"{how}.db", how)
        assert told["rows"] == FEWER
        theirs[how] = told["seconds"] / FEWER * 1e6
    against = f"django-import-export {INTAKE.versions()['django-import-export']} in bulk, {FEWER:,} rows"
    found = compared("the same, a row", mine, [theirs["keyed"]], goal=GOAL_DJANGO, against=against)
    found.unit = " µs"
    faster = {how: spent / found.ours_s for how, spent in theirs.items()}
    found.note = (
        f"{faster['keyed']:.0f} times as fast; {faster['unbounded']:.0f} times where theirs checks no bound, list or "
        f"length, {faster['new']:.0f} where it does not look for stored rows, {faster['unchecked']:.0f} where neither"
    )
    found.detail["peer_us"] = {how: round(spent, 1) for how, spent in theirs.items()}
    return found
