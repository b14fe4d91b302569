"""A city on one page: what the roster says of it, its projects, how it reports, what waits, what speaks."""

from dataclasses import replace

import polars as pl
import streamlit as st

from alerts import day as days
from alerts.states import total_frame
from alerts.totals import sums
from dashboard import filters, parts
from dashboard.filters import Filters
from dashboard.parts import Safe, joined
from dashboard.views import compared, ladder, orders, peers, reported, rules
from dashboard.views.listing import grid
from dashboard.views.pending import table as pending_table
from dashboard.visit import Visit
from models.queries import alert_list, calibrated, places, submissions
from models.queries.alert_list import Wanted
from models.queries.city import pending
from models.queries.places import PlaceRow


def render(visit: Visit) -> None:
    t = visit.words
    found = filters.read(visit)
    if found.outside:
        parts.page(t("City"))
        parts.outside(visit)
        return
    city = found.narrow.city or _only(visit)
    place = found.known.places.get(city or "")
    title = t.pick(place.name_zh, place.name_en) if place else t("City")
    parts.page(title, parts.day_line(visit, found.day))
    filters.bar(visit, found, "city", "province", "city")
    if city is None or place is None:
        _choose(visit, found)
        return
    states = days.states(visit.db, found.day, visit.scope, days.Narrow(found.narrow.programme, city=city))
    parts.show(parts.facts(_header(visit, found, city, states)))
    if states.is_empty():
        parts.nothing(
            t("No project of this city yet"),
            t("This page fills when the city hands in its project list (page Reports, form “Projects”)."),
        )
    else:
        parts.heading(t("Projects of this city, the worst first"))
        grid(visit, found, states)
    peers.draw(visit, city, found)
    _waiting(visit, city, found)
    _alerts(visit, city, found)
    _about_itself(visit, city)
    orders.of_city(visit, city)
    ladder.draw(visit, city)
    _history(visit, city)


def _only(visit: Visit) -> str | None:
    """The city of somebody who has only one."""
    reachable = visit.scope.cities
    return next(iter(reachable)) if reachable is not None and len(reachable) == 1 else None


def _choose(visit: Visit, found: Filters) -> None:
    """Every city in scope with its lights, for somebody who has not chosen one."""
    t = visit.words
    totals = days.totals(visit.db, found.day, visit.scope, found.narrow)
    rows = []
    for place in places.cities(visit.db, visit.scope):
        if found.narrow.province not in (None, place.province):
            continue
        total = sums(totals.filter(pl.col("city") == place.code))
        name = parts.anchor(t.pick(place.name_zh, place.name_en), parts.link("city", visit, city=place.code))
        rows.append(compared.row(visit, name, total))
    parts.show(parts.table(compared.heads(visit, t("City")), rows, t("Choose a city")))


def _header(visit: Visit, found: Filters, city: str, states: pl.DataFrame) -> list[tuple[str, object]]:
    t = visit.words
    member = places.membership(visit.db, city)
    place = found.known.places[city]
    province = found.known.places.get(place.province)
    pairs: list[tuple[str, object]] = [] if states.is_empty() else _sums(visit, found, states)
    if not states.is_empty():
        ruled = {rules.called(policy, t) for policy in rules.versions(visit.db, states).values()}
        said = t.pick("、", ", ").join(sorted(ruled))
        pairs.append((t("Light rules"), parts.anchor(said, parts.link("rules", visit))))
    pairs += [
        (t("Administrative code"), city),
        (t("Belongs to"), _province(visit, province) if province else "—"),
    ]
    if member is not None:
        pairs.append((t("Batch"), t("batch {n}", n=member.batch)))
        pairs.append(
            (
                t("Leading industries"),
                t.pick(member.industries_zh, member.industries_en).replace(";", t.pick("；", "; "))
                or t("not known"),
            )
        )
        if member.paired_with:
            names = [found.known.places[code] for code in member.paired_with]
            others = t.pick("、", ", ").join(t.pick(one.name_zh, one.name_en) for one in names)
            pairs.append((t("Entered together with"), others))
    return pairs + _discipline(visit, city)


def _province(visit: Visit, province: PlaceRow) -> Safe:
    name = visit.words.pick(province.name_zh, province.name_en)
    return parts.anchor(name, parts.link("province", visit, province=province.code))


def _sums(visit: Visit, found: Filters, states: pl.DataFrame) -> list[tuple[str, object]]:
    t, money = visit.words, found.currency
    total = sums(total_frame(states))
    marks: Safe = joined(
        (
            parts.light_html(light, t, f"{t.label(light)} {count}")
            for light, count in total.lights.items()
            if count
        ),
        "  ",
    )
    return [
        (t("Projects"), joined([t.number(total.projects, 0), marks])),
        (
            t("Progress (mean of measured)"),
            t(
                "{actual}, planned {planned}; {measured} of {projects} measured",
                actual=t.percent(total.physical_bp),
                planned=t.percent(total.planned_bp),
                measured=total.measured,
                projects=total.projects,
            ),
        ),
        (
            t("Spent ÷ issued"),
            f"{t.percent(total.spent_bp)} ({t.amount(total.spent, money)} ÷ {t.amount(total.issued, money)})",
        ),
        (
            t("Issued ÷ reward approved"),
            f"{t.amount(total.issued, money)} ÷ {t.amount(total.reward, money)}",
        ),
        (t("Green now, red on the first plan"), t.number(total.green_now_red_first, 0)),
    ]


def _discipline(visit: Visit, city: str) -> list[tuple[str, object]]:
    t = visit.words
    found = submissions.discipline(visit.db, visit.scope, city)
    if found is None:
        return []
    return [
        (t("Newest figure"), t("as of {day}", day=t.day(found.newest_as_of))),
        (t("Last file of its own"), t.instant(found.last_received_at)),
        (t("Figures corrected later"), t.number(found.corrected, 0)),
        *_calibration(visit, city),
    ]


def _calibration(visit: Visit, city: str) -> list[tuple[str, object]]:
    """How far its reports can be relied on, over the past year; no light uses it."""
    t, found = visit.words, calibrated.of_city(visit.db, visit.scope, city, visit.today)
    if found is None:
        return []
    told: list[tuple[str, object]] = []
    if found.green_days:
        told.append(
            (t("Green that turned red within 60 days"), _share(visit, found.turned_red, found.green_days))
        )
    if found.figures_told:
        restated = _share(visit, found.figures_restated, found.figures_told)
        if found.told_high_bp is not None:
            high = t.points(found.told_high_bp / 100)
            restated = t("{share}; first told {points} above the last", share=restated, points=high)
        told.append((t("Progress restated"), restated))
        told.append((t("Days from the as-of day to its report, median"), t.number(found.delay_days, 0)))
    if found.state_days:
        told.append(
            (t("Project days with a report overdue"), _share(visit, found.late_days, found.state_days))
        )
    return told


def _share(visit: Visit, part: int | None, whole: int) -> str:
    t = visit.words
    share = t.percent((part or 0) * 10_000 / whole)
    return t(
        "{share} ({part} of {whole})", share=share, part=t.number(part or 0, 0), whole=t.number(whole, 0)
    )


def _waiting(visit: Visit, city: str, found: Filters) -> None:
    t = visit.words
    rows = pending(visit.db, visit.scope, city=city)
    parts.heading(t("Adjustments waiting for a decision"))
    if rows.is_empty():
        st.caption(t("None is waiting."))
        return
    only = replace(found, narrow=replace(found.narrow, city=city))
    parts.show(pending_table(visit, only, rows, most=100))


def _alerts(visit: Visit, city: str, found: Filters) -> None:
    t = visit.words
    parts.heading(t("Open alerts"))
    wanted = Wanted(programme=found.narrow.programme, cities=frozenset({city}))
    rows = alert_list.alerts(visit.db, visit.scope, wanted, limit=50)
    if rows.is_empty():
        st.caption(t("No alert is open."))
        return
    told = [
        (
            parts.severity_html(row["severity"], t),
            parts.anchor(
                rules.title(row["rule"], rules.policy(visit.db, row["policy"]), t),
                reported.page_of(visit, city, row["id"]),
            ),
            parts.subject_link(visit, row, t("the city as a whole")),
            t.day(row["opened_on"]),
        )
        for row in rows.iter_rows(named=True)
    ]
    heads = [(t("Severity"), "pd-s"), (t("Rule"), "pd-s"), (t("Project"), "pd-w"), (t("Since"), "pd-s")]
    parts.show(parts.table(heads, told))


def _about_itself(visit: Visit, city: str) -> None:
    """Alerts that speak about the city and not about one project, with their history."""
    found = alert_list.of_project(visit.db, visit.scope, city, None)
    if found:
        parts.heading(visit.words("Alerts about the city as a whole"))
        reported.each(visit, found, {})


def _history(visit: Visit, city: str) -> None:
    t = visit.words
    parts.heading(t("Last files handed in"))
    rows = submissions.history(visit.db, visit.scope, city=city, limit=10)
    if not rows:
        st.caption(t("This city has not handed in a file of its own."))
        return
    told = [
        (
            t.instant(r.received_at),
            parts.anchor(r.file_name, parts.link("reports", visit, submission=r.id, holder=r.city)),
            *(r.uploader, r.rows, r.new, r.changed, r.warned, r.rejected),
        )
        for r in rows
    ]
    labels = [
        t("Received at"),
        t("File"),
        t("Handed in by"),
        t("Rows"),
        t("New"),
        t("Changed"),
        t("Warned"),
        t("Refused"),
    ]
    parts.show(parts.table(list(zip(labels, ("pd-s", "pd-w", "", *("pd-n",) * 5), strict=True)), told))
