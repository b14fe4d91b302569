"""Rows changed in the grid: which day they speak of."""

from datetime import date

import polars as pl

from dashboard.views.entry import _dated

SEPTEMBER, OCTOBER, NOVEMBER = date(2026, 9, 30), date(2026, 10, 31), date(2026, 11, 23)
START = date(2026, 11, 1)


def test_rows_of_earlier_periods_get_the_day_and_those_of_this_one_correct_themselves() -> None:
    before = pl.DataFrame({"project": ["A", "B", "C"], "as_of": [SEPTEMBER, OCTOBER, date(2026, 11, 10)]})
    touched = pl.DataFrame(
        {
            "project": ["A", "B", "C", "D", "E"],
            "as_of": [SEPTEMBER, OCTOBER, date(2026, 11, 10), None, date(2026, 8, 31)],
        }
    )
    dated = _dated(touched, before, NOVEMBER, START)
    assert dict(dated.iter_rows()) == {
        "A": NOVEMBER,
        "B": NOVEMBER,
        "C": date(2026, 11, 10),
        "D": NOVEMBER,
        "E": date(2026, 8, 31),  # somebody typed it
    }
