"""What people do with alerts: acknowledge them, one or many, and take that back. The judgement never does, and
never undoes it but by worsening.

Refusals are catalogue texts, not exceptions. Every deed is an event of the alert, with who and why.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from alerts import selected
from alerts.conduct import Conduct
from alerts.policy import Limits, stored_policy
from alerts.selected import CLOSED, MOST, NOT_YOURS, TOO_MANY, Chosen, Outcome, add_events, remember, weigh
from models import clock
from models.access import Scope, answers_for
from models.db import Database
from models.vocabulary import Transition
from models.words import mark

__all__ = ["CLOSED", "NOT_YOURS"]

NO_NOTE = mark("Say what is being done about it.")
ALREADY = mark("It is acknowledged already.")

_DONE = mark("Alert acknowledged")
_TAKEN_BACK = mark("Acknowledgement of alerts taken back")

#: The reason of an event where its note cannot be shown.
ACKNOWLEDGED = mark("Acknowledged by {by}.")
TAKEN_BACK = mark("{by} took the acknowledgement back.")


@dataclass(frozen=True)
class Answer:
    """Somebody acknowledges an alert, saying what is being done."""

    by: Scope
    city: str
    alert: str
    note: str
    at: datetime


def acknowledge(db: Database, answer: Answer) -> str | None:
    """Acknowledge one alert; commits. None, or why not."""
    found = acknowledge_all(
        db, Chosen(answer.by, ((answer.city, answer.alert),), answer.at), note=answer.note
    )
    return ALREADY if found.already else found.why_not


def acknowledge_all(db: Database, chosen: Chosen, *, note: str) -> Outcome:
    """Add an acknowledgement to the events of every chosen alert that this person answers for; commits."""
    if not note.strip():
        return Outcome(refusal=NO_NOTE)
    if len(chosen.keys) > MOST:
        return Outcome(refusal=TOO_MANY)
    today = clock.local_day(chosen.at)

    def held(row: Any, limits: Limits) -> str | None:
        return selected.ALREADY if acknowledged(row.acknowledged_on, limits.conduct, today) else None

    with db.rw.begin() as connection:
        found = weigh(connection, chosen, _answering(connection, chosen.by, held))
        said = {"transition": Transition.ACKNOWLEDGED, "key": ACKNOWLEDGED, "note": note.strip()}
        add_events(connection, chosen, found.rows, said)
        remember(connection, chosen, _DONE, found.rows, {"note": note.strip()})
    return found.outcome()


def take_back(db: Database, chosen: Chosen) -> Outcome:
    """End the acknowledgement of every chosen alert that this person answers for; commits. It stays in the history."""
    if len(chosen.keys) > MOST:
        return Outcome(refusal=TOO_MANY)
    today = clock.local_day(chosen.at)

    def held(row: Any, limits: Limits) -> str | None:
        return None if acknowledged(row.acknowledged_on, limits.conduct, today) else selected.ALREADY

    with db.rw.begin() as connection:
        found = weigh(connection, chosen, _answering(connection, chosen.by, held))
        said = {"transition": Transition.UNACKNOWLEDGED, "key": TAKEN_BACK}
        add_events(connection, chosen, found.rows, said)
        remember(connection, chosen, _TAKEN_BACK, found.rows, {})
    return found.outcome()


def acknowledged(on: date | None, conduct: Conduct, today: date) -> bool:
    """Does an acknowledgement of that day still hold? It ends by itself where the rule re-arms."""
    if on is None or conduct.rearm_days is None:
        return on is not None
    return today < clock.add_workdays(on, conduct.rearm_days)


def _answering(
    connection: sa.Connection, by: Scope, held: Callable[[Any, Limits], str | None]
) -> Callable[[Any], str | None]:
    """Is an alert this person's to answer for, by the policy that judged it last, and open? Then ``held`` says."""
    policy = cache(lambda version: stored_policy(connection, version))

    def question(row: Any) -> str | None:
        limits = policy(row.policy).rules.get(row.rule)
        if limits is None or not answers_for(by.role, limits.owner):
            return NOT_YOURS
        return CLOSED if row.closed_at is not None else held(row, limits)

    return question
