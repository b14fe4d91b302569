"""Which days a bulletin is about, when it goes out, and where its lines end: tables of input and answer."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.bulletin.breaking import lines_of
from alerts.bulletin.rhythm import day_before, goes_out, issue, known_before, newest_day
from models.vocabulary import Rhythm

D, W, M = Rhythm.DAILY, Rhythm.WEEKLY, Rhythm.MONTHLY


@pytest.mark.parametrize(
    ("rhythm", "on", "before"),
    [
        (D, date(2026, 11, 24), date(2026, 11, 23)),
        (D, date(2026, 11, 23), date(2026, 11, 20)),  # over a weekend
        (D, date(2026, 10, 8), date(2026, 9, 30)),  # over the national holiday
        (W, date(2026, 11, 22), date(2026, 11, 15)),  # a Sunday: the week that ends
        (W, date(2026, 11, 23), date(2026, 11, 22)),  # a Monday: the week that began
        (M, date(2026, 10, 31), date(2026, 9, 30)),
        (M, date(2026, 1, 1), date(2025, 12, 31)),
    ],
)
def test_what_a_bulletin_is_compared_with(rhythm: Rhythm, on: date, before: date) -> None:
    assert day_before(rhythm, on) == before


def test_the_one_before_knew_as_long_after_its_day() -> None:
    known = datetime(2026, 11, 6, 1, 30, tzinfo=UTC)
    assert known_before(date(2026, 10, 31), date(2026, 9, 30), known) == datetime(
        2026, 10, 6, 1, 30, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("rhythm", "on", "number"),
    [
        (D, date(2026, 1, 1), (2026, 1)),
        (D, date(2026, 11, 24), (2026, 328)),
        (W, date(2027, 1, 3), (2026, 53)),  # the ISO week belongs to the year of its Thursday
        (M, date(2026, 10, 31), (2026, 10)),
    ],
)
def test_its_number_follows_from_its_day(rhythm: Rhythm, on: date, number: tuple[int, int]) -> None:
    assert issue(rhythm, on) == number


def test_the_newest_bulletins_on_a_tuesday() -> None:
    tuesday = date(2026, 11, 24)
    assert [newest_day(rhythm, tuesday) for rhythm in (D, W, M)] == [
        tuesday,
        date(2026, 11, 22),
        date(2026, 10, 31),
    ]


@pytest.mark.parametrize(
    ("rhythm", "today", "out"),
    [
        (D, date(2026, 11, 24), True),
        (D, date(2026, 11, 22), False),  # a Sunday
        (D, date(2026, 10, 10), True),  # a Saturday made up for
        (W, date(2026, 11, 23), True),
        (M, date(2026, 11, 3), False),  # the window's last day
        (M, date(2026, 11, 4), True),
    ],
)
def test_when_a_bulletin_goes_out(rhythm: Rhythm, today: date, out: bool) -> None:
    assert goes_out(rhythm, today, closed_on=date(2026, 11, 3), wait_workdays=1) == out


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("形象进度，计划", 4, ["形象进", "度，计划"]),  # never a comma first
        ("改造（二期）", 3, ["改造", "（二", "期）"]),  # never an opening bracket last
        ("spent 12.5%", 6, ["spent", "12.5%"]),
        ("abcdefgh", 3, ["abc", "def", "gh"]),
        ("", 3, [""]),
    ],
)
def test_where_lines_end(text: str, width: int, lines: list[str]) -> None:
    assert lines_of(text, width, len) == lines


@given(st.text(alphabet="进度计划，。（）12.%a b", max_size=60), st.integers(3, 12))
def test_lines_lose_no_letter_and_keep_to_the_width(text: str, width: int) -> None:
    lines = lines_of(text, width, len)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(len(line) <= width for line in lines)
