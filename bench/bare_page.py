"""The page the overview is compared with: one Vega-Lite chart and a few figures, all constant."""

import streamlit as st

st.set_page_config(page_title="bare", layout="wide")
st.html('<p class="ready">42 projects</p>')
st.vega_lite_chart(
    {
        "data": {"values": [{"x": n % 10, "y": n // 10, "s": "●"} for n in range(32)]},
        "mark": "rect",
        "encoding": {"x": {"field": "x", "type": "ordinal"}, "y": {"field": "y", "type": "ordinal"}},
    }
)
