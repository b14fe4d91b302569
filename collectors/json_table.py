"""JSON bytes → a header and text columns, strictly: what Python's reader would bend or guess is refused by name.

A list of objects, an object with a path to such a list, or one object a line. Numbers keep exactly the
digits that were written. Nested objects become columns with dotted names. ``row_no`` is the record's
position plus 1, so that record 1 is row 2, as below a header. Refuses by raising ``Refused``; where a text
is wrong is said by ``collectors/json_faults.py``.
"""

import codecs
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from collectors import json_faults
from collectors.failure import both
from collectors.json_faults import DEPTH, DIGITS, Fault
from collectors.problems import Refused, refuse
from models.words import mark

#: Different fields that all records together may have.
MOST_FIELDS = 500

#: Where records are looked for in an object without a declared path: the first that holds a list.
ENVELOPES = tuple(
    prefix + name
    for prefix in ("", "data.", "result.")
    for name in ("records", "rows", "items", "list", "data")
)

_BOM = "\ufeff"
_AROUND = 12


class Number(str):
    """The digits of a JSON number, as written."""

    __slots__ = ()


class _Bad(ValueError):
    """Python's reader met something it would have bent."""


@dataclass(frozen=True)
class Table:
    """Records as columns. ``kinds``: for each column what its values are (text, number, flag, list, object).

    ``everywhere``: the columns that every record has.
    """

    header: tuple[str, ...]
    cells: pl.DataFrame
    kinds: dict[str, frozenset[str]]
    everywhere: frozenset[str]

    def only(self, names: Sequence[str]) -> "Table":
        """The table with these columns, as far as it has them."""
        kept = [i for i, name in enumerate(self.header) if name in set(names)]
        cells = self.cells.select(pl.col(str(i)).alias(str(n)) for n, i in enumerate(kept))
        header = tuple(self.header[i] for i in kept)
        return Table(header, cells, self.kinds, self.everywhere)


# --- text → document ---------------------------------------------------------------------------------------


def document(content: bytes, *, lines: bool = False) -> Any:
    """The document in UTF-8 bytes; with ``lines``, the list of the documents on its lines. Raises Refused.

    Numbers are ``Number``, names of an object are unique.
    """
    text = _text(content)
    try:
        return list(_lines(text)) if lines else _decoded(text)
    except (ValueError, RecursionError):
        pass
    fault = json_faults.first_fault(text)
    if fault is not None and fault.what == json_faults.TRAILING and _is_lines(text, fault.at):
        return document(content, lines=True)
    raise refusal(text, fault or Fault(json_faults.UNREADABLE, 0))


def _text(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise refuse("H-ENC", line=1, position=1, what=both(mark("it is UTF-16")))
    try:
        return content.decode("utf-8").removeprefix(_BOM)
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8", errors="replace").removeprefix(_BOM)
        line, position = _place(before, len(before))
        what = mark("it reads as GB18030") if _reads_as_gb(content) else mark("the bytes are no text")
        raise refuse("H-ENC", line=line, position=position, what=both(what)) from None


def _reads_as_gb(content: bytes) -> bool:
    try:
        content.decode("gb18030")
    except UnicodeDecodeError:
        return False
    return True


def _decoded(text: str) -> Any:
    """The document of a text, by Python's reader. Raises ValueError for what it would have bent.

    Half a character is what Python reads and nobody can write: written out again, it fails.
    """
    found = _DECODER.decode(text)
    if json_faults.is_suspect(text):
        json.dumps(found, ensure_ascii=False).encode("utf-8")
    return found


def _integer(digits: str) -> Number:
    if len(digits) > DIGITS:
        raise _Bad
    return Number(digits)


def _decimal(digits: str) -> Number:
    if len(digits) > DIGITS or json_faults.is_too_large(digits):
        raise _Bad
    return Number(digits)


def _constant(_: str) -> None:
    raise _Bad


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Bad
    return found


_DECODER = json.JSONDecoder(
    parse_int=_integer, parse_float=_decimal, parse_constant=_constant, object_pairs_hook=_unique
)


def _is_lines(text: str, at: int) -> bool:
    """Is what follows the first document another one on the next line?"""
    return text[at] in "{[" and "\n" in text[len(text[:at].rstrip()) : at]


def _lines(text: str) -> Iterator[Any]:
    """The document of each line that is not blank. Raises Refused with the line of the file."""
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            yield _decoded(line)
        except (ValueError, RecursionError):
            fault = json_faults.first_fault(line) or Fault(json_faults.UNREADABLE, 0)
            raise refusal(line, fault, line=number) from None


def refusal(text: str, fault: Fault, *, line: int | None = None) -> Refused:
    """A fault of a text as people are told it: line and character from 1, and what stands there."""
    at_line, position = _place(text, fault.at)
    found = text[max(0, fault.at - _AROUND) : fault.at + _AROUND]
    return refuse("H-JSON", line=line or at_line, position=position, what=both(fault.what), found=found)


def _place(text: str, at: int) -> tuple[int, int]:
    return text.count("\n", 0, at) + 1, at - (text.rfind("\n", 0, at) + 1) + 1


# --- document → records ------------------------------------------------------------------------------------


def value_at(found: Any, path: str) -> Any:
    """What stands at a path of names joined by dots; ``*`` takes each element of a list. None where nothing."""
    for number, name in enumerate(parts := path.split(".") if path else []):
        if name == "*" and isinstance(found, list):
            rest = ".".join(parts[number + 1 :])
            inner = [value_at(one, rest) for one in found]
            if not all(isinstance(one, list) for one in inner):
                return None
            return [record for one in inner for record in one]
        found = found.get(name) if isinstance(found, dict) else None
    return found


def records_of(found: Any, path: str | None) -> list[dict[str, Any]]:
    """The records of a document. Raises Refused where there is no list of objects."""
    rows = found if path is None and isinstance(found, list) else _enclosed(found, path)
    if not isinstance(rows, list):
        where = path or ", ".join(ENVELOPES[:5])
        raise refuse("H-SCHEMA", what=both(mark("there is no list of records at {path}"), path=where))
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict):
            raise refuse("H-SCHEMA", what=both(mark("record {number} is no object"), number=number))
    return rows


def _enclosed(found: Any, path: str | None) -> Any:
    if path is not None:
        return value_at(found, path)
    held = (value_at(found, name) for name in ENVELOPES)
    return next((rows for rows in held if isinstance(rows, list)), None)


# --- records → table ---------------------------------------------------------------------------------------


def table(records: Sequence[dict[str, Any]]) -> Table:
    """Records as columns, in the order in which fields first appear. Raises Refused for too many of them."""
    columns = dict(_columns(records, "", 1))
    header = tuple(columns)
    if len(header) > MOST_FIELDS:
        raise refuse(
            "H-SCHEMA", what=both(mark("there are more than {limit} different fields"), limit=MOST_FIELDS)
        )
    cells = {str(i): pl.Series(_texts(columns[name]), dtype=pl.String) for i, name in enumerate(header)}
    kinds = {
        name: frozenset(_KINDS.get(t, "text") for t in set(map(type, columns[name]))) - {""}
        for name in header
    }
    everywhere = frozenset(name for name in header if _ABSENT not in columns[name])
    return Table(header, pl.DataFrame(cells), kinds, everywhere)


class _Absent:
    """What a record has where it lacks a field."""


_ABSENT = _Absent()
_KINDS = {
    str: "text", Number: "number", bool: "flag", list: "list", dict: "object", type(None): "", _Absent: ""
}  # fmt: skip


def _columns(records: Sequence[Any], prefix: str, depth: int) -> Iterator[tuple[str, list[Any]]]:
    """Each field with its value in every record; objects within are taken apart."""
    if depth > DEPTH:
        raise refuse("H-SCHEMA", what=both(json_faults.TOO_DEEP))
    names = dict.fromkeys(name for record in dict.fromkeys(map(tuple, records)) for name in record)
    if len(names) > MOST_FIELDS:
        raise refuse(
            "H-SCHEMA", what=both(mark("there are more than {limit} different fields"), limit=MOST_FIELDS)
        )
    for name in names:
        values = [record.get(name, _ABSENT) for record in records]
        inner = [value if isinstance(value, dict) else {} for value in values]
        if not any(inner):
            yield prefix + name, values
            continue
        plain = [_ABSENT if isinstance(value, dict) else value for value in values]
        if any(value is not _ABSENT and value is not None for value in plain):
            yield prefix + name, plain
        yield from _columns(inner, f"{prefix}{name}.", depth + 1)


def _texts(values: list[Any]) -> list[str]:
    """Values as a cell shows them: nothing for null, true and false in words, a list's scalars by semicolons."""
    if all(type(value) is str for value in values):
        return values
    return [value if isinstance(value, str) else _text_of(value) for value in values]


def _text_of(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ";".join(one if isinstance(one, str) else _text_of(one) for one in value)
    return "" if value is None or value is _ABSENT else "{}"
