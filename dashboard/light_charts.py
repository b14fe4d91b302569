"""The chart of lights over time; ``charts.py`` names it. Refuses Streamlit and data."""

import altair as alt

from dashboard.chart_pieces import LIGHT_COLOURS, by_label, legend, months, named_rows, word
from models.words import mark

#: How the lights' lines stay apart without colour; their ends bear the lights' shapes.
_DASHES = {"red": [1, 0], "yellow": [8, 3], "stale": [4, 3], "missing": [2, 2], "green": [1, 0]}


def lights() -> alt.LayerChart:
    """Shares of lights over time. Rows: on (day), value (percent), label and mark (of a light), step, said."""
    base = alt.Chart(named_rows()).encode(
        x=alt.X("on:T", title=None, axis=months()),
        y=alt.Y("value:Q", title=word(mark("Share of projects, %")), scale=alt.Scale(domain=[0, 100])),
        color=alt.Color("label:N", scale=by_label(LIGHT_COLOURS), legend=legend()),
        tooltip=[
            alt.Tooltip("on:T", title=word(mark("As of")), format="%Y-%m-%d"),
            alt.Tooltip("label:N", title=word(mark("Light"))),
            alt.Tooltip("value:Q", title=word(mark("Share of projects, %")), format=".1f"),
            alt.Tooltip("said:N", title=word(mark("Projects"))),
        ],
    )
    lines = base.mark_line(strokeWidth=2).encode(
        detail="step:N",
        strokeDash=alt.StrokeDash("label:N", scale=by_label(_DASHES), legend=legend()),
    )
    ends = base.mark_text(fontSize=13).encode(text="mark:N")
    return alt.layer(lines, ends).properties(width="container", height=260)
