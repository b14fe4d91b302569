"""Overdue answers to dispatch orders in the daily digest: whose they are, and how they read.

They stand there every working day until they come. A city hears of what it owes; a province of what it owes, of
what it issued and of what silence brought up to it; the ministry likewise.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

import polars as pl
import sqlalchemy as sa

from alerts.mail import HeaderRefused, header_text
from alerts.order_clock import Stand, owed
from alerts.order_rights import stand_of
from alerts.order_terms import carried_terms
from alerts.routing import Overdue, Recipient
from models.access import operator
from models.db import Database
from models.queries.orders import OrderRow, OrdersWanted, listed, read
from models.queries.places import name_of
from models.vocabulary import Role, Tier
from models.words import Words, mark

_EVERYTHING = operator("worker")

#: Overdue answers written out in one mail; the rest are counted and linked.
LINES_SHOWN = 30

_SUBJECT = mark("[Pilot Dispatch] Order {number} overdue: {about} ({count} in all)")


@dataclass(frozen=True)
class LateLine:
    """One overdue answer in a mail. ``about``: its place and project."""

    number: str
    about: str
    head: str
    what: str
    link: str


@dataclass(frozen=True)
class Late:
    """The overdue answers of a mail: those written out, the longest overdue first, and how many more."""

    lines: tuple[LateLine, ...]
    more: int


def answers_overdue(
    connection: sa.Connection, people: Sequence[Recipient], provinces: Mapping[str, str], *, today: date
) -> dict[str, tuple[Overdue, ...]]:
    """E-mail address → what is overdue on the orders that concern its owner, the longest first; only who has any.

    ``provinces``: place → province-level unit.
    """
    found: dict[str, list[Overdue]] = {}
    terms = carried_terms()
    for order in read(connection, _EVERYTHING, OrdersWanted(closed=False)):
        stand = stand_of(order)
        due = owed(stand, terms, today)
        if due is None or not due.late:
            continue
        row = Overdue(
            order.city, order.id, order.number, order.project, order.name, due.duty, due.due_on, due.late
        )
        for person in people:
            if concerns(order, stand, person, provinces):
                found.setdefault(person.email, []).append(row)
    return {
        email: tuple(sorted(rows, key=lambda row: (-row.late, row.number))) for email, rows in found.items()
    }


OVERDUE = {
    **dict.fromkeys(("city", "project", "number", "name", "duty", "escalated"), pl.String),
    "due_on": pl.Date,
    "late": pl.Int64,
}


def overdue_on(db: Database, on: date, known_at: datetime, cities: frozenset[str] | None) -> pl.DataFrame:
    """What was overdue on a day as known at an instant, the longest first; ``project`` null: on the city itself.

    ``late`` counts working days; ``escalated`` is the level that silence has reached, null where none.
    """
    terms, rows = carried_terms(), []
    for order in listed(db, _EVERYTHING, OrdersWanted(cities=cities)):
        events = tuple(event for event in order.events if event.happened_at <= known_at)
        if not events or events[0].happened_on > on:
            continue
        stand = stand_of(replace(order, events=events))
        due = owed(stand, terms, on)
        if due is not None and due.late:
            level = None if stand.escalated is None else str(stand.escalated)
            told = (order.city, order.project, order.number, order.name, str(due.duty), level)
            rows.append((*told, due.due_on, due.late))
    return pl.DataFrame(rows, schema=OVERDUE, orient="row").sort("late", "number", descending=[True, False])


def concerns(order: OrderRow, stand: Stand, person: Recipient, provinces: Mapping[str, str]) -> bool:
    """Is an overdue answer to this order for this person to hear of?"""
    if person.role == Role.CITY:
        return order.to_level == Tier.CITY and order.city == person.place
    if person.role == Role.PROVINCE:
        theirs = Tier.PROVINCE in (order.to_level, order.by_level) or stand.escalated is not None
        return theirs and provinces.get(order.city) == person.place
    if person.role == Role.MINISTRY:
        return Tier.MINISTRY in (order.by_level, stand.escalated)
    return False


def order_lines(overdue: Sequence[Overdue], places: Mapping[str, Any], base_url: str, t: Words) -> Late:
    """Overdue answers as the lines of a mail."""
    lines = [_line(row, places, base_url, t) for row in overdue[:LINES_SHOWN]]
    return Late(tuple(lines), len(overdue) - len(lines))


def _line(row: Overdue, places: Mapping[str, Any], base_url: str, t: Words) -> LateLine:
    where = name_of(places, row.city, t)
    about = " ".join(part for part in (where, row.project, row.name) if part)
    what = t(
        "{duty} was due on {day}, overdue by {n} working days",
        duty=t.label(row.duty),
        day=t.day(row.due_on),
        n=t.number(row.late, 0),
    )
    link = f"{base_url}/orders?{urlencode({'order': row.order, 'holder': row.city})}"
    return LateLine(row.number, about, f"{row.number} {about}", what, link)


def late_subject(late: Late, t: Words) -> str:
    """The subject of a digest that tells nothing but overdue answers; a name no header may carry is left out."""
    first, count = late.lines[0], len(late.lines) + late.more
    try:
        return header_text(t(_SUBJECT, number=first.number, about=first.about, count=count))
    except HeaderRefused:
        return header_text(t(_SUBJECT, number=first.number, about="", count=count))
