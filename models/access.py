"""Who may see and do what. A scope is part of every query: a SQL condition, not a filter afterwards."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, select

from models.people import Person
from models.places import XPCC, Place, PlaceLevel
from models.vocabulary import Department, Role


class Action(StrEnum):
    """What a role may be allowed to do within its scope."""

    SEE = "see"
    REPORT = "report"
    DECIDE = "decide"  # on a pending adjustment, and on a silence
    ANSWER = "answer"  # for an alert: see ``answers_for``
    ADMINISTER = "administer"


_ALLOWED: dict[Role, frozenset[Action]] = {
    Role.MINISTRY: frozenset({Action.SEE, Action.DECIDE}),
    Role.PROVINCE: frozenset({Action.SEE, Action.DECIDE, Action.ANSWER}),
    Role.CITY: frozenset({Action.SEE, Action.REPORT, Action.ANSWER}),
    Role.ADMINISTRATOR: frozenset(Action),
}


def may(role: Role, action: Action) -> bool:
    """Is this action open to this role, within its scope?"""
    return action in _ALLOWED[role]


def answers_for(role: Role, owner: str) -> bool:
    """Does this role answer for alerts that its rule lays on ``owner`` ("city", "province")?

    A province answers for its cities too; nobody answers for somebody above.
    """
    return may(role, Action.ANSWER) and (role != Role.CITY or owner == Role.CITY)


@dataclass(frozen=True)
class Scope:
    """What one person reaches: ``cities`` None means every city. Hashable, so it can be part of a cache key.

    ``department`` None: a desk that is neither department's, and may sign for either.
    """

    email: str
    role: Role
    place: str
    cities: frozenset[str] | None
    department: Department | None = None

    def covers(self, city: str) -> bool:
        return self.cities is None or city in self.cities

    def decides(self, city: str) -> bool:
        """May this person decide for a city?"""
        return may(self.role, Action.DECIDE) and self.covers(city)


def sits_at(role: Role, place: Place) -> bool:
    """May a person of this role have their desk at this place? XPCC is both province-level and city."""
    levels = {
        Role.MINISTRY: place.level == PlaceLevel.NATION,
        Role.ADMINISTRATOR: place.level == PlaceLevel.NATION,
        Role.PROVINCE: place.level == PlaceLevel.PROVINCE,
        Role.CITY: place.level == PlaceLevel.CITY or place.code == XPCC,
    }
    return levels[role]


def scope_of(session: Session, person: Person) -> Scope:
    """The scope that follows from a person's desk, as the place tree stands now."""
    if person.role in (Role.MINISTRY, Role.ADMINISTRATOR):
        return Scope(person.email, person.role, person.place, None, person.department)
    if person.role == Role.PROVINCE:
        cities = session.exec(select(Place.code).where(Place.province == person.place)).all()
        return Scope(person.email, person.role, person.place, frozenset(cities), person.department)
    own = frozenset({person.place})
    return Scope(person.email, person.role, person.place, own, person.department)


def within(statement: Any, scope: Scope, city: sa.ColumnElement | Any) -> Any:
    """The statement, narrowed to the scope's cities by its lead-city column."""
    if scope.cities is None:
        return statement
    return statement.where(city.in_(sorted(scope.cities)))
