"""A bulletin as a Word document in the plain style of official documents. Same value, same bytes.

The page follows GB/T 9704-2012 (A4, 37/28/26 mm margins, 仿宋 body, 黑体 headings, page number between dashes), without
a red head: who issues it sets that. Fonts are named, not embedded, so that it stays editable. The container is
packed again with one fixed time, as zip files carry the time of their making.
"""

import io
import zipfile
from datetime import UTC
from typing import Any

from docx import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.text.paragraph import Paragraph

from alerts.bulletin.shape import Bulletin, Cell, Table

#: Of each role: the font of Chinese text, the font of Latin text, the size in points.
_TITLE = ("方正小标宋简体", "Times New Roman", 22)
_BODY = ("仿宋_GB2312", "Times New Roman", 16)
_HEADING = ("黑体", "Times New Roman", 16)
_NOTE = ("仿宋_GB2312", "Times New Roman", 12)
_CELL = ("宋体", "Times New Roman", 9)
_FOOT = ("宋体", "Times New Roman", 14)
_LINE = 28  # points between lines of the body

_LEFT, _CENTER, _RIGHT = WD_ALIGN_PARAGRAPH.LEFT, WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT
_EPOCH = (1980, 1, 1, 0, 0, 0)
_TEXT_WIDTH_MM = 210 - 28 - 26


def render(bulletin: Bulletin) -> bytes:
    """The document's bytes."""
    document = Document()
    _page(document, bulletin)
    _line(document.add_paragraph(), _by_meaning(bulletin.title), _TITLE, _CENTER)
    _line(document.add_paragraph(), f"{bulletin.issue}　　{bulletin.dated}", _BODY, _CENTER)
    _line(document.add_paragraph(), bulletin.known, _NOTE, _CENTER, exact=False)
    if bulletin.notice:
        _line(document.add_paragraph(), bulletin.notice, _NOTE, _CENTER, exact=False)
    for section in bulletin.sections:
        heading = document.add_paragraph(style="Heading 1")
        _line(heading, section.title, _HEADING, _LEFT)
        heading.paragraph_format.keep_with_next = True
        for sentence in section.sentences:
            paragraph = document.add_paragraph()
            _line(paragraph, sentence, _BODY, WD_ALIGN_PARAGRAPH.JUSTIFY)
            paragraph.paragraph_format.first_line_indent = Pt(2 * _BODY[2])
        if section.table is not None:
            _table(document, section.table)
    out = io.BytesIO()
    document.save(out)
    return _packed(out.getvalue())


def _by_meaning(title: str) -> str:
    """A Chinese title that is longer than a line is broken before its bracket, not within it."""
    room = int(_TEXT_WIDTH_MM * 72 / 25.4 / _TITLE[2])
    return title.replace("（", "\n（", 1) if len(title) > room else title


def _page(document: Any, bulletin: Bulletin) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.footer_distance = Mm(25)
    _page_number(section.footer.paragraphs[0])
    made = bulletin.known_at.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    properties = document.core_properties
    properties.title, properties.subject = bulletin.title, bulletin.issue
    properties.author = properties.last_modified_by = bulletin.producer
    properties.created = properties.modified = made
    properties.comments, properties.language = bulletin.known, bulletin.language.replace("_", "-")
    for spoken in document.styles.element.iter(
        qn("w:lang")
    ):  # else Chinese is set as it is elsewhere in East Asia
        spoken.set(qn("w:val"), properties.language)
        spoken.set(qn("w:eastAsia"), "zh-CN")
    normal = document.styles["Normal"]
    _font(normal.element.get_or_add_rPr(), _BODY)
    normal.paragraph_format.space_before = normal.paragraph_format.space_after = Pt(0)
    heading = document.styles["Heading 1"]
    _font(heading.element.get_or_add_rPr(), _HEADING)
    heading.font.color.rgb, heading.font.bold = RGBColor(0, 0, 0), False
    heading.paragraph_format.space_before = heading.paragraph_format.space_after = Pt(0)


def _line(paragraph: Paragraph, said: str, look: tuple, align: Any, *, exact: bool = True) -> None:
    run = paragraph.add_run(said)
    _font(run._element.get_or_add_rPr(), look)
    run.font.size, run.font.bold = Pt(look[2]), False
    paragraph.alignment = align
    if exact:
        paragraph.paragraph_format.line_spacing_rule = WD_LINE_SPACING.EXACTLY
        paragraph.paragraph_format.line_spacing = Pt(max(_LINE, look[2] * 1.4))


def _font(properties: Any, look: tuple) -> None:
    """Chinese and Latin font of a run or style, in place of a theme's."""
    fonts = properties.get_or_add_rFonts()
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)
    for script in ("ascii", "hAnsi", "cs"):
        fonts.set(qn(f"w:{script}"), look[1])
    fonts.set(qn("w:eastAsia"), look[0])
    for colour in properties.findall(qn("w:color")):
        properties.remove(colour)


def _table(document: Any, table: Table) -> None:
    if table.unit:
        unit = document.add_paragraph()
        _line(unit, table.unit, _NOTE, _RIGHT, exact=False)
        unit.paragraph_format.keep_with_next = True
    grid = document.add_table(rows=1, cols=len(table.columns))
    grid.style, grid.alignment, grid.autofit = "Table Grid", WD_TABLE_ALIGNMENT.CENTER, False
    whole = sum(column.width for column in table.columns)
    widths = [Mm(round(_TEXT_WIDTH_MM * column.width / whole, 1)) for column in table.columns]
    for column, width in zip(grid.columns, widths, strict=True):
        column.width = width
    for place, column in zip(grid.rows[0].cells, table.columns, strict=True):
        _fill(place, column.label, _CENTER)
    _repeated(grid.rows[0])
    for cells in table.rows:
        row = grid.add_row()
        _unbroken(row)
        for place, cell, column in zip(row.cells, cells, table.columns, strict=True):
            _fill(place, cell.text, _alignment(cell, column.number))
    for row in grid.rows:
        for place, width in zip(row.cells, widths, strict=True):
            place.width = width
    if table.more:
        _line(document.add_paragraph(), table.more, _NOTE, _LEFT, exact=False)


def _alignment(cell: Cell, number: bool) -> Any:
    return _RIGHT if number else _LEFT


def _fill(place: Any, said: str, align: Any) -> None:
    _line(place.paragraphs[0], said, _CELL, align, exact=False)


def _repeated(row: Any) -> None:
    """The head stands again on every page that the table reaches."""
    row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))


def _unbroken(row: Any) -> None:
    """No page ends within a row."""
    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))


def _page_number(paragraph: Paragraph) -> None:
    """— 1 —, as a field."""
    _line(paragraph, "— ", _FOOT, _CENTER, exact=False)
    for kind, code in (("begin", None), (None, "PAGE"), ("end", None)):
        run = paragraph.add_run()
        _font(run._element.get_or_add_rPr(), _FOOT)
        run.font.size = Pt(_FOOT[2])
        element = OxmlElement("w:instrText" if code else "w:fldChar")
        if code:
            element.text = code
        else:
            element.set(qn("w:fldCharType"), kind)
        run._element.append(element)
    _line(paragraph, " —", _FOOT, _CENTER, exact=False)


def _packed(content: bytes) -> bytes:
    """The same container with every time in it fixed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            new.writestr(entry, old.read(name))
    return out.getvalue()
