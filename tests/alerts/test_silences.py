"""Silences: what they cover and until when, who may set them, and that an alert lives on under them."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from alerts.silences import (
    NO_END,
    NO_REASON,
    NOT_YOURS,
    OVER,
    TOO_WIDE,
    Wish,
    end_silence,
    set_silence,
    silenced,
    stored_silences,
)
from models.access import Scope
from models.alerts import Silence
from models.db import Database
from models.vocabulary import Role
from tests.alerts.shapes import rows

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
DAY = timedelta(days=1)
CITY, PROVINCE, NATION = "210100", "210000", "000000"
MINISTRY = Scope("m@example.cn", Role.MINISTRY, NATION, None)
LIAONING = Scope("p@example.cn", Role.PROVINCE, PROVINCE, frozenset({CITY, "210200", PROVINCE}))
COORDINATOR = Scope("c@example.cn", Role.CITY, CITY, frozenset({CITY}))
ALERTS = pl.DataFrame(
    [
        (CITY, "P1", "stalled", "a1"),
        (CITY, "", "city_round_numbers", "a2"),
        ("350200", "P1", "stalled", "a3"),
    ],
    schema=["city", "project", "rule", "alert"],
    orient="row",
)
PROVINCES = {CITY: PROVINCE, "350200": "350000"}


def silence(city: str = CITY, *, start: int = -1, end: int = 1, **changes: object) -> pl.DataFrame:
    row = dict.fromkeys(("project", "rule", "alert", "ended_at")) | changes
    row |= dict(city=city, id="s1", from_at=NOW + start * DAY, until_at=NOW + end * DAY)
    instant = pl.Datetime("us", "UTC")
    schema = {name: instant if name.endswith("_at") else pl.String for name in row}
    return pl.DataFrame([row], schema=schema)


@pytest.mark.parametrize(
    ("held", "covered"),
    [
        (silence(), ["a1", "a2"]),
        (silence(PROVINCE, rule="stalled"), ["a1"]),
        (silence(NATION, rule="stalled"), ["a1", "a3"]),
        (silence(project="P1"), ["a1"]),
        (silence(rule="stalled"), ["a1"]),
        (silence(alert="a2"), ["a2"]),
        (silence(project="P2"), []),
        (silence("350200"), ["a3"]),
        (silence(start=1, end=2), []),
        (silence(end=0), []),  # its end is not part of it
        (silence(start=0), ["a1", "a2"]),  # its beginning is
        (silence(ended_at=NOW), []),
        (silence(ended_at=NOW + DAY / 2), ["a1", "a2"]),
    ],
)
def test_what_a_silence_covers(held: pl.DataFrame, covered: list[str]) -> None:
    found = silenced(ALERTS, held, NOW, PROVINCES).filter(pl.col("silence") == "s1")
    assert found["alert"].to_list() == covered


def test_of_several_the_longest_is_shown() -> None:
    longer = silence(end=9).with_columns(id=pl.lit("s2"))
    found = silenced(ALERTS, pl.concat([silence(), longer, silence(end=2)]), NOW, PROVINCES)
    assert found["silence"].to_list() == ["s2", "s2", None]


@pytest.mark.parametrize(
    ("by", "changes", "refusal"),
    [
        (MINISTRY, {}, None),
        (LIAONING, {}, None),
        (COORDINATOR, {}, NOT_YOURS),
        (LIAONING, {"city": "350200"}, NOT_YOURS),
        (LIAONING, {"city": PROVINCE, "rule": "stalled"}, None),
        (LIAONING, {"city": PROVINCE}, TOO_WIDE),
        (MINISTRY, {"city": NATION}, TOO_WIDE),
        (MINISTRY, {"city": NATION, "rule": "stalled"}, None),
        (LIAONING, {"city": NATION, "rule": "stalled"}, NOT_YOURS),
        (MINISTRY, {"city": "999999"}, NOT_YOURS),
        (MINISTRY, {"reason": " "}, NO_REASON),
        (MINISTRY, {"until": NOW}, NO_END),
        (MINISTRY, {"until": NOW + 30 * DAY}, None),
        (MINISTRY, {"until": NOW + 31 * DAY}, NO_END),
    ],
)
def test_who_may_silence_what(sqlite_db: Database, by: Scope, changes: dict, refusal: str | None) -> None:
    wish = Wish(**(dict(by=by, city=CITY, until=NOW + DAY, reason="flood", at=NOW) | changes))
    assert set_silence(sqlite_db, wish) == refusal
    assert len(rows(sqlite_db, Silence)) == (refusal is None)


def test_a_silence_ends_by_itself_or_by_hand(db: Database) -> None:
    set_silence(db, Wish(LIAONING, CITY, NOW + 3 * DAY, "flood", NOW))
    (row,) = rows(db, Silence)

    def held(at: datetime) -> list[str | None]:
        with db.ro.connect() as connection:
            live = stored_silences(connection, at)
        return silenced(ALERTS, live, at, PROVINCES)["silence"].to_list()

    assert held(NOW) == [row.id, row.id, None] and held(NOW + 3 * DAY) == [None] * 3
    assert end_silence(db, COORDINATOR, CITY, row.id, at=NOW + DAY) == NOT_YOURS
    assert end_silence(db, MINISTRY, CITY, row.id, at=NOW + DAY) is None
    assert end_silence(db, MINISTRY, CITY, row.id, at=NOW + DAY) == OVER
    assert held(NOW + DAY / 2) == [row.id, row.id, None] and held(NOW + DAY) == [None] * 3
    (ended,) = rows(db, Silence)
    assert (ended.ended_by, ended.reason, ended.set_by) == ("m@example.cn", "flood", "p@example.cn")
