"""Dispatch orders on many alerts at once: one order a project (or place), gathering the alerts chosen of it.

One transaction, one text, one pair of days. An order comes from its worst alert and gathers the others
(``OrderAlert``): it stands on all of them, and the relapse of any reopens it. A desk that gets several orders gets one
mail that lists them. One order at a time is ``orders``; who may is ``order_rights``.
"""

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa

from alerts.notices import Notice, enqueue_to
from alerts.office import Office
from alerts.order_letters import FOOTER, MADE_UP, quoted, tell
from alerts.order_rights import tier_of
from alerts.orders import Wish, ill_formed, lock_numbers, takes_orders
from alerts.selected import ALREADY, CLOSED, MOST, NOT_YOURS, TOO_MANY, Chosen, Key, Outcome, Weighed, weigh
from models import audit as audit_log
from models import clock
from models.audit import audit
from models.db import Database
from models.orders import DispatchOrder, OrderAlert, OrderEvent
from models.places import Place, Programme
from models.projects import Project
from models.queries.orders import OrderRow, at_desk, standing, these
from models.vocabulary import AuditKind, Cause, Deed, Severity, Tier
from models.words import LABELS, Words, mark

NO_DESK = mark("This place has no such desk.")

#: Orders named in one mail.
_NAMED = 30

_O = DispatchOrder.__table__


@dataclass(frozen=True)
class Terms:
    """What all orders of one act say."""

    to_level: Tier
    cause: Cause
    asked: str
    answer_by: date | None
    rectify_by: date | None
    cause_note: str = ""


def issue_all(db: Database, chosen: Chosen, terms: Terms, *, office: Office) -> Outcome:
    """Store an order on every project or place among the chosen alerts, and tell the desks; commits.

    ``made``: the orders. An alert on which an order stands needs nothing.
    """
    refusal = TOO_MANY if len(chosen.keys) > MOST else _ill_formed(chosen, terms)
    if refusal is not None:
        return Outcome(refusal=refusal)
    with db.rw.begin() as connection:
        lock_numbers(connection)
        found = weigh(connection, chosen, _question(connection, chosen, terms))
        made = _store(connection, chosen, terms, found)
        orders = these(connection, {identity for _, identity in made})
        _tell(connection, chosen, orders, office)
        _remember(connection, chosen, orders)
    return found.outcome(made)


def _ill_formed(chosen: Chosen, terms: Terms) -> str | None:
    """Why the terms make no sense, whatever they are for."""
    own = next((city for city, _ in chosen.keys if chosen.by.decides(city)), None)
    if own is None:
        return NOT_YOURS
    said = {name: getattr(terms, name) for name in Terms.__dataclass_fields__}
    return ill_formed(Wish(by=chosen.by, city=own, at=chosen.at, **said))


def _question(connection: sa.Connection, chosen: Chosen, terms: Terms) -> Callable[[Any], str | None]:
    place, cities = Place.__table__, {city for city, _ in chosen.keys}
    levels = sa.select(place.c.code, place.c.level).where(place.c.code.in_(sorted(cities)))
    level = dict(connection.execute(levels).all())
    held = standing(connection, chosen.by)

    def question(row: Any) -> str | None:
        if not chosen.by.decides(row.city):
            return NOT_YOURS
        if row.closed_at is not None:
            return CLOSED
        if not takes_orders(row.city, level.get(row.city), terms.to_level):
            return NO_DESK
        return ALREADY if (row.city, row.project, row.rule) in held else None

    return question


def _store(connection: sa.Connection, chosen: Chosen, terms: Terms, found: Weighed) -> list[Key]:
    """The orders, what they gather, and that they were issued; each (city, id)."""
    ordered = sorted(found.rows, key=_worst_first)
    groups = [list(group) for _, group in groupby(ordered, lambda row: _worst_first(row)[:2])]
    counts = _counts(connection, {group[0].city for group in groups}, chosen.at)
    orders, gathered, events = [], [], []
    for first, *others in groups:
        counts[first.city] = counts.get(first.city, 0) + 1
        order = _order(first, chosen, terms, counts[first.city])
        key = {"city": first.city, "order_id": order["id"]}
        orders.append(order)
        gathered += [key | {"alert": row.id, "rule": row.rule} for row in others]
        events.append(key | _issued(chosen, terms))
    for table, rows in ((DispatchOrder, orders), (OrderAlert, gathered), (OrderEvent, events)):
        if rows:
            connection.execute(sa.insert(table.__table__), rows)
    return [(order["city"], order["id"]) for order in orders]


def _worst_first(row: Any) -> tuple[Any, ...]:
    """Alerts of one subject together: its worst and oldest in front."""
    return row.city, row.project or "", row.severity != Severity.RED, row.opened_on, row.id


def _counts(connection: sa.Connection, cities: Iterable[str], at: datetime) -> dict[str, int]:
    """Orders of the year so far, by city."""
    year = clock.local_day(at).year
    statement = sa.select(_O.c.city, sa.func.count()).where(
        _O.c.city.in_(sorted(cities)), _O.c.number.like(f"{year}-%")
    )
    return dict(connection.execute(statement.group_by(_O.c.city)).all())


def _order(first: Any, chosen: Chosen, terms: Terms, count: int) -> dict[str, Any]:
    year = clock.local_day(chosen.at).year
    return {
        "city": first.city,
        "id": str(uuid.uuid4()),
        "number": f"{year}-{first.city}-{count:03d}",
        "project": first.project,
        "rule": first.rule,
        "alert": first.id,
        "to_level": terms.to_level,
        "named": "",
        "by_level": tier_of(chosen.by.role),
        "issued_by": chosen.by.email,
        "issued_at": chosen.at,
        "cause": terms.cause,
        "cause_note": terms.cause_note.strip() or None,
        "asked": terms.asked.strip(),
    }


def _issued(chosen: Chosen, terms: Terms) -> dict[str, Any]:
    event = {"seq": 1, "deed": Deed.ISSUED, "happened_at": chosen.at, "by": chosen.by.email}
    event |= {"happened_on": clock.local_day(chosen.at), "level": tier_of(chosen.by.role)}
    return event | {"answer_by": terms.answer_by, "rectify_by": terms.rectify_by}


def _tell(connection: sa.Connection, chosen: Chosen, orders: Sequence[OrderRow], office: Office) -> None:
    """One mail a person: of one order as ever, of several a list."""
    place = Place.__table__
    names = {row.code: row for row in connection.execute(sa.select(place))}
    act = str(uuid.uuid4())
    hours = office.hours
    due_at = chosen.at if hours is None else clock.working_moment(chosen.at, hours.opens, hours.closes)
    made_up = _made_up(connection, {order.city for order in orders})
    for desk, own in _desks(orders, names).items():
        if len(own) == 1:
            tell(connection, own[0], office=office, now=chosen.at)
            continue
        people = at_desk(connection, own[0].city, own[0].to_level)
        compose = partial(_notice, own, names, bool(made_up & {order.city for order in own}))
        key = f"orders:{act}:{desk}"
        told = [one for one in people if one.email != chosen.by.email]
        enqueue_to(connection, told, compose, key=key, office=office, now=chosen.at, due_at=due_at)


def _desks(orders: Sequence[OrderRow], names: Mapping[str, Any]) -> dict[str, list[OrderRow]]:
    """Place of the desk → the orders laid on it."""
    found: dict[str, list[OrderRow]] = {}
    for order in orders:
        at = order.city if order.to_level == Tier.CITY else names[order.city].province
        found.setdefault(at, []).append(order)
    return found


def _made_up(connection: sa.Connection, cities: Iterable[str]) -> set[str]:
    """The cities with a project of a programme whose figures are made up."""
    project, programme = Project.__table__, Programme.__table__
    statement = (
        sa.select(project.c.city)
        .join(programme, programme.c.code == project.c.programme)
        .where(programme.c.demonstration, project.c.city.in_(sorted(cities)))
    )
    return set(connection.scalars(statement.distinct()))


def _notice(orders: Sequence[OrderRow], names: Mapping[str, Any], made_up: bool, t: Words) -> Notice:
    first, issued = orders[0], orders[0].events[0]
    cities = {order.city for order in orders}
    narrowed = {"city": first.city} if len(cities) == 1 else {}
    place = names[first.city if narrowed else names[first.city].province]
    where = t.pick(place.name_zh, place.name_en)
    cause = t.label(first.cause)
    said = f"{cause}{t.pick('：', ': ')}{first.cause_note}" if first.cause_note else cause
    lines = [(order.number, _about(order, names, t)) for order in orders[:_NAMED]]
    if len(orders) > _NAMED:
        lines.append((t("And more"), t("{n} orders; the page lists them all", n=len(orders) - _NAMED)))
    lines += [(t("Cause"), said), (t("What is asked"), quoted(first.asked))]
    lines += [(t("Reply by"), t.day(issued.answer_by)), (t("Rectify by"), t.day(issued.rectify_by))]
    return Notice(
        t("{n} dispatch orders for you: {place}", n=len(orders), place=where),
        t("{n} dispatch orders for you", n=len(orders)),
        tuple(lines),
        t("Acknowledge receipt and reply on each order's page; files can be handed in there."),
        "orders" + (f"?{urlencode(narrowed)}" if narrowed else ""),
        f"{t(MADE_UP)} {t(FOOTER)}" if made_up else t(FOOTER),
    )


def _about(order: OrderRow, names: Mapping[str, Any], t: Words) -> str:
    place = names[order.city]
    where = t.pick(place.name_zh, place.name_en)
    return " ".join(part for part in (where, order.project, order.name) if part)


def _remember(connection: sa.Connection, chosen: Chosen, orders: Sequence[OrderRow]) -> None:
    """One entry a city, naming its orders."""
    for city, group in groupby(sorted(orders, key=lambda one: one.city), lambda one: one.city):
        own = list(group)
        about = own[0].id if len(own) == 1 else ""
        details = {"n": len(own), "orders": ", ".join(order.number for order in own)}
        what = LABELS[Deed.ISSUED]
        audit(
            connection,
            audit_log.Deed(AuditKind.DECISION, chosen.by.email, chosen.at, what, city, about, details),
        )
