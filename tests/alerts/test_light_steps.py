"""The run of the lights: kept steps are what was counted by hand, over the same projects at both ends."""

from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa

from alerts import watch
from alerts.trend import Step, seen, steps
from models import light_steps
from models.access import Scope
from models.db import Database
from models.queries import light_steps as queries
from models.state import DayState, LightStep
from models.vocabulary import Light, PeriodUnit, Role
from tests.builders import CITY, project, report

JAN, NOV = datetime(2026, 1, 5, 1, tzinfo=UTC), datetime(2026, 11, 2, 1, tzinfo=UTC)
LATER = datetime(2026, 12, 1, tzinfo=UTC)
EVERYWHERE = Scope("m", Role.MINISTRY, "000000", None)
GUANGZHOU = Scope("c", Role.CITY, "440100", frozenset({"440100"}))
SEPTEMBER, EARLY, NOVEMBER = date(2026, 9, 8), date(2026, 10, 7), date(2026, 11, 10)
ALL: dict[str, str | None] = {}


def judge(db: Database, on: date) -> None:
    watch.evaluate(db, on, datetime(on.year, on.month, on.day, 12, tzinfo=UTC), now=LATER)


@pytest.fixture
def run(db: Database) -> Database:
    """P1 is red for want of progress, then green; P2 joins in October; L1 (elsewhere) never reports."""
    project(db, "P1", JAN, industry="26")
    project(db, "L1", JAN, city="440100", kind="line")
    report(db, "P1", datetime(2026, 9, 1, 1, tzinfo=UTC), date(2026, 8, 31), physical_bp=1_000)
    judge(db, SEPTEMBER)
    project(db, "P2", datetime(2026, 10, 2, tzinfo=UTC), industry="39")
    report(db, "P2", datetime(2026, 10, 3, tzinfo=UTC), date(2026, 9, 30), physical_bp=10_000)
    judge(db, EARLY)
    report(db, "P1", NOV, date(2026, 10, 31), physical_bp=10_000)
    judge(db, NOVEMBER)
    return db


def light_of(db: Database, code: str, on: date) -> str:
    t = DayState.__table__
    with db.ro.connect() as connection:
        return str(connection.scalar(sa.select(t.c.light).where(t.c.project == code, t.c.state_on == on)))


def shown(db: Database, scope: Scope, unit: PeriodUnit, narrow: dict[str, str | None]) -> list[Step]:
    judged = queries.judged(db, date(2026, 1, 1), date(2026, 12, 31))
    pairs = light_steps.pairs(unit, judged)
    kept = queries.kept(db, scope, unit, [until for _, until in pairs], narrow)
    return steps(kept, pairs)


def test_a_step_is_over_the_projects_of_both_days(run: Database) -> None:
    red, green = light_of(run, "P1", EARLY), light_of(run, "P1", NOVEMBER)
    assert (red, green, light_of(run, "P2", EARLY)) == ("red", "green", "green")
    first, second = shown(run, EVERYWHERE, PeriodUnit.MONTH, {"kind": "point"})
    assert (first.since, first.until, first.same, first.joined, first.left) == (SEPTEMBER, EARLY, 1, 1, 0)
    assert first.after == {light: int(light == Light.RED) for light in Light}
    assert (second.same, second.joined, second.left) == (2, 0, 0)
    assert second.share(Light.RED) == (5_000, 0)
    assert second.share(Light.GREEN) == (5_000, 10_000)


@pytest.mark.parametrize(
    ("scope", "narrow", "same"),
    [
        (EVERYWHERE, {}, 3),
        (EVERYWHERE, {"industry": "26"}, 1),
        (EVERYWHERE, {"province": "440000"}, 1),
        (EVERYWHERE, {"programme": "none"}, 0),
        (GUANGZHOU, {}, 1),
        (GUANGZHOU, {"kind": "point"}, 0),
    ],
)
def test_steps_stay_within_scope_and_filters(
    run: Database, scope: Scope, narrow: dict[str, str | None], same: int
) -> None:
    last = shown(run, scope, PeriodUnit.MONTH, narrow)[-1]
    assert last.same == same
    assert (last.share(Light.RED) is None) == (same == 0)
    counted = queries.counted(run, scope, last.since, last.until, narrow)
    assert steps(counted, [(last.since, last.until)]) == [last]


def test_a_project_that_left_is_told_apart(run: Database) -> None:
    """A day judged without a project that the day before had: as after a withdrawal of its list."""
    t = DayState.__table__
    with run.rw.begin() as connection:
        connection.execute(sa.delete(t).where(t.c.project == "P2", t.c.state_on == NOVEMBER))
        light_steps.keep(connection, NOVEMBER)
    last = shown(run, EVERYWHERE, PeriodUnit.MONTH, {"kind": "point"})[-1]
    assert (last.same, last.joined, last.left) == (1, 0, 1)


def test_a_period_keeps_the_step_to_its_newest_day_only(run: Database) -> None:
    judge(run, date(2026, 11, 12))
    judge(run, date(2026, 11, 17))
    t = LightStep.__table__
    with run.ro.connect() as connection:
        found = connection.execute(sa.select(t.c.unit, t.c.since_on, t.c.state_on).distinct()).all()
    kept = {(str(unit), since.day, until.day) for unit, since, until in found if until.month == 11}
    assert kept == {("month", 7, 17), ("week", 7, 12), ("week", 12, 17)}


def test_a_day_judged_late_takes_its_place(run: Database) -> None:
    """The end of October, judged after November: both steps around it are counted anew."""
    judge(run, date(2026, 10, 30))
    found = shown(run, EVERYWHERE, PeriodUnit.MONTH, ALL)
    assert [(step.since.day, step.until.day) for step in found] == [(8, 30), (30, 10)]
    assert [step.same for step in found] == [2, 3]


def test_a_refresh_of_one_city_leaves_the_others_steps(run: Database) -> None:
    before = shown(run, EVERYWHERE, PeriodUnit.MONTH, ALL)
    report(run, "L1", LATER, date(2026, 11, 9), physical_bp=10_000, city="440100")
    watch.refresh(run, NOVEMBER, LATER, now=LATER, cities=frozenset({"440100"}))
    after = shown(run, EVERYWHERE, PeriodUnit.MONTH, ALL)
    assert before[:-1] == after[:-1]
    assert after[-1].after[Light.MISSING] == before[-1].after[Light.MISSING] - 1 == 0
    assert after[-1].same == 3
    own = shown(run, EVERYWHERE, PeriodUnit.MONTH, {"city": CITY})
    assert own[-1].after[Light.GREEN] == 2


@pytest.mark.parametrize(
    ("unit", "days", "found"),
    [
        (PeriodUnit.MONTH, [], []),
        (PeriodUnit.MONTH, [date(2026, 1, 5), date(2026, 1, 9)], []),
        (PeriodUnit.WEEK, [date(2026, 1, 4), date(2026, 1, 5)], [(date(2026, 1, 4), date(2026, 1, 5))]),
        (
            PeriodUnit.MONTH,
            [date(2026, 4, 1), date(2026, 1, 5), date(2026, 1, 9)],
            [(date(2026, 1, 9), date(2026, 4, 1))],
        ),
    ],
)
def test_steps_go_from_newest_day_to_newest_day(unit: PeriodUnit, days: list, found: list) -> None:
    assert light_steps.pairs(unit, days) == found


def test_lights_that_nobody_shows_are_left_out(run: Database) -> None:
    found = shown(run, EVERYWHERE, PeriodUnit.MONTH, {"kind": "point"})
    assert set(seen(found)) == {Light.RED, Light.GREEN}
