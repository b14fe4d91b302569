"""Who is told what and when: sections, what counts as told, silences, flapping, saying again."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from alerts.routing import EVENTS, TOLD, Post, Recipient, route
from models.vocabulary import Role

TODAY = date(2026, 11, 23)  # a Monday
NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
SHENYANG, DALIAN, XIAMEN = "210100", "210200", "350200"
PROVINCES = {"210100": "210000", "210200": "210000", "350200": "350000"}
COORDINATOR = Recipient("c@example.cn", Role.CITY, SHENYANG, "zh_CN")
NOTHING_TOLD = pl.DataFrame(schema=TOLD)


def history(alert: str, *steps: str, city: str = SHENYANG, **changes: Any) -> list[dict]:
    """Events "opened:red", "worsened:red", … of one alert; ``+resolved`` closes it."""
    found, before = [], None
    for seq, step in enumerate(steps, 1):
        kind, _, after = step.partition(":")
        row = dict(city=city, province=PROVINCES[city], project=alert, rule="stalled", alert=alert, seq=seq)
        row |= dict(
            transition=kind,
            before=before,
            after=after or None,
            event_at=NOW,
            total_investment=1,
            repeat_days=3,
        )
        found.append(row)
        before = after or before
    closed = found[-1]["transition"] == "resolved"
    acked = [row["seq"] for row in found if row["transition"] == "acknowledged"]
    worse = max(row["seq"] for row in found if row["transition"] in ("opened", "worsened"))
    state = dict(
        closed=closed, acknowledged=bool(acked) and max(acked) > worse, silenced=False, severity=before
    )
    return [row | state | changes for row in found]


def frame(*histories: list[dict]) -> pl.DataFrame:
    return pl.DataFrame([row for one in histories for row in one], schema=EVENTS)


def told(*rows: tuple[str, int, int], to: Recipient = COORDINATOR) -> pl.DataFrame:
    """(alert, newest event told, days ago)."""
    found = [(to.email, alert, seq, TODAY - timedelta(days=days)) for alert, seq, days in rows]
    return pl.DataFrame(found, schema=TOLD, orient="row")


def posts(
    events: pl.DataFrame, known: pl.DataFrame = NOTHING_TOLD, to: Recipient = COORDINATOR
) -> list[Post]:
    return route(events, known, [to], today=TODAY)


def lines(*args: Any, **kwargs: Any) -> list[tuple[str, str]]:
    return [
        (row["section"], row["alert"]) for post in posts(*args, **kwargs) for row in post.lines.to_dicts()
    ]


MANY = frame(
    history("resolved-yellow", "opened:yellow", "resolved"),
    history("resolved-red", "opened:red", "resolved"),
    history("eased", "opened:red", "eased:yellow"),
    history("new-yellow", "opened:yellow"),
    history("new-red", "opened:red", city=DALIAN),
    history("worse", "opened:yellow", "worsened:red", city=DALIAN),
    history("elsewhere", "opened:red", city=XIAMEN),
)
OLD = ("resolved-yellow", "resolved-red", "eased", "worse")


@pytest.mark.parametrize(
    ("role", "place", "expected"),
    [
        (Role.CITY, SHENYANG, ["new-yellow", "eased", "resolved-red", "resolved-yellow"]),
        (Role.CITY, DALIAN, ["new-red", "worse"]),
        (
            Role.PROVINCE,
            "210000",
            ["new-red", "new-yellow", "worse", "eased", "resolved-red", "resolved-yellow"],
        ),
        (Role.MINISTRY, "000000", ["new-red", "elsewhere", "worse", "resolved-red"]),
        (Role.ADMINISTRATOR, "000000", []),
        (Role.CITY, "310104", []),
    ],
)
def test_everybody_is_told_what_concerns_them_worst_first(
    role: Role, place: str, expected: list[str]
) -> None:
    person = Recipient("a@example.cn", role, place, "zh_CN")
    known = told(*((alert, 1, 0) for alert in OLD), to=person)
    assert sorted(alert for _, alert in lines(MANY, known, person)) == sorted(expected)
    assert [alert for _, alert in lines(MANY, known, person)] == expected


@pytest.mark.parametrize(
    ("steps", "told_seq", "section"),
    [
        (["opened:yellow"], 0, "new"),
        (["opened:yellow", "worsened:red"], 0, "new"),
        (["opened:yellow", "worsened:red"], 1, "worsened"),
        (["opened:red", "eased:yellow"], 1, "eased"),
        (["opened:red", "eased:yellow", "worsened:red"], 1, None),  # in the end nothing has changed
        (["opened:red", "resolved"], 1, "resolved"),
        (["opened:red", "resolved"], 0, None),  # it came and went unsaid
        (["opened:red", "resolved"], 2, None),
        (["opened:red", "acknowledged:red"], 0, "acknowledged"),  # somebody answers: no longer new
        (["opened:red", "acknowledged:red"], 1, "acknowledged"),
        (["opened:red", "acknowledged:red"], 2, None),
        (["opened:yellow", "acknowledged:yellow", "worsened:red"], 2, "worsened"),
        (["opened:yellow", "acknowledged:yellow", "worsened:red"], 0, "new"),
        (["opened:red", "held:red"], 1, "held"),
        (
            ["opened:red", "held:red", "eased:yellow", "worsened:red"],
            2,
            None,
        ),  # it flaps: nothing more is said
        (["opened:red", "held:red", "eased:yellow", "resolved"], 2, "resolved"),
    ],
)
def test_a_history_is_folded_to_what_is_new_to_somebody(
    steps: list, told_seq: int, section: str | None
) -> None:
    known = told(("a", told_seq, 0)) if told_seq else NOTHING_TOLD
    assert [name for name, _ in lines(frame(history("a", *steps)), known)] == ([section] if section else [])


@pytest.mark.parametrize(
    ("steps", "told_seq", "urgent"),
    [
        (["opened:red"], 0, True),
        (["opened:yellow"], 0, False),
        (["opened:yellow", "worsened:red"], 1, True),
        (["opened:red", "eased:yellow"], 1, False),
        (["opened:red", "acknowledged:red"], 0, False),
    ],
)
def test_what_becomes_red_is_urgent(steps: list[str], told_seq: int, urgent: bool) -> None:
    known = told(("a", told_seq, 0)) if told_seq else NOTHING_TOLD
    (post,) = posts(frame(history("a", *steps)), known)
    assert post.lines["urgent"].to_list() == [urgent]


def test_what_was_before_an_account_counts_as_told() -> None:
    events = frame(history("a", "opened:red", event_at=NOW - timedelta(days=1)), history("b", "opened:red"))
    newcomer = Recipient("n@example.cn", Role.CITY, SHENYANG, "zh_CN", NOW)
    assert lines(events, to=newcomer) == [("new", "b")]
    ended = history("a", "opened:red", "resolved", event_at=NOW - timedelta(days=1))
    ended[1]["event_at"] = NOW
    assert lines(frame(ended), to=newcomer) == [("resolved", "a")]


def test_a_silence_says_nothing_and_when_it_ends_the_alert_is_new() -> None:
    silent = frame(
        history("a", "opened:yellow", "worsened:red", silenced=True), history("b", "opened:yellow")
    )
    (post,) = posts(silent)
    assert (post.lines["alert"].to_list(), post.silenced) == (["b"], 1)
    assert lines(frame(history("a", "opened:yellow", "worsened:red"))) == [("new", "a")]
    assert lines(frame(history("a", "opened:yellow", "resolved"))) == []  # a whole life under silence


@pytest.mark.parametrize(
    ("days_ago", "changes", "again"),
    [
        (5, {}, True),  # Wednesday: three working days
        (4, {}, False),  # Thursday: two
        (3, {}, False),
        (9, {"acknowledged": True}, False),
        (9, {"silenced": True}, False),
        (9, {"repeat_days": None}, False),
    ],
)
def test_an_open_alert_is_said_again_after_its_working_days(
    days_ago: int, changes: dict, again: bool
) -> None:
    events = frame(history("a", "opened:yellow", **changes))
    assert lines(events, told(("a", 1, days_ago))) == ([("again", "a")] if again else [])


def test_saying_again_counts_from_the_last_mail_and_stops_with_the_alert() -> None:
    events = frame(history("a", "opened:red", "eased:yellow"))
    assert lines(events, told(("a", 1, 9))) == [("eased", "a")]
    assert lines(events, told(("a", 2, 9))) == [("again", "a")]
    assert lines(frame(history("a", "opened:red", "resolved")), told(("a", 2, 9))) == []
    assert lines(frame(history("a", "opened:red", "held:red")), told(("a", 2, 9))) == []
