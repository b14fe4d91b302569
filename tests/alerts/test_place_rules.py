"""What the notice asks of a city and of a province: each rule at its edges, and the province's own alert."""

import re
from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest

from alerts.cities import ITSELF, city_frame
from alerts.explain import explain
from alerts.judge import judge
from alerts.letters import Office
from alerts.policy import CARRIED, Policy, read_policy
from alerts.rules import CITY_RULES
from alerts.watch import evaluate
from models.alerts import Alert, Message
from models.db import Database
from models.queries import alert_list
from models.queries.alert_list import Wanted
from models.words import words
from tests.alerts.order_shapes import CITY_DESK, MINISTRY, OTHER_PROVINCE, PROVINCE
from tests.alerts.shapes import carried, limited, person, rows, steady
from tests.builders import CITY, WAN, application, project

YELLOW, RED, NONE = "yellow", "red", None
JAN = datetime(2026, 1, 5, 1, tzinfo=UTC)
MONDAY = date(2026, 11, 23)
YI = 10_000 * WAN
QUOTA = {"recommended_year": 2026, "recommended_cities": 1, "recommended_districts": 0}


def speaks(frame: pl.DataFrame, rule: str, place: str = CITY, policy: Policy | None = None) -> str | None:
    found = judge(frame, policy or carried()).filter(
        (pl.col("rule") == rule) & (pl.col("city") == place) & (pl.col("project") == ITSELF)
    )
    return found["severity"].item() if found.height else None


def city(*projects: dict[str, Any]) -> pl.DataFrame:
    return pl.concat(steady(**({"project": f"P{n}"} | one)) for n, one in enumerate(projects))


#: So that a short list in a test counts as complete.
SHORT = re.sub(r"(?m)^list_from = \d+", "list_from = 1", CARRIED)


@pytest.mark.parametrize(
    ("rule", "projects", "severity"),
    [
        ("industries", [{"industry": code} for code in ("26", "31", "34", "36")], NONE),
        ("industries", [{"industry": code} for code in ("26", "31", "34", "36", "39")], YELLOW),
        (
            "industries",
            [{"industry": code} for code in ("261", "262", "263", "264", "26")],
            NONE,
        ),  # one division
        ("industries", [{"industry": None}], YELLOW),
        ("industries", [{"industry": None, "batch": None}], NONE),  # of no pilot
        ("industry_unled", [{"industry": "26"}, {"industry": "26", "chain_owner": None}], NONE),
        ("industry_unled", [{"industry": "26"}, {"industry": "31", "chain_owner": None}], YELLOW),
        ("no_landmark", [{"total_investment": 5 * YI}], YELLOW),  # above it, the notice says
        ("no_landmark", [{"total_investment": 5 * YI + WAN}, {"total_investment": 1}], NONE),
        ("no_landmark", [{"total_investment": None}], NONE),
        # 1,000 of 1,095.75 days: 73 % asked, less 10 points
        ("digital_reach", [{"reach_done": 64}], NONE),
        ("digital_reach", [{"reach_done": 63}], YELLOW),
        ("digital_reach", [{"reach_done": 69, "pilot_days": 2_000}], YELLOW),  # never more than the goal: 11
        ("digital_reach", [{"reach_done": 71, "pilot_days": 2_000}], NONE),
        ("digital_reach", [{"reach_enterprises": 0, "reach_done": 0}], NONE),
        ("digital_reach", [{"reach_enterprises": None, "reach_done": None}], NONE),
        ("city_award", [{"reward": 2 * YI}, {"reward": 1 * YI}], NONE),
        ("city_award", [{"reward": 2 * YI}, {"reward": 1 * YI + WAN}], RED),
        ("city_tranche", [{"issued": YI}, {"issued": YI // 2}], NONE),
        ("city_tranche", [{"issued": YI}, {"issued": YI // 2 + WAN}], YELLOW),
        ("unlisted_money", [{}], NONE),
        ("unlisted_money", [{"unlisted_money": WAN}], YELLOW),
        ("applied_again", [{}], NONE),
        ("applied_again", [{"applied_again": 1, "applied_year": 2026}], RED),
    ],
)
def test_a_city_is_held_to_the_notice(rule: str, projects: list[dict], severity: str | None) -> None:
    assert speaks(city(*projects), rule, policy=read_policy(SHORT)) == severity


@pytest.mark.parametrize("rule", ["industries", "industry_unled", "no_landmark"])
@pytest.mark.parametrize(("projects", "severity"), [(4, NONE), (5, YELLOW)])
def test_a_list_that_has_only_begun_is_not_judged(rule: str, projects: int, severity: str | None) -> None:
    one = {"industry": None, "total_investment": WAN}
    if rule == "industry_unled":
        one |= {"industry": "26", "chain_owner": None}
    assert speaks(city(*[one] * projects), rule) == severity


def test_districts_that_entered_together_share_a_ceiling_and_a_landmark() -> None:
    pair = {"entry": "2-20", "reward": 2 * YI}
    both = city(pair | {"total_investment": 6 * YI}, pair | {"city": "310116", "total_investment": 1})
    for place in (CITY, "310116"):
        assert speaks(both, "city_award", place) == RED
        assert speaks(both, "no_landmark", place, read_policy(SHORT)) == NONE
    assert speaks(both, "city_award", policy=carried(rule="city_award", pair='"each"')) == NONE


@pytest.mark.parametrize(
    ("changes", "severity"),
    [
        ({}, NONE),
        ({"recommended_cities": 2}, RED),
        ({"recommended_cities": 0, "recommended_districts": 2}, NONE),
        ({"recommended_cities": 0, "recommended_districts": 3}, RED),
        ({"recommended_year": None, "recommended_cities": None}, NONE),
    ],
)
def test_a_province_is_held_to_its_quota(changes: dict[str, Any], severity: str | None) -> None:
    assert speaks(steady(**QUOTA | changes), "quota", "210000") == severity


def test_the_corps_is_outside_the_quota() -> None:
    corps = steady(**QUOTA | {"recommended_cities": 9, "city": "XPCC", "province": "XPCC"})
    assert city_frame(corps)["city"].to_list() == ["XPCC"]
    assert speaks(corps, "quota", "XPCC") is None


def test_what_holds_of_a_city_is_not_asked_of_its_province() -> None:
    found = judge(steady(**QUOTA | {"recommended_cities": 2}), carried())
    assert found.filter(pl.col("city") == "210000")["rule"].to_list() == ["quota"]


@pytest.mark.parametrize("rule", sorted(CITY_RULES))
@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_every_rule_of_a_place_can_be_told(rule: str, language: str) -> None:
    for row in city_frame(steady(**QUOTA)).to_dicts():
        found = explain(row, rule, carried(), words(language))
        assert found.title and found.thresholds and found.action and found.source
        assert "{" not in found.arithmetic + "".join(found.thresholds)


def test_a_province_has_its_alert_and_its_mail(db: Database, now: datetime) -> None:
    project(db, "P1", JAN, landmark=True)
    for name in ("鞍山市", "本溪市"):
        application(db, JAN, 2026, name)
    person(db, "province@example.cn", "province", "210000", now, language="en")
    person(db, "city@example.cn", "city", CITY, now)
    office = Office(policy=limited("quota"))
    assert evaluate(db, MONDAY, now, now=now, office=office).opened == 1
    (alert,) = rows(db, Alert)
    assert (alert.city, alert.project, alert.severity) == ("210000", None, "red")
    (mail,) = rows(db, Message)
    assert mail.recipient == "province@example.cn"
    assert "for 2026 2 prefecture-level cities and 0 districts" in mail.body_text
    for by, programme, seen in (
        (MINISTRY, "pilot", True),
        (PROVINCE, "pilot", True),
        (OTHER_PROVINCE, "pilot", False),
        (CITY_DESK, "pilot", False),
        (MINISTRY, "other", False),
    ):
        assert (alert_list.alerts(db, by, Wanted(programme=programme))["id"].to_list() == [alert.id]) == seen
    assert alert_list.alerts(db, MINISTRY, Wanted(programme="pilot", kind="point")).is_empty()
    earlier = date(2026, 11, 20)
    assert evaluate(db, earlier, JAN, now=now, office=office).resolved == 0
    assert evaluate(db, MONDAY, now, now=now, office=office).opened == 0
