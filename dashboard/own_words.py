"""What Streamlit says by itself, in the reader's language: it has its own words in English only, and no setting for it.

A script that every page starts with replaces them where they appear (labels, hints, menus), and keeps the language
that the document names itself by in step with the address. It looks at whole texts only, never inside what our own
pages drew, so that nobody's data is touched. Texts with a value are marked ``{value}``, as in the catalogue.
To add one: what Streamlit says, and our text for it. A test looks at every page for words that are missing here.
"""

import json
import re
from collections.abc import Mapping
from functools import lru_cache

from models.words import LANGUAGES, Words, mark, words

#: What Streamlit says → our text for it.
SAYS: Mapping[str, str] = {
    # frame
    "Skip to main content": mark("Skip to main content"),
    "App pages": mark("Pages"),
    "Sidebar": mark("Menu"),
    "Expand sidebar": mark("Show the menu"),
    "Collapse sidebar": mark("Hide the menu"),
    "Navigate to home page": mark("To the first page"),
    "Notifications": mark("Notices"),
    "Main menu": mark("View settings"),
    "Rerun": mark("Load the page anew"),
    "Auto rerun": mark("Load the page anew by itself"),
    "Print": mark("Print"),
    "Record a screencast": mark("Record the screen"),
    "Record screen": mark("Record the screen"),
    "Theme": mark("Light or dark"),
    "System": mark("As the system"),
    "Use system setting": mark("As the system"),
    "Light": mark("Light ground"),
    "Dark": mark("Dark ground"),
    "Running...": mark("Working …"),
    "Stop": mark("Stop working"),
    "Connecting": mark("Connecting …"),
    "Page not found": mark("There is no such page"),
    "The page that you have requested does not seem to exist": mark("There is no such page"),
    "Connection error": mark("No connection"),
    "Close": mark("Close the window"),
    "Close fullscreen": mark("Leave the full screen"),
    "Fullscreen": mark("Full screen"),
    "View less": mark("Fewer"),
    "Scroll tabs left": mark("Earlier tabs"),
    "Scroll tabs right": mark("Later tabs"),
    "Copy to clipboard": mark("Copy"),
    "Copy": mark("Copy"),
    "Copied": mark("Copied"),
    "Dismiss": mark("Dismiss"),
    # lists and fields
    "Open": mark("Open the list"),
    "No results": mark("Nothing found"),
    "No options to select": mark("Nothing to choose from"),
    "No options": mark("Nothing to choose from"),
    "Choose an option": mark("Choose"),
    "Choose options": mark("Choose"),
    "Select...": mark("Choose"),
    "Select all": mark("Choose all"),
    "Select {n} matches": mark("Choose the {n} found"),
    "Clear all": mark("Take all away"),
    "Clear value": mark("Empty the field"),
    "Clear entry": mark("Empty the field"),
    "Clear selection": mark("Choose nothing"),
    "Selected values": mark("Chosen"),
    "Multiselect options": mark("To choose from"),
    "Selectbox options": mark("To choose from"),
    "Remove {name}": mark("Take {name} away"),
    "Increment": mark("More by one step"),
    "Decrement": mark("Less by one step"),
    "Show password text": mark("Show the password"),
    "Hide password text": mark("Hide the password"),
    "Press Enter to apply": mark("Enter applies it"),
    "Press Enter to submit form": mark("Enter sends the form"),
    "Press {key}+Enter to apply": mark("{key}+Enter applies it"),
    "Press {key}+Enter to submit form": mark("{key}+Enter sends the form"),
    # days
    "Choose date": mark("Choose a day"),
    "Choose date range": mark("Choose the days"),
    "Clear date": mark("Empty the field"),
    "Clear dates": mark("Empty the field"),
    "Clear time": mark("Empty the field"),
    "Date range": mark("First and last day"),
    "Previous month": mark("Month before"),
    "Next month": mark("Month after"),
    "Use arrow keys to navigate dates. Enter to select. Escape to close.": mark(
        "Arrow keys lead from day to day, Enter chooses, Escape closes."
    ),
    # files
    "Drag and drop a file here": mark("Or drop a file here"),
    "Drag and drop files here": mark("Or drop files here"),
    "Upload": mark("Choose a file, or drop it here"),
    "Browse files": mark("Choose a file, or drop it here"),
    "Add files": mark("Add files"),
    "{size} per file": mark("at most {size} a file"),
    # charts and grids
    "Show data": mark("Show the figures"),
    "Show chart": mark("Show the chart"),
    "Download as PNG": mark("Download as PNG"),
    "Download as SVG": mark("Download as SVG"),
    "Add row": mark("Add a row"),
    "Delete row(s)": mark("Delete rows"),
    "Search": mark("Search in the table"),
    "Type to search": mark("Type to search"),
    "Close Search": mark("Close the search"),
    "Next Result": mark("Next one found"),
    "Previous Result": mark("One found before"),
    "Show/hide columns": mark("Show or hide columns"),
    "Dataframe column menu": mark("Menu of the column"),
    "Copy column name": mark("Copy the column's name"),
    "Sort ascending": mark("Smallest first"),
    "Sort descending": mark("Largest first"),
    "Autosize": mark("Width to fit"),
    "Pin column": mark("Keep the column in view"),
    "Unpin column": mark("Let the column scroll"),
    "Hide column": mark("Hide the column"),
    "Format": mark("Way of writing"),
    "Statistics": mark("Figures of the column"),
    "Loading...": mark("Loading …"),
}

#: Replaces texts and labels as they appear. Ours are skipped: they are in the reader's language already.
_SCRIPT = """<script>(()=>{
const TABLES=%s,ROOT=document.documentElement,NAMES=["aria-label","title","placeholder","alt"];
const OURS="[data-testid=stHtml],[data-testid=stCode],script,style,textarea,#ahead";
let last=null;
const language=()=>{const asked=new URLSearchParams(location.search).get("lang");
if(asked||!last)last=asked?(asked==="en"?"en":"zh_CN"):(ROOT.lang==="en"?"en":"zh_CN");return last};
const say=text=>{const said=text.trim(),[whole,parts]=TABLES[last];if(!said||said.length>120)return null;
if(Object.hasOwn(whole,said))return whole[said];
for(const[shape,ours]of parts)if(shape.test(said))return said.replace(shape,ours);return null};
const text=node=>{const ours=say(node.nodeValue);if(ours!==null&&ours!==node.nodeValue)node.nodeValue=ours};
const names=one=>{for(const name of NAMES)if(one.hasAttribute(name)){
const ours=say(one.getAttribute(name));if(ours!==null&&ours!==one.getAttribute(name))one.setAttribute(name,ours)}};
const walk=top=>{if(top.nodeType===3){if(top.parentElement&&!top.parentElement.closest(OURS))text(top);return}
if(top.nodeType!==1||top.closest(OURS))return;names(top);
for(const one of top.childNodes)walk(one)};
const see=changes=>{const before=last;if(language()!==before){ROOT.lang=last==="en"?"en":"zh-CN";walk(document.body);return}
for(const one of changes){if(one.type==="childList")one.addedNodes.forEach(walk);else if(one.type==="attributes")
{if(!one.target.closest(OURS))names(one.target)}else walk(one.target)}};
for(const table of Object.values(TABLES))table[1]=table[1].map(([shape,ours])=>[new RegExp(shape),ours]);
language();walk(document.body);
new MutationObserver(see).observe(document.body,{subtree:true,childList:true,characterData:true,attributes:true,attributeFilter:NAMES});
})()</script>"""


@lru_cache(maxsize=1)
def script() -> str:
    """The script with both languages' tables; the same for everybody."""
    tables = {language: _table(language) for language in LANGUAGES}
    return _SCRIPT % json.dumps(tables, ensure_ascii=True).replace("<", "\\u003c")


def _table(language: str) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Whole texts, and patterns with their replacement: from Streamlit's words and from ours in the other language."""
    t, others = words(language), [words(code) for code in LANGUAGES if code != language]
    whole: dict[str, str] = {}
    parts: list[tuple[str, str]] = []
    for theirs, ours in SAYS.items():
        for said in (theirs, *(_said(other, ours) for other in others)):
            if "{" in said:
                parts.append((_shape(said), re.sub(r"\{\w+\}", "$1", _said(t, ours))))
            else:
                whole.setdefault(said, _said(t, ours))
    return whole, parts


def _said(t: Words, text: str) -> str:
    """The text in a language with its place still to be filled in."""
    return t(text, **{name: "{" + name + "}" for name in re.findall(r"\{(\w+)\}", text)})


def _shape(said: str) -> str:
    """A whole text with one value as a pattern that JavaScript understands."""
    before, after = re.split(r"\{\w+\}", said)
    return f"^{re.escape(before)}(.+){re.escape(after)}$"
