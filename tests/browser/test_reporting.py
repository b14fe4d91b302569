"""Reporting as its people do it: a city's coordinator and finance officer, the province's officer, an administrator.

Each journey asserts what is seen and what is stored. Baotou hands in and fills in, Jiading (in English) mends a
bad file and takes one back, Shenyang signs.
"""

import csv
import io
import re
import zipfile
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import openpyxl
import pytest
import sqlalchemy as sa
from playwright.sync_api import Locator, Page, expect
from sqlmodel import Session, col, select

from collectors import sources
from models import clock
from models.db import open_database
from models.reports import Draft, Report, Submission
from models.vocabulary import ExceptionKind
from models.windows import SignOff, WindowException
from tests.browser.conftest import Site
from tests.browser.hands import (
    choose,
    main,
    pick,
    saved,
    store_en,
    store_zh,
    tick,
    type_into,
    unfold,
    upload,
)

Open = Callable[..., Page]
SHENYANG, BAOTOU, JIADING = "210100", "150200", "310114"
TODAY = clock.local_day(clock.now())
LAST_MONTH = clock.month_start(TODAY) - timedelta(days=1)
DAY, MONTH = "截止日期", f"{LAST_MONTH:%Y-%m}"


# --- what is stored ----------------------------------------------------------------------------------------


def current(site: Site, city: str, on: date = LAST_MONTH) -> dict[str, Report]:
    """The rows of a day that hold now, by project."""
    with Session(open_database(site.database_url).ro, expire_on_commit=False) as session:
        holding = select(Report).where(Report.city == city, Report.superseded_at.is_(None))
        rows = session.exec(holding.where(Report.as_of == on).order_by(Report.project)).all()
    return {row.project: row for row in rows}


def count(site: Site, table: type, **values: object) -> int:
    with Session(open_database(site.database_url).ro) as session:
        wanted = [getattr(table, name) == value for name, value in values.items()]
        return session.exec(select(sa.func.count()).select_from(table).where(*wanted)).one()


def newest(site: Site, city: str) -> Submission:
    with Session(open_database(site.database_url).ro, expire_on_commit=False) as session:
        mine = select(Submission).where(Submission.city == city)
        return session.exec(mine.order_by(col(Submission.received_at).desc())).first()


def moving(site: Site, city: str) -> list[str]:
    """Projects whose progress can still go up."""
    return [code for code, row in current(site, city).items() if 1_000 < (row.physical_bp or 0) < 9_500]


# --- what is handed in -----------------------------------------------------------------------------------


def report(folder: Path, name: str, *rows: tuple[object, ...], columns: str = "形象进度（%）") -> Path:
    """A dispatch file as a coordinator writes it."""
    lines = [f"项目编号,{DAY},{columns}", *(",".join(map(str, row)) for row in rows)]
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8-sig")
    return path


# --- the whole workbook ------------------------------------------------------------------------------------


def test_the_whole_workbook_changes_nothing_as_it_stands_and_three_cells_when_three_are_changed(
    desk: Open, site: Site, tmp_path: Path
) -> None:
    page = desk("baotou", "/reports")
    book = saved(page, "下载整套填报表", tmp_path)
    kept, before = count(site, Submission, city=BAOTOU), current(site, BAOTOU)
    upload(page, book)
    expect(main(page)).to_contain_text("各行与已存内容一致，不会有任何变化。")
    expect(page.get_by_role("button", name="存入")).to_have_count(0)
    assert count(site, Submission, city=BAOTOU) == kept

    first, second, third = moving(site, BAOTOU)[:3]
    found = openpyxl.load_workbook(book)
    sheet = found["调度表"]
    heads = {str(cell.value).split("（")[0].rstrip("*"): cell.column for cell in sheet[1]}
    lines = {row[heads["项目编号"] - 1].value: row for row in sheet.iter_rows(min_row=2)}
    lines[first][heads["形象进度"] - 1].value = before[first].physical_bp / 100 + 1.25
    lines[second][heads["累计完成投资"] - 1].value += 30
    lines[third][heads["支付"] - 1].value = lines[third][heads["拨付"] - 1].value + 90
    changed = tmp_path / "包头三处更正.xlsx"
    found.save(changed)
    page.reload()
    upload(page, changed)
    expect(main(page)).to_contain_text("逐格变化（3）")
    expect(main(page)).to_contain_text(re.compile(r"亮灯：3 个项目中 \d+ 个变化"))
    shown = page.locator("table").filter(has_text="已存 → 文件中")
    expect(shown).to_contain_text(
        re.compile(rf"{before[first].physical_bp / 100:g}%\s*→\s*{before[first].physical_bp / 100 + 1.25:g}%")
    )
    expect(shown.locator("tbody tr")).to_have_count(3)
    warned = page.locator("table").filter(has_text="涉及金额").locator("tbody tr", has_text="提醒")
    stakes = [
        float(text.replace(",", "").removesuffix("万元")) for text in _column(warned, 4) if "万元" in text
    ]
    assert len(stakes) >= 2 and stakes == sorted(stakes, reverse=True) and stakes[0] >= 90
    expect(main(page)).to_contain_text("有 3 行更正已结束报送期的数据")
    if page.get_by_test_id("stCheckbox").filter(has_text="行的提醒").count():
        tick(page, "行的提醒")
    page.get_by_role("button", name="存入").click()
    expect(main(page)).to_contain_text("请先填写更正原因")
    assert current(site, BAOTOU)[first].physical_bp == before[first].physical_bp

    page.get_by_label("更正已结束报送期数据的原因").fill("发票重复入账")
    page.get_by_role("button", name="存入").click()
    expect(main(page)).to_contain_text("已存入，报送编号")
    after = current(site, BAOTOU)
    assert after[first].physical_bp == before[first].physical_bp + 125
    assert after[third].paid == before[third].transferred + 90 * 1_000_000
    told = newest(site, BAOTOU)
    assert (told.changed, told.reason, told.file_name) == (3, "发票重复入账", "包头三处更正.xlsx")

    page.goto(f"{site.address}/reports?submission={told.id}&holder={BAOTOU}")
    expect(main(page)).to_contain_text("发票重复入账")
    with zipfile.ZipFile(saved(page, "下载全部（zip）", tmp_path)) as archive:
        names = set(archive.namelist())
        assert {"receipt.json", "problems.csv", "figures/report.csv", "replaced/report.csv"} <= names
        assert archive.read("original/包头三处更正.xlsx") == changed.read_bytes()
        replaced = archive.read("replaced/report.csv").decode("utf-8-sig")
        assert first in replaced and str(before[first].physical_bp) in replaced


def _column(rows: Locator, index: int) -> list[str]:
    return [row.locator("td").nth(index).inner_text() for row in rows.all()]


# --- a bad file, its draft ---------------------------------------------------------------------------------


def test_a_bad_workbook_comes_back_marked_and_its_bad_rows_are_mended_as_a_draft(
    desk: Open, site: Site, tmp_path: Path
) -> None:
    codes, on = list(current(site, JIADING)), TODAY - timedelta(days=1)
    book = openpyxl.Workbook()
    book.active.append(["Project code", "As of", "Physical progress (%)", "Current stage"])
    for code, figure in zip(codes, ["135", "abc", 61.5, 62.5, 63.5, 64.5], strict=False):
        book.active.append([code, on, figure, None])
    file = tmp_path / "november.xlsx"
    book.save(file)
    page = desk("jiading", "/reports", language="en-US")
    upload(page, file)
    expect(main(page)).to_contain_text("The file cannot be taken in as it is")
    expect(main(page)).to_contain_text("E-C77")
    expect(page.get_by_role("button", name="Store this report")).to_have_count(0)
    assert not current(site, JIADING, on)

    marked = openpyxl.load_workbook(saved(page, "Your file with the problems marked", tmp_path)).active
    for cell in (marked["C2"], marked["C3"]):
        assert cell.fill.fill_type == "solid" and len(cell.comment.text) > 20
    assert marked["C4"].comment is None and marked["C2"].value == "135"
    assert "0 to 100" in marked["C2"].comment.text
    listed = saved(page, "The problems as CSV", tmp_path).read_text(encoding="utf-8-sig")
    errors = [row for row in csv.DictReader(io.StringIO(listed)) if row["Level"] == "Error"]
    assert [(row["Row"], row["Found"]) for row in errors] == [("2", "135"), ("3", "abc")]
    assert all(row["How to mend it"] for row in errors)

    tick(page, f"Take the {len(codes) - 2} good rows and keep the other 2 as a draft.")
    store_en(page)
    expect(main(page)).to_contain_text("2 rows are kept as a draft")
    assert list(current(site, JIADING, on)) == codes[2:]
    assert count(site, Draft, owner="jiading@demo.invalid") == 1

    drafts = page.get_by_test_id("stExpander").filter(has_text="Drafts (1)")
    unfold(drafts)
    drafts.get_by_role("button", name="Open").click()
    expect(page.locator("table").filter(has_text="Problem code")).to_contain_text("E-C77")
    type_into(page, 3, 0, "60")
    expect(main(page)).not_to_contain_text("E-C77")
    type_into(page, 3, 1, "60.5")
    store_en(page)
    mended = current(site, JIADING, on)
    assert (mended[codes[0]].physical_bp, mended[codes[1]].physical_bp) == (6000, 6050)
    assert count(site, Draft, owner="jiading@demo.invalid") == 0
    expect(main(page)).not_to_contain_text("Drafts (")


# --- filling in here, a chosen period ----------------------------------------------------------------------


def test_three_figures_are_changed_in_the_grid_with_the_same_checks(desk: Open, site: Site) -> None:
    page = desk("baotou", "/reports?form=dispatch")
    before = current(site, BAOTOU)
    code = moving(site, BAOTOU)[0]
    row = list(before).index(code)
    page.get_by_text("在网页填报").click()
    expect(main(page)).to_contain_text(f"我修改的行计为截至 {TODAY} 的数据")
    expect(page.get_by_role("button", name="查看变化")).to_be_disabled()
    type_into(page, 3, row, str(before[code].physical_bp / 100 - 5))
    page.get_by_role("button", name="查看变化").click()
    expect(main(page)).to_contain_text("尚未存入任何内容")
    expect(page.locator("table").filter(has_text="问题代码")).to_contain_text("W-B104")
    expect(page.get_by_role("button", name="存入")).to_be_disabled()
    type_into(page, 3, row, str(before[code].physical_bp / 100 + 0.5))
    expect(main(page)).to_contain_text("您之后又修改了数据，请重新查看变化")
    page.get_by_role("button", name="查看变化").click()
    store_zh(page)
    assert current(site, BAOTOU)[code].physical_bp == before[code].physical_bp
    assert {c: r.physical_bp for c, r in current(site, BAOTOU, TODAY).items()} == {
        code: before[code].physical_bp + 50
    }


def test_a_file_of_another_period_than_the_one_chosen_is_told_both(
    desk: Open, site: Site, tmp_path: Path
) -> None:
    code, running = moving(site, BAOTOU)[1], TODAY - timedelta(days=2)
    page = desk("baotou", f"/reports?period={LAST_MONTH}")
    expect(main(page)).to_contain_text("文件所属报送期")
    upload(page, report(tmp_path, "本月.csv", (code, running, 94)))
    problems = page.locator("table").filter(has_text="问题代码")
    expect(problems).to_contain_text(f"本行写的是 {running}，而您选择的报送期是 {MONTH}")
    expect(page.get_by_role("button", name="存入")).to_have_count(0)
    assert code not in current(site, BAOTOU, running)
    choose(page, "文件所属报送期", "以文件为准")
    expect(main(page)).not_to_contain_text("E-B109")
    beside = page.locator("table").filter(has_text="上次填报").locator("tbody tr")
    was = current(site, BAOTOU)[code].physical_bp
    expect(beside).to_have_count(1)
    expect(beside).to_contain_text(f"+{(9400 - was) / 100:g} 个百分点，上次 {was / 100:g}%")
    expect(main(page)).to_contain_text("与上次填报相比：1 行新填报中有 1 行数字有变动")
    expect(main(page)).to_contain_text("上次已填报、本文件未填报：累计完成投资、")
    store_zh(page)
    assert current(site, BAOTOU, running)[code].physical_bp == 9400


# --- signing -----------------------------------------------------------------------------------------------


def test_a_period_is_vouched_for_accepted_locked_and_opened_again(
    desk: Open, site: Site, tmp_path: Path
) -> None:
    here = f"/reports?period={LAST_MONTH}"
    code = moving(site, SHENYANG)[0]
    figure = current(site, SHENYANG)[code].physical_bp

    def correct(page: Page, by: float) -> None:
        page.goto(site.address + "/reports?form=dispatch")
        upload(page, report(tmp_path, f"更正{by}.csv", (code, LAST_MONTH, figure / 100 + by)))

    industry = desk("shenyang")
    correct(industry, 0.5)
    industry.get_by_label("更正已结束报送期数据的原因").fill("复核更正")
    store_zh(industry)
    industry.goto(site.address + here)
    expect(main(industry)).to_contain_text("失效：此后数据有变动")
    expect(industry.get_by_role("button", name="以财政部门名义审签")).to_have_count(0)
    industry.get_by_role("button", name="以工业和信息化主管部门名义审签").click()
    expect(main(industry)).to_contain_text("尚未审签：财政部门")

    province = desk("liaoning", f"/deadlines?city={SHENYANG}&period={LAST_MONTH}")
    expect(province.get_by_role("button", name="接收", exact=True)).to_be_disabled()
    finance = desk("shenyang.finance", here)
    finance.get_by_role("button", name="以财政部门名义审签").click()
    expect(main(finance)).to_contain_text("两部门均已审签，省级可接收")
    province.reload()
    province.get_by_role("button", name="接收", exact=True).click()
    expect(main(province)).to_contain_text("已接收：本期")
    assert count(site, SignOff, city=SHENYANG, period_end=LAST_MONTH, step="accepted") == 1

    correct(industry, 0.75)
    expect(main(industry)).to_contain_text(f"截至 {LAST_MONTH} 的报送期已接收，数据已锁定")
    expect(main(industry)).to_contain_text("请向省级申请重新开放该期")
    expect(industry.get_by_role("button", name="存入")).to_have_count(0)
    assert current(site, SHENYANG)[code].physical_bp == figure + 50

    grant(province, "重新开放", "需更正设备安装进度")
    expect(main(province)).to_contain_text("现重新开放至")
    assert count(site, WindowException, city=SHENYANG, kind=ExceptionKind.REOPENING) == 1
    correct(industry, 0.75)
    industry.get_by_label("更正已结束报送期数据的原因").fill("设备安装进度重复统计")
    store_zh(industry)
    assert current(site, SHENYANG)[code].physical_bp == figure + 75
    province.reload()
    expect(main(province)).to_contain_text("尚未审签：工业和信息化主管部门、财政部门")


def grant(page: Page, kind: str, reason: str, city: str | None = None) -> None:
    form = page.get_by_test_id("stExpander").filter(has_text="批准例外")
    unfold(form)
    if city:
        pick(form.get_by_test_id("stMultiSelect").locator("input"), page.get_by_role("option", name=city))
        expect(form.get_by_test_id("stMultiSelect")).to_contain_text(city)
        page.keyboard.press("Escape")
    choose(page, "例外类型", kind)
    form.get_by_label("原因").fill(reason)
    form.get_by_role("button", name="批准", exact=True).click()


# --- taking back -------------------------------------------------------------------------------------------


def test_a_submission_is_withdrawn_and_restored(desk: Open, site: Site, tmp_path: Path) -> None:
    code, on = moving(site, JIADING)[0], TODAY - timedelta(days=3)
    page = desk("jiading", "/reports?form=dispatch", language="en-US")
    upload(page, report(tmp_path, "by mistake.csv", (code, on, 58)))
    store_en(page)
    told = newest(site, JIADING)
    assert current(site, JIADING, on)[code].physical_bp == 5800

    page.goto(f"{site.address}/reports?submission={told.id}&holder={JIADING}")
    page.get_by_role("button", name="Withdraw").click()
    act = page.get_by_test_id("stPopoverBody")
    expect(act).to_contain_text("1 figures stop being current")
    expect(act.get_by_role("button", name="Withdraw")).to_be_disabled()
    act.get_by_label("Reason").fill("sent too early")
    act.get_by_label("Reason").press("Enter")
    act.get_by_role("button", name="Withdraw").click()
    expect(page.locator("tbody tr").filter(has_text="by mistake.csv").first).to_contain_text("withdrawn")
    assert code not in current(site, JIADING, on)

    undone = newest(site, JIADING)
    page.goto(f"{site.address}/reports?submission={undone.id}&holder={JIADING}")
    page.get_by_role("button", name="Restore").click()
    act.get_by_label("Reason").fill("it was right")
    act.get_by_label("Reason").press("Enter")
    act.get_by_role("button", name="Restore").click()
    expect(page.locator("tbody tr").filter(has_text="by mistake.csv").first).not_to_contain_text("withdrawn")
    assert current(site, JIADING, on)[code].physical_bp == 5800


# --- deadlines, sources ------------------------------------------------------------------------------------


def test_the_deadlines_say_who_is_late_and_more_time_is_granted(desk: Open, site: Site) -> None:
    page = desk("ministry", "/deadlines")
    rows = page.locator("table").first.locator("tbody tr")
    expect(rows).to_have_count(4)
    for row in rows.all():
        expect(row).to_contain_text(re.compile(r"已报齐|逾期"))
        assert row.locator("td").nth(1).inner_text() == MONTH
    late = rows.filter(has_text="■ 逾期").count()
    expect(page.locator(".pd-facts").first).to_contain_text(f"逾期\n{late}", use_inner_text=True)
    grant(page, "延期", "统计口径调整", city="包头市")
    until = TODAY + timedelta(days=3)
    expect(page.locator("tbody tr").filter(has_text="包头市").first).to_contain_text(str(until))
    expect(main(page)).to_contain_text("统计口径调整")
    with Session(open_database(site.database_url).ro) as session:
        given = session.exec(select(WindowException).where(WindowException.city == BAOTOU)).one()
    assert (given.period_end, clock.local_day(given.until)) == (LAST_MONTH, until)
    city = desk("baotou", "/deadlines")
    expect(main(city)).to_contain_text(str(until))
    assert "沈阳" not in main(city).inner_text() and city.get_by_text("批准例外").count() == 0


def test_a_new_rhythm_says_when_it_begins(desk: Open) -> None:
    page = desk("shanghai", "/deadlines", language="en-US")
    form = page.get_by_test_id("stExpander").filter(has_text="How often cities report")
    unfold(form)
    expect(form).to_contain_text("begins with the first period that starts on or after")
    form.get_by_label("Reason").fill("high risk")
    form.get_by_role("button", name="Set").click()
    first = clock.month_end(TODAY) + timedelta(days=1)
    expect(form.locator("tbody tr").filter(has_text="high risk")).to_contain_text(str(first))


def test_an_administrator_sees_a_source_and_asks_it_now(desk: Open, site: Site, tmp_path: Path) -> None:
    code, on = moving(site, JIADING)[0], TODAY - timedelta(days=4)
    told = (
        f'name = "jd"\ntitle = "嘉定项目系统"\ncity = "{JIADING}"\nform = "dispatch"\nevery_minutes = 1440\n'
    )
    report(tmp_path, "每日.csv", (code, on, 57))
    db = open_database(site.database_url)
    sources.add(
        db,
        f'{told}kind = "folder"\nformat = "csv"\npath = "{tmp_path}"\n',
        by="admin@demo.invalid",
        now=clock.now(),
    )
    page = desk("admin", "/sources")
    expect(main(page)).to_contain_text("嘉定项目系统")
    page.get_by_role("link", name="嘉定项目系统").click()
    came = page.locator("tbody tr").filter(has_text=f"{TODAY:%Y-%m-%d}").filter(has_text="新增 1 条")
    for _ in range(20):  # a file is taken at the second look, when it has stopped growing
        page.get_by_role("button", name="立即读取").click()
        expect(main(page)).to_contain_text("系统将在 1 秒内读取")
        page.reload()
        expect(page.get_by_role("button", name="立即读取")).to_be_visible()
        if came.count():
            break
    assert current(site, JIADING, on)[code].physical_bp == 5700


@pytest.mark.parametrize("width", [390, 900])
def test_the_upload_page_fits(desk: Open, width: int) -> None:
    page = desk("baotou", "/reports", viewport={"width": width, "height": 844})
    expect(main(page)).to_contain_text("文件所属报送期")
    last = page.get_by_role("radio", name="监督检查")
    last.wait_for()
    assert last.bounding_box()["x"] + last.bounding_box()["width"] <= width
    assert page.evaluate("document.documentElement.scrollWidth") <= width
