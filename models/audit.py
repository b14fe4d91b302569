"""The audit log: who did what and when, added in the transaction of the deed, chained by SHA-256.

Each row's hash is over the hash before it and the row's own content; one row names the head of the chain, and its
lock puts writers in line. So call ``audit`` last in a transaction: on PostgreSQL what follows it keeps others waiting.
Triggers refuse changes and deletions; whoever may drop them is found by ``verify``.

What it proves: nothing was altered, left out or put in between rows that are there, and nothing was cut off behind
an anchor (a head noted outside of the database, see ``models/anchors.py``). What it cannot: rows after the
newest anchor, and the head with them, can be cut off by somebody who owns the database; and a chain made anew from
some row on is only told by an anchor behind that row.

A new deed is a ``Deed`` where it is done; a new kind is a member of ``AuditKind`` and a migration.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.db import Database, coded
from models.places import STRICT
from models.vocabulary import AuditKind

#: What the first row stands on.
GENESIS = "0" * 64

#: Rows read at a time by ``verify``.
_SLICE = 5_000


class AuditRow(SQLModel, table=True):
    """One deed. ``who`` is an e-mail address, ``token:…``, ``source:…`` or what was typed at a refused sign-in.

    ``what`` is a catalogue text; ``place`` a place's code, empty for none; ``about`` names the thing; ``details``
    is JSON with whatever else explains it: never a password, hash or secret.
    """

    __tablename__ = "audit"
    __table_args__ = (sa.Index("audit_by_day", "at"), STRICT)
    seq: int = Field(primary_key=True, sa_type=sa.BigInteger, sa_column_kwargs={"autoincrement": False})
    at: datetime
    kind: AuditKind = Field(sa_type=coded(AuditKind))
    who: str = Field(max_length=254)
    what: str
    place: str = Field(max_length=16)
    about: str
    details: str
    previous: str = Field(max_length=64)
    hash: str = Field(max_length=64)


class AuditHead(SQLModel, table=True):
    """The newest row of the chain; one row, whose lock is the writers' queue."""

    __table_args__ = STRICT
    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    seq: int = Field(sa_type=sa.BigInteger)
    hash: str = Field(max_length=64)


#: What keeps rows as they are. The migration holds the same statements.
GUARDS = {
    "sqlite": (
        "create trigger audit_unchanged before update on audit begin "
        "select raise(abort, 'the audit log is only added to'); end",
        "create trigger audit_kept before delete on audit begin "
        "select raise(abort, 'the audit log is only added to'); end",
    ),
    "postgresql": (
        "create or replace function audit_only_added_to() returns trigger language plpgsql as "
        "$$ begin raise exception 'the audit log is only added to'; end $$",
        "create trigger audit_unchanged before update or delete on audit "
        "for each row execute function audit_only_added_to()",
        "create trigger audit_kept before truncate on audit "
        "for each statement execute function audit_only_added_to()",
    ),
}
for _dialect, _statements in GUARDS.items():
    for _statement in _statements:
        sa.event.listen(AuditRow.__table__, "after_create", sa.DDL(_statement).execute_if(dialect=_dialect))


@dataclass(frozen=True)
class Deed:
    """What is to be remembered. ``who`` did ``what`` (a marked text), ``at`` an instant; see ``AuditRow``."""

    kind: AuditKind
    who: str
    at: datetime
    what: str
    place: str = ""
    about: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


def audit(connection: sa.Connection, deed: Deed) -> int:
    """Add a deed to the chain in the caller's transaction, which commits; gives its number.

    The connection writes (``db.rw``). Others wait from here to the caller's commit.
    """
    head = AuditHead.__table__
    seq, previous = _head(connection)
    row = _content(seq + 1, deed)
    digest = _hash(previous, row)
    connection.execute(sa.insert(AuditRow.__table__).values(**row, previous=previous, hash=digest))
    connection.execute(sa.update(head).where(head.c.id == 1).values(seq=seq + 1, hash=digest))
    return seq + 1


def _head(connection: sa.Connection) -> tuple[int, str]:
    """The newest row's number and hash, locked; the first writer makes the head."""
    head = AuditHead.__table__
    locked = sa.select(head.c.seq, head.c.hash).where(head.c.id == 1).with_for_update()
    found = connection.execute(locked).one_or_none()
    if found is None:
        dialect = sa.dialects.sqlite if connection.dialect.name == "sqlite" else sa.dialects.postgresql
        first = dialect.insert(head).values(id=1, seq=0, hash=GENESIS)
        connection.execute(first.on_conflict_do_nothing())
        found = connection.execute(locked).one()
    return found.seq, found.hash


def _content(seq: int, deed: Deed) -> dict[str, Any]:
    return {
        "seq": seq,
        "at": deed.at,
        "kind": deed.kind,
        "who": deed.who[:254],
        "what": deed.what,
        "place": deed.place[:16],
        "about": deed.about,
        "details": json.dumps(deed.details, ensure_ascii=False, sort_keys=True, default=str),
    }


def _hash(previous: str, row: Mapping[str, Any]) -> str:
    """SHA-256 over the hash before and the content, written one way only."""
    at = row["at"].astimezone(UTC).isoformat(timespec="microseconds")
    texts = [str(row[name]) for name in ("kind", "who", "what", "place", "about", "details")]
    canonical = json.dumps([previous, row["seq"], at, *texts], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


@dataclass(frozen=True)
class Anchor:
    """A head as it was noted outside of the database."""

    seq: int
    hash: str


@dataclass(frozen=True)
class Verdict:
    """What the chain says. ``broken`` is the first row that does not hold, with ``why`` (English, one line)."""

    rows: int
    head: Anchor
    broken: int | None = None
    why: str = ""


def newest(db: Database) -> Anchor:
    """The head of the chain as the database names it."""
    head = AuditHead.__table__
    with db.ro.connect() as connection:
        found = connection.execute(sa.select(head.c.seq, head.c.hash).where(head.c.id == 1)).one_or_none()
    return Anchor(found.seq, found.hash) if found else Anchor(0, GENESIS)


def verify(db: Database, anchors: Iterable[Anchor] = ()) -> Verdict:
    """Go through the whole chain, against itself, its head and what was noted outside. Reads one state."""
    head = AuditHead.__table__
    with db.ro.connect() as connection:
        if not db.is_sqlite:
            connection.execution_options(isolation_level="REPEATABLE READ")
        with connection.begin():
            named = connection.execute(sa.select(head.c.seq, head.c.hash).where(head.c.id == 1)).one_or_none()
            return _verdict(_rows(connection), named, {one.seq: one.hash for one in anchors})


def _rows(connection: sa.Connection) -> Iterator[sa.Row]:
    t, last = AuditRow.__table__, 0
    while True:
        found = connection.execute(sa.select(t).where(t.c.seq > last).order_by(t.c.seq).limit(_SLICE)).all()
        yield from found
        if len(found) < _SLICE:
            return
        last = found[-1].seq


def _verdict(rows: Iterator[sa.Row], named: sa.Row | None, anchors: dict[int, str]) -> Verdict:
    reached = Anchor(0, GENESIS)
    for row in rows:
        why = _fault(row, reached, anchors)
        if why:
            return Verdict(reached.seq, reached, min(row.seq, reached.seq + 1), why)
        reached = Anchor(row.seq, row.hash)
    end = Anchor(named.seq, named.hash) if named else Anchor(0, GENESIS)
    if end != reached:
        return Verdict(reached.seq, reached, reached.seq + 1, f"the chain's head is row {end.seq}")
    beyond = [seq for seq in anchors if seq > reached.seq]
    if beyond:
        why = f"row {max(beyond)} was noted outside; rows were cut off the end"
        return Verdict(reached.seq, reached, reached.seq + 1, why)
    return Verdict(reached.seq, reached)


def _fault(row: sa.Row, before: Anchor, anchors: dict[int, str]) -> str:
    if row.seq != before.seq + 1:
        return f"row {before.seq + 1} is missing"
    if row.previous != before.hash:
        return "it does not stand on the row before it"
    if _hash(row.previous, row._mapping) != row.hash:
        return "its content is not what was written"
    if anchors.get(row.seq, row.hash) != row.hash:
        return "another row was noted outside; the chain was made anew"
    return ""
