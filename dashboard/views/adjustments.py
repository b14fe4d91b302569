"""The ledger of plan adjustments across all projects in scope: who asked for what, why, who decided, how often.

What the adjustments do to the cities is drawn by ``city_effects.py``. Refuses to show more than ``MOST`` rows: the
most often adjusted projects come first, and the filters find the others. A filter of this page is a choice in
``_choices`` and its reading in ``_wanted``.
"""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
import streamlit as st

from dashboard import filters, parts, takeaway
from dashboard.filters import Filters
from dashboard.parts import Safe, joined, wrapped
from dashboard.views import city_effects, missing
from dashboard.views.ledger import changes_html, decision, signed, status
from dashboard.visit import Visit
from models import ledger
from models.access import Action
from models.kept import Kept
from models.money import FEN_PER_WAN
from models.plan_words import field_label
from models.plans import PLAN_FIELDS
from models.queries import dossier
from models.queries import ledger as query
from models.queries.dossier import Change
from models.queries.places import name_of
from models.vocabulary import AdjustmentStatus, Ground, Kind, Role
from models.words import mark

#: Rows shown at most.
MOST = 100

#: Ledgers with the cities' plans, as they stood at a mark (``query.mark``).
_LEDGERS = Kept(8, seconds=600)

#: Days back that the ledger can be narrowed to.
PERIODS = {"30": 30, "90": 90, "365": 365}

_PERIODS = {
    "30": mark("Last 30 days"),
    "90": mark("Last 90 days"),
    "365": mark("Last 12 months"),
    "year": mark("This year"),
}

#: The page's own filters.
OWN = {
    "state": mark("Status"),
    "changed": mark("What changed"),
    "ground": mark("Ground"),
    "period": mark("Time"),
}


def render(visit: Visit) -> None:
    t = visit.words
    found = filters.read(visit)
    parts.page(t("Plan adjustments"), parts.day_line(visit, found.day))
    filters.bar(visit, found, "adjustments", "kind", "province", "city")
    if found.outside:
        parts.outside(visit)
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        for name, choices in _choices(visit).items():
            filters.own_select("adjustments", name, t(OWN[name]), choices)
    known_at = filters.known_by(visit, found.day)
    entries, plans = _told(visit, found, known_at)
    if plans.is_empty():
        missing.projects(visit, found, "adjustments")
        return
    cities = ledger.cities(entries, plans)
    shown = _wanted(entries, found.day.on)
    _summary(visit, entries, cities)
    _rows(visit, found, shown, cities, known_at or visit.now)
    if known_at is None:
        _decide(visit, found, entries)
    city_effects.draw(visit, found, shown, cities, known_at or visit.now)


def _choices(visit: Visit) -> dict[str, dict[str, str]]:
    """The page's own filters: code → shown text, "" means all."""
    t = visit.words
    return {
        "state": {"": t("Any decision")} | {str(one): status(one, t) for one in AdjustmentStatus},
        "changed": {"": t("Anything changed")} | {one: _field(one, visit) for one in ledger.CHANGED},
        "ground": {"": t("Any ground")}
        | {str(ground): t.label(ground) for ground in Ground}
        | {"none": t("no ground given")},
        "period": {"": t("Any time")} | {code: t(label) for code, label in _PERIODS.items()},
    }


def _field(name: str, visit: Visit) -> str:
    return visit.words("Plan curve") if name == "curve" else field_label(name, visit.words)


def _wanted(entries: pl.DataFrame, on: date) -> pl.DataFrame:
    """The rows that the page's own filters leave."""
    asked = {name: st.session_state.get(filters.own_key("adjustments", name)) or None for name in OWN}
    since = None
    if asked["period"] == "year":
        since = date(on.year, 1, 1)
    elif asked["period"]:
        since = on - timedelta(days=PERIODS[asked["period"]])
    return ledger.wanted(
        entries, status=asked["state"], changed=asked["changed"], ground=asked["ground"], since=since
    )


def _told(visit: Visit, found: Filters, known_at: datetime | None) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The ledger and the cities' plans, worked out again only when one of them has changed. Shared: never altered."""
    until, narrow = known_at or visit.now, asdict(found.narrow)
    marked = query.mark(visit.db, visit.scope)
    key = (visit.db, visit.scope.cities, found.day.on, known_at, found.narrow, marked)

    def read() -> tuple[pl.DataFrame, pl.DataFrame]:
        entries = query.entries(visit.db, visit.scope, found.day.on, until, narrow)
        return entries, query.plans(visit.db, visit.scope, found.day.on, until, narrow)

    return _LEDGERS.get(key, read)


def _summary(visit: Visit, entries: pl.DataFrame, cities: pl.DataFrame) -> None:
    t, whole = visit.words, ledger.added(cities).row(0, named=True)
    frequent = entries.filter(pl.col("adjustments_12m") >= ledger.OFTEN).select(ledger.KEY).n_unique()
    parts.show(
        parts.facts(
            [
                (t("Adjustments"), t.number(whole["adjustments"], 0)),
                (t("of which waiting"), t.number(whole["pending"], 0)),
                (t("Refused, not counted"), t.number(whole["rejected"], 0)),
                (
                    t("Projects adjusted"),
                    t(
                        "{n} of {all}",
                        n=t.number(whole["adjusted_projects"], 0),
                        all=t.number(whole["projects"], 0),
                    ),
                ),
                (t("Adjusted {n} times or more in 12 months", n=ledger.OFTEN), t.number(frequent, 0)),
                (t("Total investment against version 1"), signed(whole["investment_bp"], t)),
                (t("Central reward against version 1"), signed(whole["reward_bp"], t)),
                (t("Planned completion, mean shift"), city_effects.days(whole["end_days_mean"], t)),
            ]
        )
    )


def _rows(
    visit: Visit, found: Filters, shown: pl.DataFrame, cities: pl.DataFrame, known_at: datetime
) -> None:
    t = visit.words
    parts.heading(t("The ledger, the most often adjusted first"))
    if shown.is_empty():
        parts.nothing(
            t("No adjustment here"),
            t("Either no plan was changed yet, or the filters above leave no entry."),
        )
        return
    decides = visit.may(Action.DECIDE)
    rows = ledger.worst_first(shown, waiting_first=decides).head(MOST)
    rows = query.people_and_names(visit.db, visit.scope, rows, known_at)
    said = t("{shown} of {all} entries.", shown=t.number(rows.height, 0), all=t.number(shown.height, 0))
    order = (
        t(
            "What waits for a decision is on top, the longest waiting first; then projects by adjustments in 12 months and by the size of the change."
        )
        if decides
        else t("Projects by adjustments in 12 months, then by the size of the change.")
    )
    st.caption(said + t.pick("", " ") + order)
    heads = [
        (t("Project"), "pd-w"),
        (t("Times adjusted"), "pd-s"),
        (t("Status"), "pd-w"),
        (t("Asked"), "pd-w"),
        (t("Before → after"), "pd-w"),
        (t("Ground and document"), "pd-w"),
        (t("Effect on the city"), "pd-w"),
    ]
    totals = {row["city"]: row for row in cities.iter_rows(named=True)}
    told = [_row(visit, found, row, totals[row["city"]]) for row in rows.iter_rows(named=True)]
    parts.show(parts.table(heads, told))
    if shown.height > rows.height:
        _whole_to_take_away(visit, found, shown)


def _whole_to_take_away(visit: Visit, found: Filters, shown: pl.DataFrame) -> None:
    """All entries that the filters leave, for the download: more than a page shows. Money in 万元."""
    t = visit.words
    places = {code: name_of(found.known.places, code, t) for code in shown["city"].unique()}
    states = {str(one): t.label(one) for one in AdjustmentStatus}
    grounds = {str(one): t.label(one) for one in Ground}
    labels = {
        "city": t("City"),
        "project": t("Code"),
        "number": t("No."),
        "status": t("Status"),
        "adjusted_on": t("Adjusted on"),
        "ground": t("Ground"),
        "document_no": t("Document"),
        "adjustments_12m": t("Adjustments within 12 months"),
        "planned_end_old": t("Planned end, before"),
        "planned_end_new": t("Planned end, after"),
        "end_days": t("Planned end, days"),
        "investment_moved": t("Total investment, moved by, 10k yuan"),
        "reward_moved": t("Central reward, moved by, 10k yuan"),
    }
    told = shown.select(labels.keys()).with_columns(
        pl.col("city").replace(places),
        pl.col("status").replace(states),
        pl.col("ground").replace(grounds),
        pl.col("investment_moved", "reward_moved") / FEN_PER_WAN,
    )
    takeaway.note_frame(told, labels, t("The whole ledger"))
    st.caption(t("The download has all {n} entries.", n=t.number(shown.height, 0)))


def _row(visit: Visit, found: Filters, row: Mapping[str, Any], city: Mapping[str, Any]) -> tuple[object, ...]:
    t = visit.words
    place = parts.anchor(
        name_of(found.known.places, row["city"], t), parts.link("city", visit, city=row["city"])
    )
    who = joined([place, wrapped("span", t.label(Kind(row["kind"])), "pd-m")], " · ")
    link = parts.project_link(visit, row["city"], row["project"], row["name"] or row["project"])
    state: list[object] = [status(row["status"], t)]
    if row["status"] == AdjustmentStatus.PENDING:
        state.append(t("{n} days waiting", n=t.number((found.day.on - row["adjusted_on"]).days, 0)))
    ground: list[object] = [t.label(Ground(row["ground"])) if row["ground"] else t("no ground given")]
    ground += [one for one in (row["ground_note"], row["document_no"]) if one]
    if row["decided_at"] is not None:
        state += [t.instant(row["decided_at"]), *_person(visit, row["decided_by"], row["decided_role"])]
    times: list[object] = [
        t("{n} in 12 months", n=row["adjustments_12m"]),
        t("{n} in all", n=row["adjustments"]),
    ]
    return (
        _lines([link, who]),
        _lines(times),
        _lines(state),
        _lines([t.day(row["adjusted_on"]), *_person(visit, row["asked_by"], row["asked_role"])]),
        _changed(visit, found, row),
        _lines(ground),
        _lines(city_effects.of_one(row, city, t, found.currency)),
    )


def _lines(pieces: list[object]) -> Safe:
    return joined(pieces, Safe("<br>"))


def _person(visit: Visit, name: str | None, role: str | None) -> list[object]:
    """Who it was, and at which desk; a name without an account has none."""
    if name is None:
        return []
    desk = [] if role is None else [visit.words.label(Role(role))]
    box, at, host = name.partition("@")
    return [*desk, wrapped("span", joined([box, at + host], Safe("<wbr>")), "pd-m")]


def _changed(visit: Visit, found: Filters, row: Mapping[str, Any]) -> Safe:
    t = visit.words
    changes = tuple(
        Change(field, row[f"{field}_old"], row[f"{field}_new"])
        for field in PLAN_FIELDS
        if row[f"{field}_old"] is not None or row[f"{field}_new"] is not None
    )
    lines: list[object] = [changes_html(changes, t, found.currency)] if changes else []
    if row["curve"]:
        lines.append(t("Plan curve: {n} figures", n=t.number(row["curve"], 0)))
    return _lines(lines or ["—"])


def _decide(visit: Visit, found: Filters, entries: pl.DataFrame) -> None:
    """The form of the dossier for one waiting adjustment, chosen here; the longest waiting is offered first."""
    t = visit.words
    waits = entries.filter(pl.col("status") == str(AdjustmentStatus.PENDING)).sort(
        "adjusted_on", "city", "project"
    )
    if not visit.may(Action.DECIDE) or waits.is_empty():
        return
    parts.heading(t("Decide"))
    offered = query.people_and_names(visit.db, visit.scope, waits.head(MOST), visit.now)
    rows = {(row["city"], row["project"], row["number"]): row for row in offered.iter_rows(named=True)}
    chosen = st.selectbox(
        t("Adjustment that waits"),
        list(rows),
        format_func=lambda key: (
            f"{t.day(rows[key]['adjusted_on'])} · {rows[key]['name'] or key[1]} · {key[2]}"
        ),
        key="adjustments-decide",
        index=None,
        placeholder=t("Choose one of {n}", n=t.number(waits.height, 0)),
    )
    if chosen is None:
        return
    city, project, number = chosen
    who = dossier.identity(visit.db, visit.scope, city, project)
    told = dossier.adjustments(visit.db, visit.scope, city, project)
    entry = next(
        (one for one in told if one.number == number and one.status == AdjustmentStatus.PENDING), None
    )
    if who is None or entry is None:
        return
    parts.show(changes_html(entry.changes, t, found.currency))
    decision(visit, who, entry)
