"""★ How every file comes in, whatever the door: read → validate → compare → commit. Read this first.

The dry run is the commit stopped before its last step. A file is taken wholly or not at all; only a mapping
may declare that bad rows are set aside with their reason. The same bytes twice change nothing and say so.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from functools import lru_cache, reduce
from typing import Any

import polars as pl
import sqlalchemy as sa

from collectors import locate
from collectors.commit import Parcel, commit, lock, new_id
from collectors.compare import CHANGES, STATUS, Outcome, Terms, dispatch, merged
from collectors.desk import Desk, opened
from collectors.ledger import EMPTY
from collectors.problems import Finding, Refused, grouped, marks
from collectors.read import Limits
from collectors.receipt import Delivery, Receipt, clean_name, summary
from collectors.register import projects
from collectors.revise import adjustments, impossible, plan
from collectors.stored import Stored, base_token
from models.access import Action, Scope, may
from models.db import Database
from models.places import NATION
from models.reports import Submission
from models.words import words

__all__ = ["Delivery", "Limits", "Receipt", "summary", "take_in"]

_NO_LIMITS = Limits()
_COMPARE = {"projects": projects, "plan": plan, "dispatch": dispatch, "adjustments": adjustments}


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
    scope = desk.delivery.scope
    if not desk.readable:
        refused = _receipt(desk, desk.findings, Outcome(pl.DataFrame(schema=STATUS)))
        return replace(refused, rejected=refused.rows, refused=True), None
    codes = {code for _, frame in desk.parts for code in frame["code"].drop_nulls().unique()}
    stored = replace(stored, codes=tuple(sorted(codes)))
    outcome, findings, cities = _compared(stored, desk, now)
    base = base_token(stored.connection, cities if scope.cities is None or cities else scope.cities)
    receipt = replace(_receipt(desk, findings, outcome), base=base, cities=cities)
    earlier = None if desk.delivery.is_state else _earlier(stored.connection, desk, scope)
    if earlier is not None:
        return _duplicate(receipt, earlier), None
    if receipt.ok and not any(frame.height for _, frame in outcome.inserts) and outcome.approve.is_empty():
        return replace(receipt, problems=(*receipt.problems, *grouped((Finding("N-SAME"),)))), None
    return receipt, outcome


def _compared(
    stored: Stored, desk: Desk, now: datetime
) -> tuple[Outcome, tuple[Finding, ...], frozenset[str]]:
    scope, findings = desk.delivery.scope, list(desk.findings)
    terms = Terms(scope.email, now, decides=may(scope.role, Action.DECIDE))
    if desk.mapping is not None:
        terms = desk.mapping.terms(terms, desk.as_of, stored)
    outcomes: list[Outcome] = []
    cities: set[str] = set()
    for form, rows in desk.parts:
        frame, found = _located(form, rows, stored, desk)
        findings += found
        cities |= set(frame["city"].drop_nulls().unique())
        mine = replace(stored, cities=tuple(sorted(set(frame["city"].drop_nulls()))))
        bad = _rows_of(findings, "error")
        good = frame.filter(~pl.col("row_no").is_in(bad.implode())) if len(bad) else frame
        outcomes.append(_COMPARE[form](good, mine, terms))
        if form == "dispatch" and desk.mapping is None:
            findings += locate.absent(frame, mine, scope)
    outcome = reduce(merged, outcomes)
    if desk.mapping is not None and terms.keep_details:
        findings.append(Finding("N-B111"))
    waiting = (outcome.made["status"] == "pending").sum()
    if waiting:
        findings.append(Finding("N-B121", None, None, {"count": waiting}))
    findings += [desk.named(finding) for finding in outcome.findings]
    return outcome, tuple(findings), frozenset(cities)


def _located(form: str, rows: pl.DataFrame, stored: Stored, desk: Desk) -> tuple[pl.DataFrame, list[Finding]]:
    if desk.mapping is not None:
        return desk.mapping.located(form, rows, stored)
    if form == "projects":
        return locate.registering(rows, stored, desk.delivery.scope)
    frame, found = locate.reported(rows, stored, desk.delivery.scope)
    if form == "adjustments":
        mine = replace(stored, cities=tuple(sorted(set(frame["city"].drop_nulls()))))
        found = [*found, *impossible(frame, mine)]
    return frame, found


def _rows_of(findings: Iterable[Finding], level: str) -> pl.Series:
    """The rows that findings of a level speak of."""
    rows = [f.rows["row_no"] for f in findings if f.level == level and f.rows is not None]
    return pl.concat(rows).unique() if rows else pl.Series("row_no", [], pl.Int64)


def _receipt(desk: Desk, findings: tuple[Finding, ...], outcome: Outcome) -> Receipt:
    bad, warned = _rows_of(findings, "error"), _rows_of(findings, "warning")
    status = outcome.status
    if len(bad):
        bad = bad.filter(bad.is_in(desk.sheet.row_no.implode()))
        status = status.filter(~pl.col("row_no").is_in(bad.implode()))
        warned = warned.filter(~warned.is_in(bad.implode()))
    counts = dict(status["status"].value_counts().iter_rows())
    whole = any(f.level == "error" and (f.rows is None or f.code == "E-B102") for f in findings)
    held, rows = dict(desk.delivery.refuses), len(desk.sheet.row_no)
    whole = whole or any(len(f.bad_rows) > held[f.code] * rows for f in findings if f.code in held)
    set_aside = desk.mapping is not None and desk.mapping.sets_aside
    return Receipt(
        None,
        desk.form_name,
        clean_name(desk.delivery.file_name),
        desk.sheet.encoding,
        len(desk.sheet.row_no),
        counts.get("new", 0),
        counts.get("changed", 0),
        counts.get("same", 0),
        len(warned),
        len(bad),
        grouped(findings),
        outcome.changes,
        outcome.made,
        marks(findings),
        desk.sheet.sample,
        refused=whole
        or (not set_aside and len(bad) > 0)
        or (any(f.level == "error" for f in findings) and not set_aside),
    )


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
    when = words("zh_CN").instant(earlier.received_at)
    note = Finding("N-DUP", None, None, {"who": earlier.uploader, "when": when})
    return replace(
        receipt,
        submission=earlier.id,
        new=0,
        changed=0,
        same=earlier.rows - earlier.rejected,
        rows=earlier.rows,
        rejected=earlier.rejected,
        warned=0,
        problems=grouped((note,)),
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
