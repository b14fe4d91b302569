"""A stored message as the bytes of a mail, and the two ways it leaves: SMTP, or a file in a folder.

Each sender takes a ``Letter`` and answers with an ``Outcome``; neither raises for what a relay says. The
bytes depend on the letter alone, so that every retry is the same mail. A webhook would be one more sender.
"""

import email.policy
import hashlib
import os
import re
import smtplib
import socket
import ssl
import threading
import time
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import format_datetime, formataddr, parseaddr
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from models.failpoint import failpoint

#: No mail may take longer than this in all; a lease lasts three times as long.
DEADLINE_S = 60.0
SUBJECT_LENGTH = 150

#: Letters that share a connection; many relays end one after a hundred.
_LETTERS_A_LINE = 100

_ADDRESS = re.compile(r"[A-Za-z0-9._%+'-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?")


class HeaderRefused(ValueError):
    """A text that could be read as an encoded header, and so as something else than it shows."""


class Answer(StrEnum):
    """What became of an attempt. ``DOUBT``: the relay may have taken it, its answer never came."""

    ACCEPTED = "accepted"
    LATER = "later"
    REFUSED = "refused"
    DOUBT = "doubt"


@dataclass(frozen=True)
class Outcome:
    """An answer with what the other side said. ``relay_down`` means that the next letter would fail too."""

    answer: Answer
    detail: str = ""
    relay_down: bool = False


@dataclass(frozen=True)
class Letter:
    """A claimed message, apart from its table row. ``lease_until`` is the claim's token.

    ``due_at`` and ``before`` (state, last error) are what it was before the claim. ``resent_at``: when
    somebody had it sent again.
    """

    city: str
    id: str
    recipient: str
    subject: str
    body_text: str
    body_html: str
    message_id: str
    created_at: datetime
    attempts: int
    lease_until: datetime
    worker: str
    last_error: str | None = None
    due_at: datetime | None = None
    before: tuple[str, str | None] = ("queued", None)
    resent_at: datetime | None = None


Sender = Callable[[Letter], Outcome]


def header_text(text: str) -> str:
    """The one constructor of header values: NFKC, no control or format characters, at most 150 characters.

    Raises HeaderRefused on ``=?``, which a mail reader would decode into other text.
    """
    normal = unicodedata.normalize("NFKC", text)
    normal = re.sub(r"[\t\r\n\u2028\u2029]+", " ", normal)
    kept = "".join(c for c in normal if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp"))
    clean = " ".join(kept.split())
    if "=?" in clean:
        raise HeaderRefused(clean)
    return clean if len(clean) <= SUBJECT_LENGTH else clean[: SUBJECT_LENGTH - 1] + "…"


def is_address(text: str) -> bool:
    """Is this a plain address we would write into a header?"""
    return len(text) <= 254 and ".." not in text and _ADDRESS.fullmatch(text) is not None


def mail_bytes(letter: Letter, mail_from: str) -> bytes:
    """The letter as it goes over the wire; the same letter always gives the same bytes.

    Built with the older of Python's two mail interfaces: the newer one loses the space between two encoded
    words when it folds a Chinese subject.
    """
    boundary = "=_" + hashlib.sha256(letter.message_id.encode()).hexdigest()[:40]
    message = MIMEMultipart("alternative", boundary)
    name, address = parseaddr(mail_from)
    message["From"] = formataddr((header_text(name), address))
    message["To"] = letter.recipient
    message["Subject"] = Header(header_text(letter.subject), "utf-8", header_name="Subject")
    message["Date"] = format_datetime(letter.created_at)
    message["Message-ID"] = letter.message_id
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.attach(MIMEText(letter.body_text, "plain", "utf-8"))
    message.attach(MIMEText(letter.body_html, "html", "utf-8"))
    return message.as_bytes(policy=email.policy.compat32.clone(linesep="\r\n"))


@dataclass(frozen=True)
class SmtpSender:
    """Sends over ``smtp://`` (STARTTLS when offered) or ``smtps://``, logging in when the URL names a user.

    The certificate is checked unless the URL ends in ``?verify=no``. A letter gives up after ``deadline_s`` in
    all: a watchdog cuts the connection, whatever it was waiting for. In a ``run`` letters share a connection.
    """

    url: str
    mail_from: str
    deadline_s: float = DEADLINE_S

    def __call__(self, letter: Letter) -> Outcome:
        with self.run() as send:
            return send(letter)

    @contextmanager
    def run(self) -> Iterator[Sender]:
        """A sender for letters that follow each other."""
        line = _Line(self)
        try:
            yield line.send
        finally:
            line.over.set()
            line.part()


@lru_cache(maxsize=2)
def _tls(is_checked: bool) -> ssl.SSLContext:
    """Reading the system's certificates takes a tenth of a second, so once."""
    tls = ssl.create_default_context()
    if not is_checked:
        tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
    return tls


class _Line:
    """A connection to the relay, opened when first needed and again whenever it is gone."""

    def __init__(self, told: SmtpSender) -> None:
        self.told, self.relay, self.letters = told, None, 0
        self.until: float | None = None  # when the letter on its way must be done
        self.over = threading.Event()
        threading.Thread(target=self._watch, daemon=True).start()

    def send(self, letter: Letter) -> Outcome:
        if not is_address(letter.recipient):
            return Outcome(Answer.REFUSED, "not an address")
        content = re.sub(rb"(?m)^\.", b"..", mail_bytes(letter, self.told.mail_from))
        if self.letters >= _LETTERS_A_LINE:
            self.part()
        kept = self.relay is not None
        self.until = time.monotonic() + self.told.deadline_s
        outcome, handed_over = self._tried(letter, content)
        in_time = time.monotonic() < self.until
        if kept and outcome.relay_down and not handed_over and in_time:  # closed while nothing was said
            outcome, _ = self._tried(letter, content)
        self.until = None
        return outcome

    def _tried(self, letter: Letter, content: bytes) -> tuple[Outcome, bool]:
        """The outcome, and whether the relay may have the letter. Only an accepted letter keeps the line."""
        handed_over, outcome = False, None
        try:
            if self.relay is None:
                self._connect()
            relay = self.relay
            _expect(relay.mail(parseaddr(self.told.mail_from)[1]))
            _expect(relay.rcpt(letter.recipient))
            failpoint("before_data")
            _expect(relay.docmd("DATA"))
            handed_over = True
            relay.send(content + b".\r\n")
            outcome = _answered(*relay.getreply())
            failpoint("after_accept")
            self.letters += 1
        except smtplib.SMTPResponseException as error:
            outcome = _answered(error.smtp_code, error.smtp_error)
        except (smtplib.SMTPException, OSError) as error:
            detail = f"{type(error).__name__}: {error}"[:300]
            outcome = Outcome(Answer.DOUBT if handed_over else Answer.LATER, detail, relay_down=True)
        finally:
            if outcome is None or outcome.answer != Answer.ACCEPTED:
                self.part()
        return outcome, handed_over

    def _connect(self) -> None:
        """A relay that greeted us, in TLS where there is any, logged in where the URL names a user."""
        parts = urlsplit(self.told.url)
        host, is_tls = parts.hostname or "", parts.scheme == "smtps"
        tls = _tls(parse_qs(parts.query).get("verify") != ["no"])
        options = {"timeout": self.told.deadline_s, "local_hostname": socket.gethostname()}
        relay = smtplib.SMTP_SSL(context=tls, **options) if is_tls else smtplib.SMTP(**options)
        relay._host = (
            host  # certificates are checked against it; only smtplib's connecting constructor sets it
        )
        self.relay, self.letters = relay, 0
        _expect(relay.connect(host, parts.port or (465 if is_tls else 25)))
        relay.ehlo_or_helo_if_needed()
        if not is_tls and relay.has_extn("starttls"):
            _expect(relay.starttls(context=tls))
            relay.ehlo_or_helo_if_needed()
        if parts.username:
            try:
                relay.login(unquote(parts.username), unquote(parts.password or ""))
            except smtplib.SMTPAuthenticationError as error:  # ours to mend, not the letter's fault
                raise ConnectionRefusedError(f"{error.smtp_code} login refused") from None

    def _watch(self) -> None:
        """End the connection of a letter that takes too long, so that a blocked read returns."""
        while not self.over.wait(min(1.0, self.told.deadline_s / 10)):
            until, relay = self.until, self.relay
            if until is not None and until < time.monotonic() and relay is not None:
                with suppress(OSError, AttributeError):  # it may be parting at this moment
                    relay.sock.shutdown(socket.SHUT_RDWR)

    def part(self) -> None:
        """Say good-bye; whatever the relay makes of it changes nothing any more."""
        relay, self.relay = self.relay, None
        if relay is None:
            return
        with suppress(smtplib.SMTPException, OSError):  # also where TLS failed and left a socket that is none
            if relay.sock is not None:
                relay.sock.settimeout(1)
                relay.docmd("QUIT")
        relay.close()


def _answered(code: int, said: bytes | str) -> Outcome:
    """What a final reply means. 421 and 5xx of the connection itself also concern the letters after it."""
    detail = f"{code} {said.decode('utf-8', 'replace') if isinstance(said, bytes) else said}"[:300]
    if 200 <= code < 300:
        return Outcome(Answer.ACCEPTED, detail)
    if 500 <= code < 600:
        return Outcome(Answer.REFUSED, detail)
    return Outcome(Answer.LATER, detail, relay_down=code in (-1, 421))


def _expect(reply: tuple[int, bytes]) -> None:
    if not 200 <= reply[0] < 400:
        raise smtplib.SMTPResponseException(*reply)


@dataclass(frozen=True)
class FolderSender:
    """Writes each mail as an ``.eml`` file, whole or not at all; for trials without a relay."""

    folder: Path
    mail_from: str

    def __call__(self, letter: Letter) -> Outcome:
        name = re.sub(r"[^A-Za-z0-9@._-]", "_", letter.message_id.strip("<>"))
        final = self.folder / f"{name}.eml"
        partial = final.with_suffix(f".{os.getpid()}.tmp")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            failpoint("before_data")
            with partial.open("wb") as file:
                file.write(mail_bytes(letter, self.mail_from))
                file.flush()
                os.fsync(file.fileno())
            partial.replace(final)
        except OSError as error:
            return Outcome(Answer.LATER, f"{type(error).__name__}: {error}"[:300], relay_down=True)
        failpoint("after_accept")
        return Outcome(Answer.ACCEPTED, str(final))


@contextmanager
def in_a_run(sender: Sender) -> Iterator[Sender]:
    """The sender for letters that follow each other: what it keeps open between them is closed at the end."""
    if (run := getattr(sender, "run", None)) is None:
        yield sender
        return
    with run() as send:
        yield send


def open_sender(smtp_url: str, mail_folder: Path, *, mail_from: str) -> Sender:
    """The relay where one is configured, else the folder."""
    return SmtpSender(smtp_url, mail_from) if smtp_url else FolderSender(mail_folder, mail_from)
