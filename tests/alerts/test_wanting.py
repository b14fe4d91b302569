"""What people want of mails: the digest's hour, severities at once, and a burst that stays one mail in half an hour."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from alerts.office import Hours, Office
from alerts.wanting import (
    NO_SUCH_HOUR,
    NO_SUCH_LANGUAGE,
    NOBODY,
    Kind,
    Wants,
    digest_is_due,
    held_is_due,
    set_wants,
    wanted,
)
from models.db import Database
from models.people import Person
from models.state import Judgement
from models.vocabulary import AtOnce, Severity
from tests.alerts.shapes import person, rows
from tests.alerts.test_digest import OFFICE, START, at, look, mails, progress
from tests.builders import CITY, project

ME = "c@example.cn"
RED, YELLOW = Severity.RED, Severity.YELLOW


@pytest.fixture
def desk(sqlite_db: Database) -> Database:
    """A coordinator with five projects on their plan, judged in the morning."""
    for number in range(1, 6):
        project(sqlite_db, f"P{number}", START)
        progress(sqlite_db, f"P{number}", at(7), 9_000)
    person(sqlite_db, ME, "city", CITY, START, language="en")
    look(sqlite_db, at(7, minute=30))
    return sqlite_db


def wants(db: Database, *, language: str | None = "en", **changes: object) -> None:
    assert set_wants(db, ME, Wants(**changes), language, hours=(8, 20)) is None


@pytest.mark.parametrize(
    ("at_once", "severity", "told"),
    [
        (AtOnce.NONE, RED, False),
        (AtOnce.RED, RED, True),
        (AtOnce.RED, YELLOW, False),
        (AtOnce.BOTH, RED, True),
        (AtOnce.BOTH, YELLOW, True),
    ],
)
def test_what_is_told_at_once(at_once: AtOnce, severity: Severity, told: bool) -> None:
    assert wanted(Wants(at_once=at_once), Kind.AT_ONCE, severity) is told


def test_orders_come_whatever_somebody_chose() -> None:
    nothing = Wants(digest=False, at_once=AtOnce.NONE)
    assert [wanted(nothing, kind, RED) for kind in (Kind.DIGEST, Kind.AT_ONCE, Kind.ORDER)] == [
        *(False, False, True)
    ]


def test_a_preference_that_makes_no_sense_is_refused(desk: Database) -> None:
    for hour in (7, 20, 24, -1):
        assert set_wants(desk, ME, Wants(digest_hour=hour), None, hours=(8, 20)) == NO_SUCH_HOUR
    assert set_wants(desk, ME, Wants(), "fr", hours=(8, 20)) == NO_SUCH_LANGUAGE
    assert set_wants(desk, "x@example.cn", Wants(), None, hours=(8, 20)) == NOBODY
    kept = rows(desk, Person)[0]
    assert (kept.digest, kept.digest_hour, kept.at_once, kept.language) == (True, None, AtOnce.RED, "en")


def test_a_digest_comes_at_ones_own_hour(desk: Database) -> None:
    wants(desk, digest_hour=14)
    progress(desk, "P1", at(8), 7_000)
    assert [look(desk, at(hour)).messages for hour in (9, 13)] == [0, 0]
    assert not digest_is_due(desk, at(13, minute=59)) and digest_is_due(desk, at(14))
    assert look(desk, at(14)).messages == 1
    assert not digest_is_due(desk, at(14, minute=30)) and not digest_is_due(desk, at(14, day=5))  # Saturday
    assert look(desk, at(14, minute=30)).messages == 0


def test_an_hour_that_the_office_no_longer_keeps_is_moved_into_it(desk: Database) -> None:
    wants(desk, digest_hour=19)
    progress(desk, "P1", at(8), 7_000)
    early = Office(hours=Hours(closes=18))
    assert look(desk, at(16), early).messages == 0 and look(desk, at(17), early).messages == 1


def test_without_a_digest_only_what_comes_at_once_comes(desk: Database) -> None:
    wants(desk, digest=False)
    progress(desk, "P1", at(8), 7_000)
    assert [look(desk, at(9)).messages, look(desk, at(9, day=1)).messages] == [0, 0]
    progress(desk, "P2", at(10, day=1), 1_000)
    assert look(desk, at(10, day=1)).messages == 1
    assert "P2" in mails(desk)[0].body_text and "P1" not in mails(desk)[0].body_text
    wants(desk)  # taken up again: what was never told is told
    assert look(desk, at(9, day=2)).messages == 1 and "P1" in mails(desk)[-1].body_text


def test_yellow_at_once_and_nothing_at_once(desk: Database) -> None:
    wants(desk, at_once=AtOnce.BOTH, language="zh_CN")
    progress(desk, "P1", at(8), 7_000)
    assert look(desk, at(8, minute=5)).messages == 1 and mails(desk)[0].language == "zh_CN"
    wants(desk, at_once=AtOnce.NONE)
    progress(desk, "P2", at(8, minute=40), 1_000)
    assert look(desk, at(8, minute=45)).messages == 0
    assert look(desk, at(9)).messages == 1 and "P2" in mails(desk)[-1].body_text


def test_a_burst_is_one_mail_in_half_an_hour_and_nothing_is_lost(desk: Database) -> None:
    assert look(desk, at(9)).messages == 1  # the day's digest
    wants(desk)
    sent = []
    for number, minute in enumerate((0, 5, 10, 15), start=1):
        progress(desk, f"P{number}", at(10, minute=minute), 1_000)
        sent.append(look(desk, at(10, minute=minute)).messages)
    # the first red goes at once, the others wait for half an hour to pass
    assert sent == [1, 0, 0, 0]
    newest = rows(desk, Judgement, "finished_at")[-1]
    assert newest.held_until == at(10, minute=30)
    assert not held_is_due(desk, at(10, minute=29)) and held_is_due(desk, at(10, minute=30))
    assert look(desk, at(10, minute=30)).messages == 1
    both = mails(desk)[-1]
    assert all(name in both.body_text for name in ("P2", "P3", "P4")) and "P1" not in both.body_text
    assert rows(desk, Judgement, "finished_at")[-1].held_until is None
    assert not held_is_due(desk, at(11))
    assert look(desk, at(11, minute=30)).messages == 0


def test_a_digest_takes_along_what_was_held_back(desk: Database) -> None:
    wants(desk, digest_hour=11)
    progress(desk, "P1", at(10, minute=40), 1_000)
    assert look(desk, at(10, minute=40)).messages == 1
    progress(desk, "P3", at(10, minute=50), 1_000)
    assert look(desk, at(10, minute=50)).messages == 0
    assert look(desk, at(11)).messages == 1 and "P3" in mails(desk)[-1].body_text


def test_nights_count_as_no_time_between_mails(desk: Database) -> None:
    progress(desk, "P1", at(21), 1_000)
    assert look(desk, at(21)).messages == 1  # leaves at eight
    progress(desk, "P2", at(23), 1_000)
    assert look(desk, at(23)).messages == 0
    assert rows(desk, Judgement, "finished_at")[-1].held_until == at(8, day=1, minute=30)
    none_apart = replace(OFFICE, hours=Hours(apart=0))
    assert look(desk, at(23, minute=30), none_apart).messages == 1


def test_the_burst_ends_with_the_hour(desk: Database) -> None:
    """Twelve reds in an hour, one every five minutes: the digest and at most two mails at once."""
    look(desk, at(9))
    for number in range(12):
        code, minute = f"P{number % 5 + 1}", 5 * number
        progress(desk, code, at(10, minute=minute), 1_000 if number < 5 else 9_000 + number)
        look(desk, at(10, minute=minute))
    immediate = [mail for mail in mails(desk) if mail.at_once]
    gaps = [b.created_at - a.created_at for a, b in pairwise(immediate)]
    assert len(immediate) <= 2 and all(gap >= timedelta(minutes=30) for gap in gaps)
