"""What a reader takes away from a page: its tables as XLSX and CSV, its charts as PNG and SVG.

Tables and charts note themselves here while the page is drawn (``parts.table``, ``parts.chart``, the grids), so
that none is forgotten; the frame offers them once the page is there. Files are made when they are asked for. A
text that a spreadsheet would take for a formula never is one. Refuses to ask the database.
"""

import csv
import html
import io
import re
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar

import polars as pl
import pyarrow as pa
import vl_convert
import xlsxwriter

from collectors.texts import FORMULA_LEAD

#: Pixels of a picture's width where the chart itself takes what there is, and how much finer a PNG is.
_WIDTH, _SCALE = 800, 2

#: Excel's limit for the name of a sheet, and what may not stand in one.
_NAME_LENGTH, _NOT_IN_NAMES = 31, re.compile(r"[\[\]:*?/\\']")

_TAG, _NUMBER = re.compile(r"<[^>]+>"), re.compile(r"[-−]?\d[\d,]*(?:\.\d+)?")

Made = TypeVar("Made")
Value = str | int | float | date | datetime | None


@dataclass(frozen=True)
class Table:
    """Heads and rows of plain values."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]


@dataclass(frozen=True)
class Chart:
    """A Vega-Lite spec on light ground that holds its data, or has it beside it as Arrow."""

    title: str
    spec: Mapping[str, Any]
    rows: str = ""
    columns: pa.Table | None = None


@dataclass
class Pack:
    """What the page that is being drawn has shown so far; ``section`` names what comes next.

    ``pinned``: what its address needs to show the same again, whatever is corrected later; ``known_at`` among it.
    """

    page: str = ""
    note: str = ""
    section: str = ""
    noted: list[Callable[[], Table]] = field(default_factory=list)
    charts: list[Chart] = field(default_factory=list)
    pinned: dict[str, str] = field(default_factory=dict)

    @property
    def tables(self) -> list[Table]:
        """The tables as plain values: made when they are asked for, because most pages are only looked at."""
        return [make() for make in self.noted]

    def named(self, title: str) -> str:
        return title or self.section or self.page


_drawn: ContextVar[Pack] = ContextVar("drawn")


def begin() -> Pack:
    """A page is drawn anew: nothing is noted yet."""
    pack = Pack()
    _drawn.set(pack)
    return pack


def _pack() -> Pack:
    return _drawn.get(None) or begin()


def noted_by(make: Callable[[], Made]) -> tuple[Made, Pack]:
    """What ``make`` gives, and apart from the page that is being drawn what it noted."""
    here = _pack()
    apart = Pack(here.page, here.note, here.section)
    token = _drawn.set(apart)
    try:
        return make(), apart
    finally:
        _drawn.reset(token)


def note_again(apart: Pack) -> None:
    """Add what was noted apart to the page that is being drawn."""
    pack = _pack()
    pack.noted += apart.noted
    pack.charts += apart.charts
    pack.section = apart.section


def note_page(title: str, note: str) -> None:
    """The page's heading, and which day it shows."""
    pack = _pack()
    pack.page, pack.note, pack.section = title, note, title


def note_pinned(**params: str | None) -> None:
    """What the page's address needs to show the same again, whatever is corrected later."""
    _pack().pinned = {name: value for name, value in params.items() if value}


def note_section(title: str) -> None:
    """The heading of what comes next."""
    _pack().section = title


def note_table(title: str, heads: Sequence[tuple[str, str]], rows: Sequence[Sequence[object]]) -> None:
    """A table of HTML cells; ``heads``: label and class, of which "pd-n" holds numbers."""
    if not any(label for label, _ in heads):
        return
    pack = _pack()
    named = pack.named(title)

    def made() -> Table:
        plain = (
            tuple(_value(cell, kind) for cell, (_, kind) in zip(row, heads, strict=True)) for row in rows
        )
        return Table(named, tuple(label for label, _ in heads), tuple(plain))

    pack.noted.append(made)


def note_frame(frame: pl.DataFrame, columns: Mapping[str, Any], title: str = "") -> None:
    """A grid's columns by the labels of its column configuration; a column without one is left out."""
    pack = _pack()
    named = pack.named(title)

    def made() -> Table:
        labels = {name: told if isinstance(told, str) else told["label"] for name, told in columns.items()}
        shown = frame.select(
            pl.col(name).list.join(" ") if frame.schema[name].base_type() == pl.List else pl.col(name)
            for name in frame.columns
            if name in labels
        )
        return Table(named, tuple(labels[name] for name in shown.columns), tuple(shown.rows()))

    pack.noted.append(made)


def note_chart(title: str, spec: Mapping[str, Any], rows: str, columns: pa.Table) -> None:
    """A chart as it is drawn on light ground; its data set ``rows`` is made plain when it is asked for."""
    _pack().charts.append(Chart(title, spec, rows, columns))


def _value(cell: object, kind: str) -> Value:
    if cell is None or isinstance(cell, int | float | date):
        return cell
    text = " ".join(html.unescape(_TAG.sub(" ", str(cell))).split())
    if "pd-n" in kind and _NUMBER.fullmatch(text):
        return float(text.replace(",", "").replace("−", "-"))
    return None if text == "—" else text


# --- files ---------------------------------------------------------------------------------------------------


def xlsx(tables: Sequence[Table], about: Sequence[tuple[str, str]], about_name: str) -> bytes:
    """One workbook, a sheet a table with frozen head and filter; ``about`` stands on a last sheet."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        day, instant = (book.add_format({"num_format": form}) for form in ("yyyy-mm-dd", "yyyy-mm-dd hh:mm"))
        taken: set[str] = set()
        for table in tables:
            sheet = book.add_worksheet(_sheet_name(table.title, taken))
            sheet.write_row(0, 0, table.heads, head)
            for at, row in enumerate(table.rows, 1):
                for column, value in enumerate(row):
                    _write(sheet, at, column, value, day, instant)
            sheet.freeze_panes(1, 0)
            if table.rows:
                sheet.autofilter(0, 0, len(table.rows), len(table.heads) - 1)
            sheet.autofit(360)
        sheet = book.add_worksheet(_sheet_name(about_name, taken))
        for at, pair in enumerate(about):
            sheet.write_row(at, 0, pair)
        sheet.autofit(700)
    return out.getvalue()


def _write(sheet: Any, at: int, column: int, value: Value, day: Any, instant: Any) -> None:
    if isinstance(value, datetime):
        sheet.write_datetime(at, column, value.replace(tzinfo=None), instant)
    elif isinstance(value, date):
        sheet.write_datetime(at, column, datetime.combine(value, datetime.min.time()), day)
    elif isinstance(value, str):
        sheet.write_string(at, column, value)
    elif value is not None:
        sheet.write(at, column, value)


def _sheet_name(title: str, taken: set[str]) -> str:
    """Unique as Excel sees it: without its signs, at most 31 characters, no matter the case."""
    plain = _NOT_IN_NAMES.sub(" ", title).strip() or "1"
    name, number = plain[:_NAME_LENGTH], 1
    while name.casefold() in taken:
        number += 1
        name = f"{plain[: _NAME_LENGTH - len(str(number)) - 1]} {number}"
    taken.add(name.casefold())
    return name


def csv_text(table: Table) -> bytes:
    """UTF-8 with the mark by which Excel knows it; formula signs at the start of a text get an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([_guarded(label) for label in table.heads])
    writer.writerows([_guarded(value) for value in row] for row in table.rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _guarded(value: Value) -> Value:
    if isinstance(value, str) and re.match(FORMULA_LEAD, value):
        return f"'{value}"
    return value


def png(chart: Chart) -> bytes:
    """The chart as a picture on white ground."""
    return vl_convert.vegalite_to_png(_sized(chart), scale=_SCALE)


def svg(chart: Chart) -> bytes:
    """The chart as a drawing; its texts stay texts."""
    return vl_convert.vegalite_to_svg(_sized(chart)).encode()


def _sized(chart: Chart) -> dict[str, Any]:
    sized = {**chart.spec, "background": "white", "padding": 12}
    if chart.columns is not None:
        sized["datasets"] = {chart.rows: chart.columns.to_pylist()}
    if sized.get("width", "container") == "container":
        sized["width"] = _WIDTH
    return sized
