"""A source's unit → ours (万元, percent), by moving the decimal point of the digits as written: exact, whole columns.

Refuses to touch what is not a plain number; the cell's own check says what is wrong with it. A new unit is a
line in ``SHIFTS``.
"""

import polars as pl

from collectors.forms import Cell

#: Unit → the kind of column it is for, and by how many places the point moves to the right.
SHIFTS = {
    "元": (Cell.MONEY, -4),
    "千元": (Cell.MONEY, -1),
    "百万元": (Cell.MONEY, 2),
    "亿元": (Cell.MONEY, 4),
    "share": (Cell.PERCENT, 2),  # 0 to 1
}

_NUMBER = r"^\s*(-?)([0-9]+)(?:\.([0-9]+))?\s*$"


def in_our_unit(text: pl.Series, unit: str) -> pl.Series:
    """Numbers in a unit as ours, as text; "512.25" 元 is "0.051225". Other texts stay as they are."""
    places = SHIFTS[unit][1]
    whole, fraction = pl.col("t").str.extract(_NUMBER, 2), pl.col("t").str.extract(_NUMBER, 3).fill_null("")
    if places > 0:
        filled = fraction.str.pad_end(places, "0")
        head, tail = whole + filled.str.head(places), filled.str.slice(places)
    else:
        filled = whole.str.zfill(1 - places)
        head, tail = filled.str.head(places), filled.str.tail(-places) + fraction
    head = head.str.strip_chars_start("0")
    head, tail = pl.when(head == "").then(pl.lit("0")).otherwise(head), tail.str.strip_chars_end("0")
    moved = pl.col("t").str.extract(_NUMBER, 1) + head
    moved = pl.when(tail == "").then(moved).otherwise(moved + "." + tail)
    return text.to_frame("t").select(pl.coalesce(moved, pl.col("t")).alias(text.name))[text.name]
