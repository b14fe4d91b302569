"""A judged day: lights, alerts and messages in one transaction, the same again when asked again."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa

from alerts.explain import explain_stored, reason_text
from alerts.letters import Office
from alerts.policy import stored_policy
from alerts.states import total_frame
from alerts.watch import Evaluation, evaluate, refresh, state_frame
from models.alerts import Alert, AlertEvent, Message
from models.db import Database, fetch, open_database
from models.state import DayState, DayTotal, Judgement, LightStep
from models.vocabulary import Severity, Transition
from models.words import words
from tests.alerts.shapes import carried, person, rows
from tests.builders import CITY, WAN, plan, project, put, report

MONDAY = date(2026, 11, 23)
OTHER = "210200"  # Dalian, of the same province
START = datetime(2026, 1, 5, 1, tzinfo=UTC)
OCTOBER = date(2026, 10, 31)


@pytest.fixture
def lagging(db: Database, now: datetime) -> Database:
    """``_lagging`` on both engines."""
    return _lagging(db, now)


@pytest.fixture
def lagging_here(sqlite_db: Database, now: datetime) -> Database:
    """``_lagging`` on SQLite only, for what no engine can change."""
    return _lagging(sqlite_db, now)


def _lagging(db: Database, now: datetime) -> Database:
    """P1 far behind (red), P2 on its plan, P3 in another city never reported; a reader at every desk."""
    for code, city in (("P1", CITY), ("P2", CITY), ("P3", OTHER)):
        project(db, code, START, city=city, industry="36" if code == "P1" else None)
    report(db, "P1", now - timedelta(days=9), OCTOBER, physical_bp=3_000, stage="continuing", spent=0)
    report(db, "P2", now - timedelta(days=9), OCTOBER, physical_bp=8_400, stage="continuing")
    person(db, "city@example.cn", "city", CITY, now)
    person(db, "province@example.cn", "province", "210000", now, language="en")
    person(db, "ministry@example.cn", "ministry", "000000", now)
    return db


def at(on: date, now: datetime) -> datetime:
    return now + (on - MONDAY)


def judged(db: Database, on: date, now: datetime, **office: Any) -> Evaluation:
    instant = at(on, now)
    return evaluate(db, on, instant, now=instant, office=Office(**office))


def steps(db: Database) -> list[tuple[str, str]]:
    found = rows(db, AlertEvent, "event_on", "alert", "seq")
    return [(str(row.transition), str(row.after) if row.after else "") for row in found]


def test_a_lagging_project_becomes_a_light_an_alert_and_three_mails(lagging: Database, now: datetime) -> None:
    found = judged(lagging, MONDAY, now)
    assert (found.projects, found.opened, found.messages) == (3, 2, 3)
    assert found.lights == {"red": 1, "yellow": 0, "stale": 0, "missing": 1, "green": 1}
    alerts = {row.rule: row for row in rows(lagging, Alert, "rule")}
    assert {rule: str(row.severity) for rule, row in alerts.items()} == {
        "lagging_progress": "red",
        "late_report": "red",
    }
    assert alerts["lagging_progress"].opened_on == MONDAY
    judgement = rows(lagging, Judgement)[0]
    assert (judgement.projects, judgement.opened, judgement.policy) == (3, 2, 1)


def test_judging_again_opens_nothing_and_sends_nothing(lagging: Database, now: datetime) -> None:
    first = judged(lagging, MONDAY, now)
    again = judged(lagging, MONDAY, now)
    assert (again.opened, again.worsened, again.eased, again.resolved, again.messages) == (0, 0, 0, 0, 0)
    assert again.lights == first.lights
    assert len(rows(lagging, DayState)) == 3


def test_an_alert_lives_from_its_opening_to_its_end(lagging: Database, now: datetime) -> None:
    project(lagging, "P4", START)
    for day, bp in ((0, 7_000), (1, 3_000), (2, 7_000), (3, 8_500)):
        on = MONDAY + timedelta(days=day)
        as_of = OCTOBER + timedelta(days=day)
        report(lagging, "P4", at(on, now), as_of, physical_bp=bp, stage="continuing")
        judged(lagging, on, now)
    lag = ("P4", "lagging_progress")  # its figures fall as well, which is another alert
    alert = next(row for row in rows(lagging, Alert) if (row.project, row.rule) == lag)
    events = [row for row in rows(lagging, AlertEvent, "seq") if row.alert == alert.id]
    assert [(str(row.transition), str(row.before), str(row.after)) for row in events] == [
        ("opened", "None", "yellow"),
        ("worsened", "yellow", "red"),
        ("eased", "red", "yellow"),
        ("resolved", "yellow", "None"),
    ]
    assert [row.seq for row in events] == [1, 2, 3, 4]
    assert (alert.opened_on, alert.closed_on) == (MONDAY, MONDAY + timedelta(days=3))
    assert alert.closed_at == at(alert.closed_on, now)


def test_an_alert_that_returns_is_a_new_episode(lagging_here: Database, now: datetime) -> None:
    for day, bp in ((0, 2_000), (1, 9_000), (2, 3_000)):
        on = MONDAY + timedelta(days=day)
        report(
            lagging_here,
            "P1",
            at(on, now),
            OCTOBER + timedelta(days=day + 1),
            physical_bp=bp,
            stage="continuing",
        )
        judged(lagging_here, on, now)
    episodes = [row for row in rows(lagging_here, Alert, "opened_on") if row.rule == "lagging_progress"]
    assert [(row.opened_on.day, row.closed_on and row.closed_on.day) for row in episodes] == [
        (23, 24),
        (25, None),
    ]


def test_a_figure_that_goes_missing_keeps_the_alert_open(lagging_here: Database, now: datetime) -> None:
    judged(lagging_here, MONDAY, now)
    tuesday = MONDAY + timedelta(days=1)
    report(lagging_here, "P1", at(tuesday, now), OCTOBER + timedelta(days=1), stage="continuing")
    assert judged(lagging_here, tuesday, now).resolved == 0
    open_rules = [
        row.rule for row in rows(lagging_here, Alert) if row.closed_at is None and row.project == "P1"
    ]
    assert open_rules == ["lagging_progress"]


def test_a_finished_project_resolves_its_alert_and_the_reason_says_so(
    lagging_here: Database, now: datetime
) -> None:
    judged(lagging_here, MONDAY, now)
    tuesday = MONDAY + timedelta(days=1)
    report(
        lagging_here,
        "P1",
        at(tuesday, now),
        OCTOBER + timedelta(days=1),
        physical_bp=10_000,
        stage="completed",
    )
    assert judged(lagging_here, tuesday, now).resolved == 1
    ended = next(row for row in rows(lagging_here, AlertEvent) if row.transition == Transition.RESOLVED)
    with lagging_here.ro.connect() as connection:
        limits = stored_policy(connection, ended.policy).rules["lagging_progress"]
    assert reason_text(ended.reason, limits, words("en")).startswith("The case no longer exists")


def test_an_earlier_day_gets_its_lights_and_moves_no_alert(lagging_here: Database, now: datetime) -> None:
    judged(lagging_here, MONDAY, now)
    friday = MONDAY - timedelta(days=3)
    found = judged(lagging_here, friday, now)
    assert (found.opened, found.resolved, found.messages) == (0, 0, 0)
    assert found.lights["red"] == 1
    assert {row.state_on for row in rows(lagging_here, DayState)} == {friday, MONDAY}


def test_the_same_day_as_known_earlier_moves_no_alert(lagging_here: Database, now: datetime) -> None:
    judged(lagging_here, MONDAY, now)
    before_the_reports = now - timedelta(days=10)
    found = evaluate(lagging_here, MONDAY, before_the_reports, now=now)
    assert (found.opened, found.resolved) == (0, 0)


def test_a_retired_rule_ends_its_alerts_and_says_why(lagging: Database, now: datetime) -> None:
    judged(lagging, MONDAY, now)
    text = carried(rule="stalled", min_reports="3").text
    without = "\n".join(part for part in _tables(text) if "[rules.late_report]" not in part)
    found = judged(lagging, MONDAY, now, policy=without)
    assert (found.resolved, found.policy) == (1, 2)
    reasons = [json.loads(row.reason)["key"] for row in rows(lagging, AlertEvent, "event_at", "seq")]
    assert any("no longer part of the policy" in reason for reason in reasons)


def _tables(text: str) -> list[str]:
    head, *tables = text.split("[rules.")
    return [head, *("[rules." + table for table in tables)]


def test_an_explanation_is_kept_as_it_stood(lagging_here: Database, now: datetime) -> None:
    judged(lagging_here, MONDAY, now)
    alert = next(row for row in rows(lagging_here, Alert) if row.rule == "lagging_progress")
    with lagging_here.ro.connect() as connection:
        policy = stored_policy(connection, alert.policy)
    found = explain_stored(alert.explanation, alert.rule, policy, words("en"))
    assert found.severity == Severity.RED
    assert found.arithmetic == "planned 83.29% − reported 30% = 53.29 points"
    reported = next(shown for shown in found.inputs if shown.name == "physical_bp")
    assert (reported.as_of, reported.row_no) == (OCTOBER, 2)


@pytest.mark.parametrize(
    ("days_before", "compared"),
    [
        (3, True),
        (4, True),
        (2, False),
    ],  # Friday, Thursday as Friday was not judged; Saturday is no working day
)
def test_change_is_against_the_last_working_day_judged(
    lagging_here: Database, now: datetime, days_before: int, compared: bool
) -> None:
    judged(lagging_here, MONDAY - timedelta(days=days_before), now)
    report(lagging_here, "P2", now, OCTOBER + timedelta(days=1), physical_bp=3_000, stage="continuing")
    judged(lagging_here, MONDAY, now)
    state = next(row for row in rows(lagging_here, DayState) if (row.project, row.state_on) == ("P2", MONDAY))
    assert (str(state.change), state.light_before) == (("worse", "green") if compared else ("new", None))


def test_state_and_totals_can_be_dropped_and_rebuilt(lagging: Database, now: datetime) -> None:
    plan(lagging, "P2", now - timedelta(days=1), version=2, planned_end=date(2027, 5, 31), approved_on=MONDAY)
    days, cache = [MONDAY - timedelta(days=3), MONDAY], (DayState, DayTotal, LightStep)
    for on in days:
        judged(lagging, on, now)
    kept = [_table(lagging, table) for table in cache]
    assert not any(frame.is_empty() for frame in kept)
    with lagging.rw.begin() as connection:
        for table in cache:
            connection.execute(sa.delete(table.__table__))
    for on in days:
        assert judged(lagging, on, now).messages == 0
    assert [_table(lagging, table).equals(old) for table, old in zip(cache, kept, strict=True)] == [True] * 3


def _table(db: Database, table: type) -> pl.DataFrame:
    frame = fetch(db, sa.select(*table.__table__.c))
    return frame.sort(frame.columns[: len(table.__table__.primary_key) + 2])


def test_totals_add_up_to_the_states(lagging_here: Database, now: datetime) -> None:
    judged(lagging_here, MONDAY, now)
    totals, states = _table(lagging_here, DayTotal), _table(lagging_here, DayState)
    assert totals["projects"].sum() == 3
    assert totals["measured"].sum() == 2  # P3 never reported
    assert totals["physical_bp"].sum() == 3_000 + 8_400
    assert totals["planned_bp"].sum() == pytest.approx(
        states.filter(pl.col("project") != "P3")["planned_bp"].sum()
    )
    assert totals["total_investment"].sum() == 3_000 * WAN
    assert (totals["spent"].sum(), totals["oldest_as_of"].min()) == (0, OCTOBER)
    assert set(totals["industry"]) == {"36", ""}
    assert total_frame(states.clear()).is_empty()


def test_a_refresh_brings_one_city_up_to_date_and_moves_no_alert(lagging: Database, now: datetime) -> None:
    judged(lagging, MONDAY, now)
    later = now + timedelta(hours=1)
    report(lagging, "P1", later, OCTOBER + timedelta(days=1), physical_bp=9_000, stage="continuing", spent=0)
    assert refresh(lagging, MONDAY, later, now=later, cities=frozenset({CITY})) == 2
    assert {row.project: str(row.light) for row in rows(lagging, DayState)} == {
        "P1": "green",
        "P2": "green",
        "P3": "missing",
    }
    assert [row.moved_alerts for row in rows(lagging, Judgement, "known_at")] == [True, False]
    assert {row.transition for row in rows(lagging, AlertEvent)} == {Transition.OPENED}


def test_an_older_look_at_a_day_never_replaces_a_better_known_one(lagging: Database, now: datetime) -> None:
    judged(lagging, MONDAY, now)
    newest = rows(lagging, DayState, "project")
    before_any_report = now - timedelta(days=20)
    evaluate(lagging, MONDAY, before_any_report, now=now + timedelta(minutes=1))
    assert rows(lagging, DayState, "project") == newest
    assert refresh(lagging, MONDAY, before_any_report, now=now, cities=frozenset({CITY})) == 0
    assert rows(lagging, DayState, "project") == newest


def test_an_open_alert_carries_the_newest_figures_without_an_event(lagging: Database, now: datetime) -> None:
    judged(lagging, MONDAY, now)
    (alert,) = (row for row in rows(lagging, Alert) if row.rule == "lagging_progress")
    later = now + timedelta(hours=1)
    report(lagging, "P1", later, OCTOBER + timedelta(days=15), physical_bp=3_100, stage="continuing", spent=0)
    evaluate(lagging, MONDAY, later, now=later)
    (again,) = (row for row in rows(lagging, Alert) if row.rule == "lagging_progress")
    assert again.id == alert.id and again.measured != alert.measured and "2026-11-15" in again.explanation
    assert [step for step, _ in steps(lagging)] == ["opened"] * len(steps(lagging))


def test_an_unstored_day_has_the_same_rows(lagging_here: Database, now: datetime) -> None:
    fresh = state_frame(lagging_here, MONDAY, now)
    judged(lagging_here, MONDAY, now)
    stored = _table(lagging_here, DayState)
    unnamed = stored.with_columns(policy=pl.lit(None, pl.Int64))  # the policy was in no database yet
    assert fresh.select(stored.columns).sort(stored.columns[:5]).equals(unnamed)
    again = state_frame(lagging_here, MONDAY, now)
    assert again["policy"].to_list() == stored["policy"].to_list() == [1, 1, 1]


def test_nothing_to_judge_is_a_judgement_too(db: Database, now: datetime) -> None:
    found = judged(db, MONDAY, now)
    assert (found.projects, found.messages, sum(found.lights.values())) == (0, 0, 0)
    assert len(rows(db, Judgement)) == 1


def test_two_open_alerts_of_one_rule_cannot_be(lagging: Database, now: datetime) -> None:
    judged(lagging, MONDAY, now)
    row = next(row for row in rows(lagging, Alert) if row.rule == "late_report")
    with pytest.raises(sa.exc.IntegrityError):
        put(lagging, Alert, **(row._asdict() | {"id": "another"}))


def test_two_evaluations_at_once_open_and_tell_once(lagging: Database, db_url: str, now: datetime) -> None:
    def one_of_two(_: int) -> Evaluation:
        return judged(open_database(db_url, pooled=False), MONDAY, now)

    with ThreadPoolExecutor(2) as both:
        found = list(both.map(one_of_two, range(2)))
    assert sorted((each.opened, each.messages) for each in found) == [(0, 0), (2, 3)]
    assert len(rows(lagging, Alert)) == 2


_CHILD = """
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from alerts.watch import evaluate
from models.db import open_database
now = datetime.fromisoformat(sys.argv[2])
evaluate(open_database(sys.argv[1]), date(2026, 11, 23), now, now=now)
"""


@pytest.mark.parametrize("point", ["after_alerts", "before_commit"])
def test_a_killed_evaluation_leaves_nothing_and_the_next_one_everything(
    lagging: Database, db_url: str, now: datetime, point: str
) -> None:
    root = Path(__file__).resolve().parents[2]
    environment = os.environ | {"FAILPOINTS": f"{point}:kill:1", "PYTHONPATH": str(root)}
    child = subprocess.run([sys.executable, "-c", _CHILD, db_url, now.isoformat()], env=environment, cwd=root)
    assert child.returncode == -9
    assert [len(rows(lagging, table)) for table in (Alert, AlertEvent, Message, DayState)] == [0, 0, 0, 0]
    assert judged(lagging, MONDAY, now).messages == 3
