"""The last step: everything a file does, in the caller's transaction. Wholly or not at all.

Rows are only added; a newer one supersedes the older with one UPDATE over all its keys at once. The caller
holds the write lock and commits.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl
import sqlalchemy as sa
from sqlmodel import SQLModel

from collectors.compare import Outcome
from collectors.ordering import positions
from collectors.written import SAID
from models.db import CHUNK, load
from models.failpoint import failpoint
from models.plans import Adjustment
from models.reports import Submission, SubmissionFile, SubmissionProblem

#: One lock for every intake on PostgreSQL; SQLite's BEGIN IMMEDIATE is its own.
_LOCK = 0x7007

#: More rows than this go in by their key's order: neighbours in the index are written together.
_SORTED = 1_000

#: Bytes of a large file that are written at a time.
_PIECE = 1 << 20


@dataclass(frozen=True)
class Parcel:
    """What is stored of a file beside its rows. ``values``: the submission's columns."""

    values: dict[str, Any]
    content: bytes
    problems: pl.DataFrame


def lock(connection: sa.Connection) -> None:
    """One intake at a time, so that what was compared is what is written over."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))


def new_id(now: datetime) -> str:
    """A submission's id: ordered by time, then random (the layout of UUID version 7)."""
    digits = f"{int(now.timestamp() * 1000):012x}7{secrets.token_hex(2)[1:]}{secrets.choice('89ab')}{secrets.token_hex(8)[1:]}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def commit(connection: sa.Connection, parcel: Parcel, outcome: Outcome) -> None:
    """Write the submission, its original bytes, accepted problems and rows. The caller commits."""
    city, submission, now = (parcel.values[name] for name in ("city", "id", "received_at"))
    connection.execute(sa.insert(Submission.__table__).values(**parcel.values))
    _keep_bytes(connection, {"city": city, "submission": submission}, parcel.content)
    failpoint("after_submission")
    own = [pl.lit(city).alias("city"), pl.lit(submission).alias("submission")]
    load(connection, SubmissionProblem, parcel.problems.with_columns(*own))
    for table, keys in outcome.supersede:
        if keys.height:
            _supersede(connection, table, keys, now=now, by=submission)
    for table, rows in outcome.again:
        if rows.height:
            _move_day(connection, table, rows)
    stamp = [
        pl.lit(submission).alias("submission"),
        pl.lit(now, pl.Datetime("us", "UTC")).alias("recorded_at"),
    ]
    for table, rows in outcome.inserts:
        has = table.__table__.columns
        own = [s for s in stamp if s.meta.output_name() in has]
        for part in _in_order(rows, [c.name for c in has if c.primary_key and c.name in rows.columns]):
            load(connection, table, part.with_columns(own))
    failpoint("after_rows")
    _approve(connection, outcome.approve)
    failpoint("before_commit")


def _in_order(rows: pl.DataFrame, keys: list[str]) -> Iterator[pl.DataFrame]:
    """Many rows by their key's order, a part at a time, so that they are never all held twice."""
    if rows.height <= _SORTED:
        yield rows
        return
    order = positions(rows, keys)
    for start in range(0, len(order), CHUNK):
        yield rows[order.slice(start, CHUNK)]


def _keep_bytes(connection: sa.Connection, key: dict[str, str], content: bytes) -> None:
    """Store the original bytes; on SQLite a large file goes in by pieces, so that it is not copied whole."""
    table = SubmissionFile.__table__
    if connection.dialect.name != "sqlite" or len(content) < 2 * _PIECE:
        connection.execute(sa.insert(table).values(**key, content=content))
        return
    connection.execute(sa.insert(table).values(**key, content=sa.func.zeroblob(len(content))))
    row = connection.scalar(sa.select(sa.literal_column("rowid")).select_from(table).filter_by(**key))
    with connection.connection.driver_connection.blobopen(table.name, "content", row) as blob:
        view = memoryview(content)
        for start in range(0, len(content), _PIECE):
            blob.write(view[start : start + _PIECE])


def _supersede(
    connection: sa.Connection, table: type[SQLModel], keys: pl.DataFrame, *, now: datetime, by: str
) -> None:
    """End the current rows with these keys, by one UPDATE; ``by`` is the submission that replaces them."""
    with _beside(connection, table, keys, keys.columns) as (current, _):
        values = {"superseded_at": now, "superseded_by": by}
        connection.execute(sa.update(table.__table__).where(current).values(values))


def _move_day(connection: sa.Connection, table: type[SQLModel], rows: pl.DataFrame) -> None:
    """The days on which figures were said (their keys, and those of SAID that move)."""
    keys = [name for name in rows.columns if name not in SAID]
    with _beside(connection, table, rows, keys) as (current, same):
        days = {
            name: sa.select(same.table.c[name]).where(same.equal).scalar_subquery()
            for name in rows.columns
            if name in SAID
        }
        connection.execute(sa.update(table.__table__).where(current).values(days))


@dataclass(frozen=True)
class _Same:
    """A staged frame, and when a row of it is a stored one."""

    table: sa.Table
    equal: sa.ColumnElement[bool]


@contextmanager
def _beside(
    connection: sa.Connection, table: type[SQLModel], rows: pl.DataFrame, keys: list[str]
) -> Iterator[tuple[sa.ColumnElement[bool], _Same]]:
    """Rows staged beside a table: the condition of its current rows that are among them, and which is which."""
    target = table.__table__
    columns = [sa.Column(name, target.c[name].type) for name in rows.columns]
    staged = sa.Table(
        f"touched_{target.name}", sa.MetaData(), *columns, prefixes=["TEMPORARY"], postgresql_on_commit="DROP"
    )
    staged.create(connection)
    load(connection, staged, rows)
    equal = sa.and_(*(target.c[name] == staged.c[name] for name in keys))
    current = target.c.superseded_at.is_(None) & sa.exists().where(equal).correlate(target)
    yield current, _Same(staged, equal)
    staged.drop(connection)


def _approve(connection: sa.Connection, approved: pl.DataFrame) -> None:
    """Pending adjustments that a file with a document number approves."""
    a = Adjustment.__table__
    names = (
        "status",
        "adjusted_on",
        "ground",
        "ground_note",
        "document_no",
        "version",
        "decided_at",
        "decided_by",
    )
    for row in approved.iter_rows(named=True):
        mine = (a.c.city == row["city"]) & (a.c.project == row["project"]) & (a.c.number == row["number"])
        connection.execute(sa.update(a).where(mine).values(**{name: row[name] for name in names}))
