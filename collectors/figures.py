"""A number as a workbook writes it → what Excel shows, but exact: digits, percentages, days, times.

One number at a time, for cells that were looked up; whole columns go through ``collectors/values.py``. A day
that does not exist is Excel's own error.
"""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import NamedTuple

from openpyxl.utils.datetime import from_excel

from collectors.package import Style

#: From here on a number has lost digits: 15 are kept.
EXACT_TO = 1e15


class Figure(NamedTuple):
    """What a number says: its text, whether digits are lost, and the unit its format shows beside it."""

    text: str
    lost: bool = False
    unit: str = ""


def figure(value: str, style: Style, epoch: date) -> Figure:
    """A number by its own digits and its format; what is no number stays as it is."""
    try:
        exact = float(value) if set(value) & set(".eE") else int(value)
    except ValueError:
        return Figure(value)
    if style.day:
        return Figure(_moment(exact, style, epoch))
    text = number(exact, percent=style.percent)
    return Figure(text.zfill(style.width) if text.isdecimal() else text, abs(exact) >= EXACT_TO, style.unit)


def _moment(value: int | float, style: Style, epoch: date) -> str:
    try:
        found = from_excel(value, datetime.combine(epoch, time()), timedelta=style.elapsed)
    except (OverflowError, ValueError):
        return "#VALUE!"
    if isinstance(found, datetime):
        found = (found + timedelta(milliseconds=500)).replace(microsecond=0)
    return str(found).removesuffix(" 00:00:00") if isinstance(found, datetime) else str(found)


def number(value: int | float, *, percent: bool = False) -> str:
    """A number as text: 15 digits, as Excel shows them, and never in scientific notation."""
    exact = Decimal(value) if isinstance(value, int) else Decimal(format(value, ".15g"))
    return f"{exact * 100:f}%".replace(".00%", "%") if percent else f"{exact:f}"
