"""What a city's place in the pilot is known by: roster, reach, recommendations, money of no project."""

from datetime import UTC, date, datetime

from models.db import Database
from models.facts import facts
from models.records import Fund
from tests.builders import application, enterprises, project, record

JAN = datetime(2026, 1, 5, 1, tzinfo=UTC)
JUNE, SEPTEMBER = date(2026, 6, 30), date(2026, 9, 30)
ON = date(2026, 11, 8)


def standing_of(db: Database) -> dict:
    return facts(db, ON, JAN).row(0, named=True)


def test_the_roster_says_batch_and_days(db: Database) -> None:
    project(db, "P1", JAN)
    row = standing_of(db)
    assert (row["province"], row["batch"]) == ("210000", 1)
    assert row["pilot_days"] == (ON - date(2024, 1, 1)).days + 1
    assert (row["reach_enterprises"], row["recommended_year"], row["applied_again"]) == (None, None, None)


def test_reach_is_that_of_the_newest_day(db: Database) -> None:
    project(db, "P1", JAN)
    enterprises(db, JAN, JUNE, "36", (500, 400))
    for industry, counts in (("36", (100, 60)), ("34", (50, 45))):
        enterprises(db, JAN, SEPTEMBER, industry, counts)
    row = standing_of(db)
    assert (row["reach_on"], row["reach_enterprises"], row["reach_done"]) == (SEPTEMBER, 150, 105)


def test_recommendations_count_by_kind_and_again(db: Database) -> None:
    project(db, "P1", JAN)
    application(db, JAN, 2025, "鞍山市")
    for name, code in (("沈阳市", "210100"), ("大连市", None), ("本溪市", "210500")):
        application(db, JAN, 2026, name, applicant_code=code)
    application(db, JAN, 2026, "兵团", place_kind="xpcc")
    application(db, JAN, 2027, "丹东市")  # a year that has not come
    row = standing_of(db)
    assert (row["recommended_year"], row["recommended_cities"], row["recommended_districts"]) == (2026, 3, 0)
    assert (row["applied_again"], row["applied_year"]) == (1, 2026)


def test_money_without_a_project_counts_once_it_is_paid(db: Database) -> None:
    project(db, "P1", JAN)
    for stage, amount, source in (
        ("issued", 900, "central"),
        ("paid", 40, "central"),
        ("spent", 30, "central"),
        ("paid", 500, "municipal"),
    ):
        told = dict(document_no="文1", stage=stage, happened_on=JUNE, amount=amount, source=source)
        record(db, Fund, JAN, "文1", stage, source, **told)
    assert standing_of(db)["unlisted_money"] == 40
