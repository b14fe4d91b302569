"""Where the members of a line stand in its drawing: layers from left to right, suppliers, chain-owner, customers.

Pure: rows of ``models/links.py`` in, columns and slots out. Survives what is reported wrongly: a delivery in a
circle, to nobody or to somebody unknown; such members are drawn by their tier and named in ``adrift``.
Refuses colours and words. A column holds at most MOST places; the rest, those with most slack, are folded.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

#: Places in one column.
MOST = 12

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Node:
    """A place in the drawing. ``column`` 0 is the chain-owner's, below it are suppliers, above it customers.

    ``slot`` counts from the top, from 0. ``folded`` holds the members that stand here together, else none.
    """

    key: str
    column: int
    slot: int
    folded: tuple[str, ...] = ()


@dataclass(frozen=True)
class Edge:
    """A delivery between two nodes. ``exposed``: the one that delivers waits for a chain-owner that lags."""

    source: str
    target: str
    exposed: bool


@dataclass(frozen=True)
class Drawing:
    """All of it: ``columns`` of every member, folded or not, and who is ``adrift`` (see ``columns``)."""

    columns: Mapping[str, int]
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    adrift: frozenset[str]


def columns(rows: Sequence[Row]) -> tuple[dict[str, int], frozenset[str]]:
    """Each member's column, and those whose deliveries lead to no chain-owner."""
    delivers = {row["member"]: row["upstream_of"] for row in rows}
    tiers = {row["member"]: row["tier"] for row in rows}
    placed = {member: 0 for member, tier in tiers.items() if tier == 0}
    for owner in tuple(placed):
        _downstream(owner, delivers, placed)
    adrift: set[str] = set()
    for member in delivers:
        trail = []
        while member in delivers and member not in placed and member not in trail:
            trail.append(member)
            member = delivers[member]
        if member not in placed:  # a dead end, or a circle
            circle = trail[trail.index(member) :] if member in trail else trail[-1:]
            trail = trail[: len(trail) - len(circle)]
            adrift.update(circle)
            placed |= {one: -max(tiers[one], 1) for one in circle}
        for one in reversed(trail):
            placed[one] = placed[delivers[one]] - 1
    return placed, frozenset(adrift)


def _downstream(owner: str, delivers: Mapping[str, str | None], placed: dict[str, int]) -> None:
    """Whom the chain-owner delivers to, whom that one delivers to, and so on."""
    column, member = 1, delivers[owner]
    while member in delivers and member not in placed:
        placed[member] = column
        column, member = column + 1, delivers[member]


def layout(rows: Sequence[Row], *, most: int = MOST) -> Drawing:
    """The drawing of a line's members, which may be none; ``rows``: of ``links``, each member once."""
    placed, adrift = columns(rows)
    layers: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        layers[placed[row["member"]]].append(row)
    stands: dict[str, str] = {}
    kept: dict[int, list[tuple[str, tuple[str, ...]]]] = {}
    for column, layer in layers.items():
        shown, folded = _folded(layer, most)
        kept[column] = [(row["member"], ()) for row in shown]
        stands |= {row["member"]: row["member"] for row in shown}
        if folded:
            key = f"folded {column}"
            kept[column].append((key, tuple(row["member"] for row in folded)))
            stands |= {row["member"]: key for row in folded}
    nodes = _slotted(kept, {row["member"]: stands.get(row["upstream_of"]) for row in rows})
    return Drawing(placed, tuple(nodes), tuple(_edges(rows, stands)), adrift)


def _folded(layer: list[Row], most: int) -> tuple[list[Row], list[Row]]:
    """Those that get a place of their own, in their order, and the rest; the chain-owner always gets one."""
    if len(layer) <= most:
        return layer, []
    worst = sorted(layer, key=_urgency)
    own = {row["member"] for row in worst[: most - 1]}
    return [r for r in layer if r["member"] in own], [r for r in layer if r["member"] not in own]


def _urgency(row: Row) -> tuple[bool, float, float]:
    slack, lag = row["slack_days"], row["lag"]
    return (row["tier"] != 0, float("inf") if slack is None else slack, -(lag or 0))


def _slotted(
    kept: Mapping[int, list[tuple[str, tuple[str, ...]]]], customers: Mapping[str, str | None]
) -> list[Node]:
    """Slots from the chain-owner outwards, each beside the one it delivers to; columns stand centred."""
    tallest = max(map(len, kept.values()), default=0)
    slots: dict[str, int] = {}
    nodes = []
    for column in sorted(kept, key=lambda column: (abs(column), column)):
        beside = [slots.get(customers.get(key) or "", tallest) for key, _ in kept[column]]
        order = sorted(range(len(beside)), key=lambda at: (bool(kept[column][at][1]), beside[at], at))
        for slot, at in enumerate(order, start=(tallest - len(order)) // 2):
            key, folded = kept[column][at]
            slots[key] = slot
            nodes.append(Node(key, column, slot, folded))
    return nodes


def _edges(rows: Sequence[Row], stands: Mapping[str, str]) -> list[Edge]:
    found: dict[tuple[str, str], bool] = {}
    for row in rows:
        source, target = stands[row["member"]], stands.get(row["upstream_of"])
        if target is not None and target != source:
            both = (source, target)
            found[both] = found.get(both, False) or row["exposed_by"] is not None
    return [Edge(source, target, exposed) for (source, target), exposed in found.items()]
