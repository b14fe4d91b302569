"""How a source is told who we are: bearer, basic, or a signature over the request.

A secret is named by the declaration (an environment variable ``SOURCE_…`` or a file) and read for each
request; it never enters the database, a log or a message. Credentials go only to the host of the declared
URL, never along a redirect to another. A new way is a class with ``headers`` and a line in ``Auth``.

The signature, ``kind = "hmac"``, is over these lines joined by line feeds, in UTF-8, without a last one::

    PD1-HMAC-SHA256
    GET                                   the method
    api.example.gov.cn:8443               the Host header: the port only where it is not the scheme's own
    /v1/projects                          the path as sent
    <hex SHA-256 of the query as sent>    without the question mark; of nothing where there is none
    2026-11-23T02:00:00Z                  X-Date
    <hex SHA-256 of the body>             X-Content-SHA256; of nothing where there is none

and goes as ``Authorization: PD1-HMAC-SHA256 KeyId=<key id>, Signature=<hex HMAC-SHA256>``, with ``X-Date``
and ``X-Content-SHA256`` beside it. The receiver should refuse a date that is off by more than 5 minutes.
"""

import base64
import hashlib
import hmac
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from collectors.addresses import host_of

SCHEME = "PD1-HMAC-SHA256"

#: Only variables of this kind can be named, so that no declaration carries another secret away.
PREFIX = "SOURCE_"

_LONGEST = 16_384


class SecretMissing(Exception):
    """A secret cannot be read; ``place`` says where it was looked for, never what it is."""

    def __init__(self, place: str) -> None:
        super().__init__(place)
        self.place = place


@dataclass(frozen=True)
class Secret:
    """Where a secret is: an environment variable or a file. Exactly one of them."""

    env: str | None = None
    file: str | None = None

    def read(self) -> str:
        """The secret, without blanks around it. Raises SecretMissing."""
        place = self.env or self.file or ""
        try:
            found = os.environ.get(self.env, "") if self.env else Path(place).read_text("utf-8")
        except (OSError, UnicodeError):
            found = ""
        found = found.strip()
        if not found or len(found) > _LONGEST or not found.isascii() or not found.isprintable():
            raise SecretMissing(place)
        return found


@dataclass(frozen=True)
class Request:
    """What a signature covers: the request as it goes out."""

    method: str
    url: str
    body: bytes
    at: datetime


@dataclass(frozen=True)
class Bearer:
    """``Authorization: Bearer <token>``."""

    token: Secret

    def headers(self, _request: Request) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token.read()}"}


@dataclass(frozen=True)
class Basic:
    """``Authorization: Basic <user:password>``."""

    user: str
    password: Secret

    def headers(self, _request: Request) -> dict[str, str]:
        both = f"{self.user}:{self.password.read()}".encode()
        return {"Authorization": f"Basic {base64.b64encode(both).decode('ascii')}"}


@dataclass(frozen=True)
class Signed:
    """A signature over method, host, path, query, date and body; see above."""

    key_id: str
    secret: Secret

    def headers(self, request: Request) -> dict[str, str]:
        date = request.at.strftime("%Y-%m-%dT%H:%M:%SZ")
        digest = hashlib.sha256(request.body).hexdigest()
        text = canonical(request, date, digest).encode()
        signature = hmac.new(self.secret.read().encode(), text, hashlib.sha256).hexdigest()
        return {
            "Authorization": f"{SCHEME} KeyId={self.key_id}, Signature={signature}",
            "X-Date": date,
            "X-Content-SHA256": digest,
        }


Auth = Bearer | Basic | Signed


def canonical(request: Request, date: str, digest: str) -> str:
    """The text that is signed."""
    parts = urlsplit(request.url)
    query = hashlib.sha256(parts.query.encode()).hexdigest()
    return "\n".join((SCHEME, request.method, host_of(request.url), parts.path or "/", query, date, digest))
