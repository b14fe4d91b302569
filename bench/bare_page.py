"""The page that the overview is compared with: as many charts, tables, rows and filters, all of it constant.

Runs in our configuration (the same ``.streamlit/config.toml``, started by ``bench/bare_server.py`` as ours is by
``manage.py web``). ``BARE`` holds, as JSON, what ``bench/overview.py`` counted on our own page: rows of each chart,
rows and columns of each table, options of each filter. A filter click redraws the figures for its value.
"""

import json
import os

import streamlit as st

COUNTED = json.loads(os.environ.get("BARE", '{"charts": [32], "tables": [[8, 3], [10, 4]], "filters": [7]}'))


def table(rows: int, columns: int, value: int) -> str:
    """A table of constant cells."""
    head = "".join(f"<th>column {n}</th>" for n in range(columns))
    body = "".join(
        "<tr>" + "".join(f"<td>row {row}, cell {n}, {value}</td>" for n in range(columns)) + "</tr>"
        for row in range(rows)
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


st.set_page_config(page_title="bare", layout="wide")
picked = [
    st.selectbox(f"Filter {n}", [f"choice {m}" for m in range(options)], key=f"filter-{n}")
    for n, options in enumerate(COUNTED["filters"])
]
chosen = int(picked[0].split()[1])
st.html(f'<p class="ready">figures of <b>choice {chosen}</b></p>')
for charted, rows in enumerate(COUNTED["charts"]):
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
        key=f"chart-{charted}",
    )
for rows, columns in COUNTED["tables"]:
    st.html(table(rows, columns, chosen))
