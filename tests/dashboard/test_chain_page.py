"""A line drawn as a chain and a surface by its parts: where members stand, what is said, who sees it."""

from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import pytest

from alerts.edges import Edge
from dashboard import network
from dashboard.network import layout
from dashboard.views import park
from models.db import Database
from models.words import words
from tests.builders import CITY, WAN, member, project, report, tenant
from tests.dashboard.test_views import shown, texts

JAN, NOV = datetime(2026, 1, 5, 1, tzinfo=UTC), datetime(2026, 11, 2, 1, tzinfo=UTC)
OCTOBER = date(2026, 10, 31)
LANGUAGES = ("zh_CN", "en")
EVIL = "<b>恶意</b>"


def row(code: str, to: str | None = None, tier: int = 1, **more: Any) -> dict[str, Any]:
    said = dict(member=code, upstream_of=to, tier=tier, lag=0, slack_days=None, exposed_by=None)
    return said | more


def places(*rows: dict[str, Any], most: int = network.MOST) -> dict[str, tuple[int, int]]:
    return {node.key: (node.column, node.slot) for node in layout(rows, most=most).nodes}


# --- the layout --------------------------------------------------------------------------------------------


def test_no_member_draws_nothing() -> None:
    drawing = layout([])
    assert (drawing.nodes, drawing.edges, drawing.adrift) == ((), (), frozenset())


def test_one_member_stands_alone() -> None:
    assert places(row("O", tier=0)) == {"O": (0, 0)}
    assert layout([row("A", tier=3)]).adrift == {"A"}
    assert places(row("A", tier=3)) == {"A": (-3, 0)}


def test_suppliers_stand_left_and_customers_right() -> None:
    rows = (
        row("O", "D", 0),
        row("A", "O"),
        row("B", "A", 2),
        row("D", "E"),
        row("E", None, 2),
        row("X", "E"),
    )
    found = layout(rows)
    columns = {"B": -2, "A": -1, "O": 0, "D": 1, "E": 2, "X": 1}  # X supplies E, so it stands one before it
    assert found.columns == columns
    assert {(edge.source, edge.target) for edge in found.edges} == {
        *(("O", "D"), ("A", "O"), ("B", "A"), ("D", "E"), ("X", "E")),
    }
    assert not found.adrift


def test_suppliers_stand_beside_their_customer() -> None:
    found = places(row("O", tier=0), row("A", "O"), row("B", "O"), row("B1", "B", 2), row("A1", "A", 2))
    assert found["A1"][1] < found["B1"][1]
    assert found["A"][1] < found["B"][1]


def test_a_circle_is_drawn_by_tier_and_said() -> None:
    rows = (row("O", tier=0), row("A", "B", 1), row("B", "A", 2), row("C", "B", 3), row("S", "S", 1))
    found = layout(rows)
    assert found.adrift == {"A", "B", "S"}
    assert found.columns == {"O": 0, "A": -1, "B": -2, "C": -3, "S": -1}
    assert ("S", "S") not in {(edge.source, edge.target) for edge in found.edges}


def test_a_chain_owner_in_a_circle_keeps_its_place() -> None:
    found = layout((row("O", "A", 0), row("A", "O", 1), row("B", "A", 2)))
    assert (found.columns, found.adrift) == ({"O": 0, "A": 1, "B": 0}, frozenset())


def test_an_unknown_customer_leaves_its_supplier_adrift() -> None:
    found = layout((row("O", tier=0), row("A", "NOBODY", 2), row("B", "A", 3)))
    assert found.adrift == {"A"}
    assert found.columns == {"O": 0, "A": -2, "B": -3}
    assert [(edge.source, edge.target) for edge in found.edges] == [("B", "A")]


def test_forty_members_fold_those_with_most_slack() -> None:
    rows = [row("O", tier=0)]
    rows += [row(f"M{at:02}", "O", slack_days=at, exposed_by="O") for at in range(39)]
    found = layout(rows)
    folded = [node for node in found.nodes if node.folded]
    assert len(found.nodes) == 1 + network.MOST
    assert [node.folded for node in folded] == [tuple(f"M{at:02}" for at in range(network.MOST - 1, 39))]
    assert max(node.slot for node in found.nodes) == folded[0].slot == network.MOST - 1
    stands = {(node.column, node.slot) for node in found.nodes}
    assert len(stands) == len(found.nodes)
    assert len(found.columns) == 40
    assert len(found.edges) == network.MOST
    assert all(edge.exposed for edge in found.edges)


def test_exactly_as_many_as_there_are_places_fold_nobody() -> None:
    rows = [row("O", tier=0), *(row(f"M{at}", "O") for at in range(3))]
    assert not any(node.folded for node in layout(rows, most=3).nodes)
    assert any(node.folded for node in layout(rows, most=2).nodes)


def test_the_chain_owner_is_never_folded() -> None:
    rows = [row(f"M{at}", None, 0, lag=9) for at in range(3)]
    rows += [row("E", "X", 1), row("X", None, 1)]
    assert all("M0" not in node.folded for node in layout(rows, most=2).nodes if node.column)


# --- the masking note --------------------------------------------------------------------------------------


def sums(**changes: Any) -> dict[str, Any]:
    said = dict(physical_bp=6_000, rollup_money_bp=5_500.0, rollup_count_bp=5_000.0, rollup_worst_bp=4_000.0)
    said |= dict(rollup_low="rollup_worst_bp", tenants=10, tenants_still=2) | changes
    return said


LIMIT = Edge("above", 20, inclusive=True)


def test_the_note_names_only_what_lies_beyond_the_limit() -> None:
    note = park.masking(sums(), LIMIT, words("en"))
    assert note is not None
    assert note.startswith("the progress as reported (60%) hides that the 3 tenants")
    assert "mean (50%)" not in note
    assert "2 of 10" in note


def test_a_distance_on_the_limit_follows_the_edge() -> None:
    assert park.masking(sums(), Edge("above", 20, inclusive=False), words("en")) is None
    assert park.masking(sums(physical_bp=5_999), LIMIT, words("en")) is None
    assert park.masking(sums(), None, words("en")) is None


@pytest.mark.parametrize("low", park.NAMES)
def test_each_way_can_be_the_one_that_is_hidden(low: str) -> None:
    for language in LANGUAGES:
        note = park.masking(sums(**{low: 100}, rollup_low=low), LIMIT, words(language))
        assert note is not None
        assert "1%" in note


# --- the page ----------------------------------------------------------------------------------------------


def line(db: Database) -> None:
    """A line whose chain-owner is far behind: one member with slack, one without, one badly told."""
    project(db, "L1", JAN, kind="line")
    report(db, "L1", NOV, OCTOBER, physical_bp=6_000)
    same = dict(planned_bp=6_000)
    member(db, "L1", NOV, "O", OCTOBER, actual_bp=2_000, member_city="沈阳市", **same)
    near = dict(tier=1, supplies="O")
    member(
        db, "L1", NOV, "A", OCTOBER, actual_bp=10_000, member_city="大连市", unit_name=EVIL, **near, **same
    )
    member(db, "L1", NOV, "B", OCTOBER, actual_bp=4_500, member_city="沈阳市", **near, **same)
    member(db, "L1", NOV, "C", OCTOBER, tier=2, supplies="GONE", member_city="某地", **same)


def surface(db: Database) -> None:
    project(db, "S1", JAN, kind="surface")
    report(db, "S1", NOV, OCTOBER, physical_bp=7_000, invested=600 * WAN)
    for at, actual in enumerate((0, 100, 200, 9_000, 9_500, None)):
        tenant(db, "S1", NOV, f"入园{at}", OCTOBER, planned_bp=6_000, actual_bp=actual)
    tenant(db, "S1", NOV, EVIL, OCTOBER, role="promotion_centre", planned_bp=5_000, actual_bp=5_000)


def dossier(db: Database, code: str, language: str, **who: str) -> tuple[str, list[dict]]:
    """The dossier's words and its network's rows."""
    app = shown(db, "project", city=CITY, project=code, language=language, **who)
    drawn = [
        one
        for chart in app.get("vega_lite_chart")
        for data in chart.proto.datasets
        for one in pa.ipc.open_stream(data.data.data).read_all().to_pylist()
    ]
    return texts(app), [one for one in drawn if "what" in one]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_line_tells_who_lags_and_whom_that_exposes(db: Database, language: str) -> None:
    line(db)
    said, drawn = dossier(db, "L1", language)
    nodes = {one["name"]: one for one in drawn if one["what"] == "node"}
    assert {name: (one["mark"], one["column"]) for name, one in nodes.items()} == {
        "unit O": ("■", 0),
        EVIL: ("●", -1),
        "unit B": ("▲", -1),
        "unit C": ("○", -2),
    }
    assert len([one for one in drawn if one["what"] == "edge" and one["exposed"]]) == 4  # two edges, two ends
    # the chain-owner is 40 points of 365 days behind: 146; A is 146 ahead, B is 55 behind
    for words_said in {
        "zh_CN": ("余量 0 天", "缺口 201 天", "落后 40 个百分点", "波及链上企业 3 家", "GONE，不在本链内"),
        "en": (
            "0 days of slack",
            "short by 201 days",
            "behind by 40 points",
            "3 members are exposed",
            "GONE, no",
        ),
    }[language]:
        assert words_said in said
    assert EVIL not in said
    assert "&lt;b&gt;恶意" in said


def test_cities_are_linked_within_the_scope_only(db: Database) -> None:
    line(db)
    everywhere, _ = dossier(db, "L1", "en")
    own, _ = dossier(db, "L1", "en", role="city", cities=CITY)
    assert "/city?city=210200" in everywhere
    assert "/city?city=210200" not in own
    assert "Dalian" in own
    assert f"/city?city={CITY}" in own
    other, _ = dossier(db, "L1", "en", role="city", cities="210200")
    assert "unit O" not in other


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_surface_shows_three_sums_and_what_they_hide(db: Database, language: str) -> None:
    surface(db)
    said, _ = dossier(db, "S1", language)
    assert "60%" in said  # 600 of 1,000 invested
    assert "37.6%" in said  # 188 ÷ 5
    assert "1%" in said  # (0 + 1 + 2) ÷ 3
    for words_said in {
        "zh_CN": ("按资金", "按户数", "最落后 3 家", "掩盖提示", "5 家中 3 家进度不超过 5%"),
        "en": ("By money", "By count", "The worst 3", "Masking", "3 of 5 stand at 5% or less"),
    }[language]:
        assert words_said in said
    assert EVIL not in said


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("kind", "titles"),
    [
        ("line", {"zh_CN": "该线类项目尚未报送链上企业", "en": "No member of this line was reported"}),
        ("surface", {"zh_CN": "该面类项目尚未报送", "en": "No part of this surface was reported"}),
    ],
)
def test_without_pieces_it_says_why(db: Database, kind: str, titles: dict[str, str], language: str) -> None:
    project(db, "K1", JAN, kind=kind)
    said, drawn = dossier(db, "K1", language)
    assert titles[language] in said
    assert not drawn


def test_what_came_later_is_not_shown_as_known_before(db: Database) -> None:
    line(db)
    app = shown(db, "project", city=CITY, project="L1", known_at="2026-11-01T00:00:00+00:00")
    assert "No member of this line was reported" in texts(app)
