"""Milestones and the shape of a new plan: each rule at its edges, silent on what it does not know."""

from datetime import date
from typing import Any

import pytest

from alerts.judge import lights
from tests.alerts.shapes import carried, spoken, steady

YELLOW, RED, NONE = "yellow", "red", None


@pytest.mark.parametrize(
    ("changes", "severity"),
    [
        ({"milestone_days": 0}, NONE),
        ({"milestone_days": 29}, NONE),
        ({"milestone_days": 30}, YELLOW),
        ({"milestone_days": 89}, YELLOW),
        ({"milestone_days": 90}, RED),
        ({"milestone_days": 90, "finished": True}, NONE),
        ({"milestone_days": None, "milestones": None}, NONE),  # no milestone was ever named
    ],
)
def test_a_missed_milestone_speaks_at_its_limits(changes: dict[str, Any], severity: str | None) -> None:
    facts = steady(**changes)
    assert spoken(facts, "milestones_missed") == severity
    assert lights(facts, carried())["light"].item() == "green"


@pytest.mark.parametrize(
    ("changes", "severity"),
    [
        ({"milestone_gap_days": 90}, NONE),
        ({"milestone_gap_days": 91}, YELLOW),
        ({"milestone_gap_days": 91, "plan_age_days": 60}, YELLOW),
        ({"milestone_gap_days": 91, "plan_age_days": 61}, NONE),  # no longer new
        ({"milestone_gap_days": 91, "finished": True}, NONE),
        ({"milestone_first_on": date(2026, 4, 1)}, NONE),  # 90 days after the start
        ({"milestone_first_on": date(2026, 4, 2)}, YELLOW),
        ({"milestone_last_on": date(2026, 10, 2)}, NONE),  # 90 days before the end
        ({"milestone_last_on": date(2026, 10, 1)}, YELLOW),
        ({"milestone_gap_days": None}, NONE),  # a single milestone, near both ends
        ({"milestone_gap_days": 91, "milestones": None}, NONE),
        ({"milestone_gap_days": 91, "plan_age_days": None}, NONE),
    ],
)
def test_a_stretch_without_milestone_speaks_while_the_plan_is_new(
    changes: dict[str, Any], severity: str | None
) -> None:
    assert spoken(steady(**({"plan_age_days": 0} | changes)), "milestone_gap") == severity


@pytest.mark.parametrize(
    ("rule", "changes", "severity"),
    [
        ("back_loaded", {}, NONE),
        ("back_loaded", {"q4_bp": 4_999.0}, NONE),
        ("back_loaded", {"q4_bp": 5_000.0}, YELLOW),
        ("back_loaded", {"q4_bp": 5_000.0, "plan_age_days": 60}, YELLOW),
        ("back_loaded", {"q4_bp": 5_000.0, "plan_age_days": 61}, NONE),
        ("back_loaded", {"q4_bp": None}, NONE),
        ("back_loaded", {"q4_bp": None, "planned_by_curve": False}, NONE),
        ("back_loaded", {"q4_bp": 5_000.0, "finished": True}, NONE),
        ("steep_plan", {"steepest_bp": 900.0}, NONE),  # as steep as was delivered before
        ("steep_plan", {"steepest_bp": 901.0}, YELLOW),
        ("steep_plan", {"steepest_bp": 901.0, "comparable_projects": 2}, NONE),
        ("steep_plan", {"steepest_bp": 901.0, "comparable_projects": None, "delivered_bp": None}, NONE),
        ("steep_plan", {"steepest_bp": None}, NONE),
        ("steep_plan", {"steepest_bp": 901.0, "plan_age_days": 61}, NONE),
        ("steep_plan", {"steepest_bp": 901.0, "finished": True}, NONE),
    ],
)
def test_the_shape_of_a_new_plan_speaks_at_its_limits(
    rule: str, changes: dict[str, Any], severity: str | None
) -> None:
    assert spoken(steady(**({"plan_age_days": 0} | changes)), rule) == severity
