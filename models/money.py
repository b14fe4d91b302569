"""Exact money: one stored unit, the fen (0.01 yuan), as an integer.

Amounts come in and go out in 万元 (10,000 yuan = 1,000,000 fen) with at most six decimals, so the same
digits come out again. Nothing here rounds: what does not fit is the caller's problem to report.
"""

from decimal import Decimal

FEN_PER_YUAN = 100
FEN_PER_WAN = 1_000_000
FEN_PER_YI = 10_000_000_000

#: Largest amount a cell may hold: 10 万亿 yuan. Below 2**53, so that a chart shows it exactly.
MAX_FEN = 10_000_000_000_000 * FEN_PER_YUAN


def to_wan(fen: int) -> Decimal:
    """fen → 万元, exact, without trailing zeros and never in exponent form."""
    wan = (Decimal(fen) / FEN_PER_WAN).normalize()
    return wan if wan.as_tuple().exponent <= 0 else wan.quantize(Decimal(1))
