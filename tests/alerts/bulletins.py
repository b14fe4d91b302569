"""A small country for the tests of bulletins: three cities of two provinces, judged on two days."""

from datetime import UTC, date, datetime

from alerts.bulletin.reading import Asked
from alerts.watch import evaluate
from models.db import Database
from models.vocabulary import Rhythm
from tests.builders import CITY, WAN, adjustment, plan, project, put, report

DALIAN, GUANGZHOU, LIAONING = "210200", "440100", "210000"
JAN = datetime(2026, 1, 5, 1, tzinfo=UTC)
MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)
#: 10:00 in China on the two days: what the bulletin before knew, and what this one knows.
BEFORE, KNOWN = datetime(2026, 11, 23, 2, tzinfo=UTC), datetime(2026, 11, 24, 2, tzinfo=UTC)
BETWEEN = datetime(2026, 11, 23, 9, tzinfo=UTC)
OCTOBER, SEPTEMBER = date(2026, 10, 31), date(2026, 9, 30)
DAILY = Asked(TUESDAY, KNOWN)
EVIL = "=1+1 <img src=x onerror=alert(1)>"


def fill(db: Database) -> None:
    """Six projects: two turn worse or better overnight, one joins, one never reports, one is silent since summer."""
    project(db, "P1", JAN, name=EVIL, unit_name=EVIL, industry="26")
    project(db, "P2", JAN, kind="line", chain="链", name="供应链协同改造项目")
    project(db, "D1", JAN, city=DALIAN, kind="surface", park="园区", name="园区数字化提升项目")
    project(db, "D2", JAN, city=DALIAN, name="从未报送的项目")
    project(db, "G1", JAN, city=GUANGZHOU, name="广州项目")
    _money(db, "P1", JAN, SEPTEMBER, physical_bp=7_000)
    _money(db, "P2", JAN, OCTOBER, physical_bp=3_000)
    _money(db, "D1", JAN, OCTOBER, city=DALIAN, physical_bp=8_300)
    _money(db, "G1", JAN, OCTOBER, city=GUANGZHOU, physical_bp=8_200)
    adjustment(db, "G1", JAN, 1, city=GUANGZHOU)
    evaluate(db, MONDAY, BEFORE, now=BEFORE)
    _money(db, "P1", BETWEEN, OCTOBER, physical_bp=8_333)
    project(db, "P3", BETWEEN, name="新入库项目")
    _decided(db)
    evaluate(db, TUESDAY, KNOWN, now=KNOWN)


def _money(db: Database, code: str, at: datetime, as_of: date, *, city: str = CITY, **figures: int) -> None:
    money = dict(issued=50 * WAN, transferred=40 * WAN, paid=30 * WAN, spent=29 * WAN + 123_456)
    report(db, code, at, as_of, city=city, **(money | figures))


def _decided(db: Database) -> None:
    """An adjustment of Dalian's surface approved between the two bulletins."""
    from models.plans import AdjustmentChange

    plan(
        db, "D1", BETWEEN, city=DALIAN, version=2, planned_end=date(2027, 6, 30), adjustment=1,
        approved_on=MONDAY, document_no="辽工信〔2026〕7号", name="园区数字化提升项目",
    )  # fmt: skip
    adjustment(
        db, "D1", JAN, 1, city=DALIAN, status="approved", version=2, decided_at=BETWEEN, decided_by="p",
        ground="delay_or_schedule_change", document_no="辽工信〔2026〕7号",
    )  # fmt: skip
    put(
        db, AdjustmentChange, city=DALIAN, project="D1", number=1, field="planned_end", old="2026-12-31",
        new="2027-06-30",
    )  # fmt: skip


def asked(place: str, rhythm: Rhythm = Rhythm.DAILY) -> Asked:
    return Asked(TUESDAY, KNOWN, place, rhythm)
