"""Silences: nothing is sent of some alerts for a while, and why. Computed at the moment that asks, never stored
on an alert: a silenced alert opens, worsens and ends like any other.

``silenced`` is pure; ``set_silence`` and ``end_silence`` each commit and refuse with a catalogue text.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl
import sqlalchemy as sa

from models.access import Scope
from models.alerts import Silence
from models.audit import Deed, audit
from models.db import Database
from models.places import NATION, Place, PlaceLevel
from models.vocabulary import AuditKind
from models.words import mark

#: A silence lasts at most so long (promises.md, 4.4); it can be set again, with its reason.
LONGEST = timedelta(days=30)

NOT_YOURS = mark("This is not yours to silence.")
NO_REASON = mark("Say why it is silenced.")
NO_END = mark("A silence needs an end in the future, at most 30 days away.")
TOO_WIDE = mark("A silence wider than one city needs a rule.")
OVER = mark("This silence has ended already.")

_SET = mark("Alerts silenced")
_ENDED = mark("Silence ended")


@dataclass(frozen=True)
class Wish:
    """A silence that somebody asks for: of one alert, or of a place's alerts by project and rule (None: all)."""

    by: Scope
    city: str
    until: datetime
    reason: str
    at: datetime
    project: str | None = None
    rule: str | None = None
    alert: str | None = None


def silenced(
    alerts: pl.DataFrame, silences: pl.DataFrame, at: datetime, provinces: Mapping[str, str]
) -> pl.DataFrame:
    """The alerts with ``silence``: the id of the silence that holds at an instant, the longest; null where none.

    ``alerts``: city, project (empty or null for the city itself), rule, alert. ``silences``: columns of
    ``Silence``. ``provinces``: place → province-level unit; a silence of a province holds for its cities,
    one of the nation for all.
    """
    live = silences.filter(
        (pl.col("from_at") <= at)
        & (pl.col("until_at") > at)
        & (pl.col("ended_at").is_null() | (pl.col("ended_at") > at))
    ).sort("until_at", "id", descending=[True, False])
    province = pl.col("city").replace_strict(provinces, default=None, return_dtype=pl.String)
    found = pl.lit(None, dtype=pl.String)
    for row in reversed(live.to_dicts()):
        place = pl.lit(row["city"])
        matches = (
            pl.lit(row["city"] == NATION) | (pl.col("city") == place) | (province == place).fill_null(False)
        )
        for name in ("project", "rule", "alert"):
            if row[name] is not None:
                matches &= (pl.col(name) == row[name]).fill_null(False)
        found = pl.when(matches).then(pl.lit(row["id"])).otherwise(found)
    return alerts.with_columns(silence=found)


def stored_silences(connection: sa.Connection, at: datetime) -> pl.DataFrame:
    """The silences that hold at an instant."""
    s = Silence.__table__
    statement = sa.select(s).where(s.c.from_at <= at, s.c.until_at > at)
    rows = [tuple(row) for row in connection.execute(statement)]
    instant, text = pl.Datetime("us", "UTC"), pl.String
    schema = {column.name: instant if column.name.endswith("_at") else text for column in s.c}
    return pl.DataFrame(rows, schema=schema, orient="row")


def set_silence(db: Database, wish: Wish) -> str | None:
    """Store a silence; commits. None, or why not."""
    if not wish.reason.strip():
        return NO_REASON
    if not wish.at < wish.until <= wish.at + LONGEST:
        return NO_END
    with db.rw.begin() as connection:
        level = connection.scalar(
            sa.select(Place.__table__.c.level).where(Place.__table__.c.code == wish.city)
        )
        if level is None or not wish.by.decides(wish.city):
            return NOT_YOURS
        if level != PlaceLevel.CITY and wish.rule is None and wish.alert is None:
            return TOO_WIDE
        row = dict(
            city=wish.city, id=str(uuid.uuid4()), project=wish.project, rule=wish.rule, alert=wish.alert
        )
        row |= dict(from_at=wish.at, until_at=wish.until, reason=wish.reason.strip())
        connection.execute(sa.insert(Silence.__table__).values(**row, set_by=wish.by.email, set_at=wish.at))
        who, details = wish.by.email, row | {"city": None}
        audit(connection, Deed(AuditKind.DECISION, who, wish.at, _SET, wish.city, row["id"], details))
    return None


def end_silence(db: Database, by: Scope, city: str, identity: str, *, at: datetime) -> str | None:
    """End a silence before its time; commits. None, or why not."""
    s = Silence.__table__
    if not by.decides(city):
        return NOT_YOURS
    live = sa.and_(s.c.until_at > at, s.c.ended_at.is_(None))
    with db.rw.begin() as connection:
        ended = connection.execute(
            sa.update(s)
            .where(s.c.city == city, s.c.id == identity, live)
            .values(ended_at=at, ended_by=by.email)
        )
        if ended.rowcount != 1:
            return OVER
        audit(connection, Deed(AuditKind.DECISION, by.email, at, _ENDED, city, identity))
    return None
