"""Two departments vouch, the province accepts, and what is accepted does not move; corrections, withdrawals."""

from datetime import date, timedelta

import pytest
from sqlmodel import Session, select

from collectors import signoff
from collectors.signoff import Grant, Signing
from collectors.withdraw import (
    LOCKED,
    NEEDS_REASON,
    NOT_THERE,
    NOTHING_LEFT,
    NOTHING_MOVED,
    REGISTERED,
    WITHDRAWN_BEFORE,
    Act,
    revert,
    withdraw,
)
from models.access import Scope
from models.periods import Period
from models.plans import Adjustment
from models.reports import Report
from models.vocabulary import Department, Door, ExceptionKind, Role

CITY = "210100"
INDUSTRY = Scope("industry@example.org", Role.CITY, CITY, frozenset({CITY}), Department.INDUSTRY)
FINANCE = Scope("finance@example.org", Role.CITY, CITY, frozenset({CITY}), Department.FINANCE)
PROVINCE = Scope("province@example.org", Role.PROVINCE, "210000", frozenset({"210000", CITY, "210200"}))
OCTOBER = Period(date(2026, 10, 1), date(2026, 10, 31))
HEADER = "项目编号,截止日期,形象进度,支出\n"


def state(db) -> str | None:
    with db.ro.connect() as connection:
        return signoff.standing(connection, CITY, OCTOBER).state


def signing(db, by, now, **changes):
    return Signing(by, CITY, OCTOBER, changes.pop("state", None) or state(db) or "none", now, **changes)


def codes(receipt):
    return {problem.code for problem in receipt.problems}


def current(db):
    with Session(db.ro) as session:
        rows = session.exec(select(Report).where(Report.superseded_at.is_(None))).all()
    return {(row.project, row.as_of): row.physical_bp for row in rows}


def accepted(db, now):
    assert signoff.vouch(db, signing(db, INDUSTRY, now), Department.INDUSTRY) is None
    assert signoff.vouch(db, signing(db, FINANCE, now), Department.FINANCE) is None
    assert signoff.accept(db, signing(db, PROVINCE, now)) is None


@pytest.fixture
def reported(registered):
    assert registered(HEADER + "SY001,2026-10-31,50,10\nSY002,2026-10-31,20,5\n").committed
    return registered


def test_both_departments_vouch_before_the_province_accepts(db, reported, now):
    first = signing(db, INDUSTRY, now)
    assert signoff.accept(db, signing(db, PROVINCE, now)) == signoff.NOT_VOUCHED
    assert signoff.vouch(db, first, Department.FINANCE) == signoff.NOT_YOURS
    assert signoff.vouch(db, first, Department.INDUSTRY) is None
    assert signoff.vouch(db, first, Department.INDUSTRY) == signoff.SIGNED_BEFORE
    assert signoff.accept(db, signing(db, PROVINCE, now)) == signoff.NOT_VOUCHED
    assert signoff.vouch(db, signing(db, PROVINCE, now), Department.FINANCE) == signoff.NOT_YOURS
    assert signoff.vouch(db, signing(db, FINANCE, now), Department.FINANCE) is None
    assert signoff.accept(db, signing(db, INDUSTRY, now)) == signoff.NOT_YOURS
    assert signoff.accept(db, signing(db, PROVINCE, now)) is None
    assert signoff.accept(db, signing(db, PROVINCE, now)) == signoff.ACCEPTED_BEFORE
    with db.ro.connect() as connection:
        found = signoff.standing(connection, CITY, OCTOBER)
    assert found.accepted and found.rows == 2 and len(found.signatures) == 3


def test_one_person_does_not_sign_for_both_departments(db, reported, now):
    alone = Scope("alone@example.org", Role.CITY, CITY, frozenset({CITY}))
    assert signoff.vouch(db, signing(db, alone, now), Department.INDUSTRY) is None
    assert signoff.vouch(db, signing(db, alone, now), Department.FINANCE) == signoff.SAME_PERSON


def test_a_changed_figure_voids_the_signature_under_it(db, reported, now):
    looked = state(db)
    assert signoff.vouch(db, signing(db, INDUSTRY, now), Department.INDUSTRY) is None
    reported(HEADER + "SY001,2026-10-31,51,10\n", now=now + timedelta(hours=1))
    assert signoff.vouch(db, signing(db, FINANCE, now, state=looked), Department.FINANCE) == signoff.CHANGED
    with db.ro.connect() as connection:
        assert signoff.standing(connection, CITY, OCTOBER).vouched == frozenset()


def test_what_is_accepted_does_not_move(db, reported, now):
    accepted(db, now)
    receipt = reported(HEADER + "SY001,2026-10-31,51,10\n")
    assert codes(receipt) >= {"E-B108"} and not receipt.committed
    assert not reported("项目编号,截止日期,形象进度\nSY002,2026-10-20,19\n").committed
    assert reported(HEADER + "SY001,2026-10-31,50,10\nSY001,2026-11-20,55,11\n").committed
    assert current(db)["SY001", date(2026, 10, 31)] == 5000


def test_a_reopened_period_takes_corrections_until_its_time_is_over(db, reported, now):
    accepted(db, now)
    later = now + timedelta(hours=1)
    wish = Grant(
        PROVINCE, [CITY], OCTOBER.end, ExceptionKind.REOPENING, later + timedelta(days=2), "错填", later
    )
    assert signoff.grant(db, Grant(**vars(wish) | {"by": INDUSTRY})) == signoff.NOT_YOURS
    assert signoff.grant(db, Grant(**vars(wish) | {"reason": " "})) == signoff.NEEDS_NOTE
    assert signoff.grant(db, Grant(**vars(wish) | {"until": later})) == signoff.NOT_AHEAD
    assert signoff.grant(db, wish) is None
    at = later + timedelta(days=1)
    assert reported(HEADER + "SY001,2026-10-31,51,10\n", now=at, reason="错填").committed
    with db.ro.connect() as connection:
        assert not signoff.standing(connection, CITY, OCTOBER).accepted
    over = later + timedelta(days=3)
    assert "E-B108" in codes(reported(HEADER + "SY001,2026-10-31,52,10\n", now=over))
    accepted(db, over)
    assert "E-B108" in codes(reported(HEADER + "SY001,2026-10-31,52,10\n", now=over))


def test_a_returned_period_needs_its_signatures_again(db, reported, now):
    signoff.vouch(db, signing(db, INDUSTRY, now), Department.INDUSTRY)
    assert signoff.give_back(db, signing(db, PROVINCE, now)) == signoff.NEEDS_NOTE
    assert signoff.give_back(db, signing(db, PROVINCE, now, note="支出待核")) is None
    with db.ro.connect() as connection:
        assert signoff.standing(connection, CITY, OCTOBER).vouched == frozenset()
    assert signoff.vouch(db, signing(db, INDUSTRY, now), Department.INDUSTRY) is None


def test_what_was_accepted_is_given_back_only_after_it_was_reopened(db, reported, now):
    accepted(db, now)
    refused = signoff.give_back(db, signing(db, PROVINCE, now, note="支出待核"))
    assert refused == signoff.REOPEN_FIRST
    later = now + timedelta(hours=1)
    until = later + timedelta(days=2)
    wish = Grant(PROVINCE, [CITY], OCTOBER.end, ExceptionKind.REOPENING, until, "错填", later)
    assert signoff.grant(db, wish) is None
    assert reported(HEADER + "SY001,2026-10-31,51,10\n", now=later, reason="错填").committed
    assert signoff.give_back(db, signing(db, PROVINCE, later, note="仍有误")) is None
    over = until + timedelta(days=1)
    assert reported(HEADER + "SY001,2026-10-31,52,10\n", now=over, reason="错填").committed
    accepted(db, over)
    assert "E-B108" in codes(reported(HEADER + "SY001,2026-10-31,53,10\n", now=over))


def test_nobody_signs_for_nothing(db, registered, now):
    assert signoff.vouch(db, signing(db, INDUSTRY, now), Department.INDUSTRY) == signoff.NOTHING_THERE


# -- corrections ---------------------------------------------------------------------------------------------


def test_a_past_figure_is_corrected_with_a_reason(db, reported):
    text = HEADER + "SY001,2026-10-31,51,10\n"
    asked = reported(text, door=Door.WEB)
    assert codes(asked) & {"E-B123", "W-B123"} == {"E-B123"} and not asked.committed
    assert asked.restated == 1
    done = reported(text, door=Door.WEB, reason="漏报一台设备")
    assert done.committed and "E-B123" not in codes(done)
    with Session(db.ro) as session:
        row = session.exec(select(Report).where(Report.submission == done.submission)).one()
    assert row.reason == "漏报一台设备"


def test_a_row_may_give_its_own_reason(reported):
    text = "项目编号,截止日期,形象进度,更正原因\nSY001,2026-10-31,51,多报\n"
    assert reported(text, door=Door.WEB).committed


def test_the_command_line_is_only_told_that_a_reason_is_missing(reported):
    receipt = reported(HEADER + "SY001,2026-10-31,51,10\n")
    assert receipt.committed and "W-B123" in codes(receipt)


def test_a_figure_of_the_running_period_is_revised_without_a_word(reported):
    reported(HEADER + "SY001,2026-11-20,55,12\n")
    receipt = reported(HEADER + "SY001,2026-11-20,56,12\n", door=Door.WEB)
    assert receipt.committed and not codes(receipt) & {"E-B123", "W-B123"}


# -- taking back ---------------------------------------------------------------------------------------------


def test_a_withdrawal_reinstates_what_was_there_and_can_be_withdrawn(db, reported, now):
    text = HEADER + "SY001,2026-10-31,60,10\nSY001,2026-11-20,70,11\n"
    bad = reported(text, now=now + timedelta(hours=1))
    at = now + timedelta(hours=2)
    done = withdraw(db, CITY, bad.submission, Act(INDUSTRY, "导错文件", at))
    assert (done.refusal, done.ended, done.reinstated) == (None, 2, 1)
    assert current(db) == {("SY001", OCTOBER.end): 5000, ("SY002", OCTOBER.end): 2000}
    with Session(db.ro) as session:
        copy = session.exec(select(Report).where(Report.submission == done.submission)).one()
    assert copy.origin is not None and copy.origin != bad.submission
    again = Act(INDUSTRY, "x", at)
    assert withdraw(db, CITY, bad.submission, again).refusal == WITHDRAWN_BEFORE
    back = withdraw(db, CITY, done.submission, Act(INDUSTRY, "没错", at + timedelta(hours=1)))
    assert (back.refusal, back.reinstated) == (None, 2)
    assert current(db)["SY001", OCTOBER.end] == 6000 and current(db)["SY001", date(2026, 11, 20)] == 7000
    twice = withdraw(db, CITY, bad.submission, Act(INDUSTRY, "还是错了", at + timedelta(hours=2)))
    assert twice.refusal == NOTHING_LEFT  # its rows are current as the restoration's


def test_a_withdrawal_leaves_what_later_submissions_replaced(db, reported, now):
    first = reported(HEADER + "SY001,2026-11-20,60,10\nSY002,2026-11-20,30,6\n", now=now + timedelta(hours=1))
    reported(HEADER + "SY001,2026-11-20,61,10\n", now=now + timedelta(hours=2))
    done = withdraw(db, CITY, first.submission, Act(INDUSTRY, "导错", now + timedelta(hours=3)))
    assert (done.ended, done.reinstated, done.left) == (1, 0, 1)
    assert current(db)["SY001", date(2026, 11, 20)] == 6100
    assert ("SY002", date(2026, 11, 20)) not in current(db)


def test_a_dry_run_of_a_withdrawal_changes_nothing(db, reported, now):
    done = reported(HEADER + "SY001,2026-11-20,60,10\n")
    seen = withdraw(db, CITY, done.submission, Act(INDUSTRY, "试", now), dry_run=True)
    assert seen.ended == 1 and ("SY001", date(2026, 11, 20)) in current(db)


def test_pending_adjustments_of_a_withdrawn_file_are_no_longer_proposed(db, reported, now):
    text = "项目编号,截止日期,形象进度,计划竣工\nSY001,2026-11-20,60,2028-06-30\n"
    done = reported(text)
    assert done.adjustment_count == 1
    withdraw(db, CITY, done.submission, Act(INDUSTRY, "日期填错", now + timedelta(hours=1)))
    with Session(db.ro) as session:
        assert [str(a.status) for a in session.exec(select(Adjustment))] == ["rejected"]


def test_what_may_not_be_withdrawn_says_why(db, reported, now, projects_csv, dalian):
    registration = reported(projects_csv.replace("智能产线", "智能产线 "))
    assert registration.duplicate_of or registration.same == 2
    with Session(db.ro) as session:
        from models.projects import Project

        registered_by = session.exec(select(Project.submission)).first()
    assert withdraw(db, CITY, registered_by, Act(INDUSTRY, "x", now)).refusal == REGISTERED
    done = reported(HEADER + "SY002,2026-10-30,19,5\n")
    assert withdraw(db, CITY, done.submission, Act(dalian, "x", now)).refusal == NOT_THERE
    assert withdraw(db, CITY, done.submission, Act(INDUSTRY, " ", now)).refusal == NEEDS_REASON
    accepted(db, now)
    assert withdraw(db, CITY, done.submission, Act(INDUSTRY, "x", now)).refusal == LOCKED


def test_a_city_goes_back_to_its_last_accepted_state(db, reported, now):
    accepted(db, now)
    before = current(db)
    act = Act(PROVINCE, "按审签数恢复", now + timedelta(days=2))
    assert revert(db, CITY, act).refusal == NOTHING_MOVED
    opened = now + timedelta(hours=1)
    signoff.grant(
        db,
        Grant(
            PROVINCE, [CITY], OCTOBER.end, ExceptionKind.REOPENING, now + timedelta(days=1), "更正", opened
        ),
    )
    at = now + timedelta(hours=2)
    reported(HEADER + "SY001,2026-10-31,77,10\nSY002,2026-10-15,9,1\nSY002,2026-11-20,33,7\n", now=at)
    done = revert(db, CITY, act)
    assert (done.ended, done.reinstated) == (2, 1)
    assert current(db) == before | {("SY002", date(2026, 11, 20)): 3300}


def test_a_file_of_another_period_than_the_one_chosen_says_both(db, reported, now):
    november = Period(date(2026, 11, 1), date(2026, 11, 30))
    file = HEADER + "SY001,2026-10-31,50,10\nSY002,2026-10-31,25,6\n"
    receipt = reported(file, period=november)
    (problem,) = [one for one in receipt.problems if one.level == "error"]
    assert (problem.code, problem.row, problem.found) == ("E-B109", 3, "2026-10-31")
    assert problem.values["expected"] == "2026-11" and "截止日期" in problem.column
    assert not receipt.committed and current(db)["SY002", date(2026, 10, 31)] == 2000
    assert reported(HEADER + "SY001,2026-10-31,50,10\nSY002,2026-11-20,25,6\n", period=november).committed
