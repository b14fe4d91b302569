"""One digest a day and first reds at once: when mails are due, what a digest holds, how a city's are grouped."""

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from alerts.handling import Answer, acknowledge
from alerts.letters import Hours, Office
from alerts.silences import Wish, set_silence
from alerts.watch import Evaluation, evaluate
from models import clock
from models.access import Scope
from models.alerts import Alert, AlertEvent, Message, Telling
from models.clock import at_hour
from models.db import Database
from models.reports import Report
from models.vocabulary import Role
from tests.alerts.shapes import person, rows
from tests.builders import CITY, WAN, project, report

MONDAY = date(2026, 11, 23)
START = datetime(2026, 1, 5, 1, tzinfo=UTC)
OFFICE = Office(hours=Hours())
COORDINATOR = Scope("c@example.cn", Role.CITY, CITY, frozenset({CITY}))
MINISTRY = Scope("m@example.cn", Role.MINISTRY, "000000", None)


def at(hour: int, *, day: int = 0, minute: int = 0) -> datetime:
    return at_hour(MONDAY + timedelta(days=day), hour, minute)


def look(db: Database, when: datetime, office: Office = OFFICE) -> Evaluation:
    return evaluate(db, clock.local_day(when), when, now=when, office=office)


def progress(db: Database, code: str, when: datetime, bp: int) -> None:
    """A report as of its own day; a later one of the day takes the place of the earlier."""
    r = Report.__table__
    with db.rw.begin() as connection:
        same = sa.update(r).where(r.c.project == code, r.c.superseded_at.is_(None))
        connection.execute(same.where(r.c.as_of == clock.local_day(when)).values(superseded_at=when))
    report(
        db, code, when, clock.local_day(when), physical_bp=bp, stage="continuing", submission=f"{when:%d%H%M}"
    )


@pytest.fixture
def desk(sqlite_db: Database, now: datetime) -> Database:
    """A coordinator with two projects on their plan."""
    for code in ("P1", "P2"):
        project(sqlite_db, code, START)
        progress(sqlite_db, code, at(7), 9_000)
    person(sqlite_db, "c@example.cn", "city", CITY, START, language="en")
    look(sqlite_db, at(7, minute=30))
    return sqlite_db


def mails(db: Database) -> list:
    return rows(db, Message, "created_at")


def test_a_red_goes_at_once_and_a_yellow_waits_for_the_digest(desk: Database) -> None:
    progress(desk, "P1", at(8, minute=10), 2_000)
    progress(desk, "P2", at(8, minute=10), 7_000)
    assert look(desk, at(8, minute=15)).messages == 1
    (red,) = mails(desk)
    assert "P1" in red.body_text and "P2" not in red.body_text and red.due_at == at(8, minute=15)
    assert look(desk, at(8, minute=30)).messages == 0
    assert look(desk, at(9)).messages == 1
    digest = mails(desk)[-1]
    assert "P2" in digest.body_text and "P1" not in digest.body_text
    assert look(desk, at(9, minute=30)).messages == 0


def test_one_digest_a_day_holds_everything_and_later_yellows_wait(desk: Database) -> None:
    progress(desk, "P1", at(10), 2_000)
    look(desk, at(10))
    (first,) = mails(desk)
    progress(desk, "P2", at(11), 7_000)
    assert look(desk, at(11)).messages == 0
    progress(desk, "P2", at(12), 1_000)
    assert look(desk, at(12)).messages == 1  # red after all: at once
    progress(desk, "P1", at(15), 9_500)
    assert look(desk, at(15)).messages == 0
    assert look(desk, at(9, day=1)).messages == 1
    digest = mails(desk)[-1]
    assert "== Resolved ==" in digest.body_text and "P1" in digest.body_text
    assert len({mail.dedupe_key for mail in mails(desk)}) == 3 and first.subject.endswith("(1 in all)")


@pytest.mark.parametrize(
    ("when", "due"),
    [
        (at(7, minute=40), at(8)),
        (at(20), at(8, day=1)),
        (at(19, minute=59), at(19, minute=59)),
        (at(11, day=5), at(8, day=7)),  # Saturday
        (at_hour(date(2026, 10, 1), 10), at_hour(date(2026, 10, 8), 8)),  # National Day
        (at_hour(date(2026, 10, 10), 10), at_hour(date(2026, 10, 10), 10)),  # a Saturday that is made up
        (at_hour(date(2026, 2, 14), 7), at_hour(date(2026, 2, 14), 8)),  # another, before Spring Festival
    ],
)
def test_a_working_moment_follows_the_calendar_with_make_up_days(when: datetime, due: datetime) -> None:
    assert clock.working_moment(when, 8, 20) == due


@pytest.mark.parametrize(
    ("on", "days", "before"),
    [
        (MONDAY, 1, MONDAY - timedelta(days=1)),
        (MONDAY, 2, MONDAY - timedelta(days=4)),
        (MONDAY, 3, MONDAY - timedelta(days=5)),
        (MONDAY, 0, MONDAY),
        (date(2026, 10, 8), 2, date(2026, 9, 29)),
    ],
)
def test_working_days_are_counted_backwards(on: date, days: int, before: date) -> None:
    assert clock.workdays_before(on, days) == before


def test_at_night_and_on_free_days_there_is_no_digest(desk: Database) -> None:
    progress(desk, "P2", at(21), 7_000)
    assert look(desk, at(21)).messages == 0
    assert look(desk, at(10, day=5)).messages == 0  # Saturday; the days between were not judged
    assert look(desk, at(8, day=7)).messages == 0
    assert look(desk, at(9, day=7)).messages == 1


def test_by_hand_everything_is_due_at_once(desk: Database) -> None:
    progress(desk, "P2", at(21), 7_000)
    assert look(desk, at(21), Office()).messages == 1
    assert mails(desk)[0].due_at == at(21)


def test_a_whole_city_that_is_late_is_one_line(sqlite_db: Database, now: datetime) -> None:
    for number in range(20):
        whole = dict(
            industry="26", chain_owner="unit", total_investment=60_000 * WAN
        )  # a list that is in order
        project(sqlite_db, f"P{number:02}", START, **whole)
    person(sqlite_db, "c@example.cn", "city", CITY, START, language="en")
    assert look(sqlite_db, at(10)).opened == 20
    (mail,) = mails(sqlite_db)
    assert mail.subject == "[Pilot Dispatch] Shenyang Report late Red (20 in all)"
    assert mail.body_text.count("Report late Red") == 1
    assert "1. Shenyang 20 projects: P00, P01, P02" in mail.body_text and "and others" in mail.body_text
    assert "/alerts?city=210100&rule=late_report" in mail.body_text
    assert len(rows(sqlite_db, Telling)) == 20


def test_an_acknowledged_alert_is_not_new(desk: Database) -> None:
    progress(desk, "P2", at(8, minute=5), 7_000)
    look(desk, at(8, minute=6))
    (alert,) = rows(desk, Alert)
    acknowledge(desk, Answer(COORDINATOR, CITY, alert.id, "two shifts", at(8, minute=30)))
    look(desk, at(9))
    (digest,) = mails(desk)
    assert "== Acknowledged ==" in digest.body_text and "New alerts" not in digest.body_text
    assert "c@example.cn: two shifts" in digest.body_text
    progress(desk, "P2", at(9, minute=30), 1_000)
    assert look(desk, at(9, minute=31)).messages == 1


def test_a_silenced_alert_lives_and_says_nothing(desk: Database) -> None:
    set_silence(desk, Wish(MINISTRY, CITY, at(8, day=2), "flood", at(8), project="P1"))
    progress(desk, "P1", at(8, minute=5), 2_000)
    assert look(desk, at(9)).messages == 0
    assert [str(row.transition) for row in rows(desk, AlertEvent)] == ["opened"]
    progress(desk, "P2", at(9, minute=5), 7_000)
    look(desk, at(9, minute=10))
    (digest,) = mails(desk)
    assert "P1" not in digest.body_text
    assert "Silenced open alerts, not listed here: 1" in digest.body_text
    assert look(desk, at(9, day=1)).messages == 0
    assert look(desk, at(8, day=2)).messages == 1  # the silence is over: it is red and new, at once
    assert "P1" in mails(desk)[-1].body_text


def test_an_open_alert_is_said_again(desk: Database) -> None:
    progress(desk, "P2", at(8), 7_000)
    told = [look(desk, at(9, day=day)).messages for day in range(5)]
    assert told == [1, 0, 0, 1, 0]
    assert "== Still open ==" in mails(desk)[-1].body_text
    assert "Open for 3 days and not acknowledged." in mails(desk)[-1].body_text


def test_every_mail_tells_an_event(db: Database, now: datetime) -> None:
    for code in ("P1", "P2"):
        project(db, code, START)
    for name, role, place in (("c", "city", CITY), ("p", "province", "210000"), ("m", "ministry", "000000")):
        person(db, f"{name}@example.cn", role, place, START)
    progress(db, "P1", now, 2_000)
    look(db, now)
    told = rows(db, Telling)
    assert {row.message for row in told} == {mail.id for mail in mails(db)}
    assert len(told) == 3 * 2  # P1 lags, P2 is late by more than two periods
    t = Telling.__table__
    e = AlertEvent.__table__
    with db.ro.connect() as connection:
        lost = sa.select(t).where(
            ~sa.exists().where(e.c.city == t.c.city, e.c.alert == t.c.alert, e.c.seq == t.c.seq)
        )
        assert connection.execute(lost).all() == []
