"""The charts, built once in Altair at import and kept as dicts with a named data set.

A page hands over pre-aggregated rows and a spec from here; building and validating in Altair at every rerun
would cost tens of milliseconds each under a lock. Words inside a spec are message ids between ‹ and ›;
``spec`` gives a chart in a language, translated once. Refuses Streamlit, and any data.

To add a chart: a function that returns an Altair chart over ``named_rows()``, and its name in ``_BUILT``.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import altair as alt

from dashboard import chart_pieces, ledger_charts, light_charts
from dashboard.chart_pieces import (
    BLUE,
    DARK_INK,
    GREY,
    INK,
    LIGHT_COLOURS,
    MONEY_COLOURS,
    MONEY_MARKS,
    ORANGE,
    TEAL,
    by_label,
    legend,
    months,
    named_rows,
    word,
)
from models.words import mark, words

#: The data set's name in every spec.
ROWS = chart_pieces.ROWS

FONT = "Noto Sans CJK SC, PingFang SC, Microsoft YaHei, sans-serif"

#: Shape of each light, worst first: status is never colour alone.
SHAPES = {"red": "■", "yellow": "▲", "stale": "◔", "missing": "○", "green": "●"}

#: The dash of each money stage; its colour and mark are in ``chart_pieces.py``.
MONEY_DASHES = {"issued": [1, 0], "transferred": [8, 3], "paid": [4, 3], "spent": [1, 0]}

CURVE_COLOURS = {"first": GREY, "current": ORANGE, "actual": BLUE}
CURVE_DASHES = {"first": [4, 3], "current": [8, 2], "actual": [1, 0]}

YEAR_COLOURS = {"issued": GREY, "spent": BLUE, "planned_spending": ORANGE, "even": TEAL}
YEAR_DASHES = {"issued": [1, 0], "spent": [1, 0], "planned_spending": [8, 2], "even": [3, 3]}
YEAR_MARKS = {"issued": "square", "spent": "circle", "planned_spending": "cross", "even": "stroke"}


_DAY = word(mark("As of"))
_PERCENT = word(mark("Physical progress, %"))
_MONEY = word(mark("Amount, 10k yuan"))


def _tiles() -> alt.LayerChart:
    """Province tile grid. Rows: province, name, brief (for narrow), row, column, look, shade (0 to 1), mark, said.

    ``look`` is a light, "measure" or "none"; the text on a tile says what its colour says.
    """
    base = alt.Chart(named_rows()).encode(
        x=alt.X("column:O", axis=None),
        y=alt.Y("row:O", axis=None),
        tooltip=[
            alt.Tooltip("name:N", title=word(mark("Province"))),
            alt.Tooltip("said:N", title=word(mark("State"))),
        ],
    )
    chosen = alt.selection_point(name="tile", fields=["province"])
    squares = (
        base.mark_rect(cornerRadius=3, cursor="pointer", stroke="#8a949e", strokeOpacity=0.45)
        .encode(
            color=alt.Color(
                "look:N",
                scale=alt.Scale(
                    domain=[*LIGHT_COLOURS, "measure", "none"],
                    range=[*LIGHT_COLOURS.values(), BLUE, "transparent"],
                ),
                legend=None,
            ),
            fillOpacity=alt.FillOpacity("shade:Q", scale=None),
        )
        .add_params(chosen)
    )
    size = alt.expr("max(8, min(13, width / (length(datum.name) > 7 ? 64 : 52)))")
    small = alt.expr("max(8, min(12, width / 58))")
    tile = "width / 10 - 3"
    names = base.mark_text(
        color=INK,
        dy=-7,
        fontSize=size,
        limit=alt.expr(tile),
        fontWeight=600,
        text=alt.expr("width < 480 ? datum.brief : datum.name"),
    )
    marks = base.mark_text(color=INK, dy=9, fontSize=small, limit=alt.expr(tile)).encode(text="mark:N")
    return (
        alt.layer(squares, names, marks)
        .resolve_scale(color="independent")
        .properties(width="container", height=330)
    )


def _curves() -> alt.LayerChart:
    """Planned against actual. Rows: on (day), value (percent), series (first, current, actual), label."""
    base = alt.Chart(named_rows()).encode(
        x=alt.X("on:T", title=None, axis=months()),
        y=alt.Y("value:Q", title=_PERCENT, scale=alt.Scale(domainMin=0)),
        color=alt.Color("label:N", scale=by_label(CURVE_COLOURS), legend=legend()),
        tooltip=[
            alt.Tooltip("on:T", title=_DAY, format="%Y-%m-%d"),
            alt.Tooltip("label:N", title=word(mark("Curve"))),
            alt.Tooltip("value:Q", title=_PERCENT, format=".2f"),
        ],
    )
    lines = base.mark_line(strokeWidth=2).encode(
        strokeDash=alt.StrokeDash("label:N", scale=by_label(CURVE_DASHES), legend=legend())
    )
    points = base.transform_filter("datum.series == 'actual'").mark_point(size=45, filled=True, opacity=1)
    return alt.layer(lines, points).properties(width="container", height=300)


def _money() -> alt.LayerChart:
    """Four amounts over time. Rows: on (day), value (10k yuan), series (a money stage), label."""
    base = alt.Chart(named_rows()).encode(
        x=alt.X("on:T", title=None, axis=months()),
        y=alt.Y("value:Q", title=_MONEY, axis=alt.Axis(format=",.6~f"), scale=alt.Scale(zero=True)),
        color=alt.Color("label:N", scale=by_label(MONEY_COLOURS), legend=legend()),
        tooltip=[
            alt.Tooltip("on:T", title=_DAY, format="%Y-%m-%d"),
            alt.Tooltip("label:N", title=word(mark("Stage of the money"))),
            alt.Tooltip("value:Q", title=_MONEY, format=",.6~f"),
        ],
    )
    lines = base.mark_line(interpolate="step-after", strokeWidth=2).encode(
        strokeDash=alt.StrokeDash("label:N", scale=by_label(MONEY_DASHES), legend=legend())
    )
    points = base.mark_point(size=50, filled=True, opacity=1).encode(
        shape=alt.Shape("label:N", scale=by_label(MONEY_MARKS), legend=None)
    )
    return alt.layer(lines, points).properties(width="container", height=280)


def _groups() -> alt.LayerChart:
    """Projects by light in each group. Rows: group, light, label, mark, projects, place (in the stack), order."""
    base = alt.Chart(named_rows()).encode(
        y=alt.Y(
            "group:N",
            title=None,
            sort=alt.EncodingSortField("order", op="min"),
            axis=alt.Axis(labelLimit=190),
        ),
        x=alt.X(
            "projects:Q", title=word(mark("Projects")), axis=alt.Axis(tickMinStep=1, format="d"), stack="zero"
        ),
        order=alt.Order("place:Q"),
        tooltip=[
            alt.Tooltip("group:N", title=word(mark("Group"))),
            alt.Tooltip("label:N", title=word(mark("Light"))),
            alt.Tooltip("projects:Q", title=word(mark("Projects"))),
        ],
    )
    bars = base.mark_bar().encode(
        color=alt.Color("label:N", scale=by_label(LIGHT_COLOURS), legend=legend("square"))
    )
    wide_enough = alt.expr("scale('x', datum.projects) - scale('x', 0) > 24 ? datum.mark : ''")
    counts = base.mark_text(color="#000000", fontSize=11, fontWeight=600, text=wide_enough).encode(
        x=alt.X("projects:Q", stack="zero", bandPosition=0.5), detail="label:N"
    )
    return alt.layer(bars, counts).properties(width="container", height=alt.Step(22))


def _waterfall() -> alt.LayerChart:
    """How far money got. Rows: stage, place, value (10k yuan), part (moved, stands), label, order, total, said.

    ``said`` and ``total`` stand in one row of each stage only: the text at the bar's end.
    """
    base = alt.Chart(named_rows()).encode(
        y=alt.Y("stage:N", title=None, sort=alt.EncodingSortField("place", op="min")),
        tooltip=[
            alt.Tooltip("stage:N", title=word(mark("Stage of the money"))),
            alt.Tooltip("label:N", title=word(mark("Where it stands"))),
            alt.Tooltip("value:Q", title=_MONEY, format=",.6~f"),
        ],
    )
    look = {"moved": BLUE, "stands": "#f3c98b"}
    bars = base.mark_bar(stroke=GREY, strokeWidth=1).encode(
        x=alt.X("value:Q", title=_MONEY, stack="zero", axis=alt.Axis(format=",.6~f")),
        order=alt.Order("order:Q"),
        color=alt.Color("label:N", scale=by_label(look), legend=legend("square")),
        strokeDash=alt.StrokeDash(
            "label:N", scale=by_label({"moved": [1, 0], "stands": [4, 2]}), legend=None
        ),
    )
    texts = base.mark_text(color=INK, align="left", dx=5, fontSize=12).encode(x="total:Q", text="said:N")
    return alt.layer(bars, texts).properties(width="container", height=alt.Step(38))


def _execution() -> alt.LayerChart:
    """A year's money. Rows: on (day), value (10k yuan), series (issued, spent, planned_spending, even), label."""
    base = alt.Chart(named_rows()).encode(
        x=alt.X("on:T", title=None, axis=months()),
        y=alt.Y("value:Q", title=_MONEY, axis=alt.Axis(format=",.6~f"), scale=alt.Scale(zero=True)),
        color=alt.Color("label:N", scale=by_label(YEAR_COLOURS), legend=legend()),
        tooltip=[
            alt.Tooltip("on:T", title=_DAY, format="%Y-%m-%d"),
            alt.Tooltip("label:N", title=word(mark("Curve"))),
            alt.Tooltip("value:Q", title=_MONEY, format=",.6~f"),
        ],
    )
    lines = base.mark_line(strokeWidth=2).encode(
        strokeDash=alt.StrokeDash("label:N", scale=by_label(YEAR_DASHES), legend=legend())
    )
    told = base.transform_filter("datum.series == 'issued' || datum.series == 'spent'")
    points = told.mark_point(size=50, filled=True, opacity=1).encode(
        shape=alt.Shape("label:N", scale=by_label(YEAR_MARKS), legend=None)
    )
    return alt.layer(lines, points).properties(width="container", height=300)


def _network() -> alt.LayerChart:
    """A line as a chain. Rows by ``what``: head, node, edge (its two ends); all have column, slot, columns.

    A node: name, status, mark, light, said. An edge: edge (its name), exposed (dashed).
    """
    base = alt.Chart(named_rows()).encode(x=alt.X("column:O", axis=None), y=alt.Y("slot:O", axis=None))
    nodes = base.transform_filter("datum.what == 'node'")
    room = alt.expr("width / datum.columns - 10")
    small = alt.expr("width / datum.columns < 130 ? 10 : 12")
    edges = (
        base.transform_filter("datum.what == 'edge'")
        .mark_line(color=GREY, strokeWidth=1.5, strokeOpacity=0.7)
        .encode(
            detail="edge:N",
            strokeDash=alt.StrokeDash(
                "exposed:N", scale=alt.Scale(domain=[False, True], range=[[1, 0], [5, 4]]), legend=None
            ),
        )
    )
    heads = base.transform_filter("datum.what == 'head'").mark_text(
        color=INK, fontWeight=600, fontSize=small, limit=room, opacity=0.8
    )
    shapes = nodes.mark_text(fontSize=19).encode(
        text="mark:N",
        color=alt.Color(
            "light:N",
            scale=alt.Scale(domain=list(LIGHT_COLOURS), range=list(LIGHT_COLOURS.values())),
            legend=None,
        ),
        tooltip=[
            alt.Tooltip("name:N", title=word(mark("Enterprise"))),
            alt.Tooltip("said:N", title=word(mark("State"))),
        ],
    )
    names = nodes.mark_text(color=INK, dy=-15, fontSize=small, fontWeight=600, limit=room)
    states = nodes.mark_text(color=INK, dy=16, fontSize=small, limit=room).encode(text="status:N")
    layers = (edges, heads.encode(text="name:N"), shapes, names.encode(text="name:N"), states)
    return alt.layer(*layers).properties(width="container", height=alt.Step(56))


_CHARTS: dict[str, Callable[[], alt.TopLevelMixin]] = {
    "tiles": _tiles,
    "curves": _curves,
    "money": _money,
    "groups": _groups,
    "waterfall": _waterfall,
    "execution": _execution,
    "network": _network,
    "adjusted": ledger_charts.adjusted,
    "drift_money": ledger_charts.drift_money,
    "drift_days": ledger_charts.drift_days,
    "fund_path": ledger_charts.fund_path,
    "lights": light_charts.lights,
}


def _built(build: Callable[[], alt.TopLevelMixin]) -> dict[str, Any]:
    """The chart as a validated dict, with our font and no fixed ground.

    Vega's own labels for screen readers name fields and axes in English; a chart's text says it in the reader's words.
    """
    chart = build().configure(font=FONT, background="transparent", aria=False)
    return chart.configure_mark(aria=False).configure_view(strokeWidth=0).to_dict()


_BUILT = {name: _built(build) for name, build in _CHARTS.items()}

#: How series of a chart are named in words; ``charts.spec`` puts them into scales, pages into rows.
SERIES = {
    "first": mark("First approved plan"),
    "current": mark("Plan in force"),
    "actual": mark("Reported progress"),
    "moved": mark("■ went further, or is spent"),
    "stands": mark("▨ stands here"),
    "planned_spending": mark("Planned spending"),
    "even": mark("Issued to date × time elapsed"),
}
NAMES = tuple(_BUILT)


def series_label(code: str, language: str) -> str:
    """The name of a series, light or money stage; lights carry their shape."""
    t = words(language)
    if code in LIGHT_COLOURS:
        return f"{SHAPES[code]} {t.label(code)}"
    return t(SERIES[code]) if code in SERIES else t.label(code)


@lru_cache(maxsize=32)
def spec(name: str, language: str, *, dark: bool = False) -> dict[str, Any]:
    """A chart in a language. The dict is shared: read it, never change it."""
    return _translated(_BUILT[name], language, DARK_INK if dark else INK)


def _translated(node: Any, language: str, ink: str) -> Any:
    if isinstance(node, dict):
        return {key: _translated(value, language, ink) for key, value in node.items()}
    if isinstance(node, list):
        return [_translated(value, language, ink) for value in node]
    if node == INK:
        return ink
    if isinstance(node, str) and node.startswith("‹"):
        return words(language)(node.strip("‹›"))
    if isinstance(node, str) and node.startswith("«"):
        return series_label(node.strip("«»"), language)
    return node
