"""Laying alerts on a person: an officer whose scope reaches them, never one of a higher level than who lays it.

An event of the alert, like all that people do with it; the newest one counts. The person is told by the next digest
(``routing``). Refusals are catalogue texts.
"""

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from alerts.selected import (
    ALREADY,
    CLOSED,
    MOST,
    NOT_YOURS,
    TOO_MANY,
    Chosen,
    Outcome,
    add_events,
    remember,
    weigh,
)
from models.access import Action, Scope
from models.db import Database
from models.queries.officers import POSTS, Officer, officers, provinces_of
from models.vocabulary import Role, Transition
from models.words import mark

#: Longest note that goes with it.
LONGEST_NOTE = 500

UNKNOWN = mark("This person has no account with a post that alerts can be assigned to.")
ABOVE = mark("Alerts are assigned to one's own level or a lower one.")
BEYOND = mark("The alert lies outside of what this person may see.")

#: Reasons of the events.
ASSIGNED = mark("Assigned to {assignee} by {by}.")
RELEASED = mark("{by} ended the assignment.")

_DONE = mark("Alerts assigned")
_RELEASED = mark("Assignment of alerts ended")


def may_assign(by: Scope) -> bool:
    """May this person lay alerts on others, within their scope?"""
    return (by.may(Action.DECIDE) or by.may(Action.ANSWER)) and by.role in (*POSTS, Role.OPERATOR)


def candidates(db: Database, by: Scope, cities: Collection[str]) -> list[tuple[Officer, frozenset[str]]]:
    """Officers on whom this person may lay something, each with those of the cities that they reach; whoever
    reaches most first. Cities outside of the scope count for nothing."""
    own = [city for city in cities if by.covers(city)]
    if not may_assign(by) or not own:
        return []
    with db.ro.connect() as connection:
        provinces = provinces_of(connection, own)
        people = [one for one in officers(connection) if not _above(one, by)]
    found = [
        (one, frozenset(city for city, province in provinces.items() if one.reaches(city, province)))
        for one in people
    ]
    return sorted((pair for pair in found if pair[1]), key=lambda pair: -len(pair[1]))


def assign(db: Database, chosen: Chosen, *, to: str | None, note: str = "") -> Outcome:
    """Lay the chosen alerts on a person, by e-mail address; None: on nobody any more. Commits."""
    if not may_assign(chosen.by):
        return Outcome(refusal=NOT_YOURS)
    if len(chosen.keys) > MOST:
        return Outcome(refusal=TOO_MANY)
    with db.rw.begin() as connection:
        person = next(iter(officers(connection, {to})), None) if to else None
        if to and person is None:
            return Outcome(refusal=UNKNOWN)
        if person and _above(person, chosen.by):
            return Outcome(refusal=ABOVE)
        found = weigh(connection, chosen, _question(connection, chosen, person))
        said = {"transition": Transition.ASSIGNED, "key": ASSIGNED if to else RELEASED}
        said |= {"note": note.strip()[:LONGEST_NOTE] or None, "assignee": to}
        add_events(connection, chosen, found.rows, said)
        details = {"assignee": to, "note": said["note"]}
        remember(connection, chosen, _DONE if to else _RELEASED, found.rows, details)
    return replace(found.outcome(), before=tuple(row.assignee for row in found.rows))


def lay_back(db: Database, by: Scope, came: Outcome, *, at: datetime) -> Outcome:
    """Lay what an act moved on whom it was laid before; commits, person by person."""
    found = [
        assign(
            db,
            Chosen(by, [key for key, held in zip(came.done, came.before, strict=True) if held == who], at),
            to=who,
        )
        for who in dict.fromkeys(came.before)
    ]
    refused = sum((Counter(one.refused) for one in found), Counter())
    refusal = next((one.refusal for one in found if one.refusal), None)
    return Outcome(tuple(key for one in found for key in one.done), refused, refusal=refusal)


def _above(person: Officer, by: Scope) -> bool:
    return by.role != Role.OPERATOR and POSTS.index(person.role) > POSTS.index(by.role)


def _question(
    connection: sa.Connection, chosen: Chosen, person: Officer | None
) -> Callable[[Any], str | None]:
    provinces = provinces_of(connection, {city for city, _ in chosen.keys})

    def question(row: Any) -> str | None:
        if row.closed_at is not None:
            return CLOSED
        if row.assignee == (person.email if person else None):
            return ALREADY
        if person and not person.reaches(row.city, provinces.get(row.city, "")):
            return BEYOND
        return None

    return question
