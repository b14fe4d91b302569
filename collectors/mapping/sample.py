"""A file nobody has described yet, looked at as a whole: its header, and what each column seems to hold.

Refuses to decide anything for good: what is found here goes into a draft that a person reads.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from collectors.forms import Column, Form
from collectors.mapping import dates
from collectors.read import Limits, Sheet, read

ENCODINGS = ("utf-8", "gb18030", "latin-1")

#: Forms of dates that are tried, the unmistakable ones first.
DATES = ("yyyy-mm-dd", "yyyy/m/d", "yyyy.m.d", "yyyy年m月d日", "yyyymmdd", "d/m/yyyy", "m/d/yyyy", "d.m.yyyy")
DATES += ("d-mon-yyyy", "mon d, yyyy", "d/m/yy", "m/d/yy", "yyyy-mm last", "yyyy年m月 last", "yyyymm last")

#: Pairs that mean another day by the same cell where no cell has a day above the 12th.
AMBIGUOUS = (("d/m/yyyy", "m/d/yyyy"), ("d/m/yy", "m/d/yy"))

#: At least this share of the cells with digits in them makes a column one of days or of numbers.
MOST = 0.95

#: At most this many different words without digits among days or numbers are skip words.
FEW = 40

_NUMBER = r"^-?[0-9]{1,3}(?:[, ]?[0-9]{3})*(?:\.[0-9]+)?%?$|^-?[0-9]+(?:\.[0-9]+)?%?$"


def one_line(text: str) -> str:
    """A text that may stand in a comment: no line ends, no control characters."""
    return " ".join(re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", "", text).split())


class _Any(dict):
    """Every text that is no figure is a header."""

    def get(self, key: str, default: object = None) -> object:
        return key if key and not key.lstrip("-").replace(".", "").replace("/", "").isdigit() else default

    def __missing__(self, key: str) -> Column:
        return Column(key, key, key)


class _AnyForm(Form):
    """A form that knows every header: the row that has most of them is the header row."""

    @property
    def lookup(self) -> dict[str, str]:
        return _Any()

    @property
    def by_name(self) -> dict[str, Column]:
        return _Any()


def read_sample(
    content: bytes, file_name: str, limits: Limits, encodings: Sequence[str] = ENCODINGS
) -> Sheet:
    """The file as text under whatever header it has. Raises Refused."""
    return read(content, file_name, limits, (_AnyForm("sample", "1", "", "", (), ()),), tuple(encodings))


@dataclass(frozen=True)
class Seen:
    """One column of a sample: its header and its cells, stripped."""

    header: str
    cells: pl.Series

    @cached_property
    def filled(self) -> pl.Series:
        return self.cells.filter(self.cells != "")

    @cached_property
    def valued(self) -> pl.Series:
        """Cells with a digit in them: where a column has days or numbers, these are they."""
        return self.filled.filter(self.filled.str.contains("[0-9０-９]"))

    @cached_property
    def kind(self) -> str:
        """date, number, or text."""
        if self.valued.is_empty() or self.words.n_unique() > FEW:
            return "text"
        if self.date_forms:
            return "date"
        return "number" if self._share(self.valued.str.contains(_NUMBER)) >= MOST else "text"

    @cached_property
    def date_forms(self) -> list[str]:
        """Forms of dates that most cells with digits fit, best first; two where they cannot be told apart."""
        distinct = self.valued.unique()
        fits = {form: self._share(_fits(distinct, form)) for form in DATES}
        best = max(fits.values(), default=0)
        return [form for form, share in fits.items() if share == best] if best >= MOST else []

    @cached_property
    def words(self) -> pl.Series:
        """Cells without a digit."""
        return self.filled.filter(~self.filled.str.contains("[0-9０-９]"))

    @cached_property
    def numbers(self) -> pl.Series:
        plain = self.valued.str.replace_all("[, %]", "")
        return plain.cast(pl.Float64, strict=False).drop_nulls()

    @cached_property
    def distinct(self) -> int:
        return self.filled.n_unique()

    @property
    def tells_apart(self) -> bool:
        """Does it name each row?"""
        return self.distinct == len(self.cells)

    @property
    def examples(self) -> str:
        """The most frequent cells, in one line."""
        return one_line(", ".join(word for word, _ in self.counted(self.filled)[:3]))[:80]

    def counted(self, words: pl.Series) -> list[tuple[str, int]]:
        """Different words and how often each occurs, most frequent first."""
        counts = words.alias("w").value_counts(sort=True, name="n").sort("n", "w", descending=[True, False])
        return list(counts.iter_rows())

    def _share(self, mask: pl.Series) -> float:
        return (mask.mean() or 0.0) if len(mask) else 0.0


def _fits(cells: pl.Series, form: str) -> pl.Series:
    """Which cells the form reads. A workbook's own dates are there beside any form, and are no reason for one."""
    iso = cells.str.contains(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[ T]|$)")
    if form == "yyyy-mm-dd":
        return iso
    own = ~iso & dates.as_iso(cells, (form,), epoch=None).str.contains(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")
    return own | iso if own.any() else own


def columns_of(sheet: Sheet) -> list[Seen]:
    """Every column with a header and a filled cell."""
    seen = [Seen(text.strip(), sheet.cells[str(i)].str.strip_chars()) for i, text in enumerate(sheet.header)]
    return [column for column in seen if column.header and len(column.filled)]


def unique_together(columns: Sequence[Seen], most: int = 4) -> tuple[list[Seen], int]:
    """Few columns that tell nearly all rows apart, and how many rows have the same texts as another one.

    The column with most different texts first, then each time the one that adds most.
    """
    frame = pl.DataFrame([c.cells.alias(str(i)) for i, c in enumerate(columns)])
    chosen: list[int] = []
    best = 0
    while len(chosen) < min(most, len(columns)) and best < frame.height:
        rest = [i for i in range(len(columns)) if i not in chosen]
        counts = {i: frame.select(pl.struct(str(j) for j in (*chosen, i)).n_unique()).item() for i in rest}
        added = max(counts, key=lambda i: counts[i])
        if counts[added] <= best:
            break
        chosen, best = [*chosen, added], counts[added]
    doubled = frame.select(pl.struct(str(i) for i in chosen).is_duplicated().sum()).item()
    return [columns[i] for i in chosen], doubled
