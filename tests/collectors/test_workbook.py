"""The fast reader of workbooks says what the slow one says: the same texts, row numbers and findings."""

import io
import zipfile
from datetime import date, datetime, time

import openpyxl
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from collectors.forms import DISPATCH
from collectors.problems import Finding, Refused
from collectors.structure import Header
from collectors.workbook import read_workbook
from tests.collectors import slow_workbook

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
    """Whole numbers with all their digits, texts of their own, formulas that were never calculated."""
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
    return out.getvalue()


def changed(content: bytes, change) -> bytes:
    """The workbook with its first sheet's XML changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            body = old.read(name)
            new.writestr(name, change(body) if name == "xl/worksheets/sheet1.xml" else body)
    return out.getvalue()


def merged(content: bytes, reference: str) -> bytes:
    cells = f'<mergeCells><mergeCell ref="{reference}"/></mergeCells>'.encode()
    return (
        changed(content, lambda xml: xml.replace(b"</sheetData>", b"</sheetData>" + cells))
        if reference
        else content
    )


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
