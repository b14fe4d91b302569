"""The steps of the lights from one week or month to the next, over the same projects: kept while days are judged.

A trend over a year of 100,000 projects would read more than a million rows; kept are the counts of its steps. Each
goes from the newest judged day before a period to the newest judged day in it. Refuses to say what a trend means.
"""

from collections.abc import Collection
from datetime import date, timedelta
from itertools import pairwise

import sqlalchemy as sa

from models import clock
from models.state import DayState, Judgement, LightStep
from models.vocabulary import PeriodUnit

#: By what the run of the lights is shown.
UNITS = (PeriodUnit.WEEK, PeriodUnit.MONTH)

#: What a step is counted by, beside the lights.
GROUPS = ("city", "programme", "kind", "industry")


def period_start(unit: PeriodUnit, day: date) -> date:
    """The first day of the week (Monday) or month that holds a day."""
    return clock.month_start(day) if unit == PeriodUnit.MONTH else day - timedelta(days=day.weekday())


def pairs(unit: PeriodUnit, judged: Collection[date]) -> list[tuple[date, date]]:
    """The steps between judged days, oldest first: from the newest day of a period to the newest of the next one
    that has any. Pure."""
    newest: dict[date, date] = {}
    for day in sorted(judged):
        newest[period_start(unit, day)] = day
    ends = list(newest.values())
    return list(pairwise(ends))


def keep(connection: sa.Connection, on: date, *, cities: frozenset[str] | None = None) -> None:
    """Count anew the steps that end or begin with a day whose states were just stored (of some cities, None: all).

    A period keeps one step, to its newest judged day. In the transaction of whoever stored the states.
    """
    judged = sa.select(Judgement.__table__.c.judged_on).distinct()
    days = {*connection.scalars(judged), on}
    for unit in UNITS:
        for since, until in pairs(unit, days):
            if on in (since, until):
                _store(connection, unit, (since, until), cities)


def _store(
    connection: sa.Connection, unit: PeriodUnit, step: tuple[date, date], cities: frozenset[str] | None
) -> None:
    kept, (since, until) = LightStep.__table__, step
    gone = sa.delete(kept).where(
        kept.c.unit == unit, kept.c.state_on >= period_start(unit, until), kept.c.state_on <= until
    )
    connection.execute(gone if cities is None else gone.where(kept.c.city.in_(sorted(cities))))
    counted = counts(since, until, cities).subquery()
    names = [column.name for column in counted.c]
    constant = [sa.literal(value).label(name) for name, value in _named(unit, since, until).items()]
    statement = sa.select(*(counted.c[name] for name in names), *constant)
    connection.execute(sa.insert(kept).from_select([*names, *_named(unit, since, until)], statement))


def _named(unit: PeriodUnit, since: date, until: date) -> dict[str, object]:
    return {"unit": unit, "since_on": since, "state_on": until}


def counts(since: date, until: date, cities: Collection[str] | None = None) -> sa.Select:
    """GROUPS, light_before, light, projects of a step, counted from the states of its two days."""
    before, after = DayState.__table__.alias("before"), DayState.__table__.alias("after")
    same = sa.and_(before.c.city == after.c.city, before.c.project == after.c.project)
    there = (
        sa.select(
            *_groups(after),
            sa.func.coalesce(_word(before.c.light), "").label("light_before"),
            _word(after.c.light).label("light"),
        )
        .select_from(after.outerjoin(before, same & (before.c.state_on == since)))
        .where(after.c.state_on == until)
    )
    still = sa.exists().where(same, after.c.state_on == until)
    left = sa.select(
        *_groups(before), _word(before.c.light).label("light_before"), sa.literal("").label("light")
    ).where(before.c.state_on == since, ~still)
    if cities is not None:
        there = there.where(after.c.city.in_(sorted(cities)))
        left = left.where(before.c.city.in_(sorted(cities)))
    rows = sa.union_all(there, left).subquery()
    return sa.select(*rows.c, sa.func.count().label("projects")).group_by(*rows.c)


def _groups(table: sa.FromClause) -> list[sa.ColumnElement]:
    return [
        sa.func.coalesce(table.c[name], "").label(name) if name == "industry" else table.c[name]
        for name in GROUPS
    ]


def _word(column: sa.Column) -> sa.Cast:
    """A light as text, beside which the empty text may stand."""
    return sa.cast(column, sa.String)
