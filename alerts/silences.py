"""Silences: nothing is sent of some alerts for a while, and why. Computed at the moment that asks, never stored
on an alert: a silenced alert opens, worsens and ends like any other.

``silenced`` is pure; what sets and ends silences commits and refuses with a catalogue text.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import polars as pl
import sqlalchemy as sa

from alerts import selected
from alerts.selected import ALREADY, CLOSED, MOST, TOO_MANY, Chosen, Key, Outcome, remember, weigh
from models.access import Scope
from models.alerts import Alert, Silence
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


def silence_all(db: Database, chosen: Chosen, *, until: datetime, reason: str) -> Outcome:
    """Silence every chosen alert by itself until an instant; commits. ``made``: the silences.

    Needs nothing where one holds as long already. Whatever is selected has one end and one reason.
    """
    if not reason.strip():
        return Outcome(refusal=NO_REASON)
    if not chosen.at < until <= chosen.at + LONGEST:
        return Outcome(refusal=NO_END)
    if len(chosen.keys) > MOST:
        return Outcome(refusal=TOO_MANY)
    with db.rw.begin() as connection:
        held = _held_until(connection, chosen)

        def question(row: Any) -> str | None:
            if not chosen.by.decides(row.city):
                return selected.NOT_YOURS
            if row.closed_at is not None:
                return CLOSED
            return ALREADY if (held.get((row.city, row.id)) or chosen.at) >= until else None

        found = weigh(connection, chosen, question)
        own = dict(from_at=chosen.at, until_at=until, reason=reason.strip())
        own |= dict(set_by=chosen.by.email, set_at=chosen.at)
        rows = [
            own | dict(city=row.city, id=str(uuid.uuid4()), project=row.project, rule=row.rule, alert=row.id)
            for row in found.rows
        ]
        if rows:
            connection.execute(sa.insert(Silence.__table__), rows)
        remember(connection, chosen, _SET, found.rows, {"until": until, "reason": reason.strip()})
    return found.outcome((row["city"], row["id"]) for row in rows)


def _held_until(connection: sa.Connection, chosen: Chosen) -> dict[Key, datetime]:
    """Of the chosen alerts that are silenced: until when."""
    live = stored_silences(connection, chosen.at)
    if live.is_empty():
        return {}
    alert, place = Alert.__table__, Place.__table__
    provinces = dict(connection.execute(sa.select(place.c.code, place.c.province)).all())
    columns = (alert.c.city, alert.c.project, alert.c.rule, alert.c.id)
    cities = {city for city, _ in chosen.keys}
    found = connection.execute(
        sa.select(*columns).where(alert.c.city.in_(cities), alert.c.closed_at.is_(None))
    )
    schema = dict.fromkeys(("city", "project", "rule", "alert"), pl.String)
    frame = pl.DataFrame([tuple(row) for row in found], schema=schema, orient="row")
    told = silenced(frame, live, chosen.at, provinces).join(
        live.select(silence="id", until="until_at"), on="silence"
    )
    return {(city, identity): until for city, identity, until in told.select("city", "alert", "until").rows()}


def end_silences(db: Database, by: Scope, silences: list[Key], *, at: datetime) -> Outcome:
    """End several silences before their time; commits. ``refused`` counts what is not this person's or over."""
    mine = [key for key in dict.fromkeys(silences) if by.decides(key[0])]
    refused = {NOT_YOURS: len(set(silences)) - len(mine)}
    s = Silence.__table__
    live = sa.and_(s.c.until_at > at, s.c.ended_at.is_(None))
    with db.rw.begin() as connection:
        found = sa.select(s.c.city, s.c.id).where(s.c.id.in_([identity for _, identity in mine]), live)
        ended = [tuple(row) for row in connection.execute(found.with_for_update()) if tuple(row) in set(mine)]
        ids = [identity for _, identity in ended]
        cities = sorted({city for city, _ in ended})
        connection.execute(
            sa.update(s)
            .where(s.c.city.in_(cities), s.c.id.in_(ids), live)
            .values(ended_at=at, ended_by=by.email)
        )
        for city in cities:
            own = [identity for at_city, identity in ended if at_city == city]
            details = {"n": len(own), "silences": ", ".join(own)} if len(own) > 1 else {}
            about = "" if details else own[0]
            audit(connection, Deed(AuditKind.DECISION, by.email, at, _ENDED, city, about, details))
    refused |= {OVER: len(mine) - len(ended)}
    return Outcome(tuple(ended), {why: n for why, n in refused.items() if n})


def end_silence(db: Database, by: Scope, city: str, identity: str, *, at: datetime) -> str | None:
    """End a silence before its time; commits. None, or why not."""
    return end_silences(db, by, [(city, identity)], at=at).why_not
