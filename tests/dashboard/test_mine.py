"""The page of one's own settings: kept for the reader, for nobody else, in both languages."""

from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from models.db import Database
from models.people import Person
from models.vocabulary import AtOnce
from tests.alerts.shapes import person, rows
from tests.builders import CITY
from tests.dashboard.pages import drawn

ME = "c@example.cn"


def shown(db: Database, email: str, language: str) -> AppTest:
    return drawn(db, "me", "city", CITY, (CITY,), email=email, reader=language)


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_the_page_keeps_ones_own_settings_and_nobody_elses(sqlite_db: Database, now, language: str) -> None:
    desk = sqlite_db
    person(desk, ME, "city", CITY, now - timedelta(days=9), language="en")
    person(desk, "other@example.cn", "city", CITY, now)
    app = shown(desk, ME, language)
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
    assert not shown(desk, "x@example.cn", language).button
