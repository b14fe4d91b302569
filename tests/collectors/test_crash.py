"""A file is taken wholly or not at all, also when the process is killed in the middle (P1)."""

import io
import os
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pytest
import sqlalchemy as sa
import xlsxwriter
from sqlmodel import Session, select

from models.money import FEN_PER_WAN
from models.records import Fund, Milestone
from models.reports import Report, Submission

ROOT = Path(__file__).parents[2]
CHILD = """
import sys
from datetime import datetime
from collectors.intake import Delivery, take_in
from models.access import Scope
from models.db import open_database
from models.vocabulary import Role
scope = Scope("a@x", Role.CITY, "210100", frozenset({"210100"}))
content = open(sys.argv[2], "rb").read()
take_in(open_database(sys.argv[1]), Delivery(sys.argv[2], content, scope), now=datetime.fromisoformat(sys.argv[3]))
"""


def counts(db):
    with db.ro.connect() as connection:
        return tuple(
            connection.scalar(sa.select(sa.func.count()).select_from(t.__table__))
            for t in (Submission, Report)
        )


@pytest.mark.parametrize("point", ["after_submission", "after_rows", "before_commit"])
def test_a_killed_import_leaves_nothing_and_can_be_repeated(db, db_url, registered, tmp_path, now, point):
    before = counts(db)
    head = "项目编号,截止日期,形象进度,进展情况\n"
    days = [f"2026-{m:02d}-{d:02d}" for m in range(1, 11) for d in range(1, 29)]
    file = tmp_path / "a.csv"
    file.write_text(
        head + "".join(f"SY00{p},{day},5,安装\n" for day in days for p in (1, 2)), encoding="utf-8"
    )
    environment = os.environ | {"FAILPOINTS": f"{point}:kill:1", "PYTHONPATH": str(ROOT)}
    child = [sys.executable, "-c", CHILD, db_url, str(file), now.isoformat()]
    killed = subprocess.run(child, env=environment, capture_output=True, timeout=60)
    assert killed.returncode == -9, killed.stderr.decode()[-500:]
    assert counts(db) == before
    assert registered(file.read_bytes()).new == 560
    assert counts(db) == (before[0] + 1, before[1] + 560)


#: Imports first, says so, then takes the file in: so that the parent kills the taking in, not the start.
READY = CHILD.replace(
    "take_in(open", 'db = open_database(sys.argv[1])\nprint("ready", flush=True)\ntake_in(open'
)
DAYS = [f"2026-{m:02d}-{d:02d}" for m in range(3, 11) for d in range(1, 29)]
KILLS = int(os.environ.get("KILLS", "12"))


def parcel(figure: int) -> bytes:
    """A workbook of three forms; every row says the figure."""
    sheets = {
        "调度": [
            ["项目编号", "截止日期", "支出", "进展情况"],
            *(["SY001", day, figure, f"第{figure}次"] for day in DAYS),
        ],
        "里程碑": [
            ["项目编号", "节点名称", "计划完成日期", "说明"],
            ["SY001", "验收", "2026-09-01", f"第{figure}次"],
        ],
        "资金": [
            ["资金文号", "资金环节", "发生日期", "项目编号", "金额", "资金来源"],
            ["1号", "下达", "2026-03-01", "SY002", figure, "市级资金"],
        ],
    }
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for at, row in enumerate(rows):
                sheet.write_row(at, 0, row)
    return out.getvalue()


def told(db) -> set[int]:
    """Every figure that a current row says, and how many rows there are of each table."""
    with Session(db.ro) as session:
        reports = session.exec(select(Report).where(Report.superseded_at.is_(None))).all()
        stones = session.exec(select(Milestone).where(Milestone.superseded_at.is_(None))).all()
        money = session.exec(select(Fund).where(Fund.superseded_at.is_(None))).all()
    assert (len(reports), len(stones), len(money)) in ((0, 0, 0), (len(DAYS), 1, 1))
    return (
        {r.spent // FEN_PER_WAN for r in reports}
        | {int(s.note[1:-1]) for s in stones}
        | {m.amount // FEN_PER_WAN for m in money}
    )


def test_a_workbook_whose_import_is_killed_anywhere_is_taken_wholly_or_not_at_all(
    db, db_url, registered, now, tmp_path
):
    """Killed at a random moment, again and again; the next one always starts from a whole state."""
    random, survived, before = Random(7), 0, set()
    file = tmp_path / "a.xlsx"
    child = [sys.executable, "-c", READY, db_url, str(file), now.isoformat()]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    took = 0.0
    for figure in range(1, KILLS + 1):
        file.write_bytes(parcel(figure))
        with subprocess.Popen(child, env=environment, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout.readline() == "ready\n"
            began = time.perf_counter()
            if took:
                try:
                    process.wait(random.uniform(0, 1.2 * took))
                except subprocess.TimeoutExpired:
                    process.kill()
            assert process.wait(60) in (0, -9)
        took = took or time.perf_counter() - began
        after = told(db)
        assert after in (before, {figure}), (before, after)
        assert process.returncode == -9 or after == {figure}
        survived += process.returncode == 0
        before = after
    assert survived < KILLS  # the moments were well chosen
    assert registered(parcel(99), name="a.xlsx").committed and told(db) == {99}
