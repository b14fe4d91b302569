"""New reports stand beside the last ones of their projects."""

from datetime import date

from collectors.since import TOLD, since_last

SHOWN = ("row_no", "project", "before", "physical_bp_before", "physical_bp", "paid_before", "paid")


def beside(db, receipt):
    return since_last(db, receipt.effect)


def test_a_month_stands_beside_the_month_before(db, registered, dispatch_header):
    registered(
        dispatch_header
        + "SY001,2026-08-31,30,,,,,,,\n"
        + "SY001,2026-09-30,40,500,100,90,80,70,在建,\n"
        + "SY002,2026-09-30,10,100,,,,,在建,\n"
    )
    seen = registered(
        dispatch_header + "SY002,2026-10-31,10,100,,,,,竣工,\nSY001,2026-10-31,43.5,510,100,90,,70,在建,\n",
        dry_run=True,
    )
    found = beside(db, seen)
    assert found.select(SHOWN).rows() == [
        (2, "SY002", date(2026, 9, 30), 1000, 1000, None, None),
        (3, "SY001", date(2026, 9, 30), 4000, 4350, 80_000_000, None),
    ]
    assert set(found.columns) == {
        *("row_no", "city", "project", "as_of", "before", *TOLD),
        *(f"{name}_before" for name in TOLD),
    }
    assert found["stage_before"].to_list() == ["continuing", "continuing"]


def test_first_reports_corrections_and_late_rows_stand_beside_nothing(db, registered, dispatch_header):
    dated = dispatch_header.replace("进展情况", "进展情况,填报日期")
    registered(dated + "SY001,2026-09-30,40,,,,,,,,2026-10-08\nSY001,2026-10-31,45,,,,,,,,2026-11-08\n")
    first = registered(dated + "SY002,2026-10-31,10,,,,,,,,2026-11-08\n", dry_run=True)
    corrected = registered(dated + "SY001,2026-10-31,46,,,,,,,,2026-11-09\n", dry_run=True, reason="误填")
    late = registered(dated + "SY001,2026-10-31,41,,,,,,,,2026-11-01\n", dry_run=True)
    assert (first.new, corrected.changed, late.same) == (1, 1, 1)
    assert [beside(db, seen).height for seen in (first, corrected, late)] == [0, 0, 0]


def test_of_two_months_in_one_file_the_second_stands_beside_the_first(db, registered, dispatch_header):
    text = "SY001,2026-10-31,50,,,,,,,\nSY001,2026-09-30,40,,,,,,,\n"
    found = beside(db, registered(dispatch_header + text, dry_run=True))
    assert found.select("row_no", "before", "physical_bp_before", "physical_bp").rows() == [
        (2, date(2026, 9, 30), 4000, 5000)
    ]


def test_a_month_handed_in_late_stands_beside_the_one_before_it(db, registered, dispatch_header):
    registered(dispatch_header + "SY001,2026-08-31,30,,,,,,,\nSY001,2026-10-31,50,,,,,,,\n")
    found = beside(db, registered(dispatch_header + "SY001,2026-09-30,40,,,,,,,\n", dry_run=True))
    assert found.select("before", "physical_bp_before").rows() == [(date(2026, 8, 31), 3000)]


def test_a_form_without_reports_moves_nothing(db, give, projects_csv):
    assert beside(db, give(projects_csv, dry_run=True)).is_empty()
