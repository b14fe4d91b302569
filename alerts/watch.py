"""The main flow of this room: facts → rules → lifecycle → rows and messages, in one transaction.

``evaluate`` judges a day for the whole country and lets alerts move; ``refresh`` brings one city's cached
state up to date after an upload and moves no alert. Reading happens before the transaction; what is decided
is decided against the alerts as they stand inside it, under a lock, so that two evaluations never interleave.
"""

import uuid
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl
import sqlalchemy as sa

from alerts.in_force import judging_instant, policies_at
from alerts.keeping import lock_alerts, read_before, store_alerts, store_figures, store_waiting
from alerts.letters import Occasion, Office, Posted, enqueue_letters
from alerts.partition import settle_each
from alerts.policy import Policy, ensure_policy
from alerts.states import light_before, state_rows, total_frame
from models import light_steps
from models.db import Database, load
from models.facts import facts
from models.failpoint import failpoint
from models.state import DayState, DayTotal, Judgement
from models.vocabulary import MOVES, Light


@dataclass(frozen=True)
class Evaluation:
    """What came of judging a day. ``lights`` counts projects by light, every light present."""

    on: date
    known_at: datetime
    policy: int
    projects: int
    lights: dict[str, int]
    opened: int
    worsened: int
    eased: int
    resolved: int
    messages: int


def evaluate(
    db: Database, on: date, known_at: datetime, *, now: datetime, office: Office | None = None
) -> Evaluation:
    """Judge every project on a day, as known at an instant, and tell whom it concerns.

    Writes the day's state (replacing it), alerts, their events, the messages they cause and a Judgement row
    in one transaction of its own. Doing it again with the same facts opens nothing and sends nothing; a day
    (or an instant of the same day) before the newest judged one moves no alert.
    """
    office = office or Office()
    frame = facts(db, on, known_at)
    with db.ro.connect() as connection:
        policies = policies_at(connection, judging_instant(on, known_at), office.policy)
    states = state_rows(frame, policies, on, before=light_before(db, on))
    with db.rw.begin() as connection:
        lock_alerts(connection)
        policy = ensure_policy(connection, policies.nation.text, now)
        policies, states = policies.with_nation(policy), _named(states, policy)
        before = read_before(connection, frame, (on, known_at), policies.conducts)
        settled = settle_each(frame, policies, before, on=on)
        moved = store_alerts(connection, settled.moved, (on, now))
        store_figures(connection, settled.still)
        store_waiting(connection, settled.waiting, settled.over)
        failpoint("after_alerts")
        judgement = str(uuid.uuid4())
        occasion = Occasion(judgement, on, now, policy)
        posted = Posted(0)
        if office.tells:
            posted = enqueue_letters(connection, frame, office=office, occasion=occasion)
        failpoint("after_messages")
        if not _known_better(connection, on, known_at):
            _store_states(connection, states, on, cities=None)
        counts = dict(moved["transition"].value_counts().iter_rows())
        done = {str(name): counts.get(str(name), 0) for name in MOVES}
        noted = dict(id=judgement, judged_on=on, known_at=known_at, finished_at=now, moved_alerts=True)
        noted |= dict(policy=policy.version, projects=states.height, held_until=posted.held_until)
        connection.execute(sa.insert(Judgement.__table__).values(**noted, **done))
        failpoint("before_commit")
    return Evaluation(
        on=on,
        known_at=known_at,
        policy=policy.version or 0,
        projects=states.height,
        lights={str(name): (states["light"] == str(name)).sum() for name in Light},
        messages=posted.messages,
        **done,
    )


def refresh(
    db: Database, on: date, known_at: datetime, *, now: datetime, cities: frozenset[str] | None
) -> int:
    """Bring the cached state of some cities (None: all) up to date, after an upload say. Moves no alert, sends nothing.

    Judges by the policies in force and notes what the day is now known by. Commits. Returns the number
    of projects.
    """
    states = state_frame(db, on, known_at, cities=cities)
    with db.rw.begin() as connection:
        lock_alerts(connection)
        if _known_better(connection, on, known_at):
            return 0
        policies = policies_at(connection, judging_instant(on, known_at))
        policies = policies.with_nation(ensure_policy(connection, policies.nation.text, now))
        states = _named(states, policies.nation)
        _store_states(connection, states, on, cities=cities)
        noted = dict(
            id=str(uuid.uuid4()), judged_on=on, known_at=known_at, finished_at=now, moved_alerts=False
        )
        noted |= dict(policy=policies.nation.version, projects=states.height)
        none = {str(name): 0 for name in MOVES}
        connection.execute(sa.insert(Judgement.__table__).values(**noted, **none))
    return states.height


def state_frame(
    db: Database, on: date, known_at: datetime, *, cities: frozenset[str] | None = None
) -> pl.DataFrame:
    """The rows that ``evaluate`` would store in DayState, without storing them; by the policies in force then."""
    with db.ro.connect() as connection:
        policies = policies_at(connection, judging_instant(on, known_at))
    return state_rows(facts(db, on, known_at, cities=cities), policies, on, before=light_before(db, on))


def _named(states: pl.DataFrame, nation: Policy) -> pl.DataFrame:
    """The lights of a policy that is stored only now are given its version."""
    return states.with_columns(pl.col("policy").fill_null(nation.version))


def _known_better(connection: sa.Connection, on: date, known_at: datetime) -> bool:
    """Is the day's cached state already known by a later instant?"""
    judged = Judgement.__table__
    later = sa.select(judged.c.id).where(judged.c.judged_on == on, judged.c.known_at > known_at)
    return connection.scalar(sa.select(later.exists()))


def _store_states(
    connection: sa.Connection, states: pl.DataFrame, on: date, *, cities: frozenset[str] | None
) -> None:
    for table, rows in ((DayState, states), (DayTotal, total_frame(states))):
        statement = sa.delete(table.__table__).where(table.state_on == on)
        if cities is not None:
            statement = statement.where(table.city.in_(sorted(cities)))
        connection.execute(statement)
        load(connection, table, rows)
    light_steps.keep(connection, on, cities=cities)
