"""Thresholds are data: what they may say, and that each text is kept once as a version."""

from datetime import datetime

import pytest

from alerts.policy import CARRIED, SHAPES, Measure, PolicyError, ensure_policy, read_policy, stored_policy
from alerts.rules import ALL_RULES, CITY_RULES
from models.alerts import Policy as StoredPolicy
from models.db import Database
from tests.alerts.shapes import carried, rows


def test_the_carried_policy_covers_every_rule() -> None:
    assert set(read_policy(CARRIED).rules) == set(ALL_RULES) == set(SHAPES)
    assert set(read_policy(CARRIED).city_rules) == set(CITY_RULES)


def test_the_carried_edges_are_those_of_their_sources() -> None:
    rules = read_policy(CARRIED).rules
    edges = {name: (str(limits.yellow), str(limits.red)) for name, limits in rules.items()}
    assert edges == {
        "lagging_progress": ("≥ 10", "> 30"),
        "lagging_spending": ("< 0.9", "< 0.6"),
        "frequent_adjustments": ("≥ 3", "None"),
        "stalled": ("≥ 60", "≥ 90"),
        "late_report": ("≥ 1", "≥ 2"),
        "not_started": ("≥ 1", "≥ 3"),
        "past_end": ("≥ 1", "> 90"),
        "city_round_numbers": ("≥ 1", "None"),
        "milestones_missed": ("≥ 30", "≥ 90"),
        "milestone_gap": ("> 90", "None"),
        "parked_money": ("≥ 90", "≥ 180"),
        "money_ahead": ("≥ 20", "None"),
        "work_ahead": ("≥ 20", "None"),
        "year_end_rush": ("≥ 0.5", "None"),
        "booked_as_spent": ("> 0", "None"),
        "large_delay": ("> 90", "None"),
        "large_value_change": ("≥ 0.2", "None"),
        "renamed_and_changed": ("≥ 0.2", "None"),
        "drifted_end": ("≥ 180", "None"),
        "drifted_money": ("≥ 0.2", "None"),
        "adjusted_out_of_red": ("> 30", "None"),
        "undecided_change": ("≥ 30", "≥ 90"),
        "unregistered_delay": ("> 30", "None"),
        "over_total": ("> 1.05", "None"),
        "ineligible_category": ("> 0", "None"),
        "central_share": ("None", "> 0.2"),
        "separate_accounting": ("> 0", "None"),
        "tranche": ("> 0.5", "None"),
        "award_limit": ("> 1", "None"),
        "falling_figure": ("> 0", "> 0.1"),
        "copied_report": ("≥ 2", "None"),
        "back_loaded": ("≥ 0.5", "None"),
        "steep_plan": ("> 1", "None"),
        "double_central_money": ("≥ 50", "≥ 80"),
        "not_on_list": ("None", "> 0"),
        "lagging_owner": ("≥ 10", "> 30"),
        "exposed_members": ("≥ 1", "≥ 180"),
        "weak_links": ("≥ 20", "≥ 40"),
        "rollups_disagree": ("≥ 20", "None"),
        "industries": ("≥ 5", "None"),
        "industry_unled": ("≥ 1", "None"),
        "no_landmark": ("≤ 1", "None"),
        "digital_reach": ("≥ 10", "None"),
        "city_award": ("None", "> 1"),
        "city_tranche": ("> 0.5", "None"),
        "unlisted_money": ("> 0", "None"),
        "applied_again": ("None", "≥ 1"),
        "quota": ("None", "≥ 1"),
    }
    # rules beyond the headline ones tell, and leave the light to what it has always meant
    assert {name for name, limits in rules.items() if limits.lights} == {
        *("lagging_progress", "lagging_spending", "stalled", "not_started", "past_end"),
    }


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"rule": "stalled", "yellow": "{ above = 100, inclusive = true }"}, "stalled.red: must lie beyond"),
        ({"rule": "stalled", "yellow": "{ below = 60, inclusive = true }"}, "stalled.yellow: expected like"),
        ({"rule": "stalled", "yellow": "{ above = 60 }"}, "stalled.yellow: expected like"),
        ({"rule": "stalled", "yellow": '{ above = "60", inclusive = true }'}, "expected a number"),
        ({"rule": "stalled", "yellow": "{ above = nan, inclusive = true }"}, "expected a number"),
        ({"rule": "stalled", "yellow": "", "red": ""}, "could never speak"),
        ({"rule": "stalled", "measure": '"ratio"'}, "stalled.measure: expected one of days"),
        ({"rule": "stalled", "min_reports": "0"}, "stalled.min_reports: expected a number from 1"),
        ({"rule": "stalled", "lights": '"yes"'}, "stalled.lights: expected true or false"),
        ({"rule": "stalled", "clause": '"108-IX"'}, "stalled.clause: expected one of 108-II.1, 108-II.2"),
        ({"rule": "money_ahead", "against": '"luck"'}, "money_ahead.against: expected one of issued"),
        ({"rule": "stalled", "against": '"award"'}, "stalled: unknown against"),
        ({"rule": "stalled", "colour": '"red"'}, "stalled: unknown colour"),
        ({"rule": "stalled", "title": ""}, "stalled: missing title"),
    ],
)
def test_a_policy_that_would_mislead_is_refused(changes: dict[str, str], complaint: str) -> None:
    with pytest.raises(PolicyError, match=complaint.replace(".", r"\.")):
        carried(**changes)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "only name and tables"),
        ("x = ", "not TOML"),
        ("[rules.sunny]\na = 1", "unknown rule"),
        ("a = 1", "only name and tables"),
    ],
)
def test_a_text_that_is_no_policy_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(PolicyError, match=complaint):
        read_policy(text)


def test_the_kind_of_measure_is_data() -> None:
    policy = carried(
        rule="lagging_progress",
        measure='"ratio"',
        yellow="{ below = 0.8, inclusive = false }",
        red="{ below = 0.6, inclusive = false }",
    )
    assert policy.rules["lagging_progress"].measure == Measure.RATIO


def test_a_text_is_stored_once_and_versions_count_up(db: Database, now: datetime) -> None:
    other = carried(rule="stalled", red="{ above = 120, inclusive = true }").text
    with db.rw.begin() as connection:
        versions = [
            ensure_policy(connection, text, now).version for text in (CARRIED, CARRIED, other, CARRIED)
        ]
        assert stored_policy(connection, 2).rules["stalled"].red.value == 120
        with pytest.raises(LookupError):
            stored_policy(connection, 3)
    assert versions == [1, 1, 2, 1]
    assert [row.version for row in rows(db, StoredPolicy, "version")] == [1, 2]


def test_before_anything_was_judged_the_carried_policy_is_in_force(sqlite_db: Database) -> None:
    with sqlite_db.ro.connect() as connection:
        assert stored_policy(connection) == read_policy(CARRIED)
