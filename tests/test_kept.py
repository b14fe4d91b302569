"""What is kept in a process: once for many, never longer than told, the oldest goes; and what rests on it."""

import threading
import time

import pytest

from models.kept import Kept


def test_it_is_made_once_and_then_kept() -> None:
    kept, made = Kept(2), []
    for _ in range(3):
        assert kept.get("a", lambda: made.append(1) or len(made)) == 1
    assert made == [1]


def test_the_least_recently_used_falls_out() -> None:
    kept = Kept(2)
    for key in "aba":
        kept.get(key, lambda key=key: key)
    kept.get("c", lambda: "c")
    assert kept.get("a", lambda: "new") == "a"
    assert kept.get("b", lambda: "new") == "new"


def test_nothing_is_kept_longer_than_told() -> None:
    kept = Kept(2, seconds=0.05)
    assert kept.get("a", lambda: 1) == kept.get("a", lambda: 2) == 1
    time.sleep(0.06)
    assert kept.get("a", lambda: 2) == 2


def test_many_who_ask_at_once_wait_for_one() -> None:
    kept, made, found = Kept(2), [], []

    def slow() -> int:
        time.sleep(0.05)
        made.append(1)
        return 7

    asking = [threading.Thread(target=lambda: found.append(kept.get("a", slow))) for _ in range(8)]
    for one in asking:
        one.start()
    for one in asking:
        one.join()
    assert found == [7] * 8 and made == [1]


def test_a_failure_is_not_kept() -> None:
    kept = Kept(2)

    def fails() -> int:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        kept.get("a", fails)
    assert kept.get("a", lambda: 3) == 3
