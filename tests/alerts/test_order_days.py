"""What was overdue on a past day is told as it was known then, whatever was done since."""

from datetime import date, datetime, timedelta

from alerts.order_digest import overdue_on
from models.db import Database
from models.vocabulary import Deed
from tests.alerts.order_shapes import CITY_DESK, act, desks, issued
from tests.builders import CITY

DECEMBER = date(2026, 12, 4)


def test_overdue_answers_as_known_then(db: Database, now: datetime) -> None:
    """Issued on 23 November, receipt due two working days later; received late on 7 December."""
    desks(db)
    issued(db, now)
    then, late = now + timedelta(days=11), now + timedelta(days=14)
    (row,) = overdue_on(db, DECEMBER, then, None).rows(named=True)
    assert (row["city"], row["project"], row["duty"]) == (CITY, "P1", "receipt") and row["late"] > 0
    assert overdue_on(db, date(2026, 11, 22), then, None).is_empty(), "not issued yet on that day"
    assert overdue_on(db, DECEMBER, now - timedelta(hours=1), None).is_empty(), "not known of yet"
    assert overdue_on(db, DECEMBER, then, frozenset({"210200"})).is_empty()
    act(db, CITY_DESK, Deed.RECEIVED, late)
    assert overdue_on(db, DECEMBER, then, None).rows(named=True) == [row]
    assert overdue_on(db, DECEMBER, late, None)["duty"].to_list() != ["receipt"]
