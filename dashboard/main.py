"""The frame of every page: gate, language, navigation, the banner of a demonstration. Nothing else.

Pages are callables handed to ``st.navigation``, never files in a folder named ``pages``: Streamlit serves
such files past a gate that stops before navigation (a test asserts that the folder does not exist).
"""

from functools import partial
from pathlib import Path

import streamlit as st
from sqlmodel import Session, select

from dashboard import gate
from dashboard.health import health
from dashboard.views import alerts, bulletin, city, deadlines, kinds, overview, project, reports, sources
from dashboard.visit import Visit
from models.places import Programme
from models.words import LANGUAGES, Words
from settings import load_settings

_LOGO = str(Path(__file__).parent / "logo.svg")

#: Less empty space above the figures than Streamlit leaves; constant text only.
_STYLE = """<style>
[data-testid="stMainBlockContainer"]{padding:4.25rem 2rem 2rem;max-width:90rem}
@media (max-width:40rem){[data-testid="stMainBlockContainer"]{padding:4.25rem .9rem 1rem}}
</style>"""


def main() -> None:
    settings = load_settings()
    words = gate.language()
    st.set_page_config(page_title=words("Pilot Dispatch"), page_icon=_LOGO, layout="wide")
    visit = gate.admit(settings)
    if visit is None:
        _outside(words)
        return
    page = st.navigation(_pages(visit), position="top")
    gate.carry(page.url_path)
    st.html(_STYLE)
    head = st.container()
    try:
        page.run()  # figures first: the browser shows them while it still loads the controls
    finally:
        with head:
            _frame(visit)


def _pages(visit: Visit) -> list[st.Page]:
    t = visit.words
    views = (
        ("overview", overview.render, t("Overview"), ":material/dashboard:"),
        ("points", kinds.render_points, t("Points"), ":material/factory:"),
        ("lines", kinds.render_lines, t("Lines"), ":material/conversion_path:"),
        ("surfaces", kinds.render_surfaces, t("Surfaces"), ":material/domain:"),
        ("city", city.render, t("City"), ":material/location_city:"),
        ("project", project.render, t("Project"), ":material/assignment:"),
        ("alerts", alerts.render, t("Alerts"), ":material/notifications:"),
        ("bulletin", bulletin.render, t("Bulletin"), ":material/description:"),
        ("reports", reports.render, t("Reports"), ":material/upload_file:"),
        ("deadlines", deadlines.render, t("Deadlines"), ":material/event:"),
        ("sources", sources.render, t("Data sources"), ":material/sync:"),
    )
    return [
        st.Page(partial(render, visit), title=title, icon=icon, url_path=path, default=path == "overview")
        for path, render, title, icon in views
    ]


def _outside(words: Words) -> None:
    """The session ended while the page was open: no menu, no figures, the way back in."""
    st.navigation([st.Page(lambda: None, title=words("Sign in"))], position="hidden")
    st.info(words("Your session has ended. Sign in again to go on."))
    st.html(f'<a href="/sign-in" target="_self">{words("Sign in")}</a>')


def _frame(visit: Visit) -> None:
    t = visit.words
    st.logo(_LOGO, size="small")
    with Session(visit.db.ro) as session:
        made_up = session.exec(select(Programme.code).where(Programme.demonstration)).first()
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        if made_up:
            said = t("All figures on this page are made up.")
            st.markdown(
                f":orange-badge[:material/science: {t('Demonstration')}] :small[{said}]", width="content"
            )
        else:
            st.caption(t("Pilot Dispatch"), width="content")
        with st.container(horizontal=True, width="content", vertical_alignment="center"):
            other = next(code for code in LANGUAGES if code != t.language)
            if st.button("English" if other == "en" else "中文", key="switch-language", type="tertiary"):
                st.query_params["lang"] = other
                st.rerun()
            with st.popover(visit.name, type="tertiary", icon=":material/account_circle:"):
                st.text(f"{t.label(visit.scope.role)}\n{visit.scope.email}")
                st.html(f'<a href="/sign-out" target="_self">{t("Sign out")}</a>')
    if health(visit.db, now=visit.now)["worker"] == "silent":
        st.warning(t("The worker is silent: no alert is judged and no mail is sent until it runs again."))


if __name__ == "__main__":
    main()
