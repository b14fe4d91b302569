"""The first figures ahead of the page: the overview's cards in the very HTML that starts the application.

Before a Streamlit page shows a figure the browser loads and starts its program, connects, and waits for the first
run: over a second on a fast machine, many on a phone. Who opens the overview has come for its first lines, so they
are drawn on the server, by the code that draws them on the page, for the same reader, address and day, and stand
there until the page's own take their place. Links in them work at once.

Only what is kept of a judged day: what would have to be computed comes with the page. Refuses to be needed: where
anything is missing or fails, the page opens as it would without.
"""

import logging
from urllib.parse import parse_qsl

from starlette.datastructures import Headers
from starlette.types import Scope as Request

from dashboard import address, filters, gate, parts
from dashboard.views import overview
from models.words import preferred, words
from settings import Settings

log = logging.getLogger(__name__)

#: The default page, by both of its addresses.
_PATHS = ("/", "/overview")

#: As tall as what the page has above: menu, badge and search, filters; so that nothing jumps when it takes over.
_FRAME = """<style>
#ahead{color-scheme:light dark;position:fixed;inset:0;z-index:999990;overflow:hidden;background:#fff;color:#16222e;line-height:1.6;
font-family:'Noto Sans CJK SC','PingFang SC','Microsoft YaHei',sans-serif}
#ahead main{box-sizing:border-box;max-width:90rem;margin:0 auto;padding:7.75rem 2rem 2rem}
#ahead a{color:inherit}#ahead .pd-cards{margin-top:4.5rem}#ahead p{margin:0}
@media (max-width:40rem){#ahead main{padding:7.75rem .9rem 1rem}}
@media (prefers-color-scheme:dark){#ahead{background:#10171e;color:#e8edf2}}
</style>"""

#: Gone as soon as the page shows figures, an empty place or a word of its own, and in any case after a while.
_GIVES_WAY = """<script>(()=>{const a=document.getElementById("ahead"),r=document.getElementById("root");
const gone=()=>{o.disconnect();clearTimeout(t);a.remove()};
const o=new MutationObserver(()=>{if(r.querySelector(".pd-cards,.pd-card,[data-testid=stAlert],[data-testid=stException]"))gone()});
o.observe(r,{childList:true,subtree:true});const t=setTimeout(gone,15000)})()</script>"""


class Ahead:
    """``piece(request, session id)``: HTML to stand in the page until its own figures do, or nothing."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def piece(self, request: Request, session_id: str) -> str:
        """Never raises. ``request`` is an ASGI scope of a request for a page."""
        if request["path"] not in _PATHS:
            return ""
        try:
            return self._drawn(request, session_id)
        except Exception:
            log.exception("no figures ahead of the page")
            return ""

    def _drawn(self, request: Request, session_id: str) -> str:
        asked = dict(parse_qsl(request.get("query_string", b"").decode("latin-1")))
        language = asked.get("lang") or preferred(Headers(scope=request).get("accept-language"))
        visit = gate.visit_of(self.settings, session_id, words(language))
        if visit is None or visit.home != "overview":
            return ""
        with address.at(asked):
            found = filters.read(visit)
            cards = overview.ahead(visit, found)
            if cards is None:
                return ""
            head = parts.head(visit.words("Overview"), parts.day_line(visit, found.day))
        return f'<div id="ahead">{_FRAME}<main>{head}{cards}</main></div>{_GIVES_WAY}'
