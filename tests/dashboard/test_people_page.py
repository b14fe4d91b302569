"""The page of people: a password for once is not lost by a click too many, and going back searches as before."""

import pytest
from streamlit.testing.v1 import AppTest

from models import accounts
from models.access import operator
from models.accounts import Change, Post, Wanted
from models.db import Database
from models.places import NATION
from models.queries import people
from models.vocabulary import Role
from tests.dashboard.pages import NOW, drawn, press, ran, texts


@pytest.fixture
def staffed(sqlite_db: Database) -> Database:
    change = Change(operator("operator@localhost"), NOW)
    for name in ("li", "wang"):
        wanted = Wanted(f"{name}@example.cn", name, Post(Role.AUDITOR, NATION), with_password=False)
        assert accounts.add(sqlite_db, wanted, change).refusal is None
    return sqlite_db


def filled(app: AppTest, email: str) -> AppTest:
    """The page with the form for a new account filled in."""
    fields = {one.label: one for one in (*app.text_input, *app.selectbox) if one.key.startswith("add-")}
    fields["E-mail address"].set_value(email)
    fields["Name"].set_value("New")
    fields["Role"].set_value(Role.AUDITOR)
    return ran(app)


def test_a_second_click_leaves_the_password_that_is_shown_once(staffed: Database) -> None:
    app = filled(drawn(staffed, "people", "administrator"), "new@example.cn")
    next(one for one in app.button if one.label == "Add the account").click()
    clicked = app._tree.get_widget_states()
    password = ran(app).code[0].value
    app._run(clicked)  # again, before the browser has drawn the new page
    assert not app.exception and not app.error and app.code[0].value == password
    assert [row.email for row in people.people(staffed, "new@")] == ["new@example.cn"]


def test_a_password_is_not_shown_beside_another_person(staffed: Database) -> None:
    app = press(filled(drawn(staffed, "people", "administrator"), "new@example.cn"), "Add the account")
    app.query_params["person"] = "li@example.cn"
    assert not ran(app).code
    app.query_params["person"] = "new@example.cn"
    assert not ran(app).code


def test_a_form_that_is_done_is_empty_and_the_next_one_is_answered(staffed: Database) -> None:
    app = press(filled(drawn(staffed, "people", "administrator"), "new@example.cn"), "Add the account")
    assert [one.value for one in app.text_input if one.key.startswith("add-")] == ["", ""]
    app = press(filled(app, "li@example.cn"), "Add the account")
    assert [one.value for one in app.error] == [accounts.TAKEN] and not app.code


def test_going_back_searches_for_what_the_address_says(staffed: Database) -> None:
    app = drawn(staffed, "people", "administrator", q="li")
    assert "li@example.cn" in texts(app) and "wang@example.cn" not in texts(app)
    app.text_input(key="people-search").set_value("wang")
    assert "li@example.cn" not in texts(ran(app)) and app.query_params["q"] == "wang"
    app.query_params["q"] = "li"
    assert "wang@example.cn" not in texts(ran(app)) and app.text_input(key="people-search").value == "li"
