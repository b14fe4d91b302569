"""One safe request to a declared source, over ``requests``: the only collectors module that imports it.

What comes back is a value, ``Fetched`` or ``Failure``, never an exception. One deadline covers an answer
with its redirects; bytes are counted after unpacking; each hop is checked again; nothing is taken from the
environment (no proxy, no netrc). Refuses to switch certificate checks off, to follow where it was not
told to go, and to send credentials to another host. What a source's answer means: ``collectors/paging.py``.
"""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

from collectors import answers
from collectors.addresses import Reach, host_of, url_refused
from collectors.credentials import Auth, Request, SecretMissing
from collectors.failure import Failure, both
from collectors.pinned import Blocked, Guard, PinnedHTTP, PinnedHTTPS, Resolver, system_resolver
from models.words import mark

_PIECE = 1 << 16
_REDIRECTS = (301, 302, 303, 307, 308)
_PINNED = {"http": PinnedHTTP, "https": PinnedHTTPS}


@dataclass(frozen=True)
class Policy:
    """What a source is granted. ``deadline_s`` is for one answer; ``whole_s`` and ``max_bytes`` for a whole run."""

    reach: Reach
    deadline_s: float = 10.0
    whole_s: float = 120.0
    max_bytes: int = 5_000_000
    max_redirects: int = 3
    tries: int = 3
    patience_s: float = 5.0  # the longest wait between two tries; longer ones are for the next run
    ca_file: str | None = None


@dataclass(frozen=True)
class Net:
    """The outside world: how names become addresses, how one waits, and chance."""

    resolve: Resolver = system_resolver
    wait: Callable[[float], object] = time.sleep
    chance: Callable[[], float] = random.random


@dataclass(frozen=True)
class Ask:
    """One request. ``etag`` and ``last_modified`` make it conditional.

    ``home``: the address whose host gets the credentials, where it is another than ``url``.
    """

    url: str
    parameters: tuple[tuple[str, str], ...] = ()
    method: str = "GET"
    body: bytes = b""
    auth: Auth | None = None
    etag: str | None = None
    last_modified: str | None = None
    home: str = ""


@dataclass(frozen=True)
class Fetched:
    """An answer. ``unchanged``: the source says so itself (304). ``skew_s``: its clock less ours."""

    content: bytes
    content_type: str = ""
    etag: str | None = None
    last_modified: str | None = None
    unchanged: bool = False
    skew_s: float | None = None
    next_link: str | None = None


@dataclass
class Used:
    """What a line has used so far."""

    requests: int = 0
    bytes: int = 0
    seconds: float = 0.0


@contextmanager
def open_line(policy: Policy, net: Net, *, now: datetime) -> Iterator["Line"]:
    """A line to one source for one run, closed after it. ``now``: the instant it begins."""
    line = Line(policy, net, now)
    try:
        yield line
    finally:
        line.close()


class _Adapter(HTTPAdapter):
    """requests' own adapter with pinned connections under it."""

    def __init__(self, guard: Guard) -> None:
        self.guard = guard
        super().__init__(pool_connections=4, pool_maxsize=1, max_retries=0)

    def get_connection_with_tls_context(self, *args: Any, **options: Any) -> Any:
        pool = super().get_connection_with_tls_context(*args, **options)
        pool.ConnectionCls = partial(_PINNED[pool.scheme], self.guard)
        return pool


@dataclass(eq=False)
class Line:
    """Requests to one source, one after another, within one policy and one span of time."""

    policy: Policy
    net: Net
    now: datetime
    used: Used = field(default_factory=Used)

    def __post_init__(self) -> None:
        self.guard = Guard(self.policy.reach, self.net.resolve)
        self.began = time.monotonic()
        self.session = requests.Session()
        self.session.trust_env = False
        for scheme in _PINNED:
            self.session.mount(f"{scheme}://", _Adapter(self.guard))

    def close(self) -> None:
        self.session.close()
        self.guard.dog.close()

    def end(self) -> None:
        """Cut what is under way, for good; may be called from another thread."""
        self.guard.dog.end()

    def instant(self) -> datetime:
        """The present, as far as this line has got from the instant it began at."""
        return self.now + timedelta(seconds=time.monotonic() - self.began)

    def left(self) -> float:
        return self.policy.whole_s - (time.monotonic() - self.began)

    def fetch(self, ask: Ask) -> Fetched | Failure:
        """Ask, and ask again where that is worth it: after a pause that doubles, or as long as we are told."""
        found = self._once(ask)
        for turn in range(1, self.policy.tries):
            if isinstance(found, Fetched) or not found.retryable or self.guard.dog.ended:
                return found
            pause = found.after_s if found.after_s is not None else self._pause(turn)
            if pause > min(self.policy.patience_s, self.left()):
                return found
            self.net.wait(pause)
            found = self._once(ask)
        return found

    def _pause(self, turn: int) -> float:
        return 0.5 * 2 ** (turn - 1) * (1 + self.net.chance() / 2)

    def _once(self, ask: Ask) -> Fetched | Failure:
        limit = min(self.policy.deadline_s, self.left())
        late = Failure("H-TIMEOUT", {"limit": f"{self.policy.deadline_s:g}"}, retryable=True)
        if limit <= 0:
            return replace(late, values={"limit": f"{self.policy.whole_s:g}"}, retryable=False)
        began = time.monotonic()
        self.guard.dog.start(limit)
        try:
            found = self._followed(ask)
        except Blocked as blocked:
            found = blocked.failure
        except SecretMissing as missing:
            found = Failure("H-SECRET", {"found": missing.place})
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            found = late if answers.is_timeout(error) else _fault(error)
        finally:
            self.guard.dog.stop()
            self.used.seconds += time.monotonic() - began
        return late if self.guard.dog.fired else found

    def _followed(self, ask: Ask) -> Fetched | Failure:
        """The answer behind at most ``max_redirects`` redirects, each one checked like the first address."""
        prepared = self._prepared(ask, ask.url)
        refused = url_refused(prepared.url or "", self.policy.reach)
        if refused is not None:
            return refused
        for _ in range(self.policy.max_redirects + 1):
            with self._sent(prepared) as response:
                if response.status_code not in _REDIRECTS:
                    return self._answer(response)
                target = urljoin(prepared.url or "", response.headers.get("Location", ""))
                if not self._may_follow(response, target):
                    return Failure("H-REDIRECT", {"found": answers.plainly(target)})
            prepared = self._prepared(replace(ask, parameters=()), target)
        return Failure("H-REDIRECT", {"found": answers.plainly(target)})

    def _may_follow(self, response: requests.Response, target: str) -> bool:
        """Never from https to http, to nowhere, with a changed method, or to what was not declared."""
        if not response.headers.get("Location"):
            return False
        if urlsplit(response.url).scheme == "https" and urlsplit(target).scheme != "https":
            return False
        if response.request.method != "GET" and response.status_code not in (307, 308):
            return False
        return url_refused(target, self.policy.reach) is None

    def _prepared(self, ask: Ask, url: str) -> requests.PreparedRequest:
        headers = {"Accept-Encoding": "gzip", "User-Agent": "pilot-dispatch"}
        if ask.body:
            headers["Content-Type"] = "application/json"
        if ask.etag:
            headers["If-None-Match"] = ask.etag
        if ask.last_modified:
            headers["If-Modified-Since"] = ask.last_modified
        plain = requests.Request(ask.method, url, headers, params=ask.parameters, data=ask.body or None)
        prepared = plain.prepare()
        if ask.auth is not None and host_of(url) == host_of(ask.home or ask.url):
            signed = Request(ask.method, prepared.url or "", ask.body, self.instant())
            prepared.headers.update(ask.auth.headers(signed))
        return prepared

    def _sent(self, prepared: requests.PreparedRequest) -> requests.Response:
        self.used.requests += 1
        return self.session.send(
            prepared,
            stream=True,
            allow_redirects=False,
            timeout=self.guard.dog.left(),
            verify=self.policy.ca_file or True,
            proxies={},
        )

    def _answer(self, response: requests.Response) -> Fetched | Failure:
        headers, at = response.headers, self.instant()
        seen = Fetched(
            b"",
            headers.get("Content-Type", ""),
            headers.get("ETag"),
            headers.get("Last-Modified"),
            response.status_code == 304,
            answers.skew(headers, at),
            response.links.get("next", {}).get("url"),
        )
        if seen.unchanged:
            return seen
        if response.status_code != 200:
            return answers.by_status(response.status_code, headers, at)
        return self._with_body(response, seen)

    def _with_body(self, response: requests.Response, seen: Fetched) -> Fetched | Failure:
        limit = self.policy.max_bytes - self.used.bytes
        too_large = Failure("H-SIZE", {"limit": f"{self.policy.max_bytes / 1e6:g}"})
        if answers.claimed_size(response.headers) > limit:
            return too_large
        pieces, size = [], 0
        for piece in response.iter_content(_PIECE):
            size += len(piece)
            if size > limit:
                return too_large
            pieces.append(piece)
        self.used.bytes += size
        content = b"".join(pieces)
        return replace(seen, content=content) if content.strip() else Failure("H-EMPTY")


def _fault(error: Exception) -> Failure:
    """What an exception of this library means."""
    if isinstance(error, requests.exceptions.ContentDecodingError):
        packed = both(mark("packed in a way that cannot be unpacked"))
        return Failure("H-TYPE", {"found": packed, "expected": "gzip"})
    if isinstance(error, ValueError):  # what this library says about addresses are ValueErrors
        return Failure("H-URL", {"what": both(mark("it is no address"))})
    return answers.fault(error)
