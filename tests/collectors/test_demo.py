"""The demonstration's files are what cities could have sent: whole, valid, the same every time."""

import csv
import io
from collections import Counter, defaultdict
from datetime import date
from decimal import Decimal
from itertools import pairwise

import polars as pl
import pytest
from openpyxl import load_workbook
from stdnum.cn import uscc

from collectors import demo
from collectors.demo import Oddity, behaviours, deliveries, oddities
from collectors.demo.manners import manners
from collectors.demo.people import SHOWN
from collectors.demo.projects import portfolio
from collectors.demo.windows import Behaviour
from collectors.forms import DISPATCH, FORMS, match
from collectors.intake import Delivery, Receipt, take_in
from models.clock import at_hour
from models.db import Database
from models.places import NATION
from models.vocabulary import Level, Role

TODAY = date(2026, 11, 23)
MONEY = ("issued", "transferred", "paid", "spent")


@pytest.fixture(scope="module")
def files() -> list[demo.DemoFile]:
    return list(deliveries(TODAY))


def rows_of(file: demo.DemoFile) -> list[dict[str, str]]:
    """A file's rows by column name."""
    header, *lines = csv.reader(io.StringIO(file.content.decode("utf-8-sig")))
    columns = match(header, FORMS[file.form]).columns
    return [{name: line[at] for name, at in columns.items()} for line in lines]


def rows(files: list[demo.DemoFile], form: str) -> list[dict[str, str]]:
    return [row for file in files if file.form == form and not file.broken for row in rows_of(file)]


def histories(files: list[demo.DemoFile]) -> dict[str, list[dict[str, str]]]:
    """Each project's current dispatch rows, oldest first."""
    newest = {(row["code"], row["as_of"]): row for row in rows(files, "dispatch")}
    told = defaultdict(list)
    for (code, _), row in sorted(newest.items()):
        told[code].append(row)
    return told


def test_the_same_day_and_seed_give_the_same_bytes(files):
    assert list(deliveries(TODAY)) == files
    assert list(deliveries(TODAY, seed=7)) != files


def test_a_slice_is_cut_from_the_whole(files):
    cut = list(deliveries(TODAY, cities=["210100", "XPCC"]))
    supervisors = (NATION, "210000")
    assert cut == [file for file in files if file.city in ("210100", "XPCC", *supervisors)]


def test_files_come_in_order_and_before_the_first_hour_of_today_ends(files):
    instants = [file.received_at for file in files]
    assert instants == sorted(instants)
    assert instants[-1] < at_hour(TODAY, 1)
    assert len({file.file_name for file in files}) == len(files)


def test_every_header_is_a_column_of_its_form(files):
    for file in files:
        assert file.content.startswith(b"\xef\xbb\xbf")
        header = next(csv.reader(io.StringIO(file.content.decode("utf-8-sig"))))
        found = match(header, FORMS[file.form])
        assert len(found.columns) == len(header) and not found.wrong_unit
        assert not found.doubled and not found.extra


def test_dispatch_echoes_the_plan_only_where_one_is_pending(files):
    echoing = [f for f in files if f.form == "dispatch" and "planned_end" in rows_of(f)[0]]
    assert len(echoing) == sum(way == Behaviour.PENDING for way in behaviours(TODAY).values())


def test_every_roster_place_has_its_list(files):
    projects = rows(files, "projects")
    by_city = Counter(row["city"] for row in projects)
    assert len(by_city) == 42
    assert all(6 <= many <= 12 for many in by_city.values())
    assert len({row["code"] for row in projects}) == len(projects)
    kinds = Counter(row["kind"] for row in projects)
    assert 0.55 < kinds["点"] / len(projects) < 0.65 and kinds["线"] > kinds["面"] > 0
    assert {row["city"] for row in projects if row["landmark"] == "是"} == set(by_city)
    names = [(row["city"], row["name"]) for row in projects]
    assert len(set(names)) == len(names)


def test_every_unit_has_a_valid_code_of_its_own(files):
    codes = [row["unit_code"] for row in rows(files, "projects")]
    assert all(map(uscc.is_valid, codes)) and len(set(codes)) == len(codes)


def test_rewards_keep_to_their_caps(files):
    by_city = defaultdict(Decimal)
    for row in rows(files, "projects"):
        total, reward = Decimal(row["total_investment"]), Decimal(row["reward"])
        assert 0 < reward <= total / 5
        assert row["landmark"] == "否" or total > 50_000
        by_city[row["city"]] += reward
    assert max(by_city.values()) <= 30_000
    assert max(by_city[name] for name in ("大兴区", "金山区", "渝北区")) <= 15_000


def test_a_kind_names_what_it_should(files):
    for row in rows(files, "projects"):
        assert (row["kind"] == "线") == bool(row["chain"] and row["chain_owner"])
        assert (row["kind"] == "面") == bool(row["park"])


def test_curves_rise_to_the_end(files):
    curves = defaultdict(list)
    for row in rows(files, "plan"):
        curves[row["code"]].append(row)
    assert 0.4 < len(curves) / len(behaviours(TODAY)) < 0.6
    for points in curves.values():
        for column in ("planned_pct", "planned_spending"):
            values = [Decimal(point[column]) for point in points]
            assert values == sorted(values)
        assert points[-1]["planned_pct"] == "100"


def test_cumulative_figures_do_not_fall_once_corrected(files):
    for history in histories(files).values():
        for column in ("physical_pct", "invested", *MONEY):
            values = [Decimal(row[column]) for row in history]
            assert values == sorted(values), (history[0]["code"], column, values)


def test_money_goes_down_the_stages(files):
    ways, award = behaviours(TODAY), {r["code"]: Decimal(r["reward"]) for r in rows(files, "projects")}
    for code, history in histories(files).items():
        for row in history:
            issued, transferred, paid, spent = (Decimal(row[stage]) for stage in MONEY)
            assert spent <= transferred <= issued <= award[code] / 2
            assert paid <= transferred and (spent <= paid or ways[code] == Behaviour.MONEY_FIRST)
        assert (ways[code] == Behaviour.MONEY_FIRST) == (spent > paid)


def test_numbers_are_no_finer_than_the_form(files):
    for row in rows(files, "dispatch"):
        assert Decimal(row["physical_pct"]) * 10 % 1 == 0
        assert all(Decimal(row[stage]) * 100 % 1 == 0 for stage in MONEY)


def test_each_way_to_go_is_told(files):
    ways, told = behaviours(TODAY), histories(files)
    assert set(ways.values()) == set(Behaviour)
    assert set(ways) - set(told) == {code for code, way in ways.items() if way == Behaviour.NEVER_REPORTED}
    for code, history in told.items():
        progress = [Decimal(row["physical_pct"]) for row in history]
        match ways[code]:
            case Behaviour.STALLED | Behaviour.MONEY_FIRST:
                assert len(set(progress[-3:])) == 1 and 0 < progress[-1] < 100
            case Behaviour.FINISHED:
                assert progress[-1] == 100
            case Behaviour.TRUE_ZERO:
                assert {*progress} == {0} and history[-1]["spent"] == "0"
            case Behaviour.ON_PLAN:
                assert all(after > before for before, after in pairwise(progress) if after > 0)


def test_adjustments_name_ground_and_document(files):
    made = rows(files, "adjustments")
    counts, ways = Counter(row["code"] for row in made), behaviours(TODAY)
    assert all(row["ground"] and row["ground_note"] and row["document_no"] for row in made)
    assert {code for code, many in counts.items() if many == 3} == {
        code for code, way in ways.items() if way == Behaviour.ADJUSTED_OFTEN
    }
    assert {Behaviour.ADJUSTED_OFTEN, Behaviour.ADJUSTED_ONCE, Behaviour.RESCUED} == {ways[c] for c in counts}


def test_a_corrected_figure_comes_twice(files):
    ways, seen = behaviours(TODAY), Counter()
    for row in rows(files, "dispatch"):
        seen[row["code"], row["as_of"]] += 1
    twice = {code for (code, _), many in seen.items() if many == 2}
    assert twice == {code for code, way in ways.items() if way == Behaviour.CORRECTED}


def test_one_city_fell_silent_and_two_are_late(files):
    newest = {
        f.city: f.file_name[-11:-4] for f in files if "_调度表_" in f.file_name and "更正" not in f.file_name
    }
    assert Counter(newest.values()) == {"2026-10": 41, "2026-08": 1}
    early = list(deliveries(date(2026, 11, 6)))
    october = [f for f in early if f.form == "dispatch" and f.file_name.endswith("2026-10.csv")]
    assert 39 <= len(october) <= 41


@pytest.mark.parametrize("today", [date(2026, 1, 1), date(2026, 3, 31), date(2027, 2, 1), date(2025, 12, 31)])
def test_any_day_of_the_year_will_do(today):
    made = list(deliveries(today, cities=["210100", "640200", "XPCC"]))
    starts = {row["code"]: row for row in rows(made, "projects")}
    assert all(row["planned_start"] < row["planned_end"] for row in starts.values())
    assert all(row["as_of"] < str(today) for row in rows(made, "dispatch"))


def test_accounts_belong_to_nobody():
    accounts = demo.people()
    assert all(person.email.endswith("@demo.invalid") for person in accounts)
    assert {person.language for person in accounts} == {"zh_CN", "en"}
    assert len({person.role for person in accounts}) == 5


def test_bad_files_are_bad_in_their_way():
    good, _, over, unknown, undated, beyond, lost, book = (content for _, content, _ in demo.bad_files())
    assert "项目编号" in good.decode("gb18030")
    with pytest.raises(UnicodeDecodeError):
        good.decode("utf-8")
    assert ",135," in over.decode("utf-8-sig")
    assert "SY-2024-D99" in unknown.decode("utf-8-sig")
    header = next(csv.reader(io.StringIO(undated.decode("utf-8-sig"))))
    assert "as_of" not in match(header, DISPATCH).columns
    assert "资金文号" in beyond.decode("utf-8-sig") and "供货对象信用代码" in lost.decode("utf-8-sig")
    sheets = load_workbook(io.BytesIO(book)).worksheets
    assert [sheet.title for sheet in sheets] == ["调度表", "链上企业"]
    assert "六成" in [cell.value for cell in sheets[1][3]]


def _telling_cities() -> list[str]:
    """Cities in which everything that is planted is met, and the three that show most ways to go."""
    told, odd, how = defaultdict(set), oddities(TODAY), manners(TODAY, 42)
    for project in portfolio(TODAY):
        told[project.place.code] |= {project.behaviour, odd.get(project.code)} - {None}
    wanted, cities = {*Oddity, Behaviour.MONEY_FIRST}, {*SHOWN, how.reopened, how.weekly}
    for code in sorted(told, key=lambda city: -len(told[city])):
        if len(cities) < 9 or (wanted & told[code]) - set().union(*(told[c] for c in cities)):
            cities.add(code)
    return sorted(cities)


def _take_in(db: Database, file: demo.DemoFile) -> Receipt:
    delivery = Delivery(file.file_name, file.content, demo.sender(file.city, file.by), form=file.form)
    return take_in(db, delivery, now=file.received_at)


def test_ordinary_projects_give_no_warning_and_planted_ones_theirs(sqlite_db: Database):
    cities, warned = _telling_cities(), set()
    for file in deliveries(TODAY, cities=cities):
        receipt = _take_in(sqlite_db, file)
        assert receipt.committed != file.broken, (file.file_name, receipt.problems)
        assert receipt.rejected == file.broken
        warned |= _warnings(file, receipt)
    applications = {
        pair for pair in warned if pair[0] == "W-B135"
    }  # of places that were taken into the pilot
    assert warned - applications == _planted(cities)


def _warnings(file: demo.DemoFile, receipt: Receipt) -> set[tuple[str, str]]:
    """Code and project of every warning; the file's name for one of the file as a whole."""
    told = rows_of(file)
    marks = receipt.marks.filter(pl.col("level") == Level.WARNING)
    pairs = {
        (code, told[row - 2].get("code", "")) for code, row in marks.select("code", "row_no").iter_rows()
    }
    whole = [p for p in receipt.problems if p.level == Level.WARNING and p.row is None]
    return pairs | {(p.code, file.file_name) for p in whole}


def _planted(cities: list[str]) -> set[tuple[str, str]]:
    codes = {
        Oddity.ON_INFRASTRUCTURE: "W-B129",
        Oddity.NOT_SEPARATE: "W-B130",
        Oddity.PAID_BEYOND: "W-B137",
        Behaviour.MONEY_FIRST: "W-B106",  # booked as spent before it was paid
    }
    odd, reopened, found = oddities(TODAY), manners(TODAY, 42).reopened, set()
    for project in (p for p in portfolio(TODAY) if p.place.code in cities):
        shown = {project.behaviour, odd.get(project.code)}
        found |= {(code, project.code) for oddity, code in codes.items() if oddity in shown}
        if project.place.code == reopened and project.behaviour == Behaviour.CORRECTED:
            found.add(("W-B104", project.code))  # the month after the one that was told too high
    return found


def test_only_the_good_one_of_the_bad_files_goes_in(sqlite_db: Database, now):
    for file in deliveries(TODAY, cities=["210100"]):
        _take_in(sqlite_db, file)
    told = []
    for name, content, _ in demo.bad_files(TODAY):
        receipt = take_in(
            sqlite_db, Delivery(name, content, demo.sender("210100", Role.CITY)), now=now, dry_run=True
        )
        told.append(({p.code for p in receipt.problems if p.level != Level.NOTE}, receipt.ok))
    codes = [found for found, _ in told]
    assert codes[0] == set()
    assert "W-C66" in codes[1] and "E-C77" in codes[2] and "E-B101" in codes[3] and "E-S35" in codes[4]
    assert codes[5] == {"W-B137"} and codes[6] == {"W-B124"}
    assert not told[7][1] and codes[7] == {"E-C78"}
