"""The forms of record: what the notice asks for beside progress. Each row goes to a table of ``models/records.py``.

A new form is one ``Form`` here, its table with a migration, and its labels in
``models/locales/zh_CN/collectors.po``; checks of its own go to ``collectors/record_checks.py``.
"""

from collectors.forms.column import CITIES, SUPERVISORS, Cell, Column, Form, money
from collectors.forms.progress import CODE, NAME
from models import records as tables
from models.vocabulary import (
    FundSource,
    Kind,
    Measure,
    MoneyStage,
    OtherProgramme,
    PlaceKind,
    SpendingCategory,
    TenantRole,
)


def _as_of() -> Column:
    names = ("数据截止日期", "截至日期", "as-of date")
    return Column("as_of", "截止日期", "As of", Cell.DATE, True, aliases=names, past=True)


def _unit_code(*, required: bool) -> Column:
    names = ("信用代码",)
    en = "Unified social credit code"
    return Column("unit_code", "统一社会信用代码", en, Cell.CREDIT_CODE, required, aliases=names)


def _percent(name: str, zh: str, en: str, stored: str, *aliases: str) -> Column:
    return Column(name, zh, en, Cell.PERCENT, aliases=aliases, stored=stored)


_REPORTED = Column("reported_on", "填报日期", "Reported on", Cell.DATE, aliases=("上报日期",), past=True)
_PROJECT = Column("code", "项目编号", "Project code", Cell.CODE, aliases=("编号", "项目代码"), max_length=64)
_CITY = Column("city", "城市", "City", Cell.PLACE, aliases=("试点城市", "牵头城市"))
_DOCUMENT = Column("document_no", "文号", "Document number", aliases=("批准文号", "批复文号"), max_length=100)

MEMBERS = Form(
    "members",
    "1",
    "链上企业",
    "Chain members",
    (
        CODE,
        NAME,
        _as_of(),
        _unit_code(required=True),
        Column("unit_name", "企业名称", "Enterprise", required=True, aliases=("单位名称",), max_length=200),
        Column("tier", "链上层级", "Tier", Cell.COUNT, True, aliases=("层级",)),
        Column(
            "supplies",
            "供货对象信用代码",
            "Supplies (credit code)",
            Cell.CREDIT_CODE,
            aliases=("下游企业信用代码", "下游企业"),
        ),
        Column("member_city", "所在城市", "City of the enterprise", aliases=("企业所在地",), max_length=100),
        _percent("planned_pct", "计划进度", "Planned progress", "planned_bp"),
        _percent("actual_pct", "实际进度", "Actual progress", "actual_bp", "完成进度"),
        _REPORTED,
    ),
    ("code", "as_of", "unit_code"),
    "tier",
    tables.Member,
    restates=True,
    of_kind=Kind.LINE,
    source="108-I.2",
)

TENANTS = Form(
    "tenants",
    "1",
    "园区构成",
    "Parts of a surface",
    (
        CODE,
        NAME,
        _as_of(),
        Column(
            "unit_name", "主体名称", "Name", required=True, aliases=("企业名称", "单位名称"), max_length=200
        ),
        _unit_code(required=False),
        Column("role", "构成类型", "Part", Cell.CHOICE, True, TenantRole, ("类型", "角色")),
        _percent("planned_pct", "计划进度", "Planned progress", "planned_bp"),
        _percent("actual_pct", "实际进度", "Actual progress", "actual_bp", "完成进度"),
        _REPORTED,
    ),
    ("code", "as_of", "unit_name"),
    "role",
    tables.Tenant,
    restates=True,
    of_kind=Kind.SURFACE,
    source="108-I.3",
)

FUNDS = Form(
    "funds",
    "1",
    "资金流转",
    "Money movements",
    (
        Column(
            "document_no", "资金文号", "Document number", Cell.CODE, True, aliases=("文号",), max_length=100
        ),
        Column("stage", "资金环节", "Money stage", Cell.CHOICE, True, MoneyStage, ("环节",)),
        Column("happened_on", "发生日期", "Date", Cell.DATE, True, aliases=("日期",), past=True),
        _PROJECT,
        NAME,
        _CITY,
        money("amount", "金额", "Amount", required=True),
        Column("source", "资金来源", "Source of the money", Cell.CHOICE, True, FundSource, ("来源",)),
        Column("spending_category", "支出类别", "Spending category", Cell.CHOICE, False, SpendingCategory),
        Column("separate_account", "单独核算", "Separate account", Cell.FLAG, aliases=("是否单独核算",)),
        Column("voucher", "凭证号", "Voucher", Cell.CODE, max_length=64),
        Column("holder", "资金现持有方", "Held by", aliases=("收款单位",), max_length=200),
        _REPORTED,
    ),
    ("document_no", "stage", "happened_on", "code", "source", "spending_category", "voucher"),
    "source",
    tables.Fund,
    restates=True,
    source="108-II.5",
)

OTHER_FUNDING = Form(
    "other_funding",
    "1",
    "其他中央资金项目",
    "Other central funding",
    (
        Column("programme", "资金渠道", "Programme", Cell.CHOICE, True, OtherProgramme, ("支持渠道",)),
        _CITY,
        Column("title", "项目名称", "Project name", required=True, aliases=("名称",), max_length=200),
        Column("unit_name", "实施单位", "Implementing unit", required=True, max_length=200),
        _unit_code(required=False),
        Column(
            "project_code",
            "国家项目代码",
            "National project code",
            Cell.CODE,
            aliases=("投资项目代码", "项目代码"),
            max_length=64,
        ),
        money("amount", "金额", "Amount", "支持金额"),
        Column("awarded_on", "安排日期", "Awarded on", Cell.DATE, past=True),
        _DOCUMENT,
        _REPORTED,
    ),
    ("programme", "title", "unit_name"),
    "programme",
    tables.OtherFunding,
    by=CITIES | SUPERVISORS,
    source="108-II.2",
)

MILESTONES = Form(
    "milestones",
    "1",
    "里程碑",
    "Milestones",
    (
        CODE,
        NAME,
        Column("name", "里程碑", "Milestone", required=True, aliases=("节点", "节点名称"), max_length=100),
        Column("planned_on", "计划日期", "Planned on", Cell.DATE, True, aliases=("计划完成日期",)),
        Column("expected_on", "预计日期", "Expected on", Cell.DATE, aliases=("预计完成日期",)),
        Column("reached_on", "实际日期", "Reached on", Cell.DATE, aliases=("实际完成日期",), past=True),
        Column("note", "说明", "Note", max_length=500),
        _REPORTED,
    ),
    ("code", "name"),
    "name",
    tables.Milestone,
    source="108-III.2",
)

ENTERPRISES = Form(
    "enterprises",
    "1",
    "规上企业数字化改造",
    "Digital reach",
    (
        _as_of(),
        _CITY,
        Column("industry", "行业代码", "Industry code", Cell.INDUSTRY, True, aliases=("所属行业",)),
        Column(
            "above_size",
            "规上企业数",
            "Above-size enterprises",
            Cell.COUNT,
            True,
            aliases=("规上工业企业数",),
        ),
        Column(
            "reached", "已改造企业数", "Enterprises reached", Cell.COUNT, True, aliases=("已完成改造企业数",)
        ),
        _REPORTED,
    ),
    ("as_of", "industry", "city"),
    "above_size",
    tables.Enterprise,
    restates=True,
    source="domain figure 6",
)

INSPECTIONS = Form(
    "inspections",
    "1",
    "监督检查",
    "Inspections",
    (
        Column("number", "检查编号", "Inspection number", Cell.CODE, True, max_length=64),
        _CITY,
        _PROJECT,
        NAME,
        Column("inspected_on", "检查日期", "Inspected on", Cell.DATE, True, past=True),
        Column("inspector", "检查单位", "Inspected by", required=True, max_length=200),
        Column("finding", "发现问题", "Finding", required=True, aliases=("问题",), max_length=2000),
        Column("deadline_on", "整改期限", "Deadline", Cell.DATE),
        Column("rectified_on", "整改完成日期", "Rectified on", Cell.DATE, past=True),
        Column("evidence", "整改证明", "Evidence", aliases=("佐证材料",), max_length=2000),
        _REPORTED,
    ),
    ("number", "city"),
    "finding",
    tables.Inspection,
    by=CITIES | SUPERVISORS,
    source="108-II.5",
)

EVALUATIONS = Form(
    "evaluations",
    "1",
    "年度绩效评价",
    "Annual evaluations",
    (
        Column("year", "评价年度", "Year", Cell.YEAR, True, aliases=("年度",)),
        _CITY,
        Column("score", "评价得分", "Score", Cell.SCORE, aliases=("得分",)),
        Column("grade", "评价等级", "Grade", aliases=("等级",), max_length=20),
        Column("measure", "处理措施", "Measure", Cell.CHOICE, False, Measure, ("措施",)),
        Column("measure_on", "措施日期", "Measure on", Cell.DATE, past=True),
        _DOCUMENT,
        money("amount", "扣减或收回金额", "Deducted or recovered"),
        Column("note", "说明", "Note", max_length=500),
        _REPORTED,
    ),
    ("year", "city"),
    "score",
    tables.Evaluation,
    by=SUPERVISORS,
    source="108-III.3",
)

APPLICATIONS = Form(
    "applications",
    "1",
    "申报推荐",
    "Recommendations",
    (
        Column("year", "申报年度", "Year", Cell.YEAR, True, aliases=("年度",)),
        Column("city", "推荐省份", "Recommended by", Cell.PROVINCE, aliases=("省份",)),
        Column("applicant", "申报城市", "Applicant", required=True, aliases=("申报主体",), max_length=100),
        Column("applicant_code", "行政区划代码", "Administrative code", Cell.CODE, max_length=16),
        Column("place_kind", "申报类型", "Kind of place", Cell.CHOICE, True, PlaceKind),
        Column("leads", "是否牵头", "Leads", Cell.FLAG, aliases=("牵头",)),
        _DOCUMENT,
        Column("applied_on", "申报日期", "Applied on", Cell.DATE, past=True),
        _REPORTED,
    ),
    ("year", "applicant", "city"),
    "applicant",
    tables.Application,
    by=SUPERVISORS,
    source="108-III.1",
)
