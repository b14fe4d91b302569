"""The shape of a table: where its header is, whether its columns fit the form, which rows are no data.

Refuses to forward-fill, shift or drop anything silently: what is left out is said.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

import polars as pl

from collectors.forms import Cell, Form, Match, fit, header_key, match
from collectors.problems import Finding, letter

#: How far down a header is looked for.
HEADER_ROWS = 10

#: Columns that another form must know more than the one that was chosen.
_CLEARLY = 2

_BLANK = r"^\s*$"
_TAIL = r"(?:\s*[（(][^（）()]*[）)])?[:：]?$"
_TOTAL = r"^(?:合\s*计|总\s*计|共\s*计|汇\s*总|总\s*和|(?i:grand total|total)s?)" + _TAIL
_PART = r"^(?:小\s*计|.*\S\s+(?:汇总|小计|合计)|(?i:(?:.*\s)?subtotal)s?)" + _TAIL
_NOTES = r"^(?:填报|注\s*[0-9]*\s*[:：]|备注\s*[:：]|制表|审核人|说明\s*[:：]|联系)"

#: What a line above the header says all amounts are in: "单位：亿元", but not "填报单位：元宝山区".
_UNIT_ABOVE = re.compile(r"单位\s*:\s*(?:人民币)?\s*(百万元|千元|万元|亿元|元)(?![\u4e00-\u9fff])")


@dataclass(frozen=True)
class Header:
    """A header row that fits a form. ``row`` as the spreadsheet counts, ``lines`` physical lines up to it."""

    form: Form
    row: int
    lines: int
    cells: tuple[str, ...]
    columns: dict[str, int]
    fit: float
    split: bool = False  # a second line of headers stands above or below
    unit: str = ""  # what a line above says amounts are in

    def label(self, index: int) -> str:
        """A column as people find it: its letter and its header as written."""
        return f"{letter(index)} {' '.join(self.cells[index].split())}"


@dataclass(frozen=True)
class Record:
    """One of the first rows of a file, before anything is known about it."""

    row: int
    lines: int
    cells: tuple[str, ...]


def find_header(records: Sequence[Record], forms: Sequence[Form]) -> Header | None:
    """The row among the first ten that fits one of the forms best; None where no row knows two columns."""
    best: Header | None = None
    for record in records[:HEADER_ROWS]:
        for form in forms:
            found = match(record.cells, form)
            score = fit(record.cells, form)
            if len(found.columns) >= 2 and (best is None or score > best.fit):
                best = Header(form, record.row, record.lines, record.cells, found.columns, score)
    if best is None:
        return None
    split = bool(best.form.key) and _has_second_line(best, records)  # a sample read without a form has no key
    return replace(best, split=split, unit=_unit_above(best, records))


def _unit_above(header: Header, records: Sequence[Record]) -> str:
    above = " ".join(cell for record in records if record.row < header.row for cell in record.cells)
    told = _UNIT_ABOVE.search(unicodedata.normalize("NFKC", above))
    return told[1] if told else ""


def _has_second_line(header: Header, records: Sequence[Record]) -> bool:
    """Is the header written over two rows?

    Above it stands a row that knows columns the header lacks; or below it a row without code and without any
    digit, but with several cells: labels or units, neither figures nor a row whose code was forgotten.
    """
    near = {record.row - header.row: record.cells for record in records}
    above = match(near.get(-1, ()), header.form).columns.keys() - header.columns.keys()
    code, below = header.columns.get("code"), near.get(1, ())
    if above or code is None or code >= len(below) or below[code].strip():
        return bool(above)
    several = sum(bool(cell.strip()) for cell in below) > 1
    return several and not any(character.isdecimal() for cell in below for character in cell)


def check_columns(
    header: tuple[str, ...], form: Form, *, optional: Collection[str] = (), unit: str = ""
) -> list[Finding]:
    """Missing, doubled, unknown columns and columns in another unit.

    ``unit``: of the amounts whose header names none, as a line above the header says; "" where none does.
    """
    found = match(header, form)
    findings = []
    missing = [
        c for c in form.columns if c.required and c.name not in found.columns and c.name not in optional
    ]
    if missing:
        near = [_nearest(c.zh, c.en, [header[i] for i in found.extra]) for c in missing]
        values = {
            "found": "、".join(c.zh for c in missing) + " (" + ", ".join(c.en for c in missing) + ")",
            "have": [text for text in header if text.strip()],
            "near": [text for text in near if text] or None,
        }
        findings.append(Finding("E-S35", None, None, values))
    for positions in found.doubled.values():
        letters = ", ".join(letter(i) for i in positions)
        label = f"{letter(positions[0])} {header[positions[0]]}"
        findings.append(Finding("E-S37", label, None, {"times": len(positions), "letters": letters}))
    if found.extra:
        findings.append(Finding("W-S36", None, None, {"found": "、".join(header[i] for i in found.extra)}))
    for name, told in (found.wrong_unit | _in_the_unit_above(header, form, found, unit)).items():
        percent = form.by_name[name].cell == Cell.PERCENT
        values = {"found": told, "expected": "%" if percent else ("万元", "10k yuan")}
        at = found.columns[name]
        findings.append(Finding("E-C65", f"{letter(at)} {header[at]}", None, values))
    return findings


def _in_the_unit_above(header: tuple[str, ...], form: Form, found: Match, unit: str) -> dict[str, str]:
    """The amounts that a line above the header puts into another unit than the form's."""
    if unit in ("", "万元"):
        return {}
    amounts = (name for name in found.columns if form.by_name[name].cell == Cell.MONEY)
    return {name: unit for name in amounts if not header_key(header[found.columns[name]])[1]}


def of_another_form(header: Sequence[str], form: Form, others: Iterable[Form]) -> list[Finding]:
    """Does the header clearly belong to another form, of which it has every column that must be there?"""
    own = fit(header, form)
    fits = {other: fit(header, other) for other in others if other is not form and _has_all(header, other)}
    best = max(fits, key=lambda other: fits[other], default=None)
    if best is None or fits[best] < own + _CLEARLY:
        return []
    values = {"form": (best.zh, best.en), "chosen": (form.zh, form.en)}
    return [Finding("E-S54", None, None, values)]


def _has_all(header: Sequence[str], form: Form) -> bool:
    return {column.name for column in form.columns if column.required} <= match(header, form).columns.keys()


def _nearest(zh: str, en: str, have: list[str]) -> str | None:
    keys = {header_key(text)[0]: text for text in have}
    close = get_close_matches(header_key(zh)[0], keys, 1, 0.5) or get_close_matches(
        header_key(en)[0], keys, 1, 0.6
    )
    return keys[close[0]] if close else None


def headless(header: tuple[str, ...], row_no: pl.Series, cells: pl.DataFrame) -> list[Finding]:
    """Columns with data below an empty header."""
    findings = []
    for index, text in enumerate(header):
        if text.strip():
            continue
        filled = ~cells[str(index)].str.contains(_BLANK)
        if filled.any():
            rows = pl.DataFrame({"row_no": row_no}).filter(filled)
            findings.append(Finding("E-S39", letter(index), rows))
    return findings


def without_blanks(row_no: pl.Series, cells: pl.DataFrame) -> tuple[pl.Series, pl.DataFrame, list[Finding]]:
    """Drop rows without any text; those between data are said, trailing ones are not."""
    if not cells["0"].str.contains(_BLANK).any():
        return row_no, cells, []
    blank = cells.select(pl.all_horizontal(pl.all().str.contains(_BLANK)).alias("b"))["b"]
    if not blank.any():
        return row_no, cells, []
    kept = row_no.filter(~blank)
    between = pl.DataFrame({"row_no": row_no}).filter(blank & (row_no < (kept.max() or 0)))
    findings = [Finding("N-S43", None, between)] if between.height else []
    return kept, cells.filter(~blank), findings


@dataclass(frozen=True)
class Sums:
    """The table without its rows of sums; ``total`` is the one row that adds up all others, as text."""

    row_no: pl.Series
    cells: pl.DataFrame
    findings: tuple[Finding, ...] = ()
    total: tuple[int, tuple[str, ...]] | None = None


def without_sums(row_no: pl.Series, cells: pl.DataFrame, code: int | None) -> Sums:
    """Leave out rows of sums (said); notes and signatures below the table are errors.

    ``code``: the column that names each row's project, None where there is none. A row is known by it, else by its
    first filled cell; in a table without codes a note is a row with nothing beside it.
    """
    text = _beginnings(cells, code or 0)
    if not text.str.contains(r"[\p{Han}]|(?i:total)").any():
        return Sums(row_no, cells)
    findings = []
    notes, sums = text.str.contains(_NOTES), text.str.contains(_TOTAL) | text.str.contains(_PART)
    if code is None and notes.any():  # "联系…" may be a name, too
        notes &= cells.select(n=pl.sum_horizontal(~pl.all().str.contains(_BLANK)) == 1)["n"]
    for problem, mask in (("E-S46", notes), ("W-S45", sums)):
        if mask.any():
            rows = pl.DataFrame({"row_no": row_no, "found": text}).filter(mask)
            findings.append(Finding(problem, None, rows))
    whole = text.str.contains(_TOTAL).arg_true()
    total = (row_no[whole[0]], cells.row(whole[0])) if len(whole) == 1 else None
    return Sums(row_no.filter(~sums), cells.filter(~sums), tuple(findings), total)


def _beginnings(cells: pl.DataFrame, code: int) -> pl.Series:
    """What each row begins with: its code, or its first filled cell where it has none; "" in a blank row."""
    codes = cells[str(code)].str.strip_chars()
    if not (codes == "").any():
        return codes
    filled = (pl.when(~pl.col(name).str.contains(_BLANK)).then(pl.col(name)) for name in cells.columns)
    first = pl.coalesce(*filled, pl.lit("")).str.strip_chars()
    return cells.select(v=pl.when(codes == "").then(first).otherwise(codes))["v"]
