"""Alerts as stored: what a judgement reads of them, and what it writes. Given a connection, never commits.

Reads only what moves: open alerts, pairs that wait, openings and ends within the longest window of a rule.
"""

import uuid
from collections.abc import Collection
from datetime import date, datetime, timedelta

import polars as pl
import sqlalchemy as sa

from alerts.cities import ITSELF
from alerts.conduct import Conduct
from alerts.lifecycle import ALERTS, EDGES, WAITING, WATERMARKS, Before
from models.alerts import Alert, AlertEvent, AlertWaiting
from models.db import load
from models.facts import KEY
from models.state import DayState, Judgement
from models.vocabulary import Transition

#: The advisory lock of whoever moves alerts on PostgreSQL; any constant will do.
_LOCK = 0x10811


def lock_alerts(connection: sa.Connection) -> None:
    """From here to the end of the transaction nobody else moves an alert."""
    if connection.dialect.name == "postgresql":  # on SQLite the transaction is the lock
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))


def read_before(
    connection: sa.Connection, facts: pl.DataFrame, day: tuple[date, datetime], conducts: Collection[Conduct]
) -> Before:
    """What is stored before a day (and what it is known by) is judged."""
    return Before(
        _open_alerts(connection),
        _watermarks(connection, facts, day),
        _waiting(connection),
        _edges(connection, day[0], conducts),
    )


def _waiting(connection: sa.Connection) -> pl.DataFrame:
    w = AlertWaiting.__table__
    columns = [
        sa.cast(w.c[name], sa.String) if name in ("severity", "why") else w.c[name] for name in WAITING
    ]
    rows = connection.execute(sa.select(*columns)).all()
    return pl.DataFrame([tuple(row) for row in rows], schema=WAITING, orient="row")


def _edges(connection: sa.Connection, on: date, conducts: Collection[Conduct]) -> pl.DataFrame:
    longest = max((conduct.flap.days for conduct in conducts if conduct.flap), default=0)
    alert, event = Alert.__table__, AlertEvent.__table__
    statement = (
        sa.select(alert.c.city, sa.func.coalesce(alert.c.project, ITSELF), alert.c.rule, event.c.event_on)
        .join(alert, (alert.c.city == event.c.city) & (alert.c.id == event.c.alert))
        .where(event.c.event_on > on - timedelta(days=longest), event.c.event_on <= on)
        .where(event.c.transition.in_([Transition.OPENED, Transition.RESOLVED]))
    )
    rows = connection.execute(statement).all() if longest else []
    return pl.DataFrame([tuple(row) for row in rows], schema=EDGES, orient="row")


def store_waiting(connection: sa.Connection, waiting: pl.DataFrame, over: pl.DataFrame) -> None:
    """Write the pairs that wait, in the place of what was known of them, and forget those that no longer do."""
    w = AlertWaiting.__table__
    gone = pl.concat([over, waiting.select(over.columns)])
    if gone.is_empty():
        return
    key = [w.c[name] == sa.bindparam(f"b_{name}") for name in over.columns]
    renamed = gone.rename({name: f"b_{name}" for name in over.columns})
    connection.execute(sa.delete(w).where(*key), renamed.to_dicts())
    load(connection, AlertWaiting, waiting)


def _open_alerts(connection: sa.Connection) -> pl.DataFrame:
    alert, event = Alert.__table__, AlertEvent.__table__
    held = sa.func.sum(sa.case((event.c.transition == Transition.HELD, 1), else_=0)).label("held")
    newest = (
        sa.select(event.c.city, event.c.alert, sa.func.max(event.c.seq).label("seq"), held)
        .join(alert, (alert.c.city == event.c.city) & (alert.c.id == event.c.alert))
        .where(alert.c.closed_at.is_(None))
        .group_by(event.c.city, event.c.alert)
        .subquery()
    )
    statement = (
        sa.select(
            *(alert.c.city, alert.c.id, sa.func.coalesce(alert.c.project, ITSELF), alert.c.rule),
            *(sa.cast(alert.c.severity, sa.String), newest.c.seq, alert.c.opened_on, newest.c.held > 0),
        )
        .join(newest, (newest.c.city == alert.c.city) & (newest.c.alert == alert.c.id), isouter=True)
        .where(alert.c.closed_at.is_(None))
    )
    rows = connection.execute(statement).all()
    return pl.DataFrame([tuple(row) for row in rows], schema=ALERTS, orient="row")


def _watermarks(connection: sa.Connection, frame: pl.DataFrame, day: tuple[date, datetime]) -> pl.DataFrame:
    """Projects already judged on a later day, or on this day with later knowledge; they move no alert.

    A city or province itself has been judged as far as any of its projects.
    """
    on, known_at = day
    judged, state = Judgement.__table__, DayState.__table__
    again = sa.and_(judged.c.judged_on == on, judged.c.known_at > known_at, judged.c.moved_alerts)
    if connection.scalar(sa.select(sa.func.count()).select_from(judged).where(again)):
        return _and_places(frame.select(KEY).with_columns(judged_on=pl.lit(date.max)), frame)
    statement = (
        sa.select(state.c.city, state.c.project, sa.func.max(state.c.state_on))
        .where(state.c.state_on > on)
        .group_by(state.c.city, state.c.project)
    )
    rows = [tuple(row) for row in connection.execute(statement)]
    return _and_places(pl.DataFrame(rows, schema=WATERMARKS, orient="row"), frame)


def _and_places(marks: pl.DataFrame, frame: pl.DataFrame) -> pl.DataFrame:
    of_cities = marks.group_by("city").agg(project=pl.lit(ITSELF), judged_on=pl.col("judged_on").max())
    tree = frame.select("city", "province").unique().filter(pl.col("province") != pl.col("city"))
    above = of_cities.join(tree, on="city").group_by(city="province").agg(pl.col("judged_on").max())
    of_provinces = above.select("city", pl.lit(ITSELF).alias("project"), "judged_on")
    return pl.concat([marks, of_cities, of_provinces])


def store_alerts(connection: sa.Connection, moved: pl.DataFrame, when: tuple[date, datetime]) -> pl.DataFrame:
    """Write alerts and events, shaped by ``settle_each``; gives the transitions back with the ids of what was opened."""
    on, now = when
    alert = Alert.__table__
    connection.execute(
        sa.update(alert).where(alert.c.closed_at.is_(None), alert.c.last_on < on).values(last_on=on)
    )
    fresh = moved["transition"] == str(Transition.OPENED)
    ids = pl.Series("id", [str(uuid.uuid4()) if new else None for new in fresh], dtype=pl.String)
    moved = moved.with_columns(alert=pl.coalesce("alert", ids))
    load(connection, Alert, _new_alerts(moved.filter(fresh), on, now))
    _update_alerts(connection, moved.filter(~fresh), on, now)
    load(
        connection,
        AlertEvent,
        moved.select(
            *("city", "alert", "seq", "transition", "before", "after", "measured", "reason"),
            *("explanation", "policy"),
            event_on=pl.lit(on),
            event_at=pl.lit(now).dt.cast_time_unit("us"),
        ),
    )
    return moved


def _new_alerts(opened: pl.DataFrame, on: date, now: datetime) -> pl.DataFrame:
    return opened.select(
        *("city", "rule", "measured", "explanation", "policy"),
        project=pl.when(pl.col("project") != ITSELF).then("project"),
        id="alert",
        severity="after",
        opened_on=pl.lit(on),
        last_on=pl.lit(on),
        opened_at=pl.lit(now).dt.cast_time_unit("us"),
    )


def _update_alerts(connection: sa.Connection, changed: pl.DataFrame, on: date, now: datetime) -> None:
    """Severity, figures and end of the alerts that moved; a resolved one keeps its last severity."""
    if changed.is_empty():
        return
    table = Alert.__table__
    resolved = pl.col("transition") == str(Transition.RESOLVED)
    rows = changed.select(
        *("measured", "explanation", "policy"),
        b_city="city",
        b_id="alert",
        severity=pl.coalesce("after", "before"),
        closed_on=pl.when(resolved).then(pl.lit(on)),
        closed_at=pl.when(resolved).then(pl.lit(now)),
    )
    names = [name for name in rows.columns if not name.startswith("b_")]
    connection.execute(
        sa.update(table)
        .where(table.c.city == sa.bindparam("b_city"), table.c.id == sa.bindparam("b_id"))
        .values({name: sa.bindparam(name) for name in names}),
        rows.to_dicts(),
    )


def store_figures(connection: sa.Connection, still: pl.DataFrame) -> None:
    """Newer figures, or another policy, of alerts whose severity stays: no event, but no old arithmetic either."""
    table = Alert.__table__
    columns = (table.c.city, table.c.id, table.c.explanation, table.c.policy)
    schema = {"city": pl.String, "alert": pl.String, "stored": pl.String, "judged_by": pl.Int64}
    stored = pl.DataFrame(
        [tuple(row) for row in connection.execute(sa.select(*columns).where(table.c.closed_at.is_(None)))],
        schema=schema,
        orient="row",
    )
    other = (pl.col("explanation") != pl.col("stored")) | pl.col("policy").ne_missing(pl.col("judged_by"))
    changed = still.join(stored, on=["city", "alert"]).filter(other)
    if changed.is_empty():
        return
    rows = changed.select("measured", "explanation", "policy", b_city="city", b_id="alert")
    connection.execute(
        sa.update(table)
        .where(table.c.city == sa.bindparam("b_city"), table.c.id == sa.bindparam("b_id"))
        .values({name: sa.bindparam(name) for name in ("measured", "explanation", "policy")}),
        rows.to_dicts(),
    )
