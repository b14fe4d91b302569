"""Projects as a grid: the same columns on every list, each figure with its day and its denominator."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import polars as pl
import streamlit as st

from alerts.policy import Policy
from dashboard import address, filters, parts, takeaway
from dashboard.filters import Filters
from dashboard.views import rules
from dashboard.views.industries import industry_name
from dashboard.visit import Visit
from models.money import FEN_PER_WAN
from models.queries.places import name_of
from models.words import mark

#: Rows a grid shows at most; sorting and filters decide which.
MOST = 1_000

#: How a list may be sorted besides the worst first: label, by what, whether the largest comes first.
SORTS = {
    "lag": (mark("Most behind plan"), pl.col("planned_bp") - pl.col("physical_bp"), True),
    "execution": (
        mark("Lowest execution"),
        pl.when(pl.col("issued") > 0).then(pl.col("spent") / pl.col("issued")),
        False,
    ),
    "adjustments": (mark("Most adjustments"), pl.col("adjustments"), True),
    "old": (mark("Oldest figures"), pl.col("as_of"), False),
    "issued": (mark("Most money issued"), pl.col("issued"), True),
    "unspent": (mark("Most money not spent"), pl.col("issued") - pl.col("spent"), True),
}

#: Badges carry white words, so their colours are darker than those of charts.
BADGE_COLOURS = {
    "red": "#c22f28",
    "yellow": "#9a6b00",
    "stale": "#665bb0",
    "missing": "#66707a",
    "green": "#007a5a",
}


def grid(
    visit: Visit, found: Filters, states: pl.DataFrame, *, extra: Mapping[str, str] | None = None
) -> None:
    """The projects of ``states`` (shaped like DayState, worst first) as the address sorts them, with ``extra`` text columns.

    What speaks and its figures come first; names that only describe come last. The city is left out where
    the page is one city's.
    """
    t, extra = visit.words, dict(extra or {})
    choices = {"": t("The worst first")} | {name: t(label) for name, (label, _, _) in SORTS.items()}
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        filters.own_select("list", "sort", t("Sorted by"), choices)
        if states.height > MOST:
            st.caption(
                t(
                    "The first {shown} of {all} projects are listed; filters narrow the list.",
                    shown=t.number(MOST, 0),
                    all=t.number(states.height, 0),
                )
            )
    shown = by_choice(states, address.params().get("sort", "")).head(MOST)
    rows, columns = _rows(visit, found, shown, extra), _columns(visit, found, extra)
    takeaway.note_frame(
        rows.with_columns(code=shown["project"], name=shown["name"]), columns | {"code": t("Code")}
    )
    st.dataframe(
        rows,
        hide_index=True,
        placeholder="—",
        column_config=columns,
        column_order=[name for name in rows.columns if not (name == "place" and found.narrow.city)],
        alt=t("Projects with light, progress, spending and the day of their figures"),
        height=min(35 * rows.height + 38, 440),
    )


def by_choice(states: pl.DataFrame, choice: str) -> pl.DataFrame:
    """All of ``states`` sorted by one of ``SORTS``, what is not known last; as they come where it is none of them."""
    if choice not in SORTS:
        return states
    _, by, largest = SORTS[choice]
    return states.sort(by, descending=largest, nulls_last=True, maintain_order=True)


def _rows(visit: Visit, found: Filters, states: pl.DataFrame, extra: dict[str, str]) -> pl.DataFrame:
    t = visit.words
    lights = {str(light): [parts.status(light, t)] for light in parts.LIGHTS}
    judged_by = rules.versions(visit.db, states)
    listed = states.select("light", "light_v1", "city", "project", "name", "rules", "policy").to_dicts()
    return states.select(
        light=_series([lights[row["light"]] for row in listed], pl.List(pl.String)),
        light_v1=_series([lights[row["light_v1"]] for row in listed], pl.List(pl.String)),
        name=_series([_link(visit, row) for row in listed]),
        why=_series([_why(visit, row, judged_by[row["policy"]]) for row in listed]),
        place=_series([_place(visit, found, row["city"]) for row in listed]),
        **{name: pl.col(name) for name in list(extra)[:1]},
        progress=pl.col("physical_bp") / 100,
        planned=pl.col("planned_bp") / 100,
        lag=(pl.col("planned_bp") - pl.col("physical_bp")) / 100,
        execution=pl.when(pl.col("issued") > 0).then(pl.col("spent") * 100 / pl.col("issued")),
        as_of="as_of",
        adjustments="adjustments",
        spent=(pl.col("spent") / FEN_PER_WAN).round(6),
        issued=(pl.col("issued") / FEN_PER_WAN).round(6),
        unit="unit_name",
        **{name: pl.col(name) for name in list(extra)[1:]},
        industry=_series([industry_name(code, t) for code in states["industry"]]),
    )


def _columns(visit: Visit, found: Filters, extra: dict[str, str]) -> dict:
    t, config = visit.words, st.column_config
    unit = t("10k yuan") if found.currency == "CNY" else t("10k {currency}", currency=found.currency)
    badges = [parts.status(light, t) for light in parts.LIGHTS]
    colours = [BADGE_COLOURS[light] for light in parts.LIGHTS]
    return {
        "light": config.MultiselectColumn(
            t("Light"), options=badges, color=colours, help=t("Against the plan in force"), pinned=True
        ),
        "light_v1": config.MultiselectColumn(
            t("First plan"), options=badges, color=colours, help=t("Against the first approved plan")
        ),
        "name": config.LinkColumn(t("Project"), display_text="#(.*)$", width=250),
        "why": config.TextColumn(t("Why"), width=t.pick(235, 330)),
        "place": t("City"),
        "unit": config.TextColumn(t("Implementing unit"), width="medium"),
        "industry": config.TextColumn(t("Industry"), width="medium"),
        **extra,
        "progress": config.NumberColumn(
            t("Progress, %"), format="%.2f", help=t("Physical progress as reported")
        ),
        "planned": config.NumberColumn(
            t("Planned, %"),
            format="%.2f",
            help=t("By the plan's curve, else the time elapsed, on the figure's day"),
        ),
        "lag": config.NumberColumn(
            t("Behind, points"), format="%.2f", help=t("Planned minus reported, in percentage points")
        ),
        "execution": config.NumberColumn(t("Execution, %"), format="%.1f", help=t("Spent ÷ issued")),
        "spent": config.NumberColumn(t("Spent, {unit}", unit=unit), format="%,.2f"),
        "issued": config.NumberColumn(t("Issued, {unit}", unit=unit), format="%,.2f"),
        "adjustments": config.NumberColumn(t("Adjustments"), help=t("Approved and pending")),
        "as_of": config.DateColumn(t("As of"), format="YYYY-MM-DD"),
    }


def _series(values: Sequence, dtype: pl.DataType | type = pl.String) -> pl.Series:
    return pl.Series(values=values, dtype=dtype)


def _link(visit: Visit, row: Mapping[str, str]) -> str:
    return parts.link("project", visit, city=row["city"], project=row["project"]) + "#" + quote(row["name"])


def _why(visit: Visit, row: Mapping[str, Any], policy: Policy) -> str:
    """What speaks, and by which rules where they are not the carried ones."""
    t = visit.words
    said = (rules.speaking(row["rules"], policy, t), rules.by(policy, t))
    return " · ".join(part for part in said if part)


def _place(visit: Visit, found: Filters, code: str) -> str:
    return name_of(found.known.places, code, visit.words)
