"""What a workbook's parts say beside its cells: its sheets, its epoch, its number formats, its texts.

Everything here comes from parts that ``collectors/archive.py`` has looked over. Refuses parts of a size no
program writes, and texts that would grow beyond all bounds once every cell that names them holds them.
"""

import posixpath
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from xml.etree.ElementTree import Element, ParseError

import polars as pl
from defusedxml.ElementTree import fromstring
from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format, is_timedelta_format

from collectors.cells import EPOCH_1900
from collectors.pieces import contains, text_of
from collectors.problems import refuse

EPOCH_1904 = date(1904, 1, 1)

#: Bytes of a part that is read as a whole; all 64,000 styles a workbook may have take 8 MB.
_LARGEST_PART = 12_000_000

#: Days in the number formats that East Asian Excel has built in; no library knows them.
_EAST_ASIAN_DAYS = {*range(27, 32), 36, *range(50, 59)}

#: Kinds of sheet that hold no table, and where parts are that no relation leads to.
_NO_CELLS = ("chartsheet", "dialogsheet", "xlMacrosheet", "xlIntlMacrosheet")
_USUAL = {"styles": "xl/styles.xml", "sharedStrings": "xl/sharedStrings.xml"}

_LITERALS = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.')
_NAMES = re.compile(rb"<((?:\w+:)?)definedNames\b.*</\1definedNames>", re.DOTALL)
_NOTHING = (
    r">\s*(?:#N/?A|#N/A N/A|-?1\.#(?:IND|QNAN)|-?[Nn]a[Nn]|(?:&lt;)?N/?A(?:&gt;)?|n/a|NULL|null|None)\s*<|<r>"
)
_STRINGS = re.compile(rb"<((?:\w+:)?)sst\b[^>]*>")


@dataclass(frozen=True)
class Style:
    """What a number format says beside the number: a day, a percentage, a unit, a time that elapsed.

    ``unit`` also says by what a format divides the number it shows. ``width``: digits filled up with zeros.
    """

    day: bool = False
    percent: bool = False
    unit: str = ""
    elapsed: bool = False
    width: int = 0

    @property
    def telling(self) -> bool:
        """Must a number in this style be looked at one by one?"""
        return self.percent or self.elapsed or self.unit != "" or self.width > 0


@dataclass(frozen=True)
class Worksheet:
    """A sheet as the workbook lists it, with its XML."""

    name: str
    visible: bool
    xml: bytes


@dataclass(frozen=True)
class Package:
    """A workbook without its cells. ``strings`` is the part of the shared texts, made safe to read."""

    epoch: date
    sheets: tuple[Worksheet, ...]
    styles: tuple[Style, ...]
    strings: bytes

    @property
    def without_days(self) -> "Package":
        """The same, with all numbers as numbers."""
        return replace(self, styles=tuple(replace(style, day=False) for style in self.styles))

    @cached_property
    def lengths(self) -> pl.Series:
        """Bytes of each shared text, with its markup."""
        return text_of(self.strings).str.split("</si>").explode().str.len_bytes()

    @cached_property
    def says_nothing(self) -> bool:
        """Is one of the shared texts a word that libraries take for an empty cell?"""
        return contains(self.strings, _NOTHING)


def opened(parts: dict[str, bytes]) -> Package:
    """Read the parts. Raises Refused, and whatever the XML parser raises for broken XML."""
    workbook = _tree(_NAMES.sub(b"", parts["xl/workbook.xml"]), "xl/workbook.xml")
    targets = _targets(parts.get("xl/_rels/workbook.xml.rels", b""))
    named = {kind: path for kind, path in targets.values() if kind in _USUAL}
    if not parts.keys() >= set(named.values()):
        raise ParseError(f"one of these is not there: {named}")
    paths = _USUAL | named
    properties = workbook.find("{*}workbookPr")
    counted = properties is not None and properties.get("date1904") in ("1", "true")
    return Package(
        EPOCH_1904 if counted else EPOCH_1900,
        tuple(_worksheets(workbook, targets, parts)),
        tuple(_styles(parts.get(paths["styles"]))),
        _strings(parts.get(paths["sharedStrings"], b"<sst/>")),
    )


def _tree(data: bytes, name: str) -> Element:
    if len(data) > _LARGEST_PART:
        raise refuse("E-F17", found=f"{name}, {len(data) / 1e6:.0f} MB")
    return fromstring(data)


def _targets(data: bytes) -> dict[str, tuple[str, str]]:
    """Relation → its kind and the part it leads to."""
    found = {}
    for relation in _tree(data, "xl/_rels/workbook.xml.rels").iterfind("{*}Relationship"):
        target = relation.get("Target", "")
        path = target.lstrip("/") if target.startswith("/") else posixpath.join("xl", target)
        kind = relation.get("Type", "").rsplit("/", 1)[-1]
        found[relation.get("Id", "")] = (kind, posixpath.normpath(path))
    return found


def _worksheets(
    workbook: Element, targets: dict[str, tuple[str, str]], parts: dict[str, bytes]
) -> Iterable[Worksheet]:
    seen: set[str] = set()
    for sheet in workbook.iterfind("{*}sheets/{*}sheet"):
        relation = next((value for key, value in sheet.items() if key.endswith("}id")), "")
        kind, path = targets.get(relation, ("", ""))
        if kind in _NO_CELLS:
            continue
        if kind != "worksheet" or path not in parts:
            raise ParseError(f"a sheet is not there: {kind} {path}")
        if path in seen:  # one part, read as often as it is named
            raise refuse("E-F17", found=path)
        seen.add(path)
        yield Worksheet(sheet.get("name", ""), sheet.get("state", "visible") == "visible", parts[path])


def _styles(data: bytes | None) -> Iterable[Style]:
    """The number format of every cell style, in the order cells name them."""
    if data is None:
        return
    table = _tree(data, "xl/styles.xml")
    formats = table.iterfind("{*}numFmts/{*}numFmt")
    codes = {int(told.get("numFmtId", 0)): told.get("formatCode", "") for told in formats}
    known: dict[int, Style] = {}
    for style in table.iterfind("{*}cellXfs/{*}xf"):
        number = int(style.get("numFmtId", 0))
        if number not in known:
            known[number] = style_of(number, codes.get(number) or BUILTIN_FORMATS.get(number, "General"))
        yield known[number]


def style_of(number: int, code: str) -> Style:
    """What a number format says, by its number and its code."""
    shown = "".join(re.findall(r'"([^"]*)"', code)) + _LITERALS.sub("", code)
    bare = _LITERALS.sub("", code.split(";")[0])
    unit = re.search(r"[百千]?[万亿]?元|[万亿]", shown)
    scaled = re.search(r"[0#](,+)(?:[^0#?,]|$)|0!\.", bare)
    by = f" ÷ {1000 ** len(scaled[1]) if scaled[1] else 10_000}" if scaled else ""
    day = number in _EAST_ASIAN_DAYS or is_date_format(code)
    told = (unit.group() if unit else "") + ("" if day else by)
    width = len(bare) if re.fullmatch("0{2,}", bare) else 0
    return Style(day, "%" in bare, told, day and is_timedelta_format(code), width)


def _strings(data: bytes) -> bytes:
    """The part of the shared texts; how many it claims to have is left out, because readers believe it."""
    start = _STRINGS.search(data)
    if start is None:
        raise ParseError("no shared texts")
    closing = b"" if start[0].endswith(b"/>") else data[start.end() :]
    return b"<%bsst>" % start[1] + closing if closing else b"<sst></sst>"
