"""The charts about adjustments and about the way of money, built as those of ``charts.py`` and named there."""

import altair as alt

from dashboard.chart_pieces import (
    BLUE,
    INK,
    MONEY_COLOURS,
    MONEY_MARKS,
    ORANGE,
    by_label,
    months,
    named_rows,
    word,
)
from models.words import mark


def adjusted() -> alt.LayerChart:
    """Adjustments a month. Rows: month (as text), label (with its sign), sign, adjustments, place (in the stack)."""
    base = alt.Chart(named_rows()).encode(
        x=alt.X("month:O", title=None, axis=alt.Axis(labelAngle=0, labelOverlap="greedy")),
        y=alt.Y(
            "adjustments:Q",
            title=word(mark("Adjustments")),
            stack="zero",
            axis=alt.Axis(tickMinStep=1, format="d"),
        ),
        order=alt.Order("place:Q"),
        tooltip=[
            alt.Tooltip("month:O", title=word(mark("Month"))),
            alt.Tooltip("label:N", title=word(mark("Part"))),
            alt.Tooltip("adjustments:Q", title=word(mark("Adjustments"))),
        ],
    )
    bars = base.mark_bar(stroke=INK, strokeWidth=0.7).encode(
        color=alt.Color(
            "label:N",
            sort=alt.EncodingSortField("place", op="min"),
            scale=alt.Scale(scheme="tableau10"),
            legend=alt.Legend(
                title=word(mark("Part")),
                orient="top",
                labelLimit=260,
                columns=alt.expr("width < 420 ? 1 : 4"),
            ),
        ),
    )
    tall = alt.expr("scale('y', 0) - scale('y', datum.adjustments) > 13 ? datum.sign : ''")
    signs = base.mark_text(color="#000000", fontSize=11, fontWeight=600, text=tall).encode(
        y=alt.Y("adjustments:Q", stack="zero", bandPosition=0.5), detail="label:N"
    )
    return alt.layer(bars, signs).properties(width="container", height=300)


def _drift(title: str) -> alt.LayerChart:
    """How far cities have moved. Rows: city, order, value, said, nation (null where it is not told)."""
    rows = alt.Chart(named_rows())
    base = rows.encode(
        y=alt.Y(
            "city:N",
            title=None,
            sort=alt.EncodingSortField("order", op="min"),
            axis=alt.Axis(labelLimit=150),
        ),
        tooltip=[
            alt.Tooltip("city:N", title=word(mark("City"))),
            alt.Tooltip("said:N", title=title),
        ],
    )
    bars = base.mark_bar(height=12, stroke=INK, strokeWidth=0.5).encode(
        x=alt.X("value:Q", title=title, axis=alt.Axis(tickCount=6)),
        color=alt.condition("datum.value > 0", alt.value(ORANGE), alt.value(BLUE)),
    )
    rule = rows.mark_rule(strokeDash=[5, 3], strokeWidth=2, color=INK).encode(x=alt.X("mean(nation):Q"))
    texts = base.mark_text(
        color=INK,
        align=alt.expr("datum.value < 0 ? 'right' : 'left'"),
        dx=alt.expr("datum.value < 0 ? -4 : 4"),
    ).encode(x="value:Q", text="said:N")
    return alt.layer(bars, rule, texts).properties(width="container", height=alt.Step(22))


def drift_money() -> alt.LayerChart:
    """By how many percent total investment has moved since version 1; see ``_drift``."""
    return _drift(word(mark("Total investment against version 1, %")))


def drift_days() -> alt.LayerChart:
    """By how many days a project's planned completion has moved since version 1, on average; see ``_drift``."""
    return _drift(word(mark("Planned completion against version 1, days a project")))


def fund_path() -> alt.LayerChart:
    """The way of each sum, a line a stage. Rows by ``what``: span and wait (start, end), point (start), said (start).

    All have line (its label), order, start, end, label (the money stage), said. What waits is dashed.
    """
    limit = alt.expr("width < 420 ? 96 : 220")
    base = alt.Chart(named_rows()).encode(
        y=alt.Y(
            "line:N",
            title=None,
            sort=alt.EncodingSortField("order", op="min"),
            axis=alt.Axis(labelLimit=limit),
        ),
        x=alt.X("start:T", title=None, axis=months()),
        tooltip=[
            alt.Tooltip("label:N", title=word(mark("Stage of the money"))),
            alt.Tooltip("start:T", title=word(mark("Day")), format="%Y-%m-%d"),
            alt.Tooltip("said:N", title=word(mark("Way"))),
        ],
    )
    colour = alt.Color("label:N", scale=by_label(MONEY_COLOURS), legend=None)
    spans = (
        base.transform_filter("datum.what == 'span'")
        .mark_rule(strokeWidth=5, opacity=0.55)
        .encode(x2="end:T", color=colour)
    )
    waits = (
        base.transform_filter("datum.what == 'wait'")
        .mark_rule(strokeWidth=2, strokeDash=[3, 4], color=INK)
        .encode(x2="end:T")
    )
    points = (
        base.transform_filter("datum.what == 'point'")
        .mark_point(size=80, filled=True, opacity=1)
        .encode(color=colour, shape=alt.Shape("label:N", scale=by_label(MONEY_MARKS), legend=None))
    )
    texts = (
        base.transform_filter("datum.what == 'said'")
        .mark_text(color=INK, align="left", dx=9, dy=-9, fontSize=11)
        .encode(text="said:N")
    )
    waited = (
        base.transform_filter("datum.what == 'wait'")
        .mark_text(color=INK, align="right", dy=13, fontSize=11)
        .encode(x="end:T", text="said:N")
    )
    layers = (spans, waits, points, texts, waited)
    return alt.layer(*layers).properties(width="container", height=alt.Step(36))
