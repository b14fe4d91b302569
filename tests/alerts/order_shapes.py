"""Desks and orders for tests of dispatch orders: accounts of every role, and an order on project P1."""

from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa

from alerts.letters import Office
from alerts.orders import Act, Wish, carry_out, issue
from models.access import Scope
from models.alerts import Message
from models.db import Database
from models.people import Person
from models.queries import orders
from models.queries.orders import OrderRow, OrdersWanted
from models.vocabulary import Cause, Deed, Role, Tier
from tests.builders import CITY, project, put

JAN = datetime(2026, 1, 5, 1, tzinfo=UTC)
OFFICE = Office(language="en")
CITY_DESK = Scope("c@example.cn", Role.CITY, CITY, frozenset({CITY}))
OTHER_CITY = Scope("o@example.cn", Role.CITY, "210200", frozenset({"210200"}))
PROVINCE = Scope("p@example.cn", Role.PROVINCE, "210000", frozenset({"210000", CITY, "210200"}))
OTHER_PROVINCE = Scope("q@example.cn", Role.PROVINCE, "440000", frozenset({"440000", "440100"}))
MINISTRY = Scope("m@example.cn", Role.MINISTRY, "000000", None)
ADMINISTRATOR = Scope("a@example.cn", Role.OPERATOR, "000000", None)
EVERYBODY = (CITY_DESK, OTHER_CITY, PROVINCE, OTHER_PROVINCE, MINISTRY, ADMINISTRATOR)
ID = "11111111-1111-4111-8111-111111111111"


def desks(db: Database) -> None:
    """An account at every desk; the city's wants no alert mails."""
    for scope in EVERYBODY:
        row = dict(email=scope.email, name=scope.email, role=scope.role, place=scope.place, language="en")
        row |= dict(mails=scope is not CITY_DESK, offered=False, created_at=JAN)
        put(db, Person, **row)
    project(db, "P1", JAN)


def wish(at: datetime, **changes: Any) -> Wish:
    """The ministry asks the city for P1's money, by the 30th of November and 31st of December 2026."""
    values = dict(by=MINISTRY, city=CITY, to_level=Tier.CITY, cause=Cause.FUNDS_NOT_IN_PLACE, at=at, id=ID)
    values |= dict(asked="Put the matching funds in place.", project="P1")
    values |= dict(answer_by=date(2026, 11, 30), rectify_by=date(2026, 12, 31))
    return Wish(**(values | changes))


def issued(db: Database, at: datetime, **changes: Any) -> OrderRow:
    """An order that is stored."""
    asked = wish(at, **changes)
    assert issue(db, asked, office=OFFICE) is None
    return look(db, asked.id)


def look(db: Database, identity: str = ID, city: str = CITY) -> OrderRow:
    found = orders.one(db, MINISTRY, city, identity)
    assert found is not None
    return found


def every(db: Database) -> list[OrderRow]:
    return orders.listed(db, MINISTRY, OrdersWanted())


def act(
    db: Database, by: Scope, deed: Deed, at: datetime, *, note: str = "in words", **more: Any
) -> str | None:
    """Somebody does something with the order as it stands now."""
    seen = more.pop("seen", None) or look(db).events[-1].seq
    return carry_out(db, Act(by, CITY, ID, seen, deed, at, note, **more), office=OFFICE)


def mails(db: Database) -> list[tuple[str, str]]:
    """Recipient and subject of every mail, in the order of their writing."""
    m = Message.__table__
    with db.ro.connect() as connection:
        rows = connection.execute(
            sa.select(m.c.recipient, m.c.subject).order_by(m.c.created_at, m.c.subject, m.c.recipient)
        )
        return [tuple(row) for row in rows]
