"""The database recipe: no update is lost, nonsense is refused, frames go in and out unchanged."""

import sqlite3
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from models.db import Database, fetch, load, open_database
from models.people import GuessCount
from models.places import Place, Programme, RosterBatch, RosterMember
from models.projects import Project
from models.reports import Report
from models.vocabulary import Kind

ROOT = Path(__file__).resolve().parents[1]


def _increment(url: str, times: int) -> None:
    database = open_database(url)
    for _ in range(times):
        with Session(database.rw) as session, session.begin():
            row = session.exec(select(GuessCount).with_for_update()).one()
            row.count += 1


def test_no_update_is_lost_between_processes(db: Database, db_url: str, now: datetime) -> None:
    with Session(db.rw) as session, session.begin():
        session.add(GuessCount(key="k", since_at=now, count=0))
    code = f"from tests.test_database import _increment; _increment({db_url!r}, 50)"
    workers = [subprocess.Popen([sys.executable, "-c", code], cwd=ROOT) for _ in range(4)]
    assert [worker.wait(60) for worker in workers] == [0, 0, 0, 0]
    with Session(db.ro) as session:
        assert session.exec(select(GuessCount)).one().count == 200


def test_frames_go_in_and_out_unchanged(db: Database, now: datetime) -> None:
    with Session(db.rw) as session, session.begin():
        session.add(
            Project(
                city="210100",
                code="P1",
                programme="pilot",
                kind=Kind.POINT,
                submission="s",
                row_no=2,
                recorded_at=now,
            )
        )
    frame = pl.DataFrame(
        {
            "city": ["210100"] * 3,
            "project": ["P1"] * 3,
            "as_of": [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)],
            "submission": ["s"] * 3,
            "row_no": [2, 3, 4],
            "recorded_at": [now] * 3,
            "superseded_at": [None, None, datetime(2026, 11, 1, 0, 0, 0, 5, tzinfo=UTC)],
            "physical_bp": [0, None, 5001],
            "issued": [2**52, 0, None],
            "narrative": [None, "", '引号" 逗号, 换行\n=1+1 100% %s'],
        },
        schema_overrides={"recorded_at": pl.Datetime("us", "UTC"), "superseded_at": pl.Datetime("us", "UTC")},
    )
    with db.rw.begin() as connection:
        assert load(connection, Report, frame) == 3
    columns = [Report.__table__.c[name] for name in frame.columns]
    assert fetch(db, sa.select(*columns).order_by(Report.as_of)).equals(frame, null_equal=True)
    none = fetch(db, sa.select(*columns).where(Report.narrative == "it's 100%"))
    assert none.is_empty() and none.schema == frame.schema


@pytest.mark.parametrize(
    "statement",
    [
        "insert into place(code, level, province, name_zh, name_en) values ('1', 'village', '1', 'x', 'x')",
        "insert into rostermember(entry, place, batch, industries_zh, industries_en, confidence, source_url, note)"
        " values ('e', 'nowhere', 2, '', '', '', '', '')",
    ],
)
def test_the_database_refuses_nonsense(db: Database, statement: str) -> None:
    with pytest.raises(sa.exc.IntegrityError), db.rw.begin() as connection:
        connection.exec_driver_sql(statement)


def test_sqlite_tables_are_strict(sqlite_db: Database) -> None:
    with pytest.raises(sa.exc.IntegrityError), sqlite_db.rw.begin() as connection:
        connection.exec_driver_sql("update rosterbatch set announced = 'many'")


def test_a_failed_transaction_leaves_nothing(db: Database, now: datetime) -> None:
    with pytest.raises(ZeroDivisionError), db.rw.begin() as connection:
        connection.execute(sa.insert(GuessCount.__table__).values(key="k", since_at=now, count=1))
        raise ZeroDivisionError
    with Session(db.ro) as session:
        assert session.exec(select(GuessCount)).all() == []


def test_the_roster_says_what_is_known_and_no_more(sqlite_db: Database) -> None:
    with Session(sqlite_db.ro) as session:
        members = session.exec(select(RosterMember)).all()
        announced = {b.batch: b.announced for b in session.exec(select(RosterBatch)).all()}
        assert {b: len({m.entry for m in members if m.batch == b}) for b in announced} == {1: 12, 2: 26}
        assert announced == {1: 20, 2: 26}
        assert sum(1 for m in members if m.entry == "2-20") == 2
        assert len(session.exec(select(Place).where(Place.tile_row.is_not(None))).all()) == 32
        assert session.exec(select(Programme)).one().code == "pilot"


def test_reading_a_frame_never_hides_what_is_written_next(sqlite_db: Database, now: datetime) -> None:
    """A second copy of SQLite in this process would cut the write-ahead log away under open connections."""
    pooled = open_database(str(sqlite_db.ro.url))
    for count in range(1, 6):
        with pooled.rw.begin() as connection:
            connection.execute(sa.insert(GuessCount.__table__).values(key=str(count), since_at=now, count=1))
        assert fetch(pooled, sa.select(GuessCount.key)).height == count
        other = sqlite3.connect(str(pooled.ro.url.database))
        assert other.execute("select count(*) from guesscount").fetchone() == (count,)
        other.close()
    pooled.dispose()


def test_numbers_come_back_to_the_last_digit(db: Database, now: datetime) -> None:
    measured = [0.1 + 0.2, 1 / 3, 1e-300, 2.0**53, None, -7.0]
    frame = pl.DataFrame({"key": [str(n) for n in range(6)], "value": measured})
    table = sa.Table("numbers", sa.MetaData(), sa.Column("key", sa.String), sa.Column("value", sa.Float(53)))
    table.create(db.rw)
    with db.rw.begin() as connection:
        load(connection, table, frame)
    assert fetch(db, sa.select(table).order_by(table.c.key)).equals(frame, null_equal=True)
    assert fetch(db, sa.select(table).order_by(table.c.key.desc()))["key"].to_list() == list("543210")
