"""What one policy says otherwise than another: rule by rule, key by key, old → new; and whom it recolours.

``differences`` is pure and in words of one language; ``recoloured`` judges the newest known state twice and
stores nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from alerts.explain import conduct_text, threshold_text
from alerts.in_force import Policies
from alerts.judge import rank
from alerts.partition import lights_each
from alerts.policy import Limits, Policy
from models.db import Database
from models.facts import KEY, facts
from models.words import Words, mark


@dataclass(frozen=True)
class Difference:
    """One thing that a rule says otherwise; ``before`` or ``after`` empty: the rule was or is not there."""

    rule: str
    title: str
    what: str
    before: str
    after: str


_THERE = mark("judges")
_WHATS = {
    "measure": mark("Measured as"),
    "thresholds": mark("Threshold"),
    "conduct": mark("Its alerts"),
    "lights": mark("Colours the light"),
    "owner": mark("Answered for by"),
    "source": mark("Source of the threshold"),
    "action": mark("What clears it"),
    "clause": mark("Clause"),
    "title": mark("Name of the rule"),
}
_MEASURES = {
    "points": mark("points behind the plan"),
    "ratio": mark("actual ÷ planned"),
    "relative_shortfall": mark("shortfall ÷ planned"),
    "days": mark("days"),
    "months": mark("months"),
    "periods": mark("reporting periods"),
    "count": mark("a count"),
    "share": mark("a share"),
}


def differences(old: Policy, new: Policy, t: Words) -> list[Difference]:
    """Everything that the new policy says otherwise, in the order of the old one's rules. Pure."""
    found = []
    for rule in dict.fromkeys([*old.rules, *new.rules]):
        before, after = old.rules.get(rule), new.rules.get(rule)
        if before == after:
            continue
        title = t((after or before).title)
        if before is None or after is None:
            said = [t(_THERE) if limits else "" for limits in (before, after)]
            found.append(Difference(rule, title, t("Rule"), *said))
            continue
        was, becomes = _told(before, old, t), _told(after, new, t)
        found += [
            Difference(rule, title, t(_WHATS[name]), was[name], becomes[name])
            for name in _WHATS
            if was[name] != becomes[name]
        ]
    return found


def _told(limits: Limits, policy: Policy, t: Words) -> Mapping[str, str]:
    between = t.pick("；", "; ")
    return {
        "measure": t(_MEASURES[limits.measure]),
        "thresholds": between.join(threshold_text(limits, t)),
        "conduct": between.join(conduct_text(limits, t, policy)) or "—",
        "lights": t("yes") if limits.lights else t("no"),
        "owner": t.label(limits.owner),
        "source": t(limits.source),
        "action": t(limits.action),
        "clause": limits.clause,
        "title": t(limits.title),
    }


def recoloured(
    db: Database,
    now_in_force: Policies,
    tried: Policies,
    day: tuple[date, datetime],
    cities: frozenset[str] | None,
) -> pl.DataFrame:
    """One row per project of some cities: city, project, programme, name, light_before, light, rules_before, rules.

    ``day``: on which day, as known at which instant. The worst change first.
    """
    frame = facts(db, *day, cities=cities)
    old = lights_each(frame, now_in_force).select(*KEY, light_before="light", rules_before="rules")
    moved = rank("light") - rank("light_before")
    return (
        lights_each(frame, tried)
        .join(old, on=KEY)
        .join(frame.select(*KEY, "programme", "name"), on=KEY)
        .sort(moved, "score", descending=True)
        .select(*KEY, "programme", "name", "light_before", "light", "rules_before", "rules")
    )
