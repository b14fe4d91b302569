"""The first planned day of a milestone counts, as known at an instant."""

from datetime import UTC, date, datetime
from typing import Any

from models.db import Database
from models.facts import facts
from tests.builders import milestone, project

JAN, MAY = datetime(2026, 1, 5, 1, tzinfo=UTC), datetime(2026, 5, 4, 1, tzinfo=UTC)
ON, LATER = date(2026, 9, 30), datetime(2026, 11, 1, tzinfo=UTC)


def only(db: Database, on: date = ON, known_at: datetime = LATER) -> dict[str, Any]:
    return facts(db, on, known_at).row(0, named=True)


def test_a_project_without_milestones_has_none(db: Database) -> None:
    project(db, "P1", JAN)
    assert (only(db)["milestones"], only(db)["milestone_days"]) == (None, None)


def test_the_first_planned_day_counts_whatever_is_planned_later(db: Database) -> None:
    project(db, "P1", JAN)
    milestone(db, "P1", JAN, "设备到货", date(2026, 6, 1), superseded_at=MAY, superseded_by="s2")
    milestone(db, "P1", MAY, "设备到货", date(2026, 10, 1), expected_on=date(2026, 12, 1))
    milestone(db, "P1", JAN, "设备招标", date(2026, 3, 1), reached_on=date(2026, 4, 2))
    row = only(db)
    assert (row["milestones"], row["milestones_missed"], row["milestone_name"]) == (2, 1, "设备到货")
    assert (row["milestone_due_on"], row["milestone_days"]) == (date(2026, 6, 1), 121)
    assert row["milestone_expected_end"] == date(2026, 12, 1)


def test_a_milestone_is_missed_from_the_day_after_until_it_is_reached(db: Database) -> None:
    project(db, "P1", JAN)
    milestone(db, "P1", JAN, "验收", date(2026, 6, 1), reached_on=date(2026, 6, 20))
    days = {on: only(db, date(2026, 6, on))["milestone_days"] for on in (1, 2, 19, 20)}
    assert days == {1: 0, 2: 1, 19: 18, 20: 0}


def test_what_was_told_later_is_not_known_before(db: Database) -> None:
    project(db, "P1", JAN)
    milestone(db, "P1", JAN, "验收", date(2026, 6, 1), superseded_at=LATER, superseded_by="s2")
    milestone(db, "P1", LATER, "验收", date(2026, 6, 1), reached_on=date(2026, 6, 1))
    assert only(db, ON, MAY)["milestone_days"] == 121
    assert only(db, ON, LATER)["milestone_days"] == 0


def test_stretches_are_measured_as_planned_now(db: Database) -> None:
    project(db, "P1", JAN)
    for name, day in (("a", date(2026, 2, 1)), ("b", date(2026, 3, 1)), ("c", date(2026, 7, 1))):
        milestone(db, "P1", JAN, name, day)
    row = only(db)
    assert (row["milestone_first_on"], row["milestone_last_on"]) == (date(2026, 2, 1), date(2026, 7, 1))
    assert row["milestone_gap_days"] == 122


def test_a_plan_is_as_old_as_its_listing_or_its_approval(db: Database) -> None:
    project(db, "P1", JAN, approved_on=date(2025, 6, 1))
    assert only(db)["plan_age_days"] == (ON - date(2026, 1, 5)).days
