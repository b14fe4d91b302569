"""Lines and surfaces by their parts: whom a lagging chain-owner exposes, and ways to add up that disagree."""

from datetime import UTC, date, datetime

import polars as pl
import pytest

from models.db import Database
from models.facts import facts
from models.inputs import read_inputs
from models.links import links, newest_members
from models.rollups import WORST, rollup_facts, tenant_facts
from tests.builders import WAN, member, project, report, tenant

JAN = datetime(2026, 1, 5, 1, tzinfo=UTC)
SEPTEMBER, OCTOBER = date(2026, 9, 30), date(2026, 10, 31)
ON = date(2026, 11, 8)


def line(db: Database, *, owner: int) -> None:
    """A line of 365 days whose members should be at 60 %: the owner at ``owner``, three members."""
    project(db, "P1", JAN, kind="line")
    same = dict(planned_bp=6_000)
    member(db, "P1", JAN, "O", OCTOBER, actual_bp=owner, member_city="沈阳市", **same)
    for unit, actual, city in (("A", 8_000, "沈阳市"), ("B", 6_000, "大连市"), ("C", 5_000, "大连市")):
        link = dict(tier=1 if unit != "C" else 2, supplies="O" if unit != "C" else "B")
        member(db, "P1", JAN, unit, OCTOBER, actual_bp=actual, member_city=city, **link, **same)
    member(db, "P1", JAN, "OLD", SEPTEMBER, tier=1, actual_bp=0, **same)


def rows(db: Database) -> dict[str, dict]:
    inputs = read_inputs(db, ON, JAN)
    found = links(newest_members(inputs.members, ON), facts(db, ON, JAN))
    return {row["member"]: row for row in found.to_dicts()}


def test_a_lagging_owner_exposes_its_members_with_their_slack(db: Database) -> None:
    line(db, owner=5_000)  # 10 points of 365 days: 36.5, so 36 days
    found = rows(db)
    assert list(found) == ["O", "A", "B", "C"]
    assert {unit: (row["exposed_by"], row["slack_days"]) for unit, row in found.items()} == {
        "O": (None, None),
        "A": ("O", 73 - 36),
        "B": ("O", -36),
        "C": ("O", -36 - 36),
    }
    assert (found["A"]["upstream_of_name"], found["C"]["upstream_of_name"]) == ("unit O", "unit B")
    assert [found[unit]["crosses"] for unit in "ABC"] == [False, True, False]


def test_an_owner_on_plan_exposes_nobody(db: Database) -> None:
    line(db, owner=6_000)
    assert {row["exposed_by"] for row in rows(db).values()} == {None}


def test_facts_tell_the_worst_of_a_line(db: Database) -> None:
    line(db, owner=5_000)
    row = facts(db, ON, JAN).row(0, named=True)
    assert (row["members"], row["owner_name"], row["owner_lag_bp"]) == (4, "unit O", 1_000)
    assert (row["exposed_members"], row["exposed_name"], row["exposed_days"]) == (2, "unit C", 72)
    # the one link between two cities is B → O, and O is its weaker end
    assert (row["weak_links"], row["weak_name"], row["weak_lag_bp"]) == (1, "unit B", 1_000)


def test_a_line_that_tells_of_no_member_says_nothing(db: Database) -> None:
    project(db, "P1", JAN, kind="line")
    row = facts(db, ON, JAN).row(0, named=True)
    assert (row["members"], row["exposed_members"], row["weak_lag_bp"]) == (None, None, None)


def test_roll_ups_are_recomputed_from_the_tenants(db: Database) -> None:
    project(db, "P1", JAN, kind="surface")
    report(db, "P1", JAN, OCTOBER, physical_bp=5_000, invested=700 * WAN)
    told = [9_000, 8_000, 0, 100, 200, 400]
    for n, actual in enumerate(told):
        tenant(db, "P1", JAN, f"t{n}", OCTOBER, actual_bp=actual)
    tenant(db, "P1", JAN, "centre", OCTOBER, actual_bp=10_000, role="promotion_centre")
    tenant(db, "P1", JAN, "before", SEPTEMBER, actual_bp=10_000)
    row = facts(db, ON, JAN).row(0, named=True)
    assert (row["tenants"], row["tenants_still"]) == (6, 4)
    assert row["rollup_count_bp"] == pytest.approx(sum(told) / len(told))
    assert row["rollup_worst_bp"] == pytest.approx(sum(sorted(told)[:WORST]) / WORST)
    assert row["rollup_money_bp"] == pytest.approx(7_000)
    assert (row["rollup_low"], row["rollup_high"]) == ("rollup_worst_bp", "rollup_money_bp")
    assert row["rollup_spread_bp"] == pytest.approx(7_000 - 100)


def test_one_way_alone_agrees_with_nobody() -> None:
    schema = {
        "city": pl.String,
        "project": pl.String,
        "as_of": pl.Date,
        "role": pl.String,
        "actual_bp": pl.Int64,
    }
    none = tenant_facts(pl.DataFrame(schema=schema), ON)
    surface = pl.DataFrame(
        {"city": ["c"], "project": ["p"], "physical_bp": [1], "invested": [None], "total_investment": [None]}
    )
    assert rollup_facts(surface, none).is_empty()
