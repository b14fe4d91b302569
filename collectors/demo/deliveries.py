"""Seeded sample reports of all roster cities, good and bad; they enter through intake like any other.

Read ``deliveries`` first. Pure and deterministic: the same day and seed give the same bytes, and the files of
some cities are the same whether the others are asked for or not. Nothing here stores anything. Every figure
and every name is made up. Who builds what: ``projects.py``; how it goes: ``figures.py``; as rows of
a form: ``rows.py``; words: ``words.py``. A new sample of a bad file is one more entry of ``bad_files``.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from random import Random

from collectors.demo import words
from collectors.demo.figures import Change, Figure, changes, curve, figures, month_ends
from collectors.demo.projects import LANDMARK_WAN, DemoProject, portfolio
from collectors.demo.rows import Row, cell, change_row, csv_bytes, dispatch_row, project_row
from collectors.demo.windows import Behaviour
from collectors.demo.words import DemoPlace
from collectors.forms import ADJUSTMENTS, DISPATCH, PLAN, PROJECTS, Form
from models.clock import add_workdays, at_hour, is_workday
from models.places import NATION
from models.vocabulary import Role

#: Cities that usually report after the window, and cities that fell silent two months ago.
LATE_CITIES, SILENT_CITIES, SILENT_MONTHS = 2, 1, 2

#: The day whose files ``bad_files`` spoils when it is told no other.
_SOME_DAY = date(2026, 11, 23)


@dataclass(frozen=True)
class DemoFile:
    """A file as a city would send it. ``received_at`` is aware UTC."""

    file_name: str
    content: bytes
    form: str
    city: str
    received_at: datetime


@dataclass(frozen=True)
class DemoPerson:
    """A demonstration account; ``place`` is a place's code, ``language`` is zh_CN or en."""

    email: str
    name: str
    role: Role
    place: str
    language: str


@dataclass(frozen=True)
class _Story:
    """A project and everything that is told of it."""

    project: DemoProject
    changes: tuple[Change, ...]
    figures: tuple[Figure, ...]


def deliveries(today: date, *, seed: int = 42, cities: Sequence[str] | None = None) -> Iterator[DemoFile]:
    """All files received before ``today`` or in its first hour, oldest first.

    The late cities' newest report comes in that hour, so that the day differs from the one before.
    ``cities`` (place codes) None means all.
    """
    late, silent = _manners(seed)
    files: list[DemoFile] = []
    for place in words.places():
        if cities is None or place.code in cities:
            files += _of_city(place, today, seed, late=place.code in late, silent=place.code in silent)
    known = (file for file in files if file.received_at < at_hour(today, 1))
    yield from sorted(known, key=lambda file: (file.received_at, file.city, file.file_name))


def behaviours(today: date, *, seed: int = 42) -> dict[str, Behaviour]:
    """How each project is made to go, by project code."""
    return {project.code: project.behaviour for project in portfolio(today, seed=seed)}


def people() -> list[DemoPerson]:
    """The demonstration's accounts. Their names belong to nobody; ``.invalid`` receives no mail."""
    desks = (
        ("ministry", "部委演示员", Role.MINISTRY, NATION, "zh_CN"),
        ("ministry.en", "Demo Supervisor", Role.MINISTRY, NATION, "en"),
        ("liaoning", "辽宁演示员", Role.PROVINCE, "210000", "zh_CN"),
        ("sichuan", "Demo Officer Sichuan", Role.PROVINCE, "510000", "en"),
        ("shanghai", "上海演示员", Role.PROVINCE, "310000", "zh_CN"),
        ("shenyang", "沈阳演示员", Role.CITY, "210100", "zh_CN"),
        ("mianyang", "Demo Coordinator Mianyang", Role.CITY, "510700", "en"),
        ("baotou", "包头演示员", Role.CITY, "150200", "zh_CN"),
        ("jiading", "Demo Coordinator Jiading", Role.CITY, "310114", "en"),
        ("admin", "系统演示员", Role.ADMINISTRATOR, NATION, "zh_CN"),
    )
    return [DemoPerson(f"{box}@demo.invalid", name, *desk) for box, name, *desk in desks]


def bad_files(today: date = _SOME_DAY, *, seed: int = 42) -> list[tuple[str, bytes, str]]:
    """Samples for people who try the upload page as Shenyang: file name, bytes, what is wrong with it."""
    place = words.places()[0]
    figure_day = today - timedelta(days=1)
    stories = [story for story in _stories(place, today, seed) if _reports(story)]
    rows = [dispatch_row(s.project, replace(s.figures[-1], as_of=figure_day), seed) for s in stories]
    good = csv_bytes(DISPATCH, rows)
    in_yuan = [row | {"invested": cell(row["invested"] * _yuan_per_wan(row))} for row in rows]
    over = [rows[0] | {"physical_pct": 135}, *rows[1:]]
    unknown = [*rows, rows[0] | {"code": f"{place.prefix}-2024-D99"}]
    undated = csv_bytes(DISPATCH, rows, without=("as_of",))
    return [
        (
            "坏文件1_GB18030编码.csv",
            good.decode("utf-8-sig").encode("gb18030"),
            "编码是 GB18030，内容正确，可以导入",
        ),
        ("坏文件2_单位是元.csv", csv_bytes(DISPATCH, in_yuan), "累计完成投资多按元填报，表头单位却是万元"),
        ("坏文件3_进度超过100.csv", csv_bytes(DISPATCH, over), "第一个项目的形象进度是 135"),
        (
            "坏文件4_项目不存在.csv",
            csv_bytes(DISPATCH, unknown),
            f"最后一行的项目编号 {place.prefix}-2024-D99 不存在",
        ),
        ("坏文件5_缺少截止日期列.csv", undated, "缺少必填列“截止日期”"),
    ]


def _yuan_per_wan(row: Row) -> int:
    """10,000, but for amounts that would then be larger than any cell may hold: those stay in 万元."""
    return 10_000 if row["invested"] < LANDMARK_WAN else 1


def _manners(seed: int) -> tuple[set[str], set[str]]:
    """The cities that are usually late, and those that fell silent."""
    codes = [place.code for place in words.places() if not place.paired]
    chosen = Random(f"{seed}:manners").sample(codes[1:], LATE_CITIES + SILENT_CITIES)
    return set(chosen[:LATE_CITIES]), set(chosen[LATE_CITIES:])


def _stories(place: DemoPlace, today: date, seed: int) -> list[_Story]:
    ends = month_ends(place.batch, today)
    rng = Random(f"{seed}:money:{place.code}")
    second_issue = ends[0] if place.batch == 1 else rng.choice(ends[2:6])
    return [
        _story(project, ends, second_issue, seed)
        for project in portfolio(today, seed=seed)
        if project.place == place
    ]


def _story(project: DemoProject, ends: list[date], second_issue: date, seed: int) -> _Story:
    rng = Random(f"{seed}:story:{project.code}")
    made = tuple(changes(project, ends, rng))
    return _Story(project, made, tuple(figures(project, made, ends, second_issue, rng)))


def _reports(story: _Story) -> bool:
    return story.project.behaviour != Behaviour.NEVER_REPORTED


def _of_city(place: DemoPlace, today: date, seed: int, *, late: bool, silent: bool) -> Iterator[DemoFile]:
    stories = _stories(place, today, seed)
    rng = Random(f"{seed}:post:{place.code}")
    ends = month_ends(place.batch, today)
    yield from _registration(place, stories, ends[0], rng)
    yield from _adjustments(place, stories, rng)
    for index, end in enumerate(ends[:-SILENT_MONTHS] if silent else ends):
        days = rng.randint(7, 10) if late and rng.random() < 0.8 else rng.randint(1, 2)
        received_at = _office_hour(add_workdays(end, days), rng)
        if late and index == len(ends) - 1:
            received_at = at_hour(today, 0, 30)
        name = f"{place.name}_调度表_{end:%Y-%m}"
        yield _file(place, DISPATCH, name, _month_rows(stories, index, seed), received_at)
        yield from _correction(place, stories, index, seed, received_at)


def _registration(
    place: DemoPlace, stories: list[_Story], first_end: date, rng: Random
) -> Iterator[DemoFile]:
    """The approved list and its curves, in the first month that is reported."""
    received_at = _office_hour(add_workdays(first_end.replace(day=rng.randint(18, 23)), 1), rng)
    projects = [story.project for story in stories]
    year = projects[0].approved_on.year
    yield _file(place, PROJECTS, f"{place.name}_重点项目清单_{year}", map(project_row, projects), received_at)
    points = [
        {"code": p.code, "month": f"{month:%Y-%m}", "planned_pct": planned, "planned_spending": spending}
        for p in projects
        if p.curve
        for month, planned, spending in curve(p)
    ]
    if points:
        later = received_at + timedelta(minutes=rng.randint(4, 30))
        yield _file(place, PLAN, f"{place.name}_计划曲线_{year}", points, later)


def _adjustments(place: DemoPlace, stories: list[_Story], rng: Random) -> Iterator[DemoFile]:
    for story in stories:
        for change in story.changes:
            name = f"{place.name}_计划调整_{story.project.code}_{change.on}"
            received_at = _office_hour(add_workdays(change.on, 1), rng)
            yield _file(place, ADJUSTMENTS, name, [change_row(story.project, change)], received_at)


def _month_rows(stories: list[_Story], index: int, seed: int) -> list[Row]:
    rows = []
    asks = any(_pending(story, index) for story in stories)
    for story in filter(_reports, stories):
        row = dispatch_row(story.project, _first_told(story, index), seed)
        rows.append(row | (_echo(story, index) if asks else {}))
    return rows


def _pending(story: _Story, index: int) -> bool:
    """Is this the report that names a later end than the plan?"""
    return story.project.behaviour == Behaviour.PENDING and index == len(story.figures) - 3


def _echo(story: _Story, index: int) -> Row:
    """The plan as the city sees it, which is the plan in force but for the pending one."""
    project, at = story.project, story.figures[index].as_of
    row = {"total_investment": project.total, "planned_start": project.start, "planned_end": project.end}
    for change in story.changes:
        if change.on <= at:
            row |= {"total_investment": change.total or row["total_investment"]}
            row |= {"planned_end": change.end or row["planned_end"]}
    if _pending(story, index):
        row["planned_end"] = project.end + timedelta(days=61)
    return row


def _mistyped(story: _Story, index: int) -> bool:
    return story.project.behaviour == Behaviour.CORRECTED and index == len(story.figures) - 3


def _first_told(story: _Story, index: int) -> Figure:
    """The figure as it was first reported: a corrected one was too high."""
    figure = story.figures[index]
    if not _mistyped(story, index):
        return figure
    return replace(figure, physical=min(round(figure.physical + 9.0, 1), 99.0))


def _correction(
    place: DemoPlace, stories: list[_Story], index: int, seed: int, received_at: datetime
) -> Iterator[DemoFile]:
    rows = [dispatch_row(s.project, s.figures[index], seed) for s in stories if _mistyped(s, index)]
    if rows:
        name = f"{place.name}_调度表_{stories[0].figures[index].as_of:%Y-%m}_更正"
        yield _file(place, DISPATCH, name, rows, received_at + timedelta(days=7, minutes=25))


def _file(place: DemoPlace, form: Form, stem: str, rows: Iterable[Row], received_at: datetime) -> DemoFile:
    return DemoFile(f"{stem}.csv", csv_bytes(form, list(rows)), form.name, place.code, received_at)


def _office_hour(on: date, rng: Random) -> datetime:
    """A time at which people send files, on this day or the next working day."""
    day = on if is_workday(on) else add_workdays(on, 1)
    return at_hour(day, rng.choice((9, 10, 11, 14, 15, 16)), rng.randint(0, 59))
