"""What every chart is made of: the named data set, colours, words and label scales inside a spec, legend, axes.

Refuses Streamlit, data, and charts: those are in ``charts.py``, ``ledger_charts.py`` and ``light_charts.py``.
"""

from typing import Any

import altair as alt

#: The data set's name in every spec.
ROWS = "rows"

BLUE, ORANGE, GREY, TEAL = "#2f7fc4", "#d9730d", "#8a949e", "#00946f"

#: Colours that stay apart for the colour-blind and on light and dark ground (after Okabe and Ito).
LIGHT_COLOURS = {
    "red": "#d1362f",
    "yellow": "#e6a000",
    "stale": "#7a6fc0",
    "missing": "#8a949e",
    "green": "#00946f",
}

#: The four money stages, never merged; each also has its own dash and mark.
MONEY_COLOURS = {"issued": GREY, "transferred": TEAL, "paid": ORANGE, "spent": BLUE}
MONEY_MARKS = {"issued": "square", "transferred": "triangle-up", "paid": "diamond", "spent": "circle"}

#: Ink of texts inside a chart, which its theme does not reach; replaced on dark ground.
INK, DARK_INK = "#16222e", "#e8edf2"


def word(text: str) -> str:
    """A message id inside a spec."""
    return f"‹{text}›"


def named_rows() -> alt.NamedData:
    """The data set that a page fills."""
    return alt.NamedData(name=ROWS)


def by_label(table: dict[str, Any]) -> alt.Scale:
    """A scale from a code's label to its look; codes stand between « and » until the language is known."""
    return alt.Scale(domain=[f"«{code}»" for code in table], range=list(table.values()))


def legend(symbol: str = "stroke") -> alt.Legend:
    """A legend above the chart."""
    return alt.Legend(
        title=None,
        orient="top",
        labelLimit=240,
        columns=alt.expr("width < 420 ? 2 : 5"),
        symbolType=symbol,
        symbolStrokeWidth=3,
    )


def months() -> alt.Axis:
    """An axis of days with a tick a month."""
    return alt.Axis(
        format="%Y-%m", tickCount={"interval": "month", "step": 1}, labelOverlap="greedy", labelSeparation=12
    )
