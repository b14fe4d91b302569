"""What somebody wants of mails, and the one place that says what it means.

A person may do without the digest and without mails at once; what is addressed to a person as an order comes
whatever they chose. Refusals are catalogue texts.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from models.clock import CHINA, at_hour, is_workday, local_day
from models.db import Database
from models.people import Person
from models.state import Judgement
from models.vocabulary import AtOnce, Severity
from models.words import LANGUAGES, mark

NO_SUCH_HOUR = mark("The digest comes at a full hour within office hours.")
NO_SUCH_LANGUAGE = mark("There is no such language.")
NOBODY = mark("There is no such account.")


class Kind(StrEnum):
    """What a mail is to its reader."""

    DIGEST = "digest"
    AT_ONCE = "at_once"
    ORDER = "order"


@dataclass(frozen=True)
class Wants:
    """A person's preferences. ``digest_hour`` None: the office's; China's clock."""

    digest: bool = True
    digest_hour: int | None = None
    at_once: AtOnce = AtOnce.RED


def wanted(wants: Wants, kind: Kind, severity: Severity | None = None) -> bool:
    """Does somebody get such a mail? ``severity``: what an alert became. Orders are never unwanted."""
    if kind == Kind.ORDER:
        return True
    if kind == Kind.DIGEST:
        return wants.digest
    return wants.at_once == AtOnce.BOTH or (wants.at_once == AtOnce.RED and severity == Severity.RED)


def wants_of(row: Any) -> Wants:
    """The preferences of a row of ``Person``."""
    return Wants(row.digest, row.digest_hour, AtOnce(row.at_once))


def set_wants(
    db: Database, email: str, wants: Wants, language: str | None, *, hours: tuple[int, int]
) -> str | None:
    """Store somebody's preferences; commits. ``hours``: when the office opens and closes. None, or why not."""
    if wants.digest_hour is not None and not hours[0] <= wants.digest_hour < hours[1]:
        return NO_SUCH_HOUR
    if language not in (None, *LANGUAGES):
        return NO_SUCH_LANGUAGE
    person = Person.__table__
    values = dict(digest=wants.digest, digest_hour=wants.digest_hour, at_once=wants.at_once)
    with db.rw.begin() as connection:
        mine = sa.update(person).where(person.c.email == email, person.c.disabled_at.is_(None))
        changed = connection.execute(mine.values(**values, language=language))
        return None if changed.rowcount == 1 else NOBODY


def digest_is_due(db: Database, now: datetime) -> bool:
    """Has somebody's own digest hour of today passed without a judgement since? The office's is the worker's job."""
    day, person, judged = local_day(now), Person.__table__, Judgement.__table__
    if not is_workday(day):
        return False
    passed = sa.select(sa.func.max(person.c.digest_hour)).where(
        *(person.c.digest, person.c.mails, person.c.disabled_at.is_(None)),
        person.c.digest_hour <= now.astimezone(CHINA).hour,
    )
    with db.ro.connect() as connection:
        hour = connection.scalar(passed)
        newest = connection.scalar(sa.select(sa.func.max(judged.c.finished_at)).where(judged.c.moved_alerts))
    return hour is not None and newest is not None and newest < at_hour(day, hour)


def held_is_due(db: Database, now: datetime) -> bool:
    """Were mails at once held back by the newest judgement, and may they go now?"""
    judged = Judgement.__table__
    newest = sa.select(judged.c.held_until).where(judged.c.moved_alerts)
    with db.ro.connect() as connection:
        until = connection.scalar(newest.order_by(judged.c.finished_at.desc()).limit(1))
    return until is not None and until <= now
