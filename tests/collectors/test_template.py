"""A pre-filled form that comes back untouched changes nothing; nothing in it becomes a formula."""

import io
import zipfile

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session

from collectors.export import csv_bytes, neutral
from collectors.forms import FORMS
from collectors.template import current_rows, template_csv, template_xlsx
from collectors.texts import text as read_text
from models.words import words

PAYLOADS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "＝1",
    "|calc",
    "\t=1",
    "'=1",
    "''",
    "'=",
    "'quoted'",
    "plain",
    "\u200b=1",
    ' "=1',
]


@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize("form", ["projects", "plan", "dispatch"])
def test_the_round_trip_of_a_filled_form_is_all_same(sqlite_db, lite, shenyang, language, form):
    lite(
        "项目编号,截止日期,形象进度,累计完成投资,支出,建设阶段,进展情况\n"
        "SY001,2026-10-31,33.25,500.123456,0,在建,=1+1\nSY002,2026-10-31,7,9,,未开工,'quoted'\n"
    )
    lite("项目编号,月份,计划形象进度,计划支出\nSY001,2026-03,10.5,5\nSY001,2026-04,20,\n")
    with Session(sqlite_db.ro) as session:
        rows = current_rows(session, shenyang, FORMS[form])
    assert rows.height == 2
    for make, name in ((template_xlsx, "a.xlsx"), (template_csv, "a.csv")):
        receipt = lite(make(FORMS[form], words(language), rows), name=name)
        assert (receipt.form, receipt.rows, receipt.same, receipt.ok) == (form, 2, 2, True), receipt.problems


@pytest.mark.parametrize("form", FORMS)
def test_an_empty_template_asks_for_rows(lite, form):
    for make, name in ((template_xlsx, "a.xlsx"), (template_csv, "a.csv")):
        receipt = lite(make(FORMS[form], words("zh_CN")), name=name)
        assert [p.code for p in receipt.problems] == ["E-F02"]


def test_a_workbook_holds_no_formula(lite, sqlite_db, shenyang):
    lite("项目编号,截止日期,形象进度,进展情况\nSY001,2026-10-31,33.25,=1+1\nSY002,2026-10-31,7,\n")
    with Session(sqlite_db.ro) as session:
        rows = current_rows(session, shenyang, FORMS["dispatch"])
    content = template_xlsx(FORMS["dispatch"], words("en"), rows)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")


@pytest.mark.parametrize("payload", PAYLOADS)
def test_texts_leave_inert_and_come_back_as_they_were(payload):
    content = csv_bytes(["a"], [[payload]]).decode("utf-8-sig").split("\r\n", 1)[1]
    cell = content[1:].rsplit('"', 1)[0].replace('""', '"')
    assert cell.lstrip(' \t\u200b"')[:1] not in tuple("=+-@＝＋－＠|")
    back = read_text(pl.Series("x", [cell]), 500).values[0]
    assert back == (payload.strip() or None) or payload[:1] in ("\t", "\u200b", " ")


@given(st.text(min_size=1, max_size=30))
def test_one_apostrophe_goes_out_and_one_comes_in(text):
    clean = text.strip(" \t\r\n\u3000\u00a0\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    parsed = read_text(pl.Series("x", [neutral(clean)]), 500)
    if (
        clean
        and (parsed.codes is None or parsed.codes[0] == "")
        and not clean[0].isspace()
        and clean[0] not in '\u200b\u200c\u200d\u200e\u200f"'
    ):
        assert parsed.values[0] == clean
