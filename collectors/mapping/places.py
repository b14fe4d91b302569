"""A source's own places: codes with a prefix, from a table of names or numbered; planted with its programme.

A cell may name several places: the first leads, the others are partners. Refuses to touch a place of the
country: the codes begin with the prefix, which is letters and a hyphen.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import polars as pl
import sqlalchemy as sa

from collectors.cells import Parsed
from collectors.mapping.declared import PlacesTold, ProgrammeTold
from models.clock import local_day
from models.db import upsert
from models.places import Place, PlaceLevel, Programme

#: How long the number of a numbered place may be.
_NUMBER = r"^[0-9]{1,4}$"


def placed(raw: pl.Series, told: PlacesTold) -> Parsed:
    """ "15; 21" → a struct of ``city`` MX-15 and ``partners`` MX-21; a code that is not known is E-C113."""
    named = raw.str.strip_chars() != ""
    split = (
        raw.str.split(told.separator)
        if told.separator
        else raw.to_frame("r").select(pl.concat_list("r")).to_series()
    )
    parts = split.list.eval(pl.element().str.strip_chars().str.zfill(told.width))
    known = pl.element().is_in(list(told.names)) if told.names else pl.element().str.contains(_NUMBER)
    frame = pl.DataFrame(
        {"c": parts.list.eval(told.prefix + pl.element()), "k": parts.list.eval(known).list.all() & named}
    )
    partners = pl.col("c").list.slice(1).list.unique(maintain_order=True).list.join(";")
    both = pl.struct(
        pl.when("k").then(pl.col("c").list.first()).alias("city"),
        pl.when(pl.col("k") & (pl.col("c").list.len() > 1)).then(partners).alias("partners"),
    )
    wrong = named & ~frame["k"]
    codes = pl.select(pl.when(wrong).then(pl.lit("E-C113")).otherwise(pl.lit(""))).to_series()
    return Parsed(frame.select(both.alias("p"))["p"], codes if wrong.any() else None)


def plant(connection: sa.Connection, told: PlacesTold, used: Iterable[str]) -> None:
    """Make sure the places are there: all of a table, of numbered ones those in use. The caller commits."""
    code, zh, en = told.province
    blank = {"tile_row": None, "tile_column": None}
    rows = [dict(code=code, level=PlaceLevel.PROVINCE, province=code, name_zh=zh, name_en=en, **blank)]
    for place, (name_zh, name_en) in _named(told, used):
        one: dict[str, Any] = dict(code=place, level=PlaceLevel.CITY, province=code)
        rows.append(one | dict(name_zh=name_zh, name_en=name_en, **blank))
    upsert(connection, Place, rows)


def _named(told: PlacesTold, used: Iterable[str]) -> list[tuple[str, tuple[str, str]]]:
    if told.names:
        return [(told.prefix + code, (zh, en)) for code, (zh, en) in told.names.items()]
    zh, en = told.numbered
    numbers = {
        code: str(int(code.removeprefix(told.prefix))) for code in used if code.startswith(told.prefix)
    }
    return [(code, (zh.replace("{n}", n), en.replace("{n}", n))) for code, n in sorted(numbers.items())]


def plant_programme(connection: sa.Connection, told: ProgrammeTold, now: datetime) -> None:
    """Make sure the programme is there, as it was declared first; the caller commits."""
    t = Programme.__table__
    if connection.scalar(sa.select(t.c.code).where(t.c.code == told.code)) is None:
        values = {**told.model_dump(), "demonstration": False, "created_on": local_day(now)}
        connection.execute(sa.insert(t).values(**values))
