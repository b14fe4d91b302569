"""Rows that are not ready: kept for their owner in the layout of their form until they are mended or dropped.

A draft changes no figure and nobody else sees it; what was kept back from a city's own system is open to all who
report for the city, because a system mends nothing. It is opened again as the file it is, so that the same
checks hold. Every function with a ``Database`` commits.
"""

import csv
import io
from dataclasses import dataclass
from datetime import datetime

import polars as pl
import sqlalchemy as sa
from sqlmodel import Session, col, select

from collectors.commit import new_id
from collectors.read import Sheet
from models.access import Scope
from models.db import Database
from models.places import NATION
from models.reports import Draft
from models.tokens import SYSTEM
from models.vocabulary import Role

#: Drafts that one person may keep; the oldest go first.
MOST = 50


@dataclass(frozen=True)
class Kept:
    """What becomes a draft: which form, under which name, and the text of its rows with their header."""

    form: str
    file_name: str
    content: bytes
    rows: int
    of: str | None = None


def rows_as_csv(sheet: Sheet, rows: pl.Series) -> bytes:
    """These rows of a sheet as they were written, below its header: UTF-8 with mark."""
    kept = sheet.cells.filter(sheet.row_no.is_in(rows.implode()))
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(sheet.header)
    writer.writerows(kept.iter_rows())
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8")


def keep(connection: sa.Connection, scope: Scope, kept: Kept, now: datetime) -> str:
    """Store a draft; the caller commits. Gives its id."""
    d = Draft.__table__
    city = next(iter(scope.cities)) if scope.cities is not None and len(scope.cities) == 1 else NATION
    draft = new_id(now)
    values = {"city": city, "id": draft, "owner": scope.email, "saved_at": now}
    values |= {name: getattr(kept, name) for name in ("form", "file_name", "content", "rows", "of")}
    connection.execute(sa.insert(d).values(**values))
    theirs = sa.and_(d.c.city == city, d.c.owner == scope.email)
    newest = sa.select(d.c.id).where(theirs).order_by(d.c.saved_at.desc(), d.c.id.desc())
    old = [row[0] for row in connection.execute(newest.offset(MOST))]
    if old:
        connection.execute(sa.delete(d).where(theirs, d.c.id.in_(old)))
    return draft


def save(db: Database, scope: Scope, kept: Kept, *, now: datetime) -> str:
    """Store a draft and commit. Gives its id."""
    with db.rw.begin() as connection:
        return keep(connection, scope, kept, now)


def _open_to(scope: Scope) -> sa.ColumnElement[bool]:
    """A person's own drafts, and those of the systems of the cities that the person reports for."""
    d = Draft.__table__
    own = d.c.owner == scope.email
    if scope.role != Role.CITY or scope.cities is None:
        return own
    return own | (d.c.owner.startswith(SYSTEM, autoescape=True) & d.c.city.in_(sorted(scope.cities)))


def mine(db: Database, scope: Scope) -> list[Draft]:
    """The drafts that are open to a person, newest first."""
    statement = select(Draft).where(_open_to(scope)).order_by(col(Draft.saved_at).desc())
    with Session(db.ro, expire_on_commit=False) as session:
        return list(session.exec(statement))


def drop(db: Database, scope: Scope, draft: str) -> None:
    """Forget a draft that is open to this person; commits."""
    d = Draft.__table__
    with db.rw.begin() as connection:
        connection.execute(sa.delete(d).where(d.c.id == draft, _open_to(scope)))
