"""A declaration is checked with one clear line; a source is claimed by one worker; pauses follow the rhythm."""

import re
import threading
import tomllib
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
import sqlalchemy as sa
from pydantic import BaseModel
from sqlmodel import Session

from collectors import sources
from collectors.credentials import Basic, Bearer, Secret, Signed
from collectors.declaration import Declaration, DeclarationError, read_declaration
from collectors.failure import Failure
from collectors.sources import After, Ran
from models.audit import AuditRow, verify
from models.db import Database
from models.sources import Source
from models.vocabulary import PullOutcome

EXAMPLE = Path(sources.__file__).parent / "declared" / "example.toml"
BASE = 'name = "shenyang"\ncity = "210100"\nform = "dispatch"\nevery_minutes = 60\n'
URL = BASE + 'url = "https://api.example.cn/projects"\n'
MINUTE = timedelta(minutes=1)


def models(annotation: Any) -> Iterator[type[BaseModel]]:
    """The tables that a key of a declaration may hold."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from models(part)


def parts() -> Iterator[set[str]]:
    """Every key that a declaration may have, table by table."""
    yield set(Declaration.model_fields)
    for key in Declaration.model_fields.values():
        for model in models(key.annotation):
            yield set(model.model_fields)


def test_the_example_is_a_declaration_and_names_every_key() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    told = read_declaration(text)
    assert told.city == "210100" and told.paging.total == "data.total"
    named = set(re.findall(r"^#? ?([a-z_]+) =", text, re.MULTILINE)) | set(
        re.findall(r"^\[([a-z]+)\]", text, re.MULTILINE)
    )
    named |= set(re.findall(r"(?:bearer|basic|hmac): ([a-z_, ]+)", text)[0].split(", ")) | {
        "token",
        "user",
        "password",
    }
    assert len(list(parts())) == 7
    for keys in parts():
        assert keys <= named, keys - named


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (BASE, 'an http source has a "url"'),
        (URL + "foo = 1", "foo: Extra inputs are not permitted"),
        (URL.replace("shenyang", "Shen Yang"), "name: "),
        (URL.replace("60", "0"), "every_minutes: "),
        (URL.replace('"dispatch"', '"dispach"'), "form is one of projects, plan, dispatch, adjustments, members"),
        (URL.replace('"dispatch"', '"evaluations"'), "form: evaluations is not handed in by cities"),
        (URL.replace('form = "dispatch"', 'mapping = "mexico_opa"'), "a city reports by"),
        (URL.replace('city = "210100"', "nation = true"), "a nation's source by"),
        (URL + "nation = true", 'name either a "city"'),
        (URL.replace('form = "dispatch"\n', ""), 'name either a "form" or a "mapping"'),
        (URL.replace("https://api", "ftp://api"), 'an http source has a "url"'),
        (URL.replace("api.example.cn", "u:p@api.example.cn"), "no name or password"),
        (URL.replace("api.example.cn", "2130706433"), "the host of the url cannot be used"),
        (URL.replace("api.example.cn", "0x7f.1"), "the host of the url cannot be used"),
        (URL + 'hosts = ["https://b.cn"]', "hosts: 'https://b.cn' is not a host"),
        (URL + 'hosts = ["127.1"]', "hosts: '127.1' is not a host"),
        (URL + 'networks = ["0.0.0.0/0"]', "networks: 0.0.0.0/0 is wider than /8"),
        (URL + 'networks = ["10.0.0.1/8"]', "networks: 10.0.0.1/8 has host bits set"),
        (URL + 'ca_file = "ca.pem"', "ca_file: "),
        (URL + '[auth]\nkind = "bearer"\ntoken = "geheim"', "auth.token: "),
        (URL + '[auth]\nkind = "bearer"\ntoken = { env = "SECRET_KEY" }', "auth.token.env: "),
        (URL + '[auth]\nkind = "bearer"\ntoken = { }', "auth.token: name either env or file"),
        (URL + '[auth]\nkind = "digest"', "auth: "),
        (URL + '[paging]\nby = "page"', 'paging: "parameter" is needed'),
        (URL + '[paging]\nby = "page"\nparameter = "p"', 'paging: one of "size", "total" and "pages"'),
        (URL + '[paging]\nby = "cursor"\nparameter = "c"', 'paging: "next" is needed'),
        (URL + 'format = "csv"\n[paging]\nby = "link"', '"paging" is for http sources with format = "json"'),
        (URL + 'method = "POST"\n[paging]\nby = "link"', 'paging by "link" needs method = "GET"'),
        (URL + 'format = "csv"\nrecords = "data"', '"records" is for JSON'),
        (URL + '[fields]\nprogres = "x"', "progres is no column of the form dispatch"),
        (URL + '[fields]\ncode = "x"\n[constants]\ncode = "y"', "code stands under fields and under constants"),
        (URL + '[units]\ninvested = "USD"', "units: invested cannot be in 'USD'"),
        (URL + '[units]\nphysical_pct = "元"', "units: physical_pct cannot be in '元'"),
        (BASE + 'kind = "folder"', 'a folder has a "path"'),
        (BASE + 'kind = "folder"\npath = "in"', "path: "),
        (BASE + 'kind = "folder"\npath = "/in"', 'a folder needs a "format"'),
        (BASE + 'kind = "folder"\npath = "/in"\n[parameters]\na = "1"', "are for http sources"),
        ("name = ", "not TOML: "),
    ],
)  # fmt: skip
def test_a_wrong_declaration_is_refused_in_one_line_that_names_the_key(text: str, said: str) -> None:
    with pytest.raises(DeclarationError) as caught:
        read_declaration(text)
    assert str(caught.value).startswith(said) or said in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_constants_may_follow_the_day() -> None:
    told = read_declaration(URL + '[constants]\nas_of = "{month_end}"\nnarrative = "{today}"\nproblem = "x"')
    layout = told.layout(date(2026, 3, 1))
    assert dict(layout.constants) == {"as_of": "2026-02-28", "narrative": "2026-03-01", "problem": "x"}
    nation = URL.replace('city = "210100"', "nation = true").replace(
        'form = "dispatch"', 'mapping = "mexico_opa"'
    )
    assert read_declaration(nation + 'as_of = "{yesterday}"').as_of_on(date(2026, 3, 1)) == date(2026, 2, 28)


def test_credentials_are_named_never_written() -> None:
    auth = {
        'kind = "bearer"\ntoken = { env = "SOURCE_T" }': Bearer(Secret(env="SOURCE_T")),
        'kind = "basic"\nuser = "u"\npassword = { file = "/run/p" }': Basic("u", Secret(file="/run/p")),
        'kind = "hmac"\nkey_id = "k"\nsecret = { env = "SOURCE_S" }': Signed("k", Secret(env="SOURCE_S")),
    }
    for text, expected in auth.items():
        assert read_declaration(f"{URL}[auth]\n{text}").auth.auth == expected


# --- in the database ----------------------------------------------------------------------------------------


def source(db: Database, name: str = "shenyang") -> Source:
    with Session(db.ro) as session:
        return session.get(Source, name)


def test_a_city_that_is_not_there_is_refused(sqlite_db: Database, now: datetime) -> None:
    with pytest.raises(DeclarationError, match="no city with the code 999999"):
        sources.add(sqlite_db, URL.replace("210100", "999999"), by="a", now=now)
    with pytest.raises(DeclarationError, match="no city with the code 210000"):
        sources.add(sqlite_db, URL.replace("210100", "210000"), by="a", now=now)


def test_declaring_again_reads_from_the_start_and_keeps_the_past(db: Database, now: datetime) -> None:
    sources.add(db, URL, by="a@b.example", now=now)
    (claimed,) = sources.claim(db, ["shenyang"], now)
    good = Ran(PullOutcome.OK, shape={"code": {"kinds": ["text"], "everywhere": True}})
    sources.note(
        db, claimed, [good], After('"v1"', "then", "2026-11-23", "0" * 64), now=now, due_at=now + MINUTE
    )
    (claimed,) = sources.claim(db, ["shenyang"], now + MINUTE)
    assert claimed.standing.etag == '"v1"' and claimed.standing.cursor == "2026-11-23"
    assert claimed.standing.shape == good.shape and claimed.sha256 == "0" * 64
    sources.release(db, claimed)
    sources.add(db, URL.replace("60", "30"), by="c@b.example", now=now + 2 * MINUTE)
    (claimed,) = sources.claim(db, ["shenyang"], now + 2 * MINUTE)
    assert claimed.told.every_minutes == 30
    assert claimed.standing == sources.Standing() and claimed.sha256 is None
    assert source(db).last_ok_at == now


def test_only_one_worker_has_a_source(db: Database, now: datetime) -> None:
    sources.add(db, URL, by="a", now=now)
    taken, start = [], threading.Barrier(4)

    def worker() -> None:
        start.wait()
        taken.extend(sources.claim(db, ["shenyang"], now))

    threads = [threading.Thread(target=worker) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (claimed,) = taken
    assert sources.due(db, now, limit=9) == []
    assert sources.claim(db, ["shenyang"], claimed.until - MINUTE, only_due=False) == []
    assert sources.claim(db, ["shenyang"], claimed.until), "a worker that died costs one lease"
    late = Ran(PullOutcome.ERROR, Failure("H-TIMEOUT", {"limit": "10"}))
    sources.note(db, claimed, [late], After(), now=claimed.until, due_at=now)
    assert source(db).failures == 0 and source(db).claimed_until is not None, "the claim is another's now"


def test_what_is_off_or_not_due_is_not_pulled(sqlite_db: Database, now: datetime) -> None:
    sources.add(sqlite_db, URL, by="a", now=now)
    assert [name for name, _ in sources.due(sqlite_db, now, limit=9)] == ["shenyang"]
    assert sources.due(sqlite_db, now - MINUTE, limit=9) == []
    assert sources.claim(sqlite_db, ["shenyang"], now - MINUTE) == []
    assert sources.set_enabled(sqlite_db, "shenyang", False, by="a", now=now)
    assert sources.due(sqlite_db, now, limit=9) == [] == sources.claim(sqlite_db, ["shenyang"], now)
    assert not sources.ask_for(sqlite_db, "shenyang", now=now)
    assert sources.set_enabled(sqlite_db, "shenyang", True, by="a", now=now)
    assert not sources.set_enabled(sqlite_db, "nobody", True, by="a", now=now)
    assert sources.claim(sqlite_db, ["shenyang", "nobody"], now)


def test_a_source_that_never_brought_anything_can_be_removed(sqlite_db: Database, now: datetime) -> None:
    sources.add(sqlite_db, URL, by="a", now=now)
    (claimed,) = sources.claim(sqlite_db, ["shenyang"], now)
    run = Ran(PullOutcome.ERROR, Failure("H-AUTH", {"found": 401}))
    sources.note(sqlite_db, claimed, [run], After(), now=now, due_at=now)
    assert sources.remove(sqlite_db, "shenyang", by="a", now=now) and source(sqlite_db) is None
    assert not sources.remove(sqlite_db, "shenyang", by="a", now=now)


def test_whatever_is_done_with_a_source_is_audited(db: Database, now: datetime) -> None:
    sources.add(db, URL, by="op@x.cn", now=now)
    sources.set_enabled(db, "shenyang", False, by="op@x.cn", now=now)
    sources.set_enabled(db, "shenyang", True, by="op@x.cn", now=now)
    sources.set_enabled(db, "nobody", True, by="op@x.cn", now=now)
    sources.remove(db, "shenyang", by="op@x.cn", now=now)
    sources.remove(db, "shenyang", by="op@x.cn", now=now)
    with db.ro.connect() as connection:
        found = connection.execute(sa.select(AuditRow.__table__).order_by(AuditRow.seq)).all()
    told = [row.what.removeprefix("Data source ") for row in found]
    assert told == ["declared", "switched off", "switched on", "removed"]
    assert {(row.who, row.place, row.about, row.kind) for row in found} == {
        ("op@x.cn", "210100", "shenyang", "administration")
    }
    assert URL not in found[0].details and verify(db).broken is None


@pytest.mark.parametrize(
    ("failure", "failures", "minutes"),
    [
        (None, 0, 60),
        (Failure("H-AUTH"), 1, 60),
        (Failure("H-5XX", retryable=True), 1, 1),
        (Failure("H-5XX", retryable=True), 3, 4),
        (Failure("H-5XX", retryable=True), 9, 60),
        (Failure("H-5XX", retryable=True), 10_000, 60),
        (Failure("H-RATE", retryable=True, after_s=600), 1, 10),
        (Failure("H-RATE", retryable=True, after_s=3600), 1, 60),
    ],
)
def test_pauses_double_but_never_beyond_the_rhythm(
    failure: Failure | None, failures: int, minutes: int
) -> None:
    told = read_declaration(URL)
    assert sources.pause(told, failure, failures, 0.0) == minutes * MINUTE
    assert sources.pause(told, failure, failures, 1.0) <= max(minutes * MINUTE * 1.2, 60 * MINUTE)


def test_a_source_that_asks_to_wait_beyond_its_rhythm_is_heard() -> None:
    often = read_declaration(URL.replace("60", "5"))
    assert sources.pause(often, Failure("H-RATE", retryable=True, after_s=3600), 1, 0.0) == 60 * MINUTE


def test_the_example_is_toml_without_a_secret() -> None:
    assert "secret" in tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))["auth"]
    assert read_declaration(EXAMPLE.read_text(encoding="utf-8")).auth.auth.secret.env.startswith("SOURCE_")
