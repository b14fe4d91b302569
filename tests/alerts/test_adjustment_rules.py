"""Adjustments: how far, how fast out of the red, undecided and unregistered ones; each rule at its edges."""

from datetime import date
from typing import Any

import pytest

from alerts.judge import lights
from tests.alerts.shapes import carried, spoken, steady

YELLOW, RED, NONE = "yellow", "red", None
TOTAL = 100_000_000_000


@pytest.mark.parametrize(
    ("rule", "changes", "severity"),
    [
        ("large_delay", {}, NONE),
        ("large_delay", {"delayed_days": 90}, NONE),
        ("large_delay", {"delayed_days": 91}, YELLOW),
        ("large_delay", {"delayed_days": -91}, YELLOW),  # an earlier end is a change as well
        ("large_value_change", {}, NONE),
        ("large_value_change", {"revalued_bp": 1_999.0}, NONE),
        ("large_value_change", {"revalued_bp": 2_000.0}, YELLOW),
        ("renamed_and_changed", {}, NONE),
        ("renamed_and_changed", {"renamed_bp": 1_999.0}, NONE),
        ("renamed_and_changed", {"renamed_bp": 2_000.0}, YELLOW),
        ("drifted_end", {"planned_end_v1": date(2026, 7, 5)}, NONE),  # 179 days
        ("drifted_end", {"planned_end_v1": date(2026, 7, 4)}, YELLOW),
        ("drifted_end", {"planned_end_v1": date(2026, 7, 4), "finished": True}, NONE),
        ("drifted_end", {"planned_end_v1": date(2027, 12, 31)}, NONE),  # earlier than first planned
        ("drifted_money", {"total_investment": TOTAL * 119 // 100, "total_investment_v1": TOTAL}, NONE),
        ("drifted_money", {"total_investment": TOTAL * 120 // 100, "total_investment_v1": TOTAL}, YELLOW),
        ("drifted_money", {"total_investment": TOTAL * 80 // 100, "total_investment_v1": TOTAL}, YELLOW),
        ("drifted_money", {"total_investment": None, "total_investment_v1": TOTAL}, NONE),
        ("drifted_money", {"total_investment": TOTAL, "total_investment_v1": 0}, NONE),
        ("undecided_change", {"pending_days": 29, "pending_adjustments": 1}, NONE),
        ("undecided_change", {"pending_days": 30, "pending_adjustments": 1}, YELLOW),
        ("undecided_change", {"pending_days": 90, "pending_adjustments": 1}, RED),
        ("unregistered_delay", {}, NONE),
        ("unregistered_delay", {"milestone_expected_end": date(2027, 1, 30)}, NONE),  # 30 days
        ("unregistered_delay", {"milestone_expected_end": date(2027, 1, 31)}, YELLOW),
        (
            "unregistered_delay",
            {"milestone_expected_end": date(2027, 1, 31), "pending_adjustments": 1},
            NONE,  # a change is filed
        ),
        ("unregistered_delay", {"milestone_expected_end": date(2027, 1, 31), "finished": True}, NONE),
        ("unregistered_delay", {"milestone_expected_end": None, "milestones": None}, NONE),
        ("over_total", {"invested": TOTAL * 105 // 100}, NONE),
        ("over_total", {"invested": TOTAL * 105 // 100 + 1_000}, YELLOW),
        ("over_total", {"invested": TOTAL * 2, "pending_adjustments": 1}, NONE),
        ("over_total", {"invested": None}, NONE),
        ("over_total", {"invested": TOTAL, "total_investment": None}, NONE),
        ("over_total", {"invested": TOTAL * 2, "finished": True}, YELLOW),
    ],
)
def test_adjustments_speak_at_their_limits(rule: str, changes: dict[str, Any], severity: str | None) -> None:
    assert spoken(steady(**changes), rule) == severity


@pytest.mark.parametrize(
    ("changes", "severity"),
    [
        ({"prior_planned_bp": 9_000.0}, NONE),  # exactly 30 points: not red before either
        ({"prior_planned_bp": 9_001.0}, YELLOW),
        ({"prior_planned_bp": 9_001.0, "plan_age_days": 30}, YELLOW),
        ({"prior_planned_bp": 9_001.0, "plan_age_days": 31}, NONE),
        ({"prior_planned_bp": 9_001.0, "planned_bp": 6_999.0}, YELLOW),
        ({"prior_planned_bp": 9_001.0, "planned_bp": 7_000.0}, NONE),  # it is yellow still
        ({"prior_planned_bp": 9_001.0, "finished": True}, NONE),
        ({"prior_planned_bp": 9_001.0, "physical_bp": None}, NONE),
        ({"prior_planned_bp": None}, NONE),
    ],
)
def test_out_of_the_red_by_an_adjustment_alone(changes: dict[str, Any], severity: str | None) -> None:
    facts = steady(**({"plan_age_days": 0} | changes))
    assert spoken(facts, "adjusted_out_of_red") == severity


def test_none_of_them_colours_the_light() -> None:
    facts = steady(delayed_days=500, revalued_bp=9e3, renamed_bp=9e3, pending_days=500, invested=TOTAL * 2)
    assert lights(facts, carried())["light"].item() == "green"
