"""A province on one page: its sums, its cities beside each other, what waits for its desk, its worst projects.

Shows those of its cities that the reader may see, and says so where that is not all of them. Alerts, orders,
deadlines and decisions are those of now; figures are those of the day shown.
"""

from dataclasses import dataclass, replace

import streamlit as st

from alerts import day as days
from alerts.states import total_frame
from alerts.totals import grouped, sums
from dashboard import filters, parts
from dashboard.filters import Filters
from dashboard.parts import Safe, joined, wrapped
from dashboard.views import cards, compared, province_cities, province_desk, reported, rules, worst
from dashboard.views.province_cities import Now
from dashboard.visit import Visit
from models.access import Scope
from models.places import XPCC
from models.queries import alert_list, ladder, places
from models.queries.ladder import MeasureRow
from models.queries.places import PlaceRow, name_of
from models.queries.province import recommended
from models.vocabulary import Measure

#: Worst projects listed.
WORST = 10


@dataclass(frozen=True)
class Province:
    """The province shown, and those of its cities that the reader may see; ``whole``: that is all of it."""

    place: PlaceRow
    cities: tuple[PlaceRow, ...]
    whole: bool


def render(visit: Visit) -> None:
    t = visit.words
    found = filters.read(visit)
    code = None if found.outside else found.narrow.province or _own(visit)
    place = found.known.places.get(code or "")
    parts.page(
        t.pick(place.name_zh, place.name_en) if place else t("Province"), parts.day_line(visit, found.day)
    )
    if found.outside:
        parts.outside(visit)
        return
    only = replace(found, narrow=days.Narrow(found.narrow.programme, province=code))
    filters.bar(visit, only, "province", "province")
    if place is None:
        _choose(visit, found)
        return
    province = _reach(visit, place)
    here = replace(visit, scope=_inside(visit, province))
    _draw(here, only, province)


def _own(visit: Visit) -> str | None:
    """The province of somebody who reaches no other."""
    reachable = filters.reachable_provinces(visit)
    return next(iter(reachable)) if len(reachable) == 1 else None


def _reach(visit: Visit, place: PlaceRow) -> Province:
    mine = tuple(one for one in places.cities(visit.db, visit.scope) if one.province == place.code)
    return Province(place, mine, visit.scope.covers(place.code))


def _inside(visit: Visit, province: Province) -> Scope:
    """The reader's scope, cut down to this province: every question below is asked within it."""
    codes = {city.code for city in province.cities}
    if province.whole:
        codes.add(province.place.code)
    return replace(visit.scope, cities=frozenset(codes))


def _choose(visit: Visit, found: Filters) -> None:
    """Every province in scope with its sums, for somebody who has not chosen one."""
    t = visit.words
    totals = days.totals(visit.db, found.day, visit.scope, days.Narrow(found.narrow.programme))
    by = grouped(
        totals, "province", provinces={code: place.province for code, place in found.known.places.items()}
    )
    rows = []
    for code in sorted(filters.reachable_provinces(visit)):
        total = by.get(code) or sums(totals.clear())
        name = parts.anchor(
            name_of(found.known.places, code, t), parts.link("province", visit, province=code)
        )
        rows.append(compared.row(visit, name, total))
    parts.show(parts.table(compared.heads(visit, t("Province")), rows, t("Choose a province")))


def _draw(visit: Visit, found: Filters, province: Province) -> None:
    t = visit.words
    _about(visit, province)
    states = days.states(visit.db, found.day, visit.scope, found.narrow)
    if states.is_empty():
        parts.nothing(
            t("No project of this province yet"),
            t(
                "This page fills when one of its cities hands in its project list (page Reports, form “Projects”)."
            ),
        )
    else:
        parts.show(cards.draw(visit, found, total_frame(states)))
    now = province_cities.read(visit, found, [city.code for city in province.cities])
    province_cities.draw(visit, found, states, now)
    province_desk.draw(visit, found, now)
    if not states.is_empty():
        parts.show(Safe('<div class="pd-more"></div>'))
        parts.show(worst.draw(visit, found, total_frame(states), states.head(WORST)))
    if province.whole:
        _about_itself(visit, province.place.code)
    _orders(visit, found, now)
    _measures(visit, found, province)


def _about(visit: Visit, province: Province) -> None:
    """Which of its cities are shown, where not all are; its cities in the pilot; the quota."""
    t, code = visit.words, province.place.code
    names = t.pick("、", ", ").join(t.pick(city.name_zh, city.name_en) for city in province.cities)
    if not province.whole:
        st.info(t("Of this province you see what is in your scope: {cities}.", cities=names))
    said: list[object] = [joined([t("Cities and districts on the list"), names or "—"], t.pick("：", ": "))]
    if province.whole:
        quota = (t("Recommended for the pilot (108-III.1)"), _quota(visit, code))
        said.append(joined(quota, t.pick("：", ": ")))
    parts.show(wrapped("div", joined(said, " · "), "pd-m"))


def _quota(visit: Visit, code: str) -> str:
    t = visit.words
    if code == XPCC:
        return t("outside the quota")
    found = recommended(visit.db, visit.scope, code, year=visit.today.year)
    if found is None:
        return t("no recommendation was registered")
    limits = rules.policy(visit.db).rules.get("quota")
    if limits is None:
        return t(
            "{year}: {cities} prefecture-level cities, {districts} districts",
            year=found.year,
            cities=found.cities,
            districts=found.districts,
        )
    return t(
        "{year}: {cities} prefecture-level cities of at most {most_cities}, {districts} districts of at most {most_districts}",
        year=found.year,
        cities=found.cities,
        districts=found.districts,
        most_cities=limits.numbers["cities"],
        most_districts=limits.numbers["districts"],
    )


def _about_itself(visit: Visit, code: str) -> None:
    """Alerts that speak about the province and not about a city, with their history."""
    found = alert_list.of_project(visit.db, visit.scope, code, None)
    if found:
        parts.heading(visit.words("Alerts about the province as a whole"))
        reported.each(visit, found, {})


def _orders(visit: Visit, found: Filters, now: Now) -> None:
    t = visit.words
    parts.heading(t("Open dispatch orders"))
    province_desk.orders_table(visit, found, now.orders)


def _measures(visit: Visit, found: Filters, province: Province) -> None:
    """The measures of the ladder that stand on its cities; each is entered and corrected on the city's page."""
    t = visit.words
    parts.heading(t("Measures taken on its cities (108-III.3)"))
    standing = [
        measure
        for city in province.cities
        for measure in ladder.measures(visit.db, visit.scope, city.code)
        if not measure.withdrawn
    ]
    if not standing:
        st.caption(t("No measure stands. Measures are entered by people on a city's page."))
        return
    counts = ((kind, sum(one.now.measure == kind for one in standing)) for kind in Measure)
    said = t.pick("，", ", ").join(f"{t.label(kind)} {count}" for kind, count in counts if count)
    heads = [
        (t("City"), "pd-s"),
        (t("Measure"), "pd-w"),
        (t("Document"), "pd-w"),
        (t("Date of the document"), "pd-s"),
        (t("Amount"), "pd-n"),
        (t("Entered by"), "pd-w"),
    ]
    rows = [_measure(visit, found, measure) for measure in standing]
    parts.show(wrapped("div", said, "pd-m"), parts.table(heads, rows))


def _measure(visit: Visit, found: Filters, measure: MeasureRow) -> tuple[object, ...]:
    t, now = visit.words, measure.now
    return (
        worst.city_link(visit, found, measure.city),
        t.label(now.measure),
        now.document_no,
        t.day(now.decided_on),
        t.amount(now.amount),
        joined([now.by, f"({t.label(now.level)})"]),
    )
