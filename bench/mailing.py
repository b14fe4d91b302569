"""10,000 queued mails through a real SMTP server on loopback, against a bare smtplib loop with the same bytes.

The server is a process of its own. The bare loop keeps one connection and writes nothing down; ours claims each
message and marks it in the database, with ``synchronous=full``.
"""

import smtplib
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import polars as pl
import sqlalchemy as sa

from alerts.mail import Letter, SmtpSender, mail_bytes
from alerts.outbox import claim, send_due
from bench import data
from bench.measure import Figure, compared
from models.alerts import Message
from models.db import Database, load
from tests.servers import free_port

MAILS, RUNS = 10_000, 3

#: Ours ÷ bare: at least 0.7 of its rate.
GOAL = round(1 / 0.7, 2)

_FROM = "Pilot Dispatch <dispatch@example.cn>"


def figures(folder: Path, prepare) -> list[Figure]:
    """``prepare(url)`` gives a database with schema and roster."""
    db = prepare(f"sqlite:///{folder / 'mailing.db'}")
    mine, bare = [], []
    with _server() as port:
        for turn in range(RUNS + 1):
            bytes_of = _queued(db)
            theirs, ours = _bare(port, bytes_of), _ours(db, port)
            if turn:  # the first turn warms up
                mine.append(ours), bare.append(theirs)
    found = compared(
        f"{MAILS:,} queued mails over SMTP", mine, bare, goal=GOAL, against="a bare smtplib loop, same bytes"
    )
    found.note = f"{1 / found.ratio:.2f} of the bare rate, {MAILS / found.ours_s:,.0f} mails a second"
    return [found]


def _queued(db: Database) -> list[tuple[str, bytes]]:
    """Fill the outbox; gives recipient and bytes of each mail."""
    body = "■ 沈阳市 P001 停滞 红：形象进度自 2026-08-31 起未变。\n" * 12
    rows = pl.DataFrame({"n": range(MAILS)}).select(
        city=pl.lit("210100"),
        id=pl.format("m{}", "n"),
        dedupe_key=pl.format("m{}", "n"),
        recipient=pl.format("reader{}@example.cn", "n"),
        language=pl.lit("zh_CN"),
        subject=pl.lit("【试点调度】沈阳市：3 项新增，1 项解除"),
        body_text=pl.lit(body),
        body_html=pl.lit(f"<p>{body}</p>"),
        message_id=pl.format("<pd-m{}@example.cn>", "n"),
        state=pl.lit("queued"),
        due_at=pl.lit(data.KNOWN, pl.Datetime("us", "UTC")),
        attempts=pl.lit(0, pl.Int64),
        created_at=pl.lit(data.KNOWN, pl.Datetime("us", "UTC")),
    )
    with db.rw.begin() as connection:
        connection.execute(sa.delete(Message.__table__))
        load(connection, Message, rows)
    (first,) = claim(db, data.KNOWN, worker="bench")
    with db.rw.begin() as connection:
        values = {"state": "queued", "due_at": data.KNOWN, "worker": None, "lease_until": None, "attempts": 0}
        connection.execute(sa.update(Message.__table__).values(values))
    names = ("recipient", "message_id")
    return [
        (recipient, mail_bytes(_like(first, recipient, identity), _FROM))
        for recipient, identity in rows.select(names).iter_rows()
    ]


def _like(letter: Letter, recipient: str, identity: str) -> Letter:
    return Letter(**vars(letter) | {"recipient": recipient, "message_id": identity})


def _bare(port: int, mails: list[tuple[str, bytes]]) -> float:
    began = time.perf_counter()
    with smtplib.SMTP("127.0.0.1", port) as relay:
        for recipient, content in mails:
            relay.sendmail("dispatch@example.cn", recipient, content)
    return time.perf_counter() - began


def _ours(db: Database, port: int) -> float:
    began = time.perf_counter()
    found = send_due(db, SmtpSender(f"smtp://127.0.0.1:{port}", _FROM), now=data.KNOWN + timedelta(minutes=1))
    spent = time.perf_counter() - began
    assert (found.sent, found.failed) == (MAILS, 0), found
    return spent


@contextmanager
def _server() -> Iterator[int]:
    port = free_port()
    server = subprocess.Popen([sys.executable, "-m", "bench.mailing", str(port)], stdout=subprocess.PIPE)
    try:
        assert server.stdout.readline() == b"ready\n"
        yield port
    finally:
        server.kill()
        server.wait()


def _serve(port: int) -> None:
    from aiosmtpd.controller import Controller

    class Sink:
        async def handle_DATA(self, *_: object) -> str:
            return "250 taken"

    Controller(Sink(), hostname="127.0.0.1", port=port).start()
    print("ready", flush=True)
    time.sleep(3_600)


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
