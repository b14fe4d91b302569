"""Every bad file gets a clear sentence in both languages, never a traceback.

``tests/bad`` holds one small file a case, named after the catalogue's code, with what is expected beside it:
a code, ``code@row``, or ``ok`` where the file is taken without a word. Every bug adds one.
"""

import io
import random
import zipfile
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter

from collectors.catalogue import CATALOGUE
from collectors.intake import Delivery, Limits, take_in
from collectors.layout import PLAIN, Layout
from collectors.problems import ENTRIES, problem_text
from models.words import words

BAD = sorted(p for p in (Path(__file__).parents[1] / "bad").iterdir() if p.suffix != ".expect")
HEADER = ["项目编号", "截止日期", "形象进度（%）", "累计完成投资（万元）", "进展情况"]
ROW = ["SY001", "2026-10-31", 50, 500, "安装"]


def said(receipt) -> dict[str, int | None]:
    for problem in receipt.problems:
        zh, en = (problem_text(problem, words(language)) for language in ("zh_CN", "en"))
        assert zh[0] and en[0] and zh[0] != en[0], problem.code
        assert bool(zh[1]) == bool(en[1])
        assert "{" not in zh[0] + en[0] and "Traceback" not in en[0]
        assert not any("\u4e00" <= c <= "\u9fff" for c in CATALOGUE[problem.code].message)
    return {problem.code: problem.row for problem in receipt.problems}


@pytest.mark.parametrize("path", BAD, ids=lambda p: p.stem)
def test_a_bad_file_gets_its_message(lite, path):
    expected, _, row = path.with_suffix(".expect").read_text().strip().partition("@")
    receipt = lite(path.read_bytes(), name=path.name, dry_run=True)
    found = said(receipt)
    if expected == "ok":
        assert receipt.ok and not [code for code in found if code[0] != "N"], found
        return
    assert expected in found, found
    assert receipt.ok == (expected[0] != "E")
    assert not row or found[expected] == int(row)


def book(fill) -> bytes:
    out = io.BytesIO()
    made = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = made.add_worksheet("调度表")
    sheet.write_row(0, 0, HEADER)
    sheet.write_row(1, 0, ROW)
    fill(made, sheet)
    made.close()
    return out.getvalue()


def rezipped(content: bytes, **changed: bytes) -> bytes:
    """The archive with members added or replaced (``__`` stands for ``/``, ``_dot_`` for a point)."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        names = {n.replace("__", "/").replace("_dot_", "."): body for n, body in changed.items()}
        for member in old.namelist():
            if member not in names:
                new.writestr(member, old.read(member))
        for name, body in names.items():
            new.writestr(name, body)
    return out.getvalue()


def nothing(made, sheet):
    pass


SHEET = "xl__worksheets__sheet1_dot_xml"


def with_sheet(change) -> bytes:
    content = book(nothing)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        xml = archive.read("xl/worksheets/sheet1.xml")
    return rezipped(content, **{SHEET: change(xml)})


WORKBOOKS = {
    "a good one": (book(nothing), "ok"),
    "percent format": (
        book(lambda b, s: s.write_number(1, 2, 0.5, b.add_format({"num_format": "0%"}))),
        "ok",
    ),
    "date format": (
        book(
            lambda b, s: s.write_datetime(1, 1, date(2026, 10, 31), b.add_format({"num_format": "yyyy/m/d"}))
        ),
        "ok",
    ),
    "serial": (book(lambda b, s: s.write_number(1, 1, 46326)), "W-C79"),
    "id as a number": (book(lambda b, s: s.write_number(1, 0, 320500202401150017)), "E-C54"),
    "unit in the format": (
        book(lambda b, s: s.write_number(1, 3, 5, b.add_format({"num_format": '0.00"元"'}))),
        "E-C64",
    ),
    "formula": (book(lambda b, s: s.write_formula(1, 3, "=250*2", None, 500)), "W-C91"),
    "formula without value": (with_sheet(lambda x: x.replace(b"<v>500</v>", b"<f>250*2</f>")), "E-C90"),
    "formula error": (book(lambda b, s: s.write_formula(1, 3, "=1/0", None, "#DIV/0!")), "E-C89"),
    "a truth value for a number": (book(lambda b, s: s.write_boolean(1, 2, True)), "E-C78"),
    "a truth value by a formula": (
        book(lambda b, s: s.write_formula(1, 3, "=1=1", None, True)),
        "E-C67",
    ),
    "hidden row": (book(lambda b, s: s.set_row(1, None, None, {"hidden": True})), "W-S48"),
    "hidden columns": (book(lambda b, s: s.set_column(2, 3, None, None, {"hidden": True})), "N-S55"),
    "a hidden column that nothing stands in": (
        book(lambda b, s: s.set_column(30, 30, None, None, {"hidden": True})),
        "ok",
    ),
    "merged cells": (book(lambda b, s: s.merge_range("A2:A4", "SY001")), "E-S47"),
    "a sheet merged into one cell": (
        with_sheet(
            lambda x: x.replace(
                b"</sheetData>", b'</sheetData><mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>'
            )
        ),
        "E-S47",
    ),
    "a day in a format only East Asian Excel knows": (
        book(lambda b, s: s.write_number(1, 1, 46326, b.add_format({"num_format": 31}))),
        "ok",
    ),
    "far-away cell": (book(lambda b, s: s.write(5, 16383, "x")), "E-F14"),
    "two sheets": (book(lambda b, s: b.add_worksheet("旧").write(0, 0, "x")), "E-F31"),
    "hidden sheet": (
        book(lambda b, s: [n := b.add_worksheet("旧"), n.write(0, 0, "x"), n.hide()]),
        "E-F32",
    ),
    "macros": (rezipped(book(nothing), xl__vbaProject_dot_bin=b"x"), "E-F10"),
    "external link": (
        rezipped(
            book(nothing),
            xl__externalLinks___rels__externalLink1_dot_xml_dot_rels=b'<Relationships><Relationship Target="file:///c:/x.xlsx"/></Relationships>',
        ),
        "E-F11",
    ),
    "entities": (
        with_sheet(lambda x: x.replace(b"<worksheet", b'<!DOCTYPE a [<!ENTITY b "b">]><worksheet', 1)),
        "E-F16",
    ),
    "bomb": (with_sheet(lambda x: x.replace(b"<sheetData>", b"<sheetData>" + b" " * 30_000_000)), "E-F12"),
    "odd member": (rezipped(book(nothing), **{"..__evil": b"x"}), "E-F17"),
    "nested archive": (rezipped(book(nothing), a_dot_zip=b"x"), "E-F17"),
    "cut off": (book(nothing)[:-400], "E-F18"),
    "broken xml": (with_sheet(lambda x: x[:-30]), "E-F18"),
    "a document": (rezipped(b"PK\x05\x06" + b"\0" * 18, word__document_dot_xml=b"x"), "E-F34"),
    "1904": (
        rezipped(
            book(nothing),
            xl__workbook_dot_xml=zipfile.ZipFile(io.BytesIO(book(nothing)))
            .read("xl/workbook.xml")
            .replace(b"<workbookPr", b'<workbookPr date1904="1"'),
        ),
        "N-C80",
    ),
}


@pytest.mark.parametrize("name", WORKBOOKS)
def test_a_bad_workbook_gets_its_message(lite, name):
    content, expected = WORKBOOKS[name]
    receipt = lite(content, name="报表.xlsx", dry_run=True, limits=Limits(max_unpacked=20_000_000))
    found = said(receipt)
    if expected == "ok":
        assert receipt.ok and receipt.new == 1 and not [c for c in found if c[0] != "N"], found
    else:
        assert expected in found and receipt.ok == (expected[0] != "E"), found


def test_names_and_contents_must_agree(lite):
    assert list(said(lite(book(nothing), name="a.csv", dry_run=True))) == ["E-F05"]
    assert list(said(lite("项目编号,截止日期\n", name="a.xlsx", dry_run=True))) == ["E-F06"]


def test_our_own_mistake_is_not_called_a_bad_file(sqlite_db, now, dispatch_header):
    content = (dispatch_header + "SY001,2026-10-31,50,,,,,,,\n").encode()
    with pytest.raises(AttributeError):
        take_in(sqlite_db, Delivery("a.csv", content, scope=None), now=now)


def test_a_hundred_megabytes_are_refused_before_they_are_read(lite):
    receipt = lite(b"x" * 100_000_000, dry_run=True, limits=Limits(max_bytes=10_000_000))
    assert said(receipt) == {"E-F03": None}


@pytest.mark.parametrize(
    ("content", "form", "zh", "en"),
    [
        ("項目編號,日期\nSY001,1\n".encode("big5"), None, "文件开头为：兜ヘ絪腹", "begins: 兜ヘ絪腹"),
        ("序号,名称\n1,x\n".encode(), "funds", "资金文号、资金环节", "Document number, Money stage"),
        ("项目编号\nSY001\n".encode(), None, "项目编号、截止日期。", "Project code, As of."),
        (book(nothing), "funds", "各列属于“调度表”", "those of the form “Dispatch form”"),
        (
            "项目编号，截止日期，进度\nSY001，1，2\n".encode(),
            None,
            "中文逗号“，”分隔",
            "full-width comma “，”",
        ),
    ],
)
def test_a_table_without_header_is_told_how_it_begins_and_what_is_asked_for(lite, content, form, zh, en):
    name = "a.xlsx" if content.startswith(b"PK") else "a.csv"
    (problem,) = lite(content, name=name, form=form).problems
    assert zh in " ".join(problem_text(problem, words("zh_CN")))
    assert en in " ".join(problem_text(problem, words("en")))


MILESTONES = "项目编号,项目名称,里程碑,计划日期,预计日期\nSY001,智能产线,封顶,2026-12-01,\n"


@pytest.mark.parametrize("layout", [PLAIN, Layout()], ids=["a page", "a system"])
@pytest.mark.parametrize("form", ["dispatch", "members", "plan", "funds"])
def test_a_file_of_another_form_than_the_one_chosen_is_told_which_it_is(lite, form, layout):
    receipt = lite(MILESTONES, form=form, layout=layout)
    (problem,) = receipt.problems
    assert (receipt.committed, problem.code) == (False, "E-S54")
    assert "“里程碑”" in " ".join(problem_text(problem, words("zh_CN")))
    assert "form “Milestones” and" in problem_text(problem, words("en"))[1]
    assert lite(MILESTONES, form="milestones").committed


def test_a_column_of_another_form_beside_its_own_is_only_an_extra_one(lite):
    content = "项目编号,截止日期,形象进度,里程碑,计划日期\nSY001,2026-10-31,50,封顶,2026-12-01\n"
    assert list(said(lite(content, form="dispatch"))) == ["W-S36", "N-B115"]


def test_a_very_long_text_beside_a_row_of_the_wrong_width_is_called_long(lite):
    content = (
        ",".join(HEADER) + "\nSY001,2026-10-31,50,500," + "长" * 200_000 + "\nSY002,2026-10-31,5,5,a,b\n"
    )
    for _ in range(2):  # a short file in between changes nothing for a long one
        assert set(said(lite(content, dry_run=True))) == {"E-C97", "E-S40", "N-B115"}
        assert "E-S40" in said(lite("项目编号,截止日期,形象进度\nSY001,2026-10-31,5,6\nSY002,2026-10-31,5\n"))


def test_an_empty_cell_is_called_blank(lite):
    (problem, *_) = lite("项目编号,截止日期,形象进度\nSY001,,5\n").problems
    assert "（“空白”）" in problem_text(problem, words("zh_CN"))[0]


def test_unknown_doors_are_named(lite, nation):
    assert "E-M02" in said(lite("a,b\n1,2\n", mapping="nowhere", scope=nation))
    assert "E-M03" in said(lite("a,b\n1,2\n", form="nothing"))
    assert "E-M04" in said(lite("a,b\n1,2\n", mapping="mexico_opa"))
    assert "E-M01" in said(lite("a,b\n1,2\n", mapping="mexico_opa", scope=nation))


def test_two_rows_of_a_doubled_record_are_both_named(lite, dispatch_header):
    row = "SY001,2026-10-31,50,,,,,,,\n"
    receipt = lite(dispatch_header + row + row.replace("SY001", "SY002") + row)
    problem = next(p for p in receipt.problems if p.code == "E-B103")
    assert problem_text(problem, words("en"))[0].startswith("Rows 2 and 4 are the same record")
    assert (receipt.rejected, receipt.new) == (2, 1)


def test_falling_and_jumping_figures_are_asked_about(lite, dispatch_header):
    lite(dispatch_header + "SY001,2026-09-30,20,100,,,,,,\nSY002,2026-09-30,50,0.5,,,,,,\n")
    receipt = lite(dispatch_header + "SY001,2026-10-31,61,90,,,,,,\nSY002,2026-10-31,49,5000,,,,,,\n")
    found = said(receipt)
    assert receipt.committed and {"W-B104", "W-B105", "W-C66"} <= set(found)
    rise = next(p for p in receipt.problems if p.code == "W-B105")
    assert (rise.row, rise.found, rise.values["before"]) == (2, "41", "20%")


def test_broken_bytes_never_raise(lite, dispatch_header):
    """A fixed storm of flipped bytes, cuts and swaps over good files."""
    dice = random.Random(20261123)
    text = (
        dispatch_header + "SY001,2026-10-31,50,500,1,1,1,1,在建,安装\nSY002,2026/10/31,5%,6,,,,,,\n"
    ).encode()
    for original, name in ((text, "a.csv"), (book(nothing), "a.xlsx")):
        for _ in range(60):
            body = bytearray(original)
            for _ in range(dice.randint(1, 6)):
                body[dice.randrange(len(body))] = dice.randrange(256)
            cut = dice.randrange(len(body)) if dice.random() < 0.2 else len(body)
            said(lite(bytes(body[:cut]), name=name, dry_run=True))


def test_rows_of_the_wrong_width_do_not_hide_other_faults(lite):
    rows = ["SY001,2026-10-31,50,500,安装", "SY001,2026-09-30,101,500,安装", "SY001,2026-08-31,50,500,装,好"]
    content = "\n".join([",".join(HEADER), *rows, "SY001,2026-07-31,50"]).encode()
    receipt = lite(content, dry_run=True)
    assert {"E-C77": 3, "E-S40": 4, "E-S42": 5}.items() <= said(receipt).items()
    assert (receipt.rows, receipt.rejected) == (2, 1)


@pytest.mark.parametrize("broken", ["SY001,2026-09-30,50,500,装,好", "SY001,2026-09-30,50"])
def test_a_row_of_the_wrong_width_is_never_left_behind(lite, broken):
    content = "\n".join([",".join(HEADER), "SY001,2026-10-31,50,500,安装", broken]).encode()
    receipt = lite(content, partial=True)
    assert not receipt.ok and not receipt.committed


def test_every_code_of_the_catalogue_is_named_by_a_test():
    tests = Path(__file__).parents[1]
    told = "".join(path.read_text(encoding="utf-8") for path in tests.rglob("*.py"))
    told += "".join(path.read_text(encoding="utf-8") for path in tests.rglob("*.expect"))
    assert [code for code in ENTRIES if code not in told] == []
