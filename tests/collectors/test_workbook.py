"""The fast reader of workbooks says what the slow one says: the same texts, row numbers and findings."""

import io
import re
from collections.abc import Callable
from datetime import date, datetime, time

import openpyxl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from collectors.forms import DISPATCH
from collectors.pieces import cut
from collectors.problems import Finding, Refused
from collectors.structure import Header
from collectors.workbook import read_workbook
from tests.collectors import slow_workbook
from tests.collectors.books import SHEET, changed, with_rows

WIDTH = 7
COLUMNS = {"code": 0, "as_of": 1, "physical_pct": 2, "invested": 3, "spent": 4, "narrative": 5}
HEADER = Header(DISPATCH, 1, 1, tuple(f"column {n}" for n in range(20)), COLUMNS, 6.0)
LIMITS = {"max_unpacked": 50_000_000, "max_rows": None}

DAYS = ["yyyy-mm-dd", 'yyyy"年"m"月"d"日"', "m/d/yy h:mm", "[$-804]yyyy-m-d"]
FORMATS = [
    *(
        "General",
        "0.00",
        "#,##0.00",
        "0%",
        "0.00%",
        "@",
        '0.00"万元"',
        '0.00"元"',
        '#,##0,"万元"',
        '0!.0,"万元"',
    ),
    *(
        "h:mm",
        "[h]:mm",
        "[Red]0.0",
        "d-mmm",
        "0.0E+00",
        '0" days"',
        "# ?/?",
        "yyyy-mm-dd hh:mm:ss",
        "mm:ss.0",
    ),
    *('"合计"0', "_ * #,##0.00_ ;_ @_ ", *DAYS),
]
BUILT_IN = [*range(0, 23), *range(27, 59)]
WORDS = [
    *(
        "12",
        "012",
        "1e5",
        "NA",
        "null",
        "None",
        "N/A",
        "#N/A",
        "TRUE",
        " x ",
        "2026-10-31",
        "2026-10-31 00:00:00",
    ),
    *(
        "安装调试",
        "a\nb",
        "<&>\"'",
        "50%",
        "0.1",
        "nan",
        "320500202401150017",
        "\u3000",
        "𬍛",
        "x" * 300,
        "=1+1",
    ),
]
NUMBERS = [
    *(
        0,
        1,
        -1,
        50,
        5000.25,
        0.5,
        0.1 + 0.2,
        1 / 3,
        1e-7,
        1e15,
        1e15 + 1,
        999999999999999,
        320500202401150017,
    ),
    *(
        46326,
        46326.5,
        46326.999999,
        60,
        59.5,
        0.25,
        2958465,
        2958466,
        -5,
        1e20,
        1e-320,
        100.0,
        123456789.123456,
    ),
    *(0.07, 1.1, 0.335, 33.33, 1e9, 2.5e-5),
]
ERRORS = ["#DIV/0!", "#REF!", "#N/A", "#VALUE!", "#NAME?", "#NUM!", "#NULL!"]

numbers = st.one_of(
    st.sampled_from(NUMBERS),
    st.integers(-(10**18), 10**18),
    st.floats(-1e12, 1e12, allow_nan=False).filter(lambda value: str(value) != "-0.0"),
    st.floats(40_000, 50_000),
)
words = st.one_of(
    st.sampled_from(WORDS), st.text(st.characters(exclude_categories=("Cc", "Cs", "Cn")), max_size=12)
)
formats = st.one_of(st.none(), st.sampled_from(FORMATS), st.sampled_from(BUILT_IN))
cells = {
    "number": st.tuples(st.just("number"), numbers, formats),
    "text": st.tuples(st.just("text"), words, formats),
    "blank": st.tuples(st.just("blank"), st.none(), formats),
    "flag": st.tuples(st.just("flag"), st.booleans(), formats),
    "error": st.tuples(st.just("error"), st.sampled_from(ERRORS), formats),
    "formula": st.tuples(st.just("formula"), st.one_of(numbers, words, st.booleans()), formats),
    "day": st.tuples(st.just("day"), st.dates(date(1995, 1, 1), date(2100, 1, 1)), st.sampled_from(DAYS)),
    "rich": st.tuples(st.just("rich"), words.filter(bool), formats),
}


@st.composite
def sheets(draw):
    """Rows by number; hidden ones, a merged range, and the way of writing. A column is mostly of one kind."""
    mostly = []
    for kind in draw(st.lists(st.sampled_from([*cells, "plain"]), min_size=1, max_size=WIDTH)):
        strangers = draw(st.sampled_from(["none", "blanks", "any"]))
        own = cells.get(kind, st.tuples(st.just("number"), numbers, st.none()))
        others = {
            "none": own,
            "blanks": st.one_of(own, own, cells["blank"]),
            "any": st.one_of(own, *cells.values()),
        }
        mostly.append(others[strangers])
    lines = sorted(draw(st.sets(st.integers(1, 40), min_size=1, max_size=25)))
    start = draw(st.sampled_from([0, 0, 0, 1]))
    rows = {line: [(start + n, draw(cell)) for n, cell in enumerate(mostly)] for line in lines}
    hidden = draw(st.sets(st.sampled_from(lines), max_size=3))
    return rows, hidden, draw(st.sampled_from(["", "", "A1:B1", "B3:$b$9", "C50"]))


def by_xlsxwriter(rows, hidden, *, inline: bool, from_1904: bool) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"constant_memory": inline, "date_1904": from_1904})
    sheet, bold = book.add_worksheet("表"), book.add_format({"bold": True})
    made: dict = {None: None}
    for line, row in rows.items():
        if line in hidden:
            sheet.set_row(line - 1, None, None, {"hidden": True})
        for column, (kind, value, form) in row:
            if form not in made:
                made[form] = book.add_format({"num_format": form})
            at, style = (line - 1, column), made[form]
            match kind:
                case "number":
                    sheet.write_number(*at, value, style)
                case "text":
                    sheet.write_string(*at, value, style)
                case "blank":
                    sheet.write_blank(*at, None, style)
                case "flag":
                    sheet.write_boolean(*at, value, style)
                case "error" | "formula":
                    sheet.write_formula(*at, '=A1&"<"', style, value)
                case "day":
                    sheet.write_datetime(*at, datetime.combine(value, time()), style)
                case "rich":
                    sheet.write_rich_string(*at, bold, "甲", value, *([style] if style else []))
    book.close()
    return out.getvalue()


def by_openpyxl(rows, hidden, *, from_1904: bool) -> bytes:
    """Whole numbers with all their digits, texts of their own, formulas that were never calculated.

    A text that begins or ends with a space says so, as in Excel's own files; else readers may drop it.
    """
    book = openpyxl.Workbook()
    book.epoch = CALENDAR_MAC_1904 if from_1904 else book.epoch
    sheet = book.active
    for line, row in rows.items():
        sheet.row_dimensions[line].hidden = line in hidden
        for column, (kind, value, form) in row:
            cell = sheet.cell(line, column + 1)
            if kind == "formula":
                value = "=1+1"
            elif kind == "rich":
                value = CellRichText("甲", TextBlock(InlineFont(b=True), value))
            cell.value = value
            if kind == "text":
                cell.value, cell.data_type = value, "s"
            if isinstance(form, str):
                cell.number_format = form
    out = io.BytesIO()
    book.save(out)
    return with_sheet(out.getvalue(), lambda xml: xml.replace(b"<t>", b'<t xml:space="preserve">'))


def with_sheet(content: bytes, change: Callable[[bytes], bytes]) -> bytes:
    return changed(content, {SHEET: change})


def merged(content: bytes, reference: str) -> bytes:
    cells = f'<mergeCells><mergeCell ref="{reference}"/></mergeCells>'.encode()
    if not reference:
        return content
    return with_sheet(content, lambda xml: xml.replace(b"</sheetData>", b"</sheetData>" + cells))


def plainly(finding: Finding):
    rows = None if finding.rows is None else finding.rows.rows()
    return finding.code, finding.column, rows, dict(finding.values)


def slowly(content: bytes):
    try:
        book = slow_workbook.read_workbook(content, **LIMITS)
    except Refused as refusal:
        return refusal.findings[0].code
    row_no, table, findings = book.below(HEADER)
    return book.head(), row_no.to_list(), table.rows(), [plainly(f) for f in findings], book.epoch


def quickly(content: bytes):
    try:
        tabs = read_workbook(content, **LIMITS)
    except Refused as refusal:
        return refusal.findings[0].code
    if not tabs:
        return "E-F02"
    row_no, table, findings = tabs[0].below(HEADER)
    return tabs[0].head(), row_no.to_list(), table.rows(), [plainly(f) for f in findings], tabs[0].epoch


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(sheet=sheets(), way=st.sampled_from(["shared", "inline", "openpyxl"]), from_1904=st.booleans())
def test_the_fast_reader_says_what_the_slow_one_says(sheet, way, from_1904):
    rows, hidden, reference = sheet
    if way == "openpyxl":
        content = by_openpyxl(rows, hidden, from_1904=from_1904)
    else:
        content = by_xlsxwriter(rows, hidden, inline=way == "inline", from_1904=from_1904)
    content = merged(content, reference)
    assert quickly(content) == slowly(content)


# -- the same sheet as other programs write it --------------------------------------------------------------

KINDS = [
    ("text", "SY{n}", None),
    ("day", date(2026, 10, 31), "yyyy-mm-dd"),
    ("number", 0.5, "0%"),
    ("number", 1 / 3, '0.00"元"'),
    ("formula", 7.25, None),
    ("text", "a<b\n安装", None),
    ("flag", True, None),
    ("error", "#DIV/0!", None),
]
LINES = {
    line: [
        (n, (kind, value.format(n=line) if kind == "text" else value, form))
        for n, (kind, value, form) in enumerate(KINDS)
    ]
    for line in range(1, 31)
}


def sample(*, inline: bool = False) -> bytes:
    return by_xlsxwriter(LINES, {4, 17}, inline=inline, from_1904=False)


def in_data(pattern: bytes, replacement) -> Callable[[bytes], bytes]:
    """Replace only among the rows."""

    def change(xml: bytes) -> bytes:
        start, end = xml.index(b"<sheetData>") + 11, xml.index(b"</sheetData>")
        return xml[:start] + re.sub(pattern, replacement, xml[start:end]) + xml[end:]

    return change


def prefixed(xml: bytes) -> bytes:
    xml = re.sub(rb"<(/?)([a-zA-Z])", rb"<\1x:\2", xml)
    return xml.replace(b'xmlns="', b'xmlns:x="')


DRESSES = {
    "a prefix": prefixed,
    "single quotes": in_data(rb'="([^"<>]*)"', rb"='\1'"),
    "spaces around the sign": in_data(rb'(<c [^>]*) t="', rb'\1 t = "'),
    "line ends in tags": in_data(rb"<(c|row|v|f) ", rb"<\1\n\t"),
    "one tag a line": in_data(rb"<(/c|/row|c|row|v|f)\b", rb"\n  <\1"),
    "the reference last": in_data(rb'<c (r="[^"]*")([^>]*)>', rb"<c\2 \1>"),
    "rows that say first how high they are": in_data(rb'<row (r="[^"]*")', rb'<row ht="15" \1'),
    "no references of cells": in_data(rb'<c r="[^"]*"', rb"<c"),
    "no references at all": in_data(rb'<(c|row) r="[^"]*"', rb"<\1"),
    "small letters": in_data(rb'<c r="([A-Z]+)', lambda found: b'<c r="' + found[1].lower()),
    "comments": in_data(rb"<v>", rb'<!-- <c r="A1"><v>1</v></c> --><v>'),
    "instructions": in_data(rb"</row>", rb"<?x <row> ?></row>"),
    "values that keep their spaces": in_data(rb"<v>", rb'<v xml:space="preserve">'),
    "unknown attributes": in_data(rb"<c ", rb'<c x:y="1" '),
    "a mark before the text": lambda xml: b"\xef\xbb\xbf" + xml,
    "formatted cells behind and below": lambda xml: xml.replace(
        b"</row></sheetData>",
        b'<c r="XFD30" s="1"/></row><row r="900000"><c r="A900000" s="1"/></row></sheetData>',
    ),
}


@pytest.mark.parametrize("dress", DRESSES)
def test_other_ways_of_writing_say_the_same(dress):
    content = sample()
    other = with_sheet(content, DRESSES[dress])
    assert other != content and quickly(other) == quickly(content) == slowly(content)


def test_marked_sections_say_the_same():
    content = sample(inline=True)
    other = with_sheet(
        content,
        in_data(rb"(<t[^>]*>)([^<]*)", lambda m: m[1] + b"<![CDATA[" + m[2].replace(b"&lt;", b"<") + b"]]>"),
    )
    assert quickly(other) == quickly(content) == slowly(content)


@pytest.mark.parametrize("part", ["styles", "sharedStrings"])
def test_parts_that_no_relation_leads_to_are_where_they_always_are(part):
    content = sample()
    relation = re.compile(rb"<Relationship [^>]*/%s[^>]*>" % part.encode())
    other = changed(content, {"xl/_rels/workbook.xml.rels": lambda xml: relation.sub(b"", xml)})
    assert other != content and quickly(other) == quickly(content)


def test_a_long_text_in_the_last_cell_hides_nothing():
    content = by_xlsxwriter(
        {1: [(0, ("text", "x" * 32_000, None))] * 1, 2: []}, set(), inline=True, from_1904=False
    )
    other = with_sheet(content, lambda xml: xml.replace(b"xxxx", b"y" * 2_000, 100))
    (tab,) = read_workbook(other, **LIMITS)
    assert len(tab.cell("A1")) == 32_000 + 100 * 1_996


def test_rows_far_apart_are_read_apart_and_keep_their_numbers():
    lines = [*range(1, 14), *range(5_000, 5_020), 90_000, 200_000, 200_001]
    rows = {line: [(0, ("text", f"P{line}", None)), (1, ("number", line / 2, None))] for line in lines}
    content = by_xlsxwriter(rows, set(), inline=False, from_1904=False)
    assert quickly(content) == slowly(content)


def test_a_long_sheet_is_cut_between_rows_and_comes_together():
    numbers = range(3, 440_000, 2)
    cells = '<row r="{0}"><c r="A{0}" t="s"><v>0</v></c><c r="B{0}"><v>{0}.5</v></c></row>'
    rows = "".join(cells.format(n) for n in numbers).encode()
    assert len(list(cut(memoryview(rows), numbers[-1]))) > 1
    (tab,) = read_workbook(with_rows(rows), **LIMITS)
    assert tab.lines["row_no"].to_list() == [1, 2, *numbers]
    assert tab.lines["1"][2:].to_list() == [f"{n}.5" for n in numbers]
