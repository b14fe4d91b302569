"""Who is told what, in which words: one mail a person, whatever a name contains."""

from datetime import UTC, date, datetime
from html.parser import HTMLParser

import pytest

from alerts.letters import ITEMS_SHOWN, Office
from alerts.mail import HeaderRefused, header_text, is_address
from alerts.watch import evaluate
from models.alerts import Message
from models.db import Database
from models.places import Programme
from tests.alerts.shapes import person, rows
from tests.builders import CITY, WAN, project, put, report

MONDAY = date(2026, 11, 23)
START = datetime(2026, 1, 5, 1, tzinfo=UTC)


@pytest.fixture
def desk(sqlite_db: Database, now: datetime) -> Database:
    person(sqlite_db, "city@example.cn", "city", CITY, now)
    return sqlite_db


def lagging(db: Database, code: str, now: datetime, *, bp: int = 1_000, **changes: object) -> None:
    project(db, code, START, **changes)
    report(db, code, now, date(2026, 10, 31), physical_bp=bp, stage="continuing")


def mails(db: Database, now: datetime, **office: str) -> list:
    evaluate(db, MONDAY, now, now=now, office=Office(**office))
    return rows(db, Message, "recipient")


def test_a_mail_says_what_since_when_why_and_what_clears_it(desk: Database, now: datetime) -> None:
    lagging(desk, "P001", now)
    mail = mails(desk, now, base_url="https://d.example.cn")[0]
    assert mail.subject == "【试点调度】沈阳市 P001 进度滞后 红 (1 项)"
    for text in (
        "计划 83.29% − 填报 10% = 73.29 个百分点",
        "始于：2026-11-23",
        "最新数据截至：2026-10-31",
        "超过 30 个百分点（不含界）",
        "银川 2025",
        "计划依据为 序时进度（计划无曲线）",
        "108-II.4",
        "如何解除",
        "https://d.example.cn/project?city=210100&project=P001",
    ):
        assert text in mail.body_text
        assert text.replace("&", "&amp;") in mail.body_html
    assert "演示" not in mail.body_text


def test_each_reads_the_own_language_and_the_deaf_are_left_alone(desk: Database, now: datetime) -> None:
    person(desk, "en@example.cn", "city", CITY, now, language="en")
    person(desk, "default@example.cn", "province", "210000", now, language=None)
    person(desk, "quiet@example.cn", "city", CITY, now, mails=False)
    person(desk, "gone@example.cn", "city", CITY, now, disabled_at=now)
    person(desk, "bad address@example.cn", "city", CITY, now)
    lagging(desk, "P001", now)
    found = {mail.recipient: mail for mail in mails(desk, now, language="en")}
    assert sorted(found) == ["city@example.cn", "default@example.cn", "en@example.cn"]
    assert (
        found["en@example.cn"].subject
        == "[Pilot Dispatch] Shenyang P001 Progress behind schedule Red (1 in all)"
    )
    assert (found["default@example.cn"].language, found["city@example.cn"].language) == ("en", "zh_CN")


def test_many_reds_make_one_mail(desk: Database, now: datetime) -> None:
    for number in range(ITEMS_SHOWN + 5):
        whole = dict(
            industry="26", chain_owner="unit", total_investment=60_000 * WAN
        )  # a list that is in order
        lagging(desk, f"P{number:03}", now, bp=1_001, **whole)
    found = mails(desk, now)
    assert len(found) == 1
    assert f"({ITEMS_SHOWN + 5} 项)" in found[0].subject
    assert "另有 5 项未逐条列出" in found[0].body_text


def test_a_demonstration_says_that_its_figures_are_made_up(desk: Database, now: datetime) -> None:
    put(desk, Programme, code="demo", name_zh="演示", name_en="Demo", currency="CNY", report_every_months=1,
        report_due_days=3, demonstration=True, source="", created_on=MONDAY)  # fmt: skip
    lagging(desk, "P001", now, programme="demo")
    mail = mails(desk, now)[0]
    assert "演示：数据均为虚构。" in mail.body_text and "演示：数据均为虚构。" in mail.body_html


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.seen.add(tag)


def test_markup_in_a_name_stays_text(desk: Database, now: datetime) -> None:
    lagging(desk, "P<1>", now, name='<script>alert(1)</script>{{ 777*777 }} & "x"')
    mail = mails(desk, now)[0]
    tags = _Tags()
    tags.feed(mail.body_html)
    assert tags.seen <= {"html", "head", "meta", "body", "div", "h2", "p", "a", "br"}
    assert "&lt;script&gt;" in mail.body_html and "603729" not in mail.body_html
    assert '<script>alert(1)</script>{{ 777*777 }} & "x"' in mail.body_text


@pytest.mark.parametrize("code", ["P1\r\nBcc: x@evil.cn", "P1\u2028Bcc: x@evil.cn", "P1\x00\u202e\u200b"])
def test_no_name_makes_a_header(desk: Database, now: datetime, code: str) -> None:
    if "\x00" in code:
        code = code.replace("\x00", "")
    lagging(desk, code, now)
    subject = mails(desk, now)[0].subject
    assert not set("\r\n\u2028\u202e\u200b") & set(subject)


def test_an_encoded_word_in_a_name_is_left_out_of_the_subject(desk: Database, now: datetime) -> None:
    lagging(desk, "=?utf-8?b?5Lit5b+D?=", now)
    assert "=?" not in mails(desk, now)[0].subject


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("a\r\nBcc: b", "a Bcc: b"),
        ("ＡＢ１", "AB1"),
        ("a\u200bb\u202ec", "abc"),
        ("  a \t b ", "a b"),
        ("中" * 200, "中" * 149 + "…"),
        ("中" * 150, "中" * 150),
    ],
)
def test_a_header_is_cleaned(text: str, clean: str) -> None:
    assert header_text(text) == clean


@pytest.mark.parametrize("text", ["=?utf-8?q?x?=", "=\u200b?utf-8?q?x?=", "＝？utf-8?q?x?="])
def test_an_encoded_word_is_refused_however_it_is_hidden(text: str) -> None:
    with pytest.raises(HeaderRefused):
        header_text(text)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("a@example.cn", True),
        ("a.b+c@x-y.example.cn", True),
        ("a@localhost", True),
        ("a", False),
        ("a b@example.cn", False),
        ("a@example.cn\r\nBcc: x@y.cn", False),
        ("a@example..cn", False),
        ("<a@example.cn>", False),
        ("a@example.cn,b@example.cn", False),
    ],
)
def test_only_plain_addresses_are_written_to(text: str, answer: bool) -> None:
    assert is_address(text) is answer
