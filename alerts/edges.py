"""Where a severity begins or ends, and the checks by which a policy's text is read. Pure."""

from dataclasses import dataclass
from typing import Any

import polars as pl

from models.words import Words, mark, words


class PolicyError(ValueError):
    """The text is no policy: ``text`` of the catalogue says why, ``where`` in which rule and key.

    ``str`` is the English line.
    """

    def __init__(self, text: str, where: str = "", **values: object) -> None:
        self.text, self.where, self.values = text, where, values
        super().__init__(self.told(words("en")))

    def told(self, t: Words) -> str:
        """Where and why in one line, in a reader's language."""
        why = t(self.text, **self.values)
        return f"rules.{self.where}: {why}" if self.where else why


@dataclass(frozen=True)
class Edge:
    """A limit; ``inclusive`` says whether the value itself lies beyond it."""

    side: str  # "above" or "below"
    value: float
    inclusive: bool

    def passed(self, measured: pl.Expr) -> pl.Expr:
        """Whether a measured value lies beyond this edge."""
        if self.side == "above":
            return measured >= self.value if self.inclusive else measured > self.value
        return measured <= self.value if self.inclusive else measured < self.value

    def __str__(self) -> str:
        outside, inside = {"above": (">", "≥"), "below": ("<", "≤")}[self.side]
        return f"{inside if self.inclusive else outside} {self.value:g}"


def read_edge(where: str, table: Any, side: str) -> Edge | None:
    """``{ above = 10, inclusive = true }`` → Edge; None where there is none. Raises PolicyError."""
    if table is None:
        return None
    sample = f"{{ {side} = 10, inclusive = true }}"
    shaped = isinstance(table, dict) and set(table) == {side, "inclusive"}
    expect(shaped, where, mark("expected like {sample}"), sample=sample)
    value = table[side]
    expect(is_number(value) and value >= 0, where, mark("{key}: expected a number from 0"), key=side)
    expect(isinstance(table["inclusive"], bool), where, mark("inclusive: expected true or false"))
    return Edge(side, float(value), table["inclusive"])


def is_number(value: Any) -> bool:
    """A finite-looking number: no truth value, no NaN."""
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value


def expect(holds: Any, where: str, why: str, **values: object) -> None:
    """Raise PolicyError unless it holds. ``why`` is a catalogue text with its ``values``."""
    if not holds:
        raise PolicyError(why, where, **values)
