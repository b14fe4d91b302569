"""The clock's daily run: reminders, escalations and relapses, each once, whatever was missed; and the digest."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from alerts.letters import Hours, Office
from alerts.order_rights import stand_of
from alerts.order_watch import Watched, watch_orders
from alerts.orders import STANDS, issue
from alerts.watch import evaluate
from models.alerts import Alert, Message
from models.db import Database
from models.orders import OrderEvent
from models.vocabulary import Deed, OrderState, Tier
from tests.alerts.order_shapes import (
    CITY_DESK,
    ID,
    MINISTRY,
    OFFICE,
    PROVINCE,
    act,
    desks,
    every,
    issued,
    look,
    mails,
    wish,
)
from tests.alerts.shapes import limited, rows
from tests.builders import CITY, put

#: Monday 2026-11-23, 10:00 in China; receipt is owed until Wednesday, the reply until Monday the 30th.
MONDAY = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


@pytest.fixture
def staffed(db: Database) -> Database:
    desks(db)
    return db


@pytest.fixture
def staffed_here(sqlite_db: Database) -> Database:
    desks(sqlite_db)
    return sqlite_db


def run(db: Database, days: int) -> Watched:
    """The morning so many days after the issue."""
    return watch_orders(db, now=MONDAY + timedelta(days=days), office=OFFICE)


def told(db: Database) -> list[tuple[str, str | None, str]]:
    return [(str(e.deed), e.level, str(e.duty)) for e in look(db).events if e.duty]


def test_silence_is_reminded_then_goes_up_level_by_level(staffed: Database) -> None:
    issued(staffed, MONDAY)
    assert run(staffed, 0) == Watched()
    assert run(staffed, 1) == Watched(reminded=1, messages=1)
    assert run(staffed, 2) == Watched()
    assert run(staffed, 3) == Watched(escalated=1, messages=3)  # the city, its province, the issuer
    assert [run(staffed, day) for day in (4, 5, 6, 7, 8, 9)] == [Watched()] * 6
    assert run(staffed, 10) == Watched(escalated=1, messages=2)  # the issuer is the ministry's only one
    assert told(staffed) == [
        ("order_reminded", None, "receipt"),
        ("order_escalated", "province", "receipt"),
        ("order_escalated", "ministry", "receipt"),
    ]
    to = [who for who, subject in mails(staffed) if "escalated" in subject]
    assert sorted(to) == ["c@example.cn", "c@example.cn", "m@example.cn", "m@example.cn", "p@example.cn"]


def test_twice_on_a_day_does_nothing_the_second_time(staffed: Database) -> None:
    issued(staffed, MONDAY)
    for days in (1, 3, 10):
        run(staffed, days)
        before = rows(staffed, OrderEvent, "seq"), rows(staffed, Message, "id")
        assert run(staffed, days) == Watched()
        assert (rows(staffed, OrderEvent, "seq"), rows(staffed, Message, "id")) == before


def test_missed_days_are_made_up_at_once(staffed: Database) -> None:
    issued(staffed, MONDAY)
    assert run(staffed, 14) == Watched(escalated=2, messages=5)
    assert [level for _, level, _ in told(staffed)] == ["province", "ministry"]


def test_an_order_on_the_province_goes_to_the_ministry(staffed_here: Database) -> None:
    issued(staffed_here, MONDAY, to_level=Tier.PROVINCE)
    assert run(staffed_here, 4) == Watched()
    assert run(staffed_here, 10).escalated == 1
    assert stand_of(look(staffed_here)).escalated == Tier.MINISTRY


def test_each_duty_goes_up_for_itself_and_what_is_done_does_not(staffed_here: Database) -> None:
    issued(staffed_here, MONDAY)
    run(staffed_here, 3)
    act(staffed_here, CITY_DESK, Deed.RECEIVED, MONDAY + timedelta(days=3, hours=1))
    assert run(staffed_here, 4) == Watched(reminded=1, messages=1)  # Friday: the reply is due on Monday
    assert run(staffed_here, 8).escalated == 1
    act(staffed_here, CITY_DESK, Deed.RECTIFIED, MONDAY + timedelta(days=8, hours=1))
    assert run(staffed_here, 60) == Watched()
    assert [(level, duty) for _, level, duty in told(staffed_here)] == [
        ("province", "receipt"),
        (None, "answer"),
        ("province", "answer"),
    ]


def test_more_time_moves_the_clock(staffed_here: Database) -> None:
    issued(staffed_here, MONDAY)
    act(staffed_here, CITY_DESK, Deed.TIME_ASKED, MONDAY, answer_by=date(2026, 12, 11))
    act(staffed_here, MINISTRY, Deed.TIME_GRANTED, MONDAY + timedelta(hours=1))
    assert run(staffed_here, 14) == Watched()


# --- relapse ------------------------------------------------------------------------------------------------


def alert(db: Database, name: str, at: datetime, **changes: Any) -> None:
    row = dict(city=CITY, id=name, project="P1", rule="stalled", severity="red", explanation="{}", policy=1)
    day = (at + timedelta(hours=8)).date()
    row |= dict(opened_on=day, opened_at=at, last_on=day, closed_on=day, closed_at=at)
    put(db, Alert, **(row | changes))


def closed_order(db: Database, **changes: Any) -> None:
    """An order from an alert of Monday, closed on Monday."""
    alert(db, "a1", MONDAY - timedelta(hours=1))
    issued(db, MONDAY, alert="a1", **changes)
    assert act(db, MINISTRY, Deed.CLOSED, MONDAY + timedelta(hours=1)) is None


@pytest.mark.parametrize(("days", "reopens"), [(1, True), (60, True), (61, False)])
def test_a_relapse_within_sixty_days_reopens(staffed: Database, days: int, reopens: bool) -> None:
    closed_order(staffed)
    alert(staffed, "a2", MONDAY + timedelta(days=days))
    before = len(mails(staffed))
    assert run(staffed, days).reopened == reopens
    stand = stand_of(look(staffed))
    assert (stand.relapses, stand.state == OrderState.TO_RECEIVE) == (int(reopens), reopens)
    assert {to for to, _ in mails(staffed)[before:]} == (
        {"c@example.cn", "m@example.cn"} if reopens else set()
    )
    assert run(staffed, days) == Watched()


def test_a_relapse_is_counted_each_time_and_by_its_own_alert(staffed_here: Database) -> None:
    closed_order(staffed_here)
    for number, days in ((1, 5), (2, 12)):
        alert(staffed_here, f"r{number}", MONDAY + timedelta(days=days))
        assert run(staffed_here, days).reopened == 1
        assert look(staffed_here).events[-1].alert == f"r{number}"
        act(staffed_here, MINISTRY, Deed.CLOSED, MONDAY + timedelta(days=days, hours=2))
        assert run(staffed_here, days).reopened == 0
    assert stand_of(look(staffed_here)).relapses == 2


@pytest.mark.parametrize(
    "changes",
    [{"rule": "lagging_progress"}, {"project": None}, {"opened_at": MONDAY + timedelta(minutes=59)}],
)
def test_another_alert_is_no_relapse(staffed_here: Database, changes: dict[str, Any]) -> None:
    closed_order(staffed_here)
    alert(staffed_here, "a2", MONDAY + timedelta(days=2), **changes)
    assert run(staffed_here, 2).reopened == 0


def test_a_missed_month_is_made_up_for_a_relapse_too(staffed_here: Database) -> None:
    closed_order(staffed_here)
    alert(staffed_here, "a2", MONDAY + timedelta(days=59))
    assert run(staffed_here, 95).reopened == 1


def test_an_alert_has_one_open_order_by_whichever_episode(staffed_here: Database) -> None:
    closed_order(staffed_here)
    alert(staffed_here, "a2", MONDAY + timedelta(days=2))
    at = MONDAY + timedelta(days=2, hours=1)
    assert issue(staffed_here, wish(at, id="second", alert="a2"), office=OFFICE) is None
    assert issue(staffed_here, wish(at, id="third", alert="a1"), office=OFFICE) == STANDS
    assert run(staffed_here, 3).reopened == 0  # somebody was quicker: there is an order on it already
    assert len(every(staffed_here)) == 2


# --- the digest ---------------------------------------------------------------------------------------------


def digest(db: Database, days: int, hour: int = 2) -> list[Message]:
    """The mails of a judgement in office hours so many days after the issue; nothing else speaks."""
    at = MONDAY.replace(hour=hour) + timedelta(days=days)
    known = {row.id for row in rows(db, Message)}
    office = Office(language="en", hours=Hours(), policy=limited("drifted_money"))
    evaluate(db, at.date(), at, now=at, office=office)
    return [row for row in rows(db, Message, "recipient") if row.id not in known]


def test_overdue_answers_stand_in_every_days_digest(staffed: Database) -> None:
    issued(staffed, MONDAY)
    assert digest(staffed, 2) == []
    run(staffed, 3)
    found = digest(staffed, 3)
    assert [mail.recipient for mail in found] == ["m@example.cn", "p@example.cn"]  # the city's wants none
    said = "Acknowledgement of receipt was due on 2026-11-25, overdue by 1 working days"
    assert all(said in mail.body_text and said in mail.body_html for mail in found)
    assert found[0].subject == (
        "[Pilot Dispatch] Order 2026-210100-001 overdue: Shenyang P1 project P1 (1 in all)"
    )
    assert digest(staffed, 3) == []
    assert [mail.recipient for mail in digest(staffed, 4)] == ["m@example.cn", "p@example.cn"]
    assert digest(staffed, 5) == []  # a Saturday
    act(staffed, CITY_DESK, Deed.RECTIFIED, MONDAY + timedelta(days=5))
    assert digest(staffed, 7) == []


def test_a_province_hears_of_a_ministrys_order_once_it_is_escalated(staffed_here: Database) -> None:
    issued(staffed_here, MONDAY)
    assert [mail.recipient for mail in digest(staffed_here, 3)] == ["m@example.cn"]


def test_a_provinces_own_order_is_its_own_affair(staffed_here: Database) -> None:
    issued(staffed_here, MONDAY, by=PROVINCE)
    assert [mail.recipient for mail in digest(staffed_here, 3)] == ["p@example.cn"]


def test_a_mail_at_night_waits_for_the_morning(staffed_here: Database) -> None:
    night = datetime(2026, 11, 27, 15, 0, tzinfo=UTC)  # Friday, 23:00 in China
    office = Office(language="en", hours=Hours())
    assert issue(staffed_here, wish(night), office=office) is None
    (mail,) = rows(staffed_here, Message)
    assert mail.due_at == datetime(2026, 11, 30, 0, 0, tzinfo=UTC)


def test_a_failing_order_leaves_no_half_event(staffed: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """The event and its mails are one transaction: a mail that cannot be written takes the event with it."""
    issued(staffed, MONDAY)
    with staffed.rw.begin() as connection:
        connection.execute(sa.delete(Message.__table__))
    monkeypatch.setattr("alerts.notices.TEMPLATES", None)
    with pytest.raises(AttributeError):
        run(staffed, 3)
    assert [event.deed for event in look(staffed).events] == [Deed.ISSUED]
    monkeypatch.undo()
    assert run(staffed, 3).escalated == 1
    assert look(staffed, ID).events[-1].level == Tier.PROVINCE
