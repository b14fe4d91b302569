"""A file is taken in once, wholly, and says what it did."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from collectors import adjust
from collectors.intake import Limits, clean_name, summary
from models.access import Scope
from models.plans import Adjustment, AdjustmentChange, Plan, PlanPoint
from models.projects import Partner, Project, ProjectDetail
from models.reports import Report, Submission, SubmissionFile, SubmissionProblem
from models.vocabulary import Ground, Role

PROVINCE = Scope("province@example.org", Role.PROVINCE, "210000", frozenset({"210100", "210200"}))


def rows(db, table):
    with Session(db.ro) as session:
        return session.exec(select(table)).all()


def codes(receipt):
    return {problem.code for problem in receipt.problems}


def test_registration_makes_project_description_and_plan(db, give, projects_csv):
    text = projects_csv.replace("计划竣工\n", "计划竣工,参与城市\n").replace(
        "2027-12-31\nSY002", "2027-12-31,大连市:30\nSY002"
    )
    text = text.removesuffix("\n") + ",\n"
    receipt = give(text)
    assert (receipt.rows, receipt.new, receipt.committed, receipt.form) == (2, 2, True, "projects")
    assert receipt.cities == {"210100"}
    plan = {p.project: p for p in rows(db, Plan)}["SY001"]
    assert (plan.version, plan.total_investment, plan.reward) == (1, 1_000_500_000, 100_000_000)
    assert {p.code: str(p.kind) for p in rows(db, Project)} == {"SY001": "point", "SY002": "point"}
    assert [(p.project, p.partner, p.share_bp) for p in rows(db, Partner)] == [("SY001", "210200", 3000)]
    stored = rows(db, SubmissionFile)[0]
    assert stored.content == text.encode() and stored.submission == receipt.submission
    assert {d.project: d.row_no for d in rows(db, ProjectDetail)} == {"SY001": 2, "SY002": 3}


def test_a_report_is_new_then_same_then_changed(db, registered, dispatch_header, now):
    row = "SY001,2026-10-31,50,500.25,100,90,80,70,在建,安装\n"
    assert registered(dispatch_header + row).new == 1
    again = registered(dispatch_header + row + "\n")
    assert (again.same, again.committed, codes(again) & {"N-SAME"}) == (1, False, {"N-SAME"})
    later = now + timedelta(days=1)
    changed = registered(dispatch_header + row.replace(",50,", ",52.5,"), now=later)
    assert (changed.changed, changed.committed) == (1, True)
    assert changed.changes.select("field", "old", "new").rows() == [("physical_bp", "5000", "5250")]
    old, new = sorted(rows(db, Report), key=lambda r: r.recorded_at)
    assert (old.superseded_at, new.superseded_at, new.physical_bp) == (later, None, 5250)
    assert (new.invested, new.issued, str(new.stage)) == (500_250_000, 100_000_000, "continuing")


def test_blank_is_not_zero_and_missing_columns_keep_what_was_known(db, registered):
    registered("项目编号,截止日期,形象进度,支出,进展情况\nSY001,2026-10-31,50,0,安装\n")
    report = rows(db, Report)[0]
    assert (report.spent, report.paid) == (0, None)
    receipt = registered("项目编号,截止日期,形象进度,支出\nSY001,2026-10-31,50,\n")
    assert receipt.changes.rows() == [(2, "210100", "SY001", "spent", "0", None)]
    current = [r for r in rows(db, Report) if r.superseded_at is None]
    assert [(r.spent, r.narrative) for r in current] == [(None, "安装")]


def test_the_same_bytes_twice_change_nothing_and_say_who(db, registered, dispatch_header):
    text = dispatch_header + "SY001,2026-10-31,50,500,,,,,在建,\n"
    first = registered(text)
    second = registered(text, name="另一个名字.csv")
    assert second.duplicate_of[:2] == (first.submission, "city210100@example.org")
    assert (second.submission, second.committed, second.same) == (first.submission, False, 1)
    assert codes(second) == {"N-DUP"}
    assert len(rows(db, Report)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "SY001,2026-10-31,50,500,,,,,在建,\nSY002,2026-10-31,1,500,,,,,在建,\n",
        "SY001,2026-10-31,50,500,,,,,在建,\nSY009,2026-10-31,1,500,,,,,在建,\n",
        "SY001,2026-09-30,150,500,,,,,在建,\n",
    ],
)
def test_the_preview_tells_what_the_commit_does(db, registered, dispatch_header, text):
    registered(dispatch_header + "SY001,2026-10-31,40,500,,,,,在建,\n")
    before = len(rows(db, Report)), len(rows(db, Submission))
    preview = registered(dispatch_header + text, dry_run=True)
    assert (len(rows(db, Report)), len(rows(db, Submission))) == before
    done = registered(dispatch_header + text, expected_base=preview.base)
    told = ("rows", "new", "changed", "same", "warned", "rejected")
    assert [getattr(preview, n) for n in told] == [getattr(done, n) for n in told]
    assert preview.changes.equals(done.changes) and codes(preview) == codes(done)
    assert done.committed == preview.ok


def test_a_preview_gone_stale_stores_nothing(db, registered, dispatch_header):
    text = dispatch_header + "SY001,2026-10-31,50,500,,,,,在建,\n"
    preview = registered(text, dry_run=True)
    registered(dispatch_header + "SY002,2026-10-31,10,500,,,,,在建,\n")
    late = registered(text, expected_base=preview.base)
    assert (late.committed, late.ok) == (False, False) and "E-STALE" in codes(late)
    assert len(rows(db, Report)) == 1


def test_one_bad_row_refuses_the_file_and_good_rows_are_still_counted(db, registered, dispatch_header):
    receipt = registered(dispatch_header + "SY001,2026-10-31,50,,,,,,,\nSY002,2026-10-31,500,,,,,,,\n")
    assert (receipt.rows, receipt.new, receipt.rejected, receipt.ok) == (2, 1, 1, False)
    assert receipt.submission is None and rows(db, Report) == []


def test_a_plan_figure_that_differs_waits_and_never_overwrites(db, registered, projects_csv):
    moved = projects_csv.replace("1000.5,100,2026-01-01,2027-12-31", "1200,100,2026-01-01,2028-06-30")
    receipt = registered(moved)
    assert (receipt.changed, receipt.same, receipt.adjustment_count) == (1, 1, 1)
    waiting = rows(db, Adjustment)
    assert [(str(a.status), a.version) for a in waiting] == [("pending", None)]
    changes = {c.field: (c.old, c.new) for c in rows(db, AdjustmentChange)}
    assert changes == {
        "total_investment": ("1000500000", "1200000000"),
        "planned_end": ("2027-12-31", "2028-06-30"),
    }
    assert {p.version for p in rows(db, Plan)} == {1}
    assert registered(moved + "\n").same == 2


def test_the_echo_of_a_plan_in_a_report_waits_too(db, registered):
    receipt = registered(
        "项目编号,截止日期,形象进度,计划竣工\nSY001,2026-10-31,50,2028-01-31\nSY002,2026-10-31,50,\n"
    )
    assert (receipt.new, receipt.adjustment_count) == (2, 1)
    assert "N-B121" in codes(receipt) and rows(db, Adjustment)[0].adjusted_on == date(2026, 10, 31)


def test_a_changed_description_is_a_new_revision(db, registered, projects_csv):
    receipt = registered(projects_csv.replace("甲厂", "甲集团"))
    assert receipt.changes.select("field", "old", "new").rows() == [("unit_name", "甲厂", "甲集团")]
    details = [
        (d.unit_name, d.superseded_at is None) for d in rows(db, ProjectDetail) if d.project == "SY001"
    ]
    assert sorted(details) == [("甲厂", False), ("甲集团", True)]


CURVE = "项目编号,月份,计划形象进度,计划支出\nSY001,2026-03,10,5\nSY001,2026年4月,20,\n"


def test_a_curve_is_stored_and_a_changed_point_waits(db, registered):
    assert registered(CURVE).new == 2
    receipt = registered(CURVE.replace("月,20,", "月,25,9") + "SY001,2026-05,40,\n")
    assert (receipt.new, receipt.changed, receipt.same) == (1, 1, 1)
    fields = {c.field: c.new for c in rows(db, AdjustmentChange)}
    assert fields == {"curve:2026-04:pct": "2500", "curve:2026-04:spending": "9000000"}
    assert {p.month.month: p.planned_bp for p in rows(db, PlanPoint)} == {3: 1000, 4: 2000, 5: 4000}


ADJUSTMENTS = "项目编号,调整日期,调整依据,批准文号,调整后计划竣工,调整后总投资（万元）\n"


def test_approved_adjustments_make_versions_that_build_on_each_other(db, registered):
    registered(CURVE)
    text = ADJUSTMENTS + "SY001,2026-03-01,预算削减,文1,,900.5\nSY001,2026-05-01,不可抗力,文2,2028-01-01,\n"
    text = text.replace("预算削减", "budget_cut")
    receipt = registered(text, scope=PROVINCE)
    assert (receipt.new, receipt.adjustment_count, receipt.committed) == (2, 2, True)
    versions = {p.version: p for p in rows(db, Plan) if p.project == "SY001"}
    assert (versions[2].total_investment, versions[2].planned_end) == (900_500_000, date(2027, 12, 31))
    assert (versions[3].total_investment, versions[3].planned_end) == (900_500_000, date(2028, 1, 1))
    assert versions[3].approved_on == date(2026, 5, 1)
    assert {p.version for p in rows(db, PlanPoint)} == {1, 2}  # the second one moved the end
    assert registered(text + "\n").same == 2


def test_a_city_proposes_an_adjustment_and_does_not_approve_it(db, registered):
    row = ADJUSTMENTS + "SY001,2026-05-01,force_majeure,文3,2028-01-31,\n"
    receipt = registered(row)
    assert (receipt.new, receipt.committed) == (1, True) and "N-B121" in {p.code for p in receipt.problems}
    (only,) = rows(db, Adjustment)
    assert (str(only.status), str(only.ground), only.document_no, only.version) == (
        "pending",
        "force_majeure",
        "文3",
        None,
    )
    assert {p.version for p in rows(db, Plan)} == {1}
    assert registered(row.replace("\n", "\r\n")).same == 1


def test_an_adjustment_may_not_end_a_plan_before_it_starts(db, registered):
    receipt = registered(ADJUSTMENTS + "SY001,2026-05-01,force_majeure,文3,2025-01-01,\n", scope=PROVINCE)
    assert not receipt.ok and {p.code for p in receipt.problems} == {"E-B110"}


@pytest.mark.parametrize("day", ["2206-06-30", "0226-06-30", "1999-12-31"])
def test_a_day_out_of_all_years_is_answered_beside_good_rows(registered, day):
    text = f"项目编号,截止日期,形象进度（%）\nSY001,{day},50\nSY002,2026-10-31,50\n"
    receipt = registered(text)
    assert (receipt.rows, receipt.rejected) == (2, 1) and {p.code for p in receipt.problems} >= {"E-C81"}


@pytest.mark.parametrize("column", ["累计完成投资（万元）", "下达（万元）", "支出（万元）"])
def test_yuan_under_a_header_of_10k_yuan_is_suspected(registered, column):
    receipt = registered(f"项目编号,截止日期,{column}\nSY001,2026-10-31,400000\n")
    assert "W-C66" in {p.code for p in receipt.problems}


def test_yuan_in_an_adjustment_is_suspected(registered):
    receipt = registered(ADJUSTMENTS + "SY001,2026-05-01,force_majeure,文3,,10005000\n", scope=PROVINCE)
    assert "W-C66" in {p.code for p in receipt.problems}


def test_an_adjustment_that_was_waiting_is_approved_instead_of_doubled(db, registered, projects_csv):
    registered(projects_csv.replace("1000.5,100,2026-01-01,2027-12-31", "1000.5,100,2026-01-01,2028-01-31"))
    registered(ADJUSTMENTS + "SY001,2026-05-01,force_majeure,文3,2028-01-31,\n", scope=PROVINCE)
    only = rows(db, Adjustment)
    assert [(a.number, str(a.status), a.document_no, a.version) for a in only] == [(1, "approved", "文3", 2)]


def test_a_province_decides_once(db, registered, projects_csv, now):
    registered(CURVE)
    registered(CURVE.replace("月,20,", "月,25,"))
    registered(projects_csv.replace("1000.5", "1500"))
    approval = adjust.Verdict(True, Ground.BUDGET_CUT, None, "文9")

    def decide(number, verdict):
        with Session(db.rw) as session, session.begin():
            return adjust.decide(session, ("210100", "SY001", number), verdict, by="p@x", now=now)

    assert decide(1, adjust.Verdict(True, Ground.OTHER, None, "文9")) == adjust.NEEDS_GROUND
    assert decide(1, adjust.Verdict(True, Ground.BUDGET_CUT)) == adjust.NEEDS_DOCUMENT
    assert decide(1, approval) is None
    assert decide(1, approval) == adjust.DECIDED_BEFORE
    assert decide(2, adjust.Verdict(False)) is None
    assert decide(2, approval) == adjust.DECIDED_BEFORE
    assert {str(a.status) for a in rows(db, Adjustment)} == {"approved", "rejected"}
    points = {(p.version, p.month.month): p.planned_bp for p in rows(db, PlanPoint)}
    assert points == {(1, 3): 1000, (1, 4): 2000, (2, 3): 1000, (2, 4): 2500}


def test_a_row_of_another_city_refuses_the_whole_file(db, registered, dalian, dispatch_header):
    receipt = registered(dispatch_header + "SY001,2026-10-31,50,,,,,,,\n", scope=dalian)
    assert (receipt.ok, codes(receipt)) == (False, {"E-B102"})
    other = next(p for p in receipt.problems if p.code == "E-B102")
    assert (other.row, other.values["other"]) == (2, ("沈阳市", "Shenyang"))
    assert registered(PROJECTS_OF_DALIAN, scope=dalian).committed
    assert "E-B102" in codes(registered(PROJECTS_OF_DALIAN.replace("DL001", "SY001"), scope=dalian))


PROJECTS_OF_DALIAN = (
    "项目编号,项目名称,类型,实施单位,总投资,计划开工,计划竣工\nDL001,甲,面,乙,5,2026-01-01,2026-12-31\n"
)


def test_the_nation_delivers_for_several_cities(db, give, nation):
    text = (
        "项目编号,项目名称,牵头城市,类型,实施单位,总投资,计划开工,计划竣工\n"
        "A1,甲,沈阳市,点,乙,5,2026-01-01,2026-12-31\nB1,甲,Dalian,line,乙,5,2026-01-01,2026-12-31\n"
    )
    receipt = give(text, scope=nation)
    assert (receipt.cities, receipt.committed) == ({"210100", "210200"}, True)
    assert rows(db, Submission)[0].city == "000000"
    assert give("项目编号,截止日期,形象进度\nA1,2026-10-31,5\nB1,2026-10-31,6\n", scope=nation).new == 2


def test_accepted_warnings_are_stored_with_the_submission(db, registered, dispatch_header):
    registered(dispatch_header + "SY001,2026-09-30,50,500,,,,,,\n")
    receipt = registered(dispatch_header + "SY001,2026-10-31,40,500,,,,,,\n")
    assert (receipt.committed, receipt.warned) == (True, 1)
    kept = [(p.code, p.row_no, str(p.level)) for p in rows(db, SubmissionProblem)]
    assert kept == [("W-B104", 2, "warning")]


def test_projects_left_out_are_named(registered, dispatch_header):
    receipt = registered(dispatch_header + "SY001,2026-09-30,50,500,,,,,,\n")
    note = next(p for p in receipt.problems if p.code == "N-B115")
    assert (note.values["count"], note.found) == (1, "SY002")


def test_the_form_is_guessed_from_its_header(registered):
    english = "Project code,As of,Physical progress (%),Investment completed (10k yuan),Stage\nSY001,2026-10-31,50,5,Continuing\n"
    assert (registered(english).form, registered(CURVE).form) == ("dispatch", "plan")


def test_limits_are_the_door_s(lite, dispatch_header):
    text = dispatch_header + "".join(f"SY{i:03d},2026-10-31,1,,,,,,,\n" for i in range(30))
    assert codes(lite(text, limits=Limits(max_rows=20))) == {"E-F04"}
    assert codes(lite(text, limits=Limits(max_bytes=100))) == {"E-F03"}


def test_the_summary_is_what_programs_rely_on(lite, dispatch_header):
    told = summary(lite(dispatch_header + "SY001,2026-10-31,150,,,,,,,\n"))
    counts = ["submission", "rows", "new", "changed", "same", "warned", "rejected"]
    assert list(told) == [*counts, "problems"]
    problem = next(p for p in told["problems"] if p["code"] == "E-C77")
    assert (problem["row"], problem["column"], problem["found"], problem["rows"]) == (
        2,
        "C 形象进度（%）",
        "150",
        [2],
    )
    assert problem["message_zh"] == "第 2 行，C 形象进度（%） 列：“150”应在 0–100。"
    assert problem["expected"] == "0–100" and problem["hint_en"] and problem["level"] == "error"


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("../../x.csv", "x.csv"),
        ("报表\r\n.csv", "报表.csv"),
        ("a" * 300, "a" * 100),
        ("C:\\t\\a.csv", "a.csv"),
        ("", "file"),
    ],
)
def test_a_file_name_is_only_a_label(name, label):
    assert clean_name(name) == label


def test_many_rows_take_the_set_based_roads(db, give, nation, now):
    """More projects than are asked for by name: Arrow out, one UPDATE to supersede."""
    head = "项目编号,项目名称,牵头城市,类型,实施单位,总投资,计划开工,计划竣工\n"
    many = "".join(f"P{i:04d},甲,沈阳市,点,乙,5,2026-01-01,2026-12-31\n" for i in range(600))
    assert give(head + many, scope=nation).new == 600
    reports = "项目编号,截止日期,形象进度\n" + "".join(f"P{i:04d},2026-10-31,{i % 100}\n" for i in range(600))
    assert give(reports, scope=nation).new == 600
    receipt = give(reports.replace(",7\n", ",8\n"), scope=nation, now=now + timedelta(hours=1))
    assert (receipt.changed, receipt.same) == (6, 594)
    with db.ro.connect() as connection:
        r = Report.__table__
        ended = sa.select(sa.func.count()).where(r.c.superseded_at.is_not(None))
        assert connection.scalar(ended) == 6
    assert give(head + many.replace("乙", "丙"), scope=nation).changed == 600


def test_the_same_bytes_again_after_a_correction_bring_nothing_back(db, registered, dispatch_header, now):
    first = dispatch_header + "SY001,2026-10-31,50,500,,,,,在建,\n"
    registered(first)
    registered(first.replace(",50,", ",52.5,"), now=now + timedelta(hours=1))
    again = registered(first, now=now + timedelta(hours=2))
    assert {problem.code: problem.values.get("count") for problem in again.problems} == {
        "N-DUP": None,
        "N-MOVED": 1,
    }
    assert not again.committed


def test_a_code_belongs_to_one_city(registered, nation, projects_csv):

    head, first, _ = projects_csv.splitlines()
    receipt = registered(f"{head},城市\n{first},大连市\n", scope=nation)
    assert [(problem.code, problem.found) for problem in receipt.problems if problem.level == "error"] == [
        ("E-B116", "SY001")
    ]
