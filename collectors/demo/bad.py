"""Samples of files with something wrong, for people who try the upload page as Shenyang.

Each spoils what the city could really send today. A new sample is one more entry of ``bad_files``.
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import xlsxwriter

from collectors.demo.funds import fund_row, movements
from collectors.demo.members import member_rows
from collectors.demo.projects import LANDMARK_WAN
from collectors.demo.rows import Row, cell, csv_bytes, dispatch_row
from collectors.demo.stories import Story, stories
from collectors.demo.words import places
from collectors.forms import DISPATCH, FUNDS, MEMBERS, Form
from models.vocabulary import Kind, MoneyStage

#: The day whose files ``bad_files`` spoils when it is told no other.
_SOME_DAY = date(2026, 11, 23)

#: A workbook's day of creation, so that the same rows give the same bytes.
_CREATED = datetime(2026, 1, 1, tzinfo=UTC)

#: What is paid beyond what is transferred in the bad file of movements, in 万元.
_BEYOND_WAN = 35


def bad_files(today: date = _SOME_DAY, *, seed: int = 42) -> list[tuple[str, bytes, str]]:
    """File name, bytes, what is wrong with it."""
    told = stories(places()[0].code, today, seed)
    return [*_of_dispatch(told, today, seed), *_of_records(told, today, seed)]


def _of_dispatch(told: Sequence[Story], today: date, seed: int) -> Iterator[tuple[str, bytes, str]]:
    rows, unknown = _dispatch(told, today, seed), f"{places()[0].prefix}-2024-D99"
    good = csv_bytes(DISPATCH, rows)
    in_yuan = [row | {"invested": cell(row["invested"] * _yuan_per_wan(row))} for row in rows]
    over = [rows[0] | {"physical_pct": 135}, *rows[1:]]
    yield (
        "坏文件1_GB18030编码.csv",
        good.decode("utf-8-sig").encode("gb18030"),
        "编码是 GB18030，内容正确，可以导入",
    )
    yield "坏文件2_单位是元.csv", csv_bytes(DISPATCH, in_yuan), "累计完成投资多按元填报，表头单位却是万元"
    yield "坏文件3_进度超过100.csv", csv_bytes(DISPATCH, over), "第一个项目的形象进度是 135"
    yield (
        "坏文件4_项目不存在.csv",
        csv_bytes(DISPATCH, [*rows, rows[0] | {"code": unknown}]),
        f"最后一行的项目编号 {unknown} 不存在",
    )
    yield (
        "坏文件5_缺少截止日期列.csv",
        csv_bytes(DISPATCH, rows, without=("as_of",)),
        "缺少必填列“截止日期”",
    )


def _of_records(told: Sequence[Story], today: date, seed: int) -> Iterator[tuple[str, bytes, str]]:
    money, chain = _beyond(told, today, seed), _members(told, today, seed)
    stranger = chain[-1]["supplies"]
    lost = [row for row in chain if row["unit_code"] != stranger]
    bad = [*chain[:1], chain[1] | {"actual_pct": "六成"}, *chain[2:]]
    yield (
        "坏文件6_支付大于拨付.csv",
        csv_bytes(FUNDS, money),
        f"同一文号下支付数比拨付数多 {_BEYOND_WAN} 万元，顺序颠倒",
    )
    yield (
        "坏文件7_供货对象不在链上.csv",
        csv_bytes(MEMBERS, lost),
        "有企业的供货对象信用代码不属于本链任何企业",
    )
    yield (
        "坏文件8_多表工作簿一格有误.xlsx",
        workbook([(DISPATCH, _dispatch(told, today, seed)), (MEMBERS, bad)]),
        "第二张表“链上企业”的一个实际进度写成了汉字",
    )


def _dispatch(told: Sequence[Story], today: date, seed: int) -> list[Row]:
    """The newest figures as of yesterday, with nothing invested since."""
    day = today - timedelta(days=1)
    rows = []
    for story in (story for story in told if story.reports):
        last = story.figures[-1]
        invested = last.investment.by(day, last.as_of, last.investment.to_date)
        rows.append(dispatch_row(story.project, replace(last, as_of=day, investment=invested), seed))
    return rows


def _beyond(told: Sequence[Story], today: date, seed: int) -> list[Row]:
    """A document of its own, whose money was paid before all of it was transferred."""
    day = today - timedelta(days=1)
    moved = next(
        m for m in movements(told[0].project.place, today, seed) if m.stage == MoneyStage.TRANSFERRED
    )
    number = f"{moved.document}（补）"
    going = (
        (MoneyStage.ISSUED, 200.0),
        (MoneyStage.TRANSFERRED, 100.0),
        (MoneyStage.PAID, 100.0 + _BEYOND_WAN),
    )
    place = told[0].project.place
    return [
        fund_row(place, replace(moved, document=number, stage=stage, on=day, amount=amount))
        for stage, amount in going
    ]


def _members(told: Sequence[Story], today: date, seed: int) -> list[Row]:
    """The members of the city's first line, as of yesterday."""
    line = next(story for story in told if story.project.kind == Kind.LINE)
    return list(member_rows(line, today - timedelta(days=1), None, seed))


def _yuan_per_wan(row: Row) -> int:
    """10,000, but for amounts that would then be larger than any cell may hold: those stay in 万元."""
    return 10_000 if row["invested"] < LANDMARK_WAN else 1


def workbook(sheets: Sequence[tuple[Form, Sequence[Row]]]) -> bytes:
    """A workbook with one form a sheet, every cell as text."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    book.set_properties({"created": _CREATED})
    for form, rows in sheets:
        sheet = book.add_worksheet(form.zh)
        columns = [c for c in form.columns if any(row.get(c.name) not in (None, "") for row in rows)]
        sheet.write_row(0, 0, [column.zh + column.unit_zh for column in columns])
        for number, row in enumerate(rows, start=1):
            for index, column in enumerate(columns):
                sheet.write_string(number, index, cell(row.get(column.name)))
    book.close()
    return out.getvalue()
