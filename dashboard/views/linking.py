"""What stands in the frame of every page beside its figures: copying its link, the keys, word of newer figures.

Drawn by one component, because the browser alone has the shown address, the clipboard and the keyboard; its script,
marks and looks are files in ``dashboard/scripts``. They hold no text: every word comes from here. To add a key, add
it to ``KEYS``, and name it as the ``shortcut`` of the button that it presses, or give it an act in the script.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard import gate
from dashboard.takeaway import Pack
from dashboard.visit import Visit
from models.clock import parse_instant
from models.words import mark

_SCRIPTS = Path(__file__).parents[1] / "scripts"

NEXT, PREVIOUS, SEND = "N", "P", "Ctrl+Enter"
_COPY, _FIND, _LIST, _ANSWER = "L", "/", "?", "A"


@dataclass(frozen=True)
class Key:
    """A key, what it does, and where; the texts are marked."""

    key: str
    does: str
    where: str = mark("every page")


#: Every key there is. None acts while somebody types, nor with Ctrl, Alt or Meta unless it names one.
KEYS = (
    Key(_COPY, mark("Copy the link to this page")),
    Key(_FIND, mark("Go to the search box")),
    Key(_LIST, mark("Show this list")),
    Key(NEXT, mark("Next red project"), mark("a project's page")),
    Key(PREVIOUS, mark("Previous red project"), mark("a project's page")),
    Key(_ANSWER, mark("Acknowledge: write what is being done, then Enter"), mark("an alert's page")),
    Key(SEND, mark("Do what the form says"), mark("one alert, or several chosen")),
)

#: In the address: the page takes newer figures by itself.
LIVE = "live"


def _script(ending: str) -> str:
    return (_SCRIPTS / f"habits.{ending}").read_text(encoding="utf-8")


_HABITS = st.components.v2.component("habits", html=_script("html"), css=_script("css"), js=_script("js"))


def draw(visit: Visit, drawn: Pack, edition: str | None, paths: Iterable[str]) -> None:
    """The tools, for the page that was just drawn.

    ``edition``: of its figures; None asks for no news. ``paths``: of the pages there are, whose links are followed
    without loading the program anew.
    """
    news = {"edition": edition, "seconds": visit.settings.news_seconds, "live": _is_live()}
    data = {
        "links": {"lang": visit.words.language, "pinned": drawn.pinned},
        "keys": [[key.key, visit.words(key.does), visit.words(key.where)] for key in KEYS],
        "news": news if edition else None,
        "pages": list(paths),
        "texts": _texts(visit, drawn.pinned),
    }
    _HABITS(key="habits", data=data, width="content", on_asked_change=_asked)


def _is_live() -> bool:
    return st.query_params.get(LIVE) == "1"


def _asked() -> None:
    """The browser asks for a rerun, and why: who sits there wants newer figures, or the page takes them by itself."""
    why = st.session_state["habits"].asked
    if why == "by itself":
        gate.by_itself()
    elif why == "live":
        st.query_params[LIVE] = "1"
    elif why == "still":
        st.query_params.pop(LIVE, None)


def _texts(visit: Visit, pinned: Mapping[str, str]) -> dict[str, Any]:
    t = visit.words
    at = t.instant(parse_instant(pinned["known_at"])) if pinned else ""
    return {
        "copy": t("Copy link"),
        "copied": t("Link copied"),
        "copied_pinned": t("Fixed link copied"),
        "copy_pinned": t("Copy fixed link"),
        "about_pinned": t("Fixed: the page as known at {at}, whatever is corrected later.", at=at),
        "by_hand": t("This browser lets no page copy. The link is selected: copy it with Ctrl+C."),
        "keys": t("Keys"),
        "keys_heads": [t("Key"), t("What it does"), t("Where it works")],
        "keys_note": t("Keys do nothing while you type."),
        "keys_on": t("Keys without Ctrl are on in this browser"),
        "close": t("Close"),
        "news": t("Newer figures are there"),
        "refresh": t("Refresh"),
        "go_live": t("Refresh by itself"),
        "later": t("Not now"),
        "live": t("Refreshes by itself"),
        "still": t("Refresh no more by itself"),
        "over": t("Your session has ended. Sign in again to go on."),
        "sign_in": t("Sign in"),
    }
