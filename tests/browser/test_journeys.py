"""What people come to do, done in a real Chromium against the running product."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlmodel import Session, select

from models.db import open_database
from models.projects import Project
from models.reports import Report
from tests.browser.conftest import Site

Open = Callable[..., Page]


def test_a_coordinator_sees_what_a_file_will_change_before_it_changes_anything(
    desk: Open, site: Site, tmp_path: Path
) -> None:
    code, figure = _a_project_and_its_progress(site, "210100")
    page = desk("shenyang", "/reports")
    before = page.locator("tbody tr").count()
    file = tmp_path / "十月更正.csv"
    file.write_text(
        f"项目编号,截止日期,形象进度（%）\n{code},2026-10-31,{figure + 1.25}\n", encoding="utf-8-sig"
    )
    _upload(page, file)
    main = page.get_by_test_id("stMainBlockContainer")
    expect(main).to_contain_text("尚未存入")
    expect(main).to_contain_text(f"{figure:g}")
    expect(main).to_contain_text(f"{figure + 1.25:g}")
    assert _a_project_and_its_progress(site, "210100")[1] == figure
    page.get_by_label("更正已结束报送期数据的原因").fill("设备重复计入")
    _confirm(page)
    expect(main).to_contain_text("已存入")
    assert _a_project_and_its_progress(site, "210100")[1] == figure + 1.25
    page.reload()
    expect(page.get_by_text("十月更正.csv").first).to_be_visible()
    assert page.locator("tbody tr").count() >= before
    page.goto(site.address + f"/project?city=210100&project={code}")
    expect(page.get_by_test_id("stMainBlockContainer")).to_contain_text(f"{figure + 1.25:g}")


def test_a_bad_file_is_answered_with_row_column_and_remedy(desk: Open, site: Site, tmp_path: Path) -> None:
    code, figure = _a_project_and_its_progress(site, "210100")
    page = desk("shenyang", "/reports")
    file = tmp_path / "坏文件.csv"
    file.write_bytes(f"项目编号,截止日期,形象进度（%）\n{code},2026-10-31,135\n".encode("gb18030"))
    _upload(page, file)
    main = page.get_by_test_id("stMainBlockContainer")
    expect(main).to_contain_text("E-C77")
    expect(main).to_contain_text("135")
    expect(page.get_by_role("button", name="存入")).to_have_count(0)
    assert _a_project_and_its_progress(site, "210100")[1] == figure


def test_markup_in_a_file_is_shown_as_text(desk: Open, tmp_path: Path) -> None:
    page = desk("shenyang", "/reports")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
    file = tmp_path / "x.csv"
    bad = "<img src=http://evil.invalid/a onerror=alert(1)> ![x](//evil.invalid)"[:64]
    file.write_text(f'项目编号,截止日期,形象进度（%）\n"{bad}",2026-10-31,50\n', encoding="utf-8")
    _upload(page, file)
    expect(page.get_by_test_id("stMainBlockContainer")).to_contain_text("E-B101")
    assert not [url for url in asked if "evil.invalid" in url]


def test_a_coordinator_sees_the_own_city_only(desk: Open, site: Site) -> None:
    with Session(open_database(site.database_url).ro) as session:
        theirs = session.exec(select(Project).where(Project.city == "150200")).first()
    page = desk("shenyang", f"/project?city=150200&project={theirs.code}")
    main = page.get_by_test_id("stMainBlockContainer")
    expect(main).to_contain_text("不在您的查看范围内")
    assert theirs.code not in page.content()
    page.goto(site.address + "/points?city=150200")
    expect(main).to_contain_text("不在您的查看范围内")
    page.goto(site.address + "/")
    expect(page.locator(".pd-card")).to_have_count(3)
    assert "包头" not in page.content()


def test_a_link_survives_signing_in_and_reproduces_the_page(visitor: Open) -> None:
    page = visitor("/points?light=red&lang=en")
    expect(page).to_have_url(re.compile("/sign-in"))
    page.get_by_text("ministry.en@demo.invalid").click()
    expect(page).to_have_url(re.compile(r"/points\?.*light=red.*"))
    main = page.get_by_test_id("stMainBlockContainer")
    expect(main).to_contain_text("Red")
    assert "红" not in main.inner_text()


def test_the_language_switch_stays(desk: Open) -> None:
    page = desk("ministry")
    page.get_by_role("button", name="English").click()
    main = page.get_by_test_id("stMainBlockContainer")
    expect(main).to_contain_text("Overview")
    expect(page).to_have_url(re.compile("lang=en"))
    page.locator(".pd-card").first.get_by_role("link").first.click()
    expect(page).to_have_url(re.compile("lang=en"))
    expect(main).to_contain_text("By industry")
    page.get_by_role("link", name="Alerts").click()
    expect(page).to_have_url(re.compile("/alerts.*lang=en"))


def test_signing_out_closes_the_pages(desk: Open, site: Site) -> None:
    page = desk("baotou")
    other = page.context.new_page()
    other.goto(site.address + "/alerts")
    other.get_by_test_id("stMainBlockContainer").wait_for()
    page.get_by_text("包头演示员").click()
    page.get_by_role("link", name="退出").click()
    expect(page).to_have_url(re.compile("/sign-in"))
    other.reload()
    expect(other).to_have_url(re.compile("/sign-in"))


def test_the_worker_has_written_the_mails(desk: Open, site: Site) -> None:
    desk("ministry")
    for _ in range(300):
        found = list(site.mails.glob("*.eml"))
        if found:
            break
        import time

        time.sleep(0.1)
    assert any(b"@demo.invalid" in mail.read_bytes() for mail in found)


#: Every page there is, as a supervisor opens it.
PAGES = (
    *("/", "/changes", "/alerts", "/alerts?choose=1", "/orders", "/bulletin", "/execution"),
    *("/points", "/lines", "/surfaces", "/province", "/province?province=210000", "/city?city=210100"),
    *("/project", "/project?city=210100", "/adjustments", "/overlaps", "/find?q=sy", "/me"),
    *("/reports", "/deadlines", "/sources", "/administration", "/method", "/rules", "/letters"),
)


def test_every_page_opens_without_a_fault_and_asks_nobody_else(desk: Open, site: Site) -> None:
    page, faults = desk("ministry"), []
    page.on("pageerror", lambda error: faults.append((page.url, str(error))))
    for path in PAGES:
        page.goto(site.address + path)
        expect(page.locator("h1, .pd-h1").first).to_be_visible()
        page.wait_for_load_state("networkidle")
        faults += [(path, one.inner_text()) for one in page.get_by_test_id("stException").all()]
        asked = page.evaluate("performance.getEntriesByType('resource').map(e => e.name)")
        faults += [(path, address) for address in asked if "localhost" not in address]
    assert not faults


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1366, "dark")])
def test_the_overview_fits_a_phone_and_the_dark(desk: Open, width: int, scheme: str) -> None:
    page = desk("ministry", viewport={"width": width, "height": 844}, color_scheme=scheme)
    expect(page.locator(".pd-card")).to_have_count(3)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    background = page.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", background)[:3])) < 200) == (scheme == "dark")


def _a_project_and_its_progress(site: Site, city: str) -> tuple[str, float]:
    with Session(open_database(site.database_url).ro) as session:
        row = session.exec(
            select(Report)
            .where(Report.city == city, Report.superseded_at.is_(None), Report.physical_bp < 9_000)
            .where(Report.physical_bp > 1_000)
            .order_by(Report.as_of.desc(), Report.project)
        ).first()
        return row.project, row.physical_bp / 100


def _upload(page: Page, file: Path) -> None:
    page.locator('input[type="file"]').set_input_files(file)


def _confirm(page: Page) -> None:
    page.get_by_role("button", name="存入").wait_for()
    agree = page.get_by_test_id("stCheckbox").filter(has_text="提示")
    if agree.count():
        agree.locator("label").click()
    page.get_by_role("button", name="存入").click()
