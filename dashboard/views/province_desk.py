"""What waits for a province's desk: adjustments to decide, orders to review or answer, signed periods to accept."""

from collections.abc import Sequence

import streamlit as st

from collectors import signoff
from dashboard import parts
from dashboard.filters import Filters
from dashboard.parts import Safe, joined, wrapped
from dashboard.views import order_words
from dashboard.views.order_words import Standing
from dashboard.views.pending import table as pending_table
from dashboard.views.province_cities import Now
from dashboard.views.worst import city_link
from dashboard.visit import Visit
from models.queries.city import pending
from models.vocabulary import Department, OrderState, Tier

#: Rows of a list at most.
MOST = 20


def draw(visit: Visit, found: Filters, now: Now) -> None:
    """The three lists under one heading; a line where nothing waits."""
    t = visit.words
    parts.heading(t("What waits for this province's decision"))
    pieces = [_adjustments(visit, found), _awaited(visit, found, now), _signed(visit, found, now)]
    if not any(pieces):
        st.caption(t("Nothing waits: no adjustment, no order, no signed period."))
        return
    parts.show(*pieces)


def _adjustments(visit: Visit, found: Filters) -> Safe:
    t = visit.words
    rows = pending(visit.db, visit.scope)
    if rows.is_empty():
        return Safe("")
    entries = rows.unique(["city", "project", "number"]).height
    said = t("Adjustments waiting for a decision: {n}, the longest waiting first", n=t.number(entries, 0))
    return pending_table(visit, found, rows, most=MOST, caption=said)


def _awaited(visit: Visit, found: Filters, now: Now) -> Safe:
    """Orders of the province's own desk: laid on it, or issued by it and back with it."""
    t = visit.words
    rows = [row for row in now.orders if _is_its_turn(row)]
    if not rows:
        return Safe("")
    said = wrapped(
        "div",
        t("Orders whose next step is the province's: {n}", n=t.number(len(rows), 0)),
        "pd-m pd-more",
    )
    return joined([said, order_words.table(visit, rows[:MOST], found.known.places)], "")


def _is_its_turn(row: Standing) -> bool:
    order, stand = row.order, row.stand
    reviews = order.by_level == Tier.PROVINCE and (
        stand.state == OrderState.TO_REVIEW or stand.asked_for is not None
    )
    owes = order.to_level == Tier.PROVINCE and stand.state != OrderState.TO_REVIEW
    return reviews or owes or stand.escalated == Tier.PROVINCE  # silence has brought it there


def _signed(visit: Visit, found: Filters, now: Now) -> Safe:
    """Cities whose last period both departments vouched for and nobody accepted yet."""
    t = visit.words
    asked = [(row.city, row.period) for row in now.periods.values()]
    with visit.db.ro.connect() as connection:
        signed = signoff.standings(connection, asked)
    ready = [
        (city, period)
        for city, period in asked
        if (one := signed[city, period.end]).vouched == frozenset(Department) and not one.accepted
    ]
    if not ready:
        return Safe("")
    links = [
        joined(
            [
                city_link(visit, found, city),
                parts.anchor(period.name, parts.link("deadlines", visit, city=city, period=period.end)),
            ]
        )
        for city, period in ready
    ]
    said = joined([t("Signed by both departments, to be accepted:"), joined(links, t.pick("；", "; "))])
    return wrapped("div", said, "pd-more")


def orders_table(visit: Visit, found: Filters, rows: Sequence[Standing]) -> None:
    """Open orders of the province's cities, the longest overdue first."""
    t = visit.words
    if not rows:
        st.caption(t("No order is open."))
        return
    parts.show(order_words.table(visit, rows[:MOST], found.known.places))
    if len(rows) > MOST:
        st.caption(t("The first {n} are listed; filters narrow the list.", n=MOST))
