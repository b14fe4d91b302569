"""XLSX → text cells with the row numbers Excel shows. Never runs a formula, never follows a link.

Why a reader of our own: number formats (dates, percentages, units), formulas without a value, merged and
hidden rows and the real row numbers are all needed, and no single library gives them while reading a stream.
The archive is looked over before anything is unpacked (``collectors/archive.py``).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from xml.etree.ElementTree import Element, ParseError, iterparse

import polars as pl

from collectors.archive import Archive
from collectors.cells import EPOCH_1900
from collectors.forms import Cell
from collectors.problems import Finding, letter, refuse
from collectors.structure import HEADER_ROWS, Header, Record

EPOCH_1904 = date(1904, 1, 1)

#: Columns a sheet may have; a cell beyond is a bomb or a slip (promises.md F14).
MAX_COLUMNS = 200

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_STRICT = "{http://purl.oclc.org/ooxml/spreadsheetml/main}"
_BUILT_IN_DAYS = {14, 15, 16, 17, 22, 27, 28, 29, 30, 31, 36, 50, 51, 52, 53, 54, 55, 56, 57, 58}
_BUILT_IN_PERCENT = {9, 10}
_LITERALS = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.')
_REFERENCE = re.compile(r"([A-Z]+)([0-9]+)")


@dataclass(frozen=True)
class Style:
    """What a number format says about the number: a day, a percentage, or a unit shown beside it."""

    day: bool = False
    percent: bool = False
    unit: str = ""


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
    merged: list[str] = field(default_factory=list)

    def head(self) -> list[Record]:
        """The first ten rows, as Excel counts them."""
        return [Record(n, n, self._line(n, self.width)) for n in range(1, HEADER_ROWS + 1) if n in self.rows]

    def _line(self, number: int, width: int) -> tuple[str, ...]:
        row = self.rows.get(number, {})
        return tuple(row.get(i, "") for i in range(width))

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
        names = {index: name for name, index in header.columns.items()}
        for code, cells in (("E-C90", self.uncalculated), ("W-C91", self.formulas - self.uncalculated)):
            yield from self._by_column(code, header, cells)
        codes = {i for i, n in names.items() if header.form.by_name[n].cell in (Cell.CODE, Cell.CREDIT_CODE)}
        yield from self._by_column("E-C54", header, {at for at in self.numbers_lost if at[1] in codes})
        money = {i for i, n in names.items() if header.form.by_name[n].cell == Cell.MONEY}
        odd = {at for at, unit in self.units.items() if at[1] in money and unit != "万元"}
        yield from self._by_column("E-C64", header, odd, {"expected": ("万元", "10k yuan")})
        hidden = pl.DataFrame(
            {"row_no": sorted(n for n in self.hidden if n > header.row)}, schema={"row_no": pl.Int64}
        )
        if hidden.height:
            yield Finding("W-S48", None, hidden)
        merged = [ref for ref in self.merged if int(_REFERENCE.findall(ref)[-1][1]) > header.row]
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
                found = [self.rows.get(n, {}).get(index, "") + self.units.get((n, index), "") for n in rows]
                text = header.cells[index] if index < len(header.cells) else ""
                frame = pl.DataFrame(
                    {"row_no": rows, "found": found}, schema={"row_no": pl.Int64, "found": pl.String}
                )
                yield Finding(code, f"{letter(index)} {' '.join(text.split())}", frame, values or {})


def read_workbook(content: bytes, *, max_unpacked: int, max_rows: int | None) -> Book:
    """The one sheet with data. Raises Refused."""
    archive = Archive(content, max_unpacked)
    try:
        return _one_sheet(archive, max_rows)
    except (ParseError, KeyError, ValueError, IndexError, OverflowError):
        raise refuse("E-F18") from None


def _one_sheet(archive: Archive, max_rows: int | None) -> Book:
    sheets, epoch = _sheets(archive)
    strings = list(_strings(archive))
    styles = _styles(archive)
    found: list[tuple[str, Book]] = []
    for name, state, path in sheets:
        book = Book(epoch)
        _read_sheet(archive, path, book, (strings, styles), max_rows)
        if not book.rows:
            continue
        if state != "visible":
            raise refuse("E-F32", found=name)
        found.append((name, book))
    if not found:
        raise refuse("E-F02")
    if len(found) > 1:
        raise refuse("E-F31", count=len(found), found="、".join(name for name, _ in found))
    return found[0][1]


def _elements(archive: Archive, path: str, *tags: str) -> Iterator[Element]:
    """The elements with these names, one after the other, each forgotten after use."""
    with archive.open(path) as stream:
        for _, element in iterparse(stream, events=("end",)):
            tag = element.tag.rpartition("}")[2]
            element.tag = tag
            if tag in tags:
                yield element
                element.clear()


def _sheets(archive: Archive) -> tuple[list[tuple[str, str, str]], date]:
    targets = {
        e.get("Id"): e.get("Target", "")
        for e in _elements(archive, "xl/_rels/workbook.xml.rels", "Relationship")
    }
    sheets, epoch = [], EPOCH_1900
    for element in _elements(archive, "xl/workbook.xml", "sheet", "workbookPr"):
        if element.tag == "workbookPr":
            epoch = EPOCH_1904 if element.get("date1904") in ("1", "true") else epoch
            continue
        key = next(value for name, value in element.attrib.items() if name.endswith("}id"))
        path = targets[key].removeprefix("/")
        path = path if path.startswith("xl/") else f"xl/{path}"
        sheets.append((element.get("name", ""), element.get("state", "visible"), path))
    return [sheet for sheet in sheets if "chartsheet" not in sheet[2]], epoch


def _strings(archive: Archive) -> Iterator[str]:
    if "xl/sharedStrings.xml" in archive:
        for element in _elements(archive, "xl/sharedStrings.xml", "si"):
            yield _text(element)


def _text(element: Element) -> str:
    """The text of a string item, without its reading aids (phonetic runs)."""
    parts = []
    for child in element:
        tag = child.tag.rpartition("}")[2]
        if tag == "t":
            parts.append(child.text or "")
        elif tag == "r":
            parts += [t.text or "" for t in child if t.tag.rpartition("}")[2] == "t"]
    return "".join(parts)


def _styles(archive: Archive) -> list[Style]:
    if "xl/styles.xml" not in archive:
        return []
    formats: dict[int, Style] = {i: Style(day=True) for i in _BUILT_IN_DAYS}
    formats |= {i: Style(percent=True) for i in _BUILT_IN_PERCENT}
    styles: list[Style] = []
    for element in _elements(archive, "xl/styles.xml", "numFmt", "cellXfs"):
        if element.tag == "numFmt":
            formats[int(element.get("numFmtId", "0"))] = _style(element.get("formatCode", ""))
        else:
            styles = [formats.get(int(xf.get("numFmtId", "0")), Style()) for xf in element]
    return styles


def _style(code: str) -> Style:
    shown = "".join(re.findall(r'"([^"]*)"', code)) + _LITERALS.sub("", code)
    bare = _LITERALS.sub("", code.split(";")[0]).lower()
    if re.search(r"[yd年月日]|mmm", bare):
        return Style(day=True)
    unit = re.search(r"[百千]?[万亿]?元|[万亿]", shown)
    scaled = re.search(r"[0#],+(?:[^0#,]|$)|0!\.", bare)
    return Style(percent="%" in bare, unit=(unit.group() + ("*" if scaled else "")) if unit else "")


def _read_sheet(
    archive: Archive, path: str, book: Book, tables: tuple[list[str], list[Style]], max_rows: int | None
) -> None:
    last = 0
    for element in _elements(archive, path, "row", "mergeCell"):
        if element.tag == "mergeCell":
            book.merged.append(element.get("ref", ""))
            continue
        last = int(element.get("r", last + 1))
        cells = _read_row(element, last, book, tables)
        if cells:
            book.rows[last] = cells
            if element.get("hidden") in ("1", "true"):
                book.hidden.add(last)
        if max_rows is not None and len(book.rows) > max_rows + HEADER_ROWS:
            raise refuse("E-F04", rows=f">{max_rows}", limit=max_rows)


def _read_row(row: Element, number: int, book: Book, tables: tuple[list[str], list[Style]]) -> dict[int, str]:
    cells: dict[int, str] = {}
    index = -1
    for cell in row:
        reference = _REFERENCE.match(cell.get("r", ""))
        index = _index(reference.group(1)) if reference else index + 1
        text = _cell_text(cell, (number, index), book, tables)
        if text == "" and (number, index) not in book.uncalculated:
            continue
        if index >= MAX_COLUMNS:
            raise refuse("E-F14", found=f"{letter(index)}{number}", limit=MAX_COLUMNS)
        cells[index] = text
        book.width = max(book.width, index + 1)
    return cells


def _index(letters: str) -> int:
    total = 0
    for character in letters:
        total = total * 26 + ord(character) - 64
    return total - 1


def _cell_text(cell: Element, at: tuple[int, int], book: Book, tables: tuple[list[str], list[Style]]) -> str:
    """A cell as text, as a CSV export would show it, but exact."""
    value, kind = None, cell.get("t", "n")
    for child in cell:
        tag = child.tag.rpartition("}")[2]
        if tag == "v":
            value = child.text
        elif tag == "is":
            return _text(child)
        elif tag == "f":
            book.formulas.add(at)
    if value is None:
        if at in book.formulas:
            book.uncalculated.add(at)
        return ""
    if kind == "s":
        return tables[0][int(value)]
    if kind in ("str", "e", "d"):
        return value
    if kind == "b":
        return "1" if value == "1" else "0"
    styles = tables[1]
    style = styles[int(cell.get("s", "0"))] if styles else Style()
    return _number_text(value, style, at, book)


def _number_text(value: str, style: Style, at: tuple[int, int], book: Book) -> str:
    number = float(value)
    if style.day and 0 < number < 200_000:
        return _day_text(number, book.epoch)
    if style.unit:
        book.units[at] = style.unit
    if abs(number) >= 1e15:
        book.numbers_lost.add(at)
    if style.percent:
        return f"{Decimal(format(number, '.15g')) * 100:f}%".replace(".00%", "%")
    return value if value.isdigit() else format(Decimal(format(number, ".15g")), "f")


def _day_text(serial: float, epoch: date) -> str:
    at = datetime(epoch.year, epoch.month, epoch.day) + timedelta(days=serial)
    at = (at + timedelta(milliseconds=500)).replace(microsecond=0)
    return at.strftime("%Y-%m-%d" if not (at.hour or at.minute or at.second) else "%Y-%m-%d %H:%M:%S")
