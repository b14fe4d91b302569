"""Bulletins by mail: announced to those whose place they are of.

A mail says the key figures and links the page that gives the documents, with day and knowledge in the link, so
that it reproduces what the mail says. Everybody gets a bulletin of their own place once, in their own language:
whoever has not got the newest one yet gets it on the next working day's round, so a round that was missed is
made up for. Refuses attachments: the outbox has none, and a forwarded file would leave the scope it was cut to.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from urllib.parse import urlencode

from alerts.bulletin import rhythm
from alerts.bulletin.compose import compose
from alerts.bulletin.reading import Asked, Material, of_place, read
from alerts.letters import Office
from alerts.notices import Circle, Notice, enqueue_notice, without
from collectors.closing import open_calendar
from models.clock import local_day
from models.db import Database
from models.places import NATION
from models.queries.bulletin import cities_of, newest_knowledge
from models.vocabulary import Rhythm, Role
from models.words import Words, mark

#: Who gets which bulletin: roles by rhythm.
Readers = Mapping[Rhythm, Iterable[Role]]

_ADVICE = mark("The page shows the bulletin and gives it as DOCX, PDF and XLSX, as it was known then.")
_FOOTER = mark("Pilot Dispatch sends this to everybody of a place whose role is set to get this bulletin.")


@dataclass(frozen=True)
class Announced:
    """How many bulletins were composed, and how many mails stored."""

    bulletins: int = 0
    messages: int = 0


@dataclass(frozen=True)
class Rules:
    """Who gets which, and how many working days after the reporting window closes the monthly one goes out."""

    readers: Readers
    wait_workdays: int = 1


def announce(db: Database, *, now: datetime, rules: Rules, office: Office) -> Announced:
    """Store a mail about every bulletin that is to be out, for everybody who has not got it yet. Commits."""
    today, bulletins, messages = local_day(now), 0, 0
    for kind, roles in rules.readers.items():
        on = rhythm.newest_day(kind, today)
        if not rhythm.goes_out(
            kind, today, closed_on=_closed(db, now, on), wait_workdays=rules.wait_workdays
        ):
            continue
        wanting = _wanting(db, kind, on, frozenset(roles))
        if wanting:
            asked = Asked(on, _known_at(db, now), NATION, kind)
            bulletins += len({place for place, _ in wanting})
            messages += _announced(db, read(db, asked), wanting, (office, now))
    return Announced(bulletins, messages)


def _closed(db: Database, now: datetime, on: date) -> date:
    """The last day to report the period that a day lies in, by everybody's window."""
    window = open_calendar(db, now).windows[None]
    return window.due_on(window.period(on))


def _known_at(db: Database, now: datetime) -> datetime:
    """What today's judgement knew, so that no file that was still on its way then is missed; else now."""
    newest = newest_knowledge(db)
    return newest if newest is not None and local_day(newest) == local_day(now) and newest <= now else now


def _key(kind: Rhythm, on: date, place: str) -> str:
    return f"bulletin:{kind}:{on}:{place}"


def _wanting(db: Database, kind: Rhythm, on: date, roles: frozenset[Role]) -> set[tuple[str, Role]]:
    """The desks (place and role) where somebody has not got the newest bulletin yet."""
    with db.ro.connect() as connection:
        return without(connection, lambda place: _key(kind, on, place), roles)


def _announced(
    db: Database, nation: Material, wanting: set[tuple[str, Role]], told: tuple[Office, datetime]
) -> int:
    office, now = told
    messages = 0
    for place, role in sorted(wanting):
        material = of_place(nation, place, cities_of(db, place))
        if material.now.is_empty() and material.before.is_empty():
            continue
        circle = Circle(place, administrators=False, role=role)
        key = _key(material.asked.rhythm, material.asked.on, place)
        with db.rw.begin() as connection:
            messages += enqueue_notice(
                connection, partial(_notice, material), key=key, circle=circle, office=office, now=now
            )
    return messages


def _notice(material: Material, t: Words) -> Notice:
    asked, bulletin = material.asked, compose(material, t)
    facts = (
        (t("Bulletin"), f"{bulletin.issue} · {bulletin.dated}"),
        (t("As known at"), t.instant(asked.known_at)),
    )
    title = t(
        "{kind}, {place}, {on}", kind=t.label(asked.rhythm), place=_place(material, t), on=t.day(asked.on)
    )
    return Notice(
        title, bulletin.issue, facts + bulletin.figures, t(_ADVICE), page_path(asked, t.language), t(_FOOTER)
    )


def _place(material: Material, t: Words) -> str:
    place = material.names[material.asked.place]
    return t.pick(place.name_zh, place.name_en)


def page_path(asked: Asked, language: str) -> str:
    """The page that shows this bulletin, and the same one whenever it is opened."""
    wanted = {"rhythm": str(asked.rhythm), "place": asked.place, "on": asked.on.isoformat()}
    wanted |= {"known_at": asked.known_at.isoformat(), "programme": asked.programme, "lang": language}
    return f"bulletin?{urlencode(wanted)}"
