"""Signing in through an identity provider: OpenID Connect by Streamlit's own ``st.login``, in front of our wall.

``st.login`` is a script's call, and no script runs here for somebody who is not signed in. So the sign-in page sends
the browser where ``st.login`` would: to Streamlit's ``/auth/login``, whose routes (Authlib: code flow, state, nonce,
PKCE where the provider has it) end in a signed cookie with the provider's claims. That cookie opens nothing: it is
exchanged here, once and within minutes, for the same session row and cookie that a password gives, if its address
is verified and has an account. Declared as ``st.login`` is, by ``[auth]`` in ``.streamlit/secrets.toml``; without it
all of this is off. Refuses to make accounts.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response
from streamlit import auth_util
from streamlit.errors import StreamlitAuthError
from streamlit.user_info import generate_login_redirect_url
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import TOKENS_COOKIE_NAME, USER_COOKIE_NAME

from models.brakes import count_up
from models.db import Database
from models.people import Person
from models.signin import address_of
from models.words import mark
from settings import SettingsError

#: Streamlit's routes that the wall lets through where a provider is declared.
ROUTES = ("/auth/login", "/oauth2callback")

#: A provider's word counts this long; the browser comes back at once.
_FRESH = timedelta(minutes=5)
_DAY = timedelta(days=1)

_REQUIRED = ("client_id", "client_secret", "server_metadata_url")

NOT_VOUCHED = mark("The identity service did not confirm who you are. Try again, or sign in with a password.")
NOT_VERIFIED = mark("The identity service has not verified your e-mail address, so it does not count here.")
UNKNOWN = mark(
    "The identity service knows you as {email}, but there is no account with that address here. "
    "Ask the administrator to add it."
)


@dataclass(frozen=True)
class Provider:
    """A declared provider: its name in the secrets file, and what the button calls it (empty: no name)."""

    name: str
    label: str = ""


@dataclass(frozen=True)
class Vouched:
    """What a provider's word came to: an account's address, or why not (a catalogue text with ``email``)."""

    email: str = ""
    refusal: str | None = None
    provider: str = ""


def declared() -> tuple[Provider, ...]:
    """The providers of the secrets file; none where it has no ``[auth]``. Raises SettingsError for half of one."""
    section = auth_util.get_secrets_auth_section().to_dict()
    if not section:
        return ()
    named = {name: part for name, part in section.items() if isinstance(part, dict) and _is_provider(part)}
    if _is_provider(section):
        named["default"] = section
    if not named:
        raise SettingsError(f"[auth] in secrets.toml declares no provider: it needs {', '.join(_REQUIRED)}")
    for name in named:
        try:
            auth_util.validate_auth_credentials(name)
        except StreamlitAuthError as error:
            raise SettingsError(" ".join(str(error).split())) from None
    if not auth_util.is_authlib_installed():
        raise SettingsError("[auth] in secrets.toml needs Authlib; see requirements.txt")
    return tuple(Provider(name, str(part.get("label", ""))) for name, part in named.items())


def _is_provider(part: dict[str, Any]) -> bool:
    return any(name in part for name in _REQUIRED)


def way_to(provider: str) -> str:
    """Where the browser goes to sign in with a provider: what ``st.login`` would redirect to."""
    return generate_login_redirect_url(provider)


def vouched(db: Database, request: Request, *, now: datetime) -> Vouched:
    """Take the provider's word out of the request's cookie, once; commits that it was taken."""
    claims = _claims(request)
    if claims is None:
        return Vouched(refusal=NOT_VOUCHED)
    name, email = str(claims.get("provider", "")), address_of(str(claims.get("email") or ""))
    if not _is_for_us(claims, name) or not _is_first(db, claims, now):
        return Vouched(refusal=NOT_VOUCHED, provider=name)
    if not email or claims.get("email_verified") is not True:
        return Vouched(email, NOT_VERIFIED, name)
    with Session(db.ro) as session:
        person = session.get(Person, email)
    known = person is not None and person.disabled_at is None
    return Vouched(email, None if known else UNKNOWN, name)


def forget(request: Request, answer: Response) -> None:
    """Drop the provider's cookies: its word is taken or refused, and nothing of it stays in the browser."""
    for name in request.cookies:
        if name.startswith((USER_COOKIE_NAME, TOKENS_COOKIE_NAME)):
            answer.delete_cookie(name)


def _claims(request: Request) -> dict[str, Any] | None:
    """The claims of a fresh cookie that Streamlit signed; the signature's own time decides."""
    secret = auth_util.get_signing_secret()

    def one(name: str) -> bytes | None:
        value = request.cookies.get(name)
        days = _FRESH / _DAY
        return (
            decode_signed_value(secret, name, value.encode("latin-1"), max_age_days=days) if value else None
        )

    text = auth_util.get_cookie_with_chunks(one, USER_COOKIE_NAME)
    found = json.loads(text) if text else None
    return found if isinstance(found, dict) and found.get("is_logged_in") is True else None


def _is_for_us(claims: dict[str, Any], name: str) -> bool:
    """Is our client among the audience? Authlib takes a token of another audience that names us as its party."""
    section = auth_util.get_secrets_auth_section().to_dict()
    client = (section if name == "default" else section.get(name, {})).get("client_id")
    audience = claims.get("aud")
    return bool(client) and client in (audience if isinstance(audience, list) else [audience])


def _is_first(db: Database, claims: dict[str, Any], now: datetime) -> bool:
    """A provider's word is taken once, whoever has copied the cookie."""
    word = hashlib.sha256(json.dumps(claims, sort_keys=True).encode()).hexdigest()
    with db.rw.begin() as connection:
        return count_up(connection, f"vouched:{word}", now, _DAY) == 1
