"""The way of money: first in, first out, with days worked out by hand; what was never told stays unknown."""

from datetime import date

import polars as pl
import pytest

from models.fund_path import Move, mean_lags, tranches
from models.vocabulary import FundSource, MoneyStage

ISSUED, TRANSFERRED, PAID, SPENT = MoneyStage


def move(stage: MoneyStage, on: str, amount: int, *, source: str = "central", document: str = "文1") -> Move:
    return Move(stage, date.fromisoformat(on), amount, FundSource(source), document)


def test_two_sums_are_passed_on_first_in_first_out() -> None:
    """100 on 1 January and 50 on 1 March; 80 go on 31 January, 40 on 11 March: 20 of the 40 are the second's."""
    first, second = tranches(
        [
            move(ISSUED, "2026-01-01", 100),
            move(ISSUED, "2026-03-01", 50, document="文2"),
            move(TRANSFERRED, "2026-01-31", 80),
            move(TRANSFERRED, "2026-03-11", 40),
        ]
    )
    (leg,) = first.legs
    assert (leg.amount, leg.first_days, leg.last_days, leg.waits) == (100, 30, 69, 0)
    (leg,) = second.legs
    assert (leg.amount, leg.first_on, leg.first_days, leg.last_days) == (20, date(2026, 3, 11), 10, 10)
    assert (leg.waits, leg.waits_since) == (30, date(2026, 3, 1))
    assert (first.document_no, second.document_no) == ("文1", "文2")


def test_what_stopped_halfway_waits_since_its_oldest_part_came() -> None:
    """60 and 40 were transferred; 70 paid: 30 wait, of what came on 1 February."""
    (one,) = tranches(
        [
            move(ISSUED, "2026-01-01", 100),
            move(TRANSFERRED, "2026-01-11", 60),
            move(TRANSFERRED, "2026-02-01", 40),
            move(PAID, "2026-02-21", 70),
        ]
    )
    transferred, paid = one.legs
    assert transferred.waits == 0 and (paid.waits, paid.waits_since) == (30, date(2026, 2, 1))
    assert (paid.first_days, paid.last_days) == (
        41,
        20,
    )  # the first since 11 January, the last since 1 February


def test_a_stage_that_nobody_told_is_left_out_and_sources_stay_apart() -> None:
    found = tranches(
        [
            move(PAID, "2026-03-01", 10, source="bank"),
            move(ISSUED, "2026-01-01", 100),
            move(SPENT, "2026-01-05", 100),
        ]
    )
    assert [(one.source, one.stage, [leg.stage for leg in one.legs]) for one in found] == [
        (FundSource.CENTRAL, ISSUED, [SPENT]),
        (FundSource.BANK, PAID, []),
    ]


def test_a_stage_that_nothing_has_come_to_yet_waits_whole() -> None:
    moves = [
        move(ISSUED, "2026-01-01", 100),
        move(ISSUED, "2026-02-01", 10),
        move(TRANSFERRED, "2026-01-02", 100),
    ]
    second = tranches(moves)[1]
    (leg,) = second.legs
    assert (leg.amount, leg.first_on, leg.first_days, leg.waits) == (0, None, None, 10)


@pytest.mark.parametrize(("document", "day"), [("文1", date(2025, 12, 1)), ("文9", None)])
def test_the_citys_issue_is_found_by_its_document(document: str, day: date | None) -> None:
    issued = {(FundSource.CENTRAL, "文1"): date(2025, 12, 1)}
    (one,) = tranches([move(TRANSFERRED, "2026-01-01", 1, document=document)], issued)
    assert one.city_issued_on == day


def test_mean_days_from_issued_to_paid_are_weighted_by_money() -> None:
    """100 issued on day 0, 100 on day 10; 50 paid on day 20, 100 on day 40. Matched: all of the first 100, 50 of
    the second. Paid on average at (50×20 + 100×40) ÷ 150, issued at (100×0 + 50×10) ÷ 150: 30 days.
    """
    rows = [
        *(("a", "issued", date(2026, 1, 1), 100), ("a", "issued", date(2026, 1, 11), 100)),
        *(("a", "paid", date(2026, 1, 21), 50), ("a", "paid", date(2026, 2, 10), 100)),
        ("b", "issued", date(2026, 1, 1), 100),
        ("c", "paid", date(2026, 1, 1), 100),
    ]
    moves = pl.DataFrame(rows, schema=["city", "stage", "happened_on", "amount"], orient="row")
    assert mean_lags(moves.sort("amount")).rows() == [("a", 30.0)]
