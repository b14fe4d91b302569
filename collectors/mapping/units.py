"""Amounts and percentages in the units that a mapping declares → fen and basis points. Exact, or an error.

Refuses to round: an amount that is no whole number of fen is told as having too many decimals (E-C75).
"""

from fractions import Fraction

import polars as pl

from collectors import cells
from collectors.cells import Parsed
from collectors.mapping.declared import AMOUNTS
from models.money import MAX_FEN

#: Decimals of an amount that is multiplied by a factor.
FACTOR_DECIMALS = 6


def amount(raw: pl.Series, unit: str) -> Parsed:
    """Amounts in a unit → fen."""
    return cells.money(raw, decimals=AMOUNTS[unit])


def multiplied(raw: pl.Series, factor: str) -> Parsed:
    """Amounts that become yuan when multiplied by a decimal factor → fen."""
    told = cells.scaled(raw, decimals=FACTOR_DECIMALS, largest=2**62)
    times = Fraction(factor) * 100 / 10**FACTOR_DECIMALS
    whole = pl.col("v").cast(pl.Int128) * times.numerator
    fine, large = whole % times.denominator != 0, whole // times.denominator > MAX_FEN
    wrong = pl.when(fine).then(pl.lit("E-C75")).when(large).then(pl.lit("E-C74")).otherwise(pl.lit(""))
    codes = told.codes if told.codes is not None else pl.repeat("", len(raw), eager=True)
    frame = pl.DataFrame({"v": told.values, "c": codes})
    frame = frame.with_columns(c=pl.when(pl.col("c") == "").then(wrong).otherwise("c"))
    fen = pl.when(pl.col("c") == "").then((whole // times.denominator).cast(pl.Int64, strict=False))
    return Parsed(frame.select(fen.alias("v"))["v"], frame["c"] if (frame["c"] != "").any() else None)


def percentage(raw: pl.Series, unit: str) -> Parsed:
    """Percentages, as percent or as a fraction of 1 → basis points. A cell with a % sign is in percent."""
    percent = cells.percent(raw)
    if unit == "percent":
        return Parsed(percent.values, percent.codes)  # the unit is declared: 0.5 is half a percent
    signed = raw.str.contains("[%％]")
    bare = pl.DataFrame({"r": raw, "s": signed}).select(pl.when(~pl.col("s")).then("r").otherwise(pl.lit("")))
    fraction = cells.scaled(bare.to_series(), decimals=4, largest=10_000)
    return _picked(signed, percent, Parsed(fraction.values, _outside(fraction.codes)))


def _outside(codes: pl.Series | None) -> pl.Series | None:
    return None if codes is None else codes.replace({"E-C72": "E-C77", "E-C74": "E-C77", "E-C67": "E-C78"})


def _picked(which: pl.Series, one: Parsed, other: Parsed) -> Parsed:
    """Row by row the one or the other."""
    none = pl.repeat("", len(which), eager=True)
    frame = pl.DataFrame(
        {
            "w": which,
            "a": one.values,
            "b": other.values,
            "x": none if one.codes is None else one.codes,
            "y": none if other.codes is None else other.codes,
        }
    )
    picked = frame.select(v=pl.when("w").then("a").otherwise("b"), c=pl.when("w").then("x").otherwise("y"))
    return Parsed(picked["v"], picked["c"] if (picked["c"] != "").any() else None)
