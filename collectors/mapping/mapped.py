"""A mapping at work: a sheet of the source → rows of our forms, and whose they are.

One source row becomes a row of one form, or of ``projects`` and, where it has a figure, of ``dispatch``. Refuses
to know any single source: what there is to say about one stands in its TOML.
"""

import re
from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property

import polars as pl
import sqlalchemy as sa

from collectors import locate
from collectors.cells import Parsed
from collectors.compare import FIGURES
from collectors.forms import Cell, Column, Form
from collectors.mapping import places
from collectors.mapping.declared import MappingTold
from collectors.mapping.meaning import Field, constants_of, fields_of, forms_of
from collectors.mapping.reading import Reading, column_key
from collectors.mapping.rules import as_of_pattern
from collectors.problems import Finding
from collectors.read import Sheet
from collectors.stored import Stored
from collectors.terms import Terms
from collectors.validate import Surroundings, read_column, together
from models.access import Action, Scope, may
from models.words import words

#: What makes a row of ``dispatch`` beside its project a report: a figure, not a stage or a text alone.
_TELLS = FIGURES[: FIGURES.index("stage")]

Parts = tuple[tuple[str, pl.DataFrame], ...]


@dataclass(frozen=True, eq=False)
class Mapping:
    """One mapping, as its file declares it."""

    told: MappingTold

    @property
    def name(self) -> str:
        return self.told.name

    @property
    def version(self) -> str:
        return self.told.version

    @property
    def encodings(self) -> tuple[str, ...]:
        return tuple(self.told.encodings)

    @property
    def earliest(self) -> int:
        return self.told.earliest_year

    @property
    def sets_aside(self) -> bool:
        return self.told.bad_rows == "set_aside"

    @property
    def has_programme(self) -> bool:
        """Does it plant a programme of its own? Then it stays for the administrator."""
        return self.told.programme is not None

    @cached_property
    def forms(self) -> tuple[Form, ...]:
        return forms_of(self.told)

    @cached_property
    def fields(self) -> dict[str, Field]:
        return fields_of(self.told)

    @property
    def read_as_forms(self) -> list[Field]:
        """Fields and constants whose cells the forms know how to read: all but places of the source's own."""
        every = self.fields | constants_of(self.told)
        return [field for name, field in every.items() if name != "city" or self.told.places is None]

    @cached_property
    def needs_as_of(self) -> bool:
        """Does an as-of day have to come with the file?"""
        asked = any("as_of" in form.by_name and form.by_name["as_of"].required for form in self.forms)
        given = "as_of" in self.told.fields or "as_of" in self.told.constants
        return (asked and not given) or self.told.plan_changes == "in_force"

    @cached_property
    def layout(self) -> Form:
        """The source's columns as a form, so that the file is read like any other."""
        headers: dict[str, tuple[str, bool]] = {}
        for field in self.fields.values():
            for text in field.told.sources:
                key = column_key(text)
                needed = not field.told.may_be_absent or headers.get(key, ("", False))[1]
                headers[key] = (text.strip(), needed)
        columns = tuple(
            Column(k, text, text, required=needed) for k, (text, needed) in sorted(headers.items())
        )
        return Form(self.name, self.version, self.name, self.name, columns, ())

    @cached_property
    def sources(self) -> dict[str, str]:
        """Stored figure → the first of the source's columns it comes from."""
        return {f.column.stored_as: column_key(f.told.sources[0]) for f in self.fields.values()}

    def code_at(self, sheet: Sheet) -> int | None:
        """Where the codes stand, if one column has them: rows of sums and notes are told by it."""
        code = self.fields.get("code")
        return sheet.columns.get(column_key(code.told.column)) if code and code.told.column else None

    def is_open_to(self, scope: Scope) -> bool:
        """A programme and places of its own are for the administrator to plant."""
        return not self.has_programme or may(scope.role, Action.ADMINISTER)

    def as_of_from(self, file_name: str) -> date | None:
        """The as-of day that the file's name tells; None where it tells none."""
        found = re.search(as_of_pattern(self.told.as_of_name), file_name) if self.told.as_of_name else None
        if found is None:
            return None
        said = found.groupdict()
        month_day = self.told.as_of_day or f"{said.get('month') or '12'}-{said.get('day') or '31'}"
        month, day = (int(part) for part in month_day.split("-"))
        try:
            year = int(said["year"])
            return date(year, month, day if said.get("day") else min(day, monthrange(year, month)[1]))
        except ValueError:
            return None

    def terms(self, terms: Terms, as_of: date | None) -> Terms:
        """The terms of comparison that the mapping sets."""
        told = self.told
        if told.cumulative is not None:
            terms = replace(terms, cumulative=tuple(self.fields[n].column.stored_as for n in told.cumulative))
        if told.programme is None:
            return terms
        return replace(
            terms,
            programme=told.programme.code,
            in_force_on=as_of if told.plan_changes == "in_force" else None,
            ground_note=told.ground_note or None,
            total_moves_percent=told.total_investment_moves_percent,
        )

    def applied(self, sheet: Sheet, as_of: date | None, around: Surroundings) -> tuple[Parts, list[Finding]]:
        """The sheet as rows of our forms, and what is wrong with it."""
        columns, findings = self._columns(sheet, around)
        if as_of is not None and as_of > around.today:
            findings.append(
                Finding("E-C86", None, None, {"found": str(as_of), "expected": str(around.today)})
            )
        parts = [(form, self._rows(form, columns, sheet, as_of)) for form in self.forms]
        findings += together(parts[0][1], parts[0][0])
        return tuple((form.name, rows) for form, rows in parts), findings

    def _columns(
        self, sheet: Sheet, around: Surroundings
    ) -> tuple[dict[str, list[pl.Series]], list[Finding]]:
        """The values of every field and constant, by its name: one column, or a place's two."""
        columns: dict[str, list[pl.Series]] = {}
        findings: list[Finding] = []
        for name, field in self.fields.items():
            if name == "city" and self.told.places is not None:
                field = replace(field, column=replace(field.column, cell=Cell.TEXT, required=True))
                reading = Reading(self.told, field, sheet, around, parse=self._placed)
                values, found = reading.read()
                columns[name] = values.struct.unnest().get_columns()
            else:
                values, found = Reading(self.told, field, sheet, around).read()
                columns[name] = [values]
            findings += found
        for name, field in constants_of(self.told).items():
            columns[name], found = _constant(field.column, self.told.constants[name], sheet, around)
            findings += found
        return columns, _once(findings)

    def _placed(self, raw: pl.Series) -> Parsed:
        return places.placed(raw, self.told.places)

    def _rows(
        self, form: Form, columns: dict[str, list[pl.Series]], sheet: Sheet, as_of: date | None
    ) -> pl.DataFrame:
        """The rows of one form. Beside a project only those with a figure are reports."""
        names = [n for n, f in (self.fields | constants_of(self.told)).items() if form.name in f.forms]
        frame = pl.DataFrame([sheet.row_no, *(c for n in names for c in columns[n])])
        if form.name != "projects":
            frame = frame.drop("partners", strict=False)
        if "as_of" in form.by_name and "as_of" not in frame.columns:
            frame = frame.with_columns(as_of=pl.lit(as_of, pl.Date))
        if form.name != "dispatch" or len(self.forms) == 1:
            return frame
        figures = [n for n in _TELLS if n in frame.columns]
        return frame.filter(pl.any_horizontal(pl.col(n).is_not_null() for n in figures) if figures else False)

    def located(
        self, form: str, rows: pl.DataFrame, stored: Stored, scope: Scope
    ) -> tuple[pl.DataFrame, list[Finding]] | None:
        """Rows with their city; None where they are found as those of any other file of the form."""
        if len(self.forms) == 1 and not self.has_programme:
            return None
        if not self.has_programme and form == "projects":
            return None
        frame = rows.rename({"code": "project"})
        if not self.has_programme:  # what is wrong has been said of the project's row
            return locate.by_city(frame, stored, scope)[0], []
        return self._registered(form, frame, stored)

    def _registered(
        self, form: str, frame: pl.DataFrame, stored: Stored
    ) -> tuple[pl.DataFrame, list[Finding]]:
        """A known project stays where it was registered, and that is said; another programme's code is taken."""
        known = stored.projects().select(
            project="project", registered="city", of="programme", old_kind="kind"
        )
        joined = frame.join(known.unique("project"), on="project", how="left", maintain_order="left")
        mine = pl.col("of") == self.told.programme.code
        findings = _taken(joined.filter(~mine), joined.filter(mine)) if form == "projects" else []
        stays = pl.coalesce("registered", "city").alias("city")
        placed = joined.with_columns(stays, *_other_places(frame), known=pl.col("registered").is_not_null())
        return placed.drop("registered", "of", "old_kind"), findings

    def plant(self, connection: sa.Connection, now: datetime, used: frozenset[str]) -> None:
        """Make sure the programme and the places in use are there; the caller commits."""
        if self.told.places is not None:
            places.plant(connection, self.told.places, used)
        if self.told.programme is not None:
            places.plant_programme(connection, self.told.programme, now)


def _once(findings: list[Finding]) -> list[Finding]:
    """What two fields find wrong with the same cell is told once."""
    by_cell: dict[tuple[str, str | None], list[Finding]] = {}
    for finding in findings:
        by_cell.setdefault((finding.code, finding.column), []).append(finding)
    return [parts[0] if len(parts) == 1 else _together(parts) for parts in by_cell.values()]


def _together(parts: list[Finding]) -> Finding:
    rows = pl.concat([part.rows for part in parts if part.rows is not None], how="diagonal")
    return replace(parts[0], rows=rows.unique("row_no", keep="first", maintain_order=True).sort("row_no"))


def _constant(
    column: Column, text: str, sheet: Sheet, around: Surroundings
) -> tuple[list[pl.Series], list[Finding]]:
    """A constant read as the form reads a cell; wrong in one row, it is wrong in all."""
    raw = pl.repeat(text, len(sheet.row_no), dtype=pl.String, eager=True)
    values, findings = read_column(column, column.zh, raw, (sheet, around))
    return [values.alias(column.stored_as)], findings


def _taken(foreign: pl.DataFrame, mine: pl.DataFrame) -> list[Finding]:
    """Codes of other programmes, kinds that are not as registered, projects that this file puts elsewhere."""
    findings = []
    if foreign.height:
        findings.append(
            Finding("E-B116", "code", foreign.select("row_no", found="project", other="registered"))
        )
    turned = mine.filter(pl.col("old_kind") != pl.col("kind"))
    for kind in turned["old_kind"].unique(maintain_order=True):
        rows = turned.filter(pl.col("old_kind") == kind).select("row_no", found="project")
        labels = {"other": (words("zh_CN").label(kind), words("en").label(kind))}
        findings.append(Finding("E-B117", "kind", rows, labels))
    moved = mine.filter(pl.col("registered") != pl.col("city"))
    if moved.height:
        findings.append(Finding("W-B120", None, moved.select("row_no", found="city", other="registered")))
    return findings


def _other_places(frame: pl.DataFrame) -> list[pl.Expr]:
    """Of the places a row names, all but the one the project is registered at."""
    if "partners" not in frame.columns:
        return []
    every = pl.concat_str("city", "partners", separator=";", ignore_nulls=True).str.split(";")
    moved = pl.col("registered").is_not_null() & (pl.col("registered") != pl.col("city"))
    others = every.list.set_difference(pl.concat_list("registered"))
    joined = pl.when(others.list.len() > 0).then(others.list.sort().list.join(";"))
    return [pl.when(moved).then(joined).otherwise("partners").alias("partners")]
