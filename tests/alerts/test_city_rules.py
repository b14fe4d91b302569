"""Alerts about a city itself: how they are judged, stored, told and shown."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
import sqlalchemy as sa

from alerts.cities import ITSELF, city_frame
from alerts.explain import explain
from alerts.judge import judge
from alerts.letters import Office
from alerts.policy import CARRIED, read_policy
from alerts.watch import evaluate
from models.access import Scope
from models.alerts import Alert, AlertEvent, Message
from models.db import Database
from models.queries import alert_list
from models.queries.alert_list import Wanted
from models.vocabulary import Role
from models.words import words
from tests.alerts.shapes import limited, person, rows, steady
from tests.builders import CITY, project, put, report

MONDAY = date(2026, 11, 23)
OCTOBER = date(2026, 10, 31)
START = datetime(2026, 1, 5, 1, tzinfo=UTC)
ROUND = 500_000_000  # 500万元
POLICY = read_policy(CARRIED)


_UNTOLD = {"invested": None, "transferred": None, "paid": None}

#: Only the rule about the city, so that an alert of the project does not stand beside it.
OFFICE = Office(policy=limited("city_round_numbers"))


def city_of(*figures: tuple[int | None, int | None, int | None], **changes: object) -> pl.DataFrame:
    """A city whose projects report (progress, issued, spent)."""
    named = ("physical_bp", "issued", "spent")
    return pl.concat(
        steady(project=f"P{n}", **_UNTOLD | dict(zip(named, row, strict=True)) | changes)
        for n, row in enumerate(figures)
    )


def speaks(frame: pl.DataFrame) -> str | None:
    found = judge(frame, POLICY, also=_pair())
    return found.filter(pl.col("rule") == "city_round_numbers")["severity"].item()


def _pair() -> pl.DataFrame:
    return pl.DataFrame({"city": [CITY], "project": [ITSELF], "rule": ["city_round_numbers"]})


@pytest.mark.parametrize(
    ("frame", "severity"),
    [
        (city_of(*[(6_500, ROUND, ROUND)] * 7), "yellow"),  # 21 figures, all round
        (city_of(*[(6_500, ROUND, ROUND)] * 6), None),  # 18 may be chance
        (
            city_of(*[(6_500, ROUND, ROUND)] * 6, (6_510, ROUND, ROUND)),
            None,
        ),  # one that is not round is enough
        (
            city_of(*[(6_500, ROUND, ROUND)] * 6, (10_000, 0, None)),
            None,
        ),  # 100 %, nothing, missing: not counted
        (city_of(*[(6_500, ROUND, ROUND)] * 7, (10_000, 0, None)), "yellow"),
    ],
)
def test_a_city_speaks_only_when_everything_is_round(frame: pl.DataFrame, severity: str | None) -> None:
    assert speaks(frame) == severity


def test_only_the_newest_month_counts() -> None:
    older = city_of(*[(6_510, ROUND + 1, ROUND + 1)] * 5, as_of=date(2026, 8, 31))
    newest = city_of(*[(6_500, ROUND, ROUND)] * 7)
    found = city_frame(pl.concat([older, newest])).row(0, named=True)
    assert (found["figures"], found["round_figures"], found["reporting_projects"]) == (21, 21, 7)
    assert (found["as_of"], found["project"]) == (date(2026, 9, 30), ITSELF)


def test_too_few_figures_are_unknown_and_not_exact() -> None:
    found = judge(city_of((6_500, ROUND, ROUND)), POLICY, also=_pair())
    row = found.filter(pl.col("rule") == "city_round_numbers").row(0, named=True)
    assert (row["severity"], row["known"]) == (None, False)


def test_it_is_explained_in_words() -> None:
    row = city_frame(city_of(*[(6_500, ROUND, ROUND)] * 7)).row(0, named=True)
    found = explain(row, "city_round_numbers", POLICY, words("en"))
    assert found.arithmetic == "21 of 21 figures are round, newest report as of 2026-09-30: 100%"
    assert found.baseline.startswith("Compared with no plan")
    assert found.thresholds == (
        "Yellow: from 100% upwards (the edge included)",
        "Never red by this rule",
        "Only from 20 figures upwards",
    )


def rounded(db: Database, now: datetime) -> None:
    for number in range(7):
        project(db, f"P{number}", START)
        figures = dict(physical_bp=8_500, issued=ROUND, spent=ROUND, stage="continuing")
        report(db, f"P{number}", now - timedelta(days=9), OCTOBER, **figures)
    person(db, "city@example.cn", "city", CITY, now)
    person(db, "province@example.cn", "province", "210000", now, language="en")


def test_a_city_alert_lives_like_any_other(db: Database, now: datetime) -> None:
    rounded(db, now)
    assert evaluate(db, MONDAY, now, now=now, office=OFFICE).opened == 1
    assert evaluate(db, MONDAY, now, now=now, office=OFFICE).opened == 0
    (alert,) = rows(db, Alert)
    assert (alert.city, alert.project, alert.rule) == (CITY, None, "city_round_numbers")
    tuesday = now + timedelta(days=1)
    report(db, "P0", tuesday, OCTOBER + timedelta(days=10), physical_bp=8_612, stage="continuing")
    for code in range(1, 7):
        figures = dict(physical_bp=8_500, issued=ROUND, spent=ROUND + 77, stage="continuing")
        report(db, f"P{code}", tuesday, OCTOBER + timedelta(days=10), **figures)
    assert (
        evaluate(db, MONDAY + timedelta(days=1), tuesday, now=tuesday, office=OFFICE).resolved == 0
    )  # 19 figures: unknown
    report(db, "P0", tuesday, OCTOBER + timedelta(days=11), physical_bp=8_612, issued=5, spent=1)
    assert evaluate(db, MONDAY + timedelta(days=1), tuesday, now=tuesday, office=OFFICE).resolved == 1
    events = [row for row in rows(db, AlertEvent, "seq") if row.alert == alert.id]
    assert [str(row.transition) for row in events] == ["opened", "resolved"]


def test_an_earlier_day_moves_no_city_alert(sqlite_db: Database, now: datetime) -> None:
    rounded(sqlite_db, now)
    evaluate(sqlite_db, MONDAY, now, now=now, office=OFFICE)
    friday = MONDAY - timedelta(days=3)
    assert evaluate(sqlite_db, friday, now - timedelta(days=30), now=now, office=OFFICE).resolved == 0


def test_two_open_alerts_of_one_rule_on_one_city_cannot_be(db: Database, now: datetime) -> None:
    rounded(db, now)
    evaluate(db, MONDAY, now, now=now, office=OFFICE)
    (row,) = rows(db, Alert)
    with pytest.raises(sa.exc.IntegrityError):
        put(db, Alert, **(row._asdict() | {"id": "another"}))
    put(db, Alert, **(row._asdict() | {"id": "another", "rule": "late_report"}))


def test_its_mail_leads_to_the_city(sqlite_db: Database, now: datetime) -> None:
    rounded(sqlite_db, now)
    evaluate(sqlite_db, MONDAY, now, now=now, office=OFFICE)
    mails = {mail.recipient: mail for mail in rows(sqlite_db, Message)}
    english = mails["province@example.cn"]
    assert english.subject == "[Pilot Dispatch] Shenyang Round figures throughout Yellow (1 in all)"
    assert "/city?city=210100\n" in english.body_text
    assert "21 个数据中 21 个为整数" in mails["city@example.cn"].body_text


def test_it_is_listed_for_its_scope_and_programme(db: Database, now: datetime) -> None:
    rounded(db, now)
    evaluate(db, MONDAY, now, now=now, office=OFFICE)
    everybody = Scope("m@example.cn", Role.MINISTRY, "000000", None)
    listed = alert_list.alerts(db, everybody, Wanted(programme="pilot"))
    assert listed.select("city", "project", "name").rows() == [(CITY, None, None)]
    for wanted in (Wanted(programme="other"), Wanted(kind="point"), Wanted(cities=frozenset({"440100"}))):
        assert alert_list.alerts(db, everybody, wanted).is_empty()
    assert len(alert_list.of_project(db, everybody, CITY, None)) == 1
    assert alert_list.of_project(db, everybody, CITY, "P1") == []
