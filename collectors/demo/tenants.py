"""The parts of the demonstration's surfaces, month by month: tenants, promotion centre, public platform.

Pure. They go as their surface goes; where the roll-ups are made to disagree (``oddities.py``), a few large
tenants are far ahead and many small ones stand still, so that their mean is far from what the surface
reports.
"""

from collections.abc import Iterator
from datetime import date
from random import Random

from collectors.demo import words
from collectors.demo.changes import told
from collectors.demo.material import Body, bodies, label, seat
from collectors.demo.members import lagged, within
from collectors.demo.oddities import Oddity
from collectors.demo.projects import DemoProject
from collectors.demo.rows import Row
from collectors.demo.stories import Story
from models.vocabulary import TenantRole

#: Tenants of a surface: fewest, most; how many of them are large.
_FEWEST, _MOST, LARGE = 6, 12, 2

#: Points by which a part may be ahead of its surface.
_SPREAD = 8.0


def tenants(project: DemoProject, seed: int) -> list[Body]:
    """The tenants of a surface, the large ones first."""
    rng = Random(f"{seed}:tenants:{project.code}")
    seats = [seat(project.place)] * rng.randint(_FEWEST, _MOST)
    trade = words.industry(project.industry).trade
    found = bodies(trade, project.serial, seats, rng)
    large = [Body(_group(body.name), body.code, body.city) for body in found[:LARGE]]
    return [*large, *found[LARGE:]]


def _group(name: str) -> str:
    """The name of a large enterprise."""
    return name.replace("科技", "").replace("股份", "").replace("有限公司", "集团有限公司")


def tenant_rows(story: Story, at: date, oddity: Oddity | None, seed: int) -> Iterator[Row]:
    """Rows of the parts form, as of a month end."""
    project, reached, planned = story.project, story.figure_on(at).physical, story.planned(at)
    rng = Random(f"{seed}:parts:{project.code}")
    for index, body in enumerate(tenants(project, seed)):
        ahead = round(rng.uniform(-_SPREAD, _SPREAD), 1)
        progress = within(reached, ahead)
        if oddity == Oddity.TENANTS_DISAGREE:
            progress = within(reached, 20.0) if index < LARGE else lagged(planned)
        yield _part(project, at, (body.name, body.code), TenantRole.TENANT, (planned, progress))
    for role in (TenantRole.PROMOTION_CENTRE, TenantRole.PUBLIC_PLATFORM):
        name = f"{project.park}{label(role)}"
        progress = within(reached, round(rng.uniform(0, _SPREAD), 1))
        yield _part(project, at, (name, ""), role, (planned, progress))


def _part(
    project: DemoProject, at: date, body: tuple[str, str], role: TenantRole, progress: tuple[float, float]
) -> Row:
    return {
        "code": project.code,
        "as_of": at,
        "unit_name": body[0],
        "unit_code": body[1],
        "role": label(role),
        "planned_pct": told(progress[0]),
        "actual_pct": progress[1],
    }
