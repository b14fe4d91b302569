"""The page of a province, the measures of the tiles and the run of the lights, for each role and in both languages."""

import json
from datetime import UTC, date, datetime

import pytest
from streamlit.testing.v1 import AppTest

from alerts import watch
from alerts.tile_measures import TileMeasure
from models.access import Scope
from models.db import Database
from models.queries.province import Recommended, recommended
from models.records import Application
from models.vocabulary import PlaceKind, Role
from tests.builders import CITY, WAN, adjustment, project, record, report
from tests.dashboard.test_views import NOW, shown, texts

JAN, NOV = datetime(2026, 1, 5, 1, tzinfo=UTC), datetime(2026, 11, 2, 1, tzinfo=UTC)
OCTOBER, TODAY = date(2026, 10, 31), date(2026, 11, 23)
LIAONING = "210000"
#: Everything a provincial officer of Liaoning reaches.
OWN = dict(role="province", cities=f"{LIAONING} {CITY}", place=LIAONING)


@pytest.fixture
def told(sqlite_db: Database) -> Database:
    """Shenyang: P1 at 30 % and P2 at 90 % of plan 83.3 %; one adjustment waits. Guangzhou: a line that is silent."""
    for code, bp, spent in (("P1", 3_000, 40), ("P2", 9_000, 90)):
        project(sqlite_db, code, JAN, name=f"name of {code}")
        report(sqlite_db, code, NOV, OCTOBER, physical_bp=bp, issued=100 * WAN, spent=spent * WAN)
    project(sqlite_db, "L1", JAN, city="440100", kind="line", name="name of L1")
    adjustment(sqlite_db, "P1", NOV, 1)
    record(sqlite_db, Application, JAN, "2026", "沈阳", city=LIAONING, **_applied("沈阳市", CITY))
    for on in (date(2026, 10, 8), TODAY):
        watch.evaluate(sqlite_db, on, NOW, now=NOW)
    return sqlite_db


def _applied(name: str, code: str) -> dict:
    return dict(year=2026, applicant=name, applicant_code=code, place_kind=PlaceKind.PREFECTURE)


def charts(app: AppTest) -> list[list[dict]]:
    """The rows of each chart on the page."""
    found = []
    for chart in app.get("vega_lite_chart"):
        import pyarrow

        data = chart.proto.datasets[0].data.data
        found.append(pyarrow.ipc.open_stream(data).read_all().to_pylist())
    return found


def tile(app: AppTest, province: str) -> dict:
    rows = next(rows for rows in charts(app) if rows and "province" in rows[0])
    return next(row for row in rows if row["province"] == province)


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_a_provincial_officer_sees_their_own_without_asking(told: Database, language: str) -> None:
    said = texts(shown(told, "province", language=language, **OWN))
    assert {"en": "Liaoning", "zh_CN": "辽宁省"}[language] in said
    assert "name of P1" in said and "name of L1" not in said
    assert {"en": "Its cities compared", "zh_CN": "所辖城市对比"}[language] in said


def test_the_figures_of_a_province_are_those_worked_out_by_hand(told: Database) -> None:
    """Progress (30 + 90) / 2; 304 of 365 days were gone on 31 October; 130 spent of 200 issued."""
    said = texts(shown(told, "province", province=LIAONING))
    assert "Progress 60%, planned 83.3%" in said
    assert "-23.29 points" in said.replace("−", "-")
    assert "65% / 83.3%" in said
    assert "Adjustments waiting for a decision: 1" in said
    assert "2026: 1 prefecture-level cities of at most 1, 0 districts of at most 2" in said


def test_a_reader_of_all_chooses_and_one_of_a_part_is_told(told: Database) -> None:
    said = texts(shown(told, "province"))
    assert f"province={LIAONING}" in said and "province=440000" in said
    own = texts(shown(told, "province", role="city", cities="440100", place="440100"))
    assert "name of L1" in own and "name of P1" not in own
    assert "Recommended for the pilot" not in own


@pytest.mark.parametrize("role", ["city", "province"])
def test_another_province_is_none_of_theirs(told: Database, role: str) -> None:
    app = shown(told, "province", role=role, cities="440100", place="440100", province=LIAONING)
    assert "Not in your scope" in texts(app) and "name of P1" not in texts(app)


def test_a_province_without_projects_explains_itself(told: Database) -> None:
    said = texts(shown(told, "province", province="510000"))
    assert "No project of this province yet" in said
    assert "no recommendation was registered" in said


def test_only_what_a_province_recommended_last_counts(db: Database) -> None:
    everywhere = Scope("m", Role.MINISTRY, "000000", None)
    assert recommended(db, everywhere, LIAONING, year=2026) is None
    old = _applied("大连市", "210200") | {"year": 2025}
    record(db, Application, JAN, "2025", "大连", city=LIAONING, **old)
    record(db, Application, JAN, "2026", "沈阳", city=LIAONING, **_applied("沈阳市", CITY))
    gone = _applied("鞍山市", "210300")
    record(db, Application, JAN, "2026", "鞍山", city=LIAONING, superseded_at=NOV, **gone)
    assert recommended(db, everywhere, LIAONING, year=2026) == Recommended(2026, 1, 0)
    assert recommended(db, everywhere, LIAONING, year=2025) == Recommended(2025, 1, 0)
    elsewhere = Scope("c", Role.CITY, "440100", frozenset({"440100"}))
    assert recommended(db, elsewhere, LIAONING, year=2026) is None


def test_find_and_overview_lead_to_the_province(told: Database) -> None:
    assert f"/province?province={LIAONING}" in texts(shown(told, "find", q="辽宁"))
    assert f"province?province={LIAONING}" in texts(shown(told, "overview"))
    assert "The page of Liaoning" in texts(shown(told, "overview", province=LIAONING))
    outside = texts(shown(told, "find", q="辽宁", role="city", cities="440100"))
    assert "/province" not in outside


@pytest.mark.parametrize(
    ("measure", "mark", "depth"),
    [
        ("red", "50%", 4),
        ("gap", "−23.3", 4),
        ("spending", "78%", 2),
        ("adjustments", "0.5", 1),
        ("overdue", "0%", 0),
        ("nonsense", "■1 ●1", None),
    ],
)
def test_a_square_shows_the_chosen_measure(
    told: Database, measure: str, mark: str, depth: int | None
) -> None:
    app = shown(told, "overview", measure=measure)
    found = tile(app, LIAONING)
    assert found["mark"] == mark
    assert found["look"] == ("red" if depth is None else "measure")
    assert tile(app, "510000")["look"] == "none"
    if depth is not None:
        assert "Depths" in texts(app)


def test_open_alerts_are_counted_to_a_hundred_projects(told: Database) -> None:
    app = shown(told, "overview", measure="alerts", language="zh_CN")
    assert int(tile(app, LIAONING)["mark"].replace(",", "")) >= 50
    assert "每百个项目" in texts(app)


def test_a_measure_is_written_to_the_address(told: Database) -> None:
    app = shown(told, "overview")
    control = next(one for one in app.get("button_group") if one.key == "tiles-measure")
    control.set_value(TileMeasure.GAP).run()
    assert not app.exception
    assert app.query_params.get("measure") in ("gap", ["gap"])


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_the_run_of_the_lights_is_told_in_numbers_too(told: Database, language: str) -> None:
    app = shown(told, "overview", language=language)
    said = texts(app)
    assert {"en": "Only 2 months have a judged day", "zh_CN": "仅 2 个月有研判结果"}[language] in said
    rows = next(rows for rows in charts(app) if rows and "step" in rows[0])
    assert {row["on"] for row in rows} == {"2026-10-08", "2026-11-23"}
    assert sum(row["value"] for row in rows if row["on"] == "2026-11-23") == pytest.approx(100, abs=0.05)


def test_one_judged_day_is_no_trend(sqlite_db: Database) -> None:
    project(sqlite_db, "P1", JAN)
    watch.evaluate(sqlite_db, TODAY, NOW, now=NOW)
    assert "A trend needs two judged periods; 1 days were judged" in texts(shown(sqlite_db, "overview"))


def test_a_past_day_within_a_month_has_its_own_last_step(told: Database) -> None:
    """The 16th is no month's newest judged day any more; its step is counted from the states of two days."""
    watch.evaluate(told, date(2026, 11, 16), NOW, now=NOW)
    rows = next(rows for rows in charts(shown(told, "overview", on="2026-11-16")) if "step" in rows[0])
    assert {row["on"] for row in rows} == {"2026-10-08", "2026-11-16"}
    assert json.dumps(rows)
