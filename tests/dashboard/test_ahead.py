"""The first figures in the HTML of the page: the page's own, for whoever may see them, and only where they are kept."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from alerts import watch
from dashboard import gate, own_words, sign_in
from dashboard.ahead import Ahead
from dashboard.guard import COOKIE, Guard
from dashboard.views import overview
from models import accounts, clock, signin
from models.access import operator
from models.accounts import Change, Post, Wanted
from models.db import Database
from models.places import NATION
from models.vocabulary import Department, Role
from settings import Settings
from tests.builders import CITY, project, report
from tests.dashboard.test_views import shown, texts

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
JAN = datetime(2026, 1, 5, 1, tzinfo=UTC)
SHELL = '<html lang="en"><body><div id="root"></div></body></html>'
POSTS = {
    "ministry": Post(Role.MINISTRY, NATION, Department.FINANCE),
    "elsewhere": Post(Role.CITY, "440100", Department.INDUSTRY),
    "administrator": Post(Role.ADMINISTRATOR, NATION),
}


@pytest.fixture
def client(sqlite_db: Database) -> Iterator[TestClient]:
    """The wall with the real piece around a page as Streamlit's server sends it, which a browser may have kept."""
    project(sqlite_db, "K1", JAN, name="<b>one</b>")
    project(sqlite_db, "K2", JAN, kind="line", name="two")
    report(sqlite_db, "K1", JAN, date(2026, 10, 31), physical_bp=3_100)
    project(sqlite_db, "O1", JAN, city="440100", name="elsewhere")
    change = Change(operator("operator"), clock.now())
    for name, post in POSTS.items():
        wanted = Wanted(f"{name}@x.example", name, post, password="correct horse battery")
        assert accounts.add(sqlite_db, wanted, change).refusal is None
    settings = Settings(database_url=str(sqlite_db.ro.url), _env_file=None)
    rules = sign_in.rules_of(settings)

    def page(request: Request) -> Response:
        if request.headers.get("if-none-match") == '"1"':
            return Response(status_code=304)
        return HTMLResponse(SHELL, headers={"etag": '"1"', "cache-control": "max-age=60"})

    def find(secret: str) -> str | None:
        return signin.find_session(sqlite_db, secret, now=clock.now(), rules=rules)

    wall = Middleware(Guard, find=find, ahead=Ahead(settings).piece)
    app = Starlette(routes=[Route("/{path:path}", page)], middleware=[wall])
    with TestClient(app, follow_redirects=False) as client:
        yield client
    gate.database.cache_clear()


def enter(client: TestClient, db: Database, who: str) -> None:
    client.cookies.clear()
    client.cookies.set(COOKIE, signin.open_session(db, f"{who}@x.example", now=clock.now(), how={}))


def judge(db: Database) -> None:
    watch.evaluate(db, clock.local_day(NOW), NOW, now=NOW)


def test_it_is_what_the_page_shows(client: TestClient, sqlite_db: Database) -> None:
    judge(sqlite_db)
    enter(client, sqlite_db, "ministry")
    for language, word in (("en", "Overview"), ("zh_CN", "总览")):
        sent = client.get(f"/?lang={language}").text
        start = sent.index('<div class="pd-cards">')
        cards = sent[start : sent.index("</main>")]
        page = shown(sqlite_db, "overview", language=language, lang=language)
        assert cards in texts(page) and word in sent
        assert "31" in cards and cards.count("<section") == 3
        assert sent.index('id="root"') < sent.index('id="ahead"') < sent.index("</body>")


def test_everybody_gets_their_own_and_nobody_nothing(client: TestClient, sqlite_db: Database) -> None:
    judge(sqlite_db)
    assert client.get("/").status_code == 303
    enter(client, sqlite_db, "elsewhere")
    sent = client.get("/?lang=en").text
    assert "1 projects" in sent or "1 project" in sent
    assert "31" not in sent[sent.index("pd-cards") :], "another city's progress"
    assert 'id="ahead"' not in client.get(f"/?city={CITY}").text
    enter(client, sqlite_db, "administrator")
    plain = SHELL.replace('"en"', '"zh-CN"')
    assert client.get("/").text == plain.replace("</body>", own_words.script() + "</body>")


@pytest.mark.parametrize(
    "path", ["/points", "/project?city=210100&project=K1", "/?on=2025-11-20", "/?known_at=2026-11-20T12:00"]
)
def test_what_is_not_kept_comes_with_the_page(client: TestClient, sqlite_db: Database, path: str) -> None:
    judge(sqlite_db)
    enter(client, sqlite_db, "ministry")
    assert 'id="ahead"' in client.get("/").text
    assert 'id="ahead"' not in client.get(path).text


def test_without_a_judged_day_the_page_opens_as_ever(client: TestClient, sqlite_db: Database) -> None:
    enter(client, sqlite_db, "ministry")
    assert 'id="ahead"' not in client.get("/").text


def test_a_browser_never_keeps_figures(client: TestClient, sqlite_db: Database) -> None:
    judge(sqlite_db)
    enter(client, sqlite_db, "ministry")
    answer = client.get("/", headers={"if-none-match": '"1"'})
    assert answer.status_code == 200 and 'id="ahead"' in answer.text
    assert answer.headers["cache-control"] == "no-store" and "etag" not in answer.headers
    assert client.get("/static/x.js", headers={"if-none-match": '"1"'}).status_code == 304


def test_where_it_fails_the_page_opens_as_ever(
    client: TestClient, sqlite_db: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    judge(sqlite_db)
    enter(client, sqlite_db, "ministry")
    monkeypatch.setattr(overview, "ahead", lambda *_: 1 / 0)
    answer = client.get("/")
    assert answer.status_code == 200 and 'id="ahead"' not in answer.text
    assert "no figures ahead" in caplog.text
