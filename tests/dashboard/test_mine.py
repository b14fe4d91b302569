"""The page of one's own settings: kept for the reader, for nobody else, in both languages."""

from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from models.db import Database
from models.people import Person
from models.vocabulary import AtOnce
from tests.alerts.shapes import person, rows
from tests.builders import CITY

ME = "c@example.cn"


def page(url: str, email: str, language: str) -> None:
    from datetime import UTC, datetime

    from dashboard.views import mine
    from dashboard.visit import Visit
    from models.access import Scope
    from models.db import open_database
    from models.vocabulary import Role
    from models.words import words
    from settings import Settings

    scope = Scope(email, Role.CITY, "210100", frozenset({"210100"}))
    now, settings = datetime(2026, 11, 23, 2, tzinfo=UTC), Settings(_env_file=None, database_url=url)
    mine.render(Visit("C", scope, words(language), open_database(url, pooled=False), now, settings))


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_the_page_keeps_ones_own_settings_and_nobody_elses(sqlite_db: Database, now, language: str) -> None:
    desk = sqlite_db
    person(desk, ME, "city", CITY, now - timedelta(days=9), language="en")
    person(desk, "other@example.cn", "city", CITY, now)
    url = desk.ro.url.render_as_string(hide_password=False)
    app = AppTest.from_function(page, args=(url, ME, language), default_timeout=30).run()
    app.selectbox(key="mine-hour").set_value(15)
    app.radio(key="mine-at-once").set_value(AtOnce.NONE)
    app.toggle(key="mine-digest").set_value(False)
    app.selectbox(key="mine-language").set_value("zh_CN")
    app.button[0].click().run()
    assert not app.exception and len(app.success) == 1
    kept = {row.email: row for row in rows(desk, Person)}
    mine, other = kept[ME], kept["other@example.cn"]
    assert (mine.digest, mine.digest_hour, mine.at_once, mine.language) == (False, 15, AtOnce.NONE, "zh_CN")
    assert (other.digest, other.digest_hour, other.at_once) == (True, None, AtOnce.RED)
    stranger = AppTest.from_function(page, args=(url, "x@example.cn", language), default_timeout=30).run()
    assert not stranger.exception and not stranger.button
