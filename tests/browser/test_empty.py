"""An installation without a project: every page that stays empty says so and where to go on, and keeps the habits."""

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from sqlmodel import Session

from collectors.demo.people import DEMONSTRATION_PASSWORD, people
from models import clock
from models.db import open_database
from models.migrate import migrate
from models.people import Person
from models.signin import hash_password
from tests.browser import habits
from tests.browser.conftest import Site, served
from tests.servers import free_port

Open = Callable[[str], Page]

#: Each desk's pages, and what each must say (any of these): what is missing, or what to do.
PAGES = {
    "ministry": {
        "/": "尚无城市报送项目清单",
        "/changes": "尚无城市报送项目清单",
        "/alerts": "查看亮灯与预警的判定方法",
        "/orders": "可在预警、项目或城市页面下达",
        "/bulletin": "尚无项目",
        "/execution": "尚无城市报送项目清单",
        "/points": "尚无城市报送项目清单",
        "/lines": "尚无城市报送项目清单",
        "/surfaces": "尚无城市报送项目清单",
        "/province": "选择省份",
        "/province?province=210000": "所辖城市报送项目清单",
        "/city": "选择城市",
        "/city?city=210100": "该市报送项目清单",
        "/project": "尚无城市报送项目清单",
        "/adjustments": "尚无城市报送项目清单",
        "/overlaps": "其他中央资金项目",
        "/deadlines": "城市登记项目后在此显示",
        "/sources": "前往填报页面",
        "/letters": "被拒收或连续两天发送失败的邮件列在此处",
        "/find": "请在上方查找框输入",
        "/find?q=没有的": "请减少词数",
        "/points?province=210000": "取消筛选",
    },
    "shenyang": {
        "/": "报送项目清单",
        "/city": "该市报送项目清单",
        "/points": "报送项目清单",
        "/reports?form=projects": "尚未登记项目",
        "/deadlines": "报送项目清单",
        "/orders": "下达督办单后",
    },
    "admin": {"/sources": "尚未登记数据源", "/administration": "未登记数据源"},
}


@pytest.fixture(scope="module")
def bare() -> Iterator[Site]:
    """The product over a new database: the roster's places, some accounts, nothing reported."""
    with tempfile.TemporaryDirectory(prefix="dispatch-bare-") as folder:
        home, port = Path(folder), free_port()
        url, stored = f"sqlite:///{home / 'dispatch.db'}", hash_password(DEMONSTRATION_PASSWORD)
        db = open_database(url)
        migrate(db, clock.now())
        with Session(db.rw) as session, session.begin():
            for one in people():
                session.add(Person(**asdict(one), password_hash=stored, offered=True, created_at=clock.now()))
        db.dispose()
        with served("web", home, url, port):
            yield Site(f"http://localhost:{port}", url, home / "mail")


@pytest.mark.parametrize("who", PAGES)
def test_an_empty_page_says_what_is_missing_and_what_to_do(bare: Site, chromium: Browser, who: str) -> None:
    context = chromium.new_context(locale="zh-CN", viewport={"width": 1366, "height": 768})
    context.set_default_timeout(60_000)
    page, faults = context.new_page(), []
    page.goto(bare.address + "/sign-in?next=/me")
    page.get_by_text(f"{who}@demo.invalid", exact=True).click()
    page.get_by_test_id("stMainBlockContainer").wait_for()
    mine = habits.data_of(open_database(bare.database_url))
    for path, said in PAGES[who].items():
        page.goto(bare.address + path)
        habits.drawn(page)
        if said not in page.get_by_test_id("stMainBlockContainer").inner_text():
            faults.append(f"{path}: does not say {said}")
        found = habits.barriers(page) + habits.foreign(page, "zh_CN", mine) + habits.errors(page)
        faults += [f"{path}: {fault}" for fault in found]
        page.set_viewport_size({"width": 390, "height": 844})
        habits.drawn(page)
        faults += [f"{path}: {fault}" for fault in habits.beyond(page)]
        page.set_viewport_size({"width": 1366, "height": 768})
    context.close()
    assert not faults, "\n".join(faults)
