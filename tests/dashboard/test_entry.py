"""Rows changed in the grid: which day they speak of, and that only their own storing or discarding ends them."""

from datetime import date

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from collectors import drafts
from collectors.drafts import Kept
from dashboard.views.entry import _dated
from models.access import Scope
from models.db import Database
from models.queries import submissions
from models.vocabulary import Role
from tests.builders import CITY
from tests.dashboard.pages import NOW, press, ran, texts
from tests.dashboard.test_views import HEADER, fill, shown

SEPTEMBER, OCTOBER, NOVEMBER = date(2026, 9, 30), date(2026, 10, 31), date(2026, 11, 23)
START = date(2026, 11, 1)


def test_rows_of_earlier_periods_get_the_day_and_those_of_this_one_correct_themselves() -> None:
    before = pl.DataFrame({"project": ["A", "B", "C"], "as_of": [SEPTEMBER, OCTOBER, date(2026, 11, 10)]})
    touched = pl.DataFrame(
        {
            "project": ["A", "B", "C", "D", "E"],
            "as_of": [SEPTEMBER, OCTOBER, date(2026, 11, 10), None, date(2026, 8, 31)],
        }
    )
    dated = _dated(touched, before, NOVEMBER, START)
    assert dict(dated.iter_rows()) == {
        "A": NOVEMBER,
        "B": NOVEMBER,
        "C": date(2026, 11, 10),
        "D": NOVEMBER,
        "E": date(2026, 8, 31),  # somebody typed it
    }


CITYS = Scope("a@b.example", Role.CITY, CITY, frozenset({CITY}))
GRID = f"entry-dispatch-{CITY}-0"
FILE = "上传的.csv"


@pytest.fixture
def told(sqlite_db: Database) -> Database:
    fill(sqlite_db)
    return sqlite_db


def typed(db: Database) -> AppTest:
    """The page with one cell typed in the grid, and not looked at yet."""
    app = shown(db, "reports", role="city", cities=CITY, form="dispatch")
    app.toggle(key="reports-entry").set_value(True)
    ran(app)
    app.session_state[GRID] = {
        "edited_rows": {0: {"problem": "缺工"}},
        "added_rows": [],
        "deleted_rows": [],
    }
    ran(app)
    assert not disabled(app, "Look at the changes")
    return app


def disabled(app: AppTest, label: str) -> bool:
    return next(one for one in app.button if one.label == label).disabled


def uploaded(app: AppTest, line: str) -> AppTest:
    app.file_uploader[0].upload(FILE, (HEADER + line).encode())
    return ran(app)


def stored(db: Database) -> set[str]:
    """Names of the files that were stored beside the one of ``fill``."""
    return {one.file_name for one in submissions.history(db, CITYS)} - {"十月.csv"}


def test_rows_typed_outlast_a_file_that_is_discarded(told: Database) -> None:
    app = press(uploaded(typed(told), "P1,2026-11-20,31.5\n"), "Discard")
    assert app.file_uploader[0].value is None
    assert not disabled(app, "Look at the changes")
    app = press(app, "Look at the changes")
    assert "缺工" in texts(app)
    press(app, "Discard")
    assert disabled(app, "Look at the changes")  # the next grid is empty


def test_rows_typed_outlast_a_file_that_is_stored_and_are_stored_after_it(told: Database) -> None:
    app = press(uploaded(typed(told), "P1,2026-11-20,31.5\n"), "Store this report")
    assert stored(told) == {FILE} and "Stored as submission" in texts(app)
    assert "Stored rows have changed since you began" in texts(app)
    app = press(app, "Look at the changes")
    assert "Stored as submission" not in texts(app)
    next(one for one in app.checkbox if one.key.startswith("agree-")).check()  # 30% after 31.5%
    press(ran(app), "Store this report")
    assert stored(told) == {FILE, "Dispatch form_2026-11-23.csv"}
    assert disabled(app, "Look at the changes") and "Stored rows have changed" not in texts(app)


def test_what_was_opened_last_is_previewed_and_stored(told: Database) -> None:
    content = (HEADER + "P1,2026-11-20,33\n").encode()
    drafts.save(told, CITYS, Kept("dispatch", "草稿.csv", content, 1), now=NOW)
    app = uploaded(typed(told), "P1,2026-11-20,31.5\n")
    assert f'pd-m">{FILE}<' in texts(app)
    press(app, "Open")
    assert 'pd-m">草稿.csv<' in texts(app) and "33%" in texts(app) and "31.5%" not in texts(app)
    press(app, "Look at the changes")
    assert "缺工" in texts(app) and 'pd-m">草稿.csv<' not in texts(app)
    press(app, "Open")
    press(app, "Store this report")
    assert stored(told) == {"草稿.csv"} and drafts.mine(told, CITYS) == []
    assert not disabled(app, "Look at the changes")
