"""The same submissions in any order of arrival give the same state: what was written last counts, not what came last."""

from datetime import date, timedelta
from itertools import permutations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from sqlmodel import Session, select

from models.records import Milestone
from models.reports import Report
from tests.collectors.orders import state

DAYS = ("2026-09-30", "2026-10-31")
HEADERS = {
    "dispatch": "项目编号,截止日期,形象进度,支出,进展情况,填报日期\n",
    "milestones": "项目编号,节点名称,计划完成日期,实际完成日期,填报日期\n",
}
FIGURES = {
    "dispatch": st.tuples(
        st.sampled_from(["SY001", "SY002"]),
        st.sampled_from(DAYS),
        st.sampled_from(["10", "20", "30"]),
        st.sampled_from(["", "5", "7"]),
        st.sampled_from(["", "安装"]),
    ),
    "milestones": st.tuples(
        st.sampled_from(["SY001", "SY002"]),
        st.sampled_from(["招标", "验收"]),
        st.sampled_from(["2026-08-01", "2026-08-02"]),
        st.sampled_from(["", "2026-08-03"]),
    ),
}
KEYS = {"dispatch": 2, "milestones": 2}


def a_file(form: str):
    rows = st.lists(FIGURES[form], min_size=1, max_size=4, unique_by=lambda row: row[:2])
    return rows.map(lambda found: (form, found))


FILES = st.lists(st.one_of(a_file("dispatch"), a_file("milestones")), min_size=2, max_size=3)


def text(form: str, rows, written_on: date) -> str:
    return HEADERS[form] + "".join(",".join((*row, str(written_on))) + "\n" for row in rows)


def current(db) -> list[tuple]:
    whence = ("submission", "row_no", "recorded_at", "reason")  # a reason is given where a file corrects
    found = []
    with Session(db.ro) as session:
        for table in (Report, Milestone):
            names = [c.name for c in table.__table__.columns if c.name not in whence]
            rows = session.exec(select(table).where(table.superseded_at.is_(None))).all()
            found += [(table.__tablename__, *(str(getattr(row, name)) for name in names)) for row in rows]
    return sorted(found)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(files=FILES)
def test_files_in_every_order_of_arrival_are_one_state(fresh, now, files):
    """Each file says on which day it was written; the last one arrives by the day it is looked at."""
    told = [text(form, rows, date(2026, 11, 1 + i)) for i, (form, rows) in enumerate(files)]
    seen = None
    for order in permutations(told):
        db, give = fresh()
        for hours, content in enumerate(order):
            receipt = give(content, now=now + timedelta(hours=hours), reason="更正")
            assert receipt.ok and not receipt.rejected, receipt.problems
        found = current(db), state(db, date(2026, 10, 31), now + timedelta(days=1))
        db.dispose()
        seen = seen or found
        assert found[0] == seen[0]
        assert_frame_equal(found[1], seen[1])


def test_what_was_planned_first_is_the_same_in_every_order(fresh, now):
    """Planned for the 1st, then for the 2nd, then for the 1st again: the first plan was the 1st, and both were missed."""
    told = [
        HEADERS["milestones"]
        + f"SY001,招标,2026-08-0{day},,2026-11-0{day_written}\nSY001,验收,2026-08-01,,2026-11-01\n"
        for day, day_written in ((1, 1), (2, 2), (1, 3))
    ]
    for order in permutations(told):
        db, give = fresh()
        for hours, content in enumerate(order):
            assert give(content, now=now + timedelta(hours=hours), reason="更正").ok
        found = state(db, date(2026, 10, 31), now + timedelta(days=1)).filter(project="SY001").to_dicts()[0]
        db.dispose()
        assert (found["milestone_name"], found["milestone_due_on"]) == ("招标", date(2026, 8, 1)), order


def test_figures_said_again_later_outlive_what_was_written_in_between(db, registered):
    """Written on the 1st and again on the 3rd; what comes last was written on the 2nd."""
    for day, figure in (("01", "10"), ("03", "10"), ("02", "20")):
        receipt = registered(
            f"项目编号,截止日期,形象进度,填报日期\nSY001,2026-10-31,{figure},2026-11-{day}\n", reason="更正"
        )
        assert receipt.committed and receipt.changed == 0
    assert {problem.code for problem in receipt.problems} == {"W-B111", "N-B115"}
    with Session(db.ro) as session:
        stored = session.exec(select(Report).order_by(Report.recorded_at)).all()
    assert [(r.physical_bp, r.reported_on.day, r.superseded_at is None) for r in stored] == [
        (1000, 3, True),
        (2000, 2, False),
    ]
