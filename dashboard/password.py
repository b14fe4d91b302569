"""Changing one's own password, and signing out everywhere: plain HTML beside the Streamlit app.

It stands before the wall because a password for once opens nothing but this page; it looks at the session itself.
"""

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from dashboard.forms import Forms, client, posted, words_of
from dashboard.guard import COOKIE
from dashboard.sign_in import rules_of
from models import accounts, clock, signin
from models.db import Database
from models.people import Person
from models.words import mark
from settings import Settings

_WRONG = mark("The password you have now is another one, or there were too many attempts.")
_DIFFER = mark("The two new passwords differ.")
_DONE = mark("The new password holds. Every other browser of yours is signed out.")


def routes(settings: Settings, db: Database) -> list[Route]:
    """GET and POST /password, POST /password/sign-out-everywhere."""
    desk = _Desk(settings, db)
    return [
        Route("/password", desk.show, methods=["GET"]),
        Route("/password", desk.change, methods=["POST"]),
        Route("/password/sign-out-everywhere", desk.everywhere, methods=["POST"]),
    ]


class _Desk:
    def __init__(self, settings: Settings, db: Database) -> None:
        self.db, self.rules, self.forms = db, rules_of(settings), Forms(settings)

    def _who(self, request: Request) -> Person | None:
        secret = request.cookies.get(COOKIE)
        if not secret:
            return None
        return signin.person_at_door(self.db, secret, now=clock.now(), rules=self.rules)

    def show(self, request: Request) -> Response:
        person = self._who(request)
        return self._page(request, person) if person else _away()

    async def change(self, request: Request) -> Response:
        form = await posted(request)
        return await to_thread.run_sync(self._change, request, form)

    def _change(self, request: Request, form: dict[str, str]) -> Response:
        person = self._who(request)
        if person is None:
            return _away()
        failure = self._failure(request, person, form)
        if failure is None:
            failure = accounts.set_password(
                self.db,
                person.email,
                form.get("new", ""),
                by=person.email,
                now=clock.now(),
                but=request.cookies.get(COOKIE),
            )
        if failure is not None:
            return self._page(request, person, failure=failure)
        if person.once_until_at:
            return RedirectResponse("/", status_code=303)
        return self._page(request, person, done=_DONE)

    def _failure(self, request: Request, person: Person, form: dict[str, str]) -> str | None:
        """What is wrong with the form; the password that is now counts like one at signing in."""
        if not self.forms.is_ours(request, form):
            return _WRONG
        if form.get("new", "") != form.get("again"):
            return _DIFFER
        if form.get("new") == form.get("now"):
            return accounts.NOT_NEW
        limit, address = self.rules.guesses, client(request)
        right = signin.is_password(
            self.db, person.email, form.get("now", ""), address=address, now=clock.now(), limit=limit
        )
        return None if right else _WRONG

    async def everywhere(self, request: Request) -> Response:
        form = await posted(request)
        return await to_thread.run_sync(self._everywhere, request, form)

    def _everywhere(self, request: Request, form: dict[str, str]) -> Response:
        person = self._who(request)
        if person is None or not self.forms.is_ours(request, form):
            return _away()
        accounts.end_everywhere(self.db, person.email, person.email, now=clock.now())
        answer = _away()
        answer.delete_cookie(COOKIE)
        return answer

    def _page(self, request: Request, person: Person, *, failure: str = "", done: str = "") -> Response:
        t = words_of(request)
        return self.forms.page(
            request,
            "password.html",
            status=400 if failure else 200,
            person=person,
            once=person.once_until_at is not None,
            failure=t(failure),
            done=t(done),
        )


def _away() -> Response:
    return RedirectResponse("/sign-in", status_code=303)
