"""Which pictures there are: whose desk, which page, what is done there first, and its caption in both languages.

Another page is another ``Shot``; another way of looking at one is another ``Look``.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Page

#: A city of the demonstration and a line of it that is red; ``site.AT`` decides that.
_CITY, _LINE, _SURFACE, _POINT = "210100", "SY-2024-X01", "SY-2024-M01", "SY-2024-D06"


@dataclass(frozen=True)
class Look:
    """How a page is looked at; ``suffix`` ends the picture's name."""

    suffix: str
    locale: str = "zh-CN"
    scheme: str = "light"
    width: int = 1366
    height: int = 768

    @property
    def context(self) -> dict[str, Any]:
        """The options of a browser of this kind."""
        size = {"width": self.width, "height": self.height}
        return {"locale": self.locale, "color_scheme": self.scheme, "viewport": size}


CHINESE = Look("")
ENGLISH = Look(".en", locale="en-US")
DARK = Look(".dark", scheme="dark")
PHONE = Look(".phone", width=390, height=844)


@dataclass(frozen=True)
class Shot:
    """A picture: its name, the desk (None: nobody), the address, its captions, its looks, what is done first."""

    name: str
    who: str | None
    path: str
    zh: str
    en: str
    looks: tuple[Look, ...] = (CHINESE,)
    first: "Callable[[Page], None] | None" = None

    def file(self, look: Look) -> str:
        return f"{self.name}{look.suffix}.webp"


def _into(name: str) -> "Callable[[Page], None]":
    """Follow the first link whose text matches."""

    def follow(page: "Page") -> None:
        page.locator("table").get_by_role("link", name=re.compile(name)).first.click()

    return follow


#: Scrolls so that a title stands below the menu, which lies over the page.
_BELOW_THE_MENU = "one => { one.style.scrollMarginTop = '5rem'; one.scrollIntoView({block: 'start'}) }"


def _unfold(page: "Page") -> None:
    """Open the first part that is folded, and scroll to it."""
    title = page.get_by_test_id("stExpander").first.locator("summary").first
    title.click()
    title.evaluate(_BELOW_THE_MENU)


def _hand_in(page: "Page") -> None:
    """Choose a small file with a figure that changes, one that is doubtful, and wait for what is said of it."""
    rows = f"项目编号,截止日期,形象进度（%）\n{_LINE},2026-11-23,58\n{_POINT},2026-11-23,60\n"
    file = {"name": "十一月调度表.csv", "mimeType": "text/csv", "buffer": rows.encode("utf-8-sig")}
    page.locator('input[type="file"]').set_input_files(file)
    page.get_by_text("问题清单").first.wait_for()
    page.get_by_text("尚未存入").first.evaluate(_BELOW_THE_MENU)


SHOTS = (
    Shot("sign-in", None, "/sign-in", "登录", "Sign in", (CHINESE, ENGLISH)),
    Shot(
        "overview",
        "ministry",
        "/",
        "部委：总览。点、线、面亮灯，全国格图，最差的项目在前",
        "Ministry: the overview. Lights of point, line and surface, the nation's tiles, the worst first",
        (CHINESE, ENGLISH, DARK, PHONE),
    ),
    Shot(
        "changes",
        "ministry",
        "/changes?since=2026-11-16",
        "变化内容：任意两天、同口径比较",
        "What changed between any two days, over the same projects",
    ),
    Shot("points", "ministry", "/points", "点：单个企业", "Points: single enterprises", (CHINESE, PHONE)),
    Shot("lines", "ministry", "/lines", "线：产业链", "Lines: industry chains"),
    Shot("surfaces", "ministry", "/surfaces", "面：园区、集群", "Surfaces: parks and clusters"),
    Shot(
        "project",
        "ministry",
        f"/project?city={_CITY}&project={_LINE}",
        "项目档案：两盏灯，进度与资金，计划各版",
        "A project's dossier: two lights, progress and money, every version of the plan",
        (CHINESE, ENGLISH),
    ),
    Shot(
        "light",
        "ministry",
        f"/project?city={_CITY}&project={_LINE}",
        "为何亮此灯：规则、算式、限值、出处",
        "Why the light: rule, arithmetic, threshold, source",
        (CHINESE, ENGLISH),
        _unfold,
    ),
    Shot(
        "execution",
        "ministry",
        "/execution",
        "预算执行：核定、下达、拨付、支付、支出，各率注明分母",
        "Budget execution: approved, issued, transferred, paid, spent; every rate with its denominator",
    ),
    Shot(
        "adjustments",
        "ministry",
        "/adjustments",
        "计划调整台账",
        "The ledger of plan adjustments",
    ),
    Shot(
        "overlaps",
        "ministry",
        "/overlaps",
        "重复支持核查",
        "Double support: suspected pairs",
    ),
    Shot("bulletin", "ministry", "/bulletin", "调度通报", "The dispatch bulletin", (CHINESE, ENGLISH)),
    Shot("method", "ministry", "/method", "判定方法：由系统规则表直接生成", "Method, written from the rules"),
    Shot(
        "rules",
        "ministry",
        "/rules",
        "亮灯规则：施行前先看影响",
        "Light rules: looked at before they are in force",
    ),
    Shot(
        "province",
        "liaoning",
        "/province?province=210000",
        "省级：所辖城市对比，待本省决定的事项",
        "Province: its cities side by side, what waits for its decision",
        (CHINESE, ENGLISH),
    ),
    Shot("city", "liaoning", f"/city?city={_CITY}", "城市：项目与同类城市比较", "A city beside its peers"),
    Shot(
        "alerts",
        "liaoning",
        "/alerts",
        "预警：因何、自何时、如何解除",
        "Alerts: why, since when, what clears them",
    ),
    Shot(
        "triage",
        "liaoning",
        "/alerts?choose=1",
        "预警批量处理",
        "Alerts in bulk",
    ),
    Shot(
        "alert",
        "liaoning",
        f"/alerts?city={_CITY}",
        "单条预警：算式、经过、确认、交办",
        "One alert: its arithmetic, its history, acknowledging, assigning",
        (CHINESE, ENGLISH, PHONE),
        _into("^(进度滞后|Progress behind schedule)$"),
    ),
    Shot("orders", "liaoning", "/orders", "督办单", "Dispatch orders"),
    Shot(
        "order",
        "liaoning",
        f"/orders?city={_CITY}&state=all",
        "一份督办单：下达、签收、答复、整改、销号",
        "One order: issued, received, answered, rectified, closed",
        (CHINESE,),
        _into(r"^\d{4}-\d{6}-001$"),
    ),
    Shot("deadlines", "liaoning", "/deadlines", "报送期限与审签", "Deadlines and signatures"),
    Shot(
        "reports",
        "shenyang",
        "/reports",
        "城市填报员：模板、上传、报送记录",
        "City coordinator: template, upload, what was handed in",
        (CHINESE, ENGLISH, PHONE),
    ),
    Shot(
        "preview",
        "shenyang",
        "/reports",
        "上传预览：存入之前先看行数、亮灯变化和提醒",
        "The preview: counts, lights that would change and warnings, before anything is stored",
        (CHINESE,),
        _hand_in,
    ),
    Shot("home-of-a-city", "shenyang", "/", "城市总览", "The overview of a city"),
    Shot("find", "ministry", "/find?q=sy", "查找：名称、编码、单位、拼音首字母", "Find, by initials too"),
    Shot("settings", "shenyang", "/me", "个人设置", "One's own settings"),
    Shot(
        "audit",
        "auditor",
        "/audit",
        "审计员：操作日志，哈希链校验",
        "Auditor: the audit log, chained by hash",
    ),
    Shot("people", "admin", "/people", "管理员：人员与权限", "Administrator: people and permissions"),
    Shot(
        "administration",
        "admin",
        "/administration",
        "管理：各项状态",
        "Administration: how everything stands",
    ),
    Shot("sources", "ministry", "/sources", "数据源", "Data sources"),
    Shot("letters", "admin", "/letters", "未送达的邮件", "Letters that did not arrive"),
)
