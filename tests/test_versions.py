"""Versions of a plan follow each other in time, whatever the order they were recorded in."""

from datetime import UTC, date, datetime

import polars as pl
import sqlalchemy as sa

from models.access import Scope
from models.db import Database, fetch
from models.facts import facts
from models.plans import Plan
from models.queries import dossier
from models.versions import in_force, steps, time_rank
from models.vocabulary import Role
from tests.builders import CITY, adjustment, plan, point, project, report

JAN = datetime(2026, 1, 5, 1, tzinfo=UTC)
LATER = datetime(2026, 11, 1, tzinfo=UTC)
ALL = Scope("a@localhost", Role.OPERATOR, "000000", None)

ROW = dict(city="C", project="P", name="n", planned_start=date(2020, 1, 1), reward=None, adjustment=None)


def rows(*told: tuple) -> pl.DataFrame:
    """Plan rows of one project: version, approved on, planned end, total, and what else is unlike ``ROW``."""
    made = []
    for version, approved_on, end, total, *changes in told:
        one = dict(version=version, approved_on=approved_on, planned_end=end, total_investment=total)
        made.append(ROW | one | (changes[0] if changes else {}))
    types = {"adjustment": pl.Int64, "reward": pl.Int64, "approved_on": pl.Date, "total_investment": pl.Int64}
    return pl.DataFrame(made, schema_overrides=types)


def told(plans: pl.DataFrame) -> list[tuple]:
    return list(steps(plans).select("position", "version", "planned_end", "total_investment").iter_rows())


Y19, Y20, Y21 = date(2019, 12, 31), date(2020, 12, 31), date(2021, 12, 31)
A, B, C = date(2022, 1, 1), date(2023, 1, 1), date(2024, 1, 1)


def test_a_plan_that_came_late_is_first_if_its_day_is() -> None:
    assert told(rows((1, Y21, B, 5), (2, Y19, A, 5))) == [(1, 2, A, 5), (2, 1, B, 5)]
    plans = steps(rows((1, Y21, B, 5), (2, Y19, A, 5)))
    for on, version in ((date(2018, 1, 1), 2), (Y19, 2), (date(2021, 12, 30), 2), (Y21, 1)):
        assert in_force(plans, on)["version"].to_list() == [version]


def test_a_row_that_says_the_same_again_is_no_step() -> None:
    assert told(rows((1, Y19, A, 5), (2, Y20, A, 5), (3, Y21, B, 5))) == [(1, 1, A, 5), (2, 3, B, 5)]
    assert told(rows((2, Y19, A, 5), (1, Y20, A, 5))) == [(1, 1, A, 5)]  # its curve is filed under 1


def test_a_blank_figure_is_the_one_before() -> None:
    plans = rows((1, Y19, A, 5), (2, Y20, A, None), (3, Y21, A, 5))
    assert told(plans) == [(1, 1, A, 5)]
    assert told(rows((1, Y19, A, None), (2, Y20, A, 7))) == [(1, 1, A, None), (2, 2, A, 7)]


def test_an_adjustment_is_never_before_the_plan_it_adjusts() -> None:
    made = {"adjustment": 1}
    assert told(rows((1, Y20, A, 5), (2, Y19, B, 5, made))) == [(1, 1, A, 5), (2, 2, B, 5)]
    plans = steps(rows((1, Y20, A, 5), (2, Y19, B, 5, made)))
    assert in_force(plans, Y20)["version"].to_list() == [2]


def test_an_adjustment_of_the_curve_alone_is_a_step() -> None:
    assert told(rows((1, None, A, 5), (2, Y20, A, 5, {"adjustment": 1}))) == [(1, 1, A, 5), (2, 2, A, 5)]


def test_versions_of_one_day_follow_as_they_came() -> None:
    assert told(rows((1, Y19, A, 5), (2, Y19, B, 5), (3, Y19, C, 5))) == [
        (1, 1, A, 5),
        (2, 2, B, 5),
        (3, 3, C, 5),
    ]


def test_facts_and_dossier_count_versions_in_time(db: Database) -> None:
    project(db, "P1", JAN, approved_on=date(2026, 6, 30), planned_end=date(2027, 6, 30))
    plan(db, "P1", JAN, version=2, approved_on=date(2026, 3, 31), planned_end=date(2026, 12, 31))
    point(db, "P1", JAN, date(2026, 6, 1), planned_bp=4000, version=2)
    report(db, "P1", JAN, date(2026, 8, 31), physical_bp=1000)
    row = facts(db, date(2026, 9, 30), LATER).row(0, named=True)
    assert (row["version"], row["planned_end"], row["planned_end_v1"]) == (
        2,
        date(2027, 6, 30),
        date(2026, 12, 31),
    )
    assert (row["planned_by_curve"], row["planned_by_curve_v1"]) == (False, True)
    assert facts(db, date(2026, 4, 30), LATER)["version"].to_list() == [1]
    versions = dossier.versions(db, ALL, CITY, "P1")
    assert [(v.version, v.planned_end) for v in versions] == [
        (1, date(2026, 12, 31)),
        (2, date(2027, 6, 30)),
    ]
    assert dossier.curve(db, ALL, CITY, "P1")["version"].to_list() == [1]


def test_the_database_orders_as_the_frames_do(db: Database) -> None:
    project(db, "P1", JAN, approved_on=date(2026, 6, 30), name="named later")
    plan(db, "P1", JAN, version=2, approved_on=date(2026, 3, 31))
    p = Plan.__table__
    newest = sa.select(p.c.name).order_by(time_rank(p).desc(), p.c.version.desc())
    assert fetch(db, newest)["name"].to_list() == ["named later", "project P1"]
    plan(db, "P1", JAN, version=3, approved_on=date(2026, 2, 1), adjustment=1, name="adjusted")
    assert fetch(db, newest)["name"].to_list()[0] == "adjusted"


def test_the_ledger_is_told_in_the_order_of_time(db: Database) -> None:
    project(db, "P1", JAN)
    adjustment(db, "P1", JAN, 1, adjusted_on=date(2026, 6, 30))
    adjustment(db, "P1", JAN, 2, adjusted_on=date(2026, 3, 31))
    assert [entry.number for entry in dossier.adjustments(db, ALL, CITY, "P1")] == [2, 1]
