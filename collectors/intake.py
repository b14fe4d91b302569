"""★ How every file comes in, whatever the door: read → validate → compare → commit. Read this first.

The dry run is the commit stopped before its last step. A file is taken wholly or not at all; only a mapping
may declare that bad rows are set aside with their reason. The same bytes twice change nothing and say so.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from pathlib import PurePath
from typing import Any

import polars as pl
import sqlalchemy as sa

from collectors.catalogue import RULES
from collectors.commit import Parcel, commit, lock, new_id
from collectors.compare import CHANGES, Effect, Outcome
from collectors.desk import Desk, opened
from collectors.drafts import Kept, keep, rows_as_csv
from collectors.examine import examine
from collectors.ledger import EMPTY
from collectors.problems import Finding, Refused, grouped, marks
from collectors.read import Limits
from collectors.receipt import Delivery, Receipt, clean_name, summary, together, undone
from collectors.stored import Stored, base_token
from models.access import Scope
from models.audit import Deed, audit
from models.db import Database
from models.places import NATION
from models.projects import Partner
from models.reports import Submission
from models.state import Judgement
from models.vocabulary import AuditKind, Door
from models.words import mark, words

__all__ = ["Delivery", "Limits", "Receipt", "summary", "take_in"]

_NO_LIMITS = Limits()
_STORED = mark("Report stored")


def take_in(
    db: Database,
    delivery: Delivery,
    *,
    now: datetime,
    dry_run: bool = False,
    limits: Limits = _NO_LIMITS,
    expected_base: str | None = None,
    partial: bool = False,
) -> Receipt:
    """Take a file in, or say why not. Commits unless ``dry_run``; never raises for a bad file.

    ``expected_base``: the ``base`` of the preview that was confirmed; where the state has changed since, the
    answer is E-STALE and nothing is stored. ``partial``: take the good rows and keep the others as a draft.
    """
    way = _Way(now, dry_run, limits, expected_base, partial)
    try:
        desks = opened(db, delivery, limits, now)
    except Refused as refusal:
        return _refusal(delivery, clean_name(delivery.file_name), refusal.findings)
    if len(desks) > 1:
        return _take_in_several(db, desks, way)
    if dry_run:
        with db.ro.connect() as connection:
            return _judge(Stored(db, connection, ()), desks[0], way)[0]
    with db.rw.begin() as connection:
        lock(connection)
        receipt, outcome = _judge(Stored(db, connection, ()), desks[0], way)
        if expected_base is not None and receipt.base != expected_base:
            return _stale(receipt)
        if not receipt.ok or receipt.duplicate_of or outcome is None:
            return receipt
        stored = _commit(connection, desks[0], receipt, outcome, way)
        _remember(connection, delivery, (stored,), now)
        return stored


@dataclass(frozen=True)
class _Way:
    """How a delivery is to be taken: the arguments of ``take_in``, and the parcel it belongs to."""

    now: datetime
    dry_run: bool
    limits: Limits
    expected_base: str | None
    partial: bool
    parcel: str | None = None


def _stale(receipt: Receipt) -> Receipt:
    stale = grouped((Finding("E-STALE"),))
    return replace(receipt, problems=(*stale, *receipt.problems), refused=True)


def _take_in_several(db: Database, desks: tuple[Desk, ...], way: _Way) -> Receipt:
    """The sheets of a workbook one after the other, each seeing what the ones before it do; all or none."""
    way = replace(way, parcel=new_id(way.now))
    with db.rw.connect() as connection, connection.begin() as transaction:
        lock(connection)
        base = base_token(connection, desks[0].delivery.scope.cities)
        parts = []
        for desk in desks:
            receipt, outcome = _judge(Stored(db, connection, (), inside=True), desk, way)
            if receipt.ok and not receipt.duplicate_of and outcome is not None:
                keeper = not any(part.committed for part in parts)
                receipt = _commit(connection, desk, receipt, outcome, way, keeps_bytes=keeper)
            parts.append(receipt)
        whole = replace(together(parts, clean_name(desks[0].delivery.file_name)), base=base)
        if way.expected_base not in (None, base):
            whole = _stale(whole)
        if way.dry_run or not whole.ok:
            transaction.rollback()
            return undone(whole)
        _remember(connection, desks[0].delivery, tuple(parts), way.now)
        return whole


def _judge(stored: Stored, desk: Desk, way: _Way) -> tuple[Receipt, Outcome | None]:
    """Compare with what is stored; nothing is written. The outcome is None where nothing is to be stored."""
    receipt, outcome = examine(stored, desk, way.now, partial=way.partial)
    if not desk.readable:
        return receipt, None
    earlier = None if desk.delivery.is_state else _earlier(stored.connection, desk, desk.delivery.scope)
    if earlier is not None and not (earlier.rejected and receipt.new):
        return _duplicate(receipt, earlier), None
    if receipt.ok and outcome.is_nothing and not (way.partial and receipt.rejected):
        return replace(receipt, problems=(*receipt.problems, *grouped((Finding("N-SAME"),)))), None
    return receipt, outcome


def _earlier(connection: sa.Connection, desk: Desk, scope: Scope) -> sa.Row | None:
    """The submission of these very bytes, if they were taken in before and not withdrawn."""
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
    undone = s.alias("undone")
    withdrawn = sa.exists().where(undone.c.about == s.c.id, undone.c.door == Door.WITHDRAWAL)
    same = same.where(~withdrawn)
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
        effect=Effect(),
    )


def _commit(
    connection: sa.Connection,
    desk: Desk,
    receipt: Receipt,
    outcome: Outcome,
    way: _Way,
    *,
    keeps_bytes: bool = True,
) -> Receipt:
    """Store what was judged. Of several sheets only the first one stored keeps the file."""
    if desk.mapping is not None:
        named = (rows["partner"] for table, rows in outcome.inserts if table is Partner)
        desk.mapping.plant(connection, way.now, receipt.cities.union(*named))
    submission = new_id(way.now)
    problems = receipt.marks.filter(pl.col("level") != "note").with_row_index("seq")
    parcel = Parcel(
        _values(connection, desk, receipt, way) | {"id": submission},
        desk.delivery.content if keeps_bytes else b"",
        problems.with_columns(pl.col("seq").cast(pl.Int64)),
    )
    commit(connection, parcel, outcome)
    draft = None
    if way.partial and receipt.rejected:
        draft = _keep_back(connection, desk, receipt, submission, way)
    return replace(receipt, submission=submission, committed=True, draft=draft)


def _remember(
    connection: sa.Connection, delivery: Delivery, parts: tuple[Receipt, ...], now: datetime
) -> None:
    """What was stored, in the audit log: last in the transaction, because others wait for it."""
    for part in parts:
        if not part.committed:
            continue
        place = next(iter(part.cities)) if len(part.cities) == 1 else NATION
        counts = {name: getattr(part, name) for name in ("form", "rows", "new", "changed", "rejected")}
        details = counts | {"file": part.file_name, "door": delivery.door}
        who = delivery.scope.email
        audit(connection, Deed(AuditKind.COMMIT, who, now, _STORED, place, part.submission or "", details))


def _values(connection: sa.Connection, desk: Desk, receipt: Receipt, way: _Way) -> dict[str, Any]:
    """The columns of the submission's row."""
    judged = Judgement.__table__
    policy = sa.select(judged.c.policy).order_by(judged.c.finished_at.desc()).limit(1)
    return {
        "city": next(iter(receipt.cities)) if len(receipt.cities) == 1 else NATION,
        "form": desk.form_name,
        "form_version": desk.version,
        "file_name": receipt.file_name,
        "sha256": desk.sha256,
        "size": len(desk.delivery.content),
        "encoding": receipt.encoding,
        "uploader": desk.delivery.scope.email,
        "received_at": way.now,
        "rules": RULES,
        "policy": connection.scalar(policy),
        "parcel": way.parcel,
        "sheet": desk.sheet.tab or None,
        **{n: getattr(receipt, n) for n in ("rows", "new", "changed", "same", "warned", "rejected")},
        **{n: getattr(desk.delivery, n) for n in ("door", "reason", "comment", "source")},
    }


def _keep_back(connection: sa.Connection, desk: Desk, receipt: Receipt, submission: str, way: _Way) -> str:
    """The bad rows as they were written, as a draft of whoever sent them."""
    delivery = desk.delivery
    content = rows_as_csv(desk.again(way.limits), receipt.kept_back)
    kept = Kept(
        desk.form_name, f"{PurePath(receipt.file_name).stem}.csv", content, receipt.rejected, submission
    )
    return keep(connection, delivery.scope, kept, way.now)


def _refusal(delivery: Delivery, name: str, findings: tuple[Finding, ...]) -> Receipt:
    return Receipt(
        None, delivery.called, name, problems=grouped(findings), marks=marks(findings), refused=True
    )
