"""The page of the letters that did not arrive: one's own, escaped, sent again with a click."""

import pytest
from streamlit.testing.v1 import AppTest

from alerts.dead import NOT_DEAD, send_again, undelivered
from models.db import Database
from tests.alerts.test_dead import COORDINATOR, OTHER, XIAMEN, dead
from tests.alerts.test_outbox import one
from tests.builders import CITY
from tests.dashboard.pages import drawn, texts


def shown(db: Database, role: str, cities: tuple | None, language: str) -> tuple[AppTest, str]:
    app = drawn(db, "letters", role, "210100", cities, email="c@x.cn", reader=language)
    return app, texts(app)


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


@pytest.mark.parametrize("others", [0, 1])
def test_what_a_colleague_was_quicker_to_send_is_said_and_no_other_goes(
    sqlite_db: Database, now, others: int
) -> None:
    for nr in range(others + 1):
        dead(sqlite_db, f"d{nr}", now, recipient=f"{nr}@example.cn")
    app, _ = shown(sqlite_db, "city", (CITY,), "en")
    offered = app.selectbox(key="letters-chosen").options
    assert offered[0].startswith("0@") and len(offered) == others + 1  # the first is chosen
    assert send_again(sqlite_db, COORDINATOR, CITY, "d0", at=now) is None
    app.button[0].click().run()
    assert not app.exception and [one.value for one in app.error] == [NOT_DEAD]
    left = undelivered(sqlite_db, COORDINATOR, dead_only=True)
    assert [letter.id for letter in left] == ["d1"][:others] and bool(app.button) == bool(others)
