"""What is stored already, as frames, for the projects a file speaks of.

Small questions go over the caller's connection, large ones over Arrow on a connection of its own; both see
the same while the caller holds the write lock and has written nothing yet.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import polars as pl
import sqlalchemy as sa
from sqlmodel import SQLModel, UTCDateTime

from models.db import Database, fetch
from models.places import NATION, Place
from models.plans import Adjustment, AdjustmentChange, Plan, PlanPoint
from models.projects import Project, ProjectDetail
from models.records import Record
from models.reports import Report, Submission
from models.versions import NEEDED, steps
from models.vocabulary import AdjustmentStatus

#: Up to this many projects are asked for by name; above, whole cities are read over Arrow.
NAMED = 2_000

#: Columns that say where a row comes from, not what it says.
PROVENANCE = ("submission", "row_no", "recorded_at", "superseded_at", "superseded_by", "origin")

_KEY = ("city", "project")
_DTYPES: tuple[tuple[type, Any], ...] = (
    (sa.Boolean, pl.Boolean),
    (sa.Integer, pl.Int64),
    (sa.Date, pl.Date),
    (UTCDateTime, pl.Datetime("us", "UTC")),
)


def dtype(column: sa.Column) -> Any:
    """The frame's type of a table's column."""
    return next((found for kind, found in _DTYPES if isinstance(column.type, kind)), pl.String)


def schema(table: type[SQLModel]) -> dict[str, Any]:
    """The frame's types of a whole table."""
    return {column.name: dtype(column) for column in table.__table__.columns}


def _columns(table: type[SQLModel], names: Iterable[str]) -> list[sa.ColumnElement]:
    found = [table.__table__.c[name] for name in names]
    return [sa.type_coerce(c, sa.String).label(c.name) if isinstance(c.type, sa.Enum) else c for c in found]


@dataclass(frozen=True)
class Stored:
    """The stored state seen from one file: its projects' codes, and the cities they lie in."""

    db: Database
    connection: sa.Connection
    codes: tuple[str, ...]
    cities: tuple[str, ...] = ()
    inside: bool = False  # the caller's transaction has written already: ask it and nobody else

    @property
    def _by(self) -> tuple[str, ...]:
        """What the file's projects are asked for by: few by name, many by city, very many not at all."""
        by = ("cities",) if len(self.cities) <= NAMED else ()
        return (*by, "codes") if len(self.codes) <= NAMED else by

    def _frame(self, statement: sa.Select, by: tuple[str, ...], **values: Any) -> pl.DataFrame:
        """The answer as a frame whose types follow the statement's columns."""
        values |= {name: getattr(self, name) for name in by}
        if "codes" not in by and not self.inside:
            return fetch(self.db, statement.params(values))
        rows = [tuple(row) for row in self.connection.execute(statement, values)]
        return pl.DataFrame(rows, schema=_types(statement), orient="row")

    def of(self, table: type[SQLModel], *names: str) -> pl.DataFrame:
        """Columns of a table for the file's projects; city and project always among them."""
        return self._frame(_of(table, (*_KEY, *names), self._by), self._by)

    def projects(self) -> pl.DataFrame:
        """Registered projects by code, wherever they lie: city, project, kind, programme."""
        by = tuple(name for name in self._by if name == "codes")
        return self._frame(_projects(by), by)

    def details(self) -> pl.DataFrame:
        """Current descriptions."""
        return self._frame(_details(self._by), self._by)

    def plans(self) -> pl.DataFrame:
        """Every plan version of the file's projects in the order of time (``models/versions.py``)."""
        return steps(self.plan_rows())

    def plan_rows(self) -> pl.DataFrame:
        """Every plan row of the file's projects, also those that only say the same again."""
        return self.of(Plan, *NEEDED, "document_no")

    def points(self) -> pl.DataFrame:
        return self.of(PlanPoint, "version", "month", "planned_bp", "planned_spending")

    def reports(self, first: date, last: date, names: Iterable[str]) -> pl.DataFrame:
        """Current reports from ``first`` to ``last``, and each project's last one before ``first``."""
        return self._frame(_reports(tuple(names), self._by), self._by, first=first, last=last)

    def records(self, table: type[Record]) -> pl.DataFrame:
        """The current records of a table in the file's cities, with where they come from."""
        by = ("cities",) if len(self.cities) <= NAMED else ()
        return self._frame(_records(table, by), by)

    def newest_issued(self) -> pl.DataFrame:
        """The newest amount issued to each project of the file's cities, whether the file names it or not."""
        by = ("cities",) if len(self.cities) <= NAMED else ()
        frame = self._frame(_issued(by), by)
        return frame.sort("as_of").group_by(_KEY).last().select(*_KEY, "issued")

    def adjustment_numbers(self) -> pl.DataFrame:
        """The highest adjustment number of each project: city, project, number."""
        return self.of(Adjustment, "number").group_by(_KEY).agg(pl.col("number").max())

    def adjustments(self, status: AdjustmentStatus) -> pl.DataFrame:
        """Adjustments of a status, one row a changed field: city, project, number, …, field, old, new."""
        return self._frame(_adjustments(self._by), self._by, status=status)

    def places(self) -> list[tuple[str, str, str, str]]:
        return places(self.connection)


# The statements are built once for each way to ask: building one costs as much as running it.


@lru_cache(maxsize=256)
def _types(statement: sa.Select) -> dict[str, Any]:
    return {column.name: dtype(column) for column in statement.selected_columns}


def _mine(statement: sa.Select, table: sa.Table, by: tuple[str, ...]) -> sa.Select:
    """Only the file's projects."""
    columns = {"cities": table.c.city, "codes": table.c.get("project", table.c.get("code"))}
    return statement.where(*(columns[name].in_(sa.bindparam(name, expanding=True)) for name in by))


@lru_cache(maxsize=64)
def _of(table: type[SQLModel], names: tuple[str, ...], by: tuple[str, ...]) -> sa.Select:
    return _mine(sa.select(*_columns(table, names)), table.__table__, by)


@lru_cache(maxsize=8)
def _projects(by: tuple[str, ...]) -> sa.Select:
    t = Project.__table__
    wanted = (t.c.city, t.c.code.label("project"), *_columns(Project, ("kind", "programme")))
    return _mine(sa.select(*wanted), t, by)


@lru_cache(maxsize=8)
def _details(by: tuple[str, ...]) -> sa.Select:
    names = tuple(n for n in schema(ProjectDetail) if n not in PROVENANCE)
    return _of(ProjectDetail, names, by).where(ProjectDetail.__table__.c.superseded_at.is_(None))


@lru_cache(maxsize=16)
def _reports(names: tuple[str, ...], by: tuple[str, ...]) -> sa.CompoundSelect:
    t = Report.__table__
    current, first = t.c.superseded_at.is_(None), sa.bindparam("first", type_=sa.Date)
    last_before = sa.select(t.c.city, t.c.project, sa.func.max(t.c.as_of).label("as_of"))
    last_before = last_before.where(current, t.c.as_of < first).group_by(t.c.city, t.c.project)
    before = _mine(last_before, t, by).subquery()
    wanted = sa.select(*_columns(Report, (*_KEY, "as_of", *names))).where(current)
    joined = sa.and_(*(t.c[name] == before.c[name] for name in (*_KEY, "as_of")))
    within = wanted.where(t.c.as_of.between(first, sa.bindparam("last", type_=sa.Date)))
    return sa.union_all(wanted.select_from(t.join(before, joined)), _mine(within, t, by))


@lru_cache(maxsize=2)
def _issued(by: tuple[str, ...]) -> sa.Select:
    t = Report.__table__
    wanted = sa.select(*_columns(Report, (*_KEY, "as_of", "issued")))
    return _mine(wanted.where(t.c.superseded_at.is_(None), t.c.issued.is_not(None)), t, by)


@lru_cache(maxsize=32)
def _records(table: type[Record], by: tuple[str, ...]) -> sa.Select:
    t = table.__table__
    wanted = [n for n in schema(table) if n not in PROVENANCE or n in ("submission", "recorded_at")]
    return _mine(sa.select(*_columns(table, wanted)).where(t.c.superseded_at.is_(None)), t, by)


@lru_cache(maxsize=8)
def _adjustments(by: tuple[str, ...]) -> sa.Select:
    a, c = Adjustment.__table__, AdjustmentChange.__table__
    joined = a.join(c, sa.and_(a.c.city == c.c.city, a.c.project == c.c.project, a.c.number == c.c.number))
    wanted = (a.c.city, a.c.project, a.c.number, a.c.version, a.c.adjusted_on, a.c.document_no)
    wanted += (c.c.field, c.c.old, c.c.new)
    statement = _mine(sa.select(*wanted).select_from(joined), a, by)
    return statement.where(a.c.status == sa.bindparam("status", type_=a.c.status.type))


def places(connection: sa.Connection) -> list[tuple[str, str, str, str]]:
    """Every place: code, level, name_zh, name_en."""
    table = Place.__table__
    return [
        tuple(row)
        for row in connection.execute(
            sa.select(table.c.code, table.c.level, table.c.name_zh, table.c.name_en)
        )
    ]


def known_codes(connection: sa.Connection, city: str) -> list[str]:
    """The codes of a city's projects, in order."""
    return list(connection.scalars(_KNOWN_CODES, {"city": city}))


_KNOWN_CODES = sa.select(Project.__table__.c.code).order_by(Project.__table__.c.code)
_KNOWN_CODES = _KNOWN_CODES.where(Project.__table__.c.city == sa.bindparam("city"))


def base_token(connection: sa.Connection, cities: Iterable[str] | None) -> str:
    """A token of the state a preview compared with: it changes with every submission and decision there."""
    named = None if cities is None else sorted({*cities, NATION})
    seen = connection.execute(_base(named is not None), {} if named is None else {"cities": named}).one()
    return hashlib.sha256(repr([_plain(v) for v in seen]).encode()).hexdigest()[:16]


@lru_cache(maxsize=2)
def _base(by_city: bool) -> sa.Select:
    s, a = Submission.__table__, Adjustment.__table__
    parts = []
    for table, at in ((s, s.c.received_at), (a, a.c.decided_at)):
        for figure in (sa.func.count(), sa.func.max(at)):
            statement = sa.select(figure).select_from(table)
            parts.append(_mine(statement, table, ("cities",) if by_city else ()).scalar_subquery())
    return sa.select(*parts)


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def newest(plans: pl.DataFrame) -> pl.DataFrame:
    """The last plan in the order of time, one row a project. ``plans``: as ``Stored.plans`` gives them."""
    return plans.unique(_KEY, keep="last", maintain_order=True)
