"""The page of the letters that did not arrive: one's own, escaped, sent again with a click."""

import pytest
from streamlit.testing.v1 import AppTest

from models.db import Database
from tests.alerts.test_dead import OTHER, XIAMEN, dead
from tests.alerts.test_outbox import one
from tests.builders import CITY


def page(url: str, role: str, cities: tuple | None, language: str) -> None:
    from datetime import UTC, datetime

    from dashboard.views import letters
    from dashboard.visit import Visit
    from models.access import Scope
    from models.db import open_database
    from models.vocabulary import Role
    from models.words import words
    from settings import Settings

    scope = Scope("c@x.cn", Role(role), "210100", None if cities is None else frozenset(cities))
    now, settings = datetime(2026, 11, 23, 2, tzinfo=UTC), Settings(_env_file=None, database_url=url)
    letters.render(Visit("C", scope, words(language), open_database(url, pooled=False), now, settings))


def shown(db: Database, role: str, cities: tuple | None, language: str) -> tuple[AppTest, str]:
    url = db.ro.url.render_as_string(hide_password=False)
    app = AppTest.from_function(page, args=(url, role, cities, language), default_timeout=30).run()
    assert not app.exception
    return app, "\n".join(element.proto.body for element in app.get("html"))


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_the_page_lists_ones_own_and_sends_again(sqlite_db: Database, now, language: str) -> None:
    dead(sqlite_db, "d1", now, subject="<b>subject</b>", recipient="mine@example.cn")
    dead(sqlite_db, "d2", now, XIAMEN, recipient="other@example.cn")
    app, body = shown(sqlite_db, "city", (CITY,), language)
    assert "mine@example.cn" in body and "other@example.cn" not in body and "<b>subject" not in body
    app.button[0].click().run()
    assert not app.exception and one(sqlite_db).resent_by == "c@x.cn"
    assert "other@example.cn" in shown(sqlite_db, "administrator", None, language)[1]
    empty, _ = shown(sqlite_db, "city", (OTHER,), language)
    assert not empty.button
