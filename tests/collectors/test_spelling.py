"""Any legal spelling of a form's cells, under any of its headers, in any dress, is the same figures."""

import csv
import io
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collectors.forms import FORMS, Cell, Column, match
from models.words import words
from tests.collectors.test_promises import ENCODINGS, workbook, written
from tests.collectors.test_records import CHAIN, SAMPLES, scope_of

DISPATCH = (
    "项目编号,截止日期,形象进度,累计完成投资,支付,支出,建设阶段,进展情况\n"
    "SY001,2026-10-31,50.5,1234.5,20,12.000001,在建,设备安装\nSY002,2026-10-31,7,0,,0,未开工,\n"
)
PLAN = "项目编号,月份,计划形象进度,计划支出\nSY001,2026-03,10.5,5\nSY001,2026-04,20,1200\n"
TEXTS = SAMPLES | {"dispatch": DISPATCH, "plan": PLAN}
WIDE = str.maketrans("0123456789.-", "０１２３４５６７８９．－")


def number(text: str) -> list[str]:
    whole, _, decimals = text.partition(".")
    grouped = f"{int(whole):,}" + (f".{decimals}" if decimals else "")
    zeros = text + "0" if decimals and len(decimals) < 2 else text
    return [text, f" {text} ", text.translate(WIDE), grouped, zeros]


def day(text: str) -> list[str]:
    on = date.fromisoformat(text)
    spelt = [text, f"{on:%Y/%m/%d}", f"{on:%Y.%m.%d}", f"{on:%Y%m%d}", f"{on.year}/{on.month}/{on.day}"]
    return [*spelt, f"{on.year}年{on.month}月{on.day}日", text.translate(WIDE), f"{text} 00:00:00"]


def spellings(column: Column, text: str) -> list[str]:
    """Every way we mean to understand what the cell says."""
    if text == "":
        return ["", " ", "\u3000"]
    match column.cell:
        case Cell.MONEY | Cell.COUNT:
            return number(text)
        case Cell.PERCENT:
            return [*number(text), f"{text}%", f"{text}％".translate(WIDE)]
        case Cell.DATE:
            return day(text)
        case Cell.MONTH:
            return [text, text.replace("-", "/"), text.replace("-", "年") + "月"]
        case Cell.CHOICE:
            chosen = [c for c in column.choices if text in {words(x).label(c) for x in ("zh_CN", "en")}]
            labels = [words(x).label(c) for c in chosen for x in ("zh_CN", "en")]
            return [text, f" {text} ", *labels, *(label.upper() for label in labels), *map(str, chosen)]
        case Cell.FLAG:
            return ["是", "yes", "Y", "1", "true"] if text == "是" else ["否", "no", "N", "0"]
        case Cell.CODE | Cell.CREDIT_CODE:
            return [text, f" {text}", f"{text} "]
    return [text, f"  {text}"]


@st.composite
def dressed(draw, form: str) -> tuple[list[list[str]], str]:
    header, *lines = csv.reader(io.StringIO(TEXTS[form]))
    at = match(header, FORMS[form]).columns
    rows: list[list[str]] = [[] for _ in range(len(lines) + 1)]
    for name in draw(st.permutations(sorted(at))):
        column = FORMS[form].by_name[name]
        rows[0].append(draw(st.sampled_from([column.zh, column.en, *column.aliases])))
        for row, line in zip(rows[1:], lines, strict=True):
            row.append(draw(st.sampled_from(spellings(column, line[at[name]]))))
    order = draw(st.permutations(rows[1:]))
    return [rows[0], *order], draw(st.sampled_from([*ENCODINGS, "xlsx"]))


@pytest.mark.parametrize("form", TEXTS)
def test_every_legal_spelling_is_the_same_figures(lite, shenyang, form):
    scope = scope_of(form, shenyang)
    assert lite(CHAIN).committed and lite(TEXTS[form], scope=scope).committed

    @settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
    @given(table=dressed(form))
    def same(table):
        rows, dress = table
        content = workbook(rows) if dress == "xlsx" else written(rows, dress)
        name = "a.xlsx" if dress == "xlsx" else "a.csv"
        receipt = lite(content, name=name, scope=scope, form=form, dry_run=True)
        assert (receipt.ok, receipt.same, receipt.rows) == (True, len(rows) - 1, len(rows) - 1), (
            receipt.problems,
            receipt.changes,
        )

    same()
