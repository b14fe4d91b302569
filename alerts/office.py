"""What an evaluation uses beside the facts to tell people: hours, language, addresses; and the judgement itself."""

from dataclasses import dataclass
from datetime import date, datetime

from alerts.policy import CARRIED, Policy
from alerts.webhook import Robot
from models.words import DEFAULT_LANGUAGE


@dataclass(frozen=True)
class Hours:
    """When mails are due, by China's clock and working days: first reds within office hours, digests from an hour.

    ``apart``: minutes between two mails at once to the same reader; what comes sooner goes with the next.
    """

    digest_at: int = 9
    opens: int = 8
    closes: int = 20
    apart: int = 30

    def digest_hour(self, own: int | None) -> int:
        """When somebody's digest comes: their own hour, kept within office hours as these are now."""
        return self.digest_at if own is None else min(max(own, self.opens), self.closes - 1)


@dataclass(frozen=True)
class Office:
    """What an evaluation uses beside the facts: the policy's text, and how its mails are dressed.

    ``hours`` None: everything is due at once, as for somebody who judges by hand. ``tells`` False: a day that
    is made up for moves alerts and says nothing; the judgement of today tells what came of it.
    """

    policy: str = CARRIED
    base_url: str = "http://localhost:8501"
    language: str = DEFAULT_LANGUAGE
    domain: str = "pilot-dispatch.local"  # the right half of every Message-ID
    hours: Hours | None = None
    robots: tuple[Robot, ...] = ()
    tells: bool = True


@dataclass(frozen=True)
class Occasion:
    """The judgement that causes the mails."""

    judgement: str
    on: date
    at: datetime
    policy: Policy
