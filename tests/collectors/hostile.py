"""A real HTTP server on loopback that answers as a test tells it: well, badly, slowly, or with lies.

``Hostile.routes`` maps a path to an answer, or to a list of answers given in turn (the last one repeats).
``asked`` keeps every request. A new misdeed is a function below that returns an ``Answer``.
"""

import json
import socket
import ssl
import struct
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

Answer = Callable[["Handler"], None]


@dataclass(frozen=True)
class Asked:
    """A request as it arrived."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    raw_query: str


@dataclass
class Hostile:
    """The server: where it listens, what it answers, what it was asked."""

    address: str = ""
    routes: dict[str, Answer | list[Answer]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)
    busy: int = 0
    most_busy: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def host(self) -> str:
        return urlsplit(self.address).netloc

    @property
    def port(self) -> int:
        return urlsplit(self.address).port or 0

    @contextmanager
    def counted(self) -> Iterator[None]:
        """How many requests are answered at once."""
        with self.lock:
            self.busy += 1
            self.most_busy = max(self.most_busy, self.busy)
        yield
        with self.lock:
            self.busy -= 1

    def answer(self, path: str) -> Answer:
        with self.lock:
            found = self.routes.get(path, reply(b"nothing here", 404))
            if isinstance(found, list):
                return found.pop(0) if len(found) > 1 else found[0]
            return found


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    hostile: Hostile

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        size = int(self.headers.get("Content-Length", 0))
        query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Asked(self.command, parts.path, query, headers, self.rfile.read(size), parts.query)
        self.hostile.asked.append(asked)
        self.asked = asked
        with suppress(OSError), self.hostile.counted():
            self.hostile.answer(parts.path)(self)

    do_POST = do_GET

    def log_message(self, *_: object) -> None:
        pass

    def pause(self, seconds: float) -> bool:
        """Wait; False when the test is over."""
        return not self.hostile.stopping.wait(seconds)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, *_: object) -> None:
        pass  # a client that hangs up is what these tests are about


@contextmanager
def serving(context: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> Iterator[Hostile]:
    """The server, listening; over TLS with a context."""
    hostile = Hostile()
    handler = type("Bound", (Handler,), {"hostile": hostile})
    server = _Server((host, 0), handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    hostile.address = f"{'https' if context else 'http'}://{host}:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield hostile
    finally:
        hostile.stopping.set()
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def canary() -> Iterator[tuple[int, list[Any]]]:
    """A listener on loopback that nobody must reach: its port, and who came."""
    came: list[Any] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.05)
        over = threading.Event()

        def listen() -> None:
            while not over.is_set():
                with suppress(TimeoutError):
                    connection, who = listener.accept()
                    came.append(who)
                    connection.close()

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        yield listener.getsockname()[1], came
        over.set()
        thread.join()


# --- good answers -------------------------------------------------------------------------------------------


def reply(body: bytes = b"", status: int = 200, **headers: str) -> Answer:
    """An ordinary answer. Names of headers are written with "_" for "-"."""

    def answer(handler: Handler) -> None:
        handler.send_response_only(status)
        for name, value in {"Content_Length": str(len(body)), **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def as_json(value: Any, status: int = 200, **headers: str) -> Answer:
    body = json.dumps(value, ensure_ascii=False).encode()
    return reply(body, status, **{"Content_Type": "application/json", **headers})


def paged(pages: list[Any], *, parameter: str = "page") -> Answer:
    """The page that is asked for, counted from 1; beyond the last one an empty list of records."""

    def answer(handler: Handler) -> None:
        number = int(handler.asked.query.get(parameter, "1"))
        as_json(pages[number - 1] if number <= len(pages) else pages[0] | {"records": []})(handler)

    return answer


def unless_known(etag: str, body: bytes) -> Answer:
    """304 to whoever has this version."""

    def answer(handler: Handler) -> None:
        known = handler.asked.headers.get("if-none-match") == etag
        reply(b"" if known else body, 304 if known else 200, ETag=etag)(handler)

    return answer


def redirect(to: str, status: int = 302) -> Answer:
    return reply(b"", status, Location=to)


def delayed(seconds: float, then: Answer) -> Answer:
    def answer(handler: Handler) -> None:
        handler.pause(seconds)
        then(handler)

    return answer


# --- bad answers --------------------------------------------------------------------------------------------


def reset() -> Answer:
    """Cut the connection hard, before a word."""

    def answer(handler: Handler) -> None:
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        handler.connection.close()
        handler.close_connection = True

    return answer


def stall() -> Answer:
    """Take the request and never answer."""

    def answer(handler: Handler) -> None:
        handler.pause(60)

    return answer


def drip(text: bytes, *, first: bytes = b"") -> Answer:
    """One byte after another, for ever: of the headers, or of the body where ``first`` holds the headers."""

    def answer(handler: Handler) -> None:
        handler.close_connection = True
        handler.wfile.write(first)
        while handler.pause(0.05):
            for number in range(len(text)):
                handler.wfile.write(text[number : number + 1])
                handler.wfile.flush()
                if not handler.pause(0.05):
                    return

    return answer


def drip_headers() -> Answer:
    return drip(b"X-More: and more\r\n", first=b"HTTP/1.1 200 OK\r\n")


def drip_body() -> Answer:
    return drip(b" ", first=b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")


def written(raw: bytes) -> Answer:
    """These bytes, then the end of the connection."""

    def answer(handler: Handler) -> None:
        handler.close_connection = True
        handler.wfile.write(raw)

    return answer


def endless() -> Answer:
    """Chunks without an end."""

    def answer(handler: Handler) -> None:
        handler.close_connection = True
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while not handler.hostile.stopping.is_set():
            handler.wfile.write(b"10000\r\n" + b" " * 0x10000 + b"\r\n")

    return answer


def bomb(megabytes: int) -> Answer:
    """A small gzip body that unpacks to many megabytes."""
    packer = zlib.compressobj(9, wbits=31)
    body = b"".join(packer.compress(bytes(1_000_000)) for _ in range(megabytes)) + packer.flush()
    return reply(body, Content_Encoding="gzip")
