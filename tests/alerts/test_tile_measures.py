"""What a square says and how deep its colour is: by hand, at the bounds."""

from dataclasses import replace

import polars as pl
import pytest

from alerts.states import total_frame
from alerts.tile_measures import MEASURES, Held, TileMeasure
from alerts.totals import Sums, sums
from models.state import DayState
from models.vocabulary import Light
from models.words import words

_SCHEMA = {column.name: pl.String for column in DayState.__table__.c}


def held(**changes) -> Held:
    """Ten projects, of which two are red; mean progress 40 %, plan 47.5 %; 30 spent of 40 that were due."""
    numbers = pl.Int64
    columns = ("total_investment", "reward", "invested", "issued", "transferred", "paid", "spent")
    empty = pl.DataFrame(schema=_SCHEMA | dict.fromkeys(columns, numbers)).with_columns(
        pl.col("physical_bp", "planned_bp", "planned_v1_bp", "planned_spending").cast(pl.Float64)
    )
    none: Sums = sums(total_frame(empty))
    lights = dict.fromkeys(Light, 0) | {Light.RED: 2, Light.GREEN: 8}
    values = dict(projects=10, measured=10, lights=lights, physical_bp=4_000, planned_bp=4_750)
    values |= dict(issued=80, spent=30, spent_bp=3_750, planned_spending_bp=5_000)
    total = replace(none, **(values | {name: changes.pop(name) for name in list(changes) if name in values}))
    return Held(total, **({"freshness": {"fresh": 9, "stale": 1}} | changes))


@pytest.mark.parametrize(
    ("measure", "changes", "value", "depth", "said"),
    [
        (TileMeasure.RED, {}, 2_000, 3, "20%"),
        (TileMeasure.RED, {"lights": dict.fromkeys(Light, 0)}, 0, 0, "0%"),
        (TileMeasure.RED, {"projects": 0}, None, None, ""),
        (TileMeasure.GAP, {}, 7.5, 2, "−7.5"),
        (TileMeasure.GAP, {"physical_bp": 4_750}, 0, 0, "0"),
        (TileMeasure.GAP, {"physical_bp": 5_000}, -2.5, 0, "+2.5"),
        (TileMeasure.GAP, {"physical_bp": 2_749}, 20.01, 4, "−20"),
        (TileMeasure.GAP, {"physical_bp": None}, None, None, ""),
        (TileMeasure.SPENDING, {}, 2_500, 2, "75%"),
        (TileMeasure.SPENDING, {"spent_bp": 6_000}, -2_000, 0, "120%"),
        (TileMeasure.SPENDING, {"planned_spending_bp": None}, None, None, ""),
        (TileMeasure.ADJUSTMENTS, {"adjustments": 5}, 0.5, 1, "0.5"),
        (TileMeasure.ADJUSTMENTS, {"adjustments": 21}, 2.1, 4, "2.1"),
        (TileMeasure.ADJUSTMENTS, {}, None, None, ""),
        (TileMeasure.OVERDUE, {}, 1_000, 2, "10%"),
        (TileMeasure.OVERDUE, {"freshness": {"stale": 1, "missing": 2}}, 3_000, 4, "30%"),
        (TileMeasure.ALERTS, {"alerts": 1}, 10, 1, "10"),
        (TileMeasure.ALERTS, {"alerts": 0}, 0, 0, "0"),
    ],
)
def test_a_square_says_its_number(
    measure: TileMeasure, changes: dict, value: float | None, depth: int | None, said: str
) -> None:
    scale = MEASURES[measure]
    found = scale.value(held(**changes))
    assert found == pytest.approx(value) if value is not None else found is None
    assert scale.depth(found) == depth
    if found is not None:
        assert scale.written(found, words("en")) == said


def test_every_measure_but_the_worst_state_has_a_scale() -> None:
    assert set(MEASURES) == set(TileMeasure) - {TileMeasure.WORST}
    assert all(len(scale.bounds) == 4 for scale in MEASURES.values())
