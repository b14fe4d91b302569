"""Adjustments that wait for a decision as a table, on a city's and on a province's page."""

import polars as pl

from dashboard import parts
from dashboard.filters import Filters
from dashboard.parts import Safe, joined, wrapped
from dashboard.views.worst import city_link
from dashboard.visit import Visit
from models.plan_words import field_label, written


def table(visit: Visit, found: Filters, rows: pl.DataFrame, *, most: int, caption: str = "") -> Safe:
    """The first rows of ``models.queries.city.pending``; the city is named where the page is not one city's."""
    t = visit.words
    named = found.narrow.city is None
    told = [
        (
            parts.project_link(visit, row["city"], row["project"], row["name"] or row["project"]),
            *([city_link(visit, found, row["city"])] if named else []),
            t.day(row["adjusted_on"]),
            field_label(row["field"], t) if row["field"] else "—",
            joined(
                [
                    wrapped("span", written(row["field"] or "", row["old"], t, found.currency), "pd-old"),
                    "→",
                    wrapped("b", written(row["field"] or "", row["new"], t, found.currency)),
                ]
            ),
            t.number((visit.today - row["adjusted_on"]).days, 0),
        )
        for row in rows.head(most).iter_rows(named=True)
    ]
    heads = [
        (t("Project"), "pd-w"),
        *([(t("City"), "pd-s")] if named else []),
        (t("Adjusted on"), "pd-s"),
        (t("Field"), "pd-s"),
        (t("Before → after"), "pd-w"),
        (t("Days waiting"), "pd-n"),
    ]
    return parts.table(heads, told, caption)
