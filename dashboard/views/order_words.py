"""How a dispatch order reads on pages: its state, its clock in working days, its row in a list. Draws nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from alerts.order_clock import Owed, Stand, owed
from alerts.order_rights import allowed, stand_of
from alerts.order_terms import carried_terms
from dashboard import parts
from dashboard.parts import Safe, joined, wrapped
from dashboard.visit import Visit
from models.queries.orders import OrderRow
from models.queries.places import PlaceRow, name_of
from models.vocabulary import Deed, OrderState
from models.words import Words


@dataclass(frozen=True)
class Standing:
    """An order with where it stands today and what the reader may do with it."""

    order: OrderRow
    stand: Stand
    due: Owed | None
    mine: frozenset[Deed]

    @property
    def late(self) -> int:
        """Working days overdue; 0 where it is not."""
        return self.due.late if self.due else 0

    @property
    def urgency(self) -> tuple[bool, int, date]:
        """Worst first: the longest overdue, then by the day that falls due, closed ones last."""
        on = self.due.due_on if self.due else self.order.events[-1].happened_on
        return self.stand.closed_on is not None, -self.late, on

    @property
    def my_turn(self) -> bool:
        """Does it wait for the reader? Closing early or asking for time is possible, not awaited."""
        awaited = {Deed.RECEIVED, Deed.ANSWERED, Deed.RECTIFIED, Deed.TIME_GRANTED}
        review = self.stand.state == OrderState.TO_REVIEW and Deed.CLOSED in self.mine
        return review or bool(awaited & self.mine)


def standing(visit: Visit, order: OrderRow) -> Standing:
    """Where an order stands on the day of the visit."""
    stand = stand_of(order)
    due = owed(stand, carried_terms(), visit.today)
    return Standing(order, stand, due, allowed(order, stand, visit.scope))


def clock_text(found: Standing, t: Words) -> str:
    """What is owed and how much time is left, in words."""
    due = found.due
    if found.stand.closed_on is not None:
        return t("Closed on {day}", day=t.day(found.stand.closed_on))
    if due is None:
        since = found.order.events[-1].happened_on
        return t("With the supervisor since {day}", day=t.day(since))
    duty = t.label(due.duty)
    if due.late:
        return t("{duty}: overdue by {n} working days", duty=duty, n=t.number(due.late, 0))
    if due.left:
        return t(
            "{duty}: {n} working days left, until {day}",
            duty=duty,
            n=t.number(due.left, 0),
            day=t.day(due.due_on),
        )
    return t("{duty}: the last day is {day}", duty=duty, day=t.day(due.due_on))


def clock_html(found: Standing, t: Words) -> Safe:
    """The same; what is overdue has a mark and a colour beside its words."""
    said = clock_text(found, t)
    return joined([wrapped("span", "■", "pd-red"), wrapped("b", said)]) if found.late else parts.cell(said)


def page_of(visit: Visit, city: str, identity: str) -> str:
    """The link to an order's own page."""
    return parts.link("orders", visit, order=identity, holder=city)


def table(visit: Visit, rows: list[Standing], known: Mapping[str, PlaceRow]) -> Safe:
    """Orders, one a row."""
    t = visit.words
    heads = [
        (t("Order"), "pd-s"),
        (t("State"), "pd-s"),
        (t("Term"), "pd-w"),
        (t("Project or city"), "pd-w"),
        (t("Cause"), "pd-w"),
        (t("Laid on"), "pd-s"),
        (t("Issued on"), "pd-s"),
        (t("Relapses"), "pd-n"),
    ]
    return parts.table(heads, [_row(visit, row, known) for row in rows])


def _row(visit: Visit, row: Standing, known: Mapping[str, PlaceRow]) -> tuple[object, ...]:
    t, order = visit.words, row.order
    where = name_of(known, order.city, visit.words)
    about = {"city": order.city, "project": order.project, "name": order.name or order.project}
    subject = parts.subject_link(visit, about, where)
    state = [t.label(row.stand.state)]
    if row.stand.asked_for is not None:
        state.append(wrapped("div", t("More time asked for"), "pd-m"))
    if row.stand.escalated is not None and row.stand.closed_on is None:
        state.append(wrapped("div", t("Escalated to: {level}", level=t.label(row.stand.escalated)), "pd-m"))
    return (
        parts.anchor(order.number, page_of(visit, order.city, order.id)),
        joined(state, ""),
        clock_html(row, t),
        joined([subject, wrapped("div", where, "pd-m")], "") if order.project else subject,
        t.label(order.cause),
        t.label(order.to_level),
        t.day(order.events[0].happened_on),
        t.number(row.stand.relapses, 0) if row.stand.relapses else "–",
    )
