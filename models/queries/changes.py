"""What came between two instants: figures corrected later, decisions on plans, alerts opened and ended, files."""

from dataclasses import dataclass
from datetime import date, datetime

import polars as pl
import sqlalchemy as sa
from sqlmodel import Session

from models.access import Scope, within
from models.alerts import AlertEvent
from models.db import Database, fetch
from models.places import Place
from models.plans import Adjustment
from models.projects import Project, ProjectDetail
from models.reports import Report, Submission

#: Figures of a report that are compared.
FIGURES = ("physical_bp", "invested", "issued", "transferred", "paid", "spent")


@dataclass(frozen=True)
class Happened:
    """How much there was between two instants: transitions of alerts by kind, decisions by outcome, files, corrections."""

    alerts: dict[str, int]
    decisions: dict[str, int]
    files: int


def happened(db: Database, scope: Scope, programme: str, since: datetime, until: datetime) -> Happened:
    """What is recorded after ``since`` and up to ``until``, within a scope and about a programme's projects."""
    event, entry, file = AlertEvent.__table__, Adjustment.__table__, Submission.__table__
    project = Project.__table__
    inside = sa.select(project.c.city).where(project.c.programme == programme)
    with Session(db.ro) as session:

        def counted(column: sa.Column, at: sa.Column, city: sa.Column) -> dict[str, int]:
            statement = sa.select(column, sa.func.count()).where(at > since, at <= until, city.in_(inside))
            found = session.execute(within(statement.group_by(column), scope, city)).all()
            return {str(name): count for name, count in found}

        received = sa.select(sa.func.count()).where(
            file.c.received_at > since, file.c.received_at <= until, file.c.city.in_(inside)
        )
        return Happened(
            alerts=counted(event.c.transition, event.c.event_at, event.c.city),
            decisions=counted(entry.c.status, entry.c.decided_at, entry.c.city),
            files=session.execute(within(received, scope, file.c.city)).scalar_one(),
        )


#: Corrections that are read at most.
MOST = 500


@dataclass(frozen=True)
class Part:
    """What part of the reports is asked about: a programme's, and of it a place's, kind's, industry's or project's."""

    programme: str
    province: str | None = None
    city: str | None = None
    kind: str | None = None
    industry: str | None = None
    project: str | None = None


def corrected(db: Database, scope: Scope, part: Part, on: date, known_at: datetime) -> pl.DataFrame:
    """Figures of a day or before it that are known otherwise now than at an instant, newest correction first.

    One row per project and as-of day: city, project, as_of, recorded_at, file_name, uploader, reason, submission,
    holder, and each figure with its ``_before``. What is reported for the first time is no correction.
    """
    new, old = Report.__table__.alias("new"), _replaced(on, known_at)
    project, file = Project.__table__, Submission.__table__
    differs = sa.or_(*(old.c[name].is_distinct_from(new.c[name]) for name in FIGURES))
    statement = (
        sa.select(
            *(new.c.city, new.c.project, new.c.as_of, new.c.recorded_at, new.c.submission),
            *(file.c.file_name, file.c.uploader, file.c.reason, file.c.city.label("holder")),
            *(old.c[name].label(f"{name}_before") for name in FIGURES),
            *(new.c[name] for name in FIGURES),
        )
        .join(
            new,
            (new.c.city == old.c.city) & (new.c.project == old.c.project) & (new.c.as_of == old.c.as_of),
        )
        .join(project, (project.c.city == new.c.city) & (project.c.code == new.c.project))
        .join(file, file.c.id == new.c.submission, isouter=True)
        .where(
            new.c.superseded_at.is_(None),
            new.c.recorded_at > known_at,
            *_of(part, project),
            differs,
        )
        .order_by(new.c.recorded_at.desc(), new.c.city, new.c.project)
        .limit(MOST)
    )
    return fetch(db, within(statement, scope, new.c.city))


def _replaced(on: date, known_at: datetime) -> sa.CTE:
    """What was known then and is superseded: few rows, found by their index before anything is joined to them."""
    r = Report.__table__
    found = sa.select(*(r.c[name] for name in ("city", "project", "as_of", *FIGURES))).where(
        r.c.superseded_at > known_at, r.c.recorded_at <= known_at, r.c.as_of <= on
    )
    return found.cte("old").prefix_with("materialized")


def _of(part: Part, project: sa.FromClause) -> list[sa.ColumnElement]:
    """The conditions on a project that make it one of a part."""
    found = [project.c.programme == part.programme]
    if part.province is not None:
        found.append(project.c.city.in_(sa.select(Place.code).where(Place.province == part.province)))
    for name, value in (("city", part.city), ("kind", part.kind), ("code", part.project)):
        if value is not None:
            found.append(project.c[name] == value)
    if part.industry is not None:
        detail = ProjectDetail.__table__
        own = [detail.c.city == project.c.city, detail.c.project == project.c.code]
        own += [detail.c.superseded_at.is_(None), detail.c.industry.startswith(part.industry)]
        found.append(sa.exists().where(*own))
    return found
