"""Sums over a day's totals: what a card, a group or a city adds up to, each with its own denominator.

One arithmetic for the pages and for ``manage.py status``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from models.measures import FULL_BP
from models.vocabulary import Kind, Light


@dataclass(frozen=True)
class Sums:
    """Some projects taken together. Means are over the ``measured``; money is summed over all.

    ``spent_bp`` and ``planned_spending_bp`` are shares of ``issued``, in basis points.
    """

    projects: int
    measured: int
    lights: dict[Light, int]
    lights_v1: dict[Light, int]
    green_now_red_first: int
    physical_bp: float | None
    planned_bp: float | None
    planned_v1_bp: float | None
    issued: int
    transferred: int
    paid: int
    spent: int
    invested: int
    spent_bp: float | None
    planned_spending_bp: float | None
    total_investment: int
    reward: int
    oldest_as_of: date | None
    newest_as_of: date | None


def sums(totals: pl.DataFrame) -> Sums:
    """Add up rows shaped like ``DayTotal``."""
    counts = {
        column: dict(totals.group_by(column).agg(pl.col("projects").sum()).iter_rows())
        for column in ("light", "light_v1")
    }
    hidden = totals.filter((pl.col("light") == str(Light.GREEN)) & (pl.col("light_v1") == str(Light.RED)))
    money = {
        name: int(totals[name].sum() or 0)
        for name in ("issued", "transferred", "paid", "spent", "invested", "total_investment", "reward")
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
        lights={light: counts["light"].get(str(light), 0) for light in Light},
        lights_v1={light: counts["light_v1"].get(str(light), 0) for light in Light},
        green_now_red_first=int(hidden["projects"].sum() or 0),
        spent_bp=money["spent"] * FULL_BP / issued if issued else None,
        planned_spending_bp=(totals["planned_spending"].sum() or 0) * FULL_BP / issued if issued else None,
        oldest_as_of=totals["oldest_as_of"].min(),
        newest_as_of=totals["newest_as_of"].max(),
        **money,
        **means,
    )


#: What a day can be added up by.
BY = ("kind", "province", "city", "industry")

_KINDS = {str(kind): number for number, kind in enumerate(Kind)}


def grouped(totals: pl.DataFrame, by: str, *, provinces: Mapping[str, str]) -> dict[str, Sums]:
    """The sums of every group of a day's totals, by the group's code: kinds as point, line, surface, others sorted.

    ``provinces``: city → province.
    """
    key = pl.col("city").replace_strict(provinces, default=None) if by == "province" else pl.col(by)
    parts = totals.with_columns(key.alias("group")).partition_by("group", as_dict=True)
    found = {str(code): part for (code,), part in parts.items()}
    return {code: sums(found[code]) for code in sorted(found, key=lambda code: (_KINDS.get(code, 0), code))}
