"""A page drawn in this process as somebody sees it, without a browser and without the frame."""

from collections.abc import Iterable
from datetime import UTC, datetime

from streamlit.testing.v1 import AppTest

from models.db import Database

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)

_TEXTS = ("html", "markdown", "caption", "info", "warning", "error", "success")


def _page(url, path, who, reader, now):  # its source runs as a script: no name of this module is known there
    from itertools import chain

    import streamlit as st

    from dashboard import gate, takeaway
    from dashboard.main import unlisted, views
    from dashboard.visit import Visit
    from models.access import Scope
    from models.db import open_database
    from models.vocabulary import Role
    from models.words import words
    from settings import Settings

    email, role, place, cities = who
    scope = Scope(email, Role(role), place, cities)
    settings = Settings(_env_file=None, database_url=url)
    visit = Visit("A", scope, words(reader), open_database(url, pooled=False), now, settings)
    gate.carry(path)
    pack = takeaway.begin()
    pages = {view[0]: view[1] for view in chain(*views(visit).values(), unlisted(visit))}
    pages[path](visit)
    st.session_state["taken"] = [(table.title, len(table.rows)) for table in pack.tables]
    st.session_state["charts"] = len(pack.charts)


def drawn(
    db: Database,
    path: str,
    role: str = "ministry",
    place: str = "000000",
    cities: Iterable[str] | None = None,
    /,
    *,
    email: str = "a@b.example",
    reader: str = "en",
    now: datetime = NOW,
    **params: str,
) -> AppTest:
    """A page after its first run, at an address with ``params``. Fails on any exception.

    ``cities``: codes, None is all; ``reader``: the language that they read. What can be taken away stands in the session: ``taken`` has titles and rows of tables, ``charts`` their count.
    """
    url = db.ro.url.render_as_string(hide_password=False)
    who = (email, str(role), place, None if cities is None else frozenset(cities))
    app = AppTest.from_function(_page, args=(url, path, who, reader, now), default_timeout=60)
    for name, value in params.items():
        app.query_params[name] = value
    return ran(app)


def ran(app: AppTest) -> AppTest:
    """The page after a rerun. Fails on any exception."""
    app.run()
    assert not app.exception, app.exception[0].value
    return app


def press(app: AppTest, label: str) -> AppTest:
    """The page after a click on the first button of that label."""
    next(one for one in app.button if one.label == label).click()
    return ran(app)


def texts(app: AppTest) -> str:
    """Everything a page says, as one text; what is chosen in fields, grids and charts apart."""
    return "\n".join(
        str(getattr(one, "value", None) or getattr(one.proto, "body", ""))
        for kind in _TEXTS
        for one in app.get(kind)
    )
