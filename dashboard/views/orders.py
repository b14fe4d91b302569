"""Dispatch orders: who owes what until when, the longest overdue first; one of them where its link was followed."""

import streamlit as st

from dashboard import filters, parts, takeaway
from dashboard.filters import Filters, own_key
from dashboard.parts import Safe
from dashboard.takeaway import Table
from dashboard.views import issuing, order, order_words
from dashboard.views.issuing import About
from dashboard.views.order_words import Standing, clock_text, standing
from dashboard.visit import Visit
from models.access import Action
from models.queries import orders, places
from models.queries.orders import OrdersWanted
from models.queries.places import name_of
from models.vocabulary import OrderState

#: Orders listed at most; the worst come first. Of closed ones the newest are read.
MOST, MOST_CLOSED = 200, 1_000


def render(visit: Visit) -> None:
    t = visit.words
    if "order" in st.query_params:
        order.render(visit, st.query_params.get("holder", ""), st.query_params["order"])
        return
    found = filters.read(visit)
    parts.page(t("Dispatch orders"), t("As they stand now, whatever day the link names"))
    filters.bar(visit, found, "orders", "kind", "province", "city", more=lambda: _own_filters(visit))
    if found.outside:
        parts.outside(visit)
        return
    rows = _rows(visit, found)
    shown = sorted(filter(_chosen(visit), rows), key=lambda row: row.urgency)
    if not shown:
        _nothing(visit, bool(rows))
        return
    parts.show(_counts(visit, shown), order_words.table(visit, shown[:MOST], found.known.places))
    if len(shown) > MOST:
        st.caption(
            t(
                "{shown} of {all} are listed; filters narrow the list.",
                shown=MOST,
                all=t.number(len(shown), 0),
            )
        )
    st.download_button(
        t("The list as CSV"),
        data=lambda: _csv(visit, shown, found),
        file_name=f"{t('Dispatch orders')}-{visit.today:%Y%m%d}.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key="orders-csv",
    )


def _own_filters(visit: Visit) -> None:
    """State, overdue, whose turn: also in the address."""
    t = visit.words
    states = {"": t("Open orders"), "all": t("All orders"), **{str(s): t.label(s) for s in OrderState}}
    filters.own_select("orders", "state", t("State"), states)
    filters.own_select("orders", "overdue", t("Overdue"), {"": t("Overdue or not"), "1": t("Overdue only")})
    filters.own_select("orders", "mine", t("Whose turn"), {"": t("Anybody's turn"), "1": t("My turn")})


def _asked(name: str) -> str:
    return st.session_state[own_key("orders", name)]


def _rows(visit: Visit, found: Filters) -> list[Standing]:
    """The orders of the chosen place, kind and openness, with where they stand."""
    narrow, state = found.narrow, _asked("state")
    cities = frozenset({narrow.city}) if narrow.city else None
    if narrow.province and cities is None:
        reachable = places.cities(visit.db, visit.scope)
        cities = frozenset(place.code for place in reachable if place.province == narrow.province)
        cities |= {narrow.province}
    closed = {"all": None, str(OrderState.SETTLED): True}.get(state, False)
    wanted = OrdersWanted(closed=closed, cities=cities, kind=narrow.kind)
    limit = MOST_CLOSED if closed else None
    return [standing(visit, row) for row in orders.listed(visit.db, visit.scope, wanted, limit=limit)]


def _chosen(visit: Visit):
    """Does an order pass the page's own filters?"""
    state, overdue, mine = (_asked(name) for name in ("state", "overdue", "mine"))

    def passes(row: Standing) -> bool:
        of_state = state in ("", "all") or row.stand.state == state
        return of_state and (not overdue or row.late > 0) and (not mine or row.my_turn)

    return passes


def _nothing(visit: Visit, others: bool) -> None:
    t = visit.words
    if others:
        parts.nothing(
            t("No order with these filters"), t("Other orders are open; choose fewer filters to see them.")
        )
        return
    hint = (
        t("Issue one on the page of an alert, a project or a city.")
        if visit.may(Action.DECIDE)
        else t(
            "When the province or the ministry issues an order to your desk, it appears here and a mail tells you."
        )
    )
    parts.nothing(t("No dispatch order"), hint)


def _counts(visit: Visit, rows: list[Standing]) -> Safe:
    t = visit.words
    pairs = [(t("Overdue"), t.number(sum(row.late > 0 for row in rows), 0))]
    for state in OrderState:
        count = sum(row.stand.state == state for row in rows)
        if count:
            pairs.append((t.label(state), t.number(count, 0)))
    return parts.facts(pairs)


def _csv(visit: Visit, rows: list[Standing], found: Filters) -> bytes:
    """Every order of the list for a spreadsheet, also those that are not listed on the page."""
    t = visit.words
    heads = (
        t("Order"),
        t("State"),
        t("Term"),
        t("City"),
        t("Code"),
        t("Project"),
        t("Cause"),
        t("What is asked"),
        t("Laid on"),
        t("Issued on"),
        t("Reply by"),
        t("Rectify by"),
        t("Relapses"),
    )
    told = tuple(
        (
            *(row.order.number, t.label(row.stand.state), clock_text(row, t)),
            *(name_of(found.known.places, row.order.city, t), row.order.project or "", row.order.name or ""),
            *(t.label(row.order.cause), row.order.asked, t.label(row.order.to_level)),
            *(t.day(row.order.events[0].happened_on), t.day(row.stand.answer_by)),
            *(t.day(row.stand.rectify_by), row.stand.relapses),
        )
        for row in rows
    )
    return takeaway.csv_text(Table(t("Dispatch orders"), heads, told))


def of_city(visit: Visit, city: str) -> None:
    """A section of the city page: its open orders, and where the others are."""
    t = visit.words
    parts.heading(t("Dispatch orders"))
    wanted = OrdersWanted(cities=frozenset({city}))
    rows = [standing(visit, row) for row in orders.listed(visit.db, visit.scope, wanted, limit=MOST)]
    shown = sorted(rows, key=lambda row: row.urgency)[:20]
    if shown:
        every = parts.anchor(
            t("All orders of this city"), parts.link("orders", visit, city=city, state="all")
        )
        parts.show(order_words.table(visit, shown, places.names(visit.db)), every)
    else:
        st.caption(t("No order was ever issued for this city or its projects."))
    issuing.offer(visit, About(city))
