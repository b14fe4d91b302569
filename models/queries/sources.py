"""Declared sources and their runs, as a page shows them: only those of the reader's cities.

A source of several cities belongs to the nation and is seen by whoever sees every city.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from models.access import Scope, upkeep, within
from models.db import Database
from models.sources import Source, SourceRun

_S, _R = Source.__table__, SourceRun.__table__


@dataclass(frozen=True)
class RunRow:
    """One kept run."""

    started_at: datetime
    finished_at: datetime
    outcome: str
    code: str | None
    values: str
    requests: int
    bytes: int
    response_ms: int | None
    rows: int
    new: int
    changed: int
    rejected: int
    warned: int
    submission: str | None


@dataclass(frozen=True)
class SourceRow:
    """A source, where its reading stands, and its newest run."""

    name: str
    city: str
    declared: str
    enabled: bool
    declared_by: str
    declared_at: datetime
    due_at: datetime
    last_ok_at: datetime | None
    last_data_at: datetime | None
    failures: int
    silence_told_at: datetime | None
    last: RunRow | None = None


def all_sources(db: Database, scope: Scope) -> list[SourceRow]:
    """The sources within a scope, by name."""
    newest = (
        sa.select(_R.c.source, sa.func.max(_R.c.finished_at).label("at")).group_by(_R.c.source).subquery()
    )
    joined = _S.outerjoin(newest, newest.c.source == _S.c.name)
    joined = joined.outerjoin(_R, sa.and_(_R.c.source == _S.c.name, _R.c.finished_at == newest.c.at))
    own = [_S.c[name] for name in SourceRow.__dataclass_fields__ if name != "last"]
    runs = [_R.c[name].label(f"run_{name}") for name in RunRow.__dataclass_fields__]
    statement = within(sa.select(*own, *runs).select_from(joined), upkeep(scope), _S.c.city)
    with db.ro.connect() as connection:
        rows = connection.execute(statement.order_by(_S.c.name, _R.c.id))
        return list({row.name: _source(row) for row in rows}.values())


def runs(db: Database, scope: Scope, name: str, *, limit: int = 50) -> list[RunRow]:
    """A source's newest runs; none where it is out of scope."""
    columns = [_R.c[name] for name in RunRow.__dataclass_fields__]
    statement = (
        sa.select(*columns).select_from(_R.join(_S, _S.c.name == _R.c.source)).where(_R.c.source == name)
    )
    statement = within(statement, upkeep(scope), _S.c.city).order_by(_R.c.finished_at.desc(), _R.c.id.desc())
    with db.ro.connect() as connection:
        return [RunRow(**row._mapping) for row in connection.execute(statement.limit(limit))]


def _source(row: Any) -> SourceRow:
    found = row._mapping
    last = None
    if found["run_started_at"] is not None:
        last = RunRow(**{name: found[f"run_{name}"] for name in RunRow.__dataclass_fields__})
    return SourceRow(*(found[name] for name in SourceRow.__dataclass_fields__ if name != "last"), last)
