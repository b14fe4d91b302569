"""What was corrected after the instant that a page is known by: a line on every page of a past day, with the list.

The corrections are those of the page's own scope: its programme, places, kind, industry or project. Refuses to say
anything about the newest day, whose figures nothing has overtaken.
"""

from dataclasses import dataclass
from datetime import datetime

import polars as pl
import streamlit as st

from alerts.day import Day, Narrow, open_day
from dashboard import address, parts
from dashboard.parts import Safe, joined, wrapped
from dashboard.visit import Visit
from models.queries import changes
from models.queries.changes import FIGURES, Part
from models.words import mark

#: Rows of the list at most; the rest is counted.
MOST = 100

_LABELS = {
    "physical_bp": mark("Physical progress"),
    "invested": mark("Invested to date"),
    "issued": mark("Issued"),
    "transferred": mark("Transferred"),
    "paid": mark("Paid"),
    "spent": mark("Spent"),
}


@dataclass(frozen=True)
class View:
    """What a page shows: its path, what it is narrowed to, the day, the currency; ``project`` of a dossier."""

    page: str
    narrow: Narrow
    day: Day
    currency: str
    project: str | None = None


def draw(visit: Visit, view: View) -> None:
    """The line, its list and the link that reproduces the page; nothing where the newest day is shown."""
    known_at = _known_at(visit, view.day)
    if known_at is None or view.narrow.programme is None:
        return
    t = visit.words
    rows = changes.corrected(visit.db, visit.scope, part(view), view.day.on, known_at)
    pinned = address.but("lang") | {"on": view.day.on, "known_at": known_at.isoformat(timespec="seconds")}
    again = parts.anchor(t("Link to this view as known then"), parts.link(view.page, visit, **pinned))
    if rows.is_empty():
        said = t("No figure that this page rests on was corrected later.")
        parts.show(wrapped("div", joined([said, again], " · "), "pd-m"))
        return
    count = figures(rows)
    title = t("{n} figures that this page rests on were corrected later", n=t.number(count, 0) + _more(rows))
    with st.expander(title, icon=":material/edit_note:"):
        parts.show(wrapped("div", again, "pd-m"), table(visit, view.currency, rows))


def _known_at(visit: Visit, day: Day) -> datetime | None:
    """The instant a past view is known by; None where the page shows the newest there is."""
    if day.known_at is not None:
        return day.known_at if day.known_at < visit.now else None
    if "on" not in st.query_params or day.judged_at is None:
        return None
    newest = open_day(visit.db, None, None, today=visit.today)
    return day.judged_at if day.on < newest.on else None


def part(view: View) -> Part:
    """What of the reports a page rests on."""
    narrow = view.narrow
    return Part(
        programme=narrow.programme or "",
        province=narrow.province,
        city=narrow.city,
        kind=narrow.kind,
        industry=narrow.industry,
        project=view.project,
    )


def figures(rows: pl.DataFrame) -> int:
    """How many single figures differ."""
    differs = (pl.col(name).ne_missing(pl.col(f"{name}_before")).sum() for name in FIGURES)
    return sum(rows.select(list(differs)).row(0)) if rows.height else 0


def _more(rows: pl.DataFrame) -> str:
    """A plus where the rows are not all of them."""
    return "+" if rows.height >= changes.MOST else ""


def table(visit: Visit, currency: str, rows: pl.DataFrame) -> Safe:
    """Rows of ``changes.corrected``: each old → new, with the file that did it."""
    t = visit.words
    if rows.is_empty():
        return wrapped("p", t("None was corrected."), "pd-m")
    heads = [
        (t("Project"), "pd-s"),
        (t("Figures as of"), "pd-s"),
        (t("Before → after"), "pd-w"),
        (t("Recorded at"), "pd-s"),
        (t("File"), "pd-w"),
        (t("Reason"), "pd-w"),
    ]
    told = [_row(visit, currency, row) for row in rows.head(MOST).iter_rows(named=True)]
    return parts.table(heads, told, t("{n} corrections", n=t.number(rows.height, 0) + _more(rows)))


def _row(visit: Visit, currency: str, row: dict) -> tuple[object, ...]:
    t = visit.words
    told = [
        joined(
            [
                t(label),
                wrapped("span", _figure(visit, currency, name, row[f"{name}_before"]), "pd-old"),
                "→",
                wrapped("b", _figure(visit, currency, name, row[name])),
            ]
        )
        for name, label in _LABELS.items()
        if row[f"{name}_before"] != row[name]
    ]
    link = parts.link("reports", visit, submission=row["submission"], holder=row["holder"])
    return (
        parts.project_link(visit, row["city"], row["project"], row["project"]),
        t.day(row["as_of"]),
        joined(told, "; "),
        t.instant(row["recorded_at"]),
        parts.anchor(row["file_name"], link) if row["holder"] else None,
        row["reason"],
    )


def _figure(visit: Visit, currency: str, name: str, value: int | None) -> str:
    t = visit.words
    return t.percent(value) if name == "physical_bp" else t.amount(value, currency)
