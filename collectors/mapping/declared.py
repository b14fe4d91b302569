"""The shape of a mapping's TOML: every key there is, its kind and what holds where it is left out.

``docs/mapping.toml`` explains each key with an example; a test holds the two together. What the keys must say
together is in ``collectors/mapping/meaning.py``. To add a key, add it here, there, and in that file.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict

#: Units of amounts, and how many decimals of each are a hundredth of the currency.
AMOUNTS = {"yuan": 2, "thousand": 5, "10k": 6, "million": 8, "100m": 10}

Unit = Literal["yuan", "thousand", "10k", "million", "100m", "percent", "fraction"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class FieldTold(_Part):
    """How one column of a form comes out of the source's columns."""

    column: str = ""
    columns: list[str] = []
    join: str = " "
    key: list[str] = []
    readable: list[str] = []
    fallback: str = ""
    may_be_absent: bool = False
    required: bool | None = None
    max_length: int | None = None
    strip_prefix: str = ""
    strip_suffix: str = ""
    skip_words: list[str] = []
    values: dict[str, str] = {}
    others: Literal["read", "blank"] = "read"
    dates: list[str] = []
    unit: Unit | None = None
    factor: str = ""

    @property
    def sources(self) -> list[str]:
        """The source's columns, as written in the TOML."""
        return [c for c in (self.column, *self.columns, *self.key, *self.readable, self.fallback) if c]


class ProgrammeTold(_Part):
    """A programme of the source's own."""

    code: str
    name_zh: str
    name_en: str
    currency: str = "CNY"
    report_every_months: int = 1
    report_due_days: int = 3
    source: str = ""


class PlacesTold(_Part):
    """Places of the source's own: a province-level place, and below it a table or a numbered row of them."""

    province: list[str]
    prefix: str
    width: int = 0
    separator: str = ""
    names: dict[str, list[str]] = {}
    numbered: list[str] = []


class MappingTold(_Part):
    """The whole file."""

    name: str
    version: str
    forms: list[str]
    encodings: list[str] = ["utf-8", "gb18030"]
    bad_rows: Literal["refuse", "set_aside"] = "refuse"
    plan_changes: Literal["pending", "in_force"] = "pending"
    ground_note: str = ""
    total_investment_moves_percent: int = 0
    cumulative: list[str] | None = None
    earliest_year: int = 2000
    as_of_name: str = ""
    as_of_day: str = ""
    skip_words: list[str] = []
    dates: list[str] = []
    amounts: Literal["yuan", "thousand", "10k", "million", "100m"] = "10k"
    percentages: Literal["percent", "fraction"] = "percent"
    programme: ProgrammeTold | None = None
    places: PlacesTold | None = None
    constants: dict[str, str] = {}
    fields: dict[str, FieldTold]
