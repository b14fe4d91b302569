"""A bulletin as plain frozen values: what the page, the document, the PDF and the workbook all show.

Every text is in its language already and every figure rounded already, so that no renderer decides anything.
A renderer knows sections, tables and cells, and nothing of what they are about.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True)
class Cell:
    """What is shown, and the value behind it, as rounded for the text.

    ``format``: a number's, as spreadsheets write it ("#,##0.0"); empty for a text.
    """

    text: str
    value: Decimal | int | str
    format: str = ""


@dataclass(frozen=True)
class Column:
    """``width``: relative to the other columns of its table. ``number``: set to the right."""

    label: str
    width: float = 2
    number: bool = False


@dataclass(frozen=True)
class Table:
    """``unit`` stands above it, ``more`` below: how many rows were left out. ``total``: the last row is a sum."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    unit: str = ""
    more: str = ""
    total: bool = False


@dataclass(frozen=True)
class Section:
    """A heading with its number in it, sentences, and at most one table. ``sheet`` names its workbook sheet."""

    title: str
    sheet: str
    sentences: tuple[str, ...] = ()
    table: Table | None = None


@dataclass(frozen=True)
class Bulletin:
    """The whole. ``known`` says as known when and by which policy; ``notice`` is empty or a warning at the top.

    ``figures``: the key figures of a mail, label and text. ``annexes``: what only the workbook holds.
    ``known_at`` dates the files, aware UTC.
    """

    language: str
    title: str
    issue: str
    dated: str
    known: str
    notice: str
    sections: tuple[Section, ...]
    figures: tuple[tuple[str, str], ...]
    annexes: tuple[Section, ...]
    cover: str
    file_stem: str
    producer: str
    known_at: datetime
