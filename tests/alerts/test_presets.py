"""The presets at their edges, as domain.md 5.3 tells them, and how an overlay is laid over the carried text."""

import tomllib

import pytest

from alerts.edges import PolicyError
from alerts.policy import CARRIED, read_policy
from alerts.presets import overlaid, preset, presets
from models.words import words
from tests.alerts.shapes import spoken, steady

YINCHUAN, SANYA, WUHAN = "yinchuan_2025", "sanya_2022", "wuhan"


def lag(name: str, planned_bp: float, physical_bp: int | None) -> str | None:
    facts = steady(planned_bp=planned_bp, physical_bp=physical_bp)
    return spoken(facts, "lagging_progress", read_policy(preset(name)))


@pytest.mark.parametrize(
    ("actual_bp", "yinchuan", "sanya", "wuhan"),
    [
        (7_500, None, None, None),
        (4_500, "yellow", "yellow", "yellow"),  # 30 points, 40 % short, 60 % exactly
        (4_400, "red", "yellow", "red"),
    ],
)
def test_the_same_project_under_different_rules(
    actual_bp: int, yinchuan: str | None, sanya: str | None, wuhan: str | None
) -> None:
    found = [lag(name, 7_500.0, actual_bp) for name in (YINCHUAN, SANYA, WUHAN)]
    assert found == [yinchuan, sanya, wuhan]


@pytest.mark.parametrize(
    ("name", "planned_bp", "actual_bp", "severity"),
    [
        (YINCHUAN, 7_500.0, 6_501, None),  # 9.99 points
        (YINCHUAN, 7_500.0, 6_500, "yellow"),  # 10, the edge included
        (YINCHUAN, 7_500.0, 4_499, "red"),  # 30.01
        (SANYA, 7_500.0, 7_500, None),
        (SANYA, 7_500.0, 7_499, "yellow"),  # any shortfall at all
        (SANYA, 7_500.0, 7_501, None),
        (SANYA, 8_000.0, 4_000, "yellow"),  # 50 % exactly, the edge included
        (SANYA, 8_000.0, 3_999, "red"),
        (SANYA, 8_000.0, None, None),  # not reported is not a shortfall
        (WUHAN, 5_000.0, 4_000, None),  # 80 % is not below 80 %
        (WUHAN, 5_000.0, 3_999, "yellow"),
        (WUHAN, 5_000.0, 3_000, "yellow"),
        (WUHAN, 5_000.0, 2_999, "red"),
        (WUHAN, 0.0, 0, None),  # nothing planned yet
    ],
)
def test_each_preset_at_its_edges(name: str, planned_bp: float, actual_bp: int, severity: str | None) -> None:
    assert lag(name, planned_bp, actual_bp) == severity


@pytest.mark.parametrize(("months", "severity"), [(0, None), (1, "yellow"), (2, "yellow"), (3, "red")])
def test_yinchuan_counts_the_months_a_start_is_late(months: int, severity: str | None) -> None:
    facts = steady(started=False, physical_bp=0, stage="not_started", unstarted_months=months)
    assert spoken(facts, "not_started", read_policy(preset(YINCHUAN))) == severity


def test_yinchuan_is_what_is_carried_for_progress_and_start() -> None:
    carried, found = read_policy(CARRIED).rules, read_policy(preset(YINCHUAN)).rules
    assert all(found[rule] == carried[rule] for rule in ("lagging_progress", "not_started"))


def test_a_preset_changes_the_rules_it_names_and_no_other() -> None:
    carried = read_policy(CARRIED).rules
    for text in presets().values():
        changed = {rule for rule, limits in read_policy(text).rules.items() if limits != carried[rule]}
        assert changed <= {"lagging_progress", "not_started"}


def test_every_preset_has_a_name_and_reads_in_chinese() -> None:
    zh = words("zh_CN")
    for text in presets().values():
        found = read_policy(text)
        for said in (found.name, found.rules["lagging_progress"].source):
            assert said and zh(said) != said
        assert "domain" not in text and found.rules["lagging_progress"].clause == "108-II.4"


def test_an_overlay_keeps_comments_and_adds_keys_that_were_not_there() -> None:
    text = '# why\n[rules.stalled]\ntitle = "x"  # said\nred = { above = 90, inclusive = true }\n'
    full = CARRIED[CARRIED.index("[rules.stalled]") :].split("[rules.late_report]")[0]
    found = overlaid(full, 'name = "a \\"b\\""\n[rules.stalled]\npending = 2\nmin_reports = 3\n')
    assert tomllib.loads(found)["name"] == 'a "b"'
    rule = read_policy(found).rules["stalled"]
    assert (rule.conduct.pending, rule.numbers["min_reports"]) == (2, 3)
    assert "# between the first and the last report" in found
    with pytest.raises(PolicyError, match="unknown rule"):
        overlaid(full, "[rules.nonsense]\npending = 2\n")
    with pytest.raises(PolicyError, match="a line of its own"):
        overlaid(full, '[rules.stalled]\ninhibited_by = [\n"past_end"]\n')
    with pytest.raises(PolicyError, match="not TOML"):
        overlaid(text, "[rules.stalled\n")
    with pytest.raises(PolicyError, match="no preset"):
        preset("nonsense")


@pytest.mark.parametrize("name", ["3", '" x"', f'"{"x" * 61}"'])
def test_a_policy_has_a_short_name_or_none(name: str) -> None:
    with pytest.raises(PolicyError, match="name: expected a text"):
        read_policy(f"name = {name}\n{CARRIED}")
