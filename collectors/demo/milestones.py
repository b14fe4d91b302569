"""The demonstration's milestones: planned along the plan, reached as the project goes, else expected.

Pure. A milestone is reached when physical progress is what was planned for its day. A planned day is part of
the first plan and never moves; what will not be reached in time has an expected day and says why.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from collectors.demo.changes import planned_pct
from collectors.demo.material import material
from collectors.demo.projects import DemoProject
from collectors.demo.rows import Row
from collectors.demo.stories import Story

#: Days ahead for which a milestone that will be late has an expected day already, and days that are not late
#: yet.
_AHEAD, _TOLERATED = timedelta(days=90), 10

#: Days after which a late one is expected, at the least and at the most.
_SOONEST, _LATEST = 12, 300


def milestone_rows(story: Story, at: date, seed: int) -> Iterator[Row]:
    """Rows of the milestones form, as things stand at a month end."""
    rng = Random(f"{seed}:milestones:{story.project.code}")
    for name, share in material()["milestones"][str(story.project.kind)].items():
        planned_on = _planned_on(story.project, share)
        reached_on = _reached_on(story, planned_on, rng.randint(-9, 4))
        later, note = rng.randint(0, 25), rng.choice(material()["late"]["notes"])
        row = {"code": story.project.code, "name": name, "planned_on": planned_on}
        if reached_on is not None and reached_on <= at:
            yield row | {"reached_on": reached_on}
        elif story.reports and (expected := _expected_on(story, planned_on, at, later)) > planned_on:
            yield row | {"expected_on": expected, "note": note}
        else:
            yield row


def _planned_on(project: DemoProject, share: float) -> date:
    return project.start + timedelta(days=round((project.end - project.start).days * share))


def _reached_on(story: Story, planned_on: date, sooner: int) -> date | None:
    """The day on which progress was what was planned for the milestone's day; None where it never was.

    What was reached before the first month that is reported was reached near its planned day.
    """
    if not story.reports:
        return None
    wanted = planned_pct(story.project, story.project.end, planned_on)
    first, before = story.figures[0], None
    for figure in story.figures:
        if figure.physical >= wanted:
            if before is None:
                return min(planned_on + timedelta(days=sooner), first.as_of)
            share = (wanted - before.physical) / (figure.physical - before.physical)
            return before.as_of + max((figure.as_of - before.as_of) * share, timedelta(days=1))
        before = figure
    return None


def _expected_on(story: Story, planned_on: date, at: date, later: int) -> date:
    """The planned day, or for one that is or will be late as many days later as progress is behind."""
    project, behind = story.project, story.planned(at) - story.figure_on(at).physical
    lag = round(behind / 100 * (project.end - project.start).days)
    if planned_on > at + _AHEAD or (planned_on > at and lag <= _TOLERATED):
        return planned_on
    days = min(max(lag, 0), _LATEST) + later
    return max(planned_on + timedelta(days=days), at + timedelta(days=_SOONEST + later))
