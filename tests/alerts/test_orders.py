"""What people do with dispatch orders: who may, what is refused, and who is told."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from alerts import orders as acts
from alerts.evidence import Upload
from alerts.order_rights import NEED_DAY, NO_LATER, PAST, WRONG_ORDER, allowed, stand_of
from alerts.orders import MEANWHILE, NO_NOTE, NOT_BELOW, NOT_NOW, NOT_YOURS, Act, Wish, carry_out, issue
from models.access import Scope
from models.alerts import Message
from models.db import Database, open_database
from models.orders import OrderEvent
from models.people import Person
from models.queries import orders
from models.vocabulary import Cause, Deed, OrderState, Tier
from tests.alerts.order_shapes import (
    ADMINISTRATOR,
    CITY_DESK,
    EVERYBODY,
    ID,
    MINISTRY,
    OFFICE,
    OTHER_CITY,
    OTHER_PROVINCE,
    PROVINCE,
    act,
    desks,
    every,
    issued,
    look,
    mails,
    wish,
)
from tests.alerts.shapes import rows
from tests.builders import CITY

PDF = Upload("回单.pdf", b"%PDF-1.7 receipt")


@pytest.fixture
def staffed(db: Database) -> Database:
    desks(db)
    return db


@pytest.fixture
def staffed_here(sqlite_db: Database) -> Database:
    desks(sqlite_db)
    return sqlite_db


def test_from_issue_to_closing(staffed: Database, now: datetime) -> None:
    order = issued(staffed, now)
    assert (order.number, order.name, order.by_level) == ("2026-210100-001", "project P1", Tier.MINISTRY)
    hour = timedelta(hours=1)
    assert act(staffed, CITY_DESK, Deed.RECEIVED, now + hour, note="") is None
    assert act(staffed, CITY_DESK, Deed.ANSWERED, now + 2 * hour, note="half is paid") is None
    assert act(staffed, CITY_DESK, Deed.RECTIFIED, now + 3 * hour, note="all is paid", files=[PDF]) is None
    assert stand_of(look(staffed)).state == OrderState.TO_REVIEW
    assert act(staffed, MINISTRY, Deed.CLOSED, now + 4 * hour, note="voucher seen") is None
    found = look(staffed)
    assert [event.seq for event in found.events] == [1, 2, 3, 4, 5]
    assert [event.by for event in found.events][-2:] == ["c@example.cn", "m@example.cn"]
    (file,) = found.events[3].files
    assert orders.evidence(staffed, CITY_DESK, CITY, ID, file.id)[1] == PDF.content
    about = "2026-210100-001{}: Shenyang P1 project P1"
    assert mails(staffed) == [
        ("c@example.cn", "[Pilot Dispatch] Dispatch order " + about.format(" for you")),
        ("m@example.cn", "[Pilot Dispatch] Order " + about.format(", reply received")),
        ("m@example.cn", "[Pilot Dispatch] Order " + about.format(", reported as rectified")),
        ("c@example.cn", "[Pilot Dispatch] Order " + about.format(" closed")),
    ]


def test_a_mail_says_what_is_asked_and_where_to_answer(staffed_here: Database, now: datetime) -> None:
    issued(staffed_here, now, asked="Pay <b>now</b>.", cause=Cause.OTHER, cause_note="see annex")
    (mail,) = rows(staffed_here, Message)
    for said in ("Pay <b>now</b>.", "Other: see annex", "2026-11-30", "2026-12-31", f"/orders?order={ID}"):
        assert said in mail.body_text
    assert "&lt;b&gt;now" in mail.body_html and "cannot be unsubscribed" in mail.body_html


@pytest.mark.parametrize(
    ("by", "to", "refusal"),
    [
        (MINISTRY, Tier.CITY, None),
        (MINISTRY, Tier.PROVINCE, None),
        (PROVINCE, Tier.CITY, None),
        (ADMINISTRATOR, Tier.CITY, None),
        (PROVINCE, Tier.PROVINCE, NOT_BELOW),
        (MINISTRY, Tier.MINISTRY, NOT_BELOW),
        (CITY_DESK, Tier.CITY, NOT_YOURS),
        (OTHER_PROVINCE, Tier.CITY, NOT_YOURS),
        (OTHER_CITY, Tier.CITY, NOT_YOURS),
    ],
)
def test_who_issues_to_whom(
    staffed_here: Database, now: datetime, by: Scope, to: Tier, refusal: str | None
) -> None:
    assert issue(staffed_here, wish(now, by=by, to_level=to), office=OFFICE) == refusal
    assert len(every(staffed_here)) == (refusal is None)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"asked": " "}, acts.NO_TEXT),
        ({"asked": "x" * 4_001}, acts.TOO_LONG),
        ({"cause": Cause.OTHER}, acts.NO_CAUSE_NOTE),
        ({"answer_by": None}, NEED_DAY),
        ({"answer_by": date(2026, 11, 22)}, PAST),
        ({"rectify_by": date(2029, 1, 1)}, PAST),
        ({"rectify_by": date(2026, 11, 29)}, WRONG_ORDER),
        ({"project": "nobody"}, NOT_YOURS),
        ({"alert": "nobody"}, NOT_YOURS),
        ({"city": "000000", "project": None}, NOT_YOURS),
        ({"city": "210000", "project": None}, NOT_YOURS),  # a province has no city desk
        ({"city": "210000", "project": None, "to_level": Tier.PROVINCE}, None),
        ({"named": ("p@example.cn",)}, acts.UNKNOWN_PERSON),
        ({"named": ("c@example.cn",)}, None),
        ({"project": None}, None),  # on the city itself
        ({"answer_by": date(2026, 11, 23), "rectify_by": date(2026, 11, 23)}, None),
    ],
)
def test_what_no_order_may_be(
    staffed_here: Database, now: datetime, changes: dict[str, Any], refusal: str | None
) -> None:
    assert issue(staffed_here, wish(now, **changes), office=OFFICE) == refusal
    assert len(every(staffed_here)) == (refusal is None)
    assert (len(mails(staffed_here)) > 0) == (refusal is None)


def test_the_same_form_twice_is_one_order(staffed: Database, now: datetime) -> None:
    assert issue(staffed, wish(now), office=OFFICE) is None
    assert issue(staffed, wish(now), office=OFFICE) is None
    assert issue(staffed, Wish(**(wish(now).__dict__ | {"id": "second"})), office=OFFICE) is None
    assert sorted(order.number for order in every(staffed)) == ["2026-210100-001", "2026-210100-002"]


_STATES: dict[str, list[tuple[Scope, Deed]]] = {
    "new": [],
    "received": [(CITY_DESK, Deed.RECEIVED)],
    "answered": [(CITY_DESK, Deed.ANSWERED)],
    "asked": [(CITY_DESK, Deed.TIME_ASKED)],
    "rectified": [(CITY_DESK, Deed.RECTIFIED)],
    "sent back": [(CITY_DESK, Deed.RECTIFIED), (MINISTRY, Deed.SENT_BACK)],
    "closed": [(MINISTRY, Deed.CLOSED)],
}
_DESK = {Deed.RECEIVED, Deed.ANSWERED, Deed.RECTIFIED, Deed.TIME_ASKED}
_MAY: dict[str, tuple[set[Deed], set[Deed]]] = {  # the desk, the supervisor
    "new": (_DESK, {Deed.CLOSED}),
    "received": (_DESK - {Deed.RECEIVED}, {Deed.CLOSED}),
    "answered": (_DESK - {Deed.RECEIVED}, {Deed.CLOSED, Deed.SENT_BACK}),
    "asked": (
        {Deed.ANSWERED, Deed.RECTIFIED},
        {Deed.CLOSED, Deed.TIME_GRANTED, Deed.TIME_REFUSED},
    ),
    "rectified": (set(), {Deed.CLOSED, Deed.SENT_BACK}),
    "sent back": (_DESK - {Deed.RECEIVED}, {Deed.CLOSED}),
    "closed": (set(), set()),
}
_DAYS = {
    Deed.TIME_ASKED: {"answer_by": date(2026, 12, 4)},
    Deed.SENT_BACK: {"answer_by": date(2026, 12, 4), "rectify_by": date(2026, 12, 31)},
}


@pytest.mark.parametrize("by_level", [Tier.MINISTRY, Tier.PROVINCE])
@pytest.mark.parametrize("state", _STATES)
def test_every_role_and_every_deed_in_every_state(
    staffed_here: Database, now: datetime, state: str, by_level: Tier
) -> None:
    """The act answers exactly as the table says; what is refused leaves nothing behind."""
    issuer = MINISTRY if by_level == Tier.MINISTRY else PROVINCE
    issued(staffed_here, now, by=issuer)
    for by, deed in _STATES[state]:
        by = issuer if by is MINISTRY else by
        assert act(staffed_here, by, deed, now, **_DAYS.get(deed, {})) is None
    found = look(staffed_here)
    desk, supervisor = _MAY[state]
    supervisors = (
        (MINISTRY, ADMINISTRATOR) if by_level == Tier.MINISTRY else (MINISTRY, ADMINISTRATOR, PROVINCE)
    )
    for scope in EVERYBODY:
        may = desk if scope is CITY_DESK else supervisor if scope in supervisors else set()
        assert allowed(found, stand_of(found), scope) == may, scope
        for deed in set(Deed) - may:
            days = _DAYS.get(deed, {})
            refusal = act(staffed_here, scope, deed, now, **days)
            assert refusal in (NOT_YOURS, NOT_NOW), (scope, deed)
    assert look(staffed_here) == found


def test_the_province_answers_in_the_citys_stead_only_after_silence(
    staffed_here: Database, now: datetime
) -> None:
    issued(staffed_here, now)
    assert act(staffed_here, PROVINCE, Deed.ANSWERED, now) == NOT_YOURS
    with staffed_here.rw.begin() as connection:
        values = {
            "deed": Deed.ESCALATED,
            "level": Tier.PROVINCE,
            "duty": "receipt",
            "due_on": date(2026, 11, 25),
        }
        acts.add_event(connection, (CITY, ID), 2, values, at=now)
    before = len(mails(staffed_here))
    assert act(staffed_here, OTHER_PROVINCE, Deed.ANSWERED, now) == NOT_YOURS
    assert act(staffed_here, PROVINCE, Deed.ANSWERED, now + timedelta(hours=1)) is None
    assert {to for to, _ in mails(staffed_here)[before:]} == {"m@example.cn", "c@example.cn"}
    assert act(staffed_here, PROVINCE, Deed.CLOSED, now) == NOT_YOURS


def test_who_comes_second_is_told_to_look_again(staffed: Database, now: datetime) -> None:
    issued(staffed, now)
    assert act(staffed, CITY_DESK, Deed.ANSWERED, now, seen=1) is None
    assert act(staffed, MINISTRY, Deed.CLOSED, now, seen=1) == MEANWHILE
    assert act(staffed, MINISTRY, Deed.CLOSED, now, seen=2) is None


@pytest.mark.parametrize("deed", [Deed.ANSWERED, Deed.RECTIFIED, Deed.TIME_ASKED])
def test_a_reply_without_words_is_refused(staffed_here: Database, now: datetime, deed: Deed) -> None:
    issued(staffed_here, now)
    assert act(staffed_here, CITY_DESK, deed, now, note="  ") == NO_NOTE
    assert act(staffed_here, CITY_DESK, deed, now, note="x" * 4_001) == acts.TOO_LONG


@pytest.mark.parametrize(
    ("answer_by", "rectify_by", "refusal"),
    [
        (None, None, NO_LATER),
        (date(2026, 11, 30), None, NO_LATER),
        (date(2026, 11, 27), date(2027, 1, 29), NO_LATER),
        (date(2026, 12, 4), None, None),
        (None, date(2027, 1, 29), None),
        (date(2027, 1, 8), None, WRONG_ORDER),
        (date(2027, 1, 8), date(2027, 1, 8), None),
        (None, date(2029, 12, 31), PAST),
    ],
)
def test_more_time_is_later(
    staffed_here: Database,
    now: datetime,
    answer_by: date | None,
    rectify_by: date | None,
    refusal: str | None,
) -> None:
    issued(staffed_here, now)
    days = {"answer_by": answer_by, "rectify_by": rectify_by}
    assert act(staffed_here, CITY_DESK, Deed.TIME_ASKED, now, **days) == refusal


def test_more_time_granted_as_asked_or_otherwise(staffed_here: Database, now: datetime) -> None:
    issued(staffed_here, now)
    asked = {"answer_by": date(2026, 12, 4), "rectify_by": date(2027, 1, 29)}
    assert act(staffed_here, CITY_DESK, Deed.TIME_ASKED, now, **asked) is None
    assert act(staffed_here, MINISTRY, Deed.TIME_GRANTED, now + timedelta(hours=1), note="") is None
    stand = stand_of(look(staffed_here))
    assert (stand.answer_by, stand.rectify_by) == (date(2026, 12, 4), date(2027, 1, 29))
    assert act(staffed_here, CITY_DESK, Deed.TIME_ASKED, now, rectify_by=date(2027, 2, 26)) is None
    later = now + timedelta(hours=2)
    assert act(staffed_here, MINISTRY, Deed.TIME_GRANTED, later, rectify_by=date(2027, 2, 12)) is None
    assert stand_of(look(staffed_here)).rectify_by == date(2027, 2, 12)
    assert act(staffed_here, CITY_DESK, Deed.TIME_ASKED, now, rectify_by=date(2027, 3, 26)) is None
    assert act(staffed_here, MINISTRY, Deed.TIME_REFUSED, later, note=" ") == NO_NOTE
    assert act(staffed_here, MINISTRY, Deed.TIME_REFUSED, later, note="no") is None
    assert stand_of(look(staffed_here)).rectify_by == date(2027, 2, 12)


def test_those_named_are_always_told_others_if_they_want(staffed_here: Database, now: datetime) -> None:
    row = dict(name="x", role="city", place=CITY, language="en", offered=False, created_at=now)
    with staffed_here.rw.begin() as connection:
        for email, wants in (("d@example.cn", False), ("e@example.cn", True)):
            connection.execute(sa.insert(Person.__table__).values(email=email, mails=wants, **row))
    issued(staffed_here, now, named=("c@example.cn",))
    assert {to for to, _ in mails(staffed_here)} == {"c@example.cn", "e@example.cn"}
    with staffed_here.rw.begin() as connection:
        p = Person.__table__
        connection.execute(sa.update(p).where(p.c.email == "c@example.cn").values(disabled_at=now))
    before = len(mails(staffed_here))
    act(staffed_here, MINISTRY, Deed.CLOSED, now + timedelta(hours=1))
    assert {to for to, _ in mails(staffed_here)[before:]} == {"d@example.cn", "e@example.cn"}


def test_files_come_with_a_reply_and_all_or_none(staffed: Database, now: datetime) -> None:
    issued(staffed, now)
    bad = Upload("x.exe", b"MZ")
    assert act(staffed, CITY_DESK, Deed.ANSWERED, now, files=[PDF, bad]) is not None
    assert act(staffed, MINISTRY, Deed.CLOSED, now, files=[PDF]) == NOT_NOW
    assert len(rows(staffed, OrderEvent)) == 1
    assert act(staffed, CITY_DESK, Deed.ANSWERED, now, files=[PDF, Upload("again.pdf", PDF.content)]) is None
    assert len(look(staffed).events[1].files) == 1


@pytest.mark.parametrize("by", [OTHER_CITY, OTHER_PROVINCE])
def test_no_file_is_read_out_of_scope_or_with_another_orders_key(
    staffed: Database, now: datetime, by: Scope
) -> None:
    issued(staffed, now)
    act(staffed, CITY_DESK, Deed.ANSWERED, now, files=[PDF])
    (file,) = look(staffed).events[1].files
    assert orders.evidence(staffed, by, CITY, ID, file.id) is None
    assert orders.one(staffed, by, CITY, ID) is None
    other = next(iter(by.cities))
    assert orders.evidence(staffed, by, other, ID, file.id) is None
    assert orders.evidence(staffed, CITY_DESK, CITY, "other", file.id) is None
    assert orders.evidence(staffed, CITY_DESK, CITY, ID, "other") is None
    for seen in (PROVINCE, MINISTRY, CITY_DESK):
        assert orders.evidence(staffed, seen, CITY, ID, file.id)[1] == PDF.content


def test_an_act_on_a_made_up_order_is_refused(staffed_here: Database, now: datetime) -> None:
    made_up = Act(MINISTRY, CITY, "nobody", 1, Deed.CLOSED, now, "x")
    assert carry_out(staffed_here, made_up, office=OFFICE) == NOT_YOURS


def at_once(db: Database, jobs: list) -> list[str | None]:
    """Do things in threads of their own, each over its own connection."""
    url = db.ro.url.render_as_string(hide_password=False)

    def one(job) -> str | None:
        own = open_database(url, pooled=False)
        try:
            return job(own)
        finally:
            own.dispose()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(one, jobs))


def test_two_acts_at_once_are_one(staffed: Database, now: datetime) -> None:
    issued(staffed, now)
    acts_of = [(MINISTRY, Deed.CLOSED), (ADMINISTRATOR, Deed.CLOSED), (CITY_DESK, Deed.ANSWERED)]
    jobs = [
        lambda db, by=by, deed=deed: carry_out(db, Act(by, CITY, ID, 1, deed, now, "x"), office=OFFICE)
        for by, deed in acts_of
    ]
    found = at_once(staffed, jobs)
    assert found.count(None) == 1 and set(found) <= {None, MEANWHILE, NOT_NOW}
    assert [event.seq for event in look(staffed).events] == [1, 2]


def test_orders_issued_at_once_have_numbers_of_their_own(staffed: Database, now: datetime) -> None:
    jobs = [lambda db, n=n: issue(db, wish(now, id=f"o{n}"), office=OFFICE) for n in range(4)]
    assert at_once(staffed, jobs) == [None] * 4
    assert {order.number[-3:] for order in every(staffed)} == {"001", "002", "003", "004"}
