"""A policy tried on the past twelve months, as known then: what it would have said, and what came of it.

Pure but for reading facts. Each look is ``facts`` of a past working day as known that morning; judging and
lifecycle are those of ``watch``, carried forward in frames instead of rows. What counts as trouble does not
depend on any policy: see ``Trouble``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

import polars as pl

from alerts.in_force import Policies
from alerts.lifecycle import ALERTS, EDGES, WAITING, Before
from alerts.partition import settle_each
from models.clock import CHINA, is_workday
from models.db import Database
from models.facts import KEY, facts
from models.vocabulary import Severity, Transition

#: The past is looked at every so many days: reports are monthly, so each is seen, and soon.
STEP_DAYS = 21

#: Trouble within so many days of an alert was announced by it.
FOLLOWED_DAYS = 180

_PAIR = [*KEY, "rule"]
_RED = str(Severity.RED)
_ENDS = str(Transition.RESOLVED)


class Trouble(StrEnum):
    """What went wrong with a project, whoever was told or not."""

    OVERDUE = "overdue"  # its planned end passed and it was not finished
    POSTPONED = "postponed"  # an adjustment moved its end by 30 days or more
    STOOD_STILL = "stood_still"  # it had begun and reported the same progress over 90 days or more


@dataclass
class Tally:
    """What became of the alerts of one rule, or of all."""

    opened: int = 0
    red: int = 0
    followed: int = 0  # trouble came within FOLLOWED_DAYS
    known: int = 0  # the project was in trouble already
    unfollowed: int = 0  # no trouble came, though there was time for it
    too_early: int = 0  # the time is not over yet
    open: int = 0  # at the end of the rehearsal


@dataclass
class Rehearsal:
    """What a policy would have done on ``looks`` days. ``mails``: one a desk and day that had news for it."""

    first: date
    last: date
    looks: int
    alerts: Tally = field(default_factory=Tally)
    rules: dict[str, Tally] = field(default_factory=dict)
    mails: dict[str, int] = field(default_factory=dict)
    troubles: int = 0
    announced: int = 0
    missed: int = 0

    def as_dict(self) -> dict[str, Any]:
        found = asdict(self)
        return found | {"first": str(self.first), "last": str(self.last)}


def rehearsal_days(until: date, months: int) -> list[date]:
    """The working days that are looked at, oldest first: one in three weeks, back from ``until``."""
    days = set()
    for back in range(0, months * 365 // 12, STEP_DAYS):
        day = until - timedelta(days=back)
        while not is_workday(day):
            day -= timedelta(days=1)
        days.add(day)
    return sorted(days)


def known_on(on: date) -> datetime:
    """What a day is judged by: what was known when its morning began."""
    return datetime.combine(on, time(8), CHINA).astimezone(UTC)


def rehearse(
    db: Database,
    tried: Mapping[str, Policies],
    days: Sequence[date],
    provinces: Mapping[str, str],
    *,
    cities: frozenset[str] | None = None,
) -> dict[str, Rehearsal]:
    """Try policies by name on the same days, at least one, in some cities (None: all). Writes nothing.

    ``provinces``: of each city.
    """
    players = {name: _Player(policies) for name, policies in tried.items()}
    troubles, plans = [], None
    for day in days:
        frame = facts(db, day, known_on(day), cities=cities)
        troubles.append(_troubles(frame, plans, day))
        plans = frame.select(*KEY, "version", before="planned_end")
        for player in players.values():
            player.look(frame, day)
    begun = _first(pl.concat(troubles))
    return {name: player.told(days, begun, provinces) for name, player in players.items()}


def _troubles(frame: pl.DataFrame, plans: pl.DataFrame | None, day: date) -> pl.DataFrame:
    """Which projects are in which trouble on a day."""
    running = ~pl.col("finished")
    told = {
        Trouble.OVERDUE: running & (pl.col("over_days") > 0),
        Trouble.STOOD_STILL: running & pl.col("started") & (pl.col("unmoved_days") >= 90),
    }
    if plans is not None:
        frame = frame.join(plans.rename({"version": "version_before"}), on=KEY, how="left")
        moved = (pl.col("planned_end") - pl.col("before")).dt.total_days() >= 30
        told[Trouble.POSTPONED] = moved & (pl.col("version") > pl.col("version_before"))
    parts = [
        frame.filter(holds.fill_null(False)).select(
            *KEY, trouble=pl.lit(str(kind)), began_on=pl.lit(day, pl.Date)
        )
        for kind, holds in told.items()
    ]
    return pl.concat(parts)


def _first(troubles: pl.DataFrame) -> pl.DataFrame:
    """When each project's troubles were first seen."""
    return troubles.group_by(*KEY, "trouble").agg(pl.col("began_on").min()).sort(*KEY, "trouble")


class _Player:
    """What would be in force, on its way through the days: open alerts, what waits, and all that moved."""

    def __init__(self, policies: Policies) -> None:
        self.policies = policies
        self.alerts = pl.DataFrame(schema=ALERTS)
        self.waiting, self.edges = pl.DataFrame(schema=WAITING), pl.DataFrame(schema=EDGES)
        self.moves: list[pl.DataFrame] = []

    def look(self, frame: pl.DataFrame, day: date) -> None:
        before = Before(self.alerts, waiting=self.waiting, edges=self.edges)
        settled = settle_each(frame, self.policies, before, on=day)
        moved = settled.moved.select(*_PAIR, "alert", "seq", "opened_on", "transition", "before", "after")
        moved = moved.with_columns(event_on=pl.lit(day, pl.Date), alert=pl.coalesce("alert", _name(day)))
        self.moves.append(moved)
        self._carry(moved)
        kept = self.waiting.join(settled.over, on=_PAIR, how="anti")
        self.waiting = pl.concat([kept.join(settled.waiting, on=_PAIR, how="anti"), settled.waiting])

    def _carry(self, moved: pl.DataFrame) -> None:
        """The open alerts after a day, and the days on which alerts opened or ended."""
        held = pl.col("transition") == str(Transition.HELD)
        rows = moved.select(
            *("city", "project", "rule", "opened_on", "seq"),
            id="alert",
            severity=pl.coalesce("after", "before"),
            held=held,
            ended=pl.col("transition") == _ENDS,
        )
        earlier = self.alerts.select("id", was_held="held")
        rows = rows.join(earlier, on="id", how="left").with_columns(
            held=pl.col("held") | pl.col("was_held").fill_null(False)
        )
        untouched = self.alerts.join(rows, on="id", how="anti")
        self.alerts = pl.concat([untouched, rows.filter(~pl.col("ended")).select(list(ALERTS))])
        edge = moved.filter(pl.col("transition").is_in([_ENDS, str(Transition.OPENED)]))
        self.edges = pl.concat([self.edges, edge.select(list(EDGES))])

    def told(self, days: Sequence[date], begun: pl.DataFrame, provinces: Mapping[str, str]) -> Rehearsal:
        found = Rehearsal(days[0], days[-1], len(days))
        moves = pl.concat(self.moves)
        opened = _opened(moves, begun, days[-1]).join(
            self.alerts.select(*_PAIR, "opened_on", open=pl.lit(True)), on=[*_PAIR, "opened_on"], how="left"
        )
        found.alerts = _tally(opened)
        for (rule,), rows in opened.sort("rule").group_by("rule", maintain_order=True):
            found.rules[rule] = _tally(rows)
        found.mails = _mails(moves, provinces)
        announced = _announced(moves, begun)
        found.troubles, found.announced = begun.height, announced.height
        found.missed = begun.height - announced.height
        return found


def _name(day: date) -> pl.Expr:
    return pl.concat_str(*_PAIR, pl.lit(str(day)), separator="\x1f")


def _opened(moves: pl.DataFrame, begun: pl.DataFrame, last: date) -> pl.DataFrame:
    """Every alert with its worst severity and what came after it."""
    red = moves.group_by("alert").agg(red=(pl.col("after") == _RED).any())
    rows = moves.filter(pl.col("transition") == str(Transition.OPENED)).join(red, on="alert")
    after = rows.select(*KEY, "alert", "opened_on").join(begun, on=KEY)
    days = (pl.col("began_on") - pl.col("opened_on")).dt.total_days()
    came = after.group_by("alert").agg(
        known=(days <= 0).any(), followed=((days > 0) & (days <= FOLLOWED_DAYS)).any()
    )
    there_was_time = pl.col("opened_on") <= last - timedelta(days=FOLLOWED_DAYS)
    return (
        rows.join(came, on="alert", how="left")
        .with_columns(pl.col("known", "followed").fill_null(False))
        .with_columns(
            known=pl.col("known") & ~pl.col("followed"),
            unfollowed=~pl.col("known") & ~pl.col("followed") & there_was_time,
            too_early=~pl.col("known") & ~pl.col("followed") & ~there_was_time,
        )
    )


def _tally(rows: pl.DataFrame) -> Tally:
    names = ("red", "followed", "known", "unfollowed", "too_early", "open")
    sums = rows.select(pl.col(name).fill_null(False).sum() for name in names).row(0)
    return Tally(rows.height, *sums)


def _announced(moves: pl.DataFrame, begun: pl.DataFrame) -> pl.DataFrame:
    """Troubles of whose project an alert was open, or opened, within FOLLOWED_DAYS before they were seen."""
    spans = moves.group_by(*KEY, "alert").agg(
        opened_on=pl.col("opened_on").min(),
        ended_on=pl.col("event_on").filter(pl.col("transition") == _ENDS).max(),
    )
    early = pl.col("began_on") - pl.duration(days=FOLLOWED_DAYS)
    stood = (pl.col("opened_on") < pl.col("began_on")) & (pl.col("ended_on").fill_null(date.max) >= early)
    return begun.join(spans, on=KEY).filter(stood).unique([*KEY, "trouble"]).sort(*KEY)


def _mails(moves: pl.DataFrame, provinces: Mapping[str, str]) -> dict[str, int]:
    """One a desk and day with news: of a city, its province, and the ministry for what becomes or ends red."""
    becomes = (pl.col("after") == _RED).fill_null(False)
    ends = ((pl.col("transition") == _ENDS) & (pl.col("before") == _RED)).fill_null(False)
    province = pl.col("city").replace_strict(dict(provinces), default=None, return_dtype=pl.String)
    desks = {
        "cities": moves.select("event_on", "city").unique().height,
        "provinces": moves.select("event_on", province=province).drop_nulls().unique().height,
        "ministry": moves.filter(becomes | ends).select("event_on").unique().height,
    }
    return desks | {"all": sum(desks.values())}
