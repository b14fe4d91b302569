"""Each page with no rows, with some rows, and in front of the wrong person; in both languages."""

import json
from datetime import UTC, date, datetime

import pytest
from streamlit.testing.v1 import AppTest

from alerts import watch
from models.db import Database
from models.queries import dossier, submissions
from models.reports import Submission, SubmissionFile
from models.roster import PILOT
from models.vocabulary import Light, PeriodUnit
from models.windows import ReportingRule
from tests.builders import CITY, WAN, adjustment, plan, point, project, put, report
from tests.dashboard.pages import NOW, drawn, texts

JAN, NOV = datetime(2026, 1, 5, 1, tzinfo=UTC), datetime(2026, 11, 2, 1, tzinfo=UTC)
OCTOBER, SEPTEMBER = date(2026, 10, 31), date(2026, 9, 30)
VIEWS = (
    "overview",
    "changes",
    "find",
    "points",
    "lines",
    "surfaces",
    "province",
    "city",
    "project",
    "alerts",
    "reports",
    "sources",
    "deadlines",
    "rules",
    "method",
    "overlaps",
    "adjustments",
    "administration",
)
EVIL = "<img src=x onerror=alert(1)> **bold** $x^2$ :material/home: [a](javascript:alert(1))"


def shown(
    db: Database,
    view: str,
    *,
    role: str = "ministry",
    cities: str | None = None,
    language: str = "en",
    place: str = "000000",
    **params: str,
) -> AppTest:
    """A page after its first run. ``cities``: codes parted by blanks, None is all."""
    return drawn(db, view, role, place, cities and cities.split(), reader=language, **params)


def fill(db: Database) -> None:
    """One red project with a later plan, corrected figures and a waiting adjustment; one line elsewhere."""
    project(db, "P1", JAN, name=EVIL, industry="26", unit_name=EVIL)
    plan(
        db, "P1", NOV, version=2, name=EVIL, planned_end=date(2027, 6, 30), adjustment=1, document_no="No. 7"
    )
    adjustment(db, "P1", NOV, 1, status="approved", version=2, decided_at=NOV, decided_by="p@b.example")
    adjustment(db, "P1", NOV, 2)
    point(db, "P1", JAN, date(2026, 10, 1), planned_bp=8_000)
    put(
        db,
        Submission,
        **dict(
            city=CITY, id="s1", form="dispatch", form_version="1", file_name="十月.csv", sha256="x", size=3
        ),
        **dict(encoding="utf-8", uploader="c@b.example", received_at=NOV, rows=1, new=1, changed=0, same=0),
        **dict(warned=0, rejected=0),
    )
    put(db, SubmissionFile, city=CITY, submission="s1", content=b"a,b")
    report(db, "P1", JAN, OCTOBER, physical_bp=3_500, superseded_at=NOV, submission="s0")
    report(
        db,
        "P1",
        NOV,
        OCTOBER,
        physical_bp=3_000,
        issued=200 * WAN,
        spent=10 * WAN,
        submission="s1",
        narrative=EVIL,
    )
    project(db, "L1", JAN, city="440100", kind="line", chain="汽车", chain_owner="甲", partners="320200:30")
    watch.evaluate(db, date(2026, 11, 23), NOW, now=NOW)


@pytest.fixture
def told(sqlite_db: Database) -> Database:
    fill(sqlite_db)
    return sqlite_db


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_an_empty_database_explains_itself(sqlite_db: Database, view: str, language: str) -> None:
    said = texts(shown(sqlite_db, view, language=language))
    assert len(said) > 200


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_some_rows_are_shown_without_a_tracebacks(told: Database, view: str, language: str) -> None:
    shown(told, view, language=language)


def test_every_page_works_on_both_engines(db: Database) -> None:
    fill(db)
    for view in VIEWS:
        shown(db, view)
    for language in ("en", "zh_CN"):
        shown(db, "project", language=language, city=CITY, project="P1")
        shown(db, "project", language=language, city=CITY, project="P1", known_at="2026-10-31T12:00")
    shown(db, "city", city=CITY)
    shown(db, "alerts", state="closed")
    shown(db, "reports", submission="s1", holder=CITY)
    shown(db, "lines", on="2026-11-20", province="440000")


def test_the_overview_says_counts_denominators_and_roster(told: Database) -> None:
    said = texts(shown(told, "overview"))
    assert "12 of 20 cities confirmed" in said
    assert "plain mean of the 1 projects with a figure, of 1" in said
    assert "÷ issued" in said
    assert "■" in said and "Red 1" in said


def test_names_are_text_wherever_they_stand(told: Database) -> None:
    for view, params in (
        ("overview", {}),
        ("points", {}),
        ("alerts", {}),
        ("city", {"city": CITY}),
        ("project", {"city": CITY, "project": "P1"}),
    ):
        app = shown(told, view, **params)
        assert "<img" not in texts(app), view
        assert ":material/home:" not in "".join(str(element.value) for element in app.markdown), view


def test_the_dossier_shows_early_and_late_figures(told: Database) -> None:
    app = shown(told, "project", city=CITY, project="P1")
    frame = app.dataframe[0].value
    assert list(frame["progress"]) == [30.0, 35.0]
    assert "2 rows, 1 of them replaced" in texts(app)
    assert "version 2" in texts(app)


@pytest.mark.parametrize(
    ("view", "params"),
    [
        ("project", {"city": CITY, "project": "P1"}),
        ("project", {"city": CITY, "project": "nobody"}),
        ("city", {"city": CITY}),
        ("overview", {"city": CITY}),
        ("points", {"province": "210000"}),
        ("alerts", {"city": CITY}),
        ("reports", {"city": CITY}),
        ("reports", {"submission": "s1", "holder": CITY}),
    ],
)
def test_the_wrong_person_gets_an_explanation_and_no_data(told: Database, view: str, params: dict) -> None:
    app = shown(told, view, role="city", cities="440100", **params)
    said = texts(app)
    assert "Not in your scope" in said
    assert "十月" not in said and "onerror" not in said
    assert not app.dataframe


@pytest.mark.parametrize("view", VIEWS)
def test_a_coordinator_never_meets_another_city(told: Database, view: str) -> None:
    app = shown(told, view, role="city", cities="440100")
    frames = " ".join(element.value.to_csv() for element in app.dataframe)
    charts = " ".join(element.proto.spec for element in app.get("vega_lite_chart"))
    assert "P1" not in texts(app) + frames + charts


def test_queries_outside_a_scope_answer_as_if_nothing_was_there(told: Database) -> None:
    from models.access import Scope
    from models.vocabulary import Role

    other = Scope("x@b.example", Role.CITY, "440100", frozenset({"440100"}))
    assert dossier.identity(told, other, CITY, "P1") is None
    assert dossier.reports(told, other, CITY, "P1").is_empty()
    assert dossier.curve(told, other, CITY, "P1").is_empty()
    assert dossier.versions(told, other, CITY, "P1") == dossier.adjustments(told, other, CITY, "P1") == []
    assert submissions.original(told, other, CITY, "s1") is None
    assert submissions.history(told, other) == []


def test_a_value_that_makes_no_sense_is_said_and_left_out(told: Database) -> None:
    app = shown(told, "points", light="purple", city="12", on="yesterday", known_at="soon")
    assert len(app.warning) == 4
    assert any("purple" in warning.value for warning in app.warning)


def test_as_known_before_the_correction(told: Database) -> None:
    app = shown(told, "project", city=CITY, project="P1", on="2026-11-23", known_at="2026-10-31T12:00")
    assert list(app.dataframe[0].value["progress"]) == [35.0]


def test_only_a_decider_gets_the_form_and_approval_makes_a_version(told: Database) -> None:
    coordinator = shown(told, "project", role="city", cities=CITY, city=CITY, project="P1")
    assert "waits for the decision" in texts(coordinator)
    assert not coordinator.get("form")
    app = shown(told, "project", city=CITY, project="P1")
    key = f"decide-{CITY}-P1-2"
    app.form_submit_button[0].click().run()
    assert app.error  # no ground, no document
    app.selectbox(key=f"{key}-ground").select("force_majeure")
    app.text_input(key=f"{key}-document").set_value("No. 8")
    app.form_submit_button[0].click().run()
    assert not app.exception
    from models.access import Scope
    from models.vocabulary import Role

    everybody = Scope("m@b.example", Role.MINISTRY, "000000", None)
    assert [v.version for v in dossier.versions(told, everybody, CITY, "P1")] == [1, 2, 3]


def test_a_filter_is_written_to_the_address(told: Database) -> None:
    app = shown(told, "points")
    app.selectbox(key="filter-light").set_value(str(Light.RED)).run()
    assert app.query_params["light"] == "red"
    assert not app.exception


HEADER = "项目编号,截止日期,形象进度（%）\n"


def test_an_upload_is_previewed_then_stored_then_dropped(told: Database) -> None:
    app = shown(told, "reports", role="city", cities=CITY)
    app.file_uploader[0].upload("十月更正.csv", (HEADER + "P1,2026-10-31,31.5\n").encode("gb18030")).run()
    assert not app.exception, app.exception[0].value
    said = texts(app)
    assert "GB18030" in said.upper()
    assert "30%" in said and "31.5%" in said
    assert "a correction needs a reason" in said and "Refused</dt><dd>0" in said
    _button(app, "Store this report").click().run()
    assert "Say why" in app.error[0].value
    next(one for one in app.text_input if one.key.startswith("reason-")).set_value("counted twice").run()
    assert submissions.history(told, _reporter(), limit=9)[0].id == "s1"  # nothing stored yet
    _button(app, "Store this report").click().run()
    assert not app.exception, app.exception[0].value
    assert submissions.history(told, _reporter())[0].file_name == "十月更正.csv"
    assert app.success and app.file_uploader[0].value is None
    assert "31.5" in texts(shown(told, "project", city=CITY, project="P1"))


def test_a_bad_file_tells_its_problems_in_the_readers_language(told: Database) -> None:
    app = shown(told, "reports", role="city", cities=CITY, language="zh_CN")
    app.file_uploader[0].upload("x.csv", (HEADER + "没有,2026-10-31,131\n").encode()).run()
    assert not app.exception, app.exception[0].value
    assert app.error
    assert "E-B101" in texts(app) or "E-C77" in texts(app)
    assert not [one for one in app.button if one.label == "存入"]


def test_a_kind_of_file_that_is_not_read_is_answered_by_the_intake(told: Database) -> None:
    app = shown(told, "reports", role="city", cities=CITY, language="zh_CN")
    app.file_uploader[0].upload("十月.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600).run()
    assert not app.exception, app.exception[0].value
    assert "E-F07" in texts(app) and "另存为 .xlsx" in texts(app)
    offered = [one.label for one in app.get("download_button")]
    assert offered[-1] == "下载问题清单（CSV）" and "下载标注问题的原文件" not in offered


@pytest.mark.parametrize(
    ("form", "said"), [("milestones", "Filled in with what is stored"), ("adjustments", "Only the header")]
)
def test_a_template_says_whether_it_is_filled_in(told: Database, form: str, said: str) -> None:
    assert said in texts(shown(told, "reports", role="city", cities=CITY, form=form))


def test_a_warning_needs_a_tick(told: Database) -> None:
    app = shown(told, "reports", role="city", cities=CITY)
    app.file_uploader[0].upload("x.csv", (HEADER + "P1,2026-11-20,12\n").encode()).run()
    assert _button(app, "Store this report").disabled
    app.checkbox[0].check().run()
    assert not _button(app, "Store this report").disabled


def test_a_file_of_another_period_than_the_one_chosen_is_refused(told: Database) -> None:
    app = shown(told, "reports", role="city", cities=CITY, period="2026-11-30")
    meant = next(one for one in app.selectbox if one.label == "Period of the file")
    assert (meant.value, meant.options[0]) == ("2026-11", "As the file says")
    app.file_uploader[0].upload("x.csv", (HEADER + "P1,2026-10-31,31\n").encode()).run()
    said = texts(app)
    assert "E-B109" in said and "2026-10-31, but the period chosen is 2026-11" in said
    assert "E-B123" not in said and "needs a reason" not in said
    next(one for one in app.selectbox if one.label == "Period of the file").set_value("").run()
    assert not app.exception and "E-B109" not in texts(app)


def test_a_rhythm_says_on_which_day_it_begins(told: Database) -> None:
    values = {"city": CITY, "programme": PILOT, "set_at": NOW, "unit": PeriodUnit.WEEK, "due_days": 2}
    values |= {"from_on": date(2026, 11, 10), "reason": "high risk", "set_by": "a@b.example"}
    put(told, ReportingRule, **values)
    said = texts(shown(told, "deadlines"))
    assert "begins with the first period that starts on or after" in said
    assert said.index("2026-11-10") < said.index("2026-12-01") < said.index("high risk")


@pytest.mark.parametrize(("asked", "period"), [("9999-12-31", "2026-11"), ("0001-01-01", "0001-01")])
def test_a_period_of_any_day_is_shown_at_most_the_running_one(
    told: Database, asked: str, period: str
) -> None:
    app = shown(told, "deadlines", period=asked)
    assert app.selectbox(key="deadlines-period").value.isoformat()[:7] == period
    owed = shown(told, "reports", role="city", cities=CITY, period=asked)
    assert owed.selectbox(key="reports-period").value.isoformat()[:7] == period


def test_a_supervisor_hands_in_what_supervisors_register(told: Database) -> None:
    app = shown(told, "reports")
    assert app.get("file_uploader") and "十月.csv" in texts(app)
    offered = app.get("button_group")[0].proto.options
    labels = {option.content for option in offered}
    assert "Annual evaluations" in labels and not labels & {"Projects", "Dispatch form"}


def test_a_coordinator_is_asked_for_what_the_city_owes(told: Database) -> None:
    said = texts(shown(told, "reports", role="city", cities=CITY))
    assert "progress and money of every project" in said and "projects without a plan curve" not in said
    assert "the enterprises of your lines" not in said and "days" in said
    line = texts(shown(told, "reports", role="city", cities="440100"))
    assert "the enterprises of your lines" in line


def test_a_form_that_is_owed_is_opened_for_the_same_period(told: Database) -> None:
    said = texts(shown(told, "reports", role="city", cities=CITY, period="2026-09-30"))
    assert f"form=dispatch&amp;city={CITY}&amp;period=2026-09-30" in said


def test_charts_carry_their_rows_beside_the_spec(told: Database) -> None:
    for chart in shown(told, "project", city=CITY, project="P1").get("vega_lite_chart"):
        assert chart.proto.datasets[0].name == "rows"
        assert "values" not in json.loads(chart.proto.spec).get("data", {})
        assert chart.proto.alt


def _button(app: AppTest, label: str):
    return next(one for one in app.button if one.label == label)


def _reporter():
    from models.access import Scope
    from models.vocabulary import Role

    return Scope("a@b.example", Role.CITY, CITY, frozenset({CITY}))


def test_a_day_judged_ahead_of_the_clock_is_shown(told: Database) -> None:
    watch.evaluate(told, date(2026, 11, 25), NOW, now=NOW)
    assert "2026-11-25" in texts(shown(told, "overview"))


def test_a_green_dossier_says_why_it_is_green(sqlite_db: Database) -> None:
    project(sqlite_db, "G1", JAN)
    report(sqlite_db, "G1", NOV, OCTOBER, physical_bp=10_000, submission="s1")
    watch.evaluate(sqlite_db, date(2026, 11, 23), NOW, now=NOW)
    said = texts(shown(sqlite_db, "project", city=CITY, project="G1"))
    assert "Rules that do not speak:" in said
    assert "<details" in said


def test_a_project_is_found_by_name_code_or_unit(told: Database) -> None:
    assert "L1" in texts(shown(told, "project", q="l1"))
    assert "L1" not in texts(shown(told, "project", q="P1"))
    assert "No project to choose from" in texts(shown(told, "project", q="nowhere"))


def test_the_industry_filter_offers_what_there_is(told: Database) -> None:
    app = shown(told, "points")
    chosen = app.selectbox(key="filter-industry").options
    assert any(option.startswith("26 ") for option in chosen)
    assert len(chosen) < 10


def test_a_judged_figure_leads_to_its_receipt(told: Database) -> None:
    assert "submission=s1&amp;holder=" in texts(shown(told, "project", city=CITY, project="P1"))


def test_the_overview_tells_deciders_what_waits(told: Database) -> None:
    assert "Adjustments waiting for a decision" in texts(shown(told, "overview"))
    assert "Adjustments waiting" not in texts(shown(told, "overview", role="city", cities=CITY))


@pytest.mark.parametrize(
    ("invested", "said", "silent"),
    [
        ((120, 190, 330), "Cost index (CPI)", "No earned value"),
        ((100, 200, 300), "is the share of the money", "Cost index"),  # worked out from the money
        ((None, None, 330), "too few reports tell both", "Cost index"),
        ((120, 190, None), "it needs total investment", "Cost index"),
    ],
)
def test_earned_value_is_given_where_work_is_measured_by_itself(
    sqlite_db: Database, invested: tuple[int | None, ...], said: str, silent: str
) -> None:
    project(sqlite_db, "E1", JAN)
    for month, money in enumerate(invested, start=1):
        told = {} if money is None else {"invested": money * WAN}
        report(sqlite_db, "E1", NOV, date(2026, 7 + month, 28), physical_bp=month * 1000, **told)
    watch.evaluate(sqlite_db, date(2026, 11, 23), NOW, now=NOW)
    found = texts(shown(sqlite_db, "project", city=CITY, project="E1"))
    assert said in found and silent not in found
