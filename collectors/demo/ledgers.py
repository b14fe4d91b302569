"""The record forms of a city beside its reports: money, members, tenants, milestones, reach, findings.

They came in with the last but one month: its files hold what was before as well. Milestones are brought up to
date a month later by part of the cities only. Money is sent before the report that is held against it, the
rest after it; the province registers its findings later.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from collectors.demo.funds import fund_row, movements
from collectors.demo.manners import manners, sundays
from collectors.demo.members import member_rows
from collectors.demo.milestones import milestone_rows
from collectors.demo.oddities import Oddity, oddities
from collectors.demo.people import SHOWN
from collectors.demo.posting import DemoFile, Sender, office_hour, posted
from collectors.demo.projects import portfolio
from collectors.demo.rows import Row
from collectors.demo.stories import Story
from collectors.demo.supervision import QUARTERS, enterprise_rows, inspected, inspection_rows
from collectors.demo.tenants import tenant_rows
from collectors.forms import ENTERPRISES, FUNDS, INSPECTIONS, MEMBERS, MILESTONES, TENANTS, Form
from models.clock import add_workdays, local_day, month_start
from models.vocabulary import Kind, Role

#: The month, counted from the newest, with which the record forms came.
SINCE = -2

#: Months that members and tenants are told for when the form comes.
_MONTHS_TOLD = 2

#: Minutes before a month's report at which money is sent.
MONEY_BEFORE = 10


@dataclass(frozen=True)
class _Month:
    """A month of record files: the month ends they speak of, and when its report comes."""

    days: tuple[date, ...]
    at: datetime
    today: date
    seed: int

    @property
    def end(self) -> date:
        return self.days[-1]

    @property
    def is_first(self) -> bool:
        return len(self.days) > 1


def ledger_files(
    sender: Sender, told: Sequence[Story], sent: Sequence[datetime], today: date, seed: int
) -> Iterator[DemoFile]:
    """The record files of a city. ``sent``: when its monthly reports come, as far as they come."""
    ends = [figure.as_of for figure in told[0].figures]
    first = len(ends) + SINCE
    for index in range(first, len(sent)):
        since = first + 1 - _MONTHS_TOLD if index == first else index
        month = _Month(tuple(ends[since : index + 1]), sent[index], today, seed)
        for form, rows, minutes in _books(told, month):
            if rows:
                yield posted(sender, form, f"{month.end:%Y-%m}", rows, month.at + timedelta(minutes=minutes))
    if first < len(sent):
        yield from _reach(sender, told, sent, seed)
        yield from _findings(sender, told, sent[first], today, seed)


def _books(told: Sequence[Story], month: _Month) -> Iterator[tuple[Form, list[Row], int]]:
    """A month's forms with their rows, and how many minutes after the report each is sent."""
    yield FUNDS, _money(told, month), -MONEY_BEFORE
    yield MEMBERS, _parts(told, Kind.LINE, member_rows, month), 6
    yield TENANTS, _parts(told, Kind.SURFACE, tenant_rows, month), 11
    if month.is_first or told[0].project.place.code in up_to_date(month.today, month.seed):
        yield MILESTONES, [row for s in told for row in milestone_rows(s, month.end, month.seed)], 17


def up_to_date(today: date, seed: int) -> set[str]:
    """The cities that bring milestones up to date: those shown, and those where something is odd."""
    odd = oddities(today, seed=seed)
    return {*SHOWN, *(p.place.code for p in portfolio(today, seed=seed) if p.code in odd)}


def _money(told: Sequence[Story], month: _Month) -> list[Row]:
    """What moved in the month, or since the last week that was told; when the form came, all there was."""
    place = told[0].project.place
    begins = date.min if month.is_first else month_start(month.end)
    if place.code == manners(month.today, month.seed).weekly and not month.is_first:
        told_by = (day for day in sundays(month.today) if day < month.end)
        begins = max([begins, *(day + timedelta(days=1) for day in told_by)])
    moved = movements(place, month.today, month.seed)
    return [fund_row(place, m) for m in moved if begins <= m.on <= month.end]


def _parts(
    told: Sequence[Story],
    kind: Kind,
    rows_of: Callable[[Story, date, Oddity | None, int], Iterator[Row]],
    month: _Month,
) -> list[Row]:
    """Members of the lines, or parts of the surfaces, at the month ends."""
    odd = oddities(month.today, seed=month.seed)
    own = [story for story in told if story.project.kind == kind and story.reports]
    return [
        row for s in own for day in month.days for row in rows_of(s, day, odd.get(s.project.code), month.seed)
    ]


def _reach(sender: Sender, told: Sequence[Story], sent: Sequence[datetime], seed: int) -> Iterator[DemoFile]:
    """Digital reach: the last quarters when the form came, then every quarter end with its report."""
    ends = [figure.as_of for figure in told[0].figures]
    first = len(ends) + SINCE
    for index in range(first, len(sent)):
        quarters = [end for end in ends[: index + 1] if end.month % 3 == 0][-QUARTERS:]
        fresh = quarters if index == first else quarters[-1:]
        if index == first or ends[index] in fresh:
            rows = enterprise_rows(told[0].project.place, fresh, ends[-1], seed)
            at = sent[index] + timedelta(minutes=23)
            yield posted(sender, ENTERPRISES, f"{ends[index]:%Y-%m}", rows, at)


def _findings(
    sender: Sender, told: Sequence[Story], sent: datetime, today: date, seed: int
) -> Iterator[DemoFile]:
    if sender.code in inspected(today, seed):
        rng = Random(f"{seed}:findings:{sender.code}")
        at = office_hour(add_workdays(local_day(sent), rng.randint(6, 9)), rng)
        province = Sender(sender.code, sender.name, Role.PROVINCE)
        rows = inspection_rows(told, local_day(at), seed)
        yield posted(province, INSPECTIONS, f"{local_day(at)}", rows, at)


def reopened_at(sent: datetime) -> datetime:
    """When an accepted month is opened again: some working days after the report the forms came with."""
    return sent + (add_workdays(local_day(sent), 8) - local_day(sent))
