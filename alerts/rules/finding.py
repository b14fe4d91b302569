"""What a rule answers with, and the grading that all rules share. No rule lives here."""

from dataclasses import dataclass

import polars as pl

from alerts.policy import Limits
from models.vocabulary import Severity

#: Digits after the point that decide. Not the screen's rounding: it only takes away the noise of binary
#: fractions, so that 270 of 300 is 0.9 whichever way the 300 was reached.
DECIDING_DIGITS = 9


@dataclass(frozen=True)
class Finding:
    """A rule as expressions over one row per project of ``facts``.

    ``severity`` null is silence. ``known`` false means a figure is missing, so that nothing may be concluded,
    neither alert nor all-clear. ``applies`` false means the rule has nothing to say here (finished, say).
    ``inputs`` are the columns that explain it; ``formula`` is a catalogue text over them and ``{measured}``.
    """

    severity: pl.Expr
    measured: pl.Expr
    known: pl.Expr
    applies: pl.Expr
    inputs: tuple[str, ...]
    formula: str


def finding(
    measured: pl.Expr, limits: Limits, *, known: pl.Expr, applies: pl.Expr, told: tuple[tuple[str, ...], str]
) -> Finding:
    """Grade a measured value where the rule applies and its figures are known; ``told`` is inputs, formula."""
    inputs, formula = told
    known, applies = known.fill_null(False), applies.fill_null(False)
    value = measured.cast(pl.Float64).round(DECIDING_DIGITS)
    return Finding(
        severity=pl.when(known & applies).then(graded(value, limits)),
        measured=value,
        known=known,
        applies=applies,
        inputs=inputs,
        formula=formula,
    )


def graded(measured: pl.Expr, limits: Limits) -> pl.Expr:
    """The worst severity whose edge the value has passed; null within the limits or on a null."""
    severity = pl.lit(None, dtype=pl.String)
    for name, edge in limits.edges():
        severity = pl.when(edge.passed(measured)).then(pl.lit(str(name))).otherwise(severity)
    return severity


def worst(*severities: pl.Expr) -> pl.Expr:
    """The worst of several severities, null where all are."""
    red = pl.any_horizontal((severity == str(Severity.RED)).fill_null(False) for severity in severities)
    yellow = pl.any_horizontal((severity == str(Severity.YELLOW)).fill_null(False) for severity in severities)
    return pl.when(red).then(pl.lit(str(Severity.RED))).when(yellow).then(pl.lit(str(Severity.YELLOW)))
