"""Our overview and the same dashboard in Apache Superset, side by side: one Chromium, one database file, in turn.

Both show 100,000 projects with 24 months behind them, judged: the cards' figures, the tile grid, what changed, who
needs a call, the lights over time, and the filters province, city and industry. Both say the same, which is read
off both pages before and after anything is measured; else there is no figure but ``Unlike``.

What each does. Ours reads a judged day's totals and keeps what it made of them in memory (``dashboard/pieces.py``);
the server is one process. Superset asks SQL of the same tables (``bench/superset_charts.py``) and runs on gunicorn
with two workers a processor; it is measured twice in each turn: with its answers kept in its data cache, on disk for
all workers, which is the figure compared with, and without that cache, which is told beside it. Its metadata
(dashboard, filter state, permissions) is cached on disk both times. Neither sends its files through a proxy;
both browsers' caches are warm, both readers signed in, and every page and choice was once shown before it counts.

From the start of the navigation, at the frame that first has them: *figures*: ours, the cards of the live page (the
cards in the page's own HTML, ``dashboard/ahead.py``, are told apart and do not count); theirs, the first cell of
any chart. *Drawn*: every chart and table is there; theirs as soon as its canvas is, animated or not. A *filter*: an
industry is chosen; from the last press to other figures on the cards. That press is the option on ours; on
Superset, which waits for "Apply", it is that button, so that opening the list and choosing is free for it.
"""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page

from bench import cards, data, desk, superset
from bench.cards import Cards
from bench.desk import LARGE
from bench.measure import Figure, compared
from bench.peer import SUPERSET
from bench.superset import Dashboard, Superset
from bench.superset_charts import CHARTS
from dashboard.guard import COOKIE
from tests.chromium import chromium

#: Counted turns; before them a page is opened so often that every worker has met it, every industry chosen once.
TURNS, OPENED, WARM = 9, 3, len(data.INDUSTRIES)

#: Twice as fast; that all is drawn no later was not asked for.
GOAL, GOAL_DRAWN = 0.5, 1.0

PATIENCE_MS = 180_000

#: Notes in ``window.seen`` at which millisecond of the page's life each of some conditions was first true;
#: ``window.complete`` resolves once all are.
_SEEN = """
  const wanted = {%s}, seen = window.seen = {};
  window.complete = new Promise((done, failed) => {
    const look = () => {
      for (const name in wanted) if (!(name in seen) && wanted[name]()) seen[name] = performance.now();
      const missing = Object.keys(wanted).filter(name => !(name in seen));
      if (!missing.length) done();
      else if (performance.now() > %d) failed(new Error(`not there: ${missing}`));
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
"""

#: ``window.changed`` resolves to the milliseconds from the newest press to other text in a place.
_CHANGED = """([place, patience]) => {
  const told = () => document.querySelector(place)?.textContent;
  const old = told(), began = performance.now();
  let pressed = 0;
  addEventListener("pointerdown", () => { pressed = performance.now() }, {capture: true});
  window.changed = new Promise((done, failed) => {
    const look = () => {
      const now = told();
      if (pressed && now && now !== old) done(performance.now() - pressed);
      else if (performance.now() - began > patience) failed(new Error("no other figures"));
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
}"""


class Unlike(Exception):
    """The two pages do not say the same; the text says where."""


@dataclass(frozen=True)
class Side:
    """One of the pages: its address, what is waited for (name → JavaScript), where its cards stand, how an industry
    is chosen (its last press is the one that counts), and how its cards are read."""

    context: BrowserContext
    url: str
    seen: Mapping[str, str]
    figures: str
    choose: Callable[[Page, int], None]
    read: Callable[[Page], Cards]

    def opened(self) -> Page:
        """A tab that shows everything; ``window.seen`` says since when."""
        tab = self.context.new_page()
        tab.set_default_timeout(PATIENCE_MS)
        wanted = ", ".join(f"{name}: () => {true}" for name, true in self.seen.items())
        tab.add_init_script(_SEEN % (wanted, PATIENCE_MS))
        tab.goto(self.url, wait_until="commit")
        tab.evaluate("window.complete")
        return tab


def figures(folder: Path, prepare) -> Iterator[Figure]:
    """Raises PeersMissing where Superset cannot be installed, Unlike where the two do not show the same."""
    SUPERSET.ready()
    database = desk.url_of(folder, LARGE)
    secret = desk.filled(prepare(database), LARGE)
    theirs = Superset.made(folder / "superset")
    with contextlib.ExitStack() as stack:
        served, _ = stack.enter_context(desk.web(database))
        kept = stack.enter_context(theirs.served(answers="kept"))
        asked = stack.enter_context(theirs.served(answers="asked"))
        board = superset.built(kept, database)
        browser = stack.enter_context(chromium())
        sides = {
            "ours": _ours(browser, served, secret),
            "kept": _theirs(browser, kept, board),
            "asked": _theirs(browser, asked, board),
        }
        alike(sides)
        yield from _opening(_opened(sides))
        yield _filtering(_filtered(sides))


def alike(sides: Mapping[str, Side], choice: int | None = None) -> None:
    """Read every side's cards, of all projects or of one industry. Raises Unlike."""
    found: dict[str, Cards] = {}
    for name, side in sides.items():
        tab = side.opened()
        if choice is not None:
            _chosen(side, tab, choice)
        found[name] = side.read(tab)
        tab.close()
    ours = found.pop("ours")
    differences = [f"{name}: {one}" for name, theirs in found.items() for one in cards.unlike(ours, theirs)]
    if differences or not cards.total(ours):
        raise Unlike("; ".join(differences) or "no project on the cards")


def _opened(sides: Mapping[str, Side]) -> dict[str, dict[str, list[float]]]:
    """Each page opened in turn: side → what was waited for → seconds."""
    found = {name: {what: [] for what in side.seen} for name, side in sides.items()}
    for turn in range(OPENED + TURNS):
        for name, side in sides.items():
            tab = side.opened()
            if turn >= OPENED:
                for what, ms in tab.evaluate("window.seen").items():
                    found[name][what].append(ms / 1000)
            tab.close()
    return found


def _filtered(sides: Mapping[str, Side]) -> dict[str, list[float]]:
    """An industry chosen on each page in turn: side → seconds to other figures."""
    tabs = {name: side.opened() for name, side in sides.items()}
    found: dict[str, list[float]] = {name: [] for name in sides}
    for turn in range(WARM + TURNS):
        for name, side in sides.items():
            tabs[name].bring_to_front()
            seconds = _chosen(side, tabs[name], turn % len(data.INDUSTRIES))
            if turn >= WARM:
                found[name].append(seconds)
    for tab in tabs.values():
        tab.close()
    alike(sides, choice=1)
    return found


def _chosen(side: Side, tab: Page, industry: int) -> float:
    """Choose an industry by its place among ``data.INDUSTRIES``; seconds to other figures."""
    tab.wait_for_timeout(500)
    tab.evaluate(_CHANGED, [side.figures, PATIENCE_MS])
    side.choose(tab, industry)
    return tab.evaluate("window.changed") / 1000


def _opening(found: Mapping[str, Mapping[str, list[float]]]) -> Iterator[Figure]:
    shown = f"overview over {LARGE:,} projects beside Superset"
    ours, kept, asked = (found[name] for name in ("ours", "kept", "asked"))
    first = _figure(f"{shown}: first figures", ours["first"], kept["first"], asked["first"], GOAL)
    ahead = compared("", ours["ahead"], kept["first"], goal=GOAL, against="")
    first.note += f"; ours in the page's own HTML {ahead.ours_s:.2f} s ({ahead.ratio:.2f})"
    first.detail["ours in HTML"] = ahead.detail["ours"]
    yield first
    yield _figure(f"{shown}: everything drawn", ours["drawn"], kept["drawn"], asked["drawn"], GOAL_DRAWN)


def _filtering(found: Mapping[str, list[float]]) -> Figure:
    return _figure("the same: a filter to other figures", found["ours"], found["kept"], found["asked"], GOAL)


def _figure(name: str, ours: list[float], kept: list[float], asked: list[float], goal: float) -> Figure:
    against = f"Apache Superset {SUPERSET.versions()['apache-superset']}, its answers cached"
    figure = compared(name, ours, kept, goal=goal, against=against)
    anew = compared(name, ours, asked, goal=goal, against="")
    figure.note = f"{1 / figure.ratio:.1f} times as fast; theirs without its data cache {anew.other_s:.2f} s ({anew.ratio:.2f})"
    figure.detail["other, answers not cached"] = anew.detail["other"]
    return figure


def _context(browser: Browser) -> BrowserContext:
    return browser.new_context(viewport={"width": 1366, "height": 768}, locale="en-US")


def _ours(browser: Browser, address: str, secret: str) -> Side:
    context = _context(browser)
    context.add_cookies([{"name": COOKIE, "value": secret, "url": address}])

    def choose(tab: Page, industry: int) -> None:
        tab.click(".st-key-filter-industry input")
        tab.locator("[role=option]").nth(1 + industry).click()  # the first is: all

    return Side(
        context,
        f"{address}/?lang=en",
        {
            "ahead": 'document.querySelector(".pd-cards")',
            "first": 'document.querySelector("#root .pd-cards")',
            "drawn": 'document.querySelector("#root .pd-cards") && document.querySelectorAll("#root table").length > 1'
            ' && document.querySelectorAll("[data-testid=stVegaLiteChart] svg").length > 1',
        },
        "#root .pd-cards",
        choose,
        lambda tab: cards.on_ours(tab.locator("#root .pd-cards .pd-card").all_inner_texts()),
    )


def _theirs(browser: Browser, address: str, board: Dashboard) -> Side:
    context = _context(browser)
    tab = context.new_page()
    tab.set_default_timeout(PATIENCE_MS)
    tab.goto(f"{address}/login/")
    tab.fill("#username", superset.USER)
    tab.fill("#password", superset.PASSWORD)
    tab.press("#password", "Enter")
    tab.wait_for_url("**/welcome/**")
    tab.close()
    chart, filled = "[data-test-chart-id]", "tbody td, canvas, .ant-empty-description"
    rows = f'[data-test-chart-id="{board.charts["By kind"]}"] tbody'

    def choose(tab: Page, industry: int) -> None:
        tab.click('[data-test="NATIVE_FILTER-industry"]')
        tab.click(f'.ant-select-item-option[title="{data.INDUSTRIES[industry]}"]')
        tab.click('[data-test="filter-bar__apply-button"]')

    return Side(
        context,
        f"{address}{board.path}",
        {
            "first": f"document.querySelector('{chart} tbody td')",
            "drawn": f"(charts => charts.length == {len(CHARTS)} && charts.every(one => one.querySelector('{filled}')))"
            f"([...document.querySelectorAll('{chart}')])",
        },
        rows,
        choose,
        lambda tab: cards.on_theirs(
            tab.locator(f"{rows} tr").evaluate_all(
                "all => all.map(row => [...row.cells].map(c => c.innerText))"
            )
        ),
    )
