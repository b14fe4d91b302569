"""The demonstration's record forms are what cities could have sent, and agree with what the cities report."""

import csv
import io
from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from statistics import median

import pytest
from stdnum.cn import uscc

from collectors import demo
from collectors.demo import Oddity, behaviours, deliveries, oddities, signatures
from collectors.demo.manners import manners
from collectors.demo.people import SHOWN
from collectors.demo.projects import DemoProject, portfolio
from collectors.demo.windows import Behaviour
from collectors.demo.words import places
from collectors.forms import FORMS, RECORD_FORMS, match
from models.clock import local_day
from models.vocabulary import Kind, Role, SignStep

TODAY = date(2026, 11, 23)
CENTRAL, MOVING = "中央奖补资金", {"transferred": "拨付", "paid": "支付", "spent": "支出"}

Row = dict[str, str]


@pytest.fixture(scope="module")
def files() -> list[demo.DemoFile]:
    return [file for file in deliveries(TODAY) if not file.broken]


@pytest.fixture(scope="module")
def told(files) -> dict[str, list[Row]]:
    """Every row by form, with the day it was received on; of a record that came again the newest row."""
    found: dict[str, dict[tuple, Row]] = defaultdict(dict)
    for file in files:
        header, *lines = csv.reader(io.StringIO(file.content.decode("utf-8-sig")))
        columns = match(header, FORMS[file.form]).columns
        for line in lines:
            row = {name: line[at] for name, at in columns.items()} | {
                "received_on": local_day(file.received_at)
            }
            found[file.form][tuple(row.get(name, "") for name in FORMS[file.form].key)] = row
    return {form: list(rows.values()) for form, rows in found.items()}


def by(rows: list[Row], *names: str) -> dict[tuple, list[Row]]:
    found = defaultdict(list)
    for row in rows:
        found[tuple(row[name] for name in names)].append(row)
    return dict(sorted(found.items()))


def of_kind(kind: Kind) -> set[str]:
    """The projects of a kind whose city still reports."""
    silent = manners(TODAY, 42).silent
    return {p.code for p in portfolio(TODAY) if p.kind == kind and p.place.code not in silent}


def projects() -> dict[str, DemoProject]:
    return {project.code: project for project in portfolio(TODAY)}


def test_every_record_form_has_rows_and_says_when_it_was_written(told):
    assert set(RECORD_FORMS) < set(told)
    for form in ("dispatch", *RECORD_FORMS):
        assert told[form] and all(row["reported_on"] == str(row["received_on"]) for row in told[form])


def test_investment_of_the_months_adds_up(told):
    for history in by(told["dispatch"], "code").values():
        ends = [
            row for row in history if date.fromisoformat(row["as_of"]) + timedelta(days=1) == _next_month(row)
        ]
        for before, row in pairwise(ends):
            month, year = Decimal(row["month_invested"]), Decimal(row["year_invested"])
            assert Decimal(before["invested"]) + month == Decimal(row["invested"])
            carried = 0 if row["as_of"][5:7] == "01" else Decimal(before["year_invested"])
            assert year == carried + month
            assert 0 <= month <= year <= Decimal(row["invested"])


def _next_month(row: Row) -> date:
    day = date.fromisoformat(row["as_of"])
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


# -- money ---------------------------------------------------------------------------------------------------


def test_what_a_report_says_of_money_is_the_sum_of_its_movements(told):
    moved = by([row for row in told["funds"] if row["source"] == CENTRAL], "code", "stage")
    cities = {row["city"] for row in told["funds"]}
    rows = [row for row in told["dispatch"] if projects()[row["code"]].place.name in cities]
    for row in rows:
        for column, stage in MOVING.items():
            movements = moved.get((row["code"], stage), [])
            reached = sum(Decimal(m["amount"]) for m in movements if m["happened_on"] <= row["as_of"])
            assert reached == Decimal(row[column]), (row["code"], row["as_of"], column)
    assert len(cities) == 41 and len(rows) > 3_900


def test_half_of_the_award_is_issued_to_a_city_and_the_document_says_that_it_is_made_up(told):
    awards = defaultdict(Decimal)
    for project in portfolio(TODAY):
        awards[project.place.name] += project.reward
    issued = [row for row in told["funds"] if row["source"] == CENTRAL and row["stage"] == "下达"]
    assert {row["city"]: Decimal(row["amount"]) * 2 for row in issued} == {
        name: award for name, award in awards.items() if name in {row["city"] for row in issued}
    }
    assert len(issued) == 41 and not any(row["code"] for row in issued)
    assert all("演示" in row["document_no"] for row in told["funds"])


def test_money_moves_on_days_that_have_been_and_never_backwards(told):
    for row in told["funds"]:
        assert row["happened_on"] <= row["reported_on"] and Decimal(row["amount"]) > 0
    for _, rows in by([r for r in told["funds"] if r["source"] == "市级资金"], "code").items():
        days = {row["stage"]: row["happened_on"] for row in rows}
        order = [days[stage] for stage in ("下达", "拨付", "支付", "支出") if stage in days]
        assert order == sorted(order)


def test_stalled_projects_hold_money_that_was_transferred_months_ago(told):
    ways, parked = behaviours(TODAY), 0
    for (code,), history in by(told["dispatch"], "code").items():
        if ways[code] == Behaviour.STALLED:
            quarter = history[-3:]
            parked += all(Decimal(r["transferred"]) > Decimal(r["paid"]) for r in quarter)
            assert len({row["paid"] for row in quarter}) == 1
    assert parked >= 3
    holders = {row["holder"] for row in told["funds"] if ways.get(row["code"]) == Behaviour.STALLED}
    assert any("财政专户" in holder for holder in holders)


# -- lines and surfaces --------------------------------------------------------------------------------------


def test_every_line_is_a_tree_below_its_chain_owner(told):
    lines = by(told["members"], "code", "as_of")
    assert {code for code, _ in lines} == of_kind(Kind.LINE)
    for (code, _), members in lines.items():
        tiers = {row["unit_code"]: int(row["tier"]) for row in members}
        assert 4 <= len(members) <= 9 and sorted(tiers.values())[:2] == [0, 1] and max(tiers.values()) <= 2
        assert all(map(uscc.is_valid, tiers)) and len(tiers) == len(members)
        for row in members:
            if row["tier"] == "0":
                assert row["supplies"] == "" and row["unit_name"] == projects()[code].chain_owner
            else:
                assert tiers[row["supplies"]] == int(row["tier"]) - 1


def test_members_lie_in_other_cities_of_the_roster_and_elsewhere(told):
    roster, where = {place.name for place in places()}, Counter()
    for row in told["members"]:
        own = projects()[row["code"]].place.name
        where["own" if row["member_city"] == own else row["member_city"] in roster] += 1
    assert where["own"] > where[True] > where[False] > 100


def test_members_and_tenants_are_told_for_three_months_and_never_fall(told):
    for form, key in (("members", "unit_code"), ("tenants", "unit_name")):
        for history in by(told[form], "code", key).values():
            assert len(history) >= 3
            progress = [Decimal(row["actual_pct"]) for row in sorted(history, key=lambda row: row["as_of"])]
            assert progress == sorted(progress)


def test_somebody_lags_where_the_line_looks_fine(told):
    newest = {row["code"]: row for row in sorted(told["dispatch"], key=lambda row: row["as_of"])}
    members = by(told["members"], "code", "as_of")
    for code, oddity in oddities(TODAY).items():
        if oddity not in (Oddity.OWNER_LAGS, Oddity.SUPPLIER_LAGS):
            continue
        last = max(key for key in members if key[0] == code)
        lagging = [m for m in members[last] if Decimal(m["planned_pct"]) - Decimal(m["actual_pct"]) >= 15]
        assert [m["tier"] for m in lagging] == ["0" if oddity == Oddity.OWNER_LAGS else "1"]
        assert Decimal(newest[code]["physical_pct"]) - Decimal(lagging[0]["actual_pct"]) > 15
    assert Counter(oddities(TODAY).values())[Oddity.OWNER_LAGS] >= 3


def test_every_surface_has_tenants_one_centre_and_one_platform(told):
    surfaces = by(told["tenants"], "code", "as_of")
    assert {code for code, _ in surfaces} == of_kind(Kind.SURFACE)
    for parts in surfaces.values():
        roles = Counter(row["role"] for row in parts)
        assert 6 <= roles.pop("入驻企业") <= 12
        assert roles == {"转型促进中心": 1, "公共服务平台": 1}


def test_roll_ups_of_some_surfaces_disagree_and_of_the_others_not(told):
    reported = {(row["code"], row["as_of"]): Decimal(row["physical_pct"]) for row in told["dispatch"]}
    for (code, day), parts in by(told["tenants"], "code", "as_of").items():
        tenants = [Decimal(row["actual_pct"]) for row in parts if row["role"] == "入驻企业"]
        apart = reported[code, day] - median(tenants)
        if oddities(TODAY).get(code) == Oddity.TENANTS_DISAGREE:
            assert apart > 8 and max(tenants) > reported[code, day], code
        else:
            assert abs(apart) <= 8, code


# -- milestones, reach, findings -----------------------------------------------------------------------------


def test_milestones_follow_the_plan_and_how_the_project_goes(told):
    found, silent = by(told["milestones"], "code"), manners(TODAY, 42).silent
    assert set(found) == {(p.code,) for p in portfolio(TODAY) if p.place.code not in silent}
    ways, late = behaviours(TODAY), Counter()
    for (code,), rows in found.items():
        project = projects()[code]
        assert 4 <= len(rows) <= 6 and rows[-1]["planned_on"] == str(project.end)
        for row in rows:
            assert str(project.start) <= row["planned_on"] <= str(project.end)
            assert row["reached_on"] <= row["reported_on"]
            assert not row["expected_on"] or (row["expected_on"] > row["planned_on"] and row["note"])
        reached = [bool(row["reached_on"]) for row in rows]
        assert reached == sorted(reached, reverse=True)
        late[ways[code]] += any(row["expected_on"] for row in rows)
    assert late[Behaviour.FAR_BEHIND] >= 10 and late[Behaviour.FINISHED] <= 6 < late[Behaviour.LAGGING]


def test_no_planned_day_of_a_milestone_moves(files):
    planned = defaultdict(set)
    for file in (file for file in files if file.form == "milestones"):
        header, *lines = csv.reader(io.StringIO(file.content.decode("utf-8-sig")))
        at = match(header, FORMS["milestones"]).columns
        for line in lines:
            planned[line[at["code"]], line[at["name"]]].add(line[at["planned_on"]])
    assert len(planned) > 400 and all(len(days) == 1 for days in planned.values())


def test_digital_reach_is_told_at_quarter_ends_and_grows(told):
    for (_, _), rows in by(told["enterprises"], "city", "industry").items():
        assert [row["as_of"] for row in rows] == ["2026-03-31", "2026-06-30", "2026-09-30"]
        shares = [int(row["reached"]) / int(row["above_size"]) for row in rows]
        assert 0.3 < shares[0] < shares[-1] < 1


def test_findings_are_rectified_with_evidence_or_overdue_or_have_time_left(told):
    states = Counter()
    for row in told["inspections"]:
        assert bool(row["rectified_on"]) == bool(row["evidence"])
        overdue = not row["rectified_on"] and row["deadline_on"] < str(TODAY)
        states["mended" if row["rectified_on"] else "overdue" if overdue else "open"] += 1
    assert states["mended"] >= 5 and states["overdue"] >= 5
    assert {row["city"] for row in told["inspections"]} >= {"沈阳市", "绵阳市", "包头市", "嘉定区"}


# -- what supervisors register -------------------------------------------------------------------------------


def test_recommendations_say_what_the_roster_says_and_no_more(told):
    second = [place for place in places() if place.batch == 2]
    assert [row["applicant"] for row in told["applications"]] == [place.name for place in second]
    for row, place in zip(told["applications"], second, strict=True):
        assert (row["year"], row["city"]) == ("2025", place.province)
        assert not row["leads"] and not row["document_no"] and not row["applied_on"]


def test_one_city_failed_its_evaluation_and_the_measure_names_a_document(told):
    measured = [row for row in told["evaluations"] if row["measure"]]
    assert [(row["measure"], bool(row["document_no"])) for row in measured] == [("督导整改", True)]
    assert Decimal(measured[0]["score"]) < 60
    assert {row["year"] for row in told["evaluations"]} == {"2025"} and len(told["evaluations"]) == 42


def test_other_funding_holds_candidates_and_rows_that_are_none(told):
    known = {(p.unit_code, p.name) for p in portfolio(TODAY)}
    units, titles = {code for code, _ in known}, {name for _, name in known}
    equal = [row for row in told["other_funding"] if row["title"] in titles]
    near = [
        r for r in told["other_funding"] if r["title"] not in titles and r["title"].endswith("及设备更新项目")
    ]
    assert len(equal) == 2 and len(near) == 3
    assert any((row["unit_code"], row["title"]) in known for row in equal)
    assert all(row["unit_code"] in units for row in near)
    assert any(row["unit_code"] not in units for row in told["other_funding"])


# -- who sends and who signs ---------------------------------------------------------------------------------


def test_supervisors_send_what_only_they_may(files):
    for file in files:
        assert file.by in FORMS[file.form].by
        assert demo.sender(file.city, file.by).role == file.by
    assert {file.form for file in files if file.by == Role.PROVINCE} >= {"evaluations", "inspections"}


def test_two_departments_of_a_city_sign_by_two_names():
    for event in signatures(TODAY):
        assert event.by.covers(event.city)
    given = defaultdict(set)
    for event in (e for e in signatures(TODAY) if isinstance(e, demo.Signed) and e.department):
        given[event.city, event.period.end].add((event.department, event.by.email))
    for pairs in given.values():
        assert len({email for _, email in pairs}) == len({department for department, _ in pairs})
    emails = {person.email for person in demo.people()}
    assert {
        "shenyang.finance@demo.invalid",
        "mianyang.finance@demo.invalid",
        "baotou.finance@demo.invalid",
    } < emails


def test_older_months_are_accepted_nearly_everywhere_and_the_newest_stands_in_every_state():
    steps = defaultdict(list)
    for event in (e for e in signatures(TODAY) if isinstance(e, demo.Signed)):
        steps[event.period.end, event.city].append(event.step)
    accepted = Counter(end for (end, _), given in steps.items() if given[-1] == SignStep.ACCEPTED)
    assert accepted[date(2026, 8, 31)] >= 30 and accepted[date(2026, 9, 30)] >= 30
    newest = Counter(tuple(given) for (end, _), given in steps.items() if end == date(2026, 10, 31))
    vouched = SignStep.VOUCHED
    assert set(newest) == {
        (vouched,),
        (vouched, vouched),
        (vouched, vouched, SignStep.ACCEPTED),
        (vouched, vouched, SignStep.RETURNED),
    }
    assert 41 - newest.total() >= 2
    assert {"210100", "510700", "310114"} < set(SHOWN)


def test_signatures_of_a_slice_are_cut_from_the_whole():
    whole = list(signatures(TODAY))
    assert list(signatures(TODAY, cities=["130100"])) == [e for e in whole if e.city == "130100"]
    assert list(signatures(TODAY)) == whole
