"""A light or an alert in words: rule, clause, inputs with their source, arithmetic, threshold, what clears it.

Pages and mails show the same ``Explanation``. It can be asked for any rule on any row of facts, also where
the rule is silent: a green light can be clicked too. Refuses to compute: the value shown is the rule's own
expression, run on the one row. What its columns are called: ``alerts/figures.py``.
"""

import json
import string
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

import polars as pl

from alerts.edges import Edge
from alerts.figures import FIGURES, SILENT, as_day, written
from alerts.policy import CLAUSES, Limits, Measure, Policy
from alerts.rules import ALL_RULES
from models.facts import PLAN_COLUMNS
from models.money import FEN_PER_WAN
from models.vocabulary import Severity, Waiting
from models.words import Words, mark


class Baseline(StrEnum):
    """Which plan a row of facts is compared with."""

    CURRENT = "current"
    FIRST = "first"


@dataclass(frozen=True)
class InputShown:
    """One figure behind a judgement. ``submission`` None: it comes from the plan or the ledger, not a report."""

    name: str
    label: str
    value: str
    as_of: date | None = None
    submission: str | None = None
    row_no: int | None = None


@dataclass(frozen=True)
class Explanation:
    """Why a rule speaks or is silent, ready to show in one language."""

    rule: str
    title: str
    severity: Severity | None
    verdict: str
    clause: str
    clause_sense: str
    baseline: str
    inputs: tuple[InputShown, ...]
    arithmetic: str
    thresholds: tuple[str, ...]
    source: str
    action: str
    policy_version: int | None
    colours_light: bool
    basis: str = ""  # what the plan or denominator is, where the rule has one
    conduct: tuple[str, ...] = ()  # how its alerts behave beyond the thresholds
    waiting: str = ""  # why there is no alert although it speaks
    policy_name: str = ""  # what people call the policy, where it has a name


@dataclass(frozen=True)
class Look:
    """What a rule made of one row."""

    severity: str | None
    measured: float | None
    known: bool
    applies: bool


_UNITS = {
    Measure.POINTS: mark("{n} points"),
    Measure.RATIO: mark("{n}%"),
    Measure.RELATIVE_SHORTFALL: mark("{n}% short"),
    Measure.DAYS: mark("{n} days"),
    Measure.MONTHS: mark("{n} months"),
    Measure.PERIODS: mark("{n} periods"),
    Measure.COUNT: mark("{n} times"),
    Measure.SHARE: mark("{n}%"),
    Measure.SCORE: mark("{n} of 100"),
}
_NO_PLAN = mark("Compared with no plan: it speaks about the city as a whole")
_SHARES = (Measure.RATIO, Measure.RELATIVE_SHORTFALL, Measure.SHARE)
_ONE = {
    Measure.DAYS: mark("1 day"),
    Measure.MONTHS: mark("1 month"),
    Measure.PERIODS: mark("1 period"),
    Measure.COUNT: mark("once"),
}
_EDGES = {
    ("above", True): mark("{severity}: from {edge} upwards (the edge included)"),
    ("above", False): mark("{severity}: above {edge} (the edge itself not included)"),
    ("below", True): mark("{severity}: {edge} or less (the edge included)"),
    ("below", False): mark("{severity}: below {edge} (the edge itself not included)"),
}

#: What a rule's whole numbers say beside its edges.
_NUMBERS = {
    "min_figures": mark("Only from {n} figures upwards"),
    "since_approval": mark("Yellow as well from {n} adjustments since approval"),
    "min_reports": mark("Only from {n} reports with the same progress upwards"),
    "intake_days": mark("Looked at in the first {n} days after the plan came into force"),
    "least_percent": mark("Counts while at least {n}% of what came to a stop is still there"),
    "approved_within_days": mark("Looked at in the first {n} days after the approval"),
    "green_points": mark("Only where progress now trails by less than {n} points"),
    "point_wan": mark("Limit of a point: {n}"),
    "line_wan": mark("Limit of a line: {n}"),
    "surface_wan": mark("Limit of a surface: {n}"),
    "least_projects": mark("Only with {n} comparable projects or more"),
    "min_letters": mark("A narrative counts from {n} characters upwards"),
    "owner_points": mark("Only where the chain-owner is {n} points or more behind"),
    "list_from": mark("Only where the list has {n} projects or more"),
    "landmark_wan": mark("A landmark is above {n}"),
    "goal_percent": mark("Goal of the period: {n}%"),
    "period_years": mark("The period: {n} years"),
    "award_wan": mark("Ceiling of a city: {n}"),
    "cities": mark("At most {n} prefecture-level city a province"),
    "districts": mark("At most {n} districts a municipality"),
    "within_percent": mark("Spent within {n}% of transferred"),
}

#: What a rule does where the policy chooses.
_AGAINST = {
    "curve": mark("Compared with the plan's curve"),
    "issued": mark("Compared with the money issued"),
    "award": mark("Compared with the award"),
    "annual": mark("Compared with the year's plan"),
    "investment": mark("Compared with the investment completed"),
}
_PAIR = {
    "together": mark("Districts that entered together count as one"),
    "each": mark("Districts that entered together count each for itself"),
}
_CHOICES = {"against": _AGAINST, "pair": _PAIR}


def explain(
    row: Mapping[str, Any], rule: str, policy: Policy, t: Words, *, baseline: Baseline = Baseline.CURRENT
) -> Explanation:
    """Put one rule on one row of ``facts`` into words. Raises KeyError for a rule the policy has not."""
    if baseline == Baseline.FIRST:
        row = {**row, "version": 1, **{name: row[f"{name}_v1"] for name in PLAN_COLUMNS}}
    limits = policy.rules[rule]
    return compose(row, _look(row, limits), limits, t, told=(policy, baseline))


def explain_stored(stored: str, rule: str, policy: Policy, t: Words) -> Explanation:
    """Put the explanation of an alert or event into words again, as its figures stood then.

    ``policy`` is the version the alert names.
    """
    found = json.loads(stored)
    look = Look(found["severity"], found["measured"], found["known"], found["applies"])
    return compose(found["inputs"], look, policy.rules[rule], t, told=(policy, Baseline.CURRENT))


def compose(
    row: Mapping[str, Any],
    look: Look,
    limits: Limits,
    t: Words,
    *,
    told: tuple[Policy | None, Baseline] = (None, Baseline.CURRENT),
) -> Explanation:
    """The words for a look that was already taken. ``told`` is the policy and the plan meant."""
    policy, baseline = told
    finding = ALL_RULES[limits.rule](limits)
    shown = {name: written(name, row, t) for name in finding.inputs if name in FIGURES}
    measured = quantity(look.measured, limits, t)
    return Explanation(
        rule=limits.rule,
        title=t(limits.title),
        severity=Severity(look.severity) if look.severity else None,
        verdict=_verdict(look, t),
        clause=limits.clause,
        clause_sense=t(CLAUSES[limits.clause]),
        baseline=_baseline(baseline, row.get("version"), t) if not limits.of_city else t(_NO_PLAN),
        # an alert of long ago knows nothing of an input that its rule has got since
        inputs=tuple(_input_shown(name, value, row, t) for name, value in shown.items() if name in row),
        arithmetic=t(finding.formula, measured=measured, **shown) if look.measured is not None else "—",
        thresholds=threshold_text(limits, t),
        source=t(limits.source),
        action=t(limits.action),
        policy_version=policy.version if policy else None,
        policy_name=t(policy.name) if policy and policy.name else "",
        colours_light=limits.lights,
        conduct=conduct_text(limits, t, policy),
        basis="; ".join(
            f"{t(FIGURES[name].label)} {value}"
            for name, value in shown.items()
            if "basis" in FIGURES[name].shape
        ),
    )


@dataclass(frozen=True)
class Formula:
    """A rule's formula by itself, for lists of many: only the figures that stand in it are written."""

    limits: Limits
    text: str
    names: tuple[str, ...]

    def worked(self, row: Mapping[str, Any], measured: float | None, t: Words) -> str:
        """The arithmetic of ``Explanation``, for one row."""
        if measured is None:
            return "—"
        shown = {name: written(name, row, t) for name in self.names}
        return t(self.text, measured=quantity(measured, self.limits, t), **shown)


def formula_of(limits: Limits) -> Formula:
    """The formula of a rule as the policy has it."""
    text = ALL_RULES[limits.rule](limits).formula
    named = (name for _, name, _, _ in string.Formatter().parse(text) if name)
    return Formula(limits, text, tuple(name for name in dict.fromkeys(named) if name != "measured"))


def quantity(measured: float | None, limits: Limits, t: Words) -> str:
    """A measured value with its unit, with enough digits not to be taken for an edge it is not."""
    if measured is None:
        return "—"
    if measured == 1 and limits.measure in _ONE:
        return t(_ONE[limits.measure])
    scale = 100 if limits.measure in _SHARES else 1
    digits = 2
    edges = [edge.value for _, edge in limits.edges() if edge.value != measured]
    while digits < 9 and any(
        round(measured * scale, digits) == round(edge * scale, digits) for edge in edges
    ):
        digits += 1
    return t(_UNITS[limits.measure], n=t.number(measured * scale, digits))


def reason_text(reason: str, limits: Limits | None, t: Words) -> str:
    """An event's stored reason in words; ``limits`` of its rule in the policy the event names."""
    found = json.loads(reason)
    measured = quantity(found["measured"], limits, t) if limits else "—"
    told = {name: t.label(found[name]) for name in ("before", "after")}
    told |= {name: found.get(name) for name in ("changes", "days", "by", "assignee")}
    return t(found["key"], measured=measured, **told)


def typed(row: Mapping[str, Any]) -> dict[str, Any]:
    """Inputs as read back from JSON: days are days again."""
    return {name: as_day(value) if _is_day(name) else value for name, value in row.items()}


def _is_day(name: str) -> bool:
    return name in FIGURES and FIGURES[name].dtype == pl.Date


def _look(row: Mapping[str, Any], limits: Limits) -> Look:
    schema = {name: shown.dtype for name, shown in FIGURES.items()} | SILENT
    frame = pl.DataFrame({name: [row.get(name)] for name in schema}, schema=schema, strict=False)
    found = ALL_RULES[limits.rule](limits)
    return Look(
        **frame.select(
            severity=found.severity, measured=found.measured, known=found.known, applies=found.applies
        ).row(0, named=True)
    )


def _verdict(look: Look, t: Words) -> str:
    if look.severity:
        return t.label(look.severity)
    if not look.known:
        return t("Silent: a figure it needs was not reported")
    if not look.applies:
        return t("Silent: it does not apply to the project's present state")
    return t("Within the limits")


def _baseline(baseline: Baseline, version: int | None, t: Words) -> str:
    if baseline == Baseline.FIRST:
        return t("Compared with the first approved plan (version 1)")
    if version is None:
        return t("Compared with the plan in force")
    return t("Compared with the plan in force (version {version})", version=version)


def threshold_text(limits: Limits, t: Words) -> tuple[str, ...]:
    """A rule's edges and numbers, each a sentence."""
    told = [_edge_text(severity, edge, limits, t) for severity, edge in limits.edges()]
    if limits.red is None:
        told.append(t("Never red by this rule"))
    told += [t(_NUMBERS[name], n=_number(name, number, t)) for name, number in limits.numbers.items()]
    told += [t(_CHOICES[name][chosen]) for name, chosen in limits.choices.items()]
    return tuple(told)


def _number(name: str, number: int, t: Words) -> str | int:
    """A rule's whole number; an amount of money, which its name says, with its unit."""
    return t.amount(number * FEN_PER_WAN) if name.endswith("_wan") else number


def conduct_text(limits: Limits, t: Words, policy: Policy | None) -> tuple[str, ...]:
    """How the rule's alerts behave beyond its edges."""
    found, told = limits.conduct, []
    if found.pending > 1:
        told.append(t("An alert opens after {n} judged days running", n=found.pending))
    for severity, edge in ((Severity.YELLOW, found.clear_yellow), (Severity.RED, found.clear_red)):
        if edge is not None:
            told.append(t("An alert leaves {edge}", edge=_edge_text(severity, edge, limits, t)))
    if found.flap is not None:
        told.append(
            t(
                "Held open from {changes} changes within {days} days",
                changes=found.flap.changes,
                days=found.flap.days,
            )
        )
    if found.repeat_days is not None:
        told.append(t("Said again after {n} working days", n=found.repeat_days))
    if found.rearm_days is not None:
        told.append(t("An acknowledgement ends after {n} working days", n=found.rearm_days))
    if found.inhibited_by:
        titles = policy.rules if policy else {}
        names = (t(titles[name].title) if name in titles else name for name in found.inhibited_by)
        told.append(t("Opens none while there is one of: {rules}", rules=t.pick("、", ", ").join(names)))
    if found.grouped:
        told.append(t("One line of a mail for all of a city's"))
    return tuple(told)


def waiting_text(why: str, by: str | None, days: tuple[int, int], policy: Policy, t: Words) -> str:
    """Why a rule that speaks has no alert; ``days``: on how many judged days it spoke, and it must."""
    if why == Waiting.INHIBITED:
        inhibitor = policy.rules.get(by or "")
        return t("No alert of its own: inhibited by “{rule}”", rule=t(inhibitor.title) if inhibitor else by)
    return t("No alert yet: seen on {n} of {all} judged days running", n=days[0], all=days[1])


def _edge_text(severity: Severity, edge: Edge, limits: Limits, t: Words) -> str:
    text = _EDGES[(edge.side, edge.inclusive)]
    return t(text, severity=t.label(severity), edge=quantity(edge.value, limits, t))


def _input_shown(name: str, value: str, row: Mapping[str, Any], t: Words) -> InputShown:
    shown = FIGURES[name]
    as_of = typed({"as_of": row.get("as_of")})["as_of"]
    if not shown.reported or row.get(name) is None:
        return InputShown(name, t(shown.label), value, as_of if shown.reported else None)
    return InputShown(name, t(shown.label), value, as_of, row.get("submission"), row.get("row_no"))
