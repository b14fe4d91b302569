"""The window in which a page's tables and charts are downloaded; what is in it is only made when it is opened."""

import re
from datetime import datetime

import streamlit as st

from dashboard import address, takeaway
from dashboard.parts import link
from dashboard.takeaway import Chart, Pack, Table
from dashboard.visit import Visit

_NOT_IN_FILES = re.compile(r"[^\w.-]+")


def offer(visit: Visit, drawn: Pack) -> None:
    """The button, on pages that showed a table or a chart."""
    t = visit.words
    if not drawn.noted and not drawn.charts:
        return
    window = st.popover(
        t("Download"), icon=":material/download:", type="tertiary", key="take-away", on_change="rerun"
    )
    if not window.open:
        return
    with window:
        if tables := drawn.tables:
            _workbook(visit, drawn, tables)
            _each_table(visit, drawn, tables)
        _each_chart(visit, drawn)


def _workbook(visit: Visit, drawn: Pack, tables: list[Table]) -> None:
    t, about = visit.words, _about(visit, drawn)
    st.download_button(
        t("All tables of this page (XLSX)"),
        lambda: takeaway.xlsx(tables, about, t("About this file")),
        _file(visit, drawn.page, "xlsx"),
        on_click="ignore",
        key="take-xlsx",
        type="primary",
    )


def _each_table(visit: Visit, drawn: Pack, tables: list[Table]) -> None:
    for number, table in enumerate(tables):

        def made(table: Table = table) -> bytes:
            return takeaway.csv_text(table)

        st.download_button(
            f"{table.title} (CSV)",
            made,
            _file(visit, f"{drawn.page}-{table.title}", "csv"),
            "text/csv",
            on_click="ignore",
            key=f"take-csv-{number}",
            type="tertiary",
        )


def _each_chart(visit: Visit, drawn: Pack) -> None:
    for number, chart in enumerate(drawn.charts):
        for ending, draw in (("png", takeaway.png), ("svg", takeaway.svg)):

            def made(chart: Chart = chart, draw=draw) -> bytes:
                return draw(chart)

            st.download_button(
                f"{chart.title} ({ending.upper()})",
                made,
                _file(visit, f"{drawn.page}-{chart.title}", ending),
                on_click="ignore",
                key=f"take-{ending}-{number}",
                type="tertiary",
            )


def _about(visit: Visit, drawn: Pack) -> list[tuple[str, str]]:
    """Where the figures come from: page, day, link, whose scope, when."""
    t = visit.words
    here = visit.settings.base_url + link(_page(), visit, **address.but("lang"))
    return [
        (t("Page"), drawn.page),
        (t("Day"), drawn.note),
        (t("Link"), here),
        (t("Downloaded by"), visit.scope.email),
        (t("Downloaded at"), t.instant(visit.now)),
    ]


def _page() -> str:
    return (st.context.url or "").split("?")[0].rstrip("/").rsplit("/", 1)[-1]


def _file(visit: Visit, name: str, ending: str) -> str:
    stamp = datetime.strftime(visit.now, "%Y%m%d")
    return f"{_NOT_IN_FILES.sub('-', name).strip('-')[:80]}-{stamp}.{ending}"
