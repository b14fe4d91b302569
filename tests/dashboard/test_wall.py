"""The wall: every page, download, route and hand-made URL, as everybody and as nobody; nothing of another scope.

Pages are taken from ``dashboard.main``'s own list and routes from ``dashboard.app``'s, so a new one is tried without
being named here. One city's rows carry a word that stands nowhere else; whoever may not see that city must not meet
it, in whatever a page sends to the browser or offers for download.
"""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from alerts import watch
from collectors import adjust, signoff, sources, withdraw
from collectors.adjust import Verdict
from collectors.drafts import Kept, keep
from collectors.intake import Delivery, take_in
from collectors.signoff import Grant, Signing
from collectors.withdraw import Act
from dashboard import sign_in
from dashboard.app import doors
from dashboard.guard import COOKIE, Guard
from models import accounts, clock, signin, tokens
from models.access import Scope, operator, scope_of
from models.accounts import Change, Post, Wanted
from models.alerts import Alert
from models.db import Database
from models.people import Person
from models.periods import Period
from models.places import NATION
from models.queries import audit_log
from models.queries.audit_log import Narrow
from models.reports import Submission, SubmissionFile
from models.vocabulary import Department, ExceptionKind, Role
from settings import Settings
from tests.builders import CITY, WAN, adjustment, fund, milestone, plan, point, project, put, report

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=clock.UTC)
JAN, NOV = datetime(2026, 1, 5, 1, tzinfo=clock.UTC), datetime(2026, 11, 2, 1, tzinfo=clock.UTC)
PASSWORD = "correct horse battery"

#: Stands in every text of the city that is watched; and in no code of this project.
WORD = "ZQX"
#: A sum that no other row has, as pages write it in either unit.
SUMS = ("7654321", "7,654,321", "765.4321", "76.5432")

_POSTS = {
    "ministry": Post(Role.MINISTRY, NATION, Department.FINANCE),
    "province": Post(Role.PROVINCE, "210000", Department.INDUSTRY),
    "city": Post(Role.CITY, CITY, Department.INDUSTRY),
    "auditor": Post(Role.AUDITOR, NATION),
    "elsewhere": Post(Role.CITY, "440100", Department.INDUSTRY),
    "other.province": Post(Role.PROVINCE, "440000", Department.FINANCE),
    "administrator": Post(Role.ADMINISTRATOR, NATION),
    "both": Post(Role.CITY, "440100", None, administers=True),
}
INSIDE = ("ministry", "province", "city", "auditor")
OUTSIDE = ("other.province", "administrator", "both")

#: Hand-made addresses; ``{alert}`` is the watched city's.
ADDRESSES: tuple[dict[str, str], ...] = (
    {},
    {"city": CITY, "project": "K1", "on": "2026-11-20", "known_at": "2026-11-20T12:00"},
    {"project": "K1", "q": "K1", "person": "city@x.example", "who": "city@x.example", "place": CITY},
    {"province": "210000"},
    {"submission": "s1", "holder": CITY, "source": "sy", "period": "2026-10-31"},
    {"submission": "s1", "holder": NATION, "city": "440100"},
    {"alert": "{alert}", "city": CITY},
    {"alert": "{alert}", "city": "440100"},
)


def script(url: str, email: str, path: str) -> None:
    """One page as one person: the page of that path in the list of ``dashboard.main``, whoever is offered it."""
    from datetime import UTC, datetime

    import streamlit as st
    from sqlmodel import Session

    from dashboard import main
    from dashboard.visit import Visit
    from models.access import operator, scope_of
    from models.db import open_database
    from models.people import Person
    from models.words import words
    from settings import Settings

    db, given = open_database(url, pooled=False), st.download_button
    st.session_state["downloads"] = []

    def caught(label: str, data: object = b"", *args: object, **options: object) -> bool:
        content = data() if callable(data) else data
        st.session_state["downloads"].append(content if isinstance(content, bytes) else str(content).encode())
        return given(label, b"", *args, **options)

    def visit(scope: object) -> Visit:
        now, settings = datetime(2026, 11, 23, 2, 0, tzinfo=UTC), Settings(_env_file=None, database_url=url)
        return Visit("A", scope, words("en"), db, now, settings)

    def listed(visit: Visit) -> list[st.Page]:
        pages = [page for pages in main._sections(visit).values() for page in pages]
        return [page for page in pages if page._url_path]  # what opens at "/" is there under its own name too

    st.download_button = caught
    try:
        pages = {page.url_path: page for page in listed(visit(operator("a")))}
        st.session_state["pages"] = [page._url_path for page in pages.values()]
        with Session(db.ro) as session:
            mine = visit(scope_of(session, session.get(Person, email)))
        st.session_state["offered"] = [page._url_path for page in listed(mine)]
        if path:
            next(page for page in pages.values() if page._url_path == path)._page.func(mine)
    finally:
        st.download_button = given


@dataclass(frozen=True)
class House:
    """A filled database, its pages, and the watched city's alert."""

    db: Database
    pages: tuple[str, ...]
    alert: str

    def page(self, who: str, path: str, params: dict[str, str]) -> AppTest:
        url = self.db.ro.url.render_as_string(hide_password=False)
        app = AppTest.from_function(script, args=(url, f"{who}@x.example", path), default_timeout=60)
        for name, value in params.items():
            app.query_params[name] = value.format(alert=self.alert)
        app.run()
        assert not app.exception, (who, path, params, app.exception[0].value)
        return app

    def scope(self, who: str) -> Scope:
        with Session(self.db.ro) as session:
            return scope_of(session, session.get(Person, f"{who}@x.example"))


def sent(app: AppTest) -> str:
    """Everything a page sends to the browser, and what its downloads hold."""
    parts = [str(element.proto) for element in app._tree if getattr(element, "proto", None) is not None]
    return "\n".join([*parts, *map(unpacked, app.session_state["downloads"])])


def unpacked(content: bytes) -> str:
    if not content.startswith(b"PK"):
        return content.decode("utf-8", errors="replace")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return "\n".join(unpacked(archive.read(name)) for name in archive.namelist())


def fill(db: Database, now: datetime) -> None:
    """A point and a line of the watched city with all that hangs on them; a point elsewhere; people; a source."""
    for code, kind in (("K1", "point"), ("K2", "line")):
        more = {"chain": f"{WORD}链", "chain_owner": f"{WORD}链主"} if kind == "line" else {}
        project(
            db, code, JAN, kind=kind, name=f"{WORD}项目{code}", industry="26", unit_name=f"{WORD}厂",
            total_investment=7_654_321 * WAN, **more,
        )  # fmt: skip
    plan(db, "K1", NOV, version=2, name=f"{WORD}新名", planned_end=date(2027, 6, 30), adjustment=1)
    adjustment(db, "K1", NOV, 1, status="approved", version=2, document_no=f"{WORD} No. 7")
    adjustment(db, "K1", NOV, 2, ground_note=f"{WORD} why")
    point(db, "K1", JAN, date(2026, 10, 1), planned_bp=8_000)
    milestone(db, "K1", NOV, f"{WORD} roof", date(2026, 3, 1), note=f"{WORD} note")
    fund(db, "K1", NOV, "issued", date(2026, 3, 1), 200 * WAN)
    kept = dict(city=CITY, id="s1", form="dispatch", form_version="1", file_name=f"{WORD}.csv", sha256="x")
    kept |= dict(size=3, encoding="utf-8", uploader=f"{WORD}@x.example".lower(), received_at=NOV, rows=1)
    put(db, Submission, **kept, new=1, changed=0, same=0, warned=0, rejected=0)
    put(db, SubmissionFile, city=CITY, submission="s1", content=f"a,{WORD}".encode())
    report(
        db, "K1", NOV, date(2026, 10, 31), physical_bp=3_000, issued=200 * WAN, spent=10 * WAN,
        submission="s1", narrative=f"{WORD} happened",
    )  # fmt: skip
    project(db, "O1", JAN, city="440100", name="elsewhere")
    sources.add(
        db,
        f'name = "sy"\ntitle = "{WORD} system"\ncity = "{CITY}"\nform = "dispatch"\nevery_minutes = 60\n'
        'url = "https://api.example.cn/x"\n',
        by="a",
        now=now,
    )
    change = Change(operator("operator"), now)
    for name, post in _POSTS.items():
        wanted = Wanted(f"{name}@x.example", name, post, password=PASSWORD)
        assert accounts.add(db, wanted, change).refusal is None
    with db.rw.begin() as connection:
        theirs = Kept("dispatch", f"{WORD}.csv", f"项目编号\n{WORD}\n".encode(), 1, None)
        keep(connection, _scope(db, "city"), theirs, now)
    watch.evaluate(db, clock.local_day(now), now, now=now)


def _scope(db: Database, who: str) -> Scope:
    with Session(db.ro) as session:
        return scope_of(session, session.get(Person, f"{who}@x.example"))


@pytest.fixture
def house(sqlite_db: Database, now: datetime) -> House:
    fill(sqlite_db, now)
    with sqlite_db.ro.connect() as connection:
        a = Alert.__table__
        alert = connection.scalar(sa.select(a.c.id).where(a.c.city == CITY, a.c.project == "K1"))
    assert alert
    bare = House(sqlite_db, (), alert)
    return replace(bare, pages=tuple(bare.page("ministry", "", {}).session_state["pages"]))


def test_the_list_of_pages_is_whole(house: House) -> None:
    assert {"overview", "project", "reports", "people", "audit"} <= set(house.pages)


@pytest.mark.parametrize("who", OUTSIDE)
def test_nothing_of_another_scope_comes_out(house: House, who: str) -> None:
    for path in house.pages:
        for params in ADDRESSES:
            app = house.page(who, path, params)
            said = sent(app)
            if path == "sources" and "manages people" in _about(who):
                assert not any(one in said for one in SUMS)
                continue  # the health of every source is the administrator's business, its title with it
            if path in ("people", "audit"):
                assert not any(one in said for one in (f"{WORD}项目", f"{WORD}厂", *SUMS)), (path, params)
                continue
            found = [one for one in (WORD, WORD.lower() + "@", *SUMS) if one in said]
            assert not found, (who, path, params, found)


def _about(who: str) -> str:
    post = _POSTS[who]
    return "manages people" if post.administers or post.role == Role.ADMINISTRATOR else ""


@pytest.mark.parametrize("who", INSIDE)
def test_whoever_may_see_it_does(house: House, who: str) -> None:
    """The same search finds the word where it belongs; otherwise the test above could not fail."""
    seen = {path: WORD in sent(house.page(who, path, {})) for path in ("points", "lines", "city", "alerts")}
    assert all(seen.values()) or who in ("ministry", "auditor", "province"), seen
    assert seen["points"] and seen["lines"] and seen["alerts"]
    dossier = sent(house.page(who, "project", {"city": CITY, "project": "K1"}))
    assert f"{WORD} happened" in dossier and any(one in dossier for one in SUMS)
    receipt = house.page(who, "reports", {"submission": "s1", "holder": CITY})
    assert any(WORD.encode() in content for content in receipt.session_state["downloads"])
    assert WORD in sent(house.page(who, "alerts", {"alert": "{alert}", "city": CITY}))


def test_pages_are_offered_by_what_somebody_may(house: House) -> None:
    offered = {who: set(house.page(who, "", {}).session_state["offered"]) for who in _POSTS}
    upkeep = {"sources", "letters", "me"}
    figures = set(house.pages) - {"people", "audit", "administration"} - upkeep
    assert offered["administrator"] == {"people", "audit", "administration"} | upkeep
    assert offered["auditor"] == figures | {"audit", "administration"} | upkeep
    assert offered["both"] == set(house.pages)
    for who in ("ministry", "province", "city", "elsewhere"):
        assert offered[who] - {"administration"} == figures | upkeep
        assert ("administration" in offered[who]) == (who in ("ministry", "province"))


def test_what_opens_first_has_its_own_name_too(house: House) -> None:
    """Streamlit serves the first page at "/" alone: its own address would be told to be unknown."""
    for who, first in (("administrator", "people"), ("ministry", "overview")):
        app = house.page(who, "", {})
        assert first in app.session_state["offered"]


def test_administration_says_no_more_than_the_pages_it_leads_to(house: House) -> None:
    for who, shut in (
        ("administrator", ("/deadlines", "/rules", "Reporting windows")),
        ("ministry", ("/people", "/audit")),
        ("province", ("/people", "/audit")),
        ("auditor", ("/people",)),
        ("both", ()),
    ):
        said = sent(house.page(who, "administration", {}))
        assert "Worker and judgement" in said and "/letters" in said, who
        assert not [one for one in shut if one in said], who
    for who in ("city", "elsewhere"):
        assert "Not in your scope" in sent(house.page(who, "administration", {}))


@pytest.mark.parametrize("who", ["ministry", "province", "city", "elsewhere"])
def test_people_and_audit_are_closed_to_who_may_not(house: House, who: str) -> None:
    for path in ("people", "audit"):
        app = house.page(who, path, {"person": "administrator@x.example"})
        said = sent(app)
        assert "Not in your scope" in said and "administrator@x.example" not in said and not app.button


#: Buttons that only change what is shown.
HARMLESS = {
    *(
        "Check the chain now",
        "Back to the newest day",
        "Clear the filters",
        "Newest knowledge",
        "Previous red",
        "Next red",
    ),
    *("Last meeting", "Last working day", "The day before"),
    *("A week before", "End of last month", "A year before"),
}


def test_an_auditor_finds_nothing_that_writes(house: House) -> None:
    """Buttons check the chain or lead to another view; nothing takes a file, and no form is there."""
    for path in set(house.pages) - {"me"}:  # what one wants of one's own mails is everybody's to say
        for params in ADDRESSES:
            app = house.page("auditor", path, params)
            assert {button.label for button in app.button} <= HARMLESS, (path, params)
            assert not app.get("file_uploader") and not app.get("form"), (path, params)


def test_what_an_auditor_or_an_administrator_calls_is_refused(house: House, now: datetime) -> None:
    """Behind the pages too: no function that writes takes their word."""
    db, october = house.db, Period(date(2026, 10, 1), date(2026, 10, 31))
    for who in ("auditor", "administrator"):
        by = house.scope(who)
        header = "项目编号,截止日期,形象进度（%）\nK1,2026-10-31,31\n".encode()
        assert not take_in(db, Delivery("x.csv", header, by, form="dispatch"), now=now).ok
        assert withdraw.withdraw(db, CITY, "s1", Act(by, "why", now)).refusal == withdraw.NOT_THERE
        assert withdraw.revert(db, CITY, Act(by, "why", now)).refusal == withdraw.NOT_THERE
        with db.ro.connect() as connection:
            state = signoff.state_of(connection, CITY, october)[0]
        signing = Signing(by, CITY, october, state or "", now, "why")
        assert signoff.vouch(db, signing, Department.INDUSTRY) == signoff.NOT_YOURS
        assert signoff.accept(db, signing) == signoff.give_back(db, signing) == signoff.NOT_YOURS
        later = now + timedelta(days=1)
        wish = Grant(by, (CITY,), october.end, ExceptionKind.EXTENSION, later, "why", now)
        assert signoff.grant(db, wish) == signoff.NOT_YOURS
        assert not by.decides(CITY)
    before = audit_log.count(db, Narrow(kind="decision"))
    with db.rw.begin() as connection:
        verdict = Verdict(approve=False)
        assert adjust.decide(connection, (CITY, "K1", 2), verdict, by="p@x.example", now=now) is None
    assert audit_log.count(db, Narrow(kind="decision")) == before + 1


# --- routes ------------------------------------------------------------------------------------------------

#: What answers to nobody, and with what. A new public route has to be named here.
PUBLIC = {
    ("GET", "/healthz"): {200, 503},
    ("GET", "/sign-in"): {200},
    ("POST", "/sign-in"): {401},
    ("GET", "/sign-in/provider"): {303},
    ("GET", "/password"): {303},
    ("POST", "/password"): {303},
    ("POST", "/password/sign-out-everywhere"): {303},
    ("GET", "/api/v1/openapi.json"): {200},
}


@pytest.fixture
def client(house: House) -> Iterator[TestClient]:
    url = house.db.ro.url.render_as_string(hide_password=False)
    settings = Settings(_env_file=None, database_url=url)
    rules = sign_in.rules_of(settings)

    def page(_request: Request) -> PlainTextResponse:
        return PlainTextResponse(WORD)

    app = Starlette(
        routes=[*doors(settings, house.db), Route("/{rest:path}", page, methods=["GET", "PUT", "POST"])],
        middleware=[
            Middleware(Guard, find=lambda s: signin.find_session(house.db, s, now=clock.now(), rules=rules))
        ],
    )
    with TestClient(app, follow_redirects=False) as found:
        yield found


def routes(client: TestClient) -> list[tuple[str, str]]:
    """Every method and path of ours, with the watched city's ids put in."""
    found = [route for route in client.app.routes if route.path != "/{rest:path}"]
    paths = [(route, route.path.replace("{id}", "s1").replace("{rest:path}", "x")) for route in found]
    return [(method, path) for route, path in paths for method in sorted(route.methods or {"GET", "POST"})]


def test_routes_answer_nobody_but_where_they_must(client: TestClient) -> None:
    found = routes(client)
    assert len(found) > 10
    for method, path in found:
        if method == "HEAD":
            continue
        answer = client.request(method, path)
        expected = PUBLIC.get((method, path), {303, 401, 404})
        assert answer.status_code in expected, (method, path, answer.status_code)
        assert WORD not in answer.text
    for path in (
        "/",
        "/project?city=210100&project=K1",
        "/media/x.csv",
        "/component/x",
        "/_stcore/host-config",
    ):
        answer = client.get(path)
        assert answer.status_code in (303, 401) and WORD not in answer.text


@pytest.mark.parametrize("who", sorted(_POSTS))
def test_a_session_opens_no_route_of_programs_and_no_file_of_others(
    client: TestClient, house: House, who: str
) -> None:
    rules = sign_in.rules_of(Settings(_env_file=None))
    secret = signin.sign_in(
        house.db, f"{who}@x.example", PASSWORD, address="10.0.0.1", now=clock.now(), rules=rules
    )
    client.cookies.set(COOKIE, secret)
    for method, path in routes(client):
        if path.startswith("/api/") and path != "/api/v1/openapi.json":
            assert client.request(method, path).status_code in (401, 404), (method, path)
    assert client.get("/").text == WORD  # the wall is open to the page, which looks at the scope
    assert client.get("/media/0123456789abcdef.csv").status_code == 404


def test_a_token_reads_its_own_city_only(client: TestClient, house: House) -> None:
    for city, status in ((CITY, 200), ("440100", 404)):
        wanted = tokens.Wanted(f"system of {city}", city, ("dispatch",), 9)
        token = tokens.create(house.db, wanted, by="a", now=clock.now())
        answer = client.get("/api/v1/submissions/s1", headers={"authorization": f"Bearer {token}"})
        assert answer.status_code == status, answer.text
        assert (WORD in answer.text) is (status == 200)
