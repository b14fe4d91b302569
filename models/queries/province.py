"""What a province recommended for the pilot, in its newest year (108-III.1)."""

from dataclasses import dataclass

import sqlalchemy as sa

from models.access import Scope, within
from models.db import Database
from models.records import Application
from models.vocabulary import PlaceKind


@dataclass(frozen=True)
class Recommended:
    """Prefecture-level cities and districts that a province recommended in a year."""

    year: int
    cities: int
    districts: int


def recommended(db: Database, scope: Scope, province: str, *, year: int) -> Recommended | None:
    """The newest year's recommendations up to ``year``, as they stand; None out of scope or where none is known."""
    a = Application.__table__
    own = [a.c.city == province, a.c.superseded_at.is_(None), a.c.year <= year]
    newest = sa.select(sa.func.max(a.c.year)).where(*own).scalar_subquery()
    statement = sa.select(a.c.year, a.c.place_kind, sa.func.count()).where(*own, a.c.year == newest)
    with db.ro.connect() as connection:
        rows = connection.execute(within(statement.group_by(a.c.year, a.c.place_kind), scope, a.c.city)).all()
    if not rows:
        return None
    counts = {str(kind): count for _, kind, count in rows}
    return Recommended(rows[0].year, counts.get(PlaceKind.PREFECTURE, 0), counts.get(PlaceKind.DISTRICT, 0))
