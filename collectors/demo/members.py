"""The enterprises of the demonstration's lines: who supplies whom, and how far each is, month by month.

Pure. A chain is a tree: the chain-owner is tier 0, its suppliers tier 1, theirs tier 2. Members lie in the
own city, in partner cities of the roster and elsewhere. They go as their line goes, but where somebody lags
(``oddities.py``).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from random import Random

from collectors.demo import words
from collectors.demo.changes import told
from collectors.demo.material import Body, bodies, elsewhere, seat
from collectors.demo.oddities import Oddity
from collectors.demo.projects import DemoProject
from collectors.demo.rows import Row
from collectors.demo.stories import Story

#: Members of a line: fewest, most; and which part of the others is tier 1.
_FEWEST, _MOST, _FIRST_TIER = 4, 9, 0.6

#: Where a member lies: the own city, another city of the roster, elsewhere.
_WHERE = (60, 25, 15)

#: Points by which a member may be ahead of its line, and its plan ahead of the line's.
_SPREAD = 6.0

#: What one who lags badly has done of what was planned, and may have done at most.
LAGGING_SHARE, _LAGGING_MOST = 0.35, 34.0


@dataclass(frozen=True)
class Member:
    """An enterprise of a line. ``ahead``: points by which it is ahead of its line; None: it lags badly."""

    body: Body
    tier: int
    supplies: str
    ahead: float | None
    plan_ahead: float


def members(project: DemoProject, oddity: Oddity | None, seed: int) -> list[Member]:
    """The members of a line, the chain-owner first."""
    rng = Random(f"{seed}:members:{project.code}")
    found = _bodies(project, rng)
    first_tier = found[1 : 1 + max(2, round((len(found) - 1) * _FIRST_TIER))]
    lagging = {Oddity.OWNER_LAGS: found[0], Oddity.SUPPLIER_LAGS: first_tier[-1]}.get(oddity)
    made = []
    for body in found:
        tier = 0 if body is found[0] else 1 if body in first_tier else 2
        customer = ("", found[0].code, first_tier[len(made) % len(first_tier)].code)[tier]
        ahead = None if body is lagging else round(rng.uniform(-_SPREAD, _SPREAD), 1)
        made.append(Member(body, tier, customer, ahead, round(rng.uniform(-_SPREAD, _SPREAD) / 2, 1)))
    return made


def member_rows(story: Story, at: date, oddity: Oddity | None, seed: int) -> Iterator[Row]:
    """Rows of the chain members form, as of a month end."""
    figure, planned = story.figure_on(at), story.planned(at)
    for member in members(story.project, oddity, seed):
        goal = within(planned, member.plan_ahead)
        yield {
            "code": story.project.code,
            "as_of": at,
            "unit_code": member.body.code,
            "unit_name": member.body.name,
            "tier": member.tier,
            "supplies": member.supplies,
            "member_city": member.body.city,
            "planned_pct": goal,
            "actual_pct": lagged(goal) if member.ahead is None else within(figure.physical, member.ahead),
        }


def lagged(planned: float) -> float:
    """How far somebody is who lags badly."""
    return told(min(planned * LAGGING_SHARE, _LAGGING_MOST))


def within(progress: float, ahead: float) -> float:
    """Progress and a little more or less; what is not begun or finished is so for all."""
    return progress if progress in (0, 100) else told(min(max(progress + ahead, 1.0), 99.0))


def _bodies(project: DemoProject, rng: Random) -> list[Body]:
    """The enterprises, the chain-owner first; the implementing unit is the owner or one of its suppliers."""
    many = rng.randint(_FEWEST, _MOST)
    own = Body(project.unit, project.unit_code, project.place.name)
    trade = words.industry(project.industry).trade
    seats = [seat(project.place), *(_seat(project, rng) for _ in range(many - 1))]
    found = bodies(trade, project.serial, seats, rng)
    if project.chain_owner == project.unit:
        return [own, *found[1:]]
    owner = Body(project.chain_owner, found[0].code, project.place.name)
    return [owner, own, *found[2:]]


def _seat(project: DemoProject, rng: Random) -> tuple[str, str, str]:
    match rng.choices(("own", "roster", "elsewhere"), _WHERE)[0]:
        case "own":
            return seat(project.place)
        case "elsewhere":
            return rng.choice(elsewhere())
    named = {part.split(":")[0] for part in project.partners.split(";") if part}
    others = [place for place in words.places() if place.province != project.place.province]
    return seat(rng.choice([place for place in others if place.name in named] or others))
