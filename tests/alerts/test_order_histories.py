"""Random histories of an order: people of every role do anything on any day, and the clock runs or is down.

Claims: an illegal deed changes nothing; what is closed stays closed until the same alert comes back; every mail
belongs to an event; running the clock again, or telling the events anew, gives the same; two databases that
live the same history hold the same rows.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts.order_rights import allowed, stand_of
from alerts.order_watch import Watched, watch_orders
from alerts.orders import Act, carry_out
from models.alerts import Alert, Message
from models.clock import local_day
from models.db import Database, open_database
from models.orders import OrderEvent
from models.queries.orders import OrderRow
from models.vocabulary import Deed
from tests.alerts.order_shapes import CITY_DESK, EVERYBODY, ID, MINISTRY, OFFICE, desks, issued, look
from tests.builders import CITY, put
from tests.conftest import NOW

_PEOPLES = [deed for deed in Deed if deed not in (Deed.ISSUED, Deed.REMINDED, Deed.ESCALATED, Deed.REOPENED)]

#: A step: so many days later, either somebody's deed with days moved by an offset, the clock, or an alert's opening.
_DEEDS = st.tuples(
    st.just("act"),
    st.sampled_from(EVERYBODY),
    st.sampled_from(_PEOPLES),
    st.integers(-5, 40),
    st.sampled_from(["", "in words"]),
)
#: What gets far: the right side, with words and later days.
_RIGHT = st.tuples(
    st.just("act"),
    st.sampled_from([CITY_DESK, MINISTRY]),
    st.sampled_from(_PEOPLES),
    st.integers(20, 60),
    st.just("in words"),
)
_STEPS = st.lists(
    st.tuples(st.integers(0, 9), st.one_of(_DEEDS, _RIGHT, _RIGHT, st.just(("clock",)), st.just(("alert",)))),
    max_size=14,
)


@contextmanager
def begun(template: Path) -> Iterator[Database]:
    """A database with an order from an alert."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(template, Path(folder) / "dispatch.db")
        db = open_database(f"sqlite:///{Path(folder) / 'dispatch.db'}", pooled=False)
        desks(db)
        open_alert(db, "a0", NOW - timedelta(hours=1))
        issued(db, NOW, alert="a0")
        yield db
        db.dispose()


def open_alert(db: Database, name: str, at: datetime) -> None:
    day = local_day(at)
    row = dict(city=CITY, id=name, project="P1", rule="stalled", severity="red", explanation="{}", policy=1)
    row |= dict(opened_on=day, opened_at=at, last_on=day, closed_on=day, closed_at=at)
    put(db, Alert, **row)


def rows(db: Database, table: type, *left_out: str) -> list[dict]:
    with db.ro.connect() as connection:
        found = connection.execute(sa.select(table.__table__)).mappings().all()
    kept = [{name: value for name, value in row.items() if name not in left_out} for row in found]
    return sorted(kept, key=str)


def live(db: Database, number: int, at: datetime, step: tuple) -> None:
    """One step of a history, with what must hold of it."""
    before, sent = look(db), len(rows(db, Message))
    if step[0] == "alert":
        open_alert(db, f"a{number}", at)
        return
    if step[0] == "clock":
        watch_orders(db, now=at, office=OFFICE)
        assert watch_orders(db, now=at, office=OFFICE) == Watched()
        _the_clocks(before, look(db))
    else:
        _, by, deed, offset, note = step
        day = local_day(at) + timedelta(days=offset)
        act = Act(by, CITY, ID, before.events[-1].seq, deed, at, note, day, day)
        refusal = carry_out(db, act, office=OFFICE)
        after = look(db)
        if refusal is not None:
            assert (after, len(rows(db, Message))) == (before, sent)
            return
        assert deed in allowed(before, stand_of(before), by)
        assert [event.deed for event in after.events[len(before.events) :]] == [deed]
    assert look(db).events[: len(before.events)] == before.events


def _the_clocks(before: OrderRow, after: OrderRow) -> None:
    """The clock only reminds, escalates and reopens; a closed order it only reopens."""
    new = [event.deed for event in after.events[len(before.events) :]]
    if stand_of(before).closed_on is not None:
        assert new[:1] in ([], [Deed.REOPENED])
    assert set(new) <= {Deed.REMINDED, Deed.ESCALATED, Deed.REOPENED}
    told = [(e.deed, e.level, e.duty, e.due_on) for e in after.events if e.duty is not None]
    assert len(told) == len(set(told))


@given(steps=_STEPS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_history_keeps_its_promises(sqlite_template: Path, steps: list) -> None:
    with begun(sqlite_template) as one, begun(sqlite_template) as other:
        for db in (one, other):
            at = NOW
            for number, (days, step) in enumerate(steps, 1):
                at += timedelta(days=days, minutes=1)
                live(db, number, at, step)
        random = ("id", "message_id")
        assert rows(one, OrderEvent) == rows(other, OrderEvent)
        assert rows(one, Message, *random) == rows(other, Message, *random)
        order = look(one)
        _closed_until_it_came_back(order)
        _every_mail_has_its_event(one, order)


def _closed_until_it_came_back(order: OrderRow) -> None:
    deeds = [event.deed for event in order.events]
    for here, following in pairwise(deeds):
        assert (here == Deed.CLOSED) == (following == Deed.REOPENED)
    alerts = [event.alert for event in order.events if event.deed == Deed.REOPENED]
    assert len(alerts) == len(set(alerts)) == stand_of(order).relapses


def _every_mail_has_its_event(db: Database, order: OrderRow) -> None:
    """Mails are written at the instants of events, at most one a person and event."""
    instants = {event.happened_at: 0 for event in order.events}
    for event in order.events:
        instants[event.happened_at] += 1
    mails: dict[tuple[datetime, str], int] = {}
    for row in rows(db, Message):
        key = row["created_at"], row["recipient"]
        mails[key] = mails.get(key, 0) + 1
    for (at, _), count in mails.items():
        assert count <= instants[at]
    told = {at for at, _ in mails}
    quiet = {event.happened_at for event in order.events if event.deed == Deed.RECEIVED}
    assert {event.happened_at for event in order.events} - quiet <= told | quiet


@pytest.mark.parametrize("days", [0, 1, 2])
def test_the_shape_itself_gets_far(sqlite_template: Path, days: int) -> None:
    """A guard of the property: the histories do reach closing and relapse."""
    with begun(sqlite_template) as db:
        at = NOW + timedelta(days=days)
        live(db, 1, at, ("act", CITY_DESK, Deed.RECTIFIED, 30, "in words"))
        live(db, 2, at + timedelta(minutes=1), ("act", MINISTRY, Deed.CLOSED, 30, "in words"))
        live(db, 3, at + timedelta(minutes=2), ("alert",))
        live(db, 4, at + timedelta(minutes=3), ("clock",))
        stand = stand_of(look(db))
        assert stand.relapses == 1 and stand.begun_on == date(2026, 11, 23) + timedelta(days=days)
