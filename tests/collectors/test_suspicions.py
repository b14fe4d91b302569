"""Figures that are hardly meant are asked about; a question names the file's own column."""

import io

import pytest
import xlsxwriter

from collectors.problems import problem_text
from models.words import words

HEADER = "项目编号,项目名称,类型,实施单位,总投资,计划开工,计划竣工\n"


def said(receipt):
    return {problem.code: problem for problem in receipt.problems}


@pytest.fixture
def ten(lite):
    rows = "".join(f"P{i},甲,点,乙,500,2026-01-01,2027-12-31\n" for i in range(10))
    assert lite(HEADER + rows).committed
    return lite


def month(day: str, moved: int = 0, done: int = 20) -> str:
    rows = (f"P{i},{day},{done + (i < moved)},5,安装\n" for i in range(10))
    return "项目编号,截止日期,形象进度,支出,进展情况\n" + "".join(rows)


@pytest.mark.parametrize(("moved", "asked"), [(0, True), (1, True), (2, False)])
def test_nine_tenths_as_last_time_look_forgotten(ten, moved, asked):
    ten(month("2026-09-30"))
    receipt = ten(month("2026-10-31", moved))
    assert receipt.committed and ("W-B112" in said(receipt)) is asked
    if asked:
        assert problem_text(said(receipt)["W-B112"], words("en"))[0].startswith(f"{10 - moved} of 10 rows")


def test_finished_projects_have_nothing_to_update(ten):
    ten(month("2026-09-30", done=100))
    assert "W-B112" not in said(ten(month("2026-10-31", done=100)))


def test_the_same_day_sent_again_is_no_forgotten_update(ten):
    ten(month("2026-09-30"))
    assert "W-B112" not in said(ten(month("2026-09-30", 5)))


def test_a_question_names_the_files_own_column(ten):
    ten(month("2026-09-30"))
    receipt = ten(month("2026-10-31", done=19).replace("支出", "累计支出"))
    fallen = said(receipt)["W-B104"]
    assert fallen.column == "C 形象进度"
    over = said(ten("项目编号,截止日期,累计支付（万元）,累计支出\nP0,2026-10-31,5,6\n"))["W-B106"]
    assert (over.column, over.values["against"]) == ("D 累计支出", "C 累计支付（万元）")
    assert "C 累计支付（万元）" in problem_text(over, words("en"))[0]


def test_a_question_about_a_mapped_file_names_the_sources_column(lite, nation):
    names = (
        "CVE_CARTERA,NOMBRE_PPI,DESCRIPCION_UR,DESCRIPCION_RAMO,ID_ENTIDAD_FEDERATIVA,FECHA_INICIO_CAL_FF,"
        "FECHA_FIN_CAL_FF,MONTO_TOTAL_INVERSION,APROBADO,MODIFICADO,EJERCIDO,ESTATUS_OPERACION,AVANCE_FISICO\n"
    )
    row = "A1,Obra,Unidad,Ramo,9,01/01/2015,31/12/2030,5000000,10,10,1,,{}\n"
    for year, done in ((2019, 50), (2021, 40)):
        receipt = lite(names + row.format(done), name=f"opa_{year}_x.csv", mapping="mexico_opa", scope=nation)
    assert said(receipt)["W-B104"].column == "M AVANCE_FISICO"


def test_a_header_over_two_rows_of_a_workbook_is_named(lite):
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet()
    sheet.merge_range("A1:A2", "项目编号")
    sheet.merge_range("B1:B2", "截止日期")
    sheet.merge_range("C1:D1", "资金（万元）")
    for row, line in enumerate((["下达", "支付"], [5, 4]), 1):
        sheet.write_row(row, 2, line)
    sheet.write_row(2, 0, ["SY001", "2026-10-31"])
    book.close()
    assert list(said(lite(out.getvalue(), name="a.xlsx"))) == ["E-S34"]


@pytest.mark.parametrize(
    ("moved", "done", "asked"), [(0, 20, True), (1, 20, False), (0, 0, False), (0, 100, False)]
)
def test_the_same_progress_everywhere_is_asked_about(ten, moved, done, asked):
    receipt = ten(month("2026-10-31", moved, done))
    assert ("W-B113" in said(receipt)) is asked
    if asked:
        found = said(receipt)["W-B113"]
        assert (found.row, found.column) == (2, "C 形象进度")
        assert "10 个项目进度均为 20%" in problem_text(found, words("zh_CN"))[0]


def test_a_personal_number_is_not_repeated_in_what_is_said(lite):
    receipt = lite("项目编号,截止日期,形象进度,进展情况\nSY001,2026-10-31,5,联系 13912345678\n")
    found = said(receipt)["W-C100"]
    assert found.found == "联系 …" and "139" not in "".join(problem_text(found, words("zh_CN")))
