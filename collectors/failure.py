"""What went wrong with a source, as a value: a code, what its sentence needs, and whether to try again.

Values are kept as JSON beside a run and told later, in the reader's language. Refuses to carry a secret or
a whole address: only what ``collectors/source_catalogue.py`` has places for. A new code goes there.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from collectors.catalogue import level
from collectors.problems import Problem, problem_text
from models.words import LANGUAGES, Words, words

#: What stands beside a message's own values in a kept run.
_ABOUT = ("row", "column", "count")


@dataclass(frozen=True)
class Failure:
    """``retryable``: the same request may do better soon; ``after_s``: how long the source asked to wait."""

    code: str
    values: Mapping[str, Any] = field(default_factory=dict)
    retryable: bool = False
    after_s: float | None = None


def both(text: str, /, **values: object) -> tuple[str, str]:
    """A marked text with its values, in Chinese and English, to be picked when it is told."""
    zh, en = (words(language)(text, **values) for language in LANGUAGES)
    return zh, en


def kept(values: Mapping[str, Any]) -> str:
    """Values as JSON. A pair of languages is kept as one, so that it is not taken for a list."""
    return json.dumps({name: _kept(value) for name, value in values.items()}, ensure_ascii=False, default=str)


def _kept(value: Any) -> Any:
    if isinstance(value, tuple) and len(value) == 2:
        return {"zh": value[0], "en": value[1]}
    return [_kept(part) for part in value] if isinstance(value, list) else value


def _again(value: Any) -> Any:
    if isinstance(value, dict) and value.keys() == {"zh", "en"}:
        return value["zh"], value["en"]
    return [_again(part) for part in value] if isinstance(value, list) else value


def of_problem(problem: Problem) -> Failure:
    """What is wrong with a delivery, as the failure of its run."""
    about = {name: getattr(problem, name) for name in _ABOUT}
    return Failure(problem.code, {**problem.values, **about, "found": problem.found})


def told(code: str, values: Mapping[str, Any] | str, words: Words) -> tuple[str, str]:
    """A failure as a sentence and its remedy ("" where nothing is to be done). ``values``: as kept, or JSON."""
    given = json.loads(values) if isinstance(values, str) else values
    plain = {name: _again(value) for name, value in given.items()}
    about = {name: plain.pop(name, None) for name in _ABOUT}
    found = plain.pop("found", None)
    found = words.pick(*found) if isinstance(found, tuple) else found
    problem = Problem(code, level(code), about["row"], about["column"], found, plain, about["count"] or 1)
    return problem_text(problem, words)


def notes_of(values: str, words: Words) -> list[tuple[str, str, str]]:
    """What a kept run says beside its outcome: code, sentence and remedy of each note."""
    notes = json.loads(values).get("notes", [])
    return [(note["code"], *told(note["code"], note["values"], words)) for note in notes]
