"""The section of lights over time: what it offers where months have no trend yet, and what it says of a past instant."""

from datetime import date, timedelta

import pytest

from alerts import watch
from models import clock
from models.db import Database
from tests.builders import project
from tests.dashboard.pages import NOW, drawn, texts

#: Two weeks of one month.
EARLIER, LATER = date(2026, 11, 13), date(2026, 11, 20)


@pytest.fixture
def two_weeks(sqlite_db: Database) -> Database:
    project(sqlite_db, "P1", NOW - timedelta(days=300))
    for on in (EARLIER, LATER):
        watch.evaluate(sqlite_db, on, clock.at_hour(on, 19), now=clock.at_hour(on, 19))
    return sqlite_db


def test_weeks_can_be_chosen_where_months_have_no_trend_yet(two_weeks: Database) -> None:
    months, weeks = (
        drawn(two_weeks, "overview", on=str(LATER), **asked) for asked in ({}, {"trend": "week"})
    )
    assert "2 days were judged" in texts(months) and "The steps in numbers" not in texts(months)
    assert "The steps in numbers" in texts(weeks)
    for app in (months, weeks):
        assert any(group.proto.id.endswith("trend-unit") for group in app.get("button_group"))


def test_a_page_as_known_at_an_instant_says_whose_lights_these_are(two_weeks: Database) -> None:
    known = clock.at_hour(LATER, 20).isoformat()
    said = texts(drawn(two_weeks, "overview", on=str(LATER), known_at=known, trend="week"))
    assert "whatever instant this page is known at" in said
    assert "whatever instant" not in texts(drawn(two_weeks, "overview", on=str(LATER), trend="week"))
