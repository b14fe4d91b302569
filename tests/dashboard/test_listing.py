"""A list is sorted by what its address says, over all its projects, and grouped by what its address says."""

from datetime import UTC, date, datetime

import polars as pl
import pytest

from dashboard.views.listing import by_choice
from models.db import Database
from tests.builders import project
from tests.dashboard.test_views import shown, texts

JAN = datetime(2026, 1, 5, 1, tzinfo=UTC)

#: Worst first, as a page hands them over; of C nothing was ever reported and no money came.
STATES = pl.DataFrame(
    {
        "project": ["A", "B", "C"],
        "planned_bp": [5_000, 9_000, 2_000],
        "physical_bp": [4_000, 3_000, None],
        "issued": [1_000, 4_000, 0],
        "spent": [900, 1_000, None],
        "adjustments": [1, 0, 3],
        "as_of": [date(2026, 10, 31), date(2026, 9, 30), None],
    }
)


@pytest.mark.parametrize(
    ("choice", "order"),
    [
        ("", "ABC"),
        ("lag", "BAC"),
        ("execution", "BAC"),
        ("adjustments", "CAB"),
        ("old", "BAC"),
        ("issued", "BAC"),
        ("unspent", "BAC"),
        ("name; drop table", "ABC"),
    ],
)
def test_sorted_over_all_rows_with_the_unknown_last(choice: str, order: str) -> None:
    assert "".join(by_choice(STATES, choice)["project"]) == order


@pytest.fixture
def listed(sqlite_db: Database) -> Database:
    project(sqlite_db, "P1", JAN, unit_name="甲公司")
    project(sqlite_db, "P2", JAN, unit_name="乙公司")
    return sqlite_db


def test_the_address_says_how_a_list_is_sorted(listed: Database) -> None:
    assert shown(listed, "points", sort="old").selectbox(key="filter-list-sort").value == "old"
    app = shown(listed, "points")
    app.selectbox(key="filter-list-sort").select("issued").run()
    assert app.query_params["sort"] == "issued"


def test_points_are_grouped_by_industry_or_by_unit(listed: Database) -> None:
    assert "By industry" in texts(shown(listed, "points"))
    by_unit = texts(shown(listed, "points", by="unit_name"))
    assert "By implementing unit" in by_unit and "2 groups, 2 projects" in by_unit
