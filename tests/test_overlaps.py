"""Pairs that may hold central money twice: how they are found, compared, ranked, and remembered."""

from datetime import UTC, date, datetime
from time import perf_counter
from typing import Any

import numpy as np
import polars as pl
import pytest

from models import overlaps
from models.db import Database
from models.facts import facts
from models.overlap_decisions import OverlapDecision
from models.overlaps import candidates, changed, compared, listed, projects
from tests.builders import CITY, WAN, other_funding, project, put

JAN = datetime(2026, 1, 5, 1, tzinfo=UTC)
ON = date(2026, 9, 30)
CODE = "91210100MA0000001A"
OURS = dict(city=CITY, project="P1", programme="pilot", name="发动机缸体生产线智能化改造项目")
OURS |= dict(unit_name="沈阳甲机械有限公司", unit_code=CODE, reward=100 * WAN, paid=True)
LISTED = dict(city=CITY, record_key="k1", programme="equipment_renewal", title="发动机缸体生产线智能化改造")
LISTED |= dict(unit_name="沈阳甲机械股份有限公司", unit_code=CODE, project_code=None, amount=100 * WAN)


def ours(*rows: dict[str, Any]) -> pl.DataFrame:
    schema = dict.fromkeys(OURS, pl.String) | {"reward": pl.Int64, "paid": pl.Boolean}
    return projects(pl.DataFrame([OURS | row for row in rows], schema=schema))


def lists(*rows: dict[str, Any]) -> pl.DataFrame:
    schema = dict.fromkeys(LISTED, pl.String) | {"amount": pl.Int64}
    return listed(pl.DataFrame([LISTED | row for row in rows], schema=schema))


def found(mine: pl.DataFrame, others: pl.DataFrame, elsewhere: pl.DataFrame | None = None) -> list[dict]:
    return candidates(mine, others, ours() if elsewhere is None else elsewhere).to_dicts()


@pytest.mark.parametrize(
    ("changes", "evidence", "rank"),
    [
        ({}, ("equal", "unknown", "equal", "equal", "equal"), 100),
        ({"amount": 104 * WAN}, ("equal", "unknown", "equal", "equal", "similar"), 95),
        ({"amount": 106 * WAN}, ("equal", "unknown", "equal", "equal", "differs"), 90),
        ({"amount": None}, ("equal", "unknown", "equal", "equal", "unknown"), 90),
        ({"unit_code": None, "amount": None}, ("unknown", "unknown", "equal", "equal", "unknown"), 55),
        ({"unit_code": "X" * 18, "amount": None}, ("differs", "unknown", "equal", "equal", "unknown"), 35),
        ({"title": "职工食堂", "amount": None}, ("equal", "unknown", "differs", "equal", "unknown"), 40),
        (
            {"title": "发动机缸体生产线智能化改造（一期）"},
            ("equal", "unknown", "similar", "equal", "equal"),
            98.5,
        ),
        ({"title": "ＡＢ", "unit_name": "乙厂", "unit_code": None}, None, None),
    ],
)
def test_evidence_of_each_field_makes_the_rank(changes: dict, evidence: Any, rank: float | None) -> None:
    rows = found(ours({}), lists(changes))
    if evidence is None:
        assert rows == []
        return
    (row,) = rows
    assert tuple(row[f"{name}_is"] for name in overlaps.WEIGHTS) == evidence
    assert row["rank"] == pytest.approx(rank, abs=2)


def test_a_national_code_decides_and_a_local_number_does_not() -> None:
    national = "2604-210100-04-02-900001"
    (row,) = found(
        ours({"project": national}),
        lists(
            {
                "title": "别的",
                "unit_name": "别厂",
                "unit_code": None,
                "project_code": national.replace("-", ""),
            }
        ),
    )
    assert row["project_code_is"] == "equal"
    different = dict(name="别的", unit_name="别厂", unit_code="Y" * 18)
    assert found(ours({}, {"city": "150200", **different}), lists()) == []  # both are called P1


def test_only_central_money_is_paired() -> None:
    assert found(ours({"paid": False, "reward": None}), lists({})) == []
    assert found(ours({}, {"project": "P2", "reward": 0}), lists()) == []
    assert found(ours({}, {"project": "P2", "programme": "other"}), lists()) == []
    (row,) = found(ours({}, {"project": "P2"}), lists())
    assert (row["project_a"], row["project_b"], row["pair"]) == ("P1", "P2", "project")


def test_a_city_by_itself_sees_what_the_country_sees() -> None:
    elsewhere = ours({"city": "150200", "project": "P9"})
    alone = found(ours({}), lists(), elsewhere)
    together = found(pl.concat([ours({}), elsewhere]), lists())
    assert [row["rank"] for row in alone] == [row["rank"] for row in together] == [100]


def test_a_name_that_many_share_finds_nothing() -> None:
    many = [{"record_key": f"k{n}", "title": f"项目之{n}", "unit_code": None} for n in range(60)]
    assert found(ours({}), lists(*many)) == []
    assert (
        len(found(ours({}), lists({"record_key": "x", "unit_code": None}, *many))) == 1
    )  # its title is its own


def test_what_changed_since_a_decision_is_named() -> None:
    (before,) = found(ours({}), lists({}))
    (after,) = found(ours({}), lists({"amount": 7}))
    assert changed(compared(before), compared(before)) == ()
    assert changed(compared(before), compared(after)) == (("b", "amount", 100 * WAN, 7),)


def decide(db: Database, verdict: str, values: str, at: datetime) -> None:
    row = dict(city=CITY, project="P1", other=f"list\x1f{CITY}\x1fequipment_renewal\x1f缸体改造\x1f甲厂")
    put(
        db,
        OverlapDecision,
        **row,
        decided_at=at,
        verdict=verdict,
        compared=values,
        reason="查过",
        decided_by="p@x",
    )


def test_a_decision_holds_until_a_value_changes(db: Database) -> None:
    project(db, "P1", JAN, name="缸体改造项目", unit_name="甲厂", unit_code=CODE)
    other_funding(db, JAN, "缸体改造", "甲厂", unit_code=CODE, amount=5)
    row = facts(db, ON, JAN).row(0, named=True)
    assert (row["overlap_rank"], row["overlap_pairs"], row["overlap_with"]) == (90, 1, "缸体改造")
    sides = {"unit_code": CODE, "unit_name": "甲厂"}
    a = sides | {"project_code": "P1", "title": "缸体改造项目", "amount": 100 * WAN}
    b = sides | {"project_code": None, "title": "缸体改造", "amount": 5}
    values = compared({f"{k}_{s}": v for s, one in (("a", a), ("b", b)) for k, v in one.items()})
    decide(db, "allowed_overlap", values, JAN.replace(day=6))
    assert facts(db, ON, JAN)["overlap_rank"].item() == 90  # not yet known then
    assert facts(db, ON, JAN.replace(day=7))["overlap_rank"].item() is None
    decide(db, "breach", values, JAN.replace(day=8))
    assert facts(db, ON, JAN.replace(day=9))["overlap_breach"].item() is True
    decide(db, "different_projects", values.replace('"amount": 5', '"amount": 4'), JAN.replace(day=10))
    row = facts(db, ON, JAN.replace(day=11)).row(0, named=True)
    assert (row["overlap_rank"], row["overlap_breach"]) == (90, False)


def test_another_citys_title_is_not_told(db: Database) -> None:
    project(db, "P1", JAN, name="缸体改造项目", unit_name="甲厂")
    project(db, "P2", JAN, city="150200", name="缸体改造", unit_name="甲厂")
    for cities in (None, frozenset({CITY})):
        row = facts(db, ON, JAN, cities=cities).filter(pl.col("city") == CITY).row(0, named=True)
        assert (row["overlap_rank"], row["overlap_elsewhere"], row["overlap_with"]) == (65, True, None)


def test_large_lists_are_joined_and_not_compared_one_by_one() -> None:
    many = 20_000
    number = pl.Series(np.arange(many)).cast(pl.String)
    mine = pl.DataFrame(
        {"city": "210100", "project": "P" + number, "programme": "pilot", "unit_code": "91" + number}
    )
    mine = mine.with_columns(
        name="改造项目第" + number, unit_name="公司" + number + "号", reward=pl.lit(5, pl.Int64), paid=True
    )
    rows = mine.select(
        "city",
        "programme",
        "unit_code",
        record_key="project",
        title="name",
        unit_name="unit_name",
        project_code=pl.lit(None, pl.String),
        amount=pl.lit(5, pl.Int64),
    )
    started = perf_counter()
    pairs = candidates(projects(mine), listed(rows), projects(mine.clear()))
    assert pairs.height == many
    assert perf_counter() - started < 30  # all with all would be 400,000,000 comparisons
