"""Choosing several alerts on the page and acting on them: who is offered what, in both languages, and what it says."""

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from alerts import assigning
from alerts.selected import Chosen
from models.alerts import AlertEvent, Silence
from models.audit import AuditRow
from models.db import Database
from models.orders import DispatchOrder
from tests.alerts.shapes import person, rows
from tests.alerts.test_selected import PROVINCE, fill
from tests.builders import CITY
from tests.dashboard.pages import NOW, drawn, press, ran, texts
from tests.dashboard.test_order_pages import shown as on_orders

START = datetime(2026, 1, 5, 1, tzinfo=UTC)


_SEATS = {
    "ministry": ("000000", None),
    "province": ("210000", (CITY, "210200", "210000")),
    "city": (CITY, (CITY,)),
    "auditor": ("000000", None),
    "elsewhere": ("440100", ("440100",)),
}


def shown(db: Database, role: str, language: str = "en", **params: str) -> AppTest:
    email = {"province": "p@x.cn", "city": "c@x.cn", "ministry": "m@x.cn"}.get(role, "a@x.cn")
    name = "city" if role == "elsewhere" else role
    return drawn(db, "alerts", name, *_SEATS[role], email=email, reader=language, **params)


@pytest.fixture
def filled(sqlite_db: Database) -> Database:
    return fill(sqlite_db)


@pytest.mark.parametrize(
    ("role", "acts"),
    [
        ("ministry", ["Silence", "Issue dispatch orders", "Assign to a person"]),
        ("province", ["Acknowledge", "Silence", "Issue dispatch orders", "Assign to a person"]),
        ("city", ["Acknowledge", "Assign to a person"]),
    ],
)
def test_each_post_is_offered_its_acts(filled: Database, role: str, acts: list[str]) -> None:
    app = shown(filled, role, choose="1")
    assert not [one for one in app.radio if one.key == "triage-act"]  # nothing is chosen yet
    app.checkbox[0].check()
    assert ran(app).radio(key="triage-act").options == acts


@pytest.mark.parametrize("language", ["en", "zh_CN"])
@pytest.mark.parametrize("role", ["auditor", "elsewhere"])
def test_who_may_do_nothing_chooses_nothing(filled: Database, role: str, language: str) -> None:
    app = shown(filled, role, language, choose="1")
    assert not app.checkbox and not [one for one in app.button if one.key == "triage-switch"]


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_all_that_match_are_acknowledged_and_taken_back(filled: Database, language: str) -> None:
    labels = {
        "en": ("Choose several", "Choose all 4 that match", "Acknowledge 4 alerts", "Undo"),
        "zh_CN": ("批量处理", "选择全部 4 条", "确认 4 条预警", "撤销"),
    }[language]
    app = shown(filled, "city", language)
    press(app, labels[0])
    press(app, labels[1])
    app.text_input[0].set_value("two shifts <b>now</b>")
    press(app, labels[2])
    told = app.warning[0].value
    assert all(piece in told for piece in _PIECES[language])
    assert not any(box.value for box in app.checkbox)
    notes = [row.note for row in rows(filled, AlertEvent) if row.transition == "acknowledged"]
    assert notes == ["two shifts <b>now</b>"] * 3
    press(app, labels[3])
    assert [row.transition for row in rows(filled, AlertEvent)].count("unacknowledged") == 3
    assert [row.who for row in rows(filled, AuditRow)] == ["c@x.cn", "c@x.cn"]


_PIECES = {
    "en": ("Done: 3.", "Not done: 1. This is not yours to do."),
    "zh_CN": ("已办理 3 条", "未办理 1 条"),
}


def test_a_province_silences_and_orders_what_it_ticked(filled: Database) -> None:
    app = shown(filled, "province", choose="1")
    boxes = [box for box in app.checkbox if "P1" in box.label and "210200" not in box.key]
    assert len(boxes) == 2
    for box in boxes:
        box.check()
    ran(app).radio(key="triage-act").set_value("silence")
    ran(app).text_input[0].set_value("flood")
    press(app, "Silence 2 alerts")
    assert "Done: 2." in app.success[0].value
    assert {row.alert for row in rows(filled, Silence)} == {"a1", "a2"}
    assert "Silenced until 2026-11-30" in "".join(box.label for box in app.checkbox)
    press(app, "Undo")
    assert all(row.ended_at for row in rows(filled, Silence))

    for box in [box for box in app.checkbox if "P1" in box.label and "210200" not in box.key]:
        box.check()
    ran(app).radio(key="triage-act").set_value("order")
    ran(app)
    app.number_input[0].set_value(3)
    assert "until 2026-11-26" in texts(ran(app))
    assert "1 projects or places" in texts(app)
    press(app, "Issue 1 orders")
    assert "Choose the cause." in texts(app)
    app.selectbox[-1].set_value("weak_management")
    app.text_area[0].set_value("Catch up by December")
    press(app, "Issue 1 orders")
    assert "Done: 2." in app.success[0].value
    (order,) = rows(filled, DispatchOrder)
    assert (order.asked, order.project, order.issued_by) == ("Catch up by December", "P1", "p@x.cn")
    assert "".join(box.label for box in app.checkbox).count(order.number) == 2
    told = "\n".join(one.value for one in on_orders(filled, order=order.id, holder=CITY).html)
    assert "It gathers too" in told and "alert=a1" in told and "alert=a2" in told


def test_what_is_assigned_to_me_has_a_filter(filled: Database) -> None:
    app = shown(filled, "province", choose="1")
    press(app, "Choose all 5 that match")
    app.radio(key="triage-act").set_value("assign")
    people = ran(app).selectbox[-1]
    assert any("c@x.cn · City, Shenyang · reaches 4 of 5" in one for one in people.options)
    people.set_value("c@x.cn")
    press(app, "Assign 5 alerts")
    assert (
        "Done: 4." in app.warning[0].value and "outside of what this person may see" in app.warning[0].value
    )
    mine = shown(filled, "city", laid="me")
    assert texts(mine).count("c@x.cn") >= 4
    assert "No open alert" in texts(shown(filled, "ministry", laid="me"))
    press(app, "Undo")
    assert "No open alert" in texts(shown(filled, "city", laid="me"))


def test_groups_are_chosen_whole(filled: Database) -> None:
    app = shown(filled, "province", choose="1")
    app.selectbox(key="triage-group").set_value("rule")
    ran(app)
    choose = [one for one in app.button if one.label.startswith("Choose these")]
    assert sorted(one.label for one in choose) == ["Choose these 1", "Choose these 1", "Choose these 3"]
    next(one for one in choose if one.label == "Choose these 3").click()
    ran(app)
    assert "3 chosen" in texts(app)
    app.selectbox(key="filter-alert-severity").set_value("red")
    assert "0 chosen" in texts(ran(app))  # another list, another choice


def test_what_was_decided_meanwhile_is_asked_of_the_stored_alert(filled: Database) -> None:
    """A choice that the session holds is a wish: an alert that left the scope's list is refused by the act."""
    app = shown(filled, "city", choose="1")
    app.session_state["triage-chosen"] = {("210200", "b1"): True, ("350200", "x1"): True}
    ran(app).text_input[0].set_value("mine now")
    press(app, "Acknowledge 2 alerts")
    assert "Done: 0." in app.warning[0].value and "Not done: 2." in app.warning[0].value
    assert {row.transition for row in rows(filled, AlertEvent)} == {"opened"}
    assert not rows(filled, AuditRow)


def test_a_name_is_text_in_a_box(filled: Database) -> None:
    person(filled, "z@x.cn", "city", CITY, START, name="**Zed** [x](http://evil.example)")
    assigning.assign(filled, Chosen(PROVINCE, [(CITY, "a1")], NOW), to="z@x.cn")
    app = shown(filled, "ministry", choose="1")
    label = next(box.label for box in app.checkbox if "Zed" in box.label)
    assert "\\*\\*Zed\\*\\*" in label and "](http://evil" not in label


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_many_alerts_are_turned_page_by_page(filled: Database, language: str) -> None:
    from tests.alerts.test_selected import put_alerts

    with filled.rw.begin() as connection:
        connection.execute(sa.text("delete from alertevent"))
        connection.execute(sa.text("delete from alert"))
    rules = [f"rule{n}" for n in range(60)]
    put_alerts(filled, tuple((CITY, f"n{n:02}", "P1", rule, "red", False) for n, rule in enumerate(rules)))
    app = shown(filled, "city", language, choose="1")
    assert len(app.checkbox) == 50
    app.button(key="triage-later").click()
    assert len(ran(app).checkbox) == 10
    app.button(key="triage-all").click()
    ran(app)
    assert {"en": "60 chosen", "zh_CN": "已选 60 条"}[language] in texts(app)


@pytest.mark.parametrize(
    ("role", "place", "hides"),
    [("ministry", "000000", 4), ("ministry", "350000", 1), ("province", "210000", 3)],
)
def test_a_rule_is_silenced_as_widely_as_the_scope_allows(
    filled: Database, role: str, place: str, hides: int
) -> None:
    app = shown(filled, role)
    app.selectbox(key="wide-rule-0").set_value("stalled")
    app.selectbox(key="wide-place-0").set_value(place)
    assert f"It hides {hides} open alerts now." in texts(ran(app))
    app.text_input(key="wide-reason-0").set_value("the register is being moved")
    press(app, "Silence")
    (row,) = rows(filled, Silence)
    assert (row.city, row.rule, row.project, row.alert) == (place, "stalled", None, None)
    assert "Silences in force (1)" in [one.label for one in app.expander]
    seen = shown(filled, "city")
    assert ("the register is being moved" in texts(seen)) == (place != "350000")
    app.multiselect(key="silences-ending").set_value([(place, row.id)])
    press(ran(app), "End 1 silences")
    assert rows(filled, Silence)[0].ended_by == f"{role[0]}@x.cn"


def test_a_city_has_no_wide_silence(filled: Database) -> None:
    assert not [one for one in shown(filled, "city").selectbox if one.key.startswith("wide-")]
    provinces = shown(filled, "province").selectbox(key="wide-place-0").options
    assert provinces == ["Liaoning"]
