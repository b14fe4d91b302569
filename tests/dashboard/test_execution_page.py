"""The page on budget execution: no rows, some rows, another's scope, both languages, what can be taken away."""

from datetime import UTC, date, datetime

import pytest
from streamlit.testing.v1 import AppTest

from alerts import watch
from alerts.execution import Stop
from dashboard import charts, takeaway
from dashboard.views.execution import waterfall_rows
from models.db import Database
from models.vocabulary import MoneyStage
from models.words import words
from tests.builders import CITY, WAN, project, report
from tests.dashboard.pages import NOW, drawn, texts

JAN, NOV = datetime(2026, 1, 5, 1, tzinfo=UTC), datetime(2026, 11, 2, 1, tzinfo=UTC)
MONTHS = ((date(2026, 8, 31), 10), (date(2026, 9, 30), 25), (date(2026, 10, 31), 30))


def shown(
    db: Database, *, role: str = "ministry", cities: str | None = None, language: str = "en", **params: str
) -> AppTest:
    return drawn(db, "execution", role, "000000", cities and (cities,), reader=language, **params)


@pytest.fixture
def filled(sqlite_db: Database) -> Database:
    """100 issued, 30 spent; the best month spent 15, and 35 a month are required."""
    project(sqlite_db, "P1", JAN)
    project(sqlite_db, "G1", JAN, city="440100", kind="line")
    for day, (as_of, spent) in enumerate(MONTHS, 2):
        at = datetime(2026, as_of.month + 1, day, 1, tzinfo=UTC)
        money = dict(issued=100 * WAN, transferred=60 * WAN, paid=40 * WAN, spent=spent * WAN)
        report(sqlite_db, "P1", at, as_of, physical_bp=spent * 100, **money)
    watch.evaluate(sqlite_db, NOW.date(), NOW, now=NOW)
    return sqlite_db


@pytest.mark.parametrize(("language", "said"), [("en", "No projects here"), ("zh_CN", "此处没有项目")])
def test_without_projects_it_says_why_it_is_empty(sqlite_db: Database, language: str, said: str) -> None:
    app = shown(sqlite_db, language=language)
    assert said in texts(app) and not app.get("vega_lite_chart")


def test_without_money_it_says_what_is_awaited(filled: Database) -> None:
    said = texts(shown(filled, city="440100"))
    assert "No money issued yet" in said and "By kind" in said and "Forecast" not in said


def test_four_amounts_with_their_denominators(filled: Database) -> None:
    said = texts(shown(filled))
    for head in ("Reward approved", "Issued ÷ reward approved", "Spent ÷ issued", "Paid ÷ issued"):
        assert head in said
    assert "2026-10-31" in said and "83.3%" in said  # 304 of 365 days
    assert "-53.29 points" in said  # 30 % against 83.29 %
    assert "with the finance authority" in said and "CNY 0.4 m" in said


def test_the_forecast_is_one_sentence_with_its_arithmetic(filled: Database) -> None:
    said = texts(shown(filled))
    assert "(CNY 1 m issued − CNY 0.3 m spent) ÷ 2 months left = CNY 0.35 m a month" in said
    assert "more than the best month of this year (2026-09: CNY 0.15 m)" in said
    assert "⚠ Out of reach at the best pace so far." in said
    assert "At the best pace 60% of the money issued" in said


def test_in_chinese(filled: Database) -> None:
    said = texts(shown(filled, language="zh_CN"))
    assert "（下达100万元－支出30万元）÷剩余2个月＝每月35万元" in said
    assert "按本年最快进度仍无法完成" in said and "支出 ÷ 已下达" in said and "辽宁" in said


def test_a_day_that_was_not_judged_says_the_same(filled: Database) -> None:
    judged = texts(shown(filled)).split("By kind", 1)[1]
    pinned = texts(shown(filled, known_at=NOW.isoformat())).split("By kind", 1)[1]
    assert pinned == judged


def test_it_shows_what_was_known_then(filled: Database) -> None:
    said = texts(shown(filled, on="2026-10-20", known_at="2026-10-20T10:00:00+08:00"))
    assert "CNY 0.25 m spent" in said and "CNY 0.3 m" not in said.split("Month by month", 1)[0]


def test_a_province_opens_into_its_cities(filled: Database) -> None:
    said = texts(shown(filled, province="210000"))
    assert "By city" in said and "Shenyang" in said and "Guangzhou" not in said


def test_somebody_elses_place_shows_no_figure(filled: Database) -> None:
    app = shown(filled, role="city", cities="440100", city=CITY)
    said = texts(app)
    assert "Not in your scope" in said and "CNY" not in said and not app.get("vega_lite_chart")


def test_a_city_sees_its_own_only(filled: Database) -> None:
    said = texts(shown(filled, role="city", cities="440100"))
    assert "Liaoning" not in said and "No money issued yet" in said


def test_what_was_looked_at_by_the_ministry_is_not_kept_for_a_city(filled: Database) -> None:
    report(filled, "G1", NOV, date(2026, 10, 31), city="440100", issued=7 * WAN, spent=2 * WAN)
    watch.evaluate(filled, NOW.date(), NOW, now=NOW)
    whole, own = shown(filled), shown(filled, role="city", cities="440100")
    assert "CNY 1.07 m issued − CNY 0.32 m" in texts(whole)
    months = texts(own).split("Month by month", 1)[1]
    assert "CNY 0.02 m" in months and "CNY 0.32 m" not in months


def test_every_table_and_chart_can_be_taken_away(filled: Database) -> None:
    app = shown(filled)
    assert len(app.get("vega_lite_chart")) == 2
    assert (len(app.session_state["taken"]), app.session_state["charts"]) == (5, 2)


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_the_waterfall_becomes_a_picture_that_says_what_stands(language: str) -> None:
    stops = [Stop(MoneyStage.ISSUED, 100 * WAN, 40 * WAN), Stop(MoneyStage.TRANSFERRED, 60 * WAN, None)]
    drawn = waterfall_rows(words(language), stops, "CNY")
    assert [row["value"] for row in drawn] == [60, 40, 60, 0]
    spec = charts.spec("waterfall", language) | {"datasets": {charts.ROWS: drawn}}
    picture = takeaway.svg(takeaway.Chart("t", spec)).decode()
    assert "▨" in picture and words(language).amount(40 * WAN, "CNY") in picture
