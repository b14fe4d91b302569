"""Passwords over HTTP: one for once leads to its change and nowhere else; changing ends the other browsers."""

import re
from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from dashboard import sign_in
from dashboard.app import doors
from dashboard.guard import COOKIE, Guard
from models import accounts, clock, signin
from models.access import operator
from models.accounts import Change, Post, Wanted
from models.db import Database
from models.vocabulary import Role
from settings import Settings

EMAIL, NEW = "wang@example.cn", "a quite new pass phrase"


@pytest.fixture
def once(sqlite_db: Database) -> str:
    wanted = Wanted(EMAIL, "王", Post(Role.CITY, "210100"))
    return accounts.add(sqlite_db, wanted, Change(operator("o"), clock.now())).password


@pytest.fixture
def settings() -> Settings:
    return Settings(_env_file=None)


@pytest.fixture
def client(sqlite_db: Database, settings: Settings, once: str) -> Iterator[TestClient]:
    rules = sign_in.rules_of(settings)
    app = Starlette(
        routes=[*doors(settings, sqlite_db), Route("/{rest:path}", _page)],
        middleware=[
            Middleware(Guard, find=lambda s: signin.find_session(sqlite_db, s, now=clock.now(), rules=rules))
        ],
    )
    with TestClient(app, follow_redirects=False) as found:
        yield found


def _page(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("figures")


def post(client: TestClient, path: str, **fields: str):
    shown = client.get(path.removesuffix("/sign-out-everywhere")).text
    form = re.search(r'name="form" value="([^"]+)"', shown)
    return client.post(path, data={"form": form.group(1) if form else ""} | fields)


def test_a_password_for_once_leads_to_its_change_only(client: TestClient, once: str) -> None:
    answer = post(client, "/sign-in", email=EMAIL, password=once, next="/alerts")
    assert (answer.status_code, answer.headers["location"]) == (303, "/password")
    assert client.get("/").headers["location"].startswith("/sign-in")
    assert client.get("/sign-in").headers["location"] == "/password"
    assert EMAIL in client.get("/password").text
    wrong = post(client, "/password", now="another one 12", new=NEW, again=NEW)
    assert wrong.status_code == 400 and 'role="alert"' in wrong.text
    assert post(client, "/password", now=once, new=NEW, again=NEW + "x").status_code == 400
    assert post(client, "/password", now=once, new=once, again=once).status_code == 400
    assert post(client, "/password", now=once, new="short", again="short").status_code == 400
    assert client.get("/").status_code == 303
    assert post(client, "/password", now=once, new=NEW, again=NEW).headers["location"] == "/"
    assert client.get("/").text == "figures"


def test_changing_the_password_ends_the_other_browsers(client: TestClient, once: str) -> None:
    post(client, "/sign-in", email=EMAIL, password=once)
    post(client, "/password", now=once, new=NEW, again=NEW)
    mine = client.cookies[COOKIE]
    client.cookies.delete(COOKIE)
    post(client, "/sign-in", email=EMAIL, password=NEW)
    assert client.cookies[COOKIE] != mine
    assert post(client, "/password", now=NEW, new=once + "!", again=once + "!").status_code == 200
    client.cookies.clear()
    client.cookies.set(COOKIE, mine)
    assert client.get("/").status_code == 303


def test_a_forged_post_changes_nothing(client: TestClient, once: str) -> None:
    post(client, "/sign-in", email=EMAIL, password=once)
    fields = {"form": "forged", "now": once, "new": NEW, "again": NEW}
    assert client.post("/password", data=fields).status_code == 400
    client.post("/password/sign-out-everywhere", data={"form": "forged"})
    assert post(client, "/password", now=once, new=NEW, again=NEW).status_code == 303


def test_signing_out_everywhere_ends_this_browser_too(client: TestClient, once: str) -> None:
    post(client, "/sign-in", email=EMAIL, password=once)
    secret = client.cookies[COOKIE]
    assert post(client, "/password/sign-out-everywhere").status_code == 303
    client.cookies.set(COOKIE, secret)
    assert client.get("/password").status_code == 303


def test_guessing_the_password_one_has_is_braked(client: TestClient, once: str, settings: Settings) -> None:
    post(client, "/sign-in", email=EMAIL, password=once)
    for _ in range(settings.guesses_per_quarter_hour + 1):
        assert post(client, "/password", now="a wrong password", new=NEW, again=NEW).status_code == 400
    assert post(client, "/password", now=once, new=NEW, again=NEW).status_code == 400


@pytest.mark.parametrize(
    ("base_url", "scheme", "secure"),
    [("http://x", "http", False), ("https://x", "http", True), ("http://x", "https", True)],
)
def test_the_cookie_is_for_https_where_https_serves(
    sqlite_db: Database, once: str, base_url: str, scheme: str, secure: bool
) -> None:
    app = Starlette(routes=doors(Settings(_env_file=None, base_url=base_url), sqlite_db))
    with TestClient(app, base_url=f"{scheme}://testserver", follow_redirects=False) as client:
        form = re.search(r'name="form" value="([^"]+)"', (shown := client.get("/sign-in")).text).group(1)
        nonce = shown.headers["set-cookie"].split(";")[0]
        answer = client.post(
            "/sign-in", data={"form": form, "email": EMAIL, "password": once}, headers={"cookie": nonce}
        )
        for cookies in (shown, answer):
            said = cookies.headers["set-cookie"].lower()
            assert ("secure" in said) is secure and "httponly" in said and "samesite" in said
