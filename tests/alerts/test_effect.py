"""The light that a preview promises is the light that the commit brings."""

from datetime import date, timedelta
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts.effect import EFFECT, effect
from alerts.watch import state_frame
from collectors.intake import Delivery, take_in
from models.access import Scope
from models.db import Database
from models.vocabulary import Role

CITY = "210100"
SCOPE = Scope("c@example.org", Role.CITY, CITY, frozenset({CITY}))
ON = date(2026, 11, 23)
CLOCK = count()
PROJECTS = (
    "项目编号,项目名称,类型,实施单位,总投资（万元）,核定奖补资金（万元）,计划开工,计划竣工\n"
    "SY001,智能产线,点,甲厂,1000,100,2026-01-01,2026-12-31\n"
    "SY002,数字车间,点,乙厂,2000,200,2026-06-01,2027-12-31\n"
)
HEADER = "项目编号,截止日期,形象进度,下达,支出,建设阶段\n"


def give(db: Database, text: str, now, **options):
    return take_in(db, Delivery("a.csv", text.encode(), SCOPE), now=now, **options)


def promised(db: Database, text: str, now) -> dict[str, str]:
    seen = give(db, text, now, dry_run=True)
    frame = effect(db, seen.effect.inserts, seen.effect.supersede, cities=seen.cities, on=ON, now=now)
    return dict(frame.select("project", "light").iter_rows())


def kept(db: Database, now) -> dict[str, str]:
    return dict(state_frame(db, ON, now, cities=SCOPE.cities).select("project", "light").iter_rows())


def test_a_new_project_has_no_light_before(db, now):
    seen = give(db, PROJECTS, now, dry_run=True)
    frame = effect(db, seen.effect.inserts, seen.effect.supersede, cities=seen.cities, on=ON, now=now)
    assert frame.select("project", "light_before", "light").sort("project").rows() == [
        ("SY001", None, "missing"),
        ("SY002", None, "missing"),
    ]


def test_a_report_says_which_lights_it_changes(db, now):
    give(db, PROJECTS, now - timedelta(days=90))
    give(
        db,
        HEADER + "SY001,2026-10-31,80,50,40,在建\nSY002,2026-10-31,40,50,20,在建\n",
        now - timedelta(days=9),
    )
    seen = give(
        db, HEADER + "SY001,2026-11-20,40,50,41,在建\nSY002,2026-11-20,40,50,20,在建\n", now, dry_run=True
    )
    frame = effect(db, seen.effect.inserts, seen.effect.supersede, cities=seen.cities, on=ON, now=now)
    assert frame.select("project", "light_before", "light").row(0) == ("SY001", "green", "red")
    assert "lagging_progress:red" in frame["rules"][0]


def test_what_touches_no_project_changes_no_light(sqlite_db, now):
    assert effect(sqlite_db, (), (), cities=frozenset({CITY}), on=ON, now=now).is_empty()


rows = st.lists(
    st.tuples(
        st.sampled_from(["SY001", "SY002"]),
        st.sampled_from(["2026-07-31", "2026-08-31", "2026-09-30", "2026-10-31", "2026-11-20"]),
        st.sampled_from(["", "0", "20", "55", "100"]),
        st.sampled_from(["", "50"]),
        st.sampled_from(["", "10", "45"]),
        st.sampled_from(["", "未开工", "在建", "竣工"]),
        st.sampled_from(["", "2027-06-30"]),
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda row: row[:2],
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(files=st.lists(rows, min_size=1, max_size=4))
def test_the_promised_lights_are_the_lights_after_the_commit(sqlite_db, now, files):
    give(sqlite_db, PROJECTS, now - timedelta(days=200))
    header = HEADER.replace("\n", ",计划竣工\n")
    for file in files:
        text = header + "".join(",".join(row) + "\n" for row in file)
        at = now + timedelta(seconds=next(CLOCK))  # examples share a database, so time must go on
        told = promised(sqlite_db, text, at)
        done = give(sqlite_db, text, at)
        assert done.ok
        after = kept(sqlite_db, at)
        assert {code: after[code] for code in told} == told


def test_an_empty_answer_has_the_same_columns(sqlite_db, now):
    assert effect(sqlite_db, (), (), cities=frozenset(), on=ON, now=now).columns == list(EFFECT)
