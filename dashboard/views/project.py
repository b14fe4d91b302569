"""A project's dossier: any figure on any page can be followed down to here, and from here to the row.

The state is computed from reports and plans for this one city, not read from the cache, so that what is
explained and what is shown are the same look.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl
import streamlit as st

from alerts import day as days
from alerts.explain import Baseline, explain
from alerts.in_force import judging_instant, policies_at
from alerts.judge import lights
from alerts.policy import Policy
from dashboard import filters, later, parts
from dashboard.filters import Filters
from dashboard.later import View
from dashboard.parts import joined, wrapped
from dashboard.views import (
    chain,
    issuing,
    ledger,
    missing,
    money,
    neighbours,
    park,
    path,
    progress,
    reported,
    rules,
)
from dashboard.views.industries import industry_name
from dashboard.views.issuing import About
from dashboard.views.kinds import partner_names
from dashboard.visit import Visit
from models.facts import facts
from models.queries import dossier
from models.queries.dossier import Identity
from models.queries.places import name_of
from models.vocabulary import Kind, Severity

#: Projects offered at most where none is named; the worst come first.
MOST = 200


@dataclass(frozen=True)
class Case:
    """One project on one day: who it is, its row of facts, its lights. ``row`` None: not yet registered."""

    identity: Identity
    known_at: datetime | None
    row: Mapping[str, Any] | None
    light: str | None
    light_v1: str | None
    policy: Policy
    currency: str


def render(visit: Visit) -> None:
    found = filters.read(visit)
    city, project = st.query_params.get("city", ""), st.query_params.get("project", "")
    if not project:
        _choose(visit, found)
        return
    who = None if found.outside else dossier.identity(visit.db, visit.scope, city, project)
    if who is None:
        parts.page(visit.words("Project"))
        parts.outside(visit)
        return
    case = _case(visit, found, who)
    _head(visit, found, case)
    own = days.Narrow(programme=who.programme, city=who.city)
    later.draw(visit, View("project", own, found.day, case.currency, who.code))
    if case.row is None:
        parts.nothing(
            visit.words("Not yet registered on that day"),
            visit.words("As known at the chosen instant this project was not on the list."),
        )
        return
    receipts = reported.receipts(visit, who)
    _lights(visit, case, receipts)
    progress.draw(visit, case.identity, case.row, case.known_at)
    _pieces(visit, found, case)
    money.draw(visit, case.identity, case.row, known_at=case.known_at, currency=case.currency)
    path.draw(visit, case.identity, found.day.on, case.policy, known_at=case.known_at, currency=case.currency)
    ledger.draw(visit, case.identity, case.known_at, currency=case.currency)
    reported.alerts(visit, case.identity, receipts)
    issuing.draw(visit, About(who.city, who.code))
    reported.reports(visit, case.identity, case.known_at, currency=case.currency)


def _pieces(visit: Visit, found: Filters, case: Case) -> None:
    """What a line or a surface is made of; a point is one enterprise."""
    if case.identity.kind == Kind.LINE:
        chain.draw(visit, found, case.row or {}, case.policy, known_at=case.known_at)
    elif case.identity.kind == Kind.SURFACE:
        park.draw(
            visit, case.row or {}, case.policy, found.day.on, known_at=case.known_at, currency=case.currency
        )


def _choose(visit: Visit, found: Filters) -> None:
    """No project named: offer one of those there are, worst first."""
    t = visit.words
    parts.page(t("Project"), parts.day_line(visit, found.day))
    filters.bar(visit, found, "project", "kind", "province", "city", "light")
    if found.outside:
        parts.outside(visit)
        return
    wanted = _search(visit)
    limit = None if wanted else MOST + 1
    states = _matching(days.states(visit.db, found.day, visit.scope, found.narrow, limit=limit), wanted)
    if states.is_empty():
        title = t("No project to choose from")
        missing.projects(visit, found, "project", title=title, searched=bool(wanted))
        return
    if states.height > MOST:
        st.caption(t("The worst {n} are listed; search or filter to find another.", n=MOST))
    rows = [_choice(visit, found, row) for row in states.head(MOST).iter_rows(named=True)]
    heads = [t("Light"), t("Project"), t("Code"), t("City"), t("Implementing unit"), t("As of")]
    kinds = ("pd-s", "pd-w", "pd-s", "pd-s", "", "pd-s")
    parts.show(parts.table(list(zip(heads, kinds, strict=True)), rows))


def _search(visit: Visit) -> str:
    """What a project is looked for by; in the address like every filter."""
    st.session_state["filter-q"] = st.query_params.get("q", "")
    return st.text_input(
        visit.words("Search by project name, code or implementing unit"),
        key="filter-q",
        icon=":material/search:",
        max_chars=60,
        width=520,
        on_change=lambda: filters.write("q", st.session_state["filter-q"].strip()),
    ).strip()


def _matching(states: pl.DataFrame, wanted: str) -> pl.DataFrame:
    if not wanted:
        return states
    told = pl.concat_str("name", "project", "unit_name", separator="\n", ignore_nulls=True)
    return states.filter(told.str.to_lowercase().str.contains(wanted.lower(), literal=True))


def _choice(visit: Visit, found: Filters, row: Mapping[str, Any]) -> tuple[object, ...]:
    t = visit.words
    return (
        parts.light_html(row["light"], t),
        parts.project_link(visit, row["city"], row["project"], row["name"]),
        row["project"],
        name_of(found.known.places, row["city"], t),
        row["unit_name"],
        t.day(row["as_of"]),
    )


def _case(visit: Visit, found: Filters, who: Identity) -> Case:
    day = found.day
    known_at = filters.known_by(visit, day)
    frame = facts(visit.db, day.on, known_at or visit.now, cities=frozenset({who.city})).filter(
        pl.col("project") == who.code
    )
    at = judging_instant(day.on, known_at or visit.now)
    with visit.db.ro.connect() as connection:
        policy = policies_at(connection, at).of(who.city, who.programme)
    programme = next((p for p in found.known.programmes if p.code == who.programme), None)
    currency = programme.currency if programme else "CNY"
    if frame.is_empty():
        return Case(who, known_at, None, None, None, policy, currency)
    light = lights(frame, policy).row(0, named=True)
    return Case(who, known_at, frame.row(0, named=True), light["light"], light["light_v1"], policy, currency)


def _head(visit: Visit, found: Filters, case: Case) -> None:
    name = case.row["name"] if case.row else case.identity.code
    t = visit.words
    known_at = t.instant(case.known_at or visit.now)
    parts.page(name, t("State on {on}, as known at {at}", on=t.day(found.day.on), at=known_at))
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        filters.day_picker(visit, found)
        neighbours.draw(visit, case.identity.city, case.identity.code, case.identity.programme)
    filters.notes(found)
    parts.show(parts.facts(_about(visit, found, case)))


def _about(visit: Visit, found: Filters, case: Case) -> list[tuple[str, object]]:
    t, who, row = visit.words, case.identity, case.row or {}
    city = name_of(found.known.places, who.city, t)
    pairs: list[tuple[str, object]] = [
        (t("Code"), who.code),
        (t("Kind"), t.label(who.kind) + (t(" · landmark major project") if who.landmark else "")),
        (t("Lead city"), parts.anchor(city, parts.link("city", visit, city=who.city))),
        (t("Implementing unit"), who.unit_name),
        (t("Unified social credit code"), who.unit_code),
        (t("Industry"), industry_name(who.industry, t)),
        (t("Total investment"), t.amount(row.get("total_investment"), case.currency)),
        (t("Central reward approved"), t.amount(row.get("reward"), case.currency)),
        (t("Support method"), t.label(who.support_method)),
        (t("Spending category"), t.label(who.spending_category)),
        (t("Planned period"), f"{t.day(row.get('planned_start'))} – {t.day(row.get('planned_end'))}"),
        (t("Stage reported"), t.label(row.get("stage"))),
    ]
    for label, value in (
        (t("Chain"), who.chain),
        (t("Chain-owner"), who.chain_owner),
        (t("Park"), who.park),
        (t("Partner cities"), _partners(visit, found, who)),
    ):
        if value:
            pairs.append((label, value))
    return pairs


def _partners(visit: Visit, found: Filters, who: Identity) -> str | None:
    text = ";".join(
        code if share is None else f"{code}:{visit.words.number(share / 100)}" for code, share in who.partners
    )
    return partner_names(visit, found, text)


def _lights(visit: Visit, case: Case, receipts: Mapping[str, str]) -> None:
    t = visit.words
    row = case.row or {}
    said = [
        wrapped("b", joined([t("Now:"), parts.light_html(case.light, t)])),
        wrapped("b", joined([t("On the first plan:"), parts.light_html(case.light_v1, t)])),
        wrapped(
            "span",
            t(
                "figures as of {day}; plan version {version}",
                day=t.day(row.get("as_of")),
                version=row.get("version"),
            ),
            "pd-m",
        ),
    ]
    ruled = rules.by(case.policy, t)
    if ruled:
        said.insert(2, parts.anchor(ruled, parts.link("rules", visit)))
    parts.show(wrapped("div", joined(said, " · ")))
    if row.get("as_of") is None:
        st.caption(t("No figure was ever reported for this project; nothing below is zero, it is unknown."))
    elif row.get("late"):
        st.caption(
            t(
                "Overdue: a report as of {due} was due; the newest is as of {as_of}.",
                due=t.day(row.get("due_as_of")),
                as_of=t.day(row.get("as_of")),
            )
        )
    for baseline, light, label in (
        (Baseline.CURRENT, case.light, t("Why this light: rules, arithmetic, thresholds")),
        (Baseline.FIRST, case.light_v1, t("The same against the first approved plan")),
    ):
        with st.expander(f"{parts.status(light, t)} · {label}"):
            _explanations(visit, case, baseline, receipts)


def _explanations(visit: Visit, case: Case, baseline: Baseline, receipts: Mapping[str, str]) -> None:
    """The rules that speak in full, red ones first; below them the silent ones, folded."""
    told = [
        explain(case.row or {}, rule, case.policy, visit.words, baseline=baseline)
        for rule in case.policy.project_rules
    ]
    if baseline == Baseline.CURRENT:
        told = rules.with_waiting(visit, told, (case.identity.city, case.identity.code), case.policy)
    speaking = sorted((one for one in told if one.severity), key=lambda one: one.severity != Severity.RED)
    parts.show(
        *(rules.explained(visit, one, receipts) for one in speaking),
        wrapped("div", visit.words("Rules that do not speak:"), "pd-m pd-more"),
        rules.silent(visit, [one for one in told if not one.severity], receipts),
    )
