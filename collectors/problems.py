"""What is wrong in a file, as values: found by whole columns, told to people one by one.

``Finding`` is what a check found: one code, one column, any number of rows. ``Problem`` is what people are
told: findings of one code and column, grouped, with the first rows. Refuses to know any text: see
``collectors/catalogue.py`` and ``source_catalogue.py``.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import polars as pl

from collectors.catalogue import CATALOGUE, level
from collectors.source_catalogue import SOURCE_CATALOGUE
from models.vocabulary import Level
from models.words import Words, mark

#: What every code says, whether a file or a source has it.
ENTRIES = CATALOGUE | SOURCE_CATALOGUE

#: Problems of one file that are kept one by one; the rest is only counted.
MAX_KEPT = 1_000

#: The same where rows are set aside: each is kept with its reason, as far as anybody may want to read it.
MAX_SET_ASIDE = 100_000

#: Characters of a cell that are shown.
MAX_SHOWN = 40

_PICTURES = {code: chr(0x2400 + code) for code in range(32)} | {0x7F: "␡"}
_PICTURES |= {
    code: f"<U+{code:04X}>" for code in (0xA0, *range(0x200B, 0x2010), *range(0x2028, 0x202F), 0xFEFF)
}
_PICTURES |= {code: f"<U+{code:04X}>" for code in range(0x2066, 0x206A)}


@dataclass(frozen=True)
class Problem:
    """One thing wrong. ``row`` counts as the spreadsheet does; ``column`` is the header as written.

    ``money`` is what is at stake in all its rows together, in fen.
    """

    code: str
    level: Level
    row: int | None = None
    column: str | None = None
    found: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    count: int = 1
    money: int = 0
    first_rows: tuple[int, ...] = ()


@dataclass(frozen=True)
class Finding:
    """What one check found. ``rows``: ``row_no``, perhaps ``found``, and any placeholder of the message."""

    code: str
    column: str | None = None
    rows: pl.DataFrame | None = None
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def level(self) -> Level:
        return level(self.code)

    @property
    def bad_rows(self) -> pl.Series:
        """The rows it speaks of; empty for a problem of the file as a whole."""
        return self.rows["row_no"] if self.rows is not None else pl.Series("row_no", [], pl.Int64)


class Refused(Exception):
    """The file cannot be read on; carries the findings that say why. Never leaves ``take_in``."""

    def __init__(self, *findings: Finding) -> None:
        super().__init__(", ".join(finding.code for finding in findings))
        self.findings = findings


def refuse(code: str, *, column: str | None = None, row: int | None = None, **values: Any) -> Refused:
    """An error of the file as a whole, ready to raise."""
    rows = None if row is None else pl.DataFrame({"row_no": [row]}, schema={"row_no": pl.Int64})
    return Refused(Finding(code, column, rows, values))


def shown(text: object) -> str | None:
    """A cell's text for people: control characters visible, at most 40 characters."""
    if text is None:
        return None
    visible = str(text).translate(_PICTURES)
    return visible if len(visible) <= MAX_SHOWN else visible[: MAX_SHOWN - 1] + "…"


def grouped(findings: Iterable[Finding]) -> tuple[Problem, ...]:
    """One problem for each code and column: errors, warnings, notes; in each the most money first, then by row."""
    by_key: dict[tuple[str, str | None], list[Finding]] = {}
    for finding in findings:
        by_key.setdefault((finding.code, finding.column), []).append(finding)
    problems = [_one(key, members) for key, members in by_key.items()]
    rank = list(Level)
    ranked = sorted(problems, key=lambda p: (rank.index(p.level), -p.money, p.row or 0, p.code))
    return tuple(ranked[:MAX_KEPT])


def _one(key: tuple[str, str | None], members: list[Finding]) -> Problem:
    code, column = key
    rows = sorted({row for member in members for row in member.bad_rows.head(MAX_KEPT).to_list()})
    count = sum(max(len(member.bad_rows), member.rows is None) for member in members)
    told = max(members, key=_weight)
    values = dict(told.values)
    if told.rows is not None and not told.rows.is_empty():
        values |= told.rows.row(_heaviest(told), named=True)
        row = values.pop("row_no")
        rows = [row, *(other for other in rows if other != row)]
    values.pop("money", None)
    money = sum(_at_stake(member) for member in members)
    found = shown(values.pop("found", None))
    return Problem(
        *(code, level(code), rows[0] if rows else None, column, found, values, count, money),
        tuple(rows[:5]),
    )


def _heaviest(finding: Finding) -> int:
    """The position of the row that is quoted for all: the one with the most money, else the first."""
    if "money" in finding.rows.columns and finding.rows["money"].abs().max():
        return finding.rows["money"].abs().arg_max()
    return finding.bad_rows.arg_min()


def _weight(finding: Finding) -> tuple[int, int]:
    """Of findings that say the same, the one that is quoted: the most money in a row, else the first row."""
    if finding.rows is None or finding.rows.is_empty():
        return int(finding.values.get("money", 0)), 0
    at = _heaviest(finding)
    money = int(finding.rows["money"][at] or 0) if "money" in finding.rows.columns else 0
    return abs(money), -int(finding.bad_rows[at])


def _at_stake(finding: Finding) -> int:
    """The fen that a finding speaks of, in all its rows or as a whole."""
    if finding.rows is not None and "money" in finding.rows.columns:
        return int(finding.rows["money"].abs().sum())
    return int(finding.values.get("money", 0))


def marks(
    findings: Iterable[Finding], *, most: int = MAX_KEPT, projects: pl.DataFrame | None = None
) -> pl.DataFrame:
    """The problems row by row, at most ``most``: code, level, row_no, column, found, values (JSON).

    ``row_no`` is null for what is wrong with the file as a whole; what is only noted of it is not kept.
    ``projects``: row_no and the code that stands there; it is kept with the values.
    """
    told = (f for f in findings if f.rows is not None or f.level != Level.NOTE)
    ranked = sorted(told, key=lambda f: list(Level).index(f.level))
    kept: list[tuple[Finding, dict[str, Any]]] = []
    for finding in ranked:
        rows = _WHOLE if finding.rows is None else finding.rows
        kept += [
            (finding, {**finding.values, **row}) for row in rows.head(most - len(kept)).iter_rows(named=True)
        ]
    codes = _codes(projects, {values["row_no"] for _, values in kept})
    return pl.DataFrame([_mark(*pair, codes) for pair in kept], schema=_MARKS, orient="row")


#: In place of the rows of a finding: the file as a whole.
_WHOLE = pl.DataFrame({"row_no": [None]}, schema={"row_no": pl.Int64})


def _codes(projects: pl.DataFrame | None, rows: set[int | None]) -> dict[int, str]:
    if projects is None or not rows:
        return {}
    named = projects.filter(pl.col("row_no").is_in(sorted(rows - {None})), pl.col("code").is_not_null())
    return dict(named.select("row_no", "code").iter_rows())


def _mark(finding: Finding, values: dict[str, Any], codes: Mapping[int, str]) -> tuple:
    row, found = values.pop("row_no"), shown(values.pop("found", None))
    if row in codes:
        values["project"] = codes[row]
    text = json.dumps(values, ensure_ascii=False, default=str)
    return finding.code, str(finding.level), row, finding.column, found, text


_MARKS = {
    "code": pl.String,
    "level": pl.String,
    "row_no": pl.Int64,
    "column_name": pl.String,
    "found": pl.String,
    "values": pl.String,
}


def problem_text(problem: Problem, words: Words) -> tuple[str, str]:
    """What is wrong, and how to mend it, in a language."""
    entry = ENTRIES[problem.code]
    values = {name: _told(value, words) for name, value in problem.values.items()}
    values = _Filled(
        values
        | {"row": problem.row, "column": problem.column, "count": problem.count}
        | ({name: values[name] for name in ("count",) if name in values})
    )
    values["found"] = words(_BLANK) if problem.found == "" else problem.found or ""
    message = words(entry.message).format_map(values)
    place = _place(problem, words)
    return place + message, words(entry.hint).format_map(values) if entry.hint else ""


class _Filled(dict):
    """A placeholder nobody filled shows a dash instead of failing the whole page."""

    def __missing__(self, key: str) -> str:
        return "—"


def _told(value: Any, words: Words) -> Any:
    """A value in the reader's language: pairs (zh, en) are picked, lists joined, codes labelled."""
    if isinstance(value, tuple) and len(value) == 2:
        return words.pick(*value)
    if isinstance(value, list):
        return words.pick("、", ", ").join(str(_told(part, words)) for part in value)
    return "—" if value is None else words(value) if isinstance(value, str) else value


def _place(problem: Problem, words: Words) -> str:
    template = ENTRIES[problem.code].message
    if problem.row is None or "{row}" in template:
        return (
            ""
            if problem.column is None or "{column}" in template
            else words(_IN_COLUMN, column=problem.column)
        )
    where = words(_IN_ROW, row=problem.row)
    if problem.column is not None:
        where = words(_IN_CELL, row=problem.row, column=problem.column)
    return where


_BLANK = mark("blank")
_IN_ROW = mark("Row {row}: ")
_IN_COLUMN = mark("Column {column}: ")
_IN_CELL = mark("Row {row}, column {column}: ")


@lru_cache(maxsize=16)
def letter(index: int) -> str:
    """The spreadsheet's letter of a column, counted from 0."""
    return (letter(index // 26 - 1) if index >= 26 else "") + chr(65 + index % 26)
