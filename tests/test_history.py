"""What the run of reports tells, and where money stands since when; as known at an instant."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from models.db import Database
from models.facts import facts
from tests.builders import WAN, fund, project, report

JAN = datetime(2026, 1, 5, 1, tzinfo=UTC)
ON, LATER = date(2026, 9, 30), datetime(2027, 6, 1, tzinfo=UTC)


def only(db: Database, on: date = ON, known_at: datetime = LATER) -> dict[str, Any]:
    return facts(db, on, known_at).row(0, named=True)


def told(db: Database, *months: dict[str, Any]) -> None:
    """A project with one report a month from March on."""
    project(db, "P1", JAN)
    for month, figures in enumerate(months, start=3):
        report(db, "P1", JAN, date(2026, month, 28), **figures)


def test_one_report_has_nothing_before_it(db: Database) -> None:
    told(db, dict(physical_bp=1000, invested=10 * WAN))
    row = only(db)
    assert (row["previous_as_of"], row["same_figures"], row["same_increment"]) == (None, False, False)
    assert (row["fallen_figure"], row["fallen_bp"]) == (None, None)


@pytest.mark.parametrize(
    ("last", "same"),
    [
        (dict(physical_bp=2000, invested=30 * WAN, spent=WAN), True),
        (dict(physical_bp=2000, invested=30 * WAN, spent=2 * WAN), False),
        (dict(physical_bp=2000, invested=30 * WAN), False),
        (dict(physical_bp=2001, invested=30 * WAN, spent=WAN), False),
    ],
)
def test_the_same_figures_again_are_seen(db: Database, last: dict[str, Any], same: bool) -> None:
    told(db, dict(physical_bp=1000), dict(physical_bp=2000, invested=30 * WAN, spent=WAN), last)
    row = only(db)
    assert row["same_figures"] == same
    assert row["previous_as_of"] == date(2026, 4, 28)


@pytest.mark.parametrize(
    ("invested", "same", "increment"),
    [
        ((10, 15, 20), True, 5),
        ((10, 15, 21), False, 6),
        ((10, 10, 10), False, 0),
        ((None, 10, 20), False, 10),
    ],
)
def test_the_same_increment_again_is_seen(
    db: Database, invested: tuple[int | None, ...], same: bool, increment: int
) -> None:
    told(
        db,
        *(
            dict(physical_bp=1000 + n, invested=None if v is None else v * WAN)
            for n, v in enumerate(invested)
        ),
    )
    row = only(db)
    assert (row["same_increment"], row["increment"]) == (same, increment * WAN)


def test_the_figure_that_fell_most_is_named(db: Database) -> None:
    told(
        db,
        dict(physical_bp=4000, invested=100 * WAN),
        dict(physical_bp=3000, invested=100 * WAN),
        dict(physical_bp=3900, invested=50 * WAN),
    )
    row = only(db)
    assert (row["fallen_figure"], row["fallen_bp"]) == ("invested", 5000)
    assert (row["fallen_from"], row["fallen_to"]) == (100 * WAN, 50 * WAN)
    assert only(db, date(2026, 4, 30))["fallen_figure"] == "physical_bp"


def test_a_corrected_figure_does_not_count_as_fallen_from(db: Database) -> None:
    told(db, dict(physical_bp=4000, superseded_at=LATER, superseded_by="s9"), dict(physical_bp=3000))
    report(db, "P1", LATER, date(2026, 3, 28), physical_bp=2000)
    assert only(db)["fallen_bp"] is None
    assert only(db, known_at=JAN)["fallen_bp"] == 2500


def test_the_turns_of_the_year_are_read(db: Database) -> None:
    project(db, "P1", JAN)
    for as_of, spent in ((date(2025, 12, 31), 10), (date(2026, 11, 30), 40), (date(2026, 12, 31), 90)):
        report(db, "P1", JAN, as_of, spent=spent * WAN, invested=spent * WAN)
    row = only(db, date(2027, 2, 1))
    assert [row[f"rush_{name}"] // WAN for name in ("before", "november", "december")] == [10, 40, 90]
    assert row["year_is_over"] and not only(db, date(2027, 4, 1))["year_is_over"]
    assert row["year_invested"] == 80 * WAN
    assert row["executed_annual_bp"] is None


def test_each_rate_has_its_own_denominator(db: Database) -> None:
    project(db, "P1", JAN)
    report(db, "P1", JAN, ON, spent=30 * WAN, issued=40 * WAN, annual_plan=200 * WAN, year_invested=50 * WAN)
    row = only(db)
    rates = [row[f"executed_{name}_bp"] for name in ("issued", "award", "annual")]
    assert rates == [7500, 3000, 2500]
    assert row["executed_curve_bp"] == pytest.approx(3 / 4 * 10_000 * 365 / 273)
    assert row["year_elapsed_bp"] == 273 * 10_000 / 365


def test_money_stands_since_the_oldest_of_it_came(db: Database) -> None:
    told(db, dict(issued=100 * WAN, transferred=100 * WAN, paid=60 * WAN, spent=60 * WAN))
    for stage, month, amount in (("transferred", 2, 50), ("transferred", 4, 50), ("paid", 5, 60)):
        fund(db, "P1", JAN, stage, date(2026, month, 1), amount * WAN, holder=f"{stage} {month}")
    row = only(db)
    assert (row["transferred_standing"], row["transferred_standing_bp"]) == (40 * WAN, 4000)
    assert (row["transferred_days"], row["transferred_holder"]) == (
        (ON - date(2026, 4, 1)).days,
        "transferred 4",
    )
    assert (row["paid_standing"], row["paid_days"]) == (60 * WAN, (ON - date(2026, 5, 1)).days)
    assert (row["issued_standing"], row["issued_days"]) == (0, None)  # by the report: no movement is issued


def test_without_movements_the_reports_tell_where_money_stands(db: Database) -> None:
    told(
        db,
        dict(issued=50 * WAN, transferred=10 * WAN, paid=0, spent=0),
        dict(issued=90 * WAN, transferred=40 * WAN, paid=10 * WAN, spent=0),
        dict(issued=90 * WAN, transferred=40 * WAN, paid=20 * WAN, spent=0),
    )
    row = only(db)
    assert (row["issued_standing"], row["issued_days"]) == (50 * WAN, (ON - date(2026, 3, 28)).days)
    assert (row["transferred_standing"], row["transferred_days"]) == (20 * WAN, (ON - date(2026, 4, 28)).days)
    assert (row["paid_days"], row["paid_holder"]) == ((ON - date(2026, 4, 28)).days, None)


def test_local_money_and_later_movements_do_not_count(db: Database) -> None:
    told(db, dict(physical_bp=1000))
    fund(db, "P1", JAN, "transferred", date(2026, 2, 1), 50 * WAN, source="municipal")
    fund(db, "P1", JAN, "transferred", date(2026, 11, 1), 50 * WAN)
    assert only(db)["transferred_standing"] is None
