"""Figures of a bulletin as cells: rounded once, half up, so that text, page, files and workbook agree.

Sums are exact whatever the order of the rows (``math.fsum``), or the same call could end in another last digit.
"""

import math
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

import polars as pl
from babel.numbers import NumberPattern, parse_pattern

from alerts.bulletin.shape import Cell
from models import money
from models.measures import FULL_BP
from models.words import Words

NOTHING = Cell("—", "—")
_SIGNED = "+#,##0;-#,##0;0"
_SIGNED_TENTH = "+#,##0.0;-#,##0.0;0.0"


def text(value: object) -> Cell:
    """A text; an em dash for None or nothing."""
    return Cell(str(value), str(value)) if value not in (None, "") else NOTHING


def count(number: int, t: Words) -> Cell:
    return _number(Decimal(number), 0, t)


def change(number: int, t: Words) -> Cell:
    """A difference of counts, with its sign."""
    shown = f"{'+' if number > 0 else ''}{_written(number, '#,##0', t)}"
    return Cell(shown, number, _SIGNED)


def share(basis_points: float | None, t: Words, digits: int = 1) -> Cell:
    """Basis points as a number of per cent, without the sign: the column's head has it."""
    return NOTHING if basis_points is None else _number(Decimal(basis_points) / 100, digits, t)


def points(left: Cell, right: Cell, t: Words) -> Cell:
    """The difference of two shares as shown, in percentage points."""
    if isinstance(left.value, str) or isinstance(right.value, str):
        return NOTHING
    value = Decimal(left.value) - Decimal(right.value)
    shown = f"{'+' if value > 0 else ''}{_written(value, '#,##0.0', t)}"
    return Cell(shown, value, _SIGNED_TENTH)


@dataclass(frozen=True)
class MoneyUnit:
    """In what a table's amounts are written: fen to one of it, decimals, and its name."""

    fen: int
    digits: int
    name: str

    def cell(self, fen: float | None, t: Words) -> Cell:
        return NOTHING if fen is None else _number(Decimal(fen) / self.fen, self.digits, t)

    def said(self, fen: float | None, t: Words) -> str:
        """With its unit, as a sentence says it."""
        number = self.cell(fen, t).text
        currency, _, scale = self.name.partition(" ")
        return t.pick(f"{number}{self.name}", f"{currency} {number} {scale}")

    def exact(self, fen: int | None, t: Words) -> Cell:
        """To the fen, with at least two decimals shown."""
        if fen is None:
            return NOTHING
        value, pattern = Decimal(fen) / self.fen, "#,##0.00" + "#" * (len(str(self.fen)) - 3)
        return Cell(_written(value, pattern, t), value, pattern)


def money_unit(t: Words, currency: str, *, wide: bool) -> MoneyUnit:
    """亿元 for the nation, 万元 below it; millions in English."""
    if t.language == "en":
        return MoneyUnit(money.FEN_PER_WAN * 100, 2, f"{currency} million")
    yuan = "元" if currency == "CNY" else f" {currency}"
    return (
        MoneyUnit(money.FEN_PER_YI, 2, f"亿{yuan}") if wide else MoneyUnit(money.FEN_PER_WAN, 2, f"万{yuan}")
    )


def _number(value: Decimal, digits: int, t: Words) -> Cell:
    rounded = value.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    return Cell(_written(rounded, pattern, t), rounded, pattern)


def _written(value: Decimal | int, pattern: str, t: Words) -> str:
    return _pattern(pattern).apply(value, t.locale)


@lru_cache(maxsize=32)
def _pattern(pattern: str) -> NumberPattern:
    """Read once: a workbook writes a hundred thousand numbers in few patterns."""
    return parse_pattern(pattern)


# --- sums --------------------------------------------------------------------------------------------------

MONEY = ("reward", "issued", "transferred", "paid", "spent", "planned_spending")


@dataclass(frozen=True)
class Group:
    """Some projects taken together. Means are plain means over the ``measured``, money is summed over all.

    ``told``: projects that reported money spent. Amounts in fen, shares in basis points.
    """

    projects: int
    measured: int
    told: int
    physical: float | None
    planned: float | None
    elapsed: float | None
    money: dict[str, float]

    def part(self, part: str, whole: str) -> float | None:
        """One sum as a share of another; None where the other is 0."""
        return self.money[part] * FULL_BP / self.money[whole] if self.money[whole] else None


def group(frame: pl.DataFrame) -> Group:
    """Add up rows of ``facts``."""
    known = frame.filter(pl.col("physical_bp").is_not_null() & pl.col("planned_bp").is_not_null())
    return Group(
        frame.height,
        known.height,
        frame["spent"].count(),
        *(_mean(known[name].drop_nulls()) for name in ("physical_bp", "planned_bp", "elapsed_bp")),
        {name: math.fsum(frame[name].drop_nulls()) for name in MONEY},
    )


def _mean(values: Iterable[float]) -> float | None:
    found = list(values)
    return math.fsum(found) / len(found) if found else None


# --- texts -------------------------------------------------------------------------------------------------


def clipped(said: str, width: int | None) -> str:
    """A text cut to so many half-widths, a Chinese character being two; None leaves it whole."""
    if width is None:
        return said
    used = 0
    for at, letter in enumerate(said):
        used += 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        if used > width:
            return said[: max(at - 1, 0)].rstrip() + "…"
    return said
