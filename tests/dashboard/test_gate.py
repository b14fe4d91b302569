"""Anonymous sees nothing; signing in is guarded; dismissed means out."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, select
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from dashboard import sign_in
from dashboard.guard import COOKIE, SESSION_HEADER, Guard
from models import clock, signin
from models.db import Database
from models.people import Person, SignIn
from models.vocabulary import Role
from settings import Settings

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "correct horse battery"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(database_url=f"sqlite:///{tmp_path / 'dispatch.db'}", _env_file=None)


@pytest.fixture
def client(sqlite_db: Database, settings: Settings) -> Iterator[TestClient]:
    """The real guard and sign-in routes around a page and a socket that show who they were told it is."""
    with Session(sqlite_db.rw) as session, session.begin():
        session.add(
            Person(
                email="wang@example.cn",
                name="王",
                role=Role.CITY,
                place="210100",
                password_hash=signin.hash_password(PASSWORD),
                created_at=clock.now(),
            )
        )
    rules = sign_in.rules_of(settings)

    def page(request: Request) -> HTMLResponse:
        return HTMLResponse(f'<html lang="en"><p>{request.headers.get(SESSION_HEADER)}</p>')

    async def socket(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_text(websocket.headers[SESSION_HEADER])
        await websocket.close()

    app = Starlette(
        routes=[
            *sign_in.routes(settings, sqlite_db),
            Route("/healthz", lambda _r: JSONResponse({})),
            WebSocketRoute("/_stcore/stream", socket),
            Route("/{rest:path}", page, methods=["GET", "PUT", "POST"]),
        ],
        middleware=[
            Middleware(Guard, find=lambda s: signin.find_session(sqlite_db, s, now=clock.now(), rules=rules))
        ],
    )
    with TestClient(app, follow_redirects=False) as found:
        yield found


def enter(client: TestClient, password: str = PASSWORD, target: str = "/alerts?city=210100", **changes: str):
    form = client.get("/sign-in", params={"next": target}).text
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))
    fields["next"] = fields["next"].replace("&amp;", "&")
    return client.post("/sign-in", data=fields | {"email": "wang@example.cn", "password": password} | changes)


@pytest.mark.parametrize(
    "path", ["/", "/project?city=210100&project=P1", "/_stcore/host-config", "/media/x.csv"]
)
def test_anonymous_is_sent_away(client: TestClient, path: str) -> None:
    answer = client.get(path, headers={SESSION_HEADER: "spoofed"})
    assert answer.status_code in (303, 401)
    assert "spoofed" not in answer.text
    if answer.status_code == 303:
        assert answer.headers["location"].startswith("/sign-in?next=%2F")


def test_anonymous_gets_no_socket_and_no_upload(client: TestClient) -> None:
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/_stcore/stream"):
        pass
    assert client.put("/_stcore/upload_file/a/b", content=b"x").status_code == 401


@pytest.mark.parametrize("path", ["/_stcore/metrics", "/_stcore/agent/openapi.json"])
def test_monitoring_doors_are_closed_to_everybody(client: TestClient, path: str) -> None:
    enter(client)
    assert client.get(path).status_code == 404


def test_signing_in_leads_back_to_the_link(client: TestClient) -> None:
    answer = enter(client)
    assert (answer.status_code, answer.headers["location"]) == (303, "/alerts?city=210100")
    assert "HttpOnly" in answer.headers["set-cookie"] and "SameSite=lax" in answer.headers["set-cookie"]
    page = client.get("/", headers={SESSION_HEADER: "spoofed", "accept-language": "zh-CN"})
    assert page.status_code == 200 and "spoofed" not in page.text
    assert '<html lang="zh-CN"' in page.text and page.headers["x-frame-options"] == "DENY"
    with client.websocket_connect("/_stcore/stream", headers={SESSION_HEADER: "spoofed"}) as socket:
        assert socket.receive_text() in page.text


def test_another_page_that_asks_to_sign_in_does_not_spoil_an_open_form(client: TestClient) -> None:
    form = client.get("/sign-in").text
    client.get("/sign-in", params={"next": "/favicon.ico"})
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))
    answer = client.post("/sign-in", data=fields | {"email": "wang@example.cn", "password": PASSWORD})
    assert answer.status_code == 303


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:1"]
)
def test_signing_in_never_leads_elsewhere(client: TestClient, target: str) -> None:
    assert enter(client, target=target).headers["location"] == "/"
    assert enter(client, next=target).headers["location"] == "/"


def test_a_wrong_password_and_a_forged_form_are_refused(client: TestClient) -> None:
    assert enter(client, password="wrong password!").status_code == 401
    assert enter(client, form="forged").status_code == 401
    assert COOKIE not in client.cookies


def test_a_body_that_is_no_form_is_refused(client: TestClient) -> None:
    kind = {"content-type": "application/x-www-form-urlencoded"}
    assert client.post("/sign-in", content=b"\xff\xfe=1", headers=kind).status_code == 401
    assert client.post("/sign-in", content=b"form=" + b"x" * 9_000, headers=kind).status_code == 401


@pytest.mark.parametrize("path", ["/favicon/project", "/sign-inx", "/_stcore/healthx", "/healthz/x"])
def test_a_path_that_only_begins_like_a_public_one_is_not_public(client: TestClient, path: str) -> None:
    assert client.get(path).status_code in (303, 401)


def test_guessing_is_stopped_even_for_the_right_password(client: TestClient, settings: Settings) -> None:
    for _ in range(settings.guesses_per_quarter_hour):
        assert enter(client, password="wrong password!").status_code == 401
    assert enter(client).status_code == 401


def test_signing_in_often_with_the_right_password_locks_nobody_out(
    client: TestClient, settings: Settings
) -> None:
    for _ in range(settings.guesses_per_quarter_hour * 6):
        assert enter(client).status_code == 303


def test_signing_out_ends_the_session_for_every_copy_of_the_cookie(client: TestClient) -> None:
    enter(client)
    secret = client.cookies[COOKIE]
    client.get("/sign-out")
    client.cookies.set(COOKIE, secret)
    assert client.get("/").status_code == 303


def test_dismissed_means_out(client: TestClient, sqlite_db: Database) -> None:
    enter(client)
    assert client.get("/").status_code == 200
    with Session(sqlite_db.rw) as session, session.begin():
        session.get(Person, "wang@example.cn").disabled_at = clock.now()
    assert client.get("/").status_code == 303


def test_sessions_end_by_idleness_and_age(
    sqlite_db: Database, client: TestClient, settings: Settings
) -> None:
    enter(client)
    secret, rules, now = client.cookies[COOKIE], sign_in.rules_of(settings), clock.now()
    assert signin.find_session(sqlite_db, secret, now=now + timedelta(minutes=29), rules=rules)
    assert not signin.find_session(sqlite_db, secret, now=now + timedelta(hours=2), rules=rules)
    with Session(sqlite_db.rw) as session, session.begin():
        session.exec(select(SignIn)).one().created_at = now - timedelta(hours=13)
    assert not signin.find_session(sqlite_db, secret, now=now, rules=rules)


def test_only_the_hash_of_a_session_is_stored(client: TestClient, sqlite_db: Database) -> None:
    enter(client)
    with Session(sqlite_db.ro) as session:
        assert client.cookies[COOKIE] not in session.exec(select(SignIn)).one().model_dump_json()


def test_no_folder_of_pages_and_no_module_that_shadows_a_package() -> None:
    assert not (ROOT / "dashboard" / "pages").exists()
    packages = {"models", "collectors", "alerts", "dashboard", "operation", "tests", "settings", "manage"}
    assert packages.isdisjoint(path.stem for path in (ROOT / "dashboard").glob("*.py"))


def test_an_address_of_several_parts_leads_to_the_page_that_explains_it(client: TestClient) -> None:
    """Streamlit's program would look for its files beside such an address and stay blank; its own calls pass."""
    enter(client)
    found = client.get("/points/x?lang=en", headers={"accept": "text/html"})
    assert found.status_code == 303
    assert found.headers["location"] == "/lost?lang=en&address=%2Fpoints%2Fx"
    assert client.get("/points/x", headers={"accept": "*/*"}).status_code != 303
    assert client.get("/_stcore/health", headers={"accept": "text/html"}).status_code != 303
