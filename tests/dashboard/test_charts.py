"""Charts are valid, named, translated once, and never changed by being shown."""

import json

import altair as alt
import pytest

from dashboard import charts


@pytest.mark.parametrize("name", charts.NAMES)
@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize("dark", [False, True])
def test_a_chart_is_valid_and_has_a_named_data_set(name: str, language: str, dark: bool) -> None:
    spec = charts.spec(name, language, dark=dark)
    alt.LayerChart.from_dict(spec)  # raises where Vega-Lite's schema does not allow it
    assert spec["data"] == {"name": charts.ROWS}
    assert charts.spec(name, language, dark=dark) is spec


@pytest.mark.parametrize("name", charts.NAMES)
def test_no_mark_of_a_word_is_left_over(name: str) -> None:
    for language in ("zh_CN", "en"):
        text = json.dumps(charts.spec(name, language), ensure_ascii=False)
        assert not set("‹›«»") & set(text)


def test_scales_speak_the_language_of_the_rows() -> None:
    text = json.dumps(charts.spec("groups", "zh_CN"), ensure_ascii=False)
    assert charts.series_label("red", "zh_CN") in text


def test_lights_are_never_colour_alone() -> None:
    assert set(charts.SHAPES) == set(charts.LIGHT_COLOURS)
    assert len(set(charts.SHAPES.values())) == len(charts.SHAPES)
