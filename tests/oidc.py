"""A small real OpenID Connect provider on loopback: discovery, keys, code flow with PKCE, signed tokens.

It signs whoever ``claims`` says in, without asking. ``spoil`` changes the token it is about to sign, or the key.
"""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "dispatch", "the client's secret"


@dataclass
class Provider:
    """A running provider. ``codes`` are those it has given out and that nobody has redeemed."""

    address: str
    claims: dict[str, Any]
    spoil: Callable[[dict[str, Any]], None] = lambda _claims: None
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "k1", "use": "sig"}))
    signs_with: RSAKey | None = None
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.address,
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "jwks_uri": f"{self.address}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
        }

    def authorize(self, asked: dict[str, str]) -> str:
        """Where the browser goes back to, with a code. Refuses what is no code flow with PKCE and a nonce."""
        assert asked["response_type"] == "code" and asked["client_id"] == CLIENT
        assert asked["code_challenge_method"] == "S256" and asked["nonce"] and "openid" in asked["scope"]
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return asked["redirect_uri"] + "?" + urlencode({"code": code, "state": asked["state"]})

    def token(self, form: dict[str, str]) -> dict[str, Any] | None:
        """The tokens for a code, once; None where code, redirect or verifier are wrong."""
        asked = self.codes.pop(form.get("code", ""), None)
        if asked is None or form.get("redirect_uri") != asked["redirect_uri"]:
            return None
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != asked["code_challenge"]:
            return None
        now = int(time.time())
        claims = {"iss": self.address, "aud": CLIENT, "sub": "1", "iat": now, "exp": now + 300}
        claims |= {"nonce": asked["nonce"]} | self.claims
        self.spoil(claims)
        token = jwt.encode({"alg": "RS256", "kid": "k1"}, claims, self.signs_with or self.key)
        return {"access_token": "a", "token_type": "Bearer", "expires_in": 300, "id_token": token}


@contextmanager
def provider(claims: dict[str, Any]) -> Iterator[Provider]:
    """Serve one until the block ends."""
    running: list[Provider] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts, one = urlsplit(self.path), running[0]
            if parts.path == "/authorize":
                asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
                self.send_response(302)
                self.send_header("location", one.authorize(asked))
                self.end_headers()
            elif parts.path == "/keys":
                self._json({"keys": [one.key.as_dict(private=False)]})
            else:
                self._json(one.discovery())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            wanted = "Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
            known = self.headers.get("authorization") in (wanted, _quoted())
            found = running[0].token({n: v[0] for n, v in parse_qs(body).items()}) if known else None
            self._json(found or {"error": "invalid_grant"}, 200 if found else 400)

        def _json(self, value: dict[str, Any], status: int = 200) -> None:
            body = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    running.append(Provider(f"http://127.0.0.1:{server.server_port}", claims))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield running[0]
    finally:
        server.shutdown()
        server.server_close()


def _quoted() -> str:
    """Basic authentication as RFC 6749 writes it: both parts form-encoded first."""
    pair = "&".join([urlencode({"a": CLIENT})[2:], urlencode({"a": SECRET})[2:]]).replace("&", ":")
    return "Basic " + base64.b64encode(pair.encode()).decode()
