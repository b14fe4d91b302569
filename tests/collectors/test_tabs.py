"""A workbook of several sheets: one of each form, its cover passed over, and what else is in it named."""

import io

import pytest
import xlsxwriter

from collectors.catalogue import CATALOGUE
from collectors.forms import FORMS
from collectors.problems import Refused
from collectors.read import Limits, read, read_tabs
from collectors.workbook import COVER_EN, COVER_ZH, read_workbook

ALL = tuple(FORMS.values())
DISPATCH = [["项目编号", "截止日期", "形象进度（%）"], ["SY001", "2026-10-31", 50]]
PLAN = [["项目编号", "月份", "计划形象进度"], ["SY001", "2026-11", 60], ["SY001", "2026-12", 70]]
COVER = [[COVER_ZH, "2026B"], ["请先阅读"]]
STRANGE = [["随手记"], ["明天开会"]]


def book(*sheets: tuple[str, list[list]], hidden: str = "") -> bytes:
    out = io.BytesIO()
    made = xlsxwriter.Workbook(out, {"in_memory": True})
    for name, rows in sheets:
        sheet = made.add_worksheet(name)
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
        if name == hidden:
            sheet.very_hidden()
    made.close()
    return out.getvalue()


def tabs(content: bytes, **limits):
    return read_tabs(content, "报表.xlsx", Limits(**limits), ALL)


def refusal(content: bytes, reader=tabs) -> tuple[str, str]:
    with pytest.raises(Refused) as refused:
        reader(content)
    finding = refused.value.findings[0]
    assert finding.code in CATALOGUE
    return finding.code, finding.values.get("found", "")


def alone(content: bytes):
    return read(content, "报表.xlsx", Limits(), ALL)


@pytest.mark.parametrize("isolated", [False, True])
def test_each_sheet_is_read_as_the_form_it_fits(isolated):
    content = book(("说明", COVER), ("空", []), ("计划", PLAN), ("调度", DISPATCH))
    found = tabs(content, isolated=isolated)
    assert [(sheet.tab, sheet.form.name, sheet.cells.height) for sheet in found] == [
        ("计划", "plan", 2),
        ("调度", "dispatch", 1),
    ]


@pytest.mark.parametrize("marker", [COVER_ZH, COVER_EN])
def test_a_cover_tells_its_version_and_is_no_data(marker):
    content = book(("cover", [[f" {marker} ", "2026B"]]), ("调度", DISPATCH))
    cover, data = read_workbook(content, max_unpacked=10**8, max_rows=None)
    assert (cover.is_cover, cover.cell("B1"), data.is_cover, data.cell("C2"), data.cell("Z9")) == (
        True,
        "2026B",
        False,
        "50",
        "",
    )
    assert [(sheet.tab, sheet.template) for sheet in tabs(content)] == [("调度", "2026B")]
    assert (alone(content).form.name, alone(content).template) == ("dispatch", "2026B")


def test_a_sheet_that_fits_no_form_is_named():
    assert refusal(book(("调度", DISPATCH), ("备忘", STRANGE))) == ("E-F31", "备忘")


def test_two_sheets_of_one_form_are_named():
    content = book(("一季度", DISPATCH), ("二季度", DISPATCH), ("计划", PLAN))
    assert refusal(content) == ("E-F31", "一季度、二季度")


def test_a_workbook_without_any_form_is_told_what_a_header_is():
    assert refusal(book(("备忘", STRANGE)))[0] == "E-S33"


def test_a_hidden_sheet_with_data_is_named_and_a_hidden_empty_one_is_not():
    assert refusal(book(("调度", DISPATCH), ("旧", PLAN), hidden="旧")) == ("E-F32", "旧")
    assert len(tabs(book(("调度", DISPATCH), ("旧", []), hidden="旧"))) == 1


def test_a_sheet_with_a_header_only_has_nothing_to_say_beside_one_with_data():
    content = book(("调度", DISPATCH), ("计划", PLAN[:1]))
    assert [sheet.tab for sheet in tabs(content)] == ["调度"]
    assert refusal(book(("计划", PLAN[:1])))[0] == "E-F02" == refusal(book(("空", [])))[0]


def test_one_sheet_is_asked_for_where_one_is_taken():
    content = book(("说明", COVER), ("计划", PLAN), ("调度", DISPATCH))
    assert refusal(content, alone) == ("E-F31", "计划、调度")


def test_a_text_file_is_one_sheet():
    (sheet,) = read_tabs("项目编号,截止日期,形象进度\nSY001,2026-10-31,5\n".encode(), "a.csv", Limits(), ALL)
    assert (sheet.tab, sheet.form.name) == ("", "dispatch")


def test_findings_stay_with_their_sheet():
    out = io.BytesIO()
    made = xlsxwriter.Workbook(out, {"in_memory": True})
    for name, rows in (("计划", PLAN), ("调度", DISPATCH)):
        sheet = made.add_worksheet(name)
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
        if name == "计划":
            sheet.set_row(1, None, None, {"hidden": True})
    made.close()
    found = {sheet.tab: [f.code for f in sheet.findings] for sheet in tabs(out.getvalue())}
    assert found == {"计划": ["W-S48"], "调度": []}
