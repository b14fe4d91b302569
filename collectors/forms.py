"""The report forms as data: which columns, under which headers, of what kind; and matching a header row.

A header is matched after NFKC, without blanks, without a trailing unit in brackets, in Chinese, English or by
an alias. Refuses to guess a column from its values. A new column is one ``Column`` here, one column in
``models/`` with its migration, and its label in ``models/locales/zh_CN/collectors.po``.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property, lru_cache

from models.vocabulary import Ground, Kind, SpendingCategory, Stage, SupportMethod


class Cell(StrEnum):
    """How the text of a cell is to be understood (``collectors/cells.py``)."""

    TEXT = "text"
    CODE = "code"
    DATE = "date"
    MONTH = "month"
    PERCENT = "percent"
    MONEY = "money"
    CHOICE = "choice"
    FLAG = "flag"
    PLACE = "place"
    PARTNERS = "partners"
    CREDIT_CODE = "credit_code"
    INDUSTRY = "industry"


#: Kinds of cell whose content is words; everything else refuses "n/a" and the like.
WORDY = (Cell.TEXT, Cell.CODE)


@dataclass(frozen=True, eq=False)
class Column:
    """A column of a form. ``required`` asks for the column and for a value in each of its cells.

    Known by identity: what is built for a column (``collectors/quick.py``) is found again without comparing.
    """

    name: str
    zh: str
    en: str
    cell: Cell = Cell.TEXT
    required: bool = False
    choices: type[StrEnum] | None = None
    aliases: tuple[str, ...] = ()
    max_length: int = 500
    past: bool = False  # a day that has happened: not after today

    @property
    def unit_zh(self) -> str:
        return {Cell.MONEY: "（万元）", Cell.PERCENT: "（%）"}.get(self.cell, "")

    @property
    def unit_en(self) -> str:
        return {Cell.MONEY: " (10k yuan)", Cell.PERCENT: " (%)"}.get(self.cell, "")


@dataclass(frozen=True)
class Form:
    """A report form. ``key`` names the columns that may occur together only once in a file.

    ``known_as``: (column, header) pairs of a source that calls them so; where given, only these are looked for.
    """

    name: str
    version: str
    zh: str
    en: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    known_as: tuple[tuple[str, str], ...] = ()

    @cached_property
    def lookup(self) -> dict[str, str]:
        """Matched header text → column name."""
        if self.known_as:
            return {header_key(text)[0]: name for name, text in self.known_as if name in self.by_name}
        return {
            header_key(text)[0]: column.name
            for column in self.columns
            for text in (column.zh, column.en, column.name, *column.aliases)
        }

    @cached_property
    def by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}


_UNIT = re.compile(r"\((万元|元|亿元|千元|百万元|%|10kyuan|yuan|100myuan|wanyuan|rmb)\)$")
_RIGHT_UNITS = {Cell.MONEY: {"", "万元", "10kyuan", "wanyuan"}, Cell.PERCENT: {"", "%"}}


@lru_cache(maxsize=4096)
def header_key(text: str) -> tuple[str, str]:
    """A header as it is matched, and the unit it names in brackets ("" where it names none)."""
    plain = "".join(unicodedata.normalize("NFKC", text).split()).casefold().strip("*＊:﻿\u200b")
    unit = _UNIT.search(plain)
    return (plain[: unit.start()], unit.group(1)) if unit else (plain, "")


@dataclass(frozen=True)
class Match:
    """How a header row fits a layout: column name → position, and what did not fit."""

    columns: dict[str, int]
    extra: tuple[int, ...] = ()  # positions with a header nobody asked for
    doubled: dict[str, tuple[int, ...]] = field(default_factory=dict)
    wrong_unit: dict[str, str] = field(default_factory=dict)


def match(header: Sequence[str], form: Form) -> Match:
    """Fit a header row to a form."""
    positions: dict[str, list[int]] = {}
    extra, wrong = [], {}
    for index, text in enumerate(header):
        key, unit = header_key(text)
        name = form.lookup.get(key)
        if name is None:
            extra += [index] if key else []
            continue
        positions.setdefault(name, []).append(index)
        if unit not in _RIGHT_UNITS.get(form.by_name[name].cell, {unit}):
            wrong[name] = unit
    doubled = {name: tuple(at) for name, at in positions.items() if len(at) > 1}
    return Match({name: at[0] for name, at in positions.items()}, tuple(extra), doubled, wrong)


_CODE = Column(
    "code", "项目编号", "Project code", Cell.CODE, required=True, aliases=("编号", "项目代码"), max_length=64
)


def _money(name: str, zh: str, en: str, *aliases: str, required: bool = False) -> Column:
    return Column(name, zh, en, Cell.MONEY, required=required, aliases=aliases)


PROJECTS = Form(
    "projects",
    "1",
    "项目清单",
    "Projects",
    (
        _CODE,
        Column("name", "项目名称", "Project name", required=True, aliases=("名称",), max_length=200),
        Column("city", "牵头城市", "Lead city", Cell.PLACE, aliases=("城市", "试点城市", "city")),
        Column("kind", "类型", "Kind", Cell.CHOICE, True, Kind, ("项目类型", "点线面")),
        Column(
            "unit_name", "实施单位", "Implementing unit", required=True, aliases=("单位名称",), max_length=200
        ),
        Column(
            "unit_code",
            "统一社会信用代码",
            "Unified social credit code",
            Cell.CREDIT_CODE,
            aliases=("信用代码",),
        ),
        Column("industry", "行业代码", "Industry code", Cell.INDUSTRY, aliases=("所属行业",)),
        _money("total_investment", "总投资", "Total investment", "项目总投资", "计划总投资", required=True),
        _money("reward", "核定奖补资金", "Approved reward money", "奖补资金"),
        Column("support_method", "支持方式", "Support method", Cell.CHOICE, False, SupportMethod),
        Column("spending_category", "支出类别", "Spending category", Cell.CHOICE, False, SpendingCategory),
        Column("chain", "产业链", "Chain", max_length=100),
        Column("chain_owner", "链主企业", "Chain owner", aliases=("链主",), max_length=200),
        Column("park", "园区", "Park", aliases=("园区名称",), max_length=200),
        Column(
            "planned_start",
            "计划开工",
            "Planned start",
            Cell.DATE,
            True,
            aliases=("计划开工日期", "计划开工时间"),
        ),
        Column(
            "planned_end",
            "计划竣工",
            "Planned end",
            Cell.DATE,
            True,
            aliases=("计划竣工日期", "计划竣工时间"),
        ),
        Column("landmark", "标志性重大项目", "Landmark project", Cell.FLAG, aliases=("标志性项目",)),
        Column("partners", "参与城市", "Partner cities", Cell.PARTNERS, aliases=("协同城市",)),
        Column("approved_on", "批复日期", "Approved on", Cell.DATE),
        Column("document_no", "批复文号", "Document number", aliases=("批准文号",), max_length=100),
    ),
    ("code",),
)

PLAN = Form(
    "plan",
    "1",
    "计划曲线",
    "Plan curve",
    (
        _CODE,
        Column("month", "月份", "Month", Cell.MONTH, True),
        Column(
            "planned_pct",
            "计划形象进度",
            "Planned physical progress",
            Cell.PERCENT,
            True,
            aliases=("计划进度",),
        ),
        _money("planned_spending", "计划支出", "Planned spending", "计划累计支出"),
    ),
    ("code", "month"),
)

DISPATCH = Form(
    "dispatch",
    "1",
    "调度表",
    "Dispatch form",
    (
        _CODE,
        Column(
            "as_of",
            "截止日期",
            "As of",
            Cell.DATE,
            True,
            aliases=("数据截止日期", "截至日期", "as-of date"),
            past=True,
        ),
        Column(
            "physical_pct",
            "形象进度",
            "Physical progress",
            Cell.PERCENT,
            aliases=("累计形象进度", "progress"),
        ),
        _money("invested", "累计完成投资", "Investment completed", "完成投资", "invested to date"),
        _money("annual_plan", "年度计划投资", "Annual plan"),
        _money("issued", "下达", "Issued", "下达资金", "累计下达"),
        _money("transferred", "拨付", "Transferred", "拨付资金", "累计拨付"),
        _money("paid", "支付", "Paid", "支付资金", "累计支付"),
        _money("spent", "支出", "Spent", "支出资金", "累计支出"),
        Column("stage", "建设阶段", "Stage", Cell.CHOICE, False, Stage, ("项目阶段",)),
        Column("narrative", "进展情况", "Progress narrative", aliases=("narrative",), max_length=2000),
        Column("problem", "存在问题", "Problem", aliases=("问题",), max_length=2000),
        Column("next_step", "下步措施", "Next step", aliases=("下一步措施",), max_length=2000),
        _money("total_investment", "总投资", "Total investment", "项目总投资", "计划总投资"),
        Column("planned_start", "计划开工", "Planned start", Cell.DATE, aliases=("计划开工日期",)),
        Column("planned_end", "计划竣工", "Planned end", Cell.DATE, aliases=("计划竣工日期",)),
    ),
    ("code", "as_of"),
)

ADJUSTMENTS = Form(
    "adjustments",
    "1",
    "计划调整",
    "Adjustments",
    (
        _CODE,
        Column("adjusted_on", "调整日期", "Adjusted on", Cell.DATE, True, past=True),
        Column("ground", "调整依据", "Ground", Cell.CHOICE, True, Ground, ("调整原因",)),
        Column("ground_note", "依据说明", "Ground note", max_length=500),
        Column(
            "document_no", "批准文号", "Document number", required=True, aliases=("批复文号",), max_length=100
        ),
        Column("new_name", "调整后项目名称", "New name", max_length=200),
        Column("new_planned_start", "调整后计划开工", "New planned start", Cell.DATE),
        Column("new_planned_end", "调整后计划竣工", "New planned end", Cell.DATE),
        _money("new_total_investment", "调整后总投资", "New total investment"),
        _money("new_reward", "调整后奖补资金", "New reward money"),
    ),
    ("code", "adjusted_on", "document_no"),
)

FORMS = {form.name: form for form in (PROJECTS, PLAN, DISPATCH, ADJUSTMENTS)}

#: Headers that only one form has; they decide when several forms fit a header row equally well.
_TELLING = {"dispatch": "as_of", "plan": "month", "adjustments": "adjusted_on", "projects": "kind"}


def fit(header: Sequence[str], form: Form) -> float:
    """How well a header row fits a form: recognised columns, and one more for the telling one."""
    found = match(header, form).columns
    return len(found) + (_TELLING.get(form.name) in found)
