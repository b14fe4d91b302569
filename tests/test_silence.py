"""A source that falls silent is told of once, to those concerned, in their language; and once when it is back."""

import json
from datetime import datetime, timedelta
from threading import Event

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from alerts.letters import Office
from collectors import sources
from collectors.failure import Failure
from collectors.quiet import Health, state_of
from collectors.sources import After, Ran
from models.alerts import Message
from models.db import Database
from models.places import NATION
from models.sources import Source
from models.vocabulary import PullOutcome, Role
from operation.silence import tell_silences
from operation.worker import jobs
from settings import Settings
from tests.alerts.shapes import person

OFFICE = Office(base_url="https://dispatch.example")
TOLERANCE = timedelta(minutes=30)
HOUR = timedelta(hours=1)
TEXT = (
    'name = "sy"\ntitle = "沈阳系统 <b>"\ncity = "210100"\nform = "dispatch"\nevery_minutes = 60\n'
    'url = "https://api.example.cn/x"\n'
)
GOOD, BAD = Ran(PullOutcome.OK), Ran(PullOutcome.ERROR, Failure("H-AUTH", {"found": 401}))


@pytest.fixture
def told(db: Database, now: datetime) -> Database:
    """A source of Shenyang, and people: an administrator, Shenyang's two, Dalian's, the ministry's."""
    sources.add(db, TEXT, by="a", now=now)
    person(db, "admin@x.example", Role.ADMINISTRATOR, NATION, now, language="en")
    person(db, "sy@x.example", Role.CITY, "210100", now, language="zh_CN")
    person(db, "quiet@x.example", Role.CITY, "210100", now, mails=False)
    person(db, "dl@x.example", Role.CITY, "210200", now)
    person(db, "gone@x.example", Role.ADMINISTRATOR, NATION, now, disabled_at=now)
    person(db, "m@x.example", Role.MINISTRY, NATION, now)
    return db


def run(db: Database, ran: Ran, at: datetime) -> None:
    (claimed,) = sources.claim(db, ["sy"], at, only_due=False)
    sources.note(db, claimed, [ran], After(), now=at, due_at=at + HOUR)


def tell(db: Database, at: datetime) -> tuple[int, int, int]:
    found = tell_silences(db, now=at, tolerance=TOLERANCE, office=OFFICE)
    return found.silent, found.spoke_again, found.messages


def messages(db: Database) -> dict[str, Message]:
    with Session(db.ro) as session:
        return {
            message.recipient: message
            for message in session.exec(select(Message).order_by(Message.created_at))
        }


def source(db: Database) -> Source:
    with Session(db.ro) as session:
        return session.get(Source, "sy")


def test_silence_is_told_once_and_so_is_its_end(told: Database, now: datetime) -> None:
    run(told, GOOD, now)
    run(told, BAD, now + HOUR)
    assert tell(told, now + HOUR + TOLERANCE) == (0, 0, 0), "its rhythm and the tolerance are not over yet"
    late = now + HOUR + TOLERANCE + timedelta(seconds=1)
    assert tell(told, late) == (1, 0, 2)
    assert tell(told, late) == tell(told, late + 20 * HOUR) == (0, 0, 0)
    found = messages(told)
    assert set(found) == {"admin@x.example", "sy@x.example"}
    zh, en = found["sy@x.example"], found["admin@x.example"]
    assert (zh.language, en.language) == ("zh_CN", "en")
    assert zh.subject == "[Pilot Dispatch] 数据源“沈阳系统 <b>”已静默"
    assert "数据源拒绝了我方凭据（状态码 401）。" in zh.body_text and "沈阳市" in zh.body_text
    assert "每 1 小时" in zh.body_text and "2026-11-23 10:00" in zh.body_text
    assert "refuses our credentials (status 401)" in en.body_text and "every 1 h" in en.body_text
    assert "https://dispatch.example/sources?source=sy" in en.body_text
    assert "<b>" not in en.body_html and "&lt;b&gt;" in en.body_html
    run(told, GOOD, late + 20 * HOUR)
    assert tell(told, late + 20 * HOUR) == (0, 1, 2) and source(told).silence_told_at is None
    assert tell(told, late + 20 * HOUR) == (0, 0, 0)
    back = messages(told)["sy@x.example"]
    assert "已恢复" in back.subject and "无需处理" in back.body_text and "静默通知时间" in back.body_text


def test_a_second_silence_is_a_new_one(told: Database, now: datetime) -> None:
    run(told, BAD, now)
    assert tell(told, now + 2 * HOUR)[0] == 0, "nobody asked it since it is due: that is the worker's silence"
    run(told, BAD, now + 2 * HOUR)
    assert tell(told, now + 2 * HOUR) == (1, 0, 2)
    run(told, GOOD, now + 3 * HOUR)
    tell(told, now + 3 * HOUR)
    run(told, BAD, now + 6 * HOUR)
    assert tell(told, now + 6 * HOUR) == (1, 0, 2)
    assert len({m.dedupe_key for m in _all(told)}) == len(_all(told)) == 6


def _all(db: Database) -> list[Message]:
    with Session(db.ro) as session:
        return list(session.exec(select(Message)))


def test_three_faults_in_a_row_are_told_before_silence(told: Database, now: datetime) -> None:
    run(told, GOOD, now)
    for minutes in (5, 10):
        run(told, BAD, now + timedelta(minutes=minutes))
        assert tell(told, now + timedelta(minutes=minutes)) == (0, 0, 0)
    run(told, BAD, now + timedelta(minutes=15))
    assert tell(told, now + timedelta(minutes=15)) == (1, 0, 2)
    assert "fails again and again" in messages(told)["admin@x.example"].subject
    run(told, BAD, now + 5 * HOUR)
    assert tell(told, now + 5 * HOUR) == (0, 0, 0), "the same trouble, told already"


def test_a_source_that_is_off_is_never_silent(told: Database, now: datetime) -> None:
    run(told, BAD, now + 2 * HOUR)
    tell(told, now + 2 * HOUR)
    sources.set_enabled(told, "sy", False, by="a", now=now + 2 * HOUR)
    assert tell(told, now + 3 * HOUR)[2] == 0 and source(told).silence_told_at is None
    assert tell(told, now + 99 * HOUR) == (0, 0, 0)
    sources.set_enabled(told, "sy", True, by="a", now=now + 99 * HOUR)
    run(told, BAD, now + 100 * HOUR)
    assert tell(told, now + 100 * HOUR) == (0, 0, 0), "its silence is counted from when it was switched on"


def test_a_nations_source_is_told_to_administrators(told: Database, now: datetime) -> None:
    text = TEXT.replace('city = "210100"', "nation = true").replace(
        'form = "dispatch"', 'mapping = "mexico_opa"'
    )
    sources.add(told, text, by="a", now=now)
    run(told, BAD, now + 2 * HOUR)
    assert tell(told, now + 2 * HOUR) == (1, 0, 1)
    assert set(messages(told)) == {"admin@x.example"}


def test_mark_and_mails_are_one_transaction(told: Database, now: datetime) -> None:
    run(told, BAD, now + 2 * HOUR)
    with told.rw.begin() as connection:
        connection.execute(
            sa.update(Source.__table__).values(silence_told_at=now)
        )  # another worker was quicker
    assert tell(told, now + 2 * HOUR) == (0, 0, 0) and _all(told) == []


def test_a_title_that_no_header_may_carry_is_left_out(sqlite_db: Database, now: datetime) -> None:
    sources.add(sqlite_db, TEXT.replace("沈阳系统 <b>", "=?utf-8?q?a?="), by="a", now=now)
    person(sqlite_db, "sy@x.example", Role.CITY, "210100", now, language="zh_CN")
    run(sqlite_db, BAD, now + 2 * HOUR)
    assert tell(sqlite_db, now + 2 * HOUR) == (1, 0, 1)
    assert messages(sqlite_db)["sy@x.example"].subject == "[Pilot Dispatch] 有数据源已静默"


@pytest.mark.parametrize(
    ("minutes", "failures", "enabled", "asked", "health"),
    [
        (0, 0, True, True, Health.IN_TIME),
        (90, 0, True, True, Health.IN_TIME),
        (91, 0, True, True, Health.SILENT),
        (91, 0, True, False, Health.UNASKED),
        (10, 3, True, True, Health.FAILING),
        (10, 2, True, True, Health.IN_TIME),
        (91, 3, True, True, Health.SILENT),
        (9999, 9, False, False, Health.OFF),
    ],
)
def test_how_a_source_fares(now: datetime, minutes, failures, enabled, asked, health) -> None:
    at = now + timedelta(minutes=minutes)
    row = Source(
        name="sy", city="210100", declared=TEXT, enabled=enabled, declared_by="a", declared_at=now - HOUR,
        due_at=at if asked else at - HOUR, last_ok_at=now, failures=failures,
    )  # fmt: skip
    assert state_of(row, now=at, tolerance=TOLERANCE).health == health


def test_the_worker_pulls_and_tells(told: Database, now: datetime, tmp_path) -> None:
    with told.rw.begin() as connection:
        connection.execute(sa.update(Source.__table__).values(declared=TEXT.replace("https", "http")))
    settings = Settings(mail_folder=tmp_path, _env_file=None)
    work = {job.name: job for job in jobs(told, settings, Event())}
    assert work["pull"].run(now - HOUR) == "nothing due"
    (tmp_path / "in").mkdir()
    folder = f'name = "in"\ncity = "210100"\nform = "dispatch"\nevery_minutes = 60\nkind = "folder"\nformat = "csv"\npath = "{tmp_path}/out"\n'
    sources.remove(told, "sy", by="a", now=now)
    sources.add(told, folder, by="a", now=now)
    assert work["pull"].run(now) == "1 error"
    assert work["source silence"].run(now) == "0 silent, 0 back, 0 mails"
    assert json.loads(_run(told))["found"] == {"zh": "目录不存在", "en": "it is not there"}
    assert work["pull"].run(now + 2 * HOUR) == "1 error"
    assert work["source silence"].run(now + 2 * HOUR) == "1 silent, 0 back, 2 mails"


def _run(db: Database) -> str:
    with db.ro.connect() as connection:
        return connection.scalar(sa.text('select "values" from sourcerun order by finished_at limit 1'))
