"""A proposed policy looked at before it is put in force: what it says otherwise, whom it recolours, a rehearsal.

The form that puts it in force appears only below what was looked at, and says why it refuses.
"""

from collections.abc import Mapping
from typing import Any

import polars as pl
import streamlit as st

from alerts import day as days
from alerts.difference import differences, recoloured
from alerts.enacting import ALREADY, Decision, cities_of, put_in_force
from alerts.in_force import NATIONAL, Key, Policies
from alerts.policy import Policy
from alerts.rehearsal import FOLLOWED_DAYS, Rehearsal, rehearsal_days, rehearse
from dashboard import parts
from dashboard.parts import joined
from dashboard.views import rules
from dashboard.visit import Visit
from models.queries import places
from models.queries.places import name_of
from models.vocabulary import Light, PolicyScope
from models.words import Words

#: Projects listed at most; the caption counts all.
MOST = 50


def draw(visit: Visit, key: Key, proposed: Policy | None, policies: Policies) -> None:
    """Difference, effect, rehearsal, decision. ``proposed`` None: the scope would follow the next wider one."""
    t = visit.words
    tried = policies.without(key) if proposed is None else policies.trying(key, proposed)
    before, after = _of(policies, key), _of(tried, key)
    told = differences(before, after, t)
    parts.heading(t("What would change"))
    if proposed is not None and key in {NATIONAL, *policies.own} and proposed.text == before.text:
        st.caption(t(ALREADY))
        return
    if not told:
        st.caption(t("The rules say the same as what is in force there; only name or comments differ."))
    else:
        heads = [(t("Rule"), "pd-w"), ("", "pd-s"), (t("In force"), "pd-w"), (t("Proposed"), "pd-w")]
        parts.show(parts.table(heads, [(one.title, one.what, one.before, one.after) for one in told]))
    looked = (key, proposed.text if proposed else None)
    if st.button(t("Show the effect on today's lights"), key="rules-effect", type="primary"):
        st.session_state["rules-looked"] = looked
    if st.session_state.get("rules-looked") != looked:
        st.caption(t("Rules are put in force after a look at their effect."))
        return
    with visit.db.ro.connect() as connection:
        cities = cities_of(connection, key)
    _effect(visit, policies, tried, cities)
    _rehearsal(visit, (policies, tried), cities, looked)
    _decide(visit, key, proposed, cities)


def _of(policies: Policies, key: Key) -> Policy:
    """What judges a scope: its own rules, or those of the next wider one."""
    scope, code = key
    if key == NATIONAL:
        return policies.nation
    if key in policies.own:
        return policies.own[key]
    return policies.of(code, None) if scope == PolicyScope.CITY else policies.nation


def _effect(visit: Visit, now: Policies, tried: Policies, cities: frozenset[str] | None) -> None:
    """How many lights change, from what to what, and which."""
    t = visit.words
    frame = recoloured(visit.db, now, tried, (visit.today, visit.now), cities)
    moved = frame.filter(pl.col("light") != pl.col("light_before"))
    said = t("{n} of {all} projects change their light today.", n=moved.height, all=frame.height)
    parts.show(parts.wrapped("p", said))
    counts = {name: dict(frame.group_by(name).len().iter_rows()) for name in ("light_before", "light")}
    heads = [("", "pd-s"), *((parts.status(light, t), "pd-n") for light in parts.LIGHTS)]
    lines = [
        (label, *(t.number(counts[name].get(str(light), 0), 0) for light in parts.LIGHTS))
        for label, name in ((t("In force"), "light_before"), (t("Proposed"), "light"))
    ]
    parts.show(parts.table(heads, lines))
    if not moved.is_empty():
        with st.expander(t("The projects whose light changes"), expanded=moved.height <= 10):
            known = places.names(visit.db)
            rows = [_moved(visit, row, known, tried) for row in moved.head(MOST).iter_rows(named=True)]
            heads = [
                (t("Project"), "pd-w"),
                (t("Light before → after"), "pd-s"),
                (t("What speaks then"), "pd-w"),
            ]
            parts.show(parts.table(heads, rows))
            if moved.height > MOST:
                st.caption(t("The worst {shown} of {all} projects are listed.", shown=MOST, all=moved.height))


def _moved(
    visit: Visit, row: Mapping[str, Any], known: Mapping[str, Any], tried: Policies
) -> tuple[object, ...]:
    t = visit.words
    where = name_of(known, row["city"], t)
    name = parts.project_link(visit, row["city"], row["project"], row["name"])
    lights = joined([parts.light_html(row["light_before"], t), "→", parts.light_html(row["light"], t)])
    told = rules.speaking(row["rules"], tried.of(row["city"], row["programme"]), t) or t.label(
        Light(row["light"])
    )
    return joined([name, parts.wrapped("div", where, "pd-m")], ""), lights, told


def _rehearsal(
    visit: Visit, both: tuple[Policies, Policies], cities: frozenset[str] | None, looked: Any
) -> None:
    """The past twelve months by both, as known then; it takes a while, so only when asked for."""
    t = visit.words
    if st.button(t("Rehearse on the past 12 months"), key="rules-rehearse"):
        with st.spinner(t("Judging the past 12 months as they were known then …")):
            of = {code: place.province for code, place in places.names(visit.db).items()}
            names = dict(zip(("in_force", "proposed"), both, strict=True))
            found = rehearse(visit.db, names, rehearsal_days(visit.today, 12), of, cities=cities)
        st.session_state["rules-rehearsed"] = (looked, found)
    kept = st.session_state.get("rules-rehearsed")
    if kept is None or kept[0] != looked:
        return
    found = kept[1]
    heads = [("", "pd-w"), (t("In force"), "pd-n"), (t("Proposed"), "pd-n")]
    columns = [_told(found[name], t) for name in ("in_force", "proposed")]
    first = found["in_force"]
    caption = t(
        "{n} working days from {first} to {last}, each as known that morning. Trouble: past the planned end, "
        "end moved by 30 days or more, or standing still over 90 days. Followed: within {days} days.",
        n=first.looks,
        first=t.day(first.first),
        last=t.day(first.last),
        days=FOLLOWED_DAYS,
    )
    lines = [(label, columns[0][label], columns[1][label]) for label in columns[0]]
    parts.show(parts.table(heads, lines, caption))


def _told(found: Rehearsal, t: Words) -> dict[str, str]:
    alerts = found.alerts
    counts = {
        t("Alerts"): alerts.opened,
        t("of them red"): alerts.red,
        t("Mails"): found.mails["all"],
        t("Alerts followed by trouble"): alerts.followed,
        t("Alerts on projects in trouble already"): alerts.known,
        t("Alerts not followed"): alerts.unfollowed,
        t("Too early to say"): alerts.too_early,
        t("Troubles that no alert announced"): found.missed,
    }
    said = {label: t.number(count, 0) for label, count in counts.items()}
    missed = t("Troubles that no alert announced")
    return said | {missed: t("{n} of {all}", n=said[missed], all=t.number(found.troubles, 0))}


def _decide(visit: Visit, key: Key, proposed: Policy | None, cities: frozenset[str] | None) -> None:
    t = visit.words
    with st.form("rules-decide"):
        reason = st.text_input(t("Reason, kept for good"), max_chars=500, key="rules-reason")
        label = t("End the scope's own rules") if proposed is None else t("Put in force")
        if not st.form_submit_button(label, type="primary"):
            return
    text = proposed.text if proposed else None
    decision = Decision(visit.scope, PolicyScope(key[0]), key[1], text, reason, visit.now)
    refusal = put_in_force(visit.db, decision)
    if refusal:
        st.error(t(refusal))
        return
    days.bring_up_to_date(visit.db, cities, now=visit.now)
    st.session_state.pop("rules-looked", None)
    st.toast(t("In force. The newest lights show it; alerts and mails follow with the next judgement."))
    st.rerun()
