"""The pages of dispatch orders and of the ladder: what each role sees and may do, in both languages."""

from datetime import date, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from alerts import watch
from alerts.evidence import Upload
from alerts.letters import Office
from alerts.order_rights import stand_of
from models.alerts import Alert, Message
from models.db import Database
from models.records import Evaluation
from models.vocabulary import Deed, OrderState, Tier
from tests.alerts.order_shapes import CITY_DESK, ID, MINISTRY, act, desks, every, issued, look
from tests.alerts.shapes import limited, rows
from tests.builders import CITY, application, put, report
from tests.dashboard.pages import NOW, drawn, press, texts

LIAONING = "210000"


def shown(
    db: Database,
    view: str = "orders",
    *,
    role: str = "ministry",
    home: str | None = CITY,
    days: int = 0,
    **asked: str,
) -> AppTest:
    place = {"city": home, "province": "210000"}.get(role) or "000000"
    cities = {"city": (home,), "province": ("210000", "210100", "210200")}.get(role)
    who = dict(email=f"{role[0]}@example.cn", reader=asked.pop("language", "en"))
    return drawn(db, view, role, place, cities, now=NOW + timedelta(days=days), **who, **asked)


def labels(app: AppTest) -> set[str]:
    return {one.label for one in app.button}


@pytest.fixture
def staffed(sqlite_db: Database) -> Database:
    desks(sqlite_db)
    return sqlite_db


@pytest.mark.parametrize("language", ["en", "zh_CN"])
@pytest.mark.parametrize("role", ["ministry", "province", "city"])
def test_an_empty_list_says_why(staffed: Database, role: str, language: str) -> None:
    said = texts(shown(staffed, role=role, language=language))
    assert ("No dispatch order" if language == "en" else "没有督办单") in said


def test_the_list_has_the_longest_overdue_first_and_filters(staffed: Database) -> None:
    issued(staffed, NOW)
    issued(staffed, NOW, id="second", project=None, answer_by=date(2026, 11, 24))
    app = shown(staffed, days=3)
    table = next(one.value for one in app.html if "pd-t" in one.value and "<table" in one.value)
    assert table.index("2026-210100-002") < table.index("2026-210100-001")
    assert "overdue by 2 working days" in table and "overdue by 1 working days" in table
    assert "No order with these filters" in texts(shown(staffed, overdue="1"))
    assert "2026-210100-001" in texts(shown(staffed, days=3, overdue="1"))
    assert "No order with these filters" in texts(shown(staffed, mine="1"))
    assert "2026-210100-001" in texts(shown(staffed, role="city", mine="1"))
    assert "2026-210100-002" not in texts(shown(staffed, kind="point"))
    assert "No dispatch order" in texts(shown(staffed, state="settled"))
    assert "2026-210100-001" not in texts(shown(staffed, role="city", home="210200"))


@pytest.mark.parametrize("role", ["ministry", "province", "city"])
@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_one_orders_page_opens_for_each_role_in_each_state(
    staffed: Database, role: str, language: str
) -> None:
    issued(staffed, NOW, asked="Pay <b>now</b>\nand say so")
    asked = {"order": ID, "holder": CITY, "role": role, "language": language}
    said = texts(shown(staffed, **asked))
    assert "&lt;b&gt;now" in said and "<b>now" not in said
    for by, deed, more in (
        (CITY_DESK, Deed.RECEIVED, {}),
        (CITY_DESK, Deed.TIME_ASKED, {"answer_by": date(2026, 12, 4)}),
        (MINISTRY, Deed.TIME_GRANTED, {}),
        (CITY_DESK, Deed.RECTIFIED, {"files": [Upload("a.pdf", b"%PDF-1")]}),
        (MINISTRY, Deed.SENT_BACK, {"answer_by": date(2026, 12, 4), "rectify_by": date(2026, 12, 31)}),
        (CITY_DESK, Deed.ANSWERED, {}),
        (MINISTRY, Deed.CLOSED, {}),
    ):
        assert act(staffed, by, deed, NOW, **more) is None
        shown(staffed, **asked)
    (button,) = shown(staffed, **asked).get("download_button")
    assert button.proto.label.startswith("a\\.pdf")


@pytest.mark.parametrize(
    ("role", "city", "sees"),
    [("city", CITY, True), ("city", "210200", False), ("province", None, True), ("ministry", None, True)],
)
def test_out_of_scope_learns_nothing(staffed: Database, role: str, city: str | None, sees: bool) -> None:
    issued(staffed, NOW)
    said = texts(shown(staffed, role=role, home=city, order=ID, holder=CITY))
    assert ("Put the matching funds" in said) == sees
    assert ("Not in your scope" in said) == (not sees)


def test_the_forms_are_those_of_the_side(staffed: Database) -> None:
    issued(staffed, NOW)
    asked = {"order": ID, "holder": CITY}
    city = labels(shown(staffed, role="city", **asked))
    assert {
        "Acknowledge receipt",
        "Hand in the reply",
        "Ask for more time",
    } <= city and "Close the order" not in city
    ministry = labels(shown(staffed, **asked))
    assert "Close the order" in ministry and not ministry & {"Hand in the reply", "Send back", "Grant"}
    assert not labels(shown(staffed, role="province", **asked)) & {"Close the order", "Hand in the reply"}


def test_a_city_replies_and_a_ministry_closes(staffed: Database) -> None:
    issued(staffed, NOW)
    asked = {"order": ID, "holder": CITY}
    app = press(shown(staffed, role="city", **asked), "Hand in the reply")
    assert "nothing was written" in texts(app)
    app.radio[0].set_value(Deed.RECTIFIED)
    app.text_area[0].set_value("voucher <i>12</i>")
    app = press(app, "Hand in the reply")
    assert stand_of(look(staffed)).state == OrderState.TO_REVIEW
    assert app.button == [] or "Hand in the reply" not in labels(app)
    app = shown(staffed, **asked)
    assert "voucher &lt;i&gt;12" in texts(app)
    finding = next(one for one in app.text_area if one.label == "Finding")
    finding.set_value("seen on site")
    press(app, "Close the order")
    assert look(staffed).events[-1].note == "seen on site"


def test_who_was_overtaken_is_told(staffed: Database) -> None:
    issued(staffed, NOW)
    app = shown(staffed, order=ID, holder=CITY)
    assert act(staffed, CITY_DESK, Deed.ANSWERED, NOW) is None
    next(one for one in app.text_area if one.label == "Finding").set_value("closed")
    assert "happened to this order meanwhile" in texts(press(app, "Close the order"))
    assert stand_of(look(staffed)).closed_on is None


def test_more_time_is_asked_for_and_granted_on_the_page(staffed: Database) -> None:
    issued(staffed, NOW)
    asked = {"order": ID, "holder": CITY}
    app = shown(staffed, role="city", **asked)
    next(one for one in app.text_area if one.label == "Why more time is needed").set_value("customs")
    app.date_input[0].set_value(date(2026, 12, 4))
    press(app, "Ask for more time")
    assert stand_of(look(staffed)).asked_for == (date(2026, 12, 4), None)
    press(shown(staffed, **asked), "Grant")
    assert stand_of(look(staffed)).answer_by == date(2026, 12, 4)


def test_days_that_were_granted_are_what_the_form_to_send_back_begins_with(staffed: Database) -> None:
    issued(staffed, NOW)
    assert act(staffed, CITY_DESK, Deed.ANSWERED, NOW) is None
    assert act(staffed, CITY_DESK, Deed.TIME_ASKED, NOW, rectify_by=date(2027, 3, 31)) is None
    app = press(shown(staffed, order=ID, holder=CITY), "Grant")
    assert stand_of(look(staffed)).rectify_by == date(2027, 3, 31)
    next(one for one in app.text_area if one.label == "Why it is sent back").set_value("not yet")
    press(app, "Send back")
    assert look(staffed).events[-1].deed == Deed.SENT_BACK
    assert stand_of(look(staffed)).rectify_by == date(2027, 3, 31)


def speaking(db: Database) -> Alert:
    report(db, "P1", NOW - timedelta(days=9), date(2026, 10, 31), physical_bp=3_000)
    watch.evaluate(db, date(2026, 11, 23), NOW, now=NOW)
    return rows(db, Alert)[0]


def over_quota(db: Database) -> Alert:
    """The alert of a province that recommended two cities."""
    for name in ("鞍山市", "本溪市"):
        application(db, NOW - timedelta(days=9), 2026, name)
    watch.evaluate(db, date(2026, 11, 23), NOW, now=NOW, office=Office(policy=limited("quota")))
    return rows(db, Alert)[0]


def test_an_order_is_issued_from_an_alert(staffed: Database) -> None:
    alert = speaking(staffed)
    listed = texts(shown(staffed, "alerts"))
    assert "Issue an order" in listed and "issue=1" in listed
    app = shown(staffed, "alerts", city=CITY, alert=alert.id, issue="1")
    app = press(app, "Issue the order")
    assert "Choose the cause" in texts(app)
    next(one for one in app.selectbox if one.label == "Cause").select_index(1)
    next(one for one in app.text_area if one.label == "What is asked").set_value("Deliver the machines.")
    app = press(app, "Issue the order")
    (order,) = every(staffed)
    assert (order.alert, order.rule, order.project, order.to_level) == (alert.id, alert.rule, "P1", Tier.CITY)
    assert stand_of(order).answer_by == date(2026, 11, 30)  # five working days
    assert [row.recipient for row in rows(staffed, Message) if order.number in row.subject] == [
        "c@example.cn"
    ]
    assert order.number in texts(app) and "Issue the order" not in labels(app)
    assert order.number in texts(shown(staffed, "alerts"))
    page_of_order = texts(shown(staffed, order=order.id, holder=CITY))
    assert "Red" in page_of_order and "Behind" not in page_of_order


@pytest.mark.parametrize("role", ["city", "province"])
def test_who_does_not_decide_gets_no_form(staffed: Database, role: str) -> None:
    alert = speaking(staffed)
    app = shown(staffed, "alerts", role=role, city=CITY, alert=alert.id)
    assert ("Issue the order" in labels(app)) == (role == "province")


@pytest.mark.parametrize("language", ["en", "zh_CN"])
@pytest.mark.parametrize(("role", "may"), [("province", False), ("ministry", True)])
def test_a_province_lays_no_order_on_itself(staffed: Database, role: str, may: bool, language: str) -> None:
    alert, told = over_quota(staffed), {"role": role, "language": language, "city": LIAONING}
    issue = {"en": "Issue the order", "zh_CN": "下达"}[language]
    for view, asked in (
        ("alerts", {"alert": alert.id}),
        ("alerts", {"alert": alert.id, "issue": "1"}),
        ("city", {}),
    ):
        app = shown(staffed, view, **asked, **told)
        assert {"en": "Liaoning", "zh_CN": "辽宁"}[language] in texts(app)
        assert (issue in labels(app)) == may


@pytest.mark.parametrize("asked", [{}, {"province": LIAONING}, {"rule": "quota"}])
@pytest.mark.parametrize(("role", "may"), [("province", False), ("ministry", True)])
def test_a_provinces_own_alert_is_listed(
    staffed: Database, role: str, may: bool, asked: dict[str, str]
) -> None:
    alert = over_quota(staffed)
    listed = texts(shown(staffed, "alerts", role=role, **asked))
    assert alert.id in listed and ("issue=1" in listed) == may
    assert alert.id not in texts(shown(staffed, "alerts", role="city", **asked))


def test_an_order_by_hand_on_project_and_city(staffed: Database) -> None:
    report(staffed, "P1", NOW - timedelta(days=9), date(2026, 10, 31), physical_bp=3_000)
    for view, asked in (("project", {"city": CITY, "project": "P1"}), ("city", {"city": CITY})):
        app = shown(staffed, view, role="province", **asked)
        next(one for one in app.selectbox if one.label == "Cause").select_index(0)
        next(one for one in app.text_area if one.label == "What is asked").set_value(f"on the {view}")
        press(app, "Issue the order")
    assert {(order.asked, order.project) for order in every(staffed)} == {
        ("on the project", "P1"),
        ("on the city", None),
    }
    said = texts(shown(staffed, "city", role="city", city=CITY))
    assert "2026-210100-001" in said and "2026-210100-002" in said


# --- the ladder ---------------------------------------------------------------------------------------------


def test_a_measure_is_entered_corrected_and_withdrawn_on_the_city_page(staffed: Database) -> None:
    issued(staffed, NOW)
    row = dict(city=CITY, record_key=f"2025\x1f{CITY}", submission="s0", row_no=2, recorded_at=NOW, year=2025)
    put(staffed, Evaluation, **row, score=5_550, grade="poor")
    app = shown(staffed, "city", role="province", city=CITY)
    assert "55.5" in texts(app) and "No measure was ever entered" in texts(app)
    kind = next(one for one in app.selectbox if one.label == "Measure")
    kind.select_index(2)
    for label, text in (
        ("Document number", "工信〔2026〕9号"),
        ("Amount deducted or recovered, 10k yuan", "1,200.5"),
    ):
        next(one for one in app.text_input if one.label == label).set_value(text)
    next(one for one in app.selectbox if one.label == "Rests on the evaluation of").select_index(1)
    next(one for one in app.multiselect if one.label == "Rests on the orders").select(ID)
    next(one for one in app.text_area if one.label == "Reason").set_value("year not met")
    app = press(app, "Enter the measure")
    said = texts(shown(staffed, "city", role="city", city=CITY))
    assert "CNY 12.005 m" in said and "工信〔2026〕9号" in said and "2026-210100-001" in said
    assert "Enter the measure" not in labels(shown(staffed, "city", role="city", city=CITY))
    note = next(one for one in app.text_input if one.label == "Reason")
    note.set_value("entered for the wrong city")
    press(app, "Withdraw the measure")
    said = texts(shown(staffed, "city", role="city", city=CITY))
    assert "Measure withdrawn" in said and "entered for the wrong city" in said and "year not met" in said


def test_no_view_names_the_clock_of_the_wall() -> None:
    """Pages take the day from the visit."""
    for name in ("orders", "order", "order_words", "acting", "issuing", "ladder"):
        text = (Path("dashboard/views") / f"{name}.py").read_text(encoding="utf-8")
        assert "clock.now(" not in text and "date.today(" not in text


def test_a_list_of_many_orders_is_cut_with_a_word(staffed: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.views.orders.MOST", 2)
    for number in range(3):
        issued(staffed, NOW, id=f"o{number}")
    with staffed.ro.connect() as connection:
        assert connection.scalar(sa.text("select count(*) from dispatchorder")) == 3
    assert "2 of 3 are listed" in texts(shown(staffed))
