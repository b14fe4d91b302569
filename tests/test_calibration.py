"""A city's calibration, recomputed by hand from its days and reports."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from models.access import Scope
from models.calibration import calibration
from models.db import Database
from models.queries.calibrated import of_city
from models.vocabulary import Role
from tests.builders import CITY, project, report

ON = date(2026, 11, 23)
JAN = datetime(2026, 1, 5, 1, tzinfo=UTC)
EVERYBODY = Scope("a@b.example", Role.MINISTRY, "000000", None)
_REPORTS = {
    "city": pl.String,
    "project": pl.String,
    "as_of": pl.Date,
    "recorded_at": pl.Datetime("us", "UTC"),
}
NONE_TOLD = pl.DataFrame(schema=_REPORTS | {"physical_bp": pl.Int64})


def days(*told: tuple[int, str, str]) -> pl.DataFrame:
    """(days ago, light, freshness) of one project."""
    rows = [("c", "P1", ON - timedelta(days=ago), light, fresh) for ago, light, fresh in told]
    return pl.DataFrame(rows, schema=["city", "project", "state_on", "light", "freshness"], orient="row")


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ([(100, "green", "fresh"), (40, "red", "fresh")], (1, 1)),  # 60 days later: within
        ([(101, "green", "fresh"), (40, "red", "fresh")], (1, 0)),  # 61 days later
        ([(59, "green", "fresh"), (40, "red", "fresh")], (None, None)),  # not yet watched for 60 days
        ([(100, "green", "fresh"), (40, "yellow", "fresh")], (1, 0)),
        ([(100, "red", "fresh"), (90, "green", "fresh")], (1, 0)),  # red before is no broken promise
        ([(426, "green", "fresh"), (420, "red", "fresh")], (None, None)),  # too long ago
    ],
)
def test_greens_that_turned_red_are_counted(told: list, expected: tuple) -> None:
    found = calibration(days(*told), NONE_TOLD, ON)
    row = found.row(0, named=True) if found.height else {}
    assert (row.get("green_days"), row.get("turned_red")) == expected


def test_late_days_are_those_with_a_report_missing() -> None:
    row = calibration(days((3, "stale", "stale"), (2, "red", "stale"), (1, "green", "fresh")), NONE_TOLD, ON)
    assert row.select("state_days", "late_days").row(0) == (3, 2)


def test_restated_figures_and_delay_come_from_the_reports(db: Database) -> None:
    project(db, "P1", JAN)
    told = datetime(2026, 10, 5, 1, tzinfo=UTC)
    later = told + timedelta(days=9)
    report(db, "P1", told, date(2026, 9, 30), physical_bp=6_000, superseded_at=later, superseded_by="x")
    report(db, "P1", later, date(2026, 9, 30), physical_bp=5_200)
    report(db, "P1", told, date(2026, 8, 31), physical_bp=5_000)
    found = of_city(db, EVERYBODY, CITY, ON)
    assert found is not None
    assert (found.figures_told, found.figures_restated, found.told_high_bp) == (2, 1, 800)
    assert found.delay_days == (5 + 35) / 2
    assert of_city(db, Scope("x", Role.CITY, "440100", frozenset({"440100"})), CITY, ON) is None
