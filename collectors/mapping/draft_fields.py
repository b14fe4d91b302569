"""The fields of a drafted mapping: one line or table a column of the forms, with a comment where it is not sure."""

import json
from collections.abc import Sequence

from collectors import quick
from collectors.forms import Cell, Form
from collectors.mapping.likeness import Guess, known_words
from collectors.mapping.meaning import MAY_BE_BLANK
from collectors.mapping.sample import Seen, one_line, unique_together
from collectors.texts import folded
from models.words import Words

#: Words of a list that are asked about one by one.
_ASKED = 40

#: Columns that are given another way than by a field: with the file, or as a constant.
_ELSEWHERE = (*MAY_BE_BLANK, "as_of", "kind")


def quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def listed(texts: Sequence[str]) -> str:
    return "[" + ", ".join(quoted(text) for text in texts) + "]"


def unsure(t: Words) -> str:
    """How a comment at a doubt begins."""
    return f"# {t('unsure')}: "


def fields_told(forms: Sequence[Form], guesses: Sequence[Guess], columns: Sequence[Seen], t: Words) -> str:
    """The table ``[fields]``: lines first, then the fields that need a table of their own."""
    by_name = {guess.column.name: guess for guess in guesses}
    lines, tables = ["\n[fields]"], []
    for column in {column.name: column for form in forms for column in form.columns}.values():
        guess = by_name.get(column.name)
        if column.name == "code" and column.required and (guess is None or not guess.seen.tells_apart):
            told = _code(columns, t)
        elif guess is not None:
            told = _choice(guess, t) if column.cell == Cell.CHOICE else _field(guess, t)
        elif column.required and column.name not in _ELSEWHERE:
            told = f'# {column.name} = {{ column = "" }}  {unsure(t)}{t("needed, and nothing looks like it")}'
        else:
            continue
        (tables if told.startswith("\n") else lines).append(told)
    return "\n".join([*lines, *tables])


def _field(guess: Guess, t: Words) -> str:
    seen, column = guess.seen, guess.column
    told = [f"column = {quoted(seen.header)}"]
    if column.cell == Cell.PERCENT and len(seen.numbers) and seen.numbers.max() <= 1:
        told.append('unit = "fraction"')
    told += _stripped(seen) if column.cell == Cell.CODE else []
    if column.name in MAY_BE_BLANK and column.required and len(seen.valued) < len(seen.cells):
        told.append("required = false")
    longest = seen.filled.str.len_chars().max() or 0
    if column.cell == Cell.TEXT and longest > column.max_length:
        told.append(f"max_length = {longest}")
    return f"{column.name} = {{ {', '.join(told)} }}{_doubt(guess, t)}"


def _stripped(seen: Seen) -> list[str]:
    """An apostrophe that keeps a spreadsheet from reading a number."""
    return ['strip_prefix = "\'"'] if seen.filled.str.starts_with("'").all() else []


def _doubt(guess: Guess, t: Words) -> str:
    return "" if guess.is_sure else f"  {unsure(t)}{guess.score:.0%}, {guess.seen.examples}"


def _choice(guess: Guess, t: Words) -> str:
    """A table of values: what the form knows is read as it is, the rest is asked about."""
    own, known = quick.choices(guess.column), known_words(guess.column)
    words = [
        (word, count) for word, count in guess.seen.counted(guess.seen.filled) if folded(word) not in own
    ]
    values = [f"{quoted(word)} = {quoted(known[folded(word)])}" for word, _ in words if folded(word) in known]
    asked = [f"#   {one_line(word)} {count:,}" for word, count in words if folded(word) not in known]
    lines = [f"\n[fields.{guess.column.name}]{_doubt(guess, t)}", f"column = {quoted(guess.seen.header)}"]
    if values:
        lines.append(f"values = {{ {', '.join(values)} }}  {unsure(t)}{t('is that what they mean?')}")
    if asked:
        codes = ", ".join(str(code) for code in guess.column.choices or ())
        lines.append(unsure(t) + t("say in values what these mean, as one of {codes}:", codes=codes))
        lines += asked[:_ASKED]
        lines += ['others = "blank"'] if values else []
    return "\n".join(lines)


def _code(columns: Sequence[Seen], t: Words) -> str:
    """The column that tells nearly all rows apart, where there is one; else a key of several is proposed."""
    words = [column for column in columns if column.kind == "text"] or list(columns)
    single = _identifier(words)
    if single is not None:
        asked = t("blank or doubled in {count} rows", count=len(single.cells) - single.distinct)
        told = ", ".join([f"column = {quoted(single.header)}", *_stripped(single)])
        return f"code = {{ {told} }}  {unsure(t)}{asked}"
    chosen, doubled = unique_together(words)
    asked = t("{count} rows have the same key as another one and would be refused", count=doubled)
    lines = [f"\n[fields.code]  {unsure(t)}{asked}", f"key = {listed([c.header for c in chosen])}"]
    short = [c.header for c in chosen if (c.filled.str.len_chars().mean() or 0) <= 16][:2]
    return "\n".join([*lines, f"readable = {listed(short)}"] if short else lines)


def _identifier(columns: Sequence[Seen]) -> Seen | None:
    """A short text that is filled nearly everywhere and nearly never the same twice."""
    good = [
        column
        for column in columns
        if len(column.filled) >= 0.8 * len(column.cells)
        and column.distinct >= 0.99 * len(column.filled)
        and (column.filled.str.len_chars().max() or 0) <= 64
    ]
    return min(good, key=lambda column: column.filled.str.len_chars().mean(), default=None)
