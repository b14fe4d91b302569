"""What leaves a page as a file is what it showed; nothing in it is a formula."""

import io
from datetime import date

import openpyxl
import polars as pl
import pytest

from dashboard import charts, parts, takeaway
from dashboard.parts import Safe, joined, wrapped
from dashboard.takeaway import Table


@pytest.fixture
def drawn() -> takeaway.Pack:
    return takeaway.begin()


def test_a_table_notes_itself_as_plain_values_under_the_heading_above_it(drawn: takeaway.Pack) -> None:
    takeaway.note_page("总览", "2026-11-23 状态")
    wrapped("h2", "最差的在前", "pd-h2")
    name = parts.anchor("<b>甲&乙</b>", "/project?x=1")
    rows = ((name, "1,234.5", "12.5%", None) for _ in range(1))
    parts.table([("项目", "pd-w"), ("万元", "pd-n"), ("进度", "pd-n"), ("备注", "")], rows)
    assert drawn.tables == [
        Table("最差的在前", ("项目", "万元", "进度", "备注"), (("<b>甲&乙</b>", 1_234.5, "12.5%", None),))
    ]


def test_a_caption_names_its_table_and_a_table_without_heads_is_layout(drawn: takeaway.Pack) -> None:
    parts.table([("甲", "")], [("1",)], "台账")
    parts.table([("", ""), ("", "")], [("1", "2")])
    assert [table.title for table in drawn.tables] == ["台账"]


def test_a_grid_notes_its_labelled_columns(drawn: takeaway.Pack) -> None:
    frame = pl.DataFrame({"light": [["■ 红"]], "on": [date(2026, 1, 2)], "internal": [1]})
    takeaway.note_frame(frame, {"light": "亮灯", "on": {"label": "截至"}}, "项目")
    assert drawn.tables == [Table("项目", ("亮灯", "截至"), (("■ 红", date(2026, 1, 2)),))]


HOSTILE = ("=1+1", "+1", "-1", "@x", "\t=1", "|x", "＝1")


def test_nothing_in_a_workbook_is_a_formula_and_figures_are_figures() -> None:
    table = Table("a/b", ("文", "数", "日"), tuple((text, 2.5, date(2026, 1, 2)) for text in HOSTILE))
    twin = Table("A/B", ("x",), (("y",),))
    book = openpyxl.load_workbook(io.BytesIO(takeaway.xlsx([table, twin], [("页面", "总览")], "说明")))
    assert book.sheetnames == ["a b", "A B 2", "说明"]
    sheet = book["a b"]
    assert [cell.value for cell in sheet[1]] == ["文", "数", "日"] and sheet.freeze_panes == "A2"
    assert [row[0].value for row in sheet.iter_rows(min_row=2)] == list(HOSTILE)
    assert {cell.data_type for row in sheet.iter_rows(min_row=2) for cell in row} == {"s", "n", "d"}
    assert book["说明"]["B1"].value == "总览"


def test_a_csv_opens_rightly_in_excel_and_starts_no_formula() -> None:
    content = takeaway.csv_text(Table("t", ("=头", "数"), tuple((text, -2.5) for text in HOSTILE)))
    assert content.startswith(b"\xef\xbb\xbf")
    lines = content.decode("utf-8-sig").splitlines()
    assert lines[0] == "'=头,数" and all(line.startswith("'") for line in lines[1:])
    assert lines[1] == "'=1+1,-2.5", "a negative figure is a figure"


@pytest.mark.parametrize("name", charts.NAMES)
def test_every_chart_becomes_a_picture_and_a_drawing(name: str) -> None:
    chart = takeaway.Chart("图", charts.spec(name, "zh_CN") | {"datasets": {charts.ROWS: []}})
    assert takeaway.png(chart).startswith(b"\x89PNG")
    assert takeaway.svg(chart).startswith(b"<svg")


def test_a_drawing_keeps_chinese_text() -> None:
    rows = [
        {
            "group": "汽车",
            "light": "red",
            "label": "■ 红",
            "mark": "■2",
            "projects": 2,
            "place": 0,
            "order": 0,
        }
    ]
    chart = takeaway.Chart("图", charts.spec("groups", "zh_CN") | {"datasets": {charts.ROWS: rows}})
    assert "汽车" in takeaway.svg(chart).decode()


def test_what_one_page_drew_is_not_the_next_pages(drawn: takeaway.Pack) -> None:
    parts.table([("甲", "")], [(joined(["1", Safe("<i>2</i>")]),)])
    assert drawn.tables[0].rows == (("1 2",),)
    assert takeaway.begin().tables == []
