"""Delimited text (UTF-8 bytes) → text columns. Polars reads; the csv module only explains broken lines."""

import csv
import io
import re
from dataclasses import dataclass
from itertools import islice

import polars as pl

from collectors.problems import Finding, Refused, refuse
from collectors.structure import HEADER_ROWS, Header, Record

#: Bytes of a file in which its header is looked for.
HEAD = 1 << 16
csv.field_size_limit(2**31 - 1)  # of this process: how long a text may be is the form's to say

#: A quoted cell, from its beginning; a mark within a cell is a sign like another (3" pipes).
_QUOTED = re.compile(rb'(?m)(?:^|(?<=[,;\t]))"(?:[^"]|"")*+"')


def head_text(data: bytes) -> str:
    """The beginning of the file as text, cut at a whole character."""
    return data[:HEAD].decode("utf-8", errors="ignore").removeprefix("\ufeff")


def head_records(head: str, separator: str) -> list[Record]:
    """The first rows of the file, counted as the spreadsheet and as the text editor count them."""
    reader = csv.reader(io.StringIO(head, newline=""), delimiter=separator)
    records = []
    try:
        for number, cells in enumerate(islice(reader, HEADER_ROWS), 1):
            records.append(Record(number, reader.line_num, tuple(cells)))
    except csv.Error:
        pass  # what was read so far must do; read_table explains the rest
    return records


@dataclass(frozen=True)
class Below:
    """What stands below the header as text, blanks as "". Rows of the wrong width are left out and said."""

    row_no: pl.Series
    cells: pl.DataFrame
    findings: tuple[Finding, ...] = ()


def read_table(data: bytes, separator: str, header: Header) -> Below:
    """Everything below the header. Raises Refused where no row has the header's width."""
    names = [str(i) for i in range(len(header.cells))]
    try:
        table = pl.read_csv(
            data,
            has_header=False,
            skip_lines=header.lines,
            schema=dict.fromkeys(names, pl.String),
            separator=separator,
            empty_string_is_null=False,
            missing_columns="insert",
            raise_if_empty=False,
        )
    except pl.exceptions.PolarsError:
        return _row_by_row(data, separator, header)
    table = table.fill_null("") if sum(table.null_count().row(0)) else table
    short = (table[names[-1]] == "").any() and _short(data, separator, header)
    return _without(table, header, [short] if short else [])


def line_breaks(data: bytes, header: Header, below: Below) -> list[Finding]:
    """A note where cells hold line breaks, so that a text editor counts more lines than there are rows."""
    if b'"' not in data or data.count(b"\n") <= header.lines + below.cells.height:
        return []
    breaks = pl.sum_horizontal(pl.all().str.count_matches("\n", literal=True))
    counted = below.cells.select(breaks.alias("n"))["n"]
    if not counted.sum():
        return []
    first = int(below.row_no.filter(counted > 0)[0])
    return [Finding("N-S52", None, None, {"count": int(counted.sum()), "first": first})]


def _without(table: pl.DataFrame, header: Header, broken: list[Finding]) -> Below:
    """The table without its broken rows, so that whatever else is wrong is said at once."""
    first = header.row + 1
    row_no = pl.int_range(first, first + table.height, dtype=pl.Int64, eager=True).alias("row_no")
    if not broken:
        return Below(row_no, table)
    whole = ~row_no.is_in(pl.concat(finding.bad_rows for finding in broken).implode())
    if not whole.any():
        raise Refused(*broken)
    return Below(row_no.filter(whole), table.filter(whole), tuple(broken))


def _short(data: bytes, separator: str, header: Header) -> Finding | None:
    """Polars fills up short rows without a word; count the separators of each row to find them."""
    bare = _QUOTED.sub(b"", data) if b'"' in data else data
    lines = pl.read_csv(
        bare,
        has_header=False,
        schema={"line": pl.String},
        separator="\x01",
        quote_char=None,
        skip_lines=header.row,
        empty_string_is_null=False,
        raise_if_empty=False,
    ).with_row_index("row_no", header.row + 1)
    width = pl.col("line").str.count_matches(separator, literal=True) + 1
    filled = ~pl.col("line").str.contains(r"^\s*$")
    short = lines.filter(filled, width < len(header.cells)).select(
        pl.col("row_no").cast(pl.Int64), width=width.cast(pl.Int64)
    )
    return Finding("E-S42", None, short, {"expected": len(header.cells)}) if short.height else None


def _row_by_row(data: bytes, separator: str, header: Header) -> Below:
    """The slow way, for a file Polars cannot read: find the broken rows, or read it after all."""
    width, rows, wide, short = len(header.cells), [], [], []
    reader = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=separator, strict=True)
    number = 0
    try:
        for number, cells in enumerate(reader, 1):
            if number <= header.row:
                continue
            if len(cells) > width and any(cell.strip() for cell in cells[width:]):
                wide.append((number, len(cells)))
            if 0 < len(cells) < width and any(cell.strip() for cell in cells):
                short.append((number, len(cells)))
            rows.append((cells + [""] * width)[:width])
    except csv.Error:
        raise refuse("E-F19", row=number + 1) from None
    findings = [
        Finding(
            code,
            None,
            pl.DataFrame(found, schema={"row_no": pl.Int64, "width": pl.Int64}, orient="row"),
            {"expected": width},
        )
        for code, found in (("E-S40", wide), ("E-S42", short))
        if found
    ]
    table = pl.DataFrame(rows, schema={str(i): pl.String for i in range(width)}, orient="row")
    return _without(table, header, findings)
