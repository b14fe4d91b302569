"""A real SMTP server on loopback that does what a test tells it, and keeps what it accepted."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from tests.servers import free_port


class Relay:
    """``answers`` are given in turn to whole messages, then 250. ``"drop"`` cuts the connection instead."""

    def __init__(self, *answers: str, rcpt: str = "") -> None:
        self.answers = list(answers)
        self.rcpt = rcpt
        self.accepted: list[bytes] = []
        self.offered: list[bytes] = []
        self.url = ""

    async def handle_RCPT(
        self, server: SMTP, _session: Session, envelope: Envelope, to: str, _options: Any
    ) -> str:
        if self.rcpt:
            return self.rcpt
        envelope.rcpt_tos.append(to)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:
        self.offered.append(envelope.original_content or b"")
        answer = self.answers.pop(0) if self.answers else "250 taken"
        if answer.startswith("accept"):
            self.accepted.append(envelope.original_content or b"")
        if answer in ("drop", "accept-drop"):
            server.transport.abort()
            return "250 never seen"
        if answer.startswith("250"):
            self.accepted.append(envelope.original_content or b"")
        return answer


class Greylisting(Relay):
    """Puts off every second mail the first time it is offered, as greylists do with who they do not know."""

    def __init__(self) -> None:
        super().__init__()
        self.met: list[bytes] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.original_content or b""
        is_new = content not in self.met
        self.met.append(content)
        if is_new and len(set(self.met)) % 2:
            return "451 4.7.1 greylisted, come back later"
        return await super().handle_DATA(server, session, envelope)


@contextmanager
def relaying(relay: Relay, **options: Any) -> Iterator[Relay]:
    """The relay, listening; ``relay.url`` is its smtp:// address."""
    port = free_port()
    controller = Controller(relay, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        relay.url = f"smtp://127.0.0.1:{port}"
        yield relay
    finally:
        controller.stop()


def accepting(name: str, password: str) -> Callable[..., AuthResult]:
    """An authenticator that lets one name in."""

    def check(
        _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any
    ) -> AuthResult:
        good = (data.login, data.password) == (name.encode(), password.encode())
        return AuthResult(success=good, handled=False)  # the server itself answers 535

    return check
