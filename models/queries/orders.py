"""Dispatch orders as people and the clock ask for them: rows with their events and the names of their files.

Every question takes the scope first; outside it an order, its events and its files do not exist. The bytes of a
file are read one file at a time. What is open follows from the events; where it stands is ``alerts/order_clock``.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from models.access import Scope, within
from models.db import Database
from models.orders import DispatchOrder, OrderAlert, OrderEvent, OrderEvidence
from models.people import Person
from models.places import Place
from models.plans import Plan
from models.projects import Project
from models.versions import time_rank
from models.vocabulary import Cause, Deed, Duty, MediaKind, Role, Tier

_O, _E, _F = DispatchOrder.__table__, OrderEvent.__table__, OrderEvidence.__table__
_G = OrderAlert.__table__


@dataclass(frozen=True)
class FileRow:
    """A file of an event, without its bytes."""

    id: str
    file_name: str
    media: MediaKind
    size: int
    sha256: str


@dataclass(frozen=True)
class OrderEventRow:
    """One event of an order, as stored."""

    seq: int
    deed: Deed
    happened_on: date
    happened_at: datetime
    by: str | None
    level: Tier | None
    note: str | None
    answer_by: date | None
    rectify_by: date | None
    duty: Duty | None
    due_on: date | None
    alert: str | None
    files: tuple[FileRow, ...] = ()


@dataclass(frozen=True)
class OrderRow:
    """An order with its events, oldest first. ``name``: of its project in the newest plan; None for a city's.

    ``gathered``: (rule, alert) of what it gathers beside its own.
    """

    city: str
    id: str
    number: str
    project: str | None
    name: str | None
    rule: str | None
    alert: str | None
    to_level: Tier
    named: tuple[str, ...]
    by_level: Tier
    issued_by: str
    issued_at: datetime
    cause: Cause
    cause_note: str | None
    asked: str
    events: tuple[OrderEventRow, ...] = field(default=())
    gathered: tuple[tuple[str, str], ...] = ()

    @property
    def rules(self) -> frozenset[str]:
        """The rules whose alerts it is about; none where it was issued by hand."""
        own = {self.rule} if self.rule else set()
        return frozenset(own | {rule for rule, _ in self.gathered})


@dataclass(frozen=True)
class OrdersWanted:
    """What orders are narrowed to; None means all. ``closed_since``: closed ones only if closed on or after it.

    ``project`` "" means orders on the city itself.
    """

    closed: bool | None = None
    closed_since: date | None = None
    cities: frozenset[str] | None = None
    kind: str | None = None
    project: str | None = None
    rule: str | None = None


def listed(db: Database, scope: Scope, wanted: OrdersWanted, *, limit: int | None = None) -> list[OrderRow]:
    """Orders within a scope, the newest first."""
    with db.ro.connect() as connection:
        return read(connection, scope, wanted, limit=limit)


def one(db: Database, scope: Scope, city: str, identity: str) -> OrderRow | None:
    """One order with its events; None where it is not in the scope or not at all."""
    with db.ro.connect() as connection:
        found = _read(connection, within(_orders(), scope, _O.c.city).where(*_is(city, identity)))
        return found[0] if found else None


def locked(connection: sa.Connection, scope: Scope, city: str, identity: str) -> OrderRow | None:
    """The same, and nobody else adds an event to it until the transaction ends."""
    key = within(sa.select(_O.c.id), scope, _O.c.city).where(*_is(city, identity))
    if connection.execute(key.with_for_update()).first() is None:
        return None
    return _read(connection, _orders().where(*_is(city, identity)))[0]


def read(
    connection: sa.Connection, scope: Scope, wanted: OrdersWanted, *, limit: int | None = None
) -> list[OrderRow]:
    """Orders within a scope as a transaction sees them, the newest first."""
    statement = _orders().where(*_conditions(wanted)).order_by(_O.c.issued_at.desc(), _O.c.id).limit(limit)
    return _read(connection, within(statement, scope, _O.c.city))


def evidence(db: Database, scope: Scope, city: str, identity: str, file: str) -> tuple[FileRow, bytes] | None:
    """A file with its bytes; None where its order is not in the scope, or it is not that order's."""
    statement = within(sa.select(_F), scope, _F.c.city).where(
        _F.c.city == city, _F.c.order_id == identity, _F.c.id == file
    )
    with db.ro.connect() as connection:
        row = connection.execute(statement).first()
    return None if row is None else (_file(row), row.content)


def standing_on(db: Database, scope: Scope) -> dict[tuple[str, str | None, str], tuple[str, str]]:
    """City, project and rule → id and number of the open order on what that rule speaks of."""
    with db.ro.connect() as connection:
        return standing(connection, scope)


def standing(connection: sa.Connection, scope: Scope) -> dict[tuple[str, str | None, str], tuple[str, str]]:
    """``standing_on`` as a transaction sees it."""
    columns = (_O.c.city, _O.c.project, _O.c.rule, _O.c.id, _O.c.number)
    own = sa.select(*columns).where(_O.c.rule.is_not(None), ~_closed())
    gathered = (
        sa.select(_O.c.city, _O.c.project, _G.c.rule, _O.c.id, _O.c.number)
        .join(_G, (_G.c.city == _O.c.city) & (_G.c.order_id == _O.c.id))
        .where(~_closed())
    )
    rows = [row for one in (gathered, own) for row in connection.execute(within(one, scope, _O.c.city))]
    return {(row.city, row.project, row.rule): (row.id, row.number) for row in rows}


def these(connection: sa.Connection, ids: Collection[str]) -> list[OrderRow]:
    """The orders of these ids as a transaction sees them, by number; for what has asked for the scope before."""
    return _read(connection, _orders().where(_O.c.id.in_(sorted(ids))).order_by(_O.c.number))


def desk_people(db: Database, scope: Scope, city: str, tier: Tier) -> dict[str, str]:
    """E-mail address → name of those at the desk of a level for a city of the scope."""
    if not scope.covers(city):
        return {}
    with db.ro.connect() as connection:
        return {person.email: person.name for person in at_desk(connection, city, tier)}


def at_desk(connection: sa.Connection, city: str, tier: Tier) -> list[Any]:
    """The people with an account who sit at the desk of a level for a city: email, name, place, language, mails."""
    p, place = Person.__table__, Place.__table__
    province = sa.select(place.c.province).where(place.c.code == city).scalar_subquery()
    role, at = {
        Tier.CITY: (Role.CITY, p.c.place == city),
        Tier.PROVINCE: (Role.PROVINCE, p.c.place == province),
        Tier.MINISTRY: (Role.MINISTRY, sa.true()),
    }[tier]
    columns = (p.c.email, p.c.name, p.c.place, p.c.language, p.c.mails)
    statement = sa.select(*columns).where(p.c.role == role, at, p.c.disabled_at.is_(None))
    return list(connection.execute(statement.order_by(p.c.email)))


def _is(city: str, identity: str) -> tuple[sa.ColumnElement, ...]:
    return _O.c.city == city, _O.c.id == identity


def _orders() -> sa.Select:
    plan = Plan.__table__
    name = (
        sa.select(plan.c.name)
        .where(plan.c.city == _O.c.city, plan.c.project == _O.c.project)
        .order_by(time_rank(plan).desc(), plan.c.version.desc())
        .limit(1)
        .correlate(_O)
        .scalar_subquery()
    )
    return sa.select(_O, name.label("name"))


def _conditions(wanted: OrdersWanted) -> list[sa.ColumnElement]:
    found: list[sa.ColumnElement] = []
    if wanted.closed is not None:
        found.append(_closed() if wanted.closed else ~_closed())
    if wanted.closed_since is not None:
        late = sa.select(sa.func.max(_E.c.happened_on)).where(*_of_order(), _E.c.deed == Deed.CLOSED)
        found.append(late.correlate(_O).scalar_subquery() >= wanted.closed_since)
    if wanted.cities is not None:
        found.append(_O.c.city.in_(sorted(wanted.cities)))
    if wanted.kind is not None:
        p = Project.__table__
        found.append(
            sa.exists().where(p.c.city == _O.c.city, p.c.code == _O.c.project, p.c.kind == wanted.kind)
        )
    if wanted.project is not None:
        found.append(_O.c.project == wanted.project if wanted.project else _O.c.project.is_(None))
    if wanted.rule is not None:
        gathers = sa.exists().where(
            _G.c.city == _O.c.city, _G.c.order_id == _O.c.id, _G.c.rule == wanted.rule
        )
        found.append(sa.or_(_O.c.rule == wanted.rule, gathers))
    return found


def _of_order() -> tuple[sa.ColumnElement, ...]:
    return _E.c.city == _O.c.city, _E.c.order_id == _O.c.id


def _closed() -> sa.ColumnElement[bool]:
    """Is it closed and not reopened since?"""
    closed = sa.func.max(sa.case((_E.c.deed == Deed.CLOSED, _E.c.seq), else_=0))
    reopened = sa.func.max(sa.case((_E.c.deed == Deed.REOPENED, _E.c.seq), else_=0))
    return sa.select(closed > reopened).where(*_of_order()).correlate(_O).scalar_subquery()


def _read(connection: sa.Connection, statement: sa.Select) -> list[OrderRow]:
    rows = connection.execute(statement).all()
    ids = {row.id for row in rows}
    events, gathered = _events(connection, ids), _gathered(connection, ids)
    apart = ("named", "events", "gathered")
    names = [name for name in OrderRow.__dataclass_fields__ if name not in apart]
    return [
        OrderRow(
            **{name: getattr(row, name) for name in names},
            named=tuple(row.named.splitlines()),
            events=tuple(events.get((row.city, row.id), ())),
            gathered=tuple(gathered.get((row.city, row.id), ())),
        )
        for row in rows
    ]


#: Keys bound in one statement; SQLite and PostgreSQL both bear more.
_SLICE = 5_000


def _events(connection: sa.Connection, ids: Collection[str]) -> dict[tuple[str, str], list[OrderEventRow]]:
    found: dict[tuple[str, str], list[OrderEventRow]] = {}
    files: dict[tuple[str, str, int], list[FileRow]] = {}
    names = [name for name in OrderEventRow.__dataclass_fields__ if name != "files"]
    plain = [column for column in _F.c if column.name != "content"]
    wanted = sorted(ids)
    for start in range(0, len(wanted), _SLICE):
        part = wanted[start : start + _SLICE]
        with_files = sa.select(*plain).where(_F.c.order_id.in_(part)).order_by(_F.c.file_name, _F.c.id)
        for row in connection.execute(with_files):
            files.setdefault((row.city, row.order_id, row.seq), []).append(_file(row))
        ordered = sa.select(_E).where(_E.c.order_id.in_(part)).order_by(_E.c.order_id, _E.c.seq)
        for row in connection.execute(ordered):
            own = tuple(files.get((row.city, row.order_id, row.seq), ()))
            event = OrderEventRow(**{name: getattr(row, name) for name in names}, files=own)
            found.setdefault((row.city, row.order_id), []).append(event)
    return found


def _gathered(
    connection: sa.Connection, ids: Collection[str]
) -> dict[tuple[str, str], list[tuple[str, str]]]:
    found: dict[tuple[str, str], list[tuple[str, str]]] = {}
    wanted = sorted(ids)
    for start in range(0, len(wanted), _SLICE):
        part = sa.select(_G).where(_G.c.order_id.in_(wanted[start : start + _SLICE]))
        for row in connection.execute(part.order_by(_G.c.rule, _G.c.alert)):
            found.setdefault((row.city, row.order_id), []).append((row.rule, row.alert))
    return found


def _file(row: Any) -> FileRow:
    return FileRow(**{name: getattr(row, name) for name in FileRow.__dataclass_fields__})
