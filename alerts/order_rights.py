"""Who may do what with a dispatch order now. Pure; the page offers what this allows, the act asks it again.

The desk that an order is laid on answers; once silence has escalated it to the province, the province may answer
in the city's stead, unless it issued the order itself. The issuer's level or a higher one decides. Nobody is on
both sides. The clock's deeds are nobody's.
"""

from datetime import date, timedelta

from alerts.order_clock import OF_DESK, OF_SUPERVISOR, Happened, Stand, stand_after
from models.access import Scope
from models.queries.orders import OrderRow
from models.vocabulary import TIERS, Deed, Role, Tier
from models.words import mark

#: No day that an order sets lies further ahead.
FURTHEST = timedelta(days=730)

_TIERS = {
    Role.CITY: Tier.CITY,
    Role.PROVINCE: Tier.PROVINCE,
    Role.MINISTRY: Tier.MINISTRY,
    Role.OPERATOR: Tier.MINISTRY,
}

NEED_DAY = mark("Give the day until which a reply is due and the day until which it is to be rectified.")
PAST = mark("A day that is set must not be in the past, nor more than two years ahead.")
WRONG_ORDER = mark("The rectification date must not come before the reply date.")
NO_LATER = mark("More time means a later day than the one that is set.")


def tier_of(role: Role) -> Tier:
    """The level of a role's desk."""
    return _TIERS[role]


def stand_of(order: OrderRow) -> Stand:
    """Where an order stands by its events."""
    names = [name for name in Happened.__dataclass_fields__ if name != "on"]
    return stand_after(
        Happened(on=event.happened_on, **{name: getattr(event, name) for name in names})
        for event in order.events
    )


def supervises(order: OrderRow, by: Scope) -> bool:
    """Is this person on the side that decides on the order?"""
    return by.decides(order.city) and TIERS.index(tier_of(by.role)) >= TIERS.index(order.by_level)


def answers(order: OrderRow, stand: Stand, by: Scope) -> bool:
    """Is this person at the desk that owes the order an answer, or in its stead?"""
    if by.role not in (Role.CITY, Role.PROVINCE, Role.MINISTRY) or not by.covers(order.city):
        return False
    tier = tier_of(by.role)
    stead = tier == Tier.PROVINCE and order.to_level == Tier.CITY and order.by_level == Tier.MINISTRY
    return tier == order.to_level or (stead and stand.escalated is not None)


def allowed(order: OrderRow, stand: Stand, by: Scope) -> frozenset[Deed]:
    """What this person may do with the order as it stands."""
    if stand.closed_on is not None:
        return frozenset()
    found: set[Deed] = set()
    if answers(order, stand, by) and not stand.rectified:
        found |= OF_DESK
        if stand.received:
            found.discard(Deed.RECEIVED)
        if stand.asked_for is not None:
            found.discard(Deed.TIME_ASKED)
    if supervises(order, by):
        found |= OF_SUPERVISOR
        if stand.asked_for is None:
            found -= {Deed.TIME_GRANTED, Deed.TIME_REFUSED}
        if not stand.answered:
            found.discard(Deed.SENT_BACK)
    return frozenset(found)


def days_refused(answer_by: date | None, rectify_by: date | None, today: date) -> str | None:
    """Why two days cannot be the terms of an order, from today on; None where they can."""
    if answer_by is None or rectify_by is None:
        return NEED_DAY
    if not all(today <= day <= today + FURTHEST for day in (answer_by, rectify_by)):
        return PAST
    return WRONG_ORDER if rectify_by < answer_by else None


def more_time_refused(
    stand: Stand, answer_by: date | None, rectify_by: date | None, today: date
) -> str | None:
    """Why days asked for or granted are no more time: neither earlier than what is set, one of them later.

    A day that is past and stays as it is, is not set anew: only the later one must lie ahead.
    """
    new = (answer_by or stand.answer_by, rectify_by or stand.rectify_by)
    old = (stand.answer_by, stand.rectify_by)
    if any(a < b for a, b in zip(new, old, strict=True)) or new == old:
        return NO_LATER
    moved = [a for a, b in zip(new, old, strict=True) if a > b]
    if not all(today <= day <= today + FURTHEST for day in moved):
        return PAST
    return WRONG_ORDER if new[1] < new[0] else None
