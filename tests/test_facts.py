"""Any day can be rebuilt as it was known at any instant, and every figure follows its formula."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from models import measures
from models.db import Database
from models.facts import against_v1, facts
from models.measures import Schedule
from models.periods import Period, Window, read_period, windows
from models.places import NATION
from models.vocabulary import ExceptionKind, PeriodUnit
from models.windows import ReportingRule, WindowException
from tests.builders import WAN, adjustment, plan, point, project, put, report

JAN = datetime(2026, 1, 5, 1, tzinfo=UTC)
ON = date(2026, 9, 30)
LATER = datetime(2026, 11, 1, tzinfo=UTC)


def only(db: Database, on: date = ON, known_at: datetime = LATER) -> dict[str, Any]:
    return facts(db, on, known_at).row(0, named=True)


def rows(db: Database, on: date, known_at: datetime) -> dict[str, dict[str, Any]]:
    return {row["project"]: row for row in facts(db, on, known_at).iter_rows(named=True)}


def test_an_empty_database_has_no_facts(db: Database) -> None:
    assert facts(db, ON, LATER).is_empty()


def test_time_elapsed_is_the_plan_where_there_is_no_curve(db: Database) -> None:
    project(db, "P1", JAN)
    report(db, "P1", JAN, ON, physical_bp=5000, issued=100 * WAN, spent=50 * WAN)
    row = only(db)
    assert row["planned_bp"] == row["elapsed_bp"] == 273 * 10_000 / 365
    assert not row["planned_by_curve"]
    assert row["planned_spending"] == pytest.approx(100 * WAN * 273 / 365)


def test_a_curve_is_read_between_its_month_ends(db: Database) -> None:
    project(db, "P1", JAN)
    for month, value in ((8, 4000), (9, 5000), (10, 7000)):
        point(db, "P1", JAN, date(2026, month, 1), planned_bp=value, planned_spending=value * 100)
    for on, planned in (
        (date(2026, 8, 31), 4000),
        (date(2026, 9, 15), 4500),
        (date(2026, 9, 30), 5000),
        (date(2026, 10, 31), 7000),
        (date(2026, 12, 31), 7000),
    ):
        at = datetime.combine(on, datetime.min.time(), UTC)
        report(db, "P1", at, on, physical_bp=100)
        row = only(db, on, LATER + timedelta(days=90))
        assert (row["planned_bp"], row["planned_spending"]) == (planned, planned * 100)
        assert row["planned_by_curve"] and row["spending_by_curve"]


def test_before_its_first_month_a_curve_rises_from_zero_at_the_start(db: Database) -> None:
    project(db, "P1", JAN)
    point(db, "P1", JAN, date(2026, 2, 1), planned_bp=5800)
    report(db, "P1", JAN, date(2026, 1, 30), physical_bp=0)
    assert only(db, date(2026, 1, 30))["planned_bp"] == pytest.approx(2900)


def test_a_corrected_figure_is_seen_only_once_it_was_known(db: Database) -> None:
    early, late = datetime(2026, 10, 2, tzinfo=UTC), datetime(2026, 10, 20, tzinfo=UTC)
    project(db, "P1", JAN)
    report(db, "P1", early, ON, physical_bp=4000, superseded_at=late)
    report(db, "P1", late, ON, physical_bp=3500)
    assert only(db, ON, early - timedelta(seconds=1))["physical_bp"] is None
    assert only(db, ON, early)["physical_bp"] == 4000
    assert only(db, ON, late - timedelta(microseconds=1))["physical_bp"] == 4000
    assert only(db, ON, late)["physical_bp"] == 3500


def test_a_report_about_a_later_day_is_not_used(db: Database) -> None:
    project(db, "P1", JAN)
    report(db, "P1", JAN, date(2026, 9, 30), physical_bp=4000)
    report(db, "P1", JAN, date(2026, 10, 31), physical_bp=5000)
    assert only(db, date(2026, 10, 30))["physical_bp"] == 4000
    assert only(db, date(2026, 10, 31))["physical_bp"] == 5000


def test_both_plans_are_there(db: Database) -> None:
    project(db, "P1", JAN)
    march = datetime(2026, 3, 1, tzinfo=UTC)
    plan(db, "P1", march, version=2, planned_end=date(2027, 12, 31), approved_on=date(2026, 3, 1))
    report(db, "P1", JAN, ON, physical_bp=4000)
    row = only(db)
    assert (row["version"], row["planned_end"], row["planned_end_v1"]) == (
        2,
        date(2027, 12, 31),
        date(2026, 12, 31),
    )
    assert row["planned_bp"] == 273 * 10_000 / 730
    assert row["planned_bp_v1"] == 273 * 10_000 / 365
    assert against_v1(facts(db, ON, LATER))["planned_bp"][0] == row["planned_bp_v1"]
    assert only(db, ON, march - timedelta(seconds=1))["version"] == 1
    assert only(db, date(2026, 2, 28))["version"] == 1


@pytest.mark.parametrize(
    ("history", "since", "days", "reports"),
    [
        ([1000, 2000, 3000], 3, 0, 1),
        ([1000, 3000, 3000], 2, 31, 2),
        ([3000, 3000, 3000], 1, 59, 3),
        ([3000, 1000, 3000], 3, 0, 1),
        ([1000, None, 1000], 1, 59, 2),
        ([1000, 1000, None], 1, 28, 2),
    ],
)
def test_progress_that_did_not_move_is_counted(
    db: Database, history: list[int | None], since: int, days: int, reports: int
) -> None:
    project(db, "P0", JAN)
    project(db, "P1", JAN)
    ends = [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)]
    for as_of, physical in zip(ends, history, strict=True):
        report(db, "P0", JAN, as_of, physical_bp=history[-1])
        report(db, "P1", JAN, as_of, physical_bp=physical)
    row = facts(db, date(2026, 4, 10), LATER).row(1, named=True)
    assert (row["unmoved_since"], row["unmoved_days"], row["unmoved_reports"]) == (
        ends[since - 1],
        days,
        reports,
    )


def test_adjustments_count_unless_rejected(db: Database) -> None:
    project(db, "P1", JAN)
    decided = datetime(2026, 9, 1, tzinfo=UTC)
    adjustment(db, "P1", JAN, 1, adjusted_on=date(2025, 9, 29))
    adjustment(db, "P1", JAN, 2, adjusted_on=date(2026, 2, 1), status="approved", decided_at=decided)
    adjustment(db, "P1", JAN, 3, adjusted_on=date(2026, 3, 1), status="rejected", decided_at=decided)
    row = only(db)
    assert (row["adjustments"], row["adjustments_12m"], row["pending_adjustments"]) == (2, 1, 1)
    before = only(db, ON, decided - timedelta(seconds=1))
    assert (before["adjustments"], before["pending_adjustments"]) == (3, 3)


@pytest.mark.parametrize(
    ("on", "due"),
    [
        # due on the 3rd, late two working days after it; 1 to 8 October 2026 is holiday
        (date(2026, 9, 7), date(2026, 7, 31)),
        (date(2026, 9, 8), date(2026, 8, 31)),
        (date(2026, 1, 1), date(2025, 11, 30)),
    ],
)
def test_a_report_is_late_two_working_days_after_it_was_due(on: date, due: date) -> None:
    assert Window(1, PeriodUnit.MONTH, 3).newest_late(on).end == due


def test_yearly_windows_end_with_december() -> None:
    yearly = Window(12, PeriodUnit.MONTH, 90)
    assert yearly.newest_late(date(2021, 6, 1)).end == date(2020, 12, 31)
    assert yearly.newest_late(date(2021, 3, 1)).end == date(2019, 12, 31)


@pytest.mark.parametrize(
    ("window", "on", "late"),
    [
        (Window(1, PeriodUnit.WEEK, 1), date(2026, 11, 18), date(2026, 11, 8)),
        (Window(1, PeriodUnit.WEEK, 1), date(2026, 11, 19), date(2026, 11, 15)),
        (Window(1, PeriodUnit.DAY, 0), date(2026, 11, 20), date(2026, 11, 17)),
        (Window(3, PeriodUnit.MONTH, 10), date(2026, 10, 20), date(2026, 9, 30)),
        (Window(3, PeriodUnit.MONTH, 10), date(2026, 10, 13), date(2026, 6, 30)),
    ],
)
def test_a_window_knows_which_period_is_late(window: Window, on: date, late: date) -> None:
    assert window.newest_late(on).end == late


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("2026-10", "2026-10"),
        ("2026-10-01/2026-10-31", "2026-10"),
        ("2026-10-05/2026-10-11", "2026-10-05 – 2026-10-11"),
        ("2026-13", None),
        ("2026-10-05", None),
        ("2026-10-11/2026-10-05", None),
        ("", None),
        ("/", None),
    ],
)
def test_a_period_is_read_as_programs_write_it(text, name):
    found = read_period(text)
    assert (found and found.name) == name


WEEKLY = Window(1, PeriodUnit.MONTH, 3).followed_by(1, PeriodUnit.WEEK, 1, date(2026, 11, 10))


@pytest.mark.parametrize(
    ("on", "start", "end", "due_on"),
    [
        (date(2026, 10, 31), date(2026, 10, 1), date(2026, 10, 31), date(2026, 11, 3)),
        (date(2026, 11, 29), date(2026, 11, 1), date(2026, 11, 30), date(2026, 12, 3)),
        (date(2026, 12, 1), date(2026, 12, 1), date(2026, 12, 6), date(2026, 12, 7)),
        (date(2026, 12, 13), date(2026, 12, 7), date(2026, 12, 13), date(2026, 12, 14)),
    ],
)
def test_a_rhythm_begins_with_a_period_and_leaves_the_past_alone(on, start, end, due_on) -> None:
    """Set from 10 November: that month is still reported as a month, December by the week."""
    assert WEEKLY.period(on) == Period(start, end)
    assert WEEKLY.due_on(Period(start, end)) == due_on
    assert WEEKLY.after(WEEKLY.before(Period(start, end))) == Period(start, end)


def test_a_newer_rhythm_takes_the_place_of_one_that_has_not_begun() -> None:
    daily = WEEKLY.followed_by(1, PeriodUnit.DAY, 0, date(2026, 11, 20))
    assert daily.period(date(2026, 11, 29)).end == date(2026, 11, 30)
    assert daily.period(date(2026, 12, 2)) == Period(date(2026, 12, 2), date(2026, 12, 2))
    back = daily.followed_by(1, PeriodUnit.MONTH, 3, date(2026, 12, 10))
    assert back.period(date(2026, 12, 9)).start == date(2026, 12, 9)
    assert back.period(date(2026, 12, 10)) == Period(date(2026, 12, 10), date(2026, 12, 31))
    assert back.newest_late(date(2026, 12, 9)).end == date(2026, 12, 6)


def test_a_citys_own_rhythm_stands_against_one_for_all() -> None:
    programmes = pl.DataFrame({"code": ["p"], "report_every_months": [1], "report_due_days": [3]})
    everybody = {"programme": "p", "every": 1, "due_days": 1}
    rules = pl.DataFrame(
        [
            everybody | {"city": "210100", "unit": "day", "set_at": 1, "from_on": date(2026, 10, 1)},
            everybody | {"city": NATION, "unit": "week", "set_at": 2, "from_on": date(2026, 12, 1)},
        ]
    )
    none = pl.DataFrame(schema=["city", "programme", "granted_at", "period_end", "until"])
    found = windows(programmes, rules, none)
    assert found["p", None].period(date(2026, 11, 9)).start == date(2026, 11, 1)
    assert found["p", None].period(date(2026, 12, 9)).start == date(2026, 12, 7)
    assert found["p", "210100"].period(date(2026, 12, 9)).start == date(2026, 12, 9)
    assert found["p", "210100"].period(date(2026, 9, 9)).start == date(2026, 9, 1)


def test_an_extension_moves_the_due_day_of_one_period() -> None:
    window = Window(1, PeriodUnit.MONTH, 3, {date(2026, 10, 31): date(2026, 11, 20)})
    assert window.newest_late(date(2026, 11, 24)).end == date(2026, 9, 30)
    assert window.newest_late(date(2026, 11, 25)).end == date(2026, 10, 31)
    assert [p.end for p in window.open_periods(date(2026, 11, 24))] == [
        date(2026, 10, 31),
        date(2026, 11, 30),
    ]


def test_a_city_under_a_weekly_rule_is_late_by_weeks(db: Database) -> None:
    project(db, "P1", JAN)
    project(db, "P2", JAN, city="440100")
    on, at = date(2026, 11, 23), datetime(2026, 11, 23, 2, tzinfo=UTC)
    for code, city in (("P1", "210100"), ("P2", "440100")):
        report(db, code, at - timedelta(days=9), date(2026, 10, 31), city=city, physical_bp=5_000)
    rule = dict(city="210100", programme="pilot", every=1, unit="week", due_days=1, from_on=date(2026, 11, 1))
    put(db, ReportingRule, **rule, set_at=at, reason="", set_by="m")
    before = rows(db, on, at - timedelta(seconds=1))
    now = rows(db, on, at)
    assert {code: row["late"] for code, row in before.items()} == {"P1": False, "P2": False}
    assert {code: (row["late"], row["late_periods"]) for code, row in now.items()} == {
        "P1": (True, 2),
        "P2": (False, None),
    }
    granted = dict(
        city="210100", programme="pilot", period_end=date(2026, 11, 15), reason="flood", granted_by="p"
    )
    until = datetime(2026, 11, 30, 9, tzinfo=UTC)
    put(db, WindowException, **granted, kind=ExceptionKind.EXTENSION, until=until, granted_at=at)
    assert rows(db, on, at)["P1"]["late_periods"] == 1


def test_missing_stale_and_fresh_are_told_apart(db: Database) -> None:
    for code in ("P1", "P2", "P3", "P4"):
        project(db, code, JAN)
    report(db, "P2", JAN, date(2026, 7, 31), physical_bp=0)
    report(db, "P3", JAN, date(2026, 8, 31), physical_bp=0)
    report(db, "P4", JAN, date(2026, 6, 30), physical_bp=10_000)
    frame = facts(db, date(2026, 9, 30), LATER)
    assert frame["freshness"].to_list() == ["missing", "stale", "fresh", "fresh"]
    assert frame["late"].to_list() == [True, True, False, False]
    assert frame["late_periods"].to_list() == [8, 1, None, None]
    assert frame["physical_bp"].to_list() == [None, 0, 0, 10_000]


def test_an_empty_row_is_no_report(db: Database) -> None:
    project(db, "P1", JAN)
    report(db, "P1", JAN, date(2026, 7, 31), physical_bp=3000)
    report(db, "P1", JAN, date(2026, 9, 30), narrative="in good order")
    row = only(db, date(2026, 10, 20))
    assert (row["as_of"], row["physical_bp"], row["freshness"]) == (date(2026, 7, 31), 3000, "stale")


def test_a_report_that_leaves_progress_out_keeps_the_last_figure(db: Database) -> None:
    project(db, "P1", JAN)
    report(db, "P1", JAN, date(2026, 7, 31), physical_bp=3000)
    report(db, "P1", JAN, date(2026, 9, 30), spent=5 * WAN)
    row = only(db, date(2026, 10, 5))
    assert (row["as_of"], row["physical_bp"], row["spent"]) == (date(2026, 9, 30), 3000, 5 * WAN)


def test_a_report_as_of_a_day_in_the_last_month_of_its_period_is_in_time(db: Database) -> None:
    project(db, "P1", JAN)
    report(db, "P1", JAN, date(2026, 8, 25), physical_bp=3000)
    assert only(db, date(2026, 9, 30))["freshness"] == "fresh"


def test_a_project_registered_after_the_deadline_owes_the_next_report(db: Database) -> None:
    project(db, "P1", datetime(2026, 9, 29, tzinfo=UTC))
    assert not only(db, date(2026, 9, 30))["late"]
    assert only(db, date(2026, 10, 30))["late"]


def test_a_project_has_started_by_word_or_by_progress(db: Database) -> None:
    cases = {"P1": (0, "not_started"), "P2": (0, "new_start"), "P3": (1, None), "P4": (None, None)}
    for code, (physical, stage) in cases.items():
        project(db, code, JAN)
        report(db, code, JAN, ON, physical_bp=physical, stage=stage)
    assert facts(db, ON, LATER)["started"].to_list() == [False, True, True, False]


def test_scope_narrows_the_facts(db: Database) -> None:
    project(db, "P1", JAN)
    project(db, "P2", JAN, city="210200")
    assert facts(db, ON, LATER, cities=frozenset({"210200"}))["project"].to_list() == ["P2"]
    assert facts(db, ON, LATER, cities=frozenset()).is_empty()


@pytest.mark.parametrize(
    ("schedule", "at", "expected"),
    [
        (Schedule.DAYS, date(2026, 1, 1), 10_000 / 365),
        (Schedule.DAYS, date(2025, 12, 31), 0),
        (Schedule.DAYS, date(2027, 6, 1), 10_000),
        (Schedule.MONTHS, date(2026, 9, 1), 7_500),
        (Schedule.MONTHS, date(2026, 9, 30), 7_500),
    ],
)
def test_elapsed_time_by_both_schedules(schedule: Schedule, at: date, expected: float) -> None:
    frame = pl.DataFrame({"start": [date(2026, 1, 1)], "end": [date(2026, 12, 31)], "at": [at]})
    assert frame.select(measures.elapsed_bp("start", "end", "at", schedule=schedule)).item() == expected


@pytest.mark.parametrize(
    ("at", "months"),
    [
        (date(2026, 5, 30), 0),
        (date(2026, 5, 31), 1),
        (date(2026, 7, 30), 2),
        (date(2026, 7, 31), 3),
        (date(2026, 4, 1), 0),
    ],
)
def test_a_missed_start_counts_month_ends(at: date, months: int) -> None:
    frame = pl.DataFrame({"start": [date(2026, 5, 12)], "at": [at]})
    assert frame.select(measures.month_ends_passed("start", "at")).item() == months


def test_a_second_current_figure_for_the_same_day_is_impossible(db: Database) -> None:
    project(db, "P1", JAN)
    report(db, "P1", JAN, ON, physical_bp=1)
    with pytest.raises(Exception, match=r"(?i)unique"):
        report(db, "P1", LATER, ON, physical_bp=2)


def test_putting_a_report_for_an_unknown_project_is_refused(db: Database) -> None:
    from models.reports import Report

    with pytest.raises(Exception, match=r"(?i)foreign key"):
        put(db, Report, city="210100", project="?", as_of=ON, submission="s", row_no=1, recorded_at=JAN)
