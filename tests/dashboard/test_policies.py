"""The page of the light rules: who sees and decides what, what a proposal would change, and putting it in force."""

from datetime import UTC, date, datetime, timedelta

import pytest
from streamlit.testing.v1 import AppTest

from alerts import watch
from alerts.policy import CARRIED
from alerts.presets import preset
from models.db import Database
from models.policies import PolicyInForce
from models.state import DayState
from models.vocabulary import Role
from models.words import words
from tests.alerts.shapes import rows
from tests.builders import CITY, project, report
from tests.dashboard.pages import NOW, drawn, ran, texts

START = datetime(2026, 1, 5, 1, tzinfo=UTC)
LIAONING, OTHER, XIAMEN = "210000", "210200", "350200"
DESKS = {
    "ministry": ("000000", None),
    "province": (LIAONING, (CITY, OTHER)),
    "city": (CITY, (CITY,)),
    "operator": ("000000", None),
    "auditor": ("000000", None),
    "administrator": ("000000", ()),
}


def shown(db: Database, role: str, view: str = "rules", language: str = "en", **params: str) -> AppTest:
    now = NOW + timedelta(minutes=5)
    return drawn(db, view, role, *DESKS[role], reader=language, now=now, **params)


@pytest.fixture
def two(sqlite_db: Database) -> Database:
    """A and B five points behind in two cities of Liaoning: green as carried, yellow by Sanya."""
    for code, city in (("A", CITY), ("B", OTHER)):
        project(sqlite_db, code, START, city=city)
        figures = dict(physical_bp=7_830, stage="continuing", city=city, issued=0, spent=0)
        report(sqlite_db, code, NOW - timedelta(days=9), date(2026, 10, 31), **figures)
    watch.evaluate(sqlite_db, date(2026, 11, 23), NOW, now=NOW)
    return sqlite_db


@pytest.mark.parametrize("language", ["en", "zh_CN"])
@pytest.mark.parametrize("role", list(Role))
def test_every_desk_sees_what_is_in_force_and_only_some_decide(
    two: Database, role: str, language: str
) -> None:
    if role not in DESKS:
        pytest.fail(f"say here what the role {role} may do")
    app = shown(two, role, language=language)
    said = texts(app)
    assert {"en": "the rules as delivered", "zh_CN": "自带规则"}[language] in said
    offered = {
        "ministry": {"nation", "programme"},
        "province": {"province", "city"},
        "city": set(),
        "operator": {"nation", "programme", "province", "city"},
        "auditor": set(),
        "administrator": set(),
    }
    boxes = [box for box in app.selectbox if box.key == "rules-scope"]
    names = [option.split(" ")[0] for box in boxes for option in box.options]
    assert set(names) == {words(language).label(scope) for scope in offered[role]}
    if role == "province":
        assert len(names) == 3  # itself and its two cities
    assert not app.text_input


def _proposing(app: AppTest, place: tuple[str, str], source: str) -> AppTest:
    app.selectbox(key="rules-scope").set_value(place)
    ran(app)
    app.selectbox(key="rules-source").set_value(source)
    return ran(app)


def test_a_province_looks_at_the_effect_and_then_puts_sanya_in_force(two: Database) -> None:
    app = _proposing(shown(two, "province"), ("city", CITY), "sanya_2022")
    said = texts(app)
    assert "shortfall ÷ planned" in said and "Red: above 50% short" in said and "Red: above 30 points" in said
    assert not app.text_input  # nothing can be put in force unseen
    app.button(key="rules-effect").click()
    said = texts(ran(app))
    assert (
        "1 of 1 projects change their light today." in said
        and "project A" in said
        and "project B" not in said
    )
    app.button(key="rules-rehearse").click()
    assert "Troubles that no alert announced" in texts(ran(app))
    _submit(app, "")
    assert [error.value for error in app.error] == ["Say why it is put in force."]
    assert rows(two, PolicyInForce) == []
    _submit(app, "The city's own bulletin goes by it")
    assert not app.error
    (row,) = rows(two, PolicyInForce)
    assert (str(row.scope), row.place, row.set_by) == ("city", CITY, "a@b.example")
    lights = {state.project: (str(state.light), state.policy) for state in rows(two, DayState)}
    assert lights == {"A": ("yellow", 2), "B": ("green", 1)}
    again = texts(shown(two, "province"))
    assert "Sanya 2022" in again and "bulletin goes by it" in again


def _submit(app: AppTest, reason: str) -> None:
    app.text_input(key="rules-reason").set_value(reason)
    next(button for button in app.button if button.label == "Put in force").click()
    ran(app)


def test_another_text_needs_another_look(two: Database) -> None:
    app = _proposing(shown(two, "province"), ("city", CITY), "sanya_2022")
    app.button(key="rules-effect").click()
    assert ran(app).text_input
    app.selectbox(key="rules-source").set_value("wuhan")
    assert not ran(app).text_input


def test_a_text_that_cannot_judge_is_told_why(two: Database) -> None:
    app = _proposing(shown(two, "operator"), ("nation", "000000"), "edit")
    area = app.text_area[0]
    assert area.value == CARRIED
    area.set_value(CARRIED.replace("above = 30", "above = 5", 1))
    (error,) = ran(app).error
    assert "lagging" in error.value and "must lie beyond yellow" in error.value.replace("\\", "")
    assert not app.text_input


def test_why_a_text_cannot_judge_is_told_in_chinese(two: Database) -> None:
    app = _proposing(shown(two, "operator", language="zh_CN"), ("nation", "000000"), "edit")
    for text, why in (
        (CARRIED.replace("above = 30", "above = 5", 1), "必须比黄色限值更严重"),
        ("[rules.nothing]\n", "没有这条规则"),
        ("x = ", "不是合法的 TOML"),
    ):
        app.text_area[0].set_value(text)
        (error,) = ran(app).error
        assert why in error.value and "expected" not in error.value and "must" not in error.value


def test_pages_say_the_rule_beside_the_light(two: Database) -> None:
    app = _proposing(shown(two, "province"), ("province", LIAONING), "sanya_2022")
    app.button(key="rules-effect").click()
    _submit(ran(app), "trial")
    assert texts(shown(two, "city", "overview")).count("by Sanya 2022") == 1
    dossier = texts(shown(two, "city", "project", city=CITY, project="A"))
    assert "by Sanya 2022" in dossier and "Sanya 2022, policy version 2" in dossier
    assert "按三亚2022" in texts(shown(two, "city", "project", "zh_CN", city=CITY, project="A"))
    then = shown(two, "city", "project", city=CITY, project="A", known_at=NOW.isoformat())
    assert "Sanya" not in texts(then)


def test_somebody_elses_rules_are_not_shown(two: Database) -> None:
    from tests.alerts.test_in_force import use

    assert use(two, "city", XIAMEN, preset("wuhan"), NOW) is None
    assert "Wuhan" not in texts(shown(two, "province")).split("Texts")[0]
    assert "Wuhan" in texts(shown(two, "ministry"))
