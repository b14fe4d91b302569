"""Two days side by side: the same cohort at both ends, joiners and leavers apart, corrections told."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from alerts.comparison import Presence, cohorts, compare, transitions
from alerts.watch import state_frame
from models.access import Scope
from models.db import Database
from models.queries.changes import Part, corrected, happened
from models.vocabulary import Kind, Role
from tests.builders import CITY, adjustment, project, report

EVERYBODY = Scope("m@example.cn", Role.MINISTRY, "000000", None)
OTHERS = Scope("d@example.cn", Role.CITY, "210200", frozenset({"210200"}))
START = datetime(2026, 1, 5, 1, tzinfo=UTC)
OCTOBER, SEPTEMBER = date(2026, 10, 31), date(2026, 9, 30)


def states(*rows: tuple[str, str, str, int]) -> pl.DataFrame:
    """Rows like ``DayState``: code, kind, light, spent."""
    return pl.DataFrame(
        {
            "city": CITY,
            "project": code,
            "state_on": OCTOBER,
            "programme": "pilot",
            "kind": kind,
            "industry": "36",
            "name": f"project {code}",
            "unit_name": "unit",
            "light": light,
            "light_v1": light,
            "freshness": "fresh",
            "change": "same",
            "as_of": OCTOBER,
            "physical_bp": 5_000.0,
            "planned_bp": 5_000.0,
            "planned_v1_bp": 5_000.0,
            "total_investment": spent * 10,
            "reward": 0,
            "invested": 0,
            "issued": 1_000,
            "transferred": 0,
            "paid": 0,
            "spent": spent,
            "planned_spending": 0.0,
            "version": 1,
            "adjustments": 0,
        }
        for code, kind, light, spent in rows
    )


BEFORE = states(("A", "point", "green", 100), ("B", "line", "red", 200), ("C", "point", "yellow", 300))
AFTER = states(("A", "point", "red", 150), ("B", "line", "yellow", 200), ("D", "point", "red", 900))


def test_each_project_of_either_day_is_one_row_the_worst_turn_first() -> None:
    moves = compare(BEFORE, AFTER)
    assert moves.select("project", "presence", "steps").rows() == [
        ("A", Presence.BOTH, 4.0),
        ("B", Presence.BOTH, -1.0),
        ("D", Presence.JOINED, None),
        ("C", Presence.LEFT, None),
    ]
    assert moves.filter(project="C").select("name", "light_before", "light", "spent_before").row(0) == (
        "project C",
        "yellow",
        None,
        300,
    )
    assert transitions(moves) == {("green", "red"): 1, ("red", "yellow"): 1}


def test_sums_are_over_the_same_projects_at_both_ends() -> None:
    every, points, lines = cohorts(BEFORE, AFTER)
    assert (every.kind, points.kind, lines.kind) == (None, Kind.POINT, Kind.LINE)
    assert (every.joined, every.left, every.before.projects, every.after.projects) == (1, 1, 2, 2)
    assert (every.before.spent, every.after.spent) == (300, 350), "neither C's nor D's money"
    assert (points.joined, points.left, points.after.spent) == (1, 1, 150)
    assert (lines.joined, lines.left) == (0, 0)


@pytest.mark.parametrize(
    ("before", "after", "joined", "left"), [(BEFORE.clear(), AFTER, 3, 0), (BEFORE, AFTER.clear(), 0, 3)]
)
def test_an_empty_day_has_only_joiners_or_leavers(
    before: pl.DataFrame, after: pl.DataFrame, joined: int, left: int
) -> None:
    every = cohorts(before, after)[0]
    assert (every.joined, every.left, every.before.projects) == (joined, left, 0)
    assert compare(before, after)["presence"].n_unique() == 1


def test_real_states_compare(db: Database, now: datetime) -> None:
    project(db, "P1", START)
    report(db, "P1", now - timedelta(days=20), SEPTEMBER, physical_bp=9_000, stage="continuing", spent=0)
    report(db, "P1", now, OCTOBER, physical_bp=9_100, stage="continuing", spent=0)
    old = state_frame(db, date(2026, 11, 1), now - timedelta(days=1))
    new = state_frame(db, date(2026, 11, 23), now)
    row = compare(old, new).row(0, named=True)
    assert (row["physical_bp_before"], row["physical_bp"]) == (9_000, 9_100)


def test_a_figure_known_otherwise_now_is_a_correction_a_new_one_is_not(db: Database, now: datetime) -> None:
    then = now - timedelta(days=10)
    project(db, "P1", START)
    report(
        db,
        "P1",
        then,
        SEPTEMBER,
        physical_bp=4_000,
        spent=5,
        superseded_at=now - timedelta(days=1),
        reason=None,
    )
    report(db, "P1", now - timedelta(days=1), SEPTEMBER, physical_bp=3_000, spent=5, reason="counted twice")
    report(db, "P1", now, OCTOBER, physical_bp=6_000)

    def told(scope: Scope, on: date, known_at: datetime) -> list[tuple]:
        found = corrected(db, scope, Part("pilot"), on, known_at)
        return found.select("project", "as_of", "physical_bp_before", "physical_bp").rows()

    assert told(EVERYBODY, date(2026, 11, 13), then) == [("P1", SEPTEMBER, 4_000, 3_000)]
    assert told(EVERYBODY, date(2026, 11, 13), now) == [], "known by then"
    assert told(EVERYBODY, date(2026, 9, 29), then) == [], "of a later day"
    assert told(OTHERS, date(2026, 11, 13), then) == [], "out of scope"


def test_what_happened_is_counted_between_two_instants_and_within_the_scope(
    db: Database, now: datetime
) -> None:
    project(db, "P1", START)
    adjustment(db, "P1", START, 1, status="approved", decided_at=now)
    adjustment(db, "P1", START, 2, status="rejected", decided_at=now - timedelta(days=9))
    found = happened(db, EVERYBODY, "pilot", now - timedelta(days=1), now)
    assert (found.decisions, found.alerts, found.files) == ({"approved": 1}, {}, 0)
    assert happened(db, EVERYBODY, "pilot", now, now + timedelta(days=1)).decisions == {}
    assert happened(db, OTHERS, "pilot", now - timedelta(days=99), now).decisions == {}
