"""The same submissions in any order give the same state as known at the end."""

from datetime import date
from itertools import permutations

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from sqlmodel import Session, select

from collectors.mapping import read_mapping
from models.plans import Adjustment
from models.queries import dossier
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
        # What is taken from the other projects of the same city moves with them.
        one, other = (state(db, on, now).drop("delivered_bp", "comparable_projects") for db in ends)
        assert one.height == 3_205
        assert_frame_equal(one.drop("city", "partners"), other.drop("city", "partners"))
        # A project stays where the first file registered it: 15 name another state in the other year.
        moved = one["city"] != other["city"]
        assert moved.sum() == 15
        assert_frame_equal(one.filter(~moved), other.filter(~moved))
        assert one.filter(pl.col("light").is_null()).is_empty()


WORKS = """
name = "works"
version = "1"
forms = ["projects", "dispatch"]
amounts = "yuan"
plan_changes = "in_force"
total_investment_moves_percent = 10
as_of_name = "works_(?<year>[0-9]{4})"
[programme]
code = "works"
name_zh = "工程"
name_en = "Works"
report_every_months = 12
[places]
province = ["EX", "示例", "Example"]
prefix = "EX-"
numbered = ["第{n}区", "District {n}"]
[constants]
kind = "point"
[fields]
code = { column = "id" }
name = { column = "name" }
unit_name = { column = "unit" }
city = { column = "place" }
planned_start = { column = "start" }
planned_end = { column = "end" }
total_investment = { column = "total", required = false }
physical_pct = { column = "progress" }
spent = { column = "spent" }
"""
HEADER = "id,name,unit,place,start,end,total,progress,spent\n"

#: What one year's file says of one project; totals within 10 % of each other are among them.
SAID = st.tuples(
    st.sampled_from(["canal", "canal two"]),
    st.sampled_from(["north", "south"]),
    st.sampled_from(["2022-06-30", "2023-06-30"]),
    st.sampled_from(["", "100", "108", "115", "200"]),
    st.sampled_from(["", "10", "100"]),
    st.sampled_from(["", "5", "50"]),
)
YEAR = st.dictionaries(st.sampled_from(["P1", "P2", "P3"]), SAID, min_size=1)


def works(said: dict[str, tuple]) -> str:
    """One year's file. A project's place never changes: see the test above."""
    rows = (
        f"{code},{name},{unit},{code[1]},2019-01-01,{end},{total},{progress},{spent}\n"
        for code, (name, unit, end, total, progress, spent) in sorted(said.items())
    )
    return HEADER + "".join(rows)


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(years=st.lists(YEAR, min_size=3, max_size=3))
def test_three_files_in_every_order_are_one_state(fresh, nation, now, years):
    mapping = read_mapping(WORKS, "works.toml")
    files = [(f"works_{2019 + i}.csv", works(said)) for i, said in enumerate(years)]
    seen = None
    for order in permutations(files):
        db, give = fresh()
        for name, text in order:
            receipt = give(text, name=name, mapping=mapping, scope=nation)
            assert receipt.ok and not receipt.rejected
        found = [state(db, date(2018 + i, 12, 31), now) for i in range(5)]
        told = [_versions(db, nation, code) for code in ("P1", "P2", "P3")]
        if seen is None:
            seen = (found, ledger(db), told)
            continue
        for mine, first in zip(found, seen[0], strict=True):
            assert_frame_equal(mine, first)
        assert (ledger(db), told) == seen[1:]


def _versions(db, nation, code) -> list[tuple]:
    """A project's plan versions as its dossier shows them."""
    shown = dossier.versions(db, nation, f"EX-{code[1]}", code)
    return [(v.version, v.approved_on, v.name, v.planned_end, v.total_investment) for v in shown]


def test_an_entry_that_a_late_file_parts_is_withdrawn_and_told_anew(fresh, nation, now):
    mapping = read_mapping(WORKS, "works.toml")
    ends = {2019: "2022-06-30", 2020: "2023-06-30", 2021: "2024-06-30"}
    db, give = fresh()
    for year in (2019, 2021, 2020):
        said = {"P1": ("canal", "north", ends[year], "100", "", "")}
        receipt = give(works(said), name=f"works_{year}.csv", mapping=mapping, scope=nation)
    assert receipt.adjustment_count == 2 and {p.code for p in receipt.problems} == {"N-B111"}
    entries = dossier.adjustments(db, nation, "EX-1", "P1")
    told = [(str(e.status), e.adjusted_on.year, e.changes[0].old, e.changes[0].new) for e in entries]
    assert sorted(told) == [
        ("approved", 2020, "2022-06-30", "2023-06-30"),
        ("approved", 2021, "2023-06-30", "2024-06-30"),
        ("rejected", 2021, "2022-06-30", "2024-06-30"),
    ]
    last = state(db, date(2021, 12, 31), now).filter(pl.col("project") == "P1")
    assert last.select("version", "adjustments", "pending_adjustments").row(0) == (3, 2, 0)


def test_a_figure_that_is_blank_in_between_is_not_adjusted_twice(fresh, nation):
    mapping = read_mapping(WORKS, "works.toml")
    db, give = fresh()
    for year, total in ((2019, "100"), (2021, "100"), (2020, "")):
        said = {"P1": ("canal", "north", "2022-06-30", total, "", "")}
        give(works(said), name=f"works_{year}.csv", mapping=mapping, scope=nation)
    assert ledger(db) == []
    with Session(db.ro) as session:
        assert session.exec(select(Adjustment)).all() == []
    assert len(dossier.versions(db, nation, "EX-1", "P1")) == 1


def test_a_file_of_the_same_day_corrects_it_and_says_so(fresh, nation):
    mapping = read_mapping(WORKS, "works.toml")
    db, give = fresh()
    for end in ("2022-06-30", "2023-06-30", "2023-06-30"):
        said = {"P1": ("canal", "north", end, "100", "50", "")}
        receipt = give(works(said), name="works_2019.csv", mapping=mapping, scope=nation)
    assert receipt.duplicate_of or receipt.same == 1
    assert [entry[2:] for entry in ledger(db)] == [("planned_end", "2022-06-30", "2023-06-30")]
    assert [v.planned_end.year for v in dossier.versions(db, nation, "EX-1", "P1")] == [2022, 2023]


def test_a_project_stays_where_it_was_registered_and_that_is_said(fresh, nation):
    mapping = read_mapping(WORKS, "works.toml")
    _, give = fresh()
    said = {"P1": ("canal", "north", "2022-06-30", "100", "", "")}
    give(works(said), name="works_2019.csv", mapping=mapping, scope=nation)
    moved = works(said).replace(",1,2019", ",2,2019")
    receipt = give(moved, name="works_2020.csv", mapping=mapping, scope=nation)
    assert receipt.ok
    assert [(p.code, p.found, p.values["other"]) for p in receipt.problems] == [("W-B120", "EX-2", "EX-1")]
