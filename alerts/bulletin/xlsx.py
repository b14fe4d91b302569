"""A bulletin as a workbook: a cover with the sentences, one sheet a section, the annexes. Same value, same bytes.

Texts are written as texts, so nothing in them can become a formula or a link; numbers as numbers in the format
they are shown in. Refuses to know what a table is about.
"""

import io
from datetime import UTC
from decimal import Decimal
from typing import Any

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from alerts.bulletin.shape import Bulletin, Cell, Section, Table

#: Characters that Excel and its readers refuse in the name of a sheet.
_FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\", " "))

#: Half-widths of a column of width 1, and the bounds of what a column may take.
_WIDTH, _LEAST, _MOST = 4.2, 9, 60


def render(bulletin: Bulletin) -> bytes:
    """The workbook's bytes. Give it a bulletin that was composed whole."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        created = bulletin.known_at.astimezone(UTC).replace(tzinfo=None, microsecond=0)
        book.set_properties(
            {
                "title": bulletin.title,
                "subject": bulletin.issue,
                "author": bulletin.producer,
                "created": created,
            }
        )
        pen = _Pen(book)
        pen.cover(bulletin)
        for section in (*bulletin.sections, *bulletin.annexes):
            if section.table is not None:
                pen.sheet(section, section.table)
    return out.getvalue()


class _Pen:
    """A workbook being written; its formats are made once."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self.book = book
        self.formats: dict[tuple[str, bool], Any] = {}
        self.head = book.add_format(
            {"bold": True, "bg_color": "#E7E7E7", "border": 1, "text_wrap": True, "valign": "vcenter"}
        )
        self.wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        self.strong = book.add_format({"bold": True, "font_size": 14, "text_wrap": True, "valign": "top"})

    def cover(self, bulletin: Bulletin) -> None:
        sheet = self._add(bulletin.cover)
        sheet.set_column(0, 0, 110)
        sheet.write_string(0, 0, bulletin.title, self.strong)
        lines = [bulletin.issue, bulletin.dated, bulletin.known, bulletin.notice]
        for section in bulletin.sections:
            lines += [section.title, *section.sentences]
        for row, line in enumerate(filter(None, lines), start=1):
            sheet.write_string(row, 0, line, self.wrapped)

    def sheet(self, section: Section, table: Table) -> None:
        """The head in the first row, filters over it, frozen; what is below the table stands a row apart."""
        sheet = self._add(section.sheet)
        for at, column in enumerate(table.columns):
            sheet.write_string(0, at, column.label, self.head)
            sheet.set_column(at, at, min(max(column.width * _WIDTH, _LEAST), _MOST))
        for row, cells in enumerate(table.rows, start=1):
            last = table.total and row == len(table.rows)
            for at, cell in enumerate(cells):
                self._write(sheet, (row, at), cell, last)
        sheet.freeze_panes(1, 0)
        filtered = len(table.rows) - table.total
        sheet.autofilter(0, 0, max(filtered, 1), len(table.columns) - 1)
        if table.unit:
            sheet.write_string(len(table.rows) + 2, 0, table.unit)

    def _write(self, sheet: Worksheet, at: tuple[int, int], cell: Cell, strong: bool) -> None:
        style = self._style(cell.format, strong)
        if isinstance(cell.value, str):
            sheet.write_string(*at, cell.value, style)
            return
        sheet.write_number(*at, float(cell.value) if isinstance(cell.value, Decimal) else cell.value, style)

    def _style(self, pattern: str, strong: bool) -> Any:
        key = (pattern, strong)
        if key not in self.formats:
            wanted = {"num_format": pattern or "@", "valign": "top", "text_wrap": not pattern}
            self.formats[key] = self.book.add_format(wanted | ({"bold": True, "top": 1} if strong else {}))
        return self.formats[key]

    def _add(self, name: str) -> Worksheet:
        sheet = self.book.add_worksheet(name.translate(_FORBIDDEN)[:31].strip())
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        return sheet
