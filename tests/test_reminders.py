"""A word before the window closes: once, to the cities that miss something, in their own language."""

from datetime import UTC, date, datetime, timedelta

from sqlmodel import Session, select

from alerts.letters import Office
from models.alerts import Message
from models.people import Person
from models.vocabulary import ExceptionKind, Role
from models.windows import ReportingRule, WindowException
from operation.reminders import remind_cities
from tests.builders import CITY, project, put, report

JAN = datetime(2026, 1, 5, 1, tzinfo=UTC)
#: Monday 2 November 2026; October's report is due on Tuesday the 3rd.
MONDAY = datetime(2026, 11, 2, 0, 0, tzinfo=UTC)


def people(db):
    for email, city, language in (
        ("zh@example.cn", CITY, None),
        ("en@example.cn", CITY, "en"),
        ("other@example.cn", "440100", None),
    ):
        put(
            db,
            Person,
            email=email,
            name="x",
            role=Role.CITY,
            place=city,
            language=language,
            mails=True,
            offered=False,
            created_at=JAN,
        )
    put(
        db,
        Person,
        email="admin@example.cn",
        name="x",
        role=Role.ADMINISTRATOR,
        place="000000",
        mails=True,
        offered=False,
        created_at=JAN,
    )
    for code, city in (("P1", CITY), ("P2", CITY), ("G1", "440100")):
        project(db, code, JAN, city=city)
    report(db, "P1", MONDAY, date(2026, 10, 31), physical_bp=5_000)
    report(db, "G1", MONDAY, date(2026, 10, 31), city="440100", physical_bp=5_000)


def mails(db) -> dict[str, Message]:
    with Session(db.ro, expire_on_commit=False) as session:
        return {row.recipient: row for row in session.exec(select(Message))}


def remind(db, now, workdays=1):
    return remind_cities(db, now=now, workdays=workdays, office=Office(base_url="https://x.cn"))


def test_only_who_misses_something_is_reminded_and_once(db):
    people(db)
    found = remind(db, MONDAY)
    assert (found.cities, found.messages) == (1, 2)
    assert set(mails(db)) == {"zh@example.cn", "en@example.cn"}
    assert remind(db, MONDAY + timedelta(hours=3)).messages == 0
    assert remind(db, MONDAY + timedelta(days=1)).messages == 0


def test_a_reminder_says_what_until_when_and_where(sqlite_db):
    people(sqlite_db)
    remind(sqlite_db, MONDAY)
    zh, en = mails(sqlite_db)["zh@example.cn"], mails(sqlite_db)["en@example.cn"]
    assert "沈阳市" in zh.subject and "2026-11-03" in zh.subject
    assert "Shenyang" in en.subject and "1 of 2" in en.body_text
    assert "https://x.cn/reports?period=2026-10-31&city=210100" in en.body_text


def test_it_is_not_too_early_and_not_too_late(sqlite_db):
    people(sqlite_db)
    assert remind(sqlite_db, datetime(2026, 10, 29, 1, tzinfo=UTC)).messages == 0
    assert remind(sqlite_db, datetime(2026, 11, 4, 1, tzinfo=UTC)).messages == 0


def test_more_time_moves_the_reminder(sqlite_db):
    people(sqlite_db)
    granted = dict(city=CITY, programme="pilot", period_end=date(2026, 10, 31), reason="x", granted_by="p")
    until = datetime(2026, 11, 13, 9, tzinfo=UTC)
    put(sqlite_db, WindowException, **granted, kind=ExceptionKind.EXTENSION, until=until, granted_at=JAN)
    assert remind(sqlite_db, MONDAY).messages == 0
    assert remind(sqlite_db, datetime(2026, 11, 12, 1, tzinfo=UTC)).messages == 2


def test_a_weekly_city_is_reminded_weekly_and_a_daily_one_never(sqlite_db):
    people(sqlite_db)
    rule = dict(programme="pilot", every=1, due_days=2, from_on=date(2026, 10, 1), reason="x", set_by="m")
    put(sqlite_db, ReportingRule, **rule, city=CITY, unit="week", set_at=JAN)
    put(sqlite_db, ReportingRule, **rule, city="440100", unit="day", set_at=JAN)
    tuesday = datetime(2026, 11, 10, 0, tzinfo=UTC)
    assert remind(sqlite_db, tuesday).messages == 2
    assert "2026-11-08" in mails(sqlite_db)["en@example.cn"].subject
    assert remind(sqlite_db, tuesday + timedelta(days=7)).messages == 2
