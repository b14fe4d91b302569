"""The ledger's facts: the largest single changes, what waits, and the plan before the one in force."""

from datetime import UTC, date, datetime
from typing import Any

from models.db import Database
from models.facts import facts
from models.plans import AdjustmentChange
from tests.builders import CITY, adjustment, plan, project, put, report

JAN, MAY = datetime(2026, 1, 5, 1, tzinfo=UTC), datetime(2026, 5, 4, 1, tzinfo=UTC)
ON, LATER = date(2026, 9, 30), datetime(2026, 11, 1, tzinfo=UTC)


def only(db: Database, on: date = ON, known_at: datetime = LATER) -> dict[str, Any]:
    return facts(db, on, known_at).row(0, named=True)


def adjusted(
    db: Database, number: int, at: datetime, changes: dict[str, tuple[str, str]], **more: Any
) -> None:
    adjustment(db, "P1", at, number, **({"status": "approved", "decided_at": at} | more))
    for field, (old, new) in changes.items():
        put(db, AdjustmentChange, city=CITY, project="P1", number=number, field=field, old=old, new=new)


def test_the_largest_single_change_of_each_kind_is_told(db: Database) -> None:
    project(db, "P1", JAN)
    adjusted(db, 1, JAN, {"planned_end": ("2026-12-31", "2027-01-31"), "total_investment": ("1000", "900")})
    adjusted(db, 2, MAY, {"planned_end": ("2027-01-31", "2026-11-30")})
    adjusted(db, 3, MAY, {"name": ("a", "b"), "total_investment": ("900", "1350")})
    row = only(db)
    assert (row["delayed_days"], row["delayed_on"]) == (-62, MAY.date())
    assert (row["revalued_bp"], row["revalued_from"], row["revalued_to"]) == (5000, 900, 1350)
    assert (row["renamed_bp"], row["renamed_from"], row["renamed_to"]) == (5000, "a", "b")
    early = only(db, known_at=JAN)
    assert (early["delayed_days"], early["revalued_bp"], early["renamed_bp"]) == (31, 1000, None)


def test_rejected_and_old_changes_do_not_count(db: Database) -> None:
    project(db, "P1", JAN)
    adjusted(db, 1, MAY, {"planned_end": ("2026-12-31", "2028-12-31")}, status="rejected")
    old = datetime(2025, 5, 1, tzinfo=UTC)
    adjusted(db, 2, JAN, {"planned_end": ("2026-12-31", "2028-12-31")}, adjusted_on=old.date())
    row = only(db)
    assert (row["delayed_days"], row["adjustments"], row["adjustments_12m"]) == (None, 1, 0)


def test_what_waits_for_a_decision_waits_since_the_oldest(db: Database) -> None:
    project(db, "P1", JAN)
    adjusted(db, 1, JAN, {}, status="pending", decided_at=None)
    adjusted(db, 2, MAY, {}, status="approved", decided_at=LATER)
    assert (only(db, known_at=MAY)["pending_days"], only(db)["pending_adjustments"]) == (268, 1)
    assert only(db)["pending_since"] == JAN.date()


def test_the_plan_before_the_one_in_force_is_remembered(db: Database) -> None:
    project(db, "P1", JAN)
    assert only(db)["prior_planned_bp"] is None
    for version, end in ((2, date(2027, 12, 31)), (3, date(2029, 12, 31))):
        later = dict(version=version, planned_end=end, approved_on=date(2026, 3 * version, 1))
        plan(db, "P1", JAN, adjustment=version, **later)
    report(db, "P1", JAN, ON, physical_bp=1000)
    row = only(db)
    assert (row["version"], row["prior_planned_bp"]) == (3, 273 * 10_000 / 730)
    assert row["plan_age_days"] == 29
    assert only(db, date(2026, 8, 31))["prior_planned_bp"] == 243 * 10_000 / 365
