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
from alerts.policy import stored_policy
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
    **{name: EVENTS[name] for name in ("by", "note", "assignee")},
    "judged_by": pl.Int64,
}


def events_to_tell(connection: sa.Connection, now: datetime, provinces: Mapping[str, str]) -> pl.DataFrame:
    """Every event of the alerts that are open, or were until lately: EVENTS but for ``total_investment``, and
    what a mail shows of them. How a rule's alerts behave is said by the policy that judged the alert last."""
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
            *(alert.c.opened_on, event.c.by, event.c.note, event.c.assignee, alert.c.policy),
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
    frame = _with_conduct(connection, frame, local_day(now))
    return frame.with_columns(
        province=pl.col("city").replace_strict(provinces, default=None, return_dtype=pl.String),
        silenced=pl.col("silence").is_not_null(),
    ).drop("silence", "acknowledged_on", "judged_by")


def store_tellings(connection: sa.Connection, tellings: pl.DataFrame) -> None:
    """Write that mails tell alerts; columns of ``Telling``."""
    load(connection, Telling, tellings.select(column.name for column in Telling.__table__.c))


def _recent(alert: sa.Table, now: datetime) -> sa.ColumnElement:
    return sa.or_(alert.c.closed_at.is_(None), alert.c.closed_at > now - REACH)


def _with_conduct(connection: sa.Connection, frame: pl.DataFrame, today: date) -> pl.DataFrame:
    """With ``acknowledged`` (does it still hold?), ``repeat_days`` and ``grouped``; looked up once each."""
    keys = ["judged_by", "rule", "acknowledged_on"]
    policies = {version: stored_policy(connection, version) for version in frame["judged_by"].unique()}
    rows = []
    for version, rule, on in frame.select(keys).unique().iter_rows():
        conduct = policies[version].conducts.get(rule, Conduct())
        held = acknowledged(on, conduct, today)
        rows.append((version, rule, on, held, conduct.repeat_days, conduct.grouped))
    schema = {name: frame.schema[name] for name in keys}
    schema |= {"acknowledged": pl.Boolean, "repeat_days": pl.Int64, "grouped": pl.Boolean}
    known = pl.DataFrame(rows, schema=schema, orient="row")
    return frame.join(known, on=keys, how="left", nulls_equal=True, maintain_order="left")
