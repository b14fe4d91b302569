"""What a file would do to the lights of its projects, shown before it is stored."""

import polars as pl
import streamlit as st

from alerts.effect import effect
from collectors.intake import Receipt
from dashboard import parts
from dashboard.parts import joined
from dashboard.views import rules
from dashboard.views.form_cells import project_cell
from dashboard.visit import Visit

#: Lights that are listed; the caption counts all.
MOST = 30


def draw(visit: Visit, seen: Receipt) -> None:
    """Each touched project's light before → after, those that change first."""
    t = visit.words
    frame = effect(
        visit.db,
        seen.effect.inserts,
        seen.effect.supersede,
        cities=seen.cities,
        on=visit.today,
        now=visit.now,
    )
    if frame.is_empty():
        return
    moved = frame.filter(pl.col("light").ne_missing(pl.col("light_before")))
    label = t("Lights: {n} of {all} projects change", n=moved.height, all=frame.height)
    with st.expander(label, expanded=moved.height > 0):
        if moved.is_empty():
            st.caption(t("No light changes."))
            return
        judged_by = rules.versions(visit.db, moved)
        rows = [
            (
                project_cell(row["project"], row["name"]),
                joined([parts.light_html(row["light_before"], t), "→", parts.light_html(row["light"], t)]),
                rules.speaking(row["rules"], judged_by[row["policy"]], t),
            )
            for row in moved.head(MOST).iter_rows(named=True)
        ]
        heads = [(t("Project"), "pd-w"), (t("Light before → after"), "pd-s"), (t("What speaks then"), "pd-w")]
        parts.show(parts.table(heads, rows))
