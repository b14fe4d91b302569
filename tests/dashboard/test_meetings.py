"""The last meeting as a day to compare with, and what was corrected after the day that a page shows."""

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from alerts import watch
from models import meetings
from models.access import Scope
from models.db import Database
from models.meetings import Meeting
from models.vocabulary import Role
from tests.builders import CITY, WAN, project, report
from tests.dashboard.test_views import NOW, shown, texts

JAN, NOV = datetime(2026, 1, 5, 1, tzinfo=UTC), datetime(2026, 11, 2, 1, tzinfo=UTC)
TODAY, MET, OCTOBER = date(2026, 11, 23), date(2026, 11, 11), date(2026, 10, 31)
MINISTRY = Scope("m@b.example", Role.MINISTRY, "000000", None)
LIAONING = Scope("p@b.example", Role.PROVINCE, "210000", frozenset({"210000", CITY}))
AUDITOR = Scope("a@b.example", Role.AUDITOR, "000000", None)


def remember(db: Database, by: Scope, on: date, after: int = 0, **how: bool) -> str | None:
    at = NOW + timedelta(seconds=after)
    return meetings.remember(db, by, on, today=TODAY, now=at, **how)


def days(db: Database, by: Scope, until: date = TODAY) -> list[date]:
    return [one.held_on for one in meetings.held(db, by, until=until)]


def test_a_meeting_belongs_to_its_desk(db: Database) -> None:
    assert remember(db, MINISTRY, MET) is None
    assert remember(db, LIAONING, TODAY, 1) is None
    assert (days(db, MINISTRY), days(db, LIAONING)) == ([MET], [TODAY])
    assert days(db, AUDITOR) == [MET]  # sits at the ministry, and reads
    assert days(db, LIAONING, TODAY - timedelta(days=1)) == []


def test_a_mark_is_only_ever_added(db: Database) -> None:
    for after, taken_back in enumerate((False, False, True, False)):
        remember(db, MINISTRY, MET, after, taken_back=taken_back)
    assert days(db, MINISTRY) == [MET]
    table = Meeting.__table__
    with db.ro.connect() as connection:
        rows = connection.execute(sa.select(table.c.taken_back, table.c.set_by).order_by(table.c.seq)).all()
    assert [row.taken_back for row in rows] == [False, True, False]  # what was so already was not said again
    assert {row.set_by for row in rows} == {"m@b.example"}


def test_who_may_not_mark_and_which_day_is_none(db: Database) -> None:
    assert remember(db, AUDITOR, MET) == meetings.NOT_YOURS
    assert remember(db, MINISTRY, TODAY + timedelta(days=1)) == meetings.AHEAD
    assert days(db, MINISTRY) == []


@pytest.fixture
def told(sqlite_db: Database) -> Database:
    """P1 was told at 35 % for October and corrected to 30 % on 15 November; L1 lies elsewhere."""
    project(sqlite_db, "P1", JAN, industry="26")
    project(sqlite_db, "L1", JAN, city="440100", kind="line")
    report(sqlite_db, "L1", NOV, OCTOBER, city="440100", physical_bp=5_000)
    corrected = datetime(2026, 11, 15, 1, tzinfo=UTC)
    old = dict(physical_bp=3_500, issued=100 * WAN, spent=10 * WAN)
    report(sqlite_db, "P1", NOV, OCTOBER, superseded_at=corrected, **old)
    report(sqlite_db, "P1", corrected, OCTOBER, **(old | {"physical_bp": 3_000, "spent": 9 * WAN}))
    for on in (MET, TODAY):
        watch.evaluate(sqlite_db, on, datetime(2026, 11, on.day, 2, tzinfo=UTC), now=NOW)
    return sqlite_db


def press(app, label: str) -> None:
    next(one for one in app.button if one.label == label).click().run()
    assert not app.exception, app.exception[0].value


def test_we_met_then_since_the_last_meeting(told: Database) -> None:
    app = shown(told, "changes")
    assert "No meeting was marked yet" in texts(app)
    assert "Last meeting" not in [one.label for one in app.button]
    app.date_input(key="meeting-on").set_value(MET).run()
    press(app, "Mark the meeting")
    assert days(told, MINISTRY) == [MET]
    press(app, "Last meeting")
    assert app.query_params["since"] in ("2026-11-11", ["2026-11-11"])
    assert "from 2026-11-11 to 2026-11-23" in texts(app)
    assert "since the last meeting on 2026-11-11" in texts(shown(told, "overview"))
    press(app, "Take back")
    assert days(told, MINISTRY) == []


def test_an_auditor_compares_and_marks_nothing(told: Database) -> None:
    remember(told, MINISTRY, MET)
    app = shown(told, "changes", role="auditor", language="zh_CN")
    labels = [one.label for one in app.button]
    assert "上次调度会" in labels and "标记" not in labels


@pytest.mark.parametrize(
    ("view", "params", "count"),
    [
        ("overview", {}, 2),
        ("overview", {"province": "210000"}, 2),
        ("overview", {"industry": "26"}, 2),
        ("overview", {"industry": "39"}, 0),
        ("overview", {"city": "440100"}, 0),
        ("province", {"province": "440000"}, 0),
        ("province", {"province": "210000"}, 2),
        ("points", {}, 2),
        ("lines", {}, 0),
        ("city", {"city": CITY}, 2),
        ("project", {"city": CITY, "project": "P1"}, 2),
        ("project", {"city": "440100", "project": "L1"}, 0),
    ],
)
@pytest.mark.parametrize("asked", [{"on": "2026-11-11"}, {"known_at": "2026-11-12T12:00"}])
def test_a_past_day_says_what_was_corrected_later(
    told: Database, view: str, params: dict, count: int, asked: dict
) -> None:
    app = shown(told, view, **params, **asked)
    titles = [one.label for one in app.expander]
    said = "2 figures that this page rests on were corrected later"
    assert (said in titles) == bool(count)
    assert ("No figure that this page rests on was corrected later" in texts(app)) == (not count)
    assert "known_at=2026-11-1" in texts(app)  # the link that gives this view again


@pytest.mark.parametrize("asked", [{}, {"on": "2026-11-23"}, {"known_at": "2026-12-30T12:00"}])
def test_the_newest_day_says_nothing_of_corrections(told: Database, asked: dict) -> None:
    app = shown(told, "overview", **asked)
    assert "were corrected later" not in texts(app) + "".join(one.label for one in app.expander)


def test_corrections_of_others_are_not_told(told: Database) -> None:
    app = shown(told, "overview", role="city", cities="440100", on="2026-11-11")
    assert "No figure that this page rests on was corrected later" in texts(app)
    assert "P1" not in texts(app)


def test_the_list_names_old_and_new_in_chinese(told: Database) -> None:
    said = texts(shown(told, "city", language="zh_CN", city=CITY, on="2026-11-11"))
    assert "35%" in said and "30%" in said and "当时所知视图的链接" in said


def test_the_day_before_is_offered_where_it_was_no_working_day(sqlite_db: Database) -> None:
    project(sqlite_db, "P1", NOW)
    labels = {
        on: {b.label for b in shown(sqlite_db, "changes", on=on).button}
        for on in ("2026-11-23", "2026-11-20")
    }
    assert "The day before" in labels["2026-11-23"] and "The day before" not in labels["2026-11-20"]
