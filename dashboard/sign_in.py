"""The sign-in page and what it posts to: plain HTML beside the Streamlit app, with the session cookie."""

import secrets
from datetime import timedelta
from functools import partial
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from anyio import to_thread
from itsdangerous import BadSignature, URLSafeTimedSerializer
from jinja2 import Environment, FileSystemLoader, select_autoescape
from sqlmodel import Session, col, select
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from dashboard.guard import COOKIE
from models import clock, signin
from models.db import Database
from models.people import Person
from models.places import Place
from models.signin import SessionRules
from models.vocabulary import Role
from models.words import Words, preferred, words
from settings import Settings

#: The password of every demonstration account; they exist only in a demonstration database.
DEMONSTRATION_PASSWORD = "demonstration"

_FORM_COOKIE = "dispatch_form"
_FORM_SECONDS = 3600
_FORM_BYTES = 8_192
_pages = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=select_autoescape(default=True)
)


def rules_of(settings: Settings) -> SessionRules:
    return SessionRules(
        idle=timedelta(minutes=settings.session_idle_minutes),
        absolute=timedelta(hours=settings.session_hours),
        guesses=settings.guesses_per_quarter_hour,
    )


def routes(settings: Settings, db: Database) -> list[Route]:
    """GET and POST /sign-in, POST /sign-out."""
    signer = URLSafeTimedSerializer(settings.secret_key, salt="sign-in form")
    rules = rules_of(settings)
    secure = settings.base_url.startswith("https")

    def show(request: Request) -> Response:
        return _page(request, db, signer, failed=False)

    async def enter(request: Request) -> Response:
        form = await _small_form(request)
        if not _form_is_ours(request, signer, form.get("form", "")):
            return _page(request, db, signer, failed=True)
        attempt = partial(
            signin.sign_in,
            db,
            form.get("email", ""),
            form.get("password", ""),
            address=request.client.host if request.client else "",
            now=clock.now(),
            rules=rules,
        )
        secret = await to_thread.run_sync(attempt)
        if secret is None:
            return _page(request, db, signer, failed=True)
        answer = RedirectResponse(_inside(form.get("next", "")), status_code=303)
        answer.set_cookie(
            COOKIE,
            secret,
            max_age=settings.session_hours * 3600,
            httponly=True,
            samesite="lax",
            secure=secure,
        )
        return answer

    def leave(request: Request) -> Response:
        secret = request.cookies.get(COOKIE)
        if secret:
            signin.sign_out(db, secret, now=clock.now())
        answer = RedirectResponse("/sign-in", status_code=303)
        answer.delete_cookie(COOKIE)
        return answer

    return [
        Route("/sign-in", show, methods=["GET"]),
        Route("/sign-in", enter, methods=["POST"]),
        Route("/sign-out", leave, methods=["GET", "POST"]),
    ]


async def _small_form(request: Request) -> dict[str, str]:
    """The posted fields; nothing where the body is larger than a sign-in form can be."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _FORM_BYTES:
            return {}
    return {name: values[-1] for name, values in parse_qs(body.decode(errors="replace")).items()}


def _page(request: Request, db: Database, signer: URLSafeTimedSerializer, *, failed: bool) -> Response:
    t = _words(request)
    nonce = request.cookies.get(_FORM_COOKIE) or secrets.token_urlsafe(16)  # one for all open forms
    with Session(db.ro) as session:
        statement = select(Person, Place).join(Place, col(Place.code) == col(Person.place))
        found = session.exec(statement.where(Person.offered).order_by(Person.email)).all()
    offered = sorted(found, key=lambda pair: list(Role).index(pair[0].role))
    html = _pages.get_template("sign_in.html").render(
        t=t,
        form=signer.dumps(nonce),
        next=_inside(request.query_params.get("next", "")),
        failed=failed,
        offered=offered,
        password=DEMONSTRATION_PASSWORD,
        other="en" if t.language == "zh_CN" else "zh_CN",
    )
    answer = HTMLResponse(html, status_code=401 if failed else 200, headers={"cache-control": "no-store"})
    answer.set_cookie(_FORM_COOKIE, nonce, max_age=_FORM_SECONDS, httponly=True, samesite="strict")
    return answer


def _form_is_ours(request: Request, signer: URLSafeTimedSerializer, token: str) -> bool:
    """Against forged sign-ins: the form's signed value must be the one in the browser's cookie."""
    try:
        nonce = signer.loads(token, max_age=_FORM_SECONDS)
    except BadSignature:
        return False
    return secrets.compare_digest(nonce, request.cookies.get(_FORM_COOKIE, ""))


def _inside(target: str) -> str:
    """Where to go after signing in: a path of ours, never another site."""
    parts = urlsplit(target)
    ours = target.startswith("/") and not target.startswith(("//", "/\\")) and not parts.netloc
    return target if ours and not target.startswith("/sign-") else "/"


def _words(request: Request) -> Words:
    return words(request.query_params.get("lang") or preferred(request.headers.get("accept-language")))
