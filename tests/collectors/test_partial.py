"""Bad rows come back in the user's own file, and where that is chosen wait as a draft while the good ones go in."""

import csv
import io
import zipfile

import openpyxl
import polars as pl
import pytest
import xlsxwriter
from sqlmodel import Session, select

from collectors import drafts
from collectors.annotated import annotated, problem_list
from collectors.drafts import Kept
from models.queries import submissions
from models.reports import Draft, Report, SubmissionFile
from models.tokens import Bearer
from models.words import words

HEADER = "项目编号,截止日期,形象进度（%）,进展情况\n"
MIXED = HEADER + "SY001,2026-11-20,50,安装\nSY002,2026-11-20,150,“基础”\nSY009,2026-11-20,5,x\n"


def codes(receipt):
    return {problem.code for problem in receipt.problems}


def reports(db):
    with Session(db.ro) as session:
        return {row.project: row.physical_bp for row in session.exec(select(Report))}


def test_by_default_one_bad_row_keeps_all_out(db, registered):
    assert not registered(MIXED).committed and reports(db) == {}


def test_the_good_rows_go_in_and_the_others_wait_as_a_draft(db, registered, shenyang):
    seen = registered(MIXED, partial=True, dry_run=True)
    assert (seen.ok, seen.new, seen.rejected) == (True, 1, 2) and reports(db) == {}
    done = registered(MIXED, partial=True, expected_base=seen.base)
    assert (done.committed, done.new, done.rejected) == (True, 1, 2)
    assert reports(db) == {"SY001": 5000}
    kept = drafts.mine(db, shenyang)[0]
    assert (kept.id, kept.of, kept.rows, kept.form) == (done.draft, done.submission, 2, "dispatch")
    rows = list(csv.reader(io.StringIO(kept.content.decode("utf-8-sig"))))
    assert (
        rows
        == [line.split(",") for line in (HEADER + MIXED[len(HEADER) :]).split("\n") if "SY001" not in line][
            :-1
        ]
    )
    with Session(db.ro) as session:
        stored = session.exec(
            select(SubmissionFile).where(SubmissionFile.submission == done.submission)
        ).one()
    assert stored.content == MIXED.encode()


def test_a_mended_draft_comes_in_like_any_file(db, registered, shenyang):
    done = registered(MIXED, partial=True)
    text = (
        drafts.mine(db, shenyang)[0]
        .content.decode("utf-8-sig")
        .replace("150", "15")
        .replace("SY009", "SY001")
    )
    assert registered(text.replace("SY001,2026-11-20", "SY001,2026-11-21")).committed
    drafts.drop(db, shenyang, done.draft)
    assert drafts.mine(db, shenyang) == []


def test_the_same_file_takes_its_other_rows_once_they_are_good(registered, projects_csv):
    registered(MIXED.replace(",150,", ",15,"), partial=True)
    more = projects_csv.replace("SY001", "SY009").replace("SY002", "SY010")
    assert registered(more).committed
    again = registered(MIXED.replace(",150,", ",15,"), partial=True)
    assert (again.committed, again.new, again.same) == (True, 1, 2)


def test_a_foreign_row_refuses_the_whole_file_all_the_same(db, registered, dalian, projects_csv):
    registered(projects_csv.replace("SY00", "DL00"), scope=dalian)
    receipt = registered(MIXED.replace("SY009", "DL001"), partial=True)
    assert "E-B102" in codes(receipt) and not receipt.committed and reports(db) == {}


def test_a_draft_is_its_owners_alone(sqlite_db, lite, shenyang, dalian, now):
    drafts.save(sqlite_db, shenyang, Kept("dispatch", "a.csv", HEADER.encode(), 0), now=now)
    assert drafts.mine(sqlite_db, dalian) == []
    drafts.drop(sqlite_db, dalian, drafts.mine(sqlite_db, shenyang)[0].id)
    assert len(drafts.mine(sqlite_db, shenyang)) == 1


def test_what_a_system_leaves_behind_is_open_to_those_who_report_for_its_city(
    sqlite_db, lite, shenyang, dalian
):
    erp = Bearer("1", "erp", shenyang.place, frozenset({"dispatch"})).scope
    done = lite(MIXED, scope=erp, partial=True)
    assert [draft.id for draft in drafts.mine(sqlite_db, shenyang)] == [done.draft]
    assert drafts.mine(sqlite_db, dalian) == []
    drafts.drop(sqlite_db, dalian, done.draft)
    assert len(drafts.mine(sqlite_db, shenyang)) == 1
    drafts.drop(sqlite_db, shenyang, done.draft)
    assert drafts.mine(sqlite_db, shenyang) == []


def test_a_namesake_in_another_city_pushes_no_draft_out(sqlite_db, lite, shenyang, dalian, now):
    of = {s.place: Bearer("1", "erp", s.place, frozenset({"dispatch"})).scope for s in (shenyang, dalian)}
    drafts.save(sqlite_db, of[shenyang.place], Kept("dispatch", "a.csv", b"x", 0), now=now)
    for n in range(drafts.MOST):
        drafts.save(sqlite_db, of[dalian.place], Kept("dispatch", f"{n}.csv", b"x", 0), now=now)
    assert [draft.file_name for draft in drafts.mine(sqlite_db, shenyang)] == ["a.csv"]


def test_only_the_newest_drafts_are_kept(sqlite_db, lite, shenyang, now):
    for n in range(drafts.MOST + 3):
        drafts.save(sqlite_db, shenyang, Kept("dispatch", f"{n}.csv", b"x", 0), now=now)
    with Session(sqlite_db.ro) as session:
        assert len(session.exec(select(Draft)).all()) == drafts.MOST


# -- the user's own file ------------------------------------------------------------------------------------


def commented(content: bytes) -> dict[str, str]:
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    return {cell.coordinate: cell.comment.text for row in sheet.iter_rows() for cell in row if cell.comment}


def coloured(content: bytes, at: str) -> str:
    return openpyxl.load_workbook(io.BytesIO(content)).active[at].fill.start_color.rgb[-6:]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_a_text_file_comes_back_as_a_workbook_with_its_bad_cells_marked(lite, encoding):
    content = MIXED.encode(encoding)
    receipt = lite(content)
    back = annotated(content, {"": receipt.marks}, words("zh_CN"), encoding=receipt.encoding)
    said = commented(back)
    assert set(said) == {"C3", "A4"}
    assert "150" in said["C3"] and "0 到 100" in said["C3"].replace("0–100", "0 到 100")
    assert coloured(back, "C3") == coloured(back, "A4") == "F8CBAD"
    sheet = openpyxl.load_workbook(io.BytesIO(back)).active
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        line.split(",") for line in MIXED.strip().split("\n")
    ]


def book() -> bytes:
    out = io.BytesIO()
    made = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = made.add_worksheet("十月")
    bold = made.add_format({"bold": True})
    sheet.write_row(0, 0, ["沈阳市进度表"], bold)
    sheet.write_row(1, 0, ["项目编号", "截止日期", "形象进度（%）", "累计完成投资"], bold)
    sheet.write_row(2, 0, ["SY001", "2026-11-20", 50, 5])
    sheet.write_row(3, 0, ["SY002", "2026-11-20", 150, "无此数"])
    sheet.set_column(0, 0, 40)
    made.close()
    return out.getvalue()


def test_a_workbook_comes_back_as_it_was_with_its_bad_cells_marked(lite):
    content = book()
    receipt = lite(content, name="十月.xlsx")
    back = annotated(content, {"": receipt.marks}, words("en"))
    assert set(commented(back)) == {"C4", "D4"}
    assert "is outside 0 to 100" in commented(back)["C4"]
    sheet = openpyxl.load_workbook(io.BytesIO(back)).active
    assert (sheet.title, sheet["A1"].value, sheet["A1"].font.bold) == ("十月", "沈阳市进度表", True)
    assert sheet.column_dimensions["A"].width > 39


def test_a_marked_file_is_read_like_the_unmarked_one(lite):
    content = book()
    first = lite(content, name="十月.xlsx")
    back = annotated(content, {"": first.marks}, words("zh_CN"))
    again = lite(back, name="十月.xlsx")
    assert [(p.code, p.row, p.column) for p in again.problems] == [
        (p.code, p.row, p.column) for p in first.problems
    ]


def test_a_sheet_merged_into_one_cell_is_not_walked(lite):
    marks = lite(MIXED).marks
    merged = b'</sheetData><mergeCells><mergeCell ref="A2:XFD1048576"/></mergeCells>'
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book())) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b"</sheetData>", merged))
    back = annotated(out.getvalue(), {"": marks}, words("en"))
    assert set(commented(back)) == {"C3", "A4"}
    cells = openpyxl.load_workbook(io.BytesIO(back)).active
    assert (cells["A1"].value, cells["A4"].value) == ("沈阳市进度表", "SY002")


def test_an_unknown_code_is_marked_where_it_stands(lite):
    content = "截止日期,形象进度,项目编号\n2026-11-20,50,SY0O1\n"
    receipt = lite(content)
    assert [p.column for p in receipt.problems if p.code == "E-B101"] == ["C 项目编号"]
    back = annotated(content.encode(), {"": receipt.marks}, words("en"), encoding=receipt.encoding)
    assert set(commented(back)) == {"C2"}


def told(marks: pl.DataFrame, language: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(problem_list(marks, words(language)).decode("utf-8-sig"))))


def test_the_problem_list_names_row_code_project_and_remedy(lite):
    rows = told(lite(MIXED).marks, "zh_CN")
    assert rows[0][0] == "行" and {(row[0], row[3], row[4]) for row in rows[1:]} == {
        ("3", "E-C77", "SY002"),
        ("4", "E-B101", "SY009"),
    }
    assert all(len(row) == 9 and row[6] and row[7] for row in rows[1:])


def test_what_is_wrong_with_the_whole_file_is_in_the_list_and_on_the_header(lite):
    content = "项目编号,截止日期,形象进度,形象进度,完成投资（元）,备考\nSY001,2026-11-20,50,50,5,x\n"
    receipt = lite(content)
    assert {(row[0], row[1], row[3]) for row in told(receipt.marks, "en")[1:]} == {
        ("", "C 形象进度", "E-S37"),
        ("", "E 完成投资（元）", "E-C65"),
        ("", "", "W-S36"),
    }
    said = commented(annotated(content.encode(), {"": receipt.marks}, words("en"), encoding=receipt.encoding))
    assert set(said) == {"A1", "C1", "E1"} and said["C1"].startswith(
        "Column C 形象进度 occurs 2 times (C, D)"
    )


def test_a_warning_about_the_whole_file_is_kept_with_the_receipt(sqlite_db, lite, shenyang):
    done = lite("项目编号,截止日期,形象进度,备考\nSY001,2026-11-20,50,x\n")
    kept = submissions.problems(sqlite_db, shenyang, shenyang.place, done.submission)
    assert [(problem.code, problem.row_no) for problem in kept] == [("W-S36", None)]


JSON = '[{"code": "SY001", "as_of": "2026-11-20", "physical_pct": 150}, {"code": "SY002", "as_of": "2026-11-32"}]'
TITLED = "沈阳市进度表\n项目编号;截止日期;形象进度\nSY001;2026-11-20;150\nSY002;2026-11-32;1\n"


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (JSON, "a.json", {"C2": "150", "B3": "2026-11-32"}),
        (TITLED, "a.csv", {"C3": "150", "B4": "2026-11-32"}),
    ],
)
def test_each_way_to_write_a_table_comes_back_with_the_cells_that_are_marked(lite, content, name, said):
    receipt = lite(content, name=name)
    back = annotated(content.encode(), {"": receipt.marks}, words("en"), encoding=receipt.encoding)
    sheet = openpyxl.load_workbook(io.BytesIO(back)).active
    assert {at: sheet[at].value for at in commented(back)} == said


def test_every_sheet_of_a_workbook_is_marked_at_once(lite):
    out = io.BytesIO()
    made = xlsxwriter.Workbook(out, {"in_memory": True})
    for name, head, row in (
        ("调度", ["项目编号", "截止日期", "形象进度（%）"], ["SY001", "2026-11-20", 150]),
        ("里程碑", ["项目编号", "里程碑", "计划日期"], ["SY001", "封顶", "2026-11-32"]),
    ):
        sheet = made.add_worksheet(name)
        sheet.write_row(0, 0, head)
        sheet.write_row(1, 0, row)
    made.close()
    receipt = lite(out.getvalue(), name="a.xlsx")
    marks = {part.sheet: part.marks for part in receipt.parts}
    book = openpyxl.load_workbook(io.BytesIO(annotated(out.getvalue(), marks, words("en"))))
    assert [(tab.title, c.coordinate) for tab in book for row in tab for c in row if c.comment] == [
        ("调度", "C2"),
        ("里程碑", "C2"),
    ]


def test_warnings_carry_their_difference_in_money(lite):
    lite("项目编号,截止日期,形象进度,支付,支出\nSY001,2026-11-01,5,10,9\n")
    receipt = lite("项目编号,截止日期,形象进度,支付,支出\nSY001,2026-11-20,6,3.5,13.25\n")
    rows = told(receipt.marks, "en")
    assert {(row[3], row[8]) for row in rows[1:]} == {("W-B106", "9.75"), ("W-B104", "6.5")}
    assert [problem.code for problem in receipt.problems][:2] == ["W-B106", "W-B104"]
