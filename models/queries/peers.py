"""What cities are compared by beyond the day's totals: adjustments, open alerts, how long money takes. And with whom.

These questions are asked about other cities than the reader's own; only ``alerts/peers.py`` asks them, and gives
out quartiles and ranks.
"""

from collections.abc import Collection
from datetime import date, datetime

import polars as pl
import sqlalchemy as sa

from models.alerts import Alert
from models.db import Database, fetch, fetch_all
from models.fund_path import mean_lags
from models.places import Place, RosterMember
from models.projects import Project
from models.records import Fund
from models.vocabulary import FundSource, MoneyStage


def batch_of(db: Database, city: str) -> frozenset[str] | None:
    """The cities of a city's batch, itself among them; None where the roster does not name it."""
    m = RosterMember.__table__
    mine = sa.select(m.c.batch).where(m.c.place == city)
    found = fetch(db, sa.select(m.c.place).where(m.c.batch.in_(mine)))
    return frozenset(found["place"]) or None


def province_of(db: Database, city: str) -> frozenset[str]:
    """The places of a city's province-level unit, itself among them."""
    p = Place.__table__
    mine = sa.select(p.c.province).where(p.c.code == city)
    return frozenset(fetch(db, sa.select(p.c.code).where(p.c.province.in_(mine)))["code"])


def beside_totals(
    db: Database, cities: Collection[str], programme: str | None, on: date, known_at: datetime
) -> pl.DataFrame:
    """City → ``open_alerts`` (on its projects, at the end of the day) and ``lag_days`` of central money.

    One row for each city that has either; null where it has none of the other.
    """
    asked = (sorted(cities), programme)
    found = fetch_all(db, {"alerts": _alerts(*asked, on), "moves": _moves(*asked, on, known_at)})
    return found["alerts"].join(mean_lags(found["moves"]), on="city", how="full", coalesce=True)


def _alerts(cities: list[str], programme: str | None, on: date) -> sa.Select:
    a, p = Alert.__table__, Project.__table__
    open_then = sa.or_(a.c.closed_on.is_(None), a.c.closed_on > on)
    statement = (
        sa.select(a.c.city, sa.cast(sa.func.count(), sa.BigInteger()).label("open_alerts"))
        .join(p, (p.c.city == a.c.city) & (p.c.code == a.c.project))
        .where(a.c.city.in_(cities), a.c.opened_on <= on, open_then)
        .group_by(a.c.city)
    )
    return statement if programme is None else statement.where(p.c.programme == programme)


def _moves(cities: list[str], programme: str | None, on: date, known_at: datetime) -> sa.Select:
    f, p = Fund.__table__, Project.__table__
    still = sa.or_(f.c.superseded_at.is_(None), f.c.superseded_at > known_at)
    statement = (
        sa.select(f.c.city, f.c.stage, f.c.happened_on, f.c.amount)
        .where(f.c.city.in_(cities), f.c.source == str(FundSource.CENTRAL), f.c.happened_on <= on)
        .where(f.c.stage.in_([str(MoneyStage.ISSUED), str(MoneyStage.PAID)]))
        .where(f.c.recorded_at <= known_at, still)
    )
    if programme is None:
        return statement
    same = (p.c.city == f.c.city) & (p.c.code == f.c.project)
    statement = statement.join(p, same, isouter=True)
    return statement.where(sa.or_(f.c.project.is_(None), p.c.programme == programme))
