"""The oracle of ``test_workbook``: a workbook's one sheet read cell by cell with openpyxl, slowly and exactly.

It was the product's reader once. openpyxl's parser is asked cell by cell, as its own read-only mode does, and
not through ``ws.cell``: the normal mode makes an object of every cell of a merged range, the read-only mode
knows neither merged cells nor hidden rows. A formula's value is what the last save left beside it.
"""

import io
import logging
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import openpyxl
import polars as pl
from openpyxl.styles.numbers import BUILTIN_FORMATS, BUILTIN_FORMATS_MAX_SIZE
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.worksheet._reader import WorkSheetParser

from collectors.archive import unpacked
from collectors.cells import EPOCH_1900
from collectors.forms import Cell
from collectors.problems import Finding, letter, refuse
from collectors.structure import HEADER_ROWS, Header, Record
from collectors.workbook import OUR_UNITS

_log = logging.getLogger(__name__)
warnings.filterwarnings("ignore", module="openpyxl")  # it warns of what it will not write back

EPOCH_1904 = date(1904, 1, 1)

#: Columns a sheet may have; a cell beyond is a bomb or a slip (promises.md F14).
MAX_COLUMNS = 200

#: Days in the number formats that East Asian Excel has built in; openpyxl does not know them.
_EAST_ASIAN_DAYS = {*range(27, 32), 36, *range(50, 59)}
_LITERALS = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.')


@dataclass
class Book:
    """The one sheet with data, sparse: row number → column → text; and what was seen on the way."""

    epoch: date
    rows: dict[int, dict[int, str]] = field(default_factory=dict)
    width: int = 0
    numbers_lost: set[tuple[int, int]] = field(default_factory=set)
    units: dict[tuple[int, int], str] = field(default_factory=dict)
    formulas: set[tuple[int, int]] = field(default_factory=set)
    uncalculated: set[tuple[int, int]] = field(default_factory=set)
    hidden: set[int] = field(default_factory=set)
    merged: list[Any] = field(default_factory=list)  # openpyxl's cell ranges

    def head(self) -> list[Record]:
        """The first ten rows, as Excel counts them."""
        return [Record(n, n, self._line(n)) for n in range(1, HEADER_ROWS + 1) if n in self.rows]

    def _line(self, number: int) -> tuple[str, ...]:
        return tuple(self.rows[number].get(i, "") for i in range(self.width))

    def below(self, header: Header) -> tuple[pl.Series, pl.DataFrame, list[Finding]]:
        """Row numbers and text columns of the data below the header, and what is wrong with them."""
        numbers = [n for n in sorted(self.rows) if n > header.row]
        columns = {
            str(i): pl.Series(str(i), [self.rows[n].get(i, "") for n in numbers], pl.String)
            for i in range(self.width)
        }
        row_no = pl.Series("row_no", numbers, pl.Int64)
        return row_no, pl.DataFrame(columns), list(self._findings(header))

    def _findings(self, header: Header) -> Iterator[Finding]:
        of = {index: header.form.by_name[name].cell for name, index in header.columns.items()}
        for code, cells in (("E-C90", self.uncalculated), ("W-C91", self.formulas - self.uncalculated)):
            yield from self._by_column(code, header, cells)
        lost = {at for at in self.numbers_lost if of.get(at[1]) in (Cell.CODE, Cell.CREDIT_CODE)}
        yield from self._by_column("E-C54", header, lost)
        odd = {at for at, unit in self.units.items() if of.get(at[1]) == Cell.MONEY and unit not in OUR_UNITS}
        yield from self._by_column("E-C64", header, odd, {"expected": ("万元", "10k yuan")})
        hidden = pl.Series("row_no", sorted(n for n in self.hidden if n > header.row), pl.Int64)
        if len(hidden):
            yield Finding("W-S48", None, hidden.to_frame())
        merged = [ref.coord for ref in self.merged if ref.max_row > header.row]
        if merged:
            yield Finding("E-S47", None, None, {"found": ", ".join(merged[:5])})
        if self.epoch == EPOCH_1904:
            yield Finding("N-C80")

    def _by_column(
        self, code: str, header: Header, cells: set[tuple[int, int]], values: dict | None = None
    ) -> Iterator[Finding]:
        for index in sorted({column for _, column in cells}):
            rows = sorted(n for n, column in cells if column == index and n > header.row)
            if rows:
                found = [self.rows[n].get(index, "") + self.units.get((n, index), "") for n in rows]
                frame = pl.DataFrame(
                    {"row_no": rows, "found": found}, schema={"row_no": pl.Int64, "found": pl.String}
                )
                yield Finding(code, header.label(index), frame, values or {})


def read_workbook(content: bytes, *, max_unpacked: int, max_rows: int | None) -> Book:
    """The one sheet with data. Raises Refused."""
    unpacked(content, max_unpacked)
    with _foreign():
        workbook = openpyxl.load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
    styles = [_style(workbook, cell.numFmtId) for cell in workbook._cell_styles]
    found: list[tuple[str, Book]] = []
    for sheet in workbook.worksheets:
        book = _read_sheet(sheet, styles, max_rows)
        if not book.rows:
            continue
        if sheet.sheet_state != "visible":
            raise refuse("E-F32", found=sheet.title)
        found.append((sheet.title, book))
    if not found:
        raise refuse("E-F02")
    if len(found) > 1:
        raise refuse("E-F31", count=len(found), found="、".join(name for name, _ in found))
    return found[0][1]


@contextmanager
def _foreign() -> Iterator[None]:
    """Whatever a foreign parser raises over foreign bytes is an answer about the file."""
    try:
        yield
    except Exception as error:
        _log.info("a workbook cannot be read", exc_info=error)
        raise refuse("E-F18") from None


@dataclass(frozen=True)
class Style:
    """What a number format says beside the number: a day openpyxl overlooks, a percentage, a unit, filling zeros."""

    day: bool = False
    percent: bool = False
    unit: str = ""
    width: int = 0


def _style(workbook: openpyxl.Workbook, number: int) -> Style:
    custom = number - BUILTIN_FORMATS_MAX_SIZE
    code = workbook._number_formats[custom] if custom >= 0 else BUILTIN_FORMATS.get(number, "General")
    shown = "".join(re.findall(r'"([^"]*)"', code)) + _LITERALS.sub("", code)
    bare = _LITERALS.sub("", code.split(";")[0])
    unit = re.search(r"[百千]?[万亿]?元|[万亿]", shown)
    told = unit.group() if unit else ""
    if "0!." in bare:
        told += " ÷ 10000"
    elif commas := re.search(r"[0#](,+)(?=[^0#?,]|$)", bare):
        told += f" ÷ {1000 ** len(commas[1])}"
    width = len(bare) if len(bare) > 1 and not bare.strip("0") else 0
    return Style(number in _EAST_ASIAN_DAYS, "%" in bare, told, width)


def _read_sheet(sheet: Any, styles: list[Style], max_rows: int | None) -> Book:
    book = Book(EPOCH_1904 if sheet.parent.epoch == CALENDAR_MAC_1904 else EPOCH_1900)
    parser = _parser(sheet, styles, values=False)
    for number, cells in _rows(parser):
        texts = {}
        for cell in cells:
            at = (number, cell["column"] - 1)
            text = _noted(cell, at, styles[cell["style_id"]], book)
            if text == "" and at not in book.formulas:
                continue
            if at[1] >= MAX_COLUMNS:
                raise refuse("E-F14", found=f"{letter(at[1])}{number}", limit=MAX_COLUMNS)
            texts[at[1]] = text
            book.width = max(book.width, at[1] + 1)
        if texts:
            book.rows[number] = texts
        if max_rows is not None and len(book.rows) > max_rows + HEADER_ROWS:
            raise refuse("E-F04", rows=f">{max_rows}", limit=max_rows)
    hidden = {int(n) for n, told in parser.row_dimensions.items() if told.get("hidden") in ("1", "true")}
    book.hidden = hidden & book.rows.keys()
    book.merged = list(parser.merged_cells.mergeCell) if parser.merged_cells else []
    if book.formulas:
        _last_values(sheet, styles, book)
    return book


def _last_values(sheet: Any, styles: list[Style], book: Book) -> None:
    """Read the sheet once more, for the values that the last save left beside its formulas."""
    for number, cells in _rows(_parser(sheet, styles, values=True)):
        for cell in cells:
            at = (number, cell["column"] - 1)
            if at not in book.formulas:
                continue
            text = _noted(cell, at, styles[cell["style_id"]], book)
            book.rows[number][at[1]] = text
            if cell["value"] is None:
                book.uncalculated.add(at)


def _parser(sheet: Any, styles: list[Style], *, values: bool) -> WorkSheetParser:
    """openpyxl's parser of one sheet; it gives formulas, or with ``values`` their last values."""
    book = sheet.parent
    days = {*book._date_formats, *(i for i, style in enumerate(styles) if style.day)}
    return WorkSheetParser(
        sheet._get_source(),
        sheet._shared_strings,
        data_only=values,
        epoch=book.epoch,
        date_formats=days,
        timedelta_formats=book._timedelta_formats,
    )


def _rows(parser: WorkSheetParser) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    """Row number and cells, one row after the other; only cells that the file has."""
    with _foreign(), parser.source:
        yield from parser.parse()


def _noted(cell: dict[str, Any], at: tuple[int, int], style: Style, book: Book) -> str:
    """A cell as text, as a CSV export would show it, but exact; what is odd about it is noted in the book."""
    value, kind = cell["value"], cell["data_type"]
    if kind == "f":
        book.formulas.add(at)
        return ""
    if value is None:
        return ""
    if isinstance(value, datetime):
        whole = (value + timedelta(milliseconds=500)).replace(microsecond=0)
        return str(whole).removesuffix(" 00:00:00")
    if isinstance(value, bool):
        return str(value).upper()
    if not isinstance(value, int | float):
        return str(value)
    if style.unit:
        book.units[at] = style.unit
    if abs(value) >= 1e15:
        book.numbers_lost.add(at)
    text = _number(value, percent=style.percent)
    return text.zfill(style.width) if text.isdecimal() else text


def _number(value: int | float, *, percent: bool) -> str:
    """A number as text: 15 digits, as Excel shows them, and never in scientific notation."""
    exact = Decimal(value) if isinstance(value, int) else Decimal(format(value, ".15g"))
    return f"{exact * 100:f}%".replace(".00%", "%") if percent else f"{exact:f}"
