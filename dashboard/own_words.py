"""What Streamlit says by itself, in Chinese: it has its own words in English only, and no setting for it.

A script that every page starts with replaces them where they appear (labels, hints, menus), and keeps the language
that the document names itself by in step with the address; English readers read Streamlit's own. It looks at whole
texts only, never inside what our own pages drew, so that nobody's data is touched. Texts with a value are marked
``{value}``, as in the catalogue; one that stands before what it is about ("Fullscreen: the chart's name") is found by
itself. Icons, which Streamlit calls by their English names, are hidden from screen readers: a word stands beside each.
To add one: what Streamlit says, and our text for it. A test looks at every page for words that are missing here.
"""

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from models.words import mark, words

#: What Streamlit says → our text, whose translation is shown.
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
    "Help for {what}": mark("Help for {what}"),
    "Shortcut {key}": mark("Key {key}"),
    "Logo": mark("Mark of the product"),
    "Made with Streamlit v{version}": mark("Made with Streamlit {version}"),
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
    "Selected Date": mark("Chosen day"),
    "year": mark("year"),
    "month": mark("month"),
    "day": mark("day"),
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
    "file upload": mark("Choose a file, or drop it here"),
    "{size} per file": mark("at most {size} a file"),
    # charts and grids
    "Show data": mark("Show the figures"),
    "Show chart": mark("Show the chart"),
    "Download as PNG": mark("Download as PNG"),
    "Download as SVG": mark("Download as SVG"),
    "Copy Vega-Lite spec": mark("Copy the chart's description (Vega-Lite)"),
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

_PLACE = re.compile(r"\{(\w+)\}")

_SCRIPT = Path(__file__).parent / "scripts" / "own_words.js"


@lru_cache(maxsize=1)
def script() -> str:
    """The script with the tables of both directions; the same for everybody."""
    ours = {theirs: _said(text) for theirs, text in SAYS.items()}
    back = {said: theirs for theirs, said in reversed(ours.items())}  # where the reader turns to English
    tables = {"zh_CN": _table(ours), "en": _table(back)}
    filled = json.dumps(tables).replace("<", "\\u003c")
    script = _SCRIPT.read_text("utf-8").replace('"{tables}"', filled)
    return f"<script>{script}</script>"


def _said(text: str) -> str:
    """Our text in Chinese with its place still to be filled in."""
    return words("zh_CN")(text, **{name: f"{{{name}}}" for name in _PLACE.findall(text)})


def _table(said: Mapping[str, str]) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Whole texts, and those with a value as pattern and replacement as JavaScript understands them."""
    whole = {text: other for text, other in said.items() if not _PLACE.search(text)}
    parts = [(_pattern(text), _PLACE.sub("$1", other)) for text, other in said.items() if text not in whole]
    return whole, parts


def _pattern(text: str) -> str:
    before, after = _PLACE.sub("\0", text).split("\0")
    return f"^{re.escape(before)}(.+){re.escape(after)}$"
