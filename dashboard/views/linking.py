"""What stands in the frame of every page beside its figures: copying its link in one click.

Drawn by one component, because the browser alone has the address that is shown and the clipboard; its script, marks
and looks are files in ``dashboard/scripts``. They hold no text: every word comes from here.
"""

from pathlib import Path

import streamlit as st

from dashboard.takeaway import Pack
from dashboard.visit import Visit
from models.clock import parse_instant

_SCRIPTS = Path(__file__).parents[1] / "scripts"


def _script(ending: str) -> str:
    return (_SCRIPTS / f"habits.{ending}").read_text(encoding="utf-8")


_HABITS = st.components.v2.component("habits", html=_script("html"), css=_script("css"), js=_script("js"))


def draw(visit: Visit, drawn: Pack) -> None:
    """The button, for the page that was just drawn."""
    t, pinned = visit.words, drawn.pinned
    at = t.instant(parse_instant(pinned["known_at"])) if pinned else ""
    texts = {
        "copy": t("Copy link"),
        "copied": t("Link copied"),
        "copied_pinned": t("Fixed link copied"),
        "copy_pinned": t("Copy fixed link"),
        "about_pinned": t("Fixed: the page as known at {at}, whatever is corrected later.", at=at),
        "by_hand": t("This browser lets no page copy. The link is selected: copy it with Ctrl+C."),
    }
    data = {"links": {"lang": t.language, "pinned": pinned}, "texts": texts}
    _HABITS(key="habits", data=data, width="content")
