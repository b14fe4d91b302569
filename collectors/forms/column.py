"""What a report form is made of, and matching a header row with one.

A header is matched after NFKC, without blanks, without a trailing unit in brackets, in Chinese, English or by
an alias. Refuses to guess a column from its values. The forms themselves are declared in the modules beside
this one.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property, lru_cache

from models.records import Record
from models.vocabulary import Kind, Role


class Cell(StrEnum):
    """How the text of a cell is to be understood (``collectors/cells.py``)."""

    TEXT = "text"
    CODE = "code"
    DATE = "date"
    MONTH = "month"
    PERCENT = "percent"
    MONEY = "money"
    CHOICE = "choice"
    FLAG = "flag"
    PLACE = "place"
    PARTNERS = "partners"
    PROVINCE = "province"
    CREDIT_CODE = "credit_code"
    INDUSTRY = "industry"
    COUNT = "count"
    YEAR = "year"
    SCORE = "score"


#: Kinds of cell whose content is words; everything else refuses "n/a" and the like.
WORDY = (Cell.TEXT, Cell.CODE)


@dataclass(frozen=True, eq=False)
class Column:
    """A column of a form. ``required`` asks for the column and for a value in each of its cells.

    ``stored`` is the name of the stored figure where it differs. ``shown_only``: a template shows it beside
    another column for comparison; what comes back in it is passed over. Known by identity: what is built for a column (``collectors/quick.py``) is found again without comparing.
    """

    name: str
    zh: str
    en: str
    cell: Cell = Cell.TEXT
    required: bool = False
    choices: type[StrEnum] | None = None
    aliases: tuple[str, ...] = ()
    max_length: int = 500
    past: bool = False  # a day that has happened: not after today
    stored: str = ""
    shown_only: bool = False

    @property
    def stored_as(self) -> str:
        return self.stored or self.name

    @property
    def unit_zh(self) -> str:
        return {Cell.MONEY: "（万元）", Cell.PERCENT: "（%）", Cell.SCORE: "（分）"}.get(self.cell, "")

    @property
    def unit_en(self) -> str:
        return {Cell.MONEY: " (10k yuan)", Cell.PERCENT: " (%)", Cell.SCORE: " (points)"}.get(self.cell, "")


def money(name: str, zh: str, en: str, *aliases: str, required: bool = False) -> Column:
    """A column of amounts in 万元."""
    return Column(name, zh, en, Cell.MONEY, required=required, aliases=aliases)


#: Who hands in what a city reports, and what its province or the ministry registers.
CITIES = frozenset({Role.CITY, Role.OPERATOR})
SUPERVISORS = frozenset({Role.PROVINCE, Role.MINISTRY, Role.OPERATOR})


@dataclass(frozen=True)
class Form:
    """A report form. ``key`` names the columns that may occur together only once in a file.

    ``table`` is where a record form's rows go (``models/records.py``). ``restates``: a row that differs from
    the stored one of the same key corrects a past figure, which needs a reason. ``by``: the roles that hand
    it in. ``of_kind``: only projects of this kind have such rows. ``telling``: the column that only this form
    has; it decides where several fit a header equally well. ``source``: where the form's need is said.
    ``known_as``: (column, header) pairs of a source that calls them so; where given, only these are looked for.
    """

    name: str
    version: str
    zh: str
    en: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    telling: str = ""
    table: type[Record] | None = None
    restates: bool = False
    by: frozenset[Role] = CITIES
    of_kind: Kind | None = None
    source: str = ""
    known_as: tuple[tuple[str, str], ...] = ()

    @cached_property
    def lookup(self) -> dict[str, str]:
        """Matched header text → column name."""
        if self.known_as:
            return {header_key(text)[0]: name for name, text in self.known_as if name in self.by_name}
        return {
            header_key(text)[0]: column.name
            for column in self.columns
            for text in (column.zh, column.en, column.name, *column.aliases)
        }

    @cached_property
    def by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}

    @cached_property
    def by_stored(self) -> dict[str, Column]:
        """Stored figure → its column."""
        return {column.stored_as: column for column in self.columns}

    @cached_property
    def renamed(self) -> dict[str, str]:
        """Column → stored figure, where the names differ."""
        return {column.name: column.stored for column in self.columns if column.stored}


_UNIT = re.compile(r"\((万元|元|亿元|千元|百万元|%|分|10kyuan|yuan|100myuan|wanyuan|rmb|points)\)$")
_RIGHT_UNITS = {Cell.MONEY: {"", "万元", "10kyuan", "wanyuan"}, Cell.PERCENT: {"", "%"}}


@lru_cache(maxsize=4096)
def header_key(text: str) -> tuple[str, str]:
    """A header as it is matched, and the unit it names in brackets ("" where it names none)."""
    plain = "".join(unicodedata.normalize("NFKC", text).split()).casefold().strip("*＊:﻿\u200b")
    unit = _UNIT.search(plain)
    return (plain[: unit.start()], unit.group(1)) if unit else (plain, "")


@dataclass(frozen=True)
class Match:
    """How a header row fits a layout: column name → position, and what did not fit."""

    columns: dict[str, int]
    extra: tuple[int, ...] = ()  # positions with a header nobody asked for
    doubled: dict[str, tuple[int, ...]] = field(default_factory=dict)
    wrong_unit: dict[str, str] = field(default_factory=dict)


def match(header: Sequence[str], form: Form) -> Match:
    """Fit a header row to a form."""
    positions: dict[str, list[int]] = {}
    extra, wrong = [], {}
    for index, text in enumerate(header):
        key, unit = header_key(text)
        name = form.lookup.get(key)
        if name is None:
            extra += [index] if key else []
            continue
        positions.setdefault(name, []).append(index)
        if unit not in _RIGHT_UNITS.get(form.by_name[name].cell, {unit}):
            wrong[name] = unit
    doubled = {name: tuple(at) for name, at in positions.items() if len(at) > 1}
    return Match({name: at[0] for name, at in positions.items()}, tuple(extra), doubled, wrong)


def fit(header: Sequence[str], form: Form) -> float:
    """How well a header row fits a form: recognised columns, and one more for the telling one."""
    found = match(header, form).columns
    return len(found) + (form.telling in found)
