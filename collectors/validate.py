"""Text columns → typed columns and findings, column by column. Knows the form, not what is stored.

A wrong cell is a finding and an empty value; nothing here raises for bad input. A new kind of cell is one
parser below and one member of ``collectors.forms.Cell``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from collectors import cells, quick, texts
from collectors.forms import WORDY, Cell, Column, Form
from collectors.ordering import fingerprint
from collectors.problems import Finding
from collectors.read import Sheet
from models.money import to_wan
from models.words import LABELS, words


@dataclass(frozen=True)
class Surroundings:
    """What validation needs to know beside the file: the day, and cities and provinces by code and name."""

    today: date
    places: Mapping[str, str] = field(default_factory=dict)
    provinces: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Valid:
    """Typed rows (``row_no`` and one column a form column found) and what is wrong with them."""

    frame: pl.DataFrame
    findings: tuple[Finding, ...]

    @property
    def bad(self) -> pl.Series:
        """Numbers of the rows that have an error."""
        parts = [f.bad_rows for f in self.findings if f.level == "error"]
        return pl.concat([pl.Series("row_no", [], pl.Int64), *parts]).unique()


def validate(sheet: Sheet, left: dict[str, pl.Series], around: Surroundings) -> Valid:
    """Type every column of the sheet that its form knows.

    ``left`` is the sheet's cells by position, and is used up: each column is let go as soon as it is typed,
    so that a large file is never held as text and as values at once.
    """
    form = sheet.form
    findings: list[Finding] = list(sheet.findings)
    columns: dict[str, pl.Series] = {"row_no": sheet.row_no}
    wanted = {index: form.by_name[name] for name, index in sheet.columns.items()}
    for index in [index for index, column in wanted.items() if column.shown_only]:
        del wanted[index], left[str(index)]
    clean = quick.typed(left, wanted, today=around.today, earliest=sheet.earliest)
    for index, column in wanted.items():
        if column.name in clean:
            columns[column.name] = clean[column.name]
            continue
        cell = _Column(column, sheet.label(index), left.pop(str(index)), sheet, around)
        columns[column.name], found = cell.read()
        findings += found
    frame = pl.DataFrame(columns)
    frame = frame.rename(form.renamed, strict=False)
    findings += together(frame, form)
    if sheet.total is not None and not any(finding.level == "error" for finding in findings):
        findings += _wrong_sums(sheet, frame)
    return Valid(frame, tuple(findings))


def together(frame: pl.DataFrame, form: Form) -> list[Finding]:
    """What rows, and the columns of one row, must say together."""
    if form.table is not None:  # a record's key may have blank parts: ``collectors/records.py`` finds doubles
        return _by_form(frame, form)
    return [*_doubled(frame, form), *_by_form(frame, form)]


def read_column(
    column: Column,
    label: str,
    raw: pl.Series,
    where: tuple[Sheet, Surroundings],
    *,
    parse: Callable[[pl.Series], cells.Parsed] | None = None,
) -> tuple[pl.Series, list[Finding]]:
    """One column's values and findings; ``parse`` reads the cells where the form's own way is not meant."""
    return _Column(column, label, raw, *where, parse).read()


@dataclass(frozen=True)
class _Column:
    """One column on its way from text to values."""

    column: Column
    label: str
    raw: pl.Series
    sheet: Sheet
    around: Surroundings
    parse: Callable[[pl.Series], cells.Parsed] | None = None

    def read(self) -> tuple[pl.Series, list[Finding]]:
        findings: list[Finding] = []
        raw = self.raw
        if self.column.cell not in WORDY:
            no_answer = cells.no_answers(raw.str.strip_chars())
            if self.column.cell != Cell.FLAG and no_answer.any():
                findings += [] if self.column.required else self._at("W-C87", no_answer)
                raw = pl.DataFrame({"r": raw, "n": no_answer}).select(
                    pl.when(~pl.col("n")).then("r").otherwise(pl.lit("")).alias("r")
                )["r"]
        parsed = (self.parse or self._parse)(raw)
        for code, mask in parsed.warnings:
            findings += self._at(code, mask)
        if parsed.codes is not None:
            for code in parsed.codes.unique().sort():
                if code:
                    findings += self._at(code, parsed.codes == code)
        if self.column.required:
            findings += self._at("E-C87", raw.str.strip_chars() == "")
        findings += self._future(parsed.values)
        return parsed.values.alias(self.column.name), findings

    def _future(self, values: pl.Series) -> list[Finding]:
        if not self.column.past:
            return []
        return self._at(
            "E-C86", (values > self.around.today).fill_null(False), expected=str(self.around.today)
        )

    def _at(self, code: str, mask: pl.Series, **values: object) -> list[Finding]:
        if not mask.any():
            return []
        rows = pl.DataFrame({"row_no": self.sheet.row_no, "found": self.raw}).filter(mask)
        if code in ("W-C57", "W-C79", "W-C56", "W-C85", "W-C100"):
            rows = texts.explained(rows, code, self.sheet.epoch)
        if code == "E-C97":
            rows = rows.with_columns(length=pl.col("found").str.len_chars())
        return [Finding(code, self.label, rows, self._expected(code) | values)]

    def _expected(self, code: str) -> dict[str, object]:
        if code == "E-C63":
            return {"expected": ("万元", "10k yuan") if self.column.cell == Cell.MONEY else "%"}
        if code == "E-C75":
            return {"expected": {Cell.MONEY: 6, Cell.COUNT: 0}.get(self.column.cell, 2)}
        if code == "E-C97":
            return {"expected": self.column.max_length}
        if code == "E-C110":
            return {"expected": choices_text(self.column)}
        return {"expected": "0–100"} if code == "E-C77" else {}

    def _parse(self, raw: pl.Series) -> cells.Parsed:
        match self.column.cell:
            case Cell.MONEY:
                return cells.money(raw)
            case Cell.PERCENT:
                return cells.percent(raw)
            case Cell.DATE:
                return cells.day(raw, epoch=self.sheet.epoch, earliest=self.sheet.earliest)
            case Cell.MONTH:
                return cells.month(raw)
            case Cell.TEXT:
                return texts.text(raw, self.column.max_length, quoted=self.sheet.epoch is None)
            case Cell.CODE:
                return texts.code(raw, self.column.max_length)
            case Cell.CHOICE:
                return texts.listed(raw, quick.choices(self.column), "E-C110", pl.String)
            case Cell.FLAG:
                return texts.listed(raw, quick.FLAGS, "E-C110", pl.Boolean)
            case Cell.PLACE:
                return texts.listed(raw, self.around.places, "E-C113", pl.String)
            case Cell.PROVINCE:
                return texts.listed(raw, self.around.provinces, "E-C113", pl.String)
            case Cell.COUNT:
                return cells.scaled(raw, decimals=0, largest=cells.MAX_COUNT)
            case Cell.SCORE:
                return cells.scaled(raw, decimals=2, largest=cells.MAX_SCORE)
            case Cell.YEAR:
                return cells.year(raw)
            case Cell.PARTNERS:
                return texts.partners(raw, self.around.places)
            case Cell.CREDIT_CODE:
                return texts.credit_code(raw)
            case Cell.INDUSTRY:
                return texts.industry(raw)


def choices_text(column: Column) -> tuple[str, str]:
    """The list of a column for people, in Chinese and in English."""
    if column.choices is None:
        return "是、否", "yes, no"
    codes = [code for code in column.choices if str(code) in LABELS]
    return "、".join(words("zh_CN").label(c) for c in codes), ", ".join(words("en").label(c) for c in codes)


def _wrong_sums(sheet: Sheet, frame: pl.DataFrame) -> list[Finding]:
    """Amounts of the row of sums that the rows do not add up to (B107)."""
    row, texts_of = sheet.total
    findings = []
    for name, index in sheet.columns.items():
        if sheet.form.by_name[name].cell != Cell.MONEY:
            continue
        told, sum_ = cells.money(pl.Series([texts_of[index]])).values[0], frame[name].sum()
        if told is not None and told != sum_:
            values = {"other": str(to_wan(sum_)), "difference": str(to_wan(abs(told - sum_)))}
            rows = pl.DataFrame({"row_no": [row], "found": [str(to_wan(told))]})
            findings.append(Finding("W-B107", sheet.label(index), rows, values))
    return findings


def _doubled(frame: pl.DataFrame, form: Form) -> list[Finding]:
    """The same record twice in one file: both rows are named (B103)."""
    key = [name for name in form.key if name in frame.columns]
    if len(key) < len(form.key) or frame.is_empty():
        return []
    parts = [pl.col(name) for name in key]
    if frame.select(fingerprint(key).n_unique()).item() == frame.height:
        return []
    doubled = frame.select("row_no", *key).filter(
        pl.struct(parts).is_duplicated(), pl.all_horizontal(pl.col(key).is_not_null())
    )
    if doubled.is_empty():
        return []
    rows = doubled.with_columns(
        found=pl.concat_str([pl.col(name).cast(pl.String) for name in key], separator=" "),
        first=pl.col("row_no").first().over(key),
        second=pl.col("row_no").get(1, null_on_oob=True).over(key),
    ).select(
        "row_no",
        "found",
        again=pl.when(pl.col("row_no") == pl.col("first")).then("second").otherwise("first"),
    )
    return [Finding("E-B103", None, rows)]


def _by_form(frame: pl.DataFrame, form: Form) -> list[Finding]:
    """What columns of one row must say together."""
    findings = []
    for start, end in (("planned_start", "planned_end"), ("new_planned_start", "new_planned_end")):
        if {start, end} <= set(frame.columns):
            wrong = frame.filter(pl.col(end) < pl.col(start))
            rows = wrong.select(
                "row_no", found=pl.col(end).cast(pl.String), other=pl.col(start).cast(pl.String)
            )
            findings += [Finding("E-B110", None, rows)] if rows.height else []
    if form.name == "projects" and "kind" in frame.columns:
        findings += _named_by_kind(frame, form)
    if form.name == "adjustments":
        findings += _complete_adjustment(frame)
    return findings


def _named_by_kind(frame: pl.DataFrame, form: Form) -> list[Finding]:
    findings = []
    for kind, name in (("line", "chain"), ("line", "chain_owner"), ("surface", "park")):
        column = form.by_name[name]
        empty = pl.col(name).is_null() if name in frame.columns else pl.lit(True)
        rows = frame.filter((pl.col("kind") == kind) & empty).select("row_no")
        if rows.height:
            told = {
                "kind": (words("zh_CN").label(kind), words("en").label(kind)),
                "expected": (column.zh, column.en),
            }
            findings.append(Finding("W-C115", column.zh, rows, told))
    return findings


def _complete_adjustment(frame: pl.DataFrame) -> list[Finding]:
    findings = []
    new = [name for name in frame.columns if name.startswith("new_")]
    empty = frame.filter(pl.all_horizontal(pl.col(new).is_null())) if new else frame
    if empty.height:
        findings.append(Finding("E-B119", None, empty.select("row_no")))
    if "ground" in frame.columns:
        note = pl.col("ground_note").is_null() if "ground_note" in frame.columns else pl.lit(True)
        rows = frame.filter((pl.col("ground") == "other") & note).select("row_no")
        findings += [Finding("E-C116", None, rows)] if rows.height else []
    return findings
