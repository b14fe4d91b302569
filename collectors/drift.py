"""Whether a source's data still have the form they had last time: which fields there are and what they hold.

Pure. Only fields that the form uses count, and of those only what cannot be chance: a field that every record
had and none has now, or whose values are all of another kind. Refuses to repair: a changed form is for
people, who accept it by declaring the source again.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from collectors.failure import Failure, both
from collectors.json_table import Table
from models.words import mark

#: Field → its kinds, and whether every record had it. Kept as JSON beside a good run.
Shape = Mapping[str, Mapping[str, Any]]

_HELD = {
    "text": mark("texts"),
    "number": mark("numbers"),
    "flag": mark("yes and no"),
    "list": mark("lists"),
    "object": mark("objects"),
}


def shape_of(table: Table, used: Iterable[str]) -> dict[str, dict[str, Any]]:
    """The form of JSON records, as far as the form's columns use them."""
    return {
        name: {"kinds": sorted(table.kinds[name]), "everywhere": name in table.everywhere}
        for name in used
        if name in table.kinds
    }


def shape_of_header(header: Iterable[str]) -> dict[str, dict[str, Any]]:
    """The form of a table that holds text only."""
    return {name: {"kinds": [], "everywhere": True} for name in header}


def drifted(before: Shape, now: Shape) -> Failure | None:
    """What is different from last time in a way that no chance explains; None where nothing is."""
    missing = [name for name, was in before.items() if was["everywhere"] and name not in now]
    if missing:
        text = mark("the field {found} is missing; it was there last time")
        return Failure("H-SCHEMA", {"what": both(text, found=", ".join(missing))})
    for name, is_now in now.items():
        was, holds = before.get(name, {}).get("kinds", []), is_now["kinds"]
        if was and holds and not set(was) & set(holds):
            return Failure("H-SCHEMA", {"what": _another_kind(name, was, holds)})
    return None


def _another_kind(name: str, was: list[str], holds: list[str]) -> tuple[str, str]:
    (now_zh, now_en), (was_zh, was_en) = both(_HELD[holds[0]]), both(_HELD[was[0]])
    text = mark("the field {found} holds {now}; last time it held {before}")
    zh, _ = both(text, found=name, now=now_zh, before=was_zh)
    _, en = both(text, found=name, now=now_en, before=was_en)
    return zh, en
