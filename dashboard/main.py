"""The frame of every page: gate, language, navigation, the banner of a demonstration. Nothing else.

Pages are callables handed to ``st.navigation``, never files in a folder named ``pages``: Streamlit serves
such files past a gate that stops before navigation (a test asserts that the folder does not exist).
"""

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import streamlit as st

from dashboard import gate, news, reference, takeaway
from dashboard.health import health
from dashboard.needs import opens
from dashboard.parts import Safe, joined
from dashboard.views import (
    adjustments,
    administration,
    alerts,
    audit,
    bulletin,
    changed,
    city,
    deadlines,
    execution,
    find,
    kinds,
    letters,
    linking,
    lost,
    method,
    mine,
    orders,
    overlaps,
    overview,
    people,
    policies,
    project,
    province,
    reports,
    sources,
    taking_away,
)
from dashboard.visit import Visit
from models.access import Action
from models.kept import Kept
from models.words import LANGUAGES, Words
from settings import load_settings

_LOGO = str(Path(__file__).parent / "logo.svg")

#: Less empty space above the figures than Streamlit leaves; constant text only.
_STYLE = """<style>
[data-testid="stMainBlockContainer"]{padding:4.25rem 2rem 2rem;max-width:90rem}
@media (max-width:40rem){[data-testid="stMainBlockContainer"]{padding:4.25rem .9rem 1rem}}
</style>"""


#: What was last seen of the worker; every page asks.
_SEEN = Kept(1, seconds=5)

#: A page: its path, what draws it, its title and icon.
View = tuple[str, Callable[[Visit], None], str, str]


def main() -> None:
    settings = load_settings()
    words = gate.language()
    st.set_page_config(page_title=words("Pilot Dispatch"), page_icon=_LOGO, layout="wide")
    visit = gate.admit(settings)
    if visit is None:
        _outside(words)
        return
    edition = news.watched(visit)  # asked first: what comes in while the page is drawn is news
    sections = _sections(visit)
    page = st.navigation(sections, position="top")
    if text := find.asked():
        finding = next(one for one in sections[""] if one.url_path == find.PATH)
        st.switch_page(finding, query_params={find.ASKED: text})
    paths = [one.url_path for pages in sections.values() for one in pages]
    st.set_page_config(page_title=f"{page.title} · {words('Pilot Dispatch')}")
    gate.carry(page.url_path)
    st.html(_STYLE)
    head, drawn = st.container(), takeaway.begin()
    try:
        page.run()  # figures first: the browser shows them while it still loads the controls
    finally:
        with head:
            _frame(visit, drawn, edition, paths)


def views(visit: Visit) -> dict[str, tuple[View, ...]]:
    """Every page that stands in the menu, whoever may open it, by heading; those without a heading first."""
    t = visit.words
    return {
        "": (
            ("overview", overview.render, t("Overview"), ":material/dashboard:"),
            ("changes", changed.render, t("What changed"), ":material/difference:"),
            ("alerts", alerts.render, t("Alerts"), ":material/notifications:"),
            ("orders", orders.render, t("Orders"), ":material/assignment_late:"),
            ("bulletin", bulletin.render, t("Bulletin"), ":material/description:"),
            ("execution", execution.render, t("Budget execution"), ":material/payments:"),
        ),
        t("Key projects"): (
            ("points", kinds.render_points, t("Points"), ":material/factory:"),
            ("lines", kinds.render_lines, t("Lines"), ":material/conversion_path:"),
            ("surfaces", kinds.render_surfaces, t("Surfaces"), ":material/domain:"),
            ("province", province.render, t("Province"), ":material/map:"),
            ("city", city.render, t("City"), ":material/location_city:"),
            ("project", project.render, t("Project"), ":material/assignment:"),
            ("adjustments", adjustments.render, t("Plan adjustments"), ":material/edit_note:"),
            ("overlaps", overlaps.render, t("Double support"), ":material/join_inner:"),
        ),
        t("Reporting"): (
            ("reports", reports.render, t("Reports"), ":material/upload_file:"),
            ("deadlines", deadlines.render, t("Deadlines"), ":material/event:"),
            ("sources", sources.render, t("Data sources"), ":material/sync:"),
        ),
        t("Administration"): (
            ("administration", administration.render, t("Administration"), ":material/settings:"),
            ("method", method.render, t("Method"), ":material/functions:"),
            ("rules", policies.render, t("Light rules"), ":material/tune:"),
            ("letters", letters.render, t("Letters that did not arrive"), ":material/mail:"),
            ("people", people.render, t("People and permissions"), ":material/group:"),
            ("audit", audit.render, t("Audit log"), ":material/history:"),
        ),
    }


def unlisted(visit: Visit) -> tuple[View, ...]:
    """Pages that are reached from others and stand in no menu; and the first page under its own name.

    Streamlit serves the page that opens first at "/" alone and calls its name unknown.
    """
    t = visit.words
    listed = (view for under in views(visit).values() for view in under)
    return (
        *(view for view in listed if view[0] == visit.home),
        (find.PATH, find.render, t("Find"), ":material/search:"),
        ("me", mine.render, t("My settings"), ":material/person:"),
    )


def _sections(visit: Visit) -> dict[str, list[st.Page]]:
    """What opens to this reader, by heading of the menu, what stands in none of it included."""
    shown = {heading: _opened(visit, under) for heading, under in views(visit).items()}
    shown[""] += _opened(visit, unlisted(visit), visibility="hidden")
    known = {page.url_path: page.title for pages in shown.values() for page in pages}
    if (asked := lost.asked()) not in known:
        title = visit.words("No page at this address")
        shown[""].append(
            st.Page(partial(lost.render, visit, known), title=title, url_path=asked, visibility="hidden")
        )
    return {heading: pages for heading, pages in shown.items() if pages}


def _opened(visit: Visit, under: Iterable[View], visibility: str = "visible") -> list[st.Page]:
    first = visit.home if visibility == "visible" else None
    return [
        st.Page(
            partial(render, visit),
            title=title,
            icon=icon,
            url_path="" if path == first else path,
            default=path == first,
            visibility=visibility,
        )
        for path, render, title, icon in under
        if opens(visit, path)
    ]


def _outside(words: Words) -> None:
    """The session ended while the page was open: no menu, no figures; loading the page anew leads back in, and here."""
    here = {"", lost.asked()}  # a page that there is none of would change the address
    pages = [st.Page(lambda: None, title=words("Sign in"), url_path=path, default=not path) for path in here]
    st.navigation(pages, position="hidden")
    st.info(words("Your session has ended. Sign in again to go on."))
    st.html(f'<a href="" target="_self">{words("Sign in")}</a>')


def _frame(visit: Visit, drawn: takeaway.Pack, edition: str | None, paths: list[str]) -> None:
    t = visit.words
    st.logo(_LOGO, size="small")
    made_up = any(programme.demonstration for programme in reference.programmes(visit.db))
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        if made_up:
            said = t("All figures on this page are made up.")
            st.markdown(
                f":orange-badge[:material/science: {t('Demonstration')}] :small[{said}]", width="content"
            )
        else:
            st.caption(t("Pilot Dispatch"), width="content")
        with st.container(horizontal=True, width="content", vertical_alignment="center"):
            if visit.may(Action.SEE):
                find.box(visit)
            linking.draw(visit, drawn, edition, paths)
            taking_away.offer(visit, drawn)
            other = next(code for code in LANGUAGES if code != t.language)
            if st.button("English" if other == "en" else "中文", key="switch-language", type="tertiary"):
                st.query_params["lang"] = other
                st.rerun()
            with st.popover(visit.name, type="tertiary", icon=":material/account_circle:"):
                who = joined([t.label(visit.scope.role), visit.scope.email], Safe("<br>"))
                st.html(
                    f"<p>{who}</p>"
                    f'<a href="/me" target="_self">{t("My settings")}</a><br>'
                    f'<a href="/password" target="_self">{t("Change the password")}</a><br>'
                    f'<a href="/sign-out" target="_self">{t("Sign out")}</a>'
                )
    seen = _SEEN.get(visit.db, lambda: health(visit.db, now=visit.now))
    if seen["worker"] == "silent":
        st.warning(t("The worker is silent: no alert is judged and no mail is sent until it runs again."))


if __name__ == "__main__":
    main()
