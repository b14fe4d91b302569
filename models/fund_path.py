"""The way of a project's money: each sum as it came in, and when it was passed on, stage by stage. Pure.

Issued → transferred → paid → spent, first in, first out within a source, as in ``models/dwell.py``: no document
says which yuan was paid out of which sum. A stage that no movement tells is left out, and never taken for zero
days.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

import polars as pl

from models.vocabulary import FundSource, MoneyStage


@dataclass(frozen=True)
class Move:
    """One dated movement; ``amount`` in fen."""

    stage: MoneyStage
    happened_on: date
    amount: int
    source: FundSource
    document_no: str
    holder: str | None = None


@dataclass(frozen=True)
class Leg:
    """How far a sum got at one stage: the first and the last of it, with their days since the stage before.

    ``amount`` is what got there. ``waits`` is what the stage before has of it and did not pass on, ``waits_since``
    the day on which the oldest of that came there.
    """

    stage: MoneyStage
    amount: int
    first_on: date | None = None
    last_on: date | None = None
    first_days: int | None = None
    last_days: int | None = None
    waits: int = 0
    waits_since: date | None = None


@dataclass(frozen=True)
class Tranche:
    """A sum as it came in at the first stage that its source tells of, and its way from there.

    ``city_issued_on``: when money was issued to the city as a whole under the same document number, where the
    project's own movements begin later than that.
    """

    source: FundSource
    stage: MoneyStage
    document_no: str
    happened_on: date
    amount: int
    legs: tuple[Leg, ...]
    city_issued_on: date | None = None


#: What came to a stage: days and the sum so far, in the order of time.
_Course = list[tuple[date, int]]


def tranches(
    moves: Iterable[Move], city_issued: Mapping[tuple[FundSource, str], date] | None = None
) -> list[Tranche]:
    """Every sum of every source, central money first, the oldest sum first.

    ``city_issued``: source and document number → the day on which the city's money was issued under it.
    """
    told = sorted(
        (one for one in moves if one.amount > 0), key=lambda one: (one.happened_on, one.document_no)
    )
    found = [one for source in FundSource for one in _of_source([m for m in told if m.source == source])]
    issued = city_issued or {}
    return [
        one
        if one.stage == MoneyStage.ISSUED
        else replace(one, city_issued_on=issued.get((one.source, one.document_no)))
        for one in found
    ]


def _of_source(moves: list[Move]) -> Iterable[Tranche]:
    courses: dict[MoneyStage, _Course] = {}
    for move in moves:
        course = courses.setdefault(move.stage, [])
        course.append((move.happened_on, (course[-1][1] if course else 0) + move.amount))
    stages = [stage for stage in MoneyStage if stage in courses]
    low = 0
    for move in moves:
        if move.stage != stages[0]:
            continue
        high = low + move.amount
        legs = _legs([(stage, courses[stage]) for stage in stages], low, high)
        yield Tranche(move.source, move.stage, move.document_no, move.happened_on, move.amount, legs)
        low = high


def _legs(stages: list[tuple[MoneyStage, _Course]], low: int, high: int) -> tuple[Leg, ...]:
    """The way of the yuan from ``low`` to ``high`` (fen, counted from the source's first)."""
    legs, reached = [], high
    for (_, before), (stage, course) in pairwise(stages):
        got = min(course[-1][1], high)
        if got <= low:
            moved = Leg(stage, 0)
        else:
            first, last = _came(course, low + 1), _came(course, got)
            began, ended = _came(before, low + 1), _came(before, got)
            moved = Leg(
                stage,
                got - low,
                first,
                last,
                (first - began).days if first and began else None,
                (last - ended).days if last and ended else None,
            )
        stands = max(reached - max(got, low), 0)
        since = _came(before, max(got, low) + 1) if stands else None
        legs.append(Leg(**(vars(moved) | {"waits": stands, "waits_since": since})))
        reached = max(min(got, reached), low)
    return tuple(legs)


def _came(course: _Course, fen: int) -> date | None:
    """The day on which the ``fen``-th came; None where it never did."""
    return next((on for on, so_far in course if so_far >= fen), None)


def mean_lags(moves: pl.DataFrame) -> pl.DataFrame:
    """City → ``lag_days``: mean days from issued to paid, weighted by money, of what was issued and is paid.

    ``moves``: city, stage (issued, paid), happened_on, amount. First in, first out within a city, because money is
    issued to a city and paid by its projects.
    """
    keyed = moves.filter(pl.col("amount") > 0).sort("city", "happened_on")
    sums = keyed.group_by("city").agg(
        **{stage: pl.col("amount").filter(pl.col("stage") == stage).sum() for stage in ("issued", "paid")}
    )
    before = pl.col("amount").cum_sum().over("city", "stage") - pl.col("amount")
    room = pl.min_horizontal("issued", "paid") - before
    day = (pl.col("happened_on") - pl.lit(date(2000, 1, 1))).dt.total_days()
    is_paid = pl.col("stage") == str(MoneyStage.PAID)
    matched = keyed.join(sums, on="city", maintain_order="left").with_columns(
        matched=pl.min_horizontal("amount", room).clip(lower_bound=0).cast(pl.Float64),
        day=pl.when(is_paid).then(day).otherwise(-day),
    )
    return (
        matched.group_by("city")
        .agg(days=(pl.col("matched") * pl.col("day")).sum(), paid=pl.col("matched").filter(is_paid).sum())
        .filter(pl.col("paid") > 0)
        .select("city", lag_days=pl.col("days") / pl.col("paid"))
        .sort("city")
    )
