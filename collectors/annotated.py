"""Errors in the user's own file: the same workbook with the bad cells coloured and commented, and a problem list.

A workbook comes back as it is, with colours and comments added; a text file comes back as a workbook with the
same rows at the same places. Comments say what is wrong, what was found and how to mend it, in one language;
uploading the mended file needs nothing removed.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

import polars as pl
import xlsxwriter
from openpyxl.utils import column_index_from_string

from collectors import json_table
from collectors.export import csv_bytes
from collectors.forms import FORMS
from collectors.marking import LONGEST, Note
from collectors.problems import Problem, Refused, problem_text
from collectors.read import separator_of
from collectors.sandbox import isolated_marking, isolated_workbook
from models.money import to_wan
from models.vocabulary import Level
from models.words import Words, mark

#: Bytes that a workbook which was taken in before may unpack to.
_UNPACKED = 2_000_000_000

_COLOURS = {Level.ERROR: "F8CBAD", Level.WARNING: "FFE699", Level.NOTE: "DDEBF7"}

_HEADS = (
    mark("Row"),
    mark("Column"),
    mark("Level"),
    mark("Problem code"),
    mark("Project code"),
    mark("Found"),
    mark("What"),
    mark("How to mend it"),
    mark("Difference, 10k yuan"),
)


def problem_of(row: dict) -> Problem:
    """A row of ``marks`` (or of a kept problem) as a problem."""
    values = {
        name: tuple(value) if isinstance(value, list) and len(value) == 2 else value
        for name, value in json.loads(row["values"] or "{}").items()
    }
    money = int(values.pop("money", 0) or 0)
    told = (row["code"], Level(row["level"]), row["row_no"], row["column_name"], row["found"], values)
    return Problem(*told, money=money)


def notes(sheet: str, marks: pl.DataFrame, t: Words) -> list[Note]:
    """One note a cell of a sheet, its problems below each other, coloured by the gravest.

    What is wrong with a whole row stands in its first cell, what is wrong with the whole file in the first row.
    """
    by_cell: dict[tuple[int, int], list[Problem]] = {}
    for row in marks.iter_rows(named=True):
        problem = problem_of(row)
        by_cell.setdefault((problem.row or 1, _position(problem.column)), []).append(problem)
    return [Note(sheet, *cell, *_told(problems, t)) for cell, problems in by_cell.items()]


def _told(problems: Sequence[Problem], t: Words) -> tuple[str, str]:
    """Colour and text of what is wrong with one cell."""
    gravest = min((problem.level for problem in problems), key=list(Level).index)
    lines = (" ".join(problem_text(problem, t)).strip() for problem in problems)
    return _COLOURS[gravest], "\n".join(lines)


def _position(column: str | None) -> int:
    """The column's place, from the letter its label begins with."""
    letter = (column or "").split(" ")[0]
    return (
        column_index_from_string(letter) - 1
        if letter.isascii() and letter.isalpha() and letter.isupper()
        else 0
    )


def annotated(content: bytes, marks: Mapping[str, pl.DataFrame], t: Words, *, encoding: str = "") -> bytes:
    """The file as a workbook with coloured and commented cells.

    ``marks`` by sheet, "" where there is only one; ``encoding`` as the receipt says it. A workbook that cannot
    be changed in place, within the limits of ``collectors/sandbox.py``, comes back as its cells.
    """
    said = [note for sheet, of_sheet in marks.items() for note in notes(sheet, of_sheet, t)]
    if not content.startswith(b"PK\x03\x04"):
        return _rebuilt({"": _rows(content, encoding)}, said)
    in_place = isolated_marking(content, said)
    return _rebuilt(_cells(content, list(marks)), said) if in_place is None else in_place


def _cells(content: bytes, sheets: Sequence[str]) -> dict[str, list[list[str]]]:
    """The sheets' cells as our own reader reads them, each row at its own number; none beyond its limits."""
    try:
        tabs = isolated_workbook(content, max_unpacked=_UNPACKED, max_rows=None)
    except Refused:
        return {sheet: [] for sheet in sheets}
    known = {"": next((tab for tab in tabs if tab.visible), tabs[0])} | {tab.name: tab for tab in tabs}
    by_row = {sheet: {number: texts for number, *texts in known[sheet].lines.iter_rows()} for sheet in sheets}
    return {
        sheet: [rows.get(number, []) for number in range(1, max(rows) + 1)] for sheet, rows in by_row.items()
    }


def _rows(content: bytes, encoding: str) -> Iterable[Sequence[str]]:
    """A text file's cells, as it was read: the records of JSON below a header, the lines of a CSV."""
    text = content.decode("utf-8-sig" if encoding in ("", "utf-8") else encoding, errors="replace")
    return _records(content, text) or _lines(text)


def _records(content: bytes, text: str) -> list[Sequence[str]]:
    """The records of JSON below their fields; nothing where it is none."""
    if not text.lstrip().startswith(("{", "[")):
        return []
    try:
        table = json_table.table(json_table.records_of(json_table.document(content), None))
    except Refused:
        return []
    return [table.header, *table.cells.iter_rows()]


def _lines(text: str) -> Iterator[Sequence[str]]:
    separator = separator_of(text, tuple(FORMS.values()))
    return csv.reader(io.StringIO(text, newline=""), delimiter=separator)


def _rebuilt(sheets: Mapping[str, Iterable[Sequence[str]]], said: Sequence[Note]) -> bytes:
    """The same rows at the same places, everything as text, with the notes."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    text = book.add_format({"num_format": "@"})
    fills = {c: book.add_format({"num_format": "@", "bg_color": f"#{c}"}) for c in _COLOURS.values()}
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name or None)
        by_cell = {(note.row - 1, note.column): note for note in said if note.sheet == name}
        for at, note in by_cell.items():  # cells that the rows do not reach are coloured too
            sheet.write_blank(*at, None, fills[note.colour])
            sheet.write_comment(*at, note.text[:LONGEST], {"x_scale": 2.5, "height": note.height})
        for r, row in enumerate(rows):
            for c, value in enumerate(row):
                style = fills[by_cell[r, c].colour] if (r, c) in by_cell else text
                sheet.write_string(r, c, value[:32_767], style)
        sheet.freeze_panes(1, 0)
    book.close()
    return out.getvalue()


def problem_list(marks: pl.DataFrame, t: Words) -> bytes:
    """The problems row by row as CSV for Excel; where ``marks`` say the ``form`` of each, it stands first."""
    lines = []
    for row in marks.iter_rows(named=True):
        problem = problem_of(row)
        said, hint = problem_text(problem, t)
        difference = to_wan(problem.money) if problem.money else None
        told = (problem.row, problem.column, t.label(problem.level), problem.code)
        lines.append((*told, problem.values.get("project"), problem.found, said, hint, _plain(difference)))
    heads = [t(head) for head in _HEADS]
    if "form" in marks.columns:
        heads, lines = (
            [t("Form"), *heads],
            [(form, *line) for form, line in zip(marks["form"], lines, strict=True)],
        )
    return csv_bytes(heads, lines)


def _plain(number: Decimal | None) -> str | None:
    return None if number is None else f"{number:f}"
