"""The filters of a page live in its address: read, checked, drawn and written back here.

The address is the truth; widgets show it and write to it, so that any page can be reproduced from its link.
A value that makes no sense is left out and said aloud (``notes``); a place out of scope is its own answer
(``outside``), and such a page shows no data. To add a filter, add it to ``_CHECKS`` and to ``_choices``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

import streamlit as st

from alerts.day import Day, Narrow, open_day
from dashboard import address, later, parts, reference, takeaway
from dashboard.later import View
from dashboard.views.industries import INDUSTRIES, industry_name
from dashboard.visit import Visit
from models.access import Scope
from models.clock import parse_instant
from models.places import NATION
from models.queries.places import PlaceRow, ProgrammeRow
from models.vocabulary import Kind, Light
from models.words import mark

#: No report is older than this.
EARLIEST = date(2000, 1, 1)

_LABELS = {
    "programme": mark("Programme"),
    "kind": mark("Kind"),
    "province": mark("Province"),
    "city": mark("City"),
    "industry": mark("Industry"),
    "light": mark("Light"),
    "first": mark("Light on the first plan"),
    "on": mark("Day"),
    "known_at": mark("As known at"),
}

_ALL = {
    "kind": mark("All kinds"),
    "province": mark("All provinces"),
    "city": mark("All cities"),
    "industry": mark("All industries"),
    "light": mark("All lights"),
    "first": mark("First plan: any"),
}


@dataclass(frozen=True)
class Known:
    """What a filter's value is checked against."""

    programmes: tuple[ProgrammeRow, ...]
    places: Mapping[str, PlaceRow]
    scope: Scope
    today: date


@dataclass(frozen=True)
class Wish:
    """The address, understood: checked values, names of the values left out, and whether it is off limits."""

    values: Mapping[str, str]
    on: date | None = None
    known_at: datetime | None = None
    refused: tuple[str, ...] = ()
    outside: bool = False


@dataclass(frozen=True)
class Filters:
    """What a page is narrowed to. ``first`` is a light on the first plan; ``notes`` are sentences to show."""

    narrow: Narrow
    day: Day
    known: Known
    notes: tuple[str, ...] = ()
    outside: bool = False
    asked: Mapping[str, str] = field(default_factory=dict)
    first: str | None = None

    @property
    def programme(self) -> ProgrammeRow | None:
        return next((p for p in self.known.programmes if p.code == self.narrow.programme), None)

    @property
    def currency(self) -> str:
        return self.programme.currency if self.programme else "CNY"


def understand(params: Mapping[str, str], known: Known) -> Wish:
    """Check an address's parameters. Pure; never raises."""
    values, refused, outside = {}, [], False
    for name, check in _CHECKS.items():
        text = params.get(name, "").strip()
        if not text:
            continue
        if not check(text, known):
            refused.append(name)
            continue
        if name in ("province", "city") and not _within(text, known):
            outside = True
            continue
        values[name] = text
    on, known_at = _day(params.get("on", ""), known.today), _instant(params.get("known_at", ""))
    refused += [
        name for name, found in (("on", on), ("known_at", known_at)) if params.get(name) and not found
    ]
    return Wish(values, on, known_at, tuple(refused), outside)


def read(visit: Visit, *, kind: Kind | None = None) -> Filters:
    """The filters of this page. ``kind`` fixes it where the page is about one kind."""
    programmes, named = reference.programmes(visit.db), reference.names(visit.db)
    known = Known(programmes, named, visit.scope, visit.today)
    params = dict(address.params())
    wish = understand(params, known)
    t = visit.words
    notes = tuple(
        t(
            "“{value}” is not a valid value of the filter {name}; it was left out.",
            value=params[name][:60],
            name=t(_LABELS[name]),
        )
        for name in wish.refused
    )
    values = dict(wish.values)
    if kind is not None:
        values["kind"] = str(kind)
    first = values.pop("first", None)
    day = open_day(visit.db, wish.on, wish.known_at, today=visit.today)
    if "programme" not in values:
        values["programme"] = reference.default_programme(visit.db, day)
    return Filters(Narrow(**values), day, known, notes, wish.outside, wish.values, first)


def bar(
    visit: Visit, filters: Filters, page: str, *names: str, more: Callable[[], None] | None = None
) -> None:
    """Draw the filters of a page and the day; say what was left out.

    A page of a past day also says what was corrected since. A page with filters of its own (``more``) shows what is stored now and has no day to choose.
    """
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if len(filters.known.programmes) > 1:
            _select(visit, filters, "programme")
        for name in names:
            _select(visit, filters, name)
        if more is not None:
            more()
        else:
            day_picker(visit, filters)
    notes(filters)
    if more is None and not filters.outside:
        later.draw(visit, View(page, filters.narrow, filters.day, filters.currency))


def own_select(page: str, name: str, label: str, choices: Mapping[str, str]) -> None:
    """A filter of one page alone: code → shown text, "" means all. In the address; an unknown value counts as all.

    What was chosen stands in the session under ``own_key``.
    """
    key, asked = own_key(page, name), st.query_params.get(name, "")
    st.session_state[key] = asked if asked in choices else ""
    st.selectbox(
        label,
        list(choices),
        format_func=lambda code: choices[code],
        key=key,
        width=170,
        label_visibility="collapsed",
        on_change=lambda: write(name, st.session_state[key]),
    )


def own_key(page: str, name: str) -> str:
    """Where the session keeps a page's own filter."""
    return f"filter-{page}-{name}"


def period_day(latest: date) -> date | None:
    """The day whose period the address names (``period``), at most ``latest``; None where it names none."""
    try:
        return min(date.fromisoformat(st.query_params.get("period", "")), latest)
    except ValueError:
        return None


def notes(filters: Filters) -> None:
    """Say what in the address was left out."""
    for note in filters.notes:
        st.warning(parts.escape(note), icon=":material/filter_alt_off:")


def known_by(visit: Visit, day: Day) -> datetime | None:
    """By which instant a page knows what it shows: a past day as it was judged; None is everything known by now."""
    if day.known_at is not None:
        return day.known_at
    newest = open_day(visit.db, None, None, today=visit.today)
    return None if day.on >= newest.on else day.judged_at


def write(name: str, value: str | None) -> None:
    """Set or drop one filter in the address; a city that is not in a new province is dropped with it."""
    if value in (None, ""):
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = value
    if name == "province":
        st.query_params.pop("city", None)


def _select(visit: Visit, filters: Filters, name: str) -> None:
    if name in ("province", "city") and _has_one_city(visit.scope):
        return  # nothing to choose
    t, key = visit.words, f"filter-{name}"
    choices = _choices(visit, filters, name)
    current = filters.first if name == "first" else getattr(filters.narrow, name)
    if current is not None and current not in choices:
        choices[current] = current
    if name != "programme":
        choices = {"": t(_ALL[name]), **choices}
    st.session_state[key] = current or ""
    st.selectbox(
        t(_LABELS[name]),
        list(choices),
        format_func=lambda code: choices.get(code, code),
        key=key,
        label_visibility="collapsed",
        width=170,
        on_change=lambda: write(name, st.session_state[key]),
        placeholder=t(_LABELS[name]),
    )


def _has_one_city(scope: Scope) -> bool:
    return scope.cities is not None and len(scope.cities) == 1


def reachable_provinces(visit: Visit) -> set[str]:
    """The province-level units in which the reader may see a city."""
    return {place.province for place in reference.cities(visit.db, visit.scope)}


def _choices(visit: Visit, filters: Filters, name: str) -> dict[str, str]:
    """Code → shown text of a filter's options."""
    t = visit.words
    if name == "programme":
        return {p.code: t.pick(p.name_zh, p.name_en) for p in filters.known.programmes}
    if name == "kind":
        return {str(kind): t.label(kind) for kind in Kind}
    if name in ("light", "first"):
        return {str(light): parts.status(light, t) for light in parts.LIGHTS}
    if name == "industry":
        seen = reference.industries(visit.db, visit.scope, filters.day)
        return {code: industry_name(code, t) for code in seen or INDUSTRIES}
    reachable = reference.cities(visit.db, visit.scope)
    if name == "city":
        inside = filters.narrow.province
        return {c.code: t.pick(c.name_zh, c.name_en) for c in reachable if inside in (None, c.province)}
    held = sorted({c.province for c in reachable})
    return {code: t.pick(p.name_zh, p.name_en) for code in held if (p := filters.known.places.get(code))}


def day_picker(visit: Visit, filters: Filters) -> None:
    """The window in which the day and the instant of knowledge are chosen; filled when it is opened. Notes both."""
    t, day = visit.words, filters.day
    takeaway.note_pinned(
        programme=filters.narrow.programme,
        on=day.on.isoformat(),
        known_at=(day.known_at or day.judged_at or visit.now).isoformat(),
    )
    window = st.popover(
        t.day(day.on),
        icon=":material/calendar_today:",
        help=t("Choose the day"),
        key="filter-day",
        on_change="rerun",
    )
    if not window.open:
        return
    with window:
        st.session_state["filter-on"] = day.on
        st.date_input(
            t("Day"),
            key="filter-on",
            format="YYYY-MM-DD",
            min_value=EARLIEST,
            max_value=max(visit.today, day.on),
            on_change=_write_day,
        )
        st.session_state["filter-known_at"] = st.query_params.get("known_at", "")
        st.text_input(
            t("As known at"),
            key="filter-known_at",
            placeholder="2026-06-30T18:00",
            help=t("Show the day as it was known at an instant: later reports and corrections are left out."),
            on_change=lambda: write("known_at", st.session_state["filter-known_at"].strip()),
        )
        if "on" in st.query_params or "known_at" in st.query_params:
            st.button(t("Back to the newest day"), on_click=_newest)


def _write_day() -> None:
    chosen = st.session_state["filter-on"]
    write("on", chosen.isoformat() if chosen else None)


def _newest() -> None:
    write("on", None)
    write("known_at", None)


def _place(text: str, known: Known) -> bool:
    """A province-level unit or a city, not the nation."""
    return text in known.places and text != NATION


def _within(place: str, known: Known) -> bool:
    """Does the scope reach any city of this place?"""
    scope = known.scope
    if scope.cities is None or scope.covers(place):
        return True
    return any((at := known.places.get(city)) and at.province == place for city in scope.cities)


def _day(text: str, today: date) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if EARLIEST <= day <= today else None


def _instant(text: str) -> datetime | None:
    try:
        return parse_instant(text.replace(" ", "+") if "T" in text else text) if text else None
    except (ValueError, OverflowError):
        return None


_CHECKS: dict[str, Callable[[str, Known], bool]] = {
    "programme": lambda text, known: any(p.code == text for p in known.programmes),
    "kind": lambda text, known: text in set(Kind),
    "province": lambda text, known: _place(text, known) and known.places[text].province == text,
    "city": lambda text, known: _place(text, known),
    "industry": lambda text, known: text.isascii() and text.isdigit() and len(text) in (2, 3),
    "light": lambda text, known: text in set(Light),
    "first": lambda text, known: text in set(Light),
}
