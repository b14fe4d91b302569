"""A code made of several columns: something to read, and a short digest that tells rows apart.

The digest is of the columns' texts (NFKC, blanks folded) in the declared order, so that it is the same in every
file and every release: it must never change, or every project would be registered anew. Sixty bits: among a
million codes a chance clash is one in two million files, and even then both rows are refused as doubled.
"""

import base64
import hashlib
from collections.abc import Sequence

import polars as pl

#: Characters of the digest, and of the whole code.
DIGEST, LONGEST = 12, 64

_BETWEEN = "\x1f"


def composed(parts: Sequence[pl.Series], readable: Sequence[pl.Series]) -> pl.Series:
    """Codes such as ``M015-SCOPE-7d3kq2…``; "" where every part is blank."""
    frame = pl.DataFrame([part.alias(str(i)) for i, part in enumerate(parts)])
    whole = frame.select(pl.concat_str([_folded(pl.col(n)) for n in frame.columns], separator=_BETWEEN))
    texts = whole.to_series().alias("whole")
    told = pl.DataFrame({"whole": texts, "read": _readable(readable, len(texts))})
    digests = {text: _digest(text) for text in texts.unique()}
    code = pl.col("read") + pl.col("whole").replace_strict(digests, return_dtype=pl.String)
    blank = pl.col("whole").str.replace_all(_BETWEEN, "", literal=True) == ""
    return told.select(pl.when(blank).then(pl.lit("")).otherwise(code).alias("code"))["code"]


def _folded(text: pl.Expr) -> pl.Expr:
    return text.str.normalize("NFKC").str.replace_all(r"\s+", " ").str.strip_chars()


def _readable(parts: Sequence[pl.Series], height: int) -> pl.Series:
    """Letters and digits of the readable columns, joined by hyphens, cut so that the digest fits behind."""
    if not parts:
        return pl.repeat("", height, eager=True)
    frame = pl.DataFrame([part.alias(str(i)) for i, part in enumerate(parts)])
    plain = [
        pl.col(n).str.normalize("NFKC").str.replace_all(r"[^\p{L}\p{N}]+", "-").str.strip_chars("-")
        for n in frame.columns
    ]
    joined = pl.concat_str(plain, separator="-").str.replace_all("-{2,}", "-").str.strip_chars("-")
    cut = joined.str.slice(0, LONGEST - DIGEST - 1).str.strip_chars("-")
    return frame.select(pl.when(cut != "").then(cut + "-").otherwise(pl.lit(""))).to_series()


def _digest(text: str) -> str:
    """Called once a distinct key: no library of whole columns has a digest that is stable over releases."""
    return base64.b32encode(hashlib.sha256(text.encode()).digest()).decode().lower()[:DIGEST]
