"""A demonstration file as somebody would send it: its rows as CSV, its instant, whose desk it comes from.

A row says in ``reported_on`` that it was written the day it is sent.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from random import Random

from collectors.demo.rows import Row, csv_bytes
from collectors.forms import Form
from models.clock import add_workdays, at_hour, is_workday, local_day
from models.vocabulary import Role


@dataclass(frozen=True)
class DemoFile:
    """A file as a city, or its supervisor, would send it. ``received_at`` is aware UTC.

    ``city`` is whose rows it holds: a city's, those of a province's cities, or the nation's. ``by``: the role
    of the desk that sends it. ``by_system``: nobody uploads it, the city's own system lays it into a folder.
    ``broken``: it is made to be refused.
    """

    file_name: str
    content: bytes
    form: str
    city: str
    received_at: datetime
    by: Role = Role.CITY
    by_system: bool = False
    broken: bool = False


@dataclass(frozen=True)
class Sender:
    """Whose rows are sent, as files are named after them, and the role of the desk."""

    code: str
    name: str
    by: Role = Role.CITY


def posted(
    sender: Sender, form: Form, title: str, rows: Iterable[Row], received_at: datetime, *, name: str = ""
) -> DemoFile:
    """A file of rows, named after who sends it and what it is. ``name``: the form as the file calls it."""
    written = {"reported_on": local_day(received_at)} if "reported_on" in form.by_name else {}
    content = csv_bytes(form, [row | written for row in rows])
    file_name = f"{sender.name}_{name or form.zh}_{title}.csv"
    return DemoFile(file_name, content, form.name, sender.code, received_at, sender.by)


def office_hour(on: date, rng: Random) -> datetime:
    """A time at which people send files, on this day or the next working day."""
    day = on if is_workday(on) else add_workdays(on, 1)
    return at_hour(day, rng.choice((9, 10, 11, 14, 15, 16)), rng.randint(0, 59))
