"""Reading a large dispatch workbook, every check included, against the bare library; and all of its intake."""

import io
import os
import statistics
from collections.abc import Callable
from pathlib import Path

import fastexcel
import polars as pl
import xlsxwriter

from bench import data
from bench.floor import empty
from bench.intake import ADMINISTRATOR
from bench.measure import Figure, compared, pair, seconds
from collectors import sandbox
from collectors.forms import FORMS
from collectors.intake import Delivery, Limits, take_in
from collectors.read import read
from models.db import Database

ROWS, PROJECTS, RUNS = 50_000, 10_000, 9
ON_THE_PAGE = 20_000

#: Columns of the workbook that hold days, and those that hold numbers; the others hold texts.
DAYS, NUMBERS = (1, 14), (*range(2, 9), 13)


def figures(folder: Path, prepare) -> list[Figure]:
    """Reading it, taking it in on SQLite, and what reading it in a process of its own costs."""
    db = prepare(f"sqlite:///{folder / 'workbook.db'}")
    keys = data.plant_projects(db, PROJECTS)
    table = _table(keys, ROWS)
    content = _workbook(table)
    found = [_reading(content), _intake(db, content, table), _apart(_workbook(table.head(ON_THE_PAGE)))]
    db.dispose()
    return found


def _table(keys: pl.DataFrame, rows: int) -> pl.DataFrame:
    """The dispatch file's columns; the plan's total and start as the plan has them instead of parts of a year."""
    table = pl.read_csv(data.dispatch_csv(keys, rows), infer_schema_length=1_000)
    table = table.drop("本月完成投资（万元）", "年初累计完成投资（万元）")
    return table.with_columns(
        pl.col("截止日期").cast(pl.String).str.to_date(),
        pl.lit(5_000).alias("总投资（万元）"),
        pl.date(2025, 1, 1).alias("计划开工"),
    )


def _workbook(table: pl.DataFrame) -> bytes:
    out = io.BytesIO()
    made = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = made.add_worksheet("调度表")
    styles = {i: made.add_format({"num_format": "yyyy-mm-dd"}) for i in DAYS}
    text = made.add_format({"num_format": "@"})
    for index, column in enumerate(table):
        style = styles.get(index, None if index in NUMBERS else text)
        sheet.write_string(0, index, column.name)
        sheet.write_column(1, index, column.to_list(), style)
    made.close()
    return out.getvalue()


def _reading(content: bytes) -> Figure:
    """Bytes to a ``Sheet``, against the faster of two bare ways to a frame; all three in turn."""
    ways: dict[str, Callable[[], object]] = {
        "ours": lambda: read(content, "a.xlsx", Limits(), (FORMS["dispatch"],)),
        "fastexcel": lambda: pl.from_arrow(fastexcel.read_excel(content).load_sheet(0, eager=True)),
        "polars.read_excel": lambda: pl.read_excel(content),
    }
    for way in ways.values():
        way()
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(RUNS):
        for name, way in ways.items():
            times[name].append(seconds(way))
    floor = min(("fastexcel", "polars.read_excel"), key=lambda name: statistics.median(times[name]))
    found = compared(
        f"reading a dispatch workbook of {ROWS:,} × 15, every check included",
        times["ours"],
        times[floor],
        goal=round(1 / 0.7, 2),
        against=f"{floor} into a frame, nothing checked",
    )
    found.detail |= {"cpus": os.cpu_count(), "bytes": len(content)}
    return found


def _intake(db: Database, content: bytes, table: pl.DataFrame) -> Figure:
    """The whole intake of the workbook, against that of the same rows as CSV."""
    out = io.BytesIO()
    table.write_csv(out, include_bom=True)

    def taken(name: str, body: bytes) -> float:
        empty(db)
        delivery = Delivery(name, body, ADMINISTRATOR, form="dispatch")
        spent = seconds(lambda: receipts.append(take_in(db, delivery, now=data.KNOWN, limits=Limits())))
        assert receipts[-1].ok and receipts[-1].new == ROWS, receipts[-1].problems[:3]
        return spent

    receipts: list = []
    return pair(
        f"intake of a {ROWS:,}-row dispatch workbook, SQLite",
        lambda: taken("a.xlsx", content),
        lambda: taken("a.csv", out.getvalue()),
        goal=2.0,
        runs=3,
        against="intake of the same rows as CSV",
    )


def _apart(content: bytes) -> Figure:
    """What it costs to read a workbook as large as the upload page takes in a process of its own."""
    sandbox.warm()
    forms = (FORMS["dispatch"],)
    return pair(
        f"reading a dispatch workbook of {ON_THE_PAGE:,} × 15 in a process of its own",
        lambda: read(content, "a.xlsx", Limits(isolated=True), forms),
        lambda: read(content, "a.xlsx", Limits(), forms),
        goal=2.5,
        runs=RUNS,
        against="reading it here",
    )
