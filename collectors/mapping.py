"""Declared mappings: another system's file, read into our forms by a TOML description in ``mappings/``.

One source row becomes a row of ``projects`` and, where it has figures, a row of ``dispatch``. The codes are
the source's own, so nothing is checked against Chinese registers. To add a source, add a TOML file.
"""

import re
import tomllib
from collections.abc import Mapping as Table
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import polars as pl
import sqlalchemy as sa

from collectors import cells, texts
from collectors.cells import Parsed
from collectors.forms import Column, Form
from collectors.problems import Finding
from collectors.read import Sheet
from collectors.stored import Stored
from collectors.terms import Terms
from models.clock import local_day
from models.db import upsert
from models.places import Place, PlaceLevel, Programme

_FOLDER = Path(__file__).parent / "mappings"

#: Fields of a mapping that make a report; the others describe the project and its plan.
_FIGURES = ("physical_bp", "invested", "annual_plan", "issued", "transferred", "paid", "spent")
_REPORTED = (*_FIGURES, "stage")
_LONGEST = {"code": 64, "name": 500, "unit_name": 500}


def known_mappings() -> list[str]:
    """Names of the mappings there are."""
    return sorted(path.stem for path in _FOLDER.glob("*.toml"))


@lru_cache(maxsize=8)
def load_mapping(name: str) -> "Mapping | None":
    """A mapping by name; None where there is none."""
    if name not in known_mappings():
        return None
    return Mapping(tomllib.loads((_FOLDER / f"{name}.toml").read_text(encoding="utf-8")))


@dataclass(frozen=True, eq=False)
class Mapping:
    """One mapping, as its file declares it."""

    declared: Table[str, Any]

    @property
    def name(self) -> str:
        return self.declared["name"]

    @property
    def version(self) -> str:
        return self.declared["version"]

    @property
    def encodings(self) -> tuple[str, ...]:
        return tuple(self.declared["encodings"])

    @property
    def earliest(self) -> int:
        return self.declared.get("earliest_year", 2000)

    @property
    def sets_aside(self) -> bool:
        return self.declared.get("bad_rows") == "set_aside"

    @property
    def sources(self) -> dict[str, str]:
        """Field → the source's column it comes from."""
        return {name: told["column"] for name, told in self.declared["fields"].items()}

    @cached_property
    def layout(self) -> Form:
        """The source's columns as a form, so that the file is read like any other."""
        names = {f["column"] for f in self.declared["fields"].values()}
        names |= {f["fallback"] for f in self.declared["fields"].values() if "fallback" in f}
        columns = tuple(Column(n, n, n, required=True) for n in sorted(names))
        return Form(self.name, self.version, self.name, self.name, columns, ())

    def as_of_from(self, file_name: str) -> date | None:
        """The as-of day that the file's name tells; None where it tells none."""
        found = re.search(self.declared["as_of_name"].replace("(?<", "(?P<"), file_name)
        return date.fromisoformat(f"{found['year']}-{self.declared['as_of_day']}") if found else None

    def terms(self, terms: Terms, as_of: date | None) -> Terms:
        """The terms of comparison: plan figures are in force from the as-of day."""
        return replace(
            terms,
            programme=self.declared["programme"]["code"],
            in_force_on=as_of,
            ground_note=self.declared["ground_note"],
            cumulative=tuple(self.declared["cumulative"]),
            total_moves_percent=self.declared.get("total_investment_moves_percent", 0),
        )

    def applied(
        self, sheet: Sheet, as_of: date, today: date
    ) -> tuple[tuple[tuple[str, pl.DataFrame], ...], list[Finding]]:
        """The sheet as rows of our forms, and what is wrong with it."""
        frame, findings = self._typed(sheet)
        if as_of > today:
            findings.append(Finding("E-C86", None, None, {"found": str(as_of), "expected": str(today)}))
        findings += _doubled(frame) + _backwards(frame)
        reports = frame.select("row_no", "code", "city", *(n for n in _REPORTED if n in frame.columns))
        figures = [n for n in _FIGURES if n in frame.columns]
        reports = reports.filter(pl.any_horizontal(pl.col(figures).is_not_null()))
        projects = frame.drop(n for n in _REPORTED if n in frame.columns)
        constants = [pl.lit(value).alias(name) for name, value in self.declared["constants"].items()]
        parts = (
            ("projects", projects.with_columns(constants)),
            ("dispatch", reports.with_columns(as_of=pl.lit(as_of))),
        )
        return parts, findings

    def _typed(self, sheet: Sheet) -> tuple[pl.DataFrame, list[Finding]]:
        columns: dict[str, pl.Series] = {"row_no": sheet.row_no}
        findings: list[Finding] = []
        for name, told in self.declared["fields"].items():
            index = sheet.columns[told["column"]]
            raw = sheet.cells[str(index)]
            if "fallback" in told:
                other = sheet.cells[str(sheet.columns[told["fallback"]])]
                raw = pl.DataFrame({"a": raw, "b": other}).select(
                    pl.when(pl.col("a").str.strip_chars() == "").then("b").otherwise("a").alias("a")
                )["a"]
            parsed = self._parsed(name, told["cell"], raw, sheet)
            columns |= parsed.values.struct.unnest().to_dict() if name == "city" else {name: parsed.values}
            findings += _found(sheet, index, raw, parsed, told.get("required", False))
        return pl.DataFrame(columns), findings

    def _parsed(self, name: str, cell: str, raw: pl.Series, sheet: Sheet) -> Parsed:
        match cell:
            case "code":
                return texts.code(raw.str.strip_prefix(self.declared["codes_strip"]), _LONGEST[name])
            case "text":
                return texts.text(raw, _LONGEST[name])
            case "money":
                return cells.money(raw, decimals=self.declared["amount_decimals"])
            case "percent":
                return replace(cells.percent(raw), warnings=())
            case "date":
                read = raw.str.strip_chars().str.replace(
                    self.declared["date_form"], self.declared["date_reads"]
                )
                return cells.day(read, earliest=sheet.earliest)
            case "stage":
                stages = {texts.folded(k): v for k, v in self.declared["stages"].items()}
                known = texts.listed(raw, stages, "E-C110", pl.String)
                return Parsed(known.values)
            case "places":
                return self._places(raw)
        raise ValueError(f"mapping {self.name}: unknown cell {cell}")

    def _places(self, raw: pl.Series) -> Parsed:
        """ "15; 21" → lead MX-15 and partner MX-21."""
        told = self.declared["places"]
        parts = raw.str.split(told["separator"]).list.eval(pl.element().str.strip_chars().str.zfill(2))
        known = parts.list.eval(pl.element().is_in(list(told["names"]))).list.all()
        coded = parts.list.eval(told["prefix"] + pl.element())
        frame = pl.DataFrame({"c": coded, "k": known & (raw.str.strip_chars() != "")})
        partners = pl.col("c").list.slice(1).list.unique(maintain_order=True).list.join(";")
        frame = frame.select(
            "k",
            city=pl.when("k").then(pl.col("c").list.first()),
            partners=pl.when(pl.col("k") & (pl.col("c").list.len() > 1)).then(partners),
        )
        wrong = ~frame["k"] & (raw.str.strip_chars() != "")
        codes = pl.DataFrame({"w": wrong}).select(pl.when("w").then(pl.lit("E-C113")).otherwise(pl.lit("")))
        return Parsed(
            frame.select(pl.struct("city", "partners").alias("s"))["s"],
            codes.to_series() if wrong.any() else None,
        )

    def located(self, form: str, frame: pl.DataFrame, stored: Stored) -> tuple[pl.DataFrame, list[Finding]]:
        """Rows with their city: a known project stays where it is registered, and that is said."""
        registered = stored.projects().select(project="project", registered="city", of="programme")
        joined = frame.rename({"code": "project"}).join(
            registered.unique("project"), on="project", how="left", maintain_order="left"
        )
        findings = []
        mine = self.declared["programme"]["code"]
        taken = joined.filter(pl.col("of") != mine)
        if form == "projects":
            if taken.height:
                rows = taken.select("row_no", found="project", other="registered")
                findings.append(Finding("E-B116", None, rows))
            moved = joined.filter((pl.col("registered") != pl.col("city")) & (pl.col("of") == mine))
            if moved.height:
                findings.append(
                    Finding("W-B120", None, moved.select("row_no", found="city", other="registered"))
                )
        known = pl.col("registered").is_not_null()
        placed = joined.with_columns(city=pl.coalesce("registered", "city"), known=known)
        return placed.drop("registered", "of"), findings

    def plant(self, connection: sa.Connection, now: datetime) -> None:
        """Make sure the source's programme and places are there; the caller commits."""
        told = self.declared["places"]
        code, zh, en = told["province"]
        blank = {"tile_row": None, "tile_column": None}
        rows = [dict(code=code, level=PlaceLevel.PROVINCE, province=code, name_zh=zh, name_en=en, **blank)]
        for number, (name_zh, name_en) in told["names"].items():
            one = dict(code=told["prefix"] + number, level=PlaceLevel.CITY, province=code)
            rows.append(one | dict(name_zh=name_zh, name_en=name_en, **blank))
        upsert(connection, Place, rows)
        t = Programme.__table__
        name = self.declared["programme"]["code"]
        if connection.scalar(sa.select(t.c.code).where(t.c.code == name)) is None:
            values = {**self.declared["programme"], "demonstration": False, "created_on": local_day(now)}
            connection.execute(sa.insert(t).values(**values))


def _found(sheet: Sheet, index: int, raw: pl.Series, parsed: Parsed, required: bool) -> list[Finding]:
    """What is wrong with a column's cells."""
    masks = list(parsed.warnings)
    if parsed.codes is not None:
        masks += [(code, parsed.codes == code) for code in parsed.codes.unique().sort() if code]
    if required:
        masks.append(("E-C87", raw.str.strip_chars() == ""))
    rows = pl.DataFrame({"row_no": sheet.row_no, "found": raw})
    return [Finding(code, sheet.label(index), rows.filter(mask)) for code, mask in masks if mask.any()]


def _doubled(frame: pl.DataFrame) -> list[Finding]:
    """Every row of a key that occurs more than once: which of them is right cannot be known."""
    doubled = frame.filter(pl.col("code").is_not_null() & pl.col("code").is_duplicated())
    if doubled.is_empty():
        return []
    first, last = pl.col("row_no").first().over("code"), pl.col("row_no").last().over("code")
    again = pl.when(pl.col("row_no") == last).then(first).otherwise(last)
    return [Finding("E-B103", None, doubled.select("row_no", found="code", again=again))]


def _backwards(frame: pl.DataFrame) -> list[Finding]:
    wrong = frame.filter(pl.col("planned_end") < pl.col("planned_start"))
    rows = wrong.select(
        "row_no", found=pl.col("planned_end").cast(pl.String), other=pl.col("planned_start").cast(pl.String)
    )
    return [Finding("E-B110", None, rows)] if rows.height else []
