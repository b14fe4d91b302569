"""What is asked of every page: open to everybody's senses and hands, one language, nothing beyond the edge, no error.

Each question is a function from an open page to a list of faults in words; an empty list is a pass. Refuses to navigate.
"""

import json
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from axe_playwright_python.sync_playwright import Axe
from babel.messages.pofile import read_po
from playwright.sync_api import Page
from sqlmodel import AutoString

from collectors.demo.people import DEMONSTRATION_PASSWORD
from models.db import Database
from models.sources import Source, SourceRun
from models.tables import metadata

ROOT = Path(__file__).resolve().parents[2]

#: The levels of WCAG that are held; 2.2 adds the size of what is touched.
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
_AXE = Axe()


@dataclass(frozen=True)
class Excuse:
    """A fault of Streamlit's own markup that no setting, style or script of ours mends."""

    rule: str
    selector: str
    reason: str


EXCUSES = (
    Excuse(
        "list",
        "ul[data-testid=stSidebarNavItems]",
        "the narrow menu puts each section's heading and pages into a div inside its list",
    ),
    Excuse(
        "listitem",
        "ul[data-testid=stSidebarNavItems] > div > li",
        "the same div stands between the menu's list and its entries",
    ),
)

_EXCUSED = """([found, excuses]) => found.map(([rule, target]) => excuses.findIndex(([other, selector]) =>
  other === rule && document.querySelector(target)?.matches(selector)))"""


def barriers(page: Page, met: set[Excuse] | None = None) -> list[str]:
    """What axe finds on the page as it stands, without what is excused; excuses that were needed go to ``met``."""
    options = {"runOnly": LEVELS, "resultTypes": ["violations"], "preload": False}
    violations = _AXE.run(page, options=options).response["violations"]
    nodes = [(rule["id"], node) for rule in violations for node in rule["nodes"]]
    asked = [(rule, str(node["target"][0])) for rule, node in nodes]
    excused = page.evaluate(_EXCUSED, [asked, [(one.rule, one.selector) for one in EXCUSES]])
    if met is not None:
        met.update(EXCUSES[which] for which in excused if which >= 0)
    return [
        f"{rule}: {node['html'][:200]} {_why(node)}"
        for (rule, node), which in zip(nodes, excused, strict=True)
        if which < 0
    ]


def _why(node: dict) -> str:
    said = [check["message"] for check in (*node["any"], *node["all"], *node["none"])]
    return said[0] if said else ""


# --- nothing beyond the edge ---------------------------------------------------------------------------------

_BEYOND = """() => {
  const wide = document.documentElement.clientWidth, found = [];
  const main = document.querySelector("[data-testid=stMain]") || document.documentElement;
  if (document.documentElement.scrollWidth > wide) found.push("the page scrolls sideways");
  if (main.scrollWidth > main.clientWidth) found.push("the page's middle scrolls sideways");
  const scrolls = one => one && one !== main &&
    (/auto|scroll/.test(getComputedStyle(one).overflowX) || scrolls(one.parentElement));
  for (const one of main.querySelectorAll("h1,h2,h3,p,a,button,input,label,dd,summary,svg.marks")) {
    const box = one.getBoundingClientRect();
    if (box.width && box.height && box.right > wide + 1 && one.checkVisibility() && !scrolls(one.parentElement))
      found.push("beyond the edge: " + one.outerHTML.slice(0, 160));
  }
  for (const one of main.querySelectorAll("button p, th, summary, h1, h2"))
    if (one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).overflowX === "hidden")
      found.push("cut off: " + one.textContent);
  return found;
}"""


def beyond(page: Page) -> list[str]:
    """What a reader of this width cannot see without scrolling sideways, and words that are cut off."""
    return page.evaluate(_BEYOND)


# --- one language --------------------------------------------------------------------------------------------

#: Every text and label of the page but for code, files of rules, what is typed, and icons.
_SPOKEN = """() => {
  const found = new Set(), skip = "script,style,noscript,code,pre,textarea,#ahead,[lang]:not(html)";
  const isIcon = one => getComputedStyle(one).fontFamily.includes("Material Symbols");
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; node = walk.nextNode();)
    if (node.nodeValue.trim() && !node.parentElement.closest(skip) && !isIcon(node.parentElement))
      found.add(node.nodeValue.trim());
  for (const name of ["aria-label", "placeholder", "title", "alt"])
    for (const one of document.querySelectorAll("[" + name + "]"))
      if (one.getAttribute(name) && !one.closest(skip)) found.add(one.getAttribute(name).trim());
  return [...found, document.title];
}"""

_HAN = re.compile(r"[\u4e00-\u9fff]")
_LATIN = re.compile(r"[A-Za-z]{2,}")

#: Written by the program and not by people: a text in them is no excuse for the same text on a page.
_OF_THE_PROGRAM = {"alert", "alertevent", "audit", "message", "policy", "submissionproblem"}

#: What a Chinese page says in Latin letters: formats, measures by their international names, products, keys.
_LATIN_NAMES = set(
    "yyyy mm dd UTF CSV XLSX JSON TXT TOML SHA PDF DOCX PNG JPG SVG ZIP zip MB CNY SPI PV EV AC SV CV CPI EAC API SMTP HTTP HTTPS Streamlit "
    "Vega Lite Ctrl Enter Esc manage py source add FILE toml eml".split()
) | {DEMONSTRATION_PASSWORD}

#: Addresses, numbers of documents and their clauses, and whose practice a rule follows.
_NAMED = re.compile(
    r"(https?://|/)[\w./-]*\?\S*|\S+@\S+|\S+://\S+|[\u4e00-\u9fff]*〔\d{4}〕\d+号|108-[IVX]+|IT Collect|policy\.toml"
)

#: Narrow columns may break a mail address before its sign.
_ADDRESS = re.compile(r"\S+@\S+")

#: The switch to the other language speaks that one; and cities answer 无 (none), which a catalogue holds as well.
_SWITCH = {"English", "中文", "无"}


def data_of(db: Database) -> list[str]:
    """Texts that people wrote into the database, the longest first; never one that a catalogue holds."""
    found: set[str] = set()
    with db.ro.connect() as connection:
        for table in metadata.sorted_tables:
            if table.name in _OF_THE_PROGRAM:
                continue
            for column in table.columns:
                if isinstance(column.type, (AutoString, sa.Text)):
                    texts = connection.scalars(sa.select(column).distinct().where(column.is_not(None)))
                    found.update(line for text in texts for line in map(_flat, str(text).splitlines()))
        found |= _of_sources(connection)
    told = set(filter(_is_telling, found - _catalogue()))
    broken = {part for text in told if _ADDRESS.fullmatch(text) for part in re.split("(?=@)", text)}
    return sorted(told | broken, key=len, reverse=True)


def _of_sources(connection: sa.Connection) -> set[str]:
    """What stands in the text of a declaration, and in the values of what a source's run says."""
    declared = (tomllib.loads(text) for text in connection.scalars(sa.select(Source.__table__.c.declared)))
    runs = map(json.loads, connection.scalars(sa.select(SourceRun.__table__.c["values"])))
    return {value for one in (*declared, *runs) for value in one.values() if isinstance(value, str)}


def _is_telling(text: str) -> bool:
    """Long enough to be somebody's words, and no code of the program."""
    return len(text) > (0 if _HAN.search(text) else 3) and not re.fullmatch(r"[a-z_:;, ]+", text)


def _catalogue() -> set[str]:
    found: set[str] = set()
    for path in (ROOT / "models" / "locales" / "zh_CN").glob("*.po"):
        with path.open("rb") as file:
            found |= {text for one in read_po(file) for text in (one.id, one.string) if text}
    return found


def _flat(text: str) -> str:
    return " ".join(text.replace("\u2060", "").split())


def foreign(page: Page, language: str, data: Iterable[str]) -> list[str]:
    """Texts of the page in the other language than ``language`` (zh_CN or en), once people's own are taken out."""
    texts = [_flat(text) for text in page.evaluate(_SPOKEN)]
    strange = _HAN if language == "en" else _LATIN
    return [text for text in texts if strange.search(text) and _is_foreign(text, language, data)]


def _is_foreign(text: str, language: str, data: Iterable[str]) -> bool:
    if text in _SWITCH or any(own.startswith(text.removesuffix("…")) for own in data if text.endswith("…")):
        return False
    text = _NAMED.sub(" ", text)
    for own in data:
        if own == text or (len(own) > 1 and own in text):
            text = text.replace(own, " ")
    if language == "en":
        return bool(_HAN.search(text))
    coded = re.sub(r"\b\w*\d\w*\b", " ", text)
    return any(word not in _LATIN_NAMES for word in _LATIN.findall(coded))


# --- drawn to its end, without an error -----------------------------------------------------------------------

#: Resolves when the page runs no more, holds nothing stale or still to come, and nothing has moved for a moment.
_STILL = """() => new Promise(done => {
  const busy = () => document.querySelector("[data-testid=stApp]")?.dataset.testScriptState !== "notRunning" ||
    !document.querySelector("[data-testid=stMainBlockContainer]") ||
    document.querySelector("#ahead,[data-testid=stSkeleton],[data-stale=true]") ||
    document.getAnimations().some(one => one instanceof CSSTransition && one.playState === "running");
  let since = performance.now();
  const watch = new MutationObserver(() => { since = performance.now() });
  watch.observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
  const look = () => {
    if (busy()) since = performance.now();
    if (performance.now() - since < 150) return setTimeout(look, 30);
    watch.disconnect();
    done();
  };
  look();
})"""


def drawn(page: Page) -> None:
    """Wait until the page is drawn to its end."""
    page.evaluate(_STILL)


def errors(page: Page) -> list[str]:
    """What went wrong while the page was drawn."""
    return page.locator("[data-testid=stException], [role=alert]:has-text('Error')").all_inner_texts()
