"""What the overview adds up in the database is what the day's totals say, within the reader's scope."""

from datetime import UTC, date, datetime

import polars as pl
import pytest

from alerts import watch
from alerts.day import Narrow, open_day, totals
from alerts.totals import sums
from models.access import Scope
from models.db import Database
from models.queries import day_state
from models.vocabulary import Change, Light, Role
from tests.builders import WAN, project, report

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
JAN, NOV = datetime(2026, 1, 5, 1, tzinfo=UTC), datetime(2026, 11, 2, 1, tzinfo=UTC)
ON, OCTOBER = date(2026, 11, 23), date(2026, 10, 31)
EVERYWHERE = Scope("m", Role.MINISTRY, "000000", None)
GUANGZHOU = Scope("c", Role.CITY, "440100", frozenset({"440100"}))


@pytest.fixture
def judged(db: Database) -> Database:
    for number, (industry, bp) in enumerate((("26", 9_000), ("39", 2_000), ("26", None))):
        code = f"P{number}"
        project(db, code, JAN, industry=industry)
        if bp is not None:
            report(db, code, NOV, OCTOBER, physical_bp=bp, issued=100 * WAN, spent=(90 - 40 * number) * WAN)
    project(db, "G1", JAN, city="440100", kind="line")
    watch.evaluate(db, date(2026, 11, 20), NOW, now=NOW)
    report(db, "P1", NOW, date(2026, 11, 20), physical_bp=8_500, issued=100 * WAN, spent=85 * WAN)
    watch.evaluate(db, ON, NOW, now=NOW)
    return db


@pytest.mark.parametrize("scope", [EVERYWHERE, GUANGZHOU], ids=lambda scope: scope.role)
@pytest.mark.parametrize("narrow", [{}, {"kind": "point"}, {"province": "210000"}, {"industry": "26"}])
def test_sums_are_the_totals_added_up(judged: Database, scope: Scope, narrow: dict) -> None:
    day = open_day(judged, ON, None, today=ON)
    whole = totals(judged, day, scope, Narrow(**narrow))
    assert sums(day_state.sums(judged, scope, ON, narrow)) == sums(whole)


def test_means_are_over_the_measured_only(judged: Database) -> None:
    found = sums(day_state.sums(judged, EVERYWHERE, ON, {"kind": "point"}))
    assert (found.projects, found.measured) == (3, 2)
    assert found.physical_bp == pytest.approx((9_000 + 8_500) / 2)
    assert found.spent_bp == pytest.approx(10_000 * (90 + 85) / 200)


def test_nothing_issued_is_no_rate(judged: Database) -> None:
    found = sums(day_state.sums(judged, EVERYWHERE, ON, {"kind": "line"}))
    assert found.spent_bp is None and found.physical_bp is None
    assert found.lights[Light.MISSING] == 1


def test_changed_projects_come_worse_then_better(judged: Database) -> None:
    found = day_state.changed(judged, EVERYWHERE, ON, {}, limit=5)
    assert set(found["change"]) <= {str(Change.WORSE), str(Change.BETTER), str(Change.NEW)}
    assert day_state.changed(judged, GUANGZHOU, ON, {}, limit=5).filter(pl.col("city") != "440100").is_empty()
