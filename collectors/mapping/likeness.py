"""Which of our columns a header may mean, and how sure that is: words alike, hints, and what the cells hold.

Refuses to be sure of more than a header that a form knows itself. A hint for another word is one entry below.
"""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

from collectors import quick
from collectors.forms import Cell, Column, Form, header_key
from collectors.mapping.sample import Seen
from collectors.texts import folded

#: A match above this is written without a question, one below the second not at all.
SURE, POSSIBLE = 0.9, 0.5

#: Words in a header that speak for a column, in English and Chinese.
_HINTS = {
    "code": ("id", "identifier", "code", "key", "number", "编号", "代码", "编码"),
    "name": ("name", "title", "description", "名称"),
    "unit_name": ("agency", "unit", "school", "organisation", "organization", "department", "company", "单位", "企业"),
    "city": ("city", "district", "region", "state", "place", "地区", "城市", "市"),
    "planned_start": ("start", "begin", "beginning", "开工", "开始"),
    "planned_end": ("end", "finish", "completion", "竣工", "完工", "结束"),
    "total_investment": ("budget", "investment", "总额", "预算", "总投资", "投资额"),
    "physical_pct": ("progress", "percent", "进度", "完成率"),
    "invested": ("invested", "completed", "完成投资"),
    "spent": ("spent", "spending", "expenditure", "支出"),
    "paid": ("paid", "payment", "支付"),
    "stage": ("status", "stage", "phase", "状态", "阶段"),
    "as_of": ("asof", "month", "period", "截止", "截至", "月份", "统计"),
    "amount": ("amount", "sum", "金额"),
    "document_no": ("document", "文号"),
    "narrative": ("remarks", "comment", "情况", "说明"),
}  # fmt: skip

#: Words of a status, and the stage they usually mean; anything else is asked about.
STATUS_WORDS = {
    "complete": "completed",
    "completed": "completed",
    "finished": "completed",
    "完工": "completed",
}
STATUS_WORDS |= {
    "in-progress": "continuing",
    "inprogress": "continuing",
    "ongoing": "continuing",
    "施工": "continuing",
}
STATUS_WORDS |= {"underconstruction": "continuing", "notstarted": "not_started", "planned": "not_started"}

#: Kinds of cell that must look like days, or like numbers.
_DAYS = (Cell.DATE, Cell.MONTH)
_NUMBERS = (Cell.MONEY, Cell.PERCENT, Cell.COUNT, Cell.SCORE, Cell.YEAR)


@dataclass(frozen=True)
class Guess:
    """A column of a form and the column of the source that may be it; ``score`` up to 1."""

    column: Column
    seen: Seen
    score: float

    @property
    def is_sure(self) -> bool:
        return self.score >= SURE


def best_guesses(form: Form, columns: list[Seen]) -> list[Guess]:
    """For each of the form's columns the likeliest source column, each used once, in the form's order."""
    wanted = [column for column in form.columns if not column.shown_only]
    pairs = [Guess(column, seen, likeness(column, seen)) for column in wanted for seen in columns]
    chosen: dict[str, Guess] = {}
    used: set[str] = set()
    for guess in sorted(pairs, key=lambda g: -g.score):
        if guess.score >= POSSIBLE and guess.column.name not in chosen and guess.seen.header not in used:
            chosen[guess.column.name] = guess
            used.add(guess.seen.header)
    return [chosen[column.name] for column in wanted if column.name in chosen]


def likeness(column: Column, seen: Seen) -> float:
    """How likely a source column is this column of ours."""
    key = header_key(seen.header)[0]
    labels = (column.zh, column.en, column.name, *column.aliases)
    keys = [header_key(label)[0] for label in labels]
    if key in keys:
        return 1.0 * _by_cells(column, seen)
    alike = max(SequenceMatcher(None, key, own).ratio() for own in keys)
    score = max(alike * 0.85, _contained(seen.header, column.en), _hinted(column.name, seen.header))
    return score * _by_cells(column, seen)


def known_words(column: Column) -> dict[str, str]:
    """Folded words of a list and the code they mean: the form's own, and usual words of a status."""
    return (STATUS_WORDS if column.name == "stage" else {}) | quick.choices(column)


def understood(column: Column, seen: Seen) -> float:
    """The share of the cells whose word the list knows."""
    known = known_words(column)
    counts = seen.counted(seen.filled)
    return sum(n for word, n in counts if folded(word) in known) / max(sum(n for _, n in counts), 1)


def _tokens(text: str) -> set[str]:
    return set(re.findall(r"[a-z]+", text.lower()))


def _contained(header: str, label: str) -> float:
    """Every word of our English label stands in the header."""
    words = _tokens(label)
    return 0.85 if len(words) > 1 and words <= _tokens(header) else 0.0


def _hinted(name: str, header: str) -> float:
    words, key = _tokens(header), header_key(header)[0]
    return (
        0.6
        if any(hint in words or (not hint.isascii() and hint in key) for hint in _HINTS.get(name, ()))
        else 0.0
    )


def _by_cells(column: Column, seen: Seen) -> float:
    """Cells of another kind make a match unlikely."""
    if column.cell in _DAYS:
        return 1.0 if seen.kind == "date" else 0.5
    if column.cell in _NUMBERS:
        return 1.0 if seen.kind == "number" else 0.5
    if column.cell == Cell.CHOICE:
        return 1.0 + 0.3 * understood(column, seen) if seen.kind == "text" and seen.distinct <= 40 else 0.5
    if column.cell == Cell.CODE:
        return 1.0 if seen.distinct > len(seen.cells) * 0.5 else 0.7
    return 0.7 if seen.kind == "date" else 1.0
