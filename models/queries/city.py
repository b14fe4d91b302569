"""What the city page and the lists by kind ask beyond the day's state: pending changes, project details."""

from collections.abc import Collection

import polars as pl
import sqlalchemy as sa

from models.access import Scope, within
from models.db import Database, fetch
from models.plans import Adjustment, AdjustmentChange, Plan
from models.projects import Project, ProjectDetail
from models.versions import time_rank
from models.vocabulary import AdjustmentStatus


def pending(db: Database, scope: Scope, *, city: str | None = None) -> pl.DataFrame:
    """One row per field of each pending adjustment within a scope, the longest waiting first.

    Columns: city, project, number, name, adjusted_on, recorded_at, ground, field, old, new.
    """
    a, c, p = Adjustment.__table__, AdjustmentChange.__table__, Plan.__table__
    name = (
        sa.select(p.c.name)
        .where(p.c.city == a.c.city, p.c.project == a.c.project)
        .order_by(time_rank(p).desc(), p.c.version.desc())
        .limit(1)
        .correlate(a)
        .scalar_subquery()
        .label("name")
    )
    statement = (
        sa.select(
            *(a.c.city, a.c.project, a.c.number, name, a.c.adjusted_on, a.c.recorded_at, a.c.ground),
            *(c.c.field, c.c.old, c.c.new),
        )
        .join(
            c,
            (c.c.city == a.c.city) & (c.c.project == a.c.project) & (c.c.number == a.c.number),
            isouter=True,
        )
        .where(a.c.status == str(AdjustmentStatus.PENDING))
        .order_by(a.c.recorded_at, a.c.city, a.c.project, a.c.number, c.c.field)
    )
    if city is not None:
        statement = statement.where(a.c.city == city)
    return fetch(db, within(statement, scope, a.c.city))


def waiting(db: Database, scope: Scope) -> dict[str, int]:
    """City → how many adjustments wait for a decision there, by city."""
    a = Adjustment.__table__
    statement = (
        sa.select(a.c.city, sa.func.count())
        .where(a.c.status == str(AdjustmentStatus.PENDING))
        .group_by(a.c.city)
        .order_by(a.c.city)
    )
    with db.ro.connect() as connection:
        return dict(connection.execute(within(statement, scope, a.c.city)).all())


def project_names(db: Database, scope: Scope, codes: Collection[str]) -> dict[str, str]:
    """Code → name in the newest plan version, for those of ``codes`` within a scope."""
    p = Plan.__table__
    statement = sa.select(p.c.project, p.c.name).where(p.c.project.in_(sorted(codes)))
    statement = statement.order_by(time_rank(p), p.c.version)
    return dict(fetch(db, within(statement, scope, p.c.city)).iter_rows())


def descriptions(db: Database, scope: Scope, *, kind: str | None = None) -> pl.DataFrame:
    """One row per project: city, project, chain, chain_owner, park, landmark, partners, unit_code."""
    d, p = ProjectDetail.__table__, Project.__table__
    statement = (
        sa.select(
            *(d.c.city, d.c.project, d.c.chain, d.c.chain_owner, d.c.park, d.c.landmark),
            *(d.c.partners, d.c.unit_code),
        )
        .join(p, (p.c.city == d.c.city) & (p.c.code == d.c.project))
        .where(d.c.superseded_at.is_(None))
    )
    if kind is not None:
        statement = statement.where(p.c.kind == kind)
    return fetch(db, within(statement, scope, d.c.city))
