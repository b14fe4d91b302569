"""A submission's zip holds the file, the receipt, the problems, the figures and what they replaced."""

import csv
import io
import json
import zipfile
from datetime import timedelta

from collectors.archived import receipt_zip
from models.vocabulary import Door
from models.words import words

HEADER = "项目编号,截止日期,形象进度,支付,支出\n"


def opened(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_zip_tells_the_whole_story(db, registered, shenyang, now):
    registered(HEADER + "SY001,2026-10-31,50,10,9\n", now=now - timedelta(days=1))
    text = HEADER + "SY001,2026-10-31,51,10,12\n"
    comment = dict(door=Door.WEB, reason="漏报", comment="已核")
    done = registered(text, name="十月更正.csv", **comment)
    members = opened(receipt_zip(db, shenyang, "210100", done.submission, words("zh_CN")))
    assert members["original/十月更正.csv"] == text.encode()
    told = json.loads(members["receipt.json"])
    assert (told["door"], told["reason"], told["comment"]) == ("web", "漏报", "已核")
    assert (told["changed"], told["rules"], told["form_version"], len(told["sha256"])) == (1, "2", "2", 64)
    problems = list(csv.DictReader(io.StringIO(members["problems.csv"].decode("utf-8-sig"))))
    assert [row["问题代码"] for row in problems] == ["W-B106"]
    assert members["marked.xlsx"].startswith(b"PK")
    for folder, figure in (("figures", "5100"), ("replaced", "5000")):
        rows = list(csv.DictReader(io.StringIO(members[f"{folder}/report.csv"].decode("utf-8-sig"))))
        assert [row["physical_bp"] for row in rows] == [figure]


def test_the_same_submission_gives_the_same_bytes(sqlite_db, lite, shenyang):
    done = lite(HEADER + "SY001,2026-10-31,50,10,9\n")
    first, second = (receipt_zip(sqlite_db, shenyang, "210100", done.submission, words("en")) for _ in "ab")
    assert first == second


def test_another_city_gets_nothing(sqlite_db, lite, dalian):
    done = lite(HEADER + "SY001,2026-10-31,50,10,9\n")
    assert receipt_zip(sqlite_db, dalian, "210100", done.submission, words("en")) is None
