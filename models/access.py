"""Who may see and do what. A scope is part of every query: a SQL condition, not a filter afterwards.

One account has one post (role, place, department); figures follow from it. Managing people is a duty beside the
post (``Person.administers``): the role ``administrator`` is the post of somebody who has no other, and reaches no
city. To add an action: a member of ``Action`` and its roles below.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, select

from models.people import Person
from models.places import NATION, XPCC, Place, PlaceLevel
from models.vocabulary import Department, Role


class Action(StrEnum):
    """What a role may be allowed to do within its scope."""

    SEE = "see"
    REPORT = "report"
    DECIDE = "decide"  # on a pending adjustment, and on a silence
    ANSWER = "answer"  # for an alert: see ``answers_for``
    ADMINISTER = "administer"
    AUDIT = "audit"  # read the audit log


_ALLOWED: dict[Role, frozenset[Action]] = {
    Role.MINISTRY: frozenset({Action.SEE, Action.DECIDE}),
    Role.PROVINCE: frozenset({Action.SEE, Action.DECIDE, Action.ANSWER}),
    Role.CITY: frozenset({Action.SEE, Action.REPORT, Action.ANSWER}),
    Role.ADMINISTRATOR: frozenset({Action.ADMINISTER, Action.AUDIT}),
    Role.AUDITOR: frozenset({Action.SEE, Action.AUDIT}),
    Role.OPERATOR: frozenset(Action),
}

#: What managing people adds to whatever post somebody has.
_OF_ADMINISTRATORS = _ALLOWED[Role.ADMINISTRATOR]

#: Posts that reach every city, and posts that sit at the nation.
_EVERYWHERE = (Role.MINISTRY, Role.AUDITOR, Role.OPERATOR)
_AT_NATION = (Role.MINISTRY, Role.ADMINISTRATOR, Role.AUDITOR)


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
    administers: bool = False

    def covers(self, city: str) -> bool:
        return self.cities is None or city in self.cities

    def may(self, action: Action) -> bool:
        """Is this action open to this person: by the post, or because they manage people?"""
        return may(self.role, action) or (self.administers and action in _OF_ADMINISTRATORS)

    def decides(self, city: str) -> bool:
        """May this person decide for a city?"""
        return may(self.role, Action.DECIDE) and self.covers(city)


def operator(name: str) -> Scope:
    """The scope of whoever has the machine: everything, under a name that stands in the histories."""
    return Scope(name, Role.OPERATOR, NATION, None)


def sits_at(role: Role, place: Place) -> bool:
    """May a person of this role have their desk at this place? XPCC is both province-level and city."""
    if role in _AT_NATION:
        return place.level == PlaceLevel.NATION
    if role == Role.PROVINCE:
        return place.level == PlaceLevel.PROVINCE
    return role == Role.CITY and (place.level == PlaceLevel.CITY or place.code == XPCC)


def scope_of(session: Session, person: Person) -> Scope:
    """The scope that follows from a person's desk, as the place tree stands now."""
    cities: frozenset[str] | None = frozenset()
    if person.role in _EVERYWHERE:
        cities = None
    elif person.role == Role.PROVINCE:
        cities = frozenset(session.exec(select(Place.code).where(Place.province == person.place)))
    elif person.role == Role.CITY:
        cities = frozenset({person.place})
    return Scope(person.email, person.role, person.place, cities, person.department, person.administers)


def upkeep(scope: Scope) -> Scope:
    """How far somebody sees what keeps the tool running, its sources and letters: who looks after it, all of it."""
    return replace(scope, cities=None) if scope.may(Action.ADMINISTER) else scope


def within(statement: Any, scope: Scope, city: sa.ColumnElement | Any) -> Any:
    """The statement, narrowed to the scope's cities by its lead-city column."""
    if scope.cities is None:
        return statement
    return statement.where(city.in_(sorted(scope.cities)))
