"""Two real publications come in through a declared mapping: no row lost without a reason."""

from datetime import date

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from models.places import Place, Programme
from models.plans import Adjustment, AdjustmentChange, Plan
from models.projects import Partner, Project
from models.reports import Report, SubmissionProblem


@pytest.fixture
def publications(shared):
    folder = shared / "data" / "mexico_opa"
    return [next(folder.glob(f"opa_{year}_*.csv")) for year in (2019, 2021)]


def count(db, table, *where):
    with db.ro.connect() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(table.__table__).where(*where))


def test_both_years_come_in_with_every_row_accounted_for(db, give, nation, publications):
    first, second = publications
    one = give(first.read_bytes(), name=first.name, mapping="mexico_opa", scope=nation)
    assert (one.rows, one.new, one.rejected, one.encoding, one.committed) == (2745, 2493, 252, "utf-8", True)
    assert {p.code: p.count for p in one.problems} == {"E-C87": 248, "E-B103": 4, "N-S52": 1}
    assert count(db, SubmissionProblem) == 252  # each with its reason
    two = give(second.read_bytes(), name=second.name, mapping="mexico_opa", scope=nation)
    assert (two.rows, two.new, two.rejected, two.encoding) == (1786, 710, 12, "latin-1")
    assert two.new + two.changed + two.same + two.rejected == 1786
    assert count(db, Project) == 3203
    moved = count(db, AdjustmentChange, AdjustmentChange.__table__.c.field == "planned_end")
    assert moved == 336
    with Session(db.ro) as session:
        made = session.exec(select(Adjustment)).all()
        assert {(str(a.status), str(a.ground), a.adjusted_on) for a in made} == {
            ("approved", "other", date(2021, 12, 31))
        }
        assert {p.approved_on for p in session.exec(select(Plan).where(Plan.version == 2)).all()} == {
            date(2021, 12, 31)
        }
        assert {r.as_of for r in session.exec(select(Report)).all()} == {
            date(2019, 12, 31),
            date(2021, 12, 31),
        }
        programme = session.get(Programme, "mexico_opa")
        assert (programme.currency, programme.report_every_months, programme.report_due_days) == (
            "MXN",
            12,
            90,
        )
        assert session.get(Place, "MX-09").name_en == "Mexico City"
        train = session.exec(select(Partner).where(Partner.partner == "MX-21")).all()
        assert train
    before = [count(db, t) for t in (Plan, Report, Adjustment, Project)]
    again = give(first.read_bytes() + b"\n", name=first.name, mapping="mexico_opa", scope=nation)
    assert (again.same, again.rejected, again.committed) == (2493, 252, False)
    assert [count(db, t) for t in (Plan, Report, Adjustment, Project)] == before


def test_amounts_are_exact_to_the_centavo(sqlite_db, publications, nation, now):
    from collectors.intake import Delivery, take_in

    take_in(
        sqlite_db,
        Delivery(
            publications[0].name,
            publications[0].read_bytes(),
            nation,
            mapping="mexico_opa",
            as_of=date(2020, 6, 30),
        ),
        now=now,
    )
    with Session(sqlite_db.ro) as session:
        report = session.exec(select(Report).where(Report.project == "001 02 001")).one()
        plan = session.exec(select(Plan).where(Plan.project == "001 02 001")).one()
    assert (report.spent, report.physical_bp, report.as_of) == (309478648300, 7471, date(2020, 6, 30))
    assert (plan.total_investment, plan.planned_end) == (41347777321900, date(2031, 12, 31))
