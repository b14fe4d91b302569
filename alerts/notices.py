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
    """Who is told: people of a role at a place, and the administrators too unless it is none of their business.

    ``city`` NATION with the role CITY: administrators only.
    """

    city: str
    administrators: bool = True
    role: Role = Role.CITY


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
        if is_address(person.email) and not _has(connection, person, key):
            row = _row(person, compose, key, office, now) | {"due_at": due_at or now}
            connection.execute(sa.insert(Message.__table__).values(**row))
            stored += 1
    return stored


def without(
    connection: sa.Connection, key_of: Callable[[str], str], roles: frozenset[Role]
) -> set[tuple[str, Role]]:
    """The desks, place and role, where somebody has no mail with the key of their place yet."""
    p = Person.__table__
    people = sa.select(p.c.email, p.c.place, p.c.role).where(
        p.c.mails, p.c.disabled_at.is_(None), p.c.role.in_([str(role) for role in roles])
    )
    found = connection.execute(people).all()
    wanted = (one for one in found if is_address(one.email))
    return {(one.place, Role(one.role)) for one in wanted if not _has(connection, one, key_of(one.place))}


def _has(connection: sa.Connection, person: Any, key: str) -> bool:
    """Did this person get the mail of this key?"""
    m = Message.__table__
    known = sa.select(sa.literal(1)).where(m.c.city == person.place, m.c.dedupe_key == _digest(person, key))
    return connection.execute(known).first() is not None


def _digest(person: Any, key: str) -> str:
    return hashlib.sha256(f"{key}:{person.email}".encode()).hexdigest()


def _people(circle: Circle) -> sa.Select:
    p = Person.__table__
    concerned = sa.and_(p.c.role == circle.role, p.c.place == circle.city)
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
        "dedupe_key": _digest(person, key),
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
