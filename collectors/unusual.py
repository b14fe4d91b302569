"""A sheet's XML as other programs write it → as Excel does: every row and cell says first where it is.

Cells without a reference are counted as readers count them; prefixes, comments, marked sections and single
quotes go. Slow, tag by tag, and only for sheets in which ``collectors/grid.py`` saw something unusual.
"""

import re
from functools import lru_cache
from xml.sax.saxutils import escape

from openpyxl.utils.cell import column_index_from_string, get_column_letter

_COMMENT = re.compile(rb"<!--.*?-->|<\?.*?\?>", re.DOTALL)
_SECTION = re.compile(rb"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
_PREFIX = re.compile(rb"<([A-Za-z_][\w.-]*:)sheetData\b")
_TAG = re.compile(rb"""<(row|c|v)((?:\s+[\w:.-]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(/?)>|</row\s*>""")
_ATTRIBUTE = re.compile(rb"""([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_REFERENCE = re.compile(r"\$?([A-Za-z]{1,3})\$?([1-9][0-9]{0,9})")


def unwrapped(xml: bytes) -> bytes:
    """The same sheet without comments, instructions, marked sections and a prefix of its own."""
    xml = _SECTION.sub(lambda found: escape(found[1].decode("utf-8")).encode(), _COMMENT.sub(b"", xml))
    prefix = _PREFIX.search(xml)
    if prefix is None:
        return xml
    return xml.replace(b"<" + prefix[1], b"<").replace(b"</" + prefix[1], b"</")


def plain(xml: bytes) -> bytes:
    """The same sheet in the usual form. What cannot be made plain stays, and is refused by the caller."""
    return _TAG.sub(_Counter().written, xml)


class _Counter:
    """Where the next row and cell stand, tag by tag."""

    def __init__(self) -> None:
        self.row = self.column = 0

    def written(self, found: re.Match) -> bytes:
        name, attributes, closed = found[1], found[2], found[3]
        if name is None:
            return b"</row>"
        if name == b"v":
            return b"<v></v>" if closed else b"<v>"
        reference, rest = _split(attributes)
        place = self._of_row(reference) if name == b"row" else self._of_cell(reference)
        return b'<%s r="%s"%s%s>' % (name, place.encode(), rest, closed)

    def _of_row(self, reference: bytes) -> str:
        self.row = int(reference) if reference.strip().isdigit() else self.row + 1
        self.column = 0
        return str(self.row)

    def _of_cell(self, reference: bytes) -> str:
        told = _REFERENCE.fullmatch(reference.decode("ascii", "replace").strip())
        if told is None:
            self.column += 1
            return f"{get_column_letter(min(self.column, 18_278))}{self.row}"
        self.column = column_index_from_string(told[1])
        return f"{told[1].upper()}{told[2]}"


@lru_cache(maxsize=1024)
def _split(attributes: bytes) -> tuple[bytes, bytes]:
    """The reference, b"" where there is none, and the other attributes as Excel writes them."""
    told = {n: (a or b).replace(b'"', b"&quot;") for n, a, b in _ATTRIBUTE.findall(attributes)}
    reference = told.pop(b"r", b"")
    return reference, b"".join(b' %s="%s"' % pair for pair in told.items() if b":" not in pair[0])
