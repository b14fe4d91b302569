"""Several alerts at once: each act is one transaction, rights are asked of every alert, and it says what it came to."""

import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
import sqlalchemy as sa

from alerts import assigning, handling, silences
from alerts.assigning import ABOVE, BEYOND, UNKNOWN, assign
from alerts.handling import NO_NOTE, NOT_YOURS, acknowledge_all, take_back
from alerts.letters import Office
from alerts.order_watch import watch_orders
from alerts.ordering import NO_DESK, Terms, issue_all
from alerts.orders import NO_TEXT, Act, carry_out
from alerts.policy import CARRIED, ensure_policy
from alerts.selected import CLOSED, MOST, TOO_MANY, Chosen, Key, Outcome
from alerts.silences import NO_END, NO_REASON, OVER, end_silences, silence_all
from alerts.watch import evaluate
from models.access import Scope
from models.alerts import Alert, AlertEvent, Message, Silence
from models.audit import AuditRow, verify
from models.db import Database
from models.orders import DispatchOrder, OrderAlert, OrderEvent
from models.projects import Project
from models.queries import alert_list, orders
from models.queries.alert_list import NOBODY, Wanted
from models.vocabulary import Cause, Deed, Role, Tier
from tests.alerts.shapes import person, rows
from tests.builders import CITY, project, report

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
MONDAY = date(2026, 11, 23)
DAY = timedelta(days=1)
START = datetime(2026, 1, 5, 1, tzinfo=UTC)
DALIAN, XIAMEN, LIAONING = "210200", "350200", "210000"
MINISTRY = Scope("m@x.cn", Role.MINISTRY, "000000", None)
PROVINCE = Scope("p@x.cn", Role.PROVINCE, LIAONING, frozenset({CITY, DALIAN, LIAONING}))
COORDINATOR = Scope("c@x.cn", Role.CITY, CITY, frozenset({CITY}))
AUDITOR = Scope("a@x.cn", Role.AUDITOR, "000000", None)
OFFICE = Office()
TERMS = Terms(Tier.CITY, Cause.WEAK_MANAGEMENT, "speed up", MONDAY + 7 * DAY, MONDAY + 30 * DAY)

#: City, id, project, rule, severity, and whether it is closed.
ALERTS = (
    (CITY, "a1", "P1", "stalled", "yellow", False),
    (CITY, "a2", "P1", "lagging_progress", "red", False),
    (CITY, "a3", "P2", "stalled", "red", False),
    (CITY, "a4", None, "quota", "yellow", False),  # its province answers
    (CITY, "a5", "P2", "lagging_progress", "red", True),
    (DALIAN, "b1", "P1", "stalled", "red", False),
    (XIAMEN, "x1", "P1", "stalled", "red", False),
)
ALL: tuple[Key, ...] = tuple((city, identity) for city, identity, *_ in ALERTS)


def fill(db: Database) -> Database:
    for city in (CITY, DALIAN, XIAMEN):
        project(db, "P1", START, city=city)
    project(db, "P2", START)
    for email, role, place in (
        ("m@x.cn", "ministry", "000000"),
        ("p@x.cn", "province", LIAONING),
        ("c@x.cn", "city", CITY),
        ("c2@x.cn", "city", CITY),
        ("d@x.cn", "city", DALIAN),
        ("a@x.cn", "auditor", "000000"),
    ):
        person(db, email, role, place, START)
    put_alerts(db, ALERTS)
    return db


def put_alerts(db: Database, given: tuple) -> None:
    with db.rw.begin() as connection:
        policy = ensure_policy(connection, CARRIED, NOW).version
        alerts = [
            dict(
                city=city,
                id=identity,
                project=code,
                rule=rule,
                severity=severity,
                explanation="{}",
                policy=policy,
                opened_on=date(2026, 11, 2),
                opened_at=NOW - 21 * DAY,
                last_on=MONDAY,
                closed_on=MONDAY if closed else None,
                closed_at=NOW - DAY if closed else None,
            )
            for city, identity, code, rule, severity, closed in given
        ]
        events = [
            dict(city=one["city"], alert=one["id"], seq=1, transition="opened", event_on=one["opened_on"])
            | dict(event_at=one["opened_at"], after=one["severity"], explanation="{}", policy=policy)
            | dict(
                reason='{"key": "{after}: {measured} lies beyond the threshold.", "before": null, '
                '"after": "red", "measured": 1.0}'
            )
            for one in alerts
        ]
        connection.execute(sa.insert(Alert.__table__), alerts)
        connection.execute(sa.insert(AlertEvent.__table__), events)


@pytest.fixture
def filled(db: Database) -> Database:
    return fill(db)


@pytest.fixture
def here(sqlite_db: Database) -> Database:
    return fill(sqlite_db)


def of(by: Scope, *ids: str, at: datetime = NOW) -> Chosen:
    return Chosen(by, [key for key in ALL if not ids or key[1] in ids], at)


def ids(outcome: Outcome) -> list[str]:
    return sorted(identity for _, identity in outcome.done)


def audited(db: Database) -> list[tuple[str, str, str]]:
    return [(row.place, row.who, row.what) for row in rows(db, AuditRow, "seq")]


def test_acknowledging_many_says_what_it_came_to_and_is_taken_back(filled: Database) -> None:
    assert handling.acknowledge(filled, handling.Answer(COORDINATOR, CITY, "a1", "on site", NOW)) is None
    found = acknowledge_all(filled, of(COORDINATOR), note="two shifts")
    assert ids(found) == ["a2", "a3"] and found.already == 1
    assert found.refused == {NOT_YOURS: 3, CLOSED: 1}  # a4 its province's, b1 and x1 elsewhere
    assert ids(acknowledge_all(filled, of(PROVINCE), note="seen")) == ["a4", "b1"]
    listed = alert_list.alerts(filled, MINISTRY, Wanted())
    assert listed["acknowledged_on"].null_count() == 1  # Xiamen's

    back = take_back(filled, Chosen(COORDINATOR, found.done, NOW))
    assert ids(back) == ["a2", "a3"]
    held = alert_list.alerts(filled, COORDINATOR, Wanted()).filter(pl.col("acknowledged_on").is_not_null())
    assert sorted(held["id"]) == ["a1", "a4"]
    assert take_back(filled, Chosen(COORDINATOR, found.done, NOW)).already == 2
    assert ids(acknowledge_all(filled, Chosen(COORDINATOR, found.done, NOW), note="again")) == ["a2", "a3"]
    assert verify(filled).broken is None
    assert audited(filled)[:2] == [(CITY, "c@x.cn", "Alert acknowledged")] * 2
    assert len(audited(filled)) == 6  # one a city and act


def test_silencing_many_ends_by_itself_or_is_undone(filled: Database) -> None:
    until = NOW + 5 * DAY
    found = silence_all(filled, of(PROVINCE), until=until, reason="flood")
    assert ids(found) == ["a1", "a2", "a3", "a4", "b1"] and len(found.made) == 5
    assert found.refused == {NOT_YOURS: 1, CLOSED: 1}
    again = silence_all(filled, of(PROVINCE, "a1", "b1"), until=until - DAY, reason="flood")
    assert (again.done, again.already) == ((), 2)
    longer = silence_all(filled, of(PROVINCE, "a1"), until=until + DAY, reason="flood")
    assert ids(longer) == ["a1"]
    undone = end_silences(filled, PROVINCE, list(found.made), at=NOW + timedelta(hours=1))
    assert len(undone.done) == 5
    assert end_silences(filled, PROVINCE, list(found.made), at=NOW + DAY).refused == {OVER: 5}
    assert end_silences(filled, COORDINATOR, list(longer.made), at=NOW + DAY).refused == {
        silences.NOT_YOURS: 1
    }
    live = [row for row in rows(filled, Silence) if row.ended_at is None]
    assert [row.alert for row in live] == ["a1"]


def test_a_person_is_laid_what_their_scope_reaches(filled: Database) -> None:
    found = assign(filled, of(PROVINCE), to="c@x.cn", note="see to it")
    assert ids(found) == ["a1", "a2", "a3", "a4"]
    assert found.refused == {NOT_YOURS: 1, BEYOND: 1, CLOSED: 1}
    assert assign(filled, of(PROVINCE, "a1"), to="c@x.cn").already == 1
    mine = alert_list.alerts(filled, COORDINATOR, Wanted(assignee="c@x.cn"))
    assert sorted(mine["id"]) == ["a1", "a2", "a3", "a4"] and set(mine["assignee"]) == {"c@x.cn"}
    assert sum(alert_list.counts(filled, MINISTRY, Wanted(assignee="c@x.cn")).values()) == 4
    assert ids(assign(filled, of(COORDINATOR, "a1"), to="c2@x.cn")) == ["a1"]
    assert ids(assign(filled, of(COORDINATOR, "a2"), to=None)) == ["a2"]
    assert sorted(alert_list.alerts(filled, MINISTRY, Wanted(assignee="c@x.cn"))["id"]) == ["a3", "a4"]
    assert sorted(alert_list.alerts(filled, MINISTRY, Wanted(assignee=NOBODY))["id"]) == ["a2", "b1", "x1"]
    assert alert_list.keys(filled, COORDINATOR, Wanted(assignee="c2@x.cn"), limit=9) == [(CITY, "a1")]


@pytest.mark.parametrize(
    ("by", "to", "refusal"),
    [
        (COORDINATOR, "p@x.cn", ABOVE),
        (PROVINCE, "m@x.cn", ABOVE),
        (MINISTRY, "a@x.cn", UNKNOWN),
        (MINISTRY, "nobody@x.cn", UNKNOWN),
        (AUDITOR, "c@x.cn", NOT_YOURS),
        (MINISTRY, "m@x.cn", None),
        (COORDINATOR, "c2@x.cn", None),
    ],
)
def test_who_lays_alerts_on_whom(here: Database, by: Scope, to: str, refusal: str | None) -> None:
    assert assign(here, of(by, "a1"), to=to).refusal == refusal
    offered = {one.email for one, _ in assigning.candidates(here, by, [CITY, XIAMEN])}
    assert (to in offered) == (refusal is None)


def test_one_order_a_project_gathers_its_alerts(filled: Database) -> None:
    found = issue_all(filled, of(PROVINCE), TERMS, office=OFFICE)
    assert ids(found) == ["a1", "a2", "a3", "a4", "b1"] and len(found.made) == 4
    assert found.refused == {NOT_YOURS: 1, CLOSED: 1}
    first = next(row for row in rows(filled, DispatchOrder) if (row.city, row.project) == (CITY, "P1"))
    assert (first.alert, first.rule) == ("a2", "lagging_progress")  # the worst
    (more,) = rows(filled, OrderAlert)
    assert (more.order_id, more.alert, more.rule) == (first.id, "a1", "stalled")
    numbers = sorted(row.number for row in rows(filled, DispatchOrder))
    assert numbers == [f"2026-{CITY}-001", f"2026-{CITY}-002", f"2026-{CITY}-003", f"2026-{DALIAN}-001"]
    held = orders.standing_on(filled, MINISTRY)
    assert held[CITY, "P1", "stalled"] == held[CITY, "P1", "lagging_progress"] == (first.id, first.number)
    assert issue_all(filled, of(PROVINCE), TERMS, office=OFFICE).already == 5
    assert len(rows(filled, OrderEvent)) == 4
    mails = [(row.recipient, row.subject) for row in rows(filled, Message, "recipient")]
    assert [recipient for recipient, _ in mails] == ["c2@x.cn", "c@x.cn", "d@x.cn"]
    assert "3 件督办单" in mails[0][1]  # one mail for the desk, not one an order


def test_the_relapse_of_any_gathered_alert_reopens_the_order(filled: Database) -> None:
    issue_all(filled, of(PROVINCE, "a1", "a2"), TERMS, office=OFFICE)
    (order,) = rows(filled, DispatchOrder)
    act = Act(PROVINCE, CITY, order.id, 1, Deed.CLOSED, NOW + DAY, "done")
    assert carry_out(filled, act, office=OFFICE) is None
    closed = dict(closed_on=MONDAY, closed_at=NOW)
    with filled.rw.begin() as connection:
        connection.execute(sa.update(Alert.__table__).where(Alert.id == "a1").values(**closed))
    put_alerts(filled, ((CITY, "again", "P1", "stalled", "red", False),))
    with filled.rw.begin() as connection:
        opened = dict(opened_on=MONDAY + 3 * DAY, opened_at=NOW + 3 * DAY)
        connection.execute(sa.update(Alert.__table__).where(Alert.id == "again").values(**opened))
    assert watch_orders(filled, now=NOW + 3 * DAY, office=OFFICE).reopened == 1


def test_a_city_has_no_order_to_give_and_a_province_no_city_desk(here: Database) -> None:
    assert issue_all(here, of(COORDINATOR), TERMS, office=OFFICE).refusal == NOT_YOURS
    put_alerts(here, ((LIAONING, "l1", None, "quota", "red", False),))
    found = issue_all(here, Chosen(MINISTRY, ((LIAONING, "l1"), (CITY, "a1")), NOW), TERMS, office=OFFICE)
    assert found.refused == {NO_DESK: 1} and ids(found) == ["a1"]


ACTS: dict[str, Callable[[Database, Chosen], Outcome]] = {
    "acknowledge": lambda db, chosen: acknowledge_all(db, chosen, note="seen"),
    "take back": take_back,
    "silence": lambda db, chosen: silence_all(db, chosen, until=NOW + DAY, reason="flood"),
    "order": lambda db, chosen: issue_all(db, chosen, TERMS, office=OFFICE),
    "assign": lambda db, chosen: assign(db, chosen, to="c@x.cn"),
}


def everything(db: Database) -> list[int]:
    tables = (AlertEvent, Silence, DispatchOrder, OrderAlert, OrderEvent, Message, AuditRow)
    return [len(rows(db, table)) for table in tables]


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("who", ["elsewhere", "auditor", "administrator"])
def test_a_choice_made_by_hand_changes_nothing_beyond_the_scope(filled: Database, act: str, who: str) -> None:
    by = {
        "elsewhere": Scope("e@x.cn", Role.PROVINCE, "440000", frozenset({"440100", "440000"})),
        "auditor": AUDITOR,
        "administrator": Scope("ad@x.cn", Role.ADMINISTRATOR, "000000", frozenset(), administers=True),
    }[who]
    before = everything(filled)
    made_up = [("440100", "a1"), (CITY, "nothing"), ("x' or 1=1 --", "a1")]
    found = ACTS[act](filled, Chosen(by, [*ALL, *made_up], NOW))
    assert found.done == () and found.why_not is not None
    assert everything(filled) == before


@pytest.mark.parametrize(
    ("act", "refusal"),
    [
        (lambda db, chosen: acknowledge_all(db, chosen, note=" "), NO_NOTE),
        (lambda db, chosen: silence_all(db, chosen, until=NOW + DAY, reason=""), NO_REASON),
        (lambda db, chosen: silence_all(db, chosen, until=NOW + 31 * DAY, reason="x"), NO_END),
        (
            lambda db, chosen: issue_all(
                db, chosen, Terms(Tier.CITY, Cause.OTHER, "", MONDAY, MONDAY), office=OFFICE
            ),
            NO_TEXT,
        ),
    ],
)
def test_what_makes_no_sense_is_refused_whole(here: Database, act: Callable, refusal: str) -> None:
    before = everything(here)
    assert act(here, of(MINISTRY)).refusal == refusal and everything(here) == before


def test_the_choice_is_bounded(here: Database) -> None:
    keys = [(CITY, f"n{n}") for n in range(MOST + 1)]
    for name, act in ACTS.items():
        assert act(here, Chosen(MINISTRY, keys, NOW)).refusal == TOO_MANY, name


@pytest.mark.parametrize("act", ["acknowledge", "silence", "order", "assign"])
def test_five_hundred_at_once_stay_below_two_seconds(filled: Database, act: str) -> None:
    many = tuple(
        (city, f"{city}-{code}-{rule}", code, rule, "red", False)
        for city in (CITY, DALIAN)
        for code in [f"M{n}" for n in range(125)]
        for rule in ("stalled", "lagging_progress")
    )
    own = dict(programme="pilot", kind="point", submission="s0", row_no=2, recorded_at=START)
    with filled.rw.begin() as connection:
        subjects = dict.fromkeys((city, code) for city, _, code, *_ in many)
        projects = [own | dict(city=city, code=code) for city, code in subjects]
        connection.execute(sa.insert(Project.__table__), projects)
    put_alerts(filled, many)
    chosen = Chosen(PROVINCE, [(city, identity) for city, identity, *_ in many], NOW)
    began = time.perf_counter()
    found = ACTS[act](filled, chosen)
    took = time.perf_counter() - began
    expected = 500 if act != "assign" else 250  # the coordinator reaches one city
    assert len(found.done) == expected and took < 2


def test_whom_it_is_laid_on_hears_of_it_once(filled: Database) -> None:
    """Told by the next digest, by whom and with which note; not again; the others hear nothing of it."""
    office = Office(hours=None)
    evaluate(filled, MONDAY, NOW, now=NOW, office=office)  # whatever is open is told to everybody
    report(filled, "P2", NOW, date(2026, 10, 31), physical_bp=100)
    assign(filled, Chosen(PROVINCE, [(CITY, "a1")], NOW + DAY / 24), to="c@x.cn", note="visit them")
    before = len(rows(filled, Message))
    evaluate(filled, MONDAY + DAY, NOW + DAY, now=NOW + DAY, office=office)
    told = [row for row in rows(filled, Message, "created_at")[before:] if "visit them" in row.body_text]
    assert [row.recipient for row in told] == ["c@x.cn"]
    assert "交您办理" in told[0].body_text and "p@x.cn" in told[0].body_text
    evaluate(filled, MONDAY + 2 * DAY, NOW + 2 * DAY, now=NOW + 2 * DAY, office=office)
    assert sum("visit them" in row.body_text for row in rows(filled, Message)) == 1
