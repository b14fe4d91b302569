"""What a cell of a workbook means, in the first rows and far below, where whole columns are read at once.

Catalogue entries C54, C64, C76, C79 to C81 and C89 to C91 as a workbook brings them, and S47, S48.
"""

import io
from datetime import datetime

import pytest
import xlsxwriter

from collectors.problems import problem_text
from models.words import words
from tests.collectors.books import ROW, book

NEAR, FAR = 2, 40
CODE, AS_OF, PERCENT, MONEY, TEXT = range(5)


def number(column, value, form=None):
    return lambda b, s, row: s.write_number(
        row, column, value, b.add_format({"num_format": form}) if form else None
    )


CELLS = {
    "C54 a code of 18 digits": (number(CODE, 320500202401150017), "E-C54", "320500202401150000"),
    "C54 a code of 15 digits": (number(CODE, 999999999999999), "E-B101", "999999999999999"),
    "C64 yuan in the format": (number(MONEY, 1200, '0.00"元"'), "E-C64", "1200元"),
    "C64 thousands of 10k yuan in the format": (
        number(MONEY, 1200, '#,##0,"万元"'),
        "E-C64",
        "1200万元 ÷ 1000",
    ),
    "C64 thousands without a unit": (number(MONEY, 1200, "#,##0.00,"), "E-C64", "1200 ÷ 1000"),
    "C64 millions without a unit": (number(MONEY, 1200, "0.0,,"), "E-C64", "1200 ÷ 1000000"),
    "C64 ten thousands by a point": (number(MONEY, 1200, "0!.0,"), "E-C64", "1200 ÷ 10000"),
    "C64 the right unit in short": (number(MONEY, 1200, '0.00"万"'), None, None),
    "C64 thousands apart": (
        number(MONEY, 1200, '_ * #,##0.00_ ;_ * -#,##0.00_ ;_ * "-"??_ ;_ @_ '),
        None,
        None,
    ),
    "B101 a code filled up with zeros": (number(CODE, 12, "0000"), "E-B101", "0012"),
    "C67 an amount filled up with zeros": (number(MONEY, 12, "0000"), None, None),
    "C64 the right unit": (number(MONEY, 1200, '0.00"万元"'), None, None),
    "C76 a percentage": (number(PERCENT, 0.5, "0%"), None, None),
    "C76 a percentage with decimals": (number(PERCENT, 0.3325, "0.00%"), None, None),
    "C76 a fraction": (number(PERCENT, 0.5), "W-C76", "0.5"),
    "C76 more than all": (number(PERCENT, 1.01, "0%"), "E-C77", "101%"),
    "C79 a bare serial": (number(AS_OF, 46326), "W-C79", "46326"),
    "C81 the day that never was": (number(AS_OF, 60, "yyyy-mm-dd"), "E-C81", None),
    "C81 a year out of reach": (number(AS_OF, 120_000, "yyyy-mm-dd"), "E-C81", None),
    "C82 a day in East Asian format": (number(AS_OF, 46326, 31), None, None),
    "C86 a day to come": (
        lambda b, s, row: s.write_datetime(
            row, AS_OF, datetime(2027, 1, 5), b.add_format({"num_format": 14})
        ),
        "E-C86",
        "2027-01-05",
    ),
    "C89 an error": (
        lambda b, s, row: s.write_formula(row, MONEY, "=1/0", None, "#DIV/0!"),
        "E-C89",
        "#DIV/0!",
    ),
    "C89 an error that means missing": (
        lambda b, s, row: s.write_formula(row, MONEY, "=NA()", None, "#N/A"),
        "E-C89",
        "#N/A",
    ),
    "C87 a word for nothing among numbers": (
        lambda b, s, row: s.write_string(row, MONEY, "NA"),
        "W-C87",
        "NA",
    ),
    "C87 a word for nothing among days": (
        lambda b, s, row: s.write_string(row, AS_OF, "null"),
        "E-C87",
        "null",
    ),
    "C90 a formula never calculated": (
        lambda b, s, row: s.write_formula(row, MONEY, "=1+1", None, ""),
        "E-C90",
        "",
    ),
    "C91 a formula": (lambda b, s, row: s.write_formula(row, MONEY, "=1+1", None, 2), "W-C91", "2"),
    "C91 a formula that gives a text": (
        lambda b, s, row: s.write_formula(row, TEXT, '="安"&"装"', None, "安装"),
        "W-C91",
        "安装",
    ),
    "C88 a truth value as a text": (lambda b, s, row: s.write_boolean(row, TEXT, True), None, None),
    "S47 merged cells": (lambda b, s, row: s.merge_range(row, CODE, row + 1, CODE, "SY001"), "E-S47", None),
    "S48 a hidden row": (lambda b, s, row: s.set_row(row, None, None, {"hidden": True}), "W-S48", None),
}


@pytest.mark.parametrize("row", [NEAR, FAR], ids=["near", "far"])
@pytest.mark.parametrize("name", CELLS)
def test_a_cell_of_a_workbook_is_understood(lite, name, row):
    write, expected, found = CELLS[name]
    day = "2026-{:02}-{:02}".format

    def fill(made, sheet):
        dated = made.add_format({"num_format": "yyyy-mm-dd"})
        for n in range(1, FAR + 6):
            sheet.write_row(n, 0, ROW)
            sheet.write_datetime(n, AS_OF, datetime.fromisoformat(day(1 + n // 28, 1 + n % 28)), dated)
        sheet.write_string(row - 1, CODE, "SY002")
        write(made, sheet, row - 1)

    receipt = lite(book(fill), name="a.xlsx", dry_run=True)
    told = {problem.code: problem for problem in receipt.problems if problem.code not in ("N-B115", "W-B112")}
    if expected is None:
        assert receipt.ok and set(told) == set(), told
        return
    problem = told[expected]
    assert problem.row in (row, None) and (found is None or problem.found == found), problem
    for language in ("zh_CN", "en"):
        assert "{" not in "".join(problem_text(problem, words(language)))


def test_days_counted_from_1904_are_the_same_days(lite):
    out = io.BytesIO()
    made = xlsxwriter.Workbook(out, {"in_memory": True, "date_1904": True})
    sheet, style = made.add_worksheet(), made.add_format({"num_format": "yyyy-mm-dd"})
    sheet.write_row(0, 0, ["项目编号", "截止日期", "形象进度（%）"])
    for n, month in enumerate(range(1, 12), 1):
        sheet.write_row(n, 0, ["SY001", None, 5])
        sheet.write_datetime(n, 1, datetime(2026, month, 1), style)
    made.close()
    receipt = lite(out.getvalue(), name="a.xlsx", dry_run=True)
    assert "N-C80" in {p.code for p in receipt.problems} and receipt.new == 11
    assert [row[1] for row in receipt.sample[1:3]] == ["2026-01-01", "2026-02-01"]


def test_a_truth_value_is_the_word_that_excel_shows(lite):
    receipt = lite(book(lambda b, s: s.write_row(1, TEXT, [True])), name="a.xlsx", dry_run=True)
    assert receipt.sample[1][TEXT] == "TRUE"
