"""Errors in the user's own file: the same workbook with the bad cells coloured and commented, and a problem list.

A workbook comes back as it is, with colours and comments added; a text file comes back as a workbook with the
same rows at the same places. Comments say what is wrong, what was found and how to mend it, in one language;
uploading the mended file needs nothing removed.
"""

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

import openpyxl
import polars as pl
import xlsxwriter
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill
from openpyxl.utils import column_index_from_string
from openpyxl.worksheet.cell_range import CellRange

from collectors.export import csv_bytes
from collectors.problems import Problem, problem_text
from collectors.workbook import read_workbook
from models.money import to_wan
from models.vocabulary import Level
from models.words import Words, mark

_MERGE = re.compile(rb'<mergeCell ref="([A-Z]{1,3}[0-9]{1,7}:[A-Z]{1,3}[0-9]{1,7})"')

#: Cells of a merged range that a workbook may hold and still be changed in place.
_MERGED = 200_000

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


@dataclass(frozen=True)
class Note:
    """What is said about one cell; ``column`` counts from 0, and is the first where the whole row is meant."""

    row: int
    column: int
    level: Level
    text: str


def problem_of(row: dict) -> Problem:
    """A row of ``marks`` (or of a kept problem) as a problem."""
    values = {
        name: tuple(value) if isinstance(value, list) and len(value) == 2 else value
        for name, value in json.loads(row["values"] or "{}").items()
    }
    money = int(values.pop("money", 0) or 0)
    told = (row["code"], Level(row["level"]), row["row_no"], row["column_name"], row["found"], values)
    return Problem(*told, money=money)


def notes(marks: pl.DataFrame, t: Words) -> list[Note]:
    """One note a cell, its problems below each other, the gravest level first."""
    by_cell: dict[tuple[int, int], list[Problem]] = {}
    for row in marks.filter(pl.col("row_no").is_not_null()).iter_rows(named=True):
        problem = problem_of(row)
        by_cell.setdefault((problem.row or 1, _position(problem.column)), []).append(problem)
    rank = list(Level)
    found = []
    for (row, column), problems in by_cell.items():
        level = min((p.level for p in problems), key=rank.index)
        found.append(
            Note(row, column, level, "\n".join(" ".join(problem_text(p, t)).strip() for p in problems))
        )
    return found


def _position(column: str | None) -> int:
    """The column's place, from the letter its label begins with."""
    letter = (column or "").split(" ")[0]
    return (
        column_index_from_string(letter) - 1
        if letter.isascii() and letter.isalpha() and letter.isupper()
        else 0
    )


def annotated(content: bytes, marks: pl.DataFrame, t: Words, *, sheet: str = "", encoding: str = "") -> bytes:
    """The file as a workbook with coloured and commented cells.

    ``encoding`` as the receipt says it; ``sheet`` names the sheet where the workbook has several.
    """
    said = notes(marks, t)
    if content.startswith(b"PK\x03\x04"):
        in_place = _in_place(content, said, sheet)
        return _rebuilt(_cells(content, sheet), said) if in_place is None else in_place
    return _rebuilt(list(_rows(content, encoding)), said)


def _in_place(content: bytes, said: list[Note], sheet: str) -> bytes | None:
    """The workbook itself; None where it cannot be written back (a range merged over the whole sheet, say)."""
    if _merged_cells(content) > _MERGED:
        return None
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=False, keep_links=False)
    except Exception:  # it refuses some workbooks that spreadsheets, and our own reader, take
        return None
    tab = (
        book[sheet]
        if sheet in book.sheetnames
        else next((s for s in book if s.sheet_state == "visible"), book.active)
    )
    merged = {ref for ref in tab.merged_cells.ranges}
    for note in said:
        row, column = note.row, note.column + 1
        inside = next((ref for ref in merged if (row, column) in set(ref.cells)), None)
        cell = tab.cell(*(inside.min_row, inside.min_col) if inside else (row, column))
        cell.fill = PatternFill("solid", start_color=_COLOURS[note.level])
        cell.comment = _comment(note.text)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _merged_cells(content: bytes) -> int:
    """How many cells lie in merged ranges: the library makes an object of each when it loads the file."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheets = [archive.read(name) for name in archive.namelist() if name.startswith("xl/worksheets/")]
    refs = [ref.decode("latin-1") for sheet in sheets for ref in _MERGE.findall(sheet)]
    return sum(CellRange(ref).size["rows"] * CellRange(ref).size["columns"] for ref in refs)


def _comment(text: str) -> Comment:
    comment = Comment(text[:2_000], "Pilot Dispatch")
    comment.width, comment.height = 320, 40 + 18 * (len(text) // 22 + text.count("\n") + 1)
    return comment


def _cells(content: bytes, sheet: str) -> list[list[str]]:
    """The sheet's cells as our own reader reads them, each row at its own number."""
    tabs = read_workbook(content, max_unpacked=_UNPACKED, max_rows=None)
    tab = next((t for t in tabs if t.name == sheet), None) or next((t for t in tabs if t.visible), tabs[0])
    by_row = {number: list(cells) for number, *cells in tab.lines.iter_rows()}
    return [by_row.get(number, []) for number in range(1, max(by_row) + 1)]


def _rows(content: bytes, encoding: str) -> Iterator[list[str]]:
    text = content.decode("utf-8-sig" if encoding in ("", "utf-8") else encoding, errors="replace")
    first = text.split("\n", 1)[0]
    separator = max(",\t;", key=first.count)
    yield from csv.reader(io.StringIO(text, newline=""), delimiter=separator)


def _rebuilt(rows: list[list[str]], said: list[Note]) -> bytes:
    """The same rows at the same places, everything as text, with the notes."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    sheet = book.add_worksheet()
    text = book.add_format({"num_format": "@"})
    fills = {
        level: book.add_format({"num_format": "@", "bg_color": f"#{c}"}) for level, c in _COLOURS.items()
    }
    levels = {(note.row - 1, note.column): note.level for note in said}
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            sheet.write_string(r, c, value[:32_767], fills[levels[r, c]] if (r, c) in levels else text)
    for note in said:
        at = (note.row - 1, note.column)
        if at[0] >= len(rows) or at[1] >= len(rows[at[0]]):
            sheet.write_blank(*at, None, fills[note.level])
        height = 40 + 18 * (len(note.text) // 22 + note.text.count("\n") + 1)
        sheet.write_comment(*at, note.text[:2_000], {"x_scale": 2.5, "height": height})
    sheet.freeze_panes(1, 0)
    book.close()
    return out.getvalue()


def problem_list(marks: pl.DataFrame, t: Words, codes: pl.DataFrame | None = None) -> bytes:
    """The problems row by row as CSV for Excel. ``codes``: row_no and the project code that stands there.

    Where ``marks`` say the ``form`` of each, the list begins with it.
    """
    if codes is not None and codes.height:
        marks = marks.join(codes.select("row_no", key="code").unique("row_no"), on="row_no", how="left")
    lines = []
    for row in marks.iter_rows(named=True):
        problem = problem_of(row)
        said, hint = problem_text(problem, t)
        difference = to_wan(problem.money) if problem.money else None
        told = (problem.row, problem.column, t.label(problem.level), problem.code)
        lines.append((*told, row.get("key"), problem.found, said, hint, _plain(difference)))
    heads = [t(head) for head in _HEADS]
    if "form" in marks.columns:
        heads, lines = (
            [t("Form"), *heads],
            [(form, *line) for form, line in zip(marks["form"], lines, strict=True)],
        )
    return csv_bytes(heads, lines)


def _plain(number: Decimal | None) -> str | None:
    return None if number is None else f"{number:f}"
