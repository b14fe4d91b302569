"""The money of one project: four different amounts, each with its own denominator, over time."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import polars as pl
import streamlit as st

from dashboard import charts, parts
from dashboard.visit import Visit
from models.money import FEN_PER_WAN
from models.queries import dossier
from models.queries.dossier import Identity
from models.vocabulary import MoneyStage


def draw(
    visit: Visit, who: Identity, row: Mapping[str, Any], *, known_at: datetime | None, currency: str
) -> None:
    """Four amounts side by side, the schedule they are held against, and their course."""
    t = visit.words
    parts.heading(t("Money: issued → transferred → paid → spent"))
    parts.show(parts.facts(_amounts(visit, row, currency)))
    st.caption(_against(visit, row, currency))
    reports = dossier.reports(visit.db, visit.scope, who.city, who.code, known_at=known_at)
    rows = money_rows(reports, t.language)
    if rows:
        parts.chart(visit, "money", rows, t("The four money stages over time"))
    else:
        st.caption(t("No amount was reported yet."))


def _amounts(visit: Visit, row: Mapping[str, Any], currency: str) -> list[tuple[str, str]]:
    t, issued = visit.words, row["issued"]
    pairs = []
    for stage in MoneyStage:
        amount = row[stage]
        if amount is None:
            pairs.append((t.label(stage), t("not reported")))
            continue
        said = t.amount(amount, currency)
        if stage != MoneyStage.ISSUED and issued:
            said += t.pick("", " ") + t("({rate} of issued)", rate=t.percent(amount * 10_000 / issued))
        pairs.append((t.label(stage), said))
    pairs.append((t("Investment completed to date"), t.amount(row["invested"], currency)))
    return pairs


def _against(visit: Visit, row: Mapping[str, Any], currency: str) -> str:
    t = visit.words
    basis = t("the plan's spending curve") if row["spending_by_curve"] else t("money issued × time elapsed")
    return t(
        "As of {day}. Spending planned to that day: {planned} ({basis}); time elapsed {elapsed}. Reward approved is the ceiling, not money issued.",
        day=t.day(row["as_of"]),
        planned=t.amount(row["planned_spending"], currency),
        basis=basis,
        elapsed=t.percent(row["elapsed_bp"]),
    )


def money_rows(reports: pl.DataFrame, language: str) -> list[dict]:
    """Rows of the chart ``money``: current figures only, a missing amount draws nothing."""
    rows = []
    current = reports.filter(pl.col("superseded_at").is_null()).sort("as_of")
    for stage in MoneyStage:
        label = charts.series_label(stage, language)
        for on, fen in current.select("as_of", str(stage)).drop_nulls().iter_rows():
            value = fen / FEN_PER_WAN
            rows.append({"on": on.isoformat(), "value": value, "series": str(stage), "label": label})
    return rows
