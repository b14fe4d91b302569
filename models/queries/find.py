"""Find anything by name, code, unit or city: every word must be found; Chinese by its initials too.

Asks the newest judged day, so that a find costs the same as a list. To find by one more field, add it to
``_FIELDS`` (and to ``DayState``).
"""

import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

import polars as pl
import sqlalchemy as sa
from sqlmodel import Session, func, select

from models.access import Scope, within
from models.db import Database, fetch
from models.pinyin import initials, read_as_word
from models.queries import places
from models.queries.places import PlaceRow
from models.state import DayState, Judgement

#: Where a word may stand.
_FIELDS = ("name", "project", "unit_name")

#: The shortest run of letters that is tried as initials; one letter would find everything.
_INITIALS = 2

_SHOWN = ("city", "project", "name", "unit_name", "kind", "programme", "light", "as_of", "score")


@dataclass(frozen=True)
class Found:
    """What was found: provinces and cities by code, and projects, best first; ``total`` counts them all."""

    provinces: tuple[PlaceRow, ...]
    places: tuple[PlaceRow, ...]
    projects: pl.DataFrame
    total: int


def words_of(text: str) -> tuple[str, ...]:
    """What is looked for: NFKC, lower case, parted at blanks, at most eight words."""
    return tuple(unicodedata.normalize("NFKC", text).casefold().split()[:8])


def find(db: Database, scope: Scope, text: str, *, on: date | None, limit: int) -> Found:
    """What a reader may see and every word of ``text`` fits. ``on`` is the newest judged day, None: none yet.

    A city's own name finds its projects too. Exact codes come first, then names that begin so, then the worst.
    """
    wanted = words_of(text)
    if not wanted:
        return Found((), (), pl.DataFrame(), 0)
    known = {place.code: place for place in places.cities(db, scope)}
    fits = {word: {code for code, place in known.items() if _is_of(place, word)} for word in wanted}
    here = tuple(place for code, place in known.items() if all(code in fits[word] for word in wanted))
    reached = {place.province for place in known.values()}
    above = tuple(
        place
        for place in places.provinces(db)
        if place.code in reached and all(_is_of(place, word) for word in wanted)
    )
    if on is None:
        return Found(above, here, pl.DataFrame(), 0)
    table = DayState.__table__
    statement = sa.select(*(table.c[name] for name in _SHOWN)).where(table.c.state_on == on)
    for word in wanted:
        held = [table.c[name].icontains(word, autoescape=True) for name in _FIELDS]
        held.append(table.c.city.in_(sorted(fits[word])))
        statement = statement.where(sa.or_(*held))
    projects = fetch(db, within(statement, scope, table.c.city))
    if all(word.isascii() and word.isalnum() and len(word) >= _INITIALS for word in wanted):
        projects = pl.concat([projects, _by_initials(db, scope, wanted, on)]).unique(["city", "project"])
    ranked = projects.with_columns(rank=_rank(wanted)).sort(
        "rank", "score", "name", "city", "project", descending=[False, True, False, False, False]
    )
    return Found(above, here, ranked.head(limit).drop("rank"), ranked.height)


def _is_of(place: PlaceRow, word: str) -> bool:
    said = (place.name_zh, place.name_en.casefold(), place.code)
    is_letters = word.isascii() and len(word) >= _INITIALS
    return any(word in name for name in said) or (is_letters and read_as_word(place.name_zh).startswith(word))


def _rank(wanted: tuple[str, ...]) -> pl.Expr:
    whole = " ".join(wanted)
    name = pl.col("name").str.to_lowercase()
    return (
        pl.when(pl.col("project").str.to_lowercase() == whole)
        .then(0)
        .when(name.str.starts_with(wanted[0]))
        .then(1)
        .otherwise(2)
    )


def _by_initials(db: Database, scope: Scope, wanted: tuple[str, ...], on: date) -> pl.DataFrame:
    with Session(db.ro) as session:
        known_at = session.exec(select(func.max(Judgement.known_at)).where(Judgement.judged_on == on)).one()
    read = _read(db, on, known_at)
    fits = pl.all_horizontal(
        pl.col("name_initials").str.contains(word, literal=True)
        | pl.col("unit_initials").str.contains(word, literal=True)
        for word in wanted
    )
    hit = read.filter(fits)
    if scope.cities is not None:
        hit = hit.filter(pl.col("city").is_in(sorted(scope.cities)))
    return hit.select(_SHOWN)


@lru_cache(maxsize=2)
def _read(db: Database, on: date, _known_at: datetime | None) -> pl.DataFrame:
    """The day's projects with their initials, made once for everybody: whose they are is asked after."""
    table = DayState.__table__
    rows = fetch(db, sa.select(*(table.c[name] for name in _SHOWN)).where(table.c.state_on == on))
    return rows.with_columns(name_initials=initials(rows["name"]), unit_initials=initials(rows["unit_name"]))
