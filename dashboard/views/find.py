"""What the search box leads to: places and projects that fit every word, each a link."""

import streamlit as st

from alerts.day import open_day
from dashboard import parts
from dashboard.parts import joined, wrapped
from dashboard.visit import Visit
from models.queries import find as finding
from models.queries import places
from models.queries.places import name_of

#: Projects listed at most.
MOST = 50

#: The page that the box on top of every page leads to, and the parameter of its address.
PATH, ASKED = "find", "q"


def box(visit: Visit) -> None:
    """The box; what is entered waits in the session until the frame leads there."""
    t = visit.words
    st.text_input(
        t("Find"),
        key="find-box",
        placeholder=t("Project, code, unit, city"),
        label_visibility="collapsed",
        icon=":material/search:",
        width=230,
        on_change=_go,
        help=t("Every word must fit. Chinese is also found by the initials of its pinyin: sy for 沈阳."),
    )


def _go() -> None:
    text = st.session_state["find-box"].strip()
    st.session_state["find-box"] = ""
    if text:
        st.session_state["find-asked"] = text[:80]


def asked() -> str | None:
    """What was just entered into the box, once."""
    return st.session_state.pop("find-asked", None)


def render(visit: Visit) -> None:
    t, text = visit.words, st.query_params.get(ASKED, "")[:80]
    parts.page(t("Find"), f"“{text}”" if text else "")
    if not finding.words_of(text):
        parts.nothing(
            t("Nothing was asked for"), t("Write a name, a code, a unit or a city into the box above.")
        )
        return
    day = open_day(visit.db, None, None, today=visit.today)
    found = finding.find(visit.db, visit.scope, text, on=day.on, limit=MOST)
    if not found.provinces and not found.places and not found.total:
        parts.nothing(
            t("Nothing within your scope fits every word"),
            t("Try fewer words or a part of the name; the initials of its pinyin will do as well."),
        )
        return
    _places(visit, found)
    _projects(visit, found)


def _places(visit: Visit, found: finding.Found) -> None:
    t = visit.words
    for title, page, listed in (
        (t("Provinces"), "province", found.provinces),
        (t("Cities"), "city", found.places),
    ):
        if listed:
            named = (
                parts.anchor(
                    t.pick(place.name_zh, place.name_en), parts.link(page, visit, **{page: place.code})
                )
                for place in listed
            )
            parts.show(wrapped("h2", title, "pd-h2"), wrapped("div", joined(named, " · ")))


def _projects(visit: Visit, found: finding.Found) -> None:
    t = visit.words
    if not found.total:
        return
    parts.heading(t("Key projects"))
    known = places.names(visit.db)
    rows = []
    for row in found.projects.iter_rows(named=True):
        city = name_of(known, row["city"], t)
        link = parts.link(
            "project", visit, city=row["city"], project=row["project"], programme=row["programme"]
        )
        rows.append(
            (
                parts.light_html(row["light"], t),
                parts.anchor(row["name"], link),
                row["project"],
                row["unit_name"],
                parts.anchor(city, parts.link("city", visit, city=row["city"], programme=row["programme"])),
                t.label(row["kind"]),
                t.day(row["as_of"]),
            )
        )
    heads = [
        (t("Light"), "pd-s"),
        (t("Project"), "pd-w"),
        (t("Code"), "pd-s"),
        (t("Implementing unit"), "pd-w"),
        (t("City"), "pd-s"),
        (t("Kind"), "pd-s"),
        (t("As of"), "pd-s"),
    ]
    said = t("{shown} of {all} projects", shown=len(rows), all=t.number(found.total, 0))
    parts.show(parts.table(heads, rows, said))
