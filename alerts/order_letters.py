"""Mails about dispatch orders: which event reaches whom, and how it reads. Written with the event itself.

An order that is laid on somebody always reaches them, whether or not they want alert mails. Each event has at most
one mail a person. Refuses to decide what happens to an order (``orders``, ``order_watch``).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa

from alerts.notices import Notice, enqueue_to
from alerts.office import Office
from alerts.order_clock import OF_DESK
from alerts.order_rights import stand_of
from models.clock import working_moment
from models.people import Person
from models.places import Place, Programme
from models.projects import Project
from models.queries.orders import OrderEventRow, OrderRow, at_desk
from models.vocabulary import Deed, Tier
from models.words import Words, mark

#: How much of what somebody wrote stands in a mail; the page has it whole.
_QUOTED = 600

_TITLES = {
    Deed.ISSUED: mark("Dispatch order {number} for you: {about}"),
    Deed.ANSWERED: mark("Order {number}, reply received: {about}"),
    Deed.RECTIFIED: mark("Order {number}, reported as rectified: {about}"),
    Deed.TIME_ASKED: mark("Order {number}, more time asked for: {about}"),
    Deed.TIME_GRANTED: mark("Order {number}, more time granted: {about}"),
    Deed.TIME_REFUSED: mark("Order {number}, more time refused: {about}"),
    Deed.SENT_BACK: mark("Order {number} sent back: {about}"),
    Deed.CLOSED: mark("Order {number} closed: {about}"),
    Deed.REMINDED: mark("Order {number} falls due on {due}: {about}"),
    Deed.ESCALATED: mark("Order {number} overdue, escalated: {about}"),
    Deed.REOPENED: mark("Order {number} reopened, the alert came back: {about}"),
}
_PLAIN = mark("Dispatch order {number}")

_ADVICE = {
    Deed.ISSUED: mark("Acknowledge receipt and reply on the order's page; files can be handed in there."),
    Deed.ANSWERED: mark(
        "Read it on the order's page; nothing is asked of you until it is reported as rectified."
    ),
    Deed.RECTIFIED: mark("Close the order with a finding, or send it back with a reason."),
    Deed.TIME_ASKED: mark("Grant it or refuse it with a reason. The clock runs on until you do."),
    Deed.TIME_GRANTED: mark("The days above hold from now on."),
    Deed.TIME_REFUSED: mark("The days above hold as before."),
    Deed.SENT_BACK: mark("Reply anew by the days above."),
    Deed.CLOSED: mark(
        "Nothing more is asked. The same alert within the relapse term would reopen the order."
    ),
    Deed.REMINDED: mark("Do it on the order's page. If nothing comes, the order is escalated."),
    Deed.ESCALATED: mark("Nothing came in time. See to it that the order is answered."),
    Deed.REOPENED: mark("Acknowledge receipt and reply anew by the days above."),
}
#: What stands below every mail about orders; and where the figures are made up.
FOOTER = mark("An order laid on you always reaches you; it cannot be unsubscribed from.")
MADE_UP = mark("Demonstration: the figures are made up.")


@dataclass(frozen=True)
class _Facts:
    """What a mail says beside the order: its place, its days, whether all is made up."""

    place: tuple[str, str]
    days: tuple[Any, Any]
    made_up: bool


def tell(connection: sa.Connection, order: OrderRow, *, office: Office, now: datetime) -> int:
    """Store the mails of the order's newest event; the caller commits. Returns how many."""
    event = order.events[-1]
    people = _people(connection, order, event)
    if event.deed not in _TITLES or not people:
        return 0
    compose = partial(_notice, order, event, _facts(connection, order))
    hours = office.hours
    due_at = now if hours is None else working_moment(now, hours.opens, hours.closes)
    key = f"order:{order.city}:{order.id}:{event.seq}"
    return enqueue_to(connection, people, compose, key=key, office=office, now=now, due_at=due_at)


def _people(connection: sa.Connection, order: OrderRow, event: OrderEventRow) -> list[Any]:
    """Everybody whom an event reaches but who did it; each once."""
    desk = partial(_desk, connection, order)
    issuer = partial(_issuer, connection, order)
    found: Iterable[Any]
    match event.deed:
        case Deed.RECEIVED:
            found = ()
        case deed if deed in OF_DESK:
            found = [*issuer(), *(desk() if event.level != order.to_level else ())]
        case Deed.ESCALATED:
            found = [*desk(), *at_desk(connection, order.city, event.level or Tier.MINISTRY), *issuer()]
        case Deed.CLOSED | Deed.REOPENED:
            found = [*desk(), *issuer()]
        case _:
            found = desk()
    return list({person.email: person for person in found if person.email != event.by}.values())


def _desk(connection: sa.Connection, order: OrderRow) -> list[Any]:
    """The people an order is laid on: those named, always; the others of the desk too, if they want mails.

    Where nobody is named, or nobody named is left, everybody at the desk.
    """
    people = at_desk(connection, order.city, order.to_level)
    named = [person for person in people if person.email in order.named]
    return [person for person in people if person in named or person.mails] if named else people


def _issuer(connection: sa.Connection, order: OrderRow) -> list[Any]:
    """Who issued an order; the desk of that level where the account is gone."""
    p = Person.__table__
    own = sa.select(p).where(p.c.email == order.issued_by, p.c.disabled_at.is_(None))
    return list(connection.execute(own)) or at_desk(connection, order.city, order.by_level)


def _facts(connection: sa.Connection, order: OrderRow) -> _Facts:
    place, project, programme = Place.__table__, Project.__table__, Programme.__table__
    names = connection.execute(
        sa.select(place.c.name_zh, place.c.name_en).where(place.c.code == order.city)
    ).one()
    of_city = sa.select(project.c.programme).where(project.c.city == order.city)
    made_up = sa.exists().where(programme.c.demonstration, programme.c.code.in_(of_city))
    stand = stand_of(order)
    return _Facts(
        tuple(names), (stand.answer_by, stand.rectify_by), bool(connection.scalar(sa.select(made_up)))
    )


def _notice(order: OrderRow, event: OrderEventRow, facts: _Facts, t: Words) -> Notice:
    place = t.pick(*facts.place)
    about = " ".join(part for part in (place, order.project, order.name) if part)
    told = {"number": order.number, "about": about, "due": t.day(event.due_on)}
    footer = t(FOOTER) if not facts.made_up else f"{t(MADE_UP)} {t(FOOTER)}"
    path = f"orders?{urlencode({'order': order.id, 'holder': order.city})}"
    title = t(_TITLES[event.deed], **told)
    return Notice(
        title,
        t(_PLAIN, number=order.number),
        tuple(_lines(order, event, facts, t)),
        t(_ADVICE[event.deed]),
        path,
        footer,
    )


def _lines(order: OrderRow, event: OrderEventRow, facts: _Facts, t: Words) -> Iterable[tuple[str, str]]:
    yield t("Project or city"), order.name or order.project or t.pick(*facts.place)
    cause = t.label(order.cause)
    yield t("Cause"), f"{cause}{t.pick('：', ': ')}{order.cause_note}" if order.cause_note else cause
    yield t("What is asked"), quoted(order.asked)
    if event.duty is not None:
        yield t("What is owed"), t.label(event.duty)
        yield t("Due day"), t.day(event.due_on)
    if event.level is not None and event.deed == Deed.ESCALATED:
        yield t("Escalated to"), t.label(event.level)
    if event.note:
        yield t("In the words of {by}", by=event.by or ""), quoted(event.note)
    if event.files:
        yield t("Files"), t.pick("、", ", ").join(file.file_name for file in event.files)
    if event.deed == Deed.TIME_ASKED:
        yield t("Asked for"), f"{t.day(event.answer_by)} / {t.day(event.rectify_by)}"
    if event.deed != Deed.CLOSED:
        yield t("Reply by"), t.day(facts.days[0])
        yield t("Rectify by"), t.day(facts.days[1])


def quoted(text: str) -> str:
    """What somebody wrote, on one line, as much of it as a mail has room for."""
    flat = " ".join(text.split())
    return flat if len(flat) <= _QUOTED else flat[:_QUOTED] + "…"
