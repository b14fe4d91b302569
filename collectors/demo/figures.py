"""What the demonstration's projects report, month by month: progress, investment, money, plan changes.

Pure: a project, the month ends and a random source go in, figures come out. Cumulative figures never fall.
Percentages have one decimal, amounts are in 万元 with two. How a plan is counted here (both days included,
straight between month ends) is how ``models/measures.py`` counts it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import accumulate, pairwise
from random import Random

from collectors.demo import words
from collectors.demo.projects import DemoProject
from collectors.demo.windows import Behaviour, last_as_of, programme_opens
from models.clock import add_workdays, month_end, next_month

#: Month ends the demonstration reports.
MONTHS = 10

#: Share of the award that is issued before the final assessment (domain.md, 0.2).
_FIRST_TRANCHE = 0.5

_FROZEN = (Behaviour.STALLED, Behaviour.MONEY_FIRST)

#: Progress against the plan at the newest month end, in points: lowest, highest.
_AHEAD = {
    Behaviour.LAGGING: (-25.0, -12.0),
    Behaviour.FAR_BEHIND: (-46.0, -33.0),
    Behaviour.RESCUED: (-41.0, -35.0),
    Behaviour.PAST_END: (-12.0, -3.0),
}
_AHEAD_USUALLY = (-5.5, 4.0)

#: Spending against planned spending, by way to go: lowest, highest.
_SPENDING = {
    Behaviour.SPENDING_BEHIND: (0.5, 0.84),
    Behaviour.FAR_BEHIND: (0.6, 0.85),
    Behaviour.MONEY_FIRST: (0.96, 1.1),
}
_SPENDING_USUALLY = (0.94, 1.03)


@dataclass(frozen=True)
class Change:
    """A row of the adjustments form; what stays as it was is None."""

    on: date
    ground: str
    note: str
    document_no: str
    name: str | None = None
    end: date | None = None
    total: int | None = None
    reward: int | None = None


@dataclass(frozen=True)
class Figure:
    """A row of the dispatch form, and the situation its words tell."""

    as_of: date
    physical: float
    gain: float
    invested: float
    annual_plan: float
    issued: float
    transferred: float
    paid: float
    spent: float
    stage: str
    situation: str


def month_ends(batch: int, today: date) -> list[date]:
    """The month ends that are reported, oldest first: ten, or since the batch's first summer."""
    ends = [last_as_of(today)]
    while len(ends) < MONTHS:
        ends.append(ends[-1].replace(day=1) - timedelta(days=1))
    return [end for end in reversed(ends) if end > programme_opens(batch, today)]


def changes(project: DemoProject, ends: Sequence[date], rng: Random) -> list[Change]:
    """The approved adjustments of a project, oldest first."""
    match project.behaviour:
        case Behaviour.ADJUSTED_ONCE:
            return [_change(project, ends[-4], rng.choice(sorted(_EFFECTS)), rng)]
        case Behaviour.ADJUSTED_OFTEN:
            grounds = (
                "主要建设内容或总投资变化",
                "严重滞后或总工期变化",
                rng.choice(("政策或目标调整", "机构调整")),
            )
            made = [_change(project, end, g, rng) for end, g in zip(ends[-7::2], grounds, strict=False)]
            return _one_after_another(made)
        case Behaviour.RESCUED:
            return [_rescue(project, ends, rng)]
    return []


def _change(project: DemoProject, after: date, ground: str, rng: Random) -> Change:
    on = add_workdays(after + timedelta(days=rng.randint(7, 13)), 1)
    number = f"{project.place.short[0]}工信调整〔{on.year}〕{rng.randint(3, 60)}号"
    change = Change(on, ground, words.ground_note(ground, rng), number)
    return replace(change, **_EFFECTS[ground](project, rng))


def _later(project: DemoProject, rng: Random) -> dict:
    return {"end": month_end(project.end + timedelta(days=rng.choice((45, 62, 75))))}


#: What an adjustment changes, by its ground.
_EFFECTS = {
    "政策或目标调整": lambda project, rng: {"name": project.name.removesuffix("项目") + "（提标）项目"},
    "机构调整": lambda project, rng: {"name": f"{project.place.short}{project.name}"},
    "主要建设内容或总投资变化": lambda project, rng: {
        "total": round(project.total * rng.uniform(1.03, 1.09))
    },
    "严重滞后或总工期变化": _later,
    "预算削减": lambda project, rng: {"reward": int(project.reward * 0.9) // 10 * 10},
    "不可抗力": _later,
    "其他": _later,
}


def _one_after_another(made: list[Change]) -> list[Change]:
    numbers = [f"{change.document_no.split('〕')[0]}〕{20 + 7 * i}号" for i, change in enumerate(made)]
    return [replace(change, document_no=number) for change, number in zip(made, numbers, strict=True)]


def _rescue(project: DemoProject, ends: Sequence[date], rng: Random) -> Change:
    """So much later that what was far behind is nearly on plan."""
    reached = planned_pct(project, project.end, ends[-1]) + sum(_AHEAD[Behaviour.RESCUED]) / 2
    days = (ends[-1] - project.start).days * 100 / (reached + 1)
    change = _change(project, ends[-2], "严重滞后或总工期变化", rng)
    return replace(change, end=month_end(project.start + timedelta(days=round(days))))


def planned_pct(project: DemoProject, end: date, at: date) -> float:
    """Planned physical progress at a month's end: the S-curve, or the time that has elapsed."""
    if at < project.start:
        return 0.0
    elapsed = min(((at - project.start).days + 1) / ((end - project.start).days + 1), 1.0)
    if not project.curve:
        return 100 * elapsed
    return max(
        1.0, round(100 * (0.5 * elapsed + 0.5 * (3 - 2 * elapsed) * elapsed**2), 1)
    )  # under 1: a ratio?


def curve(project: DemoProject) -> Iterator[tuple[date, float, float]]:
    """The plan's monthly points: month, cumulative planned progress and planned spending."""
    end = month_end(project.start)
    while True:
        planned = planned_pct(project, project.end, end)
        yield end.replace(day=1), planned, round(project.reward * _FIRST_TRANCHE * planned / 100, 2)
        if end >= project.end:
            return
        end = month_end(next_month(end))


def figures(
    project: DemoProject, made: Sequence[Change], ends: Sequence[date], second_issue: date, rng: Random
) -> list[Figure]:
    """One figure for each month end. ``second_issue``: since when all that may be issued is issued."""
    planned = [planned_pct(project, _end_at(project, made, end), end) for end in ends]
    physical = _physical(project, planned, rng)
    issued = [_issued(project, end, second_issue) for end in ends]
    spent = _spent(project, planned, physical, issued, rng)
    quality, slack = rng.uniform(0.93, 1.02), rng.uniform(0.2, 0.5)
    told = zip(ends, planned, physical, [physical[0], *physical], issued, spent, strict=False)
    rows = []
    for end, plan, now, before, given, out in told:
        rows.append(
            Figure(
                as_of=end,
                physical=now,
                gain=round(now - before, 1),
                invested=round(project.total * min(now / 100 * quality, 1), 2),
                annual_plan=_annual_plan(project, end.year),
                issued=given,
                transferred=round(out + (given - out) * (0.5 + slack), 2),
                paid=round(out + (given - out) * slack, 2),
                spent=out,
                stage=_stage(project, physical, len(rows), end),
                situation=_situation(project, plan, now, before, end, out, given),
            )
        )
    return _booked_early(project, rows)


def _end_at(project: DemoProject, made: Sequence[Change], at: date) -> date:
    ends = [change.end for change in made if change.end and change.on <= at]
    return ends[-1] if ends else project.end


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
    return [round(first + (reached - first) * gone / (share[-1] or 1), 1) for gone in share]


def _issued(project: DemoProject, at: date, second_issue: date) -> float:
    """Nothing before a late starter's start; then 30 %, later 50 % of the award."""
    late = (Behaviour.PLANNED_LATER, Behaviour.TRUE_ZERO, Behaviour.NOT_STARTED)
    if project.behaviour in late:
        return 0.0
    return round(project.reward * (_FIRST_TRANCHE if at >= second_issue else 0.3), 2)


def _spent(
    project: DemoProject, planned: list[float], physical: list[float], issued: list[float], rng: Random
) -> list[float]:
    low, high = _SPENDING.get(project.behaviour, _SPENDING_USUALLY)
    share, spent = rng.uniform(low, high), []
    for index, (plan, given) in enumerate(zip(planned, issued, strict=True)):
        base = project.reward * _FIRST_TRANCHE if project.curve else given
        moved = index == 0 or physical[index] > physical[index - 1] or project.behaviour != Behaviour.STALLED
        wanted = base * plan / 100 * share * rng.uniform(0.985, 1.0) if physical[index] and moved else 0.0
        spent.append(round(max([min(wanted, given), *spent[-1:]]), 2))
    return spent


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


def _situation(
    project: DemoProject, plan: float, now: float, before: float, at: date, spent: float, given: float
) -> str:
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
    base = project.reward * _FIRST_TRANCHE if project.curve else given
    if spent < 0.88 * min(base * plan / 100, given):
        return "spending_behind"
    limits = ((15, "starting"), (65, "building"), (90, "fitting"), (100, "finishing"))
    return next(name for limit, name in limits if now < limit)


def _booked_early(project: DemoProject, rows: list[Figure]) -> list[Figure]:
    """Money that moved before the work did: booked as spent before it was paid (以拨代支)."""
    if project.behaviour != Behaviour.MONEY_FIRST:
        return rows
    paid = rows[-4].paid
    return [*rows[:-4], *(replace(r, paid=max(paid, round(r.spent * 0.96, 2))) for r in rows[-4:])]
