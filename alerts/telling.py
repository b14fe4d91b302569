"""What was told to whom, as stored: read before mails are composed, written with them. Never commits.

A row of ``Telling`` is an alert in a mail: with the newest event the mail tells. Whatever has no row was not
told, so a silence that ends, a mail that was not due or a person who comes later need no memory of their own.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

import polars as pl
import sqlalchemy as sa

from alerts.cities import ITSELF
from alerts.conduct import Conduct
from alerts.handling import acknowledged
from alerts.routing import EVENTS, TOLD
from alerts.silences import silenced, stored_silences
from models.alerts import Alert, AlertEvent, Telling
from models.clock import local_day
from models.db import load
from models.queries.alert_list import newest_events

#: The end of an alert is told within so many days or not at all: then its page has it.
REACH = timedelta(days=60)


def told_before(connection: sa.Connection, now: datetime) -> pl.DataFrame:
    """The newest event of each alert that each was told, and when, of the alerts that may still be told."""
    told, alert = Telling.__table__, Alert.__table__
    columns = (told.c.recipient, told.c.alert, sa.func.max(told.c.seq), sa.func.max(told.c.told_on))
    statement = (
        sa.select(*columns)
        .join(alert, (alert.c.city == told.c.city) & (alert.c.id == told.c.alert))
        .where(_recent(alert, now))
        .group_by(told.c.recipient, told.c.alert)
    )
    rows = [tuple(row) for row in connection.execute(statement)]
    return pl.DataFrame(rows, schema=TOLD, orient="row")


_MORE = {
    "measured": pl.Float64,
    **dict.fromkeys(("reason", "explanation"), pl.String),
    "policy": pl.Int64,
    "opened_on": pl.Date,
    **dict.fromkeys(("by", "note"), pl.String),
}


def events_to_tell(
    connection: sa.Connection, now: datetime, rules: Mapping[str, Conduct], provinces: Mapping[str, str]
) -> pl.DataFrame:
    """Every event of the alerts that are open, or were until lately: EVENTS but for ``total_investment``, and
    what a mail shows of them."""
    alert, event, newest = Alert.__table__, AlertEvent.__table__, newest_events().subquery()
    texts = [sa.cast(event.c[name], sa.String) for name in ("transition", "before", "after")]
    statement = (
        sa.select(
            *(
                event.c.city,
                sa.func.coalesce(alert.c.project, ITSELF),
                alert.c.rule,
                event.c.alert,
                event.c.seq,
            ),
            *(*texts, sa.cast(alert.c.severity, sa.String), event.c.event_at),
            *(alert.c.closed_at.is_not(None), newest.c.acknowledged_on),
            *(event.c.measured, event.c.reason, event.c.explanation, event.c.policy),
            *(alert.c.opened_on, event.c.by, event.c.note),
        )
        .join(alert, (alert.c.city == event.c.city) & (alert.c.id == event.c.alert))
        .join(newest, (newest.c.city == event.c.city) & (newest.c.alert == event.c.alert))
        .where(_recent(alert, now))
    )
    rows = [tuple(row) for row in connection.execute(statement)]
    schema = {name: EVENTS[name] for name in ("city", "project", "rule", "alert", "seq")}
    schema |= {name: EVENTS[name] for name in ("transition", "before", "after", "severity", "event_at")}
    schema |= {"closed": pl.Boolean, "acknowledged_on": pl.Date, **_MORE}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    frame = silenced(frame, stored_silences(connection, now), now, provinces)
    return frame.with_columns(
        province=pl.col("city").replace_strict(provinces, default=None, return_dtype=pl.String),
        silenced=pl.col("silence").is_not_null(),
        acknowledged=_acknowledged(frame, rules, local_day(now)),
    ).drop("silence", "acknowledged_on")


def store_tellings(connection: sa.Connection, tellings: pl.DataFrame) -> None:
    """Write that mails tell alerts; columns of ``Telling``."""
    load(connection, Telling, tellings.select(column.name for column in Telling.__table__.c))


def _recent(alert: sa.Table, now: datetime) -> sa.ColumnElement:
    return sa.or_(alert.c.closed_at.is_(None), alert.c.closed_at > now - REACH)


def _acknowledged(frame: pl.DataFrame, rules: Mapping[str, Conduct], today: date) -> pl.Series:
    """Does each alert's acknowledgement hold? Looked up once a rule and day."""
    pairs = frame.select("rule", "acknowledged_on").unique()
    holds = [acknowledged(on, rules.get(rule, Conduct()), today) for rule, on in pairs.iter_rows()]
    known = pairs.with_columns(holds=pl.Series(holds, dtype=pl.Boolean))
    return frame.join(
        known, on=["rule", "acknowledged_on"], how="left", nulls_equal=True, maintain_order="left"
    )["holds"]
