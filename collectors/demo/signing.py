"""Who signs which period when, and the exceptions from the calendar: plain values that a loader carries out.

Pure. Both departments vouch some working days after a month's last file, then the province accepts. The
months before the newest are accepted nearly everywhere; the newest stands in every state there is. One city
reports by the week, one was given more time, one had an accepted month opened again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from collectors.demo import words
from collectors.demo.deliveries import corrected_at, reports_at
from collectors.demo.ledgers import SINCE, reopened_at
from collectors.demo.manners import Manners, manners, sundays, weekly_since
from collectors.demo.people import SHOWN, officer, province_officer
from collectors.demo.stories import stories
from collectors.demo.words import DemoPlace
from models.access import Scope
from models.clock import add_workdays, at_hour, end_of_day, last_workday_before, local_day
from models.periods import Period, Window
from models.vocabulary import Department, ExceptionKind, PeriodUnit, SignStep

_MONTH, _WEEK = Window(1, PeriodUnit.MONTH, 3), Window(1, PeriodUnit.WEEK, 2)
_INDUSTRY, _FINANCE = Department.INDUSTRY, Department.FINANCE

#: Working days after a month's report until somebody vouches, and until the province decides.
_VOUCHED_AFTER, _DECIDED_AFTER = {_INDUSTRY: 2, _FINANCE: 3}, 5

#: How far a period is signed: who has vouched, what the province decided.
_STATES = {
    "nothing": ((), None),
    "industry": ((_INDUSTRY,), None),
    "finance": ((_FINANCE,), None),
    "both": ((_INDUSTRY, _FINANCE), None),
    "accepted": ((_INDUSTRY, _FINANCE), SignStep.ACCEPTED),
    "returned": ((_INDUSTRY, _FINANCE), SignStep.RETURNED),
}

#: How often each state is met in older months, and in the newest.
_BEFORE, _NEWEST = {"accepted": 9, "both": 1}, dict(zip(_STATES, (3, 4, 2, 6, 6, 2), strict=True))

#: The newest month of the cities that have accounts: something is left to do at each desk.
_NEWEST_OF = {"210100": "industry", "510700": "both", "310114": "returned", "210200": "both"}

_RETURNED = "支出数与国库支付凭证不一致，请核对后重新审签。"
_REOPENED = "发现设备安装进度重复统计，需更正后重新审签。"
_EXTENDED = "统计口径调整，项目数据需重新核对。"
_WEEKLY = "进度滞后项目较集中，按周调度。"


@dataclass(frozen=True)
class Signed:
    """A signature under a city's period. ``at`` is aware UTC; ``department`` None: the province's."""

    at: datetime
    by: Scope
    city: str
    period: Period
    step: SignStep
    department: Department | None = None
    note: str | None = None

    @property
    def about(self) -> date:
        """The end of the period that it is about."""
        return self.period.end


@dataclass(frozen=True)
class Granted:
    """An exception for a city's period, until an instant. ``about`` is the period's end."""

    at: datetime
    by: Scope
    city: str
    about: date
    kind: ExceptionKind
    until: datetime
    reason: str


@dataclass(frozen=True)
class RuleSet:
    """A rhythm of a city's own. ``about`` is the day from which it holds."""

    at: datetime
    by: Scope
    city: str
    about: date
    unit: PeriodUnit
    due_days: int
    reason: str


DemoEvent = Signed | Granted | RuleSet


def signatures(today: date, *, seed: int = 42, cities: Sequence[str] | None = None) -> Iterator[DemoEvent]:
    """Everything that is signed, granted or set before today's first hour is over, oldest first."""
    found: list[DemoEvent] = []
    for place in words.places():
        if cities is None or place.code in cities:
            found += _of_city(place, today, seed)
    yield from sorted((e for e in found if e.at < at_hour(today, 1)), key=lambda e: (e.at, e.city))


def _of_city(place: DemoPlace, today: date, seed: int) -> Iterator[DemoEvent]:
    how = manners(today, seed)
    if place.code == how.weekly:
        yield from _weekly(place, today)
        return
    ends = [figure.as_of for figure in stories(place.code, today, seed)[0].figures]
    sent, rng = reports_at(place, today, seed), Random(f"{seed}:signing:{place.code}")
    if len(sent) < len(ends):
        return
    first = len(ends) + SINCE
    for index in range(first - 1, len(ends)):
        state = _state(place.code, index == len(ends) - 1, how, rng)
        yield from _signed(place, ends[index], local_day(sent[max(index, first)]), state, rng)
    if place.code == how.extended:
        yield _extension(place, ends[-1])
    if place.code == how.reopened:
        yield from _reopening(place, today, seed, rng)


def _state(city: str, newest: bool, how: Manners, rng: Random) -> str:
    """How far a month of a city is signed."""
    odds = _NEWEST if newest else _BEFORE
    state = rng.choices(list(odds), list(odds.values()))[0]
    if newest:
        return _NEWEST_OF.get(city, state)
    return "accepted" if city in (*SHOWN, how.reopened) else state


def _signed(place: DemoPlace, end: date, after: date, state: str, rng: Random) -> Iterator[Signed]:
    """The signatures that bring a period into a state. ``after``: the day of its last file."""
    departments, decision = _STATES[state]
    period = _MONTH.period(end)
    for department in departments:
        at = at_hour(add_workdays(after, _VOUCHED_AFTER[department]), rng.randint(9, 16), rng.randint(0, 59))
        yield Signed(at, officer(place.code, department), place.code, period, SignStep.VOUCHED, department)
    if decision is not None:
        at = at_hour(add_workdays(after, _DECIDED_AFTER), rng.randint(9, 16), rng.randint(0, 59))
        note = _RETURNED if decision == SignStep.RETURNED else None
        yield Signed(at, province_officer(place.code), place.code, period, decision, note=note)


def _extension(place: DemoPlace, end: date) -> Granted:
    at = at_hour(add_workdays(end, 1), 10, 20)
    until = end_of_day(end + timedelta(days=20))
    by = province_officer(place.code)
    return Granted(at, by, place.code, end, ExceptionKind.EXTENSION, until, _EXTENDED)


def _reopening(place: DemoPlace, today: date, seed: int, rng: Random) -> Iterator[DemoEvent]:
    """An accepted month is opened again, corrected, and signed once more."""
    found = corrected_at(place, today, seed)
    if found is None:
        return
    index, corrected = found
    end = stories(place.code, today, seed)[0].figures[index].as_of
    at = reopened_at(reports_at(place, today, seed)[SINCE])
    until = end_of_day(local_day(at) + timedelta(days=7))
    by = province_officer(place.code)
    yield Granted(at, by, place.code, end, ExceptionKind.REOPENING, until, _REOPENED)
    yield from _signed(place, end, local_day(corrected), "accepted", rng)


def _weekly(place: DemoPlace, today: date) -> Iterator[DemoEvent]:
    """The rhythm, and the signatures under one of the weeks."""
    since, by = weekly_since(today), province_officer(place.code)
    set_at = at_hour(last_workday_before(since), 15, 40)
    yield RuleSet(set_at, by, place.code, since, PeriodUnit.WEEK, _WEEK.due_days, _WEEKLY)
    week = _WEEK.period(sundays(today)[-4])
    for days, department in enumerate(Department, start=9):
        at = at_hour(week.end + timedelta(days=days), 10, 5)
        who = officer(place.code, department)
        yield Signed(at, who, place.code, week, SignStep.VOUCHED, department)
    yield Signed(at_hour(week.end + timedelta(days=12), 11), by, place.code, week, SignStep.ACCEPTED)
