"""A notice: one short mail about how the tool itself fares, to administrators and perhaps a city's people.

Written like an alert's mail, in the transaction that causes it, in each reader's language, once for each key.
Refuses to know what it is about: ``operation/`` composes it. Alerts of projects are ``letters``.
"""

import hashlib
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from alerts.items import TEMPLATES
from alerts.letters import Office
from alerts.mail import HeaderRefused, header_text, is_address
from models.alerts import Message
from models.people import Person
from models.vocabulary import MessageState, Role
from models.words import Words, words


@dataclass(frozen=True)
class Notice:
    """What a mail says, in one language. ``plain_title``: the title for a subject that a name would break.

    ``facts``: label and value. ``path``: the page that shows more, with its query.
    """

    title: str
    plain_title: str
    facts: tuple[tuple[str, str], ...]
    advice: str
    path: str
    footer: str


Compose = Callable[[Words], Notice]


@dataclass(frozen=True)
class Circle:
    """Who is told: the city's people, and the administrators too unless it is none of their business.

    ``city`` NATION: administrators only.
    """

    city: str
    administrators: bool = True


def enqueue_notice(
    connection: sa.Connection, compose: Compose, *, key: str, circle: Circle, office: Office, now: datetime
) -> int:
    """Store one message for everybody in the circle; the caller commits.

    Nobody gets the same key twice. Returns how many were stored.
    """
    return enqueue_to(
        connection, connection.execute(_people(circle)), compose, key=key, office=office, now=now
    )


def enqueue_to(
    connection: sa.Connection,
    people: Iterable[Any],
    compose: Compose,
    *,
    key: str,
    office: Office,
    now: datetime,
    due_at: datetime | None = None,
) -> int:
    """Store one message for each of these people (email, place, language), due at once unless said otherwise.

    The caller commits. Nobody gets the same key twice. Returns how many were stored.
    """
    stored = 0
    for person in people:
        row = _row(person, compose, key, office, now) | {"due_at": due_at or now}
        known = sa.select(sa.literal(1)).where(
            Message.__table__.c.city == row["city"], Message.__table__.c.dedupe_key == row["dedupe_key"]
        )
        if is_address(person.email) and connection.execute(known).first() is None:
            connection.execute(sa.insert(Message.__table__).values(**row))
            stored += 1
    return stored


def _people(circle: Circle) -> sa.Select:
    p = Person.__table__
    concerned = sa.and_(p.c.role == Role.CITY, p.c.place == circle.city)
    if circle.administrators:
        concerned = sa.or_(p.c.role == Role.ADMINISTRATOR, p.c.administers, concerned)
    columns = (p.c.email, p.c.place, p.c.language)
    return sa.select(*columns).where(p.c.mails, p.c.disabled_at.is_(None), concerned).order_by(p.c.email)


def _row(person: Any, compose: Compose, key: str, office: Office, now: datetime) -> dict[str, Any]:
    t = words(person.language or office.language)
    notice, identity = compose(t), str(uuid.uuid4())
    context = {
        "notice": notice,
        "link": f"{office.base_url}/{notice.path}",
        "language": t.language.replace("_", "-"),
        "between": t.pick("：", ": "),
    }
    return {
        "city": person.place,
        "id": identity,
        "dedupe_key": hashlib.sha256(f"{key}:{person.email}".encode()).hexdigest(),
        "recipient": person.email,
        "language": t.language,
        "subject": _subject(notice),
        "body_text": TEMPLATES.get_template("notice.txt.j2").render(context),
        "body_html": TEMPLATES.get_template("notice.html.j2").render(context),
        "message_id": f"<pd-{identity}@{office.domain}>",
        "state": MessageState.QUEUED,
        "due_at": now,
        "attempts": 0,
        "created_at": now,
    }


def _subject(notice: Notice) -> str:
    try:
        return header_text(f"[Pilot Dispatch] {notice.title}")
    except HeaderRefused:
        return header_text(f"[Pilot Dispatch] {notice.plain_title}")
