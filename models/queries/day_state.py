"""Questions to a judged day beyond ``alerts.day``: what changed, and sums as an overview needs them."""

from collections.abc import Mapping
from datetime import date

import polars as pl
import sqlalchemy as sa

from models.access import Scope, within
from models.db import Database, fetch
from models.places import Place
from models.state import DayState, DayTotal
from models.vocabulary import Change, Light

#: What a reader wants first of what changed.
CHANGE_ORDER = (Change.WORSE, Change.BETTER, Change.NEW)


def changed(
    db: Database, scope: Scope, on: date, narrow: Mapping[str, str | None], *, limit: int
) -> pl.DataFrame:
    """Projects whose light changed on a judged day, shaped like ``DayState``: worse, better, then new.

    ``narrow`` holds column values (programme, kind, city, industry, light) and ``province``; None means all.
    """
    table = DayState.__table__
    rank = sa.case({str(change): place for place, change in enumerate(CHANGE_ORDER)}, value=table.c.change)
    statement = (
        sa.select(*table.c)
        .where(table.c.state_on == on, table.c.change.in_([str(change) for change in CHANGE_ORDER]))
        .order_by(rank, table.c.score.desc())
        .limit(limit)
    )
    return fetch(db, within(narrowed(statement, table, narrow), scope, table.c.city))


def changed_in(states: pl.DataFrame, *, limit: int) -> pl.DataFrame:
    """The same from rows already at hand."""
    order = {str(change): place for place, change in enumerate(CHANGE_ORDER)}
    return (
        states.filter(pl.col("change").is_in(list(order)))
        .sort(
            pl.col("change").replace_strict(order, return_dtype=pl.Int64),
            pl.col("score"),
            descending=[False, True],
        )
        .head(limit)
    )


#: What ``sums`` keeps apart: enough for cards, tiles, freshness and change; industry is added up.
SUM_KEYS = ("city", "kind", "light", "light_v1", "freshness", "change")
_SUMMED = (
    *("projects", "measured", "physical_bp", "planned_bp", "planned_v1_bp", "total_investment", "reward"),
    *("invested", "issued", "transferred", "paid", "spent", "planned_spending"),
)


def sums(db: Database, scope: Scope, on: date, narrow: Mapping[str, str | None]) -> pl.DataFrame:
    """The totals of a judged day, added up over industries in the database: ``SUM_KEYS`` and the sums.

    Few rows whatever the number of projects, which keeps the overview as fast over many as over few.
    """
    table = DayTotal.__table__
    statement = (
        sa.select(
            *(table.c[name] for name in SUM_KEYS),
            *(_sum(table.c[name]) for name in _SUMMED),
            sa.func.min(table.c.oldest_as_of).label("oldest_as_of"),
            sa.func.max(table.c.newest_as_of).label("newest_as_of"),
        )
        .where(table.c.state_on == on)
        .group_by(*(table.c[name] for name in SUM_KEYS))
    )
    return fetch(db, within(narrowed(statement, table, narrow), scope, table.c.city))


def industries(db: Database, scope: Scope) -> list[str]:
    """The industry codes (two or three digits) of the newest judged day's projects within a scope, by code."""
    table = DayTotal.__table__
    newest = sa.select(sa.func.max(table.c.state_on)).scalar_subquery()
    statement = (
        sa.select(table.c.industry).where(table.c.state_on == newest, table.c.industry != "").distinct()
    )
    return sorted(fetch(db, within(statement, scope, table.c.city))["industry"].drop_nulls().to_list())


def _sum(column: sa.Column) -> sa.ColumnElement:
    """A sum of the column's own type: PostgreSQL would make a numeric of it."""
    whole = isinstance(column.type, sa.Integer)
    return sa.cast(sa.func.sum(column), sa.BigInteger() if whole else sa.Float()).label(column.name)


def narrowed(statement: sa.Select, table: sa.Table, narrow: Mapping[str, str | None]) -> sa.Select:
    """The statement over ``DayState`` or ``DayTotal``, kept to column values and a ``province``; None is all."""
    for name, value in narrow.items():
        if value is None:
            continue
        if name == "province":
            inside = sa.select(Place.code).where(Place.province == value)
            statement = statement.where(table.c.city.in_(inside))
        elif name == "industry":  # a division holds its groups: 38 holds 382
            statement = statement.where(table.c.industry.startswith(value))
        else:
            statement = statement.where(table.c[name] == value)
    return statement


def reds(db: Database, scope: Scope, programme: str, *, limit: int = 2_000) -> list[tuple[str, str]]:
    """City and code of the programme's red projects on the newest judged day, the worst first."""
    table = DayState.__table__
    newest = sa.select(sa.func.max(table.c.state_on)).scalar_subquery()
    statement = (
        sa.select(table.c.city, table.c.project)
        .where(table.c.state_on == newest, table.c.programme == programme)
        .where(table.c.light == str(Light.RED))
        .order_by(table.c.score.desc(), table.c.city, table.c.project)
        .limit(limit)
    )
    return fetch(db, within(statement, scope, table.c.city)).rows()
