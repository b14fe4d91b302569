"""A file is taken wholly or not at all, also when the process is killed in the middle (P1)."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

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
take_in(open_database(sys.argv[1]), Delivery("a.csv", content, scope), now=datetime.fromisoformat(sys.argv[3]))
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
