"""The sign-in page and what it posts to: plain HTML beside the Streamlit app, with the session cookie.

Somebody whose password is for once is led to ``password.py`` first. Where an identity provider is declared, the page
leads there and takes its word when the browser comes back (``provider.py``).
"""

from datetime import timedelta
from functools import partial

from anyio import to_thread
from sqlmodel import Session, col, select
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from collectors.demo.people import DEMONSTRATION_PASSWORD
from dashboard import provider
from dashboard.forms import Forms, client, inside, is_secure, posted, words_of
from dashboard.guard import COOKIE
from dashboard.provider import Provider, Vouched
from models import clock, signin
from models.db import Database
from models.people import Person
from models.places import Place
from models.signin import SessionRules
from models.vocabulary import Role
from models.words import mark
from settings import Settings

#: Where the browser goes on after the provider; it also says that one was asked.
_ON_THE_WAY = "dispatch_provider"
_ON_THE_WAY_SECONDS = 900

_FAILED = mark(
    "That did not work: the address or the password is wrong, or there were too many attempts. "
    "Wait a quarter of an hour, or ask the administrator."
)


def rules_of(settings: Settings) -> SessionRules:
    return SessionRules(
        idle=timedelta(minutes=settings.session_idle_minutes),
        absolute=timedelta(hours=settings.session_hours),
        guesses=settings.guesses_per_quarter_hour,
    )


def routes(settings: Settings, db: Database, providers: tuple[Provider, ...] = ()) -> list[Route]:
    """GET and POST /sign-in, GET /sign-in/provider, GET and POST /sign-out."""
    door = _Door(settings, db, providers)
    return [
        Route("/sign-in", door.show, methods=["GET"]),
        Route("/sign-in", door.enter, methods=["POST"]),
        Route("/sign-in/provider", door.to_provider, methods=["GET"]),
        Route("/sign-out", door.leave, methods=["GET", "POST"]),
    ]


def keep(answer: Response, request: Request, secret: str, settings: Settings) -> None:
    """Put a session's secret into the browser."""
    answer.set_cookie(
        COOKIE,
        secret,
        max_age=settings.session_hours * 3600,
        httponly=True,
        samesite="lax",
        secure=is_secure(settings, request),
    )


class _Door:
    def __init__(self, settings: Settings, db: Database, providers: tuple[Provider, ...]) -> None:
        self.settings, self.db, self.providers = settings, db, providers
        self.forms, self.rules = Forms(settings), rules_of(settings)

    def show(self, request: Request) -> Response:
        """The page; or what comes of it where the browser returns from a provider."""
        if self.providers and _ON_THE_WAY in request.cookies:
            return self._back(request)
        secret = request.cookies.get(COOKIE)
        person = signin.person_at_door(self.db, secret, now=clock.now(), rules=self.rules) if secret else None
        if person is not None and person.once_until_at:
            return RedirectResponse("/password", status_code=303)
        return self._page(request)

    async def enter(self, request: Request) -> Response:
        form = await posted(request)
        if not self.forms.is_ours(request, form):
            return self._page(request, _FAILED)
        attempt = partial(
            signin.sign_in,
            self.db,
            form.get("email", ""),
            form.get("password", ""),
            address=client(request),
            now=clock.now(),
            rules=self.rules,
        )
        secret = await to_thread.run_sync(attempt)
        if secret is None:
            return self._page(request, _FAILED)
        return await to_thread.run_sync(self._enter, request, secret, form.get("next", ""))

    def _enter(self, request: Request, secret: str, target: str) -> Response:
        person = signin.person_at_door(self.db, secret, now=clock.now(), rules=self.rules)
        once = person is not None and person.once_until_at is not None
        answer = RedirectResponse("/password" if once else inside(target), status_code=303)
        keep(answer, request, secret, self.settings)
        return answer

    def to_provider(self, request: Request) -> Response:
        """Off to a declared provider; what was asked for waits in a cookie."""
        asked = request.query_params.get("name", "default")
        if asked not in {one.name for one in self.providers}:
            return RedirectResponse("/sign-in", status_code=303)
        answer = RedirectResponse(provider.way_to(asked), status_code=303)
        answer.set_cookie(
            _ON_THE_WAY,
            inside(request.query_params.get("next", "")).encode().hex(),
            max_age=_ON_THE_WAY_SECONDS,
            httponly=True,
            samesite="lax",
            secure=is_secure(self.settings, request),
        )
        provider.forget(request, answer)  # an old word is no answer to this question
        return answer

    def _back(self, request: Request) -> Response:
        now = clock.now()
        found = provider.vouched(self.db, request, now=now)
        if found.refusal is None:
            how = {"address": client(request), "by": found.provider}
            secret = signin.open_session(self.db, found.email, now=now, how=how)
            answer = self._enter(request, secret, _target(request))
        else:
            answer = self._turned_away(request, found)
        answer.delete_cookie(_ON_THE_WAY)
        provider.forget(request, answer)
        return answer

    def _turned_away(self, request: Request, found: Vouched) -> Response:
        signin.note_refused(
            self.db,
            found.email,
            address=client(request),
            now=clock.now(),
            why=found.refusal or "",
            limit=self.settings.guesses_per_quarter_hour,
        )
        return self._page(request, words_of(request)(found.refusal or "", email=found.email or "—"))

    def _page(self, request: Request, failure: str = "") -> Response:
        with Session(self.db.ro) as session:
            statement = select(Person, Place).join(Place, col(Place.code) == col(Person.place))
            found = session.exec(statement.where(Person.offered).order_by(Person.email)).all()
        return self.forms.page(
            request,
            "sign_in.html",
            status=401 if failure else 200,
            next=inside(request.query_params.get("next", "")),
            failure=words_of(request)(failure),
            providers=self.providers,
            offered=sorted(found, key=lambda pair: _rank(pair[0], words_of(request).language)),
            password=DEMONSTRATION_PASSWORD,
        )

    def leave(self, request: Request) -> Response:
        secret = request.cookies.get(COOKIE)
        if secret:
            signin.sign_out(self.db, secret, now=clock.now())
        answer = RedirectResponse("/sign-in", status_code=303)
        answer.delete_cookie(COOKIE)
        return answer


def _rank(person: Person, language: str) -> tuple[int, bool]:
    """By role, and in each those first who read the page's language."""
    return list(Role).index(person.role), person.language != language


def _target(request: Request) -> str:
    """Where the browser was going before it went to the provider."""
    try:
        return bytes.fromhex(request.cookies.get(_ON_THE_WAY, "")).decode()
    except ValueError:
        return "/"
