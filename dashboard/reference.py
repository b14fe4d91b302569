"""Reference data as pages need it at every rerun: places, programmes, industries; kept for some seconds.

Commands change it, people do not wait for it. What is narrowed to a scope is kept by the scope's cities. Refuses
figures: those are kept by the day they belong to (``pieces.py``).
"""

from alerts import day as days
from alerts.day import Day
from models.access import Scope
from models.db import Database
from models.kept import Kept
from models.queries import day_state, places
from models.queries.places import BatchRow, PlaceRow, ProgrammeRow

#: How long a page may show a name or a list that a command has just changed.
SECONDS = 20.0

_KEPT = Kept(256, SECONDS)


def programmes(db: Database) -> tuple[ProgrammeRow, ...]:
    """Every programme, oldest first."""
    return _KEPT.get((db, "programmes"), lambda: tuple(places.programmes(db)))


def names(db: Database) -> dict[str, PlaceRow]:
    """Every place by its code; shared, never to be changed."""
    return _KEPT.get((db, "names"), lambda: places.names(db))


def provinces(db: Database) -> list[PlaceRow]:
    """The province-level units with their tiles, by code."""
    return _KEPT.get((db, "provinces"), lambda: places.provinces(db))


def cities(db: Database, scope: Scope) -> list[PlaceRow]:
    """The cities within a scope, by code."""
    return _KEPT.get((db, "cities", scope.cities), lambda: places.cities(db, scope))


def roster(db: Database) -> list[BatchRow]:
    """Announced and confirmed entries of each batch."""
    return _KEPT.get((db, "roster"), lambda: places.roster(db))


def default_programme(db: Database, day: Day) -> str | None:
    """The programme shown first; asked anew as long as no day is judged."""
    if day.edition is None:
        return days.default_programme(db)
    return _KEPT.get((db, "programme", day.on, day.edition), lambda: days.default_programme(db))


def industries(db: Database, scope: Scope, day: Day) -> list[str]:
    """The industry codes of the newest judged day's projects within a scope, by code."""
    key = (db, "industries", scope.cities, day.on, day.edition)
    return _KEPT.get(key, lambda: day_state.industries(db, scope))
