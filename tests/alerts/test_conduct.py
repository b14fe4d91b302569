"""How alerts behave beyond their edges: pending, clearing apart from raising, inhibition, held open when flapping."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from alerts.conduct import Conduct, Flap
from alerts.edges import Edge, PolicyError
from alerts.explain import explain, reason_text
from alerts.letters import Office
from alerts.lifecycle import ALERTS, EDGES, HELD, WAITING, Before, Settled, settle
from alerts.policy import CARRIED, read_policy, stored_policy
from alerts.watch import evaluate
from models.alerts import Alert, AlertEvent, AlertWaiting
from models.db import Database
from models.words import words
from tests.alerts.shapes import carried, limited, rows, steady
from tests.builders import project, report

ON = date(2026, 11, 23)
START = datetime(2026, 1, 5, 1, tzinfo=UTC)
LOOKS = {"city": pl.String, "project": pl.String, "rule": pl.String, "severity": pl.String}
LOOKS |= {"measured": pl.Float64, "known": pl.Boolean, "applies": pl.Boolean, "inputs": pl.String}


def looks(*seen: tuple[str, str, str | None, float | None]) -> pl.DataFrame:
    """Rows of (project, rule, severity, measured); a measured None is unknown."""
    told = [("C", p, rule, level, value, value is not None, True, "{}") for p, rule, level, value in seen]
    return pl.DataFrame(told, schema=LOOKS, orient="row")


def open_alerts(*seen: tuple[str, str, str], held: bool = False) -> pl.DataFrame:
    told = [
        ("C", f"a-{p}-{rule}", p, rule, level, 1, ON - timedelta(days=9), held) for p, rule, level in seen
    ]
    return pl.DataFrame(told, schema=ALERTS, orient="row")


def judged(seen: pl.DataFrame, conducts: dict[str, Conduct], *, on: date = ON, **before: Any) -> Settled:
    before.setdefault("alerts", open_alerts())
    return settle(seen, Before(**before), on=on, rules=conducts)


def steps(found: Settled) -> list[tuple[str, str]]:
    return [(row["rule"], row["transition"]) for row in found.moved.iter_rows(named=True)]


# --- pending ------------------------------------------------------------------------------------------------

PENDING = {"stalled": Conduct(pending=3)}


def test_an_alert_opens_only_after_its_judged_days() -> None:
    waiting, opened = pl.DataFrame(schema=WAITING), []
    for day in range(4):
        found = judged(
            looks(("P", "stalled", "red", 99)), PENDING, on=ON + timedelta(days=day), waiting=waiting
        )
        again = judged(
            looks(("P", "stalled", "red", 99)), PENDING, on=ON + timedelta(days=day), waiting=found.waiting
        )
        assert found.waiting.is_empty() or again.waiting.equals(found.waiting), (
            "a day judged again counts twice"
        )
        opened.append(steps(found))
        waiting = found.waiting if opened[-1] == [] else waiting
        if opened[-1]:
            assert found.over["rule"].to_list() == ["stalled"]
            break
    assert opened == [[], [], [("stalled", "opened")]]


@pytest.mark.parametrize(
    ("seen", "days_later", "count"),
    [
        (("P", "stalled", "red", 99.0), 1, 2),
        (("P", "stalled", "yellow", 70.0), 7, 2),
        (("P", "stalled", "red", 99.0), 8, 1),  # a gap: we did not look, so it has not been seen to last
        (("P", "stalled", None, None), 1, 1),  # unknown: the count stands
        (("P", "stalled", None, 5.0), 1, None),  # known to be silent: it ends
    ],
)
def test_what_happens_to_a_count(seen: tuple, days_later: int, count: int | None) -> None:
    first = judged(looks(("P", "stalled", "red", 99)), PENDING).waiting
    found = judged(looks(seen), PENDING, on=ON + timedelta(days=days_later), waiting=first)
    kept = first.join(found.over, on=["city", "project", "rule"], how="anti")
    kept = kept.join(found.waiting, on=["city", "project", "rule"], how="anti")
    assert pl.concat([kept, found.waiting])["days"].to_list() == ([] if count is None else [count])


# --- clearing apart from raising ------------------------------------------------------------------------------

LAG = {"lag": Conduct(clear_yellow=Edge("below", 8, True), clear_red=Edge("below", 28, True))}


@pytest.mark.parametrize(
    ("before", "severity", "measured", "step"),
    [
        ("yellow", None, 9.0, []),
        ("yellow", None, 8.0, [("lag", "resolved")]),
        ("red", "yellow", 29.0, []),
        ("red", "yellow", 28.0, [("lag", "eased")]),
        ("red", None, 9.0, [("lag", "eased")]),
        ("red", None, 8.0, [("lag", "resolved")]),
        ("yellow", "red", 31.0, [("lag", "worsened")]),
        ("red", None, None, []),
    ],
)
def test_an_alert_leaves_a_severity_only_beyond_its_clearing_limit(
    before: str, severity: str | None, measured: float | None, step: list
) -> None:
    found = judged(looks(("P", "lag", severity, measured)), LAG, alerts=open_alerts(("P", "lag", before)))
    assert steps(found) == step
    assert found.still.height == (not step and measured is not None)


def test_a_clearing_limit_opens_nothing() -> None:
    assert steps(judged(looks(("P", "lag", None, 9.0)), LAG)) == []


# --- inhibition ---------------------------------------------------------------------------------------------

SILENCED = {"stalled": Conduct(), "lag": Conduct(inhibited_by=("stalled", "city"))}


@pytest.mark.parametrize(
    ("stalled", "lag", "opened"),
    [
        ("red", "red", ["stalled"]),
        ("yellow", "red", ["lag", "stalled"]),  # a yellow never hides a red
        ("red", "yellow", ["stalled"]),
        (None, "yellow", ["lag"]),
    ],
)
def test_a_stalled_project_does_not_also_lag(stalled: str | None, lag: str, opened: list[str]) -> None:
    found = judged(looks(("P", "stalled", stalled, 1), ("P", "lag", lag, 1), ("Q", "lag", lag, 1)), SILENCED)
    assert sorted(rule for rule, _ in steps(found)) == sorted([*opened, "lag"])  # the lag of Q is its own
    inhibited = found.waiting.filter(pl.col("why") == "inhibited")
    assert inhibited.select("project", "by").rows() == ([] if "lag" in opened else [("P", "stalled")])


def test_an_inhibited_alert_opens_when_its_inhibitor_ends() -> None:
    before = dict(alerts=open_alerts(("P", "stalled", "red")))
    first = judged(looks(("P", "stalled", "red", 1), ("P", "lag", "red", 1)), SILENCED, **before)
    assert steps(first) == []
    unknown = looks(("P", "stalled", None, None), ("P", "lag", "red", 1))
    assert steps(judged(unknown, SILENCED, waiting=first.waiting, **before)) == []  # it still stands
    over = judged(
        looks(("P", "stalled", None, 1), ("P", "lag", "red", 1)), SILENCED, waiting=first.waiting, **before
    )
    assert steps(over) == [("lag", "opened"), ("stalled", "resolved")]


def test_an_open_alert_goes_on_under_an_inhibitor() -> None:
    alerts = open_alerts(("P", "lag", "yellow"))
    found = judged(looks(("P", "stalled", "red", 1), ("P", "lag", "red", 1)), SILENCED, alerts=alerts)
    assert steps(found) == [("lag", "worsened"), ("stalled", "opened")]


def test_an_alert_about_a_city_inhibits_its_projects() -> None:
    rules = SILENCED | {"city": Conduct()}
    found = judged(looks(("", "city", "yellow", 1), ("P", "lag", "yellow", 1)), rules)
    assert steps(found) == [("city", "opened")]
    assert found.waiting.select("project", "by").rows() == [("P", "city")]


def test_what_is_only_pending_inhibits_nothing() -> None:
    rules = SILENCED | {"stalled": Conduct(pending=2)}
    found = judged(looks(("P", "stalled", "red", 1), ("P", "lag", "red", 1)), rules)
    assert steps(found) == [("lag", "opened")]


# --- held open ----------------------------------------------------------------------------------------------

FLAP = {"lag": Conduct(flap=Flap(4, 14))}


def edges(*days_ago: int) -> pl.DataFrame:
    told = [("C", "P", "lag", ON - timedelta(days=days)) for days in days_ago]
    return pl.DataFrame(told, schema=EDGES, orient="row")


@pytest.mark.parametrize(
    ("days_ago", "held", "step"),
    [
        ((3, 2), False, ["resolved"]),
        ((3, 2, 1), False, ["held"]),  # the fourth change is not made
        ((3, 2, 1), True, []),
        ((14, 2, 1), True, ["resolved"]),  # the oldest has left the fortnight: it rests
        ((13, 2, 1), True, []),
    ],
)
def test_an_alert_that_flaps_is_held_open(days_ago: tuple[int, ...], held: bool, step: list[str]) -> None:
    alerts = open_alerts(("P", "lag", "yellow"), held=held)
    found = judged(looks(("P", "lag", None, 1.0)), FLAP, alerts=alerts, edges=edges(*days_ago))
    assert [kind for _, kind in steps(found)] == step
    if step == ["held"]:
        row = found.moved.row(0, named=True)
        assert (row["before"], row["after"]) == ("yellow", "yellow")
        assert json.loads(row["reason"])["key"] == HELD
        assert "4 times within 14 days" in reason_text(row["reason"], None, words("en"))


def test_a_case_that_no_longer_exists_is_never_held() -> None:
    gone = looks(("P", "lag", None, 1.0)).with_columns(applies=pl.lit(False))
    found = judged(gone, FLAP, alerts=open_alerts(("P", "lag", "red")), edges=edges(3, 2, 1))
    assert steps(found) == [("lag", "resolved")]


# --- in the policy, and stored ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"pending": "0"}, "stalled.pending: expected a whole number from 1"),
        ({"pending": "true"}, "stalled.pending: expected a whole number"),
        ({"clear": "{ green = 1 }"}, "stalled.clear: expected yellow, red"),
        ({"clear": "{ yellow = { above = 6, inclusive = true } }"}, "clear.yellow: expected like { below"),
        ({"clear": "{ yellow = { below = 61, inclusive = true } }"}, "must not lie beyond the edge"),
        ({"inhibited_by": '["sunny"]'}, "unknown rule sunny"),
        ({"inhibited_by": '["stalled"]'}, "stalled is itself inhibited"),
        ({"inhibited_by": '["lagging_progress"]'}, "is itself inhibited"),
        ({"flap": "{ changes = 1, days = 3 }"}, "flap.changes: expected a number from 2"),
        ({"flap": "{ changes = 3 }"}, "flap: expected like"),
        ({"grouped": "1"}, "grouped: expected true or false"),
    ],
)
def test_a_conduct_that_would_mislead_is_refused(changes: dict[str, str], complaint: str) -> None:
    with pytest.raises(PolicyError, match=complaint):
        carried(rule="stalled", **changes)


def test_the_conduct_is_told_beside_the_thresholds() -> None:
    policy = carried(rule="stalled", pending="2", clear="{ yellow = { below = 30, inclusive = true } }")
    told = explain(steady().row(0, named=True), "stalled", policy, words("en")).conduct
    assert "An alert opens after 2 judged days running" in told
    assert "An alert leaves Yellow: 30 days or less (the edge included)" in told
    assert "Said again after 3 working days" in told


def test_pending_and_inhibited_pairs_are_stored_and_replays_give_the_same_rows(
    db: Database, now: datetime
) -> None:
    project(db, "P1", START)
    for month in (7, 10):
        report(
            db,
            "P1",
            now - timedelta(days=9),
            date(2026, month, 31),
            physical_bp=3_000,
            submission=f"s{month}",
        )
    office = Office(policy=carried(rule="past_end", pending="2").text)
    for _ in range(2):
        evaluate(db, ON, now, now=now, office=office)
        assert [(row.rule, str(row.severity)) for row in rows(db, Alert)] == [("stalled", "red")]
        (waiting,) = rows(db, AlertWaiting)
        assert (waiting.rule, str(waiting.why), waiting.by, waiting.days) == (
            "lagging_progress",
            "inhibited",
            "stalled",
            1,
        )
    tuesday = now + timedelta(days=1)
    report(db, "P1", tuesday, date(2026, 11, 20), physical_bp=3_500)
    evaluate(db, ON + timedelta(days=1), tuesday, now=tuesday, office=office)
    assert rows(db, AlertWaiting) == []
    assert {row.rule for row in rows(db, Alert) if row.closed_at is None} == {"lagging_progress"}


def test_an_alert_held_open_says_so_once(db: Database, now: datetime) -> None:
    project(db, "P1", START)
    for day, bp in enumerate((2_000, 9_000, 2_100, 9_100, 2_200, 9_200)):
        on, at = ON + timedelta(days=day), now + timedelta(days=day)
        report(db, "P1", at, date(2026, 11, 1) + timedelta(days=day), physical_bp=bp)
        evaluate(db, on, at, now=at, office=Office(policy=limited("lagging_progress")))
    events = [str(row.transition) for row in rows(db, AlertEvent, "event_on", "seq")]
    assert events == ["opened", "resolved", "opened", "held"]
    (alert,) = [row for row in rows(db, Alert) if row.closed_at is None]
    with db.ro.connect() as connection:
        carried_rule = read_policy(CARRIED).rules["lagging_progress"]
        assert stored_policy(connection, alert.policy).rules["lagging_progress"] == carried_rule
