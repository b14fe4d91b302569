"""The mails of the product under test, as they lie in its folder."""

import email
import email.policy
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from email.message import EmailMessage

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from alerts import outbox
from alerts.mail import open_sender
from models import clock
from models.alerts import Message
from models.db import Database, open_database
from tests.browser.conftest import Site

#: How long the page may take to write a mail after a click, in seconds.
PATIENCE_S = 20


def mails(site: Site) -> list[EmailMessage]:
    return [
        email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        for path in site.mails.glob("*.eml")
    ]


def mail(site: Site, to: str, *said: str) -> EmailMessage:
    """The one mail to somebody whose subject has all that is ``said``, sent at its due time.

    The page writes it a moment after a click; at night it waits in the outbox for the morning.
    """
    db = open_database(site.database_url)
    wanted = select(Message.due_at).where(Message.recipient == to)
    for one in said:
        wanted = wanted.where(col(Message.subject).contains(one))
    patience = time.monotonic() + PATIENCE_S
    while not (due := _due(db, wanted)) and time.monotonic() < patience:
        time.sleep(0.1)
    due_at = max(due)
    sender = open_sender("", site.mails, mail_from="Pilot Dispatch <dispatch@localhost>")
    outbox.send_due(db, sender, now=max(due_at, clock.now()) + timedelta(seconds=1))
    db.dispose()
    (found,) = [
        one
        for one in mails(site)
        if to in str(one["To"]) and all(text in str(one["Subject"]) for text in said)
    ]
    return found


def _due(db: Database, wanted: SelectOfScalar[datetime]) -> Sequence[datetime]:
    with Session(db.ro) as session:
        return session.exec(wanted).all()


def text(one: EmailMessage) -> str:
    return one.get_body(("plain",)).get_content()
