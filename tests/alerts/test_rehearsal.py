"""A rehearsal says what an evaluation would have done, day for day, and what came after it."""

import json
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
import sqlalchemy as sa

from alerts.in_force import Policies
from alerts.letters import Office
from alerts.policy import CARRIED, read_policy
from alerts.rehearsal import known_on, rehearsal_days, rehearse
from alerts.watch import evaluate
from models.alerts import Alert, AlertEvent
from models.clock import is_workday
from models.db import Database
from operation.rehearsal_command import lines, rehearsed
from tests.alerts.shapes import limited, rows
from tests.builders import adjustment, plan, project, report

START = datetime(2025, 12, 1, 1, tzinfo=UTC)
DAYS = rehearsal_days(date(2026, 11, 24), 11)
PROVINCES = {"210100": "210000", "440100": "440000"}


def month_ends() -> list[date]:
    first = [date(2026, month, 1) for month in range(2, 12)]
    return [day - timedelta(days=1) for day in first]


@pytest.fixture
def a_year(sqlite_db: Database) -> Database:
    """GOOD on its plan; LAG ever further behind and past its end; STOP stands still; GONE never reports."""
    db = sqlite_db
    for code in ("GOOD", "LAG", "STOP", "GONE"):
        project(db, code, START, city="440100" if code == "GONE" else "210100")
    for number, end in enumerate(month_ends(), start=1):
        at = datetime(end.year, end.month, end.day, 3, tzinfo=UTC) + timedelta(days=2)
        figures = {"GOOD": 900 * number, "LAG": 300 * number, "STOP": min(900 * number, 2_700)}
        for code, bp in figures.items():
            report(db, code, at, end, physical_bp=bp, stage="continuing", submission=f"{code}{number}")
    return db


def test_a_working_day_in_three_weeks_is_looked_at():
    assert len(DAYS) == 16 and all(is_workday(day) for day in DAYS) and DAYS == sorted(DAYS)
    assert DAYS[-1] == date(2026, 11, 24) and DAYS[0] < date(2026, 1, 14)
    assert max(after - before for before, after in pairwise(DAYS)).days <= 32


@pytest.mark.parametrize("text", [CARRIED, limited("lagging_progress", "stalled", "late_report", "past_end")])
def test_it_moves_alerts_as_an_evaluation_of_the_same_days_does(a_year: Database, text: str):
    found = rehearse(a_year, {"it": Policies(read_policy(text))}, DAYS, PROVINCES)["it"]
    assert rows(a_year, Alert) == [] == rows(a_year, AlertEvent)
    for day in DAYS:
        evaluate(a_year, day, known_on(day), now=known_on(day), office=Office(policy=text))
    stored = rows(a_year, Alert)
    assert found.alerts.opened == len(stored) >= 3
    assert found.alerts.open == sum(alert.closed_at is None for alert in stored)
    with a_year.ro.connect() as connection:
        red = "select count(distinct alert) from alertevent where after = 'red'"
        assert found.alerts.red == connection.scalar(sa.text(red))
    by_rule = {rule: tally.opened for rule, tally in found.rules.items()}
    assert by_rule == {r: sum(a.rule == r for a in stored) for r in {a.rule for a in stored}}


def test_what_was_followed_by_trouble_and_what_was_missed(a_year: Database):
    adjustment(a_year, "LAG", datetime(2026, 6, 1, 3, tzinfo=UTC), 1)
    plan(a_year, "LAG", datetime(2026, 6, 1, 3, tzinfo=UTC), version=2, adjustment=1)
    with a_year.rw.begin() as connection:
        connection.execute(
            sa.text("update plan set planned_end = '2028-12-31' where project = 'LAG' and version = 2")
        )
    policies = {"watchful": limited("lagging_progress", "stalled"), "late": limited("late_report")}
    found = rehearse(a_year, {n: Policies(read_policy(t)) for n, t in policies.items()}, DAYS, PROVINCES)
    watchful, late = found["watchful"], found["late"]
    assert watchful.rules["lagging_progress"].followed >= 1
    assert (late.troubles, watchful.troubles) == (watchful.troubles, late.troubles) and late.troubles >= 2
    assert late.missed == late.troubles > watchful.missed
    for told in found.values():
        alerts = told.alerts
        assert alerts.followed + alerts.known + alerts.unfollowed + alerts.too_early == alerts.opened
        assert told.announced + told.missed == told.troubles
        assert told.mails["all"] == sum(told.mails[desk] for desk in ("cities", "provinces", "ministry"))
    assert late.mails["cities"] >= 1


def test_a_proposal_is_compared_with_what_is_in_force(a_year: Database):
    proposal = read_policy(limited("lagging_progress"))
    found = json.loads(json.dumps(rehearsed(a_year, proposal, date(2026, 11, 24), 11)))
    assert set(found) == {"days", "followed_within_days", "in_force", "proposed"}
    assert set(found["proposed"]["rules"]) == {"lagging_progress"} < set(found["in_force"]["rules"])
    assert f"proposed: {found['proposed']['alerts']['opened']} alerts" in lines(found)


def test_a_rehearsal_looks_at_the_cities_of_its_scope_only(a_year: Database):
    proposal = read_policy(limited("late_report"))
    found = rehearsed(a_year, proposal, date(2026, 11, 24), 11, key=("city", "440100"))
    assert found["in_force"]["mails"]["cities"] >= found["proposed"]["mails"]["cities"] >= 1
    whole = rehearsed(a_year, proposal, date(2026, 11, 24), 11)
    assert found["in_force"]["alerts"]["opened"] < whole["in_force"]["alerts"]["opened"]
    with pytest.raises(LookupError):
        rehearsed(a_year, proposal, date(2026, 11, 24), 11, key=("programme", "nothing"))
