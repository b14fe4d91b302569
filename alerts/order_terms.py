"""The terms of dispatch orders, read from ``orders.toml``: working days, and where each number comes from.

To change a term, change the file; to add one, a field here, its table there, and its use in ``order_clock``.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from models.vocabulary import Tier
from models.words import mark

_CARRIED = Path(__file__).parent / "orders.toml"

#: The source of every carried term; other files may say better.
OURS = mark("Our default; no rule of the programme sets this term.")


class TermsError(ValueError):
    """A table of the terms is missing or makes no sense; the text names it."""


@dataclass(frozen=True)
class Terms:
    """Working days, but for ``relapse_days`` (calendar days). ``escalation``: level → working days late.

    ``sources``: table → where its number comes from, a catalogue key.
    """

    receipt: int
    answer: int
    rectification: int
    reminder: int
    escalation: Mapping[Tier, int]
    relapse_days: int
    sources: Mapping[str, str]


@lru_cache(maxsize=1)
def carried_terms() -> Terms:
    """The terms that this program carries."""
    return read_terms(_CARRIED.read_text(encoding="utf-8"))


def read_terms(text: str) -> Terms:
    """Terms from TOML. Raises TermsError on what is missing, negative, or does not rise with the level."""
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise TermsError(f"no TOML: {error}") from None
    sources: dict[str, str] = {}

    def number(name: str, table: Any, key: str = "workdays") -> int:
        value = table.get(key) if isinstance(table, dict) else None
        if type(value) is not int or value < 0 or not isinstance(table.get("source"), str):
            raise TermsError(f"{name}: expected {key} (a whole number from 0) and source")
        sources[name] = table["source"]
        return value

    steps = found.get("escalation", {})
    escalation = {
        tier: number(f"escalation.{tier}", steps.get(tier)) for tier in (Tier.PROVINCE, Tier.MINISTRY)
    }
    if not 1 <= escalation[Tier.PROVINCE] < escalation[Tier.MINISTRY]:
        raise TermsError(
            "escalation: the ministry comes after the province, the province after a day at least"
        )
    plain = {
        name: number(name, found.get(name)) for name in ("receipt", "answer", "rectification", "reminder")
    }
    relapse = number("relapse", found.get("relapse"), "days")
    return Terms(**plain, escalation=escalation, relapse_days=relapse, sources=sources)
