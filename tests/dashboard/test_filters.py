"""The address is understood, and what makes no sense is left out and named."""

from datetime import UTC, date, datetime

import pytest

from dashboard.filters import Known, understand
from models.access import Scope
from models.queries.places import PlaceRow, ProgrammeRow
from models.vocabulary import Role

PLACES = {
    code: PlaceRow(code, province, code, code)
    for code, province in (
        ("000000", "000000"),
        ("210000", "210000"),
        ("210100", "210000"),
        ("440000", "440000"),
        ("440100", "440000"),
        ("XPCC", "XPCC"),
    )
}
EVERYWHERE = Scope("m", Role.MINISTRY, "000000", None)
SHENYANG = Scope("c", Role.CITY, "210100", frozenset({"210100"}))


def known(scope: Scope = EVERYWHERE) -> Known:
    return Known((ProgrammeRow("pilot", "试点", "Pilot", "CNY", True),), PLACES, scope, date(2026, 11, 23))


@pytest.mark.parametrize(
    ("params", "values"),
    [
        ({}, {}),
        ({"programme": "pilot", "kind": "line"}, {"programme": "pilot", "kind": "line"}),
        ({"province": "210000", "city": "210100"}, {"province": "210000", "city": "210100"}),
        ({"province": "XPCC"}, {"province": "XPCC"}),
        (
            {"industry": "26", "light": "red", "first": "green"},
            {"industry": "26", "light": "red", "first": "green"},
        ),
        ({"industry": "397"}, {"industry": "397"}),
        ({"kind": " ", "city": ""}, {}),
        ({"lang": "en", "something": "else"}, {}),
    ],
)
def test_values_that_make_sense_are_taken(params: dict, values: dict) -> None:
    wish = understand(params, known())
    assert wish.values == values and not wish.refused and not wish.outside


@pytest.mark.parametrize(
    "params",
    [
        {"programme": "other"},
        {"kind": "Line"},
        {"province": "210100"},
        {"province": "000000"},
        {"city": "000000"},
        {"city": "1; drop table"},
        {"industry": "6"},
        {"industry": "２６"},
        {"light": "blue"},
        {"on": "2026-11-24"},
        {"on": "1999-12-31"},
        {"on": "23.11.2026"},
        {"known_at": "soon"},
        {"known_at": "99999-01-01"},
    ],
)
def test_values_that_make_no_sense_are_named_and_left_out(params: dict) -> None:
    wish = understand(params, known())
    assert wish.refused == tuple(params)
    assert not wish.values and wish.on is None and wish.known_at is None


def test_days_and_instants() -> None:
    wish = understand({"on": "2026-06-30", "known_at": "2026-06-30T18:00"}, known())
    assert wish.on == date(2026, 6, 30)
    assert wish.known_at == datetime(2026, 6, 30, 10, tzinfo=UTC)
    assert (
        understand({"known_at": "2026-06-30T18:00:00 08:00"}, known()).known_at == wish.known_at
    )  # + lost in a URL


@pytest.mark.parametrize("params", [{"city": "440100"}, {"province": "440000"}])
def test_another_city_is_off_limits(params: dict) -> None:
    wish = understand(params, known(SHENYANG))
    assert wish.outside and not wish.values


@pytest.mark.parametrize("params", [{"city": "210100"}, {"province": "210000"}])
def test_the_own_city_and_its_province_are_not(params: dict) -> None:
    assert not understand(params, known(SHENYANG)).outside
