"""Each rule speaks at its limits, on the right side of each edge, and is silent on what it does not know."""

from typing import Any

import polars as pl
import pytest

from alerts.judge import judge, lights
from alerts.policy import Policy
from tests.alerts.shapes import carried, spoken, steady

YELLOW, RED, NONE = "yellow", "red", None

YINCHUAN = carried()
SANYA = carried(
    rule="lagging_progress",
    measure='"relative_shortfall"',
    yellow="{ above = 0, inclusive = false }",
    red="{ above = 0.5, inclusive = false }",
)
WUHAN = carried(
    rule="lagging_progress",
    measure='"ratio"',
    yellow="{ below = 0.8, inclusive = false }",
    red="{ below = 0.6, inclusive = false }",
)


@pytest.mark.parametrize(
    ("actual_bp", "severity"),
    [
        (6_000, NONE),
        (5_001, NONE),
        (5_000, YELLOW),
        (4_999, YELLOW),
        (3_000, YELLOW),
        (2_999, RED),
        (None, NONE),
    ],
)
def test_lag_speaks_at_its_limit(actual_bp: int | None, severity: str | None) -> None:
    assert spoken(steady(planned_bp=6_000.0, physical_bp=actual_bp), "lagging_progress") == severity


@pytest.mark.parametrize(
    ("policy", "actual_bp", "severity"),
    [
        (YINCHUAN, 4_500, YELLOW),  # 30 points, the boundary included
        (SANYA, 4_500, YELLOW),  # 40 % short
        (WUHAN, 4_500, YELLOW),  # 60 %, not below 60
        (YINCHUAN, 4_400, RED),
        (SANYA, 4_400, YELLOW),
        (WUHAN, 4_400, RED),
        (SANYA, 3_750, YELLOW),  # exactly half short
        (SANYA, 3_749, RED),
        (SANYA, 7_500, NONE),
        (WUHAN, 6_000, NONE),  # exactly 80 %
        (WUHAN, 5_999, YELLOW),
    ],
)
def test_the_same_project_under_different_rules(policy: Policy, actual_bp: int, severity: str | None) -> None:
    """domain.md, 5.3: schedule 75 %, actual 45 % and 44 %."""
    assert spoken(steady(planned_bp=7_500.0, physical_bp=actual_bp), "lagging_progress", policy) == severity


def test_what_decides_is_the_full_value_not_the_rounded_one() -> None:
    assert spoken(steady(planned_bp=6_000.0, physical_bp=5_000), "lagging_progress") == YELLOW
    assert spoken(steady(planned_bp=5_999.9999, physical_bp=5_000), "lagging_progress") is NONE


@pytest.mark.parametrize("tenths", range(1, 10))
def test_binary_noise_does_not_move_an_edge(tenths: int) -> None:
    planned = 300_000_000 * (tenths / 30) / 10
    assert spoken(steady(planned_spending=planned, spent=tenths * 900_000), "lagging_spending") is NONE


@pytest.mark.parametrize(
    ("changes", "severity"),
    [
        ({"finished": True, "physical_bp": 10_000, "planned_bp": 10_000.0}, NONE),
        ({"finished": True, "physical_bp": None}, NONE),
        ({"planned_bp": None}, NONE),
        ({"planned_bp": 0.0, "physical_bp": 0}, NONE),
    ],
)
@pytest.mark.parametrize("policy", [YINCHUAN, SANYA, WUHAN], ids=["points", "shortfall", "ratio"])
def test_lag_is_silent_without_figures_or_when_finished(
    policy: Policy, changes: dict[str, Any], severity: str | None
) -> None:
    assert spoken(steady(**changes), "lagging_progress", policy) == severity


@pytest.mark.parametrize(
    ("changes", "severity"),
    [
        ({"spent": 540_000_000}, NONE),  # exactly 90 %
        ({"spent": 539_999_999}, YELLOW),
        ({"spent": 360_000_000}, YELLOW),  # exactly 60 %
        ({"spent": 359_999_999}, RED),
        ({"spent": 0}, RED),  # zero was reported
        ({"spent": None}, NONE),  # nothing was reported
        ({"spent": 0, "planned_spending": None}, NONE),
        ({"spent": 0, "planned_spending": 0.0}, NONE),
        ({"spent": 0, "finished": True}, RED),
        ({"spent": 1_000_000_000, "planned_spending": 2e9, "finished": True}, NONE),
        ({"spent": 999_999_999, "planned_spending": 2e9, "finished": True}, RED),
    ],
)
def test_spending_speaks_at_its_limits(changes: dict[str, Any], severity: str | None) -> None:
    assert spoken(steady(**changes), "lagging_spending") == severity


def test_spending_may_be_measured_as_a_shortfall() -> None:
    policy = carried(
        rule="lagging_spending",
        measure='"relative_shortfall"',
        yellow="{ above = 0.1, inclusive = true }",
        red="{ above = 0.5, inclusive = false }",
    )
    spent = {540_000_001: NONE, 540_000_000: YELLOW, 300_000_000: YELLOW, 299_999_999: RED}
    found = {amount: spoken(steady(spent=amount), "lagging_spending", policy) for amount in spent}
    assert found == spent


@pytest.mark.parametrize(
    ("recent", "ever", "severity"),
    [(2, 2, NONE), (3, 3, YELLOW), (9, 9, YELLOW), (0, 3, YELLOW), (1, 2, NONE)],
)
def test_adjustments_speak_by_window_and_in_all(recent: int, ever: int, severity: str | None) -> None:
    facts = steady(adjustments_12m=recent, adjustments=ever)
    assert spoken(facts, "frequent_adjustments") == severity
    assert lights(facts, YINCHUAN)["light"].item() == "green"


@pytest.mark.parametrize(
    ("changes", "severity"),
    [
        ({"unmoved_days": 59}, NONE),
        ({"unmoved_days": 60}, YELLOW),
        ({"unmoved_days": 89}, YELLOW),
        ({"unmoved_days": 90}, RED),
        ({"unmoved_days": 90, "unmoved_reports": 1}, NONE),
        ({"unmoved_days": 90, "physical_bp": None}, NONE),
        ({"unmoved_days": 90, "physical_bp": 0, "started": True}, RED),
        ({"unmoved_days": 90, "physical_bp": 0, "started": False, "stage": "not_started"}, NONE),
        ({"unmoved_days": 90, "physical_bp": 10_000, "finished": True}, NONE),
    ],
)
def test_standstill_speaks_at_its_limits(changes: dict[str, Any], severity: str | None) -> None:
    assert spoken(steady(**({"unmoved_reports": 2} | changes)), "stalled") == severity


@pytest.mark.parametrize(
    ("late", "periods", "severity"), [(False, None, NONE), (True, 1, YELLOW), (True, 2, RED), (True, 9, RED)]
)
def test_late_report_speaks_by_periods(late: bool, periods: int | None, severity: str | None) -> None:
    facts = steady(late=late, late_periods=periods, freshness="stale" if late else "fresh")
    assert spoken(facts, "late_report") == severity
    assert lights(facts, YINCHUAN)["light"].item() == ("stale" if late else "green")


@pytest.mark.parametrize(
    ("changes", "severity"),
    [
        ({"unstarted_months": 0}, NONE),
        ({"unstarted_months": 1}, YELLOW),
        ({"unstarted_months": 2}, YELLOW),
        ({"unstarted_months": 3}, RED),
        ({"unstarted_months": 3, "physical_bp": None}, RED),  # it says so by its stage
        ({"unstarted_months": 3, "physical_bp": None, "stage": None}, NONE),
        ({"unstarted_months": 3, "stage": None}, RED),  # it says so by its zero
        ({"unstarted_months": 3, "started": True, "stage": "continuing"}, NONE),
    ],
)
def test_a_missed_start_speaks_at_its_limits(changes: dict[str, Any], severity: str | None) -> None:
    idle = {"physical_bp": 0, "planned_bp": 0.0, "started": False, "stage": "not_started"}
    assert spoken(steady(**(idle | changes)), "not_started") == severity


@pytest.mark.parametrize(
    ("changes", "severity"),
    [
        ({"over_days": 0}, NONE),
        ({"over_days": 1}, YELLOW),
        ({"over_days": 90}, YELLOW),
        ({"over_days": 91}, RED),
        ({"over_days": 91, "finished": True}, NONE),
        ({"over_days": 91, "physical_bp": None}, RED),
        ({"over_days": 91, "physical_bp": None, "stage": None}, NONE),
    ],
)
def test_a_missed_end_speaks_at_its_limits(changes: dict[str, Any], severity: str | None) -> None:
    assert spoken(steady(**changes), "past_end") == severity


NEVER = {
    "physical_bp": None,
    "spent": None,
    "issued": None,
    "stage": None,
    "as_of": None,
    "submission": None,
    "row_no": None,
    "planned_spending": None,
    "unmoved_since": None,
    "unmoved_days": None,
    "unmoved_reports": None,
    "started": False,
    "late": True,
    "late_periods": 3,
    "freshness": "missing",
    "over_days": 200,
    "unstarted_months": 9,
}


def test_of_a_project_that_never_reported_only_lateness_speaks() -> None:
    assert judge(steady(**NEVER), YINCHUAN)["rule"].to_list() == ["late_report"]


@pytest.mark.parametrize(
    ("changes", "light"),
    [
        ({}, "green"),
        (NEVER, "missing"),
        ({"freshness": "stale", "late": True, "late_periods": 1}, "stale"),
        ({"freshness": "stale", "late": True, "late_periods": 1, "physical_bp": 2_000}, "red"),
        ({"physical_bp": 0}, "red"),  # zero is a figure
        ({"physical_bp": None, "stage": None}, "missing"),  # a report that says neither how far nor where
        ({"physical_bp": 4_500}, "yellow"),
        ({"physical_bp": 4_500, "spent": 0}, "red"),
    ],
)
def test_missing_stale_zero_and_red_are_four_different_things(changes: dict[str, Any], light: str) -> None:
    assert lights(steady(**changes), YINCHUAN)["light"].item() == light


def test_an_adjusted_plan_is_also_judged_against_the_first() -> None:
    found = lights(steady(physical_bp=4_500, planned_bp=5_000.0, planned_bp_v1=8_000.0), YINCHUAN)
    assert found.select("light", "light_v1").row(0) == ("green", "red")


def test_rules_are_told_with_their_severity_worst_score_first() -> None:
    red = steady(physical_bp=2_000, unmoved_days=60, unmoved_reports=2)
    small = steady(project="P2", physical_bp=2_000, total_investment=1, invested=1, reward=0)
    large = steady(project="P3", total_investment=10**15, invested=6 * 10**14)
    unknown = steady(project="P4", total_investment=None)
    found = lights(pl.concat([red, small, large, unknown]), YINCHUAN).sort("score", descending=True)
    assert found["project"].to_list() == ["P1", "P2", "P3", "P4"]
    ahead = "lagging_progress:red;money_ahead:yellow"  # 60 % of the money is gone
    assert found["rules"].to_list() == [ahead.replace(";", ";stalled:yellow;"), ahead, "", ""]


def test_no_project_no_finding() -> None:
    nobody = steady().clear()
    assert judge(nobody, YINCHUAN).is_empty()
    assert lights(nobody, YINCHUAN).is_empty()
