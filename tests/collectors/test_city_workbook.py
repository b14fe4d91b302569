"""One workbook for a city and a period: what is owed, filled in, handed in again as it stands, in one act."""

import io
from datetime import date, timedelta

import openpyxl
import pytest
from sqlmodel import Session, select

from collectors.forms import FORMS, RECORD_FORMS
from collectors.template import city_workbook, current_rows, plan_book, template_csv, template_xlsx
from models.periods import Window
from models.reports import Report, Submission, SubmissionFile
from models.vocabulary import PeriodUnit
from models.words import words
from tests.collectors.test_records import CHAIN, FOR_SUPERVISORS, PROVINCE, SAMPLES, scope_of

CITY = "210100"
MONTHLY = Window(1, PeriodUnit.MONTH, 3)
NOVEMBER = MONTHLY.period(date(2026, 11, 20))
DISPATCH = "项目编号,截止日期,形象进度,支付,支出,建设阶段,进展情况\n"


@pytest.fixture
def full(registered, shenyang):
    """A city with rows in every form."""
    assert registered(CHAIN).committed
    for code in ("SY001", "SY002", "XL001", "MY001"):
        assert registered(f"{DISPATCH}{code},2026-10-31,20.5,10.25,9,在建,设备安装\n").committed
    registered("项目编号,月份,计划形象进度,计划支出\nSY001,2026-03,10.5,5\nSY001,2026-04,20,\n")
    for form, text in SAMPLES.items():
        assert registered(text, scope=scope_of(form, shenyang)).committed, form
    return registered


def book(db, scope, language="zh_CN", period=NOVEMBER) -> bytes:
    with db.ro.connect() as connection:
        planned = plan_book(connection, CITY, period, MONTHLY)
    return city_workbook(db, scope, planned, words(language))


def edited(content: bytes, changes: dict[str, dict[str, object]]) -> bytes:
    """The workbook as somebody saves it after typing: sheet → cell → value."""
    opened = openpyxl.load_workbook(io.BytesIO(content))
    for sheet, cells in changes.items():
        for at, value in cells.items():
            opened[sheet][at] = value
    out = io.BytesIO()
    opened.save(out)
    return out.getvalue()


def counted(db, table) -> int:
    with Session(db.ro) as session:
        return len(session.exec(select(table)).all())


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_a_round_trip_changes_nothing(db, full, shenyang, language):
    before = counted(db, Submission)
    receipt = full(book(db, shenyang, language), name="沈阳.xlsx")
    assert receipt.ok and not receipt.committed, receipt.problems
    assert (receipt.new, receipt.changed, receipt.same) == (0, 0, receipt.rows) and receipt.rows >= 15
    assert {part.form for part in receipt.parts} >= {"dispatch", "members", "tenants", "milestones", "funds"}
    assert counted(db, Submission) == before


@pytest.mark.parametrize("form", RECORD_FORMS)
@pytest.mark.parametrize("make", [template_xlsx, template_csv])
def test_each_record_form_comes_back_as_it_went(sqlite_db, lite, shenyang, form, make):
    assert lite(CHAIN).committed
    scope = scope_of(form, shenyang)
    assert lite(SAMPLES[form], scope=scope).committed
    with Session(sqlite_db.ro) as session:
        rows = current_rows(session, PROVINCE if form in FOR_SUPERVISORS else shenyang, FORMS[form])
    assert rows.height == SAMPLES[form].count("\n") - 1
    for language in ("zh_CN", "en"):
        name = "a.xlsx" if make is template_xlsx else "a.csv"
        receipt = lite(make(FORMS[form], words(language), rows), name=name, scope=scope)
        assert (receipt.form, receipt.ok, receipt.same) == (form, True, rows.height), receipt.problems


def test_what_is_typed_comes_in_at_once(db, full, shenyang):
    changes = {
        "调度表": {"C2": date(2026, 11, 20), "D2": 33},
        "里程碑": {"F2": date(2026, 7, 4)},
    }
    content = edited(book(db, shenyang), changes)
    seen = full(content, name="沈阳.xlsx", dry_run=True)
    assert (seen.new, seen.changed) == (1, 1) and not seen.committed
    done = full(content, name="沈阳.xlsx", expected_base=seen.base)
    assert done.committed and (done.new, done.changed) == (1, 1)
    with Session(db.ro) as session:
        rows = session.exec(select(Submission).where(Submission.parcel.is_not(None))).all()
        files = session.exec(select(SubmissionFile)).all()
        report = session.exec(select(Report).where(Report.as_of == date(2026, 11, 20))).one()
    assert {row.sheet for row in rows} == {"调度表", "里程碑"} and len({row.parcel for row in rows}) == 1
    assert sum(file.content == content for file in files) == 1 and report.physical_bp == 3300
    assert full(content, name="沈阳.xlsx").duplicate_of or full(content, name="沈阳.xlsx").same


def test_one_bad_cell_keeps_the_whole_workbook_out(db, full, shenyang):
    changes = {"调度表": {"D2": 150}, "里程碑": {"F2": date(2026, 7, 4)}}
    receipt = full(edited(book(db, shenyang), changes), name="沈阳.xlsx")
    assert not receipt.committed and {p.code for p in receipt.problems} >= {"E-C77"}
    bad = next(part for part in receipt.parts if part.refused)
    assert (bad.form, bad.sheet, bad.rejected) == ("dispatch", "调度表", 1)
    partly = full(edited(book(db, shenyang), changes), name="沈阳.xlsx", partial=True)
    assert partly.committed and next(part for part in partly.parts if part.form == "dispatch").draft


def test_somebody_quicker_stops_the_whole_workbook(full, db, shenyang, now):
    content = edited(book(db, shenyang), {"里程碑": {"F2": date(2026, 7, 4)}})
    seen = full(content, name="沈阳.xlsx", dry_run=True)
    full(f"{DISPATCH}SY001,2026-11-20,30,11,9,在建,x\n", now=now + timedelta(minutes=1))
    late = full(content, name="沈阳.xlsx", expected_base=seen.base, now=now + timedelta(minutes=2))
    assert not late.committed and late.problems[0].code == "E-STALE"


def test_a_workbook_registers_projects_before_it_reports_on_them(db, registered, shenyang):
    made = openpyxl.Workbook()
    made.remove(made.active)
    dispatch = made.create_sheet("进度")
    for row in (["项目编号", "截止日期", "形象进度"], ["SY077", "2026-11-20", 12]):
        dispatch.append(row)
    projects = made.create_sheet("清单")
    head = ["项目编号", "项目名称", "类型", "实施单位", "总投资", "计划开工", "计划竣工"]
    for row in (head, ["SY077", "新线", "点", "丙厂", 900, "2026-01-01", "2027-12-31"]):
        projects.append(row)
    out = io.BytesIO()
    made.save(out)
    assert registered(out.getvalue(), name="a.xlsx", dry_run=True).new == 2
    done = registered(out.getvalue(), name="a.xlsx")
    assert done.committed and [part.form for part in done.parts] == ["projects", "dispatch"]


def test_an_old_layout_is_told_apart(db, full, shenyang):
    opened = openpyxl.load_workbook(io.BytesIO(book(db, shenyang)))
    opened.worksheets[0]["B1"] = opened.worksheets[0]["B1"].value.replace("dispatch:2", "dispatch:1")
    out = io.BytesIO()
    opened.save(out)
    receipt = full(out.getvalue(), name="沈阳.xlsx")
    assert {p.code for p in receipt.problems} == {"E-F28"} and not receipt.committed


def test_the_sheets_help_and_hinder_where_they_should(db, full, shenyang):
    opened = openpyxl.load_workbook(io.BytesIO(book(db, shenyang)))
    sheet = opened["调度表"]
    assert sheet.freeze_panes == "C2" and sheet.protection.sheet
    heads = {cell.value: cell.column_letter for cell in sheet[1]}
    assert "形象进度（%）" in heads and "支付（万元）" in heads and "项目编号*" in heads
    code, day, narrative = heads["项目编号*"], heads["截止日期*"], heads["进展情况"]
    assert sheet[f"{code}2"].protection.locked and not sheet[f"{day}2"].protection.locked
    assert (
        sheet[f"{day}2"].is_date and sheet[f"{heads['上次进展情况']}2"].value == sheet[f"{narrative}2"].value
    )
    kinds = {rule.type for rule in sheet.data_validations.dataValidation}
    assert kinds == {"list", "date", "decimal"}
    assert openpyxl.utils.column_index_from_string(
        heads["上次进展情况"]
    ) == 1 + openpyxl.utils.column_index_from_string(narrative)


def test_a_city_sees_only_what_it_owes(db, registered, shenyang):
    def owed(period=NOVEMBER):
        with db.ro.connect() as connection:
            return [duty.form.name for duty in plan_book(connection, CITY, period, MONTHLY).duties]

    assert owed() == ["plan", "dispatch", "milestones", "funds"]
    registered(CHAIN)
    assert owed() == ["plan", "dispatch", "members", "tenants", "milestones", "funds"]
    assert "enterprises" in owed(MONTHLY.period(date(2026, 12, 5)))
    registered(SAMPLES["inspections"])
    assert "inspections" in owed()
    with db.ro.connect() as connection:
        empty = plan_book(connection, "210200", NOVEMBER, MONTHLY)
    assert [duty.form.name for duty in empty.duties] == ["projects"]


def test_nobody_gets_another_citys_workbook(db, full, dalian):
    with pytest.raises(PermissionError):
        book(db, dalian)


def test_the_csv_opens_in_excel_as_it_should(sqlite_db, lite, shenyang):
    lite(f"{DISPATCH}SY001,2026-10-31,20.5,10.25,9,在建,=1+1\n")
    with Session(sqlite_db.ro) as session:
        rows = current_rows(session, shenyang, FORMS["dispatch"])
    content = template_csv(FORMS["dispatch"], words("zh_CN"), rows)
    assert content.startswith(b"\xef\xbb\xbf") and "'=1+1" in content.decode("utf-8-sig")
