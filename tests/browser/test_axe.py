"""Every page that any role may open, once in each language: axe, nothing beyond the edge, one language, no error.

In Chinese a page is looked at wide and light, then narrow; in English narrow and dark, then wide: each page in both
languages, on both grounds, at 1366×768 and on a phone. Desks that share a page with another see it the other way
round. One product, one browser and one demonstration for all of them; one loading of a page answers all questions.
"""

import re
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlmodel import Session, select

from dashboard import main
from dashboard.visit import Visit
from models import clock
from models.access import Scope
from models.alerts import Alert
from models.db import Database, open_database
from models.orders import DispatchOrder
from models.places import NATION
from models.projects import Project
from models.reports import Submission
from models.vocabulary import Kind, Role
from models.words import words
from settings import Settings
from tests.browser import habits
from tests.browser.conftest import Site

Go = Callable[[str, str, str], Page]

WIDE, NARROW = {"width": 1366, "height": 768}, {"width": 390, "height": 844}
CITY = "210100"

#: Who opens what. ``{…}`` are filled in from the demonstration.
VISITS = {
    "ministry": (
        "/",
        "/changes",
        "/alerts",
        "/alerts?city={city}&alert={alert}",
        "/orders",
        "/orders?order={order}&holder={holder}",
        "/bulletin",
        "/execution",
        "/points",
        "/lines",
        "/surfaces",
        "/province",
        "/province?province=210000",
        "/city",
        "/city?city={city}",
        "/project",
        "/project?city={city}&project={point}",
        "/project?city={city}&project={line}",
        "/project?city={city}&project={surface}",
        "/adjustments",
        "/overlaps",
        "/reports",
        "/deadlines",
        "/sources",
        "/method",
        "/rules",
        "/letters",
        "/find?q=沈阳市",
        "/me",
    ),
    "liaoning": ("/", "/province", "/deadlines", "/rules"),
    "shenyang": ("/", "/city", "/reports", "/reports?submission={submission}&holder={city}"),
    "admin": ("/people", "/people?person=shenyang@demo.invalid", "/administration", "/sources"),
    "auditor": ("/audit", "/administration"),
}
ALL = [(who, path) for who, paths in VISITS.items() for path in paths]
LANGUAGES = {"zh_CN": "zh-CN", "en": "en-US"}


@pytest.fixture(scope="module")
def db(site: Site) -> Database:
    return open_database(site.database_url)


@pytest.fixture(scope="module")
def known(db: Database) -> dict[str, str]:
    """What stands for the names in ``VISITS``."""
    with Session(db.ro) as session:
        of_kind = {
            str(kind): session.exec(
                select(Project.code).where(Project.city == CITY, Project.kind == kind).limit(1)
            ).one()
            for kind in Kind
        }
        alert = select(Alert.id).where(Alert.city == CITY, Alert.closed_at.is_(None)).limit(1)
        order = session.exec(select(DispatchOrder).limit(1)).one()
        sent = select(Submission.id).where(Submission.city == CITY).limit(1)
        return of_kind | {
            "city": CITY,
            "alert": session.exec(alert).one(),
            "order": order.id,
            "holder": order.city,
            "submission": session.exec(sent).one(),
        }


@pytest.fixture(scope="module")
def data(db: Database) -> list[str]:
    return habits.data_of(db)


@pytest.fixture(scope="module")
def go(site: Site, chromium: Browser, known: dict[str, str]) -> Iterator[Go]:
    """``go(who, language, path)``: the page, drawn to its end. A desk signs in once in a language."""
    seats: dict[tuple[str, str], tuple[BrowserContext, Page]] = {}

    def sit(who: str, language: str) -> Page:
        if (who, language) not in seats:
            context = chromium.new_context(locale=LANGUAGES[language], viewport=WIDE, reduced_motion="reduce")
            context.set_default_timeout(60_000)
            page = context.new_page()
            page.goto(site.address + "/sign-in?next=/me")
            page.get_by_text(f"{who}@demo.invalid", exact=True).click()
            page.get_by_test_id("stMainBlockContainer").wait_for()
            seats[who, language] = context, page
        return seats[who, language][1]

    def open_page(who: str, language: str, path: str) -> Page:
        page = sit(who, language)
        page.goto(site.address + path.format_map(known))
        habits.drawn(page)
        return page

    yield open_page
    for context, _ in seats.values():
        context.close()


def _seen(page: Page, language: str, data: list[str], *, first: dict, then: dict, ground: str) -> list[str]:
    page.set_viewport_size(first)
    page.emulate_media(color_scheme=ground)
    habits.drawn(page)
    faults = habits.barriers(page) + habits.beyond(page) + habits.foreign(page, language, data)
    faults += habits.errors(page)
    page.set_viewport_size(then)
    habits.drawn(page)
    return faults + habits.beyond(page)


@pytest.mark.parametrize(("who", "path"), ALL, ids=[f"{who}{path}" for who, path in ALL])
def test_a_page_keeps_the_habits(go: Go, data: list[str], who: str, path: str) -> None:
    grounds = ("light", "dark") if who == "ministry" else ("dark", "light")
    zh = _seen(go(who, "zh_CN", path), "zh_CN", data, first=WIDE, then=NARROW, ground=grounds[0])
    en = _seen(go(who, "en", path), "en", data, first=NARROW, then=WIDE, ground=grounds[1])
    assert not zh + en, "\n".join(zh + en)


def test_every_page_of_the_menu_is_looked_at(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(main.st, "Page", lambda _draw, **kept: SimpleNamespace(**kept))
    looked = {path.strip("/").partition("?")[0] for _, path in ALL}
    for role in Role:
        scope = Scope("somebody@example.cn", role, NATION, None)
        visit = Visit("某人", scope, words("en"), db, clock.now(), Settings(_env_file=None))
        opened = {page.url_path for pages in main._sections(visit).values() for page in pages}
        assert opened - {visit.home} <= looked, role
    assert {who for who, _ in ALL} == {"ministry", "liaoning", "shenyang", "admin", "auditor"}


def test_what_is_excused_is_still_there_and_excuses_nothing_of_ours(go: Go) -> None:
    page = go("ministry", "zh_CN", "/method")
    page.set_viewport_size(NARROW)
    habits.drawn(page)
    met: set[habits.Excuse] = set()
    assert habits.barriers(page, met) == []
    assert met == set(habits.EXCUSES), "take the excuse away: Streamlit has mended it"
    page.evaluate(
        """document.querySelector("[data-testid=stHtml]").insertAdjacentHTML("afterbegin",
        "<ul><div>one</div></ul><li>two</li><img src='x.png'><p style='color:#ccc;background:#fff'>three</p>")"""
    )
    told = {fault.split(":")[0] for fault in habits.barriers(page)}
    assert {"list", "listitem", "image-alt", "color-contrast"} <= told


def test_untranslated_words_and_what_sticks_out_would_be_seen(go: Go, data: list[str]) -> None:
    page = go("ministry", "zh_CN", "/method")
    assert habits.foreign(page, "zh_CN", data) == [] == habits.beyond(page)
    page.evaluate(
        """document.querySelector("[data-testid=stHtml]").insertAdjacentHTML("afterbegin",
        "<p style='width:3000px'>Forgotten words</p><a href='#' title='Forgotten label'>项目</a>")"""
    )
    assert habits.foreign(page, "zh_CN", data) == ["Forgotten words", "Forgotten label"]
    assert any("Forgotten words" in fault for fault in habits.beyond(page))
    page = go("ministry", "en", "/method")
    page.evaluate("document.querySelector('h1').textContent = '忘记翻译'")
    assert habits.foreign(page, "en", data) == ["忘记翻译"]


@pytest.mark.parametrize("path", ["/sign-in", "/password"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_doors_keep_the_habits(go: Go, site: Site, data: list[str], language: str, path: str) -> None:
    page = go("shenyang", language, "/me")
    page.goto(f"{site.address}{path}?lang={language}")
    faults = habits.foreign(page, language, data)
    for ground in ("light", "dark"):
        page.emulate_media(color_scheme=ground)
        for size in (WIDE, NARROW):
            page.set_viewport_size(size)
            faults += habits.barriers(page) + habits.beyond(page)
    assert not faults, "\n".join(faults)


def test_the_keyboard_reaches_filters_and_the_first_project(go: Go) -> None:
    page = go("ministry", "zh_CN", "/")
    page.set_viewport_size(WIDE)
    reached: list[str] = []
    for _ in range(80):
        page.keyboard.press("Tab")
        reached.append(page.evaluate(_FOCUSED))
        if reached[-1].startswith("/project?"):
            break
    wanted = ("查找", "全部省份", "全部城市", "全部行业", "/points?", "/project?")
    missed = [one for one in wanted if not any(one in name for name in reached)]
    assert not missed, reached
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/project\?"))


_FOCUSED = """(() => { const one = document.activeElement;
  return [one.getAttribute("href"), one.ariaLabel, one.placeholder, one.value, one.textContent]
    .filter(Boolean).join(" ").slice(0, 200) })()"""
