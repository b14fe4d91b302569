"""Earned-value figures of one project, where physical progress is measured independently of money.

Where it is not, one line says why: an index of money against itself would be fiction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl
import streamlit as st

from dashboard import parts
from dashboard.visit import Visit
from models.measures import Earned, earned_schedule, earned_value, measured_apart
from models.words import Words

_NEEDED = ("total_investment", "planned_bp", "physical_bp", "invested")


def draw(
    visit: Visit, row: Mapping[str, Any], reports: pl.DataFrame, planned: Sequence[tuple[date, float]]
) -> None:
    """The figures as of the newest report, or why there are none. ``planned``: days and percent of the plan."""
    t = visit.words
    why = _why_not(row, reports, t)
    if why:
        st.caption(why)
        return
    found = earned_value(*(row[name] for name in _NEEDED))
    curve = [(on, percent * 100) for on, percent in planned]
    earned_on, spi_time = earned_schedule(curve, row["physical_bp"], row["as_of"])
    with st.expander(t("Earned value")):
        parts.show(
            parts.facts(
                _pairs(replace(found, earned_on=earned_on, spi_time=spi_time), row["currency"] or "CNY", t)
            )
        )


def _why_not(row: Mapping[str, Any], reports: pl.DataFrame, t: Words) -> str:
    if any(row[name] is None for name in _NEEDED) or not row["total_investment"]:
        return t(
            "No earned value: it needs total investment, a plan, physical progress and investment completed."
        )
    current = reports.filter(pl.col("superseded_at").is_null() & (pl.col("as_of") <= row["as_of"]))
    apart = measured_apart(current.select("physical_bp", "invested").rows(), row["total_investment"])
    if apart is None:
        return t("No earned value: too few reports tell both work and money.")
    if not apart:
        return t(
            "No earned value: in every report physical progress is the share of the money, so it is not measured by itself."
        )
    return ""


def _pairs(found: Earned, currency: str, t: Words) -> list[tuple[str, object]]:
    return [
        (t("Planned value (PV)"), t.amount(found.planned, currency)),
        (t("Earned value (EV)"), t.amount(found.earned, currency)),
        (t("Actual cost (AC), investment completed"), t.amount(found.actual, currency)),
        (t("Schedule variance (SV)"), t.amount(found.schedule_variance, currency)),
        (t("Cost variance (CV)"), t.amount(found.cost_variance, currency)),
        (t("Schedule index (SPI)"), t.number(found.spi)),
        (t("Schedule index by time, SPI(t)"), t.number(found.spi_time)),
        (t("The plan was there on"), t.day(found.earned_on)),
        (t("Cost index (CPI)"), t.number(found.cpi)),
        (t("Estimate at completion (EAC), from 20 % of the work"), t.amount(found.estimate, currency)),
    ]
