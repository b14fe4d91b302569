"""The mails of the product under test, as they lie in its folder."""

import email
import email.policy
from datetime import timedelta
from email.message import EmailMessage

from sqlmodel import Session, col, select

from alerts import outbox
from alerts.mail import open_sender
from models import clock
from models.alerts import Message
from models.db import open_database
from tests.browser.conftest import Site


def mails(site: Site) -> list[EmailMessage]:
    return [
        email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        for path in site.mails.glob("*.eml")
    ]


def mail(site: Site, to: str, *said: str) -> EmailMessage:
    """The one mail to somebody whose subject has all that is ``said``, sent at its due time.

    At night it waits in the outbox for the morning.
    """
    db = open_database(site.database_url)
    wanted = select(Message).where(Message.recipient == to)
    for one in said:
        wanted = wanted.where(col(Message.subject).contains(one))
    with Session(db.ro) as session:
        due_at = max(row.due_at for row in session.exec(wanted))
    sender = open_sender("", site.mails, mail_from="Pilot Dispatch <dispatch@localhost>")
    outbox.send_due(db, sender, now=max(due_at, clock.now()) + timedelta(seconds=1))
    db.dispose()
    (found,) = [
        one
        for one in mails(site)
        if to in str(one["To"]) and all(text in str(one["Subject"]) for text in said)
    ]
    return found


def text(one: EmailMessage) -> str:
    return one.get_body(("plain",)).get_content()
