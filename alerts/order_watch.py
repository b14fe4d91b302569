"""What the clock does to dispatch orders, once a day: reminders, escalations, and relapses that reopen them.

Everything follows from the stored events and the day, so a day that was missed is made up by the next run, and a
second run on the same day finds nothing to do. Each order is a transaction of its own: one that fails keeps none
of the others back.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from alerts.office import Office
from alerts.order_clock import Happened, ticks
from alerts.order_letters import tell
from alerts.order_rights import stand_of
from alerts.order_terms import Terms, carried_terms
from alerts.orders import add_event
from models import clock
from models.access import operator
from models.alerts import Alert
from models.db import Database
from models.queries.orders import OrderRow, OrdersWanted, listed, locked, read
from models.vocabulary import Deed

_EVERYTHING = operator("worker")


@dataclass(frozen=True)
class Watched:
    """What a run did, counted in events; ``messages`` are the mails they caused."""

    reminded: int = 0
    escalated: int = 0
    reopened: int = 0
    messages: int = 0


def watch_orders(db: Database, *, now: datetime, office: Office, terms: Terms | None = None) -> Watched:
    """Remind, escalate and reopen what is due on the day of ``now``; commits order by order."""
    terms = terms or carried_terms()
    counts = dict.fromkeys((Deed.REMINDED, Deed.ESCALATED, Deed.REOPENED), 0)
    messages = 0
    for order in [*_open(db, terms, now), *_relapsed(db, terms, now)]:
        with db.rw.begin() as connection:
            found = locked(connection, _EVERYTHING, order.city, order.id)
            for values in _due(connection, found, terms, now) if found else ():
                seq = found.events[-1].seq + 1
                add_event(connection, (order.city, order.id), seq, values, at=now)
                found = locked(connection, _EVERYTHING, order.city, order.id)
                messages += tell(connection, found, office=office, now=now)
                counts[values["deed"]] += 1
    return Watched(*counts.values(), messages)


def _open(db: Database, terms: Terms, now: datetime) -> list[OrderRow]:
    """Open orders that the clock has something to say to."""
    today = clock.local_day(now)
    found = listed(db, _EVERYTHING, OrdersWanted(closed=False))
    return [order for order in found if ticks(stand_of(order), order.to_level, terms, today)]


def _relapsed(db: Database, terms: Terms, now: datetime) -> list[OrderRow]:
    """Closed orders within the relapse term on whose subject the same rule has opened an alert since."""
    today = clock.local_day(now)
    # An alert of the term's last day may be looked at later, by a worker that was down: twice the term is read.
    since = today - timedelta(days=2 * terms.relapse_days)
    closed = listed(db, _EVERYTHING, OrdersWanted(closed=True, closed_since=since))
    closed = [order for order in closed if order.rules]
    if not closed:
        return []
    with db.ro.connect() as connection:
        alerts = _opened(connection, {order.city for order in closed}, since)
    return [order for order in closed if _relapse(order, alerts, terms) is not None]


def _due(connection: sa.Connection, order: OrderRow, terms: Terms, now: datetime) -> list[dict[str, Any]]:
    """What is to be added to an order, looked at anew under its lock."""
    stand, today = stand_of(order), clock.local_day(now)
    if stand.closed_on is None:
        return [_values(one) for one in ticks(stand, order.to_level, terms, today)]
    alert = _relapse(order, _opened(connection, {order.city}, stand.closed_on), terms)
    if alert is None or _another(connection, order, alert.rule):
        return []
    return [
        {
            "deed": Deed.REOPENED,
            "alert": alert.id,
            "answer_by": clock.add_workdays(today, terms.answer),
            "rectify_by": clock.add_workdays(today, terms.rectification),
        }
    ]


def _values(tick: Happened) -> dict[str, Any]:
    return {"deed": tick.deed, "level": tick.level, "duty": tick.duty, "due_on": tick.due_on}


def _opened(connection: sa.Connection, cities: set[str], since: date) -> list[Any]:
    """Alerts of some cities that opened on or after a day, the oldest first."""
    a = Alert.__table__
    statement = sa.select(a.c.id, a.c.city, a.c.project, a.c.rule, a.c.opened_on, a.c.opened_at)
    statement = statement.where(a.c.city.in_(sorted(cities)), a.c.opened_on >= since)
    return list(connection.execute(statement.order_by(a.c.opened_at, a.c.id)))


def _relapse(order: OrderRow, alerts: list[Any], terms: Terms) -> Any | None:
    """The first alert of the order's rules and subject that opened after its closing and within the term."""
    closed = order.events[-1]
    last = closed.happened_on + timedelta(days=terms.relapse_days)
    return next(
        (
            alert
            for alert in alerts
            if (alert.city, alert.project) == (order.city, order.project)
            and alert.rule in order.rules
            and alert.opened_at > closed.happened_at
            and alert.opened_on <= last
        ),
        None,
    )


def _another(connection: sa.Connection, order: OrderRow, rule: str) -> bool:
    """Is another order on the same rule and subject open, or reopened before this one?"""
    wanted = OrdersWanted(
        closed=False, cities=frozenset({order.city}), project=order.project or "", rule=rule
    )
    return bool(read(connection, _EVERYTHING, wanted, limit=1))
