"""What is stored already, as frames, for the projects a file speaks of.

Small questions go over the caller's connection, large ones over Arrow on a connection of its own; both see
the same while the caller holds the write lock and has written nothing yet.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import polars as pl
import sqlalchemy as sa
from sqlmodel import SQLModel, UTCDateTime

from models.db import Database, fetch
from models.places import Place
from models.plans import Adjustment, AdjustmentChange, Plan, PlanPoint
from models.projects import Project, ProjectDetail
from models.reports import Report, Submission
from models.vocabulary import AdjustmentStatus

#: Up to this many projects are asked for by name; above, whole cities are read over Arrow.
NAMED = 400

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

    @property
    def few(self) -> bool:
        return len(self.codes) <= NAMED

    def rows(self, statement: sa.Select) -> pl.DataFrame:
        """The answer as a frame whose types follow the statement's columns."""
        if not self.few:
            return fetch(self.db, statement)
        types = {column.name: dtype(column) for column in statement.selected_columns}
        rows = [tuple(row) for row in self.connection.execute(statement)]
        return pl.DataFrame(rows, schema=types, orient="row")

    def _mine(self, statement: sa.Select, table: sa.Table) -> sa.Select:
        statement = statement.where(table.c.city.in_(self.cities)) if len(self.cities) <= NAMED else statement
        return statement.where(table.c.project.in_(self.codes)) if self.few else statement

    def of(self, table: type[SQLModel], *names: str) -> pl.DataFrame:
        """Columns of a table for the file's projects; city and project always among them."""
        wanted = (*_KEY, *names)
        return self.rows(self._mine(sa.select(*_columns(table, wanted)), table.__table__))

    def projects(self) -> pl.DataFrame:
        """Registered projects by code, wherever they lie: city, project, kind, programme."""
        table = Project.__table__
        statement = sa.select(*_columns(Project, ("city", "code", "kind", "programme")))
        if self.few:
            statement = statement.where(table.c.code.in_(self.codes))
        return self.rows(statement).rename({"code": "project"})

    def details(self) -> pl.DataFrame:
        """Current descriptions."""
        names = [
            n
            for n in schema(ProjectDetail)
            if n not in ("submission", "row_no", "recorded_at", "superseded_at")
        ]
        table = ProjectDetail.__table__
        statement = self._mine(sa.select(*_columns(ProjectDetail, names)), table)
        return self.rows(statement.where(table.c.superseded_at.is_(None)))

    def plans(self) -> pl.DataFrame:
        """Every plan version of the file's projects, oldest first."""
        names = (
            "version",
            "name",
            "planned_start",
            "planned_end",
            "total_investment",
            "reward",
            "approved_on",
            "document_no",
        )
        return self.of(Plan, *names).sort(*_KEY, "version")

    def points(self) -> pl.DataFrame:
        return self.of(PlanPoint, "version", "month", "planned_bp", "planned_spending")

    def reports(self, first: date, last: date, names: Iterable[str]) -> pl.DataFrame:
        """Current reports from ``first`` to ``last``, and each project's last one before ``first``."""
        table = Report.__table__
        current = table.c.superseded_at.is_(None)
        before = self._mine(
            sa.select(table.c.city, table.c.project, sa.func.max(table.c.as_of).label("as_of"))
            .where(current, table.c.as_of < first)
            .group_by(table.c.city, table.c.project),
            table,
        ).subquery()
        wanted = _columns(Report, (*_KEY, "as_of", *names))
        within = self._mine(sa.select(*wanted).where(current, table.c.as_of.between(first, last)), table)
        joined = sa.and_(*(table.c[name] == before.c[name] for name in (*_KEY, "as_of")))
        earlier = sa.select(*wanted).select_from(table.join(before, joined)).where(current)
        return pl.concat([self.rows(earlier), self.rows(within)])

    def adjustment_numbers(self) -> pl.DataFrame:
        """The highest adjustment number of each project: city, project, number."""
        return self.of(Adjustment, "number").group_by(_KEY).agg(pl.col("number").max())

    def adjustments(self, status: AdjustmentStatus) -> pl.DataFrame:
        """Adjustments of a status, one row a changed field: city, project, number, …, field, new."""
        a, c = Adjustment.__table__, AdjustmentChange.__table__
        joined = a.join(
            c, sa.and_(a.c.city == c.c.city, a.c.project == c.c.project, a.c.number == c.c.number)
        )
        wanted = (a.c.city, a.c.project, a.c.number, a.c.adjusted_on, a.c.document_no, c.c.field, c.c.new)
        statement = self._mine(sa.select(*wanted).select_from(joined), a)
        return self.rows(statement.where(a.c.status == status))


def places(connection: sa.Connection) -> list[tuple[str, str, str, str]]:
    """Every place: code, level, name_zh, name_en."""
    table = Place.__table__
    return [
        tuple(row)
        for row in connection.execute(
            sa.select(table.c.code, table.c.level, table.c.name_zh, table.c.name_en)
        )
    ]


def base_token(connection: sa.Connection, cities: Iterable[str] | None) -> str:
    """A token of the state a preview compared with: it changes with every submission and decision there."""
    s, a = Submission.__table__, Adjustment.__table__
    submissions = sa.select(sa.func.count(), sa.func.max(s.c.received_at))
    decisions = sa.select(sa.func.count(), sa.func.max(a.c.decided_at))
    if cities is not None:
        submissions = submissions.where(s.c.city.in_(sorted({*cities, "000000"})))
        decisions = decisions.where(a.c.city.in_(sorted(cities)))
    seen = [*connection.execute(submissions).one(), *connection.execute(decisions).one()]
    return hashlib.sha256(repr([_plain(v) for v in seen]).encode()).hexdigest()[:16]


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def newest(plans: pl.DataFrame) -> pl.DataFrame:
    """The plan version with the highest number, one row a project."""
    return plans.unique(_KEY, keep="last", maintain_order=True)


def in_force(plans: pl.DataFrame, on: date) -> pl.DataFrame:
    """The plan version in force on a day, one row a project; None as approval day means from the start."""
    approved = plans.filter(pl.col("approved_on").is_null() | (pl.col("approved_on") <= on))
    ordered = approved.sort("approved_on", "version", nulls_last=False)
    return ordered.unique(_KEY, keep="last", maintain_order=True)
