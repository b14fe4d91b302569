"""A round at each desk, in both languages: what the role comes for, followed to its end.

What is typed and stored at a desk is chosen so that the other journeys over the same site find theirs untouched.
"""

import csv
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import openpyxl
import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect
from sqlmodel import Session, SQLModel, col, select

from alerts.tile_measures import MEASURES, TileMeasure
from collectors import demo
from models import clock
from models.access import operator
from models.db import open_database
from models.orders import DispatchOrder, OrderEvent
from models.queries import alert_list
from models.queries.alert_list import Wanted
from models.reports import Draft, Report, Submission
from models.windows import SignOff
from models.words import Words, words
from tests.browser.conftest import CITIES, Site
from tests.browser.hands import main, saved, store_en, store_zh, unfold, until, upload

Open = Callable[..., Page]
TODAY = clock.local_day(clock.now())
YESTERDAY = TODAY - timedelta(days=1)


@dataclass(frozen=True)
class Reader:
    """A language: of the browser, its words, and the desks where it is read."""

    locale: str
    t: Words
    province: str
    province_name: str
    city: str
    code: str
    city_name: str


ZH = Reader("zh-CN", words("zh_CN"), "liaoning", "辽宁省", "baotou", "150200", "包头市")
EN = Reader("en-US", words("en"), "shanghai", "Shanghai", "jiading", "310114", "Jiading")


@pytest.fixture(params=[ZH, EN], ids=["zh", "en"])
def reader(request: pytest.FixtureRequest) -> Reader:
    return request.param


#: The arithmetic of a lag, in any language: planned − reported = behind.
_LAG = re.compile(r"([\d.]+)% − \D*([\d.]+)% = ([\d.]+)")


# --- the supervisor ----------------------------------------------------------------------------------------


def test_a_supervisor_goes_from_the_overview_down_to_the_original_file_and_back_up(
    desk: Open, site: Site, reader: Reader, tmp_path: Path
) -> None:
    t = reader.t
    page = desk("ministry", language=reader.locale)
    page.locator(".pd-card").first.locator('a[href*="light=red"]').click()
    expect(page).to_have_url(re.compile(r"/points\?.*light=red"))
    page.go_back()
    worst = page.locator("table").filter(has_text=t("Progress / planned")).locator("tbody tr")
    row = worst.filter(has_text=re.compile(f"■\\s{re.escape(t('Progress behind schedule'))}")).first
    name = row.get_by_role("link").first.inner_text()
    row.get_by_role("link").first.click()
    expect(page.locator(".pd-h1")).to_contain_text(name)
    project = re.search(r"project=([^&]+)", page.url).group(1)

    why = page.get_by_test_id("stExpander").filter(
        has_text=t("Why this light: rules, arithmetic, thresholds")
    )
    unfold(why.first)
    expect(why.first).to_contain_text(_LAG)
    sums = _LAG.search(why.first.inner_text())
    planned, reported, lag = map(float, sums.groups())
    assert abs(planned - reported - lag) < 0.006
    expect(main(page)).to_contain_text(f"{reported:g}%")
    grid = page.get_by_test_id("stDataFrame").last
    grid.scroll_into_view_if_needed()
    expect(grid.get_by_test_id("glide-cell-2-0")).to_have_text(f"{reported:g}")

    first, submission = _first_report(site, project)
    unfold(page.get_by_test_id("stExpander").filter(has_text=_before(t("Original files ({n})"))))
    content = saved(page, submission.file_name, tmp_path).read_bytes()
    sent = {file.file_name: file.content for file in demo.deliveries(TODAY, cities=CITIES)}
    assert content == sent[submission.file_name]
    line = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))[first.row_no - 1]
    assert project in line and f"{first.physical_bp / 100:g}" in line

    page.go_back()
    expect(page.locator(".pd-card")).to_have_count(3)
    expect(page).to_have_url(re.compile(r"^[^?]*/(\?|$)"))


def _before(text: str) -> str:
    """What stands before the first value of a catalogue text."""
    return text.split("{", 1)[0].rstrip("（( ")


def _first_report(site: Site, project: str) -> tuple[Report, Submission]:
    """The oldest row of a project that holds, with the submission that brought it."""
    with Session(open_database(site.database_url).ro, expire_on_commit=False) as session:
        holding = select(Report).where(Report.project == project, col(Report.superseded_at).is_(None))
        row = session.exec(holding.order_by(col(Report.as_of))).first()
        return row, session.exec(select(Submission).where(Submission.id == row.submission)).one()


def test_a_supervisor_chooses_what_the_tiles_measure_and_enters_a_province(
    desk: Open, reader: Reader
) -> None:
    t = reader.t
    page = desk("ministry", language=reader.locale)
    for measure, scale in list(MEASURES.items())[:2]:
        page.get_by_test_id("stButtonGroup").get_by_text(t(scale.label), exact=True).first.click()
        expect(page).to_have_url(re.compile(f"measure={measure}"))
        expect(main(page)).to_contain_text(t(scale.means))
    assert TileMeasure.WORST not in MEASURES
    listed = page.locator("details").filter(has_text=t("Provinces as a list; each leads to its page"))
    listed.locator("summary").click()
    listed.get_by_role("link", name=reader.province_name).click()
    expect(page.locator(".pd-h1")).to_contain_text(reader.province_name)
    page.go_back()
    expect(page).to_have_url(re.compile("measure="))


# --- the provincial officer --------------------------------------------------------------------------------


def test_a_provincial_officer_prepares_a_meeting(desk: Open, reader: Reader) -> None:
    t = reader.t
    page = desk(reader.province, "/changes", language=reader.locale)
    page.get_by_role("button", name=t("We met")).click()
    _set_day(page, t("Day of the meeting"), YESTERDAY)
    page.get_by_test_id("stPopoverBody").get_by_test_id("stBaseButton-primary").click()
    expect(page.get_by_role("button", name=t("Last meeting"))).to_be_visible()
    page.get_by_role("link", name=t("Overview")).click()
    since = t("What changed since the last meeting on {day}", day=t.day(YESTERDAY))
    page.get_by_role("link", name=since).click()
    expect(page).to_have_url(re.compile(f"since={YESTERDAY}"))
    expect(page.get_by_role("button", name=t("Last meeting"))).to_be_visible()

    province = demo.sender(reader.code if reader is EN else "210100", "province").place
    page.goto(re.sub(r"(//[^/]+).*", rf"\1/province?province={province}", page.url))
    expect(page.locator(".pd-h1")).to_contain_text(reader.province_name)
    expect(main(page)).to_contain_text(t("What waits for this province's decision"))
    page.locator("tbody").first.get_by_role("link").first.click()
    expect(page).to_have_url(re.compile("/city"))
    page.go_back()
    expect(page.locator(".pd-h1")).to_contain_text(reader.province_name)


def _set_day(page: Page, label: str, day: date) -> None:
    """Type a day into a date field, part by part."""
    field = page.get_by_test_id("stDateInput").filter(has_text=label)
    shown = field.get_by_role("spinbutton").first

    def typed() -> None:
        shown.click()
        page.keyboard.type(f"{day:%Y%m%d}")
        page.keyboard.press("Enter")

    until(typed, field.get_by_text(f"{day:%d}").first)
    field.get_by_text(label).click()  # away from the calendar


def test_an_officer_handles_several_alerts_at_once_and_undoes_it(
    desk: Open, site: Site, reader: Reader
) -> None:
    t = reader.t
    city = reader.code if reader is EN else "210100"
    page = desk(reader.province, f"/alerts?choose=1&city={city}", language=reader.locale)
    expect(main(page)).to_contain_text(t("{n} chosen", n=0))
    boxes = main(page).get_by_test_id("stCheckbox").locator("label")
    for number in (0, 1):
        boxes.nth(number).click(position={"x": 8, "y": 8})
        expect(main(page)).to_contain_text(t("{n} chosen", n=number + 1))
    before = _acknowledgements(site, city)
    page.get_by_text(t("Acknowledge"), exact=True).first.click()
    page.get_by_label(t("What is being done about it")).fill("已约谈实施单位 / talks were held")
    page.get_by_role("button", name=t("Acknowledge {n} alerts", n=2)).click()
    expect(main(page)).to_contain_text(t("Done: {n}.", n=2))
    expect(main(page)).to_contain_text(t("{n} chosen", n=0))
    assert _acknowledgements(site, city) == before + 2
    page.get_by_role("button", name=t("Undo")).click()
    expect(main(page)).to_contain_text(t("Undone."))
    assert _acknowledgements(site, city) == before


def _acknowledgements(site: Site, city: str) -> int:
    """Open alerts of a city whose acknowledgement holds."""
    db = open_database(site.database_url)
    found = alert_list.alerts(db, operator("test"), Wanted(cities=frozenset({city})), limit=500)
    db.dispose()
    return found["acknowledged_on"].is_not_null().sum()


# --- the coordinator ---------------------------------------------------------------------------------------


def test_a_coordinator_fills_the_template_in_and_gets_a_receipt(
    desk: Open, site: Site, reader: Reader, tmp_path: Path
) -> None:
    t, on = reader.t, TODAY - timedelta(days=4)
    page = desk(reader.city, language=reader.locale)
    expect(main(page)).to_contain_text(t("What waits for this desk"))
    page.locator(".pd-facts").get_by_role("link").first.click()
    expect(page).to_have_url(re.compile("/reports"))
    page.goto(f"{site.address}/reports?form=dispatch")
    template = saved(page, "XLSX", tmp_path)

    book = openpyxl.load_workbook(template)
    sheet = book.active
    heads = {re.split(r"[（(*]", str(cell.value))[0].strip(): cell.column for cell in sheet[1]}
    names = (
        ("形象进度", "截止日期", "项目编号")
        if reader is ZH
        else ("Physical progress", "As of", "Project code")
    )
    progress, as_of, code = (heads[name] - 1 for name in names)
    rows = [row for row in sheet.iter_rows(min_row=2) if row[code].value and (row[progress].value or 0) < 99]
    line = rows[-1]
    project, told = line[code].value, float(line[progress].value)
    line[progress].value, line[as_of].value = told + 0.25, on
    filled = tmp_path / f"{reader.city}-{on}.xlsx"
    book.save(filled)

    upload(page, filled)
    expect(main(page)).to_contain_text(re.compile(rf"{t('New')}\s*1\s*{t('Changed')}\s*0"))
    assert _progress(site, project, on) is None
    (store_zh if reader is ZH else store_en)(page)
    assert _progress(site, project, on) == round((told + 0.25) * 100)

    page.goto(f"{site.address}/reports")
    page.get_by_role("link", name=filled.name).first.click()
    expect(page).to_have_url(re.compile("submission="))
    expect(main(page)).to_contain_text(filled.name)
    assert saved(page, filled.name, tmp_path / "back").read_bytes() == filled.read_bytes()


def _progress(site: Site, project: str, on: date) -> int | None:
    with Session(open_database(site.database_url).ro) as session:
        holding = select(Report.physical_bp).where(Report.project == project, Report.as_of == on)
        return session.exec(holding.where(col(Report.superseded_at).is_(None))).first()


# --- who only looks, and who looks after it ----------------------------------------------------------------


def test_an_auditor_reads_everything_and_writes_nothing(desk: Open, site: Site, reader: Reader) -> None:
    t, before = reader.t, _stored(site)
    page = desk("auditor", language=reader.locale)
    expect(page.locator(".pd-card")).to_have_count(3)
    for path in (
        *("/points", "/alerts?choose=1", "/orders?state=all", "/bulletin", "/execution", "/adjustments"),
        *("/reports", "/deadlines", "/sources", "/rules", "/city?city=210100", "/province?province=210000"),
    ):
        page.goto(site.address + path)
        expect(main(page).locator("h1").first).to_be_visible()
        expect(page.get_by_test_id("stFileUploader")).to_have_count(0)
        expect(page.get_by_test_id("stForm")).to_have_count(0)
        for act in ("Issue an order", "Choose several", "Put in force", "We met"):
            expect(main(page).get_by_text(t(act), exact=True)).to_have_count(0)
    page.goto(site.address + "/audit?kind=sign_in")
    expect(main(page)).to_contain_text("auditor@demo.invalid")
    page.get_by_role("button", name=t("Check the chain now")).click()
    expect(main(page)).to_contain_text(_before(t("The chain holds: {rows} rows, held to {n} noted heads.")))
    assert _stored(site) == before


def _stored(site: Site) -> dict[str, int]:
    """How much there is of what people write."""
    tables: tuple[type[SQLModel], ...] = (Submission, Draft, SignOff, DispatchOrder, OrderEvent)
    with Session(open_database(site.database_url).ro) as session:
        return {
            one.__tablename__: session.exec(select(sa.func.count()).select_from(one)).one() for one in tables
        }


def test_an_administrator_goes_round_and_meets_no_figure(desk: Open, site: Site, reader: Reader) -> None:
    t = reader.t
    page = desk("admin", "/administration", language=reader.locale)
    expect(page.locator(".pd-h1")).to_contain_text(t("Administration"))
    for title, seen in (
        ("People and permissions", "auditor@demo.invalid"),
        ("Audit log", "admin@demo.invalid"),
        ("Letters that did not arrive", t("Letters that did not arrive")),
    ):
        page.goto(site.address + "/administration")
        main(page).get_by_role("link", name=t(title)).first.click()
        expect(page.locator(".pd-h1")).to_contain_text(t(title))
        expect(main(page)).to_contain_text(seen)
        page.go_back()
        expect(page.locator(".pd-h1")).to_contain_text(t("Administration"))
    for path in ("/points", "/alerts", "/bulletin", "/reports"):
        page.goto(site.address + path)
        expect(page.locator(".pd-h1")).to_contain_text(t("No page at this address"))
        expect(page.locator(".pd-card, .pd-facts")).to_have_count(0)
