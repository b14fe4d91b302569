"""A form as a sheet of a workbook, or as CSV, filled in with what is stored.

What comes back untouched changes nothing. Money is written in 万元 and percentages in percent, as the headers
say; codes are written as text, so that no digit is lost. Key cells that are filled in are locked against slips
(there is no password); everything else can be typed in.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

import polars as pl
import xlsxwriter

from collectors.export import csv_bytes
from collectors.forms import Cell, Column, Form
from models import money
from models.words import Words, mark

#: Rows below the header that get drop-downs and formats.
FORMATTED = 1_000

#: Characters of a drop-down list that Excel takes in the cell's own rule.
_IN_RULE = 255

_LIST_HINT = mark("Choose one of the list, or leave the cell empty.")
_DAY_HINT = mark("Write a day like 2026-10-31.")
_NUMBER_HINT = mark("Write a number, without unit, of zero or more.")
_PERCENT_HINT = mark("Write a percentage from 0 to 100, without the sign.")

_BOUNDS = {
    Cell.MONEY: ("decimal", ">=", 0, _NUMBER_HINT),
    Cell.PERCENT: ("decimal", "between", (0, 100), _PERCENT_HINT),
    Cell.SCORE: ("decimal", "between", (0, 100), _NUMBER_HINT),
    Cell.COUNT: ("integer", ">=", 0, _NUMBER_HINT),
    Cell.DATE: ("date", "between", (date(2000, 1, 1), date(2200, 12, 31)), _DAY_HINT),
}
_FORMATS = {
    **dict.fromkeys((Cell.MONEY, Cell.PERCENT, Cell.COUNT, Cell.SCORE, Cell.YEAR), "General"),
    Cell.DATE: "yyyy-mm-dd",
}

#: What somebody may do on a sheet whose key cells are locked.
_PROTECTION = dict.fromkeys(
    (
        *("format_cells", "format_columns", "format_rows", "insert_rows", "sort", "autofilter"),
        *("select_locked_cells", "select_unlocked_cells"),
    ),
    True,
)


@dataclass(frozen=True)
class Filling:
    """What a template is filled in with: rows as ``current_rows`` gives them, and names of places by code."""

    words: Words
    rows: pl.DataFrame | None = None
    names: Mapping[str, str] = field(default_factory=dict)

    def lines(self, form: Form) -> list[list[object]]:
        """The rows as the form writes them."""
        if self.rows is None:
            return []
        return [
            [self._shown(column, row.get(column.stored_as)) for column in form.columns]
            for row in self.rows.iter_rows(named=True)
        ]

    def _shown(self, column: Column, value: Any) -> object:
        if value is None:
            return None
        match column.cell:
            case Cell.MONEY:
                return money.to_wan(value)
            case Cell.PERCENT | Cell.SCORE:
                return Decimal(value) / 100
            case Cell.CHOICE:
                return self.words.label(value)
            case Cell.FLAG:
                return yes(value, self.words)
            case Cell.MONTH:
                return f"{value:%Y-%m}"
            case Cell.PLACE | Cell.PROVINCE:
                return self.names.get(value, value)
        return value


def header(form: Form, words: Words) -> list[str]:
    """The header row: labels with units; an asterisk marks what must be filled in."""
    return [
        words.pick(c.zh + c.unit_zh, c.en + c.unit_en) + ("*" if c.required else "") for c in form.columns
    ]


def template_csv(
    form: Form, words: Words, rows: pl.DataFrame | None = None, names: Mapping[str, str] | None = None
) -> bytes:
    """The form as CSV for Excel (UTF-8 with mark)."""
    return csv_bytes(header(form, words), Filling(words, rows, names or {}).lines(form))


def template_xlsx(
    form: Form, words: Words, rows: pl.DataFrame | None = None, names: Mapping[str, str] | None = None
) -> bytes:
    """The form as a workbook of one sheet: frozen header, drop-downs, date cells, locked keys."""
    out = io.BytesIO()
    with Pen(out) as pen:
        pen.sheet(form, Filling(words, rows, names or {}))
    return out.getvalue()


class Pen:
    """A workbook being written: its formats are made once, its sheets one after the other."""

    def __init__(self, out: io.BytesIO) -> None:
        options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        self.book = xlsxwriter.Workbook(out, options)
        self.lists: dict[str, str] = {}  # column → reference of a list too long for a rule

    def __enter__(self) -> "Pen":
        return self

    def __exit__(self, *_: object) -> None:
        self.book.close()

    @cached_property
    def head(self) -> Any:
        style = {"bold": True, "bg_color": "#DDE7F0", "border": 1, "text_wrap": True, "valign": "top"}
        return self.book.add_format(style)

    @cached_property
    def open(self) -> dict[Cell, Any]:
        """Cells to type in, by kind."""
        styles = {cell: {"num_format": _FORMATS.get(cell, "@"), "locked": False} for cell in Cell}
        return {cell: self.book.add_format(style) for cell, style in styles.items()}

    @cached_property
    def locked(self) -> dict[Cell, Any]:
        """Key cells that are filled in, and cells shown for comparison only."""
        grey = {"locked": True, "bg_color": "#F2F2F2"}
        return {cell: self.book.add_format(grey | {"num_format": _FORMATS.get(cell, "@")}) for cell in Cell}

    def sheet(self, form: Form, filling: Filling) -> None:
        """One form, filled in."""
        words = filling.words
        sheet = self.book.add_worksheet(words.pick(form.zh, form.en)[:31])
        for index, (column, text) in enumerate(zip(form.columns, header(form, words), strict=True)):
            sheet.write_string(0, index, text, self.head)
            sheet.set_column(index, index, 40 if column.max_length > 500 else 16, self.open[column.cell])
            self._rule(sheet, index, column, words)
        for number, line in enumerate(filling.lines(form), 1):
            for index, value in enumerate(line):
                column = form.columns[index]
                fixed = column.shown_only or (column.name in form.key and column.name != "as_of")
                write(sheet, (number, index), value, (self.locked if fixed else self.open)[column.cell])
        sheet.freeze_panes(1, 2)
        sheet.protect("", _PROTECTION)

    def _rule(self, sheet: Any, index: int, column: Column, words: Words) -> None:
        choices = options_of(column, words)
        if choices:
            short = len(",".join(choices)) <= _IN_RULE
            source = choices if short else self.lists.get(column.name)
            rule = {"validate": "list", "source": source, "error_message": words(_LIST_HINT)}
            if source:
                sheet.data_validation(1, index, FORMATTED, index, rule)
        elif column.cell in _BOUNDS:
            kind, criteria, bounds, hint = _BOUNDS[column.cell]
            rule = {"validate": kind, "criteria": criteria, "error_message": words(hint)}
            if criteria == "between":
                rule |= {"minimum": bounds[0], "maximum": bounds[1]}
            else:
                rule["value"] = bounds
            sheet.data_validation(1, index, FORMATTED, index, rule)


def options_of(column: Column, words: Words) -> list[str]:
    """What a cell of the column may say, in a language; empty where it is no list."""
    if column.cell == Cell.FLAG:
        return [yes(True, words), yes(False, words)]
    return [words.label(code) for code in column.choices or ()]


def long_lists(forms: Sequence[Form], words: Words) -> dict[str, list[str]]:
    """Column → its options, for lists that are too long for a rule in the cell."""
    columns = [column for form in forms for column in form.columns]
    told = {column.name: options_of(column, words) for column in columns}
    return {name: options for name, options in told.items() if len(",".join(options)) > _IN_RULE}


def write(sheet: Any, at: tuple[int, int], value: object, style: Any) -> None:
    """A value in its own type; a number of more digits than Excel keeps is written as text."""
    if value is None or value == "":
        return
    if isinstance(value, date):
        sheet.write_datetime(*at, value, style)
    elif isinstance(value, int) and not isinstance(value, bool):
        sheet.write_number(*at, value, style)
    elif isinstance(value, Decimal) and len(value.as_tuple().digits) <= 15:
        sheet.write_number(*at, float(value), style)
    else:
        sheet.write_string(*at, str(value), style)


def yes(flag: bool, words: Words) -> str:
    """A flag as people write it."""
    return words.pick("是", "yes") if flag else words.pick("否", "no")
