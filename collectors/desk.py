"""A delivery on the desk: read and validated, before anything stored is looked at.

Refuses by raising ``Refused`` where the file cannot be read on; everything else is a finding.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property

import polars as pl

from collectors import locate
from collectors.forms import FORMS, Cell, Column, Form
from collectors.layout import PLAIN
from collectors.magnitude import NAMES
from collectors.mapping import Mapping, MappingError, known_mappings, load_mapping
from collectors.problems import Finding, refuse
from collectors.read import ENCODINGS, Limits, Sheet, read, read_tabs
from collectors.receipt import Delivery
from collectors.stored import places
from collectors.structure import check_columns, headless, of_another_form, without_sums
from collectors.validate import Surroundings, validate
from models.clock import local_day
from models.db import Database
from models.vocabulary import Role
from models.words import words


@dataclass(frozen=True)
class Desk:
    """A delivery with its typed rows by form. ``readable``: its columns are there, so there are rows."""

    delivery: Delivery
    sheet: Sheet
    parts: tuple[tuple[str, pl.DataFrame], ...]
    findings: tuple[Finding, ...]
    readable: bool
    mapping: Mapping | None = None
    as_of: date | None = None

    @cached_property
    def sha256(self) -> str:
        return hashlib.sha256(self.delivery.content).hexdigest()

    def again(self, limits: Limits) -> Sheet:
        """The sheet once more with its cells, which validation used up."""
        mapping, tab = self.mapping, self.sheet.tab
        if tab:
            found = read_tabs(self.delivery.content, self.delivery.file_name, limits, tuple(FORMS.values()))
            return next(sheet for sheet in found if sheet.tab == tab)
        forms = (mapping.layout,) if mapping else (self.sheet.form,)
        return read(
            self.delivery.content,
            self.delivery.file_name,
            limits,
            forms,
            mapping.encodings if mapping else ENCODINGS,
            layout=self.delivery.layout,
        )

    @property
    def form_name(self) -> str:
        return self.mapping.name if self.mapping else self.sheet.form.name

    @property
    def version(self) -> str:
        if self.mapping is None:
            return self.sheet.form.version
        return f"{self.mapping.version}@{self.as_of}" if self.as_of else self.mapping.version

    @cached_property
    def _labels(self) -> dict[str, str]:
        """Stored figure → the column of this file it comes from, letter and header."""
        sheet = self.sheet
        if self.mapping is not None:
            there = ((name, c) for name, c in self.mapping.sources.items() if c in sheet.columns)
            return {name: sheet.label(sheet.columns[c]) for name, c in there}
        form = sheet.form
        return {form.by_name[name].stored_as: sheet.label(index) for name, index in sheet.columns.items()}

    @cached_property
    def _absent(self) -> dict[str, str]:
        """Stored figure → the form's own header, for columns that this file may lack."""
        return {} if self.mapping else {column.stored_as: column.zh for column in self.sheet.form.columns}

    def named(self, finding: Finding) -> Finding:
        """The finding with columns as this file calls them, or as the form does where it lacks them."""
        column, against = finding.column, finding.values.get("against")
        if column in self._labels:
            finding = replace(finding, column=self._labels[column])
        elif column in NAMES:
            finding = replace(finding, column=NAMES[column][0])
        elif column in self._absent:
            finding = replace(finding, column=self._absent[column])
        if isinstance(against, str):
            told = self._labels.get(against, NAMES.get(against, against))
            finding = replace(finding, values=finding.values | {"against": told})
        return finding


def opened(db: Database, delivery: Delivery, limits: Limits, now: datetime) -> tuple[Desk, ...]:
    """Read and validate, each sheet of a workbook on a desk of its own. Raises Refused."""
    if delivery.mapping is not None:
        return (_opened_by_mapping(db, delivery, limits, now),)
    forms = tuple(FORMS.values()) if delivery.form is None else (_form(delivery.form),)
    sheets = _sheets(delivery, limits, forms)
    for sheet in sheets:
        _check_version(sheet)
    return tuple(_desk(db, delivery, sheet, now) for sheet in sheets)


#: Forms whose rows others are held against.
_FIRST = ("projects", "plan", "adjustments", "funds")


def _sheets(delivery: Delivery, limits: Limits, forms: Sequence[Form]) -> tuple[Sheet, ...]:
    """The sheets of a file in the order of the work: projects before their reports, money before its sums."""
    if delivery.layout is not PLAIN:
        return (read(delivery.content, delivery.file_name, limits, forms, layout=delivery.layout),)
    found = read_tabs(delivery.content, delivery.file_name, limits, forms)
    order = sorted(FORMS, key=lambda name: (name == "dispatch") - (name in _FIRST))
    return tuple(sorted(found, key=lambda sheet: order.index(sheet.form.name)))


def _check_version(sheet: Sheet) -> None:
    """A workbook of ours names the versions of its forms on its cover."""
    versions = dict(part.partition(":")[::2] for part in sheet.template.split())
    written = versions.get(sheet.form.name, sheet.form.version)
    if written != sheet.form.version:
        form = (sheet.form.zh, sheet.form.en)
        raise refuse("E-F28", form=form, found=written, expected=sheet.form.version)


def _desk(db: Database, delivery: Delivery, sheet: Sheet, now: datetime) -> Desk:
    form = sheet.form
    _check_role(delivery, form)
    chosen = delivery.form is not None and delivery.layout == PLAIN
    optional = ("as_of",) if delivery.as_of else ()
    other = of_another_form(sheet.header, form, FORMS.values()) if chosen else []
    structure = other or [
        *check_columns(
            sheet.header, form, optional=optional, unit="" if delivery.layout.units else sheet.unit
        ),
        *headless(sheet.header, sheet.row_no, sheet.cells),
    ]
    if any(finding.level == "error" for finding in structure):
        return Desk(delivery, sheet, (), (*structure, *sheet.findings), False)
    left, sheet = sheet.cells.to_dict(), _emptied(sheet)
    valid = validate(sheet, left, _surroundings(db, form.columns, local_day(now)))
    frame = valid.frame
    if form.name == "dispatch" and "as_of" not in frame.columns:
        frame = frame.with_columns(as_of=pl.lit(delivery.as_of))
    parts = ((form.name, frame),)
    return Desk(delivery, sheet, parts, (*structure, *valid.findings), True)


def _surroundings(db: Database, columns: Iterable[Column], today: date) -> Surroundings:
    """The places only where a column names any."""
    if not {column.cell for column in columns} & {Cell.PLACE, Cell.PROVINCE, Cell.PARTNERS}:
        return Surroundings(today)
    with db.ro.connect() as connection:
        known = places(connection)
    return Surroundings(today, locate.place_names(known), locate.province_names(known))


def _emptied(sheet: Sheet) -> Sheet:
    """The sheet without its cells: once they are typed, their memory is needed for the rest."""
    return replace(sheet, cells=sheet.cells.clear())


def words_of(code: str) -> tuple[str, str]:
    """A code's label in both languages."""
    return words("zh_CN").label(code), words("en").label(code)


def _form(name: str) -> Form:
    if name not in FORMS:
        raise refuse("E-M03", found=name, expected=", ".join(FORMS))
    return FORMS[name]


def _opened_by_mapping(db: Database, delivery: Delivery, limits: Limits, now: datetime) -> Desk:
    mapping = _mapping(delivery.mapping)
    for form in mapping.forms:
        _check_role(delivery, form)
    if not mapping.is_open_to(delivery.scope):
        raise refuse("E-M04")
    as_of = (delivery.as_of or mapping.as_of_from(delivery.file_name)) if mapping.needs_as_of else None
    if mapping.needs_as_of and as_of is None:
        raise refuse("E-M01")
    sheet = read(
        delivery.content,
        delivery.file_name,
        limits,
        (mapping.layout,),
        mapping.encodings,
        layout=delivery.layout,
    )
    sheet = replace(sheet, earliest=mapping.earliest)
    structure = [f for f in check_columns(sheet.header, mapping.layout) if f.code != "W-S36"]
    if structure:
        return Desk(delivery, sheet, (), tuple(structure), False, mapping, as_of)
    sums = without_sums(sheet.row_no, sheet.cells, mapping.code_at(sheet))
    sheet = replace(sheet, row_no=sums.row_no, cells=sums.cells, findings=(*sheet.findings, *sums.findings))
    around = _surroundings(db, [field.column for field in mapping.read_as_forms], local_day(now))
    parts, findings = mapping.applied(sheet, as_of, around)
    return Desk(delivery, _emptied(sheet), parts, (*sheet.findings, *findings), True, mapping, as_of)


def _mapping(told: Mapping | str | None) -> Mapping:
    """The mapping itself, or the declared one of that name. Raises Refused."""
    if isinstance(told, Mapping):
        return told
    try:
        mapping = load_mapping(told or "")
    except MappingError as error:
        raise refuse("E-M06", why=error.both()) from None
    if mapping is None:
        raise refuse("E-M02", found=told, expected=", ".join(known_mappings()))
    return mapping


def _check_role(delivery: Delivery, form: Form) -> None:
    if delivery.scope.role not in form.by:
        raise refuse(
            "E-M05",
            found=(form.zh, form.en),
            expected=[words_of(role) for role in sorted(form.by - {Role.OPERATOR})],
        )
