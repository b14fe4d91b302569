"""The wall in front of Streamlit: no session, no page, no socket, no upload.

A pure ASGI middleware, because Starlette's own kind does not see WebSockets. It drops any session header a
client sends, looks up the cookie's session, and passes its id on in that header, which Streamlit hands to
the script as ``st.user["session"]``. The page checks the session again on every rerun (``gate.py``). A file that a
page offers is served to that page's own sign-in only (``media.py``).
"""

from collections.abc import Callable
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qs, parse_qsl, quote, urlencode

from anyio import to_thread
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard import own_words
from dashboard.media import PREFIX as _MEDIA
from models.words import preferred, words

SESSION_HEADER = "x-dispatch-session"
COOKIE = "dispatch_session"

#: What stands before the wall. Two look at the session themselves: ``/password``, where a password for once leads, and
#: ``/news``, because asking for news is no visit.
_PUBLIC = (
    "/healthz",
    "/sign-in",
    "/sign-in/provider",
    "/password",
    "/password/sign-out-everywhere",
    "/news",
    "/favicon.png",
    "/favicon.ico",
    "/_stcore/health",
)
#: Routes for programs: they check a token of their own.
API = "/api/v1/"
_ASSETS = "/static/"  # Streamlit's own files, the same for everybody
#: Paths of Streamlit's that are no pages. A page's has one part: its program, which names its files relative to it, stays blank deeper.
_OF_STREAMLIT = ("/_stcore", "/media", "/component")
#: Names the address that was asked for, where a page is led to that tells of it (``views/lost.py``).
LOST = "address"
_CLOSED = ("/_stcore/metrics", "/_stcore/agent", "/_stcore/script-health-check")
#: What asks whether a kept page still holds, or for one packed, into which nothing can be put; what lets one be kept.
_CONDITIONS = (b"if-none-match", b"if-modified-since", b"accept-encoding")
_KEEPING = (b"etag", b"last-modified", b"cache-control")
_HEADERS = (
    (b"x-frame-options", b"DENY"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"content-security-policy", b"frame-ancestors 'none'"),
)


class Guard:
    """``find(secret) -> session id or None`` answers who may pass.

    ``passes(path, session id, method)`` answers whether a file of a page may be fetched. ``ahead(request, session id)``
    gives HTML that a page starts with, before the words of ``own_words``. ``public``: further paths before the wall.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        find: Callable[[str], str | None],
        passes: Callable[[str, str, str], bool] = lambda _path, _session, _method: False,
        ahead: Callable[[Scope, str], str] = lambda _request, _session: "",
        public: tuple[str, ...] = (),
    ) -> None:
        self.app = app
        self.find = find
        self.passes = passes
        self.ahead = ahead
        self.public = (*_PUBLIC, *public)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = [(k, v) for k, v in scope["headers"] if k.lower() != SESSION_HEADER.encode()]
        scope = dict(scope, headers=headers)
        path = scope["path"]
        if path.startswith(_CLOSED):
            await _refuse(scope, receive, send, status=404)
        elif path in self.public or path.startswith((_ASSETS, API)):
            await self.app(scope, receive, _dressed(scope, send))
        else:
            session = await to_thread.run_sync(self._session, headers)
            if session is None:
                await _refuse(scope, receive, send, status=401)
                return
            if path.startswith(_MEDIA) and not await to_thread.run_sync(
                self.passes, path, session, scope.get("method", "")
            ):
                await _refuse(scope, receive, send, status=404)
                return
            if _is_too_deep(scope):
                asked = parse_qsl(scope.get("query_string", b"").decode("latin-1"))
                await _lead(f"/lost?{urlencode([*asked, (LOST, path)])}", send)
                return
            scope["headers"] = [*headers, (SESSION_HEADER.encode(), session.encode())]
            ahead = ""
            if scope.get("method") == "GET" and not path.startswith(_OF_STREAMLIT):
                ahead = await to_thread.run_sync(self.ahead, scope, session) + own_words.script()
            if ahead:  # what the browser has kept of the page is without it, or with an older one
                scope["headers"] = [(k, v) for k, v in scope["headers"] if k not in _CONDITIONS]
            await self.app(scope, receive, _dressed(scope, send, ahead))

    def _session(self, headers: list[tuple[bytes, bytes]]) -> str | None:
        secret = cookie_of(headers)
        return self.find(secret) if secret else None


def cookie_of(headers: list[tuple[bytes, bytes]]) -> str | None:
    """The session secret in a request's cookies."""
    jar: SimpleCookie = SimpleCookie()
    for name, value in headers:
        if name.lower() == b"cookie":
            jar.load(value.decode("latin-1"))
    return jar[COOKIE].value if COOKIE in jar else None


async def _refuse(scope: Scope, receive: Receive, send: Send, *, status: int) -> None:
    """A page asks to sign in and comes back; anything else is told no."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008})
        return
    is_look = scope["method"] in ("GET", "HEAD")
    if status == 401 and is_look and not scope["path"].startswith(_OF_STREAMLIT):
        wanted = scope["path"] + (
            "?" + scope["query_string"].decode("latin-1") if scope["query_string"] else ""
        )
        await _lead(f"/sign-in?next={quote(wanted, safe='')}", send)
        return
    await _answer(send, status, (b"content-type", b"text/plain; charset=utf-8"))


def _is_too_deep(scope: Scope) -> bool:
    """Does a browser go to an address of several parts? No page has one."""
    looks = scope["type"] == "http" and b"text/html" in dict(scope["headers"]).get(b"accept", b"")
    path = scope["path"]
    return looks and "/" in path.strip("/") and not path.startswith(_OF_STREAMLIT)


async def _lead(to: str, send: Send) -> None:
    """Send a browser somewhere else."""
    await _answer(send, 303, (b"location", to.encode()))


async def _answer(send: Send, status: int, header: tuple[bytes, bytes]) -> None:
    headers = [*_HEADERS, header, (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


def _dressed(scope: Scope, send: Send, ahead: str = "") -> Send:
    """Add the security headers, say the page's real language where Streamlit hard-codes English, and put in ``ahead``."""
    if scope["type"] != "http":
        return send
    started: dict[str, Any] = {}

    async def dressed(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", []), *_HEADERS]
            if _is_page(message):
                started["message"] = message
                return
        elif message["type"] == "http.response.body" and "message" in started:
            start = started.pop("message")
            body = message["body"].replace(b'<html lang="en"', _language(scope), 1)
            kept = [(k, v) for k, v in start["headers"] if k.lower() != b"content-length"]
            if ahead:
                body = body.replace(b"</body>", ahead.encode() + b"</body>", 1)
                kept = [(k, v) for k, v in kept if k.lower() not in _KEEPING]
                kept.append((b"cache-control", b"no-store"))
            start["headers"] = kept
            if not message.get("more_body"):
                start["headers"].append((b"content-length", str(len(body)).encode()))
            await send(start)
            message = dict(message, body=body)
        await send(message)

    return dressed


def _is_page(message: Message) -> bool:
    found = dict(message["headers"])
    return found.get(b"content-type", b"").startswith(b"text/html") and b"content-encoding" not in found


def _language(scope: Scope) -> bytes:
    asked = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("lang", [""])[-1]
    accepted = dict(scope["headers"]).get(b"accept-language", b"").decode("latin-1")
    english = words(asked or preferred(accepted)).language == "en"
    return b'<html lang="en"' if english else b'<html lang="zh-CN"'
