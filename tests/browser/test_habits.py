"""What hands do without thinking, in a real Chromium: copy the link, press a key, see that there is news, find the way back."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

Open = Callable[..., Page]

CLIPBOARD = ["clipboard-read", "clipboard-write"]


def test_one_click_copies_the_address_and_the_fixed_link_is_offered(desk: Open) -> None:
    page = desk("ministry", "/points?light=red", permissions=CLIPBOARD)
    page.get_by_role("button", name="复制链接", exact=True).click()
    expect(page.get_by_text("链接已复制").last).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(page.url) and "lang=zh_CN" in copied and "known_at" not in copied
    page.get_by_role("button", name="复制定格链接").click()
    expect(page.get_by_text("定格链接已复制").last).to_be_visible()
    fixed = page.evaluate("navigator.clipboard.readText()")
    page.goto(fixed)
    expect(page.locator(".pd-h1")).to_contain_text("依据截至")
    assert re.search(r"light=red.*known_at=", page.url)
