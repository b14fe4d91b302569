"""Light rules as real places practise them: overlays of ``alerts/policy.toml``, each a TOML file beside this one.

An overlay names keys of rules, one a line, and says from where they are; the whole text that comes of it is an
ordinary policy. Refuses an overlay that names an unknown rule or a key that is no line of its own. To add one:
a file here, its name and texts in the catalogue.
"""

import re
import tomllib
from functools import cache
from pathlib import Path

from alerts.edges import PolicyError
from alerts.policy import CARRIED, read_policy
from models.words import mark

_FOLDER = Path(__file__).parent
_TABLES = re.compile(r"(?m)^\[rules\.([a-z0-9_]+)\][^\n]*\n")


@cache
def presets() -> dict[str, str]:
    """The whole text of every preset by its file's name, each a policy that reads without fault."""
    return {
        path.stem: overlaid(CARRIED, path.read_text(encoding="utf-8"))
        for path in sorted(_FOLDER.glob("*.toml"))
    }


def preset(name: str) -> str:
    """The whole text of one preset. Raises PolicyError for an unknown name."""
    found = presets()
    if name not in found:
        raise PolicyError(mark("no preset {name}; known are {names}"), name=name, names=", ".join(found))
    return found[name]


def overlaid(text: str, overlay: str) -> str:
    """A policy's text with the keys of an overlay in their places; comments stay. Raises PolicyError."""
    laid = _parsed(overlay)
    head, *tables = _split(text)
    known = {_TABLES.match(table).group(1) for table in tables}
    for rule in laid.get("rules", {}):
        if rule not in known:
            raise PolicyError(mark("unknown rule; known are {names}"), rule, names=", ".join(sorted(known)))
    lines = _lines(overlay)
    told = "".join(_with_lines(table, lines.get(_TABLES.match(table).group(1), {})) for table in tables)
    found = f"name = {_quoted(laid.get('name', ''))}\n{_without_name(head)}{told}"
    expected = _parsed(text)
    expected["name"] = laid.get("name", "")
    for rule, keys in laid.get("rules", {}).items():
        expected["rules"][rule] = expected["rules"][rule] | keys
    try:
        same = tomllib.loads(found) == expected
    except tomllib.TOMLDecodeError:
        same = False
    if not same:
        raise PolicyError(mark("every key of an overlay stands on a line of its own"))
    read_policy(found)
    return found


def _parsed(text: str) -> dict:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(mark("not TOML: {error}"), error=error) from None


def _split(text: str) -> list[str]:
    starts = [found.start() for found in _TABLES.finditer(text)]
    return [text[begin:end] for begin, end in zip([0, *starts], [*starts, len(text)], strict=True)]


def _lines(overlay: str) -> dict[str, dict[str, str]]:
    """Rule → key → its line."""
    found = {}
    for table in _split(overlay)[1:]:
        keys = re.findall(r"(?m)^([a-z_]+) *= *[^\n]*$", table)
        lines = re.findall(r"(?m)^[a-z_]+ *= *[^\n]*$", table)
        found[_TABLES.match(table).group(1)] = dict(zip(keys, lines, strict=True))
    return found


def _with_lines(table: str, lines: dict[str, str]) -> str:
    for key, line in lines.items():
        table, count = re.subn(rf"(?m)^{key} *=[^\n]*$", lambda _, line=line: line, table, count=1)
        if not count:
            first, rest = table.split("\n", 1)
            table = f"{first}\n{line}\n{rest}"
    return table


def _without_name(head: str) -> str:
    return re.sub(r"(?m)^name *=[^\n]*\n", "", head)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
