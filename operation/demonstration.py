"""Load the demonstration: made-up files enter through intake like any other, each at its own instant.

What is signed, granted and set comes between them (``operation/signatures.py``); and the days are judged as
they would have been, so that alerts have a past. The accounts are added before the newest days, so that
nobody is mailed about the past. Refuses to touch a database that holds projects.
"""

import heapq
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from operator import itemgetter
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, select

from alerts import watch
from alerts.letters import Office
from alerts.order_watch import watch_orders
from collectors import demo
from collectors.demo.people import DEMONSTRATION_PASSWORD
from collectors.intake import Delivery, take_in
from models import clock
from models.alerts import JobRun
from models.db import Database
from models.people import Person
from models.places import Programme
from models.projects import Project
from models.roster import PILOT
from models.signin import hash_password
from operation import demonstration_source, signatures, supervised
from operation.demonstration_source import CitySystem
from operation.opening import declared_robots
from settings import Settings

_MONTHS_JUDGED = 5
_DAYS_JUDGED = 3
_JOB = "demonstration"


@dataclass(frozen=True)
class Loader:
    """Where the demonstration goes and who is told how it goes; ``cities`` None means all of them."""

    db: Database
    settings: Settings
    tell: Callable[[str], None]
    cities: tuple[str, ...] | None = None


def load_demonstration(loader: Loader, *, now: datetime) -> dict[str, Any]:
    """Accounts, files and signatures in the order they came, judgements between them. Each commits by itself.

    One that was cut off goes on with the day on which it was begun: what is accepted does not move with the
    days.
    """
    today = clock.local_day(_begin(loader.db, now))
    loader.tell("Loading the demonstration (about half a minute) ...")
    due, signing = _judged_days(today), signatures.begun(loader.db)
    rows, month, system = 0, "", None
    for at, item in _in_order(today, loader.cities):
        while due and _judged_at(due[0], today, now) < min(at, now):
            _judge(loader, due.pop(0), today, now)
        if at.strftime("%Y-%m") != month:
            month = at.strftime("%Y-%m")
            loader.tell(f"  reports received in {month}")
        if not isinstance(item, demo.DemoFile):
            signing.carry_out(item)
        elif item.by_system:
            system = system or demonstration_source.declared(loader.db, loader.settings, now=at)
            rows += _hand_over(system, item)
        else:
            rows += _take_in(loader.db, item, now)
    for day in due:
        _judge(loader, day, today, now)
    watch_orders(loader.db, now=now, office=office_of(loader.settings))
    _finish(loader.db, now)
    return {"rows": rows} | _counts(loader.db)


def _in_order(
    today: date, cities: tuple[str, ...] | None
) -> Iterator[tuple[datetime, demo.DemoFile | demo.DemoEvent]]:
    """Files and signatures together, by their instants."""
    files = ((file.received_at, file) for file in demo.deliveries(today, cities=cities))
    signed = ((event.at, event) for event in demo.signatures(today, cities=cities))
    return heapq.merge(files, signed, key=itemgetter(0))


def _take_in(db: Database, file: demo.DemoFile, now: datetime) -> int:
    """Take a file in as its sender; how many rows it has. Raises RuntimeError where it is refused."""
    delivery = Delivery(file.file_name, file.content, demo.sender(file.city, file.by), form=file.form)
    receipt = take_in(db, delivery, now=min(file.received_at, now))
    if not receipt.ok:
        raise RuntimeError(f"{file.file_name}: {[p.code for p in receipt.problems]}")
    return receipt.rows


def _hand_over(system: CitySystem, file: demo.DemoFile) -> int:
    """Have a file taken from the city's own system; how many rows came of it. Raises RuntimeError like ``_take_in``."""
    ran = system.hand_over(file)
    if ran.is_good == file.broken:
        raise RuntimeError(f"{file.file_name}: {ran.outcome} {ran.code}")
    return ran.counts["rows"] if ran.is_good else 0


def _judged_days(today: date) -> list[date]:
    """The 8th of the past months, the last working days, today: in order."""
    months, day = [], today
    for _ in range(_MONTHS_JUDGED):
        day = clock.month_start(day) - timedelta(days=1)
        months.append(day.replace(day=8))
    return sorted({*months, *_newest_days(today)})


def _newest_days(today: date) -> list[date]:
    """The last working days and today."""
    days = [today]
    for _ in range(_DAYS_JUDGED):
        days.append(clock.last_workday_before(days[-1]))
    return days[::-1]


def _judged_at(day: date, today: date, now: datetime) -> datetime:
    return now if day == today else clock.at_hour(day, 7, 30)


def _judge(loader: Loader, day: date, today: date, now: datetime) -> None:
    if day == _newest_days(today)[0]:
        at = _judged_at(day, today, now)
        supervised.supervise(loader.db, today=today, at=at, office=office_of(loader.settings))
        _add_people(loader.db, at)
    at = _judged_at(day, today, now)
    watch.evaluate(loader.db, day, at, now=at, office=office_of(loader.settings))


def office_of(settings: Settings) -> Office:
    """What an evaluation needs of the settings: where links in mails lead, the default language, robots."""
    robots = declared_robots(settings)
    return Office(base_url=settings.base_url, language=settings.default_language, robots=robots)


def is_wanted(db: Database) -> bool:
    """Does this database want the demonstration: is it empty, or was its loading cut off?

    Loading again is safe: what is there already is the same bytes, and changes nothing.
    """
    with Session(db.ro) as session:
        begun = session.exec(select(JobRun).where(JobRun.job == _JOB)).first()
        if begun is not None:
            return begun.finished_at is None
        return session.exec(select(Project.code).limit(1)).first() is None


def _begin(db: Database, now: datetime) -> datetime:
    """Mark the programme as made up, and the loading as begun; when it was begun first."""
    with Session(db.rw) as session, session.begin():
        session.get(Programme, PILOT).demonstration = True
        begun = session.exec(select(JobRun).where(JobRun.job == _JOB)).first()
        if begun is None:
            begun = JobRun(job=_JOB, slot_at=now, epoch=0, started_at=now)
            session.add(begun)
        return begun.started_at


def _finish(db: Database, now: datetime) -> None:
    with Session(db.rw) as session, session.begin():
        session.exec(select(JobRun).where(JobRun.job == _JOB)).one().finished_at = now


def _add_people(db: Database, now: datetime) -> None:
    stored = hash_password(DEMONSTRATION_PASSWORD)
    with Session(db.rw) as session, session.begin():
        for account in demo.people():
            session.merge(Person(**asdict(account), password_hash=stored, offered=True, created_at=now))


def _counts(db: Database) -> dict[str, int]:
    with db.ro.connect() as connection:
        return {
            "projects": connection.scalar(sa.text("select count(*) from project")),
            "submissions": connection.scalar(sa.text("select count(*) from submission")),
            "alerts": connection.scalar(sa.text("select count(*) from alert where closed_at is null")),
        }
