"""Double money, the approved list, lines and surfaces: each rule at its edges, silent where nothing is known."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from models.db import Database
from models.facts import facts
from tests.alerts.shapes import carried, spoken, steady
from tests.builders import WAN, fund, project, report

YELLOW, RED, NONE = "yellow", "red", None
JAN = datetime(2026, 1, 5, 1, tzinfo=UTC)
PAIR = {"overlap_rank": 80.0, "overlap_amount": 1, "overlap_pairs": 1, "overlap_equal": 3}
LINE = {"kind": "line", "members": 5, "owner_lag_bp": 0, "exposed_days": 0, "exposed_members": 0}
SURFACE = {"kind": "surface", "tenants": 6}


@pytest.mark.parametrize(
    ("rule", "changes", "severity"),
    [
        ("double_central_money", {}, NONE),
        ("double_central_money", PAIR, RED),
        ("double_central_money", PAIR | {"overlap_amount": None}, YELLOW),  # listed is legal
        ("double_central_money", PAIR | {"overlap_rank": 79.9}, YELLOW),
        ("double_central_money", PAIR | {"overlap_rank": 50.0}, YELLOW),
        ("double_central_money", PAIR | {"overlap_rank": 49.9}, NONE),
        ("double_central_money", PAIR | {"overlap_rank": 30.0, "overlap_breach": True}, RED),
        ("not_on_list", {}, NONE),
        ("not_on_list", {"listed_on": date(2026, 3, 1)}, NONE),
        ("not_on_list", {"listed_on": date(2026, 3, 1), "early_money": 1}, RED),
        ("lagging_owner", LINE, NONE),
        ("lagging_owner", LINE | {"owner_lag_bp": 999}, NONE),
        ("lagging_owner", LINE | {"owner_lag_bp": 1_000}, YELLOW),
        ("lagging_owner", LINE | {"owner_lag_bp": 3_000}, YELLOW),
        ("lagging_owner", LINE | {"owner_lag_bp": 3_001}, RED),
        ("lagging_owner", LINE | {"owner_lag_bp": 3_001, "finished": True}, NONE),
        ("lagging_owner", {"owner_lag_bp": None, "kind": "line"}, NONE),
        ("exposed_members", LINE | {"owner_lag_bp": 1_000, "exposed_days": 0}, NONE),
        ("exposed_members", LINE | {"owner_lag_bp": 1_000, "exposed_days": 1}, YELLOW),
        ("exposed_members", LINE | {"owner_lag_bp": 999, "exposed_days": 1}, NONE),
        ("exposed_members", LINE | {"owner_lag_bp": 1_000, "exposed_days": 179}, YELLOW),
        ("exposed_members", LINE | {"owner_lag_bp": 1_000, "exposed_days": 180}, RED),
        ("weak_links", {"weak_links": 1, "weak_lag_bp": 1_999}, NONE),
        ("weak_links", {"weak_links": 1, "weak_lag_bp": 2_000}, YELLOW),
        ("weak_links", {"weak_links": 1, "weak_lag_bp": 4_000}, RED),
        ("weak_links", {"weak_links": None, "weak_lag_bp": None}, NONE),
        ("rollups_disagree", SURFACE | {"rollup_spread_bp": 1_999.0}, NONE),
        ("rollups_disagree", SURFACE | {"rollup_spread_bp": 2_000.0}, YELLOW),
        ("rollups_disagree", SURFACE | {"rollup_spread_bp": None}, NONE),
    ],
)
def test_each_speaks_at_its_limits(rule: str, changes: dict[str, Any], severity: str | None) -> None:
    assert spoken(steady(**changes), rule) == severity


def test_without_a_yellow_edge_being_listed_twice_is_silent() -> None:
    strict = carried(rule="double_central_money", yellow="")
    assert spoken(steady(**PAIR), "double_central_money", strict) == RED
    assert spoken(steady(**PAIR | {"overlap_amount": None}), "double_central_money", strict) == NONE


def test_money_before_the_approval_is_found_in_movements_and_reports(db: Database) -> None:
    project(db, "P1", JAN, approved_on=date(2026, 3, 1))
    project(db, "P2", JAN, approved_on=date(2026, 3, 1))
    project(db, "P3", JAN)
    fund(db, "P1", JAN, "transferred", date(2026, 2, 1), 60 * WAN)
    fund(db, "P1", JAN, "paid", date(2026, 2, 20), 40 * WAN)
    fund(db, "P1", JAN, "paid", date(2026, 3, 1), 40 * WAN)
    report(db, "P2", JAN, date(2026, 2, 28), issued=5 * WAN)
    report(db, "P3", JAN, date(2026, 2, 28), issued=5 * WAN)
    found = facts(db, date(2026, 9, 30), JAN).select("project", "early_money", "early_on").rows()
    assert found == [
        ("P1", 60 * WAN, date(2026, 2, 1)),
        ("P2", 5 * WAN, date(2026, 2, 28)),
        ("P3", None, None),
    ]
