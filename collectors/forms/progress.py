"""The forms of progress: the project list, the plan's curve, the dispatch form and adjustments of the plan.

A new column is one ``Column`` here, one column in ``models/`` with its migration, and its label in
``models/locales/zh_CN/collectors.po``.
"""

from collectors.forms.column import CITIES, SUPERVISORS, Cell, Column, Form, money
from models.vocabulary import Ground, Kind, SpendingCategory, Stage, SupportMethod

CODE = Column(
    "code", "项目编号", "Project code", Cell.CODE, required=True, aliases=("编号", "项目代码"), max_length=64
)


#: The project's name beside its code, for the eye; it is changed by the project list or an adjustment only.
NAME = Column("project_name", "项目名称", "Project name", shown_only=True, aliases=("名称",), max_length=200)


PROJECTS = Form(
    "projects",
    "1",
    "项目清单",
    "Projects",
    (
        CODE,
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
        money("total_investment", "总投资", "Total investment", "项目总投资", "计划总投资", required=True),
        money("reward", "核定奖补资金", "Approved reward money", "奖补资金"),
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
    "kind",
)

PLAN = Form(
    "plan",
    "1",
    "计划曲线",
    "Plan curve",
    (
        CODE,
        NAME,
        Column("month", "月份", "Month", Cell.MONTH, True),
        Column(
            "planned_pct",
            "计划形象进度",
            "Planned physical progress",
            Cell.PERCENT,
            True,
            aliases=("计划进度",),
            stored="planned_bp",
        ),
        money("planned_spending", "计划支出", "Planned spending", "计划累计支出"),
    ),
    ("code", "month"),
    "month",
)

DISPATCH = Form(
    "dispatch",
    "2",
    "调度表",
    "Dispatch form",
    (
        CODE,
        NAME,
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
            stored="physical_bp",
        ),
        money("invested", "累计完成投资", "Investment completed", "完成投资", "invested to date"),
        money("month_invested", "本月完成投资", "Invested this month", "本月完成"),
        money("year_invested", "年初累计完成投资", "Invested this year", "年初累计", "本年累计完成投资"),
        money("annual_plan", "年度计划投资", "Annual plan"),
        money("issued", "下达", "Issued", "下达资金", "累计下达"),
        money("transferred", "拨付", "Transferred", "拨付资金", "累计拨付"),
        money("paid", "支付", "Paid", "支付资金", "累计支付"),
        money("spent", "支出", "Spent", "支出资金", "累计支出"),
        Column("stage", "建设阶段", "Stage", Cell.CHOICE, False, Stage, ("项目阶段",)),
        Column("narrative", "进展情况", "Progress narrative", aliases=("narrative",), max_length=2000),
        Column("last_narrative", "上次进展情况", "Narrative of last time", shown_only=True, max_length=2000),
        Column("problem", "存在问题", "Problem", aliases=("问题",), max_length=2000),
        Column("next_step", "下步措施", "Next step", aliases=("下一步措施",), max_length=2000),
        money("total_investment", "总投资", "Total investment", "项目总投资", "计划总投资"),
        Column("planned_start", "计划开工", "Planned start", Cell.DATE, aliases=("计划开工日期",)),
        Column("planned_end", "计划竣工", "Planned end", Cell.DATE, aliases=("计划竣工日期",)),
        Column("reported_on", "填报日期", "Reported on", Cell.DATE, aliases=("上报日期",), past=True),
        Column("reason", "更正原因", "Reason for correction", aliases=("更正说明",), max_length=500),
    ),
    ("code", "as_of"),
    "as_of",
    restates=True,
)

ADJUSTMENTS = Form(
    "adjustments",
    "1",
    "计划调整",
    "Adjustments",
    (
        CODE,
        NAME,
        Column("adjusted_on", "调整日期", "Adjusted on", Cell.DATE, True, past=True),
        Column("ground", "调整依据", "Ground", Cell.CHOICE, True, Ground, ("调整原因",)),
        Column("ground_note", "依据说明", "Ground note", max_length=500),
        Column(
            "document_no",
            "批准文号",
            "Document number",
            Cell.CODE,
            True,
            aliases=("批复文号",),
            max_length=100,
        ),
        Column("new_name", "调整后项目名称", "New name", max_length=200),
        Column("new_planned_start", "调整后计划开工", "New planned start", Cell.DATE),
        Column("new_planned_end", "调整后计划竣工", "New planned end", Cell.DATE),
        money("new_total_investment", "调整后总投资", "New total investment"),
        money("new_reward", "调整后奖补资金", "New reward money"),
    ),
    ("code", "adjusted_on", "document_no"),
    "adjusted_on",
    by=SUPERVISORS | CITIES,
)
