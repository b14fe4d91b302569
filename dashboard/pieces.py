"""What a page draws of a settled day, kept: the next reader of the same figures in the same words gets it as it is.

The key holds everything a piece depends on: the database, whose cities and which post, the language, the day with
its edition, the filters, and what links carry. What a piece noted for downloads is noted again. Refuses what moves
while the day stands (what waits, what came since): such lines are asked for at every rerun.
"""

from collections.abc import Callable, Hashable
from typing import TypeVar

from dashboard import address, takeaway
from dashboard.filters import Filters
from dashboard.visit import Visit
from models.kept import Kept

Made = TypeVar("Made")

_PIECES, _FRAMES = Kept(768, seconds=3600), Kept(48, seconds=3600)


def of_day(visit: Visit, found: Filters, name: Hashable, make: Callable[[], Made]) -> Made:
    """A piece of a page, or rows of a chart: kept where the day is settled, else made anew. ``name``: which, with what else decides it."""
    if not found.day.settled(visit.now):
        return make()
    scope, carried = visit.scope, tuple(sorted(address.carried().items()))
    whose = (scope.cities, scope.role, scope.administers, visit.words.language)
    key = (visit.db, name, whose, found.day, found.narrow, carried)
    made, noted = _PIECES.get(key, lambda: takeaway.noted_by(make))
    takeaway.note_again(noted)
    return made


def frames_of_day(visit: Visit, found: Filters, name: str, make: Callable[[], Made]) -> Made:
    """Frames of a settled day, the same for everybody with these cities."""
    if not found.day.settled(visit.now):
        return make()
    key = (visit.db, name, visit.scope.cities, found.day, found.narrow)
    return _FRAMES.get(key, make)
