"""Several alerts at once: those somebody chose, read once under the lock; and what an act over them came to.

Rights are asked of every alert as it is stored, never of what a page says; one that does not exist is refused like
one that is somebody else's. An act is one transaction (``handling``, ``assigning``, ``silences``, ``ordering``);
nothing here commits. Add the next act beside those, with ``weigh`` for its rights and ``remember`` for its audit.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from alerts.keeping import lock_alerts
from models import clock
from models.access import Scope
from models.alerts import Alert, AlertEvent
from models.audit import Deed, audit
from models.queries.alert_list import newest_events
from models.vocabulary import AuditKind
from models.words import mark

#: An alert: its city's code and its id.
Key = tuple[str, str]

#: Alerts acted on at once at most.
MOST = 5_000

NOT_YOURS = mark("This is not yours to do.")
CLOSED = mark("The alert is closed already.")
TOO_MANY = mark("Too many alerts at once; narrow the choice.")

#: What ``weigh``'s question answers where there is nothing left to do.
ALREADY = "already"

#: Keys bound in one statement.
_SLICE = 1_000


@dataclass(frozen=True)
class Chosen:
    """Alerts that somebody acts on. The order counts for nothing, a key that stands twice counts once."""

    by: Scope
    keys: Sequence[Key]
    at: datetime


@dataclass(frozen=True)
class Outcome:
    """What an act came to: what was ``done``, why how many were refused, how many needed nothing.

    ``refusal``: why nothing was tried at all. ``made``: (city, id) of what the act made, a silence or an order.
    ``before``: on whom what was done was laid until then, alert by alert.
    """

    done: tuple[Key, ...] = ()
    refused: Mapping[str, int] = field(default_factory=dict)
    already: int = 0
    refusal: str | None = None
    made: tuple[Key, ...] = ()
    before: tuple[str | None, ...] = ()

    @property
    def why_not(self) -> str | None:
        """Why nothing was done; None where something was, or where nothing was left to do."""
        return self.refusal or (None if self.done else next(iter(self.refused), None))


@dataclass(frozen=True)
class Weighed:
    """The alerts that may be acted on, as stored, and what is said of the others."""

    rows: tuple[Any, ...]
    refused: Mapping[str, int]
    already: int

    def outcome(self, made: Iterable[Key] = ()) -> Outcome:
        keys = tuple((row.city, row.id) for row in self.rows)
        return Outcome(keys, self.refused, self.already, made=tuple(made))


def weigh(connection: sa.Connection, chosen: Chosen, question: Callable[[Any], str | None]) -> Weighed:
    """Part the chosen alerts by a question: None lets one through, ``ALREADY`` or a text of the catalogue not.

    A row has the columns of ``Alert`` and ``seq`` (of its newest event), ``acknowledged_on``, ``assignee``. From
    here to the end of the transaction nobody else moves an alert.
    """
    lock_alerts(connection)
    wanted = list(dict.fromkeys(chosen.keys))
    found = {key: row for key, row in _stored(connection, wanted).items() if chosen.by.covers(key[0])}
    rows, refused, already = [], Counter({NOT_YOURS: len(wanted) - len(found)}), 0
    for row in found.values():
        said = question(row)
        if said is None:
            rows.append(row)
        elif said == ALREADY:
            already += 1
        else:
            refused[said] += 1
    return Weighed(tuple(rows), {why: n for why, n in refused.items() if n}, already)


def _stored(connection: sa.Connection, keys: Sequence[Key]) -> dict[Key, Any]:
    alert, laid = Alert.__table__, AlertEvent.__table__.alias("laid")
    found = {}
    for start in range(0, len(keys), _SLICE):
        part = keys[start : start + _SLICE]
        cities, ids = {city for city, _ in part}, [identity for _, identity in part]
        newest = newest_events().where(
            AlertEvent.__table__.c.city.in_(cities), AlertEvent.__table__.c.alert.in_(ids)
        )
        newest = newest.subquery()
        statement = (
            sa.select(alert, newest.c.seq, newest.c.acknowledged_on, laid.c.assignee)
            .join(newest, (newest.c.city == alert.c.city) & (newest.c.alert == alert.c.id))
            .join(
                laid,
                (laid.c.city == newest.c.city)
                & (laid.c.alert == newest.c.alert)
                & (laid.c.seq == newest.c.assigned_seq),
                isouter=True,
            )
            .where(alert.c.city.in_(cities), alert.c.id.in_(ids))
        )
        found |= {(row.city, row.id): row for row in connection.execute(statement)}
    return {key: found[key] for key in keys if key in found}


def add_events(
    connection: sa.Connection, chosen: Chosen, rows: Sequence[Any], said: Mapping[str, Any]
) -> None:
    """Add one event a row: ``said`` has transition, key (of its reason), note and, where it is laid, assignee."""
    own = {"transition": said["transition"], "note": said.get("note"), "assignee": said.get("assignee")}
    own |= {"event_on": clock.local_day(chosen.at), "event_at": chosen.at, "by": chosen.by.email}
    events = [own | _as_it_stands(row, said["key"], own) for row in rows]
    if events:
        connection.execute(sa.insert(AlertEvent.__table__), events)


def _as_it_stands(row: Any, key: str, own: Mapping[str, Any]) -> dict[str, Any]:
    """What an event says of an alert that it does not move."""
    reason = {"key": key, "before": str(row.severity), "after": str(row.severity), "measured": row.measured}
    reason |= {"by": own["by"]} | ({"assignee": own["assignee"]} if own["assignee"] else {})
    return {
        "city": row.city,
        "alert": row.id,
        "seq": row.seq + 1,
        "before": row.severity,
        "after": row.severity,
        "measured": row.measured,
        "reason": json.dumps(reason),
        "explanation": row.explanation,
        "policy": row.policy,
    }


def remember(
    connection: sa.Connection, chosen: Chosen, what: str, rows: Iterable[Any], details: Mapping[str, Any]
) -> None:
    """Enter an act in the audit log: one entry a city, naming its alerts. The last thing in a transaction."""
    cities: dict[str, list[Any]] = {}
    for row in rows:
        cities.setdefault(row.city, []).append(row)
    for city, own in sorted(cities.items()):
        one = own[0] if len(own) == 1 else None
        told = {"rule": one.rule, "project": one.project} if one else _several(own)
        about = one.id if one else ""
        deed = Deed(AuditKind.DECISION, chosen.by.email, chosen.at, what, city, about, told | dict(details))
        audit(connection, deed)


def _several(rows: Sequence[Any]) -> dict[str, Any]:
    return {"n": len(rows), "alerts": ", ".join(sorted(row.id for row in rows))}
