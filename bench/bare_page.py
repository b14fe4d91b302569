"""The page that the overview is compared with: as many charts, tables, rows and filters, all of it constant.

Served by ``bench/bare_server.py`` in our configuration. ``BARE`` holds, as JSON, what ``bench/desk.py`` counted on
our own page: rows of each chart, rows and columns of each table, options of each filter. A click on the first filter
changes every figure. As on ours the figures come first and the filters, above them, last.
"""

import json
import os

import streamlit as st

COUNTED = json.loads(os.environ.get("BARE", '{"charts": [32], "tables": [[8, 3], [10, 4]], "filters": [7]}'))
FILTERS = [[f"choice {m}" for m in range(options)] for options in COUNTED["filters"]]


def table(rows: int, columns: int, value: int) -> str:
    """A table of constant cells."""
    head = "".join(f"<th>column {n}</th>" for n in range(columns))
    body = "".join(
        "<tr>" + "".join(f"<td>row {row}, cell {n}, {value}</td>" for n in range(columns)) + "</tr>"
        for row in range(rows)
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


st.set_page_config(page_title="bare", layout="wide")
bar, chosen = st.container(horizontal=True), FILTERS[0].index(st.session_state.get("filter-0", FILTERS[0][0]))
st.html(f'<p class="ready">figures of <b>choice {chosen}</b></p>')
for number, rows in enumerate(COUNTED["charts"]):
    st.vega_lite_chart(
        {
            "data": {"values": [{"x": n % 10, "y": n // 10, "v": n + chosen} for n in range(rows)]},
            "mark": "rect",
            "width": "container",
            "height": 330,
            "encoding": {
                "x": {"field": "x", "type": "ordinal"},
                "y": {"field": "y", "type": "ordinal"},
                "color": {"field": "v", "type": "quantitative"},
            },
        },
        key=f"chart-{number}",
    )
for rows, columns in COUNTED["tables"]:
    st.html(table(rows, columns, chosen))
with bar:
    for number, choices in enumerate(FILTERS):
        st.selectbox(f"Filter {number}", choices, key=f"filter-{number}")
