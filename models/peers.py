"""A city beside its peers: where it stands among them, without giving one of them away. Pure.

Whoever may not see a city sees it only as one of several: quartiles and a rank, never a name, a least or a
greatest. Where few cities are outside a reader's scope and the rest inside, the quartiles of all would give those
few away, so nothing is compared at all. To add a measure: its column in ``models/queries/peers.py``, a member of
``MEASURES`` and its words in ``dashboard/views/peers.py``.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

import polars as pl

#: Fewer peers than this are not compared; nor are cities compared of which fewer, but some, are out of scope.
LEAST_PEERS = 5


class Standing(StrEnum):
    """Where a value lies among the peers' quartiles, the best first; a value at a quartile is not beyond it."""

    BEST_QUARTER = "best_quarter"
    UPPER_HALF = "upper_half"
    LOWER_HALF = "lower_half"
    LAST_QUARTER = "last_quarter"


#: Column of a city's figures → is more of it better?
MEASURES = {
    "gap_bp": True,
    "spent_bp": True,
    "adjusted": False,
    "alerts": False,
    "fresh_bp": True,
    "lag_days": False,
}


@dataclass(frozen=True)
class Comparison:
    """One measure of a city against its peers that have it. ``rank`` 1 is the best of ``peers`` + 1, equals share it.

    ``value`` None: the city has no such figure. ``median`` and what follows are None where nothing is compared.
    """

    measure: str
    value: float | None
    peers: int
    quartiles: tuple[float, float, float] | None = None
    rank: int | None = None
    standing: Standing | None = None


def comparable(peers: int, hidden: int) -> bool:
    """May so many peers be compared, of which ``hidden`` are out of the reader's scope?"""
    return peers >= LEAST_PEERS and (hidden == 0 or hidden >= LEAST_PEERS)


def compare(figures: pl.DataFrame, city: str, seen: Collection[str] | None) -> list[Comparison]:
    """A city against all others of ``figures`` (city and MEASURES), measure by measure.

    ``seen``: the cities in the reader's scope, None for all.
    """
    mine = figures.filter(pl.col("city") == city)
    others = figures.filter(pl.col("city") != city)
    found = []
    for measure, more in MEASURES.items():
        value = None if mine.is_empty() else mine[measure][0]
        told = others.filter(pl.col(measure).is_not_null())
        hidden = 0 if seen is None else int((~told["city"].is_in(list(seen))).sum())
        if not comparable(told.height, hidden):
            found.append(Comparison(measure, value, told.height))
            continue
        values = told[measure].cast(pl.Float64)
        low, middle, high = (values.quantile(q, "linear") for q in (0.25, 0.5, 0.75))
        found.append(_placed(measure, value, values, (low, middle, high), more=more))
    return found


def _placed(
    measure: str, value: float | None, values: pl.Series, quartiles: tuple[float, float, float], *, more: bool
) -> Comparison:
    if value is None:
        return Comparison(measure, None, len(values), quartiles)
    better = int((values > value).sum() if more else (values < value).sum())
    low, middle, high = quartiles if more else tuple(-one for one in reversed(quartiles))
    held = value if more else -value
    standing = (
        Standing.BEST_QUARTER
        if held > high
        else Standing.UPPER_HALF
        if held >= middle
        else Standing.LOWER_HALF
        if held >= low
        else Standing.LAST_QUARTER
    )
    return Comparison(measure, value, len(values), quartiles, better + 1, standing)
