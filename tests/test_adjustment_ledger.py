"""The ledger across projects: what was known when, how often, how far, and what it did to cities; by hand."""

from datetime import UTC, date, datetime

import polars as pl
import pytest

from models import ledger
from models.access import Scope
from models.db import Database
from models.people import Person
from models.plans import AdjustmentChange
from models.queries import ledger as query
from models.reports import Submission
from models.vocabulary import Role
from tests.builders import CITY, WAN, adjustment, plan, project, put

JAN, JUNE, NOV = (datetime(2026, month, 5, 1, tzinfo=UTC) for month in (1, 6, 11))
ON, NOW = date(2026, 11, 23), datetime(2026, 11, 23, 2, tzinfo=UTC)
OTHER = "440100"
EVERYBODY = Scope("m@b.example", Role.MINISTRY, "000000", None)
COORDINATOR = Scope("c@b.example", Role.CITY, OTHER, frozenset({OTHER}))
ALL = {"programme": "pilot"}


def change(
    db: Database, code: str, number: int, field: str, old: object, new: object, city: str = CITY
) -> None:
    put(db, AdjustmentChange, city=city, project=code, number=number, field=field, old=str(old), new=str(new))


def fill(db: Database) -> None:
    """P1: investment 1,000 → 1,200 approved in June, end by 90 days waiting since November, one refused.
    P2 has one plan. G1 elsewhere: end a month earlier, approved."""
    project(db, "P1", JAN)
    project(db, "P2", JAN, planned_end=date(2027, 3, 31), total_investment=3_000 * WAN, industry="382")
    project(db, "G1", JAN, city=OTHER, kind="line")
    put(
        db,
        Submission,
        **dict(
            city=CITY, id="s0", form="adjustments", form_version="1", file_name="x.csv", sha256="x", size=3
        ),
        **dict(encoding="utf-8", uploader="c@b.example", received_at=JUNE, rows=1, new=1, changed=0, same=0),
        **dict(warned=0, rejected=0),
    )
    for email, role, place in (("c@b.example", "city", CITY), ("p@b.example", "province", "210000")):
        put(db, Person, email=email, name=email, role=role, place=place, created_at=JAN)
    june = dict(approved_on=JUNE.date(), adjustment=1, version=2)
    plan(db, "P1", JUNE, name="P1 renamed", total_investment=1_200 * WAN, reward=80 * WAN, **june)
    decided = dict(status="approved", version=2, decided_at=JUNE, decided_by="p@b.example")
    adjustment(db, "P1", JUNE, 1, ground="policy_change", document_no="No. 7", **decided)
    change(db, "P1", 1, "total_investment", 1_000 * WAN, 1_200 * WAN)
    change(db, "P1", 1, "reward", 100 * WAN, 80 * WAN)
    change(db, "P1", 1, "curve:2026-03:pct", 10, 20)
    change(db, "P1", 1, "curve:2026-04:pct", 20, 30)
    adjustment(db, "P1", NOV, 2)
    change(db, "P1", 2, "planned_end", "2026-12-31", "2027-03-31")
    adjustment(db, "P1", NOV, 3, status="rejected", decided_at=NOV, decided_by="m@b.example")
    change(db, "P1", 3, "total_investment", 1_200 * WAN, 9_000 * WAN)
    plan(db, "G1", JUNE, city=OTHER, planned_end=date(2026, 12, 1), **june)
    adjustment(db, "G1", JUNE, 1, city=OTHER, ground="force_majeure", **decided)
    change(db, "G1", 1, "planned_end", "2026-12-31", "2026-12-01", OTHER)


def told(db: Database, scope: Scope = EVERYBODY, known_at: datetime = NOW, **narrow: str) -> pl.DataFrame:
    rows = query.entries(db, scope, ON, known_at, ALL | narrow)
    return query.people_and_names(db, scope, rows, known_at)


def by_city(db: Database, known_at: datetime = NOW) -> dict[str, dict]:
    plans = query.plans(db, EVERYBODY, ON, known_at, ALL)
    rows = ledger.cities(told(db, known_at=known_at), plans)
    return {row["city"]: row for row in rows.iter_rows(named=True)}


def test_entries_with_what_changed_and_how_often(db: Database) -> None:
    fill(db)
    rows = {row["number"]: row for row in told(db, city=CITY).iter_rows(named=True)}
    assert (rows[1]["investment_moved"], rows[1]["reward_moved"]) == (200 * WAN, -20 * WAN)
    assert (rows[1]["curve"], rows[2]["curve"]) == (2, 0)
    assert (rows[2]["end_days"], rows[2]["status"], rows[2]["ground"]) == (90, "pending", None)
    assert {(row["adjustments"], row["adjustments_12m"]) for row in rows.values()} == {(2, 2)}
    assert (rows[1]["asked_by"], rows[1]["asked_role"], rows[1]["decided_role"]) == (
        "c@b.example",
        "city",
        "province",
    )
    assert {row["name"] for row in rows.values()} == {"P1 renamed"}


def test_what_the_cities_have_become(db: Database) -> None:
    """Liaoning's city: 1,000 + 3,000 by version 1, now 4,200: 5 %. Its end has not moved; the other's by −30 days."""
    fill(db)
    found = by_city(db)
    here, there = found[CITY], found[OTHER]
    assert (here["projects"], here["adjustments"], here["adjusted_projects"], here["per_project"]) == (
        2,
        2,
        1,
        1.0,
    )
    assert (here["approved"], here["pending"], here["rejected"]) == (1, 1, 1)
    assert (here["investment_v1"], here["investment"], here["investment_bp"]) == (
        4_000 * WAN,
        4_200 * WAN,
        500,
    )
    assert (here["reward_v1"], here["reward"]) == (200 * WAN, 180 * WAN)
    assert (here["end_days_mean"], here["first_end"], here["last_end"]) == (
        0,
        date(2026, 12, 31),
        date(2027, 3, 31),
    )
    assert (here["pending_end_days"], here["pending_investment"]) == (90, 0)
    assert (there["end_days_mean"], there["last_end_v1"], there["last_end"]) == (
        -30,
        date(2026, 12, 31),
        date(2026, 12, 1),
    )
    whole = ledger.added(pl.DataFrame(list(found.values()))).row(0, named=True)
    assert (whole["projects"], whole["adjustments"], whole["per_project"]) == (3, 3, 1.0)
    assert whole["end_days_mean"] == -10 and whole["investment_bp"] == 400  # 5,000 → 5,200


def test_as_known_before_a_decision_it_waits_without_its_ground(db: Database) -> None:
    fill(db)
    adjustment(db, "P2", JUNE, 1, status="approved", ground="other", decided_at=NOV, decided_by="p@b.example")
    before = datetime(2026, 8, 1, tzinfo=UTC)
    rows = told(db, known_at=before)
    assert sorted(rows.select("project", "status", "ground").rows()) == [
        ("G1", "approved", "force_majeure"),
        ("P1", "approved", "policy_change"),
        ("P2", "pending", None),
    ]
    assert by_city(db, before)[CITY]["pending"] == 1
    early = by_city(db, datetime(2026, 2, 1, tzinfo=UTC))[CITY]
    assert (early["adjustments"], early["investment_bp"]) == (0, 0)


@pytest.mark.parametrize(
    ("narrow", "codes"),
    [({"kind": "line"}, {"G1"}), ({"province": "210000"}, {"P1"}), ({"industry": "38"}, set())],
)
def test_narrowed(sqlite_db: Database, narrow: dict[str, str], codes: set[str]) -> None:
    fill(sqlite_db)
    assert set(told(sqlite_db, **narrow)["project"]) == codes


def test_a_scope_is_part_of_every_question(sqlite_db: Database) -> None:
    fill(sqlite_db)
    assert set(told(sqlite_db, COORDINATOR)["city"]) == {OTHER}
    assert query.plans(sqlite_db, COORDINATOR, ON, NOW, ALL)["city"].to_list() == [OTHER]
    assert query.counts(sqlite_db, COORDINATOR, ON, NOW, ALL)["city"].to_list() == [OTHER]
    assert query.mark(sqlite_db, COORDINATOR)[0] == 1


def test_the_nation_is_told_where_no_city_can_be_worked_out(db: Database) -> None:
    fill(db)
    none, count = query.nation(db, COORDINATOR, ON, NOW, ALL)
    assert none.is_empty() and count == 2
    for nr, city in enumerate(("210200", "230100", "350200", "350500")):
        project(db, f"N{nr}", JAN, city=city)
    whole, count = query.nation(db, COORDINATOR, ON, NOW, ALL | {"city": OTHER})
    row = whole.row(0, named=True)
    assert count == 6 and (row["projects"], row["adjustments"], row["pending"], row["rejected"]) == (
        7,
        3,
        1,
        1,
    )
    assert row["adjusted_projects"] == 2
    province = Scope("p@b.example", Role.PROVINCE, "210000", frozenset({CITY, "210200"}))
    assert query.nation(db, province, ON, NOW, ALL)[0].is_empty()  # four hidden ones could be worked out


def test_worst_first_and_what_waits_on_top(sqlite_db: Database) -> None:
    fill(sqlite_db)
    rows = told(sqlite_db)
    assert ledger.worst_first(rows, waiting_first=True).select("project", "number").rows()[0] == ("P1", 2)
    plain = ledger.worst_first(rows, waiting_first=False)
    assert plain["project"].to_list() == ["P1", "P1", "P1", "G1"]
    assert plain["number"].to_list() == [3, 2, 1, 1]


@pytest.mark.parametrize(
    ("asked", "numbers"),
    [
        ({"status": "pending"}, [2]),
        ({"changed": "curve"}, [1]),
        ({"changed": "total_investment"}, [1, 3]),
        ({"ground": "none"}, [2, 3]),
        ({"ground": "policy_change"}, [1]),
        ({"since": date(2026, 11, 5)}, [2, 3]),
        ({"since": date(2026, 11, 6)}, []),
    ],
)
def test_filters_of_the_page(sqlite_db: Database, asked: dict, numbers: list[int]) -> None:
    fill(sqlite_db)
    assert sorted(ledger.wanted(told(sqlite_db, city=CITY), **asked)["number"]) == numbers


def test_months_leave_out_what_was_refused(sqlite_db: Database) -> None:
    fill(sqlite_db)
    assert ledger.by_month(told(sqlite_db), "kind").rows() == [
        (date(2026, 6, 1), "line", 1),
        (date(2026, 6, 1), "point", 1),
        (date(2026, 11, 1), "point", 1),
    ]
