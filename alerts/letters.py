"""Transitions → the mails they cause, rendered once and stored in the transaction that caused them.

The text is frozen here: a retry days later sends the same bytes. Refuses to decide who is told (that is
``routing``) and to send (that is ``outbox``).
"""

import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jinja2
import polars as pl
import sqlalchemy as sa

from alerts.cities import city_frame
from alerts.explain import Explanation, Look, compose, reason_text
from alerts.mail import HeaderRefused, header_text, is_address
from alerts.policy import CARRIED, Policy
from alerts.routing import Post, Recipient, route
from models.alerts import Message
from models.db import load
from models.people import Person
from models.places import Place, Programme
from models.vocabulary import MessageState, Transition
from models.words import DEFAULT_LANGUAGE, Words, mark, words

#: Items written out in one mail; the rest are counted and linked.
ITEMS_SHOWN = 30

_TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=lambda name: bool(name) and name.endswith(".html.j2"),
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)

#: Word and colour of a light, dark enough on white (4.5 to 1); the word always stands beside it.
_COLOURS = {"red": "#b42318", "yellow": "#8a5a00", None: "#1a6e3c"}


@dataclass(frozen=True)
class Office:
    """What an evaluation uses beside the facts: the policy's text, and how its mails are dressed."""

    policy: str = CARRIED
    base_url: str = "http://localhost:8501"
    language: str = DEFAULT_LANGUAGE
    domain: str = "pilot-dispatch.local"  # the right half of every Message-ID


@dataclass(frozen=True)
class Occasion:
    """The judgement that causes the mails."""

    judgement: str
    on: date
    at: datetime
    policy: Policy


@dataclass(frozen=True)
class Item:
    """One transition as a mail shows it."""

    place: str
    project: str
    name: str
    what: str
    colour: str
    since: str
    as_of: str
    reason: str
    why: Explanation | None
    link: str


def enqueue_letters(
    connection: sa.Connection, moved: pl.DataFrame, facts: pl.DataFrame, *, office: Office, occasion: Occasion
) -> int:
    """Store one message per person whom the transitions concern; the caller commits. Returns how many.

    ``moved`` is what ``lifecycle`` gives, with ``alert`` ids.
    """
    if moved.is_empty():
        return 0
    places = {row.code: row for row in connection.execute(sa.select(Place.__table__))}
    demonstrations = connection.scalars(sa.select(Programme.code).where(Programme.demonstration)).all()
    told = _with_facts(moved, facts, {code: row.province for code, row in places.items()})
    posts = route(told, _recipients(connection, office))
    rows = [
        _message(post, places, frozenset(demonstrations), office=office, occasion=occasion) for post in posts
    ]
    schema = {name: _DTYPES.get(name, pl.String) for name in rows[0]} if rows else {}
    return load(connection, Message, pl.DataFrame(rows, schema=schema))


_DTYPES = {
    "due_at": pl.Datetime("us", "UTC"),
    "created_at": pl.Datetime("us", "UTC"),
    "attempts": pl.Int64,
}


def _with_facts(moved: pl.DataFrame, facts: pl.DataFrame, provinces: Mapping[str, str]) -> pl.DataFrame:
    columns = ("city", "project", "name", "programme", "total_investment")
    frames = [frame.select(*columns, newest="as_of") for frame in (facts, city_frame(facts))]
    wanted = pl.concat(frames)
    return moved.join(wanted, on=["city", "project"], how="left").with_columns(
        province=pl.col("city").replace_strict(provinces, default=None, return_dtype=pl.String)
    )


def _recipients(connection: sa.Connection, office: Office) -> list[Recipient]:
    person = Person.__table__
    statement = (
        sa.select(person.c.email, person.c.role, person.c.place, person.c.language)
        .where(person.c.mails, person.c.disabled_at.is_(None))
        .order_by(person.c.email)
    )
    return [
        Recipient(row.email, row.role, row.place, row.language or office.language)
        for row in connection.execute(statement)
        if is_address(row.email)
    ]


def _message(
    post: Post,
    places: Mapping[str, Any],
    demonstrations: frozenset[str],
    *,
    office: Office,
    occasion: Occasion,
) -> dict[str, Any]:
    t = words(post.recipient.language)
    shown = post.transitions.head(ITEMS_SHOWN).to_dicts()
    items = [_item(row, places, t, office=office, occasion=occasion) for row in shown]
    context = {
        "t": t,
        "items": items,
        "more": post.transitions.height - len(items),
        "on": t.day(occasion.on),
        "policy": occasion.policy.version,
        "language": t.language.replace("_", "-"),
        "demonstration": any(row["programme"] in demonstrations for row in shown),
        "all_link": f"{office.base_url}/alerts",
    }
    identity = str(uuid.uuid4())
    key = f"judgement:{occasion.judgement}:{post.recipient.email}"
    return {
        "city": post.recipient.place,
        "id": identity,
        "dedupe_key": hashlib.sha256(key.encode()).hexdigest(),
        "recipient": post.recipient.email,
        "language": t.language,
        "subject": subject(items[0], post.transitions.height, t),
        "body_text": _TEMPLATES.get_template("alerts.txt.j2").render(context),
        "body_html": _TEMPLATES.get_template("alerts.html.j2").render(context),
        "message_id": f"<pd-{identity}@{office.domain}>",
        "state": str(MessageState.QUEUED),
        "due_at": occasion.at,
        "attempts": 0,
        "created_at": occasion.at,
    }


def subject(first: Item, count: int, t: Words) -> str:
    """The subject line: the worst item and how many there are. A name that no header may carry is left out."""
    text = mark("[Pilot Dispatch] {place} {project} {what} ({count} in all)")
    values = {"place": first.place, "what": first.what, "count": count}
    try:
        return header_text(t(text, project=first.project, **values))
    except HeaderRefused:
        return header_text(t(text, project="", **values))


def _item(
    row: Mapping[str, Any], places: Mapping[str, Any], t: Words, *, office: Office, occasion: Occasion
) -> Item:
    limits = occasion.policy.rules.get(row["rule"])
    place = places.get(row["city"])
    resolved = row["transition"] == str(Transition.RESOLVED)
    label = t(limits.title) if limits else row["rule"]
    state = t.label(row["transition"]) if resolved else t.label(row["after"])
    look = Look(row["after"], row["measured"], row["known"], row["applies"])
    return Item(
        place=t.pick(place.name_zh, place.name_en) if place else row["city"],
        project=row["project"],
        name=row["name"] or "",
        what=f"{label} {state}",
        colour=_COLOURS[row["after"]],
        since=t.day(row["opened_on"]),
        as_of=t.day(row["newest"]),
        reason=reason_text(row["reason"], limits, t),
        why=compose(json.loads(row["inputs"]), look, limits, t) if limits else None,
        link=f"{office.base_url}/{_page(row)}",
    )


def _page(row: Mapping[str, Any]) -> str:
    """The page that shows what the alert is about: the project's, or the city's."""
    if row["project"]:
        return "project?" + urlencode({"city": row["city"], "project": row["project"]})
    return "city?" + urlencode({"city": row["city"]})
