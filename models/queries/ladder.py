"""The measures of 108-III.3 on a city as entered, corrected and withdrawn, and its annual evaluations."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from models.access import Scope, within
from models.db import Database
from models.ladder import MeasureEntry, MeasureFile, MeasureOrder
from models.orders import DispatchOrder
from models.queries.orders import FileRow
from models.records import Evaluation
from models.vocabulary import EntryKind, Measure, Tier

_M, _F, _L = MeasureEntry.__table__, MeasureFile.__table__, MeasureOrder.__table__


@dataclass(frozen=True)
class EntryRow:
    """One entry about a measure; ``orders``: id and number of the orders it rests on."""

    seq: int
    kind: EntryKind
    measure: Measure
    document_no: str
    decided_on: date
    amount: int | None
    year: int | None
    note: str
    by: str
    level: Tier
    entered_at: datetime
    orders: tuple[tuple[str, str], ...] = ()
    files: tuple[FileRow, ...] = ()


@dataclass(frozen=True)
class MeasureRow:
    """A measure on a city with all its entries, oldest first; the newest one counts."""

    city: str
    id: str
    entries: tuple[EntryRow, ...]

    @property
    def now(self) -> EntryRow:
        return self.entries[-1]

    @property
    def withdrawn(self) -> bool:
        return self.now.kind == EntryKind.WITHDRAWN


@dataclass(frozen=True)
class EvaluationRow:
    """A city's evaluation of a year; ``score`` in hundredths of a point."""

    year: int
    score: int | None
    grade: str | None
    measure: Measure | None
    measure_on: date | None
    document_no: str | None
    note: str | None


def measures(db: Database, scope: Scope, city: str) -> list[MeasureRow]:
    """The measures ever entered on a city of the scope, the newest decision first."""
    with db.ro.connect() as connection:
        found = read(connection, scope, city)
    return sorted(found, key=lambda row: (row.withdrawn, -row.now.decided_on.toordinal(), row.id))


def read(connection: sa.Connection, scope: Scope, city: str, identity: str | None = None) -> list[MeasureRow]:
    """The same as a transaction sees them; only one where ``identity`` names it."""
    statement = within(sa.select(_M), scope, _M.c.city).where(_M.c.city == city)
    if identity is not None:
        statement = statement.where(_M.c.id == identity)
    entries: dict[str, list[EntryRow]] = {}
    links, files = _links(connection, city), _files(connection, city)
    names = [name for name in EntryRow.__dataclass_fields__ if name not in ("orders", "files")]
    for row in connection.execute(statement.order_by(_M.c.id, _M.c.seq)):
        key = row.id, row.seq
        more = {"orders": tuple(links.get(key, ())), "files": tuple(files.get(key, ()))}
        entries.setdefault(row.id, []).append(EntryRow(**{n: getattr(row, n) for n in names}, **more))
    return [MeasureRow(city, one, tuple(own)) for one, own in entries.items()]


def document(db: Database, scope: Scope, city: str, measure: str, file: str) -> tuple[FileRow, bytes] | None:
    """A measure's file with its bytes; None where the city is not in the scope, or it is not that measure's."""
    statement = within(sa.select(_F), scope, _F.c.city)
    statement = statement.where(_F.c.city == city, _F.c.measure == measure, _F.c.id == file)
    with db.ro.connect() as connection:
        row = connection.execute(statement).first()
    return None if row is None else (_file(row), row.content)


def evaluations(db: Database, scope: Scope, city: str) -> list[EvaluationRow]:
    """The annual evaluations of a city of the scope, the newest year first."""
    e = Evaluation.__table__
    columns = [e.c[name] for name in EvaluationRow.__dataclass_fields__]
    statement = within(sa.select(*columns), scope, e.c.city)
    statement = statement.where(e.c.city == city, e.c.superseded_at.is_(None)).order_by(e.c.year.desc())
    with db.ro.connect() as connection:
        return [EvaluationRow(*row) for row in connection.execute(statement)]


_Key = tuple[str, int]


def _links(connection: sa.Connection, city: str) -> dict[_Key, list[tuple[str, str]]]:
    order = DispatchOrder.__table__
    statement = sa.select(_L.c.measure, _L.c.seq, _L.c.order_id, order.c.number).join(
        order, (order.c.city == _L.c.city) & (order.c.id == _L.c.order_id)
    )
    found: dict[_Key, list[tuple[str, str]]] = {}
    for measure, seq, one, number in connection.execute(
        statement.where(_L.c.city == city).order_by(order.c.number)
    ):
        found.setdefault((measure, seq), []).append((one, number))
    return found


def _files(connection: sa.Connection, city: str) -> dict[_Key, list[FileRow]]:
    plain = [column for column in _F.c if column.name != "content"]
    found: dict[_Key, list[FileRow]] = {}
    for row in connection.execute(sa.select(*plain).where(_F.c.city == city).order_by(_F.c.file_name)):
        found.setdefault((row.measure, row.seq), []).append(_file(row))
    return found


def _file(row: Any) -> FileRow:
    return FileRow(**{name: getattr(row, name) for name in FileRow.__dataclass_fields__})
