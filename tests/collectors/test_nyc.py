"""Two real publications of another country's school buildings: every row taken, or refused with its reason."""

from collections import Counter
from datetime import date

import polars as pl
import pytest
import sqlalchemy as sa
from polars.testing import assert_frame_equal
from sqlmodel import Session, select

from models.db import fetch
from models.places import Place, Programme
from models.plans import Plan
from models.projects import Project
from models.reports import Report, SubmissionProblem
from tests.collectors.orders import ledger, state

DAYS = (date(2024, 6, 1), date(2024, 6, 30), date(2024, 8, 15), date(2024, 9, 30), date(2024, 12, 31))

#: Rows of each file by what became of them. Rows may have several reasons.
JUNE, SEPTEMBER = 14_077, 15_303
WHY_JUNE = {"E-C87": 8_247 + 4_184, "E-B103": 30, "E-B110": 4, "E-F25": 3}
WHY_SEPTEMBER = {"E-C87": 9_350 + 5_423, "E-B103": 34, "E-B110": 4, "E-F25": 4}


@pytest.fixture
def quarters(shared):
    folder = shared / "data" / "nyc_sca"
    return [folder / "sca_asof_2024-06-30.csv", folder / "sca_asof_2024-09-30.xlsx"]


def why(receipt) -> Counter:
    told = Counter()
    for problem in receipt.problems:
        if problem.level == "error":
            told[problem.code] += problem.count
    return told


def counts(receipt) -> tuple[int, ...]:
    return (
        receipt.rows,
        receipt.new,
        receipt.changed,
        receipt.same,
        receipt.rejected,
        receipt.adjustment_count,
    )


def test_every_row_of_both_files_is_taken_or_has_its_reason(db, give, nation, quarters):
    june, september = (give(f.read_bytes(), name=f.name, mapping="nyc_sca", scope=nation) for f in quarters)
    assert counts(june) == (JUNE, 5_812, 0, 0, 8_265, 0) and why(june) == WHY_JUNE
    assert counts(september) == (SEPTEMBER, 497, 5_438, 0, 9_368, 699) and why(september) == WHY_SEPTEMBER
    p = SubmissionProblem
    for receipt in (june, september):
        refused = sa.select(sa.func.count(p.row_no.distinct())).where(
            p.submission == receipt.submission, p.level == "error"
        )
        with db.ro.connect() as connection:
            assert connection.scalar(refused) == receipt.rejected
    with Session(db.ro) as session:
        programme = session.get(Programme, "nyc_sca")
        assert (programme.currency, programme.report_every_months) == ("USD", 3)
        assert session.get(Place, "NYC-SD01").name_zh == "纽约市第1学区"
        assert len(session.exec(select(Place).where(Place.province == "NYC")).all()) == 33
    again = give(quarters[0].read_bytes(), name=quarters[0].name, mapping="nyc_sca", scope=nation)
    assert again.duplicate_of and not again.committed
    padded = give(quarters[0].read_bytes() + b"\r\n", name=quarters[0].name, mapping="nyc_sca", scope=nation)
    assert (padded.same, padded.rejected, padded.committed) == (5_812, 8_265, False)


def test_both_orders_are_one_state(fresh, nation, now, quarters):
    ends, taken = [], []
    for order in (quarters, quarters[::-1]):
        db, give = fresh()
        taken.append([give(f.read_bytes(), name=f.name, mapping="nyc_sca", scope=nation) for f in order])
        ends.append(db)
    assert counts(taken[1][0]) == (SEPTEMBER, 5_935, 0, 0, 9_368, 0)
    assert counts(taken[1][1]) == (JUNE, 374, 5_438, 0, 8_265, 699)
    assert ledger(ends[0]) == ledger(ends[1])
    assert Counter(field for _, _, field, _, _ in ledger(ends[0])) == {
        "total_investment": 696,
        "name": 10,
        "planned_end": 3,
        "planned_start": 2,
    }
    for on in DAYS:
        one, other = (state(db, on, now) for db in ends)
        assert one.height == 6_311
        assert_frame_equal(one, other)


def test_no_figure_is_invented(sqlite_db, lite, nation, quarters):
    lite(quarters[0].read_bytes(), name=quarters[0].name, mapping="nyc_sca", scope=nation)
    r = Report.__table__
    told = fetch(sqlite_db, sa.select(r.c.stage, r.c.physical_bp, r.c.invested, r.c.spent, r.c.issued))
    assert set(told.filter(pl.col("stage") == "continuing")["physical_bp"]) == {None}
    assert set(told.filter(pl.col("stage") == "completed")["physical_bp"]) == {10_000}
    assert told["invested"].equals(told["spent"]) and told["issued"].null_count() == told.height
    with Session(sqlite_db.ro) as session:
        taken = set(session.exec(select(Project.row_no)))
        assert not taken & {5933, 5934, 5937, 5938}  # two works under one key: which is which is not said
        plan = session.exec(select(Plan).where(Plan.project.like("M015-Scope-%"))).first()
    assert (plan.planned_start, plan.planned_end, plan.total_investment, plan.approved_on) == (
        *(date(2019, 6, 18), date(2019, 11, 19), 7_626_900, date(2024, 6, 30)),
    )
