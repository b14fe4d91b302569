"""What a province's tile may show: a number, and one of five depths on a scale that can be said in words. Pure.

The depths of all measures run from "as it should be" to "worst", so that deeper always means worse. The bounds are
ours; no light and no rule uses them. A new measure is a row of ``MEASURES``.
"""

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from alerts.totals import Sums
from models.measures import FULL_BP
from models.vocabulary import Freshness, Light
from models.words import Words, mark


class TileMeasure(StrEnum):
    """What the tiles can be coloured by."""

    WORST = "worst"
    RED = "red"
    GAP = "gap"
    SPENDING = "spending"
    ADJUSTMENTS = "adjustments"
    OVERDUE = "overdue"
    ALERTS = "alerts"


@dataclass(frozen=True)
class Held:
    """What is known of one province: its sums, projects by freshness, adjustments of its plans, open alerts.

    ``adjustments`` and ``alerts`` are None where they were not asked for.
    """

    sums: Sums
    freshness: dict[str, int]
    adjustments: int | None = None
    alerts: int | None = None


@dataclass(frozen=True)
class Scale:
    """A measure with its label, what it says, and the upper bounds of its depths but the last, inclusive."""

    label: str
    means: str
    value: Callable[[Held], float | None]
    bounds: tuple[float, ...]
    written: Callable[[float, Words], str]

    def depth(self, value: float | None) -> int | None:
        """0 (as it should be) to 4 (worst); None where nothing is known."""
        return None if value is None else bisect_left(self.bounds, value)


def _red(held: Held) -> float | None:
    total = held.sums
    return total.lights[Light.RED] * FULL_BP / total.projects if total.projects else None


def _behind(held: Held) -> float | None:
    """Points by which mean progress is behind the mean plan; ahead is negative."""
    total = held.sums
    if total.physical_bp is None or total.planned_bp is None:
        return None
    return (total.planned_bp - total.physical_bp) / 100


def _unspent(held: Held) -> float | None:
    """What is missing of the spending that the schedule asks for by now, in basis points of it."""
    spent, asked = held.sums.spent_bp, held.sums.planned_spending_bp
    return FULL_BP - spent * FULL_BP / asked if spent is not None and asked else None


def _adjusted(held: Held) -> float | None:
    return (
        held.adjustments / held.sums.projects if held.sums.projects and held.adjustments is not None else None
    )


def _overdue(held: Held) -> float | None:
    behind = held.freshness.get(Freshness.STALE, 0) + held.freshness.get(Freshness.MISSING, 0)
    return behind * FULL_BP / held.sums.projects if held.sums.projects else None


def _alerted(held: Held) -> float | None:
    """Open alerts to a hundred projects."""
    return held.alerts * 100 / held.sums.projects if held.sums.projects and held.alerts is not None else None


def _percent(value: float, t: Words) -> str:
    return t.percent(value, 0)


def _spent(value: float, t: Words) -> str:
    return t.percent(FULL_BP - value, 0)


def _points(value: float, t: Words) -> str:
    """Ahead of the plan is above it: a plus."""
    return ("+" if value < 0 else "−" if value > 0 else "") + t.number(abs(value), 1)


#: The measures beside the worst state, which is no number.
MEASURES: dict[TileMeasure, Scale] = {
    TileMeasure.RED: Scale(
        mark("Red lights"),
        mark("Share of the projects that are red. Depths: none; up to 5 %; up to 10 %; up to 20 %; more."),
        _red,
        (0, 500, 1_000, 2_000),
        _percent,
    ),
    TileMeasure.GAP: Scale(
        mark("Progress gap"),
        mark(
            "Mean progress minus mean plan of the measured projects, in points. Depths: on or ahead of the plan; behind by up to 5; up to 10; up to 20; more."
        ),
        _behind,
        (0, 5, 10, 20),
        _points,
    ),
    TileMeasure.SPENDING: Scale(
        mark("Spending"),
        mark(
            "Money spent as a share of what the schedule (the plan's curve, or issued × time elapsed) asks for by now. Depths: all of it or more; from 90 %; from 75 %; from 50 %; less."
        ),
        _unspent,
        (0, 1_000, 2_500, 5_000),
        _spent,
    ),
    TileMeasure.ADJUSTMENTS: Scale(
        mark("Adjustments"),
        mark(
            "Plan adjustments for each project, waiting ones included, rejected ones not. Depths: none; up to 0.5; up to 1; up to 2; more."
        ),
        _adjusted,
        (0, 0.5, 1, 2),
        lambda value, t: t.number(value, 1),
    ),
    TileMeasure.OVERDUE: Scale(
        mark("Overdue reports"),
        mark(
            "Share of the projects whose report is overdue or was never given. Depths: none; up to 5 %; up to 10 %; up to 20 %; more."
        ),
        _overdue,
        (0, 500, 1_000, 2_000),
        _percent,
    ),
    TileMeasure.ALERTS: Scale(
        mark("Alerts"),
        mark(
            "Open alerts to a hundred projects, as they stand now. Depths: none; up to 10; up to 25; up to 50; more."
        ),
        _alerted,
        (0, 10, 25, 50),
        lambda value, t: t.number(value, 0),
    ),
}
