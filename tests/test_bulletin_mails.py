"""Bulletins by mail: to whom, when, once, of their own place, with a link that reproduces; and the command."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from urllib.parse import parse_qs, urlsplit

import pytest

from alerts.letters import Office
from models.alerts import Message
from models.db import Database
from models.vocabulary import Rhythm, Role
from operation.bulletins import Rules, announce
from operation.worker import bulletin_rules, jobs
from settings import Settings
from tests.alerts.bulletins import DALIAN, JAN, KNOWN, LIAONING, fill
from tests.alerts.shapes import person, rows
from tests.builders import CITY

OFFICE = Office(base_url="https://x.cn")
NOW = KNOWN + timedelta(minutes=30)
DAILY = Rules({Rhythm.DAILY: (Role.MINISTRY, Role.PROVINCE, Role.CITY)})


@pytest.fixture
def country(sqlite_db: Database) -> Database:
    fill(sqlite_db)
    for name, role, place in (
        ("m", "ministry", "000000"),
        ("p", "province", LIAONING),
        ("c", "city", CITY),
        ("d", "city", DALIAN),
        ("empty", "city", "510100"),
        ("a", "administrator", "000000"),
    ):
        person(sqlite_db, f"{name}@example.cn", role, place, JAN, language="en" if name == "d" else "zh_CN")
    return sqlite_db


def told(db: Database) -> dict[str, Message]:
    return {row.recipient: row for row in rows(db, Message, "recipient") if "bulletin?" in row.body_text}


def test_everybody_gets_their_own_place_once(country: Database) -> None:
    assert announce(country, now=NOW, rules=DAILY, office=OFFICE).messages == 4
    found = told(country)
    assert set(found) == {f"{name}@example.cn" for name in "mpcd"}  # none of a city without projects
    assert "全国" in found["m@example.cn"].subject and "Dalian" in found["d@example.cn"].subject
    assert "2 ÷" not in found["c@example.cn"].body_text
    again = announce(country, now=NOW + timedelta(hours=2), rules=DAILY, office=OFFICE)
    assert again.messages == 0


def test_a_mail_links_what_it_says(country: Database) -> None:
    announce(country, now=NOW, rules=DAILY, office=OFFICE)
    text = told(country)["d@example.cn"].body_text
    link = next(word for word in text.split() if word.startswith("https://x.cn/bulletin"))
    asked = {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}
    assert asked["on"] == "2026-11-24" and asked["place"] == DALIAN and asked["rhythm"] == "daily"
    assert datetime.fromisoformat(asked["known_at"]) == KNOWN  # what the morning's judgement knew
    assert "Projects: 2" in text.replace("：", ": ")


def test_who_comes_later_or_was_missed_gets_the_newest(country: Database) -> None:
    announce(country, now=NOW, rules=DAILY, office=OFFICE)
    person(country, "new@example.cn", "city", CITY, NOW)
    assert announce(country, now=NOW + timedelta(minutes=1), rules=DAILY, office=OFFICE).messages == 1


def test_rhythms_go_to_the_roles_that_are_set(country: Database) -> None:
    rules = bulletin_rules(Settings(_env_file=None, bulletin_daily="", bulletin_weekly="province, city"))
    assert rules.readers[Rhythm.DAILY] == () and rules.readers[Rhythm.WEEKLY] == (Role.PROVINCE, Role.CITY)
    sunday = datetime(2026, 11, 29, 2, tzinfo=UTC)
    assert announce(country, now=sunday, rules=DAILY, office=OFFICE).messages == 0


def test_the_command_refuses_what_it_cannot_write(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'dispatch.db'}"
    for arguments, reason in (
        (["--out", "x.txt"], "ends in one of"),
        (["--out", "x.pdf", "--for", "Atlantis"], "There is no place Atlantis"),
        (["--out", "x.pdf", "--on", "2999-01-01"], "future"),
        (["--out", "x.pdf", "--programme", "none"], "no programme"),
    ):
        done = subprocess.run(
            [sys.executable, "manage.py", "bulletin", *arguments],
            cwd=Path(__file__).resolve().parents[1],
            env=os.environ | {"DATABASE_URL": url},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 1 and reason in done.stderr


def test_the_worker_announces_from_its_hour_on(country: Database, tmp_path: Path) -> None:
    settings = Settings(_env_file=None, mail_folder=tmp_path)
    (job,) = [job for job in jobs(country, settings, Event()) if job.name == "bulletin"]
    early = datetime(2026, 11, 24, 0, 30, tzinfo=UTC)  # 08:30 in China: the slot is yesterday's
    assert job.run(early) == "later today" and not told(country)
    assert job.run(datetime(2026, 11, 24, 1, 31, tzinfo=UTC)).endswith("mails") and told(country)
