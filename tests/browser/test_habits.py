"""What hands do without thinking, in a real Chromium: copy the link, press a key, see that there is news, find the way back."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect
from sqlmodel import Session, col, select

from alerts.handling import Answer, acknowledge
from models import clock
from models.access import operator
from models.alerts import Alert, AlertEvent
from models.db import open_database
from models.state import DayState
from models.vocabulary import Light, Severity, Transition
from tests.browser.conftest import Site

Open = Callable[..., Page]

#: Rules that a city answers for.
_OF_CITIES = ("milestones_missed", "lagging_progress", "stalled")

CLIPBOARD = ["clipboard-read", "clipboard-write"]
NO_CLIPBOARD = (
    "Object.defineProperty(navigator, 'clipboard', {value: undefined}); document.execCommand = () => false"
)


_PLACE = "document.querySelector('[data-testid=stMain]').scrollTop"


def copied(page: Page) -> str:
    return page.evaluate("navigator.clipboard.readText()")


# --- copy the link ----------------------------------------------------------------------------------------------


def test_one_click_copies_the_address_and_the_fixed_link_is_offered(desk: Open) -> None:
    page = desk("ministry", "/points?light=red", permissions=CLIPBOARD)
    page.get_by_role("button", name="复制链接", exact=True).click()
    expect(page.locator("#copied")).to_contain_text("链接已复制")
    assert copied(page).startswith(page.url) and "lang=zh_CN" in copied(page)
    assert "known_at" not in copied(page)
    page.get_by_role("button", name="复制定格链接").click()
    expect(page.locator("#copied")).to_contain_text("定格链接已复制")
    page.goto(copied(page))
    expect(page.locator(".pd-h1")).to_contain_text("依据截至")
    assert re.search(r"light=red.*known_at=", page.url)
    page.get_by_role("button", name="复制链接", exact=True).wait_for()
    page.evaluate(NO_CLIPBOARD)
    page.get_by_role("button", name="复制链接", exact=True).click()
    expect(page.locator("#copied")).to_contain_text("Ctrl+C")
    selected = "f => f.value.slice(f.selectionStart, f.selectionEnd)"
    assert page.locator("#copied .field").evaluate(selected).startswith(page.url)


# --- following a link -------------------------------------------------------------------------------------------


def test_a_link_changes_the_page_without_loading_the_program_and_back_finds_the_place(desk: Open) -> None:
    page = desk("ministry", "/?lang=zh_CN")
    page.locator("#root [data-testid=stVegaLiteChart] svg").last.wait_for()  # the page has its length
    link = page.locator("#root .pd-t a[href*='/project']").last
    link.scroll_into_view_if_needed()
    assert page.evaluate(_PLACE) > 100
    page.evaluate("window.still = true")
    name = link.inner_text()
    link.click()
    expect(page.locator("#root .pd-h1")).to_contain_text(name)
    expect(page).to_have_url(re.compile("/project.*lang=zh_CN"))
    expect(page).to_have_title("项目 · 试点调度台")
    expect(page.locator("#aloud")).to_have_text("项目 · 试点调度台")
    page.wait_for_function(f"{_PLACE} === 0")
    page.go_back()
    expect(page).to_have_title("总览 · 试点调度台")
    page.wait_for_function(f"{_PLACE} > 100 && Math.abs({_PLACE} - history.state.top) < 2")
    page.go_forward()
    expect(page.locator("#root .pd-h1")).to_contain_text(name)
    assert page.evaluate("window.still")


def test_other_links_are_the_browsers_own(desk: Open) -> None:
    """One for a new tab, and one to what is no page of the program."""
    page = desk("ministry", "/?lang=zh_CN")
    page.evaluate("window.still = true")
    link = page.locator("#root .pd-t a[href*='/project']").first
    with page.context.expect_page() as opened:
        link.click(modifiers=["Control"])
    expect(opened.value).to_have_url(re.compile("/project"))
    opened.value.close()
    assert page.evaluate("location.pathname") == "/" and page.evaluate("window.still")
    page.evaluate(
        """() => { const link = Object.assign(document.createElement("a"), {href: "/sign-out", id: "out"});
        document.querySelector("[data-testid=stMain]").prepend(link); link.textContent = "out"; link.click(); }"""
    )
    expect(page).to_have_url(re.compile("/sign-(in|out)"))
    assert not page.evaluate("window.still ?? false")


def test_a_link_followed_after_the_session_ended_leads_to_its_page_by_the_sign_in(desk: Open) -> None:
    page = desk("ministry", "/?lang=zh_CN")
    link = page.locator("#root .pd-t a[href*='/project']").first
    wanted = link.inner_text()
    other = page.context.new_page()
    other.goto(page.url)
    other.get_by_text("部委演示员").click()
    other.get_by_role("link", name="退出").click()
    expect(other).to_have_url(re.compile("/sign-in"))
    link.click()
    again = page.get_by_role("link", name="登录")
    expect(again.or_(page.locator("form input[type=password]")).first).to_be_visible()
    if again.count():
        again.click()
    page.get_by_text("ministry@demo.invalid", exact=True).click()
    expect(page.locator("#root .pd-h1")).to_contain_text(wanted)


# --- keys -------------------------------------------------------------------------------------------------------


def test_keys_lead_through_red_projects_copy_and_search_but_never_while_typing(
    desk: Open, site: Site
) -> None:
    with Session(open_database(site.database_url).ro) as session:
        red = session.exec(select(DayState).where(DayState.light == Light.RED)).first()
    page = desk("ministry", f"/project?city={red.city}&project={red.project}", permissions=CLIPBOARD)
    page.get_by_role("button", name="快捷键", exact=True).wait_for()
    page.keyboard.press("n")
    expect(page).not_to_have_url(re.compile(f"project={red.project}(&|$)"))
    page.keyboard.press("p")
    expect(page).to_have_url(re.compile(f"project={red.project}(&|$)"))
    page.keyboard.press("l")
    expect(page.locator("#copied")).to_contain_text("链接已复制")
    assert red.project in copied(page)
    page.keyboard.press("Escape")
    page.keyboard.press("Control+n")
    page.keyboard.press("/")
    box = page.locator(".st-key-find-box input")
    expect(box).to_be_focused()
    page.keyboard.type("nl?/a")
    expect(box).to_have_value("nl?/a")
    expect(page.locator("#copied")).to_be_hidden()
    expect(page.locator("dialog#keys")).to_be_hidden()
    assert red.project in page.url


def test_the_list_of_keys_names_them_all_and_switches_them_off(desk: Open) -> None:
    page = desk("ministry", "/alerts", permissions=CLIPBOARD)
    expect(page.get_by_role("button", name="快捷键", exact=True)).to_be_visible()
    page.keyboard.press("?")
    listed = page.locator("dialog#keys")
    expect(listed.locator("kbd")).to_have_text(["L", "/", "?", "N", "P", "A", "Ctrl+Enter"])
    listed.get_by_label("启用单键快捷键").uncheck()
    page.keyboard.press("Escape")
    expect(listed).to_be_hidden()
    page.keyboard.press("l")
    page.keyboard.press("?")
    expect(listed).to_be_hidden()
    expect(page.locator("#copied")).to_be_hidden()
    page.get_by_role("button", name="快捷键", exact=True).click()
    listed.get_by_label("启用单键快捷键").check()
    listed.get_by_role("button", name="关闭").click()
    page.keyboard.press("l")
    expect(page.locator("#copied")).to_be_visible()


def test_an_alert_is_acknowledged_without_a_mouse(desk: Open, site: Site) -> None:
    city, (alert, *_) = _unanswered(site, "210100")
    page = desk("shenyang", f"/alerts?city={city}&alert={alert}")
    field = page.get_by_label("正在采取的措施")
    field.wait_for()
    page.get_by_role("button", name="快捷键", exact=True).wait_for()
    page.keyboard.press("a")
    expect(field).to_be_focused()
    page.keyboard.type("already asked")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="撤回确认")).to_be_visible()


# --- news -------------------------------------------------------------------------------------------------------


def test_news_is_said_and_moves_nothing_unless_the_page_is_live(desk: Open, site: Site) -> None:
    city, (first, second, *_) = _unanswered(site)
    page = desk("ministry", f"/alerts?city={city}", viewport={"width": 1366, "height": 400})
    page.get_by_role("button", name="快捷键", exact=True).wait_for()
    page.get_by_test_id("stMain").evaluate("main => main.scrollTo(0, 150)")
    notice, noted = page.locator("#news"), page.get_by_text("已确认")
    before = noted.count()
    assert _look(page) == 304
    _acknowledge(site, city, first)
    assert _look(page) == 200
    expect(notice).to_contain_text("有新数据")
    assert noted.count() == before
    notice.get_by_role("button", name="刷新", exact=True).click()
    expect(noted).not_to_have_count(before)
    expect(notice).to_be_hidden()
    page.goto(page.url + "&live=1")
    page.get_by_role("button", name="停止自动刷新").wait_for()
    page.get_by_test_id("stMain").evaluate("main => main.scrollTo(0, 150)")
    before = noted.count()
    _acknowledge(site, city, second)
    assert _look(page) == 200
    expect(noted).not_to_have_count(before)
    assert page.get_by_test_id("stMain").evaluate("main => main.scrollTop") == 150
    assert f"city={city}" in page.url
    page.context.clear_cookies()
    assert _look(page) == 401
    expect(notice).to_contain_text("登录已结束")


def _look(page: Page) -> int:
    """Come back to the page, as from another tab; what it is answered when it asks for news."""
    with page.expect_response("**/news") as answer:
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    return answer.value.status


def _acknowledge(site: Site, city: str, alert: str) -> None:
    answer = Answer(operator("a"), city, alert, "noted", clock.now())
    assert acknowledge(open_database(site.database_url), answer) is None


def _unanswered(site: Site, within: str | None = None) -> tuple[str, list[str]]:
    """A city, the one with most open alerts that nobody has acknowledged yet, and these, red ones first."""
    with Session(open_database(site.database_url).ro) as session:
        held = select(AlertEvent.alert).where(AlertEvent.transition == Transition.ACKNOWLEDGED)
        found = session.exec(
            select(Alert.city, Alert.id)
            .where(col(Alert.closed_on).is_(None), col(Alert.id).not_in(held))
            .where(col(Alert.rule).in_(_OF_CITIES))
            .order_by(Alert.severity == Severity.YELLOW, Alert.opened_on, Alert.id)
        ).all()
    cities = [city for city, _ in found if within in (None, city)]
    most = max(cities, key=cities.count)
    return most, [alert for city, alert in found if city == most]


# --- lost -------------------------------------------------------------------------------------------------------


def test_a_wrong_address_is_explained_and_leads_back(desk: Open, site: Site) -> None:
    page = desk("ministry", "/of/no/page?lang=en")
    expect(page.locator(".pd-h1")).to_contain_text("No page at this address")
    page.goto(f"{site.address}/alrts?lang=zh_CN")
    expect(page.locator(".pd-h1")).to_contain_text("页面不存在")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("link", name="预警").last).to_be_visible()
    page.get_by_role("link", name="返回首页").click()
    expect(page.locator(".pd-card")).to_have_count(3)
