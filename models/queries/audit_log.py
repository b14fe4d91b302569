"""The audit log as pages and the command line show it. Whoever asks has made sure that the reader may."""

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from models.audit import AuditRow
from models.clock import at_hour
from models.db import Database

_T = AuditRow.__table__


@dataclass(frozen=True)
class Narrow:
    """Which entries: part of an address or of what it is about, a kind, a day in China, a place. Empty: all."""

    who: str = ""
    kind: str = ""
    on: date | None = None
    place: str = ""


@dataclass(frozen=True)
class Entry:
    """One entry; ``details`` as they were given."""

    seq: int
    at: datetime
    kind: str
    who: str
    what: str
    place: str
    about: str
    details: dict[str, Any]
    hash: str


def entries(db: Database, narrow: Narrow, *, limit: int, before: int | None = None) -> list[Entry]:
    """The newest entries, at most ``limit``; those with a number below ``before``, where it is given."""
    statement = sa.select(_T).where(*_conditions(narrow)).order_by(_T.c.seq.desc()).limit(limit)
    if before is not None:
        statement = statement.where(_T.c.seq < before)
    names = [name for name in Entry.__dataclass_fields__ if name != "details"]
    with db.ro.connect() as connection:
        return [
            Entry(**{name: row._mapping[name] for name in names}, details=json.loads(row.details))
            for row in connection.execute(statement)
        ]


def count(db: Database, narrow: Narrow) -> int:
    """How many entries there are."""
    with db.ro.connect() as connection:
        wanted = sa.select(sa.func.count()).select_from(_T).where(*_conditions(narrow))
        return connection.scalar(wanted)


def _conditions(narrow: Narrow) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if narrow.who:
        asked = narrow.who.lower()
        found.append(_T.c.who.contains(asked, autoescape=True) | _T.c.about.contains(asked, autoescape=True))
    if narrow.kind:
        found.append(_T.c.kind == narrow.kind)
    if narrow.on is not None:
        begins = at_hour(narrow.on, 0, 0)
        found += [_T.c.at >= begins, _T.c.at < begins + timedelta(days=1)]
    if narrow.place:
        found.append(_T.c.place == narrow.place)
    return found
