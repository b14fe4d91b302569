"""A surface by its parts (108-I.3): tenants, promotion centre, platform, and three ways to add them up.

Which way is right nobody knows. Where they are further apart than the rule allows, a note says what the
higher figure hides. Another way to add up gets its words in ``_ways`` and ``_hidden``.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import polars as pl
import streamlit as st

from alerts.edges import Edge
from alerts.policy import Policy
from dashboard import parts
from dashboard.parts import cell, joined, wrapped
from dashboard.views.chain import edge_words, lag_words
from dashboard.visit import Visit
from models.queries.pieces import surface_parts
from models.rollups import WAYS, WORST
from models.vocabulary import TenantRole
from models.words import Words, mark

RULE = "rollups_disagree"

#: What each way is called inside a sentence.
NAMES = {
    "physical_bp": mark("the progress as reported"),
    "rollup_money_bp": mark("the figure by money"),
    "rollup_count_bp": mark("the mean"),
    "rollup_worst_bp": mark("the mean of the worst"),
}

#: In which order parts are listed.
_ORDER = (TenantRole.PROMOTION_CENTRE, TenantRole.PUBLIC_PLATFORM, TenantRole.TENANT)

Row = Mapping[str, Any]


def draw(
    visit: Visit, row: Row, policy: Policy, on: date, *, known_at: datetime | None, currency: str
) -> None:
    """The parts of a surface and their sums, or why there are none. ``row``: of ``facts``."""
    t = visit.words
    parts.heading(t("The surface by its parts"))
    told = surface_parts(visit.db, visit.scope, dict(row), on, known_at=known_at or visit.now)
    if told.is_empty():
        parts.nothing(
            t("No part of this surface was reported"),
            t(
                "Tenants, promotion centre and platform come from the form “tenants of a surface”, which the lead city hands in. Until then its progress cannot be added up in other ways."
            ),
        )
        return
    _sums(visit, row, policy, currency)
    _table(t, told)


def _sums(visit: Visit, row: Row, policy: Policy, currency: str) -> None:
    t = visit.words
    if row["tenants"] is None:
        st.caption(t("No tenant's progress was reported, so nothing can be added up."))
        return
    cards = [
        wrapped(
            "div",
            joined(
                [
                    wrapped("h3", title),
                    wrapped("div", t.percent(row[way]), "pd-big"),
                    wrapped("div", how, "pd-m"),
                ],
                "",
            ),
            "pd-card",
        )
        for way, title, how in _ways(row, t, currency)
    ]
    parts.show(wrapped("div", joined(cards, ""), "pd-cards"))
    note = masking(row, _edge(policy), t)
    if note:
        parts.show(wrapped("div", joined([wrapped("b", t("▲ Masking:")), cell(note)]), "pd-more"))
    st.caption(_apart(row, _edge(policy), t))


def _ways(row: Row, t: Words, currency: str) -> list[tuple[str, str, str]]:
    """Each roll-up with its title and its arithmetic in words."""
    n = t.number(row["tenants"], 0)
    money = t(
        "{invested} invested ÷ {total} total investment of the surface",
        invested=t.amount(row["invested"], currency),
        total=t.amount(row["total_investment"], currency),
    )
    count = t("Progress of {n} tenants added up ÷ {n}, each counting the same", n=n)
    worst = t("Mean of the {k} of {n} tenants with the least progress", k=min(WORST, row["tenants"]), n=n)
    return [
        ("rollup_money_bp", t("By money"), money),
        ("rollup_count_bp", t("By count"), count),
        ("rollup_worst_bp", t("The worst {k}", k=min(WORST, row["tenants"])), worst),
    ]


def _edge(policy: Policy) -> Edge | None:
    """From which distance the rule speaks, at its mildest."""
    rule = policy.rules.get(RULE)
    return next((edge for _, edge in rule.edges()), None) if rule else None


def masking(row: Row, edge: Edge | None, t: Words) -> str | None:
    """What the higher ways hide, where they lie further above the lowest than the rule's limit; else None."""
    low = row["rollup_low"]
    if edge is None or low is None:
        return None
    above = [
        way
        for way in WAYS
        if row[way] is not None and _beyond(edge, (row[way] - row[low]) / 100) and way != low
    ]
    if not above:
        return None
    named = t.pick("、", ", ").join(f"{t(NAMES[way])} ({t.percent(row[way])})" for way in above)
    return t("{named} hides that {hidden}.", named=named, hidden=_hidden(row, low, t))


def _beyond(edge: Edge, points: float) -> bool:
    return bool(pl.select(edge.passed(pl.lit(points))).item())


def _hidden(row: Row, low: str, t: Words) -> str:
    """What the lowest way tells."""
    value, n = t.percent(row[low]), t.number(row["tenants"], 0)
    if low == "rollup_worst_bp":
        return t(
            "the {k} tenants furthest behind stand at {value} on average; {still} of {n} stand at 5% or less",
            k=min(WORST, row["tenants"]),
            value=value,
            still=t.number(row["tenants_still"], 0),
            n=n,
        )
    if low == "rollup_count_bp":
        return t("the {n} tenants stand at {value} on average", n=n, value=value)
    if low == "rollup_money_bp":
        return t("only {value} of the total investment is completed", value=value)
    return t("the surface itself reports no more than {value}", value=value)


def _apart(row: Row, edge: Edge | None, t: Words) -> str:
    spread = row["rollup_spread_bp"]
    if spread is None:
        return t("Only one way can be worked out, so nothing can be compared.")
    return t(
        "As reported: {reported}. From the lowest way to the highest: {apart}; the rule speaks from {limit}.",
        reported=t.percent(row["physical_bp"]),
        apart=t.points(spread / 100),
        limit=edge_words(edge, t),
    )


def _table(t: Words, told: pl.DataFrame) -> None:
    heads = [
        (t("Part"), "pd-s"),
        (t("Unit"), "pd-w"),
        (t("Planned"), "pd-n"),
        (t("Reached"), "pd-n"),
        (t("Against its plan"), "pd-s"),
    ]
    rows = sorted(told.to_dicts(), key=lambda one: _ORDER.index(TenantRole(one["role"])))
    cells = [
        (
            t.label(one["role"]),
            one["unit_name"],
            t.percent(one["planned_bp"]),
            t.percent(one["actual_bp"]) if one["actual_bp"] is not None else t("Not reported"),
            None if one["behind"] is None else lag_words(one["behind"], t),
        )
        for one in rows
    ]
    parts.show(parts.table(heads, cells, t("Parts of the surface, as of {day}", day=t.day(rows[0]["as_of"]))))
