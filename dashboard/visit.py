"""One run of a page: who looks, in which language, at which database, at which instant.

Built by the gate on every rerun and handed to each view; views take nothing else from outside.
"""

from dataclasses import dataclass
from datetime import date, datetime

from alerts.office import Hours, Office
from models.access import Action, Scope
from models.clock import local_day
from models.db import Database
from models.words import Words
from settings import Settings


@dataclass(frozen=True)
class Visit:
    """A signed-in person's look at a page. ``now`` is the instant of this run, aware UTC."""

    name: str
    scope: Scope
    words: Words
    db: Database
    now: datetime
    settings: Settings

    @property
    def today(self) -> date:
        return local_day(self.now)

    @property
    def office(self) -> Office:
        """How mails that something done on a page causes are dressed, and when they leave."""
        s = self.settings
        hours = Hours(s.digest_hour, s.office_opens, s.office_closes)
        return Office(base_url=s.base_url, language=s.default_language, hours=hours)

    @property
    def home(self) -> str:
        """The page that opens first."""
        return "overview" if self.may(Action.SEE) else "people"

    def may(self, action: Action) -> bool:
        return self.scope.may(action)
