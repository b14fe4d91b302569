"""Amounts and percentages on their way into a message, as whole-column expressions."""

import polars as pl

from models.money import FEN_PER_WAN


def short(number: pl.Expr) -> pl.Expr:
    """A decimal as text without trailing zeros."""
    return number.cast(pl.String).str.replace(r"(\.[0-9]*?)0+$", "$1").str.strip_suffix(".")


def wan(amount: str | pl.Expr) -> pl.Expr:
    """fen as 万元 for people."""
    fen = pl.col(amount) if isinstance(amount, str) else amount
    return short((fen.cast(pl.Decimal(38, 6)) / FEN_PER_WAN).cast(pl.Decimal(38, 6)))


def points(basis_points: pl.Expr) -> pl.Expr:
    """Basis points as percentage points for people."""
    return short((basis_points.cast(pl.Decimal(12, 2)) / 100).cast(pl.Decimal(12, 2)))
