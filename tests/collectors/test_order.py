"""The same submissions in any order give the same state as known at the end."""

from datetime import date

import polars as pl
from polars.testing import assert_frame_equal

from tests.collectors.orders import ledger, state

YEARS = (2019, 2021)
DAYS = (date(2018, 6, 30), date(2019, 12, 31), date(2020, 6, 30), date(2021, 12, 31), date(2022, 6, 30))


def test_two_real_years_in_both_orders_are_one_state(fresh, shared, nation, now):
    files = [next((shared / "data" / "mexico_opa").glob(f"opa_{year}_*.csv")) for year in YEARS]
    ends = []
    for order in (files, files[::-1]):
        db, give = fresh()
        receipts = [give(f.read_bytes(), name=f.name, mapping="mexico_opa", scope=nation) for f in order]
        assert all(receipt.committed for receipt in receipts)
        assert sum(receipt.adjustment_count for receipt in receipts) == 369
        ends.append(db)
    assert ledger(ends[0]) == ledger(ends[1]) and len(ledger(ends[0])) == 528
    for on in DAYS:
        one, other = (state(db, on, now) for db in ends)
        assert one.height == 3_205
        assert_frame_equal(one.drop("city", "partners"), other.drop("city", "partners"))
        # A project stays where the first file registered it: 15 name another state in the other year.
        moved = one["city"] != other["city"]
        assert moved.sum() == 15
        assert_frame_equal(one.filter(~moved), other.filter(~moved))
        assert one.filter(pl.col("light").is_null()).is_empty()
