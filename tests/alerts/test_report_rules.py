"""Falling figures and copied reports: each rule at its edges, and in words."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from alerts.explain import explain
from models.db import Database
from models.facts import facts
from models.places import Programme
from models.words import words
from tests.alerts.shapes import carried, spoken, steady
from tests.builders import WAN, project, put, report

YELLOW, RED, NONE = "yellow", "red", None
JAN, LATER = datetime(2026, 1, 5, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
COPY = {"same_figures": True, "same_text": True, "same_letters": 10}


@pytest.mark.parametrize(
    ("changes", "severity"),
    [
        ({}, NONE),
        ({"fallen_figure": "paid", "fallen_bp": 0.01, "fallen_from": 10**6, "fallen_to": 999_999}, YELLOW),
        ({"fallen_figure": "paid", "fallen_bp": 1_000.0, "fallen_from": 10, "fallen_to": 9}, YELLOW),
        ({"fallen_figure": "paid", "fallen_bp": 1_000.1, "fallen_from": 10, "fallen_to": 9}, RED),
        ({"as_of": None, "fallen_bp": None}, NONE),
        (
            {
                "fallen_figure": "paid",
                "fallen_bp": 5_000.0,
                "fallen_from": 10,
                "fallen_to": 5,
                "finished": True,
            },
            RED,
        ),
    ],
)
def test_a_fall_speaks_at_its_limits(changes: dict[str, Any], severity: str | None) -> None:
    assert spoken(steady(**changes), "falling_figure") == severity


def test_a_fall_is_told_in_the_figures_own_unit() -> None:
    for figure, told in (
        ("physical_bp", "from 60% down to 30%"),
        ("paid", "from CNY 0.006 m down to CNY 0.003 m"),
    ):
        row = steady(fallen_figure=figure, fallen_bp=5_000.0, fallen_from=6_000, fallen_to=3_000)
        found = explain(row.row(0, named=True), "falling_figure", carried(), words("en"))
        value = told if figure == "physical_bp" else told.replace("0.006", "0.0001").replace("0.003", "0")
        assert found.arithmetic.split(": ", 1)[1].startswith(value)


@pytest.mark.parametrize(
    ("changes", "severity"),
    [
        ({"same_figures": True}, NONE),
        ({"same_increment": True}, NONE),
        (COPY, YELLOW),
        (COPY | {"same_letters": 9}, NONE),  # "continuing" may well be said twice
        ({"same_increment": True, "same_text": True, "same_letters": 10}, YELLOW),
        (COPY | {"finished": True}, NONE),
        (COPY | {"started": False}, NONE),
        (COPY | {"previous_as_of": None}, NONE),
    ],
)
def test_a_copy_speaks_from_two_signs(changes: dict[str, Any], severity: str | None) -> None:
    assert spoken(steady(**changes), "copied_report") == severity


@pytest.mark.parametrize(
    ("texts", "same"),
    [
        (("设备安装调试中", "设备安装调试中"), True),
        (("设备安装调试中", "设备安装调试完"), False),
        (("设备安装调试中", None, "设备安装调试中"), True),  # the last narrative there was
        (("设备安装调试中", "设备安装调试中", None), None),  # the newest report says nothing
        (("设备安装调试中",), None),
    ],
)
def test_the_same_narrative_is_seen(db: Database, texts: tuple[str | None, ...], same: bool | None) -> None:
    project(db, "P1", JAN)
    for month, text in enumerate(texts, start=3):
        report(db, "P1", JAN, date(2026, month, 28), physical_bp=100 * month, narrative=text)
    row = facts(db, date(2026, 9, 30), LATER).row(0, named=True)
    assert (row["same_text"], row["same_letters"]) == (same, 7 if texts[-1] else None)


def test_money_of_a_yearly_programme_may_be_of_each_year(db: Database) -> None:
    told = dict(name_zh="年报", name_en="yearly", report_every_months=12, created_on=JAN.date())
    put(db, Programme, code="yearly", **told)
    project(db, "P1", JAN, programme="yearly")
    for year, bp, spent in ((2024, 5000, 90), (2025, 4000, 10)):
        report(db, "P1", JAN, date(year, 12, 31), physical_bp=bp, spent=spent * WAN)
    row = facts(db, date(2026, 9, 30), LATER).row(0, named=True)
    assert (row["fallen_figure"], row["fallen_bp"]) == ("physical_bp", 2000)
