"""What the dashboard in Superset shows: the charts, rows and filters of our overview, in Superset's own terms.

One chart for each of ours: the cards, the tile grid, what changed, who needs a call, the lights over time; and
the filters of our bar. Its data sets have the same names for the same things, so that a filter reaches every chart.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bench.cards import COLUMNS, LIGHTS, SHARES
from dashboard.views.overview import CHANGED, WORST

#: What every data set says of where a row belongs, and how it comes by it.
_PLACED = "p.name_en as province, c.name_en as city, t.industry"
_PLACES = "join place c on c.code = t.city join place p on p.code = c.province"

#: The judged day that our page shows.
_NEWEST = "t.state_on = (select max(judged_on) from judgement)"

#: Virtual data sets: name → SQL.
DATASETS = {
    "totals": f"""
        select {_PLACED}, t.kind, t.light, t.projects, t.measured, t.physical_bp, t.planned_bp, t.issued, t.spent,
            t.planned_spending, p.tile_row, p.tile_column
        from daytotal t {_PLACES} where {_NEWEST}""",
    "projects": f"""
        select {_PLACED}, t.project, t.name, t.light, t.light_before, t.change, t.score, t.rules, t.as_of,
            round(t.physical_bp / 100, 1) as progress, round(t.planned_bp / 100, 1) as planned
        from daystate t {_PLACES} where {_NEWEST}""",
    "lights": f"""
        select {_PLACED}, t.state_on as day, t.light, t.projects
        from lightstep t {_PLACES} where t.unit = 'month' and t.light <> ''
        union all
        select {_PLACED}, t.since_on, t.light_before, t.projects
        from lightstep t {_PLACES} where t.unit = 'month' and t.light_before <> ''""",
}

#: How the columns of the cards' table add up.
CARDS = {
    "projects": "sum(projects)",
    **{light: f"sum(case when light = '{light}' then projects else 0 end)" for light in LIGHTS},
    "progress": "sum(physical_bp) / sum(measured) / 10000",
    "planned": "sum(planned_bp) / sum(measured) / 10000",
    "execution": "sum(spent) * 1.0 / sum(issued)",
    "by the schedule": "sum(planned_spending) / sum(issued)",
}


@dataclass(frozen=True)
class Chart:
    """One chart: its data set, Superset's kind of it, its place (row, columns of 12, height in 8 px), and the rest."""

    name: str
    dataset: str
    kind: str
    row: int
    columns: int
    height: int
    params: Mapping[str, Any]


def _summed(sql: str, label: str) -> dict[str, str]:
    return {"expressionType": "SQL", "sqlExpression": sql, "label": label, "optionName": f"metric_{label}"}


def _only(column: str, operator: str, value: object) -> dict[str, object]:
    told = dict(subject=column, operator=operator, comparator=value)
    return {"expressionType": "SIMPLE", "clause": "WHERE", **told}


def _rows(*columns: str, by: Mapping[str, bool], limit: int, only: dict[str, object]) -> dict[str, object]:
    """A table of rows as they are. ``by``: column → is the smallest first?"""
    order = [json.dumps([column, ascending]) for column, ascending in by.items()]
    told = dict(all_columns=list(columns), order_by_cols=order, row_limit=limit, adhoc_filters=[only])
    return {"query_mode": "raw", "server_page_length": limit, **told}


CHARTS = (
    Chart(
        "By kind",
        "totals",
        "table",
        0,
        12,
        24,
        {
            "query_mode": "aggregate",
            "groupby": ["kind"],
            "metrics": [_summed(CARDS[label], label) for label in COLUMNS],
            "column_config": {
                label: {"d3NumberFormat": ".1%" if label in SHARES else ",d"} for label in CARDS
            },
            "row_limit": 10,
        },
    ),
    Chart(
        "By province",
        "totals",
        "heatmap_v2",
        1,
        6,
        44,
        {
            "x_axis": "tile_column",
            "groupby": "tile_row",
            "metric": _summed("sum(case when light = 'red' then projects else 0 end)", "red"),
            "sort_x_axis": "alpha_asc",
            "sort_y_axis": "alpha_desc",
            "normalize_across": "heatmap",
            "linear_color_scheme": "superset_seq_1",
            "show_values": True,
            "row_limit": 100,
        },
    ),
    Chart(
        "Who needs a call",
        "projects",
        "table",
        1,
        6,
        44,
        _rows(
            *("light", "name", "city", "as_of", "rules", "progress", "planned"),
            by={"score": False},
            limit=WORST,
            only=_only("light", "!=", "green"),
        ),
    ),
    Chart(
        "Changed",
        "projects",
        "table",
        2,
        6,
        38,
        _rows(
            *("change", "name", "city", "light_before", "light"),
            by={"change": False, "score": False},
            limit=CHANGED,
            only=_only("change", "IN", ["worse", "better"]),
        ),
    ),
    Chart(
        "Lights",
        "lights",
        "echarts_timeseries_line",
        2,
        6,
        38,
        {
            "x_axis": "day",
            "metrics": [_summed("sum(projects)", "projects")],
            "groupby": ["light"],
            "contributionMode": "row",
            "markerEnabled": True,
            "x_axis_sort_asc": True,
            "y_axis_format": ".0%",
            "show_legend": True,
            "row_limit": 1_000,
        },
    ),
)

#: Filter → the one whose choice narrows it.
FILTERS = {"province": None, "city": "province", "industry": None}


def native_filters(dataset: int, charts: list[int]) -> list[dict[str, Any]]:
    """The filters of our bar, one value each, for every chart."""
    return [
        {
            "id": f"NATIVE_FILTER-{name}",
            "name": name,
            "type": "NATIVE_FILTER",
            "filterType": "filter_select",
            "targets": [{"datasetId": dataset, "column": {"name": name}}],
            "scope": {"rootPath": ["ROOT_ID"], "excluded": []},
            "chartsInScope": charts,
            "cascadeParentIds": [f"NATIVE_FILTER-{above}"] if above else [],
            "defaultDataMask": {"extraFormData": {}, "filterState": {}, "ownState": {}},
            "controlValues": {"multiSelect": False, "enableEmptyFilter": False, "sortAscending": True},
        }
        for name, above in FILTERS.items()
    ]


def layout(numbers: Mapping[str, int]) -> dict[str, Any]:
    """The page: CHARTS in their rows. ``numbers``: chart → its number in Superset."""
    rows: dict[int, list[Chart]] = {}
    for chart in CHARTS:
        rows.setdefault(chart.row, []).append(chart)
    above = ["ROOT_ID", "GRID_ID"]
    placed: dict[str, Any] = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": _part("ROOT", "ROOT_ID", ["GRID_ID"]),
        "GRID_ID": _part("GRID", "GRID_ID", [f"ROW-{row}" for row in rows], parents=above[:1]),
        "HEADER_ID": {"type": "HEADER", "id": "HEADER_ID", "meta": {"text": "Overview"}},
    }
    for row, charts in rows.items():
        name = f"ROW-{row}"
        inside = [f"CHART-{numbers[chart.name]}" for chart in charts]
        look = {"background": "BACKGROUND_TRANSPARENT"}
        placed[name] = _part("ROW", name, inside, parents=above, meta=look)
        for part, chart in zip(inside, charts, strict=True):
            size = {"width": chart.columns, "height": chart.height}
            meta = {"chartId": numbers[chart.name], "sliceName": chart.name, **size}
            placed[part] = _part("CHART", part, [], parents=[*above, name], meta=meta)
    return placed


def _part(kind: str, name: str, children: list[str], **more: Any) -> dict[str, Any]:
    return {"type": kind, "id": name, "children": children, **more}
