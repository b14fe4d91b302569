"""What a province does to a pending adjustment: approve it, and the plan has a next version; or reject it.

Never commits: the caller's session or connection does.
"""

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Session

from models.audit import Deed, audit
from models.plans import PLAN_FIELDS, Adjustment, AdjustmentChange, Plan, PlanPoint
from models.versions import time_rank
from models.vocabulary import AdjustmentStatus, AuditKind, Ground
from models.words import mark


@dataclass(frozen=True)
class Verdict:
    """What is decided about a pending adjustment. An approval needs a ground and a document number."""

    approve: bool
    ground: Ground | None = None
    ground_note: str | None = None
    document_no: str | None = None
    adjusted_on: date | None = None


#: Refusals of ``decide``, as catalogue keys.
DECIDED_BEFORE = mark("This adjustment has already been decided.")
NEEDS_GROUND = mark("An approval needs a ground, and the ground “other” needs a note.")
NEEDS_DOCUMENT = mark("An approval needs the number of the approving document.")
_APPROVED = mark("Adjustment approved")
_REJECTED = mark("Adjustment rejected")

ENDS_BEFORE_START = mark("With this adjustment the plan would end before it starts.")


def decide(
    session: Session | sa.Connection,
    adjustment: tuple[str, str, int],
    verdict: Verdict,
    *,
    by: str,
    now: datetime,
) -> str | None:
    """Approve or reject a pending adjustment (city, project, number).

    None when it is done, else the catalogue key of the refusal. An approval makes the next plan version in
    the caller's transaction; the caller commits.
    """
    connection = session.connection() if isinstance(session, Session) else session
    refusal = _incomplete(verdict) or _impossible(connection, adjustment, verdict)
    if refusal:
        return refusal
    a = Adjustment.__table__
    status = AdjustmentStatus.APPROVED if verdict.approve else AdjustmentStatus.REJECTED
    stated = {n: getattr(verdict, n) for n in ("ground", "ground_note", "document_no", "adjusted_on")}
    stated = {name: value for name, value in stated.items() if value is not None}
    claim = sa.update(a).where(_is(a, adjustment), a.c.status == AdjustmentStatus.PENDING)
    done = connection.execute(claim.values(status=status, decided_at=now, decided_by=by, **stated))
    if done.rowcount != 1:
        return DECIDED_BEFORE
    if verdict.approve:
        _next_version(connection, adjustment, now)
    city, project, number = adjustment
    what, details = _APPROVED if verdict.approve else _REJECTED, stated
    audit(connection, Deed(AuditKind.DECISION, by, now, what, city, f"{project} #{number}", details))
    return None


def _is(table: sa.Table, adjustment: tuple[str, str, int]) -> sa.ColumnElement[bool]:
    city, project, number = adjustment
    return (table.c.city == city) & (table.c.project == project) & (table.c.number == number)


def _incomplete(verdict: Verdict) -> str | None:
    """What an approval lacks."""
    if not verdict.approve:
        return None
    if verdict.ground is None or (verdict.ground == Ground.OTHER and not verdict.ground_note):
        return NEEDS_GROUND
    return None if verdict.document_no else NEEDS_DOCUMENT


def _impossible(connection: sa.Connection, adjustment: tuple[str, str, int], verdict: Verdict) -> str | None:
    """Dates that would cross."""
    if not verdict.approve:
        return None
    before, _, plan = _change(connection, adjustment)
    after = before | plan
    return ENDS_BEFORE_START if after["planned_end"] < after["planned_start"] else None


def _change(connection: sa.Connection, adjustment: tuple[str, str, int]) -> tuple[dict, dict[str, str], dict]:
    """The last plan in the order of time, the adjustment's changes as stored, the plan figures among them."""
    p, c = Plan.__table__, AdjustmentChange.__table__
    mine = sa.select(p).where(p.c.city == adjustment[0], p.c.project == adjustment[1])
    last = mine.order_by(time_rank(p).desc(), p.c.version.desc()).limit(1)
    before = dict(connection.execute(last).mappings().one())
    stated = sa.select(c.c.field, c.c.new).where(_is(c, adjustment))
    changes = dict(tuple(row) for row in connection.execute(stated))
    return before, changes, {n: _typed(n, changes[n]) for n in PLAN_FIELDS if n in changes}


def _next_version(connection: sa.Connection, adjustment: tuple[str, str, int], now: datetime) -> None:
    """The plan's next version, a full snapshot; its curve goes along while the dates stay."""
    a = Adjustment.__table__
    decided = connection.execute(sa.select(a).where(_is(a, adjustment))).mappings().one()
    before, changes, plan = _change(connection, adjustment)
    version = _highest_version(connection, adjustment) + 1
    origin = {k: decided[k] for k in ("submission", "row_no")} | {"recorded_at": now}
    made = {"version": version, "approved_on": decided["adjusted_on"], "adjustment": adjustment[2]}
    made |= {"document_no": decided["document_no"]} | origin
    connection.execute(sa.insert(Plan.__table__).values(before | plan | made))
    connection.execute(sa.update(a).where(_is(a, adjustment)).values(version=version))
    moved = any(plan.get(name, before[name]) != before[name] for name in ("planned_start", "planned_end"))
    city, project, _ = adjustment
    points = {} if moved else _points(connection, city, project, before["version"])
    _apply_curve(points, changes)
    key = {"city": city, "project": project, "version": version} | origin
    rows = [key | {"month": m} | v for m, v in points.items() if v["planned_bp"] is not None]
    if rows:
        connection.execute(sa.insert(PlanPoint.__table__), rows)


def _highest_version(connection: sa.Connection, adjustment: tuple[str, str, int]) -> int:
    p = Plan.__table__
    mine = (p.c.city == adjustment[0]) & (p.c.project == adjustment[1])
    return connection.scalar(sa.select(sa.func.max(p.c.version)).where(mine))


def _typed(name: str, text: str) -> object:
    if name in ("planned_start", "planned_end"):
        return date.fromisoformat(text)
    return text if name == "name" else int(text)


def _points(connection: sa.Connection, city: str, project: str, version: int) -> dict[date, dict]:
    t = PlanPoint.__table__
    wanted = sa.select(t.c.month, t.c.planned_bp, t.c.planned_spending)
    rows = connection.execute(wanted.where(t.c.city == city, t.c.project == project, t.c.version == version))
    return {month: {"planned_bp": bp, "planned_spending": spending} for month, bp, spending in rows}


def _apply_curve(points: dict[date, dict], changes: dict[str, str]) -> None:
    for field, new in changes.items():
        if not field.startswith("curve:"):
            continue
        _, month, what = field.split(":")
        point = points.setdefault(
            date.fromisoformat(f"{month}-01"), {"planned_bp": None, "planned_spending": None}
        )
        point["planned_bp" if what == "pct" else "planned_spending"] = int(new)
