"""A city's calibration: what ``models/calibration.py`` reads, of one city, within a scope."""

from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa

from models.access import Scope
from models.calibration import LOOKED_BACK_DAYS, WATCHED_DAYS, calibration
from models.db import Database, fetch_all
from models.reports import Report
from models.state import DayState


@dataclass(frozen=True)
class Calibration:
    """How far a city's reports can be relied on; see ``models.calibration.calibration``."""

    green_days: int | None
    turned_red: int | None
    figures_told: int | None
    figures_restated: int | None
    told_high_bp: float | None
    state_days: int | None
    late_days: int | None
    delay_days: float | None


def of_city(db: Database, scope: Scope, city: str, on: date) -> Calibration | None:
    """The calibration of a city on a day; None out of scope or where nothing was ever judged or told."""
    if not scope.covers(city):
        return None
    s, r = DayState.__table__, Report.__table__
    since = on - timedelta(days=LOOKED_BACK_DAYS + WATCHED_DAYS)
    found = fetch_all(
        db,
        {
            "states": sa.select(s.c.city, s.c.project, s.c.state_on, s.c.light, s.c.freshness).where(
                s.c.city == city, s.c.state_on > since, s.c.state_on <= on
            ),
            "reports": sa.select(r.c.city, r.c.project, r.c.as_of, r.c.recorded_at, r.c.physical_bp).where(
                r.c.city == city, r.c.as_of > since, r.c.as_of <= on
            ),
        },
    )
    rows = calibration(found["states"], found["reports"], on)
    return None if rows.is_empty() else Calibration(**rows.drop("city").row(0, named=True))
