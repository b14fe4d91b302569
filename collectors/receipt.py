"""What goes in at the door and what comes out: the delivery, and its receipt for people and programs."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

import polars as pl

from collectors.compare import CHANGES, Effect
from collectors.layout import PLAIN, Layout
from collectors.ledger import EMPTY
from collectors.mapping import Mapping
from collectors.problems import Problem, marks, problem_text
from models.access import Scope
from models.periods import Period
from models.vocabulary import Door
from models.words import Words, words


@dataclass(frozen=True)
class Delivery:
    """A file at a door. ``form`` None: the form whose header fits best.

    ``mapping``: the name of a declared one, or one that the command line has read from a file; ``as_of`` is
    for mappings. ``period``: the one that was chosen, if any; rows of another day are refused.

    ``reason``: why past figures are restated; ``comment``: what is said to the warnings; ``source``: the name
    of the declared source that it was pulled from. ``layout``: how the source's file differs from ours.
    ``refuses``: warnings that refuse it where more than a share of its rows has one, because nobody is there to
    confirm them. ``is_state``: it shows what holds now; an earlier delivery's bytes may be news again.
    """

    file_name: str
    content: bytes
    scope: Scope
    form: str | None = None
    mapping: Mapping | str | None = None
    as_of: date | None = None
    period: Period | None = None
    door: Door = Door.COMMAND
    reason: str | None = None
    comment: str | None = None
    source: str | None = None
    layout: Layout = PLAIN
    refuses: tuple[tuple[str, float], ...] = ()
    is_state: bool = False

    @property
    def called(self) -> str:
        """The form's or mapping's name; "" where the header decides."""
        return self.mapping.name if isinstance(self.mapping, Mapping) else self.mapping or self.form or ""


@dataclass(frozen=True)
class Receipt:
    """What a file did, or would do. ``new + changed + same + rejected == rows``.

    ``changes``: row_no, city, project, field, old, new (stored text, one row a changed cell).
    ``adjustments``: row_no, city, project, on, field, old, new, status (one row a plan figure).
    ``marks``: the problems row by row, at most 1,000. ``base`` names the state compared with. ``restated``:
    rows that correct a stored figure without saying why. ``effect``: what would be known after it. ``parts``:
    the receipts of a workbook's sheets, which the counts add up. ``kept_back``: numbers of rows with an error;
    ``draft`` is where they are kept.
    """

    submission: str | None
    form: str
    file_name: str
    encoding: str = ""
    rows: int = 0
    new: int = 0
    changed: int = 0
    same: int = 0
    warned: int = 0
    rejected: int = 0
    problems: tuple[Problem, ...] = ()
    changes: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=CHANGES))
    adjustments: pl.DataFrame = field(default_factory=lambda: EMPTY.made)
    marks: pl.DataFrame = field(default_factory=lambda: marks(()))
    sample: tuple[tuple[str, ...], ...] = ()
    base: str = ""
    committed: bool = False
    duplicate_of: tuple[str, str, datetime] | None = None
    cities: frozenset[str] = frozenset()
    refused: bool = False
    restated: int = 0
    effect: Effect = field(default_factory=Effect)
    parts: tuple["Receipt", ...] = ()
    draft: str | None = None
    sheet: str = ""
    kept_back: pl.Series = field(default_factory=lambda: pl.Series("row_no", [], pl.Int64))

    @property
    def ok(self) -> bool:
        """Was it, or would it be, taken?"""
        return not self.refused

    @property
    def adjustment_count(self) -> int:
        return self.adjustments.select("city", "project", "row_no", "on").n_unique()


def together(parts: Sequence[Receipt], file_name: str) -> Receipt:
    """The receipt of a workbook with several forms: its counts are the sums of its sheets'."""
    counts = ("rows", "new", "changed", "same", "warned", "rejected", "restated")
    summed = {name: sum(getattr(part, name) for part in parts) for name in counts}
    committed = [part for part in parts if part.committed]
    duplicates = [part.duplicate_of for part in parts if part.duplicate_of]
    effects = [part.effect for part in parts]
    return Receipt(
        committed[0].submission if committed else None,
        "workbook",
        file_name,
        parts[0].encoding,
        **summed,
        problems=tuple(problem for part in parts for problem in part.problems),
        changes=pl.concat([part.changes for part in parts]),
        adjustments=pl.concat([part.adjustments for part in parts]),
        committed=bool(committed),
        duplicate_of=duplicates[0] if len(duplicates) == len(parts) else None,
        cities=frozenset().union(*(part.cities for part in parts)),
        refused=any(part.refused for part in parts),
        effect=Effect(
            tuple(pair for effect in effects for pair in effect.inserts),
            tuple(pair for effect in effects for pair in effect.supersede),
        ),
        parts=tuple(parts),
    )


def undone(receipt: Receipt) -> Receipt:
    """The receipt of what was rolled back: the same answer, but nothing is stored."""
    parts = tuple(replace(part, submission=None, committed=False, draft=None) for part in receipt.parts)
    return replace(receipt, submission=None, committed=False, draft=None, parts=parts)


def clean_name(name: str) -> str:
    """A file's name as a label: its last part, without control characters, at most 100 characters."""
    last = re.split(r"[/\\]", name)[-1]
    return re.sub(r"[\x00-\x1f\x7f\u200b-\u200f\u2028-\u202e\u2066-\u2069:]", "", last)[:100] or "file"


def summary(receipt: Receipt) -> dict[str, Any]:
    """The receipt for programs (``import --json``)."""
    zh, en = words("zh_CN"), words("en")
    counts = ("submission", "rows", "new", "changed", "same", "warned", "rejected")
    told = {name: getattr(receipt, name) for name in counts} | {
        "problems": [_problem(problem, zh, en) for problem in receipt.problems],
    }
    if receipt.draft:
        told["draft"] = receipt.draft
    if receipt.parts:
        told["parts"] = [{"form": part.form} | summary(part) for part in receipt.parts]
    return told


def _problem(problem: Problem, zh: Words, en: Words) -> dict[str, Any]:
    message_zh, hint_zh = problem_text(problem, zh)
    message_en, hint_en = problem_text(problem, en)
    expected = problem.values.get("expected")
    return {
        "code": problem.code,
        "level": str(problem.level),
        "row": problem.row,
        "column": problem.column,
        "found": problem.found,
        "expected": expected if isinstance(expected, int | str | None) else list(expected),
        "message_zh": message_zh,
        "message_en": message_en,
        "hint_zh": hint_zh,
        "hint_en": hint_en,
        "count": problem.count,
        "difference_fen": problem.money or None,
        "rows": list(problem.first_rows),
    }
