"""Hands in a real Chromium: what people do on any page, each done until it is seen."""

import contextlib
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Locator, Page, expect


def main(page: Page) -> Locator:
    return page.get_by_test_id("stMainBlockContainer")


def upload(page: Page, file: Path) -> None:
    page.locator('input[type="file"]').set_input_files(file)


def saved(page: Page, button: str, folder: Path) -> Path:
    """What a button gives, under its own name."""
    with page.expect_download() as download:
        page.get_by_role("button", name=button).first.click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def tick(page: Page, text: str) -> None:
    page.get_by_test_id("stCheckbox").filter(has_text=text).locator("label").click()


def store(page: Page, *, agree: str, button: str, done: str) -> None:
    """Say yes to warnings, where there are any, and store."""
    page.get_by_role("button", name=button).wait_for()
    if page.get_by_test_id("stCheckbox").filter(has_text=agree).count():
        tick(page, agree)
    page.get_by_role("button", name=button).click()
    expect(main(page)).to_contain_text(done)


def store_zh(page: Page) -> None:
    store(page, agree="行的提醒", button="存入", done="已存入，报送编号")


def store_en(page: Page) -> None:
    store(page, agree="I have checked", button="Store this report", done="Stored as submission")


def until(act: Callable[[], None], seen: Locator) -> None:
    """Do it until it is seen: a page that is still being drawn may swallow a click."""
    for _ in range(10):
        with contextlib.suppress(AssertionError, PlaywrightError):
            act()
            expect(seen).to_be_attached(timeout=2_000)
            return
    pytest.fail(f"never seen: {seen}")


def choose(page: Page, label: str, option: str) -> None:
    pick(page.get_by_role("combobox", name=label), page.get_by_role("option", name=option))


def pick(box: Locator, option: Locator) -> None:
    """Open a list and take from it: a page that is still being drawn closes the list again."""
    for _ in range(10):
        with contextlib.suppress(PlaywrightError):
            if not option.is_visible():
                box.click()
            option.click(timeout=2_000)
            return
    pytest.fail(f"never to be had: {option}")


def unfold(fold: Locator) -> None:
    """Open an expander, and see that it is."""
    inside = fold.get_by_test_id("stExpanderDetails")

    def click() -> None:
        if not inside.is_visible():
            fold.locator("summary").first.click()
        expect(inside).to_be_visible(timeout=2_000)

    until(click, inside)


def type_into(page: Page, column: int, row: int, text: str) -> None:
    """Write into a cell of the grid, counted from 0 without the row markers."""
    grid = page.locator(".stDataFrameGlideDataEditor").first
    grid.scroll_into_view_if_needed()
    chosen = '[data-testid="glide-cell-{}-{}"][aria-selected="true"]'
    field = page.locator("#portal input, #portal textarea").first

    def reach() -> None:
        page.keyboard.press("Escape")
        grid.click(position={"x": 60, "y": 35 + 17})
        page.locator(chosen.format(1, 0)).wait_for(state="attached", timeout=2_000)
        for key, times in (("ArrowRight", column), ("ArrowDown", row)):
            for _ in range(times):
                page.keyboard.press(key)

    until(reach, page.locator(chosen.format(column + 1, row)))
    until(lambda: page.keyboard.press("Enter"), field)
    field.fill(text)
    field.press("Enter")
    expect(page.locator("#portal input, #portal textarea")).to_have_count(0)
