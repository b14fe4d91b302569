"""The demonstration survives being cut off; the worker judges again after news and only then."""

import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from alerts import watch
from collectors import demo, signoff
from collectors.demo.projects import portfolio
from collectors.demo.windows import Behaviour
from models.clock import at_hour
from models.db import Database, open_database
from models.periods import Period
from models.queries.windows import calendar
from models.records import RECORDS
from models.reports import Submission
from models.vocabulary import PeriodUnit
from operation.demonstration import Loader, is_wanted, load_demonstration
from operation.worker import has_news, jobs
from settings import Settings
from tests.builders import project, put
from tests.conftest import NOW

CITY = ("310114",)

#: Beside it: one city that had a month opened again, one that reports by the week, one that was given more
#: time.
SEVERAL = (*CITY, "130100", "410300", "350200")


class CutOff(Exception):
    pass


def _settings(db: Database) -> Settings:
    return Settings(database_url=str(db.ro.url), _env_file=None)


@pytest.mark.parametrize("after", [5, 9])
def test_a_demonstration_that_was_cut_off_is_finished_at_the_next_start(
    sqlite_db: Database, now, after: int
) -> None:
    settings, told = _settings(sqlite_db), []

    def cut(line: str) -> None:
        told.append(line)
        if len(told) == after:
            raise CutOff

    assert is_wanted(sqlite_db)
    with pytest.raises(CutOff):
        load_demonstration(Loader(sqlite_db, settings, cut, CITY), now=now)
    assert is_wanted(sqlite_db)
    # the next start is on another day, by which other files would be owed
    found = load_demonstration(Loader(sqlite_db, settings, told.append, CITY), now=now + timedelta(days=9))
    assert not is_wanted(sqlite_db)
    with sqlite_db.ro.connect() as connection:
        doubled = connection.scalar(
            sa.text(
                "select count(*) from (select 1 from submission group by city, sha256 having count(*) > 1)"
            )
        )
        people = connection.scalar(sa.text("select count(*) from person where offered"))
        signed = connection.execute(sa.text("select period_end, step from signoff order by seq")).all()
    assert doubled == 0 and people == 14 and found["projects"] > 0
    for end in ("2026-08-31", "2026-09-30"):
        assert [step for of, step in signed if of == end] == ["vouched", "vouched", "accepted"]
    assert [step for of, step in signed if of == "2026-10-31"] == ["vouched", "vouched", "returned"]


def test_the_demonstration_fills_every_record_table(loaded: Database) -> None:
    with loaded.ro.connect() as connection:
        for table in RECORDS:
            assert connection.scalar(sa.select(sa.func.count()).select_from(table.__table__)), table


def test_a_citys_system_brings_its_monthly_reports_one_of_them_at_the_second_try(loaded: Database) -> None:
    sent = [file for file in demo.deliveries(NOW.date(), cities=CITY) if file.by_system]
    inbox = _settings(loaded).demonstration_inbox / demo.BY_SYSTEM
    with loaded.ro.connect() as connection:
        runs = connection.execute(
            sa.text(
                "select outcome, code, file_name, run.started_at = submission.received_at from sourcerun run "
                "left join submission on submission.id = run.submission order by run.started_at"
            )
        ).all()
    assert [file.broken for file in sent] == [outcome == "error" for outcome, *_ in runs]
    assert [name for *_, name, _ in runs] == [None if file.broken else file.file_name for file in sent]
    assert all(at_once for outcome, *_, at_once in runs if outcome == "ok")
    assert [code for _, code, *_ in runs if code] == ["E-C67"]
    assert len(list((inbox / "done").iterdir())) == len(sent) - 1
    assert [path.read_bytes() for path in (inbox / "failed").iterdir()] == [
        file.content for file in sent if file.broken
    ]


def test_a_month_was_opened_again_corrected_and_accepted_once_more(loaded: Database, now) -> None:
    august = Period(date(2026, 8, 1), date(2026, 8, 31))
    with loaded.ro.connect() as connection:
        found = signoff.standing(connection, "130100", august)
        reason = connection.scalars(sa.text("select reason from report where reason is not null")).all()
        kinds = connection.scalars(sa.text("select kind from windowexception order by kind")).all()
        locked = calendar(connection, now).is_locked("130100", august.end)
    assert found.accepted and locked and [one.holds for one in found.signatures] == [False] * 3 + [True] * 3
    assert len(reason) == 1 and kinds == ["extension", "reopening"]


def test_a_city_reports_by_the_week_and_one_week_is_accepted(loaded: Database, now) -> None:
    with loaded.ro.connect() as connection:
        window = calendar(connection, now).window("410300")
        weeks = [window.before(window.before(window.period(now.date())))]  # the last one is not due yet
        for _ in range(2):
            weeks.append(window.before(weeks[-1]))
        stands = [signoff.standing(connection, "410300", week) for week in weeks]
    assert window.unit == PeriodUnit.WEEK
    assert all(found.rows >= 8 for found in stands) and any(found.accepted for found in stands)


@pytest.fixture(scope="module")
def loaded(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """The demonstration of some cities, those with exceptions among them, loaded once."""
    path = tmp_path_factory.mktemp("loaded") / "dispatch.db"
    shutil.copy(sqlite_template, path)
    db = open_database(f"sqlite:///{path}", pooled=False)
    load_demonstration(Loader(db, _settings(db), lambda _: None, SEVERAL), now=NOW)
    yield db
    db.dispose()


def test_the_demonstration_loads_on_the_first_day_of_a_year(sqlite_db: Database) -> None:
    now = at_hour(date(2026, 1, 1), 10)
    often = [p.place.code for p in portfolio(now.date()) if p.behaviour == Behaviour.ADJUSTED_OFTEN]
    cities = tuple(dict.fromkeys(often))[-2:]
    found = load_demonstration(Loader(sqlite_db, _settings(sqlite_db), lambda _: None, cities), now=now)
    assert found["projects"] >= 16 and found["alerts"] > 0


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
