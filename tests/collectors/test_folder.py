"""A folder as a source: each file is taken once, when it has stopped growing, and then lies where it belongs."""

import os
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, col, select

from collectors import folder, sources
from collectors.failure import told
from collectors.pull import Pulled, pull
from models.db import Database
from models.reports import Report, Submission
from models.sources import Source, SourceRun
from models.words import words
from tests.builders import project

CSV = "项目编号,截止日期,形象进度（%）\nSY001,2026-10-31,{}\n"


class Desk:
    """A watched folder of Shenyang; each look a minute after the last."""

    def __init__(self, db: Database, home: Path, now: datetime) -> None:
        self.db, self.home, self.now = db, home, now
        project(db, "SY001", now - timedelta(days=300))
        sources.add(
            db,
            'name = "in"\ncity = "210100"\nform = "dispatch"\nevery_minutes = 1440\nkind = "folder"\n'
            f'format = "csv"\npath = "{home}"\npattern = "*.csv"\n[limits]\nmax_mb = 0.01',
            by="a@b.example",
            now=now,
        )

    def put(self, name: str, content: bytes | str) -> Path:
        path = self.home / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def look(self) -> Pulled:
        self.now += timedelta(minutes=1)
        return pull(self.db, "in", now=self.now)

    def names(self, where: str = "") -> list[str]:
        here = self.home / where
        return (
            sorted(p.name.partition("-")[2] or p.name for p in here.iterdir() if p.is_file())
            if here.exists()
            else []
        )

    @property
    def runs(self) -> list[SourceRun]:
        with Session(self.db.ro) as session:
            return list(session.exec(select(SourceRun).order_by(col(SourceRun.finished_at))))

    @property
    def progress(self) -> int | None:
        with Session(self.db.ro) as session:
            found = session.exec(select(Report).where(col(Report.superseded_at).is_(None))).first()
            return None if found is None else found.physical_bp

    @property
    def source(self) -> Source:
        with Session(self.db.ro) as session:
            return session.get(Source, "in")


@pytest.fixture
def desk(sqlite_db: Database, tmp_path: Path, now: datetime) -> Desk:
    home = tmp_path / "in"
    home.mkdir()
    return Desk(sqlite_db, home, now)


def test_a_file_is_taken_once_it_has_stopped_growing(desk: Desk) -> None:
    desk.put("十月.csv", CSV.format(4))
    assert desk.look().runs == () and desk.progress is None, "seen for the first time"
    desk.put("十月.csv", CSV.format(41))
    assert desk.look().runs == () and desk.progress is None, "it has grown"
    found = desk.look()
    assert found.last.outcome == "ok" and found.cities == {"210100"} and desk.progress == 4_100
    assert (desk.names(), desk.names("done"), desk.names("failed")) == ([], ["十月.csv"], [])
    with Session(desk.db.ro) as session:
        kept = session.exec(select(Submission)).one()
    assert (kept.file_name, kept.door, kept.source) == ("十月.csv", "pull", "in")
    assert desk.look().runs == ()


def test_looks_that_find_nothing_leave_no_trace_and_say_nothing_good(desk: Desk) -> None:
    desk.look()
    desk.look()
    assert desk.runs == [] and desk.source.last_ok_at is None
    assert desk.source.due_at == desk.now + timedelta(minutes=1)


def test_a_bad_file_lies_with_the_failed_ones_and_says_why(desk: Desk) -> None:
    desk.put("bad.csv", CSV.format(135))
    desk.put("good.csv", CSV.format(35))
    desk.put("large.csv", b" " * 20_000)
    desk.look()
    desk.look()
    assert (desk.names(), desk.names("done"), desk.names("failed")) == (
        [],
        ["good.csv"],
        ["bad.csv", "large.csv"],
    )
    assert desk.progress == 3_500
    codes = {run.code: told(run.code, run.values, words("zh_CN"))[0] for run in desk.runs if run.code}
    assert set(codes) == {"E-C77", "H-SIZE"} and "0.01 MB" in codes["H-SIZE"]


def test_the_same_file_again_changes_nothing_even_after_another(desk: Desk) -> None:
    for content in (CSV.format(40), CSV.format(50), CSV.format(40)):
        desk.put("x.csv", content)
        desk.look()
        last = desk.look().last
    assert last.outcome == "unchanged" and desk.progress == 5_000, "a file is a delivery, not a state"
    assert len(desk.names("done")) == 3


def test_a_crash_between_storing_and_moving_stores_nothing_twice(desk: Desk) -> None:
    desk.put("x.csv", CSV.format(40))
    desk.look()
    os.chmod(desk.home, 0o755)
    (desk.home / "done").write_text("in the way")
    assert desk.look().last.code == "E-FOLDER", "it was stored, and could not be moved"
    assert desk.progress == 4_000
    (desk.home / "done").unlink()
    assert desk.look().last.outcome == "unchanged"
    assert desk.names("done") == ["x.csv"]


def test_what_is_not_meant_stays(desk: Desk) -> None:
    outside = desk.home.parent / "geheim.csv"
    outside.write_text(CSV.format(99))
    (desk.home / "link.csv").symlink_to(outside)
    (desk.home / "sub.csv").mkdir()
    for name in (".hidden.csv", "x.csv.part", "notes.txt", "~$x.csv~"):
        desk.put(name, CSV.format(98))
    for _ in range(3):
        assert desk.look().runs == ()
    assert desk.progress is None and outside.exists()


def test_a_folder_that_is_gone_is_said_in_both_languages(desk: Desk) -> None:
    desk.home.rmdir()
    assert desk.look().last.code == "E-FOLDER"
    run = desk.runs[-1]
    zh, en = (told(run.code, run.values, words(language))[0] for language in ("zh_CN", "en"))
    assert zh == "该数据源的目录无法读写：目录不存在。"
    assert en == "The folder of this source cannot be read or written: it is not there."


def test_names_that_fall_together_are_kept_apart(tmp_path: Path, now: datetime) -> None:
    for content in ("a", "b"):
        (tmp_path / "x.csv").write_text(content)
        assert folder.put_away(tmp_path / "x.csv", "done", now) is None
        now += timedelta(microseconds=1)
    assert sorted(p.read_text() for p in (tmp_path / "done").iterdir()) == ["a", "b"]
