"""An alert's own page: what it says, and what those who may can do there."""

from datetime import UTC, date, datetime

import pytest
from streamlit.testing.v1 import AppTest

from alerts import watch
from models.alerts import Alert
from models.db import Database
from tests.alerts.shapes import person, rows
from tests.builders import CITY, project, report
from tests.dashboard.pages import NOW, drawn, texts

JAN, NOV = datetime(2026, 1, 5, 1, tzinfo=UTC), datetime(2026, 11, 2, 1, tzinfo=UTC)


def shown(
    db: Database, *, role: str, cities: str | None = None, language: str = "en", **params: str
) -> AppTest:
    place = {"city": cities, "province": "210000"}.get(role) or "000000"
    reach, email = cities and (cities,), f"{role}@b.example"
    return drawn(db, "alerts", role, place, reach, email=email, reader=language, **params)


@pytest.fixture
def told(sqlite_db: Database) -> Database:
    project(sqlite_db, "P1", JAN)
    report(sqlite_db, "P1", NOV, date(2026, 10, 31), physical_bp=3_000)
    watch.evaluate(sqlite_db, date(2026, 11, 23), NOW, now=NOW)
    return sqlite_db


def of(db: Database) -> dict[str, str]:
    (alert,) = rows(db, Alert)
    return {"city": CITY, "alert": alert.id}


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_it_says_what_and_why(told: Database, language: str) -> None:
    said = texts(shown(told, role="ministry", language=language, **of(told)))
    assert "53.29" in said and "2026-11-23" in said


def test_a_coordinator_acknowledges(told: Database) -> None:
    app = shown(told, role="city", cities=CITY, **of(told))
    button = next(one for one in app.button if one.label == "Acknowledge")
    button.click().run()
    assert "Say what is being done" in texts(app)
    app.text_input[0].set_value("two shifts <b>from</b> Monday")
    next(one for one in app.button if one.label == "Acknowledge").click().run()
    assert not app.exception
    said = texts(shown(told, role="ministry", **of(told)))
    assert "city@b.example, 2026-11-23 10:00" in said
    assert "two shifts &lt;b&gt;from&lt;/b&gt; Monday" in said
    assert "Acknowledged" in texts(shown(told, role="ministry"))
    again = shown(told, role="city", cities=CITY, **of(told))
    assert not [one for one in again.button if one.label == "Acknowledge"]


def test_who_does_not_answer_gets_no_form(told: Database) -> None:
    app = shown(told, role="ministry", **of(told))
    assert not [one for one in app.button if one.label == "Acknowledge"]


@pytest.mark.parametrize("params", [{"city": CITY}, {"city": "440100"}, {}])
def test_the_wrong_person_learns_nothing(told: Database, params: dict[str, str]) -> None:
    asked = of(told) | params if params else {"alert": "nobody"}
    said = texts(shown(told, role="city", cities="440100", **asked))
    assert "Not in your scope" in said and "53.29" not in said


def test_a_decider_silences_and_everybody_sees_it(told: Database) -> None:
    app = shown(told, role="ministry", **of(told))
    app.radio(key="silence-width").set_value("city").run()
    assert "It hides 1 open alerts now." in texts(app)
    app.text_input(key="silence-reason").set_value("flood; nobody can go there")
    next(one for one in app.button if one.label == "Silence").click().run()
    assert not app.exception
    seen = shown(told, role="city", cities=CITY, **of(told))
    assert "Silenced by ministry" in seen.info[0].value and "flood" in seen.info[0].value
    assert not [one for one in seen.button if one.label == "End the silence"]
    assert "Silenced until 2026-11-30" in texts(shown(told, role="city", cities=CITY))
    app = shown(told, role="ministry", **of(told))
    next(one for one in app.button if one.label == "End the silence").click().run()
    assert not shown(told, role="city", cities=CITY, **of(told)).info


def test_an_acknowledgement_is_taken_back_and_the_alert_assigned(told: Database) -> None:
    person(told, "c2@b.example", "city", CITY, JAN, name="Li Na")
    app = shown(told, role="city", cities=CITY, **of(told))
    app.text_input[0].set_value("two shifts")
    next(one for one in app.button if one.label == "Acknowledge").click().run()
    next(one for one in app.button if one.label == "Take the acknowledgement back").click().run()
    assert not app.exception and [one for one in app.button if one.label == "Acknowledge"]
    app.selectbox[-1].set_value("c2@b.example")
    next(one for one in app.button if one.label == "Assign 1 alerts").click().run()
    assert not app.exception
    said = texts(shown(told, role="ministry", **of(told)))
    assert "Assigned to c2@b.example by city@b.example." in said
    assert "Li Na" in said and "Acknowledgement taken back" in said and "Assigned" in said
