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

from alerts import judge as judging
from alerts.cities import ITSELF
from alerts.letters import Occasion, Office, enqueue_letters
from alerts.lifecycle import ALERTS, WATERMARKS, transitions, unmoved
from alerts.policy import Policy, ensure_policy, read_policy, stored_policy
from alerts.states import light_before, state_rows, total_frame
from models.alerts import Alert, AlertEvent
from models.db import Database, load
from models.facts import KEY, facts
from models.failpoint import failpoint
from models.state import DayState, DayTotal, Judgement
from models.vocabulary import Light, Transition

#: The advisory lock of evaluations on PostgreSQL; any constant will do.
_LOCK = 0x10811


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
    states = state_rows(frame, read_policy(office.policy), on, before=light_before(db, on))
    with db.rw.begin() as connection:
        _lock(connection)
        policy = ensure_policy(connection, office.policy, now)
        alerts = _open_alerts(connection)
        looks = judging.judge(frame, policy, also=alerts)
        past = _watermarks(connection, frame, (on, known_at))
        moved = transitions(looks, alerts, on=on, watermarks=past, rules=policy.rules)
        moved = _store_alerts(connection, moved, policy, (on, now))
        _store_figures(connection, unmoved(looks, alerts).join(past, on=KEY, how="anti"), policy)
        failpoint("after_alerts")
        judgement = str(uuid.uuid4())
        occasion = Occasion(judgement, on, now, policy)
        messages = enqueue_letters(connection, moved, frame, office=office, occasion=occasion)
        failpoint("after_messages")
        if not _known_better(connection, on, known_at):
            _store_states(connection, states, on, cities=None)
        counts = dict(moved["transition"].value_counts().iter_rows())
        done = {str(name): counts.get(str(name), 0) for name in Transition}
        noted = dict(id=judgement, judged_on=on, known_at=known_at, finished_at=now, moved_alerts=True)
        noted |= dict(policy=policy.version, projects=states.height)
        connection.execute(sa.insert(Judgement.__table__).values(**noted, **done))
        failpoint("before_commit")
    return Evaluation(
        on=on,
        known_at=known_at,
        policy=policy.version or 0,
        projects=states.height,
        lights={str(name): (states["light"] == str(name)).sum() for name in Light},
        messages=messages,
        **done,
    )


def refresh(db: Database, on: date, known_at: datetime, *, now: datetime, cities: frozenset[str]) -> int:
    """Bring the cached state of some cities up to date, after an upload say. Moves no alert, sends nothing.

    Judges by the policy that judged last and notes what the day is now known by. Commits. Returns the number
    of projects.
    """
    states = state_frame(db, on, known_at, cities=cities)
    with db.rw.begin() as connection:
        _lock(connection)
        if _known_better(connection, on, known_at):
            return 0
        _store_states(connection, states, on, cities=cities)
        noted = dict(
            id=str(uuid.uuid4()), judged_on=on, known_at=known_at, finished_at=now, moved_alerts=False
        )
        noted |= dict(policy=stored_policy(connection).version or 0, projects=states.height)
        none = {str(name): 0 for name in Transition}
        connection.execute(sa.insert(Judgement.__table__).values(**noted, **none))
    return states.height


def state_frame(
    db: Database, on: date, known_at: datetime, *, cities: frozenset[str] | None = None
) -> pl.DataFrame:
    """The rows that ``evaluate`` would store in DayState, without storing them; by the policy that judged last."""
    with db.ro.connect() as connection:
        policy = stored_policy(connection)
    return state_rows(facts(db, on, known_at, cities=cities), policy, on, before=light_before(db, on))


def _lock(connection: sa.Connection) -> None:
    if connection.dialect.name == "postgresql":  # on SQLite the transaction is the lock
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))


def _known_better(connection: sa.Connection, on: date, known_at: datetime) -> bool:
    """Is the day's cached state already known by a later instant?"""
    judged = Judgement.__table__
    later = sa.select(judged.c.id).where(judged.c.judged_on == on, judged.c.known_at > known_at)
    return connection.scalar(sa.select(later.exists()))


def _open_alerts(connection: sa.Connection) -> pl.DataFrame:
    alert, event = Alert.__table__, AlertEvent.__table__
    newest = (
        sa.select(event.c.city, event.c.alert, sa.func.max(event.c.seq).label("seq"))
        .join(alert, (alert.c.city == event.c.city) & (alert.c.id == event.c.alert))
        .where(alert.c.closed_at.is_(None))
        .group_by(event.c.city, event.c.alert)
        .subquery()
    )
    statement = (
        sa.select(
            *(alert.c.city, alert.c.id, sa.func.coalesce(alert.c.project, ITSELF), alert.c.rule),
            *(sa.cast(alert.c.severity, sa.String), newest.c.seq, alert.c.opened_on),
        )
        .join(newest, (newest.c.city == alert.c.city) & (newest.c.alert == alert.c.id), isouter=True)
        .where(alert.c.closed_at.is_(None))
    )
    rows = connection.execute(statement).all()
    return pl.DataFrame([tuple(row) for row in rows], schema=ALERTS, orient="row")


def _watermarks(connection: sa.Connection, frame: pl.DataFrame, day: tuple[date, datetime]) -> pl.DataFrame:
    """Projects already judged on a later day, or on this day with later knowledge; they move no alert.

    A city itself has been judged as far as any of its projects.
    """
    on, known_at = day
    judged, state = Judgement.__table__, DayState.__table__
    again = sa.and_(judged.c.judged_on == on, judged.c.known_at > known_at, judged.c.moved_alerts)
    if connection.scalar(sa.select(sa.func.count()).select_from(judged).where(again)):
        return _and_cities(frame.select(KEY).with_columns(judged_on=pl.lit(date.max)))
    statement = (
        sa.select(state.c.city, state.c.project, sa.func.max(state.c.state_on))
        .where(state.c.state_on > on)
        .group_by(state.c.city, state.c.project)
    )
    rows = [tuple(row) for row in connection.execute(statement)]
    return _and_cities(pl.DataFrame(rows, schema=WATERMARKS, orient="row"))


def _and_cities(marks: pl.DataFrame) -> pl.DataFrame:
    of_cities = marks.group_by("city").agg(project=pl.lit(ITSELF), judged_on=pl.col("judged_on").max())
    return pl.concat([marks, of_cities])


def _store_alerts(
    connection: sa.Connection, moved: pl.DataFrame, policy: Policy, when: tuple[date, datetime]
) -> pl.DataFrame:
    """Write alerts and events; gives the transitions back with the ids of what was opened."""
    on, now = when
    alert = Alert.__table__
    connection.execute(
        sa.update(alert).where(alert.c.closed_at.is_(None), alert.c.last_on < on).values(last_on=on)
    )
    fresh = moved["transition"] == str(Transition.OPENED)
    ids = pl.Series("id", [str(uuid.uuid4()) if new else None for new in fresh], dtype=pl.String)
    moved = moved.with_columns(
        alert=pl.coalesce("alert", ids), explanation=_explanation(policy), policy=pl.lit(policy.version)
    )
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


def _store_figures(connection: sa.Connection, still: pl.DataFrame, policy: Policy) -> None:
    """Newer figures of alerts whose severity stays: no event, but no old arithmetic either."""
    table = Alert.__table__
    statement = sa.select(table.c.city, table.c.id, table.c.explanation).where(table.c.closed_at.is_(None))
    stored = pl.DataFrame(
        [tuple(row) for row in connection.execute(statement)],
        schema={"city": pl.String, "alert": pl.String, "stored": pl.String},
        orient="row",
    )
    changed = (
        still.with_columns(explanation=_explanation(policy))
        .join(stored, on=["city", "alert"])
        .filter(pl.col("explanation") != pl.col("stored"))
    )
    if changed.is_empty():
        return
    rows = changed.select(
        "measured", "explanation", b_city="city", b_id="alert", policy=pl.lit(policy.version)
    )
    connection.execute(
        sa.update(table)
        .where(table.c.city == sa.bindparam("b_city"), table.c.id == sa.bindparam("b_id"))
        .values({name: sa.bindparam(name) for name in ("measured", "explanation", "policy")}),
        rows.to_dicts(),
    )


def _explanation(policy: Policy) -> pl.Expr:
    """JSON: look, edges and inputs as they stood; ``explain_stored`` puts it into words."""
    edges = {
        name: pl.col("rule").replace_strict(
            {rule: str(getattr(limits, name) or "") for rule, limits in policy.rules.items()},
            default="",
            return_dtype=pl.String,
        )
        for name in ("yellow", "red")
    }
    head = pl.struct("measured", "known", "applies", severity="after", **edges).struct.json_encode()
    return pl.concat_str(head.str.strip_suffix("}"), pl.lit(',"inputs":'), pl.col("inputs"), pl.lit("}"))


def _store_states(
    connection: sa.Connection, states: pl.DataFrame, on: date, *, cities: frozenset[str] | None
) -> None:
    for table, rows in ((DayState, states), (DayTotal, total_frame(states))):
        statement = sa.delete(table.__table__).where(table.state_on == on)
        if cities is not None:
            statement = statement.where(table.city.in_(sorted(cities)))
        connection.execute(statement)
        load(connection, table, rows)
