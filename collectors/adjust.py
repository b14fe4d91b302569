"""What a province does to a pending adjustment: approve it, and the plan has a next version; or reject it.

Never commits: the caller's session or connection does.
"""

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Session

from models.plans import PLAN_FIELDS, Adjustment, AdjustmentChange, Plan, PlanPoint
from models.vocabulary import AdjustmentStatus, Ground
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
    if verdict.approve:
        if verdict.ground is None or (verdict.ground == Ground.OTHER and not verdict.ground_note):
            return NEEDS_GROUND
        if not verdict.document_no:
            return NEEDS_DOCUMENT
    a = Adjustment.__table__
    mine = sa.and_(a.c.city == adjustment[0], a.c.project == adjustment[1], a.c.number == adjustment[2])
    status = AdjustmentStatus.APPROVED if verdict.approve else AdjustmentStatus.REJECTED
    claim = sa.update(a).where(mine, a.c.status == AdjustmentStatus.PENDING)
    if connection.execute(claim.values(status=status, decided_at=now, decided_by=by)).rowcount != 1:
        return DECIDED_BEFORE
    words = {"ground": verdict.ground, "ground_note": verdict.ground_note, "document_no": verdict.document_no}
    words |= {"adjusted_on": verdict.adjusted_on} if verdict.adjusted_on else {}
    connection.execute(sa.update(a).where(mine).values(**{k: v for k, v in words.items() if v is not None}))
    if not verdict.approve:
        return None
    row = connection.execute(sa.select(a).where(mine)).mappings().one()
    return _next_version(connection, row, now)


def _next_version(connection: sa.Connection, adjustment: sa.RowMapping, now: datetime) -> str | None:
    p, c = Plan.__table__, AdjustmentChange.__table__
    city, project = adjustment["city"], adjustment["project"]
    newest = (
        sa.select(p).where(p.c.city == city, p.c.project == project).order_by(p.c.version.desc()).limit(1)
    )
    before = dict(connection.execute(newest).mappings().one())
    stated = sa.select(c.c.field, c.c.new).where(
        c.c.city == city, c.c.project == project, c.c.number == adjustment["number"]
    )
    changes = dict(tuple(row) for row in connection.execute(stated))
    plan = {name: _typed(name, changes[name]) for name in PLAN_FIELDS if name in changes}
    after = before | plan
    if after["planned_end"] < after["planned_start"]:
        connection.execute(
            sa.update(Adjustment.__table__)
            .where(*(Adjustment.__table__.c[k] == adjustment[k] for k in ("city", "project", "number")))
            .values(
                status=AdjustmentStatus.PENDING,
                decided_at=None,
                decided_by=None,
                ground=None,
                ground_note=None,
                document_no=None,
            )
        )
        return ENDS_BEFORE_START
    version = before["version"] + 1
    origin = {k: adjustment[k] for k in ("submission", "row_no")} | {"recorded_at": now}
    after |= origin | {
        "version": version,
        "approved_on": adjustment["adjusted_on"],
        "document_no": adjustment["document_no"],
        "adjustment": adjustment["number"],
    }
    connection.execute(sa.insert(p).values(after))
    connection.execute(
        sa.update(Adjustment.__table__)
        .where(*(Adjustment.__table__.c[k] == adjustment[k] for k in ("city", "project", "number")))
        .values(version=version)
    )
    moved = any(plan.get(name, before[name]) != before[name] for name in ("planned_start", "planned_end"))
    points = {} if moved else _points(connection, city, project, before["version"])
    _apply_curve(points, changes)
    made = [
        {"city": city, "project": project, "version": version, "month": m} | v | origin
        for m, v in points.items()
    ]
    if made:
        connection.execute(
            sa.insert(PlanPoint.__table__), [row for row in made if row["planned_bp"] is not None]
        )
    return None


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
