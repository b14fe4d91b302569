"""The buttons under a city's period: what they sign is what stands in the note at the click."""

import pytest

from models.db import Database
from models.windows import SignOff
from tests.alerts.shapes import rows
from tests.builders import CITY
from tests.dashboard.pages import press
from tests.dashboard.test_views import fill, shown, texts

OCTOBER = "2026-10-31"


@pytest.fixture
def told(sqlite_db: Database) -> Database:
    fill(sqlite_db)
    return sqlite_db


def test_a_note_written_and_sent_with_one_click_is_the_one_kept(told: Database) -> None:
    app = shown(told, "deadlines", role="province", cities=CITY, city=CITY, period=OCTOBER)
    note = f"sign-note-{CITY}-{OCTOBER}"
    app.text_input(key=note).set_value("支出待核").run()
    app.text_input(key=note).set_value("支出与进度待核")  # no run between the text and the click
    press(app, "Return")
    (kept,) = rows(told, SignOff)
    assert (kept.step, kept.note) == ("returned", "支出与进度待核")


def test_a_return_without_a_note_is_refused(told: Database) -> None:
    app = shown(told, "deadlines", role="province", cities=CITY, city=CITY, period=OCTOBER)
    app.text_input(key=f"sign-note-{CITY}-{OCTOBER}").set_value("支出待核").run()
    app.text_input(key=f"sign-note-{CITY}-{OCTOBER}").set_value(" ")
    assert "Say why." in texts(press(app, "Return"))
    assert rows(told, SignOff) == []
