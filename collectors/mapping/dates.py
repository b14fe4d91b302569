"""Days and months in the forms that a mapping declares → ISO text, a whole column at a time.

A form is written with ``yyyy``, ``yy``, ``m``/``mm``, ``d``/``dd`` and ``mon`` (Jan, Feb, …); every other
character stands for itself. Without separators two digits are meant. A form without a day says ``first`` or
``last`` behind it. ``excel`` is Excel's count of days. Refuses to guess: what no form fits is left as it is.
"""

import re
from datetime import date
from functools import lru_cache

import polars as pl

from collectors.cells import EPOCH_1900, plain

#: The time of day behind a day; it is left out.
_TIME = r"(?i)[ T][0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?: ?[ap]\.? ?m\.?)?$"
_TOKENS = re.compile(r"yyyy|yy|mon|mm|m|dd|d")
_SERIAL = r"^([2-7][0-9]{4})(?:\.[0-9]+)?$"
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ENDS = (" first", " last")


@lru_cache(maxsize=64)
def understood(form: str) -> bool:
    """Is this a form of a date? It names year and month once each, and a day or which end of the month."""
    if form == "excel":
        return True
    bare = form.removesuffix(" first").removesuffix(" last")
    kinds = sorted(token[0] if token != "mon" else "m" for token in _TOKENS.findall(bare))
    return kinds == (["d", "m", "y"] if bare == form else ["m", "y"])


@lru_cache(maxsize=64)
def _pattern(form: str) -> str:
    """The form as a regular expression with the groups y, m, d."""
    bare = form.removesuffix(" first").removesuffix(" last")
    tight = not re.search(r"[^ymdon]", bare)
    digits = "[0-9]{2}" if tight else "[0-9]{1,2}"
    groups = {"yyyy": "(?<y>[0-9]{4})", "yy": "(?<y>[0-9]{2})", "mon": "(?<m>[A-Za-z]{3,9})"}
    groups |= dict.fromkeys(("mm", "m"), f"(?<m>{digits})") | dict.fromkeys(("dd", "d"), f"(?<d>{digits})")
    parts, end = [], 0
    for token in _TOKENS.finditer(bare):
        parts += [re.escape(bare[end : token.start()]), groups[token.group()]]
        end = token.end()
    return "^" + "".join(parts) + re.escape(bare[end:]) + "$"


def as_iso(raw: pl.Series, forms: tuple[str, ...], *, epoch: date | None) -> pl.Series:
    """Cells that one of the forms fits as 2024-01-05; the first that gives a day of the calendar counts.

    ``epoch``: Excel's day 0 of this file, for the form ``excel``; None means the usual one.
    """
    text = plain(raw).str.replace(_TIME, "")
    read = [_by_form(text, form, epoch or EPOCH_1900) for form in forms]
    return pl.select(pl.coalesce(*(day.dt.strftime("%Y-%m-%d") for day in read), text)).to_series()


def _by_form(text: pl.Series, form: str, epoch: date) -> pl.Series:
    """What one form makes of the cells; None where it does not fit or there is no such day."""
    if form == "excel":
        serial = text.str.extract(_SERIAL).cast(pl.Int32)
        return pl.select(pl.lit(epoch) + pl.duration(days=serial)).to_series()
    parts = text.str.extract_groups(_pattern(form)).struct.unnest()
    if form.endswith(_ENDS):
        parts = parts.with_columns(d=pl.lit("1"))
    whole = pl.concat_str(_year(), _month(), pl.col("d").str.zfill(2), separator="-")
    day = whole.str.to_date("%Y-%m-%d", strict=False)
    return parts.select(day.dt.month_end() if form.endswith(" last") else day).to_series()


def _year() -> pl.Expr:
    """Two digits are of this century."""
    short = pl.col("y").str.len_chars() == 2
    return pl.when(short).then(pl.lit("20") + pl.col("y")).otherwise("y")


def _month() -> pl.Expr:
    names = {name: f"{number:02}" for number, name in enumerate(_MONTHS, 1)}
    named = pl.col("m").str.to_lowercase().str.slice(0, 3).replace_strict(names, default=None)
    return pl.coalesce(named, pl.col("m").str.zfill(2))
