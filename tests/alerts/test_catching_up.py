"""Days on which nobody judged are judged in order, say nothing themselves, and are told by today's judgement."""

from datetime import date, datetime, timedelta

from alerts.catching_up import MOST_DAYS, make_up, missed_days
from alerts.office import Office
from alerts.slots import daily
from alerts.watch import evaluate
from models.alerts import Alert, AlertEvent, Message
from models.db import Database
from models.state import DayState, Judgement
from tests.alerts.shapes import carried, person, rows
from tests.builders import CITY, project, report

MONDAY, MORNING = date(2026, 11, 23), daily("07:30")
DAYS = [MONDAY + timedelta(days=n) for n in range(8)]
PENDING = Office(policy=carried(rule="past_end", pending="3").text)


def ending_on(db: Database, now: datetime, end: date) -> None:
    """A project that is past its end from the day after ``end``, and the city's reader."""
    project(db, "P1", now - timedelta(days=300), planned_end=end)
    report(db, "P1", now - timedelta(days=9), date(2026, 10, 31), physical_bp=9_900, stage="continuing")
    person(db, "city@example.cn", "city", CITY, now - timedelta(days=30))


def after(now: datetime, days: int) -> datetime:
    return now + timedelta(days=days)


def test_missed_days_are_judged_in_order_and_today_tells(db: Database, now: datetime) -> None:
    ending_on(db, now, DAYS[1])
    evaluate(db, DAYS[0], now, now=now, office=PENDING)
    told = len(rows(db, Message))
    later = after(now, 7)
    assert make_up(db, MORNING, now=later, office=PENDING) == DAYS[1:7]
    (alert,) = [row for row in rows(db, Alert) if row.rule == "past_end"]
    assert alert.opened_on == DAYS[4], "the third judged day on which it was past its end"
    assert len(rows(db, Message)) == told, "days that are made up for say nothing"
    assert evaluate(db, DAYS[7], later, now=later, office=PENDING).messages == 1
    assert "逾期未完工" in rows(db, Message, "created_at")[-1].body_text


def test_without_the_missed_days_the_count_would_begin_anew(sqlite_db: Database, now: datetime) -> None:
    """The reason for making up: a rule that waits three days would wait three more."""
    ending_on(sqlite_db, now, DAYS[1])
    evaluate(sqlite_db, DAYS[0], now, now=now, office=PENDING)
    evaluate(sqlite_db, DAYS[7], after(now, 7), now=after(now, 7), office=PENDING)
    assert "past_end" not in {row.rule for row in rows(sqlite_db, Alert)}


def test_made_up_once_and_known_at_each_days_own_hour(db: Database, now: datetime) -> None:
    ending_on(db, now, DAYS[1])
    evaluate(db, DAYS[0], now, now=now)
    later = after(now, 3)
    assert make_up(db, MORNING, now=later, office=Office()) == DAYS[1:3]
    events = len(rows(db, AlertEvent))
    assert make_up(db, MORNING, now=later, office=Office()) == []
    known = {row.judged_on: row.known_at for row in rows(db, Judgement)}
    assert known[DAYS[2]].isoformat() == "2026-11-24T23:30:00+00:00"
    assert {row.state_on for row in rows(db, DayState)} == set(DAYS[:3])
    assert len(rows(db, AlertEvent)) == events


def test_a_clock_set_back_makes_up_nothing(sqlite_db: Database, now: datetime) -> None:
    ending_on(sqlite_db, now, DAYS[1])
    assert missed_days(sqlite_db, MONDAY) == [], "nobody judged yet: there is nothing to make up for"
    evaluate(sqlite_db, MONDAY, now, now=now)
    assert missed_days(sqlite_db, MONDAY - timedelta(days=5)) == missed_days(sqlite_db, MONDAY) == []


def test_a_long_silence_is_a_new_beginning(sqlite_db: Database, now: datetime) -> None:
    ending_on(sqlite_db, now, DAYS[1])
    evaluate(sqlite_db, MONDAY, now, now=now)
    today = MONDAY + timedelta(days=400)
    missed = missed_days(sqlite_db, today)
    assert (missed[0], missed[-1], len(missed)) == (
        today - timedelta(days=MOST_DAYS),
        today - timedelta(days=1),
        MOST_DAYS,
    )
