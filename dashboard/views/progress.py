"""Physical progress of one project: planned by the first plan and the plan in force, and reported."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import polars as pl
import streamlit as st

from dashboard import charts, parts
from dashboard.views import earned
from dashboard.visit import Visit
from models import clock
from models.measures import FULL_BP
from models.queries import dossier
from models.queries.dossier import Identity, PlanVersion

#: Points in which a time-elapsed schedule is drawn: it is a straight line, its two ends are enough.
_ENDS = ((0.0, "planned_start"), (100.0, "planned_end"))


def draw(visit: Visit, who: Identity, row: Mapping[str, Any], known_at: datetime | None) -> None:
    """The curves, and in words what the plan line is made of."""
    t = visit.words
    parts.heading(t("Physical progress"))
    st.caption(
        t(
            "Reported {actual} as of {day}; planned for that day {planned}, on the first plan {first}.",
            actual=t.percent(row["physical_bp"], 2) if row["physical_bp"] is not None else t("nothing"),
            day=t.day(row["as_of"]),
            planned=t.percent(row["planned_bp"], 2),
            first=t.percent(row["planned_bp_v1"], 2),
        )
    )
    if not row["planned_by_curve"]:
        st.caption(
            t(
                "The plan has no monthly curve: the time-elapsed schedule is the plan, a straight line from planned start to planned end."
            )
        )
    versions = dossier.versions(visit.db, visit.scope, who.city, who.code, known_at=known_at)
    curve = dossier.curve(visit.db, visit.scope, who.city, who.code, known_at=known_at)
    reports = dossier.reports(visit.db, visit.scope, who.city, who.code, known_at=known_at)
    rows = curve_rows(versions, curve, reports, visit.words.language)
    parts.chart(visit, "curves", rows, t("Planned and reported physical progress over time"))
    in_force = next((one for one in versions if one.version == row["version"]), None)
    if in_force and row["as_of"]:
        own = _planned(in_force, curve.filter(pl.col("version") == in_force.version))
        earned.draw(visit, row, reports, sorted(own))


def curve_rows(
    versions: list[PlanVersion], curve: pl.DataFrame, reports: pl.DataFrame, language: str
) -> list[dict]:
    """Rows of the chart ``curves``."""
    if not versions:
        return []
    wanted = {"first": versions[0], "current": versions[-1]}
    rows = []
    for series, version in wanted.items():
        for on, value in _planned(version, curve.filter(pl.col("version") == version.version)):
            rows.append(_point(series, on, value, language))
    current = reports.filter(pl.col("superseded_at").is_null() & pl.col("physical_bp").is_not_null())
    for on, bp in current.sort("as_of").select("as_of", "physical_bp").iter_rows():
        rows.append(_point("actual", on, bp / 100, language))
    return rows


def _planned(version: PlanVersion, curve: pl.DataFrame) -> list[tuple[date, float]]:
    """Month ends of the curve from zero at the start; where there is none, the time-elapsed schedule."""
    if curve.is_empty():
        return [(getattr(version, name), value) for value, name in _ENDS]
    points = [
        (clock.month_end(month), bp * 100 / FULL_BP)
        for month, bp in curve.select("month", "planned_bp").iter_rows()
    ]
    return [(min(version.planned_start, points[0][0]), 0.0), *points]


def _point(series: str, on: date, value: float, language: str) -> dict:
    label = charts.series_label(series, language)
    return {"on": on.isoformat(), "value": value, "series": series, "label": label}
