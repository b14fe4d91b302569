"""Two days side by side: what became of every project between them. Pure.

Sums are only compared over the projects that are there at both ends; those that joined and those that left are
told apart. Refuses to know how either day was come by: rows shaped like ``DayState`` go in.
"""

from dataclasses import dataclass
from enum import StrEnum

import polars as pl

from alerts.judge import rank
from alerts.states import total_frame
from alerts.totals import Sums, sums
from models.facts import KEY
from models.vocabulary import Kind


class Presence(StrEnum):
    """Was a project there on both days?"""

    BOTH = "both"
    JOINED = "joined"
    LEFT = "left"


#: What is told of both days; the earlier one's columns end in ``_before``.
_TOLD = ("light", "physical_bp", "spent", "issued", "as_of", "version", "adjustments")
_NAMED = ("name", "kind", "unit_name", "industry", "total_investment")


@dataclass(frozen=True)
class Cohort:
    """The projects of one kind (None: all) that are there at both ends, added up at each; and the others counted."""

    kind: Kind | None
    before: Sums
    after: Sums
    joined: int
    left: int


def compare(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """One row per project of either day: city, project, names as last known, each of light, physical_bp, spent,
    issued, as_of, version and adjustments with its ``_before``, presence, and ``steps``: how many lights worse
    (null unless there on both days). Those that became worst first, then by money.
    """
    old = before.select(*KEY, *_NAMED, *(pl.col(name).alias(f"{name}_before") for name in _TOLD))
    new = after.select(*KEY, *_NAMED, *_TOLD)
    there = pl.when(pl.col("light_before").is_null()).then(pl.lit(str(Presence.JOINED)))
    there = there.when(pl.col("light").is_null()).then(pl.lit(str(Presence.LEFT)))
    return (
        new.join(old, on=KEY, how="full", coalesce=True, suffix="_old")
        .with_columns(pl.coalesce(name, f"{name}_old").alias(name) for name in _NAMED)
        .drop(f"{name}_old" for name in _NAMED)
        .with_columns(
            presence=there.otherwise(pl.lit(str(Presence.BOTH))), steps=rank("light") - rank("light_before")
        )
        .sort("steps", "total_investment", *KEY, descending=[True, True, False, False], nulls_last=True)
    )


def cohorts(before: pl.DataFrame, after: pl.DataFrame) -> list[Cohort]:
    """The same projects added up on both days: all of them, then each kind that has any."""
    found = []
    for kind in (None, *Kind):
        of_kind = pl.lit(True) if kind is None else pl.col("kind") == str(kind)
        old, new = before.filter(of_kind), after.filter(of_kind)
        same_old, same_new = old.join(new, on=KEY, how="semi"), new.join(old, on=KEY, how="semi")
        if old.is_empty() and new.is_empty():
            continue
        joined, left = new.height - same_new.height, old.height - same_old.height
        found.append(Cohort(kind, sums(total_frame(same_old)), sums(total_frame(same_new)), joined, left))
    return found


def transitions(moves: pl.DataFrame) -> dict[tuple[str, str], int]:
    """How many of those there on both days went from which light to which."""
    both = moves.filter(pl.col("presence") == str(Presence.BOTH))
    counted = both.group_by("light_before", "light").agg(n=pl.len())
    return {(old, new): n for old, new, n in counted.iter_rows()}
