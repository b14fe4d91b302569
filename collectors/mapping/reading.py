"""One field of a mapping: the source's columns → text → a column of values, and what is wrong with its cells.

Everything between is declared: joined or composed columns, a fallback, what is stripped, skip words, a table of
values, units and forms of dates. What the mapping does not say is read as the form itself reads it
(``collectors/validate.py``). People are shown the cell as the source wrote it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import polars as pl

from collectors import cells
from collectors.cells import Parsed
from collectors.forms import Cell, header_key
from collectors.mapping import dates, keys, units
from collectors.mapping.declared import FieldTold, MappingTold
from collectors.mapping.meaning import Field
from collectors.problems import Finding
from collectors.read import Sheet
from collectors.texts import folded
from collectors.validate import Surroundings, read_column

#: Cells in which a code such as DOER stands for nothing: the general skip words are for these.
_SKIPPING = (Cell.DATE, Cell.MONTH, Cell.MONEY, Cell.PERCENT, Cell.COUNT, Cell.YEAR, Cell.SCORE)

Values = tuple[pl.Series, list[Finding]]
Parse = Callable[[pl.Series], Parsed]


def column_key(header: str) -> str:
    """A header of the source as it is matched."""
    return header_key(header)[0]


@dataclass(frozen=True)
class Reading:
    """A field being read from a sheet."""

    mapping: MappingTold
    field: Field
    sheet: Sheet
    around: Surroundings
    parse: Parse | None = None  # instead of what the cell's kind says

    @property
    def label(self) -> str:
        """The field's first column, as people find it in the file."""
        there = [
            self.sheet.columns[k]
            for s in self.field.told.sources
            if (k := column_key(s)) in self.sheet.columns
        ]
        return self.sheet.label(there[0]) if there else self.field.told.sources[0]

    def read(self) -> Values:
        """The values under the name they are stored by, and the findings."""
        raw = self._raw()
        text, notes = self._prepared(raw)
        values, findings = read_column(
            self.field.column, self.label, text, (self.sheet, self.around), parse=self.parse or self._parser()
        )
        shown = [self._as_written(finding, raw) for finding in findings]
        return values.alias(self.field.column.stored_as), [*notes, *shown]

    def _raw(self) -> pl.Series:
        """What the source's columns say: one of them, several joined, or a key made of them."""
        told = self.field.told
        if told.key:
            parts = [self._cells(name) for name in told.key]
            return keys.composed(parts, [self._cells(name) for name in told.readable])
        text = self._joined(told) if told.columns else self._cells(told.column)
        return _filled_up(text, self._cells(told.fallback)) if told.fallback else text

    def _cells(self, header: str) -> pl.Series:
        at = self.sheet.columns.get(column_key(header))
        if at is None:  # a column that may be absent
            return pl.repeat("", len(self.sheet.row_no), dtype=pl.String, eager=True)
        return self.sheet.cells[str(at)]

    def _joined(self, told: FieldTold) -> pl.Series:
        frame = pl.DataFrame(
            [self._cells(n).str.strip_chars().alias(str(i)) for i, n in enumerate(told.columns)]
        )
        said = [pl.when(pl.col(n) != "").then(pl.col(n)) for n in frame.columns]
        return frame.select(pl.concat_str(said, separator=told.join, ignore_nulls=True)).to_series()

    def _prepared(self, raw: pl.Series) -> Values:
        """Stripped, looked up in the table of values, without skip words; and how many of those there were."""
        told = self.field.told
        text = raw.str.strip_chars() if told.strip_prefix or told.strip_suffix else raw
        text = text.str.strip_prefix(told.strip_prefix).str.strip_suffix(told.strip_suffix)
        words = _as_searched(text)
        table = {folded(word): value for word, value in told.values.items()}
        known = words.is_in(list(table))
        skipped = words.is_in([folded(word) for word in self._skip_words()]) & ~known
        blank = ~known if told.others == "blank" else skipped
        looked_up = pl.DataFrame({"t": text, "w": words, "k": known, "b": blank}).select(
            pl.when("b").then(pl.lit("")).when("k").then(pl.col("w").replace(table)).otherwise("t").alias("t")
        )
        return looked_up["t"], self._skipped(raw, skipped)

    def _skip_words(self) -> list[str]:
        general = self.mapping.skip_words if self.field.column.cell in _SKIPPING else []
        return [*general, *self.field.told.skip_words]

    def _skipped(self, raw: pl.Series, skipped: pl.Series) -> list[Finding]:
        """A note that counts skip words; where the cell must be filled in, its error says it."""
        if self.field.column.required or not skipped.any():
            return []
        counts = raw.filter(skipped).str.strip_chars().value_counts(sort=True).rows()
        said = ", ".join(f"{word} {count:,}" for word, count in counts)
        rows = pl.DataFrame({"row_no": self.sheet.row_no}).filter(skipped)
        return [Finding("N-M07", self.label, rows, {"words": said})]

    def _parser(self) -> Parse | None:
        """How cells are read where the mapping says otherwise than the form; None where it does not."""
        told, sheet = self.field.told, self.sheet
        match self.field.column.cell:
            case Cell.MONEY if told.factor:
                return lambda raw: units.multiplied(raw, told.factor)
            case Cell.MONEY:
                return lambda raw: units.amount(raw, told.unit or self.mapping.amounts)
            case Cell.PERCENT:
                return lambda raw: units.percentage(raw, told.unit or self.mapping.percentages)
            case Cell.DATE if self._dates():
                return lambda raw: _quietly(
                    cells.day(dates.as_iso(raw, self._dates(), epoch=sheet.epoch), earliest=sheet.earliest)
                )
            case Cell.MONTH if self._dates():
                return lambda raw: cells.month(dates.as_iso(raw, self._dates(), epoch=sheet.epoch))
        return None

    def _dates(self) -> tuple[str, ...]:
        return tuple(self.field.told.dates or self.mapping.dates)

    def _as_written(self, finding: Finding, raw: pl.Series) -> Finding:
        """The finding with the cell's own text, and the unit that the mapping declares."""
        values = dict(finding.values)
        if self.field.column.cell == Cell.MONEY and finding.code in ("E-C63", "E-C75"):
            values["expected"] = self._expected(finding.code)
        if finding.rows is None or "found" not in finding.rows.columns:
            return replace(finding, values=values)
        written = pl.DataFrame({"row_no": self.sheet.row_no, "found": raw})
        rows = finding.rows.drop("found").join(written, on="row_no", how="left", maintain_order="left")
        return replace(finding, rows=rows, values=values)

    def _expected(self, code: str) -> object:
        told = self.field.told
        unit = told.unit or self.mapping.amounts
        if code == "E-C63":
            return unit
        return units.FACTOR_DECIMALS if told.factor else units.AMOUNTS[unit]


def _quietly(parsed: Parsed) -> Parsed:
    """A serial number is no surprise where the mapping declares it."""
    return replace(parsed, warnings=())


def _as_searched(text: pl.Series) -> pl.Series:
    """Words as lists are searched (``texts.folded``), a whole column at a time."""
    plain = text.str.normalize("NFKC") if text.str.contains(r"[^\x20-\x7e]").any() else text
    return plain.str.replace_all(r"\s", "").str.to_lowercase()


def _filled_up(text: pl.Series, other: pl.Series) -> pl.Series:
    pair = pl.DataFrame({"a": text, "b": other})
    return pair.select(pl.when(pl.col("a").str.strip_chars() == "").then("b").otherwise("a").alias("a"))["a"]
