"""One workbook for a city and a period: a cover, and each form that is owed, filled in with what is stored.

It can be handed in as it stands; untouched, it changes nothing. The cover names the versions of the forms, so
that a workbook of an older layout is told apart.
"""

import io
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from collectors.forms import Form
from collectors.template.current import current_rows
from collectors.template.duty import Duty, duties
from collectors.template.sheets import Filling, Pen, long_lists
from collectors.workbook import COVER_EN, COVER_ZH
from models.access import Scope
from models.db import Database
from models.periods import Period, Window
from models.places import Place
from models.words import Words, mark

_HOW = (
    mark("Fill in the white cells; grey cells are fixed or shown for comparison."),
    mark("Every row holds what is stored now. Change what has moved, and set the day in “As of”."),
    mark("A row that you leave as it is changes nothing. An empty cell means: not reported."),
    mark("Hand the whole workbook in on the page Reports; you see every change before it is stored."),
)


@dataclass(frozen=True)
class CityBook:
    """What the workbook is for."""

    city: str
    period: Period
    due_on: date
    duties: tuple[Duty, ...]


def plan_book(connection: sa.Connection, city: str, period: Period, window: Window) -> CityBook:
    """The forms of a city's workbook for a period."""
    return CityBook(city, period, window.due_on(period), tuple(duties(connection, city, period)))


def versions(forms: list[Form]) -> str:
    """The layout of the forms as one text: ``dispatch:2 funds:1``."""
    return " ".join(f"{form.name}:{form.version}" for form in forms)


def city_workbook(db: Database, scope: Scope, book: CityBook, words: Words) -> bytes:
    """The workbook, in a language. ``scope`` must cover the city."""
    if not scope.covers(book.city):
        raise PermissionError(book.city)
    out = io.BytesIO()
    own = replace(scope, cities=frozenset({book.city}))
    forms = [duty.form for duty in book.duties]
    with Session(db.ro) as session, Pen(out) as pen:
        names = place_names(session, words)
        _cover(pen, book, words, names.get(book.city, book.city))
        for form in forms:
            pen.sheet(form, Filling(words, current_rows(session, own, form), names))
    return out.getvalue()


def place_names(session: Session, words: Words) -> dict[str, str]:
    """Code → name of every place, in a language."""
    p = Place.__table__
    rows = session.connection().execute(sa.select(p.c.code, p.c.name_zh, p.c.name_en))
    return {code: words.pick(zh, en) for code, zh, en in rows}


def _cover(pen: Pen, book: CityBook, words: Words, name: str) -> None:
    forms = [duty.form for duty in book.duties]
    sheet = pen.book.add_worksheet(words.pick("填报说明", "Read me"))
    wrap = pen.book.add_format({"text_wrap": True, "valign": "top"})
    title = pen.book.add_format({"bold": True, "font_size": 14})
    sheet.set_column(0, 0, 26, wrap)
    sheet.set_column(1, 1, 70, wrap)
    sheet.write_string(0, 0, words.pick(COVER_ZH, COVER_EN), title)
    sheet.write_string(0, 1, versions(forms))
    facts = (
        (words("City"), f"{name} {book.city}"),
        (words("Period"), f"{book.period.start} – {book.period.end}"),
        (words("Due on"), str(book.due_on)),
    )
    for row, (label, text) in enumerate(facts, 1):
        sheet.write_string(row, 0, label, pen.head)
        sheet.write_string(row, 1, text, wrap)
    for row, duty in enumerate(book.duties, len(facts) + 2):
        sheet.write_string(row, 0, words.pick(duty.form.zh, duty.form.en), pen.head)
        sheet.write_string(row, 1, words(duty.why), wrap)
    for row, line in enumerate(_HOW, len(facts) + len(forms) + 3):
        sheet.write_string(row, 0, str(row - len(facts) - len(forms) - 2), wrap)
        sheet.write_string(row, 1, words(line), wrap)
    _lists(pen, sheet, forms, words)


def _lists(pen: Pen, sheet: Any, forms: list[Form], words: Words) -> None:
    """Lists too long for a rule stand on the cover, and the rules point at them."""
    for offset, (column, options) in enumerate(long_lists(forms, words).items(), 4):
        sheet.set_column(offset, offset, 24)
        for row, option in enumerate(options, 1):
            sheet.write_string(row, offset, option)
        letter = chr(65 + offset)
        pen.lists[column] = f"='{sheet.get_name()}'!${letter}$2:${letter}${len(options) + 1}"
