"""A city among its peers on a day: those of its batch, and those of its province.

Gathers every peer's figures, also of cities that the reader may not see, and lets out only what
``models/peers.py`` makes of them: quartiles, a rank, how many; and by name the cities in the reader's scope.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

import polars as pl

from alerts import day as days
from models import peers
from models.access import Scope
from models.db import Database
from models.measures import FULL_BP
from models.peers import Comparison
from models.queries import ledger
from models.queries import peers as query
from models.vocabulary import Freshness


class Group(StrEnum):
    """With whom a city is compared. ``PROGRAMME`` stands for the batch where the roster does not name the city."""

    BATCH = "batch"
    PROGRAMME = "programme"
    PROVINCE = "province"


@dataclass(frozen=True)
class Peers:
    """A city beside one group. ``named``: the figures of those in the reader's scope, the city among them.

    ``peers`` counts the others with projects on that day, ``hidden`` those of them out of scope.
    """

    group: Group
    peers: int
    hidden: int
    comparisons: tuple[Comparison, ...]
    named: pl.DataFrame

    @property
    def compared(self) -> bool:
        return any(one.quartiles for one in self.comparisons)


def beside(
    db: Database, scope: Scope, city: str, day: days.Day, *, programme: str | None, now: datetime
) -> list[Peers]:
    """The city beside its batch and beside its province; empty where it is out of scope or has no projects.

    ``now``: as known when, for a day that is shown as it was judged or is computed anew.
    """
    if not scope.covers(city):
        return []
    known_at = day.known_at or now
    figures = _figures(db, replace(scope, cities=None), day, programme, known_at)
    if city not in figures["city"]:
        return []
    batch = query.batch_of(db, city)
    groups = {
        Group.PROGRAMME if batch is None else Group.BATCH: batch,
        Group.PROVINCE: query.province_of(db, city),
    }
    return [_against(group, figures, city, members, scope) for group, members in groups.items()]


def _against(
    group: Group, figures: pl.DataFrame, city: str, members: frozenset[str] | None, scope: Scope
) -> Peers:
    mine = figures if members is None else figures.filter(pl.col("city").is_in(sorted(members)))
    named = mine.filter(pl.col("city").map_elements(scope.covers, return_dtype=pl.Boolean))
    found = peers.compare(mine, city, scope.cities)
    return Peers(group, mine.height - 1, mine.height - named.height, tuple(found), named)


def _figures(
    db: Database, everywhere: Scope, day: days.Day, programme: str | None, known_at: datetime
) -> pl.DataFrame:
    """Every city's figures on a day: city, projects and ``models.peers.MEASURES``; a share or mean each."""
    totals = days.totals(db, day, everywhere, days.Narrow(programme=programme))
    fresh = pl.col("projects").filter(pl.col("freshness") == str(Freshness.FRESH)).sum()
    summed = totals.group_by("city").agg(
        *(
            pl.col(name).sum()
            for name in ("projects", "measured", "physical_bp", "planned_bp", "spent", "issued")
        ),
        fresh=fresh,
    )
    cities = summed["city"].to_list()
    adjusted = ledger.counts(db, everywhere, day.on, known_at, {"programme": programme})
    others = query.beside_totals(db, cities, programme, day.on, known_at)
    projects = pl.col("projects")
    return (
        summed.join(adjusted.select("city", "adjustments"), on="city", how="left")
        .join(others, on="city", how="left")
        .select(
            "city",
            "projects",
            gap_bp=pl.when(pl.col("measured") > 0).then(
                (pl.col("physical_bp") - pl.col("planned_bp")) / pl.col("measured")
            ),
            spent_bp=pl.when(pl.col("issued") > 0).then(pl.col("spent") * FULL_BP / pl.col("issued")),
            adjusted=pl.col("adjustments").fill_null(0) / projects,
            alerts=pl.col("open_alerts").fill_null(0) / projects,
            fresh_bp=pl.col("fresh") * FULL_BP / projects,
            lag_days="lag_days",
        )
        .sort("city")
    )
