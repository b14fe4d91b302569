"""Alerts as lists: open and closed, with the transition that last touched each, and its mails' state."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import polars as pl
import sqlalchemy as sa
from sqlmodel import Session, col, select

from models.access import Scope, within
from models.alerts import Alert, AlertEvent, AlertWaiting, Message
from models.db import Database, fetch
from models.people import Person
from models.places import Place
from models.plans import Plan
from models.projects import Project
from models.versions import time_rank
from models.vocabulary import MessageState, Severity, Transition


@dataclass(frozen=True)
class Wanted:
    """What an alert list is narrowed to; None means all. ``open`` chooses open or closed episodes."""

    open: bool = True
    programme: str | None = None
    kind: str | None = None
    cities: frozenset[str] | None = None
    rule: str | None = None
    severity: str | None = None
    assignee: str | None = None  # an e-mail address; ``NOBODY``: those laid on nobody


#: ``Wanted.assignee`` for alerts that are laid on nobody.
NOBODY = ""


@dataclass(frozen=True)
class EventRow:
    """One transition of an alert, as stored."""

    alert: str
    seq: int
    transition: Transition
    event_on: date
    event_at: datetime
    before: Severity | None
    after: Severity | None
    measured: float | None
    reason: str
    policy: int
    by: str | None = None
    note: str | None = None
    assignee: str | None = None


@dataclass(frozen=True)
class AlertRow:
    """One episode of one rule on one project (None: on the city itself), with its history, oldest first."""

    city: str
    id: str
    project: str | None
    rule: str
    severity: Severity
    measured: float | None
    explanation: str
    policy: int
    opened_on: date
    last_on: date
    closed_on: date | None
    events: tuple[EventRow, ...]


#: Reds and the longest open first.
_WORST_FIRST = (
    Alert.__table__.c.severity != str(Severity.RED),
    Alert.__table__.c.opened_on,
    Alert.__table__.c.id,
)


#: What lists can be grouped by, and the columns that put a group together.
GROUPS: dict[str, tuple[Any, ...]] = {
    "": (),
    "rule": (Alert.__table__.c.rule,),
    "subject": (Alert.__table__.c.city, sa.func.coalesce(Alert.__table__.c.project, "")),
    "city": (Alert.__table__.c.city,),
}


def alerts(
    db: Database, scope: Scope, wanted: Wanted, *, limit: int = 500, offset: int = 0, group: str = ""
) -> pl.DataFrame:
    """One row per alert, reds and the longest open first, within the groups of ``GROUPS``.

    Columns: city, id, project (null: the city itself), name, rule, severity, measured, policy, explanation, opened_on,
    last_on, closed_on, transition, event_on, event_at, reason, by (of the newest event), acknowledged_on (null:
    not since it opened or worsened last), assignee (null: nobody), assignee_name. ``offset``: rows left out before them.
    """
    newest = newest_events().subquery()
    event, alert, laid = AlertEvent.__table__, Alert.__table__, AlertEvent.__table__.alias("laid")
    who = Person.__table__
    statement = (
        sa.select(
            *(alert.c.city, alert.c.id, alert.c.project, _plan_name().label("name")),
            *(alert.c.rule, alert.c.severity, alert.c.measured, alert.c.policy, alert.c.explanation),
            *(alert.c.opened_on, alert.c.last_on, alert.c.closed_on),
            *(event.c.transition, event.c.event_on, event.c.event_at, event.c.reason, event.c.by),
            *(newest.c.acknowledged_on, laid.c.assignee, who.c.name.label("assignee_name")),
        )
        .join(newest, (newest.c.city == alert.c.city) & (newest.c.alert == alert.c.id), isouter=True)
        .join(
            event,
            (event.c.city == newest.c.city)
            & (event.c.alert == newest.c.alert)
            & (event.c.seq == newest.c.seq),
            isouter=True,
        )
        .join(
            laid,
            (laid.c.city == newest.c.city)
            & (laid.c.alert == newest.c.alert)
            & (laid.c.seq == newest.c.assigned_seq),
            isouter=True,
        )
        .join(who, who.c.email == laid.c.assignee, isouter=True)
        .where(*_conditions(wanted))
        .order_by(*GROUPS[group], *_WORST_FIRST)
        .limit(limit)
        .offset(offset)
    )
    return fetch(db, within(statement, scope, alert.c.city))


def keys(db: Database, scope: Scope, wanted: Wanted, *, limit: int) -> list[tuple[str, str]]:
    """City and id of the alerts of a list, in its order."""
    alert = Alert.__table__
    statement = sa.select(alert.c.city, alert.c.id).where(*_conditions(wanted))
    statement = statement.order_by(*_WORST_FIRST).limit(limit)
    with Session(db.ro) as session:
        return [tuple(row) for row in session.execute(within(statement, scope, alert.c.city))]


def subjects(db: Database, scope: Scope, keys: Collection[tuple[str, str]]) -> int:
    """On how many projects or places some alerts are."""
    alert = Alert.__table__
    columns = (alert.c.city, sa.func.coalesce(alert.c.project, ""))
    cities, ids = {city for city, _ in keys}, {identity for _, identity in keys}
    found = sa.select(*columns).where(alert.c.city.in_(cities), alert.c.id.in_(ids)).distinct()
    with Session(db.ro) as session:
        return len(session.execute(within(found, scope, alert.c.city)).all())


def newest_events() -> sa.Select:
    """Per alert: city, alert, seq (of its newest event), since when it is acknowledged, and ``assigned_seq``, the
    event that says on whom it is laid now.

    An acknowledgement holds until the alert worsens or it is taken back. When it ends by itself is its rule's to say.
    """
    event = AlertEvent.__table__
    said = event.c.transition == Transition.ACKNOWLEDGED
    voids = event.c.transition.in_([Transition.OPENED, Transition.WORSENED, Transition.UNACKNOWLEDGED])
    laid = sa.func.max(sa.case((event.c.transition == Transition.ASSIGNED, event.c.seq)))
    holds = sa.func.max(sa.case((said, event.c.seq))) > sa.func.max(sa.case((voids, event.c.seq)))
    on = sa.type_coerce(sa.case((holds, sa.func.max(sa.case((said, event.c.event_on))))), sa.Date)
    return sa.select(
        *(event.c.city, event.c.alert, sa.func.max(event.c.seq).label("seq"), on.label("acknowledged_on")),
        laid.label("assigned_seq"),
    ).group_by(event.c.city, event.c.alert)


def one(db: Database, scope: Scope, city: str, identity: str) -> AlertRow | None:
    """One alert with its history; None where it is not in the scope or not at all."""
    statement = within(select(Alert), scope, col(Alert.city)).where(Alert.city == city, Alert.id == identity)
    with Session(db.ro) as session:
        found = session.exec(statement).first()
        return None if found is None else _row(found, _events(session, city, [identity]))


def counts(db: Database, scope: Scope, wanted: Wanted) -> dict[tuple[str, str], int]:
    """How many alerts each rule has by severity, over the whole list and not just its first rows."""
    alert = Alert.__table__
    statement = (
        sa.select(alert.c.rule, alert.c.severity, sa.func.count())
        .where(*_conditions(wanted))
        .group_by(alert.c.rule, alert.c.severity)
    )
    with Session(db.ro) as session:
        rows = session.execute(within(statement, scope, alert.c.city)).all()
    return {(rule, str(severity)): count for rule, severity, count in rows}


def open_by_city(db: Database, scope: Scope, programme: str | None) -> dict[str, dict[str, int]]:
    """City → severity → how many alerts are open on its projects and on itself."""
    alert = Alert.__table__
    statement = (
        sa.select(alert.c.city, alert.c.severity, sa.func.count())
        .where(*_conditions(Wanted(programme=programme)))
        .group_by(alert.c.city, alert.c.severity)
    )
    found: dict[str, dict[str, int]] = {}
    with Session(db.ro) as session:
        for city, severity, count in session.execute(within(statement, scope, alert.c.city)):
            found.setdefault(city, {})[str(severity)] = count
    return found


def open_counts(db: Database, scope: Scope, programme: str | None) -> dict[str, int]:
    """City → how many alerts are open there, whatever their severity; of one programme's projects, None: all.

    All of them are counted in the index of open alerts; a programme has to be looked up for each.
    """
    alert, project = Alert.__table__, Project.__table__
    statement = sa.select(alert.c.city, sa.func.count()).where(alert.c.closed_at.is_(None))
    if programme is not None:
        own = [project.c.city == alert.c.city, project.c.code == alert.c.project]
        statement = statement.where(sa.exists().where(*own, project.c.programme == programme))
    with Session(db.ro) as session:
        rows = session.execute(within(statement, scope, alert.c.city).group_by(alert.c.city))
        return {city: count for city, count in rows}


def of_project(db: Database, scope: Scope, city: str, project: str | None) -> list[AlertRow]:
    """Every alert a project ever had, open ones first, reds before yellows, then newest first.

    ``project`` None: those of the city itself.
    """
    statement = within(select(Alert), scope, col(Alert.city)).where(
        Alert.city == city, Alert.project == project
    )
    statement = statement.order_by(
        col(Alert.closed_on).is_not(None), col(Alert.severity) != Severity.RED, col(Alert.opened_on).desc()
    )
    with Session(db.ro) as session:
        found = session.exec(statement).all()
        events = _events(session, city, [alert.id for alert in found])
        return [_row(alert, events) for alert in found]


@dataclass(frozen=True)
class WaitingRow:
    """A rule that speaks on a project (None: on the city itself) without an alert of its own."""

    rule: str
    why: str
    by: str | None
    days: int
    last_on: date


def waiting(db: Database, scope: Scope, city: str, project: str | None) -> dict[str, WaitingRow]:
    """Rule → why it has no alert although it speaks, as of the last judgement."""
    w = AlertWaiting.__table__
    columns = [w.c[name] for name in WaitingRow.__dataclass_fields__]
    statement = sa.select(*columns).where(w.c.city == city, w.c.project == (project or ""))
    with Session(db.ro) as session:
        found = session.execute(within(statement, scope, w.c.city)).all()
    return {row.rule: WaitingRow(*row) for row in found}


def rules_seen(db: Database) -> list[str]:
    """The rules that ever spoke, by name."""
    with Session(db.ro) as session:
        return list(session.exec(select(Alert.rule).distinct().order_by(Alert.rule)))


def mail_state(db: Database, scope: Scope) -> dict[MessageState, int]:
    """How many messages to desks within the scope stand in each state."""
    statement = within(
        sa.select(col(Message.state), sa.func.count()).group_by(col(Message.state)), scope, col(Message.city)
    )
    with Session(db.ro) as session:
        return {state: count for state, count in session.execute(statement)}


def _conditions(wanted: Wanted) -> list[Any]:
    alert, project, place = Alert.__table__, Project.__table__, Place.__table__
    found = [alert.c.closed_on.is_(None) if wanted.open else alert.c.closed_on.is_not(None)]
    of_project = [project.c.city == alert.c.city, project.c.code == alert.c.project]
    cities = sa.select(place.c.code).where(place.c.province == alert.c.city).correlate(alert)
    inside = sa.or_(project.c.city == alert.c.city, project.c.city.in_(cities))
    of_place = [alert.c.project.is_(None), inside]  # a place has a programme, no kind
    for name in ("programme", "kind"):
        if getattr(wanted, name) is not None:  # looked up by key for each alert, never a scan of projects
            of_project.append(project.c[name] == getattr(wanted, name))
    if wanted.programme is not None:
        of_place.append(project.c.programme == wanted.programme)
    if len(of_project) > 2:
        places = () if wanted.kind is not None else (sa.exists().where(*of_place),)
        found.append(sa.or_(sa.exists().where(*of_project), *places))
    if wanted.cities is not None:
        found.append(alert.c.city.in_(sorted(wanted.cities)))
    if wanted.rule is not None:
        found.append(alert.c.rule == wanted.rule)
    if wanted.severity is not None:
        found.append(alert.c.severity == wanted.severity)
    if wanted.assignee is not None:
        found.append(_laid_on(wanted.assignee))
    return found


def _laid_on(email: str) -> sa.ColumnElement[bool]:
    """Is the alert laid on this person now, or (``NOBODY``) on nobody?"""
    alert, laid, later = (
        Alert.__table__,
        AlertEvent.__table__.alias("laid"),
        AlertEvent.__table__.alias("later"),
    )

    def of_alert(event: Any) -> list[sa.ColumnElement[bool]]:
        same = [event.c.city == alert.c.city, event.c.alert == alert.c.id]
        return [*same, event.c.transition == Transition.ASSIGNED]

    newer = sa.exists().where(*of_alert(later), later.c.seq > laid.c.seq).correlate(alert, laid)
    who = laid.c.assignee == email if email else laid.c.assignee.is_not(None)
    held = sa.exists().where(*of_alert(laid), who, ~newer).correlate(alert)
    return held if email else ~held


def _plan_name() -> sa.ScalarSelect:
    """The name in the newest plan version of the alert's project."""
    plan, alert = Plan.__table__, Alert.__table__
    return (
        sa.select(plan.c.name)
        .where(plan.c.city == alert.c.city, plan.c.project == alert.c.project)
        .order_by(time_rank(plan).desc(), plan.c.version.desc())
        .limit(1)
        .correlate(alert)
        .scalar_subquery()
    )


def _events(session: Session, city: str, alerts: list[str]) -> list[EventRow]:
    statement = (
        select(AlertEvent)
        .where(AlertEvent.city == city, col(AlertEvent.alert).in_(alerts))
        .order_by(AlertEvent.alert, AlertEvent.seq)
    )
    fields = EventRow.__dataclass_fields__
    return [EventRow(**{name: getattr(event, name) for name in fields}) for event in session.exec(statement)]


def _row(alert: Alert, events: list[EventRow]) -> AlertRow:
    fields = [name for name in AlertRow.__dataclass_fields__ if name != "events"]
    own = tuple(event for event in events if event.alert == alert.id)
    return AlertRow(**{name: getattr(alert, name) for name in fields}, events=own)
