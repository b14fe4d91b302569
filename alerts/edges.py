"""Where a severity begins or ends, and the checks by which a policy's text is read. Pure."""

from dataclasses import dataclass
from typing import Any

import polars as pl


class PolicyError(ValueError):
    """The text is no policy; says where and why in one line."""


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
        sign = {"above": ">", "below": "<"}[self.side] + ("=" if self.inclusive else "")
        return f"{sign}{self.value:g}"


def read_edge(where: str, table: Any, side: str) -> Edge | None:
    """``{ above = 10, inclusive = true }`` → Edge; None where there is none. Raises PolicyError."""
    if table is None:
        return None
    sample = f"{{ {side} = 10, inclusive = true }}"
    expect(isinstance(table, dict) and set(table) == {side, "inclusive"}, where, f"expected like {sample}")
    value = table[side]
    expect(is_number(value) and value >= 0, where, f"{side}: expected a number from 0")
    expect(isinstance(table["inclusive"], bool), where, "inclusive: expected true or false")
    return Edge(side, float(value), table["inclusive"])


def is_number(value: Any) -> bool:
    """A finite-looking number: no truth value, no NaN."""
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value


def expect(holds: Any, where: str, why: str) -> None:
    """Raise PolicyError unless it holds."""
    if not holds:
        raise PolicyError(f"rules.{where}: {why}")
