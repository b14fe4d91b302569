"""Deadlines: who has reported a period, who is late, what is signed; more time, other rhythms, reopening.

Everybody sees the cities of their scope; those who decide grant exceptions and accept or return.
"""

from datetime import date, datetime, time, timedelta

import streamlit as st

from collectors import signoff
from collectors.closing import open_calendar
from collectors.signoff import Grant, Standing
from dashboard import filters, parts
from dashboard.filters import Filters
from dashboard.parts import joined
from dashboard.views import signing, taking_back
from dashboard.visit import Visit
from models.access import Action
from models.clock import CHINA
from models.periods import first_days
from models.places import NATION
from models.queries import deadlines
from models.queries.deadlines import CityPeriod
from models.queries.places import name_of
from models.queries.windows import Calendar
from models.roster import PILOT
from models.vocabulary import Department, ExceptionKind, PeriodUnit, SignStep
from models.windows import ReportingRule
from models.words import mark

_NO_CITY = mark("Choose at least one city.")


def render(visit: Visit) -> None:
    t = visit.words
    parts.page(t("Deadlines"))
    found = filters.read(visit)
    filters.notes(found)
    if found.outside:
        parts.outside(visit)
        return
    calendar = open_calendar(visit.db, visit.now)
    day = _day(visit, calendar)
    filters.bar(visit, found, "deadlines", "province", "city", more=lambda: _choose(visit, calendar, day))
    rows = _rows(visit, found, calendar, day)
    if not rows:
        parts.nothing(
            t("No city reports here yet"),
            t("Cities appear here once their projects are registered."),
        )
        if visit.may(Action.REPORT):
            parts.show(parts.anchor(t("Hand in projects"), parts.link("reports", visit, form="projects")))
        return
    parts.show(parts.facts(_counts(visit, rows)))
    parts.show(_table(visit, found, rows))
    city = found.narrow.city or (rows[0].city if len(rows) == 1 else None)
    if city is not None:
        _one(visit, found, next((row for row in rows if row.city == city), None))
    if visit.may(Action.DECIDE):
        _granting(visit, found, rows)
        _rhythm(visit, found, rows, calendar)
    _exceptions(visit, found)


def _day(visit: Visit, calendar: Calendar) -> date:
    """The day whose period is shown: from the address, else the last day before the running period."""
    window = calendar.window(None)
    running = window.period(visit.today)
    return filters.period_day(running.end) or window.before(running).end


def _choose(visit: Visit, calendar: Calendar, day: date) -> None:
    window = calendar.window(None)
    periods = [window.period(visit.today)]
    for _ in range(12):
        periods.append(window.before(periods[-1]))
    chosen = window.period(day)
    names = {one.end: one.name for one in (*periods, chosen)}
    st.session_state["deadlines-period"] = chosen.end
    st.selectbox(
        visit.words("Period"),
        list(names),
        format_func=lambda end: names[end],
        key="deadlines-period",
        on_change=lambda: filters.write("period", st.session_state["deadlines-period"].isoformat()),
        label_visibility="collapsed",
        width=200,
    )


def _rows(visit: Visit, found: Filters, calendar: Calendar, day: date) -> list[CityPeriod]:
    with visit.db.ro.connect() as connection:
        rows = deadlines.standing(connection, visit.scope, calendar, day)
    of = {place.code: place.province for place in found.known.places.values()}
    return [
        row
        for row in rows
        if found.narrow.city in (None, row.city) and found.narrow.province in (None, of.get(row.city))
    ]


def _counts(visit: Visit, rows: list[CityPeriod]) -> list[tuple[str, object]]:
    t = visit.words
    complete = sum(row.complete for row in rows)
    return [
        (t("Cities"), t.number(len(rows), 0)),
        (t("Complete"), t.number(complete, 0)),
        (t("Complete in time"), t.number(sum(bool(row.in_time) and row.complete for row in rows), 0)),
        (t("Late"), t.number(sum(row.late for row in rows), 0)),
        (
            t("Projects reported"),
            f"{sum(row.reported for row in rows)} / {sum(row.projects for row in rows)}",
        ),
    ]


def _table(visit: Visit, found: Filters, rows: list[CityPeriod]) -> parts.Safe:
    t = visit.words
    with visit.db.ro.connect() as connection:
        signed = signoff.standings(connection, [(row.city, row.period) for row in rows])
    heads = [
        (t("City"), "pd-s"),
        (t("Period"), "pd-s"),
        (t("Due on"), "pd-s"),
        (t("Projects reported"), "pd-n"),
        (t("Last report received"), "pd-s"),
        (t("State"), "pd-s"),
        (t("Signed"), ""),
    ]
    lines = [_line(visit, found, row, signed[row.city, row.period.end]) for row in rows]
    return parts.table(heads, lines)


def _line(visit: Visit, found: Filters, row: CityPeriod, signed: Standing) -> tuple[object, ...]:
    t = visit.words
    name = name_of(found.known.places, row.city, t)
    here = parts.link("deadlines", visit, city=row.city, period=row.period.end)
    return (
        parts.anchor(name, here),
        row.period.name,
        t.day(row.due_on),
        f"{row.reported} / {row.projects}",
        t.instant(row.last_at),
        state(visit, row),
        _signatures(visit, signed),
    )


def state(visit: Visit, row: CityPeriod) -> str:
    """How a city stands with a period, as mark and word."""
    t = visit.words
    if row.late:
        return f"■ {t('late')}"
    if row.complete:
        return f"● {t('complete')}" if row.in_time else f"▲ {t('complete, after the due day')}"
    return f"○ {t('open')}"


def _signatures(visit: Visit, signed: Standing) -> str:
    t = visit.words
    if signed.accepted:
        return f"✓✓ {t.label('accepted')}"
    held = [t.label(one) for one in Department if one in signed.vouched]
    if not held and signing.returned(signed):
        return f"↩ {t.label(SignStep.RETURNED)}"
    return f"✓ {t.pick('、', ', ').join(held)}" if held else "—"


def _one(visit: Visit, found: Filters, row: CityPeriod | None) -> None:
    if row is None:
        return
    name = name_of(found.known.places, row.city, visit.words)
    parts.heading(name + visit.words.pick("，", ", ") + row.period.name)
    with st.container(border=True):
        signing.draw(visit, row.city, row.period)
        if visit.may(Action.DECIDE) or visit.may(Action.REPORT):
            taking_back.offer_reversion(visit, row.city)


def _names(visit: Visit, found: Filters, rows: list[CityPeriod]) -> dict[str, str]:
    t, places = visit.words, found.known.places
    return {row.city: t.pick(places[row.city].name_zh, places[row.city].name_en) for row in rows}


def _granting(visit: Visit, found: Filters, rows: list[CityPeriod]) -> None:
    """More time for some cities, or an accepted period opened again."""
    t, names = visit.words, _names(visit, found, rows)
    with st.expander(t("Grant an exception")), st.form("grant", border=False):
        cities = st.multiselect(
            t("Cities"),
            list(names),
            default=list(names) if len(names) == 1 else None,
            format_func=lambda code: names[code],
            placeholder=t("Choose"),
        )
        left, middle, right = st.columns(3)
        kind = left.selectbox(t("Kind of exception"), list(ExceptionKind), format_func=t.label)
        ends = {row.period.end: row.period.name for row in sorted(rows, key=lambda row: row.period.end)}
        end = middle.selectbox(t("Period"), list(ends), format_func=lambda one: ends[one])
        until = right.date_input(t("Until (end of the day)"), visit.today + timedelta(days=3))
        reason = st.text_input(t("Reason"), max_chars=500)
        if st.form_submit_button(t("Grant"), type="primary"):
            at = datetime.combine(until, time(23, 59, 59), CHINA)
            wish = Grant(visit.scope, cities, end, kind, at, reason, visit.now)
            _answer(visit, signoff.grant(visit.db, wish) if cities else _NO_CITY)


def _rhythm(visit: Visit, found: Filters, rows: list[CityPeriod], calendar: Calendar) -> None:
    """How often a city reports: monthly by default, weekly or daily where the risk is high."""
    t, names = visit.words, _names(visit, found, rows)
    if visit.scope.cities is None:
        names = {NATION: t("All cities without a rhythm of their own")} | names
    with st.expander(t("How often cities report")):
        with visit.db.ro.connect() as connection:
            known = deadlines.rules(connection)
        if shown := [rule for rule in known if rule.city in names]:
            parts.show(_rules(visit, shown, names, _begun(calendar, known)))
        st.caption(
            t(
                "A rhythm begins with the first period that starts on or after the chosen day; a period that is running is not cut short."
            )
        )
        with st.form("rhythm", border=False):
            left, middle, right, last = st.columns(4)
            city = left.selectbox(t("City"), list(names), format_func=lambda code: names[code])
            unit = middle.selectbox(t("Rhythm"), list(PeriodUnit), format_func=t.label, index=2)
            due = right.number_input(t("Days after the period"), 0, 60, 3)
            start = last.date_input(t("Chosen from"), visit.today)
            reason = st.text_input(t("Reason"), max_chars=500)
            if st.form_submit_button(t("Set")):
                rule = ReportingRule(
                    city=city,
                    programme=PILOT,
                    set_at=visit.now,
                    every=1,
                    unit=unit,
                    due_days=int(due),
                    from_on=start,
                    reason=reason,
                    set_by=visit.scope.email,
                )
                _answer(visit, signoff.set_rule(visit.db, rule, by=visit.scope))


def _begun(calendar: Calendar, known: list[ReportingRule]) -> dict[tuple[str, datetime], date]:
    """(city, set at) → the first day on which a rhythm holds."""
    base = calendar.window(None)
    while base.earlier is not None:
        base = base.earlier
    nation, found = base, {}
    for city in sorted({rule.city for rule in known}, key=lambda city: city != NATION):
        mine = sorted((rule for rule in known if rule.city == city), key=lambda rule: rule.set_at)
        steps = ((rule.every, rule.unit, rule.due_days, rule.from_on) for rule in mine)
        after, days = first_days(nation, steps)
        nation = after if city == NATION else nation
        found |= {(city, rule.set_at): day for rule, day in zip(mine, days, strict=True)}
    return found


def _rules(
    visit: Visit,
    known: list[ReportingRule],
    names: dict[str, str],
    begun: dict[tuple[str, datetime], date],
) -> parts.Safe:
    t = visit.words
    rows = [
        (
            names[rule.city],
            t.label(rule.unit),
            rule.due_days,
            t.day(rule.from_on),
            t.day(begun[rule.city, rule.set_at]),
            rule.reason,
            joined([rule.set_by, t.instant(rule.set_at)]),
        )
        for rule in known
    ]
    heads = [
        (t("City"), "pd-s"),
        (t("Rhythm"), "pd-s"),
        (t("Days after the period"), "pd-n"),
        (t("Chosen from"), "pd-s"),
        (t("First day in force"), "pd-s"),
        (t("Reason"), "pd-w"),
        (t("Set by"), ""),
    ]
    return parts.table(heads, rows)


def _exceptions(visit: Visit, found: Filters) -> None:
    t = visit.words
    with visit.db.ro.connect() as connection:
        rows = deadlines.exceptions(connection, visit.scope)
    if not rows:
        return
    parts.heading(t("Exceptions granted"))
    places = found.known.places
    lines = [
        (
            name_of(places, row.city, t),
            t.label(row.kind),
            t.day(row.period_end),
            t.instant(row.until),
            row.reason,
            joined([row.granted_by, t.instant(row.granted_at)]),
        )
        for row in rows
    ]
    heads = (t("City"), t("Kind of exception"), t("Period"), t("Until"), t("Reason"), t("Granted by"))
    parts.show(parts.table([(head, "") for head in heads], lines))


def _answer(visit: Visit, refusal: str | None) -> None:
    if refusal:
        st.error(visit.words(refusal))
        return
    st.toast(visit.words("Done. All pages show it already."))
    st.rerun()
