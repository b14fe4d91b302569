"""Officers: accounts with a post that reports, decides or answers; and whom of them a city is within reach of.

Auditors and administrators are no officers: nothing is laid on who writes nothing or sees no figure.
"""

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from models.db import Database
from models.people import Person
from models.places import Place
from models.vocabulary import Role

#: The posts of officers, the lowest first.
POSTS = (Role.CITY, Role.PROVINCE, Role.MINISTRY)


@dataclass(frozen=True)
class Officer:
    """Somebody with a post: the role at a place. ``mails``: do they want mails?"""

    email: str
    name: str
    role: Role
    place: str
    mails: bool

    def reaches(self, city: str, province: str) -> bool:
        """Does the scope of this post reach a place, which lies in a province-level unit?"""
        if self.role == Role.MINISTRY:
            return True
        return self.place == (province if self.role == Role.PROVINCE else city)


def officers(connection: sa.Connection, emails: Collection[str] | None = None) -> list[Officer]:
    """Everybody whose account is not disabled, or those of these addresses; by role and name."""
    p = Person.__table__
    names = Officer.__dataclass_fields__
    statement = sa.select(*(p.c[name] for name in names)).where(
        p.c.disabled_at.is_(None), p.c.role.in_(POSTS)
    )
    if emails is not None:
        statement = statement.where(p.c.email.in_(sorted(emails)))
    found = [Officer(*row) for row in connection.execute(statement)]
    return sorted(found, key=lambda one: (POSTS.index(one.role), one.place, one.name))


def provinces_of(connection: sa.Connection, cities: Collection[str]) -> dict[str, str]:
    """Place → the province-level unit it lies in."""
    place = Place.__table__
    statement = sa.select(place.c.code, place.c.province).where(place.c.code.in_(sorted(cities)))
    return dict(connection.execute(statement).all())


def names_of(db: Database, emails: Collection[str]) -> dict[str, str]:
    """E-mail address → name of the accounts there are, whatever their post."""
    p = Person.__table__
    statement = sa.select(p.c.email, p.c.name).where(p.c.email.in_(sorted(emails)))
    with db.ro.connect() as connection:
        return dict(connection.execute(statement).all())
