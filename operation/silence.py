"""Sources that have fallen silent, and that speak again: one mail each time, to those who can do something.

Here the collectors' runs meet the alerts' mails. The mark on the source and its mails are one transaction; a
silence is told once, however long it lasts. Refuses to open an alert on a project: its own late report does.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import urlencode

import sqlalchemy as sa

from alerts.letters import Office
from alerts.notices import Circle, Notice, enqueue_notice
from collectors.failure import told
from collectors.quiet import Health, State, rhythm, state_of, title_of
from models.access import operator
from models.db import Database
from models.places import Place
from models.queries.sources import SourceRow, all_sources
from models.sources import Source
from models.words import Words, mark

_EVERYTHING = operator("worker")
_FOOTER = mark("Pilot Dispatch sends this once for each silence of a data source, and once when it ends.")


@dataclass(frozen=True)
class Told:
    """How many sources people were told of."""

    silent: int = 0
    spoke_again: int = 0
    messages: int = 0


def tell_silences(db: Database, *, now: datetime, tolerance: timedelta, office: Office) -> Told:
    """Tell of every source that fell silent or failed three times, and of those that are back. Commits."""
    silent = back = messages = 0
    for row in all_sources(db, _EVERYTHING):
        state = state_of(row, now=now, tolerance=tolerance)
        if state.speaks_up and row.silence_told_at is None:
            silent, messages = silent + 1, messages + _tell(db, row, state, now, office)
        elif row.silence_told_at is not None and state.health in (Health.IN_TIME, Health.OFF):
            back, messages = back + 1, messages + _tell(db, row, state, now, office)
    return Told(silent, back, messages)


def _tell(db: Database, row: SourceRow, state: State, now: datetime, office: Office) -> int:
    """Mark the source and write the mails, if nobody did so meanwhile. A source switched off is only unmarked."""
    s = Source.__table__
    seen = (
        s.c.silence_told_at == row.silence_told_at if row.silence_told_at else s.c.silence_told_at.is_(None)
    )
    mark_at = now if state.speaks_up else None
    with db.rw.begin() as connection:
        ours = connection.execute(
            sa.update(s).where(s.c.name == row.name, seen).values(silence_told_at=mark_at)
        )
        if ours.rowcount != 1 or state.health == Health.OFF:
            return 0
        place = connection.execute(sa.select(Place.__table__).where(Place.code == row.city)).one()
        key = f"source:{row.name}:{state.health}:{row.silence_told_at or state.since}"
        compose = partial(_notice, row, state, (place.name_zh, place.name_en))
        return enqueue_notice(connection, compose, key=key, circle=Circle(row.city), office=office, now=now)


_TITLES = {
    Health.SILENT: mark("The data source “{name}” is silent"),
    Health.FAILING: mark("The data source “{name}” fails again and again"),
}
_PLAIN = {
    Health.SILENT: mark("A data source is silent"),
    Health.FAILING: mark("A data source fails again and again"),
}
_BACK = mark("The data source “{name}” speaks again")
_PLAIN_BACK = mark("A data source speaks again")


def _notice(row: SourceRow, state: State, place: tuple[str, str], t: Words) -> Notice:
    title, plain = _TITLES.get(state.health, _BACK), _PLAIN.get(state.health, _PLAIN_BACK)
    facts = [
        (t("Place"), t.pick(*place)),
        (t("Rhythm"), rhythm(state.every, t)),
        (t("Last good answer"), t.instant(row.last_ok_at) if row.last_ok_at else t("never")),
    ]
    advice = t("Its figures come in again; nothing is to be done.")
    if state.speaks_up:
        said, remedy = _why(row, t)
        facts.append((t("What happened last"), said))
        advice = remedy or t("Ask the source's operator; until it speaks, report through the upload page.")
    elif row.silence_told_at is not None:
        facts.append((t("Told as silent at"), t.instant(row.silence_told_at)))
    path = "sources?" + urlencode({"source": row.name})
    name = title_of(row.name, row.declared)
    return Notice(t(title, name=name), t(plain), tuple(facts), advice, path, t(_FOOTER))


def _why(row: SourceRow, t: Words) -> tuple[str, str]:
    """What the newest run says; where there is none, that nothing came at all."""
    if row.last is None or row.last.code is None:
        return t("Nothing came."), ""
    return told(row.last.code, row.last.values, t)
