"""The bulletin's page: whose place it shows, what a hand-made address gets, and that the address reproduces it."""

from datetime import UTC, date, datetime, timedelta

import pytest
from streamlit.testing.v1 import AppTest

from models.db import Database
from tests.alerts.bulletins import CITY, DALIAN, GUANGZHOU, KNOWN, LIAONING, fill
from tests.dashboard.pages import drawn, ran, texts

ROLES = {
    "ministry": ("000000", None),
    "administrator": ("000000", None),
    "province": (LIAONING, (LIAONING, CITY, DALIAN, "210300")),  # every pilot city of Liaoning
    "city": (CITY, (CITY,)),
}
#: Place → a project that is its and nobody else's.
ONLY = {GUANGZHOU: "广州项目", DALIAN: "园区数字化提升项目", CITY: "供应链协同改造项目"}


def shown(db: Database, role: str, *, reader: str = "zh_CN", **params: str) -> AppTest:
    now = datetime(2026, 11, 24, 3, tzinfo=UTC)
    return drawn(db, "bulletin", role, *ROLES[role], reader=reader, now=now, **params)


def address(app: AppTest) -> dict[str, str]:
    """The address after a run; what a test set is a list, what the page set is not."""
    return {name: v[0] if isinstance(v, list) else v for name, v in app.query_params.items()}


def carried(app: AppTest) -> dict[str, str]:
    """Day and knowledge that go along to another page."""
    return {name: v for name, v in app.session_state["carried"].items() if name in ("on", "known_at")}


@pytest.fixture
def country(sqlite_db: Database) -> Database:
    fill(sqlite_db)
    return sqlite_db


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("place", ["000000", LIAONING, DALIAN, GUANGZHOU, CITY, "999999", "' or 1=1"])
def test_nobody_sees_a_place_beyond_their_own(country: Database, role: str, place: str) -> None:
    app = shown(country, role, place=place)
    said = texts(app)
    within = {
        "000000": ROLES[role][1] is None,
        LIAONING: role != "city",
        DALIAN: role != "city",
        GUANGZHOU: ROLES[role][1] is None,
        CITY: True,
    }.get(place, False)
    assert ("一、总体情况" in said) == within == bool(app.get("download_button"))
    for city, project in ONLY.items():
        if ROLES[role][1] and city not in ROLES[role][1]:
            assert project not in said
    if within and place in ONLY:
        assert all((project in said) == (city == place) for city, project in ONLY.items())


@pytest.mark.parametrize("role", ROLES)
def test_without_an_address_everybody_sees_their_own_desk(country: Database, role: str) -> None:
    app = shown(country, role)
    assert address(app)["place"] == ROLES[role][0]
    offered = next(box for box in app.selectbox if box.key == "bulletin-place").options
    assert ("广州市" in offered) == (ROLES[role][1] is None)


def test_the_address_reproduces_the_page(country: Database) -> None:
    first = shown(country, "ministry", reader="en")
    params = address(first)
    assert params["known_at"] == KNOWN.isoformat() and params["on"] == "2026-11-24"
    assert texts(shown(country, "ministry", reader="en", **params)) == texts(first)


def test_senseless_values_are_left_out_and_said(country: Database) -> None:
    future = (KNOWN + timedelta(days=9)).isoformat()
    app = shown(country, "city", reader="en", rhythm="hourly", on="2026-13-01", known_at=future)
    said = texts(app)
    assert "makes no sense" in said and "in the future" in said
    assert "Daily No. 328" in said


def test_a_document_may_be_in_the_other_language(country: Database) -> None:
    assert "1. Overall standing" in texts(shown(country, "city", language="en"))


def test_a_day_goes_along_to_another_page_only_where_it_was_chosen(country: Database) -> None:
    app = ran(shown(country, "ministry"))  # a rerun finds in the address what the page has written there
    assert address(app)["on"] == "2026-11-24" and carried(app) == {}
    app.date_input(key="bulletin-on").set_value(date(2026, 11, 20))
    assert carried(ran(ran(app))) == {"on": "2026-11-20"} and "known_at" in address(app)
    chosen = {"on": "2026-11-20", "known_at": "2026-11-21T12:00:00+00:00"}
    assert carried(ran(shown(country, "ministry", **chosen))) == chosen


def test_what_one_page_pinned_is_chosen_where_another_page_is_opened_with_it(country: Database) -> None:
    app = ran(shown(country, "ministry"))
    app.session_state["page"] = "overview"  # the reader was elsewhere meanwhile, and came back by the link
    assert set(carried(ran(app))) == {"on", "known_at"}
