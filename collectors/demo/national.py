"""What supervisors register over all cities: last year's evaluations, recommendations, other central funding.

Pure. Recommendations say no more than the roster says: who was recommended by which province in 2025, not
which of two districts leads and under which document, for that is not known. Scores, and every row of the
other programmes, are made up. The list of the other programmes holds candidates for double funding and rows
that only look a little like it.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from random import Random

from collectors.demo import words
from collectors.demo.manners import manners
from collectors.demo.material import Body, bodies, document, label, seat
from collectors.demo.people import SHOWN, province_of
from collectors.demo.posting import DemoFile, Sender, office_hour, posted
from collectors.demo.projects import DemoProject, portfolio
from collectors.demo.rows import Row
from collectors.demo.windows import Behaviour, programme_opens
from collectors.demo.words import DemoPlace
from collectors.forms import APPLICATIONS, EVALUATIONS, OTHER_FUNDING
from models.clock import month_start
from models.places import NATION, XPCC
from models.vocabulary import Measure, OtherProgramme, PlaceKind, Role

MINISTRY = Sender(NATION, "全国", Role.MINISTRY)
_LIAONING = Sender("210000", "辽宁省", Role.PROVINCE)

#: The batch whose recommendations are told.
_BATCH = 2

#: The day on which a year's evaluation is done, in the year after.
_EVALUATED = (3, 18)

#: Lowest scores of the grades.
_GRADES = ((90, "优秀"), (80, "良好"), (60, "合格"), (0, "不合格"))

#: Rows of other programmes: the same project, nearly the same title, the same enterprise but another project.
_SAME, _NEARLY, _OTHER = 2, 3, 5

_OTHER_TITLES = ("职工实训基地建设项目", "检验检测中心建设项目", "厂区污水提标项目", "仓储物流中心新建项目")


def national_files(today: date, seed: int) -> Iterator[DemoFile]:
    """The files of the ministry, and of a province that evaluates its own cities."""
    rng = Random(f"{seed}:national")
    on = _evaluated_on(today)
    rows = list(_evaluations(today, seed))
    own = [row for row, place in rows if province_of(place.code) == _LIAONING.code]
    others = [row for row, place in rows if province_of(place.code) != _LIAONING.code]
    yield posted(_LIAONING, EVALUATIONS, str(on.year - 1), own, office_hour(on, rng))
    yield posted(MINISTRY, EVALUATIONS, str(on.year - 1), others, office_hour(on + timedelta(days=2), rng))
    year = words.batch_year(_BATCH)
    yield posted(MINISTRY, APPLICATIONS, str(year), _applications(year), office_hour(on, rng))
    yield posted(
        MINISTRY, OTHER_FUNDING, str(today.year), _other_funding(today, seed), _listed_at(today, rng)
    )


def _evaluated_on(today: date) -> date:
    """The newest day on which a year was evaluated, some days before today."""
    on = date(today.year, *_EVALUATED)
    return on if on + timedelta(days=4) < today else on.replace(year=today.year - 1)


def _listed_at(today: date, rng: Random) -> datetime:
    """In the middle of the month before last."""
    month = month_start(month_start(today) - timedelta(days=1))
    return office_hour(month_start(month - timedelta(days=1)).replace(day=14), rng)


def _evaluations(today: date, seed: int) -> Iterator[tuple[Row, DemoPlace]]:
    """Every place that was in the pilot by the year's end; the silent one is the one that failed."""
    on, silent = _evaluated_on(today), manners(today, seed).silent
    for place in words.places():
        rng = Random(f"{seed}:evaluation:{place.code}")
        score = round(rng.uniform(50, 58) if place.code in silent else rng.uniform(72, 96), 1)
        row = {"year": on.year - 1, "city": place.name, "score": score}
        row["grade"] = next(grade for lowest, grade in _GRADES if score >= lowest)
        if place.code in silent:
            row |= {"measure": label(Measure.SUPERVISED_RECTIFICATION), "measure_on": on}
            row |= {
                "document_no": document("工信绩评", on, 7),
                "note": "报送不及时，支出进度偏慢，限期整改。",
            }
        if programme_opens(place.batch, today) < date(on.year - 1, 12, 31):
            yield row, place


def _applications(year: int) -> Iterator[Row]:
    for place in words.places():
        if place.batch == _BATCH:
            yield {
                "year": year,
                "city": place.province,
                "applicant": place.name,
                "applicant_code": "" if place.code == XPCC else place.code,
                "place_kind": label(_kind(place)),
            }


def _kind(place: DemoPlace) -> PlaceKind:
    if place.code == XPCC:
        return PlaceKind.XPCC
    return PlaceKind.DISTRICT if place.paired else PlaceKind.PREFECTURE


def _other_funding(today: date, seed: int) -> Iterator[Row]:
    rng = Random(f"{seed}:other funding")
    projects = [p for p in portfolio(today, seed=seed) if p.behaviour != Behaviour.NEVER_REPORTED]
    shown = rng.sample([p for p in projects if p.place.code in SHOWN], _SAME + _NEARLY - 2)
    others = rng.sample([p for p in projects if p.place.code not in SHOWN], 2 + _OTHER)
    on = _listed_at(today, rng).date()
    for number, project in enumerate([*shown, *others], start=1):
        title = project.name
        if number > _SAME + _NEARLY:
            title = f"{project.place.short}{rng.choice(_OTHER_TITLES)}"
        elif number > _SAME:
            title = f"{project.name.removesuffix('项目')}及设备更新项目"
        yield _listed(project, title, number, on, rng)


def _listed(project: DemoProject, title: str, number: int, on: date, rng: Random) -> Row:
    """A row of the list; the last of them name an enterprise that has no key project."""
    programmes = list(OtherProgramme)
    unit = Body(project.unit, "" if number == _SAME else project.unit_code, project.place.name)
    if number > _SAME + _NEARLY + _OTHER // 2:
        unit = bodies("实业", 500 + project.serial, [seat(project.place)], rng)[0]
    return {
        "programme": label(programmes[number % len(programmes)]),
        "city": project.place.name,
        "title": title,
        "unit_name": unit.name,
        "unit_code": unit.code,
        "project_code": f"{on:%y%m}-{project.place.region}-04-02-{900_000 + project.serial}",
        "amount": rng.randint(8, 90) * 10,
        "awarded_on": on - timedelta(days=rng.randint(30, 240)),
        "document_no": document("专项", on, number),
    }
