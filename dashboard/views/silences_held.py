"""Silences that hold now within the reader's reach, and the form for one wider than a city: a rule, in a province or
everywhere. Narrower ones are set where their alerts are (``silencing``, ``triage_acts``)."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any

import streamlit as st

from alerts.policy import Policy
from alerts.silences import LONGEST, Wish, end_silences, set_silence, stored_silences
from dashboard import parts
from dashboard.views import reported, rules, silencing
from dashboard.visit import Visit
from models.access import Action
from models.clock import CHINA
from models.places import NATION
from models.queries import alert_list, places
from models.queries.alert_list import Wanted
from models.queries.places import PlaceRow, name_of

#: Silences listed at most; the ones that end first.
MOST = 100


def draw(visit: Visit) -> None:
    """What is silenced now, and the form of those whose scope is wider than a city."""
    names, policy = places.names(visit.db), rules.policy(visit.db)
    _list(visit, names, policy)
    wide = [code for code in _wide(visit, names) if visit.scope.decides(code)]
    if visit.may(Action.DECIDE) and wide:
        _form(visit, names, policy, wide)


def _wide(visit: Visit, names: Mapping[str, PlaceRow]) -> list[str]:
    """The nation, and the province-level units there are."""
    return [NATION, *(place.code for place in places.provinces(visit.db) if place.code in names)]


def _held(visit: Visit, names: Mapping[str, PlaceRow]) -> list[dict[str, Any]]:
    """Silences that hold now for any city of the reader's, those that end first in front."""
    with visit.db.ro.connect() as connection:
        live = stored_silences(connection, visit.now).to_dicts()
    cities = visit.scope.cities
    above = None if cities is None else {names[city].province for city in cities if city in names} | {NATION}
    mine = [
        row
        for row in live
        if row["ended_at"] is None
        and (above is None or row["city"] in above or visit.scope.covers(row["city"]))
    ]
    return sorted(mine, key=lambda row: (row["until_at"], row["id"]))


def _list(visit: Visit, names: Mapping[str, PlaceRow], policy: Policy) -> None:
    t, found = visit.words, _held(visit, names)
    if not found:
        return
    with st.expander(t("Silences in force ({n})", n=len(found)), icon=":material/notifications_off:"):
        heads = [
            (t("Place"), "pd-s"),
            (t("What is silenced"), "pd-w"),
            (t("Until"), "pd-s"),
            (t("By"), ""),
            (t("Reason"), "pd-w"),
        ]
        lines = [
            (
                name_of(names, row["city"], t),
                _what(visit, row, policy),
                t.instant(row["until_at"]),
                row["set_by"],
                row["reason"],
            )
            for row in found[:MOST]
        ]
        parts.show(parts.table(heads, lines, t("Silences in force")))
        if len(found) > MOST:
            st.caption(t("The first {n} to end are listed.", n=MOST))
        _ending(visit, [row for row in found if visit.scope.decides(row["city"])], names, policy)


def _what(visit: Visit, row: Mapping[str, Any], policy: Policy) -> str | parts.Safe:
    t = visit.words
    rule = rules.title(row["rule"], policy, t) if row["rule"] else None
    if row["alert"]:
        said = " · ".join(part for part in (rule, row["project"]) if part)
        return parts.anchor(said, reported.page_of(visit, row["city"], row["alert"]))
    if row["project"]:
        return t("All alerts of project {project}", project=row["project"])
    return t("All alerts of rule {rule}", rule=rule) if rule else t("All alerts of this city")


def _ending(visit: Visit, mine: list[dict[str, Any]], names: Mapping[str, PlaceRow], policy: Policy) -> None:
    t = visit.words
    if not mine:
        return
    told = {}
    for row in mine:
        what = row["project"] or (rules.title(row["rule"], policy, t) if row["rule"] else t("All"))
        told[row["city"], row["id"]] = f"{name_of(names, row['city'], t)} · {what} · {row['reason'][:60]}"
    chosen = st.multiselect(
        t("End before their time"), list(told), format_func=told.get, key="silences-ending", placeholder="—"
    )
    if st.button(t("End {n} silences", n=len(chosen)), disabled=not chosen, key="silences-end"):
        came = end_silences(visit.db, visit.scope, chosen, at=visit.now)
        st.session_state.pop("silences-ending", None)
        silencing.done(visit, came.why_not)


def _form(visit: Visit, names: Mapping[str, PlaceRow], policy: Policy, wide: list[str]) -> None:
    t = visit.words
    turn = st.session_state.get("wide-turn", 0)
    with st.expander(t("Silence a rule in a whole province or everywhere")):
        seen = [name for name in policy.rules if name in set(alert_list.rules_seen(visit.db))]
        left, right = st.columns(2)
        rule = left.selectbox(
            t("Rule"),
            seen,
            index=None,
            format_func=lambda name: rules.title(name, policy, t),
            key=f"wide-rule-{turn}",
            placeholder="—",
        )
        place = right.selectbox(
            t("Where"), wide, format_func=lambda code: name_of(names, code, t), key=f"wide-place-{turn}"
        )
        if rule is not None:
            st.caption(t("It hides {n} open alerts now.", n=_hidden(visit, names, rule, place)))
        with st.form(f"wide-form-{turn}", border=False):
            until = st.date_input(
                t("Until (end of the day)"),
                visit.today + timedelta(days=7),
                min_value=visit.today,
                max_value=visit.today + LONGEST - timedelta(days=1),
                key=f"wide-until-{turn}",
            )
            reason = st.text_input(t("Why it is silenced"), max_chars=500, key=f"wide-reason-{turn}")
            if not st.form_submit_button(t("Silence")):
                return
        if rule is None:
            st.error(t("Choose a rule."))
            return
        at = datetime.combine(until, time(23, 59, 59), CHINA)
        refusal = set_silence(visit.db, Wish(visit.scope, place, at, reason, visit.now, rule=rule))
        if refusal is None:
            st.session_state["wide-turn"] = turn + 1
        silencing.done(visit, refusal)


def _hidden(visit: Visit, names: Mapping[str, PlaceRow], rule: str, place: str) -> int:
    """How many open alerts of the reader's such a silence would hide."""
    inside = frozenset(code for code, one in names.items() if place in (NATION, one.province, code))
    wanted = Wanted(rule=rule, cities=None if place == NATION else inside)
    return sum(alert_list.counts(visit.db, visit.scope, wanted).values())
