"""The run of the lights in steps: shares at both ends over the same projects, who joined and who left apart. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from models.measures import FULL_BP
from models.vocabulary import Light


@dataclass(frozen=True)
class Step:
    """From one judged day to another: the lights at both ends of the projects that are there on both days."""

    since: date
    until: date
    before: dict[Light, int]
    after: dict[Light, int]
    joined: int
    left: int

    @property
    def same(self) -> int:
        """How many projects are there on both days."""
        return sum(self.before.values())

    def share(self, light: Light) -> tuple[float, float] | None:
        """A light's share at both ends, in basis points; None where no project is there on both days."""
        if not self.same:
            return None
        return self.before[light] * FULL_BP / self.same, self.after[light] * FULL_BP / self.same


def steps(counts: pl.DataFrame, pairs: Iterable[tuple[date, date]]) -> list[Step]:
    """The steps of ``pairs``, in their order, from rows since_on, state_on, light_before, light, projects.

    An empty light before is a project that joined, an empty one after it one that left.
    """
    return [
        _step(since, until, counts.filter((pl.col("since_on") == since) & (pl.col("state_on") == until)))
        for since, until in pairs
    ]


def _step(since: date, until: date, rows: pl.DataFrame) -> Step:
    came, went = pl.col("light_before") == "", pl.col("light") == ""
    same = rows.filter(~came & ~went)
    return Step(
        since,
        until,
        before=_counted(same, "light_before"),
        after=_counted(same, "light"),
        joined=int(rows.filter(came)["projects"].sum()),
        left=int(rows.filter(went)["projects"].sum()),
    )


def _counted(rows: pl.DataFrame, column: str) -> dict[Light, int]:
    found = dict(rows.group_by(column).agg(pl.col("projects").sum()).iter_rows())
    return {light: int(found.get(str(light), 0)) for light in Light}


def seen(found: Sequence[Step]) -> list[Light]:
    """The lights that some step shows, in the order of the vocabulary."""
    return [light for light in Light if any(step.before[light] or step.after[light] for step in found)]
