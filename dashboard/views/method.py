"""Method: every rule as the code has it: what is compared, with which limits, by which clause, from which source.

Written from the policy's own tables, so that page and judgement cannot differ. A city with rules of its own is
chosen in the list above; the address keeps it as ``policy``.
"""

import streamlit as st

from alerts.explain import conduct_text, formula_of, threshold_text
from alerts.figures import FIGURES
from alerts.policy import CLAUSES, Limits, Policy
from dashboard import filters, parts
from dashboard.parts import Safe, joined, wrapped
from dashboard.views import rules
from dashboard.visit import Visit
from models.words import Words

#: How lights come about, in their order; the first that holds counts.
_ORDER = "red yellow missing stale green"


def render(visit: Visit) -> None:
    t = visit.words
    found = _policy(visit)
    parts.page(t("Method"), rules.called(found, t))
    _which(visit, found)
    parts.show(_lights(t))
    for heading, held in (
        (t("Rules that colour a project's light"), [one for one in found.rules.values() if one.lights]),
        (
            t("Rules that speak and colour nothing"),
            [one for one in found.rules.values() if not one.lights and not one.of_city],
        ),
        (t("Rules about a city or a province"), [one for one in found.rules.values() if one.of_city]),
    ):
        if held:
            parts.heading(f"{heading} ({len(held)})")
            parts.show(_table(held, found, t))
    parts.heading(t("Clauses"))
    heads = [(t("Clause"), "pd-s"), (t("Sense, in our own words"), "pd-w")]
    parts.show(parts.table(heads, [(clause, t(sense)) for clause, sense in CLAUSES.items()]))


def _policy(visit: Visit) -> Policy:
    """The version asked for, where one of the reader's scopes has it; else the nation's."""
    asked = st.query_params.get("policy", "")
    allowed = {str(row.policy) for row in rules.scopes_of_their_own(visit, visit.now)}
    return rules.policy(visit.db, int(asked)) if asked in allowed else rules.policy(visit.db)


def _which(visit: Visit, found: Policy) -> None:
    """Where narrower scopes have rules of their own, which of them is shown."""
    t = visit.words
    own = {
        str(row.policy): rules.policy(visit.db, row.policy)
        for row in rules.scopes_of_their_own(visit, visit.now)
    }
    if not own:
        return
    choices = {"": t("The nation's rules")} | {
        version: rules.called(policy, t) for version, policy in own.items()
    }
    st.session_state["method-policy"] = str(found.version) if str(found.version) in own else ""
    st.selectbox(
        t("Light rules"),
        list(choices),
        format_func=choices.__getitem__,
        key="method-policy",
        width=320,
        on_change=lambda: filters.write("policy", st.session_state["method-policy"]),
    )


def _lights(t: Words) -> Safe:
    told = (
        t("A light is the gravest of the rules that colour it; silence never hides a red."),
        t("Missing: no report tells progress or stage. Overdue: the report that is due is not there."),
        t("The second light is the same judgement against the first approved plan."),
    )
    marks = joined([parts.light_html(light, t) for light in _ORDER.split()], " → ")
    return joined([wrapped("div", marks), *(wrapped("div", line, "pd-m") for line in told)], "")


def _table(held: list[Limits], policy: Policy, t: Words) -> Safe:
    heads = [
        (t("Rule"), "pd-w"),
        (t("What is compared"), "pd-w"),
        (t("Limits"), "pd-w"),
        (t("Alerts"), "pd-w"),
        (t("Clause"), "pd-s"),
        (t("Source of the limits"), "pd-w"),
    ]
    return parts.table(heads, [_row(limits, policy, t) for limits in held])


def _row(limits: Limits, policy: Policy, t: Words) -> tuple[object, ...]:
    formula = formula_of(limits)
    named = {name: f"〔{t(FIGURES[name].label)}〕" for name in formula.names}
    action = wrapped("div", t(limits.action), "pd-m")
    behaviour = conduct_text(limits, t, policy) or ("—",)
    return (
        joined([wrapped("b", t(limits.title)), action], ""),
        t(formula.text, measured=f"〔{t('measured')}〕", **named),
        joined((wrapped("div", line) for line in threshold_text(limits, t)), ""),
        joined((wrapped("div", line) for line in behaviour), ""),
        limits.clause,
        t(limits.source),
    )
