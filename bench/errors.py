"""What ours and two peers say of one bad file, side by side; written into ``docs/bench_errors.md``.

A fault counts as found where something is said of its row. What stops a tool before it has looked at the rows
is taken out and the tool asked again, so that each says all it can.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from bench import data
from bench.faults import FAULTS, ROWS, Fault, bad_csv
from bench.intake import ADMINISTRATOR
from bench.measure import Figure
from bench.peer import INTAKE, ROOT
from collectors.annotated import problem_of
from collectors.intake import Delivery, take_in
from collectors.problems import Problem, problem_text
from collectors.receipt import Receipt
from models.db import Database
from models.words import Words, words

PAGE = ROOT / "docs" / "bench_errors.md"

#: Words of a sentence that asks for something; what a peer says with one of them counts as a remedy.
_ASKING = ("Ensure", "must", "should", "Write", "Use ", "Enter", "Select", "cannot be null")


@dataclass(frozen=True)
class Said:
    """Something a tool said. ``zh`` only where it speaks Chinese; ``mends`` where it says how to mend it."""

    row: int | None
    column: str
    text: str
    mends: bool
    zh: str = ""


@dataclass(frozen=True)
class Report:
    """A tool's answer. ``stopped``: what it said before the row that stopped it was taken out."""

    tool: str
    said: tuple[Said, ...]
    stopped: str = ""

    def of(self, fault: Fault) -> tuple[Said, ...]:
        rows = (fault.row - 1, fault.row) if fault.zh == "重复行" else (fault.row,)
        return tuple(one for one in self.said if one.row in rows)

    def found(self) -> list[Fault]:
        return [fault for fault in FAULTS if self.of(fault)]

    def naming_column(self) -> list[Fault]:
        return [f for f in FAULTS if f.column and any(f.column in s.column + s.text for s in self.of(f))]

    def showing(self) -> list[Fault]:
        return [f for f in FAULTS if f.written and any(f.written in s.text for s in self.of(f))]

    def mending(self) -> list[Fault]:
        return [fault for fault in FAULTS if any(one.mends for one in self.of(fault))]

    def untold(self) -> int:
        """Faults that are not told with their row and a remedy."""
        return len(FAULTS) - len(self.mending())


def figures(folder: Path, prepare) -> Iterator[Figure]:
    """Writes the page. Raises PeersMissing where the peers cannot be installed."""
    INTAKE.ready()
    db = prepare(f"sqlite:///{folder / 'errors.db'}")
    keys = data.plant_projects(db, ROWS)
    content, projects = bad_csv(keys), folder / "projects.csv"
    keys.select(code="project").write_csv(projects)
    versions = INTAKE.versions()
    ours = _ours(db, content)
    theirs = [
        _peer(f"{tool} {versions[tool]}", script, folder / "bad.csv", projects, content)
        for tool, script in (
            ("frictionless", "frictionless_pandas.py"),
            ("django-import-export", "django_import.py"),
        )
    ]
    db.dispose()
    PAGE.write_text(_page([ours, *theirs], _pandas(content, folder)), encoding="utf-8")
    yield _figure(ours, theirs)


def _figure(ours: Report, theirs: list[Report]) -> Figure:
    best = min(theirs, key=Report.untold)
    left, against = ours.untold(), best.untold()
    counts = "; ".join(f"{r.tool} finds {len(r.found())}, mends {len(r.mending())}" for r in (ours, *theirs))
    return Figure(
        f"faults of {len(FAULTS)} not told with row and remedy",
        left,
        f"{best.tool}, the better of both",
        against,
        round(left / max(against, 1), 2),
        0.5,
        left <= 0.5 * against,
        unit="",
        runs=1,
        note=f"{counts}; docs/{PAGE.name}",
    )


def _ours(db: Database, content: bytes) -> Report:
    receipt = take_in(
        db, Delivery("bad.csv", content, ADMINISTRATOR, form="dispatch"), now=data.KNOWN, dry_run=True
    )
    zh, en = words("zh_CN"), words("en")
    said = []
    for problem in receipt.problems:
        for row in problem.first_rows or (problem.row,):
            said.append(_told(_at(problem, row, receipt), zh, en))
    return Report("Pilot Dispatch", tuple(said))


def _at(problem: Problem, row: int | None, receipt: Receipt) -> Problem:
    """The problem as it is said of one of its rows: the receipt's marks have what was found there."""
    if row == problem.row:
        return problem
    for mark in receipt.marks.iter_rows(named=True):
        if (mark["code"], mark["row_no"], mark["column_name"]) == (problem.code, row, problem.column):
            return problem_of(mark)
    return replace(problem, row=row)


def _told(problem: Problem, zh: Words, en: Words) -> Said:
    (what_zh, how_zh), (what_en, how_en) = (problem_text(problem, language) for language in (zh, en))
    text, chinese = f"{what_en} {how_en}".strip(), f"{what_zh}{how_zh}"
    return Said(problem.row, problem.column or "", text, bool(how_zh and how_en), chinese)


def _peer(tool: str, script: str, file: Path, projects: Path, content: bytes) -> Report:
    """Ask it; where it says nothing of any row, once more without the rows of another width."""

    def asked(given: bytes) -> list[dict]:
        file.write_bytes(given)
        return INTAKE.run(script, "validate", file, projects, data.KNOWN.date().isoformat())["errors"]

    errors, numbers = asked(content), list(range(1, ROWS + 2))
    stopped = ""
    if not any(error["row"] for error in errors):
        stopped = "; ".join(error["message"] for error in errors)
        numbers = [n for n in numbers if n != _row_of("错位行（值内逗号）")]
        lines = content.split(b"\n")
        errors = asked(b"\n".join([*(lines[n - 1] for n in numbers), b""]))
    return Report(tool, tuple(_of_peer(error, numbers) for error in errors), stopped)


def _of_peer(error: dict, numbers: list[int]) -> Said:
    row, text = error["row"], " ".join(error["message"].split())
    return Said(row and numbers[row - 1], error["column"] or "", text, any(asks in text for asks in _ASKING))


def _row_of(zh: str) -> int:
    return next(fault.row for fault in FAULTS if fault.zh == zh)


def _pandas(content: bytes, folder: Path) -> str:
    """What ``read_csv`` says of the file by itself."""
    file = folder / "pandas.csv"
    file.write_bytes(content)
    return INTAKE.run("pandas_alone.py", file)["said"]


def _page(reports: list[Report], pandas_said: str) -> str:
    return "\n".join(
        [
            "# One bad file, three reports",
            "",
            "Written by `python -m bench errors` (`bench/errors.py`, `bench/faults.py`); do not edit. The file has "
            f"{ROWS} rows and {len(FAULTS)} faults. Every tool was given the same columns, types, bounds, list, key "
            "and registered projects, as far as a Table Schema or a Django model holds them. A fault counts as found "
            "where something is said of its row; a remedy is any sentence that asks for something "
            f"({', '.join(word.strip() for word in _ASKING)}).",
            "",
            *_counts(reports),
            "",
            f"pandas by itself (`read_csv`, before `to_sql`) says: {_cell(pandas_said)}",
            "",
            *(
                f"{report.tool} stops at the file as it is and says only: {_cell(report.stopped)}. "
                "Its column below is of a second run, without the shifted row."
                for report in reports
                if report.stopped
            ),
            "",
            *_side_by_side(reports),
            "",
        ]
    )


def _beside(report: Report) -> int:
    of_faults = {one for fault in FAULTS for one in report.of(fault)}
    return len(set(report.said) - of_faults)


_COUNTED: tuple[tuple[str, Callable[[Report], int], int], ...] = (
    ("found, with their row", lambda r: len(r.found()), len(FAULTS)),
    ("column named", lambda r: len(r.naming_column()), sum(f.column is not None for f in FAULTS)),
    ("the cell's text shown", lambda r: len(r.showing()), sum(bool(f.written) for f in FAULTS)),
    ("how to mend it", lambda r: len(r.mending()), len(FAULTS)),
    ("in Chinese", lambda r: sum(any(s.zh for s in r.of(f)) for f in FAULTS), len(FAULTS)),
    ("remarks that belong to no fault", _beside, 0),
)


def _counts(reports: list[Report]) -> list[str]:
    lines = ["| Faults | " + " | ".join(r.tool for r in reports) + " |", "|---" * (len(reports) + 1) + "|"]
    for label, count, most in _COUNTED:
        of = f" of {most}" if most else ""
        lines.append(f"| {label} | " + " | ".join(f"{count(report)}{of}" for report in reports) + " |")
    return lines


def _side_by_side(reports: list[Report]) -> list[str]:
    lines = ["| Fault | " + " | ".join(report.tool for report in reports) + " |"]
    lines.append("|---" * (len(reports) + 1) + "|")
    for fault in FAULTS:
        cells = ["<br>".join(_both(one) for one in report.of(fault)) or "—" for report in reports]
        lines.append(f"| row {fault.row}: {fault.zh}, {fault.en} | " + " | ".join(cells) + " |")
    return lines


def _both(said: Said) -> str:
    return _cell(f"{said.zh} / {said.text}" if said.zh else said.text)


def _cell(text: str) -> str:
    """A text as it can stand in a table's cell."""
    return text.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")
