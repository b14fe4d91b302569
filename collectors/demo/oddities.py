"""What is planted in the record forms for people to find: which project shows which oddity.

Pure and by seed; the cities that have accounts come first, at most one of a kind a city, the silent one has
none. A new oddity is a member, how many there are, and who may show it.
"""

from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from functools import lru_cache
from random import Random

from collectors.demo.changes import planned_pct
from collectors.demo.manners import manners
from collectors.demo.people import SHOWN
from collectors.demo.projects import DemoProject, portfolio
from collectors.demo.windows import Behaviour, last_as_of
from models.vocabulary import Kind


class Oddity(StrEnum):
    """What is odd about a project beside its own reports."""

    OWNER_LAGS = "owner_lags"  # the chain-owner is far behind, the line's own progress looks fine
    SUPPLIER_LAGS = "supplier_lags"
    TENANTS_DISAGREE = "tenants_disagree"  # a few tenants far ahead, many stand still
    ON_INFRASTRUCTURE = "on_infrastructure"  # central money for what is local money in principle: W-B129
    NOT_SEPARATE = "not_separate"  # central money that is not separately accounted: W-B130
    PAID_BEYOND = "paid_beyond"  # more of a document paid than transferred: W-B137


#: How many projects of the country show each, and of which kind they are (None: any).
_HOW_MANY = {
    Oddity.ON_INFRASTRUCTURE: (1, Kind.SURFACE),
    Oddity.OWNER_LAGS: (4, Kind.LINE),
    Oddity.SUPPLIER_LAGS: (4, Kind.LINE),
    Oddity.TENANTS_DISAGREE: (5, Kind.SURFACE),
    Oddity.NOT_SEPARATE: (1, Kind.POINT),
    Oddity.PAID_BEYOND: (1, Kind.POINT),
}

#: Planned progress at the newest month end: enough to be behind it, not yet at the end.
_UNDER_WAY = (30, 94)


@lru_cache(maxsize=4)
def oddities(today: date, *, seed: int = 42) -> dict[str, Oddity]:
    """The projects that show one, by code."""
    found: dict[str, Oddity] = {}
    for oddity, (many, kind) in _HOW_MANY.items():
        fit = (p for p in _candidates(today, seed, oddity) if p.kind == kind and p.code not in found)
        chosen: dict[str, DemoProject] = {}
        for project in fit:
            chosen.setdefault(project.place.code, project)
        found |= {project.code: oddity for project in list(chosen.values())[:many]}
    return found


def _candidates(today: date, seed: int, oddity: Oddity) -> Iterator[DemoProject]:
    """Projects on plan and under way, those of shown cities first, the others shuffled."""
    projects = list(portfolio(today, seed=seed))
    Random(f"{seed}:{oddity}").shuffle(projects)
    silent = manners(today, seed).silent
    for project in sorted(projects, key=lambda project: project.place.code not in SHOWN):
        planned = planned_pct(project, project.end, last_as_of(today))
        under_way = _UNDER_WAY[0] <= planned <= _UNDER_WAY[1]
        if project.behaviour != Behaviour.ON_PLAN or project.place.code in silent or not under_way:
            continue
        if oddity != Oddity.ON_INFRASTRUCTURE or project.category == "基础设施":
            yield project
