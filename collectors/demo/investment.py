"""How much is invested in a demonstration project: to date, this year, this month; in 万元 with two decimals.

Pure. The month is what came since the last month end, the year what came since January; before the first
month that is reported, investment is taken to have gone as planned.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from collectors.demo.changes import planned_pct
from collectors.demo.projects import DemoProject
from models.clock import month_start


@dataclass(frozen=True)
class Investment:
    """Invested to date, of it this year, of it this month."""

    to_date: float
    year: float
    month: float

    def by(self, later: date, earlier: date, to_date: float) -> "Investment":
        """The investment of a later day, from this one of an earlier day."""
        gone = round(to_date - self.to_date, 2)
        same_month = month_start(later) == month_start(earlier)
        return Investment(
            to_date,
            round(gone + (self.year if later.year == earlier.year else 0), 2),
            round(gone + (self.month if same_month else 0), 2),
        )


def investments(
    project: DemoProject, ends: Sequence[date], physical: Sequence[float], quality: float
) -> list[Investment]:
    """One investment for each month end. ``quality``: what a point of progress costs against the plan."""
    sums = [round(project.total * min(now / 100 * quality, 1), 2) for now in physical]
    found = [_first(project, ends[0], sums[0])]
    for index in range(1, len(ends)):
        found.append(found[-1].by(ends[index], ends[index - 1], sums[index]))
    return found


def _first(project: DemoProject, end: date, to_date: float) -> Investment:
    """The first month that is reported, with what was planned before it."""
    reached = planned_pct(project, project.end, end)

    def before(day: date) -> float:
        return (
            round(to_date * min(planned_pct(project, project.end, day) / reached, 1), 2) if reached else 0.0
        )

    last_year, last_month = date(end.year - 1, 12, 31), month_start(end) - timedelta(days=1)
    return Investment(to_date, round(to_date - before(last_year), 2), round(to_date - before(last_month), 2))
