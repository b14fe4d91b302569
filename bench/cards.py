"""The figures of the cards as they stand on a page, read back: on ours, and in Superset's table. Pure.

Two pages are only compared in speed where they say the same, so that a page that is broken cannot look slow, nor
one that is wrong quick.
"""

import re
from collections.abc import Iterable, Mapping

from models.vocabulary import Kind, Light
from models.words import words

#: Kind → what is said of it → the number, shares in percent.
Cards = dict[str, dict[str, float]]

#: The columns after its first in Superset's table, and the labels in which both sides say the same.
LIGHTS = tuple(str(light) for light in Light)
SHARES = ("progress", "planned", "execution", "by the schedule")
COLUMNS = ("projects", *LIGHTS, *SHARES)

#: By how much two shares may differ that are rounded to a tenth of a percent in different programs.
_ROUNDED = 0.1001

_NUMBER = r"(-?[\d,.]+)"


def on_ours(texts: Iterable[str]) -> Cards:
    """From the texts of our three cards in English, in the order of the kinds. A light without projects is 0."""
    said = words("en")
    patterns = {
        "projects": rf"{_NUMBER} projects",
        **{str(light): rf"{re.escape(said.label(light))} {_NUMBER}" for light in Light},
        "progress": rf"Progress {_NUMBER}%",
        "planned": rf"Progress [^,]*, planned {_NUMBER}%",
        "execution": rf"Execution {_NUMBER}%",
        "by the schedule": rf"by the schedule {_NUMBER}%",
    }
    found: Cards = {}
    for kind, text in zip(Kind, texts, strict=True):
        found[str(kind)] = {name: _found(pattern, text, name in LIGHTS) for name, pattern in patterns.items()}
    return found


def on_theirs(rows: Iterable[list[str]]) -> Cards:
    """From the cells of Superset's table: the kind, then ``COLUMNS``."""
    return {
        kind: {name: _number(text.removesuffix("%")) for name, text in zip(COLUMNS, cells, strict=True)}
        for kind, *cells in rows
    }


def unlike(ours: Cards, theirs: Cards) -> list[str]:
    """Where the two differ by more than the last digit's rounding: one text for each."""
    if ours.keys() != theirs.keys():
        return [f"kinds: {sorted(ours)} and {sorted(theirs)}"]
    return [
        f"{kind}, {name}: {mine} and {theirs[kind][name]}"
        for kind, told in ours.items()
        for name, mine in told.items()
        if abs(mine - theirs[kind][name]) > (_ROUNDED if name in SHARES else 0)
    ]


def _found(pattern: str, text: str, may_be_missing: bool) -> float:
    match = re.search(pattern, text)
    if match is None and not may_be_missing:
        raise ValueError(f"{pattern} is not in {text!r}")
    return _number(match[1]) if match else 0.0


def _number(text: str) -> float:
    return float(text.replace(",", ""))


def total(cards: Mapping[str, Mapping[str, float]]) -> int:
    """All projects on the cards."""
    return int(sum(told["projects"] for told in cards.values()))
