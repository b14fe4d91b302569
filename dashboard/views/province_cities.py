"""The cities of a province beside each other: lights, gaps, money, adjustments, alerts, orders, reporting, decisions.

``read`` asks what stands now, once for all cities; ``draw`` puts it beside the figures of the day shown. A new
column is a pair in ``_columns``.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl

from alerts.states import total_frame
from alerts.totals import Sums, sums
from collectors.closing import open_calendar
from dashboard import parts
from dashboard.filters import Filters
from dashboard.parts import Safe, joined, wrapped
from dashboard.views import compared
from dashboard.views.deadlines import state as period_state
from dashboard.views.order_words import Standing, standing
from dashboard.views.worst import city_link
from dashboard.visit import Visit
from models.queries import alert_list, city, deadlines, orders
from models.queries.deadlines import CityPeriod
from models.queries.orders import OrdersWanted
from models.vocabulary import Severity


@dataclass(frozen=True)
class Now:
    """What stands now in some cities: each by city, orders with the longest overdue first."""

    cities: tuple[str, ...]
    alerts: dict[str, dict[str, int]]
    orders: list[Standing]
    periods: dict[str, CityPeriod]
    waiting: dict[str, int]


def read(visit: Visit, found: Filters, codes: Sequence[str]) -> Now:
    """Alerts, open orders, the last period over and waiting adjustments of the cities in the visit's scope."""
    calendar = open_calendar(visit.db, visit.now)
    window = calendar.window(None)
    last = window.before(window.period(visit.today)).end
    with visit.db.ro.connect() as connection:
        periods = deadlines.standing(connection, visit.scope, calendar, last)
    listed = orders.listed(visit.db, visit.scope, OrdersWanted(closed=False))
    return Now(
        cities=tuple(codes),
        alerts=alert_list.open_by_city(visit.db, visit.scope, found.narrow.programme),
        orders=sorted((standing(visit, row) for row in listed), key=lambda row: row.urgency),
        periods={row.city: row for row in periods},
        waiting=city.waiting(visit.db, visit.scope),
    )


def draw(visit: Visit, found: Filters, states: pl.DataFrame, now: Now) -> None:
    """One row a city; ``states`` are the day's projects of all of them."""
    t = visit.words
    parts.show(wrapped("h2", t("Its cities compared"), "pd-h2 pd-sec"))
    said = t(
        "Gap: mean progress minus mean plan of the measured projects. Spending: spent ÷ issued, beside what the schedule asks by now. Alerts, orders, reporting and decisions are as they stand now."
    )
    columns = _columns(visit, now)
    rows = []
    for code in now.cities:
        own = states.filter(pl.col("city") == code)
        total = sums(total_frame(own))
        rows.append((city_link(visit, found, code), *(cell(code, total, own) for _, _, cell in columns)))
    heads = [(t("City"), "pd-s"), *((label, kind) for label, kind, _ in columns)]
    parts.show(wrapped("div", said, "pd-m"), parts.table(heads, rows))


_Cell = Callable[[str, Sums, pl.DataFrame], object]


def _columns(visit: Visit, now: Now) -> list[tuple[str, str, _Cell]]:
    """Label, class and cell of each column; a cell takes the city, its sums and its projects."""
    t = visit.words
    return [
        (t("Projects"), "pd-n", lambda code, total, own: _count(visit, total)),
        (t("Lights"), "pd-s", lambda code, total, own: compared.lights(visit, total)),
        (t("Gap to the plan"), "pd-n", lambda code, total, own: _gap(visit, total)),
        (t("Spent / by the schedule"), "pd-n", lambda code, total, own: _spending(visit, total)),
        (t("Adjustments per project"), "pd-n", lambda code, total, own: _adjusted(visit, own)),
        (t("Open alerts"), "pd-s", lambda code, total, own: _alerts(visit, now, code)),
        (t("Open orders"), "pd-s", lambda code, total, own: _orders(visit, now, code)),
        (t("Last period reported"), "pd-s", lambda code, total, own: _period(visit, now, code)),
        (t("Adjustments waiting"), "pd-n", lambda code, total, own: _waiting(visit, now, code)),
    ]


def _count(visit: Visit, total: Sums) -> str:
    t = visit.words
    return t.number(total.projects, 0) if total.projects else t("no project yet")


def _gap(visit: Visit, total: Sums) -> str:
    if total.physical_bp is None or total.planned_bp is None:
        return "—"
    return visit.words.points((total.physical_bp - total.planned_bp) / 100)


def _spending(visit: Visit, total: Sums) -> str:
    t = visit.words
    if not total.issued:
        return t("nothing issued") if total.projects else "—"
    return f"{t.percent(total.spent_bp)} / {t.percent(total.planned_spending_bp)}"


def _adjusted(visit: Visit, own: pl.DataFrame) -> str:
    return "—" if own.is_empty() else visit.words.number(own["adjustments"].sum() / own.height)


def _alerts(visit: Visit, now: Now, code: str) -> object:
    t, found = visit.words, now.alerts.get(code, {})
    shown = [
        parts.severity_html(severity, t) + f" {t.number(found[severity], 0)}"
        for severity in map(str, (Severity.RED, Severity.YELLOW))
        if found.get(severity)
    ]
    return _led(joined([Safe(one) for one in shown]), parts.link("alerts", visit, city=code), bool(shown))


def _orders(visit: Visit, now: Now, code: str) -> object:
    t = visit.words
    own = [row for row in now.orders if row.order.city == code]
    late = sum(row.late > 0 for row in own)
    said: list[object] = [t.number(len(own), 0)]
    if late:
        said.append(joined([wrapped("span", "■", "pd-red"), t("{n} overdue", n=t.number(late, 0))]))
    return _led(joined(said, t.pick("，", ", ")), parts.link("orders", visit, city=code), bool(own))


def _period(visit: Visit, now: Now, code: str) -> object:
    row = now.periods.get(code)
    if row is None:
        return "—"
    said = joined([row.period.name, period_state(visit, row), f"{row.reported} / {row.projects}"])
    return parts.anchor(said, parts.link("deadlines", visit, city=code, period=row.period.end))


def _waiting(visit: Visit, now: Now, code: str) -> object:
    count = now.waiting.get(code, 0)
    return _led(visit.words.number(count, 0), parts.link("city", visit, city=code), bool(count))


def _led(said: object, href: str, there: bool) -> object:
    """What leads on where there is something, and a dot where not."""
    return parts.anchor(said, href) if there else "·"
