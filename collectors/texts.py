"""Text cells → values, a whole column at a time: words, codes, closed lists, credit codes, partner cities.

Text is data: markup in a name stays as it is and is shown as text. What could deceive a reader (direction
marks, control characters) is refused; what only hides (zero-width characters in a code) is removed and said.
"""

import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import polars as pl
from stdnum.cn import uscc
from stdnum.exceptions import ValidationError

from collectors.cells import Parsed, day, plain

_INVISIBLE = "[\u00a0\u00ad\u200b-\u200f\u2060\ufeff]"
_BIDI = "[\u202a-\u202e\u2066-\u2069]"
_CONTROL = "[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffe\uffff]"
SUSPECT = "[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u202a-\u202e\u2066-\u2069\ufffe\uffff]"

#: A mobile phone number, or an identity card's 18 characters with its day of birth (GB 11643).
_NUMBER = r"1[3-9][0-9]{9}|[1-9][0-9]{5}(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])[0-3][0-9][0-9]{3}[0-9Xx]"
PERSONAL = rf"(?:^|[^0-9A-Za-z])(?:{_NUMBER})(?:$|[^0-9A-Za-z])"
DAMAGED = "\ufffd|锟斤拷|烫烫烫|Ã©"

#: What is cut off both ends of a text.
STRIPPED = " \t\r\n\u3000\u00a0\ufeff"

#: A text that a spreadsheet would take for a formula; exports put one apostrophe before it.
FORMULA_LEAD = r"[=+\-@\t\r\n|＝＋－＠]"
_QUOTED = rf"^'({FORMULA_LEAD}|')"


def folded(text: str) -> str:
    """A word as lists are searched: NFKC, no blanks, no case."""
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()


def _first(*pairs: tuple[str, pl.Series]) -> pl.Series | None:
    """One code a row: the first whose mask is set; None where none is."""
    pairs = tuple((code, mask) for code, mask in pairs if mask.any())
    if not pairs:
        return None
    chain = pl.lit("")
    for index, (code, _) in reversed(list(enumerate(pairs))):
        chain = pl.when(pl.col(str(index))).then(pl.lit(code)).otherwise(chain)
    return pl.DataFrame({str(i): mask for i, (_, mask) in enumerate(pairs)}).select(chain.alias("c"))["c"]


def _or_none(values: pl.Series, codes: pl.Series | None) -> pl.Series:
    """Blank and wrong cells become None."""
    keep = values != ""
    if codes is not None:
        keep = keep & (codes == "")
    return pl.DataFrame({"v": values, "k": keep}).select(pl.when("k").then("v"))["v"]


def text(raw: pl.Series, max_length: int, *, quoted: bool = True) -> Parsed:
    """Words as they stand, stripped. ``quoted``: an export's apostrophe before a formula sign is removed."""
    values = raw.str.strip_chars(STRIPPED)
    if quoted and values.str.starts_with("'").any():
        values = values.str.replace(_QUOTED, "$1")
    if values.str.contains("\r", literal=True).any():
        values = values.str.replace_all("\r\n?", "\n")
    long = values.str.len_chars() > max_length
    suspect = values.str.contains(SUSPECT)
    damaged = values.str.contains(DAMAGED)
    personal = values.str.contains(PERSONAL)
    warnings = (("W-C100", personal),) if personal.any() else ()
    if not (suspect.any() or long.any() or damaged.any()):
        return Parsed(_or_none(values, None), warnings=warnings)
    codes = _first(
        ("E-C95", values.str.contains(_BIDI)),
        ("E-C98", values.str.contains(_CONTROL)),
        ("E-F25", damaged),
        ("E-C97", long),
    )
    return Parsed(_or_none(values, codes), codes, warnings)


def code(raw: pl.Series, max_length: int) -> Parsed:
    """An identifier: kept as text to the last digit, half-width, without invisible characters.

    Chinese brackets become the others without a word, so that a document's number is one number in both.
    """
    values, warnings = raw.str.strip_chars(), ()
    if values.str.contains(r"[^\x20-\x7e]").any():
        hidden = values.str.contains(_INVISIBLE)
        visible = values.str.replace_all(_INVISIBLE, "").str.strip_chars()
        values = visible.str.normalize("NFKC").str.strip_chars()
        warnings = (("W-C56", hidden), ("W-C57", values != visible.str.replace_many({"（": "(", "）": ")"})))
    if values.str.starts_with("'").any():
        values = values.str.replace(_QUOTED, "$1")
    codes = _first(
        ("E-C89", values.str.contains(r"^#(?:DIV/0!|REF!|N/A|NAME\?|VALUE!|NUM!|NULL!)")),
        ("E-C55", values.str.contains(r"^[0-9](?:\.[0-9]+)?[eE]\+[0-9]+$")),
        ("E-C95", values.str.contains(_BIDI)),
        ("E-C98", values.str.contains(_CONTROL + "|\n|\r|\t")),
        ("E-F25", values.str.contains(DAMAGED)),
        ("E-C97", values.str.len_chars() > max_length),
    )
    return Parsed(_or_none(values, codes), codes, warnings)


def explained(rows: pl.DataFrame, warning: str, epoch: date | None) -> pl.DataFrame:
    """Add what a warning's message needs: what was read, which characters were hidden; hide what is personal."""
    if warning == "W-C56":
        hidden = pl.col("found").str.extract_all(_INVISIBLE).list.unique()
        return rows.with_columns(
            which=hidden.map_elements(lambda c: ", ".join(f"U+{ord(x):04X}" for x in c), pl.String)
        )
    if warning == "W-C100":
        return rows.with_columns(found=pl.col("found").str.replace_all(rf"({_NUMBER})", "…"))
    if warning == "W-C85":
        return rows.with_columns(read=day(rows["found"], epoch=epoch).values.cast(pl.String))
    if warning == "W-C79" and epoch is not None:
        serial = pl.duration(days=pl.col("found").str.strip_chars().cast(pl.Float64).cast(pl.Int32))
        return rows.with_columns(read=(pl.lit(epoch) + serial).cast(pl.String))
    return rows.with_columns(read=pl.col("found").str.normalize("NFKC"))


def _by_distinct(raw: pl.Series, judge: Callable[[str], Any], dtype: Any, wrong: str) -> Parsed:
    """Judge each distinct text once; ``judge`` gives None for a wrong one."""
    distinct = raw.unique()
    table = pl.DataFrame(
        {
            "raw": distinct,
            "value": pl.Series([judge(t) if t.strip() else None for t in distinct], dtype=dtype),
        }
    )
    joined = pl.DataFrame({"raw": raw}).join(table, on="raw", how="left", maintain_order="left")
    values = joined["value"]
    return Parsed(values, _first((wrong, values.is_null() & (raw.str.strip_chars() != ""))))


def listed(raw: pl.Series, accepted: Mapping[str, Any], wrong: str, dtype: Any) -> Parsed:
    """A word of a closed list → its code."""
    return _by_distinct(raw, lambda t: accepted.get(folded(t)), dtype, wrong)


def credit_code(raw: pl.Series) -> Parsed:
    """A unified social credit code, its check character verified (GB 32100)."""

    def judge(found: str) -> str | None:
        try:
            return uscc.validate(unicodedata.normalize("NFKC", found).strip())
        except ValidationError:
            return None

    return _by_distinct(raw, judge, pl.String, "E-C111")


def industry(raw: pl.Series) -> Parsed:
    """Two or three digits of manufacturing, divisions 13 to 43 of GB/T 4754-2017; a leading C is dropped."""
    values = plain(raw).str.to_uppercase().str.strip_prefix("C")
    wrong = ~values.str.contains(r"^(?:1[3-9]|[23][0-9]|4[0-3])[0-9]?$") & (values != "")
    codes = _first(("E-C112", wrong))
    return Parsed(_or_none(values, codes), codes)


def partners(raw: pl.Series, places: Mapping[str, str]) -> Parsed:
    """Partner cities with shares in percent → canonical ``320200:30;330500:20``, shares at most 100 together."""
    return _by_distinct(raw, lambda t: _partners(t, places), pl.String, "E-C114")


def _partners(found: str, places: Mapping[str, str]) -> str | None:
    shares: dict[str, str] = {}
    for part in filter(None, unicodedata.normalize("NFKC", found).replace("、", ";").split(";")):
        name, _, share = part.strip().partition(":")
        city, share = places.get(folded(name)), share.strip().removesuffix("%").strip()
        whole, _, decimals = share.partition(".")
        if (
            city is None
            or city in shares
            or not (share == "" or ((whole + decimals).isascii() and (whole + decimals).isdigit()))
        ):
            return None
        if len(decimals) > 2 or len(whole) > 3:
            return None
        shares[city] = f"{int(whole or 0)}.{decimals}".rstrip("0").rstrip(".") if share else ""
    total = sum(float(share) for share in shares.values() if share)
    if not shares or total > 100:
        return None
    return ";".join(f"{city}:{share}" if share else city for city, share in shares.items())
