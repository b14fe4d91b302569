"""A message is never lost, sent twice only where nobody can know, and every attempt is the same bytes."""

import email
import email.policy
import os
import shutil
import socket
import ssl
import subprocess
import sys
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from alerts.mail import Answer, FolderSender, Letter, Outcome, SmtpSender, mail_bytes, open_sender
from alerts.outbox import GIVE_UP_AFTER, LEASE, LINES, Sent, claim, mark_tried, next_attempt, send_due
from models.alerts import Message
from models.db import Database
from models.vocabulary import MessageState
from tests.alerts.relay import Relay, accepting, relaying
from tests.alerts.shapes import queue, rows
from tests.builders import CITY

FROM = "试点调度 <dispatch@example.cn>"
MINUTE = timedelta(minutes=1)


def one(db: Database) -> Any:
    return rows(db, Message)[0]


def smtp(relay: Relay, **options: Any) -> SmtpSender:
    return SmtpSender(relay.url, FROM, **options)


def test_a_message_arrives_as_it_was_written(db: Database, now: datetime) -> None:
    queue(db, "m1", now)
    with relaying(Relay()) as relay:
        assert send_due(db, smtp(relay), now=now) == Sent(sent=1, failed=0)
        assert send_due(db, smtp(relay), now=now) == Sent(sent=0, failed=0)
    mail = email.message_from_bytes(relay.accepted[0], policy=email.policy.default)
    assert mail["Subject"] == "【试点调度】沈阳市 P001 停滞 红 (2 项)"
    assert (mail["Message-ID"], mail["Auto-Submitted"]) == ("<pd-m1@example.cn>", "auto-generated")
    assert mail["From"] == FROM and mail["To"] == "reader@example.cn"
    assert mail["Date"].datetime == now
    assert mail.get_body(("plain",)).get_content().splitlines() == ["正文", ".", "..点开头"]
    assert mail.get_body(("html",)).get_content().strip() == "<p>正文</p>"
    assert (one(db).state, one(db).attempts) == (MessageState.SENT, 1)
    assert now <= one(db).sent_at < now + MINUTE


def test_a_busy_relay_is_tried_again_with_the_same_bytes(sqlite_db: Database, now: datetime) -> None:
    queue(sqlite_db, "m1", now)
    with relaying(Relay("451 busy", "451 still busy")) as relay:
        assert send_due(sqlite_db, smtp(relay), now=now) == Sent(sent=0, failed=1)
        row = one(sqlite_db)
        assert row.state == MessageState.QUEUED and row.last_error.startswith("451")
        assert now + MINUTE <= row.due_at <= now + 2 * MINUTE
        assert send_due(sqlite_db, smtp(relay), now=now + MINUTE / 2) == Sent(0, 0)
        assert send_due(sqlite_db, smtp(relay), now=row.due_at) == Sent(0, 1)
        assert send_due(sqlite_db, smtp(relay), now=one(sqlite_db).due_at) == Sent(1, 0)
    assert len(set(relay.offered)) == 1 and len(relay.offered) == 3


@pytest.mark.parametrize(
    "relay", [Relay("550 no such user"), Relay(rcpt="550 no such user")], ids=["data", "rcpt"]
)
def test_a_refused_message_is_dead_at_once(sqlite_db: Database, now: datetime, relay: Relay) -> None:
    queue(sqlite_db, "m1", now)
    with relaying(relay):
        assert send_due(sqlite_db, smtp(relay), now=now) == Sent(0, 1)
        assert send_due(sqlite_db, smtp(relay), now=now + timedelta(days=1)) == Sent(0, 0)
    assert (one(sqlite_db).state, one(sqlite_db).last_error[:3]) == (MessageState.DEAD, "550")


def test_a_refused_message_does_not_hold_up_the_next(sqlite_db: Database, now: datetime) -> None:
    queue(sqlite_db, "m1", now)
    queue(sqlite_db, "m2", now)
    with relaying(Relay("550 no")) as relay:
        assert send_due(sqlite_db, smtp(relay), now=now) == Sent(sent=1, failed=1)


def test_a_lost_answer_is_tried_once_more_and_then_left_to_people(sqlite_db: Database, now: datetime) -> None:
    queue(sqlite_db, "m1", now)
    with relaying(Relay("accept-drop", "drop")) as relay:
        assert send_due(sqlite_db, smtp(relay), now=now) == Sent(0, 1)
        assert one(sqlite_db).last_error.startswith("in doubt")
        assert send_due(sqlite_db, smtp(relay), now=one(sqlite_db).due_at) == Sent(0, 1)
        assert one(sqlite_db).state == MessageState.DEAD
    assert len(set(relay.offered)) == 1, "a second copy carries the same Message-ID"


def test_a_relay_that_is_away_costs_one_attempt_and_no_message(sqlite_db: Database, now: datetime) -> None:
    queue(sqlite_db, "m1", now)
    queue(sqlite_db, "m2", now)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        away = SmtpSender(f"smtp://127.0.0.1:{closed.getsockname()[1]}", FROM, deadline_s=2)
        assert send_due(sqlite_db, away, now=now) == Sent(0, 1)
    with relaying(Relay()) as relay:
        assert send_due(sqlite_db, smtp(relay), now=now + 2 * MINUTE) == Sent(2, 0)


def test_a_relay_that_says_nothing_meets_the_deadline(sqlite_db: Database, now: datetime) -> None:
    queue(sqlite_db, "m1", now)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        silent = SmtpSender(f"smtp://127.0.0.1:{mute.getsockname()[1]}", FROM, deadline_s=0.3)
        assert send_due(sqlite_db, silent, now=now) == Sent(0, 1)
    assert one(sqlite_db).state == MessageState.QUEUED


@pytest.mark.parametrize(("password", "sent"), [("p%40ss", 1), ("wrong", 0)])
def test_a_login_that_fails_is_not_the_letters_fault(
    sqlite_db: Database, now: datetime, password: str, sent: int
) -> None:
    queue(sqlite_db, "m1", now)
    options = {"authenticator": accepting("user", "p@ss"), "auth_required": True, "auth_require_tls": False}
    with relaying(Relay(), **options) as relay:
        url = relay.url.replace("smtp://", f"smtp://user:{password}@")
        assert send_due(sqlite_db, SmtpSender(url, FROM), now=now) == Sent(sent, 1 - sent)
    assert one(sqlite_db).state == (MessageState.SENT if sent else MessageState.QUEUED)
    assert "p%40ss" not in (one(sqlite_db).last_error or "")


def letter(now: datetime, **changes: Any) -> Letter:
    values = Letter(
        city=CITY,
        id="m1",
        recipient="reader@example.cn",
        subject="s",
        body_text="t",
        body_html="<p>h</p>",
        message_id="<pd-m1@example.cn>",
        created_at=now,
        attempts=1,
        lease_until=now + LEASE,
        worker="w",
    )
    return replace(values, **changes)


def test_waiting_grows_and_ends_after_two_days(now: datetime) -> None:
    waits = [next_attempt(letter(now, attempts=n), now) - now for n in (1, 2, 3, 4, 5, 40)]
    for wait, minutes in zip(waits, (1, 5, 15, 60, 60, 60), strict=True):
        assert minutes * MINUTE <= wait <= minutes * MINUTE * 1.2
    assert next_attempt(letter(now, attempts=40), now + GIVE_UP_AFTER - 30 * MINUTE) is None


def test_a_message_that_cannot_leave_for_two_days_is_dead(sqlite_db: Database, now: datetime) -> None:
    queue(sqlite_db, "m1", now, created_at=now - GIVE_UP_AFTER)
    with relaying(Relay("451 busy")) as relay:
        send_due(sqlite_db, smtp(relay), now=now)
    assert one(sqlite_db).state == MessageState.DEAD


def test_a_claim_keeps_others_away_until_its_lease_ends(db: Database, now: datetime) -> None:
    queue(db, "m1", now)
    (first,) = claim(db, now, worker="w1")
    assert first is not None and first.attempts == 1
    assert claim(db, now + LEASE - MINUTE, worker="w2") == []
    (second,) = claim(db, now + LEASE, worker="w2")
    assert second is not None and second.attempts == 2
    assert mail_bytes(first, FROM) == mail_bytes(second, FROM)
    taken = Outcome(Answer.ACCEPTED)
    assert not mark_tried(db, [(first, taken)], now=now), "a frozen worker that wakes marks nothing"
    assert mark_tried(db, [(second, taken)], now=now)


def test_the_longest_due_goes_first_and_the_future_waits(db: Database, now: datetime) -> None:
    queue(db, "late", now, due_at=now - MINUTE)
    queue(db, "later", now, due_at=now - 2 * MINUTE)
    queue(db, "future", now, due_at=now + MINUTE)
    claimed = [next(iter(claim(db, now, worker="w")), None) for _ in range(3)]
    assert [found.id if found else None for found in claimed] == ["later", "late", None]


def test_a_run_ends_early_when_told_to(sqlite_db: Database, now: datetime) -> None:
    for number in range(3):
        queue(sqlite_db, f"m{number}", now)
    with relaying(Relay()) as relay:
        assert send_due(sqlite_db, smtp(relay), now=now, go_on=lambda: not relay.accepted) == Sent(1, 0)
        left = [row for row in rows(sqlite_db, Message) if row.state == MessageState.QUEUED]
        assert [(row.attempts, row.due_at, row.worker) for row in left] == [(0, now, None)] * 2
        assert send_due(sqlite_db, smtp(relay), now=now) == Sent(2, 0)


def test_without_a_relay_mails_become_files(sqlite_db: Database, now: datetime, tmp_path: Path) -> None:
    queue(sqlite_db, "m1", now)
    sender = open_sender("", tmp_path / "mail", mail_from=FROM)
    assert send_due(sqlite_db, sender, now=now) == Sent(1, 0)
    files = list((tmp_path / "mail").iterdir())
    assert [path.name for path in files] == ["pd-m1@example.cn.eml"]
    mail = email.message_from_bytes(files[0].read_bytes(), policy=email.policy.default)
    assert mail["Message-ID"] == "<pd-m1@example.cn>"


def test_a_file_name_stays_in_its_folder(now: datetime, tmp_path: Path) -> None:
    found = FolderSender(tmp_path / "mail", FROM)(letter(now, message_id="<../../etc/x@example.cn>"))
    assert found.answer == Answer.ACCEPTED
    assert [path.parent for path in tmp_path.rglob("*.eml")] == [tmp_path / "mail"]


def test_a_full_disk_is_tried_again(sqlite_db: Database, now: datetime, tmp_path: Path) -> None:
    queue(sqlite_db, "m1", now)
    (tmp_path / "mail").write_text("a file where the folder should be")
    assert send_due(sqlite_db, FolderSender(tmp_path / "mail", FROM), now=now) == Sent(0, 1)
    assert one(sqlite_db).state == MessageState.QUEUED


_CHILD = """
import sys
from datetime import datetime
from alerts.mail import SmtpSender
from alerts.outbox import send_due
from models.db import open_database
send_due(open_database(sys.argv[1]), SmtpSender(sys.argv[2], "a@example.cn"), now=datetime.fromisoformat(sys.argv[3]))
"""


@pytest.mark.parametrize(
    ("point", "copies"), [("after_claim", 1), ("before_data", 1), ("after_accept", 2), ("before_mark", 2)]
)
def test_a_killed_sender_loses_nothing(
    sqlite_db: Database, tmp_path: Path, now: datetime, point: str, copies: int
) -> None:
    """Between the relay's acceptance and our mark a second copy is the price; it is the same mail."""
    queue(sqlite_db, "m1", now)
    root = Path(__file__).resolve().parents[2]
    environment = os.environ | {"FAILPOINTS": f"{point}:kill:1", "PYTHONPATH": str(root)}
    with relaying(Relay()) as relay:
        url = f"sqlite:///{sqlite_db.ro.url.database}"
        command = [sys.executable, "-c", _CHILD, url, relay.url, now.isoformat()]
        assert subprocess.run(command, env=environment, cwd=root).returncode == -9
        assert one(sqlite_db).state == MessageState.SENDING
        sender = SmtpSender(relay.url, "a@example.cn")
        assert send_due(sqlite_db, sender, now=now) == Sent(0, 0)
        assert send_due(sqlite_db, sender, now=now + LEASE + MINUTE) == Sent(1, 0)
    assert len(relay.accepted) == copies and len(set(relay.accepted)) == 1


def test_killed_at_any_moment_again_and_again_nothing_is_lost(
    db: Database, db_url: str, now: datetime
) -> None:
    """Copies are only what was on its way when the process died, and they are the same mail."""
    mails, kills, random = 150, int(os.environ.get("KILLS", "8")), Random(11)
    for number in range(mails):
        queue(db, f"m{number}", now)
    root = Path(__file__).resolve().parents[2]
    at, killed = now, 0
    with relaying(Relay()) as relay:
        while killed < kills:
            command = [sys.executable, "-c", _READY, db_url, relay.url, at.isoformat()]
            environment = os.environ | {"PYTHONPATH": str(root)}
            with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as child:
                assert child.stdout.readline() == b"ready\n"
                try:
                    child.wait(random.uniform(0, 0.6))
                except subprocess.TimeoutExpired:
                    child.kill()
                if child.wait() == 0:
                    break
            killed, at = killed + 1, at + LEASE + MINUTE
        while send_due(db, SmtpSender(relay.url, "a@example.cn"), now=(at := at + LEASE + MINUTE)).sent:
            pass
    assert killed and {row.state for row in rows(db, Message)} == {MessageState.SENT}
    assert len(set(relay.accepted)) == mails
    assert len(relay.accepted) - mails <= killed * LINES


_READY = _CHILD.replace("send_due(open", 'print("ready", flush=True)\nsend_due(open')


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    """A certificate that nobody signed, for a relay that offers STARTTLS."""
    if shutil.which("openssl") is None:
        pytest.fail("openssl is missing. Install it: apt-get install -y openssl")
    folder = tmp_path_factory.mktemp("tls")
    key, chain = folder / "key.pem", folder / "chain.pem"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
    ]
    subprocess.run(
        [*command, "-subj", "/CN=127.0.0.1", "-keyout", key, "-out", chain], check=True, capture_output=True
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
    return context


@pytest.mark.parametrize(("query", "sent"), [("", 0), ("?verify=no", 1)])
def test_tls_is_used_when_offered_and_its_certificate_is_checked(
    sqlite_db: Database, now: datetime, certificate: ssl.SSLContext, query: str, sent: int
) -> None:
    queue(sqlite_db, "m1", now)
    with relaying(Relay(), tls_context=certificate, require_starttls=True) as relay:
        sender = SmtpSender(relay.url + query, FROM)
        assert send_due(sqlite_db, sender, now=now) == Sent(sent, 1 - sent)
    if not sent:
        assert "certificate" in one(sqlite_db).last_error.lower()
