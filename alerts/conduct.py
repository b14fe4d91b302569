"""How the alerts of a rule behave beyond its edges: the optional keys of a rule's table. Pure.

A rule without any of them opens at the first look, clears at the edge where it was raised, and is told once.
To add a key: a field here, its reading below, what it does in ``lifecycle`` or ``digest``, its words in
``explain``.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from alerts.edges import Edge, expect, is_number, read_edge
from models.words import mark

#: Optional keys of a rule's table.
KEYS = frozenset({"pending", "clear", "inhibited_by", "repeat_days", "rearm_days", "flap", "grouped"})


@dataclass(frozen=True)
class Flap:
    """An alert that would open or end for the ``changes``-th time within ``days`` days is held open instead."""

    changes: int
    days: int


@dataclass(frozen=True)
class Conduct:
    """``pending``: judged days running on which the rule must speak before its alert opens.

    ``clear_yellow`` and ``clear_red``: what must be passed to leave that severity again. ``inhibited_by``:
    rules whose alert, at least as severe, keeps this one from opening. ``repeat_days``: working days after
    which an open alert is said again. ``rearm_days``: working days after which an acknowledgement ends.
    ``grouped``: the alerts of a city are one line of a mail.
    """

    pending: int = 1
    clear_yellow: Edge | None = None
    clear_red: Edge | None = None
    inhibited_by: tuple[str, ...] = ()
    repeat_days: int | None = None
    rearm_days: int | None = None
    flap: Flap | None = None
    grouped: bool = False


def read_conduct(rule: str, table: Mapping[str, Any], yellow: Edge | None, red: Edge | None) -> Conduct:
    """The optional keys of a rule's table. Raises PolicyError."""
    clear = table.get("clear", {})
    known = isinstance(clear, dict) and set(clear) <= {"yellow", "red"}
    expect(known, f"{rule}.clear", mark("expected yellow, red or both"))
    inhibitors = table.get("inhibited_by", [])
    named = isinstance(inhibitors, list) and all(isinstance(name, str) for name in inhibitors)
    expect(named, f"{rule}.inhibited_by", mark("expected a list of rules"))
    grouped = table.get("grouped", False)
    expect(isinstance(grouped, bool), f"{rule}.grouped", mark("expected true or false"))
    return Conduct(
        pending=_count(rule, "pending", table.get("pending", 1)),
        clear_yellow=_clear(f"{rule}.clear.yellow", clear.get("yellow"), yellow),
        clear_red=_clear(f"{rule}.clear.red", clear.get("red"), red),
        inhibited_by=tuple(inhibitors),
        repeat_days=_count(rule, "repeat_days", table.get("repeat_days")),
        rearm_days=_count(rule, "rearm_days", table.get("rearm_days")),
        flap=_flap(rule, table.get("flap")),
        grouped=grouped,
    )


def check_inhibition(conducts: Mapping[str, Conduct], known: Collection[str]) -> None:
    """Who inhibits is no further inhibited: then every judgement can decide in one pass. Raises PolicyError."""
    for rule, conduct in conducts.items():
        for name in set(conduct.inhibited_by) - set(known):
            expect(False, f"{rule}.inhibited_by", mark("unknown rule {name}"), name=name)
    for rule, conduct in conducts.items():
        for name in conduct.inhibited_by:
            where = f"{rule}.inhibited_by"
            chained = name == rule or (name in conducts and conducts[name].inhibited_by)
            expect(not chained, where, mark("{name} is itself inhibited"), name=name)


def _clear(where: str, table: Any, raised: Edge | None) -> Edge | None:
    if table is None:
        return None
    expect(raised is not None, where, mark("there is no edge of that severity to clear"))
    found = read_edge(where, table, "below" if raised.side == "above" else "above")
    beyond = found.value <= raised.value if raised.side == "above" else found.value >= raised.value
    expect(beyond, where, mark("must not lie beyond the edge that raises"))
    return found


def _flap(rule: str, table: Any) -> Flap | None:
    if table is None:
        return None
    shaped = isinstance(table, dict) and set(table) == {"changes", "days"}
    sample = "{ changes = 4, days = 14 }"
    expect(shaped, f"{rule}.flap", mark("expected like {sample}"), sample=sample)
    changes, days = (_count(f"{rule}.flap", name, table[name]) for name in ("changes", "days"))
    expect(changes >= 2, f"{rule}.flap.changes", mark("expected a number from 2"))
    return Flap(changes, days)


def _count(where: str, name: str, value: Any) -> int | None:
    if value is None:
        return None
    whole = is_number(value) and isinstance(value, int) and value >= 1
    expect(whole, f"{where}.{name}", mark("expected a whole number from 1"))
    return value
