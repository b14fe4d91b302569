"""What adjustments do to the cities: by one entry, added up by city, and beside the nation; with the charts.

All against version 1, the first approved plans. A city that somebody may not see is in the nation's row only, and
that row is left out where it would give such a city away (``models/peers.py``).
"""

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import date, datetime
from typing import Any

import polars as pl
import streamlit as st

from dashboard import filters, parts
from dashboard.filters import Filters
from dashboard.views.ledger import signed, status
from dashboard.visit import Visit
from models import ledger
from models.kept import Kept
from models.peers import LEAST_PEERS
from models.queries import ledger as query
from models.queries.places import name_of
from models.vocabulary import AdjustmentStatus, Ground, Kind
from models.words import Words

#: Cities listed and drawn at most.
MOST_CITIES, MOST_BARS = 60, 20

#: The nation's rows for readers of a part of it, as they stood at a mark (``query.mark``).
_NATIONS = Kept(64, seconds=600)

#: Signs of parts of a stack, so that black and white tells them apart.
_SIGNS = "①②③④⑤⑥⑦⑧⑨"


def days(value: float | None, t: Words) -> str:
    """Days that something moved, with their direction."""
    if value is None:
        return "—"
    return t("{n} days", n=("+" if value > 0 else "") + t.number(value, 1))


def of_one(row: Mapping[str, Any], city: Mapping[str, Any], t: Words, currency: str) -> list[str]:
    """What one adjustment does to its city's totals, a sentence a line; ``city`` is a row of ``ledger.cities``."""
    if row["status"] == AdjustmentStatus.REJECTED:
        return [t("none: refused")]
    said = []
    if row["investment_moved"] and city["investment_v1"]:
        share = _share(row["investment_moved"], city["investment_v1"], t)
        said.append(t("investment {share} of the city's", share=share))
    if row["reward_moved"] and city["reward_v1"]:
        share = _share(row["reward_moved"], city["reward_v1"], t)
        said.append(t("central money {share} of the city's", share=share))
    return said + _completion(row, city, t) or [t("none on investment, money or completion")]


def _share(moved: int, whole: int, t: Words) -> str:
    share = moved * 10_000 / whole
    return ("+" if share > 0 else "") + t.percent(share, 2)


def _completion(row: Mapping[str, Any], city: Mapping[str, Any], t: Words) -> list[str]:
    """Does it move the city's last planned completion?"""
    if row["planned_end_new"] is None:
        return []
    new, last = date.fromisoformat(row["planned_end_new"]), city["last_end"]
    if row["status"] == AdjustmentStatus.PENDING and new > last:
        return [t("last completion {before} → {after}", before=t.day(last), after=t.day(new))]
    if row["status"] == AdjustmentStatus.APPROVED and new == last and last != city["last_end_v1"]:
        return [t("sets the city's last completion, {day}", day=t.day(last))]
    return [t("last completion stays {day}", day=t.day(last))]


def draw(visit: Visit, found: Filters, shown: pl.DataFrame, cities: pl.DataFrame, known_at: datetime) -> None:
    """The charts and the table by city. ``shown``: the entries that the page's filters leave."""
    t = visit.words
    _months(visit, shown)
    parts.heading(t("What the adjustments did to the cities"))
    st.caption(
        t(
            "Against the first approved plans, of all entries in the cities and kinds chosen, whatever their status; what waits has moved nothing yet."
        )
    )
    nation, count = _nation(visit, found, cities, known_at)
    if nation is None:
        st.caption(
            t(
                "No comparison with the nation: it takes at least {n} other cities, so that none can be worked out.",
                n=LEAST_PEERS,
            )
        )
    worst = cities.sort(
        "per_project", pl.col("investment_bp").abs(), "city", descending=[True, True, False], nulls_last=True
    )
    parts.show(parts.table(_heads(t), _body(visit, found, worst.head(MOST_CITIES), nation, count)))
    if worst.height > MOST_CITIES:
        st.caption(t("{shown} of {all} cities, the worst first.", shown=MOST_CITIES, all=worst.height))
    drawn = 0
    for name, value, title in (
        ("drift_money", "investment_bp", t("Total investment of each city against version 1")),
        ("drift_days", "end_days_mean", t("Planned completion of each city against version 1")),
    ):
        rows = drift_rows(visit, found, worst, value, nation)
        drawn += len(rows)
        if rows:
            parts.chart(visit, name, rows, title)
    if nation is not None and drawn:
        st.caption(t("The dashed line is the nation's, of {n} cities.", n=count))


def _nation(
    visit: Visit, found: Filters, cities: pl.DataFrame, known_at: datetime
) -> tuple[Mapping[str, Any] | None, int]:
    """The nation's row and of how many cities; None where it may not be told."""
    if visit.scope.cities is None and found.narrow.province is None and found.narrow.city is None:
        return ledger.added(cities).row(0, named=True), cities.height
    marked = query.mark(visit.db, replace(visit.scope, cities=None))
    pinned, on = filters.known_by(visit, found.day), found.day.on

    def read() -> tuple[Mapping[str, Any] | None, int]:
        whole, count = query.nation(visit.db, visit.scope, on, known_at, asdict(found.narrow))
        return (None if whole.is_empty() else whole.row(0, named=True)), count

    return _NATIONS.get((visit.db, visit.scope.cities, on, pinned, found.narrow, marked), read)


def _heads(t: Words) -> list[tuple[str, str]]:
    return [
        (t("City"), "pd-s"),
        (t("Adjustments ÷ projects"), "pd-n"),
        (t("Status"), "pd-s"),
        (t("Total investment, moved by"), "pd-n"),
        (t("Central reward, moved by"), "pd-n"),
        (t("Completion, days a project"), "pd-n"),
        (t("First to last completion"), "pd-s"),
        (t("If what waits were accepted"), "pd-w"),
    ]


def _body(
    visit: Visit, found: Filters, worst: pl.DataFrame, nation: Mapping[str, Any] | None, count: int
) -> list[tuple[object, ...]]:
    t = visit.words
    body = []
    if nation is not None:
        body.append(_city(t("The nation, {n} cities", n=count), nation, t, found.currency, waits=False))
    for row in worst.iter_rows(named=True):
        name = name_of(found.known.places, row["city"], t)
        link = parts.anchor(name, parts.link("city", visit, city=row["city"]))
        body.append(_city(link, row, t, found.currency, waits=True))
    return body


def _city(
    name: object, row: Mapping[str, Any], t: Words, currency: str, *, waits: bool
) -> tuple[object, ...]:
    many = (
        f"{t.number(row['adjustments'], 0)} ÷ {t.number(row['projects'], 0)} = {t.number(row['per_project'])}"
    )
    return (
        name,
        many,
        parts.joined(
            (
                f"{status(code, t)} {t.number(row[code], 0)}"
                for code in (AdjustmentStatus.APPROVED, AdjustmentStatus.PENDING)
                if row[code]
            ),
            parts.Safe("<br>"),
        ),
        _moved(row["investment"] - row["investment_v1"], row["investment_bp"], t, currency),
        _moved(row["reward"] - row["reward_v1"], row["reward_bp"], t, currency),
        days(row["end_days_mean"], t),
        _completions(row, t),
        _if_accepted(row, t, currency) if waits and row["pending"] else "—",
    )


def _completions(row: Mapping[str, Any], t: Words) -> parts.Safe:
    """From the first planned completion to the last: now, and by version 1 where that was another."""
    now, first = (f"{t.day(row[f'first_end{v}'])} – {t.day(row[f'last_end{v}'])}" for v in ("", "_v1"))
    if now == first:
        return parts.cell(now)
    return parts.joined([parts.wrapped("span", first, "pd-old"), now], parts.Safe("<br>"))


def _moved(fen: int, share: float | None, t: Words, currency: str) -> str:
    return "0" if not fen else f"{'+' if fen > 0 else ''}{t.amount(fen, currency)} ({signed(share, t)})"


def _if_accepted(row: Mapping[str, Any], t: Words, currency: str) -> str:
    money, reward = row["pending_investment"], row["pending_reward"]
    return t(
        "investment {money}, central money {reward}, completion {days} in all",
        money=("+" if money > 0 else "") + t.amount(money, currency),
        reward=("+" if reward > 0 else "") + t.amount(reward, currency),
        days=days(row["pending_end_days"], t),
    )


def drift_rows(
    visit: Visit, found: Filters, cities: pl.DataFrame, value: str, nation: Mapping[str, Any] | None
) -> list[dict]:
    """Rows of the drift charts: the cities that moved most, either way; none where none has moved."""
    t = visit.words
    moved = cities.filter(pl.col(value).is_not_null() & (pl.col(value) != 0))
    moved = moved.sort(pl.col(value).abs(), "city", descending=[True, False]).head(MOST_BARS)
    money = value == "investment_bp"
    scale = 100 if money else 1
    beside = None if nation is None or nation[value] is None else nation[value] / scale
    return [
        {
            "city": name_of(found.known.places, row["city"], t),
            "order": order,
            "value": row[value] / scale,
            "said": signed(row[value], t) if money else days(row[value], t),
            "nation": beside,
        }
        for order, row in enumerate(moved.iter_rows(named=True))
    ]


def _months(visit: Visit, shown: pl.DataFrame) -> None:
    """Adjustments a month, by ground or by kind."""
    t = visit.words
    parts.heading(t("Adjustments by month"))
    filters.own_select("adjustments", "by", t("Part"), {"": t("By ground"), "kind": t("By kind")})
    by = st.session_state.get(filters.own_key("adjustments", "by")) or "ground"
    rows = month_rows(shown, by, t)
    if not rows:
        st.caption(t("No adjustment that counts is left by the filters."))
        return
    parts.chart(visit, "adjusted", rows, t("Adjustments a month, refused ones left out"))
    heads = [(t("Month"), "pd-s"), (t("Part"), ""), (t("Adjustments"), "pd-n")]
    with st.expander(t("The same as a table")):
        body = [(row["month"], row["label"], t.number(row["adjustments"], 0)) for row in rows]
        parts.show(parts.table(heads, body, t("Adjustments by month")))


def month_rows(shown: pl.DataFrame, by: str, t: Words) -> list[dict]:
    """Rows of the chart ``adjusted``; ``by``: ground or kind."""
    told = ledger.by_month(shown, by)
    order: list[str | None] = [str(one) for one in (Ground if by == "ground" else Kind)]
    order.append(None)
    labels = {
        code: t("no ground given") if code is None else t.label((Ground if by == "ground" else Kind)(code))
        for code in order
    }
    return [
        {
            "month": f"{month:%Y-%m}",
            "label": f"{_SIGNS[order.index(code)]} {labels[code]}",
            "sign": _SIGNS[order.index(code)],
            "place": order.index(code),
            "adjustments": count,
        }
        for month, code, count in told.iter_rows()
    ]
