"""How cities keep to the reporting window: late, silent, weekly, with more time, with a period opened again.

Pure and by seed, the same whichever cities are asked for.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from random import Random

from collectors.demo import words
from collectors.demo.people import SHOWN
from collectors.demo.projects import portfolio
from collectors.demo.windows import Behaviour

#: Cities that usually report after the window, and cities that fell silent some months ago.
LATE_CITIES, SILENT_CITIES, SILENT_MONTHS = 2, 1, 2

#: Weeks for which the city of high risk has reported weekly, at least.
_WEEKS = 5


@dataclass(frozen=True)
class Manners:
    """Place codes. ``extended`` is one of the late ones: it was given more time for the newest period.

    ``reopened``: its corrected figure was found out only after the province had accepted it.
    """

    late: frozenset[str]
    silent: frozenset[str]
    weekly: str
    extended: str
    reopened: str


@lru_cache(maxsize=4)
def manners(today: date, seed: int) -> Manners:
    """Who does what."""
    codes = [place.code for place in words.places() if not place.paired]
    chosen = Random(f"{seed}:manners").sample(codes[1:], LATE_CITIES + SILENT_CITIES)
    projects = portfolio(today, seed=seed)
    told = (Behaviour.CORRECTED, Behaviour.PENDING)
    busy = {project.place.code for project in projects if project.behaviour in told}
    corrected = (p.place.code for p in projects if p.behaviour == Behaviour.CORRECTED)
    late = frozenset(chosen[:LATE_CITIES])
    ordinary = [code for code in codes if code not in {*chosen, *busy, *SHOWN}]
    return Manners(
        late,
        frozenset(chosen[LATE_CITIES:]),
        weekly=Random(f"{seed}:weekly").choice(ordinary),
        extended=min(late - set(SHOWN) or late),
        reopened=next((code for code in corrected if code not in {*chosen, *SHOWN}), ""),
    )


def weekly_since(today: date) -> date:
    """The first day of the month since which the weekly city reports by the week."""
    return (today - timedelta(weeks=_WEEKS)).replace(day=1)


def sundays(today: date) -> list[date]:
    """The ends of the weeks that the weekly city has reported, oldest first."""
    last, since = today - timedelta(days=today.isoweekday()), weekly_since(today)
    return [last - timedelta(weeks=week) for week in reversed(range((last - since).days // 7 + 1))]
