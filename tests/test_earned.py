"""Earned value against an example worked out by hand, and where it is not given."""

from datetime import date

import pytest

from models.measures import earned_schedule, earned_value, measured_apart

START = date(2026, 1, 1)
#: A plan of 1,000 over 100 days: slow, fast, slow.
CURVE = [
    (START, 0.0),
    (date(2026, 1, 31), 1_000.0),
    (date(2026, 3, 2), 5_000.0),
    (date(2026, 4, 1), 9_000.0),
    (date(2026, 4, 11), 10_000.0),
]


def test_the_worked_example() -> None:
    """BAC 1,000; planned 60 %, done 45 %, spent 500: PV 600, EV 450, AC 500."""
    found = earned_value(1_000, 6_000.0, 4_500, 500)
    assert (found.planned, found.earned, found.actual) == (600, 450, 500)
    assert (found.schedule_variance, found.cost_variance) == (-150, -50)
    assert (found.spi, found.cpi) == (0.75, 0.9)
    assert found.estimate == pytest.approx(1_111.11, abs=0.01)


def test_the_worked_schedule() -> None:
    """On day 60 half was planned and 30 % is done: the plan was there on day 30 + 30 × 20/40 = 45; 45/60."""
    assert earned_schedule(CURVE, 3_000, date(2026, 3, 2)) == (date(2026, 2, 15), 0.75)


@pytest.mark.parametrize(
    ("physical", "at", "day", "index"),
    [
        (0, date(2026, 3, 2), START, 0.0),
        (10_000, date(2026, 4, 11), date(2026, 4, 11), 1.0),
        (10_000, date(2026, 7, 20), date(2026, 4, 11), 0.5),  # late: SPI would say 1
        (1_000, START, date(2026, 1, 31), None),  # no time has gone
    ],
)
def test_the_ends_of_a_schedule(physical: int, at: date, day: date, index: float | None) -> None:
    assert earned_schedule(CURVE, physical, at) == (day, index)


def test_a_plan_that_never_gets_there_has_no_such_day() -> None:
    assert earned_schedule(CURVE[:-1], 9_500, date(2026, 4, 1)) == (None, None)
    assert earned_schedule([], 100, START) == (None, None)


def test_nothing_is_divided_by_nothing() -> None:
    found = earned_value(1_000, 0.0, 0, 0)
    assert (found.spi, found.cpi, found.estimate) == (None, None, None)


@pytest.mark.parametrize(("physical", "given"), [(1_999, False), (2_000, True)])
def test_an_estimate_needs_a_fifth_of_the_work(physical: int, given: bool) -> None:
    assert (earned_value(1_000, 5_000.0, physical, 300).estimate is not None) == given


@pytest.mark.parametrize(
    ("told", "total", "apart"),
    [
        ([(1_000, 100), (2_000, 200), (3_000, 300)], 1_000, False),
        ([(1_000, 105), (2_000, 195), (3_000, 300)], 1_000, False),  # within half a point
        ([(1_000, 100), (2_000, 206), (3_000, 300)], 1_000, True),
        ([(1_000, 100), (2_000, 900)], 1_000, None),
        ([(1_000, 100), (2_000, None), (None, 900)], 1_000, None),
        ([(1_000, 100)] * 3, None, None),
        ([(1_000, 100)] * 3, 0, None),
    ],
)
def test_work_worked_out_from_money_is_seen(
    told: list[tuple[int | None, int | None]], total: int | None, apart: bool | None
) -> None:
    assert measured_apart(told, total) is apart
