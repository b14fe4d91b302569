"""The demonstration survives being cut off; the worker judges again after news and only then."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from alerts import watch
from models.db import Database
from models.reports import Submission
from operation.demonstration import Loader, is_wanted, load_demonstration
from operation.worker import has_news, jobs
from settings import Settings
from tests.builders import project, put

CITY = ("310114",)


class CutOff(Exception):
    pass


def test_a_demonstration_that_was_cut_off_is_finished_at_the_next_start(sqlite_db: Database, now) -> None:
    settings, told = Settings(_env_file=None), []

    def cut(line: str) -> None:
        told.append(line)
        if len(told) == 5:
            raise CutOff

    assert is_wanted(sqlite_db)
    with pytest.raises(CutOff):
        load_demonstration(Loader(sqlite_db, settings, cut, CITY), now=now)
    assert is_wanted(sqlite_db)
    found = load_demonstration(Loader(sqlite_db, settings, told.append, CITY), now=now + timedelta(minutes=1))
    assert not is_wanted(sqlite_db)
    with sqlite_db.ro.connect() as connection:
        doubled = connection.scalar(
            sa.text(
                "select count(*) from (select 1 from submission group by city, sha256 having count(*) > 1)"
            )
        )
        people = connection.scalar(sa.text("select count(*) from person where offered"))
    assert doubled == 0 and people == 10 and found["projects"] > 0


def test_the_demonstration_stays_away_from_real_projects(sqlite_db: Database, now) -> None:
    project(sqlite_db, "P1", now)
    assert not is_wanted(sqlite_db)


def test_the_worker_judges_again_after_news_only(db: Database, now, tmp_path) -> None:
    from threading import Event

    project(db, "P1", now)
    settings = Settings(mail_folder=tmp_path, _env_file=None)
    judge_news = next(job for job in jobs(db, settings, Event()) if job.name == "judge news")
    assert judge_news.run(now) == "no news"
    watch.evaluate(db, now.date(), now, now=now)
    assert not has_news(db, now)
    later = now + timedelta(minutes=5)
    put(
        db,
        Submission,
        city="210100",
        id="s",
        form="dispatch",
        form_version="1",
        file_name="x.csv",
        sha256="0",
        size=1,
        encoding="utf-8",
        uploader="x",
        received_at=later,
        rows=1,
        new=1,
        changed=0,
        same=0,
        warned=0,
        rejected=0,
    )
    assert has_news(db, later)
    assert "1 projects" in judge_news.run(later)
    assert judge_news.run(later + timedelta(minutes=1)) == "no news"
