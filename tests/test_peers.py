"""A city among its peers: quartiles and ranks by hand, and nothing of a city that the reader may not see."""

from datetime import UTC, date, datetime

import polars as pl
import pytest

from alerts import day as days
from alerts import watch
from alerts.peers import Group, beside
from models import peers
from models.access import Scope
from models.db import Database
from models.peers import LEAST_PEERS, Standing
from models.vocabulary import Role
from tests.builders import WAN, adjustment, fund, project, report

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
JAN, NOV = datetime(2026, 1, 5, 1, tzinfo=UTC), datetime(2026, 11, 2, 1, tzinfo=UTC)

#: Cities of batch 1 on the roster; the last two lie in one province.
CITIES = ("210100", "210200", "230100", "350200", "350500", "370200", "410100")


def figures(*gaps: float | None, city: str = "c0") -> pl.DataFrame:
    rows = {name: [None] * len(gaps) for name in peers.MEASURES} | {"gap_bp": list(gaps)}
    kinds = {name: pl.Float64 for name in peers.MEASURES}
    return pl.DataFrame(
        {"city": [f"c{nr}" for nr in range(len(gaps))]} | rows, schema={"city": pl.String} | kinds
    )


@pytest.mark.parametrize(
    ("peers_", "hidden", "may"),
    [(4, 0, False), (5, 0, True), (5, 5, True), (6, 1, False), (9, 4, False), (9, 5, True), (4, 4, False)],
)
def test_few_peers_and_few_hidden_ones_are_not_compared(peers_: int, hidden: int, may: bool) -> None:
    assert peers.comparable(peers_, hidden) is may


@pytest.mark.parametrize(
    ("value", "rank", "standing"),
    [
        (60, 1, Standing.BEST_QUARTER),
        (40, 2, Standing.UPPER_HALF),  # as much as the upper quartile is not above it
        (30, 3, Standing.UPPER_HALF),
        (20, 4, Standing.LOWER_HALF),
        (15, 5, Standing.LAST_QUARTER),
        (5, 6, Standing.LAST_QUARTER),
    ],
)
def test_a_value_is_placed_among_the_others(value: float, rank: int, standing: Standing) -> None:
    """The others: 10 to 50; their quartiles 20, 30 and 40."""
    one = peers.compare(figures(value, 10, 20, 30, 40, 50), "c0", None)[0]
    assert one.quartiles == (20, 30, 40) and (one.rank, one.standing) == (rank, standing)


def test_where_less_is_better_the_order_turns() -> None:
    frame = figures(*[None] * 6).with_columns(adjusted=pl.Series([0.1, 0.2, 0.3, 0.4, 0.5, 0.6]))
    one = next(one for one in peers.compare(frame, "c0", None) if one.measure == "adjusted")
    assert (one.rank, one.standing) == (1, Standing.BEST_QUARTER)


def test_cities_without_the_figure_are_no_peers() -> None:
    one = peers.compare(figures(1, 2, 3, 4, 5, None), "c0", None)[0]
    assert one.peers == 4 and one.quartiles is None and one.rank is None and one.value == 1


def test_no_figure_of_its_own_has_no_rank() -> None:
    one = peers.compare(figures(None, 1, 2, 3, 4, 5), "c0", None)[0]
    assert one.quartiles == (2, 3, 4) and one.rank is None and one.standing is None


def fill(db: Database) -> None:
    """Seven cities of batch 1, one project each; 10, 20 … 70 of 100 spent; the first adjusted twice."""
    for nr, city in enumerate(CITIES, 1):
        project(db, f"P{nr}", JAN, city=city)
        money = dict(issued=100 * WAN, transferred=100 * WAN, paid=100 * WAN, spent=nr * 10 * WAN)
        report(db, f"P{nr}", NOV, date(2026, 10, 31), city=city, physical_bp=1_000 * nr, **money)
        fund(db, f"P{nr}", NOV, "issued", date(2026, 1, 1), 100, city=city)
        fund(db, f"P{nr}", NOV, "paid", date(2026, 1, 1 + nr), 100, city=city)
    adjustment(db, "P1", NOV, 1)
    adjustment(db, "P1", NOV, 2)
    adjustment(db, "P1", NOV, 3, status="rejected", decided_at=NOV, decided_by="p@b.example")
    watch.evaluate(db, NOW.date(), NOW, now=NOW)


def scope(role: Role, *cities: str) -> Scope:
    return Scope("a@b.example", role, "000000", frozenset(cities) if cities else None)


def told(db: Database, who: Scope, city: str = "210100", **day: object) -> dict[Group, object]:
    on = days.open_day(db, None, day.get("known_at"), today=NOW.date())
    return {one.group: one for one in beside(db, who, city, on, programme="pilot", now=NOW)}


def test_a_city_beside_its_batch_on_both_engines(db: Database) -> None:
    fill(db)
    for found in (told(db, scope(Role.MINISTRY)), told(db, scope(Role.MINISTRY), known_at=NOW)):
        batch = found[Group.BATCH]
        by = {one.measure: one for one in batch.comparisons}
        assert (batch.peers, batch.hidden, batch.named.height) == (6, 0, 7)
        spent = by["spent_bp"]
        assert spent.value == 1_000 and spent.quartiles == (3_250, 4_500, 5_750)
        assert (spent.rank, spent.standing) == (7, Standing.LAST_QUARTER)
        assert by["adjusted"].value == 2 and by["adjusted"].rank == 7  # the refused one does not count
        assert by["lag_days"].value == 1 and by["lag_days"].quartiles == (3.25, 4.5, 5.75)
        assert by["lag_days"].rank == 1
        assert by["fresh_bp"].value == 10_000
        assert not found[Group.PROVINCE].compared and found[Group.PROVINCE].peers == 1


def test_a_coordinator_learns_quartiles_and_no_name(sqlite_db: Database) -> None:
    fill(sqlite_db)
    batch = told(sqlite_db, scope(Role.CITY, "210100"))[Group.BATCH]
    assert batch.named["city"].to_list() == ["210100"]
    assert (batch.peers, batch.hidden, batch.compared) == (6, 6, True)
    assert not any(city in repr(batch.comparisons) for city in CITIES)


def test_a_province_that_sees_most_gets_no_quartiles_of_the_few_it_does_not(sqlite_db: Database) -> None:
    fill(sqlite_db)
    batch = told(sqlite_db, scope(Role.PROVINCE, *CITIES[:5]))[Group.BATCH]
    assert batch.hidden == 2 < LEAST_PEERS and not batch.compared
    assert sorted(batch.named["city"]) == sorted(CITIES[:5])


def test_another_city_is_answered_with_nothing(sqlite_db: Database) -> None:
    fill(sqlite_db)
    assert told(sqlite_db, scope(Role.CITY, "210200")) == {}
    assert told(sqlite_db, scope(Role.MINISTRY), city="440100") == {}  # no project there
