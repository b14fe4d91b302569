"""What somebody was not told yet → the mail that tells it, rendered once and stored in the same transaction.

The text is frozen here: a retry days later sends the same bytes. Refuses to decide who is told what (that is
``routing``), how an alert reads (``items``) and to send (``outbox``).
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace

import polars as pl
import sqlalchemy as sa

from alerts.cities import city_frame
from alerts.items import ITEMS_SHOWN, Desk
from alerts.mail import is_address
from alerts.office import Hours, Occasion, Office
from alerts.routing import Post, Recipient, route
from alerts.telling import events_to_tell, store_tellings, told_before
from models.alerts import Message
from models.clock import CHINA, is_workday, local_day
from models.db import load
from models.people import Person
from models.places import Place
from models.vocabulary import Role

__all__ = ["ITEMS_SHOWN", "Hours", "Occasion", "Office", "enqueue_letters"]


def enqueue_letters(
    connection: sa.Connection, facts: pl.DataFrame, *, office: Office, occasion: Occasion
) -> int:
    """Store what everybody was not told yet, where it is due; the caller commits. Returns how many mails.

    The first time on a working day from the digest hour on, somebody gets the day's digest with everything;
    at other times only what became red.
    """
    places = {row.code: row for row in connection.execute(sa.select(Place.__table__))}
    people = [*_recipients(connection, office), *_robots(office, places)]
    if not people:
        return 0
    of = {code: row.province for code, row in places.items()}
    events = _with_facts(events_to_tell(connection, occasion.at, of), facts)
    told = told_before(connection, occasion.at)
    posts = route(events, told, people, today=local_day(occasion.at))
    desk = Desk(connection, places, office, occasion)
    stored = [desk.letter(post, key) for post, key in _due(connection, posts, office, occasion)]
    messages = [letter.row for letter in stored]
    schema = {name: _DTYPES.get(name, pl.String) for name in messages[0]} if messages else {}
    load(connection, Message, pl.DataFrame(messages, schema=schema))
    if stored:
        store_tellings(connection, pl.concat([letter.tellings for letter in stored]))
    return len(stored)


_DTYPES = {
    "due_at": pl.Datetime("us", "UTC"),
    "created_at": pl.Datetime("us", "UTC"),
    "attempts": pl.Int64,
}


def _due(
    connection: sa.Connection, posts: list[Post], office: Office, occasion: Occasion
) -> Iterator[tuple[Post, str]]:
    """The posts that make a mail now, each with its permanent key: a day's digest, or what became red."""
    day, hours = local_day(occasion.at), office.hours
    keys = {post.recipient.email: _key(f"digest:{day}:{post.recipient.email}") for post in posts}
    known = sa.select(Message.__table__.c.dedupe_key).where(
        Message.__table__.c.dedupe_key.in_(list(keys.values()))
    )
    sent = set(connection.scalars(known))
    digest_now = hours is None or (
        is_workday(day) and hours.digest_at <= occasion.at.astimezone(CHINA).hour < hours.closes
    )
    for post in posts:
        key = keys[post.recipient.email]
        if digest_now and key not in sent:
            yield post, key
            continue
        urgent = post.lines.filter(pl.col("urgent"))
        if not urgent.is_empty():
            yield (
                replace(post, lines=urgent),
                _key(f"judgement:{occasion.judgement}:{post.recipient.email}"),
            )


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
        sa.select(person.c.email, person.c.role, person.c.place, person.c.language, person.c.created_at)
        .where(person.c.mails, person.c.disabled_at.is_(None))
        .order_by(person.c.email)
    )
    return [
        Recipient(row.email, row.role, row.place, row.language or office.language, row.created_at)
        for row in connection.execute(statement)
        if is_address(row.email)
    ]
