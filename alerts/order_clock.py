"""The clock of a dispatch order: its events → where it stands, what is owed by when, what the clock does. Pure.

The events are the whole truth; nothing computed here is stored. A duty is late from the first working day after
its last one. What the supervisor owes (a decision on what was reported) has no term and never escalates.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from alerts.order_terms import Terms
from models import clock
from models.vocabulary import TIERS, Deed, Duty, OrderState, Tier

#: What the desk of an order does, and what its supervisor does; the others are the clock's.
OF_DESK = frozenset({Deed.RECEIVED, Deed.ANSWERED, Deed.RECTIFIED, Deed.TIME_ASKED})
OF_SUPERVISOR = frozenset({Deed.TIME_GRANTED, Deed.TIME_REFUSED, Deed.SENT_BACK, Deed.CLOSED})

_REPLIES = frozenset({Deed.ANSWERED, Deed.RECTIFIED})


@dataclass(frozen=True)
class Happened:
    """What the clock needs of an event of an order."""

    deed: Deed
    on: date
    answer_by: date | None = None
    rectify_by: date | None = None
    level: Tier | None = None
    duty: Duty | None = None
    due_on: date | None = None


@dataclass(frozen=True)
class Stand:
    """Where an order stands after its events.

    ``begun_on``: when it was issued or reopened last. ``asked_for``: the days somebody asks for and waits to be
    decided on, None where nobody does. ``told``: reminders and escalations so far, each with duty and due day.
    """

    begun_on: date
    answer_by: date
    rectify_by: date
    received: bool = False
    answered: bool = False
    rectified: bool = False
    closed_on: date | None = None
    relapses: int = 0
    asked_for: tuple[date | None, date | None] | None = None
    escalated: Tier | None = None
    told: frozenset[tuple[Deed, Tier | None, Duty, date]] = field(default_factory=frozenset)

    @property
    def state(self) -> OrderState:
        if self.closed_on is not None:
            return OrderState.SETTLED
        if self.rectified:
            return OrderState.TO_REVIEW
        if self.answered:
            return OrderState.RECTIFYING
        return OrderState.TO_ANSWER if self.received else OrderState.TO_RECEIVE


@dataclass(frozen=True)
class Owed:
    """What is owed next: by when (a working day), and how that lies to a day, in working days.

    ``left`` and ``late`` are never both above 0; both are 0 on the last day, and on holidays right after it.
    """

    duty: Duty
    due_on: date
    left: int
    late: int


def stand_after(events: Iterable[Happened]) -> Stand:
    """Fold the events of one order, oldest first. Raises ValueError where it does not begin with its issue."""
    stand: Stand | None = None
    for event in events:
        if stand is None:
            if event.deed != Deed.ISSUED or event.answer_by is None or event.rectify_by is None:
                raise ValueError("an order begins with its issue, which sets both days")
            stand = Stand(event.on, event.answer_by, event.rectify_by)
        else:
            stand = _after(stand, event)
    if stand is None:
        raise ValueError("an order without events")
    return stand


def _after(stand: Stand, event: Happened) -> Stand:
    days = {
        "answer_by": event.answer_by or stand.answer_by,
        "rectify_by": event.rectify_by or stand.rectify_by,
    }
    match event.deed:
        case Deed.RECEIVED:
            return replace(stand, received=True)
        case Deed.ANSWERED:
            return replace(stand, received=True, answered=True)
        case Deed.RECTIFIED:
            return replace(stand, received=True, answered=True, rectified=True)
        case Deed.TIME_ASKED:
            return replace(stand, received=True, asked_for=(event.answer_by, event.rectify_by))
        case Deed.TIME_GRANTED:
            return replace(stand, asked_for=None, **days)
        case Deed.TIME_REFUSED:
            return replace(stand, asked_for=None)
        case Deed.SENT_BACK:
            return replace(stand, answered=False, rectified=False, asked_for=None, **days)
        case Deed.CLOSED:
            return replace(stand, closed_on=event.on, asked_for=None)
        case Deed.REOPENED:
            return replace(
                Stand(event.on, days["answer_by"], days["rectify_by"]), relapses=stand.relapses + 1
            )
        case Deed.REMINDED | Deed.ESCALATED:
            return _told(stand, event)
    raise ValueError(f"{event.deed} does not happen to an order that was issued")


def _told(stand: Stand, event: Happened) -> Stand:
    told = stand.told | {(event.deed, event.level, event.duty, event.due_on)}
    if event.deed == Deed.REMINDED or event.level is None:
        return replace(stand, told=told)
    reached = max((one for one in (stand.escalated, event.level) if one), key=TIERS.index)
    return replace(stand, told=told, escalated=reached)


def owed(stand: Stand, terms: Terms, today: date) -> Owed | None:
    """The duty that falls due first among those not done; None where the supervisor's turn has come."""
    if stand.closed_on is not None or stand.rectified:
        return None
    dues = {Duty.RECTIFICATION: stand.rectify_by}
    if not stand.answered:
        dues[Duty.ANSWER] = stand.answer_by
    if not stand.received:
        dues[Duty.RECEIPT] = clock.add_workdays(stand.begun_on, terms.receipt)
    order = list(Duty)
    on, duty = min(
        ((clock.workday_from(on), duty) for duty, on in dues.items()),
        key=lambda due: (due[0], order.index(due[1])),
    )
    left, late = clock.workdays_between(today, on), clock.workdays_between(on, today)
    return Owed(duty, on, left, late)


def ticks(stand: Stand, to_level: Tier, terms: Terms, today: date) -> list[Happened]:
    """What the clock adds on a day: a reminder before a duty falls due, an escalation where it is late.

    Each once a duty and due day, whatever days were missed and however often it is asked. No reminder on a
    holiday, nor on the day on which the order was issued.
    """
    due = owed(stand, terms, today)
    if due is None:
        return []
    if not due.late:
        soon = due.left <= terms.reminder and clock.is_workday(today) and today <= due.due_on
        if not soon or today == stand.begun_on:
            return []
        return _new(stand, [Happened(Deed.REMINDED, today, duty=due.duty, due_on=due.due_on)])
    return _new(
        stand,
        [
            Happened(Deed.ESCALATED, today, level=tier, duty=due.duty, due_on=due.due_on)
            for tier, days in terms.escalation.items()
            if due.late >= days and TIERS.index(tier) > TIERS.index(to_level)
        ],
    )


def _new(stand: Stand, events: Sequence[Happened]) -> list[Happened]:
    return [one for one in events if (one.deed, one.level, one.duty, one.due_on) not in stand.told]
