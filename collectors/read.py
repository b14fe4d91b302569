"""Bytes → text columns with the row numbers a spreadsheet shows: CSV in UTF-8, UTF-16 or GB18030, XLSX, JSON.

A deterministic ladder, no guessing of encodings: byte-order mark, strict UTF-8, strict GB18030; and the
header row is the arbiter: a reading under which no known header appears is the wrong one. JSON is what a
``.json`` name and a first ``{`` or ``[`` say, or a layout; its fields are headers, its record 1 is row 2.
Everything is text here; what a cell means is decided in ``collectors/validate.py``. Refuses by raising ``Refused``.
"""

import codecs
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import PurePosixPath

import polars as pl

from collectors import delimited, json_table
from collectors.archive import check_kind
from collectors.failure import both
from collectors.forms import DISPATCH, FORMS, Cell, Form, fit, match
from collectors.layout import PLAIN, Layout, fitted
from collectors.problems import Finding, Refused, letter, refuse, shown
from collectors.sandbox import isolated_workbook
from collectors.structure import Header, Record, find_header, of_another_form, without_blanks, without_sums
from collectors.units import in_our_unit
from collectors.workbook import Tab, read_workbook
from models.words import mark

ENCODINGS = ("utf-8", "gb18030")
_SEPARATORS = (",", "\t", ";")
_PIECE = 1 << 20
_ZIP = b"PK\x03\x04"
_PICTURES = (b"\x89PNG", b"GIF8", b"\xff\xd8")
_ARCHIVES = (b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b")
_WEB_PAGES = (b"<html", b"<!doctype html", b"<table", b"<?xml", b"mime-version:")

#: Separators that are no longer read as such, and what people call them.
_OTHER_SEPARATORS = {
    "|": "“|”",
    "，": ("中文逗号“，”", "the full-width comma “，”"),
    "；": ("中文分号“；”", "the full-width semicolon “；”"),
    " ": ("空格", "spaces"),
}

#: Cells of a file's beginning that are shown where no header was found.
_SHOWN_CELLS = 6
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


#: A line with four or more Chinese characters or signs in UTF-8, and nothing else beyond ASCII; text in GB18030
#: does not look so.
_UTF8_LINE = re.compile(
    rb"(?m)^[\x00-\x09\x0b-\x7f]*+(?:(?:[\xe3-\xe9][\x80-\xbf]{2}|\xef[\xbc-\xbe][\x80-\xbf])[\x00-\x09\x0b-\x7f]*+){4,}$"
)


@dataclass(frozen=True)
class Limits:
    """How much is taken at once. The defaults are the command line's; the web passes smaller ones."""

    max_bytes: int = 2_000_000_000
    max_rows: int | None = None
    max_unpacked: int = 500_000_000
    isolated: bool = False  # workbooks are read in a process of their own, under limits of its own


@dataclass(frozen=True)
class Sheet:
    """A table as read: ``cells`` has one text column a position ("0", "1", …), blanks as ""."""

    form: Form
    encoding: str
    header: tuple[str, ...]
    columns: dict[str, int]
    row_no: pl.Series
    cells: pl.DataFrame
    findings: tuple[Finding, ...] = ()
    epoch: date | None = None  # Excel's day 0; None for text files
    earliest: int = 2000  # first year a day may have
    sample: tuple[tuple[str, ...], ...] = ()  # the header and the first rows, as read
    total: tuple[int, tuple[str, ...]] | None = None  # the row of sums that was left out
    tab: str = ""  # the sheet's name in a workbook of several
    template: str = ""  # the version that a template's cover names
    unit: str = ""  # what a line above the header says amounts are in

    def label(self, index: int) -> str:
        """The column as people find it: its letter and its header as written."""
        return f"{letter(index)} {' '.join(self.header[index].split())}"


def read(
    content: bytes,
    file_name: str,
    limits: Limits,
    forms: Sequence[Form],
    encodings: tuple[str, ...] = ENCODINGS,
    layout: Layout = PLAIN,
) -> Sheet:
    """Read a file as the best fitting of these forms. Raises Refused."""
    _check_file(content, file_name, limits)
    forms = [fitted(form, layout) for form in forms]
    if _is_json(content, file_name, layout):
        sheet = _from_json(content, limits, forms, layout)
    elif content.startswith(_ZIP):
        sheet = _from_workbook(content, limits, forms)
    else:
        sheet = _from_text(content, limits, forms, encodings)
    if sheet.cells.is_empty():
        raise refuse("E-F02")
    return _with_constants(_in_our_units(sheet, layout), layout)


def _suffix(file_name: str) -> str:
    return PurePosixPath(file_name.replace("\\", "/")).suffix.lower()


def _is_json(content: bytes, file_name: str, layout: Layout) -> bool:
    named = _suffix(file_name) in (".json", ".jsonl", ".ndjson")
    begins = content[:4096].removeprefix(codecs.BOM_UTF8).lstrip()[:1] in (b"{", b"[")
    return layout.is_json or (layout.format is None and named and begins)


def _from_json(content: bytes, limits: Limits, forms: Sequence[Form], layout: Layout) -> Sheet:
    """Records as rows: record 1 is row 2, its fields are matched like headers."""
    found = json_table.document(content, lines=layout.format == "jsonl")
    records = json_table.records_of(found, layout.records)
    if limits.max_rows is not None and len(records) > limits.max_rows:
        raise refuse("E-F04", rows=len(records), limit=limits.max_rows)
    if not records:
        raise refuse("E-F02")
    table = json_table.table(records)
    table = table.only(layout.own_names) if layout.fields else table
    form = max(forms, key=lambda form: fit(table.header, form))
    columns = match(table.header, form).columns
    if len(columns) < 2:
        raise _no_field(table, form)
    for name, index in columns.items():
        if {"list", "object"} & table.kinds[table.header[index]] and form.by_name[name].cell != Cell.PARTNERS:
            held = both(mark("the field {name} holds several values, not one"), name=table.header[index])
            raise refuse("H-SCHEMA", what=held)
    row_no = pl.int_range(2, 2 + len(records), dtype=pl.Int64, eager=True)
    return trimmed(Sheet(form, "utf-8", table.header, columns, row_no.alias("row_no"), table.cells))


def _no_field(table: json_table.Table, form: Form) -> Refused:
    have = ", ".join(table.header[:12]) or "–"
    wanted = ", ".join(field for _, field in form.known_as) or ", ".join(c.name for c in form.columns[:8])
    told = mark("none of the expected fields is there: it has {have}; expected {wanted}")
    return refuse("H-SCHEMA", what=both(told, have=have, wanted=wanted))


def _in_our_units(sheet: Sheet, layout: Layout) -> Sheet:
    """Columns that the source has in another unit, converted; what is no number stays, to be found fault with."""
    at = [(str(sheet.columns[name]), unit) for name, unit in layout.units if name in sheet.columns]
    if not at:
        return sheet
    return replace(sheet, cells=sheet.cells.with_columns(in_our_unit(sheet.cells[i], unit) for i, unit in at))


def _with_constants(sheet: Sheet, layout: Layout) -> Sheet:
    """Columns that the data do not have, filled with what the layout says."""
    for name, value in layout.constants:
        if name in sheet.columns or name not in sheet.form.by_name:
            continue
        index = len(sheet.header)
        cells = sheet.cells.with_columns(pl.lit(value).alias(str(index)))
        header, columns = (*sheet.header, name), sheet.columns | {name: index}
        sheet = replace(sheet, header=header, columns=columns, cells=cells)
    return sheet


def _check_file(content: bytes, file_name: str, limits: Limits) -> None:
    """What can be said from the size, the name and the first bytes."""
    suffix = _suffix(file_name)
    if not content[:4096].strip(b"\xef\xbb\xbf \t\r\n") and len(content) <= 4096:
        raise refuse("E-F01", size=len(content))
    if len(content) > limits.max_bytes:
        raise refuse("E-F03", size=round(len(content) / 1e6, 1), limit=round(limits.max_bytes / 1e6, 1))
    head = content[:4096]
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        kinds = (("EncryptedPackage", "E-F09"), ("WordDocument", "E-F34"), ("PowerPoint", "E-F34"))
        raise refuse(next((code for name, code in kinds if name.encode("utf-16-le") in content), "E-F07"))
    if head.startswith(b"%PDF"):
        raise refuse("E-F34")
    if head.startswith(_ARCHIVES):
        raise refuse("E-F37")
    if head.startswith(_ZIP):
        if suffix not in (".xlsx", ".xlsm", ""):
            check_kind(content)
            raise refuse("E-F05", suffix=suffix)
        return
    if head.lstrip()[:200].lower().startswith(_WEB_PAGES) or b"<table" in head.lower():
        raise refuse("E-F08")
    if suffix in (".xlsx", ".xlsm"):
        raise refuse("E-F18" if b"\0" in head else "E-F06")
    if b"\0" in head and not head.startswith(_UTF16):
        if head.startswith(_PICTURES):
            raise refuse("E-F34")
        if head.count(0) > len(head) // 10:
            raise refuse("E-F21")
        raise refuse("E-F20", row=head.count(b"\n", 0, head.index(0)) + 1)


def _from_text(content: bytes, limits: Limits, forms: Sequence[Form], encodings: tuple[str, ...]) -> Sheet:
    """Try the encodings that fit the bytes; the first whose header row is known is right."""
    for encoding, data in _readings(content, encodings):
        separator, header = _best_separator(data, forms)
        if header is None:
            continue
        _check_mixture(content, data, encoding)
        if header.split:
            raise refuse("E-S34", row=header.row)
        try:
            below = delimited.read_table(data, separator, header)
        except pl.exceptions.PolarsError:  # only its reader has run so far
            raise refuse("E-F18") from None
        if limits.max_rows is not None and below.cells.height > limits.max_rows:
            raise refuse("E-F04", rows=below.cells.height, limit=limits.max_rows)
        broken = delimited.line_breaks(data, header, below)
        notes = (*below.findings, *broken, *((Finding("N-F22"),) if encoding == "gb18030" else ()))
        held = (header.cells, header.columns, below.row_no, below.cells, notes)
        sheet = trimmed(Sheet(header.form, encoding, *held, unit=header.unit))
        return replace(sheet, total=None) if below.findings else sheet  # its sums would be of other rows
    raise _not_understood(content, forms, encodings)


def _readings(content: bytes, encodings: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    """Every encoding the bytes may be in, with the bytes as UTF-8 and with line feeds."""
    if content.startswith(_UTF16):
        encodings = ("utf-16",)
    for encoding in encodings:
        if encoding == "utf-8":
            if decodes(content, encoding):
                yield encoding, _with_line_feeds(content)
            continue
        try:
            yield encoding, _with_line_feeds(content.decode(encoding).encode("utf-8"))
        except UnicodeError:
            continue


def _with_line_feeds(data: bytes) -> bytes:
    return data.replace(b"\r", b"\n") if b"\r" in data and b"\n" not in data else data


def decodes(content: bytes, encoding: str) -> bool:
    """Do all bytes decode? Piece by piece, so that a large file is not held twice."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    view = memoryview(content)
    try:
        for start in range(0, len(view), _PIECE):
            decoder.decode(view[start : start + _PIECE], final=start + _PIECE >= len(view))
    except UnicodeDecodeError:
        return False
    return True


def separator_of(text: str, forms: Sequence[Form]) -> str:
    """The separator under which the text's first rows have a header that one of the forms knows; else a comma."""
    return _best_separator(text[: delimited.HEAD].encode(), forms)[0]


def _best_separator(data: bytes, forms: Sequence[Form]) -> tuple[str, Header | None]:
    head = delimited.head_text(data)
    found = [(s, find_header(delimited.head_records(head, s), forms)) for s in _SEPARATORS if s in head]
    known = [(s, header) for s, header in found if header is not None]
    return max(known, key=lambda pair: pair[1].fit) if known else (",", None)


def _check_mixture(content: bytes, data: bytes, encoding: str) -> None:
    """NUL characters; and lines in UTF-8 whose bytes happen to be GB18030 as well, as those of other lines are."""
    at = data.find(b"\0")
    if at >= 0:
        raise refuse("E-F20", row=data.count(b"\n", 0, at) + 1)
    if encoding == "gb18030" and (line := _UTF8_LINE.search(content)):
        raise refuse("E-F24", row=content.count(b"\n", 0, line.start()) + 1)


def _not_understood(content: bytes, forms: Sequence[Form], encodings: tuple[str, ...]) -> Refused:
    """No reading has a known header: say why, as far as that can be said."""
    data = next((data for _, data in _readings(content, encodings)), b"")
    head = delimited.head_text(data)
    for separator, called in _OTHER_SEPARATORS.items():
        if find_header(delimited.head_records(head, separator), forms):
            return refuse("E-S51", separator=called)
    lines = content.split(b"\n")
    utf8 = [decodes(line, "utf-8") for line in lines[:100_000]]
    if not all(utf8) and not decodes(content, "gb18030"):
        readable = find_header(delimited.head_records(delimited.head_text(content), ","), forms) is not None
        return refuse("E-F24", row=utf8.index(False) + 1) if readable or utf8[0] else refuse("E-F21")
    if not all(utf8) and utf8[0] and any(line.isascii() is False for line in lines[:1]):
        if _best_separator(content, forms)[1] is not None:
            return refuse("E-F24", row=utf8.index(False) + 1)
    return _no_header(delimited.head_records(head, max(_SEPARATORS, key=head.count)), forms)


def _no_header(records: Sequence[Record], forms: Sequence[Form]) -> Refused:
    """How the file begins, and what the form that is nearest to it asks for; or which other form it is of."""
    for record in records if len(forms) == 1 and forms[0] in FORMS.values() else ():
        other = of_another_form(record.cells, forms[0], FORMS.values())
        if other:
            return Refused(*other)
    nearest = max(
        forms, key=lambda form: (max((fit(r.cells, form) for r in records), default=0), form is DISPATCH)
    )
    expected = [(column.zh, column.en) for column in nearest.columns if column.required]
    first = next((record.cells for record in records if any(map(str.strip, record.cells))), ())
    have = [shown(cell) for cell in first if cell.strip()][:_SHOWN_CELLS]
    return refuse("E-S33", expected=expected, have=have or None)


def read_tabs(content: bytes, file_name: str, limits: Limits, forms: Sequence[Form]) -> tuple[Sheet, ...]:
    """Read every sheet of a workbook as the form it fits; a text file is one sheet. Raises Refused.

    A template's cover is passed over, and a sheet with a header only. Sheets that fit no form, hidden ones,
    and two of one form are refused.
    """
    if not content.startswith(_ZIP):
        return (read(content, file_name, limits, forms),)
    _check_file(content, file_name, limits)
    tabs, template = _data_tabs(content, limits)
    headers = [find_header(tab.head(), forms) for tab in tabs]
    if not any(headers):
        raise _no_header(tabs[0].head(), forms)
    taken = [header.form for header in headers if header]
    strange = [tab.name for tab, header in zip(tabs, headers, strict=True) if header is None]
    doubled = [tab.name for tab, h in zip(tabs, headers, strict=True) if h and taken.count(h.form) > 1]
    if strange or doubled:
        names = strange or doubled
        raise refuse("E-F31", count=len(names), found="、".join(names))
    sheets = [
        replace(_sheet(t, h), tab=t.name, template=template) for t, h in zip(tabs, headers, strict=True)
    ]
    filled = tuple(sheet for sheet in sheets if not sheet.cells.is_empty())
    if not filled:
        raise refuse("E-F02")
    return filled


def _from_workbook(content: bytes, limits: Limits, forms: Sequence[Form]) -> Sheet:
    """The one sheet with data, its header found in its first 10 rows."""
    tabs, template = _data_tabs(content, limits)
    if len(tabs) > 1:
        raise refuse("E-F31", count=len(tabs), found="、".join(tab.name for tab in tabs))
    header = find_header(tabs[0].head(), forms)
    if header is None:
        raise _no_header(tabs[0].head(), forms)
    return replace(_sheet(tabs[0], header), template=template)


def _data_tabs(content: bytes, limits: Limits) -> tuple[list[Tab], str]:
    """The sheets that hold data, all of them visible; and the version that a template's cover names."""
    reader = isolated_workbook if limits.isolated else read_workbook
    found = reader(content, max_unpacked=limits.max_unpacked, max_rows=limits.max_rows)
    template = next((tab.cell("B1").strip() for tab in found if tab.is_cover), "")
    tabs = [tab for tab in found if not tab.is_cover]
    for tab in tabs:
        if not tab.visible:
            raise refuse("E-F32", found=tab.name)
    if not tabs:
        raise refuse("E-F02")
    return tabs, template


def _sheet(tab: Tab, header: Header) -> Sheet:
    if header.split:
        raise refuse("E-S34", row=header.row)
    row_no, table, findings = tab.below(header)
    held = (header.cells, header.columns, row_no, table, tuple(findings), tab.epoch)
    return trimmed(Sheet(header.form, "xlsx", *held, unit=header.unit))


def trimmed(sheet: Sheet) -> Sheet:
    """Without blank rows and rows of sums; both are said."""
    row_no, cells, blank = without_blanks(sheet.row_no, sheet.cells)
    sums = without_sums(row_no, cells, sheet.columns.get("code"))
    sample = (sheet.header, *(tuple(row) for row in sums.cells.head(5).iter_rows()))
    findings = (*sheet.findings, *blank, *sums.findings)
    return replace(
        sheet, row_no=sums.row_no, cells=sums.cells, findings=findings, sample=sample, total=sums.total
    )
