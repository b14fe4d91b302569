"""★ How every file comes in, whatever the door: read → validate → compare → commit. Read this first.

The dry run is the commit stopped before its last step. A file is taken wholly or not at all; only a mapping
may declare that bad rows are set aside with their reason. The same bytes twice change nothing and say so.
"""

from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any

import polars as pl
import sqlalchemy as sa

from collectors.commit import Parcel, commit, lock, new_id
from collectors.compare import CHANGES, Outcome
from collectors.desk import Desk, opened
from collectors.examine import examine
from collectors.ledger import EMPTY
from collectors.problems import Finding, Refused, grouped, marks
from collectors.read import Limits
from collectors.receipt import Delivery, Receipt, clean_name, summary
from collectors.stored import Stored
from models.access import Scope
from models.db import Database
from models.places import NATION
from models.reports import Submission
from models.words import words

__all__ = ["Delivery", "Limits", "Receipt", "summary", "take_in"]

_NO_LIMITS = Limits()


def take_in(
    db: Database,
    delivery: Delivery,
    *,
    now: datetime,
    dry_run: bool = False,
    limits: Limits = _NO_LIMITS,
    expected_base: str | None = None,
) -> Receipt:
    """Take a file in, or say why not. Commits unless ``dry_run``; never raises for a bad file.

    ``expected_base``: the ``base`` of the preview that was confirmed; where the state has changed since, the
    answer is E-STALE and nothing is stored.
    """
    name = clean_name(delivery.file_name)
    try:
        desk = opened(db, delivery, limits, now)
    except Refused as refusal:
        return _refusal(delivery, name, refusal.findings)
    if dry_run:
        with db.ro.connect() as connection:
            return _judge(Stored(db, connection, ()), desk, now)[0]
    with db.rw.begin() as connection:
        lock(connection)
        receipt, outcome = _judge(Stored(db, connection, ()), desk, now)
        if expected_base is not None and receipt.base != expected_base:
            stale = grouped((Finding("E-STALE"),))
            return replace(receipt, problems=(*stale, *receipt.problems), refused=True)
        if not receipt.ok or receipt.duplicate_of or outcome is None:
            return receipt
        return _commit(connection, desk, receipt, outcome, now)


def _judge(stored: Stored, desk: Desk, now: datetime) -> tuple[Receipt, Outcome | None]:
    """Compare with what is stored; nothing is written. The outcome is None where nothing is to be stored."""
    receipt, outcome = examine(stored, desk, now)
    if not desk.readable:
        return receipt, None
    earlier = _earlier(stored.connection, desk, desk.delivery.scope)
    if earlier is not None:
        return _duplicate(receipt, earlier), None
    if receipt.ok and not any(frame.height for _, frame in outcome.inserts) and outcome.approve.is_empty():
        return replace(receipt, problems=(*receipt.problems, *grouped((Finding("N-SAME"),)))), None
    return receipt, outcome


def _earlier(connection: sa.Connection, desk: Desk, scope: Scope) -> sa.Row | None:
    """The submission of these very bytes, if they were taken in before."""
    wanted = {"sha256": desk.sha256, "form": desk.form_name, "form_version": desk.version}
    if scope.cities is not None:
        wanted["cities"] = sorted(scope.cities)
    return connection.execute(_same_bytes("cities" in wanted), wanted).one_or_none()


@lru_cache(maxsize=2)
def _same_bytes(by_city: bool) -> sa.Select:
    s = Submission.__table__
    same = sa.select(s).where(
        *(s.c[name] == sa.bindparam(name) for name in ("sha256", "form", "form_version"))
    )
    if by_city:
        same = same.where(s.c.city.in_(sa.bindparam("cities", expanding=True)))
    return same.order_by(s.c.received_at).limit(1)


def _duplicate(receipt: Receipt, earlier: sa.Row) -> Receipt:
    """The same bytes again: nothing is stored, whatever was corrected in between, and that is said."""
    when = words("zh_CN").instant(earlier.received_at)
    notes = [Finding("N-DUP", None, None, {"who": earlier.uploader, "when": when})]
    if receipt.changed:
        notes.append(Finding("N-MOVED", None, None, {"count": receipt.changed}))
    return replace(
        receipt,
        submission=earlier.id,
        new=0,
        changed=0,
        same=earlier.rows - earlier.rejected,
        rows=earlier.rows,
        rejected=earlier.rejected,
        warned=0,
        problems=grouped(notes),
        changes=pl.DataFrame(schema=CHANGES),
        adjustments=EMPTY.made,
        marks=marks(()),
        duplicate_of=(earlier.id, earlier.uploader, earlier.received_at),
        refused=False,
    )


def _commit(
    connection: sa.Connection, desk: Desk, receipt: Receipt, outcome: Outcome, now: datetime
) -> Receipt:
    if desk.mapping is not None:
        desk.mapping.plant(connection, now)
    submission = new_id(now)
    city = next(iter(receipt.cities)) if len(receipt.cities) == 1 else NATION
    values: dict[str, Any] = {
        "city": city,
        "id": submission,
        "form": desk.form_name,
        "form_version": desk.version,
        "file_name": receipt.file_name,
        "sha256": desk.sha256,
        "size": len(desk.delivery.content),
        "encoding": receipt.encoding,
        "uploader": desk.delivery.scope.email,
        "received_at": now,
    }
    values |= {n: getattr(receipt, n) for n in ("rows", "new", "changed", "same", "warned", "rejected")}
    values |= {n: getattr(desk.delivery, n) for n in ("door", "reason", "comment", "source")}
    problems = receipt.marks.filter(pl.col("level") != "note").with_row_index("seq")
    commit(
        connection,
        Parcel(values, desk.delivery.content, problems.with_columns(pl.col("seq").cast(pl.Int64))),
        outcome,
    )
    return replace(receipt, submission=submission, committed=True)


def _refusal(delivery: Delivery, name: str, findings: tuple[Finding, ...]) -> Receipt:
    form = delivery.mapping or delivery.form or ""
    return Receipt(None, form, name, problems=grouped(findings), marks=marks(findings), refused=True)
