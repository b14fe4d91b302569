"""A light can be clicked: rule, clause, inputs with their source, arithmetic, threshold, what clears it."""

from datetime import date
from typing import Any

import pytest

from alerts.explain import Baseline, Explanation, explain
from alerts.policy import Policy
from alerts.rules import RULES
from models.words import words
from tests.alerts.shapes import carried, steady

EN, ZH = words("en"), words("zh_CN")
RATIO = carried(
    rule="lagging_progress",
    measure='"ratio"',
    yellow="{ below = 0.8, inclusive = false }",
    red="{ below = 0.6, inclusive = true }",
)


def told(rule: str = "lagging_progress", policy: Policy | None = None, **changes: Any) -> Explanation:
    return explain(steady(**changes).row(0, named=True), rule, policy or carried(), EN)


def test_the_arithmetic_is_written_out() -> None:
    found = told(planned_bp=7_500.0, physical_bp=4_500)
    assert found.arithmetic == "planned 75% − reported 45% = 30 points"
    assert found.verdict == "Yellow"
    assert found.thresholds == (
        "Yellow: from 10 points upwards (the edge included)",
        "Red: above 30 points (the edge itself not included)",
    )
    assert (found.clause, found.clause_sense[:20]) == ("108-II.4", "Choose well-reviewed")
    assert found.source.startswith("Yinchuan 2025")
    assert found.baseline == "Compared with the plan in force (version 2)"


def test_a_reported_input_names_its_row_and_a_planned_one_does_not() -> None:
    inputs = {shown.name: shown for shown in told().inputs}
    reported, planned = inputs["physical_bp"], inputs["planned_bp"]
    assert (reported.value, reported.as_of, reported.submission, reported.row_no) == (
        "60%",
        date(2026, 9, 30),
        "s1",
        7,
    )
    assert (planned.submission, planned.row_no) == (None, None)


def test_a_measure_of_another_kind_is_told_in_its_own_words() -> None:
    found = told(policy=RATIO, planned_bp=7_500.0, physical_bp=4_500)
    assert found.arithmetic == "reported 45% ÷ planned 75% = 60%"
    assert found.thresholds[1] == "Red: 60% or less (the edge included)"
    assert found.verdict == "Red"


def test_a_value_beside_an_edge_is_never_shown_as_the_edge() -> None:
    assert "= 9.999999 points" in told(planned_bp=6_999.9999, physical_bp=6_000).arithmetic


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, "Within the limits"),
        ({"physical_bp": None}, "Silent: a figure it needs was not reported"),
        ({"finished": True}, "Silent: it does not apply to the project's present state"),
    ],
)
def test_silence_is_explained_too(changes: dict[str, Any], verdict: str) -> None:
    found = told(**changes)
    assert (found.severity, found.verdict) == (None, verdict)


def test_missing_is_not_shown_as_zero() -> None:
    shown = {i.name: i.value for i in told(physical_bp=None).inputs}
    assert shown["physical_bp"] == "not reported"
    assert {i.name: i.value for i in told(physical_bp=0).inputs}["physical_bp"] == "0%"


def test_the_first_plan_can_be_asked_about() -> None:
    row = steady(physical_bp=4_500, planned_bp=5_000.0, planned_bp_v1=8_000.0).row(0, named=True)
    found = explain(row, "lagging_progress", carried(), EN, baseline=Baseline.FIRST)
    assert found.arithmetic == "planned 80% − reported 45% = 35 points"
    assert found.verdict == "Red"
    assert found.baseline == "Compared with the first approved plan (version 1)"


def test_the_denominator_of_spending_is_said_in_words() -> None:
    curve = {i.name: i.value for i in told("lagging_spending").inputs}
    share = {i.name: i.value for i in told("lagging_spending", spending_by_curve=False).inputs}
    assert curve["spending_by_curve"] == "the approved monthly curve"
    assert share["spending_by_curve"] == "money issued × time elapsed"


def test_money_of_another_programme_keeps_its_currency() -> None:
    found = told("lagging_spending", currency="MXN")
    assert "MXN" in found.arithmetic and "CNY" not in found.arithmetic


@pytest.mark.parametrize("rule", sorted(RULES))
@pytest.mark.parametrize("t", [EN, ZH], ids=["en", "zh"])
def test_every_rule_can_be_told_about_any_project(rule: str, t: Any) -> None:
    nothing = {name: None for name in steady().columns}
    for row in (steady().row(0, named=True), nothing | {"finished": False, "started": False, "late": False}):
        found = explain(row, rule, carried(), t)
        assert found.title and found.thresholds and found.action and found.source
        assert "{" not in found.arithmetic + "".join(found.thresholds)


def test_a_chinese_reader_reads_chinese() -> None:
    found = explain(
        steady(planned_bp=7_500.0, physical_bp=4_400).row(0, named=True), "lagging_progress", carried(), ZH
    )
    assert found.arithmetic == "计划 75% − 填报 44% = 31 个百分点"
    assert (found.title, found.verdict) == ("进度滞后", "红")
