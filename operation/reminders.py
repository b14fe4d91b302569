"""A word before a reporting window closes: to the people of a city that has not reported everything yet.

Once a period and person, some working days before the due day. Refuses to scold: what is late is an alert.
Daily windows get none; a reminder a day would be a second alert.
"""

from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from urllib.parse import urlencode

from alerts.letters import Office
from alerts.notices import Circle, Notice, enqueue_notice
from collectors.closing import open_calendar
from models.access import operator
from models.clock import add_workdays, local_day
from models.db import Database
from models.periods import Period, Window
from models.places import Place
from models.queries import deadlines
from models.queries.deadlines import CityPeriod
from models.queries.windows import Calendar
from models.vocabulary import PeriodUnit
from models.words import Words, mark

_EVERYTHING = operator("worker")

_TITLE = mark("{city}: the report for the period to {end} is due on {due}")
_PLAIN = mark("A report is due on {due}")
_ADVICE = mark("Download the workbook on the page Reports; it is filled in with what is stored.")
_FOOTER = mark("Pilot Dispatch sends this once for each period, to cities that have not reported everything.")


@dataclass(frozen=True)
class Reminded:
    """How many cities were reminded, by how many mails."""

    cities: int = 0
    messages: int = 0


def remind_cities(db: Database, *, now: datetime, workdays: int, office: Office) -> Reminded:
    """Remind every city whose window closes within so many working days and that misses something. Commits."""
    calendar = open_calendar(db, now)
    cities = messages = 0
    for row in _missing(db, calendar, workdays):
        key = f"reminder:{calendar.programme}:{row.city}:{row.period.end}"
        with db.rw.begin() as connection:
            place = connection.execute(Place.__table__.select().where(Place.code == row.city)).one()
            compose = partial(_notice, row, (place.name_zh, place.name_en))
            circle = Circle(row.city, administrators=False)
            sent = enqueue_notice(connection, compose, key=key, circle=circle, office=office, now=now)
        cities, messages = cities + (sent > 0), messages + sent
    return Reminded(cities, messages)


def _missing(db: Database, calendar: Calendar, workdays: int) -> list[CityPeriod]:
    """Cities whose ended period closes soon and is not complete."""
    today, found = local_day(calendar.now), {}
    ended = {_ended(window, today).end for window in calendar.windows.values()}
    with db.ro.connect() as connection:
        for end in sorted(ended):
            for row in deadlines.standing(connection, _EVERYTHING, calendar, end):
                window = calendar.window(row.city)
                if _ended(window, today) == row.period and window.unit != PeriodUnit.DAY:
                    found[row.city] = row
    soon = add_workdays(today, workdays)
    return [row for row in found.values() if today <= row.due_on <= soon and not row.complete]


def _ended(window: Window, today: date) -> Period:
    """The newest period that is over."""
    return window.before(window.period(today))


def _notice(row: CityPeriod, place: tuple[str, str], t: Words) -> Notice:
    told = {"city": t.pick(*place), "end": t.day(row.period.end), "due": t.day(row.due_on)}
    facts = (
        (t("Period"), f"{t.day(row.period.start)} – {t.day(row.period.end)}"),
        (t("Due on"), told["due"]),
        (t("Projects reported"), t("{n} of {all}", n=row.reported, all=row.projects)),
    )
    path = f"reports?{urlencode({'period': row.period.end.isoformat(), 'city': row.city})}"
    return Notice(t(_TITLE, **told), t(_PLAIN, due=told["due"]), facts, t(_ADVICE), path, t(_FOOTER))
