"""The page of data sources: silent ones first, why and what to do, only the reader's cities, and asking now."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session
from streamlit.testing.v1 import AppTest

from collectors import sources
from collectors.failure import Failure
from collectors.sources import After, Ran
from models.db import Database
from models.sources import Source
from models.vocabulary import PullOutcome
from tests.dashboard.test_views import EVIL, shown, texts

HOUR = timedelta(hours=1)
DALIAN = "210200"


def declare(db: Database, name: str, city: str | None, at: datetime, title: str = "") -> None:
    owner = f'city = "{city}"\nform = "dispatch"' if city else 'nation = true\nmapping = "mexico_opa"'
    told = title.replace("\\", "\\\\").replace('"', '\\"') or f"{name}系统"
    url = "https://api.example.cn/x"
    sources.add(
        db,
        f'name = "{name}"\ntitle = "{told}"\n{owner}\nevery_minutes = 60\nurl = "{url}"',
        by="a@b.example",
        now=at,
    )


def run(db: Database, name: str, ran: Ran, at: datetime, *, due: timedelta = HOUR) -> None:
    (claimed,) = sources.claim(db, [name], at, only_due=False)
    sources.note(db, claimed, [ran], After(), now=at, due_at=at + due)


@pytest.fixture
def told(sqlite_db: Database, now: datetime) -> Database:
    """One in time in Shenyang, one silent there, one in Dalian, one of the nation."""
    then = now - 5 * HOUR
    counts = {"rows": 47, "new": 3, "changed": 2, "requests": 2, "bytes": 9, "response_ms": 840, "warned": 4}
    for name, city in (("aa-good", "210100"), ("zz-silent", "210100"), ("dl", DALIAN), ("all", None)):
        declare(sqlite_db, name, city, then, EVIL if name == "zz-silent" else "")
    run(sqlite_db, "aa-good", Ran(PullOutcome.OK, counts=counts, submission="s1"), now - HOUR / 2)
    run(sqlite_db, "zz-silent", Ran(PullOutcome.OK, counts=counts), then)
    failed = Ran(PullOutcome.ERROR, Failure("H-APPERR", {"found": EVIL}), counts=counts)
    run(sqlite_db, "zz-silent", failed, now - HOUR / 4)
    return sqlite_db


def source(db: Database, name: str) -> Source:
    with Session(db.ro) as session:
        return session.get(Source, name)


def at(app: AppTest, *parts: str) -> list[int]:
    said = texts(app)
    return [said.index(part) for part in parts]


def test_the_silent_stand_first_with_their_reason_and_remedy(told: Database) -> None:
    app = shown(told, "sources")
    silent, good = at(app, "source=zz-silent", "source=aa-good")
    assert silent < good
    said = texts(app)
    assert "Data sources: 4; silent or failing: 1." in said
    assert "Silent" in said and "In time" in said
    assert "3 new figures, 2 changed." in said and "0.84 s" in said
    detail = texts(shown(told, "sources", source="zz-silent"))
    assert "answers with an error of its own" in detail and "stored figures stay as they are" in detail
    assert "2026-11-23 09:45" in detail, "the history, in China's time"


def test_it_reads_as_chinese(told: Database) -> None:
    said = texts(shown(told, "sources", language="zh_CN", source="aa-good"))
    for words in (
        "共 4 个数据源，其中 1 个已静默或连续出错。",
        "已静默",
        "每 1 小时",
        "新增 3 条，变更 2 条。",
        "0.84 秒",
    ):
        assert words in said, words
    assert "submission=s1&amp;holder=210100" in said


def test_a_coordinator_sees_the_sources_of_the_own_city_only(told: Database) -> None:
    said = texts(shown(told, "sources", role="city", cities="210100"))
    assert "aa-good" in said and "source=dl" not in said and "source=all" not in said
    foreign = shown(told, "sources", role="city", cities="210100", source="dl")
    assert "Not in your scope" in texts(foreign) and "dl系统" not in texts(foreign)
    only = texts(shown(told, "sources", role="city", cities=DALIAN))
    assert "It was not asked yet." in only, "the one source there is, is shown in full"


def test_it_says_what_is_reported_and_where_it_is_read(told: Database, now: datetime) -> None:
    said = texts(shown(told, "sources", role="city", cities=DALIAN))
    assert "Dispatch" in said and "api.example.cn" in said and "/x" not in said
    folder = (
        'name = "box"\ncity = "210100"\nform = "funds"\nevery_minutes = 60\n'
        'kind = "folder"\nformat = "csv"\npath = "/srv/in"'
    )
    sources.add(told, folder, by="a@b.example", now=now)
    for role, where in (("administrator", "/srv/in"), ("ministry", "A watched folder")):
        said = texts(shown(told, "sources", role=role, source="box"))
        assert where in said and ("/srv/in" in said) == (role == "administrator")


def test_names_and_messages_of_others_are_text(told: Database) -> None:
    app = shown(told, "sources", source="zz-silent")
    assert "<img" not in "".join(str(e.value) for kind in (app.html, app.markdown) for e in kind)
    assert "\\<img" in app.warning[0].value, "as literal Markdown"
    markdown = "".join(str(e.value) for kind in (app.markdown, app.warning) for e in kind)
    assert ":material/home:" not in markdown


@pytest.mark.parametrize(
    ("role", "cities", "name", "allowed"),
    [
        ("city", "210100", "aa-good", True),
        ("administrator", None, "aa-good", True),
        ("administrator", None, "all", True),
        ("ministry", None, "aa-good", False),
        ("province", "210100", "aa-good", False),
    ],
)
def test_who_may_report_may_ask_now(told: Database, now: datetime, role, cities, name, allowed) -> None:
    app = shown(told, "sources", role=role, cities=cities, source=name)
    buttons = [one for one in app.button if one.label == "Ask it now"]
    assert bool(buttons) == allowed
    if allowed:
        buttons[0].click().run()
        assert not app.exception and "within 15 seconds" in app.success[0].value
        assert source(told, name).due_at == now


def test_a_source_that_is_off_or_was_not_asked_says_so(told: Database, now: datetime) -> None:
    sources.set_enabled(told, "aa-good", False, by="a", now=now)
    app = shown(told, "sources", role="administrator", source="aa-good")
    assert "Switched off" in texts(app) and not [b for b in app.button if b.label == "Ask it now"]
    with told.rw.begin() as connection:
        connection.execute(sa.update(Source.__table__).values(due_at=now - 2 * HOUR))
    assert "Not asked" in texts(shown(told, "sources"))


def test_a_clock_that_is_off_is_said_beside_good_figures(told: Database, now: datetime) -> None:
    good = Ran(PullOutcome.OK, notes=(Failure("W-CLOCK", {"minutes": 180}),))
    run(told, "aa-good", good, now)
    app = shown(told, "sources", source="aa-good", language="zh_CN")
    assert "数据源的时钟与我方相差 180 分钟。" in app.warning[0].value


def test_the_page_works_on_both_engines(db: Database, now: datetime) -> None:
    declare(db, "sy", "210100", now - 5 * HOUR)
    run(db, "sy", Ran(PullOutcome.EMPTY, Failure("H-EMPTY")), now - HOUR)
    for language in ("en", "zh_CN"):
        assert "sy" in texts(shown(db, "sources", language=language, source="sy"))
