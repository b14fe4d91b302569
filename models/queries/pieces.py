"""The pieces that a project is made of, as its dossier lists them: members of a line, parts of a surface.

Of the newest day that is told, as known at an instant. Each question takes the scope first: outside it the
answer is empty. A line's members in other cities are part of the line's own report and come along.
"""

from datetime import date, datetime
from typing import Any

import polars as pl
import sqlalchemy as sa

from models.access import Scope, within
from models.db import Database, fetch
from models.links import links, newest_members
from models.records import Member, Record, Tenant

_MEMBER = ("unit_code", "unit_name", "tier", "supplies", "member_city", "planned_bp", "actual_bp")
_TENANT = ("unit_name", "role", "planned_bp", "actual_bp")


def line_links(
    db: Database, scope: Scope, plan: dict[str, Any], on: date, *, known_at: datetime
) -> pl.DataFrame:
    """The links of a line, one row a member: LINKS of ``models/links.py``; empty where none was told.

    ``plan``: city, project, planned_start and planned_end of the plan in force; one row of ``facts`` will do.
    """
    told = _newest(db, scope, Member, _MEMBER, plan, on, known_at)
    pace = {name: plan[name] for name in ("city", "project", "planned_start", "planned_end")}
    return links(
        told, pl.DataFrame([pace], schema_overrides={"planned_start": pl.Date, "planned_end": pl.Date})
    )


def surface_parts(
    db: Database, scope: Scope, plan: dict[str, Any], on: date, *, known_at: datetime
) -> pl.DataFrame:
    """The tenants, centre and platform of a surface: city, project, as_of, unit_name, role, planned_bp,
    actual_bp and ``behind`` (basis points, above 0 is behind), the one furthest behind first.
    """
    told = _newest(db, scope, Tenant, _TENANT, plan, on, known_at)
    behind = pl.col("planned_bp") - pl.col("actual_bp")
    return told.with_columns(behind=behind).sort(
        ["behind", "unit_name"], descending=[True, False], nulls_last=True
    )


def _newest(
    db: Database,
    scope: Scope,
    table: type[Record],
    columns: tuple[str, ...],
    plan: dict[str, Any],
    on: date,
    known_at: datetime,
) -> pl.DataFrame:
    still = sa.or_(table.superseded_at.is_(None), table.superseded_at > known_at)
    told = [table.city, table.project, table.as_of, *(getattr(table, name) for name in columns)]
    statement = within(sa.select(*told), scope, table.city).where(
        table.city == plan["city"],
        table.project == plan["project"],
        table.as_of <= on,
        table.recorded_at <= known_at,
        still,
    )
    return newest_members(fetch(db, statement), on)
