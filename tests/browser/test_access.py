"""Who may see what, done in a real Chromium: a new person sees the own city, a download is its own browser's."""

import contextlib
import re
from collections.abc import Callable

import requests
from playwright.sync_api import Page, TimeoutError, expect

from dashboard.guard import COOKIE
from models.db import open_database
from models.queries import audit_log
from models.queries.audit_log import Narrow
from tests.browser.conftest import Site

Open = Callable[..., Page]


def _choose(page: Page, key: str, text: str) -> None:
    """Pick from a list, opened anew where the page was drawn again under it."""
    box = page.locator(f".st-key-{key}").get_by_role("combobox")
    wanted = page.get_by_role("option", name=re.compile(text)).first
    for _ in range(8):
        box.click()
        with contextlib.suppress(TimeoutError):
            wanted.click(timeout=3_000)
            return
    raise AssertionError(f"never offered: {text}")


def test_an_administrator_adds_somebody_who_then_sees_the_own_city_only(
    desk: Open, visitor: Open, site: Site
) -> None:
    page = desk("admin")
    main = page.get_by_test_id("stMainBlockContainer")
    expect(main).to_contain_text("人员与权限")
    expect(page.get_by_role("link", name="总览")).to_have_count(0)
    page.get_by_text("新增人员").click()
    _choose(page, "add-0-role", "城市")
    _choose(page, "add-0-place-city", "包头")
    page.locator(".st-key-add-0-email input").fill("new.person@example.cn")
    page.locator(".st-key-add-0-name input").fill("新来的")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="新增账号").click()
    expect(main).to_contain_text("一次性密码，仅显示这一次")
    once = main.get_by_test_id("stCode").inner_text().strip()
    assert re.fullmatch(r"[a-z2-9]{4}(-[a-z2-9]{4}){3}", once)
    page.reload()
    expect(main).to_contain_text("new.person@example.cn")
    assert once not in page.content()

    theirs = visitor("/")
    theirs.get_by_label("邮箱").fill("new.person@example.cn")
    theirs.get_by_label("密码").fill(once)
    theirs.locator("button.enter").click()
    expect(theirs).to_have_url(re.compile("/password"))
    theirs.goto(site.address + "/points")
    expect(theirs).to_have_url(re.compile("/password|/sign-in"))
    theirs.goto(site.address + "/password")
    theirs.get_by_label("当前密码").fill(once)
    theirs.get_by_label("新密码（12").fill("一个只有我知道的长密码 2026")
    theirs.get_by_label("再次输入新密码").fill("一个只有我知道的长密码 2026")
    theirs.locator("button.enter").click()
    theirs.get_by_test_id("stMainBlockContainer").wait_for()
    theirs.goto(site.address + "/city?city=210100")
    expect(theirs.get_by_test_id("stMainBlockContainer")).to_contain_text("不在您的查看范围内")
    theirs.goto(site.address + "/points")
    expect(theirs.get_by_test_id("stMainBlockContainer")).to_contain_text("包头市")
    assert "沈阳" not in theirs.content()
    expect(theirs.get_by_role("link", name="人员与权限")).to_have_count(0)


def test_a_download_is_for_its_own_browser_and_is_remembered(desk: Open, site: Site) -> None:
    page = desk("shenyang", "/reports")
    with page.expect_request(re.compile("/media/")) as asked, page.expect_download() as download:
        page.get_by_role("button", name="CSV").first.click()
    path = asked.value.url.split(site.address.split("//")[1])[-1]
    assert download.value.path().stat().st_size > 0
    mine = _secret(page)
    theirs = _secret(desk("baotou"))
    assert _get(site, path, mine) == 200
    assert _get(site, path, theirs) == 404
    assert _get(site, path, None) == 401
    entry = audit_log.entries(open_database(site.database_url), Narrow(kind="export"), limit=1)[0]
    assert (entry.who, entry.about) == ("shenyang@demo.invalid", download.value.suggested_filename)


def _secret(page: Page) -> str:
    return next(one["value"] for one in page.context.cookies() if one["name"] == COOKIE)


def _get(site: Site, path: str, secret: str | None) -> int:
    cookies = {COOKIE: secret} if secret else {}
    return requests.get(site.address + path, cookies=cookies, timeout=20, allow_redirects=False).status_code
