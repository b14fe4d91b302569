"""Connections that go to exactly the address that was checked, and a watchdog that ends them in time.

urllib3's connections with their one step "open a socket" replaced: resolve, check every answer, connect to a
checked number; the TLS name stays the host's. A look-up after the check never happens, so a name that
changes its answer meanwhile changes nothing. Refuses proxies by never knowing one.
"""

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util.connection import create_connection

from collectors.addresses import Reach, address_refused, declared
from collectors.failure import Failure

#: A name and a port → the addresses behind it, as numbers.
Resolver = Callable[[str, int], list[str]]


class Blocked(Exception):
    """The address must not be connected to; carries the failure that says so."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.code)
        self.failure = failure


class Unresolved(socket.gaierror):
    """A name has no address, as far as can be learned now."""

    def __init__(self, host: str) -> None:
        super().__init__(f"no address for {host}")
        self.host = host


def system_resolver(host: str, port: int) -> list[str]:
    """What this machine's resolver says, each address once. Raises ``socket.gaierror``."""
    found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class Watchdog:
    """Ends every connection it watches when its time is up, whatever they are doing: a read that gets one
    byte a second never times out by itself, neither in the body nor in the headers nor in a handshake.

    It holds a second handle of each socket, because TLS takes the first one over.
    """

    def __init__(self) -> None:
        self.fired = False
        self.ended = False
        self._lock = threading.Lock()
        self._watched: list[socket.socket] = []
        self._timer: threading.Timer | None = None
        self._until = 0.0
        self._term = 0

    def start(self, seconds: float) -> None:
        """Begin a new term; what was watched before belongs to it."""
        self._term += 1
        self.fired = self.ended
        self._until = time.monotonic() + seconds
        self._timer = threading.Timer(max(seconds, 0.001), self._time_is_up, (self._term,))
        self._timer.daemon = True
        self._timer.start()

    def stop(self) -> None:
        """The term is over in good time."""
        self._term += 1
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def left(self) -> float:
        """Seconds left of the term, never quite nothing."""
        return max(self._until - time.monotonic(), 0.001)

    def watch(self, connection: socket.socket) -> None:
        """End this connection too when the time is up."""
        with self._lock:
            self._watched.append(connection.dup())
        if self.fired:
            self._bite()

    def end(self) -> None:
        """For good: the program stops."""
        self.ended = True
        self._bite()

    def close(self) -> None:
        """Let the handles go."""
        self.stop()
        with self._lock:
            for handle in self._watched:
                handle.close()
            self._watched.clear()

    def _time_is_up(self, term: int) -> None:
        if term == self._term:
            self._bite()

    def _bite(self) -> None:
        self.fired = True
        with self._lock:
            for handle in self._watched:
                with suppress(OSError):
                    handle.shutdown(socket.SHUT_RDWR)


class Guard:
    """What a connection asks before it opens: which addresses, and who watches it."""

    def __init__(self, reach: Reach, resolve: Resolver) -> None:
        self.reach = reach
        self.resolve = resolve
        self.dog = Watchdog()

    def checked(self, host: str, port: int) -> list[str]:
        """The addresses of a host. Raises Blocked where it is not declared or any address leads inward."""
        if not declared(host.strip("[]").rstrip("."), port, self.reach):
            raise Blocked(Failure("H-BLOCKED", {"found": host}))
        addresses = self._looked_up(host, port)
        for address in addresses:
            if address_refused(address, self.reach.networks):
                raise Blocked(Failure("H-BLOCKED", {"found": address}))
        return addresses

    def _looked_up(self, host: str, port: int) -> list[str]:
        """A look-up cannot be interrupted, only left behind: it runs beside us."""
        found: list[list[str]] = []
        wrong: list[OSError | UnicodeError] = []

        def look() -> None:
            try:
                found.append(self.resolve(host, port))
            except (OSError, UnicodeError) as error:
                wrong.append(error)

        looking = threading.Thread(target=look, daemon=True, name="resolver")
        looking.start()
        looking.join(self.dog.left())
        if not found and not wrong:
            raise TimeoutError(host)
        if wrong or not found[0]:
            raise Unresolved(host)
        return found[0]


class _Pinned:
    """The step that is replaced. Mixed into urllib3's two connections."""

    guard: Guard

    def __init__(self, guard: Guard, *args: object, **options: object) -> None:
        self.guard = guard
        super().__init__(*args, **options)

    def _new_conn(self) -> socket.socket:
        try:
            addresses = self.guard.checked(self._dns_host, self.port)
        except Unresolved as error:
            raise NameResolutionError(self.host, self, error) from error
        except TimeoutError as error:
            raise ConnectTimeoutError(self, "the name was not resolved in time") from error
        return self._opened(addresses)

    def _opened(self, addresses: list[str]) -> socket.socket:
        failed: OSError | None = None
        for address in addresses:
            try:
                opened = create_connection(
                    (address, self.port), self.guard.dog.left(), None, self.socket_options
                )
            except TimeoutError as error:
                raise ConnectTimeoutError(self, "not connected in time") from error
            except OSError as error:
                failed = error
                continue
            opened.settimeout(self.timeout if isinstance(self.timeout, int | float) else None)
            self.guard.dog.watch(opened)
            return opened
        raise NewConnectionError(self, "no address answered") from failed


class PinnedHTTP(_Pinned, HTTPConnection):
    """http to a checked address."""


class PinnedHTTPS(_Pinned, HTTPSConnection):
    """https to a checked address; certificate and server name are the host's."""
