"""Sums over a day's totals: what a card, a group or a city adds up to, each with its own denominator."""

from dataclasses import dataclass
from datetime import date

import polars as pl

from dashboard.parts import LIGHTS
from models.measures import FULL_BP
from models.vocabulary import Light


@dataclass(frozen=True)
class Sums:
    """Some projects taken together. Means are over the ``measured``; money is summed over all."""

    projects: int
    measured: int
    lights: dict[Light, int]
    green_now_red_first: int
    physical_bp: float | None
    planned_bp: float | None
    planned_v1_bp: float | None
    issued: int
    transferred: int
    paid: int
    spent: int
    spent_bp: float | None
    planned_spending_bp: float | None
    total_investment: int
    reward: int
    oldest_as_of: date | None
    newest_as_of: date | None


def sums(totals: pl.DataFrame) -> Sums:
    """Add up rows shaped like ``DayTotal``."""
    count = dict(totals.group_by("light").agg(pl.col("projects").sum()).iter_rows())
    hidden = totals.filter((pl.col("light") == str(Light.GREEN)) & (pl.col("light_v1") == str(Light.RED)))
    money = {
        name: int(totals[name].sum() or 0)
        for name in ("issued", "transferred", "paid", "spent", "total_investment", "reward")
    }
    measured = int(totals["measured"].sum() or 0)
    means = {
        name: (totals[name].sum() / measured if measured else None)
        for name in ("physical_bp", "planned_bp", "planned_v1_bp")
    }
    issued = money["issued"]
    return Sums(
        projects=int(totals["projects"].sum() or 0),
        measured=measured,
        lights={light: count.get(str(light), 0) for light in LIGHTS},
        green_now_red_first=int(hidden["projects"].sum() or 0),
        spent_bp=money["spent"] * FULL_BP / issued if issued else None,
        planned_spending_bp=(totals["planned_spending"].sum() or 0) * FULL_BP / issued if issued else None,
        oldest_as_of=totals["oldest_as_of"].min(),
        newest_as_of=totals["newest_as_of"].max(),
        **money,
        **means,
    )
