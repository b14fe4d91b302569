"""Signing in through an identity provider: the product as it is served, and a real provider on loopback.

Only the browser is ours: it follows redirects and keeps cookies.
"""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from joserfc.jwk import RSAKey

from models import accounts, clock
from models.access import operator
from models.accounts import Change, Post, Wanted
from models.db import Database, open_database
from models.migrate import migrate
from models.queries import audit_log
from models.queries.audit_log import Narrow
from models.vocabulary import Role
from tests.oidc import CLIENT, SECRET, Provider, provider
from tests.servers import free_port, http_server

ROOT = Path(__file__).resolve().parents[2]
KNOWN = {"email": "Wang@example.cn", "email_verified": True, "name": "王"}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Database, Provider]]:
    """The product with a declared provider: its address, its database, the provider."""
    home, port = tmp_path_factory.mktemp("provider"), free_port()
    url, address = f"sqlite:///{home / 'dispatch.db'}", f"http://localhost:{port}"
    db = open_database(url, pooled=False)
    migrate(db, clock.now())
    post, change = Post(Role.CITY, "210100"), Change(operator("o"), clock.now())
    for email in ("wang@example.cn", "closed@example.cn"):
        accounts.add(db, Wanted(email, "王", post, with_password=False), change)
    accounts.disable(db, "closed@example.cn", change)
    with provider(dict(KNOWN)) as one:
        (home / ".streamlit").mkdir()
        (home / ".streamlit" / "secrets.toml").write_text(
            f'[auth]\nredirect_uri = "{address}/oauth2callback"\ncookie_secret = "{"s" * 40}"\n'
            f'client_id = "{CLIENT}"\nclient_secret = "{SECRET}"\nlabel = "部委统一身份"\n'
            f'server_metadata_url = "{one.address}/.well-known/openid-configuration"\n',
            encoding="utf-8",
        )
        environment = {"HOME": str(home), "DATABASE_URL": url, "PORT": str(port)}
        with http_server(
            [sys.executable, "manage.py", "web"], environment, f"{address}/sign-in", log=home / "log"
        ):
            yield address, db, one


@pytest.fixture
def site(served: tuple[str, Database, Provider]) -> tuple[str, Database, Provider]:
    """The same, with a provider that tells the truth again."""
    one = served[2]
    one.claims, one.signs_with = dict(KNOWN), None
    one.spoil = lambda _claims: None
    return served


def arrive(address: str, browser: requests.Session, path: str = "/alerts?city=210100") -> requests.Response:
    """Ask for a page, follow the button of the provider, and everything after."""
    form = browser.get(address + path, timeout=20)
    assert "部委统一身份" in form.text
    way = re.search(r'href="(/sign-in/provider\?[^"]+)"', form.text).group(1).replace("&amp;", "&")
    return browser.get(address + way, timeout=20)


def newest(db: Database) -> audit_log.Entry:
    return audit_log.entries(db, Narrow(), limit=1)[0]


def test_a_vouched_address_with_an_account_is_in(site: tuple[str, Database, Provider]) -> None:
    address, db, _ = site
    browser = requests.Session()
    answer = arrive(address, browser)
    assert answer.status_code == 200 and answer.url == address + "/alerts?city=210100"
    assert set(browser.cookies.keys()) >= {"dispatch_session"}
    assert not [name for name in browser.cookies.keys() if name.startswith("_streamlit_user")]
    assert (newest(db).who, newest(db).details["by"]) == ("wang@example.cn", "default")
    browser.get(address + "/sign-out", timeout=20)
    assert urlsplit(browser.get(address + "/alerts", timeout=20).url).path == "/sign-in"


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        ({"email": "nobody@example.cn", "email_verified": True}, "nobody@example.cn"),
        ({"email": "closed@example.cn", "email_verified": True}, "closed@example.cn"),
        ({"email": "wang@example.cn", "email_verified": False}, "核验"),
        ({"email": "wang@example.cn"}, "核验"),
        ({"email": "wang@example.cn", "email_verified": "true"}, "核验"),
    ],
)
def test_who_has_no_account_or_no_verified_address_is_told_so(
    site: tuple[str, Database, Provider], claims: dict[str, Any], said: str
) -> None:
    address, db, one = site
    one.claims = claims
    browser = requests.Session()
    browser.headers["accept-language"] = "zh-CN"
    answer = arrive(address, browser)
    assert answer.status_code == 401 and said in answer.text and 'role="alert"' in answer.text
    assert "dispatch_session" not in browser.cookies
    assert newest(db).kind == "refused"


def _other(name: str, value: Any) -> Callable[[dict[str, Any]], None]:
    return lambda claims: claims.update({name: value})


@pytest.mark.parametrize(
    "spoil",
    [
        _other("nonce", "another"),
        lambda claims: claims.pop("nonce"),
        _other("aud", "another client"),
        lambda claims: claims.update(aud="another client", azp=CLIENT),
        _other("exp", 1_700_000_000),
        _other("iss", "http://127.0.0.1:1"),
    ],
    ids=["wrong nonce", "no nonce", "wrong audience", "audience with our party", "expired", "other issuer"],
)
def test_a_token_that_is_not_for_this_question_is_refused(
    site: tuple[str, Database, Provider], spoil: Callable[[dict[str, Any]], None]
) -> None:
    address, db, one = site
    one.spoil = spoil
    browser = requests.Session()
    answer = arrive(address, browser)
    assert answer.status_code == 401 and "dispatch_session" not in browser.cookies
    assert newest(db).kind == "refused"


def test_a_token_of_another_key_is_refused(site: tuple[str, Database, Provider]) -> None:
    address, _, one = site
    one.signs_with = RSAKey.generate_key(2048, {"kid": "k1"})
    browser = requests.Session()
    assert arrive(address, browser).status_code == 401 and "dispatch_session" not in browser.cookies


def test_the_providers_word_is_taken_once_and_only_where_it_was_asked(
    site: tuple[str, Database, Provider],
) -> None:
    """A copied word opens nothing, neither by itself nor a second time."""
    address, _, _ = site
    browser = requests.Session()
    step = browser.get(address + "/sign-in/provider?name=default", timeout=20, allow_redirects=False)
    for _ in range(3):  # /auth/login, the provider, /oauth2callback
        step = browser.get(
            requests.compat.urljoin(address, step.headers["location"]), timeout=20, allow_redirects=False
        )
    word = {n: v for n, v in browser.cookies.items() if n.startswith("_streamlit_user")}
    assert word
    bare = requests.get(address + "/sign-in", cookies=word, timeout=20)
    assert bare.status_code == 200 and "dispatch_session" not in bare.cookies
    assert requests.get(address + "/", cookies=word, timeout=20).url.startswith(address + "/sign-in")
    assert browser.get(address + "/sign-in", timeout=20).status_code == 200
    assert "dispatch_session" in browser.cookies
    again = requests.get(address + "/sign-in", cookies=word | {"dispatch_provider": b"/".hex()}, timeout=20)
    assert again.status_code == 401 and "dispatch_session" not in again.cookies


def test_a_callback_without_a_question_is_refused(site: tuple[str, Database, Provider]) -> None:
    address = site[0]
    answer = requests.get(address + "/oauth2callback?code=x&state=y", timeout=20)
    assert urlsplit(answer.url).path == "/sign-in" and "dispatch_session" not in answer.cookies
    other = requests.get(address + "/sign-in/provider?name=another", timeout=20, allow_redirects=False)
    assert other.headers["location"] == "/sign-in"


def test_half_a_declaration_stops_the_start_with_one_line(tmp_path: Path) -> None:
    (tmp_path / ".streamlit").mkdir()
    (tmp_path / ".streamlit" / "secrets.toml").write_text('[auth]\nclient_id = "x"\n', encoding="utf-8")
    environment = os.environ | {"HOME": str(tmp_path), "DATABASE_URL": f"sqlite:///{tmp_path / 'x.db'}"}
    run = subprocess.run(
        [sys.executable, "manage.py", "web"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.returncode == 1 and "redirect_uri" in run.stderr and "Traceback" not in run.stderr
