"""What somebody was not told yet → the mail that tells it, rendered once and stored in the same transaction.

The text is frozen here: a retry days later sends the same bytes. Refuses to decide who is told what (that is
``routing``), how an alert reads (``items``) and to send (``outbox``).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import polars as pl
import sqlalchemy as sa

from alerts.cities import city_frame
from alerts.items import ITEMS_SHOWN, Desk
from alerts.mail import is_address
from alerts.office import Hours, Occasion, Office
from alerts.order_digest import answers_overdue
from alerts.routing import Post, Recipient, route
from alerts.telling import events_to_tell, store_tellings, told_before
from alerts.wanting import Kind, Wants, wanted, wants_of
from models.alerts import Message
from models.clock import CHINA, is_workday, local_day, working_moment
from models.db import load
from models.people import Person
from models.places import Place
from models.vocabulary import Role

__all__ = ["ITEMS_SHOWN", "Hours", "Occasion", "Office", "enqueue_letters"]


@dataclass(frozen=True)
class Posted:
    """How many mails were stored; ``held_until``: when those may go that their readers were spared for now."""

    messages: int
    held_until: datetime | None = None


def enqueue_letters(
    connection: sa.Connection, facts: pl.DataFrame, *, office: Office, occasion: Occasion
) -> Posted:
    """Store what everybody was not told yet, where it is due; the caller commits.

    The first time on a working day from their digest hour on, somebody gets the day's digest with everything;
    at other times only what is to be told at once. What is held back stays untold, so the next mail has it.
    """
    places = {row.code: row for row in connection.execute(sa.select(Place.__table__))}
    people = [*_recipients(connection, office), *_robots(office, places)]
    if not people:
        return Posted(0)
    of = {code: row.province for code, row in places.items()}
    events = _with_facts(events_to_tell(connection, occasion.at, of), facts)
    told = told_before(connection, occasion.at)
    late = answers_overdue(connection, people, of, today=local_day(occasion.at))
    posts = route(events, told, people, today=local_day(occasion.at), also=late)
    posts = [replace(post, overdue=late.get(post.recipient.email, ())) for post in posts]
    desk = Desk(connection, places, office, occasion)
    due, digests, held_until = _due(connection, posts, office, occasion)
    stored = [desk.letter(post, key) for post, key in due]
    messages = [
        letter.row | {"at_once": key not in digests} for letter, (_, key) in zip(stored, due, strict=True)
    ]
    schema = {name: _DTYPES.get(name, pl.String) for name in messages[0]} if messages else {}
    load(connection, Message, pl.DataFrame(messages, schema=schema))
    if stored:
        store_tellings(connection, pl.concat([letter.tellings for letter in stored]))
    return Posted(len(stored), held_until)


_DTYPES = {
    "at_once": pl.Boolean,
    "due_at": pl.Datetime("us", "UTC"),
    "created_at": pl.Datetime("us", "UTC"),
    "attempts": pl.Int64,
}


def _due(
    connection: sa.Connection, posts: list[Post], office: Office, occasion: Occasion
) -> tuple[list[tuple[Post, str]], frozenset[str], datetime | None]:
    """The posts that make a mail now, each with its permanent key: a day's digest, or what is told at once.

    And the keys of digests, and when the ones may go that are held back.
    """
    day, found, held = local_day(occasion.at), [], []
    keys = {post.recipient.email: _key(f"digest:{day}:{post.recipient.email}") for post in posts}
    message = Message.__table__
    known = sa.select(message.c.dedupe_key).where(message.c.dedupe_key.in_(list(keys.values())))
    sent = set(connection.scalars(known))
    spared = _spared(connection, posts, office.hours, occasion.at)
    for post in posts:
        key, wants = keys[post.recipient.email], post.recipient.wants
        if key not in sent and _digest_now(office.hours, wants, occasion.at):
            if wanted(wants, Kind.DIGEST):
                found.append((post, key))
                continue
            if post.overdue:  # orders reach whom they are addressed to, whatever is wanted of alerts
                found.append((replace(post, lines=post.lines.clear()), key))
        urgent = post.lines.filter(pl.col("urgent"))
        if urgent.is_empty():
            continue
        if post.recipient.email in spared:
            held.append(spared[post.recipient.email])
            continue
        key = _key(f"judgement:{occasion.judgement}:{post.recipient.email}")
        found.append((replace(post, lines=urgent, overdue=()), key))
    return found, frozenset(keys.values()), min(held, default=None)


def _digest_now(hours: Hours | None, wants: Wants, at: datetime) -> bool:
    if hours is None:
        return True
    hour = at.astimezone(CHINA).hour
    return is_workday(local_day(at)) and hours.digest_hour(wants.digest_hour) <= hour < hours.closes


def _spared(
    connection: sa.Connection, posts: list[Post], hours: Hours | None, at: datetime
) -> dict[str, datetime]:
    """Who had a mail at once so lately that the next must wait, and until when. Digests do not count.

    Counted between the moments at which mails leave: what is written at night leaves when the office opens.
    """
    if hours is None or not posts:
        return {}
    message = Message.__table__
    newest = (
        sa.select(message.c.recipient, sa.func.max(message.c.created_at))
        .where(message.c.recipient.in_([post.recipient.email for post in posts]))
        .where(message.c.created_at > at - _LONGEST_NIGHT, message.c.created_at <= at, message.c.at_once)
        .group_by(message.c.recipient)
    )
    leaves, apart = working_moment(at, hours.opens, hours.closes), timedelta(minutes=hours.apart)
    free = {
        recipient: working_moment(created, hours.opens, hours.closes) + apart
        for recipient, created in connection.execute(newest)
    }
    return {recipient: moment for recipient, moment in free.items() if moment > leaves}


#: No office is closed for longer than the holidays of National Day with their weekends.
_LONGEST_NIGHT = timedelta(days=12)


def _key(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _with_facts(events: pl.DataFrame, facts: pl.DataFrame) -> pl.DataFrame:
    columns = ("city", "project", "name", "programme", "total_investment")
    frames = [frame.select(*columns, newest="as_of") for frame in (facts, city_frame(facts))]
    return events.join(pl.concat(frames), on=["city", "project"], how="left")


def _robots(office: Office, places: Mapping[str, sa.Row]) -> list[Recipient]:
    """Declared robots, each at the desk of its place; one of a place that is not known is left out."""
    return [
        Recipient(robot.recipient, _DESKS[str(places[robot.place].level)], robot.place, robot.language)
        for robot in office.robots
        if robot.place in places
    ]


_DESKS = {"nation": Role.MINISTRY, "province": Role.PROVINCE, "city": Role.CITY}


def _recipients(connection: sa.Connection, office: Office) -> list[Recipient]:
    person = Person.__table__
    statement = (
        sa.select(person).where(person.c.mails, person.c.disabled_at.is_(None)).order_by(person.c.email)
    )
    return [
        Recipient(
            row.email, row.role, row.place, row.language or office.language, row.created_at, wants_of(row)
        )
        for row in connection.execute(statement)
        if is_address(row.email)
    ]
