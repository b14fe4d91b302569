"""What waits for a city's own desk: the report that is due next, and the orders whose next step is the city's."""

from collectors.closing import open_calendar
from dashboard import parts
from dashboard.parts import Safe, joined, wrapped
from dashboard.views import due
from dashboard.views.order_words import standing
from dashboard.visit import Visit
from models.queries import orders
from models.queries.orders import OrdersWanted


def draw(visit: Visit) -> Safe:
    """The section; nothing for who reports for no single city."""
    t, city = visit.words, due.own_city(visit)
    if city is None:
        return Safe("")
    head = wrapped("h2", t("What waits for this desk"), "pd-h2")
    return joined([head, parts.facts([*_report(visit, city), *_orders(visit)])], "")


def _report(visit: Visit, city: str) -> list[tuple[str, object]]:
    calendar = open_calendar(visit.db, visit.now)
    window = calendar.window(city)
    period = window.open_periods(visit.today)[0]
    with visit.db.ro.connect() as connection:
        stands = due.city_period(connection, visit, calendar, city, period)
    name = parts.anchor(period.name, parts.link("reports", visit, period=period.end))
    return [(visit.words("Period"), name), *due.facts(visit, window, period, stands)[:2]]


def _orders(visit: Visit) -> list[tuple[str, object]]:
    t = visit.words
    listed = orders.listed(visit.db, visit.scope, OrdersWanted(closed=False))
    mine = [row for row in (standing(visit, order) for order in listed) if row.my_turn]
    said = parts.anchor(t.number(len(mine), 0), parts.link("orders", visit, mine=1))
    late = sum(row.late > 0 for row in mine)
    if late:
        mark = wrapped("span", "■", "pd-red")
        said = joined([said, mark, t("{n} overdue", n=t.number(late, 0))])
    return [(t("Dispatch orders to act on"), said)]
