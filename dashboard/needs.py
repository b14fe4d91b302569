"""What opens a page where it is not seeing figures: one list for the menu and for pages that lead to others.

A page that is not named opens to whoever sees figures. Each page asks again what it shows; this is the door.
"""

from collections.abc import Mapping

from dashboard.visit import Visit
from models.access import Action

NEEDS: Mapping[str, tuple[Action, ...]] = {
    "sources": (Action.SEE, Action.ADMINISTER),
    "administration": (Action.ADMINISTER, Action.AUDIT, Action.DECIDE),
    "people": (Action.ADMINISTER,),
    "audit": (Action.AUDIT,),
    "me": tuple(Action),
    "letters": tuple(Action),
}


def opens(visit: Visit, path: str) -> bool:
    """Does a page open to this reader?"""
    return any(visit.may(action) for action in NEEDS.get(path, (Action.SEE,)))
