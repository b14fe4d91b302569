"""The two-step sign-off of a city's period: both its departments vouch, its province accepts or returns.

A signature names the state it was given under; where a figure has changed since, it no longer holds and must be
given again. What is accepted is locked (``collectors/closing.py``); a reopening is a time-boxed exception.
Every function commits or answers with the catalogue key of its refusal.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from collectors.closing import DAYS
from collectors.commit import lock
from models.access import Scope
from models.audit import Deed, audit
from models.db import Database
from models.periods import Period
from models.queries.windows import calendar
from models.roster import PILOT
from models.vocabulary import AuditKind, Department, ExceptionKind, Role, SignStep
from models.windows import ReportingRule, SignOff, WindowException
from models.words import mark

_SIGNED = {
    SignStep.VOUCHED: mark("Figures vouched for"),
    SignStep.ACCEPTED: mark("Figures accepted"),
    SignStep.RETURNED: mark("Figures given back"),
}
_GRANTED = mark("Exception granted")
_RHYTHM = mark("Reporting rhythm set")

#: Refusals, as catalogue keys.
NOT_YOURS = mark("Your account may not do this for this city.")
NOTHING_THERE = mark("Nothing has been reported for this period yet.")
CHANGED = mark("The figures have changed since you looked at them; look again, then sign.")
SIGNED_BEFORE = mark("Your department has vouched for these figures already.")
SAME_PERSON = mark("The other department's signature is yours too; a second person must vouch.")
NOT_VOUCHED = mark("Both departments of the city must vouch for these figures first.")
ACCEPTED_BEFORE = mark("These figures are accepted already.")
REOPEN_FIRST = mark("These figures are accepted; to have them mended, open the period again by an exception.")
NEEDS_NOTE = mark("Say why.")
NOT_AHEAD = mark("The new time must lie ahead.")


@dataclass(frozen=True)
class Signature:
    """A signature that was given. ``holds``: the figures are still those it was given under."""

    step: SignStep
    department: Department | None
    by: str
    at: datetime
    note: str | None
    holds: bool


@dataclass(frozen=True)
class Standing:
    """Where a city's period stands. ``state`` is the token to sign under; None: nothing was reported."""

    state: str | None
    rows: int
    signatures: tuple[Signature, ...] = ()

    @property
    def vouched(self) -> frozenset[Department]:
        """Departments whose signature holds since the last return."""
        held: set[Department] = set()
        for one in self.signatures:
            if one.step == SignStep.RETURNED:
                held.clear()
            elif one.step == SignStep.VOUCHED and one.holds and one.department is not None:
                held.add(one.department)
        return frozenset(held)

    @property
    def accepted(self) -> bool:
        """Is the newest decision an acceptance that still holds?"""
        decided = [one for one in self.signatures if one.step != SignStep.VOUCHED]
        return bool(decided) and decided[-1].step == SignStep.ACCEPTED and decided[-1].holds


@dataclass(frozen=True)
class Signing:
    """Who signs what: a city's period, under the state that was looked at."""

    by: Scope
    city: str
    period: Period
    state: str
    now: datetime
    note: str | None = None


def standing(connection: sa.Connection, city: str, period: Period) -> Standing:
    """Where a period stands now."""
    state, rows = state_of(connection, city, period)
    s = SignOff.__table__
    mine = sa.select(s).where(s.c.city == city, s.c.programme == PILOT, s.c.period_end == period.end)
    given = connection.execute(mine.order_by(s.c.seq)).all()
    return Standing(state, rows, tuple(_signature(row, state) for row in given))


def _signature(row: sa.Row, state: str | None) -> Signature:
    return Signature(
        SignStep(row.step),
        Department(row.department) if row.department else None,
        row.signed_by,
        row.signed_at,
        row.note,
        row.state == state,
    )


def state_of(connection: sa.Connection, city: str, period: Period) -> tuple[str | None, int]:
    """A token of every current figure dated in the period, and how many rows it covers."""
    digest, rows = hashlib.sha256(), 0
    for table, day in DAYS.items():
        t = table.__table__
        key = "project" if "record_key" not in t.c else "record_key"
        current = sa.select(t.c[key], t.c[day], t.c.submission).where(
            t.c.city == city, t.c.superseded_at.is_(None), t.c[day].between(period.start, period.end)
        )
        for row in connection.execute(current.order_by(t.c[key], t.c[day])):
            digest.update(f"{t.name}|{row[0]}|{row[1]}|{row[2]}\n".encode())
            rows += 1
    return (digest.hexdigest(), rows) if rows else (None, 0)


def vouch(db: Database, signing: Signing, department: Department) -> str | None:
    """A city's department vouches for the figures. None when done, else why not."""
    with db.rw.begin() as connection:
        lock(connection)
        refusal = _may_vouch(signing, department)
        found = standing(connection, signing.city, signing.period)
        refusal = refusal or _unchanged(found, signing)
        if refusal is None and found.accepted:
            refusal = ACCEPTED_BEFORE
        if refusal is None and department in found.vouched:
            refusal = SIGNED_BEFORE
        others = (one for one in found.signatures if one.holds and one.step == SignStep.VOUCHED)
        if refusal is None and any(
            one.by == signing.by.email for one in others if one.department in found.vouched
        ):
            refusal = SAME_PERSON
        return refusal or _sign(connection, signing, SignStep.VOUCHED, department)


def _may_vouch(signing: Signing, department: Department) -> str | None:
    by = signing.by
    allowed = by.role in (Role.CITY, Role.OPERATOR) and by.covers(signing.city)
    return None if allowed and by.department in (None, department) else NOT_YOURS


def _unchanged(found: Standing, signing: Signing) -> str | None:
    if found.state is None:
        return NOTHING_THERE
    return None if found.state == signing.state else CHANGED


def accept(db: Database, signing: Signing) -> str | None:
    """The province accepts what both departments vouched for: the figures no longer move."""
    with db.rw.begin() as connection:
        lock(connection)
        found = standing(connection, signing.city, signing.period)
        refusal = _may_decide(signing.by, signing.city) or _unchanged(found, signing)
        if refusal is None and found.accepted:
            refusal = ACCEPTED_BEFORE
        if refusal is None and found.vouched != frozenset(Department):
            refusal = NOT_VOUCHED
        return refusal or _sign(connection, signing, SignStep.ACCEPTED, None)


def give_back(db: Database, signing: Signing) -> str | None:
    """The province returns figures it has not accepted, with a reason; the signatures before no longer count."""
    with db.rw.begin() as connection:
        lock(connection)
        found = standing(connection, signing.city, signing.period)
        refusal = _may_decide(signing.by, signing.city) or _unchanged(found, signing)
        if refusal is None and found.accepted:
            refusal = REOPEN_FIRST
        if refusal is None and not (signing.note or "").strip():
            refusal = NEEDS_NOTE
        return refusal or _sign(connection, signing, SignStep.RETURNED, None)


def _may_decide(by: Scope, city: str) -> str | None:
    return None if by.decides(city) else NOT_YOURS


def _sign(connection: sa.Connection, signing: Signing, step: SignStep, department: Department | None) -> None:
    s = SignOff.__table__
    of = (s.c.city == signing.city, s.c.programme == PILOT, s.c.period_end == signing.period.end)
    newest = connection.scalar(sa.select(sa.func.max(s.c.seq)).where(*of)) or 0
    values = {"city": signing.city, "programme": PILOT, "period_end": signing.period.end, "seq": newest + 1}
    values |= {"step": step, "department": department, "state": signing.state, "note": signing.note}
    values |= {"signed_by": signing.by.email, "signed_at": signing.now}
    connection.execute(sa.insert(s).values(values))
    details = {"department": department, "note": signing.note, "state": signing.state}
    who, about = signing.by.email, signing.period.end.isoformat()
    audit(connection, Deed(AuditKind.DECISION, who, signing.now, _SIGNED[step], signing.city, about, details))


@dataclass(frozen=True)
class Grant:
    """More time for some cities' period, or an accepted period opened again until an instant."""

    by: Scope
    cities: Sequence[str]
    period_end: date
    kind: ExceptionKind
    until: datetime
    reason: str
    now: datetime


def grant(db: Database, wish: Grant) -> str | None:
    """Grant an exception. None when done, else why not."""
    if any(_may_decide(wish.by, city) for city in wish.cities):
        return NOT_YOURS
    if not wish.reason.strip():
        return NEEDS_NOTE
    if wish.until <= wish.now:
        return NOT_AHEAD
    rows = [
        {"city": city, "programme": PILOT, "granted_at": wish.now, "period_end": wish.period_end}
        | {"kind": wish.kind, "until": wish.until, "reason": wish.reason.strip(), "granted_by": wish.by.email}
        for city in wish.cities
    ]
    with db.rw.begin() as connection:
        connection.execute(sa.insert(WindowException.__table__), rows)
        about, details = wish.period_end.isoformat(), {"until": wish.until, "reason": wish.reason.strip()}
        details |= {"kind": wish.kind}
        for city in wish.cities:
            who = wish.by.email
            audit(connection, Deed(AuditKind.DECISION, who, wish.now, _GRANTED, city, about, details))
    return None


def set_rule(db: Database, rule: ReportingRule, *, by: Scope) -> str | None:
    """How often a city reports from a day on. None when done, else why not."""
    if _may_decide(by, rule.city):
        return NOT_YOURS
    if not rule.reason.strip():
        return NEEDS_NOTE
    with db.rw.begin() as connection:
        connection.execute(sa.insert(ReportingRule.__table__).values(**rule.model_dump()))
        details = {"unit": rule.unit, "due_days": rule.due_days, "reason": rule.reason}
        about = rule.from_on.isoformat()
        audit(
            connection,
            Deed(AuditKind.DECISION, by.email, rule.set_at, _RHYTHM, rule.city, about, details),
        )
    return None


def last_accepted(connection: sa.Connection, city: str, now: datetime) -> tuple[date, datetime] | None:
    """The newest accepted period of a city and when it was accepted; None where there is none."""
    accepted = calendar(connection, now, cities={city}).accepted
    ends = sorted((end, at) for (of, end), at in accepted.items() if of == city)
    return ends[-1] if ends else None


def standings(
    connection: sa.Connection, periods: Iterable[tuple[str, Period]]
) -> dict[tuple[str, date], Standing]:
    """Where several cities' periods stand."""
    return {(city, period.end): standing(connection, city, period) for city, period in periods}
