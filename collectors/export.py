"""Text on its way into a spreadsheet: nothing in it may become a formula there.

CSV has no type for text, so a cell that begins like a formula gets one apostrophe, and the intake removes
exactly one again (``collectors/texts.py``). XLSX has such a type, and needs nothing.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence

from collectors.texts import FORMULA_LEAD

_LEADS = re.compile(rf"^[\s\u200b-\u200f\ufeff\"]*{FORMULA_LEAD}|^'+({FORMULA_LEAD}|')")


def neutral(text: str) -> str:
    """The text, with one apostrophe before it where a spreadsheet would calculate it."""
    return f"'{text}" if _LEADS.match(text) else text


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A CSV file for Excel: UTF-8 with mark, everything quoted, texts neutral, numbers as numbers."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow([neutral(text) for text in header])
    for row in rows:
        writer.writerow(["" if v is None else neutral(v) if isinstance(v, str) else v for v in row])
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8")
