"""What people do with an alert: acknowledge it. The judgement never does, and never undoes it but by worsening.

Refusals are catalogue texts, not exceptions. Every deed is an event of the alert, with who and why.
"""

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from alerts.conduct import Conduct
from alerts.keeping import lock_alerts
from alerts.policy import stored_policy
from models import clock
from models.access import Scope, answers_for
from models.alerts import Alert, AlertEvent
from models.audit import Deed, audit
from models.db import Database
from models.queries.alert_list import newest_events
from models.vocabulary import AuditKind, Transition
from models.words import mark

NOT_YOURS = mark("This is not yours to do.")
NO_NOTE = mark("Say what is being done about it.")
CLOSED = mark("The alert is closed already.")
ALREADY = mark("It is acknowledged already.")

_DONE = mark("Alert acknowledged")

#: The reason of an acknowledgement where its note cannot be shown.
ACKNOWLEDGED = mark("Acknowledged by {by}.")


@dataclass(frozen=True)
class Answer:
    """Somebody acknowledges an alert, saying what is being done."""

    by: Scope
    city: str
    alert: str
    note: str
    at: datetime


def acknowledge(db: Database, answer: Answer) -> str | None:
    """Add the acknowledgement to the alert's events; commits. None, or why not."""
    if not answer.note.strip():
        return NO_NOTE
    with db.rw.begin() as connection:
        lock_alerts(connection)
        row = _alert(connection, answer.city, answer.alert)
        if row is None or not answer.by.covers(answer.city):
            return NOT_YOURS
        limits = stored_policy(connection, row.policy).rules.get(row.rule)
        if limits is None or not answers_for(answer.by.role, limits.owner):
            return NOT_YOURS
        if row.closed_at is not None:
            return CLOSED
        if acknowledged(row.acknowledged_on, limits.conduct, clock.local_day(answer.at)):
            return ALREADY
        connection.execute(sa.insert(AlertEvent.__table__).values(_event(row, answer)))
        details = {"rule": row.rule, "project": row.project, "note": answer.note.strip()}
        who, what = answer.by.email, _DONE
        audit(connection, Deed(AuditKind.DECISION, who, answer.at, what, row.city, row.id, details))
    return None


def acknowledged(on: date | None, conduct: Conduct, today: date) -> bool:
    """Does an acknowledgement of that day still hold? It ends by itself where the rule re-arms."""
    if on is None or conduct.rearm_days is None:
        return on is not None
    return today < clock.add_workdays(on, conduct.rearm_days)


def _alert(connection: sa.Connection, city: str, identity: str) -> Any:
    alert, newest = Alert.__table__, newest_events().subquery()
    statement = (
        sa.select(alert, newest.c.seq, newest.c.acknowledged_on)
        .join(newest, (newest.c.city == alert.c.city) & (newest.c.alert == alert.c.id))
        .where(alert.c.city == city, alert.c.id == identity)
    )
    return connection.execute(statement).first()


def _event(row: Any, answer: Answer) -> dict[str, Any]:
    reason = {"key": ACKNOWLEDGED, "before": str(row.severity), "after": str(row.severity)}
    reason |= {"measured": row.measured, "by": answer.by.email}
    return {
        "city": row.city,
        "alert": row.id,
        "seq": row.seq + 1,
        "transition": Transition.ACKNOWLEDGED,
        "event_on": clock.local_day(answer.at),
        "event_at": answer.at,
        "before": row.severity,
        "after": row.severity,
        "measured": row.measured,
        "reason": json.dumps(reason),
        "explanation": row.explanation,
        "policy": row.policy,
        "by": answer.by.email,
        "note": answer.note.strip(),
    }
