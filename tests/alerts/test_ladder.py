"""The consequence ladder: who enters a measure, what it needs, and that nothing of it is ever lost."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from alerts import ladder as acts
from alerts.evidence import Upload
from alerts.ladder import Content, Entry, enter, may_change, withdraw
from models.access import Scope
from models.db import Database
from models.ladder import MeasureEntry
from models.queries import ladder
from models.records import Evaluation
from models.vocabulary import EntryKind, Measure
from tests.alerts.order_shapes import (
    CITY_DESK,
    EVERYBODY,
    ID,
    MINISTRY,
    OTHER_CITY,
    OTHER_PROVINCE,
    PROVINCE,
    desks,
    issued,
)
from tests.alerts.shapes import rows
from tests.builders import CITY, put

PDF = Upload("决定.pdf", b"%PDF-1.7 decision")


@pytest.fixture
def staffed(db: Database, now: datetime) -> Database:
    return _evaluated(db, now)


@pytest.fixture
def staffed_here(sqlite_db: Database, now: datetime) -> Database:
    return _evaluated(sqlite_db, now)


def _evaluated(db: Database, now: datetime) -> Database:
    desks(db)
    issued(db, now)
    row = dict(city=CITY, record_key=f"2025\x1f{CITY}", submission="s0", row_no=2, recorded_at=now)
    put(db, Evaluation, **row, year=2025, score=5_550)
    return db


def content(**changes: Any) -> Content:
    values = dict(measure=Measure.SUSPENSION, document_no="工信〔2026〕9号", decided_on=date(2026, 11, 20))
    return Content(**(values | dict(note="targets missed") | changes))


def entry(at: datetime, by: Scope = PROVINCE, seen: int = 0, **changes: Any) -> Entry:
    return Entry(by, CITY, content(**changes), at, [PDF] if seen == 0 else [], seen, "m1")


def test_a_measure_with_all_it_rests_on(staffed: Database, now: datetime) -> None:
    told = dict(measure=Measure.DEDUCTION_OR_RECOVERY, amount=1_200_500_000, year=2025, orders=(ID,))
    assert enter(staffed, entry(now, **told)) is None
    (measure,) = ladder.measures(staffed, CITY_DESK, CITY)
    assert (measure.now.amount, measure.now.year) == (1_200_500_000, 2025)
    assert measure.now.orders == ((ID, "2026-210100-001"),)
    (file,) = measure.now.files
    assert ladder.document(staffed, CITY_DESK, CITY, "m1", file.id)[1] == PDF.content
    for outside in (OTHER_CITY, OTHER_PROVINCE):
        assert ladder.measures(staffed, outside, CITY) == []
        assert ladder.document(staffed, outside, CITY, "m1", file.id) is None
        assert ladder.evaluations(staffed, outside, CITY) == []
    assert ladder.document(staffed, CITY_DESK, CITY, "m1", "other") is None
    assert [one.score for one in ladder.evaluations(staffed, CITY_DESK, CITY)] == [5_550]


@pytest.mark.parametrize("by", EVERYBODY, ids=lambda by: by.email)
def test_who_enters_corrects_and_withdraws(staffed_here: Database, now: datetime, by: Scope) -> None:
    may = by.email in ("p@example.cn", "m@example.cn", "a@example.cn")
    made = entry(now, by)
    assert (enter(staffed_here, made) is None) == may
    assert len(rows(staffed_here, MeasureEntry)) == may
    if not may:
        assert enter(staffed_here, entry(now)) is None
        (measure,) = ladder.measures(staffed_here, MINISTRY, CITY)
        assert not may_change(by, measure)
        assert enter(staffed_here, entry(now, by, 1)) == acts.NOT_YOURS
        assert withdraw(staffed_here, by, CITY, "m1", seen=1, note="x", at=now) == acts.NOT_YOURS


def test_what_the_ministry_entered_the_province_does_not_change(
    staffed_here: Database, now: datetime
) -> None:
    enter(staffed_here, entry(now, MINISTRY))
    assert enter(staffed_here, entry(now, PROVINCE, 1)) == acts.NOT_YOURS
    assert withdraw(staffed_here, PROVINCE, CITY, "m1", seen=1, note="x", at=now) == acts.NOT_YOURS
    assert enter(staffed_here, entry(now, MINISTRY, 1)) is None


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"document_no": " "}, acts.NO_DOCUMENT),
        ({"decided_on": None}, acts.NO_DATE),
        ({"decided_on": date(2026, 11, 24)}, acts.NO_DATE),
        ({"decided_on": date(2026, 11, 23)}, None),
        ({"amount": 1}, acts.NO_MONEY),
        ({"measure": Measure.DEDUCTION_OR_RECOVERY}, acts.NO_AMOUNT),
        ({"measure": Measure.DEDUCTION_OR_RECOVERY, "amount": 0}, acts.NO_AMOUNT),
        ({"measure": Measure.DEDUCTION_OR_RECOVERY, "amount": 1}, None),
        ({"note": " "}, acts.NO_WHY),
        ({"year": 2024}, acts.NO_EVALUATION),
        ({"year": 2025}, None),
        ({"orders": ("other",)}, acts.NO_ORDER),
    ],
)
def test_what_a_measure_needs(
    staffed_here: Database, now: datetime, changes: dict[str, Any], refusal: str | None
) -> None:
    assert enter(staffed_here, entry(now, **changes)) == refusal
    assert len(rows(staffed_here, MeasureEntry)) == (refusal is None)


def test_corrections_and_withdrawal_are_entries_and_nothing_is_deleted(
    staffed: Database, now: datetime
) -> None:
    hour = timedelta(hours=1)
    assert enter(staffed, entry(now)) is None
    assert enter(staffed, entry(now)) is None  # the same form twice
    assert (
        enter(staffed, entry(now + hour, seen=1, document_no="工信〔2026〕10号", note="number mistyped"))
        is None
    )
    assert enter(staffed, entry(now + hour, seen=1, note="again")) == acts.CHANGED
    assert withdraw(staffed, PROVINCE, CITY, "m1", seen=2, note=" ", at=now) == acts.NO_WHY
    assert withdraw(staffed, PROVINCE, CITY, "m1", seen=2, note="annulled", at=now + 2 * hour) is None
    assert withdraw(staffed, PROVINCE, CITY, "m1", seen=3, note="again", at=now) == acts.GONE
    assert enter(staffed, entry(now, seen=3)) == acts.GONE
    (measure,) = ladder.measures(staffed, MINISTRY, CITY)
    assert [one.kind for one in measure.entries] == list(EntryKind)
    assert [one.document_no[-3:] for one in measure.entries] == ["〕9号", "10号", "10号"]
    assert len(measure.entries[0].files) == 1 and measure.withdrawn


def test_a_measure_that_is_not_there_is_not_corrected(staffed_here: Database, now: datetime) -> None:
    assert enter(staffed_here, entry(now, seen=1)) == acts.NOT_YOURS
    assert withdraw(staffed_here, MINISTRY, CITY, "nobody", seen=1, note="x", at=now) == acts.NOT_YOURS
