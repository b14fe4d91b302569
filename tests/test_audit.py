"""The audit log is only added to, and says where it was changed, cut or made anew."""

import threading
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from models import anchors
from models.audit import Anchor, AuditHead, AuditRow, Deed, audit, newest, verify
from models.db import Database
from models.queries import audit_log
from models.queries.audit_log import Narrow
from models.vocabulary import AuditKind

T = AuditRow.__table__


def deed(now: datetime, number: int = 0, **changes: object) -> Deed:
    values = {"kind": AuditKind.DECISION, "who": "王@example.cn", "at": now, "what": "Adjustment approved"}
    values |= {"place": "210100", "about": f"P{number}", "details": {"理由": "不可抗力", "n": number}}
    return Deed(**(values | changes))


def add(db: Database, *deeds: Deed) -> None:
    for one in deeds:
        with db.rw.begin() as connection:
            audit(connection, one)


def tamper(db: Database, *statements: str) -> None:
    """What somebody can do who owns the database: take the triggers away first."""
    with db.rw.begin() as connection:
        if db.is_sqlite:
            for name in ("audit_unchanged", "audit_kept"):
                connection.exec_driver_sql(f"drop trigger {name}")
        else:
            connection.exec_driver_sql("alter table audit disable trigger all")
        for statement in statements:
            connection.exec_driver_sql(statement)


@pytest.fixture
def five(db: Database, now: datetime) -> Database:
    add(db, *(deed(now, n) for n in range(5)))
    return db


def test_a_chain_holds_and_names_its_head(five: Database) -> None:
    found = verify(five)
    assert (found.rows, found.broken, found.head) == (5, None, newest(five))
    assert verify(five, [found.head, Anchor(2, _hash(five, 2))]).broken is None


def test_an_empty_chain_holds(db: Database) -> None:
    assert verify(db) == verify(db, [])
    assert (verify(db).rows, verify(db).broken) == (0, None)


def _hash(db: Database, seq: int) -> str:
    with db.ro.connect() as connection:
        return connection.scalar(sa.select(T.c.hash).where(T.c.seq == seq))


@pytest.mark.parametrize("statement", ["update audit set who = 'x' where seq = 2", "delete from audit"])
def test_the_database_itself_refuses_changes(five: Database, statement: str) -> None:
    with pytest.raises(sa.exc.DBAPIError, match="only added to"), five.rw.begin() as connection:
        connection.exec_driver_sql(statement)
    assert verify(five).broken is None


def test_postgresql_refuses_to_truncate(five: Database) -> None:
    if five.is_sqlite:
        return  # SQLite has no such statement
    with pytest.raises(sa.exc.DBAPIError, match="only added to"), five.rw.begin() as connection:
        connection.exec_driver_sql("truncate audit")


@pytest.mark.parametrize(
    ("statement", "broken"),
    [
        ("update audit set who = 'nobody' where seq = 3", 3),
        ("update audit set details = '{}' where seq = 1", 1),
        ("update audit set place = '440100' where seq = 5", 5),
        ("update audit set at = '2026-11-22 02:00:00.000000' where seq = 2", 2),
        ("update audit set kind = 'people' where seq = 2", 2),
        ("delete from audit where seq = 2", 2),
        ("delete from audit where seq = 1", 1),
        ("delete from audit where seq = 5", 5),
        ("delete from audit", 1),
        (f"update audit set hash = '{'0' * 64}' where seq = 4", 4),
    ],
)
def test_the_first_broken_row_is_named(five: Database, statement: str, broken: int) -> None:
    tamper(five, statement if five.is_sqlite else statement.replace("02:00:00.000000", "02:00:00+00"))
    assert verify(five).broken == broken


def test_a_cut_with_its_head_is_told_by_an_anchor_only(five: Database, tmp_path: Path, now: datetime) -> None:
    path = tmp_path / "anchors"
    assert anchors.note_head(five, path, now=now)
    assert anchors.note_head(five, path, now=now) is None  # it has not moved
    tamper(
        five, "delete from audit where seq > 3", f"update audithead set seq = 3, hash = '{_hash(five, 3)}'"
    )
    assert verify(five).broken is None  # the database alone cannot know
    found = verify(five, anchors.read_anchors(path))
    assert (found.rows, found.broken) == (3, 4)
    with pytest.raises(ValueError, match="cut or changed"):
        anchors.note_head(five, path, now=now)


def test_a_chain_made_anew_is_told_by_an_anchor(five: Database, now: datetime) -> None:
    noted = newest(five)
    tamper(
        five, "delete from audit where seq > 3", f"update audithead set seq = 3, hash = '{_hash(five, 3)}'"
    )
    add(five, deed(now, 7), deed(now, 8))
    assert verify(five).broken is None
    assert verify(five, [noted]).broken == 5


def test_what_is_rolled_back_was_not_done(five: Database, now: datetime) -> None:
    with pytest.raises(ZeroDivisionError), five.rw.begin() as connection:
        audit(connection, deed(now))
        raise ZeroDivisionError
    assert verify(five).rows == 5


def test_writers_at_once_make_one_chain(db: Database, now: datetime) -> None:
    def write(number: int) -> None:
        add(db, *(deed(now, number * 100 + n) for n in range(20)))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = verify(db)
    assert (found.rows, found.broken) == (120, None)
    assert len(audit_log.entries(db, Narrow(), limit=500)) == 120


def test_the_head_is_one_row(five: Database) -> None:
    with five.ro.connect() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(AuditHead.__table__)) == 1


def test_entries_are_narrowed_by_person_kind_day_and_place(db: Database, now: datetime) -> None:
    add(
        db,
        deed(now, 1),
        deed(now - timedelta(days=1), 2, who="li@example.cn", kind=AuditKind.SIGN_IN, place="440100"),
        deed(now.replace(hour=16), 3, about="li@example.cn"),  # past midnight in China
    )
    found = {
        name: [entry.details["n"] for entry in audit_log.entries(db, Narrow(**{name: value}), limit=9)]
        for name, value in (
            ("who", "LI@"),
            ("kind", "sign_in"),
            ("on", now.date()),
            ("place", "440100"),
        )
    }
    assert found == {"who": [3, 2], "kind": [2], "on": [1], "place": [2]}
    assert audit_log.count(db, Narrow()) == 3
    assert [e.seq for e in audit_log.entries(db, Narrow(), limit=9, before=3)] == [2, 1]


def test_a_file_of_anchors_that_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "anchors"
    path.write_text("2026-11-23T00:00:00Z 5 abc\n", encoding="utf-8")
    with pytest.raises(ValueError, match="line 1"):
        anchors.read_anchors(path)
