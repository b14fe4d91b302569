"""What the comparison with Superset rests on: figures read back off both pages, and SQL that gives our figures."""

from collections import Counter
from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa

from alerts import watch
from alerts.totals import sums
from bench import cards
from bench.superset_charts import CARDS, CHARTS, DATASETS, FILTERS, layout, native_filters
from models.access import Scope
from models.db import Database
from models.queries import day_state
from models.vocabulary import Kind, Light, Role
from tests.builders import WAN, project, report

ON = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
JAN, NOV = datetime(2026, 1, 5, 1, tzinfo=UTC), datetime(2026, 11, 2, 1, tzinfo=UTC)

#: A card as a browser gives its text; the others differ in their kind.
CARD = """Point
60,000 projects · figures to 2025-12-31
■ Red 59,000
● Green 1,000
Progress 39.4%, planned 50%
plain mean of the 60,000 projects with a figure, of 60,000
Execution 30.4%, by the schedule 96%
spent ¥91.17 bn ÷ issued ¥300 bn; the schedule is the plan's curve, or the time elapsed"""

ROW = ["60,000", "59,000", "0", "0", "0", "1,000", "39.4%", "50.0%", "30.4%", "96.0%"]


def test_both_pages_are_read_to_the_same_figures() -> None:
    ours = cards.on_ours([CARD] * 3)
    assert ours["line"]["red"] == 59_000 and ours["line"]["stale"] == 0 and ours["line"]["planned"] == 50
    assert cards.unlike(ours, cards.on_theirs([str(kind), *ROW] for kind in reversed(Kind))) == []
    assert cards.total(ours) == 180_000


@pytest.mark.parametrize(
    ("column", "text", "alike"),
    [
        ("projects", "59,999", False),
        ("yellow", "1", False),
        ("progress", "39.5%", True),
        ("execution", "30.6%", False),
    ],
)
def test_a_count_that_differs_is_told_and_a_share_beyond_its_rounding(
    column: str, text: str, alike: bool
) -> None:
    ours, row = cards.on_ours([CARD] * 3), list(ROW)
    row[cards.COLUMNS.index(column)] = text
    said = cards.unlike(ours, cards.on_theirs([str(kind), *row] for kind in Kind))
    assert len(said) == (0 if alike else 3) and all(column in one for one in said)


def test_a_page_without_a_kind_or_a_figure_is_never_alike() -> None:
    ours = cards.on_ours([CARD] * 3)
    assert cards.unlike(ours, cards.on_theirs([["point", *ROW]]))
    with pytest.raises(ValueError, match="Execution"):
        cards.on_ours([CARD.split("Execution")[0]] * 3)


def fill(db: Database) -> None:
    """Two cities, two kinds; one project without any report."""
    for nr, (city, kind) in enumerate((("210100", "point"), ("370200", "point"), ("370200", "line")), 1):
        project(db, f"P{nr}", JAN, city=city, kind=kind)
        money = dict(issued=100 * WAN, transferred=100 * WAN, paid=100 * WAN, spent=nr * 20 * WAN)
        report(db, f"P{nr}", NOV, date(2026, 10, 31), city=city, physical_bp=2_000 * nr, **money)
    project(db, "P4", JAN, city="210100", kind="line")
    watch.evaluate(db, ON, NOW, now=NOW)


def test_what_superset_asks_gives_our_figures(sqlite_db: Database) -> None:
    fill(sqlite_db)
    asked = ", ".join(f'{sql} as "{name}"' for name, sql in CARDS.items())
    with sqlite_db.ro.connect() as connection:
        rows = connection.execute(
            sa.text(f"select kind, {asked} from ({DATASETS['totals']}) as asked group by kind")
        ).mappings()
        theirs = {row["kind"]: row for row in rows}
    everywhere = Scope("a@b.example", Role.MINISTRY, "000000", None)
    totals = day_state.sums(sqlite_db, everywhere, ON, {})
    assert set(theirs) == {"point", "line"}
    for kind, row in theirs.items():
        ours = sums(totals.filter(kind=kind))
        assert row["projects"] == ours.projects == 2
        assert {light: row[str(light)] for light in Light} == ours.lights
        assert row["progress"] * 10_000 == pytest.approx(ours.physical_bp)
        assert row["planned"] * 10_000 == pytest.approx(ours.planned_bp)
        assert row["execution"] * 10_000 == pytest.approx(ours.spent_bp)
        assert row["by the schedule"] * 10_000 == pytest.approx(ours.planned_spending_bp)


@pytest.mark.parametrize("name", DATASETS)
def test_every_filter_reaches_every_chart(sqlite_db: Database, name: str) -> None:
    with sqlite_db.ro.connect() as connection:
        columns = set(connection.execute(sa.text(DATASETS[name])).keys())
    assert set(FILTERS) <= columns
    for chart in CHARTS:
        if chart.dataset == name:
            assert set(chart.params.get("all_columns", [])) <= columns


def test_every_chart_has_one_place_on_the_page() -> None:
    numbers = {chart.name: nr for nr, chart in enumerate(CHARTS, 7)}
    page = layout(numbers)
    placed = Counter(
        part["meta"]["chartId"]
        for part in page.values()
        if isinstance(part, dict) and part["type"] == "CHART"
    )
    assert placed == Counter(numbers.values())
    for name, part in page.items():
        if isinstance(part, dict) and part["type"] == "ROW":
            assert sum(page[child]["meta"]["width"] for child in part["children"]) <= 12
            assert all(name in page[child]["parents"] for child in part["children"])
    scopes = [one["chartsInScope"] for one in native_filters(1, list(numbers.values()))]
    assert scopes == [list(numbers.values())] * len(FILTERS)
