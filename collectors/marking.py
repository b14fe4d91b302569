"""A workbook with some of its cells coloured and commented, and everything else as it was.

The library makes an object of every cell and may refuse what spreadsheets take, so this runs in a process of
its own (``collectors/sandbox.py``). Refuses workbooks whose merged ranges would fill the memory.
"""

import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass

import openpyxl
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill
from openpyxl.utils import range_boundaries

#: Where a cell lies in a merged range, what is said of it is said at the range's first cell.
_MERGE = re.compile(rb'<mergeCell ref="([A-Z]{1,3}[0-9]{1,7}:[A-Z]{1,3}[0-9]{1,7})"')

#: Cells of merged ranges that a workbook may hold and still be changed.
_MERGED = 200_000

#: Characters of a comment.
LONGEST = 2_000


@dataclass(frozen=True)
class Note:
    """What is said about one cell. ``row`` counts from 1, ``column`` from 0; ``colour`` is RRGGBB.

    ``sheet`` "" is the first sheet that is shown.
    """

    sheet: str
    row: int
    column: int
    colour: str
    text: str

    @property
    def height(self) -> int:
        """Points that its comment needs."""
        return 40 + 18 * (len(self.text) // 22 + self.text.count("\n") + 1)


def marked(content: bytes, notes: Sequence[Note]) -> bytes | None:
    """The workbook with its notes; None where the library cannot write it back."""
    if _merged_cells(content) > _MERGED:
        return None
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), keep_links=False)
    except Exception:  # it refuses some workbooks that spreadsheets, and our own reader, take
        return None
    first = next((tab for tab in book if tab.sheet_state == "visible"), book.active)
    tabs = {note.sheet: book[note.sheet] if note.sheet else first for note in notes}
    firsts = {
        (sheet, cell): ref.bounds[1::-1]
        for sheet, tab in tabs.items()
        for ref in tab.merged_cells.ranges
        for cell in ref.cells
    }
    for note in notes:
        at = (note.row, note.column + 1)
        cell = tabs[note.sheet].cell(*firsts.get((note.sheet, at), at))
        cell.fill = PatternFill("solid", start_color=note.colour)
        cell.comment = Comment(note.text[:LONGEST], "Pilot Dispatch", width=320, height=note.height)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _merged_cells(content: bytes) -> int:
    """How many cells lie in merged ranges: the library makes an object of each when it loads the file."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheets = [archive.read(name) for name in archive.namelist() if name.startswith("xl/worksheets/")]
    bounds = [range_boundaries(ref.decode("latin-1")) for sheet in sheets for ref in _MERGE.findall(sheet)]
    return sum((right - left + 1) * (bottom - top + 1) for left, top, right, bottom in bounds)
