"""What people do with an alert: who may acknowledge it, that it is an event, and what ends it."""

from datetime import UTC, date, datetime, timedelta

import pytest

from alerts.conduct import Conduct
from alerts.handling import (
    ALREADY,
    CLOSED,
    NO_NOTE,
    NOT_YOURS,
    Answer,
    acknowledge,
    acknowledged,
)
from alerts.letters import Office
from alerts.watch import evaluate
from models.access import Scope
from models.alerts import Alert, AlertEvent
from models.db import Database
from models.queries import alert_list
from models.queries.alert_list import Wanted
from models.vocabulary import Role
from tests.alerts.shapes import limited, rows
from tests.builders import CITY, adjustment, project, report

MONDAY = date(2026, 11, 23)
START = datetime(2026, 1, 5, 1, tzinfo=UTC)
OCTOBER = date(2026, 10, 31)
OFFICE = Office(policy=limited("lagging_progress", "frequent_adjustments"))
COORDINATOR = Scope("c@example.cn", Role.CITY, CITY, frozenset({CITY}))
PROVINCE = Scope("p@example.cn", Role.PROVINCE, "210000", frozenset({CITY, "210200"}))
MINISTRY = Scope("m@example.cn", Role.MINISTRY, "000000", None)
ELSEWHERE = Scope("e@example.cn", Role.CITY, "440100", frozenset({"440100"}))


@pytest.fixture
def lagging(db: Database, now: datetime) -> Database:
    return _lagging(db, now)


@pytest.fixture
def lagging_here(sqlite_db: Database, now: datetime) -> Database:
    return _lagging(sqlite_db, now)


def _lagging(db: Database, now: datetime) -> Database:
    """P1 yellow for its progress; A1 too often adjusted, which its province answers for."""
    for code in ("P1", "A1"):
        project(db, code, START)
        bp = 7_000 if code == "P1" else 8_600
        report(db, code, now - timedelta(days=9), OCTOBER, physical_bp=bp, stage="continuing")
    for number in range(1, 4):
        adjustment(db, "A1", now - timedelta(days=30 * number), number)
    evaluate(db, MONDAY, now, now=now, office=OFFICE)
    return db


def of(db: Database, rule: str) -> str:
    return next(row.id for row in rows(db, Alert) if row.rule == rule)


def say(
    db: Database, by: Scope, now: datetime, rule: str = "lagging_progress", note: str = "on site"
) -> str | None:
    return acknowledge(db, Answer(by, CITY, of(db, rule), note, now))


def since(db: Database, rule: str = "lagging_progress") -> date | None:
    listed = alert_list.alerts(db, MINISTRY, Wanted(rule=rule))
    return listed["acknowledged_on"].item()


def test_an_acknowledgement_is_an_event_with_who_and_why(lagging: Database, now: datetime) -> None:
    assert since(lagging) is None
    assert say(lagging, COORDINATOR, now, note="  machines arrive on Friday ") is None
    found = alert_list.one(lagging, MINISTRY, CITY, of(lagging, "lagging_progress"))
    event = found.events[-1]
    assert (event.seq, str(event.transition), event.by) == (2, "acknowledged", "c@example.cn")
    assert (event.note, event.before, event.after) == ("machines arrive on Friday", "yellow", "yellow")
    assert since(lagging) == MONDAY


@pytest.mark.parametrize(
    ("by", "rule", "note", "refusal"),
    [
        (COORDINATOR, "lagging_progress", "x", None),
        (PROVINCE, "lagging_progress", "x", None),
        (PROVINCE, "frequent_adjustments", "x", None),
        (COORDINATOR, "frequent_adjustments", "x", NOT_YOURS),  # the province answers for it
        (MINISTRY, "lagging_progress", "x", NOT_YOURS),
        (ELSEWHERE, "lagging_progress", "x", NOT_YOURS),
        (COORDINATOR, "lagging_progress", " ", NO_NOTE),
    ],
)
def test_who_may(
    lagging_here: Database, now: datetime, by: Scope, rule: str, note: str, refusal: str | None
) -> None:
    assert say(lagging_here, by, now, rule, note) == refusal
    assert (len(rows(lagging_here, AlertEvent)) == 3) == (refusal is None)


def test_twice_is_once(lagging_here: Database, now: datetime) -> None:
    assert say(lagging_here, COORDINATOR, now) is None
    assert say(lagging_here, PROVINCE, now + timedelta(hours=1)) == ALREADY
    friday = now + timedelta(days=4)
    assert say(lagging_here, COORDINATOR, friday) == ALREADY
    monday = now + timedelta(days=7)  # the fifth working day: the rule has re-armed
    assert say(lagging_here, COORDINATOR, monday) is None


def test_worsening_ends_it_and_judging_goes_on(lagging: Database, now: datetime) -> None:
    say(lagging, COORDINATOR, now)
    tuesday = now + timedelta(days=1)
    assert evaluate(lagging, MONDAY + timedelta(days=1), tuesday, now=tuesday, office=OFFICE).worsened == 0
    assert since(lagging) == MONDAY
    report(lagging, "P1", tuesday, OCTOBER + timedelta(days=1), physical_bp=2_000, stage="continuing")
    assert evaluate(lagging, MONDAY + timedelta(days=1), tuesday, now=tuesday, office=OFFICE).worsened == 1
    assert since(lagging) is None
    wednesday = now + timedelta(days=2)
    report(lagging, "P1", wednesday, OCTOBER + timedelta(days=2), physical_bp=9_000, stage="continuing")
    evaluate(lagging, MONDAY + timedelta(days=2), wednesday, now=wednesday, office=OFFICE)
    kinds = [
        str(row.transition)
        for row in rows(lagging, AlertEvent, "seq")
        if row.alert == of(lagging, "lagging_progress")
    ]
    assert kinds == ["opened", "acknowledged", "worsened", "resolved"]
    assert say(lagging, COORDINATOR, wednesday) == CLOSED


def test_an_acknowledgement_of_nothing_is_refused(lagging_here: Database, now: datetime) -> None:
    assert acknowledge(lagging_here, Answer(COORDINATOR, CITY, "nobody", "x", now)) == NOT_YOURS


@pytest.mark.parametrize(
    ("on", "rearm", "holds"),
    [
        (None, None, False),
        (MONDAY, None, True),
        (MONDAY - timedelta(days=900), None, True),
        (MONDAY - timedelta(days=3), 2, True),  # Friday: one working day ago
        (MONDAY - timedelta(days=4), 2, False),
        (MONDAY, 1, True),
    ],
)
def test_an_acknowledgement_ends_where_its_rule_re_arms(
    on: date | None, rearm: int | None, holds: bool
) -> None:
    assert acknowledged(on, Conduct(rearm_days=rearm), MONDAY) is holds
