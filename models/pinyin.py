"""Initials of Chinese text, so that 沈阳 is found by ``sy``. Whole columns: each sign is looked up once.

Refuses tones and full spellings. A sign with several readings counts by its commonest one, except in the names of
places, which are few and read as words (重庆 is ``cq``).
"""

import polars as pl
from pypinyin import Style, lazy_pinyin


def initials(texts: pl.Series) -> pl.Series:
    """Each text with every Chinese sign replaced by its initial, lower case, without blanks; null stays null."""
    frame = pl.DataFrame({"text": texts.cast(pl.String)}).with_row_index("at")
    signs = frame.select("at", pl.col("text").str.to_lowercase().str.split("").alias("sign")).explode("sign")
    distinct = signs["sign"].unique().drop_nulls().sort()
    read = pl.DataFrame({"sign": distinct, "initial": [_initial(sign) for sign in distinct]})
    joined = (
        signs.join(read, on="sign", how="left")
        .sort("at", maintain_order=True)
        .group_by("at", maintain_order=True)
        .agg(pl.col("initial").str.join(""))
    )
    found = frame.select("at", "text").join(joined, on="at", how="left", maintain_order="left")
    return found.select(pl.when(pl.col("text").is_not_null()).then(pl.col("initial").fill_null("")))[
        "initial"
    ]


def read_as_word(text: str) -> str:
    """The initials of a text that is read as words: for a few names, not for columns."""
    return "".join(lazy_pinyin(text, style=Style.FIRST_LETTER)).lower()


def _initial(sign: str) -> str:
    if not sign.strip():
        return ""
    return lazy_pinyin(sign, style=Style.FIRST_LETTER)[0][:1] if not sign.isascii() else sign
