"""How alerts open, worsen, ease and end; that missing figures end nothing; that looking twice changes nothing."""

import json
from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.conduct import Conduct
from alerts.lifecycle import ALERTS, DROPPED, NO_LONGER, WATERMARKS, WITHIN, Before, settle

ON = date(2026, 11, 23)
LOOKS = {
    "city": pl.String,
    "project": pl.String,
    "rule": pl.String,
    "severity": pl.String,
    "measured": pl.Float64,
    "known": pl.Boolean,
    "applies": pl.Boolean,
    "inputs": pl.String,
}
RULES = {"stalled": Conduct(), "past_end": Conduct()}


def look(
    severity: str | None, *, known: bool = True, applies: bool = True, project: str = "P1"
) -> pl.DataFrame:
    row = ("C", project, "stalled", severity, 70.0 if known else None, known, applies, "{}")
    return pl.DataFrame([row], schema=LOOKS, orient="row")


def alert(severity: str, *, rule: str = "stalled", seq: int = 1) -> pl.DataFrame:
    row = ("C", "a1", "P1", rule, severity, seq, date(2026, 11, 1), False)
    return pl.DataFrame([row], schema=ALERTS, orient="row")


NO_ALERT = pl.DataFrame(schema=ALERTS)
NO_MARK = pl.DataFrame(schema=WATERMARKS)


def moved(looks: pl.DataFrame, alerts: pl.DataFrame, *, marks: pl.DataFrame = NO_MARK) -> pl.DataFrame:
    return settle(looks, Before(alerts, marks), on=ON, rules=RULES).moved


@pytest.mark.parametrize(
    ("before", "after", "transition"),
    [
        (None, None, None),
        (None, "yellow", "opened"),
        (None, "red", "opened"),
        ("yellow", "yellow", None),
        ("yellow", "red", "worsened"),
        ("red", "red", None),
        ("red", "yellow", "eased"),
        ("yellow", None, "resolved"),
        ("red", None, "resolved"),
    ],
)
def test_each_step_has_its_name(before: str | None, after: str | None, transition: str | None) -> None:
    found = moved(look(after), alert(before, seq=4) if before else NO_ALERT)
    assert found["transition"].to_list() == ([transition] if transition else [])
    if transition:
        row = found.row(0, named=True)
        assert (row["before"], row["after"], row["measured"]) == (before, after, 70.0)
        assert (row["seq"], row["alert"]) == ((5, "a1") if before else (1, None))
        assert row["opened_on"] == (date(2026, 11, 1) if before else ON)


@pytest.mark.parametrize("severity", ["yellow", "red"])
def test_missing_figures_resolve_nothing(severity: str) -> None:
    assert moved(look(None, known=False), alert(severity)).is_empty()


def test_a_project_that_is_not_looked_at_keeps_its_alert() -> None:
    assert moved(look(None, project="P2"), alert("red")).is_empty()


@pytest.mark.parametrize(
    ("looks", "rule", "key"),
    [
        (look(None), "stalled", WITHIN),
        (look(None, applies=False), "stalled", NO_LONGER),
        (pl.DataFrame(schema=LOOKS), "retired", DROPPED),
    ],
)
def test_an_end_says_why(looks: pl.DataFrame, rule: str, key: str) -> None:
    found = moved(looks, alert("red", rule=rule))
    assert found["transition"].to_list() == ["resolved"]
    assert json.loads(found["reason"].item())["key"] == key


@pytest.mark.parametrize(("judged_on", "moves"), [(-1, 1), (0, 1), (1, 0)])
def test_a_day_before_one_already_judged_moves_nothing(judged_on: int, moves: int) -> None:
    marks = pl.DataFrame([("C", "P1", ON + timedelta(days=judged_on))], schema=WATERMARKS, orient="row")
    assert moved(look("red"), NO_ALERT, marks=marks).height == moves


SEEN = st.sampled_from(["red", "yellow", "good", "gone", "missing"])


@settings(max_examples=60, deadline=None)
@given(st.lists(SEEN, max_size=12))
def test_any_history_keeps_one_alert_and_ends_it_only_on_good_news(history: list[str]) -> None:
    open_alerts, episodes = NO_ALERT, 0
    for seen in history:
        looks = look(
            seen if seen in ("red", "yellow") else None, known=seen != "missing", applies=seen != "gone"
        )
        found = moved(looks, open_alerts)
        assert found.height <= 1
        episodes, open_alerts, was_open = _apply(found, open_alerts, episodes)
        if found.height and found["transition"].item() == "resolved":
            assert was_open and seen in ("good", "gone")
        assert moved(looks, open_alerts).is_empty(), "looking twice changes something"
        if seen in ("red", "yellow"):
            assert open_alerts["severity"].to_list() == [seen]
        if seen in ("good", "gone"):
            assert open_alerts.is_empty()
        if seen == "missing":
            assert open_alerts.height == was_open


def _apply(found: pl.DataFrame, alerts: pl.DataFrame, episodes: int) -> tuple[int, pl.DataFrame, bool]:
    """The alerts as a database would hold them after the transition."""
    was_open = alerts.height == 1
    if found.is_empty():
        return episodes, alerts, was_open
    row = found.row(0, named=True)
    assert row["seq"] == (alerts["seq"].item() + 1 if was_open else 1)
    assert row["before"] == (alerts["severity"].item() if was_open else None)
    if row["transition"] == "resolved":
        return episodes, NO_ALERT, was_open
    episodes += row["transition"] == "opened"
    stored = (
        "C",
        row["alert"] or f"a{episodes}",
        "P1",
        "stalled",
        row["after"],
        row["seq"],
        row["opened_on"],
        False,
    )
    return episodes, pl.DataFrame([stored], schema=ALERTS, orient="row"), was_open
