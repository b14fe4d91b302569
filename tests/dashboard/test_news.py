"""News is told of the reader's own figures only, to who is signed in only, and asking for it is no visit."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlmodel import Session
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from alerts import watch
from alerts.day import open_day
from collectors.intake import Delivery, take_in
from dashboard import news
from dashboard.guard import COOKIE, Guard
from dashboard.sign_in import rules_of
from models import clock, signin
from models.access import Scope, operator
from models.db import Database
from models.people import Person, SignIn
from models.vocabulary import Role
from settings import Settings
from tests.builders import CITY, project, put, report

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
JAN = datetime(2026, 1, 5, 1, tzinfo=UTC)
ELSEWHERE = "440100"
OCTOBER = date(2026, 10, 31)
PASSWORD = "correct horse battery"


def scope(city: str) -> Scope:
    return Scope("a@x.example", Role.CITY, city, frozenset({city}))


def editions(db: Database) -> tuple[str, str, str]:
    """Of the watched city, of another, of everything."""
    day = open_day(db, None, None, today=NOW.date())
    return tuple(news.edition(db, one, day) for one in (scope(CITY), scope(ELSEWHERE), operator("a")))


@pytest.fixture
def judged(sqlite_db: Database) -> Database:
    project(sqlite_db, "P1", JAN)
    project(sqlite_db, "G1", JAN, city=ELSEWHERE)
    report(sqlite_db, "P1", JAN, OCTOBER, physical_bp=4_000)
    watch.evaluate(sqlite_db, NOW.date(), NOW, now=NOW)
    return sqlite_db


def test_a_figure_is_news_where_it_can_be_seen(judged: Database) -> None:
    mine, theirs, all_of_it = editions(judged)
    later = NOW + timedelta(minutes=5)
    report(judged, "P1", later, date(2026, 11, 20), physical_bp=4_100)
    assert editions(judged) == (mine, theirs, all_of_it)  # nothing shows it yet
    watch.refresh(judged, NOW.date(), later, now=later, cities=frozenset({CITY}))
    after = editions(judged)
    assert after[0] != mine and after[1] == theirs and after[2] != all_of_it


def test_judging_again_without_a_difference_is_no_news(judged: Database) -> None:
    before = editions(judged)
    later = NOW + timedelta(minutes=5)
    watch.refresh(judged, NOW.date(), later, now=later, cities=None)
    assert editions(judged) == before


def test_what_is_handed_in_is_news_before_it_is_judged(judged: Database) -> None:
    before = editions(judged)
    content = "项目编号,截止日期,形象进度（%）\nP1,2026-11-20,42\n".encode()
    assert take_in(judged, Delivery("x.csv", content, operator("a"), form="dispatch"), now=NOW).ok
    after = editions(judged)
    assert after[0] != before[0] and after[1] == before[1]


# --- the route --------------------------------------------------------------------------------------------------


@pytest.fixture
def client(judged: Database) -> Iterator[TestClient]:
    put(
        judged, Person, email="a@x.example", name="A", role=Role.CITY, place=CITY, created_at=clock.now(),
        password_hash=signin.hash_password(PASSWORD),
    )  # fmt: skip
    settings = Settings(_env_file=None)
    app = Starlette(
        routes=news.routes(settings, judged), middleware=[Middleware(Guard, find=lambda _secret: None)]
    )
    with TestClient(app, follow_redirects=False) as found:
        found.secret = signin.sign_in(
            judged, "a@x.example", PASSWORD, address="10.0.0.1", now=clock.now(), rules=rules_of(settings)
        )
        yield found


def test_nobody_is_told_anything(client: TestClient) -> None:
    client.cookies.set(COOKIE, "made up")
    for answer in (client.get(news.PATH), TestClient(client.app).get(news.PATH)):
        assert answer.status_code == 401 and not answer.content
        assert answer.headers["cache-control"] == "no-store"


def test_whoever_has_the_newest_is_told_so(client: TestClient, judged: Database) -> None:
    client.cookies.set(COOKIE, client.secret)
    first = client.get(news.PATH)
    assert first.status_code == 200 and first.text == editions(judged)[0]
    assert first.headers["cache-control"] == "no-store"
    again = client.get(news.PATH, headers={"if-none-match": first.headers["etag"]})
    assert again.status_code == 304 and not again.content


def test_asking_for_news_is_no_visit_and_ends_with_the_session(client: TestClient, judged: Database) -> None:
    client.cookies.set(COOKIE, client.secret)
    identity = signin.session_id_of(client.secret)

    def seen(ago: timedelta) -> datetime:
        """Was last here so long ago; asks for news; when was the last visit by then?"""
        with Session(judged.rw) as session, session.begin():
            session.get(SignIn, identity).seen_at = clock.now() - ago
        answer = client.get(news.PATH)
        assert answer.status_code == (200 if ago < rules.idle else 401)
        with Session(judged.ro) as session:
            return session.get(SignIn, identity).seen_at

    rules = rules_of(Settings(_env_file=None))
    assert seen(timedelta(minutes=20)) < clock.now() - timedelta(minutes=19)
    seen(rules.idle + timedelta(minutes=1))


def test_a_rerun_the_page_asked_for_is_no_visit_either(client: TestClient, judged: Database) -> None:
    identity, rules = signin.session_id_of(client.secret), rules_of(Settings(_env_file=None))
    later = clock.now() + timedelta(minutes=20)
    assert signin.glance(judged, identity, now=later, rules=rules)
    with Session(judged.ro) as session:
        assert session.get(SignIn, identity).seen_at < later - timedelta(minutes=19)
    assert signin.person_of(judged, identity, now=later, rules=rules)
    with Session(judged.ro) as session:
        assert session.get(SignIn, identity).seen_at == later
