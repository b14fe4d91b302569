"""Text cells → values, a whole column at a time: money, percentages, days, months.

Each parser gives the values (None where a cell is blank or wrong) and, for every wrong cell, the code of what
is wrong with it. Exact: amounts and percentages go through decimals, never through floats. Refuses to guess:
a form that is not on the closed list is an error with its own message.
"""

from dataclasses import dataclass
from datetime import date

import polars as pl

from models.money import MAX_FEN

#: Largest count, and largest score in hundredths of a point.
MAX_COUNT, MAX_SCORE = 100_000_000, 100_00

#: Excel's day 0 in the 1900 system, as it counts from March 1900 on.
EPOCH_1900 = date(1899, 12, 30)

_BLANKS = [
    "NA",
    "N/A",
    "na",
    "n/a",
    "null",
    "NULL",
    "None",
    "none",
    "-",
    "--",
    "—",
    "——",
    "/",
    "\\",
    "无",
    "空",
    "nan",
]
_NUMBER = r"^-?[0-9]{1,20}(?:\.[0-9]{1,DECIMALS}0*|\.0*)?$"
_WHOLE = r"^-?[0-9]{1,20}(?:\.0*)?$"
_GROUPED = r"^-?[0-9]{1,3}(?:[, ][0-9]{3})+(?:\.[0-9]+)?$"

#: Why a cell is no number, first match wins.
_NOT_A_NUMBER = (
    ("E-C89", r"^#"),
    ("E-C70", r"[\p{N}--[0-9]]|^[一二三四五六七八九十百千]+$"),
    ("E-C63", r"[¥￥$€元万亿]|(?i:yuan|rmb|cny)$"),
    ("E-C68", r"^[+-]?[0-9]+(?:\.[0-9]+)?[eE][+-]?[0-9]+$"),
    ("E-C72", r"^\([[0-9],. ]+\)$"),
    ("E-C62", r"^-?[0-9]{1,3}(?:\.[0-9]{3})+(?:,[0-9]+)?$"),
    ("E-C60", r"^-?[0-9][[0-9], ]*(?:\.[0-9]+)?$"),
    ("E-C69", r"^[+-]?(?i:nan|inf|infinity)$"),
)

_AMBIGUOUS_DAY = r"^[0-9]{1,2}[-/. ](?:[0-9]{1,2}|[A-Za-z]{3,9})(?:[-/. ][0-9]{2,4})?$"
_DAY = r"^([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})$"
_MONTH = r"^([0-9]{4})-([0-9]{1,2})(?:-[0-9]{1,2})?$"
#: October typed as a number loses its zero: 2026.10 becomes 2026.1.
_OCTOBER_TOO = r"^20[0-9]{2}\.1$"
_TIME = (
    r"[ T]([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.[0-9]+)?)? ?"
    r"(?:(Z)|([+-])([0-9]{2}):?([0-9]{2}))?$"
)

#: Minutes that China's time is ahead of UTC.
_CHINA = 8 * 60
_MIDNIGHT = r"[ T]0{1,2}:00(?::00(?:\.0+)?)?$"


@dataclass(frozen=True)
class Parsed:
    """Values, and per cell the code of what is wrong ("" where nothing is). Warnings leave the value."""

    values: pl.Series
    codes: pl.Series | None = None
    warnings: tuple[tuple[str, pl.Series], ...] = ()


def plain(text: pl.Series) -> pl.Series:
    """Stripped, full-width made half-width, invisible characters removed: for numbers, days and codes."""
    if text.str.contains(r"[^\x20-\x7e]").any():
        normal = text.str.normalize("NFKC").str.replace_all(r"[\u200b-\u200f\u2060\ufeff]", "")
        if text.str.contains(r"\p{No}").any():  # ² must not become 2
            odd = pl.col("t").str.contains(r"\p{No}")
            pair = pl.DataFrame({"t": text, "n": normal})
            normal = pair.select(pl.when(odd).then("t").otherwise("n").alias("t"))["t"]
        text = normal
    return text.str.strip_chars()


def no_answers(text: pl.Series) -> pl.Series:
    """Which cells say "n/a", "-", "无" and the like."""
    return text.is_in(_BLANKS)


def _coded(odd: pl.Series, reasons: tuple[tuple[str, str], ...], otherwise: str) -> pl.Expr:
    chain = pl.lit(otherwise)
    for code, pattern in reversed(reasons):
        chain = pl.when(pl.col(odd.name).str.contains(pattern)).then(pl.lit(code)).otherwise(chain)
    return chain


def _reasons(
    text: pl.Series, odd: pl.Series, reasons: tuple[tuple[str, str], ...], otherwise: str
) -> pl.Series:
    named = text.alias("text")
    frame = pl.DataFrame([named, odd.alias("odd")])
    chain = _coded(named, reasons, otherwise)
    return frame.select(pl.when("odd").then(chain).otherwise(pl.lit("")).alias("code"))["code"]


def scaled(raw: pl.Series, *, decimals: int, largest: int) -> Parsed:
    """Numbers with at most ``decimals`` decimals as integers of the last decimal; not below 0.

    Thousands separators are accepted in proper groups of three; a minus zero is zero.
    """
    text = plain(raw)
    blank = text == ""
    pattern = _NUMBER.replace("DECIMALS", str(decimals)) if decimals else _WHOLE
    good = text.str.contains(pattern)
    if not (good | blank).all():
        grouped = text.str.contains(_GROUPED)
        if grouped.any():
            pairs = pl.DataFrame({"text": text, "grouped": grouped})
            joined = pl.col("text").str.replace_all("[, ]", "")
            text = pairs.select(pl.when("grouped").then(joined).otherwise("text"))["text"]
            good = text.str.contains(pattern)
    number = pl.DataFrame({"t": text, "g": good}).select(pl.when("g").then("t"))["t"]
    number = number.cast(pl.Decimal(38, decimals), strict=False).to_physical()
    wrong = ~(good | blank)
    negative, large = (number < 0).fill_null(False), (number > largest).fill_null(False)
    if not (wrong.any() or negative.any() or large.any()):
        return Parsed(number.cast(pl.Int64), None, _wide(raw, text))
    fine = pl.Series([True]) & ~(negative | large)
    codes = _reasons(
        text, wrong, (("E-C75", r"^-?[0-9]+\.[0-9]+$"), ("E-C74", r"^-?[0-9]{21,}"), *_NOT_A_NUMBER), "E-C67"
    )
    frame = pl.DataFrame({"v": number, "c": codes, "n": negative, "l": large, "f": fine})
    frame = frame.select(
        pl.when("f").then("v").cast(pl.Int64).alias("v"),
        pl.when("n").then(pl.lit("E-C72")).when("l").then(pl.lit("E-C74")).otherwise("c").alias("c"),
    )
    return Parsed(frame["v"], frame["c"], _wide(raw, text))


def _wide(raw: pl.Series, text: pl.Series) -> tuple[tuple[str, pl.Series], ...]:
    """A note where full-width digits were read."""
    if not raw.str.contains(r"[^\x20-\x7e]").any():
        return ()
    return (("N-C59", raw.str.contains("[０-９]") & text.str.contains(r"^[-0-9., ]+$")),)


def money(raw: pl.Series, *, decimals: int = 6) -> Parsed:
    """Amounts in 万元 (6 decimals) or 元 (2 decimals) → fen."""
    return scaled(raw, decimals=decimals, largest=MAX_FEN)


def year(raw: pl.Series) -> Parsed:
    """Years 2000 to 2200, with or without 年."""
    text = plain(raw).str.replace("年度?$", "")
    wrong = ~text.str.contains("^2[01][0-9]{2}$|^2200$") & (text != "")
    values = pl.DataFrame({"t": text, "w": wrong}).select(pl.when(~pl.col("w")).then("t"))["t"]
    codes = _reasons(text, wrong, (("E-C89", "^#"),), "E-C117") if wrong.any() else None
    return Parsed(values.cast(pl.Int64, strict=False), codes)


def percent(raw: pl.Series) -> Parsed:
    """Percentages, with or without the sign → basis points, 0 to 10,000 inclusive."""
    text = plain(raw)
    if text.str.contains("%", literal=True).any():
        text = text.str.replace(r" ?%$", "")
    parsed = scaled(text, decimals=2, largest=10_000)
    fraction = (parsed.values > 0) & (parsed.values < 100) & ~raw.str.contains("[%％]")
    warnings = (("W-C76", fraction.fill_null(False)), *_wide(raw, text))
    if parsed.codes is None:
        return Parsed(parsed.values, None, warnings)
    outside = {"E-C72": "E-C77", "E-C74": "E-C77", "E-C67": "E-C78"}
    return Parsed(parsed.values, parsed.codes.replace(outside), warnings)


def day(raw: pl.Series, *, epoch: date | None = None, earliest: int = 2000) -> Parsed:
    """Days in the closed list of forms → dates. ``epoch`` allows Excel serials, counted from it.

    A time of day is left out, which is said unless it is midnight; one with a zone counts in China's time.
    """
    text = plain(raw)
    blank = text == ""
    values = text.str.to_date("%Y-%m-%d", strict=False, exact=True)
    if (blank | (values.is_not_null() & text.str.contains(r"^[0-9]{4}-[0-9][0-9]-[0-9][0-9]$"))).all():
        return _bounded(values, text, None, earliest)
    times = _times(text) if text.str.contains(":", literal=True).any() else None
    text = text.str.replace(_TIME, "").str.replace_all(r"[年/.月]", "-").str.replace("日$", "")
    text = text.str.replace(
        r"^(20[0-9][0-9]|19[0-9][0-9])([0-9][0-9])([0-9][0-9])$", "$1-$2-$3"
    ).str.replace_all(" ", "")
    parts = text.str.extract_groups(_DAY).struct.unnest()
    values = _dates(parts)
    warnings: tuple = ()
    if epoch is not None:
        serial = text.str.extract(r"^([2-7][0-9]{4})(?:\.0+)?$").cast(pl.Int32)
        from_serial = pl.select(pl.lit(epoch) + pl.duration(days=serial)).to_series()
        warnings = (("W-C79", serial.is_not_null()),)
        values = values.fill_null(from_serial)
    wrong = values.is_null() & ~blank
    codes = None
    if wrong.any():
        codes = _reasons(plain(raw), wrong, (("E-C89", "^#"), ("E-C83", _AMBIGUOUS_DAY)), "E-C84")
    if times is not None:
        values, codes, told = _on_their_day(values, codes, times)
        warnings = (*warnings, ("W-C85", told))
    return _bounded(values, text, codes, earliest, warnings)


def _times(text: pl.Series) -> pl.DataFrame:
    """Times of day after the day: ``none`` there is none such, ``days`` to add in China, ``midnight`` there."""
    hour, minute, second, utc, sign, ahead, past = (f"{n}" for n in range(1, 8))
    found = text.str.extract_groups(_TIME).struct.rename_fields(
        [hour, minute, second, utc, sign, ahead, past]
    )
    numbers = [pl.col(name).cast(pl.Int32) for name in (hour, minute, second, ahead, past)]
    frame = found.struct.unnest().with_columns(numbers)
    offset = (pl.col(ahead) * 60 + pl.col(past)) * pl.when(pl.col(sign) == "-").then(-1).otherwise(1)
    zone = pl.when(pl.col(utc) == "Z").then(0).otherwise(offset).fill_null(_CHINA)
    minutes = pl.col(hour) * 60 + pl.col(minute) + _CHINA - zone
    late = (pl.col(hour) > 23) | (pl.col(minute) > 59) | (pl.col(second).fill_null(0) > 59)
    return frame.select(
        none=late.fill_null(False),
        days=minutes.floordiv(24 * 60).fill_null(0),
        midnight=((minutes % (24 * 60) == 0) & (pl.col(second).fill_null(0) == 0)).fill_null(True),
    )


def _on_their_day(
    values: pl.Series, codes: pl.Series | None, times: pl.DataFrame
) -> tuple[pl.Series, pl.Series, pl.Series]:
    """Days as China's clock had them, with the codes of times that are none, and which times were left out."""
    frame = times.with_columns(v=values, c=codes if codes is not None else pl.lit(""))
    wrong = pl.col("none") & pl.col("v").is_not_null()
    found = frame.select(
        v=pl.when(~wrong).then(pl.col("v") + pl.duration(days="days")),
        c=pl.when(wrong).then(pl.lit("E-C85")).otherwise("c"),
        told=~pl.col("midnight") & ~pl.col("none") & pl.col("v").is_not_null(),
    )
    return found["v"], found["c"], found["told"]


def _dates(parts: pl.DataFrame) -> pl.Series:
    """Year, month, day as text → dates; None where there is no such day."""
    padded = pl.concat_str(
        pl.nth(0), pl.nth(1).str.zfill(2), pl.nth(2).str.zfill(2), separator="-", ignore_nulls=False
    )
    return parts.select(padded.str.to_date("%Y-%m-%d", strict=False).alias("v"))["v"]


def _bounded(
    values: pl.Series, text: pl.Series, codes: pl.Series | None, earliest: int, warnings: tuple = ()
) -> Parsed:
    years = values.dt.year()
    outside = ((years < earliest) | (years > 2200)).fill_null(False)
    if outside.any():
        frame = pl.DataFrame({"v": values, "o": outside}).with_columns(
            c=codes if codes is not None else pl.lit("")
        )
        frame = frame.select(
            pl.when(~pl.col("o")).then("v").alias("v"),
            pl.when("o").then(pl.lit("E-C81")).otherwise("c").alias("c"),
        )
        values, codes = frame["v"], frame["c"]
    return Parsed(values, codes, warnings)


def month(raw: pl.Series) -> Parsed:
    """Months (2026-03, 2026/3, 2026年3月, 202603, or any day of the month) → the first day."""
    told = plain(raw)
    text = told.str.replace(_OCTOBER_TOO, "?").str.replace(_MIDNIGHT, "")
    text = text.str.replace_all(r"[年/.月]", "-").str.replace_all(r"[-日]+$", "")
    text = text.str.replace(r"^(20[0-9][0-9])([0-9][0-9])$", "$1-$2").str.replace(
        r"^(20[0-9][0-9])([0-9][0-9])([0-9][0-9])$", "$1-$2-$3"
    )
    parts = text.str.extract_groups(_MONTH).struct.unnest().with_columns(day=pl.lit("1"))
    values = _dates(parts)
    wrong, known = values.is_null() & (text != ""), (("E-C89", "^#"), ("E-C83", _OCTOBER_TOO))
    codes = _reasons(told, wrong, known, "E-C84") if wrong.any() else None
    return _bounded(values, text, codes, 2000)
