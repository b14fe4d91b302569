"""The page on double support: evidence beside evidence, who may decide, what a city does not see."""

from datetime import UTC, datetime

import pytest
from streamlit.testing.v1 import AppTest

from models.access import Scope
from models.db import Database
from models.overlap_decisions import OverlapDecision
from models.queries.overlap_pairs import pairs_in_scope
from models.vocabulary import Role
from tests.alerts.shapes import rows
from tests.builders import CITY, other_funding, project
from tests.dashboard.test_views import NOW, shown, texts

JAN = datetime(2026, 1, 5, 1, tzinfo=UTC)
EVERYBODY = Scope("a@b.example", Role.MINISTRY, "000000", None)


@pytest.fixture
def pair(sqlite_db: Database) -> str:
    """A project listed elsewhere, and one of another city with the same title; the id of the first pair."""
    project(sqlite_db, "P1", JAN, name="缸体改造项目", unit_name="甲厂")
    project(sqlite_db, "P2", JAN, city="150200", name="缸体改造", unit_name="乙厂")
    other_funding(sqlite_db, JAN, "缸体改造", "甲厂", amount=77_000_000)
    found = pairs_in_scope(sqlite_db, EVERYBODY, NOW.date(), NOW)
    return found.filter(found["pair"] == "list").row(0, named=True)["id"]


def filled(app: AppTest, identity: str, reason: str) -> AppTest:
    own = f"overlap-{identity}"
    next(one for one in app.radio if one.key.startswith(own)).set_value("allowed_overlap")
    next(one for one in app.text_input if one.key.startswith(own)).set_value(reason)
    app.button[0].click()
    return app.run()


def test_a_province_decides_and_it_is_kept(sqlite_db: Database, pair: str) -> None:
    app = shown(sqlite_db, "overlaps", role="province", cities=CITY, pair=pair)
    assert "Not settled yet" in texts(app)
    filled(app, pair, "")
    assert rows(sqlite_db, OverlapDecision) == []
    filled(app, pair, "另一笔资金未安排")
    assert [one.value for one in app.text_input if "overlap" in one.key] == ["", ""]  # the next form is empty
    assert [one.value for one in app.radio if "overlap" in one.key] == [None]
    (kept,) = rows(sqlite_db, OverlapDecision)
    assert (kept.city, kept.project, kept.verdict, kept.decided_by) == (
        CITY,
        "P1",
        "allowed_overlap",
        "a@b.example",
    )
    again = texts(shown(sqlite_db, "overlaps", pair=pair))
    assert "Allowed overlap" in again and "另一笔资金未安排" in again


def test_what_changed_is_said_when_it_comes_up_again(sqlite_db: Database, pair: str) -> None:
    filled(shown(sqlite_db, "overlaps", pair=pair), pair, "查过")
    with sqlite_db.rw.begin() as connection:
        connection.exec_driver_sql("update otherfunding set amount = 90000000")
    said = texts(shown(sqlite_db, "overlaps", pair=pair))
    assert "Open again: a value changed" in said
    assert "CNY 0\\.77 m" in said and "CNY 0\\.9 m" in said


def test_values_that_changed_since_somebody_looked_are_shown_before_they_are_decided(
    sqlite_db: Database, pair: str
) -> None:
    app = shown(sqlite_db, "overlaps", pair=pair)
    with sqlite_db.rw.begin() as connection:
        connection.exec_driver_sql("update otherfunding set amount = 90000000")
    filled(app, pair, "查过")
    assert rows(sqlite_db, OverlapDecision) == []
    assert "have changed since you looked" in texts(app) and "CNY 0.9 m" in texts(app)
    assert "查过" in [one.value for one in app.text_input]  # what was written stays
    app.button[0].click().run()
    (kept,) = rows(sqlite_db, OverlapDecision)
    assert "90000000" in kept.compared


def test_a_city_sees_its_side_and_decides_nothing(sqlite_db: Database, pair: str) -> None:
    app = shown(sqlite_db, "overlaps", role="city", cities=CITY, pair=pair)
    assert not app.button and "The province or the ministry decides" in texts(app)
    own = Scope("c@x", Role.CITY, CITY, frozenset({CITY}))
    hidden = pairs_in_scope(sqlite_db, own, NOW.date(), NOW).filter("hidden")
    assert hidden.select("city_b", "title_b", "unit_name_b", "amount_b").rows() == [
        ("150200", None, None, None)
    ]
    assert "乙厂" not in texts(app)


def test_a_province_sees_both_sides_of_its_own(sqlite_db: Database, pair: str) -> None:
    province = Scope("p@x", Role.PROVINCE, "210000", frozenset({CITY}))
    found = pairs_in_scope(sqlite_db, province, NOW.date(), NOW)
    assert not found["hidden"].any() and set(found["city_a"]) == {CITY}


def test_a_pair_of_somebody_else_is_not_shown(sqlite_db: Database, pair: str) -> None:
    said = texts(shown(sqlite_db, "overlaps", cities="440100", role="city", pair=pair))
    assert "缸体" not in said and "No pair" in said
