"""The quick road: columns in which every cell is written as the template writes it, typed in one pass.

One look at all columns costs what one look at one costs, and most files are clean. A column with any other
cell (a full-width digit, a separator, an unknown word, a future day) is left to ``collectors/validate.py``,
which knows every form and what to say. Refuses to find fault: what is typed here needs no word, and a
property test holds both roads to the same values.
"""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any

import polars as pl

from collectors import texts
from collectors.forms import Cell, Column
from models.words import words

#: Above this many rows columns are typed one by one, so that text and values are never all held at once.
TOGETHER = 20_000

_MONEY = r"^(?:[0-9]{1,9}(?:\.[0-9]{1,6})?)?$"
_PERCENT = r"^(?:0|[1-9][0-9]?(?:\.[0-9]{1,2})?|100)?$"
_COUNT = r"^(?:[0-9]{1,8})?$"
_YEAR = r"^(?:2[01][0-9]{2})?$"
_DAY = r"^(?:[0-9]{4}-[0-9]{2}-[0-9]{2})?$"
_MONTH = r"^(?:20[0-9]{2}-(?:0[1-9]|1[0-2]))?$"
_CODE = r"^(?:[0-9A-Za-z][0-9A-Za-z_-]*)?$"
_INDUSTRY = r"^(?:(?:1[3-9]|[23][0-9]|4[0-3])[0-9]?)?$"
_SAYS_MORE = rf"^[\s\ufeff']|[\s\ufeff]$|{texts.SUSPECT}|{texts.DAMAGED}|{texts.PERSONAL}|\r"
_LAST = date(2200, 12, 31)

#: What stands for yes and no.
FLAGS = {"是": True, "有": True, "yes": True, "y": True, "true": True, "1": True, "√": True}
FLAGS |= {"否": False, "无": False, "no": False, "n": False, "false": False, "0": False, "×": False}


_Road = tuple[pl.Expr, pl.Expr]


def typed(
    left: dict[str, pl.Series], columns: Mapping[int, Column], *, today: date, earliest: int
) -> dict[str, pl.Series]:
    """The clean columns' values by column name. ``left``: text by position; what is typed is taken out."""
    height = len(next(iter(left.values())))
    found: dict[str, pl.Series] = {}
    for part in [[i] for i in columns] if height > TOGETHER else [list(columns)]:
        text = pl.DataFrame([left[str(i)].alias(columns[i].name) for i in part])
        roads = {i: road for i in part if (road := _road(columns[i], today, earliest)) is not None}
        clean = _clean(text, {columns[i].name: road for i, road in roads.items()})
        values = [roads[i][0].alias(columns[i].name) for i in roads if columns[i].name in clean]
        if values:  # by slices, so that what lies between text and values stays small
            found |= pl.concat([piece.select(values) for piece in text.iter_slices(TOGETHER)]).to_dict()
        for index in part:
            if columns[index].name in clean:
                del left[str(index)]
    return found


def _clean(text: pl.DataFrame, roads: Mapping[str, _Road]) -> set[str]:
    """The columns whose every cell may go this road."""
    if not roads:
        return set()
    truths = text.select(clean.all().alias(name) for name, (_, clean) in roads.items()).row(0)
    return {name for name, truth in zip(roads, truths, strict=True) if truth}


@lru_cache(maxsize=512)
def _road(column: Column, today: date, earliest: int) -> _Road | None:
    """The column's values, and whether a cell is clean. None where there is no quick road."""
    text = pl.col(column.name)
    road = _values_and_clean(column, text, today, earliest)
    return road and (road[0], road[1] & (text != "") if column.required else road[1])


def _values_and_clean(column: Column, text: pl.Expr, today: date, earliest: int) -> _Road | None:
    match column.cell:
        case Cell.MONEY:
            return _scaled(text, 6), text.str.contains(_MONEY)
        case Cell.PERCENT:
            return _scaled(text, 2), text.str.contains(_PERCENT)
        case Cell.COUNT:
            return text.cast(pl.Int64, strict=False), text.str.contains(_COUNT)
        case Cell.SCORE:
            return _scaled(text, 2), text.str.contains(_PERCENT)
        case Cell.YEAR:
            return text.cast(pl.Int64, strict=False), text.str.contains(_YEAR)
        case Cell.DATE:
            return _day(text, _DAY, date(earliest, 1, 1), min(today, _LAST) if column.past else _LAST)
        case Cell.MONTH:
            return _day(text + "-01", _MONTH.replace(")?$", "-01)?$"), date(2000, 1, 1), _LAST)
        case Cell.TEXT:
            short = text.str.len_chars() <= column.max_length
            return _or_none(text), short & ~text.str.contains(_SAYS_MORE)
        case Cell.CODE:
            return _or_none(text), text.str.contains(_CODE) & (text.str.len_bytes() <= column.max_length)
        case Cell.INDUSTRY:
            return _or_none(text), text.str.contains(_INDUSTRY)
        case Cell.CHOICE:
            return _listed(text, choices(column), pl.String)
        case Cell.FLAG:
            return _listed(text, FLAGS, pl.Boolean)
    return None


def _or_none(text: pl.Expr) -> pl.Expr:
    return pl.when(text != "").then(text)


def _scaled(text: pl.Expr, decimals: int) -> pl.Expr:
    """Exact: the digits as an integer of the last decimal."""
    return text.cast(pl.Decimal(38, decimals), strict=False).to_physical().cast(pl.Int64, strict=False)


def _day(text: pl.Expr, form: str, first: date, last: date) -> _Road:
    day = text.str.to_date("%Y-%m-%d", strict=False)
    blank = (text == "") | (text == "-01")
    return day, blank | (text.str.contains(form) & day.is_between(first, last).fill_null(False))


def _listed(text: pl.Expr, accepted: Mapping[str, Any], dtype: Any) -> _Road:
    code = text.replace_strict(accepted, default=None, return_dtype=dtype)
    return code, code.is_not_null() | (text == "")


@lru_cache(maxsize=16)
def choices(column: Column) -> dict[str, str]:
    """Every accepted way to write a code of the column's list, folded: the code, its label in both languages."""
    accepted = {}
    for code in column.choices or ():
        labels = [str(code), *(words(language).label(code) for language in ("zh_CN", "en"))]
        for label in labels:
            accepted[texts.folded(label)] = str(code)
            if column.name == "kind":
                accepted[texts.folded(label) + "项目"] = str(code)
    if column.name == "kind":
        accepted |= {"点": "point", "线": "line", "面": "surface"}
        accepted |= {"点项目": "point", "线项目": "line", "面项目": "surface"}
    return accepted
