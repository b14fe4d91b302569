"""What is told of a city beside its projects: digital reach at quarter ends, and findings of inspections.

Pure. Reach is the city's own table, findings are registered by its province: some rectified with evidence,
some with time left, some overdue.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from random import Random

from collectors.demo.manners import manners
from collectors.demo.material import material
from collectors.demo.people import SHOWN
from collectors.demo.rows import Row
from collectors.demo.stories import Story
from collectors.demo.words import DemoPlace, places

#: Quarter ends told in the table of reach; above-size enterprises of an industry; share reached at the newest
#: end.
QUARTERS, _ENTERPRISES, _REACHED = 3, (24, 190), (0.58, 0.9)

#: Cities that were inspected, those with accounts among them.
_INSPECTED = 9

#: Days from an inspection to its deadline.
_TIME_TO_MEND = 30


def enterprise_rows(place: DemoPlace, quarters: Sequence[date], newest: date, seed: int) -> Iterator[Row]:
    """Rows of the digital reach form: leading industries at quarter ends. ``newest``: the newest month end."""
    rng = Random(f"{seed}:reach:{place.code}")
    for industry in place.industries:
        number, reached = rng.randint(*_ENTERPRISES), rng.uniform(*_REACHED)
        gain = rng.uniform(0.03, 0.07)
        for end in quarters:
            ago = ((newest.year - end.year) * 12 + newest.month - end.month) // 3
            yield {
                "as_of": end,
                "city": place.name,
                "industry": industry,
                "above_size": number - ago,
                "reached": round((number - ago) * (reached - gain * ago)),
            }


def inspected(today: date, seed: int) -> set[str]:
    """The cities that were inspected."""
    silent = manners(today, seed).silent
    others = [p.code for p in places() if p.code not in SHOWN and p.code not in silent]
    return {*SHOWN, *Random(f"{seed}:inspected").sample(others, _INSPECTED - len(SHOWN))}


def inspection_rows(stories: Sequence[Story], at: date, seed: int) -> Iterator[Row]:
    """Rows of the inspections form, as the province knows them on a day."""
    place = stories[0].project.place
    rng = Random(f"{seed}:inspections:{place.code}")
    begun = [story for story in stories if story.figures[-1].physical > 0] or list(stories)
    chosen = rng.sample(begun, min(len(begun), rng.randint(3, 4)))
    kinds = [*rng.sample(("accounts", "progress", "papers"), 3), "accounts"]
    for number, (story, kind) in enumerate(zip(chosen, kinds, strict=False), start=1):
        ago = (95, 70, 48, 12)[number - 1] + rng.randint(0, 6)
        mended = number == 1 or (number == 3 and rng.random() < 0.5)
        yield _finding(story, f"JC-{place.prefix}-{at.year}-{number:02d}", kind, (at, ago, mended), rng)


def _finding(story: Story, number: str, kind: str, when: tuple[date, int, bool], rng: Random) -> Row:
    at, ago, mended = when
    inspected_on = at - timedelta(days=ago)
    row = {
        "number": number,
        "city": story.project.place.name,
        "code": story.project.code,
        "inspected_on": inspected_on,
        "inspector": f"省级联合检查组（{material()['made_up']}）",
        "finding": rng.choice(material()["findings"][kind]),
        "deadline_on": inspected_on + timedelta(days=_TIME_TO_MEND),
    }
    if mended:
        row["rectified_on"] = inspected_on + timedelta(days=rng.randint(12, _TIME_TO_MEND + 5))
        row["evidence"] = _evidence(kind)
    return row


def _evidence(kind: str) -> str:
    kinds = ("accounts", "progress", "papers")
    return material()["findings"]["evidence"][kinds.index(kind)]
