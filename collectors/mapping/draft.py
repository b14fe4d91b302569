"""A first mapping for a file nobody has described: drafted from the whole sample, with a comment at every doubt.

The draft is for a person to finish: what is not sure says so, and what was not understood stands at the end.
Refuses to invent: a column that nothing resembles stays out. The fields: ``collectors/mapping/draft_fields.py``.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from collectors.forms import FORMS, Cell, Form
from collectors.mapping.draft_fields import fields_told, listed, quoted, unsure
from collectors.mapping.likeness import Guess, best_guesses
from collectors.mapping.meaning import MAY_BE_BLANK, TOGETHER
from collectors.mapping.sample import AMBIGUOUS, Seen, columns_of, one_line
from collectors.read import Sheet
from models.words import Words

#: Units that a header names in brackets.
_UNITS = {"元": "yuan", "yuan": "yuan", "rmb": "yuan", "千元": "thousand", "万元": "10k", "百万元": "million"}
_UNITS |= {"亿元": "100m", "10k yuan": "10k"}

#: A median amount above this is hardly in 万元.
_HUGE = 100_000

_DAY = r"(?:19|20)[0-9]{2}[-_.]?(?:0[1-9]|1[0-2])[-_.]?(?:[0-2][0-9]|3[01])"
_DAY_GROUPS = "(?<year>[0-9]{4})[-_.]?(?<month>[0-9]{2})[-_.]?(?<day>[0-9]{2})"


@dataclass(frozen=True)
class Draft:
    """The TOML text, and how many of its places are not sure."""

    text: str
    unsure: int


def drafted(sheet: Sheet, file_name: str, t: Words, *, form: str | None = None) -> Draft:
    """Draft a mapping for a sample (``sample.read_sample``); ``form`` None: the forms that fit best."""
    columns = columns_of(sheet)
    forms = [FORMS[name] for name in ([form] if form else _best_forms(columns))]
    guesses = _guesses(forms, columns)
    parts = [
        _head(file_name, forms, sheet, t),
        *_general(guesses, t),
        _as_of(file_name, forms, guesses, t),
        _constants(forms, guesses, t),
        fields_told(forms, guesses, columns, t),
        _left(guesses, columns, t),
    ]
    text = "\n".join(part for part in parts if part) + "\n"
    return Draft(text, text.count(unsure(t)))


def _best_forms(columns: list[Seen]) -> list[str]:
    """The form, or projects and dispatch together, that finds most and misses least."""
    choices = [TOGETHER, *([name] for name in FORMS)]
    return max(choices, key=lambda names: _worth([FORMS[name] for name in names], columns))


def _worth(forms: list[Form], columns: list[Seen]) -> float:
    guesses = _guesses(forms, columns)
    missing = {c.name for form in forms for c in form.columns if c.required}
    missing -= {guess.column.name for guess in guesses} | {"as_of", "kind", *MAY_BE_BLANK}
    return sum(guess.score for guess in guesses) - 0.6 * len(missing)


def _guesses(forms: Sequence[Form], columns: list[Seen]) -> list[Guess]:
    """The guesses of all forms; a column of ours and one of the source are each used once."""
    guesses: list[Guess] = []
    for form in forms:
        used = {guess.seen.header for guess in guesses}
        mine = {guess.column.name for guess in guesses}
        rest = [column for column in columns if column.header not in used]
        guesses += [guess for guess in best_guesses(form, rest) if guess.column.name not in mine]
    return guesses


def _head(file_name: str, forms: Sequence[Form], sheet: Sheet, t: Words) -> str:
    size = {"rows": len(sheet.row_no), "columns": len(sheet.header)}
    lines = [
        "# " + t("Drafted from {file}: {rows} rows, {columns} columns.", file=one_line(file_name), **size),
        "# "
        + t(
            "Read every place marked “unsure”, then try it: manage.py mapping preview FILE --mapping THIS.toml"
        ),
        "# " + t("What each key means: docs/mapping.toml."),
        f"name = {quoted(_name(file_name))}",
        'version = "1"',
        f"forms = {listed([form.name for form in forms])}",
    ]
    if sheet.encoding not in ("utf-8", "xlsx", "utf-16"):
        doubt = unsure(t) + t("are the letters beyond ASCII right?")
        lines.append(f"encodings = {listed(['utf-8', sheet.encoding])}  {doubt}")
    return "\n".join(lines)


def _name(file_name: str) -> str:
    """A name from the file's, without day and number."""
    stem = re.sub(r"[^a-z0-9]+", "_", PurePosixPath(file_name).stem.lower()).strip("_")
    stem = re.sub(r"_(?:19|20)[0-9]{2}(?=_|$)", "", stem)
    stem = re.sub(r"^[^a-z]+|_?[0-9_]+$", "", stem)[:40]
    return stem if len(stem) > 1 and stem not in FORMS else "my_source"


def _general(guesses: Sequence[Guess], t: Words) -> list[str]:
    """What holds for the whole file: bad rows, skip words, forms of dates, the unit of amounts."""
    comment = t("or “set_aside”: take the good rows, keep the others with their reason")
    return [
        f'bad_rows = "refuse"  # {comment}',
        *_skip_words(guesses, t),
        *_dates(guesses, t),
        *_amounts(guesses, t),
    ]


def _skip_words(guesses: Sequence[Guess], t: Words) -> list[str]:
    """Words among days and numbers."""
    words: dict[str, int] = {}
    for guess in guesses:
        if guess.seen.kind != "text":
            for word, count in guess.seen.counted(guess.seen.words):
                words[word] = words.get(word, 0) + count
    if not words:
        return []
    told = ", ".join(f"{one_line(word)} {count:,}" for word, count in words.items())
    return [
        f"skip_words = {listed(list(words))}",
        unsure(t) + t("do these mean “no figure”? {words}", words=told),
    ]


def _dates(guesses: Sequence[Guess], t: Words) -> list[str]:
    """Forms of dates; where no cell has a day above the 12th, both readings are named."""
    days = [
        g.seen.date_forms for g in guesses if g.column.cell in (Cell.DATE, Cell.MONTH) and g.seen.date_forms
    ]
    decided = {forms[0] for forms in days if len(forms) == 1}
    open_ones = [forms[0] for forms in days if not set(forms) & decided]
    every = [form for form in dict.fromkeys([*sorted(decided), *open_ones]) if form != "yyyy-mm-dd"]
    if not every:
        return []
    pair = next((p for p in AMBIGUOUS if set(p) & set(open_ones)), None)
    asked = t("no day is above the 12th: {one} or {other}?", one=pair[0], other=pair[1]) if pair else ""
    return [f"dates = {listed(every)}" + (f"  {unsure(t)}{asked}" if pair else "")]


def _amounts(guesses: Sequence[Guess], t: Words) -> list[str]:
    amounts = [g.seen for g in guesses if g.column.cell == Cell.MONEY and len(g.seen.numbers)]
    if not amounts:
        return []
    bracketed = [re.search(r"[(（]([^()（）]+)[)）]$", seen.header) for seen in amounts]
    named = [
        _UNITS[unit] for found in bracketed if found and (unit := found.group(1).strip().lower()) in _UNITS
    ]
    if named:
        return [f'amounts = "{named[0]}"']
    largest = max(seen.numbers.median() or 0 for seen in amounts)
    asked = t("no header names a unit; the largest median is {amount}", amount=f"{largest:,.0f}")
    return [f'amounts = "{"yuan" if largest > _HUGE else "10k"}"  {unsure(t)}{asked}']


def _as_of(file_name: str, forms: Sequence[Form], guesses: Sequence[Guess], t: Words) -> str:
    """The as-of day from the file's name, where no column has it."""
    asked = any("as_of" in form.by_name for form in forms)
    if not asked or any(guess.column.name == "as_of" for guess in guesses):
        return ""
    day, year = re.search(_DAY, file_name), re.search(r"(?:19|20)[0-9]{2}", file_name)
    if day:
        return f"as_of_name = '{_DAY_GROUPS}'  # {one_line(day.group())}"
    if year:
        doubt = unsure(t) + t("as of which day of {year}?", year=year.group())
        return f"as_of_name = '(?<year>[0-9]{{4}})'\nas_of_day = \"12-31\"  {doubt}"
    return "# " + t("Neither a column nor the name says the as-of day: give --as-of with every import.")


def _constants(forms: Sequence[Form], guesses: Sequence[Guess], t: Words) -> str:
    found = {guess.column.name for guess in guesses}
    lacking = any("kind" in form.by_name for form in forms) and "kind" not in found
    return f'\n[constants]\nkind = "point"  {unsure(t)}point, line, surface' if lacking else ""


def _left(guesses: Sequence[Guess], columns: Sequence[Seen], t: Words) -> str:
    """Columns that went nowhere, with what they hold."""
    used = {guess.seen.header for guess in guesses}
    left = [column for column in columns if column.header not in used]
    told = [f"#   {one_line(column.header)}: {column.examples}" for column in left]
    return "\n".join(["\n# " + t("Columns that no field uses:"), *told]) if told else ""
