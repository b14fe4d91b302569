"""Execution at its edges: no money issued, December, a correction downwards, no pace at all."""

from datetime import UTC, date, datetime

import polars as pl
import pytest

from alerts import execution, watch
from alerts.day import Narrow, open_day, totals
from alerts.execution import Forecast, Month, Reach
from alerts.totals import grouped, sums
from models.access import Scope
from models.db import Database
from models.queries.execution import movements
from models.vocabulary import Role
from tests.builders import WAN, plan, point, project, report

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
JAN, NOV = datetime(2026, 1, 5, 1, tzinfo=UTC), datetime(2026, 11, 2, 1, tzinfo=UTC)
ON, OCTOBER = date(2026, 11, 23), date(2026, 10, 31)
EVERYWHERE = Scope("m", Role.MINISTRY, "000000", None)
GUANGZHOU = Scope("c", Role.CITY, "440100", frozenset({"440100"}))
PILOT = {"programme": "pilot"}

DAYS = {
    "as_of": pl.Date,
    "planned_start": pl.Date,
    "planned_end": pl.Date,
    "issued": pl.Int64,
    "spent": pl.Int64,
    "paced": pl.Int64,
    "followed": pl.Int64,
}
NO_CURVE = pl.DataFrame(schema={"month": pl.Date, "planned": pl.Int64})


def told(*rows: tuple[date, int, int, int | None]) -> pl.DataFrame:
    """As-of day, change of issued, change of spent, the paced part (None: a first report)."""
    start, end = date(2026, 1, 1), date(2026, 12, 31)
    made = [(on, start, end, i, s, p or 0, int(p is not None)) for on, i, s, p in rows]
    return pl.DataFrame(made, schema=DAYS, orient="row")


def paced(*values: int | None) -> list[Month]:
    """Months of 2026 from January with these paces."""
    return [Month(date(2026, n, 28), 0, 0, 0, value, 0.0, 0.0) for n, value in enumerate(values, 1)]


@pytest.mark.parametrize(
    ("at", "left"),
    [
        (date(2026, 10, 31), 2),
        (date(2026, 11, 30), 1),
        (date(2026, 11, 15), 1.5),
        (date(2026, 12, 31), 0),
        (date(2025, 12, 31), 0),
        (date(2026, 1, 31), 11),
        (date(2024, 2, 29), 10),
    ],
)
def test_months_left(at: date, left: float) -> None:
    assert execution.months_left(at) == pytest.approx(left)


@pytest.mark.parametrize(
    ("issued", "spent", "paces", "at", "reach", "required", "best"),
    [
        (0, 0, (), OCTOBER, Reach.NOTHING_ISSUED, None, None),
        (0, 5, (1, 2), OCTOBER, Reach.NOTHING_ISSUED, None, 2),
        (100, 100, (50, 50), OCTOBER, Reach.ALL_SPENT, None, 50),
        (100, 120, (50, 50), OCTOBER, Reach.ALL_SPENT, None, 50),
        (100, 60, (20, 20), OCTOBER, Reach.WITHIN, 20, 20),  # the best month is not beyond itself
        (100, 59, (20, 20), OCTOBER, Reach.BEYOND, 20.5, 20),
        (100, 60, (0, 0), OCTOBER, Reach.BEYOND, 20, 0),
        (100, 60, (None, -30), OCTOBER, Reach.BEYOND, 20, 0),  # corrected downwards: no pace below 0
        (100, 60, (None, None), OCTOBER, Reach.NO_PACE, 20, None),
        (100, 60, (20,), date(2026, 11, 30), Reach.BEYOND, 40, 20),
        (100, 60, (20,), date(2026, 12, 31), Reach.YEAR_OVER, None, 20),
        (100, 60, (20,), date(2026, 12, 30), Reach.BEYOND, 1240, 20),
    ],
)
def test_forecast(
    issued: int, spent: int, paces: tuple, at: date, reach: Reach, required: float | None, best: int | None
) -> None:
    found = execution.forecast(issued, spent, paced(*paces), at)
    assert (found.reach, found.best) == (reach, best)
    assert found.required == (None if required is None else pytest.approx(required))
    assert found.remaining == issued - spent


def test_the_best_month_is_named_and_carried_on() -> None:
    found = execution.forecast(100, 40, paced(10, 30, 5), OCTOBER)
    assert found == Forecast(Reach.WITHIN, 60, 2.0, 30.0, 30, date(2026, 2, 28), 10_000.0)


def test_months_count_first_figures_apart_and_stop_at_the_figures_day() -> None:
    days = told(
        (date(2025, 12, 31), 100, 10, None),
        (date(2026, 1, 31), 0, 25, 15),  # of which 10 a first report
        (date(2026, 2, 28), 50, -5, -5),
        (date(2026, 3, 15), 0, 20, 20),
    )
    found = execution.months(days, NO_CURVE, date(2026, 3, 15))
    assert [m.spent for m in found[:4]] == [35, 30, 50, None]
    assert [m.added for m in found[:4]] == [25, -5, 20, None]
    assert [m.paced for m in found[:4]] == [15, -5, 20, None]
    assert [m.issued for m in found[:4]] == [100, 150, 150, None]
    assert [m.until for m in found[1:4]] == [date(2026, 2, 28), date(2026, 3, 15), date(2026, 4, 30)]
    assert len(found) == 12 and found[-1].elapsed == 150 and found[-1].planned == 150


def test_curves_and_projects_without_one_are_planned_together() -> None:
    curve = pl.DataFrame({"month": [date(2026, 1, 1), date(2026, 3, 1)], "planned": [7, 20]})
    bare = told((date(2026, 1, 31), 365, 0, None))
    found = execution.months(bare, curve, date(2026, 1, 31))
    assert [m.planned for m in found[:3]] == pytest.approx([7 + 31, 7 + 59, 27 + 90])


def test_nothing_reported_is_twelve_months_without_figures() -> None:
    found = execution.months(told(), NO_CURVE, date(2026, 12, 31))
    assert [(m.spent, m.paced, m.planned) for m in found] == [(0, None, 0.0)] * 12


@pytest.mark.parametrize(
    ("newest", "at"),
    [(OCTOBER, OCTOBER), (None, ON), (date(2025, 12, 31), ON), (ON, ON)],
)
def test_the_day_money_is_held_against(newest: date | None, at: date) -> None:
    assert execution.figure_day(ON, newest) == at


def test_elapsed_counts_both_ends() -> None:
    assert execution.year_elapsed(date(2026, 9, 30)) == pytest.approx(10_000 * 273 / 365)


@pytest.fixture
def judged(db: Database) -> Database:
    """P1 with a curve and a corrected figure, P2 without, G1 of another city without money."""
    project(db, "P1", JAN)
    point(db, "P1", JAN, date(2026, 9, 1), planned_bp=5_000, planned_spending=50 * WAN)
    point(db, "P1", JAN, date(2026, 10, 1), planned_bp=8_000, planned_spending=80 * WAN)
    project(db, "P2", JAN, kind="line")
    project(db, "G1", JAN, city="440100")
    was = dict(superseded_at=NOV, superseded_by="x")
    early, late = datetime(2026, 10, 1, 1, tzinfo=UTC), datetime(2026, 11, 3, 1, tzinfo=UTC)
    report(db, "P1", early, date(2026, 9, 30), issued=90 * WAN, spent=70 * WAN, **was)
    report(db, "P1", NOV, date(2026, 9, 30), issued=90 * WAN, spent=30 * WAN)
    report(db, "P1", late, OCTOBER, issued=100 * WAN, transferred=80 * WAN, paid=60 * WAN, spent=50 * WAN)
    report(db, "P2", late, OCTOBER, issued=20 * WAN, spent=5 * WAN)
    watch.evaluate(db, ON, NOW, now=NOW)
    return db


def test_movements_add_up_to_the_totals_of_the_day(judged: Database) -> None:
    reported, planned = movements(judged, EVERYWHERE, ON, NOW, PILOT)
    whole = sums(totals(judged, open_day(judged, ON, None, today=ON), EVERYWHERE, Narrow(programme="pilot")))
    for name in ("issued", "spent"):
        assert reported[name].sum() == getattr(whole, name)
    assert reported["paced"].sum() == 20 * WAN and reported["followed"].sum() == 1
    assert dict(planned.iter_rows()) == {date(2026, 9, 1): 50 * WAN, date(2026, 10, 1): 30 * WAN}
    bare = reported.filter(pl.col("planned_start").is_not_null())
    assert bare["issued"].sum() == 20 * WAN


def test_movements_are_those_known_at_the_instant(judged: Database) -> None:
    october = datetime(2026, 10, 5, 1, tzinfo=UTC)
    reported, _ = movements(judged, EVERYWHERE, ON, october, PILOT)
    assert reported["spent"].to_list() == [70 * WAN]
    assert movements(judged, EVERYWHERE, date(2026, 9, 30), NOW, PILOT)[0]["spent"].sum() == 30 * WAN


def test_a_newer_plan_with_a_curve_takes_the_old_ones_place(judged: Database) -> None:
    plan(judged, "P1", NOV, version=2, approved_on=date(2026, 11, 1), reward=90 * WAN)
    point(judged, "P1", NOV, date(2026, 12, 1), planned_bp=10_000, version=2, planned_spending=99 * WAN)
    _, planned = movements(judged, EVERYWHERE, ON, NOW, PILOT)
    assert planned.rows() == [(date(2026, 12, 1), 99 * WAN)]
    _, before = movements(judged, EVERYWHERE, date(2026, 10, 31), NOW, PILOT)
    assert before["planned"].sum() == 80 * WAN


@pytest.mark.parametrize(
    ("narrow", "spent"),
    [
        ({"kind": "line"}, 5),
        ({"province": "210000"}, 55),
        ({"city": "440100"}, 0),
        ({"programme": "another"}, 0),
        ({"industry": "26"}, 0),
    ],
)
def test_movements_are_narrowed(judged: Database, narrow: dict, spent: int) -> None:
    assert movements(judged, EVERYWHERE, ON, NOW, narrow)[0]["spent"].sum() == spent * WAN


def test_movements_stay_within_the_scope(judged: Database) -> None:
    reported, planned = movements(judged, GUANGZHOU, ON, NOW, PILOT)
    assert reported.is_empty() and planned.is_empty()


def test_rates_name_their_denominator_and_stops_keep_four_amounts(judged: Database) -> None:
    day = totals(judged, open_day(judged, ON, None, today=ON), EVERYWHERE, Narrow(programme="pilot"))
    places = {"210100": "210000", "440100": "440000"}
    liaoning, guangdong = execution.rows(grouped(day, "province", provinces=places), 8_000.0)
    assert (liaoning.code, guangdong.code) == ("210000", "440000")
    assert liaoning.issued_bp == pytest.approx(10_000 * 120 / 200)
    assert liaoning.spent_bp == pytest.approx(10_000 * 55 / 120)
    assert liaoning.gap_bp == pytest.approx(liaoning.spent_bp - 8_000)
    assert (guangdong.spent_bp, guangdong.gap_bp, guangdong.issued_bp) == (None, None, 0)
    stops = execution.waterfall(liaoning.sums)
    assert [(s.amount // WAN, s.standing and s.standing // WAN) for s in stops] == [
        (120, 40),
        (80, 20),
        (60, 5),
        (55, None),
    ]
