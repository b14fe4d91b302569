"""Every text of this room is in the Chinese catalogue, with the same places to fill in."""

import ast
import re
import tomllib
from pathlib import Path
from string import Formatter

import pytest

from alerts.policy import CARRIED
from models.words import words

ROOM = Path(__file__).resolve().parents[2] / "alerts"


def _texts() -> set[str]:
    found: set[str] = set()
    for path in ROOM.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            is_text = isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("t", "mark")
            if is_text and node.args and isinstance(node.args[0], ast.Constant):
                found.add(node.args[0].value)
    for path in ROOM.rglob("*.j2"):
        found |= set(re.findall(r'\bt\("([^"]+)"', path.read_text(encoding="utf-8")))
    for rule in tomllib.loads(CARRIED)["rules"].values():
        found |= {rule[name] for name in ("title", "source", "action")}
    return found


@pytest.mark.parametrize("text", sorted(_texts()))
def test_every_text_has_chinese(text: str) -> None:
    chinese = words("zh_CN")(text)
    assert chinese != text or re.fullmatch(r"[\W\d{}n%]*", text), f"not in zh_CN/alerts.po: {text!r}"
    assert _places(chinese) == _places(text)


def _places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}
