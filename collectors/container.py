"""Pieces of sheets → a small workbook of our own around them, for the library that reads values.

It holds nothing that was not looked over: rows, shared texts, and cell styles reduced to "day" or "number".
Nothing is compressed, nothing else of the original file is in it.
"""

import io
import os
import zipfile
from collections.abc import Sequence
from typing import BinaryIO
from xml.sax.saxutils import quoteattr

import fastexcel

from collectors.package import EPOCH_1904, Package
from collectors.pieces import Piece

_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_RELATIONS = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'

#: Number formats every reader has built in: a number as it is, and a day.
_NUMBER, _DAY = 0, 14


def opened(pieces: Sequence[Piece], package: Package) -> fastexcel.ExcelReader:
    """The library's reader over a workbook with one sheet a piece, in their order.

    Through a file that is only in memory where the system has such files: it is not copied once more.
    """
    if not hasattr(os, "memfd_create"):
        whole = io.BytesIO()
        _pack(pieces, package, whole)
        return fastexcel.read_excel(whole.getvalue())
    with os.fdopen(os.memfd_create("sheets"), "w+b") as file:
        _pack(pieces, package, file)
        file.flush()
        return fastexcel.read_excel(f"/proc/self/fd/{file.fileno()}")


def _pack(pieces: Sequence[Piece], package: Package, out: BinaryIO) -> None:
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("_rels/.rels", _related([("officeDocument", "xl/workbook.xml")]))
        archive.writestr("xl/workbook.xml", _workbook(len(pieces), package))
        sheets = [("worksheet", f"worksheets/{number}.xml") for number in range(len(pieces))]
        archive.writestr("xl/_rels/workbook.xml.rels", _related(sheets))
        archive.writestr("xl/styles.xml", _styles(package))
        archive.writestr("xl/sharedStrings.xml", package.strings)
        for number, piece in enumerate(pieces):
            with archive.open(f"xl/worksheets/{number}.xml", "w") as sheet:
                sheet.write(f"<worksheet {_MAIN}><sheetData>{_corners(piece)}".encode())
                sheet.write(piece.xml)
                sheet.write(b"</sheetData></worksheet>")


def _corners(piece: Piece) -> str:
    """Cells without a value in the first and the last row, so that the table begins and ends there.

    An error is the one thing that readers count as a cell and take for nothing; what the piece itself has in
    these places comes later and wins.
    """
    ends = f'<c r="A{piece.first}" t="e"><v>#N/A</v></c><c r="A{piece.last}" t="e"><v>#N/A</v></c>'
    return f'<row r="{piece.first}">{ends}</row>'


def _related(targets: Sequence[tuple[str, str]]) -> str:
    links = (
        f'<Relationship Id="r{n}" Type="{_OFFICE}/{kind}" Target={quoteattr(target)}/>'
        for n, (kind, target) in enumerate(targets)
    )
    return _RELATIONS + "".join(links) + "</Relationships>"


def _workbook(count: int, package: Package) -> str:
    sheets = "".join(f'<sheet name="{n}" sheetId="{n + 1}" r:id="r{n}"/>' for n in range(count))
    epoch = int(package.epoch == EPOCH_1904)
    properties = f'<workbookPr date1904="{epoch}"/>'
    return f'<workbook {_MAIN} xmlns:r="{_OFFICE}">{properties}<sheets>{sheets}</sheets></workbook>'


def _styles(package: Package) -> str:
    formats = (_DAY if style.day and not style.telling else _NUMBER for style in package.styles)
    styles = "".join(f'<xf numFmtId="{number}"/>' for number in formats)
    return f"<styleSheet {_MAIN}><cellXfs>{styles}</cellXfs></styleSheet>"
