"""Money parked, ahead, behind, rushed and booked too early: each rule at its edges, silent where it cannot know."""

from typing import Any

import pytest

from alerts.explain import explain
from alerts.judge import lights
from models.words import words
from tests.alerts.shapes import carried, spoken, steady

YELLOW, RED, NONE = "yellow", "red", None
BLANK = {f"{stop}_standing": None for stop in ("issued", "transferred", "paid")}


@pytest.mark.parametrize(
    ("changes", "severity"),
    [
        ({"transferred_days": 89, "transferred_standing_bp": 9_000.0}, NONE),
        ({"transferred_days": 90, "transferred_standing_bp": 9_000.0}, YELLOW),
        ({"transferred_days": 179, "transferred_standing_bp": 9_000.0}, YELLOW),
        ({"transferred_days": 180, "transferred_standing_bp": 9_000.0}, RED),
        ({"transferred_days": 180, "transferred_standing_bp": 5_000.0}, RED),  # half of it still there
        ({"transferred_days": 180, "transferred_standing_bp": 4_999.0}, NONE),  # it is being used up
        ({"transferred_days": 180, "transferred_standing_bp": None}, NONE),
        (
            {"issued_days": 180, "issued_standing_bp": 9_000.0, "finished": True},
            RED,
        ),  # a finished one as well
        (BLANK | {"transferred_days": None}, NONE),
    ],
)
def test_parked_money_speaks_at_its_limits(changes: dict[str, Any], severity: str | None) -> None:
    facts = steady(**changes)
    assert spoken(facts, "parked_money") == severity
    assert lights(facts, carried())["light"].item() == "green"


@pytest.mark.parametrize(
    ("changes", "severity"),
    [
        ({"spent": 799_999_999, "planned_spending": 8e8}, NONE),
        ({"spent": 800_000_000}, YELLOW),  # 80 % of what was issued, 60 % of the work
        ({"spent": 800_000_000, "physical_bp": None}, NONE),
        ({"spent": None}, NONE),
        ({"spent": 800_000_000, "issued": 0}, NONE),
        ({"spent": 800_000_000, "started": False}, NONE),
        ({"spent": 1_200_000_000, "finished": True, "physical_bp": 10_000}, YELLOW),
    ],
)
def test_money_ahead_of_the_work_speaks_at_its_limit(changes: dict[str, Any], severity: str | None) -> None:
    assert spoken(steady(**changes), "money_ahead") == severity


@pytest.mark.parametrize(
    ("against", "severity"), [("issued", NONE), ("award", YELLOW), ("investment", YELLOW)]
)
def test_whose_share_runs_ahead_is_a_choice(against: str, severity: str | None) -> None:
    facts = steady(spent=400_000_000, reward=500_000_000, invested=80_000_000_000)
    policy = carried(rule="money_ahead", against=f'"{against}"')
    assert spoken(facts, "money_ahead", policy) == severity


@pytest.mark.parametrize(
    ("changes", "severity"),
    [
        ({"invested": 40_000_000_001}, NONE),
        ({"invested": 40_000_000_000}, YELLOW),
        ({"invested": None}, NONE),
        ({"invested": 40_000_000_000, "total_investment": None}, NONE),
        ({"invested": 80_000_000_000, "physical_bp": 10_000, "finished": True}, YELLOW),  # arrears stay
    ],
)
def test_work_ahead_of_the_money_speaks_at_its_limit(changes: dict[str, Any], severity: str | None) -> None:
    assert spoken(steady(**changes), "work_ahead") == severity


@pytest.mark.parametrize(
    ("changes", "severity"),
    [
        ({"rush_november": 250_000_001}, NONE),
        ({"rush_november": 250_000_000}, YELLOW),  # half of the year's 500 came in December
        ({"rush_november": 250_000_000, "year_is_over": False}, NONE),
        ({"rush_november": None}, NONE),
        ({"rush_november": 250_000_000, "rush_december": None}, NONE),
        ({"rush_november": 250_000_000, "rush_before": None}, NONE),
        ({"rush_november": 250_000_000, "rush_before": None, "first_year": True}, YELLOW),
        ({"rush_november": 500_000_000, "rush_before": 500_000_000}, NONE),  # nothing was spent at all
        ({"rush_november": 450_000_000, "rush_before": 400_000_000}, YELLOW),
    ],
)
def test_a_december_rush_speaks_at_its_limit(changes: dict[str, Any], severity: str | None) -> None:
    assert spoken(steady(**changes), "year_end_rush") == severity


@pytest.mark.parametrize(
    ("changes", "severity"),
    [
        ({}, NONE),
        ({"spent": 900_000_000}, YELLOW),
        ({"spent": 891_000_000}, YELLOW),  # within 1 % of what was transferred
        ({"spent": 890_999_999}, NONE),
        ({"spent": 900_000_000, "paid": 900_000_000}, NONE),
        ({"spent": 900_000_000, "paid": None}, NONE),
        ({"spent": 0, "transferred": 0, "paid": 0}, NONE),
    ],
)
def test_a_transfer_booked_as_spending_is_spoken_of(changes: dict[str, Any], severity: str | None) -> None:
    assert spoken(steady(**changes), "booked_as_spent") == severity


@pytest.mark.parametrize(
    ("against", "changes", "severity"),
    [
        ("issued", {"spent": 673_110_000}, NONE),  # exactly 90 % of 1,000 × 74.79 %
        ("issued", {"spent": 673_109_999}, YELLOW),
        ("award", {"spent": 673_109_999, "reward": 900_000_000}, NONE),
        ("award", {"spent": 673_109_999, "reward": None}, NONE),
        ("annual", {"spent": 0}, NONE),  # 60 of 80 × 74.79 % is more than was planned
        ("annual", {"year_invested": 53_000_000_000}, YELLOW),
        ("annual", {"year_invested": None}, NONE),
        ("annual", {"annual_plan": 0}, NONE),
    ],
)
def test_what_spending_is_held_against_is_a_choice(
    against: str, changes: dict[str, Any], severity: str | None
) -> None:
    policy = carried(rule="lagging_spending", against=f'"{against}"')
    assert spoken(steady(**changes), "lagging_spending", policy) == severity


def test_every_rate_of_execution_says_its_denominator() -> None:
    row = steady().row(0, named=True)
    found = explain(row, "lagging_spending", carried(rule="lagging_spending", against='"award"'), words("en"))
    rates = {shown.label: shown.value for shown in found.inputs if shown.name.startswith("executed")}
    assert rates == {
        "Execution: spent ÷ issued": "60%",
        "Execution: spent ÷ award": "60%",
        "Execution: invested this year ÷ annual plan": "75%",
        "Execution: spent ÷ planned to date": "100%",
    }
    assert "Compared with the award" in found.thresholds
    assert found.arithmetic == "spent CNY 6 m ÷ (award CNY 20 m × time elapsed 74.79%) = 40.11%"


def test_an_older_text_without_a_choice_means_what_it_always_did() -> None:
    assert carried(rule="lagging_spending", against="").rules["lagging_spending"].choices == {
        "against": "curve"
    }
