"""What the keys of a mapping must say together; the first that does not hold is told as one line.

To add a rule, add two lines to one of the functions below: when it is broken, which key and what is expected.
"""

import codecs
import re
from collections.abc import Iterator
from datetime import date

from collectors.forms import FORMS, Form
from collectors.mapping.declared import MappingTold, PlacesTold, ProgrammeTold
from collectors.mapping.fault import MappingError
from collectors.mapping.meaning import MAY_BE_BLANK, check_dates, constants_of, fields_of, forms_of, refuse
from models.places import XPCC
from models.roster import PILOT
from models.words import mark

#: Plan facts that follow from the as-of day where plans are in force as published.
_FROM_THE_DAY = ("approved_on", "document_no", "as_of")


#: A key, and what is expected there (a message id).
Broken = Iterator[tuple[str, str]]


def check(told: MappingTold) -> None:
    """Everything that keys must say together. Raises MappingError with the first that does not hold."""
    fields_of(told)
    constants_of(told)
    check_dates(told.name, "dates", told.dates)
    for rules in (_of_reading, _of_plans, _of_programme):
        for key, expected in rules(told):
            raise MappingError(told.name, key, expected)
    for form in forms_of(told):
        _check_complete(told, form)


def _of_reading(told: MappingTold) -> Broken:
    """What the file is called and how it is read."""
    if not re.fullmatch(r"[a-z][a-z0-9_]{1,39}", told.name) or told.name in FORMS:
        yield "name", mark("2 to 40 of a–z, 0–9 and _ are expected, and not a form's name")
    if not 1 <= len(told.version) <= 5:
        yield "version", mark("1 to 5 characters are expected")
    if not told.encodings or not all(map(_known_encoding, told.encodings)):
        yield "encodings", mark("names of encodings are expected, such as utf-8, gb18030, latin-1")
    if told.as_of_name and not _names_a_year(told.as_of_name):
        yield "as_of_name", mark("a regular expression with a group (?<year>…) is expected")
    if told.as_of_day and not _is_day_of_year(told.as_of_day):
        yield "as_of_day", mark("a month and day such as 12-31 is expected")


def _of_plans(told: MappingTold) -> Broken:
    """What differing plan figures mean."""
    in_force = told.plan_changes == "in_force"
    if in_force and told.programme is None:
        yield "plan_changes", mark("in_force needs a [programme]: in the pilot a province decides on changes")
    if in_force and {*told.fields, *told.constants} & set(_FROM_THE_DAY):
        yield "fields", mark("with in_force, approved_on, document_no and as_of follow from the as-of day")
    if not set(told.cumulative or ()) <= set(told.fields):
        yield "cumulative", mark("names of declared fields are expected")
    if not 0 <= told.total_investment_moves_percent <= 100:
        yield "total_investment_moves_percent", mark("a whole number from 0 to 100 is expected")


def _of_programme(told: MappingTold) -> Broken:
    """A programme and places of the source's own."""
    if told.programme is not None:
        yield from _of_own_programme(told, told.programme)
    if told.places is not None and told.programme is None:
        yield "places", mark("places go with a [programme]")
    if told.programme is not None and "city" not in told.fields and "city" not in told.constants:
        yield "fields.city", mark("with a [programme] every row needs its place")
    if told.places is not None:
        yield from _of_places(told.places)


def _of_own_programme(told: MappingTold, programme: ProgrammeTold) -> Broken:
    if "projects" not in told.forms:
        yield "programme", mark("a mapping with a [programme] fills the form projects")
    if programme.code == PILOT or not re.fullmatch(r"[a-z][a-z0-9_]{1,31}", programme.code):
        yield "programme.code", mark("2 to 32 of a–z, 0–9 and _ are expected, and not the pilot's code")
    if not re.fullmatch(r"[A-Z]{3}", programme.currency):
        yield "programme.currency", mark("three capital letters are expected, such as CNY")
    if programme.report_every_months not in (1, 2, 3, 4, 6, 12):
        yield "programme.report_every_months", mark("1, 2, 3, 4, 6 or 12 is expected")


def _of_places(places: PlacesTold) -> Broken:
    code = places.province[0] if len(places.province) == 3 else ""
    if not re.fullmatch(r"[A-Z]{2,8}", code) or code == XPCC:
        yield (
            "places.province",
            mark("a code of 2 to 8 capital letters, a Chinese and an English name are expected"),
        )
    if not re.fullmatch(r"[A-Z]{2,8}-[A-Z]*", places.prefix):
        yield "places.prefix", mark("capital letters and a hyphen are expected, such as MX-")
    if bool(places.names) == bool(places.numbered):
        yield "places", mark("either names or numbered is expected")
    if places.numbered and (len(places.numbered) != 2 or not all("{n}" in text for text in places.numbered)):
        yield "places.numbered", mark("a Chinese and an English name with {n} in each are expected")
    if any(len(pair) != 2 for pair in places.names.values()):
        yield "places.names", mark("each place has a Chinese and an English name")


def _check_complete(told: MappingTold, form: Form) -> None:
    """Every column that the form asks for comes from somewhere; the as-of day may come with the file."""
    for column in form.columns:
        given = column.name in told.fields or column.name in told.constants or column.name == "as_of"
        if column.required and not given and column.name not in MAY_BE_BLANK:
            expected = mark("the form asks for {found}: a field or a constant is expected")
            refuse(told.name, "fields", expected, found=f"{form.name}.{column.name}")


def as_of_pattern(pattern: str) -> re.Pattern:
    """A pattern for the as-of day in a file's name; a group may be written ``(?<year>…)``."""
    return re.compile(re.sub(r"\(\?<(?![=!])", "(?P<", pattern))


def _names_a_year(pattern: str) -> bool:
    try:
        return "year" in as_of_pattern(pattern).groupindex
    except re.error:
        return False


def _is_day_of_year(text: str) -> bool:
    try:
        return bool(date.fromisoformat(f"2023-{text}"))
    except ValueError:
        return False


def _known_encoding(name: str) -> bool:
    try:
        return bool(codecs.lookup(name))
    except LookupError:
        return False
