"""Seeded sample reports of all roster cities; they enter through intake like any other.

Read ``deliveries`` first. Pure and deterministic: the same day and seed give the same bytes, and the files of
some cities are the same whether the others are asked for or not. Nothing here stores anything. Every figure
and every name is made up. Who builds what: ``projects.py``; how it goes: ``figures.py`` and what it calls;
the progress forms of a city: here; its record forms: ``ledgers.py``; what supervisors register:
``national.py``.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from random import Random

from collectors.demo import ledgers, words
from collectors.demo.figures import curve
from collectors.demo.manners import SILENT_MONTHS, manners
from collectors.demo.national import national_files
from collectors.demo.people import BY_SYSTEM
from collectors.demo.posting import DemoFile, Sender, office_hour, posted
from collectors.demo.projects import portfolio
from collectors.demo.rows import Row, change_row, csv_bytes, dispatch_row, project_row
from collectors.demo.stories import Story, stories
from collectors.demo.weekly import weekly_files
from collectors.demo.windows import Behaviour
from collectors.demo.words import DemoPlace
from collectors.forms import ADJUSTMENTS, DISPATCH, PLAN, PROJECTS
from models.clock import add_workdays, at_hour
from models.vocabulary import Role

#: Months that are reported one by one; those before were handed in together when the system was introduced.
ONE_BY_ONE = 6

#: How long before a month's report the city's system had handed over one that was refused.
_MENDED_AFTER = timedelta(hours=2, minutes=40)

#: How long after a month's report its correction comes; and why, as the city says.
_CORRECTED_AFTER, _WHY = timedelta(days=7, minutes=25), "设备安装进度重复统计，核实后更正。"


def deliveries(today: date, *, seed: int = 42, cities: Sequence[str] | None = None) -> Iterator[DemoFile]:
    """All files received before ``today`` or in its first hour, oldest first.

    The late cities' newest report comes in that hour, so that the day differs from the one before.
    ``cities`` (place codes) None means all; what supervisors register over all cities is always there.
    """
    files = list(national_files(today, seed))
    for place in words.places():
        if cities is None or place.code in cities:
            files += _of_city(place, today, seed)
    known = (file for file in files if file.received_at < at_hour(today, 1))
    yield from sorted(known, key=lambda file: (file.received_at, file.city, file.file_name))


def behaviours(today: date, *, seed: int = 42) -> dict[str, Behaviour]:
    """How each project is made to go, by project code."""
    return {project.code: project.behaviour for project in portfolio(today, seed=seed)}


def reports_at(place: DemoPlace, today: date, seed: int) -> list[datetime]:
    """When a city sends the report of each of its months, oldest first; a silent one sends fewer.

    The first months come together.
    """
    how, rng = manners(today, seed), Random(f"{seed}:post:{place.code}")
    late, ends = place.code in how.late, [f.as_of for f in stories(place.code, today, seed)[0].figures]
    found = []
    for end in ends:
        days = rng.randint(7, 10) if late and rng.random() < 0.8 else rng.randint(1, 2)
        found.append(office_hour(add_workdays(end, days), rng))
    backlog = len(found) - ONE_BY_ONE
    found[:backlog] = [found[backlog]] * backlog
    if late:
        found[-1] = at_hour(today, 0, 30)
    return found[:-SILENT_MONTHS] if place.code in how.silent else found


def corrected_at(place: DemoPlace, today: date, seed: int) -> tuple[int, datetime] | None:
    """Which month a city corrects and when, None where it corrects none.

    One city finds out only when the province has accepted the month, which is then opened again.
    """
    told = stories(place.code, today, seed)
    sent = reports_at(place, today, seed)
    for index, at in enumerate(sent):
        if any(story.told_twice(index) for story in told):
            if place.code == manners(today, seed).reopened:
                return index, ledgers.reopened_at(sent[ledgers.SINCE]) + timedelta(days=1, hours=1)
            return index, at + _CORRECTED_AFTER
    return None


def _of_city(place: DemoPlace, today: date, seed: int) -> Iterator[DemoFile]:
    told, sender = stories(place.code, today, seed), Sender(place.code, place.name)
    ends, sent = [figure.as_of for figure in told[0].figures], reports_at(place, today, seed)
    rng = Random(f"{seed}:desk:{place.code}")
    backlog, system = len(ends) - ONE_BY_ONE, place.code == BY_SYSTEM
    yield from _registration(sender, told, ends[backlog], rng)
    yield from _adjustments(place, told, rng)
    for index, at in list(enumerate(sent))[backlog:]:
        months = range(backlog + 1) if index == backlog else (index,)
        rows = [row for month in months for row in _month_rows(told, month, seed)]
        report = posted(sender, DISPATCH, f"{ends[index]:%Y-%m}", rows, at)
        yield from _by_system(report, rows, broken=index == len(sent) - 2) if system else (report,)
    corrected = corrected_at(place, today, seed)
    if corrected is not None:
        index, at = corrected
        yield posted(sender, DISPATCH, f"{ends[index]:%Y-%m}_更正", _corrected(told, index, seed), at)
    yield from ledgers.ledger_files(sender, told, sent, today, seed)
    if place.code == manners(today, seed).weekly:
        yield from weekly_files(sender, told, sent, today, seed)


def _by_system(report: DemoFile, rows: Sequence[Row], *, broken: bool) -> Iterator[DemoFile]:
    """A report as the city's own system hands it over; once it wrote a word where a sum belongs, and was mended."""
    if broken:
        wrong = csv_bytes(DISPATCH, [rows[0] | {"invested": "待核"}, *rows[1:]])
        at = report.received_at - _MENDED_AFTER
        name = report.file_name.replace(".csv", "_待核.csv")
        yield replace(report, file_name=name, content=wrong, received_at=at, by_system=True, broken=True)
    yield replace(report, by_system=True)


def _registration(sender: Sender, told: Sequence[Story], first_end: date, rng: Random) -> Iterator[DemoFile]:
    """The approved list and its curves, before the first report."""
    received_at = office_hour(add_workdays(first_end.replace(day=rng.randint(18, 23)), 1), rng)
    projects = [story.project for story in told]
    year = str(projects[0].approved_on.year)
    yield posted(sender, PROJECTS, year, map(project_row, projects), received_at, name="重点项目清单")
    points = [
        {"code": p.code, "month": f"{month:%Y-%m}", "planned_pct": planned, "planned_spending": spending}
        for p in projects
        if p.curve
        for month, planned, spending in curve(p)
    ]
    if points:
        yield posted(sender, PLAN, year, points, received_at + timedelta(minutes=rng.randint(4, 30)))


def _adjustments(place: DemoPlace, told: Sequence[Story], rng: Random) -> Iterator[DemoFile]:
    """Approved adjustments, each registered by the province."""
    sender = Sender(place.code, place.name, Role.PROVINCE)
    for story in told:
        for change in story.changes:
            received_at = office_hour(add_workdays(change.on, 1), rng)
            rows = [change_row(story.project, change)]
            yield posted(sender, ADJUSTMENTS, f"{story.project.code}_{change.on}", rows, received_at)


def _month_rows(told: Sequence[Story], index: int, seed: int) -> list[Row]:
    rows = []
    asks = any(story.names_later_end(index) for story in told)
    for story in told:
        if story.reports:
            row = dispatch_row(story.project, story.first_told(index), seed)
            rows.append(row | (_echo(story, index) if asks else {}))
    return rows


def _echo(story: Story, index: int) -> Row:
    """The plan as the city sees it, which is the plan in force but for the pending one."""
    project, at = story.project, story.figures[index].as_of
    row = {"total_investment": project.total, "planned_start": project.start, "planned_end": project.end}
    for change in story.changes:
        if change.on <= at:
            row |= {"total_investment": change.total or row["total_investment"]}
            row |= {"planned_end": change.end or row["planned_end"]}
    if story.names_later_end(index):
        row["planned_end"] = project.end + timedelta(days=61)
    return row


def _corrected(told: Sequence[Story], index: int, seed: int) -> list[Row]:
    """The rows that were first told too high, with the reason."""
    return [
        dispatch_row(story.project, story.figures[index], seed) | {"reason": _WHY}
        for story in told
        if story.told_twice(index)
    ]
