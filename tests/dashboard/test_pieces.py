"""What is kept of a settled day is never somebody else's, never of another state of the day, and can be downloaded."""

from datetime import UTC, date, datetime

import pytest
from streamlit.testing.v1 import AppTest

from alerts import day as days
from alerts import watch
from models.access import operator
from models.db import Database
from tests.builders import CITY, project, report

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
JAN = datetime(2026, 1, 5, 1, tzinfo=UTC)


def page(url: str, cities: str | None, language: str) -> None:
    from datetime import UTC, datetime

    import streamlit as st

    from dashboard import takeaway
    from dashboard.gate import database
    from dashboard.views import overview
    from dashboard.visit import Visit
    from models.access import Scope
    from models.vocabulary import Role
    from models.words import words
    from settings import Settings

    role = Role.CITY if cities else Role.MINISTRY
    scope = Scope("a@b.example", role, cities or "000000", frozenset({cities}) if cities else None)
    now = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
    pack = takeaway.begin()
    settings = Settings(_env_file=None, database_url=url)
    overview.render(Visit("A", scope, words(language), database(url), now, settings))
    st.caption(f"{len(pack.tables)} tables, {len(pack.charts)} charts")


def shown(db: Database, *, city: str | None = None, language: str = "en", **params: str) -> str:
    url = db.ro.url.render_as_string(hide_password=False)
    app = AppTest.from_function(page, args=(url, city, language), default_timeout=30)
    for name, value in params.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception, app.exception[0].value
    pieces = [
        getattr(one.proto, "body", "") for kind in ("html", "caption", "markdown") for one in app.get(kind)
    ]
    return "\n".join(pieces)


@pytest.fixture
def judged(sqlite_db: Database) -> Database:
    project(sqlite_db, "P1", JAN)
    project(sqlite_db, "G1", JAN, city="440100")
    watch.evaluate(sqlite_db, NOW.date(), NOW, now=NOW)
    return sqlite_db


def test_each_scope_language_and_filter_has_its_own(judged: Database) -> None:
    for _ in range(2):  # made, then kept
        assert "city=440100" in shown(judged)
        assert "city=440100" not in shown(judged, city=CITY)
        assert "Who needs a call" in shown(judged) and "Who needs a call" not in shown(
            judged, language="zh_CN"
        )
        assert "city=440100" not in shown(judged, province="210000").split("Who needs a call")[1]


def test_what_is_kept_is_downloaded_all_the_same(judged: Database) -> None:
    first, again = (shown(judged).rsplit("\n", 1)[1] for _ in range(2))
    assert first == again and not first.startswith("0 tables")


def test_a_day_that_is_judged_again_is_drawn_anew(judged: Database) -> None:
    before = shown(judged)
    later = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
    report(judged, "P1", later, date(2026, 10, 31), physical_bp=4_321)
    watch.refresh(judged, NOW.date(), NOW, now=NOW, cities=frozenset({CITY}))
    after = shown(judged)
    assert "43.2%" in after and "43.2%" not in before


def test_an_edition_names_every_judgement_of_a_day(judged: Database) -> None:
    one = days.open_day(judged, None, None, today=NOW.date())
    assert one.cached and one.settled(NOW)
    watch.refresh(judged, NOW.date(), NOW, now=NOW, cities=None)
    two = days.open_day(judged, None, None, today=NOW.date())
    assert one.edition != two.edition and one.judged_at == two.judged_at


def test_the_instant_a_day_was_judged_by_is_its_kept_state(judged: Database) -> None:
    pinned = days.open_day(judged, NOW.date(), NOW, today=NOW.date())
    assert pinned.cached
    kept = days.states(judged, pinned, operator("x"), days.Narrow())
    computed = watch.state_frame(judged, NOW.date(), NOW)
    same = ["city", "project", "light", "light_v1", "score", "rules", "physical_bp"]
    assert kept.select(same).sort("city", "project").equals(computed.select(same).sort("city", "project"))
