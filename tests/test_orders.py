"""Dispatch orders where rooms meet: the worker's job, the command, and the demonstration's orders."""

import sqlite3
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Event

import pytest

from alerts.order_rights import stand_of
from models import clock
from models.db import Database, open_database
from models.vocabulary import Deed, OrderState
from operation import supervised
from operation.worker import ORDERS_SECONDS, jobs
from settings import Settings
from tests.alerts.order_shapes import OFFICE, desks, every, issued, look, mails
from tests.program import Program

MONDAY = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


@pytest.fixture
def staffed(sqlite_db: Database) -> Database:
    desks(sqlite_db)
    return sqlite_db


def test_the_workers_job_watches_the_terms(staffed: Database, tmp_path: Path) -> None:
    issued(staffed, MONDAY)
    settings = Settings(_env_file=None, mail_folder=tmp_path, default_language="en")
    job = next(job for job in jobs(staffed, settings, Event()) if job.name == "orders")
    assert job.trigger.seconds == ORDERS_SECONDS
    assert job.run(MONDAY + timedelta(days=3)) == "0 reminded, 1 escalated, 0 reopened, 3 mails"
    assert job.run(MONDAY + timedelta(days=3)) == "0 reminded, 0 escalated, 0 reopened, 0 mails"


def test_the_command_lists_orders_with_where_they_stand(tmp_path: Path) -> None:
    program = Program(tmp_path)
    assert program.json("orders") == {"orders": []}
    path = next(tmp_path.rglob("*.db"))
    assert sqlite3.connect(path).execute("select count(*) from dispatchorder").fetchone() == (0,)
    db = open_database(f"sqlite:///{path}", pooled=False)
    desks(db)
    now = clock.now()
    today = clock.local_day(now)
    days = {"answer_by": clock.add_workdays(today, 1), "rectify_by": clock.add_workdays(today, 9)}
    issued(db, now, **days)
    db.dispose()
    (row,) = program.json("orders")["orders"]
    assert (row["state"], row["owes"], row["late"]) == ("to_receive", "answer", 0)
    assert row["due_on"] == days["answer_by"].isoformat()
    assert "Receipt to be acknowledged" in program.run("orders").stdout


def test_the_demonstrations_orders_are_everybodys(staffed: Database) -> None:
    """The stories are carried out by the same acts, tell nobody of the past, and twice is once."""
    today, at = date(2026, 11, 23), MONDAY - timedelta(days=3)
    with staffed.rw.begin() as connection:  # as in the demonstration: the accounts come later
        connection.exec_driver_sql("delete from person")
    assert supervised.supervise(staffed, today=today, at=at, office=OFFICE) == 1  # no alert: the one by hand
    before = every(staffed)
    assert supervised.supervise(staffed, today=today, at=at, office=OFFICE) == 0
    assert every(staffed) == before and mails(staffed) == []
    (order,) = before
    assert stand_of(look(staffed, order.id)).state == OrderState.TO_RECEIVE
    assert [event.deed for event in order.events] == [Deed.ISSUED]
