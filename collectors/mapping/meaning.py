"""What a mapping's fields and constants mean, by the forms' own columns.

Everything is driven by ``Form`` and ``Column``: a new form can be mapped as soon as it is declared. The first
thing wrong is told as one line (``MappingError``).
"""

import re
from dataclasses import dataclass, replace

from collectors.forms import FORMS, Cell, Column, Form
from collectors.mapping.dates import understood
from collectors.mapping.declared import AMOUNTS, FieldTold, MappingTold
from collectors.mapping.fault import MappingError, nearest_first
from models.words import mark

#: The forms that one file may fill together; every other form is filled alone.
TOGETHER = ["projects", "dispatch"]

#: Columns that a form asks for and the tables can do without: a mapping may say ``required = false``.
MAY_BE_BLANK = ("total_investment",)

#: What names a record or a place goes to every form of the mapping.
_SHARED = ("code", "city")


@dataclass(frozen=True)
class Field:
    """One column of the forms, and how it comes about. ``column`` has the mapping's own bounds."""

    column: Column
    told: FieldTold
    forms: tuple[str, ...]


def fields_of(told: MappingTold) -> dict[str, Field]:
    """The declared fields by name. Raises MappingError."""
    forms = forms_of(told)
    found = {}
    for name, field in told.fields.items():
        column = _column(told, forms, f"fields.{name}", name)
        _check_field(told.name, f"fields.{name}", column, field)
        bounds = {"max_length": field.max_length or column.max_length}
        bounds["required"] = column.required if field.required is None else field.required
        found[name] = Field(replace(column, **bounds), field, _goes_to(forms, name))
    return found


def constants_of(told: MappingTold) -> dict[str, Field]:
    """The constants as fields without a source. Raises MappingError."""
    forms = forms_of(told)
    found = {}
    for name in told.constants:
        column = _column(told, forms, f"constants.{name}", name)
        if name in told.fields:
            refuse(told.name, f"constants.{name}", mark("the field of the same name is declared already"))
        found[name] = Field(column, FieldTold(), _goes_to(forms, name))
    return found


def forms_of(told: MappingTold) -> tuple[Form, ...]:
    """The forms a mapping fills, in their order. Raises MappingError."""
    for name in told.forms:
        if name not in FORMS:
            known = nearest_first(name, list(FORMS))
            refuse(
                told.name,
                "forms",
                mark("there is no form “{found}”; known: {known}"),
                found=name,
                known=known,
            )
    if len(told.forms) != 1 and told.forms != TOGETHER:
        refuse(told.name, "forms", mark('one form is expected, or ["projects", "dispatch"]'))
    return tuple(FORMS[name] for name in told.forms)


def refuse(name: str, key: str, message: str, **values: object) -> None:
    raise MappingError(name, key, message, **values)


def _column(told: MappingTold, forms: tuple[Form, ...], key: str, name: str) -> Column:
    for form in forms:
        if name in form.by_name and not form.by_name[name].shown_only:
            return form.by_name[name]
    known = nearest_first(name, [c.name for form in forms for c in form.columns if not c.shown_only])
    raise MappingError(told.name, key, mark("the forms have no such column; known: {known}"), known=known)


def _goes_to(forms: tuple[Form, ...], name: str) -> tuple[str, ...]:
    """A field belongs to the first form that has it; what names a record goes to all."""
    having = tuple(form.name for form in forms if name in form.by_name or name in _SHARED)
    return having if name in _SHARED else having[:1]


def _check_field(name: str, key: str, column: Column, field: FieldTold) -> None:
    """A field by itself."""
    if sum((bool(field.column), bool(field.columns), bool(field.key))) != 1:
        refuse(name, key, mark("one of column, columns and key is expected"))
    if field.key and column.cell != Cell.CODE:
        refuse(name, f"{key}.key", mark("only a code is made of a key"))
    if field.readable and not field.key:
        refuse(name, f"{key}.readable", mark("it goes with key"))
    if field.dates and column.cell not in (Cell.DATE, Cell.MONTH):
        refuse(name, f"{key}.dates", mark("only dates and months have forms of dates"))
    check_dates(name, f"{key}.dates", field.dates)
    _check_unit(name, key, column, field)
    if field.others != "read" and not field.values:
        refuse(name, f"{key}.others", mark("it goes with values"))
    if field.required is False and column.required and column.name not in MAY_BE_BLANK:
        refuse(name, f"{key}.required", mark("the form cannot do without this column"))


def _check_unit(name: str, key: str, column: Column, field: FieldTold) -> None:
    kinds = {Cell.MONEY: tuple(AMOUNTS), Cell.PERCENT: ("percent", "fraction")}.get(column.cell, ())
    if field.unit is not None and field.unit not in kinds:
        known = ", ".join(kinds) or "—"
        refuse(name, f"{key}.unit", mark("units of this column: {known}"), known=known)
    if field.factor and column.cell != Cell.MONEY:
        refuse(name, f"{key}.factor", mark("only amounts have a factor"))
    if field.factor and field.unit is not None:
        refuse(name, f"{key}.factor", mark("either unit or factor is expected"))
    if field.factor and not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", field.factor):
        refuse(name, f"{key}.factor", mark('a decimal number in quotation marks is expected, such as "0.5"'))


def check_dates(name: str, key: str, forms: list[str]) -> None:
    for form in forms:
        if not understood(form):
            message = mark(
                '“{found}” is no form of a date; such as "d/m/yyyy", "yyyymmdd", "yyyy-mm last", "excel"'
            )
            refuse(name, key, message, found=form)
