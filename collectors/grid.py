"""A sheet's XML, looked over as one text before a library makes a dense table of it.

One pass tells whether it is written as Excel writes a plain table of numbers and shared texts; only where it
is not, more is looked for: formulas, hidden rows, other ways of writing. What would make a table of unbounded
size (a cell far away, rows far apart) is refused. A pattern for something new goes into ``_plain`` and into
``laid_out``.
"""

import re
from dataclasses import dataclass, replace
from itertools import pairwise

import polars as pl
from openpyxl.utils.datetime import from_ISO8601
from polars.series.string import StringNameSpace

from collectors.pieces import MAX_COLUMNS, POSITION, Piece, contains, cut, occurrences, text_of, within
from collectors.problems import Refused, letter, refuse
from collectors.structure import HEADER_ROWS
from collectors.unusual import plain, unwrapped

#: Cells of the dense tables that a sheet becomes: so many, or so many for each cell that is filled.
_DENSE, _DENSE_PER_CELL = 4_000_000, 8

#: Empty rows above which the rows after them are read apart; and how often that may be.
_GAP, _PARTS = 1_000, 20

#: Rows up to which a plain table needs no more than one look.
_PLAIN_ROWS = 100_000

#: Empty rows between others that a sheet may have beside as many rows as are taken.
_SLACK = 1_000

#: Cells up to which a sheet is rewritten cell by cell, at most two seconds.
_REWRITTEN = 600_000

#: Bytes in which the last cell is looked for before it is looked for in all.
_TAIL = 100_000

_FIRST, _LAST = letter(MAX_COLUMNS - 1)
_FAR = rf"[A-Z]{{3}}|[{chr(ord(_FIRST) + 1)}-Z][A-Z]|{_FIRST}[{chr(ord(_LAST) + 1)}-Z]"

_DATA = re.compile(rb"<((?:[A-Za-z_][\w.-]*:)?)sheetData\b[^>]*?(/?)>")
_WHOLE = re.compile(rb"</(?:[A-Za-z_][\w.-]*:)?worksheet\s*>\s*(?:<!--.*?-->\s*)*\Z", re.DOTALL)
_ROW_END = re.compile(rb"</(?:[A-Za-z_][\w.-]*:)?row\s*>")
_CELL = re.compile(rb'<c r="[A-Z]+([1-9][0-9]{0,8})"')
_COLUMN = re.compile(rb"<(?:\w+:)?col\s([^<>]*)>")
_COLUMN_SAYS = re.compile(rb"\b(min|max|hidden)\s*=\s*[\"']([0-9]{1,9}|true)[\"']")
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*?\bref\s*=\s*[\"']([A-Za-z0-9$]+(?::[A-Za-z0-9$]+)?)[\"']")

#: A truth value up to its number, with the formula that it may come from.
_TRUTH = r'(<c r="[A-Z0-9]+"[^>]*\st=")b("[^>]*>\s*(?:<f[^>]*/>|<f[^>]*>[^<]*</f\s*>)?\s*<v[^>]*>)\s*{}\s*<'
_MOMENT = re.compile(r'(<c r="[A-Z0-9]+"[^>]*\st=")d("[^>]*>\s*<v>)([^<]*)')

#: What ends a cell with something in it, in any prefix; the commonest first.
_CONTENT = (b"</v", b"</is", b"</f", b"<f ", b"<f/", b":v", b":is", b":f")

#: What is not written as Excel writes it: of tags, before a cell's reference, the reference, and after it.
#: ``_AFTER`` is the complement of ``( name="value")* ?/?>`` with no second ``r`` and no bare text behind it,
#: told by its first deviation: a reader takes the last of several references, and ends a tag elsewhere than a
#: pattern that is less strict.
_TAG = r"[!?]|/[^>]*sheetData|[^\s<>/=\"']+:"
_BEFORE = r"[^a-zA-Z ]| [^r]| r[^=]| r=[^\"]"
_SHAPE = r"[^A-Z]|[A-Z]{4}|[A-Z]+[^A-Z1-9]|[A-Z]+[1-9][0-9]*[^0-9\"]"
_NAME = r"[A-Za-z][\w.:\-]*"
_VALUE = r"[^\w.:=\-]|=(?:[^\"]|\"[^\"<>]*[<>])"
_AFTER = (
    rf"(?: {_NAME}=\"[^\"<>]*\")*(?:[^ />]|/[^>]| ?>\s*[^\s<]| (?:[^A-Za-z/>]|/[^>]|r=|{_NAME}(?:{_VALUE})))"
)
_ODD = rf"<(?:{_TAG}|(?:c|row)(?:{_BEFORE})|c r=\"(?:{_SHAPE}|[A-Z0-9]+\"(?:{_AFTER})))"

#: What follows the tag of a cell unless it is empty: ``/>`` or ``></c>``.
_HOLDS = r"(?:[^>]*[^/>])?>(?:[^<]|<[^/]|</[^c]|</c[^>])"

_FORMULA, _TYPED = r"<f[ >/]", r"<c [^>]*\st=\"[bed]\""
_WORDS = r"<c [^>]*\st=\"(?:str|inlineStr)\""


@dataclass(frozen=True)
class Grid:
    """A sheet in pieces. ``hidden``: row numbers; ``merged``: ``ref`` and ``last``, its last row.

    ``folded``: positions of hidden columns.
    """

    pieces: tuple[Piece, ...]
    hidden: pl.Series
    merged: pl.DataFrame
    folded: frozenset[int]
    formulas: bool = False


def laid_out(xml: bytes, max_rows: int | None = None) -> Grid | None:
    """Look a sheet over. None where no cell has anything in it. Raises Refused.

    ``max_rows``: data rows that are taken; twice as many are not even read.
    """
    head, rows, rest = _data(xml)
    if not rows:
        return None
    last = _last(rows)
    if max_rows is not None and occurrences(rows, "<row") > 2 * max_rows + _SLACK:
        raise too_long(max_rows)
    if 0 < last < _PLAIN_ROWS and not contains(rows, _notable(last)):
        return Grid(tuple(cut(rows, last)), pl.Series("row_no", [], pl.Int64), _merged(rest), _folded(head))
    if contains(rows, _ODD):
        rows, rest = _usual(xml)
    (last, spans), hidden = _checked(rows), _hidden(rows)
    if contains(rows, _TYPED):
        rows = memoryview(_in_words(rows))
    words = contains(rows, _WORDS)
    pieces = tuple(replace(piece, words=words) for piece in cut(rows, last, spans))
    if spans and not all(within(piece) for piece in pieces):
        raise refuse("E-F18")
    return Grid(pieces, hidden, _merged(rest), _folded(head), contains(rows, _FORMULA))


def _usual(xml: bytes) -> tuple[memoryview, memoryview]:
    """Rows and rest of a sheet that is written in another way than Excel's."""
    xml = unwrapped(xml)
    _, rows, rest = _data(xml)
    if contains(rows, _ODD):
        if occurrences(rows, "<c") > _REWRITTEN:
            raise refuse("E-F35")
        _, rows, rest = _data(plain(xml))
    if contains(rows, _ODD):
        raise refuse("E-F18")
    return rows, rest


def too_long(max_rows: int) -> Refused:
    """More data rows than are taken."""
    return refuse("E-F04", rows=f">{max_rows}", limit=max_rows)


def _data(xml: bytes) -> tuple[memoryview, memoryview, memoryview]:
    """What precedes the rows, those up to the last one that holds anything, and what follows. Formatted rows go."""
    view, start = memoryview(xml), _DATA.search(xml)
    if start is None or _WHOLE.search(xml, max(len(xml) - 1_000, 0)) is None:
        raise refuse("E-F18")
    head = view[: start.start()]
    if start[2]:
        return head, view[:0], view[start.end() :]
    end = xml.rfind(b"</%ssheetData" % start[1])
    if end < start.end():
        raise refuse("E-F18")
    last = start.end()
    for mark in _CONTENT:
        last = max(last, xml.rfind(mark, last, end))
    if last == start.end():
        return head, view[:0], view[end:]
    close = _ROW_END.search(xml, last, end)
    if close is None:
        raise refuse("E-F18")
    return head, view[start.end() : close.end()], view[end:]


def _last(rows: memoryview) -> int:
    """The row of the last cell; 0 where there is none, or none that says where it is."""
    for size in (_TAIL, len(rows)):
        tail = bytes(rows[-size:])
        at = tail.rfind(b'<c r="')
        if at >= 0:
            found = _CELL.match(tail, at)
            return int(found[1]) if found else 0
    return 0


def _notable(last: int) -> str:
    """A pattern for all that a plain table does not have.

    In one, all cells stand in columns A to Z, in rows with no more digits than the last, and hold numbers or
    shared texts.
    """
    other = r"\st=\"(?:[^ns]|[ns][^\"])"
    far = rf"[A-Z](?:[A-Z]|[0-9]{{{len(str(last)) + 1}}})"
    cell = rf"{_SHAPE}|{far}|[A-Z0-9]+\"(?:{_AFTER}|[^>]*{other})"
    return rf"<(?:f|{_TAG}|(?:c|row)(?:{_BEFORE})|row[^>]*\shidden=|c r=\"(?:{cell}))"


def _checked(rows: memoryview) -> tuple[int, list[tuple[int, int]]]:
    """No cell beyond the columns or the rows, and no more empty cells between cells than can be held.

    A reader places a cell where its own reference says, whatever row it stands in. Gives the last row, and
    the spans of rows that are to be read apart, where there must be any.
    """
    text = text_of(rows).str
    numbers = text.extract_all(r'<row r="[0-9]{1,9}').explode().str.slice(8).cast(pl.Int64).drop_nulls()
    if numbers.is_empty():
        raise refuse("E-F18")
    bottom = int(numbers.max())
    found = text.extract(rf'<c r="((?:{_FAR})[0-9]+|[A-Z]+(?:{_beyond(bottom)}))"{_HOLDS}')[0]
    if found is not None:
        raise _outside(found)
    allowed = max(_DENSE, _DENSE_PER_CELL * text.count_matches(r"<v|<is")[0])
    if bottom * (MAX_COLUMNS if text.contains('<c r="[A-Z]{2}')[0] else 26) <= allowed:
        return bottom, []
    spans = _spans(numbers)
    if len(spans) > _PARTS:
        raise _outside(f"A{spans[_PARTS][0]}")
    widest = _widest(text)
    width = POSITION.get(widest.rstrip("0123456789"), MAX_COLUMNS - 1) + 1
    if sum(end - first + 1 for first, end in spans) * width > allowed:
        raise _outside(widest)
    return bottom, spans


def _outside(reference: str) -> Refused:
    return refuse("E-F14", found=reference, limit=MAX_COLUMNS)


def _beyond(number: int) -> str:
    """A pattern for the whole numbers above this one."""
    digits = str(number)
    parts = [rf"[1-9][0-9]{{{len(digits)},}}"]
    for at, digit in enumerate(digits):
        if digit != "9":
            parts.append(rf"{digits[:at]}[{int(digit) + 1}-9][0-9]{{{len(digits) - at - 1}}}")
    return "|".join(parts)


def _widest(text: StringNameSpace) -> str:
    """The first cell of the column farthest to the right."""
    names = text.extract_all(r'<c r="[A-Z]+').explode().str.slice(6).unique().to_list()
    farthest = max(names, key=lambda name: (len(name), name))
    return text.extract(rf'<c r="({farthest}[0-9]+)"')[0]


def _spans(numbers: pl.Series) -> list[tuple[int, int]]:
    """First and last rows of what is read in one go below the head: cut where rows are far apart."""
    body = numbers.filter(numbers > HEADER_ROWS)
    if not (body.diff().drop_nulls() > 0).all():
        raise refuse("E-F18")
    cuts = (body.diff() > _GAP).fill_null(False).arg_true().to_list()
    edges = pairwise([0, *cuts, len(body)]) if len(body) else ()
    return [(int(body[start]), int(body[end - 1])) for start, end in edges]


def _hidden(rows: memoryview) -> pl.Series:
    tags = text_of(rows).str.extract_all(r'<row r="[0-9]{1,9}"[^>]*\shidden="(?:1|true)"').explode()
    return tags.str.extract(r'r="([0-9]+)"').cast(pl.Int64).drop_nulls().alias("row_no")


def _folded(head: memoryview) -> frozenset[int]:
    """Positions of the columns that a sheet hides, of those that are read."""
    found = (_COLUMN_SAYS.findall(told) for told in _COLUMN.findall(head))
    said = ({name: value for name, value in pairs} for pairs in found)
    return frozenset(
        position
        for of in said
        if of.get(b"hidden") in (b"1", b"true") and all(of.get(n, b"").isdigit() for n in (b"min", b"max"))
        for position in range(int(of[b"min"]) - 1, min(int(of[b"max"]), MAX_COLUMNS))
    )


def _in_words(rows: memoryview) -> bytes:
    """Truth values, errors and days in words as texts that say what a person sees."""
    text = text_of(rows)
    for number, seen in (("1", "TRUE"), ("0", "FALSE")):
        text = text.str.replace_all(_TRUTH.format(number), f"${{1}}str${{2}}{seen}<")
    text = text.str.replace_all(r'(<c r="[A-Z0-9]+"[^>]*\st=")[be]"', '${1}str"')[0]
    return _MOMENT.sub(lambda m: f"{m[1]}str{m[2]}{_day(m[3])}", text).encode()


def _day(told: str) -> str:
    return str(from_ISO8601(told)).removesuffix(" 00:00:00") if told else ""


def _merged(rest: memoryview) -> pl.DataFrame:
    refs = [ref.decode().replace("$", "").upper() for ref in _MERGED.findall(rest)]
    frame = pl.DataFrame({"ref": pl.Series(refs, dtype=pl.String)})
    return frame.with_columns(last=pl.col("ref").str.extract(r"([0-9]{1,9})$").cast(pl.Int64))
