"""What central money is for and how much of it: each rule at its edges, silent where nothing is known."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from models.db import Database
from models.facts import facts
from tests.alerts.shapes import carried, spoken, steady
from tests.builders import WAN, fund, project

YELLOW, RED, NONE = "yellow", "red", None
JAN = datetime(2026, 1, 5, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("rule", "changes", "severity"),
    [
        ("ineligible_category", {}, NONE),
        ("ineligible_category", {"central_local": 1}, YELLOW),
        ("ineligible_category", {"central_moved": None, "central_local": None}, NONE),
        (
            "ineligible_category",
            {"central_moved": None, "central_local": None, "spending_category": "infrastructure"},
            YELLOW,  # nothing is known but the project's own category
        ),
        ("ineligible_category", {"spending_category": "infrastructure"}, NONE),  # the movements decide
        (
            "ineligible_category",
            {
                "central_moved": None,
                "central_local": None,
                "transferred": 0,
                "spending_category": "infrastructure",
            },
            NONE,
        ),
        ("ineligible_category", {"central_moved": None, "central_local": None, "transferred": None}, NONE),
        ("central_share", {"reward": 20, "total_investment": 100}, NONE),  # exactly 20 %
        ("central_share", {"reward": 21, "total_investment": 100}, RED),
        ("central_share", {"reward": 20, "total_investment": 99}, RED),  # the total fell, and the cap with it
        ("central_share", {"reward": 20, "total_investment": 0}, NONE),
        ("central_share", {"reward": None}, NONE),
        ("central_share", {"reward": 21, "total_investment": 100, "finished": True}, RED),
        ("separate_accounting", {}, NONE),
        ("separate_accounting", {"central_mixed": 1}, YELLOW),
        ("separate_accounting", {"central_untold": 1}, YELLOW),
        ("separate_accounting", {"central_mixed": 1, "central_moved": None}, NONE),
        ("tranche", {"issued": 1_000_000_000}, NONE),  # exactly half
        ("tranche", {"issued": 1_000_000_001}, YELLOW),
        ("tranche", {"issued": None}, NONE),
        ("tranche", {"reward": 0}, NONE),
        ("award_limit", {"reward": 30_000 * WAN}, NONE),
        ("award_limit", {"reward": 30_001 * WAN}, YELLOW),
        ("award_limit", {"reward": None}, NONE),
    ],
)
def test_central_money_speaks_at_its_limits(rule: str, changes: dict[str, Any], severity: str | None) -> None:
    assert spoken(steady(**changes), rule) == severity


@pytest.mark.parametrize(("kind", "severity"), [("point", YELLOW), ("line", NONE), ("surface", NONE)])
def test_each_kind_has_its_own_limit(kind: str, severity: str | None) -> None:
    zhengzhou = carried(rule="award_limit", point_wan="1_000", line_wan="2_000", surface_wan="3_000")
    assert spoken(steady(kind=kind, reward=2_000 * WAN), "award_limit", zhengzhou) == severity


def test_the_same_money_is_not_counted_at_every_stage(db: Database) -> None:
    project(db, "P1", JAN)
    for stage, amount, more in (
        ("transferred", 100, {"separate_account": True}),
        ("paid", 60, {"separate_account": True, "spending_category": "infrastructure"}),
        ("spent", 40, {"separate_account": False, "spending_category": "infrastructure"}),
        ("issued", 7, {"source": "municipal", "spending_category": "public_platform"}),
    ):
        fund(db, "P1", JAN, stage, date(2026, 2, 1), amount * WAN, **more)
    row = facts(db, date(2026, 9, 30), JAN).row(0, named=True)
    found = {name: row[f"central_{name}"] for name in ("moved", "local", "local_category", "mixed", "untold")}
    assert found == {
        **{"moved": 100 * WAN, "local": 60 * WAN, "local_category": "infrastructure"},
        **{"mixed": 40 * WAN, "untold": 0},
    }
