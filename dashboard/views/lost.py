"""An address at which there is no page for this reader: what it may have meant, and the way back."""

from collections.abc import Mapping
from difflib import get_close_matches
from urllib.parse import unquote, urlsplit

import streamlit as st

from dashboard import parts
from dashboard.guard import LOST
from dashboard.parts import joined
from dashboard.views import find
from dashboard.visit import Visit


def asked() -> str:
    """The page that the address names: "" for the first one."""
    return unquote(urlsplit(st.context.url or "").path).strip("/").rpartition("/")[2]


def render(visit: Visit, known: Mapping[str, str]) -> None:
    """``known``: the pages that open to this reader, path → title."""
    t, text = visit.words, st.query_params.get(LOST, "").strip("/") or asked()  # the wall led here, or nobody
    parts.page(t("No page at this address"))
    parts.nothing(
        t("There is no page “{address}” for you", address=parts.escape(f"/{text[:80]}")),
        t("The address is mistyped or out of date, or the page does not open to your account."),
    )
    near = get_close_matches(text, [path for path in known if path], n=3)
    ways = [parts.anchor(known[path], parts.link(path, visit)) for path in near]
    if ways:
        parts.show(parts.wrapped("p", joined([t("Perhaps one of these:"), *ways])))
    back = [parts.anchor(t("Back to the first page"), parts.link(visit.home, visit))]
    if find.PATH in known and text:
        said = t("Search for “{text}”", text=text[:80])
        back.append(parts.anchor(said, parts.link(find.PATH, visit, **{find.ASKED: text[:80]})))
    parts.show(parts.wrapped("p", joined(back, " · ")))
