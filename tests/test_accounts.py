"""Managing accounts: what is refused, what ends, what is remembered, and that no hash or password is."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, select

from models import accounts, signin
from models.access import Action, Scope, operator, scope_of
from models.accounts import Change, Post, Wanted
from models.db import Database
from models.people import Person, SignIn
from models.places import NATION, XPCC
from models.queries import audit_log, people
from models.queries.audit_log import Narrow
from models.signin import SessionRules
from models.vocabulary import Department, Role

RULES = SessionRules(timedelta(minutes=30), timedelta(hours=12), 10)
CITY = Post(Role.CITY, "210100", Department.INDUSTRY)
PASSWORD = "correct horse battery"


@pytest.fixture
def change(now: datetime) -> Change:
    return Change(operator("operator@localhost"), now)


def add(
    db: Database, change: Change, email: str = "wang@example.cn", post: Post = CITY, **more: object
) -> str:
    found = accounts.add(db, Wanted(email, "王", post, **more), change)
    assert found.refusal is None
    return found.password or ""


def enter(db: Database, password: str, now: datetime, email: str = "wang@example.cn") -> str | None:
    return signin.sign_in(db, email, password, address="10.0.0.1", now=now, rules=RULES)


def scope(db: Database, email: str) -> Scope:
    with Session(db.ro) as session:
        return scope_of(session, session.get(Person, email))


def test_a_password_for_once_opens_nothing_but_its_change(
    db: Database, change: Change, now: datetime
) -> None:
    once = add(db, change)
    secret = enter(db, once, now)
    assert secret and signin.find_session(db, secret, now=now, rules=RULES) is None
    assert signin.person_at_door(db, secret, now=now, rules=RULES).email == "wang@example.cn"
    other = enter(db, once, now)
    by = "wang@example.cn"
    assert accounts.set_password(db, by, PASSWORD, by=by, now=now, but=secret) is None
    assert signin.find_session(db, secret, now=now, rules=RULES)
    assert signin.person_at_door(db, other, now=now, rules=RULES) is None
    assert enter(db, once, now) is None and enter(db, PASSWORD, now)


def test_a_password_for_once_is_over_in_time(db: Database, change: Change, now: datetime) -> None:
    once = add(db, change)
    secret = enter(db, once, now + timedelta(hours=71))
    assert secret
    later = now + timedelta(hours=72)
    assert enter(db, once, later) is None
    assert signin.person_at_door(db, secret, now=later, rules=RULES) is None
    assert accounts.reset(db, "wang@example.cn", replace(change, now=later)).password


@pytest.mark.parametrize(
    ("wanted", "refusal"),
    [
        (Wanted("no-address", "王", CITY), accounts.NO_ADDRESS),
        (Wanted("a b@example.cn", "王", CITY), accounts.NO_ADDRESS),
        (Wanted("a@example.cn", " ", CITY), accounts.NO_NAME),
        (Wanted("WANG@example.cn", "王", CITY), accounts.TAKEN),
        (Wanted("a@example.cn", "王", Post(Role.CITY, "999999")), accounts.NO_PLACE),
        (Wanted("a@example.cn", "王", Post(Role.CITY, "210000")), accounts.NO_PLACE),
        (Wanted("a@example.cn", "王", Post(Role.AUDITOR, "210100")), accounts.NO_PLACE),
        (Wanted("a@example.cn", "王", Post(Role.OPERATOR, NATION)), accounts.NO_PLACE),
        (
            Wanted("a@example.cn", "王", Post(Role.AUDITOR, NATION, Department.FINANCE)),
            accounts.NO_DEPARTMENT,
        ),
        (Wanted("a@example.cn", "王", CITY, password="short"), accounts.TOO_SHORT),
    ],
)
def test_what_cannot_be_is_refused_in_words(
    db: Database, change: Change, wanted: Wanted, refusal: str
) -> None:
    add(db, change)
    assert accounts.add(db, wanted, change).refusal == refusal
    assert [row.email for row in people.people(db)] == ["wang@example.cn"]


def test_only_who_manages_people_may(db: Database, change: Change, now: datetime) -> None:
    add(db, change)
    add(db, change, "m@example.cn", Post(Role.MINISTRY, NATION))
    theirs = Change(scope(db, "m@example.cn"), now)
    assert accounts.add(db, Wanted("x@example.cn", "x", CITY), theirs).refusal == accounts.NOT_YOURS
    assert accounts.disable(db, "wang@example.cn", theirs) == accounts.NOT_YOURS
    assert accounts.enable(db, "wang@example.cn", theirs) == accounts.NOT_YOURS
    assert accounts.reset(db, "wang@example.cn", theirs).refusal == accounts.NOT_YOURS
    assert accounts.change_post(db, "wang@example.cn", CITY, theirs) == accounts.NOT_YOURS
    post = Post(Role.MINISTRY, NATION, administers=True)
    assert accounts.change_post(db, "m@example.cn", post, change) is None
    theirs = Change(scope(db, "m@example.cn"), now)
    assert accounts.disable(db, "wang@example.cn", theirs) is None


def test_nobody_removes_the_last_who_manages_people(db: Database, change: Change) -> None:
    first, second = "a@example.cn", "b@example.cn"
    add(db, change, first, Post(Role.ADMINISTRATOR, NATION))
    assert accounts.disable(db, first, change) == accounts.LAST
    assert accounts.change_post(db, first, CITY, change) == accounts.LAST
    add(db, change, second, Post(Role.MINISTRY, NATION, administers=True))
    assert accounts.disable(db, first, change) is None
    assert accounts.disable(db, second, change) == accounts.LAST
    assert accounts.change_post(db, second, Post(Role.MINISTRY, NATION), change) == accounts.LAST
    assert accounts.change_post(db, second, Post(Role.ADMINISTRATOR, NATION), change) is None


def test_disabling_ends_every_session_for_good(db: Database, change: Change, now: datetime) -> None:
    add(db, change, password=PASSWORD)
    secret = enter(db, PASSWORD, now)
    assert accounts.disable(db, "wang@example.cn", change) is None
    assert accounts.disable(db, "wang@example.cn", change) == accounts.IS_DISABLED
    assert accounts.reset(db, "wang@example.cn", change).refusal == accounts.IS_DISABLED
    assert enter(db, PASSWORD, now) is None
    assert accounts.enable(db, "wang@example.cn", change) is None
    assert signin.find_session(db, secret, now=now, rules=RULES) is None
    assert enter(db, PASSWORD, now)


def test_signing_out_everywhere_ends_every_browser(db: Database, change: Change, now: datetime) -> None:
    add(db, change, password=PASSWORD)
    secrets = [enter(db, PASSWORD, now) for _ in range(3)]
    assert accounts.end_everywhere(db, "wang@example.cn", "wang@example.cn", now=now) == 3
    assert not any(signin.find_session(db, one, now=now, rules=RULES) for one in secrets)


def test_a_new_password_is_new_long_enough_and_no_name(db: Database, change: Change, now: datetime) -> None:
    add(db, change, password=PASSWORD)
    by = {"by": "wang@example.cn", "now": now}
    assert accounts.set_password(db, "wang@example.cn", "short", **by) == accounts.TOO_SHORT
    assert accounts.set_password(db, "wang@example.cn", "i am WANG, always", **by) == accounts.NOT_NEW
    assert accounts.set_password(db, "nobody@example.cn", PASSWORD, **by) == accounts.NOBODY


def test_a_scope_follows_the_post_and_administrators_see_no_figures(db: Database, change: Change) -> None:
    posts = {
        "m@x.cn": Post(Role.MINISTRY, NATION, Department.FINANCE),
        "p@x.cn": Post(Role.PROVINCE, "210000"),
        "c@x.cn": CITY,
        "xpcc@x.cn": Post(Role.CITY, XPCC),
        "a@x.cn": Post(Role.AUDITOR, NATION),
        "admin@x.cn": Post(Role.ADMINISTRATOR, NATION),
        "both@x.cn": Post(Role.PROVINCE, "210000", administers=True),
    }
    for email, post in posts.items():
        add(db, change, email, post)
    reached = {email: scope(db, email) for email in posts}
    assert reached["m@x.cn"].cities is None and reached["a@x.cn"].cities is None
    assert reached["admin@x.cn"].cities == frozenset()
    assert reached["both@x.cn"].cities == reached["p@x.cn"].cities and "210100" in reached["p@x.cn"].cities
    may = {email: {action for action in Action if one.may(action)} for email, one in reached.items()}
    assert may["a@x.cn"] == {Action.SEE, Action.AUDIT}
    assert may["admin@x.cn"] == {Action.ADMINISTER, Action.AUDIT}
    assert may["both@x.cn"] == may["p@x.cn"] | {Action.ADMINISTER, Action.AUDIT}
    assert not reached["a@x.cn"].decides("210100") and not reached["admin@x.cn"].covers("210100")


def test_every_deed_is_remembered_without_a_secret(db: Database, change: Change, now: datetime) -> None:
    once = add(db, change)
    secret = enter(db, once, now)
    accounts.set_password(db, "wang@example.cn", PASSWORD, by="wang@example.cn", now=now, but=secret)
    enter(db, "wrong password!", now)
    signin.sign_out(db, secret, now=now)
    signin.sign_out(db, secret, now=now)  # a second time is no deed
    reset = accounts.reset(db, "wang@example.cn", change).password
    accounts.change_post(db, "wang@example.cn", Post(Role.CITY, "210200"), change, name="王二")
    accounts.disable(db, "wang@example.cn", change)
    entries = audit_log.entries(db, Narrow(), limit=99)
    assert [entry.what for entry in reversed(entries)] == [
        accounts.ADDED,
        signin.SIGNED_IN,
        accounts.OWN_PASSWORD,
        signin.WRONG,
        signin.SIGNED_OUT,
        accounts.RESET,
        accounts.CHANGED,
        accounts.DISABLED,
    ]
    changed = next(entry for entry in entries if entry.what == accounts.CHANGED)
    assert (changed.details["before"]["place"], changed.details["after"]["place"]) == ("210100", "210200")
    said = str(entries)
    with Session(db.ro) as session:
        stored = session.get(Person, "wang@example.cn").password_hash
        hashes = [row.id for row in session.exec(select(SignIn))]
    assert not any(
        text in said for text in (once, PASSWORD, "wrong password", reset, secret, stored, *hashes)
    )


def test_a_flood_of_guesses_leaves_few_entries(db: Database, change: Change, now: datetime) -> None:
    add(db, change, password=PASSWORD)
    for _ in range(40):
        enter(db, "wrong password!", now)
    what = [entry.what for entry in audit_log.entries(db, Narrow(kind="refused"), limit=99)]
    assert what == [signin.TOO_MANY, *[signin.WRONG] * 10]


def test_what_is_typed_for_an_address_is_not_kept(db: Database, now: datetime) -> None:
    for typed in ("MyPassword123", "nobody@example.cn", "nul\0l@example.cn"):
        assert enter(db, "whatever it is", now, email=typed) is None
    assert {entry.who for entry in audit_log.entries(db, Narrow(), limit=9)} == {"?", "?@example.cn"}


def test_people_are_found_by_name_address_and_place(db: Database, change: Change) -> None:
    add(db, change)
    add(db, change, "li_100%@example.cn", Post(Role.PROVINCE, "440000"))
    assert [row.email for row in people.people(db, "沈阳")] == ["wang@example.cn"]
    assert [row.email for row in people.people(db, "100%")] == ["li_100%@example.cn"]
    assert people.people(db, "0000%") == [] and len(people.people(db, "", Role.CITY)) == 1
    assert "password_hash" not in people.PersonRow.__dataclass_fields__
