"""What the rules say of the two real data sets: ``python -m bench.real_data FOLDER [--examples N] [--all]``.

Imports each set through its mapping into a database of its own, judges it on the days below, and prints a
Markdown table of alerts by rule; with ``--examples`` N projects of each rule, spread over all that it speaks
of, with the cells of their file and the arithmetic done again from these (``bench/real_checks.py``); with
``--all`` every alert is held against its cells and differences are counted. ``docs/rules_on_real_data.md`` is
what it printed.
"""

import models.memory  # noqa: F401, I001  as manage.py does

import argparse
import csv
import io
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import fastexcel
import polars as pl
import sqlalchemy as sa

from alerts.judge import judge
from alerts.policy import CARRIED, read_policy
from bench.real_checks import CHECKS, Row, filled, mexico, new_york
from collectors.intake import Delivery, take_in
from models import clock
from models.access import operator
from models.db import Database, fetch, open_database
from models.facts import KEY, facts
from models.migrate import migrate
from models.plans import Plan
from models.reports import Report, Submission

EVERYBODY = operator("admin@localhost")
_TAKEN_IN = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


@dataclass(frozen=True)
class RealSet:
    """A set: its mapping, its files in the order of time with the ``days`` they speak of, the day it is judged on,
    the columns that are shown, and how a row is read."""

    name: str
    files: tuple[str, ...]
    on: date
    cells: tuple[str, ...]
    read: Callable[[date, dict[str, Any]], Row]
    days: tuple[date, ...]

    @property
    def as_of(self) -> dict[str, date]:
        return dict(zip(self.files, self.days, strict=True))


SETS = (
    RealSet(
        "mexico_opa",
        ("opa_2019_anual_intermedia_vivo_nocontact.csv", "opa_2021_anual_reciente_vivo_nocontact.csv"),
        date(2022, 1, 15),
        (
            *("CVE_CARTERA", "FECHA_INICIO_CAL_FF", "FECHA_FIN_CAL_FF", "APROBADO", "MODIFICADO"),
            *("EJERCIDO", "AVANCE_FISICO", "MONTO_TOTAL_INVERSION", "ESTATUS_OPERACION"),
        ),
        mexico,
        (date(2019, 12, 31), date(2021, 12, 31)),
    ),
    RealSet(
        "nyc_sca",
        ("sca_asof_2024-06-30.csv", "sca_asof_2024-09-30.xlsx"),
        date(2024, 10, 15),
        (
            *("Project Building Identifier", "DSF Number(s)", "Project Phase Name", "Project Status Name"),
            *("Project Phase Actual Start Date", "Project Phase Planned End Date", "Project Budget Amount"),
            "Total Phase Actual Spending Amount",
        ),
        new_york,
        (date(2024, 6, 30), date(2024, 9, 30)),
    ),
)


def imported(folder: Path, wanted: RealSet, home: Path) -> Database:
    """A database that holds the set, and nothing else but the roster."""
    db = open_database(f"sqlite:///{home / wanted.name}.db")
    migrate(db, clock.now())
    for n, name in enumerate(wanted.files):
        content = (folder / wanted.name / name).read_bytes()
        given = Delivery(name, content, EVERYBODY, mapping=wanted.name)
        receipt = take_in(db, given, now=_TAKEN_IN + timedelta(minutes=n))
        assert receipt.ok, receipt.problems
    return db


def counted(looks: pl.DataFrame) -> pl.DataFrame:
    """Alerts by rule: rule, red, yellow; the rules that say nothing have no row."""
    said = looks.filter(pl.col("severity").is_not_null())
    return (
        said.group_by("rule")
        .agg(red=(pl.col("severity") == "red").sum(), yellow=(pl.col("severity") == "yellow").sum())
        .sort(pl.col("red") + pl.col("yellow"), descending=True)
    )


def rows_of(folder: Path, wanted: RealSet) -> Iterator[tuple[str, int, dict[str, Any]]]:
    """Every row of the set's files as written: file, number (the header is row 1), cells by header."""
    for name in wanted.files:
        content = (folder / wanted.name / name).read_bytes()
        for number, row in enumerate(_rows(name, content), start=2):
            yield name, number, {str(key or "").strip(): value for key, value in row.items()}


def _rows(name: str, content: bytes) -> Iterator[dict[str, Any]]:
    if name.endswith(".xlsx"):
        sheet = fastexcel.read_excel(content).load_sheet(0, dtypes="string")
        yield from sheet.to_polars().iter_rows(named=True)
        return
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    yield from csv.DictReader(io.StringIO(text, newline=""))


def checked(
    db: Database, folder: Path, wanted: RealSet, looks: pl.DataFrame
) -> Iterator[tuple[dict[str, Any], list[tuple[str, int, dict[str, Any]]], str, float]]:
    """Each alert with the rows of the files behind it, the arithmetic on paper, and its result."""
    written = {(name, number): row for name, number, row in rows_of(folder, wanted)}
    sources = _sources(db)
    said = looks.filter(pl.col("severity").is_not_null()).sort("rule", *KEY)
    for row in said.iter_rows(named=True):
        behind = [(n, at, written[(n, at)]) for n, at in sources[(row["city"], row["project"])]]
        told = filled([wanted.read(wanted.as_of[name], cells) for name, _, cells in behind])
        text, result = CHECKS[row["rule"]](told, wanted.on)
        yield row, behind, text, result


def same(row: dict[str, Any], result: float) -> bool:
    """Is the result on paper what the rule measured?"""
    return abs(row["measured"] - result) <= 1e-6 * max(1.0, abs(result))


def examples(found: list, wanted: RealSet, many: int) -> Iterator[str]:
    """Lines: of each rule some projects with cells, arithmetic and verdict."""
    by_rule: dict[str, list] = {}
    for one in found:
        by_rule.setdefault(one[0]["rule"], []).append(one)
    for rule, rows in by_rule.items():
        yield f"\n### {rule}\n"
        for row, behind, text, result in rows[:: max(1, len(rows) // many)][:many]:
            yield f"- **{row['project']}** ({row['city']})"
            for name, number, cells in behind:
                yield f"  - `{name}` row {number}: {_short({c: cells.get(c) for c in wanted.cells})}"
            verdict = "agrees" if same(row, result) else "DIFFERS"
            yield f"  - {text} = {result:,.6g}; the rule measured {row['measured']:,.6g}, {row['severity']}: {verdict}"


def _short(values: dict[str, Any]) -> str:
    return "; ".join(f"{name} {value}" for name, value in values.items() if value not in (None, ""))


def _sources(db: Database) -> dict[tuple[str, str], list[tuple[str, int]]]:
    """The file rows that a project's plans and reports came from, the oldest first."""
    s = Submission.__table__
    parts = []
    for table in (Plan.__table__, Report.__table__):
        columns = [table.c.city, table.c.project, s.c.file_name, table.c.row_no, s.c.received_at]
        parts.append(fetch(db, sa.select(*columns).join(s, s.c.id == table.c.submission)))
    found: dict[tuple[str, str], list[tuple[str, int]]] = {}
    for city, project, name, number, _ in pl.concat(parts).unique().sort("received_at").iter_rows():
        found.setdefault((city, project), []).append((name, number))
    return found


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("folder", type=Path)
    asked.add_argument("--examples", type=int, default=0)
    asked.add_argument("--all", action="store_true")
    given = asked.parse_args()
    policy = read_policy(CARRIED)
    for wanted in SETS:
        with tempfile.TemporaryDirectory(prefix="real-") as home:
            db = imported(given.folder, wanted, Path(home))
            frame = facts(db, wanted.on, clock.now())
            looks = judge(frame, policy)
            print(f"\n## {wanted.name}, judged on {wanted.on}: {frame.height:,} projects\n")
            print("| Rule | Red | Yellow |\n|---|---:|---:|")
            for rule, red, yellow in counted(looks).iter_rows():
                print(f"| {rule} | {red:,} | {yellow:,} |")
            if given.examples or given.all:
                found = list(checked(db, given.folder, wanted, looks))
                wrong = Counter(row["rule"] for row, _, _, result in found if not same(row, result))
                print(
                    f"\n{len(found):,} alerts done again from the cells: {wrong.total()} differ {dict(wrong) or ''}"
                )
                print(*examples(found, wanted, given.examples), sep="\n")
            db.dispose()


if __name__ == "__main__":
    main()
