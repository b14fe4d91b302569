"""Timing in pairs: ours and its comparison take turns in one run, and medians are compared.

A machine's speed drifts; a ratio of neighbours drifts little. Results are a list of
``{name, ours_s, other, other_s, ratio, goal, met}`` with notes beside them.
"""

import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class Figure:
    """One comparison. ``ratio`` is ours ÷ other; ``goal`` its largest allowed value."""

    name: str
    ours_s: float
    other: str
    other_s: float
    ratio: float
    goal: float
    met: bool
    unit: str = "s"
    runs: int = 0
    note: str = ""
    detail: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    def line(self) -> str:
        mark = "met   " if self.met else "MISSED"
        return (
            f"{mark} {self.name}: {self.ours_s:.3f}{self.unit} against {self.other_s:.3f}{self.unit} "
            f"({self.other}) = {self.ratio:.3g}, goal ≤ {self.goal}"
            + (f" — {self.note}" if self.note else "")
        )


def pair(
    name: str, ours: Callable[[], Any], other: Callable[[], Any], *, goal: float, runs: int, against: str
) -> Figure:
    """Run both in turn, after one uncounted turn of each, and compare the medians."""
    ours(), other()
    mine, theirs = [], []
    for _ in range(runs):
        mine.append(seconds(ours))
        theirs.append(seconds(other))
    return compared(name, mine, theirs, goal=goal, against=against)


def compared(name: str, mine: list[float], theirs: list[float], *, goal: float, against: str) -> Figure:
    """A figure from two lists of measurements."""
    ours_s, other_s = statistics.median(mine), statistics.median(theirs)
    ratio = ours_s / other_s
    return Figure(
        name,
        round(ours_s, 4),
        against,
        round(other_s, 4),
        round(ratio, 4),
        goal,
        ratio <= goal,
        runs=len(mine),
        detail={"ours": [round(s, 4) for s in mine], "other": [round(s, 4) for s in theirs]},
    )


@dataclass(frozen=True)
class Spent:
    """Seconds on the wall, and seconds of this process's processors, which a busy machine lengthens little."""

    wall: float
    cpu: float


class Stopwatch:
    """``with Stopwatch() as watch: …``, then ``watch.spent``."""

    def __enter__(self) -> "Stopwatch":
        self._wall, self._cpu = time.perf_counter(), time.process_time()
        return self

    def __exit__(self, *_: object) -> None:
        self.spent = Spent(time.perf_counter() - self._wall, time.process_time() - self._cpu)


def in_processor_time(mine: list[Spent], theirs: list[Spent]) -> float:
    """The ratio of the medians in processor time; worth little where a server works beside this process."""
    return statistics.median(s.cpu for s in mine) / statistics.median(s.cpu for s in theirs)


def seconds(run: Callable[[], Any]) -> float:
    """A run may return its own seconds, where setting up is not to be counted."""
    began = time.perf_counter()
    own = run()
    return own if isinstance(own, float) else time.perf_counter() - began
