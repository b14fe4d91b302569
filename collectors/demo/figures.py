"""What the demonstration's projects report, month by month: progress, investment, money, and what is told.

Pure: a project, the month ends and a random source go in, figures come out. Cumulative figures never fall.
Percentages have one decimal, amounts are in 万元 with two. The plan beside it is in ``changes.py``, investment
in ``investment.py``, reward money in ``money.py``.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate, pairwise
from random import Random

from collectors.demo import money
from collectors.demo.changes import RESCUED_BEHIND, Change, end_at, planned_pct, told
from collectors.demo.investment import Investment, investments
from collectors.demo.money import FIRST_TRANCHE, Purse
from collectors.demo.projects import DemoProject
from collectors.demo.windows import Behaviour, last_as_of, programme_opens
from models.clock import month_end, next_month

#: Month ends the demonstration reports.
MONTHS = 10

_FROZEN = (Behaviour.STALLED, Behaviour.MONEY_FIRST)

#: Progress against the plan at the newest month end, in points: lowest, highest.
_AHEAD = {
    Behaviour.LAGGING: (-25.0, -12.0),
    Behaviour.FAR_BEHIND: (-46.0, -33.0),
    Behaviour.RESCUED: RESCUED_BEHIND,
    Behaviour.PAST_END: (-12.0, -3.0),
}
_AHEAD_USUALLY = (-5.5, 4.0)


@dataclass(frozen=True)
class Figure:
    """A row of the dispatch form, and the situation its words tell."""

    as_of: date
    physical: float
    gain: float
    investment: Investment
    annual_plan: float
    purse: Purse
    stage: str
    situation: str


def month_ends(batch: int, today: date) -> list[date]:
    """The month ends that are reported, oldest first: ten, or since the batch's first summer."""
    ends = [last_as_of(today)]
    while len(ends) < MONTHS:
        ends.append(ends[-1].replace(day=1) - timedelta(days=1))
    return [end for end in reversed(ends) if end > programme_opens(batch, today)]


def curve(project: DemoProject) -> Iterator[tuple[date, float, float]]:
    """The plan's monthly points: month, cumulative planned progress and planned spending."""
    end = month_end(project.start)
    while True:
        planned = planned_pct(project, project.end, end)
        yield end.replace(day=1), planned, round(project.reward * FIRST_TRANCHE * planned / 100, 2)
        if end >= project.end:
            return
        end = month_end(next_month(end))


def figures(
    project: DemoProject, made: Sequence[Change], ends: Sequence[date], second_issue: date, rng: Random
) -> list[Figure]:
    """One figure for each month end. ``second_issue``: since when all that may be issued is issued."""
    planned = [planned_pct(project, end_at(project, made, end), end) for end in ends]
    physical = _physical(project, planned, rng)
    given = money.issued(project, ends, second_issue)
    out = money.spent(project, planned, physical, given, rng)
    quality, slack = rng.uniform(0.93, 1.02), rng.uniform(0.2, 0.5)
    spending = zip(
        investments(project, ends, physical, quality), money.purses(project, given, out, slack), strict=True
    )
    months = zip(ends, planned, physical, [physical[0], *physical], spending, strict=False)
    rows = []
    for end, plan, now, before, (investment, purse) in months:
        rows.append(
            Figure(
                as_of=end,
                physical=now,
                gain=round(now - before, 1),
                investment=investment,
                annual_plan=_annual_plan(project, end.year),
                purse=purse,
                stage=_stage(project, physical, len(rows), end),
                situation=_situation(project, plan, now, before, end, purse),
            )
        )
    return rows


def _physical(project: DemoProject, planned: list[float], rng: Random) -> list[float]:
    match project.behaviour:
        case (
            Behaviour.PLANNED_LATER | Behaviour.TRUE_ZERO | Behaviour.NOT_STARTED | Behaviour.LONG_NOT_STARTED
        ):
            return [0.0] * len(planned)
        case Behaviour.FINISHED:
            done = len(planned) - rng.randint(1, 5)
            return _path(planned[: done + 1], 100.0, rng) + [100.0] * (len(planned) - done - 1)
        case Behaviour.STALLED | Behaviour.MONEY_FIRST:
            moving = len(planned) - rng.randint(4, 5)
            reached = max(planned[moving - 1] + rng.uniform(-2, 3), 6.0)
            path = _path(planned[:moving], min(reached, 88.0), rng)
            return path + path[-1:] * (len(planned) - moving)
    low, high = _AHEAD.get(project.behaviour, _AHEAD_USUALLY)
    ahead = rng.uniform(low, high) * (1 if project.behaviour in _AHEAD else min(1, planned[-1] / 30))
    if project.behaviour == Behaviour.RESCUED:  # measured from the plan before the change
        return _path(planned, planned[-1] - rng.uniform(-3, 3), rng)
    return _path(planned, min(max(planned[-1] + ahead, 5.0), 98.5), rng)


def _path(planned: list[float], reached: float, rng: Random) -> list[float]:
    """From near the plan to what is reached at last, a little every month since the start."""
    first = planned[0] if planned[0] < reached - 6 else reached * rng.uniform(0.4, 0.6)
    first = first if planned[0] > 0 else 0.0
    steps = [
        (max(after - before, 0) + 0.8) * rng.uniform(0.8, 1.2) if after > 0 else 0.0
        for before, after in pairwise(planned)
    ]
    share = [0.0, *accumulate(steps)]
    return [told(first + (reached - first) * gone / (share[-1] or 1)) for gone in share]


def _annual_plan(project: DemoProject, year: int) -> float:
    """The investment planned for a year, by the first approved plan."""
    opened, closed = (planned_pct(project, project.end, date(y, 12, 31)) for y in (year - 1, year))
    return round(project.total * (closed - opened) / 100, 2)


def _stage(project: DemoProject, physical: list[float], index: int, at: date) -> str:
    if physical[index] == 0:
        return "未开工"
    if physical[index] < 100:
        return "新开工" if project.start.year == at.year else "在建"
    return ("竣工", "投产", "投产", "达产")[min(physical[: index + 1].count(100.0) - 1, 3)]


def _situation(project: DemoProject, plan: float, now: float, before: float, at: date, purse: Purse) -> str:
    if now >= 100:
        return "finished"
    if now == 0:
        return "idle" if at < project.start else "late_start"
    if now == before and project.behaviour in _FROZEN and plan > now:
        return "stalled" if project.behaviour == Behaviour.STALLED else "money_first"
    if at >= project.end and project.behaviour == Behaviour.PAST_END:
        return "overdue"
    if plan - now >= 10:
        return "badly_behind" if plan - now > 30 else "behind"
    base = project.reward * FIRST_TRANCHE if project.curve else purse.issued
    if purse.spent < 0.88 * min(base * plan / 100, purse.issued):
        return "spending_behind"
    limits = ((15, "starting"), (65, "building"), (90, "fitting"), (100, "finishing"))
    return next(name for limit, name in limits if now < limit)
