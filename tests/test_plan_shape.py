"""How a plan's curve is loaded, and the steepest month comparable projects delivered."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from models.db import Database
from models.facts import facts
from tests.builders import WAN, plan, point, project, report

JAN, ON = datetime(2026, 1, 5, 1, tzinfo=UTC), date(2026, 9, 30)
LATER = datetime(2026, 11, 1, tzinfo=UTC)


def rows(db: Database, **more: Any) -> dict[str, dict[str, Any]]:
    return {row["project"]: row for row in facts(db, ON, LATER, **more).iter_rows(named=True)}


def curve(db: Database, code: str, values: dict[int, int], *, year: int = 2026, **more: Any) -> None:
    """Cumulative percent by month; money follows at 1万元 a percent where ``spending`` says so."""
    spending = more.pop("spending", None)
    for month, percent in values.items():
        told = {} if spending is None else {"planned_spending": spending[month] * WAN}
        point(db, code, JAN, date(year, month, 1), planned_bp=percent * 100, **told, **more)


def test_the_last_quarter_of_a_whole_year_is_measured(db: Database) -> None:
    project(db, "P1", JAN)
    even = {month: month * 8 for month in range(1, 13)}
    late = {month: 40 if month < 10 else 20 * (month - 7) for month in range(1, 13)}
    curve(db, "P1", even, spending=late)
    row = rows(db)["P1"]
    assert (row["q4_bp"], row["q4_by_spending"], row["steepest_bp"]) == (6000, True, 800)


def test_without_planned_money_progress_is_measured(db: Database) -> None:
    project(db, "P1", JAN)
    curve(db, "P1", {month: month * 8 for month in range(1, 13)})
    row = rows(db)["P1"]
    assert (row["q4_bp"], row["q4_by_spending"]) == (2500, False)


def test_a_year_that_is_not_covered_month_by_month_tells_nothing(db: Database) -> None:
    project(db, "P1", JAN)
    curve(db, "P1", {3: 20, 6: 50, 12: 100})
    row = rows(db)["P1"]
    assert row["q4_bp"] is None
    assert row["steepest_bp"] == pytest.approx(1000)  # 30 points in three months


def test_only_the_plan_in_force_counts(db: Database) -> None:
    project(db, "P1", JAN)
    curve(db, "P1", {1: 100})
    plan(db, "P1", JAN, version=2, approved_on=date(2026, 2, 1), planned_end=date(2027, 6, 30))
    curve(db, "P1", {1: 5, 2: 10}, version=2)
    assert rows(db)["P1"]["steepest_bp"] == 500


def test_the_steepest_month_is_of_the_same_kind_and_city(db: Database) -> None:
    for code, kind, city in (("P1", "point", "210100"), ("P2", "point", "210100"), ("L1", "line", "210100")):
        project(db, code, JAN, kind=kind, city=city)
    project(db, "P3", JAN, city="210200")
    for code, steps in (("P1", (1000, 1500, 1600)), ("P2", (0, 900, 900)), ("L1", (0, 5000, 5000))):
        for month, bp in enumerate(steps, start=4):
            report(db, code, JAN, date(2026, month, 30), physical_bp=bp)
    found = rows(db)
    assert (found["P2"]["delivered_bp"], found["P2"]["comparable_projects"]) == (900, 2)
    assert found["L1"]["delivered_bp"] == 5000
    assert found["P3"]["delivered_bp"] is None
    alone = rows(db, cities=frozenset({"210100"}))
    assert alone["P2"]["delivered_bp"] == 900


def test_weekly_reports_are_read_month_by_month(db: Database) -> None:
    project(db, "P1", JAN)
    for day, bp in ((date(2026, 4, 28), 0), (date(2026, 5, 5), 300), (date(2026, 5, 26), 800)):
        report(db, "P1", JAN, day, physical_bp=bp)
    assert rows(db)["P1"]["delivered_bp"] == 800
