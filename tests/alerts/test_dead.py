"""Letters that did not arrive: who sees them, what was said in words, sending one again once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from alerts.dead import NOT_DEAD, NOT_YOURS, meaning, send_again, undelivered
from alerts.outbox import GIVE_UP_AFTER, Sent, send_due
from models.access import Scope
from models.db import Database
from models.places import NATION
from models.vocabulary import MessageState, Role
from models.words import words
from tests.alerts.relay import Relay, relaying
from tests.alerts.test_outbox import one, queue, smtp
from tests.builders import CITY
from tests.program import Program

OTHER, XIAMEN = "210200", "350200"
ADMINISTRATOR = Scope("a@x.cn", Role.ADMINISTRATOR, NATION, frozenset())
COORDINATOR = Scope("c@x.cn", Role.CITY, CITY, frozenset({CITY}))
PROVINCE = Scope("p@x.cn", Role.PROVINCE, "210000", frozenset({CITY, OTHER, "210000"}))


def dead(db: Database, identity: str, now: datetime, city: str = CITY, **changes: object) -> None:
    values = dict(city=city, state="dead", attempts=1, last_error="550 no such user")
    queue(db, identity, now, **(values | changes))


def test_what_failed_for_good_or_waits_is_listed_and_nothing_else(db: Database, now: datetime) -> None:
    dead(db, "d1", now)
    dead(db, "d2", now, XIAMEN)
    dead(db, "r1", now, state="queued", attempts=2, last_error="451 busy", due_at=now + timedelta(minutes=5))
    queue(db, "fresh", now)
    queue(db, "gone", now, state="sent", sent_at=now, last_error=None)
    found = undelivered(db, ADMINISTRATOR)
    assert [letter.id for letter in found] == ["d1", "d2", "r1"]
    assert [letter.next_at for letter in found] == [None, None, now + timedelta(minutes=5)]
    assert [letter.id for letter in undelivered(db, COORDINATOR)] == ["d1", "r1"]
    assert [letter.id for letter in undelivered(db, COORDINATOR, dead_only=True)] == ["d1"]
    assert undelivered(db, Scope("x@x.cn", Role.CITY, OTHER, frozenset({OTHER}))) == []


@pytest.mark.parametrize(
    ("by", "city", "refusal"),
    [
        (ADMINISTRATOR, XIAMEN, None),
        (PROVINCE, CITY, None),
        (COORDINATOR, CITY, None),
        (COORDINATOR, OTHER, NOT_YOURS),
        (PROVINCE, XIAMEN, NOT_YOURS),
    ],
)
def test_who_may_send_again(
    sqlite_db: Database, now: datetime, by: Scope, city: str, refusal: str | None
) -> None:
    dead(sqlite_db, "d1", now, city)
    assert send_again(sqlite_db, by, city, "d1", at=now) == refusal
    assert one(sqlite_db).state == (MessageState.DEAD if refusal else MessageState.QUEUED)


def test_one_sent_again_goes_as_it_was_and_has_its_full_time(db: Database, now: datetime) -> None:
    dead(db, "d1", now - timedelta(days=9))
    assert send_again(db, COORDINATOR, CITY, "d1", at=now) is None
    row = one(db)
    assert (row.resent_by, row.resent_at, row.attempts, row.last_error) == ("c@x.cn", now, 0, None)
    assert send_again(db, COORDINATOR, CITY, "d1", at=now) == NOT_DEAD
    with relaying(Relay("451 busy")) as relay:
        assert send_due(db, smtp(relay), now=now) == Sent(sent=0, failed=1)
        assert one(db).state == MessageState.QUEUED  # nine days old, but tried anew
        later = now + GIVE_UP_AFTER
        assert send_due(db, smtp(relay), now=later) == Sent(sent=1, failed=0)
    assert b"<pd-d1@example.cn>" in relay.accepted[0]
    assert one(db).state == MessageState.SENT and undelivered(db, ADMINISTRATOR) == []
    assert send_again(db, COORDINATOR, CITY, "d1", at=later) == NOT_DEAD


def test_of_many_who_send_it_again_at_once_one_does(db: Database, now: datetime) -> None:
    dead(db, "d1", now)
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: send_again(db, COORDINATOR, CITY, "d1", at=now), range(6)))
    assert sorted(answers, key=str) == [*([NOT_DEAD] * 5), None]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("550 no such user", "knows no such mailbox"),
        ("552 quota", "mailbox is full"),
        ("554 spam", "refuses for good"),
        ("451 greylisted", "come again later"),
        ("421 closing", "closing or busy"),
        ("in doubt: TimeoutError: timed out", "may have it"),
        ("ConnectionRefusedError: 535 login refused", "name and password"),
        ("not an address", "no address"),
        ("OSError: [Errno 111]", "could not be reached"),
    ],
)
def test_an_error_is_said_in_words(error: str, said: str) -> None:
    english, chinese = meaning(error, words("en")), meaning(error, words("zh_CN"))
    assert said in english and chinese != english


def test_the_command_lists_and_sends_again(tmp_path, now: datetime) -> None:
    from models.db import open_database

    program = Program(tmp_path)
    assert program.json("letters", "--dead") == {"letters": []}
    db = open_database(program.environment["DATABASE_URL"], pooled=False)
    dead(db, "d1", now)
    (letter,) = program.json("letters", "--dead")["letters"]
    assert (letter["id"], letter["state"], letter["next_at"]) == ("d1", "dead", None)
    assert "no such mailbox" in letter["meaning"]
    assert program.run("letters", "--resend", "nothing").returncode == 1
    assert program.json("letters", "--resend", "d1") == {"resent": "d1"}
    assert program.run("letters", "--resend", "d1").returncode == 1
    db.dispose()
