"""Anything a reader may see is found by a part of its name, its code, unit or city, and by initials."""

from datetime import date, datetime

import polars as pl
import pytest

from alerts.watch import evaluate
from models.access import Scope
from models.db import Database
from models.pinyin import initials, read_as_word
from models.queries.find import find, words_of
from models.vocabulary import Role
from tests.builders import CITY, project

MONDAY = date(2026, 11, 23)
EVERYBODY = Scope("m@example.cn", Role.MINISTRY, "000000", None)
DALIAN = Scope("d@example.cn", Role.CITY, "210200", frozenset({"210200"}))


@pytest.fixture
def judged(db: Database, now: datetime) -> Database:
    for code, city, name, unit in (
        ("SY-01", CITY, "重型燃机叶片生产线智能化改造项目", "沈阳鼓风机有限公司"),
        ("SY-02", CITY, "100%国产数控系统升级项目", "沈阳机床_集团"),
        ("DL-01", "210200", "重型机车车间数字化升级项目", "大连机车车辆有限公司"),
    ):
        project(db, code, now, city=city, name=name, unit_name=unit)
    evaluate(db, MONDAY, now, now=now)
    return db


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("重型", {"SY-01", "DL-01"}),
        ("重型 沈阳", {"SY-01"}),
        ("重型　大连", {"DL-01"}),
        ("sy-02", {"SY-02"}),
        ("ＳＹ－０２", {"SY-02"}),
        ("鼓风机", {"SY-01"}),
        ("210200", {"DL-01"}),
        ("dalian", {"DL-01"}),
        ("zxrj", {"SY-01"}),
        ("gfj", {"SY-01"}),
        ("sy gcsk", {"SY-02"}),
        ("100%", {"SY-02"}),
        ("床_集", {"SY-02"}),
        ("型_燃", set()),
        ("' or 1=1 --", set()),
        ("z", set()),
        ("", set()),
    ],
)
def test_every_word_must_fit(judged: Database, text: str, codes: set[str]) -> None:
    found = find(judged, EVERYBODY, text, on=MONDAY, limit=10)
    assert set(found.projects["project"]) == codes if codes else found.total == 0
    assert found.total == len(codes)


@pytest.mark.parametrize("text", ["重型", "zx", "SY-01", "沈阳", "sy", "机"])
def test_nothing_outside_the_scope_is_found(judged: Database, text: str) -> None:
    found = find(judged, DALIAN, text, on=MONDAY, limit=10)
    assert {place.code for place in found.places} <= DALIAN.cities
    assert found.total == 0 or set(found.projects["city"]) == {"210200"}


def test_places_are_found_by_name_and_initials(judged: Database) -> None:
    assert [p.name_zh for p in find(judged, EVERYBODY, "沈阳", on=None, limit=1).places] == ["沈阳市"]
    assert "沈阳市" in [p.name_zh for p in find(judged, EVERYBODY, "sys", on=None, limit=1).places]


def test_an_exact_code_comes_first_and_the_rest_is_counted(judged: Database) -> None:
    found = find(judged, EVERYBODY, "DL-01", on=MONDAY, limit=1)
    assert found.projects["project"].to_list() == ["DL-01"]
    assert (found.projects.height, find(judged, EVERYBODY, "项目", on=MONDAY, limit=2).total) == (1, 3)


def test_initials_of_a_column() -> None:
    texts = pl.Series(["沈阳A厂 2", "", None, "  ", "ü铝"])
    assert initials(texts).to_list() == ["sya c2".replace(" ", ""), "", None, "", "ül"]
    assert read_as_word("重庆市") == "cqs"


def test_eight_words_are_enough() -> None:
    assert words_of("Ａ b  c d e f g h i j") == tuple("abcdefgh")
