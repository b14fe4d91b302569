"""What a city owes for a period: which forms and why, until when, one workbook for all, and its signatures.

Which period is shown stands in the address (``period``, its last day); without it the oldest that may still be
reported in time.
"""

from collections.abc import Callable
from functools import partial

import sqlalchemy as sa
import streamlit as st

from collectors.closing import open_calendar
from collectors.template import CityBook, city_workbook, plan_book
from dashboard import filters, parts
from dashboard.views import signing
from dashboard.visit import Visit
from models.periods import Period, Window
from models.queries import deadlines
from models.queries.deadlines import CityPeriod
from models.queries.windows import Calendar
from models.vocabulary import Role

#: Past periods that can be chosen beside the open ones.
_BACK = 3


def own_city(visit: Visit) -> str | None:
    """The one city a reader reports for; None for who reports for none."""
    if visit.scope.role != Role.CITY:
        return None
    cities = visit.scope.cities
    return next(iter(cities)) if cities is not None and len(cities) == 1 else None


def draw(visit: Visit, city: str) -> tuple[str, ...]:
    """The period, what is owed and the signatures. Gives the names of the forms that are owed."""
    t, calendar = visit.words, open_calendar(visit.db, visit.now)
    window = calendar.window(city)
    period = asked(visit, window) or window.open_periods(visit.today)[0]
    with visit.db.ro.connect() as connection:
        book = plan_book(connection, city, period, window)
        stands = city_period(connection, visit, calendar, city, period)
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            _choose(visit, window, period)
            if book.duties:
                st.download_button(
                    t("The whole workbook"),
                    data=_builder(visit, book),
                    file_name=_file_name(visit, city, period),
                    icon=":material/download:",
                    type="primary",
                    on_click="ignore",
                    key="reports-workbook",
                )
        parts.show(parts.facts(facts(visit, window, period, stands)))
        parts.show(_table(visit, book))
        signing.draw(visit, city, period)
    return tuple(duty.form.name for duty in book.duties)


def _file_name(visit: Visit, city: str, period: Period) -> str:
    return f"{city}_{period.end:%Y-%m-%d}_{visit.words.pick('填报', 'report')}.xlsx"


def _builder(visit: Visit, book: CityBook) -> Callable[[], bytes]:
    return partial(city_workbook, visit.db, visit.scope, book, visit.words)


def asked(visit: Visit, window: Window) -> Period | None:
    """The period that the address names, at most the running one."""
    day = filters.period_day(window.period(visit.today).end)
    return None if day is None else window.period(day)


def choices(visit: Visit, window: Window, chosen: Period | None) -> list[Period]:
    """The periods to choose from, oldest first: some past ones, those still open, and the one that is chosen."""
    found = window.open_periods(visit.today)
    for _ in range(_BACK):
        found.insert(0, window.before(found[0]))
    return found if chosen is None or chosen in found else [chosen, *found]


def _choose(visit: Visit, window: Window, period: Period) -> None:
    names = {one.end: one.name for one in choices(visit, window, period)}
    st.session_state["reports-period"] = period.end
    st.selectbox(
        visit.words("Period"),
        list(names),
        format_func=lambda end: names[end],
        key="reports-period",
        on_change=lambda: filters.write("period", st.session_state["reports-period"].isoformat()),
        width=260,
    )


def city_period(
    connection: sa.Connection, visit: Visit, calendar: Calendar, city: str, period: Period
) -> CityPeriod | None:
    """How far a city's report for a period is; None where it has no project."""
    rows = deadlines.standing(connection, visit.scope, calendar, period.end)
    return next((row for row in rows if row.city == city), None)


def facts(
    visit: Visit, window: Window, period: Period, stands: CityPeriod | None
) -> list[tuple[str, object]]:
    """Until when, how many projects are reported, and when the last report came."""
    t, due = visit.words, window.due_on(period)
    left = (due - visit.today).days
    when = t("{n} days left", n=left) if left >= 0 else t("{n} days ago", n=-left)
    said = t.pick(f"{t.day(due)}（{when}）", f"{t.day(due)} ({when})")
    pairs: list[tuple[str, object]] = [(t("Due on"), said)]
    if stands is not None:
        told = t("{n} of {all}", n=stands.reported, all=stands.projects)
        pairs.append((t("Projects reported"), told + (t(" – late") if stands.late else "")))
        pairs.append((t("Last report received"), t.instant(stands.last_at)))
    return pairs


def _table(visit: Visit, book: CityBook) -> parts.Safe:
    t = visit.words
    rows = [
        (
            parts.anchor(
                t.pick(duty.form.zh, duty.form.en),
                parts.link("reports", visit, form=duty.form.name, city=book.city, period=book.period.end),
            ),
            t(duty.why),
        )
        for duty in book.duties
    ]
    return parts.table([(t("Form"), "pd-s"), (t("Why it is asked for"), "pd-w")], rows)
