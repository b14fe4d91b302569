"""How the demonstration's projects are planned to progress, and what is approved to change in that plan.

Pure. How a plan is counted here (both days included, straight between month ends) is how
``models/measures.py`` counts it. A new ground's effect is one line of ``_EFFECTS``.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from collectors.demo import words
from collectors.demo.projects import DemoProject
from collectors.demo.windows import Behaviour
from models.clock import add_workdays, month_end

#: Progress of a rescued project against the plan before it was changed, in points: lowest, highest.
RESCUED_BEHIND = (-41.0, -35.0)


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


def told(progress: float) -> float:
    """Progress as a form says it: one decimal; what has begun is at least 1 %, less looks like a ratio."""
    return round(max(progress, 1.0) if progress > 0 else 0.0, 1)


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


def end_at(project: DemoProject, made: Sequence[Change], at: date) -> date:
    """The planned end that is in force on a day."""
    ends = [change.end for change in made if change.end and change.on <= at]
    return ends[-1] if ends else project.end


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
            made = [_change(project, end, g, rng) for end, g in zip(ends[-6::2], grounds, strict=False)]
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
    reached = planned_pct(project, project.end, ends[-1]) + sum(RESCUED_BEHIND) / 2
    days = (ends[-1] - project.start).days * 100 / (reached + 1)
    change = _change(project, ends[-2], "严重滞后或总工期变化", rng)
    return replace(change, end=month_end(project.start + timedelta(days=round(days))))
