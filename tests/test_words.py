"""Every text that a person sees is in the catalogue, in both languages, with the same places to fill in.

Finds ``mark("…")``, ``t("…")``, ``words("…")``, ``visit.words("…")`` and ``self("…")`` in ``models/words.py``
by reading the code. A text handed on in a variable must have been marked where it was written.
"""

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("models", "collectors", "alerts", "dashboard", "operation")
CALLED = {"t", "mark", "words", "_"}


def _sources() -> Iterator[Path]:
    for package in PACKAGES:
        yield from (ROOT / package).rglob("*.py")
    yield ROOT / "manage.py"


def _is_words(function: ast.expr, path: Path) -> bool:
    if isinstance(function, ast.Name):
        return function.id in CALLED or (function.id == "self" and path.name == "words.py")
    return isinstance(function, ast.Attribute) and function.attr in ("words", "t")


def _texts(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and node.args and _is_words(node.func, path):
            for found in _constants(node.args[0]):
                yield found, node.lineno


def _constants(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    if isinstance(node, ast.IfExp):
        yield from _constants(node.body)
        yield from _constants(node.orelse)


def _said() -> dict[str, str]:
    """Every text of the code, and where it stands first."""
    found: dict[str, str] = {}
    for path in _sources():
        for text, line in _texts(path):
            found.setdefault(text, f"{path.relative_to(ROOT)}:{line}")
    return {text: place for text, place in found.items() if _has_words(text) and text not in NOT_TEXT}


def _has_words(text: str) -> bool:
    """A text of places and signs alone, such as "{n}%", reads the same in every language."""
    return any(part.strip("÷×+−%()/,.: ") for part, *_ in string.Formatter().parse(text))


#: Arguments that are a language's code, not a text.
NOT_TEXT = {"zh_CN", "en"}


def _catalogue() -> dict[str, str]:
    found: dict[str, str] = {}
    for path in sorted((ROOT / "models" / "locales" / "zh_CN").glob("*.po")):
        with path.open("rb") as file:
            found |= {m.id: m.string for m in read_po(file) if m.id and m.string and not m.fuzzy}
    return found


def _places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_every_text_is_translated() -> None:
    catalogue = _catalogue()
    missing = [f"{place}: {text}" for text, place in _said().items() if text not in catalogue]
    assert not missing, "\n".join(sorted(missing))


def test_translations_fill_in_the_same_places() -> None:
    wrong = [text for text, zh in _catalogue().items() if _places(text) != _places(zh)]
    assert not wrong


def test_a_text_means_one_thing_in_every_catalogue() -> None:
    meant: dict[str, dict[str, str]] = {}
    for path in sorted((ROOT / "models" / "locales" / "zh_CN").glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file):
                if message.id:
                    meant.setdefault(message.id, {})[path.name] = message.string
    differing = {text: where for text, where in meant.items() if len(set(where.values())) > 1}
    assert not differing


@pytest.mark.parametrize("path", sorted((ROOT / "models" / "locales").rglob("*.po")), ids=lambda p: p.name)
def test_a_catalogue_holds_no_text_twice(path: Path) -> None:
    ids = [line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith('msgid "')]
    ids = [line for line in ids if line != 'msgid ""']
    assert len(ids) == len(set(ids))
