"""The alerts there are: open or closed, since when, why, what clears them, and whether the mails left."""

from collections.abc import Mapping
from typing import Any

import polars as pl
import streamlit as st

from alerts.explain import explain
from dashboard import filters, parts
from dashboard.filters import Filters
from dashboard.parts import Safe, joined, wrapped
from dashboard.views import (
    alert,
    issuing,
    order_words,
    reported,
    rules,
    silences_held,
    silencing,
    triage,
    triage_acts,
)
from dashboard.visit import Visit
from models import clock
from models.queries import alert_list, orders, places
from models.queries.alert_list import NOBODY, Wanted
from models.queries.places import name_of
from models.vocabulary import MessageState, Severity

#: Alerts listed at most; reds and the oldest come first.
MOST = 200

_OWN = ("state", "rule", "severity", "laid")

#: Values of the filter "laid".
_MINE, _NOBODY = "me", "nobody"


def render(visit: Visit) -> None:
    t = visit.words
    if "alert" in st.query_params:
        alert.render(visit, st.query_params.get("city", ""), st.query_params["alert"])
        return
    found = filters.read(visit)
    parts.page(t("Alerts"), t("As they stand now, whatever day the link names"))
    filters.bar(visit, found, "alerts", "kind", "province", "city", more=lambda: _own_filters(visit))
    _own_notes(visit)
    if found.outside:
        parts.outside(visit)
        return
    wanted = _wanted(visit, found)
    counts = alert_list.counts(visit.db, visit.scope, wanted)
    total = sum(counts.values())
    if not total:
        parts.show(_mails(visit))
        triage_acts.tell(visit)
        _nothing(visit, wanted)
        silences_held.draw(visit)
        return
    standing = orders.standing_on(visit.db, visit.scope)
    if triage.choosing(visit, wanted):
        at = triage.start(wanted, total)
        page = {"limit": triage.PAGE, "offset": at, "group": triage.group()}
        rows = silencing.of_alerts(visit, alert_list.alerts(visit.db, visit.scope, wanted, **page))
        _table(visit, found, rows, wanted, standing)  # not shown: noted for downloads
        triage.draw(visit, wanted, rows, total, standing)
        return
    parts.show(_mails(visit), _counts(visit, counts))
    triage.lead_in(visit, wanted)
    rows = silencing.of_alerts(visit, alert_list.alerts(visit.db, visit.scope, wanted, limit=MOST))
    parts.show(_table(visit, found, rows, wanted, standing))
    if total > rows.height:
        st.caption(
            t(
                "{shown} of {all} are listed; filters narrow the list.",
                shown=rows.height,
                all=t.number(total, 0),
            )
        )
    silences_held.draw(visit)
    _thresholds(visit)


def _own_filters(visit: Visit) -> None:
    """Open or closed, rule, severity: also in the address; an unknown value counts as all."""
    for name, (label, choices) in _own_choices(visit).items():
        filters.own_select("alert", name, label, choices)


def _own_notes(visit: Visit) -> None:
    """Say which of the page's own filters was left out."""
    for name, (label, choices) in _own_choices(visit).items():
        asked = st.query_params.get(name, "")
        if asked not in choices:
            note = visit.words(
                "“{value}” is not a valid value of the filter {name}; it was left out.",
                value=asked[:60],
                name=label,
            )
            st.warning(parts.escape(note), icon=":material/filter_alt_off:")


def _own_choices(visit: Visit) -> dict[str, tuple[str, dict[str, str]]]:
    """Filter → its label, and code → shown text; "" means all."""
    t = visit.words
    policy = rules.policy(visit.db)
    names = {rule: rules.title(rule, policy, t) for rule in (*policy.rules, *alert_list.rules_seen(visit.db))}
    severities = {str(severity): parts.severity(severity, t) for severity in Severity}
    return {
        "state": (t("Open or closed"), {"": t("Open"), "closed": t("Closed")}),
        "rule": (t("Rule"), {"": t("All rules"), **names}),
        "severity": (t("Severity"), {"": t("Red and yellow"), **severities}),
        "laid": (
            t("Assigned to"),
            {
                "": t("Any assignee"),
                _MINE: t("Mine: assigned to me"),
                _NOBODY: t("Assigned to nobody"),
            },
        ),
    }


def _wanted(visit: Visit, found: Filters) -> Wanted:
    narrow, asked = (
        found.narrow,
        {name: st.session_state[filters.own_key("alert", name)] or None for name in _OWN},
    )
    cities = frozenset({narrow.city}) if narrow.city else None
    if narrow.province and cities is None:
        reachable = places.cities(visit.db, visit.scope)
        cities = frozenset(place.code for place in reachable if place.province == narrow.province)
        cities |= {narrow.province}
    return Wanted(
        open=asked["state"] != "closed",
        programme=narrow.programme,
        kind=narrow.kind,
        cities=cities,
        rule=asked["rule"],
        severity=asked["severity"],
        assignee={_MINE: visit.scope.email, _NOBODY: NOBODY}.get(asked["laid"] or ""),
    )


def _nothing(visit: Visit, wanted: Wanted) -> None:
    t = visit.words
    if wanted.open:
        parts.nothing(
            t("No open alert"),
            t("No rule speaks on a project in your scope with these filters, or the day was not judged yet."),
        )
        parts.show(parts.anchor(t("How lights and alerts are judged"), parts.link("method", visit)))
        return
    parts.nothing(t("No closed alert"), t("An alert closes when its rule is silent again on known figures."))


def _mails(visit: Visit) -> Safe:
    t = visit.words
    counts = alert_list.mail_state(visit.db, visit.scope)
    said = t.pick("，", ", ").join(f"{t.label(s)} {t.number(counts.get(s, 0), 0)}" for s in MessageState)
    line = t("Mails to desks in your scope: {said}.", said=said)
    more = parts.anchor(t("Letters that did not arrive"), parts.link("letters", visit))
    return wrapped("div", joined([line, more]), "pd-m")


def _counts(visit: Visit, counts: Mapping[tuple[str, str], int]) -> Safe:
    """Each rule with its reds and yellows, the most first; a number leads to what it counts."""
    t, policy, levels = visit.words, rules.policy(visit.db), ("red", "yellow")
    here = {name: st.query_params.get(name) for name in ("kind", "province", "city", "state", "laid")}
    pairs = []
    ranked = sorted(
        {rule for rule, _ in counts}, key=lambda one: [-counts.get((one, lv), 0) for lv in levels]
    )
    for rule in ranked:
        marks = (
            parts.light_html(
                level,
                t,
                parts.anchor(
                    t.number(counts[rule, level], 0),
                    parts.link("alerts", visit, **here, rule=rule, severity=level),
                ),
            )
            for level in levels
            if counts.get((rule, level))
        )
        pairs.append((rules.title(rule, policy, t), joined(marks, "  ")))
    return parts.facts(pairs)


_Standing = Mapping[tuple[str, str | None, str], tuple[str, str]]


def _table(visit: Visit, found: Filters, rows: pl.DataFrame, wanted: Wanted, standing: _Standing) -> Safe:
    t = visit.words
    heads = [
        (t("Severity"), "pd-s"),
        (t("Rule"), "pd-s"),
        (t("Project or city"), "pd-w"),
        (t("Since"), "pd-s"),
        (t("Last judged") if wanted.open else t("Closed on"), "pd-s"),
        (t("Last change and its reason"), "pd-w"),
        (t("What clears it"), "pd-w"),
        (t("Assigned to"), "pd-s"),
        (t("Orders"), "pd-s"),
    ]
    return parts.table(
        heads,
        [(*_row(visit, found, row), _order(visit, row, standing)) for row in rows.iter_rows(named=True)],
    )


def _order(visit: Visit, row: Mapping[str, Any], standing: _Standing) -> Safe:
    """The open order on what the alert speaks of, or where those who may issue one."""
    known = standing.get((row["city"], row["project"], row["rule"]))
    if known is not None:
        return parts.anchor(known[1], order_words.page_of(visit, row["city"], known[0]))
    if row["closed_on"] is None and issuing.tiers(visit, row["city"]):
        page = parts.link("alerts", visit, city=row["city"], alert=row["id"], issue=1)
        return parts.anchor(visit.words("Issue an order"), page)
    return parts.cell("")


def _row(visit: Visit, found: Filters, row: Mapping[str, Any]) -> tuple[object, ...]:
    t = visit.words
    policy = rules.policy(visit.db, row["policy"])
    limits = policy.rules.get(row["rule"])
    where = name_of(found.known.places, row["city"], t)
    name = parts.subject_link(visit, row, where)
    changed = joined(
        [
            wrapped("span", t.day(row["event_on"]), "pd-s"),
            t.label(row["transition"]),
            wrapped("span", reported.told_reason(visit, row["reason"], row["rule"], row["policy"]), "pd-m"),
        ]
    )
    said = [parts.severity_html(row["severity"], t)]
    if alert.is_acknowledged(row["acknowledged_on"], limits, visit.today) and row["closed_on"] is None:
        said.append(wrapped("div", t("Acknowledged"), "pd-m"))
    if row["silence"] and row["closed_on"] is None:
        until = t("Silenced until {day}", day=t.day(clock.local_day(row["until_at"])))
        said.append(wrapped("div", until, "pd-m"))
    return (
        joined(said, ""),
        parts.anchor(rules.title(row["rule"], policy, t), reported.page_of(visit, row["city"], row["id"])),
        joined([name, wrapped("div", where, "pd-m")] if row["project"] else [name], ""),
        t.day(row["opened_on"]),
        t.day(row["closed_on"] or row["last_on"]),
        changed,
        t(limits.action) if limits else "—",
        row["assignee_name"] or row["assignee"] or "",
    )


def _thresholds(visit: Visit) -> None:
    """What each rule says, its clause, its threshold, and where the threshold comes from."""
    t, policy = visit.words, rules.policy(visit.db)
    with st.expander(t("The rules, their thresholds and sources")):
        heads = [
            (t("Rule"), "pd-s"),
            (t("Clause"), "pd-s"),
            (t("Threshold"), "pd-w"),
            (t("Source of the threshold"), "pd-w"),
            (t("Colours the light"), "pd-s"),
        ]
        told = [explain({}, rule, policy, t) for rule in policy.rules]
        parts.show(
            parts.table(
                heads,
                [
                    (
                        one.title,
                        wrapped("span", one.clause),
                        joined(one.thresholds, t.pick("；", "; ")),
                        one.source,
                        t("yes") if one.colours_light else t("no"),
                    )
                    for one in told
                ],
            )
        )
