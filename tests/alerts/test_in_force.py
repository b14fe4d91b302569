"""Which policy judges whom: the most specific wins, as it was in force then; judging by parts is judging each alone."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.enacting import (
    ALREADY,
    NAMED,
    NO_REASON,
    NO_SUCH,
    NONE_OWN,
    NOT_YOURS,
    Decision,
    choices,
    cities_of,
    put_in_force,
)
from alerts.in_force import NATIONAL, Policies, judging_instant, newest, policies_at, standings
from alerts.judge import judge, lights
from alerts.letters import Office
from alerts.lifecycle import ALERTS, Before
from alerts.partition import judge_each, lights_each, settle_each
from alerts.policy import CARRIED, Policy, read_policy, stored_policy
from alerts.presets import preset
from alerts.watch import evaluate, refresh, state_frame
from models.access import Scope
from models.alerts import Alert, AlertEvent, Message
from models.db import Database
from models.places import NATION, PlaceLevel
from models.policies import PolicyInForce
from models.state import DayState
from models.vocabulary import PolicyScope, Role
from operation.worker import has_news
from tests.alerts.shapes import carried, limited, person, rows, steady
from tests.builders import CITY, project, report

MONDAY = date(2026, 11, 23)
OTHER, LIAONING, FUJIAN, XIAMEN = "210200", "210000", "350000", "350200"
START = datetime(2026, 1, 5, 1, tzinfo=UTC)
OCTOBER = date(2026, 10, 31)
CITIES = frozenset({CITY, OTHER})
MINISTRY = Scope("m@x.cn", Role.MINISTRY, NATION, None)
PROVINCE = Scope("p@x.cn", Role.PROVINCE, LIAONING, CITIES)
COORDINATOR = Scope("c@x.cn", Role.CITY, CITY, frozenset({CITY}))
ADMINISTRATOR = Scope("a@x.cn", Role.OPERATOR, NATION, None)
SANYA, WUHAN = preset("sanya_2022"), preset("wuhan")


def use(db: Database, scope: str, place: str, text: str | None, at: datetime, by: Scope = ADMINISTRATOR):
    return put_in_force(db, Decision(by, PolicyScope(scope), place, text, "tried in spring", at))


def in_force(db: Database, at: datetime) -> Policies:
    with db.ro.connect() as connection:
        return policies_at(connection, at)


# --- whom what judges ----------------------------------------------------------------------------------------


def named(name: str) -> Policy:
    return read_policy(f'name = "{name}"\n{limited("stalled")}')


@pytest.mark.parametrize(
    ("own", "judged_by"),
    [
        ((), "nation"),
        ((("programme", "pilot"),), "programme"),
        ((("programme", "pilot"), ("province", LIAONING)), "province"),
        ((("programme", "pilot"), ("province", LIAONING), ("city", CITY)), "city"),
        ((("city", OTHER), ("province", FUJIAN), ("programme", "other")), "nation"),
    ],
)
def test_the_most_specific_wins(own: tuple, judged_by: str) -> None:
    policies = Policies(named("nation"), {key: named(key[0]) for key in own}, {CITY: LIAONING})
    assert policies.of(CITY, "pilot").name == judged_by


def test_what_was_put_in_force_is_known_as_it_was_then(db: Database, now: datetime) -> None:
    day = timedelta(days=1)
    assert use(db, "province", LIAONING, WUHAN, now, PROVINCE) is None
    assert use(db, "city", CITY, SANYA, now + day, PROVINCE) is None
    assert use(db, "city", CITY, None, now + 2 * day, PROVINCE) is None
    found = [in_force(db, now + n * day).of(CITY, "pilot").name for n in (-1, 0, 1, 2, 3)]
    assert found == ["", "Wuhan", "Sanya 2022", "Wuhan", "Wuhan"]
    assert in_force(db, now + 3 * day).of(XIAMEN, "pilot").text == CARRIED
    kept = rows(db, PolicyInForce, "from_at")
    assert [(str(row.scope), row.seq, row.policy) for row in kept] == [
        ("province", 1, 1),
        ("city", 1, 2),
        ("city", 2, None),
    ]
    assert kept[1].set_by == "p@x.cn" and kept[1].reason == "tried in spring"
    with db.ro.connect() as connection:
        holding = newest(standings(connection), now + day)
    assert {key: row.policy for key, row in holding.items()} == {("province", LIAONING): 1, ("city", CITY): 2}


def test_a_past_day_is_judged_by_what_was_in_force_on_it(now: datetime) -> None:
    assert judging_instant(MONDAY, now) == now
    assert judging_instant(MONDAY - timedelta(days=1), now) < now
    assert judging_instant(MONDAY, now - timedelta(days=9)) == now - timedelta(days=9)


# --- who may -------------------------------------------------------------------------------------------------

EVERYWHERE = [
    ("nation", NATION),
    ("programme", "pilot"),
    ("province", LIAONING),
    ("province", FUJIAN),
    ("city", CITY),
    ("city", XIAMEN),
]


@pytest.mark.parametrize(
    ("by", "allowed"),
    [
        (MINISTRY, {("nation", NATION), ("programme", "pilot")}),
        (PROVINCE, {("province", LIAONING), ("city", CITY)}),
        (COORDINATOR, set()),
        (ADMINISTRATOR, set(EVERYWHERE)),
        # a scope made by hand: a province's desk with somebody else's cities in its reach
        (Scope("x@x.cn", Role.PROVINCE, FUJIAN, CITIES), {("province", FUJIAN), ("city", XIAMEN)}),
    ],
)
def test_who_may_put_rules_in_force(sqlite_db: Database, now: datetime, by: Scope, allowed: set) -> None:
    answers = {key: use(sqlite_db, *key, SANYA, now, by) for key in EVERYWHERE}
    assert {key for key, refusal in answers.items() if refusal is None} == allowed
    assert {refusal for refusal in answers.values()} <= {None, NOT_YOURS}
    tree = [(LIAONING, PlaceLevel.PROVINCE, LIAONING), (FUJIAN, PlaceLevel.PROVINCE, FUJIAN)]
    tree += [(CITY, PlaceLevel.CITY, LIAONING), (XIAMEN, PlaceLevel.CITY, FUJIAN)]
    assert {(str(scope), code) for scope, code in choices(by, tree, ["pilot"])} == allowed


def test_refusals_say_why_and_store_nothing(sqlite_db: Database, now: datetime) -> None:
    db = sqlite_db
    blank = Decision(ADMINISTRATOR, PolicyScope.NATION, NATION, SANYA, "  ", now)
    assert put_in_force(db, blank) == NO_REASON
    assert use(db, "city", LIAONING, SANYA, now) == NO_SUCH
    assert use(db, "province", CITY, SANYA, now) == NO_SUCH
    assert use(db, "nation", CITY, SANYA, now) == NO_SUCH
    assert use(db, "programme", "nothing", SANYA, now) == NO_SUCH
    assert use(db, "city", CITY, None, now) == NONE_OWN
    assert use(db, "city", CITY, SANYA.replace("0.5", "0.4"), now) == NAMED
    assert rows(db, PolicyInForce) == []
    assert use(db, "city", CITY, SANYA, now) is None
    assert use(db, "city", CITY, SANYA, now) == ALREADY
    assert len(rows(db, PolicyInForce)) == 1


def test_xpcc_is_a_province_and_a_city(sqlite_db: Database, now: datetime) -> None:
    assert use(sqlite_db, "city", "XPCC", SANYA, now) is None
    assert use(sqlite_db, "province", "XPCC", WUHAN, now) is None
    with sqlite_db.ro.connect() as connection:
        assert cities_of(connection, ("city", "XPCC")) == {"XPCC"}
        assert CITIES <= cities_of(connection, ("province", LIAONING))
        assert cities_of(connection, NATIONAL) is None


# --- judging by parts ----------------------------------------------------------------------------------------

TEXTS = (CARRIED, SANYA, WUHAN, limited("lagging_progress", "city_round_numbers"), limited("stalled"))
KNOWN = tuple(read_policy(text, version=n) for n, text in enumerate(TEXTS, 1))
PLACES = {"C1": "P1", "C2": "P1", "C3": "P2", "C4": "P2"}
KEYS = [*(("city", c) for c in PLACES), ("province", "P1"), ("province", "P2"), ("programme", "pilot")]


@st.composite
def countries(draw: st.DrawFn) -> tuple[pl.DataFrame, Policies]:
    frames = []
    for number in range(draw(st.integers(1, 12))):
        changes = {
            "city": draw(st.sampled_from(sorted(PLACES))),
            "project": f"P{number}",
            "programme": draw(st.sampled_from(["pilot", "other"])),
            "physical_bp": draw(st.none() | st.integers(0, 100).map(lambda n: 100 * n)),
            "unmoved_days": draw(st.sampled_from([0, 60, 95])),
            "unmoved_reports": 3,
        }
        frames.append(steady(**changes))
    frame = pl.concat(frames)
    own = draw(st.dictionaries(st.sampled_from(KEYS), st.sampled_from(KNOWN)))
    return frame, Policies(draw(st.sampled_from(KNOWN)), own, PLACES)


@settings(max_examples=60, deadline=None)
@given(countries())
def test_judging_by_parts_is_judging_each_city_alone_by_its_policy(
    made: tuple[pl.DataFrame, Policies],
) -> None:
    frame, policies = made
    found = lights_each(frame, policies).sort("project")
    looked = pl.concat([looks.with_columns(by=pl.lit(p.version)) for p, looks in judge_each(frame, policies)])
    alone, seen = [], []
    for (city, programme), rows_of in frame.group_by("city", "programme"):
        policy = policies.of(city, programme)
        alone.append(lights(rows_of, policy).with_columns(policy=pl.lit(policy.version, pl.Int64)))
        seen.append(
            judge(rows_of, policy).filter(pl.col("project") != "").with_columns(by=pl.lit(policy.version))
        )
    assert found.equals(pl.concat(alone).sort("project"))
    order = ["project", "rule"]
    of_projects = looked.filter(pl.col("project") != "").sort(order)
    assert of_projects.equals(pl.concat(seen).sort(order))
    pure = frame.group_by("city").agg(pl.col("programme").n_unique() == 1).filter("programme")["city"]
    for city in pure:  # a city with one programme is judged whole, its own rules with it
        rows_of = frame.filter(pl.col("city") == city)
        policy = policies.of(city, rows_of["programme"][0])
        expected = judge(rows_of, policy).filter(pl.col("project") == "").drop("project").sort("rule")
        of_city = looked.filter((pl.col("project") == "") & (pl.col("city") == city))
        assert of_city.drop("project", "by").sort("rule").equals(expected)
        assert set(of_city["by"]) <= {policy.version}


def test_an_alert_lives_by_the_conduct_of_its_own_policy() -> None:
    waits = read_policy(carried(rule="lagging_progress", pending="2").text, version=2)
    frame = pl.concat([steady(city=city, project=city, physical_bp=1_000) for city in ("C1", "C3")])
    policies = Policies(read_policy(CARRIED, version=1), {("city", "C3"): waits}, PLACES)
    found = settle_each(frame, policies, Before(pl.DataFrame(schema=ALERTS)), on=MONDAY)
    lag = pl.col("rule") == "lagging_progress"
    opened = found.moved.filter(lag).select("city", "transition", "policy").rows()
    assert opened == [("C1", "opened", 1)]
    assert found.waiting.filter(lag).select("city", "why").rows() == [("C3", "pending")]


def test_an_alert_of_a_project_that_is_gone_goes_with_its_city() -> None:
    policies = Policies(KNOWN[0], {("city", "C3"): KNOWN[4]}, PLACES)  # C3 knows no lagging_progress
    frame = pl.concat([steady(city="C1", project="A"), steady(city="C3", project="B")])
    stood = [
        dict(city=city, id=city, project="gone", rule="lagging_progress", severity="red", seq=1)
        | dict(opened_on=MONDAY, held=False)
        for city in ("C1", "C3", "C4")
    ]
    before = Before(pl.DataFrame(stood, schema=ALERTS))
    found = settle_each(frame, policies, before, on=MONDAY).moved
    assert found.select("city", "transition", "policy").rows() == [("C3", "resolved", 5)]


# --- in the database -------------------------------------------------------------------------------------------


def _two_cities(db: Database, now: datetime) -> None:
    """One project in each of two cities of Liaoning, 5 points behind: green as carried, yellow by Sanya."""
    for code, city in (("A", CITY), ("B", OTHER)):
        project(db, code, START, city=city)
        reported = dict(physical_bp=7_830, stage="continuing", city=city, issued=0, spent=0)
        report(db, code, now - timedelta(days=9), OCTOBER, **reported)
    person(db, "city@example.cn", "city", CITY, now - timedelta(days=9))


def judged(db: Database, at: datetime):
    return evaluate(db, MONDAY, at, now=at, office=Office())


def lit(db: Database) -> list[tuple[str, str, int]]:
    return [(row.project, str(row.light), row.policy) for row in rows(db, DayState, "project")]


def test_rules_of_one_city_recolour_it_and_nobody_else(db: Database, now: datetime) -> None:
    _two_cities(db, now)
    judged(db, now)
    assert lit(db) == [("A", "green", 1), ("B", "green", 1)]
    later = now + timedelta(hours=1)
    assert use(db, "city", CITY, SANYA, later, PROVINCE) is None
    refresh(db, MONDAY, later, now=later, cities=frozenset({CITY}))
    assert lit(db) == [("A", "yellow", 2), ("B", "green", 1)]
    assert rows(db, Alert) == [] and has_news(db, later + timedelta(minutes=1))
    at = later + timedelta(hours=1)
    found = judged(db, at)
    assert (found.opened, found.policy, found.messages) == (1, 1, 1)
    (alert,) = rows(db, Alert)
    (event,) = rows(db, AlertEvent)
    assert (alert.project, alert.policy, event.policy) == ("A", 2, 2)
    assert '"yellow":">0"' in alert.explanation.replace(" ", "")
    (mail,) = rows(db, Message)
    assert "2 (三亚2022)" in mail.body_text
    again = judged(db, at + timedelta(minutes=5))
    assert (again.opened, again.worsened, again.resolved, again.messages) == (0, 0, 0, 0)
    assert lit(db) == [("A", "yellow", 2), ("B", "green", 1)]


def test_an_earlier_look_shows_the_light_by_the_rules_of_then(db: Database, now: datetime) -> None:
    _two_cities(db, now)
    judged(db, now)
    use(db, "city", CITY, SANYA, now + timedelta(hours=1))
    for at, light, version in ((now, "green", 1), (now + timedelta(hours=2), "yellow", 2)):
        found = state_frame(db, MONDAY, at).filter(pl.col("project") == "A")
        assert (found["light"].item(), found["policy"].item()) == (light, version)
    past = state_frame(db, MONDAY - timedelta(days=1), now + timedelta(days=5))
    assert past["light"].to_list() == ["green", "green"]  # the day was over before


def test_rules_that_end_give_the_light_back_and_resolve_what_they_raised(db: Database, now: datetime) -> None:
    _two_cities(db, now)
    use(db, "province", LIAONING, SANYA, now, PROVINCE)
    assert judged(db, now + timedelta(minutes=1)).opened == 2
    use(db, "province", LIAONING, None, now + timedelta(hours=1), PROVINCE)
    found = judged(db, now + timedelta(hours=2))
    assert (found.resolved, found.lights["green"]) == (2, 2)
    assert judged(db, now + timedelta(hours=3)).resolved == 0
    with db.ro.connect() as connection:
        assert stored_policy(connection, found.policy).text == CARRIED


def test_the_nations_rules_judge_whoever_has_none(db: Database, now: datetime) -> None:
    _two_cities(db, now)
    use(db, "nation", NATION, SANYA, now, MINISTRY)
    use(db, "city", OTHER, CARRIED, now, PROVINCE)
    found = judged(db, now + timedelta(minutes=1))
    with db.ro.connect() as connection:
        versions = dict(connection.execute(sa.text("select sha256, version from policy")).all())
    assert len(versions) == 2 and found.policy == 1
    assert lit(db) == [("A", "yellow", 1), ("B", "green", 2)]
