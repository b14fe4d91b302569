"""A demonstration project with everything that is told of it; what the sending of every form begins with.

Pure: the same day and seed give the same stories, those of a city whether or not others are asked for.
"""

from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from random import Random

from collectors.demo.changes import Change, changes, end_at, planned_pct, told
from collectors.demo.figures import Figure, figures, month_ends
from collectors.demo.projects import DemoProject, portfolio
from collectors.demo.windows import Behaviour

#: Which month, counted from the newest, a corrected figure belongs to, and a pending plan is told in.
TOLD_AGAIN = -3


@dataclass(frozen=True)
class Story:
    """A project, the changes of its plan, and one figure for each month end."""

    project: DemoProject
    changes: tuple[Change, ...]
    figures: tuple[Figure, ...]

    @property
    def reports(self) -> bool:
        return self.project.behaviour != Behaviour.NEVER_REPORTED

    def planned(self, at: date) -> float:
        """Planned progress by the plan that is in force on a day."""
        return planned_pct(self.project, end_at(self.project, self.changes, at), at)

    def told_twice(self, index: int) -> bool:
        """Is this the month whose figure was first told too high?"""
        return self.project.behaviour == Behaviour.CORRECTED and index == len(self.figures) + TOLD_AGAIN

    def names_later_end(self, index: int) -> bool:
        """Is this the report that names a later end than the plan?"""
        return self.project.behaviour == Behaviour.PENDING and index == len(self.figures) + TOLD_AGAIN

    def first_told(self, index: int) -> Figure:
        """The figure as it was first reported."""
        figure = self.figures[index]
        if not self.told_twice(index):
            return figure
        return replace(figure, physical=min(round(figure.physical + 9.0, 1), 99.0))

    def figure_on(self, day: date) -> Figure:
        """The figure of any day: straight between month ends, and as in the last month after the newest."""
        after = next((f for f in self.figures if f.as_of >= day), None)
        before = [f for f in self.figures if f.as_of < day]
        if after is None:
            return _between(before[-1], _on(*before[-2:]), day)
        return _between(before[-1], after, day) if before and after.as_of != day else after


@lru_cache(maxsize=128)
def stories(code: str, today: date, seed: int) -> tuple[Story, ...]:
    """The stories of a place's projects."""
    own = [project for project in portfolio(today, seed=seed) if project.place.code == code]
    batch = own[0].place.batch
    ends = month_ends(batch, today)
    rng = Random(f"{seed}:money:{code}")
    second_issue = ends[0] if batch == 1 else rng.choice(ends[2:6])
    return tuple(_story(project, ends, second_issue, seed) for project in own)


def _story(project: DemoProject, ends: list[date], second_issue: date, seed: int) -> Story:
    rng = Random(f"{seed}:story:{project.code}")
    made = tuple(changes(project, ends, rng))
    return Story(project, made, tuple(figures(project, made, ends, second_issue, rng)))


def _on(before: Figure, last: Figure) -> Figure:
    """What the next month end would say if the month goes as the last one did."""
    reached = min(round(2 * last.physical - before.physical, 1), max(last.physical, 99.0))
    spent = round(2 * last.investment.to_date - before.investment.to_date, 2)
    end = last.as_of + (last.as_of - before.as_of)
    to_date = last.investment.to_date if reached == last.physical else spent
    return replace(last, as_of=end, physical=reached, investment=last.investment.by(end, last.as_of, to_date))


def _between(before: Figure, after: Figure, day: date) -> Figure:
    """A day between two figures. Its money is ``before``'s: what moved in between is added elsewhere."""
    gone = (day - before.as_of) / (after.as_of - before.as_of)
    physical = told(before.physical + (after.physical - before.physical) * gone)
    more = after.investment.to_date - before.investment.to_date
    to_date = round(before.investment.to_date + more * gone, 2)
    return replace(
        after if physical > 0 and before.physical == 0 else before,
        as_of=day,
        physical=physical,
        gain=round(physical - before.physical, 1),
        investment=before.investment.by(day, before.as_of, to_date),
        annual_plan=after.annual_plan if day.year == after.as_of.year else before.annual_plan,
    )
