"""The run of the lights as kept: judged days, and the counts of the steps between them."""

from collections.abc import Collection, Mapping
from datetime import date, datetime

import polars as pl
import sqlalchemy as sa

from models import light_steps
from models.access import Scope, within
from models.db import Database, fetch
from models.queries.day_state import narrowed
from models.state import Judgement, LightStep
from models.vocabulary import PeriodUnit


def judged(db: Database, since: date, until: date) -> dict[date, datetime]:
    """The judged days of a span (both ends inclusive), each with the newest instant it was judged by."""
    j = Judgement.__table__
    statement = (
        sa.select(j.c.judged_on, sa.type_coerce(sa.func.max(j.c.known_at), j.c.known_at.type))
        .where(j.c.judged_on.between(since, until))
        .group_by(j.c.judged_on)
        .order_by(j.c.judged_on)
    )
    with db.ro.connect() as connection:
        return {day: known_at for day, known_at in connection.execute(statement)}


def kept(
    db: Database, scope: Scope, unit: PeriodUnit, ends: Collection[date], narrow: Mapping[str, str | None]
) -> pl.DataFrame:
    """The kept steps that end on some days, added up: since_on, state_on, light_before, light, projects.

    ``narrow`` as for ``day_state.sums``. A step that is not kept (of a day that was not the last of its period,
    say) has no row: ``counted`` counts it.
    """
    t = LightStep.__table__
    keys = [t.c[name] for name in ("since_on", "state_on", "light_before", "light")]
    projects = sa.cast(sa.func.sum(t.c.projects), sa.BigInteger()).label("projects")
    statement = sa.select(*keys, projects).where(t.c.unit == unit, t.c.state_on.in_(sorted(ends)))
    return fetch(db, within(narrowed(statement, t, narrow), scope, t.c.city).group_by(*keys))


def counted(
    db: Database, scope: Scope, since: date, until: date, narrow: Mapping[str, str | None]
) -> pl.DataFrame:
    """The same of one step, counted from the states of its two days."""
    t = light_steps.counts(since, until, scope.cities).subquery()
    keys = [t.c.light_before, t.c.light]
    projects = sa.cast(sa.func.sum(t.c.projects), sa.BigInteger()).label("projects")
    found = fetch(db, narrowed(sa.select(*keys, projects), t, narrow).group_by(*keys))
    return found.select(since_on=pl.lit(since), state_on=pl.lit(until), **{n: n for n in found.columns})
