"""Pairs that may hold central money twice: 100,000 projects against 100,000 list rows, and against one another.

A tenth of the rows match by credit code, a tenth by title, a tenth by unit name; 5,000 rows share one unit name.
"""

import numpy as np
import polars as pl

from bench.measure import Figure, pair
from models import overlaps

ROWS, RUNS = 100_000, 5


def figures(folder, prepare) -> list[Figure]:
    """Finding, comparing and ranking, against reading and normalising the same two frames."""
    mine, lists = frames(ROWS)

    def ours() -> None:
        found = overlaps.candidates(
            overlaps.projects(mine), overlaps.listed(lists), overlaps.projects(mine.clear())
        )
        assert found.height >= ROWS // 10

    def scan() -> None:
        overlaps.projects(mine), overlaps.listed(lists)

    named = f"pairs of {ROWS:,} projects and {ROWS:,} list rows"
    return [pair(named, ours, scan, goal=20.0, runs=RUNS, against="normalising the two frames")]


def frames(count: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Projects and list rows that match in part."""
    number = pl.Series("n", np.arange(count))
    text = number.cast(pl.String)
    trade = pl.Series(["汽车零部件", "精细化工", "高端装备", "新型显示", "食品加工"]).gather(number % 5)
    mine = pl.DataFrame(
        {
            "city": pl.Series(["210100", "150200", "310114", "370200"]).gather(number % 4),
            "project": "P" + text,
            "programme": "pilot",
            "name": trade + "生产线第" + text + "号智能化改造项目",
            "unit_name": text + trade + "有限公司",
            "unit_code": "91210100MA" + text.str.zfill(8),
            "reward": (number % 900 + 100) * 1_000_000,
            "paid": True,
        }
    )
    other = pl.when(pl.col("n") % 10 == 0)
    lists = mine.with_columns(number).select(
        "city",
        "programme",
        record_key="project",
        title=pl.when(pl.col("n") % 10 == 1).then("name").otherwise(pl.lit("设备更新之") + pl.col("project")),
        unit_name=pl.when(pl.col("n") % 10 == 2)
        .then("unit_name")
        .when(pl.col("n") % 20 == 3)
        .then(pl.lit("同名实业有限公司"))
        .otherwise(pl.lit("另一家") + pl.col("project")),
        unit_code=other.then("unit_code"),
        project_code=pl.lit(None, pl.String),
        amount=pl.col("reward"),
    )
    return mine, lists
