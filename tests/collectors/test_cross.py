"""Forms beside each other: months against the sum, reports against movements, projects against the city's money."""

import pytest

FUNDS = (
    "资金文号,资金环节,发生日期,项目编号,金额,资金来源\n"
    "辽财〔2026〕1号,下达,2026-03-01,,150,中央奖补资金\n"
    "辽财〔2026〕1号,拨付,2026-04-01,SY001,40,中央奖补资金\n"
    "辽财〔2026〕1号,拨付,2026-09-01,SY001,20,中央奖补资金\n"
    "市财〔2026〕2号,下达,2026-03-01,SY001,999,市级资金\n"
)
HEADER = "项目编号,截止日期,形象进度,累计完成投资,本月完成投资,年初累计完成投资,下达,拨付,建设阶段\n"


def problem(receipt, code):
    return next((p for p in receipt.problems if p.code == code), None)


@pytest.mark.parametrize(
    ("september", "october", "difference"),
    [
        ("300,50,300", "350,50,350", None),
        ("300,50,300", "360,50,350", "10"),
        ("300,50,300", "340,50,340", "10"),
        ("300,50,300", "360,,350", None),
        (",50,300", "360,50,350", None),
    ],
)
def test_investment_to_date_is_the_sum_of_the_months(lite, september, october, difference):
    lite(f"{HEADER}SY001,2026-09-30,20,{september},,,\n")
    found = problem(lite(f"{HEADER}SY001,2026-10-31,25,{october},,,\n", dry_run=True), "W-B122")
    assert (found and found.values["difference"]) == difference
    assert found is None or found.money == 10_000_000


def test_a_month_left_out_is_not_added_up(lite):
    lite(f"{HEADER}SY001,2026-08-31,20,300,50,300,,,\n")
    assert problem(lite(f"{HEADER}SY001,2026-10-31,25,400,50,400,,,\n", dry_run=True), "W-B122") is None


def test_a_part_is_not_more_than_the_whole(lite):
    receipt = lite(f"{HEADER}SY001,2026-10-31,25,100,130,120,,,\n", dry_run=True)
    assert problem(receipt, "W-B106").count + 0 >= 1
    assert {(p.column, p.values["difference"]) for p in receipt.problems if p.code == "W-B106"} == {
        ("E 本月完成投资", "10"),
        ("F 年初累计完成投资", "20"),
    }


def test_a_report_is_held_against_the_projects_movements(lite):
    assert lite(FUNDS).committed
    assert problem(lite(f"{HEADER}SY001,2026-10-31,25,,,,,60,\n", dry_run=True), "W-B138") is None
    assert problem(lite(f"{HEADER}SY001,2026-08-31,25,,,,,40,\n", dry_run=True), "W-B138") is None
    found = problem(lite(f"{HEADER}SY001,2026-10-31,25,,,,,65.5,\n", dry_run=True), "W-B138")
    assert (found.column, found.found, found.values["other"], found.values["difference"]) == (
        "H 拨付",
        "65.5",
        "60",
        "5.5",
    )


def test_projects_together_are_held_against_the_citys_issued_money(lite):
    lite(FUNDS)
    lite(f"{HEADER}SY001,2026-09-30,20,,,,100,,\n")
    assert problem(lite(f"{HEADER}SY002,2026-09-30,20,,,,50,,\n", dry_run=True), "W-B139") is None
    found = problem(lite(f"{HEADER}SY002,2026-09-30,20,,,,80.25,,\n", dry_run=True), "W-B139")
    assert (found.values["other"], found.values["difference"], found.money) == ("150", "30.25", 30_250_000)


def test_a_finished_stage_beside_unfinished_progress_is_asked_about(lite):
    found = problem(lite(f"{HEADER}SY001,2026-10-31,80,,,,,,竣工\n", dry_run=True), "W-B140")
    assert found.found == "80"
    assert problem(lite(f"{HEADER}SY001,2026-10-31,100,,,,,,竣工\n", dry_run=True), "W-B140") is None


def test_months_are_added_to_a_month_end_only(lite):
    """A report of the middle of last month does not say what that month's end was."""
    lite(f"{HEADER}SY001,2026-09-15,20,300,50,300,,,\n")
    assert problem(lite(f"{HEADER}SY001,2026-10-31,25,360,50,350,,,\n", dry_run=True), "W-B122") is None


def test_movements_that_come_after_a_report_are_held_against_it(lite):
    lite(f"{HEADER}SY001,2026-08-31,20,,,,,40,\nSY001,2026-09-30,25,,,,,65.5,\n")
    found = problem(lite(FUNDS, dry_run=True), "W-B141")
    assert (found.count, found.column, found.row, found.found) == (1, "E 金额", 4, "60")
    assert (found.values["other"], found.values["when"], found.values["difference"]) == (
        "65.5",
        "2026-09-30",
        "5.5",
    )
    assert problem(lite(FUNDS.replace("SY001,20", "SY001,25.5"), dry_run=True), "W-B141") is None
    later = problem(lite(FUNDS.replace("2026-09-01", "2026-10-01"), dry_run=True), "W-B141")
    assert (later.row, later.found) == (3, "40")
