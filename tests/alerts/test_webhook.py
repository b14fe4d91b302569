"""Robots get signed plain text and nothing else; what they answer is told apart as a relay's answer is."""

import base64
import hashlib
import hmac
import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

import alerts.webhook
from alerts.letters import Office
from alerts.mail import Answer, Letter, Outcome
from alerts.outbox import LINES, send_due
from alerts.watch import evaluate
from alerts.webhook import KINDS, Robot, RobotSender, RobotsError, read_robots, said, with_robots
from models.alerts import Message
from models.db import Database
from models.vocabulary import MessageState
from tests.alerts.shapes import limited, rows
from tests.alerts.test_outbox import queue
from tests.builders import project, report
from tests.collectors import hostile
from tests.collectors.hostile import Handler, Hostile

NOW, SECRET = 1_795_490_000.25, "SECxyz"
LETTER = Letter(
    *("210000", "m1", "robot:group", "沈阳市 P001 停滞", '正文 <at user_id="all">\n链接', "<p>x</p>"),
    *("<pd-m1@example.cn>", datetime(2026, 11, 23, tzinfo=UTC), 1, datetime(2026, 11, 23, tzinfo=UTC), "w"),
)


@pytest.fixture
def server(monkeypatch) -> Iterator[Hostile]:
    with hostile.serving() as found:
        monkeypatch.setenv("ROBOT_URL", f"{found.address}/send?key=k")
        monkeypatch.setenv("ROBOT_SECRET", SECRET)
        yield found


def robot(server: Hostile, kind: str, **changes) -> Robot:
    declared = Robot("group", kind, "210000", "ROBOT_URL", "ROBOT_SECRET", hosts=(server.host,))
    return replace(declared, **changes)


def sender(one: Robot, **options) -> RobotSender:
    return RobotSender({one.name: one}, clock=lambda: NOW, **options)


def signed(key: str, text: str) -> str:
    return base64.b64encode(hmac.new(key.encode(), text.encode(), hashlib.sha256).digest()).decode()


def vendor(kind: str):
    """The other side, as each vendor documents it: a wrong signature is refused."""

    def answer(handler: Handler) -> None:
        asked, body = handler.asked, json.loads(handler.asked.body)
        right = True
        if kind == "dingtalk":
            moment = asked.query["timestamp"]
            right = asked.query["sign"] == signed(SECRET, f"{moment}\n{SECRET}")
            right = right and abs(int(moment) / 1000 - NOW) < 1
        if kind == "feishu":
            right = body["sign"] == signed(f"{body['timestamp']}\n{SECRET}", "")
            right = right and abs(int(body["timestamp"]) - NOW) < 1
        hostile.as_json({KINDS[kind].error: 0 if right else 310000})(handler)

    return answer


def text_of(body: dict) -> str:
    return body["content"]["text"] if "content" in body else body["text"]["content"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_robot_takes_what_is_signed_as_its_vendor_wants(server, kind):
    server.routes["/send"] = vendor(kind)
    assert sender(robot(server, kind))(LETTER).answer == Answer.ACCEPTED
    asked = server.asked[0]
    assert asked.method == "POST" and asked.query["key"] == "k"
    assert text_of(json.loads(asked.body)) == '沈阳市 P001 停滞\n\n正文 ＜at user_id="all">\n链接'
    if kind != "wecom":
        wrong = RobotSender({"group": robot(server, kind)}, clock=lambda: NOW + 7_200)
        assert wrong(LETTER).answer == Answer.REFUSED


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (lambda k: hostile.as_json({k.error: min(k.passing)}), Answer.LATER),
        (lambda k: hostile.as_json({k.error: 93000}), Answer.REFUSED),
        (lambda _: hostile.reply(b"busy", 503), Answer.LATER),
        (lambda _: hostile.reply(b"", 429), Answer.LATER),
        (lambda _: hostile.reply(b"no", 403), Answer.REFUSED),
        (lambda _: hostile.redirect("http://169.254.169.254/"), Answer.REFUSED),
        (lambda _: hostile.reply(b"<html>welcome</html>"), Answer.DOUBT),
        (lambda _: hostile.reset(), Answer.DOUBT),
    ],
)
def test_what_a_robot_answers_is_told_apart(server, kind, answer, outcome):
    server.routes["/send"] = answer(KINDS[kind])
    found = sender(robot(server, kind))(LETTER)
    assert found.answer == outcome and not found.relay_down
    assert "key=k" not in found.detail and SECRET not in found.detail


@pytest.mark.parametrize(
    "answer", [hostile.stall(), hostile.drip(b"x"), hostile.drip(b"HTTP/1.1 200 OK\r\nA: ")]
)
def test_a_robot_that_does_not_end_is_in_doubt_at_the_deadline(server, answer):
    server.routes["/send"] = answer
    began = time.monotonic()
    assert sender(robot(server, "wecom"), deadline_s=0.5)(LETTER).answer == Answer.DOUBT
    assert time.monotonic() - began < 3


def test_a_robot_that_is_away_or_not_set_up_is_tried_later(server, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    away = robot(server, "feishu", hosts=(f"127.0.0.1:{port}",))
    monkeypatch.setenv("ROBOT_URL", f"http://127.0.0.1:{port}/x")
    assert sender(away)(LETTER).answer == Answer.LATER
    monkeypatch.delenv("ROBOT_SECRET")
    assert sender(away)(LETTER) == Outcome(Answer.LATER, "ROBOT_SECRET is not set")
    assert sender(replace(away, name="other"))(LETTER).answer == Answer.REFUSED


@pytest.mark.parametrize(
    "url", ["http://qyapi.weixin.qq.com/x", "https://qyapi.weixin.qq.com.evil.cn/x", "https://10.0.0.1/x"]
)
def test_only_the_vendors_own_address_over_tls_is_asked(monkeypatch, url):
    monkeypatch.setenv("ROBOT_URL", url)
    found = sender(Robot("group", "wecom", "210000", "ROBOT_URL"))(LETTER)
    assert (found.answer, url in found.detail) == (Answer.REFUSED, False)


def test_a_long_text_is_cut_and_says_so():
    text = said(replace(LETTER, body_text="长" * 5_000), "zh_CN")
    assert len(text.encode()) <= 2_048 and text.endswith("（已截断，全文见网页）")


def test_robots_and_people_wait_in_one_outbox(sqlite_db: Database, now, server):
    server.routes["/send"] = vendor("feishu")
    queue(sqlite_db, "m1", now, recipient="robot:group")
    queue(sqlite_db, "m2", now + timedelta(seconds=1))
    mailed: list[Letter] = []

    def mail(letter: Letter) -> Outcome:
        mailed.append(letter)
        return Outcome(Answer.ACCEPTED)

    both = with_robots(mail, (robot(server, "feishu"),))
    server.routes["/send"] = hostile.reply(b"", 500)
    assert send_due(sqlite_db, both, now=now + timedelta(minutes=1)).sent == 1
    assert [letter.id for letter in mailed] == ["m2"], "a robot that is down keeps no mail back"
    server.routes["/send"] = hostile.as_json({"code": 0})
    assert send_due(sqlite_db, both, now=now + timedelta(minutes=5)).sent == 1
    assert {row.state for row in rows(sqlite_db, Message)} == {MessageState.SENT}


GOOD = '[[robot]]\nname = "group"\nkind = "feishu"\nplace = "210000"\nurl_env = "ROBOT_URL"\n'


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (GOOD + GOOD, "same name"),
        (GOOD.replace("group", "A b"), "small letters"),
        (GOOD.replace("feishu", "slack"), "kind is one of wecom, dingtalk, feishu"),
        (GOOD.replace("ROBOT_URL", "SECRET_KEY"), "begins with ROBOT_"),
        (GOOD + "colour = 3\n", "unknown key colour"),
        (GOOD.replace('place = "210000"\n', ""), "place"),
        ("[[robot]", "line 1"),
    ],
)
def test_a_file_that_declares_no_robots_says_why(text, why):
    with pytest.raises(RobotsError, match=why):
        read_robots(text)
    assert [one.recipient for one in read_robots(GOOD)] == ["robot:group"]


def test_a_robot_hears_what_its_desk_hears(sqlite_db: Database, now):
    project(sqlite_db, "P1", datetime(2026, 1, 5, 1, tzinfo=UTC))
    report(sqlite_db, "P1", now - timedelta(days=9), date(2026, 10, 31), physical_bp=3_000, spent=0)
    desks = {
        "city": "210100",
        "province": "210000",
        "ministry": "000000",
        "elsewhere": "440000",
        "odd": "999999",
    }
    robots = tuple(Robot(name, "feishu", place, "ROBOT_URL") for name, place in desks.items())
    office = Office(policy=limited("lagging_progress"), robots=robots)
    evaluate(sqlite_db, date(2026, 11, 23), now, now=now, office=office)
    told = {row.recipient: row for row in rows(sqlite_db, Message)}
    assert set(told) == {"robot:city", "robot:province", "robot:ministry"}
    assert "P1" in told["robot:city"].subject
    evaluate(sqlite_db, date(2026, 11, 23), now, now=now, office=office)
    assert len(rows(sqlite_db, Message)) == 3


def test_the_example_declares_a_robot():
    example = Path(alerts.webhook.__file__).with_name("robots.example.toml").read_text(encoding="utf-8")
    (robot_,) = read_robots(example)
    assert (robot_.kind, robot_.place) == ("dingtalk", "210000")


def test_beside_robots_mails_keep_their_connections(sqlite_db: Database, now):
    for number in range(12):
        queue(sqlite_db, f"m{number}", now)
    opened: list[str] = []

    class Mail:
        def __call__(self, letter: Letter) -> Outcome:
            raise AssertionError("outside a run")

        @contextmanager
        def run(self):
            opened.append("line")
            yield lambda letter: Outcome(Answer.ACCEPTED)

    both = with_robots(Mail(), (Robot("group", "feishu", "210000", "ROBOT_URL"),))
    assert send_due(sqlite_db, both, now=now).sent == 12
    assert 1 <= len(opened) <= LINES
    opened.clear()
    assert send_due(sqlite_db, both, now=now).sent == 0
    assert opened == [], "where nothing is due nothing is opened"
