"""Fixtures of the intake: a delivery in one call, and two registered projects to report on."""

import shutil
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from collectors.intake import Delivery, Receipt, take_in
from models.access import Scope
from models.db import Database, open_database
from models.vocabulary import Role

SHENYANG, DALIAN = "210100", "210200"

PROJECTS = (
    "项目编号,项目名称,类型,实施单位,总投资（万元）,核定奖补资金（万元）,计划开工,计划竣工\n"
    "SY001,智能产线,点,甲厂,1000.5,100,2026-01-01,2027-12-31\n"
    "SY002,数字车间,点,乙厂,2000,200,2026-01-01,2027-12-31\n"
)
DISPATCH_HEADER = (
    "项目编号,截止日期,形象进度（%）,累计完成投资（万元）,下达,拨付,支付,支出,建设阶段,进展情况\n"
)


#: What ``give`` hands on to the delivery.
DELIVERY = ("form", "mapping", "as_of", "period", "door", "reason", "comment", "source", "layout")


def city_scope(city: str = SHENYANG) -> Scope:
    return Scope(f"city{city}@example.org", Role.CITY, city, frozenset({city}))


ADMINISTRATOR = Scope("admin@localhost", Role.OPERATOR, "000000", None)


@pytest.fixture
def nation() -> Scope:
    return ADMINISTRATOR


@pytest.fixture
def shenyang() -> Scope:
    return city_scope()


@pytest.fixture
def dalian() -> Scope:
    return city_scope(DALIAN)


@pytest.fixture
def dispatch_header() -> str:
    return DISPATCH_HEADER


@pytest.fixture
def projects_csv() -> str:
    return PROJECTS


Give = Callable[..., Receipt]


def giver(db: Database, now: datetime) -> Give:
    """``give(text or bytes, scope=…, name=…, …)`` takes a file in."""

    def give(
        content: str | bytes, *, scope: Scope | None = None, name: str = "报表.csv", **options: object
    ) -> Receipt:
        of_delivery = {k: options.pop(k) for k in DELIVERY if k in options}
        body = content.encode() if isinstance(content, str) else content
        delivery = Delivery(name, body, scope or city_scope(), **of_delivery)
        receipt = take_in(db, delivery, now=options.pop("now", now), **options)
        assert receipt.new + receipt.changed + receipt.same + receipt.rejected == receipt.rows
        return receipt

    return give


@pytest.fixture
def give(db: Database, now: datetime) -> Give:
    return giver(db, now)


@pytest.fixture
def registered(give: Give) -> Give:
    """``give`` on a database where SY001 and SY002 are registered."""
    assert give(PROJECTS).committed
    return give


@pytest.fixture
def lite(sqlite_db: Database, now: datetime) -> Give:
    """The same on SQLite only."""
    give = giver(sqlite_db, now)
    assert give(PROJECTS).committed
    return give


@pytest.fixture
def fresh(
    sqlite_template: Path, tmp_path: Path, now: datetime
) -> Iterator[Callable[[], tuple[Database, Give]]]:
    """``fresh()`` gives another database with SY001 and SY002, and the way into it: one for each example."""
    made: list[Database] = []

    def make() -> tuple[Database, Give]:
        path = tmp_path / f"fresh{len(made)}.db"
        shutil.copy(sqlite_template, path)
        made.append(open_database(f"sqlite:///{path}", pooled=False))
        give = giver(made[-1], now)
        assert give(PROJECTS).committed
        return made[-1], give

    yield make
    for database in made:
        database.dispose()
