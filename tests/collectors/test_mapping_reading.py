"""What a mapping declares about columns, units, dates, words and keys is what comes out; nothing is guessed."""

import io
from datetime import date
from fractions import Fraction
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session, select

from collectors.mapping import dates, keys, read_mapping, units
from models.places import Place
from models.plans import Adjustment, Plan, PlanPoint
from models.projects import Partner, Project, ProjectDetail
from models.records import Fund
from models.reports import Report
from tests.collectors.conftest import DALIAN, SHENYANG

REFERENCE = (Path(__file__).parents[2] / "docs" / "mapping.toml").read_text(encoding="utf-8")

DISPATCH = """
name = "monthly"
version = "1"
forms = ["dispatch"]
amounts = "yuan"
dates = ["yyyy-mm last"]
skip_words = ["待定"]
[fields]
code = { column = "项目代码" }
as_of = { column = "统计月份" }
physical_pct = { column = "进度", unit = "fraction" }
invested = { column = "累计投资（元）" }
stage = { column = "状态", values = { "施工" = "在建" } }
"""
HEADER = " 项目代码 ,统计月份,进度,累计投资（元） ,状态,别的\n"


def mapped(text: str):
    return read_mapping(text, "x.toml")


def series(*cells: str) -> pl.Series:
    return pl.Series("t", cells, pl.String)


@pytest.mark.parametrize(
    ("form", "cell", "day"),
    [
        ("d/m/yyyy", "05/01/2024", "2024-01-05"),
        ("m/d/yyyy", "05/01/2024", "2024-05-01"),
        ("m/d/yyyy", "5/1/2024 12:00:00 a. m.", "2024-05-01"),
        ("d.m.yy", "5.1.24", "2024-01-05"),
        ("d-mon-yyyy", "5-Jan-2024", "2024-01-05"),
        ("mon d, yyyy", "January 5, 2024", "2024-01-05"),
        ("yyyymmdd", "20240105", "2024-01-05"),
        ("ddmmyyyy", "05012024", "2024-01-05"),
        ("yyyy年m月d日", "2024年1月5日", "2024-01-05"),
        ("yyyy-mm last", "2024-02", "2024-02-29"),
        ("yyyy-mm first", "2024-2", "2024-02-01"),
        ("yyyymm last", "202404", "2024-04-30"),
        ("excel", "45296", "2024-01-05"),
        ("excel", "45296.75", "2024-01-05"),
    ],
)
def test_a_declared_form_of_dates_is_read(form, cell, day) -> None:
    assert dates.understood(form)
    assert dates.as_iso(series(cell), (form,), epoch=None).to_list() == [day]


def test_forms_of_dates_are_tried_in_their_order_and_only_real_days_count() -> None:
    cells = series("13/02/2024", "02/13/2024", "30/02/2024", "45296", "")
    assert dates.as_iso(cells, ("d/m/yyyy", "m/d/yyyy", "excel"), epoch=None).to_list() == [
        *("2024-02-13", "2024-02-13", "30/02/2024", "2024-01-05", "")
    ]


@pytest.mark.parametrize("form", ["", "yyyy", "m/d", "yyyy-mm", "d/d/yyyy", "yyyy-mm-dd last", "day"])
def test_half_a_date_is_no_form(form) -> None:
    assert not dates.understood(form)


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.sampled_from(["d/m/yyyy", "yyyymmdd", "d.m.yy"]))
def test_a_day_comes_back_as_it_was_written(day, form) -> None:
    written = form.replace("yyyy", f"{day.year}").replace("yy", f"{day:%y}")
    written = written.replace("mm", f"{day:%m}").replace("dd", f"{day:%d}")
    written = written.replace("m", str(day.month)).replace("d", str(day.day))
    assert dates.as_iso(series(written), (form,), epoch=None).to_list() == [day.isoformat()]


@pytest.mark.parametrize(
    ("unit", "cell", "fen"),
    [
        ("yuan", "1,234.56", 123_456),
        ("thousand", "1.23456", 123_456),
        ("10k", "0.123456", 123_456),
        ("million", "0.00123456", 123_456),
        ("100m", "1.5", 15_000_000_000),
    ],
)
def test_amounts_are_exact_in_every_unit(unit, cell, fen) -> None:
    assert units.amount(series(cell), unit).values.to_list() == [fen]


@pytest.mark.parametrize(
    ("unit", "cell"), [("yuan", "1.234"), ("thousand", "1.234567"), ("100m", "0.00000000001")]
)
def test_what_is_finer_than_a_fen_is_refused(unit, cell) -> None:
    assert units.amount(series(cell), unit).codes.to_list() == ["E-C75"]


@given(
    st.integers(0, 10**12), st.fractions(min_value=Fraction(1, 1000), max_value=1000, max_denominator=1000)
)
def test_a_factor_gives_whole_fen_or_an_error(amount, factor) -> None:
    factor = f"{float(factor):.6f}"
    exact = amount * Fraction(factor) * 100
    read = units.multiplied(series(str(amount)), factor)
    if exact.denominator == 1 and exact <= 10**15:
        assert read.values.to_list() == [exact.numerator] and read.codes is None
    else:
        assert read.values.to_list() == [None]
        assert read.codes.to_list() == ["E-C75" if exact.denominator > 1 else "E-C74"]


def test_percentages_are_percent_or_fractions_as_declared() -> None:
    percent = units.percentage(series("50", "0.5", "50%", "101", "x"), "percent")
    assert percent.values.to_list() == [5000, 50, 5000, None, None]
    assert percent.codes.to_list() == ["", "", "", "E-C77", "E-C78"] and not percent.warnings
    fraction = units.percentage(series("0.5", "1", "50%", "1.2", ""), "fraction")
    assert fraction.values.to_list() == [5000, 10000, 5000, None, None]
    assert fraction.codes.to_list() == ["", "", "", "E-C77", ""]


def test_a_key_is_readable_stable_and_short() -> None:
    parts = [series("M015", "M015", "", "长" * 90), series("CM,F&E", "CM,  F&E ", " ", "x")]
    codes = keys.composed(parts, [parts[0], parts[1]])
    assert codes[0].startswith("M015-CM-F-E-") and codes[2] == "" and codes.str.len_chars().max() <= 64
    assert codes[0] != codes[1]  # a blank more is another text, two blanks are one
    assert (
        keys.composed([series("a"), series("b c")], []).to_list()
        == keys.composed([series(" a"), series("b  c")], []).to_list()
    )
    assert (
        keys.composed([series("ab"), series("")], [])[0] != keys.composed([series("a"), series("b")], [])[0]
    )
    # Never to change: stored projects are found again by it.
    assert keys.composed([series("M015"), series("Scope")], [series("M015")])[0] == "M015-hinjth4nxbu5"


def test_a_city_hands_in_its_own_file_by_its_own_names(registered) -> None:
    rows = "SY001,2026-09,0.35,5000000.5,施工,x\nSY002,2026-09,50%,待定,竣工,x\n"
    receipt = registered(HEADER + rows, mapping=mapped(DISPATCH))
    assert (receipt.new, receipt.rejected, receipt.form) == (2, 0, "monthly")
    told = {p.code: (p.count, p.values.get("words")) for p in receipt.problems}
    assert told["N-M07"] == (1, "待定 1")


def test_its_figures_are_stored_as_declared(lite, sqlite_db) -> None:
    lite(HEADER + "SY001,2026-02,0.35,5000000.5,施工,x\n", mapping=mapped(DISPATCH))
    with Session(sqlite_db.ro) as session:
        report = session.exec(select(Report)).one()
    assert (report.as_of, report.physical_bp, report.invested, report.stage) == (
        *(date(2026, 2, 28), 3500, 500_000_050, "continuing"),
    )


def test_rows_of_another_city_refuse_the_whole_file(lite, dalian, nation) -> None:
    assert lite(
        "项目编号,项目名称,类型,实施单位,总投资,计划开工,计划竣工\nDL1,厂,点,厂,1,2026-01-01,2026-12-31\n",
        scope=dalian,
    ).ok
    both = HEADER + "SY001,2026-09,0.35,1,施工,x\nDL1,2026-09,0.35,1,施工,x\n"
    aside = mapped(DISPATCH.replace("[fields]", 'bad_rows = "set_aside"\n[fields]'))
    receipt = lite(both, mapping=aside)
    assert receipt.refused and receipt.problems[0].code == "E-B102"
    assert lite(both, mapping=aside, scope=nation).new == 2


def test_a_bad_row_is_told_as_the_source_wrote_it(lite) -> None:
    rows = "SY001,2026-13,0.35,5.001,施工,x\nSY002,2026-09,1.2,5万,休息,x\nSY009,2026-09,,1,,x\n"
    receipt = lite(HEADER + rows, mapping=mapped(DISPATCH))
    assert receipt.refused
    assert {p.code: (p.row, p.column, p.found) for p in receipt.problems} == {
        "E-C84": (2, "B 统计月份", "2026-13"),
        "E-C75": (2, "D 累计投资（元）", "5.001"),
        "E-C77": (3, "C 进度", "1.2"),
        "E-C63": (3, "D 累计投资（元）", "5万"),
        "E-C110": (3, "E 状态", "休息"),
        "E-B101": (4, "A 项目代码", "SY009"),
    }
    assert next(p for p in receipt.problems if p.code == "E-C75").values["expected"] == 2


def test_rows_that_are_set_aside_keep_their_reason(lite, sqlite_db) -> None:
    rows = "SY001,2026-09,0.35,1,施工,x\nSY002,2026-09,1.2,1,施工,x\n合计,,,2,,\n"
    receipt = lite(
        HEADER + rows, mapping=mapped(DISPATCH.replace("[fields]", 'bad_rows = "set_aside"\n[fields]'))
    )
    assert (receipt.committed, receipt.rows, receipt.new, receipt.rejected) == (True, 2, 1, 1)
    assert {p.code for p in receipt.problems} == {"E-C77", "W-S45"}


def test_a_word_may_mean_something_instead_of_nothing(lite, sqlite_db) -> None:
    text = DISPATCH.replace(
        'unit = "fraction"', 'unit = "fraction", values = { "完工" = "1", "未动工" = "0" }'
    )
    lite(HEADER + "SY001,2026-09,完工,1,,x\nSY002,2026-09,未动工,1,,x\n", mapping=mapped(text))
    with Session(sqlite_db.ro) as session:
        assert dict(session.exec(select(Report.project, Report.physical_bp)).all()) == {
            "SY001": 10_000,
            "SY002": 0,
        }


def test_a_workbook_is_read_by_the_same_mapping(lite, sqlite_db) -> None:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, HEADER.strip("\n").split(","))
    sheet.write_row(1, 0, ["SY001", "2026-09", 0.35, 5000000.5, "施工"])
    sheet.write_row(2, 0, ["SY002"])
    sheet.write_datetime(2, 1, date(2026, 9, 30), book.add_format({"num_format": "yyyy-mm-dd"}))
    sheet.write_number(2, 2, 0.5, book.add_format({"num_format": "0%"}))
    book.close()
    receipt = lite(out.getvalue(), name="月报.xlsx", mapping=mapped(DISPATCH))
    assert receipt.new == 2, receipt.problems
    with Session(sqlite_db.ro) as session:
        found = session.exec(
            select(Report.as_of, Report.physical_bp, Report.invested).order_by(Report.project)
        )
        assert [tuple(row) for row in found] == [
            (date(2026, 9, 30), 3500, 500_000_050),
            (date(2026, 9, 30), 5000, None),
        ]


def test_a_city_registers_projects_and_its_plan_changes_wait(lite, sqlite_db, nation) -> None:
    text = DISPATCH.replace('["dispatch"]', '["projects", "dispatch"]') + (
        'name = { column = "名称" }\nunit_name = { column = "单位" }\ntotal_investment = { column = "总额", unit = "10k" }\n'
        'planned_start = { column = "开工" }\nplanned_end = { column = "完工" }\n[constants]\nkind = "点"\n'
    )
    header = "项目代码,统计月份,进度,累计投资,状态,名称,单位,总额,开工,完工\n"
    row = "SY100,2026-08,0.1,1,施工,车间,厂,100,2026-01-01,{end}\n"
    one = lite(header + row.format(end="2026-12-31"), mapping=mapped(text))
    assert (one.new, one.committed) == (1, True), one.problems
    two = lite(header + row.format(end="2027-06-30").replace("08", "09"), mapping=mapped(text))
    assert (two.changed, two.adjustment_count) == (1, 1)
    with Session(sqlite_db.ro) as session:
        project = session.exec(select(Project).where(Project.code == "SY100")).one()
        assert (project.city, project.programme, project.kind) == (SHENYANG, "pilot", "point")
        assert [str(a.status) for a in session.exec(select(Adjustment))] == ["pending"]
        assert len(session.exec(select(Plan).where(Plan.project == "SY100")).all()) == 1
    elsewhere = mapped(text.replace('kind = "点"', 'kind = "点"\ncity = "大连市"'))
    refused = lite(header + row.format(end="2026-12-31").replace("SY100", "SY101"), mapping=elsewhere)
    assert refused.refused and "E-B102" in {p.code for p in refused.problems}
    taken = lite(
        header + row.format(end="2026-12-31").replace("SY100", "SY101"), mapping=elsewhere, scope=nation
    )
    assert taken.cities == {DALIAN}


def test_any_form_can_be_mapped(lite, sqlite_db) -> None:
    plan = 'name="curve"\nversion="1"\nforms=["plan"]\n[fields]\ncode={column="p"}\nmonth={column="m",dates=["yyyymm first"]}\nplanned_pct={column="f",unit="fraction"}\n'
    assert lite("p,m,f\nSY001,202606,0.5\nSY001,202612,1\n", mapping=mapped(plan)).new == 2
    funds = 'name="money"\nversion="1"\nforms=["funds"]\namounts="yuan"\n[constants]\nstage="支出"\nsource="central"\n[fields]\ndocument_no={column="doc"}\nhappened_on={column="day",dates=["d/m/yyyy"]}\ncode={column="p"}\namount={column="sum"}\n'
    assert lite("doc,day,p,sum\n1号,05/03/2026,SY001,100.25\n", mapping=mapped(funds)).new == 1
    with Session(sqlite_db.ro) as session:
        assert [
            (p.month, p.planned_bp) for p in session.exec(select(PlanPoint).order_by(PlanPoint.month))
        ] == [
            (date(2026, 6, 1), 5000),
            (date(2026, 12, 1), 10_000),
        ]
        fund = session.exec(select(Fund)).one()
        assert (fund.stage, fund.amount, fund.happened_on, fund.city) == (
            "spent",
            10_025,
            date(2026, 3, 5),
            SHENYANG,
        )


WORKS = "Region,Title,Lot,Agency,Ministry,Start,Finish,Budget,Works done,Paid,Next,Remarks,Status\n"


def test_the_reference_takes_a_file_in(sqlite_db, nation, lite) -> None:
    rows = (
        "1; 2,Bridge,A,,Ministry of Works,1/2/2019,3-Mar-2022,1500.5,0.5,100,NEXT: pave (draft),see annex,Running\n"
        "2,Road,,Roads,M,2019-05,44000,TBD,,,,,Odd\n"
        "2,Dam,,Roads,M,2019-05,TBD,1,1,,,,Running\n"
    )
    reference = mapped(REFERENCE.replace('dates = ["d-mon-yyyy"]', 'dates = ["d-mon-yyyy", "excel"]'))
    assert [p.code for p in lite(WORKS + rows, mapping=reference).problems] == ["E-M04"]
    receipt = lite(WORKS + rows, name="works_2019.csv", mapping=reference, scope=nation)
    assert (receipt.new, receipt.rejected) == (2, 1), receipt.problems
    assert sorted((p.code, p.column) for p in receipt.problems) == [
        ("E-C87", "G Finish"),
        ("N-M07", "H Budget"),
        ("N-M07", "L Remarks"),
    ]
    with Session(sqlite_db.ro) as session:
        plans = session.exec(select(Plan).where(Plan.city.startswith("EX-")).order_by(Plan.city)).all()
        assert [(p.name, p.total_investment, p.planned_start, p.planned_end) for p in plans] == [
            ("Bridge · A", 150_050_000, date(2019, 2, 1), date(2022, 3, 3)),
            ("Road", None, date(2019, 5, 31), date(2020, 6, 18)),
        ]
        assert {p.approved_on for p in plans} == {date(2019, 12, 31)}
        report = session.exec(select(Report)).one()  # a stage alone is no report
        assert (report.invested, report.spent, report.stage, report.next_step, report.narrative) == (
            *(50_000_000, 5_000, "continuing", "pave", None),
        )
        assert [p.partner for p in session.exec(select(Partner))] == ["EX-02"]
        assert session.get(Place, "EX-01").name_zh == "东区"
        units_named = set(session.exec(select(ProjectDetail.unit_name).where(ProjectDetail.city != SHENYANG)))
        assert units_named == {"Ministry of Works", "Roads"}


def test_only_an_administrator_plants_a_programme(lite, nation) -> None:
    from dataclasses import replace

    from models.vocabulary import Role

    minister = replace(nation, role=Role.MINISTRY)
    refused = lite(WORKS + "x\n", mapping=mapped(REFERENCE), scope=minister)
    assert [p.code for p in refused.problems] == ["E-M05"]


def test_a_broken_mapping_refuses_the_file_with_its_line(lite, monkeypatch, tmp_path, nation) -> None:
    import collectors.mapping as room

    (tmp_path / "odd.toml").write_text(DISPATCH.replace("version", "verzion"), encoding="utf-8")
    monkeypatch.setattr(room, "_FOLDER", tmp_path)
    room.load_mapping.cache_clear()
    receipt = lite(HEADER + "SY001,2026-09,0.35,1,施工,x\n", mapping="odd")
    room.load_mapping.cache_clear()
    assert [p.code for p in receipt.problems] == ["E-M06"] and "version" in receipt.problems[0].values["why"][
        1
    ]
