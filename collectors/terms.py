"""The terms on which a delivery is compared: whose it is, when, and what a mapping says of its plan figures."""

from dataclasses import dataclass
from datetime import date, datetime

from collectors import magnitude


@dataclass(frozen=True)
class Terms:
    """``in_force_on`` None: plan figures that differ wait as pending adjustments (``collectors/ledger.py``).

    A day: they are in force from it, as published (``collectors/published.py``).
    """

    by: str
    now: datetime
    reason: str | None = None  # why past figures are restated, where a row does not say it
    decides: bool = False  # may the uploader decide on adjustments?
    programme: str = "pilot"
    in_force_on: date | None = None
    ground_note: str | None = None
    cumulative: tuple[str, ...] = magnitude.CUMULATIVE
    total_moves_percent: int = 0  # a total that moved by at most this much is no adjustment
