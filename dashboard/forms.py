"""Plain HTML forms beside the Streamlit app: drawn from a template, posted back by the same browser only.

Each form carries a signed value that must be the one in the browser's cookie, against forged posts. Refuses bodies
larger than such a form can be. A new form is a template that includes ``form`` as a hidden field.
"""

import secrets
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from itsdangerous import BadSignature, URLSafeTimedSerializer
from jinja2 import Environment, FileSystemLoader, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from models.words import Words, preferred, words
from settings import Settings

_COOKIE = "dispatch_form"
_SECONDS = 3600
_BYTES = 8_192
_pages = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=select_autoescape(default=True)
)


class Forms:
    """The forms of one web process, signed with its secret."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.signer = URLSafeTimedSerializer(settings.secret_key, salt="sign-in form")

    def page(self, request: Request, template: str, *, status: int = 200, **values: object) -> Response:
        """The template's page with its hidden value; the cookie that belongs to it."""
        t = words_of(request)
        nonce = request.cookies.get(_COOKIE) or secrets.token_urlsafe(16)  # one for all open forms
        other = "en" if t.language == "zh_CN" else "zh_CN"
        html = _pages.get_template(template).render(t=t, form=self.signer.dumps(nonce), other=other, **values)
        answer = HTMLResponse(html, status_code=status, headers={"cache-control": "no-store"})
        secure = is_secure(self.settings, request)
        answer.set_cookie(_COOKIE, nonce, max_age=_SECONDS, httponly=True, samesite="strict", secure=secure)
        return answer

    def is_ours(self, request: Request, form: dict[str, str]) -> bool:
        """Was this posted from a form that this browser was given?"""
        try:
            nonce = self.signer.loads(form.get("form", ""), max_age=_SECONDS)
        except BadSignature:
            return False
        return secrets.compare_digest(nonce, request.cookies.get(_COOKIE, ""))


async def posted(request: Request) -> dict[str, str]:
    """The posted fields; nothing where the body is larger than such a form can be."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _BYTES:
            return {}
    return {name: values[-1] for name, values in parse_qs(body.decode(errors="replace")).items()}


def inside(target: str) -> str:
    """Where to go afterwards: a path of ours, never another site."""
    parts = urlsplit(target)
    ours = target.startswith("/") and not target.startswith(("//", "/\\")) and not parts.netloc
    return target if ours and not target.startswith(("/sign-", "/password", "/auth/", "/oauth2")) else "/"


def words_of(request: Request) -> Words:
    return words(request.query_params.get("lang") or preferred(request.headers.get("accept-language")))


def is_secure(settings: Settings, request: Request) -> bool:
    """Are the pages served over https, by us or by the proxy in front of us?"""
    return settings.base_url.startswith("https") or request.url.scheme == "https"


def client(request: Request) -> str:
    """The address a request comes from."""
    return request.client.host if request.client else ""
