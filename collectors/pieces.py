"""The rows of a sheet as XML, cut into pieces between rows; and single cells looked up in a piece.

Only for rows in which every cell begins ``<c r="A1"`` (``collectors/grid.py`` sees to that). Looks up what a
cell declares and the digits it holds; texts are the library's to read.
"""

import re
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from collectors.problems import letter
from collectors.structure import HEADER_ROWS

#: Columns a sheet may have; a cell beyond is a bomb or a slip (promises.md F14).
MAX_COLUMNS = 200

#: A column's position by its letters.
POSITION = {letter(index): index for index in range(MAX_COLUMNS)}

#: Bytes that are read in one go.
_SIZE = 16_000_000

_ROW = re.compile(rb'<row r="([1-9][0-9]{0,8})"')


@dataclass(frozen=True)
class Piece:
    """Rows ``first`` to ``last`` of a sheet as XML. The head's columns mix titles and figures.

    ``words``: some cells have texts of their own beside the shared ones.
    """

    first: int
    last: int
    xml: memoryview
    head: bool = False
    words: bool = False

    @cached_property
    def text(self) -> pl.Series:
        """The piece as one text."""
        return text_of(self.xml)


def text_of(data: bytes | memoryview) -> pl.Series:
    """One text. Raises Polars' error where it is not UTF-8."""
    return pl.Series("x", [bytes(data)], dtype=pl.Binary).cast(pl.String)


def contains(data: bytes | memoryview, pattern: str) -> bool:
    """Does the pattern occur? One pass of RE2 over the bytes, which copies nothing and cannot be made slow."""
    return pc.match_substring_regex(_array(data), pattern)[0].as_py()


def occurrences(data: bytes | memoryview, text: str) -> int:
    """How often a text occurs."""
    return pc.count_substring(_array(data), text)[0].as_py()


def _array(data: bytes | memoryview) -> pa.Array:
    ends = pa.py_buffer(struct.pack("<qq", 0, len(data)))
    return pa.Array.from_buffers(pa.large_binary(), 1, [None, ends, pa.py_buffer(data)])


def cut(rows: memoryview, last: int, spans: Sequence[tuple[int, int]] = ()) -> Iterator[Piece]:
    """The head, and the rows below it in pieces of bounded size. ``last``: the sheet's last row.

    ``spans``: first and last rows below the head of what is to be read apart.
    """
    body = next((tag for tag in _ROW.finditer(rows) if int(tag[1]) > HEADER_ROWS), None)
    start = len(rows) if body is None else body.start()
    if start:
        yield Piece(1, last if body is None else HEADER_ROWS, rows[:start], head=True)
    if body is None:
        return
    spans = spans or [(int(body[1]), last)]
    offsets = [*(_offset(rows, start, first) for first, _ in spans), len(rows)]
    for (first, end), (left, right) in zip(spans, pairwise(offsets), strict=True):
        yield from _smaller(rows, (left, right), first, end)


def _offset(rows: memoryview, start: int, number: int) -> int:
    found = re.compile(rb'<row r="%d"' % number).search(rows, start)
    return len(rows) if found is None else found.start()


def _smaller(rows: memoryview, span: tuple[int, int], first: int, last: int) -> Iterator[Piece]:
    left, right = span
    count = 1 + (right - left) // _SIZE
    starts = [(left, first)]
    for n in range(1, count):
        tag = _ROW.search(rows, left + (right - left) * n // count, right)
        if tag is not None and tag.start() > starts[-1][0]:
            starts.append((tag.start(), int(tag[1])))
    for (start, begins), (end, follows) in pairwise([*starts, (right, last + 1)]):
        yield Piece(begins, follows - 1, rows[start:end])


def cells(piece: Piece, columns: Iterable[int] | None = None, *, formulas: bool = False) -> pl.DataFrame:
    """Start tags and values of a piece's cells as written, in these columns or (None) in all.

    ``row_no``; ``column``; ``style``; ``kind``, the type it declares, or null; ``value``, null where none is
    given; ``filled``: it has a value, or a text of its own. With ``formulas`` only cells that have one.
    """
    names = "[A-Z]+" if columns is None else "(?:" + "|".join(letter(index) for index in columns) + ")"
    formula = r"\s*(?:<f[^>]*/>|<f[^>]*>[^<]*</f\s*>)" + ("" if formulas else "?")
    cell = rf'<c r="{names}[0-9]+"[^>]*>{formula}\s*(?:<v(?:\s[^>]*)?>[^<]*|<is\b)?'
    found = piece.text.str.extract_all(cell).explode().drop_nulls().to_frame("x")
    x = pl.col("x").str
    return found.select(
        row_no=x.extract(r'^<c r="[A-Z]+([0-9]{1,9})').cast(pl.Int64),
        column=x.extract(r'^<c r="([A-Z]+)').replace_strict(POSITION, default=None, return_dtype=pl.Int64),
        style=x.extract(r'^[^>]*\ss="([0-9]{1,9})"').cast(pl.Int64).fill_null(0),
        kind=x.extract(r'^[^>]*\st="([A-Za-z]*)"'),
        value=x.extract(r"<v[^>]*>([^<]+)$"),
        filled=x.contains(r"<v[^>]*>[^<]+$|<is$"),
    ).drop_nulls("column")


def within(piece: Piece) -> bool:
    """Does every cell of the piece stand in its rows, by its own reference?"""
    rows = (
        piece.text.str.extract_all(r'<c r="[A-Z]+[0-9]{1,9}')
        .explode()
        .str.extract("([0-9]+)$")
        .cast(pl.Int64)
    )
    return bool(rows.is_between(piece.first, piece.last).all())


def columns_with(piece: Piece, attributes: str, names: str = "[A-Z]+") -> list[int]:
    """Those of the columns that have a cell with such attributes after its reference (patterns)."""
    cell = rf'<c r="(?:{names})[0-9]+"{attributes}>'
    if not piece.text.str.contains(cell)[0]:
        return []
    found = piece.text.str.extract_all(cell).explode().str.extract('r="([A-Z]+)').unique()
    return sorted(POSITION[name] for name in found if name in POSITION)


def shared_bytes(piece: Piece, lengths: pl.Series) -> int:
    """Bytes of the shared texts that the piece's cells name, each counted as often as it is named."""
    named = piece.text.str.extract_all(r'\st="s"[^>]*>\s*<v[^>]*>[0-9]{1,9}').explode()
    counts = (
        named.str.extract(r"([0-9]+)$").cast(pl.Int64).drop_nulls().value_counts(name="n").rename({"x": "at"})
    )
    sizes = lengths.cast(pl.Int64).rename("size").to_frame().with_row_index("at").cast(pl.Int64)
    return int(counts.join(sizes, on="at").select((pl.col("n") * pl.col("size")).sum()).item() or 0)
