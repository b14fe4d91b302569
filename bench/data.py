"""Made-up rows in bulk: projects, a year of reports, and a dispatch CSV, as whole columns."""

import io
from datetime import UTC, date, datetime

import numpy as np
import polars as pl
import sqlalchemy as sa
from sqlmodel import Session, select

from models.clock import month_end
from models.db import Database, load
from models.places import Place, PlaceLevel
from models.plans import Adjustment, AdjustmentChange, Plan, PlanPoint
from models.projects import Project, ProjectDetail
from models.records import Fund, Milestone
from models.reports import Report

REGISTERED = datetime(2025, 1, 6, 1, tzinfo=UTC)
KNOWN = datetime(2026, 1, 10, 1, tzinfo=UTC)
ON = date(2026, 1, 9)
MONTH_ENDS = [month_end(date(2025, month, 1)) for month in range(1, 13)]
INDUSTRIES = ("26", "31", "34", "35", "36", "39")
_INSTANT = pl.Datetime("us", "UTC")


def month_ends(count: int) -> list[date]:
    """The last month ends up to the newest of MONTH_ENDS, oldest first."""
    months = [MONTH_ENDS[-1].year * 12 + 11 - back for back in range(count)]
    return [month_end(date(month // 12, month % 12 + 1, 1)) for month in reversed(months)]


def cities(db: Database) -> list[str]:
    with Session(db.ro) as session:
        return list(
            session.exec(select(Place.code).where(Place.level == PlaceLevel.CITY).order_by(Place.code))
        )


def plant_projects(db: Database, count: int) -> pl.DataFrame:
    """Register that many projects; gives their keys."""
    places = cities(db)
    keys = pl.DataFrame({"n": np.arange(count)}).select(
        city=pl.lit(pl.Series(places)).gather(pl.col("n") % len(places)),
        project=pl.format("P{}", pl.col("n").cast(pl.String).str.zfill(7)),
        kind=pl.lit(pl.Series(["point", "point", "point", "line", "surface"])).gather(pl.col("n") % 5),
        industry=pl.lit(pl.Series(INDUSTRIES)).gather(pl.col("n") % len(INDUSTRIES)),
    )
    said = dict(submission=pl.lit("bench"), row_no=pl.lit(2), recorded_at=pl.lit(REGISTERED, _INSTANT))
    with db.rw.begin() as connection:
        load(
            connection,
            Project,
            keys.select("city", pl.col("project").alias("code"), "kind", programme=pl.lit("pilot"), **said),
        )
        load(
            connection,
            ProjectDetail,
            keys.select(
                "city",
                "project",
                "industry",
                unit_name=pl.format("单位{}", "project"),
                landmark=pl.lit(False),
                **said,
            ),
        )
        load(
            connection,
            Plan,
            keys.select(
                "city",
                "project",
                version=pl.lit(1),
                name=pl.format("生产线智能化改造项目{}", "project"),
                planned_start=pl.lit(date(2025, 1, 1)),
                planned_end=pl.lit(date(2026, 12, 31)),
                total_investment=pl.lit(5_000_000_000),
                reward=pl.lit(500_000_000),
                **said,
            ),
        )
    return keys


def plant_reports(db: Database, keys: pl.DataFrame, months: int = 12) -> None:
    """A report for every project and of the last month ends; progress and money follow the project's own pace."""
    rng = np.random.default_rng(42)
    pace = rng.uniform(0.3, 1.3, keys.height)
    with db.rw.begin() as connection:
        for n, as_of in enumerate(month_ends(months), start=1):
            share = np.minimum(1.0, pace * n / (2 * months))
            stuck = rng.random(keys.height) < 0.02
            physical = np.where(stuck, 1000, (share * 10_000)).astype(np.int64)
            frame = keys.select(
                "city",
                "project",
                as_of=pl.lit(as_of),
                submission=pl.lit(f"bench-{n:02d}"),
                row_no=pl.int_range(2, keys.height + 2),
                recorded_at=pl.lit(datetime(as_of.year, as_of.month, as_of.day, 9, tzinfo=UTC), _INSTANT),
                physical_bp=pl.Series(physical),
                invested=pl.Series((share * 5e9).astype(np.int64)),
                issued=pl.lit(250_000_000),
                transferred=pl.lit(240_000_000),
                paid=pl.Series((share * 2e8).astype(np.int64)),
                spent=pl.Series((share * 1.9e8).astype(np.int64)),
                stage=pl.lit("continuing"),
                narrative=pl.format(
                    "{}：设备安装第{}批已到货，正在调试", pl.lit(f"{as_of:%Y-%m}"), pl.Series(physical)
                ),
            )
            load(connection, Report, frame)
    with db.rw.begin() as connection:
        connection.execute(sa.text("analyze"))


def plant_records(db: Database, keys: pl.DataFrame) -> None:
    """What stands beside the reports: curves of 24 months, milestones, money movements, a few adjustments."""
    said = dict(submission=pl.lit("bench"), row_no=pl.lit(2), recorded_at=pl.lit(REGISTERED, _INSTANT))
    plan = dict(version=pl.lit(1), submission=pl.lit("bench"), row_no=pl.lit(2))
    plan |= dict(recorded_at=said["recorded_at"])
    changed = keys.gather_every(10).select("city", "project", number=pl.lit(1))
    with db.rw.begin() as connection:
        for n in range(24):
            month = date(2025 + n // 12, n % 12 + 1, 1)
            share = dict(
                planned_bp=pl.lit((n + 1) * 10_000 // 24), planned_spending=pl.lit((n + 1) * 20_000_000)
            )
            load(connection, PlanPoint, keys.select("city", "project", month=pl.lit(month), **share, **plan))
        for n in range(5):
            day = date(2025, 3 + 2 * n, 15)
            told = dict(
                name=pl.lit(f"节点{n}"), planned_on=pl.lit(day), reached_on=pl.lit(day if n < 4 else None)
            )
            load(connection, Milestone, _recorded(keys, f"节点{n}").with_columns(**told, **said))
        for n, stage in enumerate(("transferred", "paid", "spent") * 2):
            moved = dict(
                document_no=pl.lit("文1"), stage=pl.lit(stage), amount=pl.lit(50_000_000 - n * 1_000_000)
            )
            moved |= dict(happened_on=pl.lit(date(2025, 2 + n, 10)), source=pl.lit("central"))
            moved |= dict(
                separate_account=pl.lit(True), spending_category=pl.lit("enterprise_transformation")
            )
            load(connection, Fund, _recorded(keys, f"文1{n}").with_columns(**moved, **said))
        decided = dict(status=pl.lit("approved"), adjusted_on=pl.lit(date(2025, 8, 1)), **said)
        load(connection, Adjustment, changed.with_columns(**decided))
        moves = dict(field=pl.lit("planned_end"), old=pl.lit("2026-10-31"), new=pl.lit("2026-12-31"))
        load(connection, AdjustmentChange, changed.with_columns(**moves))
    with db.rw.begin() as connection:
        connection.execute(sa.text("analyze"))


def _recorded(keys: pl.DataFrame, name: str) -> pl.DataFrame:
    return keys.select("city", "project", record_key=pl.format("{}\x1f{}", "project", pl.lit(name)))


def dispatch_csv(keys: pl.DataFrame, rows: int) -> bytes:
    """A dispatch file of that many rows and 15 columns, every cell filled."""
    per_project = -(-rows // keys.height)
    assert per_project <= len(MONTH_ENDS)
    parts = []
    for n, as_of in enumerate(MONTH_ENDS[:per_project], start=1):
        done = pl.int_range(0, keys.height) % 50 + n * 4
        parts.append(
            keys.select(
                pl.col("project").alias("项目编号"),
                pl.lit(as_of.isoformat()).alias("截止日期"),
                done.alias("形象进度（%）"),
                _invested(done).alias("累计完成投资（万元）"),
                pl.lit("200").alias("本月完成投资（万元）"),
                _invested(done).alias("年初累计完成投资（万元）"),
                pl.lit("5000").alias("年度计划投资（万元）"),
                pl.lit("250.5").alias("下达（万元）"),
                pl.lit("240.5").alias("拨付（万元）"),
                (done * 2).cast(pl.String).alias("支付（万元）"),
                (done * 2).cast(pl.String).alias("支出（万元）"),
                pl.lit("在建").alias("建设阶段"),
                pl.format("设备安装第{}批已到货，正在调试", done).alias("进展情况"),
                pl.lit("个别进口部件交期较长").alias("存在问题"),
                pl.lit("协调供应商分批交付").alias("下步措施"),
            )
        )
    out = io.BytesIO()
    pl.concat(parts).head(rows).write_csv(out, include_bom=True)
    return out.getvalue()


def _invested(done: pl.Expr) -> pl.Expr:
    return (done * 50).cast(pl.String).add(pl.lit(".25"))
