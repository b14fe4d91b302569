"""The way of the money, step by step: issued to the city, transferred, paid, spent; and matching money.

Pure. Central money moves as the dispatch form says it stands at month ends (``money.py``), on working days
within the month; what moved before the first month that is reported is one movement. Municipal money has a
document for each project. ``holder`` is who has the money afterwards. What is planted here: ``oddities.py``.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise
from random import Random

from collectors.demo.changes import planned_pct
from collectors.demo.material import document, label, material, province_letter
from collectors.demo.money import FIRST_TRANCHE
from collectors.demo.oddities import Oddity, oddities
from collectors.demo.projects import DemoProject
from collectors.demo.rows import Row
from collectors.demo.stories import Story, stories
from collectors.demo.windows import Behaviour
from collectors.demo.words import DemoPlace
from models.clock import is_workday, month_start
from models.vocabulary import FundSource, Kind, MoneyStage

#: The days of a month on which money moves, by stage: first, last.
_DAYS = {MoneyStage.TRANSFERRED: (4, 10), MoneyStage.PAID: (11, 18), MoneyStage.SPENT: (19, 27)}
_MOVING = tuple(_DAYS)

#: How many of the projects get matching money, and how much of the award it is.
_MATCHED, _MATCHING = 0.25, 0.3

#: Shares of the matching money that are transferred, paid and spent, each a month after the one before.
_MATCHING_GOES = (0.8, 0.6, 0.5)

#: What is paid beyond what was transferred where that is planted, in 万元.
_BEYOND_WAN = 20

ENTERPRISE = "企业技术改造"


@dataclass(frozen=True)
class Movement:
    """A row of the money movements form; ``amount`` in 万元, ``code`` "" for money of the city."""

    document: str
    stage: MoneyStage
    on: date
    code: str
    amount: float
    source: FundSource
    category: str
    separate: bool
    voucher: str
    holder: str


def movements(place: DemoPlace, today: date, seed: int) -> tuple[Movement, ...]:
    """Every movement of a city's money up to the newest month end, oldest first."""
    return _movements(place.code, today, seed)


@lru_cache(maxsize=64)
def _movements(code: str, today: date, seed: int) -> tuple[Movement, ...]:
    told = stories(code, today, seed)
    award = _award(told[0].project.place, told, told[0].figures[0].as_of)
    found = [award, *(m for s in told if s.reports for m in _of_project(s, award, today, seed))]
    return tuple(sorted(found, key=lambda m: (m.on, m.code, m.stage)))


def purse_on(moved: Sequence[Movement], code: str, day: date) -> dict[str, float]:
    """What of the central money of a project had moved by a day, by stage as the dispatch form calls it."""
    sums = dict.fromkeys(map(str, _MOVING), 0.0)
    for m in moved:
        if m.code == code and m.on <= day and m.source == FundSource.CENTRAL:
            sums[str(m.stage)] = round(sums[str(m.stage)] + m.amount, 2)
    return sums


def fund_row(place: DemoPlace, movement: Movement) -> Row:
    """A row of the money movements form."""
    return {
        "document_no": movement.document,
        "stage": label(movement.stage),
        "happened_on": movement.on,
        "code": movement.code,
        "city": place.name,
        "amount": movement.amount,
        "source": label(movement.source),
        "spending_category": movement.category,
        "separate_account": "是" if movement.separate else "否",
        "voucher": movement.voucher,
        "holder": movement.holder,
    }


def _award(place: DemoPlace, stories: Sequence[Story], first_end: date) -> Movement:
    """The first tranche, half of the award, as the province passes it on to the city."""
    projects = [story.project for story in stories]
    approved_on = projects[0].approved_on
    latest = month_start(month_start(first_end) - timedelta(days=1))
    on = min(approved_on + timedelta(days=45), max(approved_on + timedelta(days=1), latest))
    amount = round(sum(project.reward for project in projects) * FIRST_TRANCHE, 2)
    number = 1 + Random(f"award:{place.code}").randint(0, 60)
    body = f"{province_letter(place)}财建"
    holder = _holder("issued", projects[0])
    return Movement(
        document(body, on, number),
        MoneyStage.ISSUED,
        on,
        "",
        amount,
        FundSource.CENTRAL,
        "",
        True,
        "",
        holder,
    )


def _holder(stage: str, project: DemoProject) -> str:
    return material()["holders"][stage].format(place=project.place.short, unit=project.unit)


def _of_project(story: Story, award: Movement, today: date, seed: int) -> Iterator[Movement]:
    rng = Random(f"{seed}:funds:{story.project.code}")
    oddity = oddities(today, seed=seed).get(story.project.code)
    yield from _central(story, award, oddity, rng)
    local = story.project.kind == Kind.SURFACE and story.project.category != ENTERPRISE
    if oddity == Oddity.PAID_BEYOND or local or rng.random() < _MATCHED:
        yield from _matching(story, oddity, rng)


def _central(story: Story, award: Movement, oddity: Oddity | None, rng: Random) -> Iterator[Movement]:
    project = story.project
    category = project.category if oddity == Oddity.ON_INFRASTRUCTURE else ENTERPRISE
    parked = project.behaviour == Behaviour.STALLED
    for stage in _MOVING:
        holder = _holder("parked" if parked and stage == MoneyStage.TRANSFERRED else str(stage), project)
        for on, amount in _steps(story, stage, award.on, rng):
            yield Movement(
                document=award.document,
                stage=stage,
                on=on,
                code=project.code,
                amount=amount,
                source=FundSource.CENTRAL,
                category=category,
                separate=oddity != Oddity.NOT_SEPARATE,
                voucher=_voucher(stage, on, rng),
                holder=holder,
            )


def _voucher(stage: MoneyStage, on: date, rng: Random) -> str:
    """Payments and bookings have one; issuing and transferring rest on the document."""
    return f"记{on:%Y%m}-{rng.randint(1, 999):03d}" if stage in (MoneyStage.PAID, MoneyStage.SPENT) else ""


def _steps(story: Story, stage: MoneyStage, issued_on: date, rng: Random) -> Iterator[tuple[date, float]]:
    """Days and amounts of a stage's movements: the differences between month ends, on days of the month."""
    stands = [(figure.as_of, getattr(figure.purse, stage)) for figure in story.figures]
    before = month_start(stands[0][0]) - timedelta(days=1)
    if stands[0][1] > 0:
        early = issued_on < month_start(before) and planned_pct(story.project, story.project.end, before) > 0
        yield _day(before if early else stands[0][0], stage, rng), stands[0][1]
    for (_, earlier), (end, later) in pairwise(stands):
        if later > earlier:
            yield _day(end, stage, rng), round(later - earlier, 2)


def _day(month: date, stage: MoneyStage, rng: Random) -> date:
    return rng.choice(_workdays(month_start(month), *_DAYS[stage]))


@lru_cache(maxsize=256)
def _workdays(month: date, first: int, last: int) -> tuple[date, ...]:
    """The working days of a part of a month; its last day where there are none."""
    days = [month.replace(day=day) for day in range(first, last + 1)]
    return tuple(day for day in days if is_workday(day)) or (days[-1],)


def _matching(story: Story, oddity: Oddity | None, rng: Random) -> Iterator[Movement]:
    """Municipal money for one project: a document of its own, then onwards month by month."""
    project, ends = story.project, [figure.as_of for figure in story.figures]
    first = rng.randint(2, len(ends) - 5)
    total = max(round(project.reward * _MATCHING / 10), 1) * 10.0
    issued_on = _day(ends[first], MoneyStage.TRANSFERRED, rng)
    number = document(f"{project.place.short[0]}财企", issued_on, project.number)
    going = [round(total * share, 2) for share in _MATCHING_GOES]
    if oddity == Oddity.PAID_BEYOND:
        going[1] = going[0] + _BEYOND_WAN
    amounts = ((MoneyStage.ISSUED, issued_on, total), *_onwards(ends[first:], going, rng))
    for stage, on, amount in amounts:
        holder = _holder(str(stage), project)
        yield Movement(
            *(number, stage, on, project.code, amount, FundSource.MUNICIPAL, project.category, True),
            *(_voucher(stage, on, rng), holder),
        )


def _onwards(
    ends: Sequence[date], going: Sequence[float], rng: Random
) -> Iterator[tuple[MoneyStage, date, float]]:
    for index, (stage, amount) in enumerate(zip(_MOVING, going, strict=True), start=1):
        yield stage, _day(ends[index], stage, rng), amount
