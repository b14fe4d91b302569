"""Questions to a judged day beyond ``alerts.day``: what changed, and one project's row over time."""

from collections.abc import Mapping
from datetime import date

import polars as pl
import sqlalchemy as sa

from models.access import Scope, within
from models.db import Database, fetch
from models.places import Place
from models.state import DayState
from models.vocabulary import Change

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
    for name, value in narrow.items():
        if value is None:
            continue
        if name == "province":
            inside = sa.select(Place.code).where(Place.province == value)
            statement = statement.where(table.c.city.in_(inside))
            continue
        statement = statement.where(table.c[name] == value)
    return fetch(db, within(statement, scope, table.c.city))


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
