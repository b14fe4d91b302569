"""A bulletin as a PDF: A4, black and white safe, its Chinese font embedded as far as used. Same value, same bytes.

The font is carried with the project (``fonts/``), because neither a bare machine nor a package index has one
that can be relied on. A character that it lacks shows as 〓 rather than as nothing. Refuses colour: status is a
shape and a word, heads are grey.
"""

from datetime import UTC
from functools import lru_cache
from pathlib import Path

from fontTools.ttLib import TTFont
from fpdf import FPDF
from fpdf.enums import Align, TableBordersLayout, TextMode
from fpdf.fonts import FontFace

from alerts.bulletin.breaking import lines_of
from alerts.bulletin.shape import Bulletin, Section, Table

FONT = Path(__file__).parent / "fonts" / "NotoSansCJKsc-Regular-subset.otf"
_NAME = "noto"
_MARGIN, _FOOT = 15, 12  # millimetres
_TITLE, _HEADING, _BODY, _SMALL, _CELL = 15, 10.5, 9.2, 8, 7.4  # points
_GREY, _PALE = (228, 228, 228), (244, 244, 244)
_PADDING = (0.45, 0.9)  # millimetres above and beside a cell's text


class _Page(FPDF):
    """Page number between dashes at the foot."""

    def footer(self) -> None:
        self.set_y(-_FOOT)
        self.set_font(_NAME, size=_SMALL)
        self.cell(0, 5, f"— {self.page_no()} —", align=Align.C)


def render(bulletin: Bulletin) -> bytes:
    """The PDF's bytes."""
    pdf = _Page(format="A4")
    made = bulletin.known_at.astimezone(UTC).replace(microsecond=0)
    pdf.creation_date = made
    pdf.set_title(bulletin.title)
    pdf.set_subject(f"{bulletin.issue} · {bulletin.known}")
    pdf.set_author(bulletin.producer)
    pdf.set_producer(bulletin.producer)
    pdf.set_lang(bulletin.language.replace("_", "-"))
    pdf.add_font(_NAME, fname=FONT)
    pdf.set_margins(_MARGIN, _MARGIN - 3, _MARGIN)
    pdf.set_auto_page_break(True, _FOOT + 3)
    pdf.add_page()
    _head(pdf, bulletin)
    for section in bulletin.sections:
        _section(pdf, section, chinese=bulletin.language == "zh_CN")
    return bytes(pdf.output())


def _head(pdf: FPDF, bulletin: Bulletin) -> None:
    _strong(pdf, bulletin.title, _TITLE, 8, Align.C)
    _say(pdf, f"{bulletin.issue}　{bulletin.dated}", _BODY, 5, Align.C)
    _say(pdf, bulletin.known, _SMALL, 4.2, Align.C)
    if bulletin.notice:
        _say(pdf, bulletin.notice, _SMALL, 4.2, Align.C)
    pdf.set_line_width(0.4)
    pdf.line(_MARGIN, pdf.get_y() + 1, pdf.w - _MARGIN, pdf.get_y() + 1)
    pdf.ln(2)


def _section(pdf: FPDF, section: Section, *, chinese: bool) -> None:
    """A heading never stands alone at the foot of a page: what follows it has room for a few lines."""
    if pdf.will_page_break(22):
        pdf.add_page()
    pdf.ln(1)
    _strong(pdf, section.title, _HEADING, 5.6, Align.L)
    for sentence in section.sentences:
        _say(pdf, ("　　" if chinese else "") + sentence, _BODY, 4.5, Align.L)
    if section.table is not None:
        _table(pdf, section.table)


def _table(pdf: FPDF, table: Table) -> None:
    if table.unit:
        _say(pdf, table.unit, _SMALL, 4.2, Align.R)
    else:
        pdf.ln(0.8)
    pdf.set_font(_NAME, size=_CELL)
    pdf.set_line_width(0.15)
    whole = sum(column.width for column in table.columns)
    widths = [pdf.epw * column.width / whole - 2 * _PADDING[1] - 0.4 for column in table.columns]
    with pdf.table(
        col_widths=tuple(column.width for column in table.columns),
        text_align=tuple(Align.R if column.number else Align.L for column in table.columns),
        headings_style=FontFace(fill_color=_GREY),
        borders_layout=TableBordersLayout.ALL,
        line_height=3.8,
        padding=_PADDING,
    ) as grid:
        head = grid.row()
        for column, width in zip(table.columns, widths, strict=True):
            head.cell(_broken(pdf, column.label, width), align=Align.C)
        for at, cells in enumerate(table.rows, start=1):
            row = grid.row(
                style=FontFace(fill_color=_PALE) if table.total and at == len(table.rows) else None
            )
            for cell, width in zip(cells, widths, strict=True):
                row.cell(_broken(pdf, cell.text, width))
    if table.more:
        _say(pdf, table.more, _SMALL, 4.4, Align.L)


def _strong(pdf: FPDF, said: str, size: float, height: float, align: Align) -> None:
    """Heavier text: the one weight that is carried, its outline drawn too."""
    with pdf.local_context(text_mode=TextMode.FILL_STROKE, line_width=size / 60):
        _say(pdf, said, size, height, align)


def _say(pdf: FPDF, said: str, size: float, height: float, align: Align) -> None:
    pdf.set_font(_NAME, size=size)
    lines = _broken(pdf, said, pdf.epw - 2 * pdf.c_margin - 0.4)
    pdf.multi_cell(0, height, lines, align=align, new_x="LMARGIN", new_y="NEXT")


def _broken(pdf: FPDF, said: str, width: float) -> str:
    """The text in lines of at most a width, in the font that is set."""
    return "\n".join(lines_of(_printable(said), width, pdf.get_string_width))


def _printable(said: str) -> str:
    """The text with 〓 for every character that the font lacks."""
    known = _known()
    return "".join(letter if ord(letter) in known else "〓" for letter in said)


@lru_cache(maxsize=1)
def _known() -> frozenset[int]:
    with TTFont(FONT, lazy=True) as font:
        return frozenset(font.getBestCmap())
