"""The overview in a real Chromium: first figures, a filter's click, a day a year ago, against the bare page in turn."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

from playwright.sync_api import Browser, BrowserContext

from bench.crowd import Served
from bench.measure import Figure, compared
from dashboard.guard import COOKIE
from tests.chromium import chromium

RUNS, CLICKS = 9, 9

#: The cards as the page's program drew them, and any, those in the page's own HTML included.
LIVE, ANY = "#root .pd-cards", ".pd-cards"

#: Does the page's own heading say a name?
_NAMED = """name => document.querySelector("#root .pd-h1")?.innerText.includes(name)"""

#: Resolves to the milliseconds from the newest press of a button to the first other text in a place, as drawn.
_WATCH = """place => {
  const told = () => document.querySelector(place)?.innerText;
  const old = told();
  let pressed = 0;
  addEventListener("pointerdown", () => { pressed = performance.now() }, {capture: true});
  window.changed = new Promise(done => new MutationObserver((_, watching) => {
    const now = told();
    if (!now || now === old) return;
    watching.disconnect();
    requestAnimationFrame(() => done(performance.now() - pressed));
  }).observe(document.body, {childList: true, subtree: true, characterData: true}));
}"""


@dataclass(frozen=True)
class Page:
    """An address to open, what is looked for on it, its filter's key, the cookie, and what is there before."""

    url: str
    figure: str
    filter: str
    secret: str | None
    before: str = ""

    @staticmethod
    def ours(served: Served, query: str = "") -> "Page":
        return Page(f"{served.address}/?lang=en{query}", LIVE, "filter-industry", served.secret, ANY)

    @staticmethod
    def bare(served: Served) -> "Page":
        return Page(served.address, ".ready", "filter-0", None)


def figures(pages: Mapping[str, Page], small: str, large: str) -> list[Figure]:
    """``pages``: small, large, ago and bare."""
    with chromium() as browser:
        contexts = {name: _context(browser, page) for name, page in pages.items()}
        times, before, drawn = _opened(contexts, pages)
        clicks = _clicked({name: contexts[name] for name in ("large", "bare")}, pages)
        followed, opened = _followed(contexts["large"], pages["large"])
    bare = "a bare Streamlit page with as many charts, table rows and filters"
    first = compared(
        f"overview over {large} projects with 24 months, first figures in Chromium",
        times["large"],
        times["bare"],
        goal=1.3,
        against=bare,
    )
    first.detail["cards in the page's own HTML"] = {
        name: [round(s, 3) for s in found] for name, found in before.items() if found
    }
    first.detail["charts drawn"] = {name: [round(s, 3) for s in found] for name, found in drawn.items()}
    return [
        first,
        compared(
            f"overview over {large} projects",
            times["large"],
            times["small"],
            goal=1.2,
            against=f"the same over {small}",
        ),
        compared(
            "a filter's click to changed figures",
            clicks["large"],
            clicks["bare"],
            goal=1.3,
            against="the same click on the bare page",
        ),
        compared(
            f"overview of a day a year ago, {large} projects, judged then as every day is",
            times["ago"],
            times["large"],
            goal=3.0,
            against="today's",
        ),
        compared(
            f"a link followed from the overview to a project, {large} projects",
            followed,
            opened,
            goal=0.75,
            against="its address opened",
        ),
    ]


def _opened(
    contexts: Mapping[str, BrowserContext], pages: Mapping[str, Page]
) -> tuple[dict[str, list[float]], dict[str, list[float]], dict[str, list[float]]]:
    """Each page in turn, its browser cache warm: seconds to the first figures, to those ahead, and to the charts."""
    times, ahead, drawn = ({name: [] for name in pages} for _ in range(3))
    for turn in range(RUNS + 2):  # the uncounted turns warm browser and servers
        for name, page in pages.items():
            tab = contexts[name].new_page()
            began = time.perf_counter()
            tab.goto(page.url, wait_until="commit")
            if page.before:
                tab.wait_for_selector(page.before, timeout=120_000)
                early = time.perf_counter() - began
            tab.wait_for_selector(page.figure, timeout=120_000)
            first = time.perf_counter() - began
            tab.wait_for_selector("[data-testid=stVegaLiteChart] svg", timeout=120_000)
            if turn > 1:
                times[name].append(first)
                if page.before:
                    ahead[name].append(early)
                drawn[name].append(time.perf_counter() - began)
            tab.close()
    return times, ahead, drawn


def _clicked(contexts: Mapping[str, BrowserContext], pages: Mapping[str, Page]) -> dict[str, list[float]]:
    """A value of the filter is chosen: seconds to other figures, on both pages in turn."""
    tabs, times = {}, {name: [] for name in contexts}
    for name, context in contexts.items():
        tabs[name] = context.new_page()
        tabs[name].goto(pages[name].url)
        tabs[name].wait_for_selector(f".st-key-{pages[name].filter} input", timeout=120_000)
    for turn in range(CLICKS + 2):
        for name, tab in tabs.items():
            tab.wait_for_timeout(300)
            tab.evaluate(_WATCH, pages[name].figure)
            tab.click(f".st-key-{pages[name].filter} input")
            tab.locator("[role=option]").nth(1 + turn % 5).click()
            seconds = tab.evaluate("window.changed") / 1000
            if turn > 1:
                times[name].append(seconds)
    return times


def _followed(context: BrowserContext, page: Page) -> tuple[list[float], list[float]]:
    """The overview's first project, by its link and by its address, in turn: seconds to its name."""
    tab, followed, opened = context.new_page(), [], []
    for turn in range(CLICKS + 2):
        tab.goto(page.url)
        tab.wait_for_selector("[data-testid=stVegaLiteChart] svg", timeout=120_000)
        link = tab.locator("#root .pd-t a[href*='/project']").first
        name = link.inner_text()
        began = time.perf_counter()
        link.click()
        tab.wait_for_function(_NAMED, arg=name)
        there, again = time.perf_counter() - began, time.perf_counter()
        tab.goto(tab.url, wait_until="commit")
        tab.wait_for_function(_NAMED, arg=name)
        if turn > 1:
            followed.append(there)
            opened.append(time.perf_counter() - again)
    return followed, opened


def _context(browser: Browser, page: Page) -> BrowserContext:
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    if page.secret:
        context.add_cookies([{"name": COOKIE, "value": page.secret, "url": page.url}])
    return context
