"""The page of the audit log: what is chosen stands in the address, and a new choice begins with the newest entry."""

from datetime import date

import pytest

from models.audit import Deed, audit
from models.db import Database
from models.vocabulary import AuditKind
from tests.builders import CITY
from tests.dashboard.pages import NOW, drawn, ran, texts


@pytest.fixture
def noted(sqlite_db: Database) -> Database:
    with sqlite_db.rw.begin() as connection:
        for kind, about in ((AuditKind.DECISION, "first"), (AuditKind.SIGN_IN, "second")):
            audit(connection, Deed(kind, "wang@example.cn", NOW, "Done", CITY, about))
    return sqlite_db


@pytest.mark.parametrize(
    ("name", "value"),
    [("who", "wang"), ("kind", AuditKind.SIGN_IN), ("day", date(2026, 11, 23)), ("place", CITY)],
)
def test_a_new_choice_begins_with_the_newest_entry(noted: Database, name: str, value: object) -> None:
    app = drawn(noted, "audit", "auditor", before="2")
    assert "first" in texts(app) and "second" not in texts(app)
    {"who": app.text_input, "day": app.date_input}.get(name, app.selectbox)(key=f"audit-{name}").set_value(
        value
    )
    assert "second" in texts(ran(app))
    assert "before" not in app.query_params and app.query_params[name] == str(value)


def test_going_back_shows_what_the_address_says(noted: Database) -> None:
    app = drawn(noted, "audit", "auditor", kind="decision", day="2026-11-23", place=CITY)
    assert "first" in texts(app) and "second" not in texts(app)
    app.selectbox(key="audit-kind").set_value(None)
    assert "second" in texts(ran(app)) and "kind" not in app.query_params
    app.query_params["kind"] = "decision"
    assert "second" not in texts(ran(app)) and app.selectbox(key="audit-kind").value == "decision"


def test_a_choice_that_makes_no_sense_is_none(noted: Database) -> None:
    assert "second" in texts(
        drawn(noted, "audit", "auditor", kind="x", day="2026-13-01", place="x", before="x")
    )
