"""A light or an alert in words: rule, clause, inputs with their source, arithmetic, threshold, what clears it.

Pages and mails show the same ``Explanation``. It can be asked for any rule on any row of facts, also where
the rule is silent: a green light can be clicked too. Refuses to compute: the value shown is the rule's own
expression, run on the one row. A new input column adds its row to ``INPUTS``.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import polars as pl

from alerts.edges import Edge
from alerts.policy import CLAUSES, Limits, Measure, Policy
from alerts.rules import ALL_RULES
from models.facts import PLAN_COLUMNS
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


@dataclass(frozen=True)
class Look:
    """What a rule made of one row."""

    severity: str | None
    measured: float | None
    known: bool
    applies: bool


@dataclass(frozen=True)
class _Input:
    label: str
    shape: str  # how it is written: percent, money, day, number, stage, basis, text
    dtype: Any
    reported: bool = False  # stands in the report that is named as its source


INPUTS: Mapping[str, _Input] = MappingProxyType(
    {
        "physical_bp": _Input(mark("Physical progress reported"), "percent", pl.Float64, True),
        "planned_bp": _Input(mark("Planned progress on that day"), "percent", pl.Float64),
        "planned_by_curve": _Input(mark("The plan is"), "basis", pl.Boolean),
        "version": _Input(mark("Plan version"), "number", pl.Int64),
        "unmoved_since": _Input(mark("Unchanged since the report as of"), "day", pl.Date),
        "unmoved_days": _Input(mark("Days between the first and the last of them"), "number", pl.Int64),
        "unmoved_reports": _Input(mark("Reports with this progress"), "number", pl.Int64),
        "planned_start": _Input(mark("Planned start"), "day", pl.Date),
        "unstarted_months": _Input(mark("Month ends passed since"), "number", pl.Int64),
        "stage": _Input(mark("Stage reported"), "stage", pl.String, True),
        "planned_end": _Input(mark("Planned end"), "day", pl.Date),
        "over_days": _Input(mark("Days past the planned end"), "number", pl.Int64),
        "spent": _Input(mark("Money spent to date"), "money", pl.Int64, True),
        "planned_spending": _Input(mark("Spending planned to date"), "money", pl.Float64),
        "spending_by_curve": _Input(mark("Spending planned to date is"), "spending_basis", pl.Boolean),
        "issued": _Input(mark("Money issued to date"), "money", pl.Int64, True),
        "elapsed_bp": _Input(mark("Time elapsed"), "percent", pl.Float64),
        "adjustments_12m": _Input(mark("Adjustments within 12 months"), "number", pl.Int64),
        "adjustments": _Input(mark("Adjustments since approval"), "number", pl.Int64),
        "pending_adjustments": _Input(mark("Of these not yet decided"), "number", pl.Int64),
        "due_as_of": _Input(mark("Report due as of"), "day", pl.Date),
        "as_of": _Input(mark("Newest report as of"), "day", pl.Date),
        "late_periods": _Input(mark("Reporting periods owed"), "number", pl.Int64),
        "figures": _Input(mark("Figures of the newest month"), "number", pl.Int64),
        "round_figures": _Input(mark("Of these round"), "number", pl.Int64),
        "reporting_projects": _Input(mark("Projects that report them"), "number", pl.Int64),
    }
)

#: Columns that rules read beside the ones they show.
_SILENT_INPUTS = {
    "finished": pl.Boolean,
    "started": pl.Boolean,
    "late": pl.Boolean,
    "submission": pl.String,
    "row_no": pl.Int64,
}

_UNITS = {
    Measure.POINTS: mark("{n} points"),
    Measure.RATIO: mark("{n}%"),
    Measure.RELATIVE_SHORTFALL: mark("{n}% short"),
    Measure.DAYS: mark("{n} days"),
    Measure.MONTHS: mark("{n} months"),
    Measure.PERIODS: mark("{n} periods"),
    Measure.COUNT: mark("{n} times"),
    Measure.SHARE: mark("{n}%"),
}
_NO_PLAN = mark("Compared with no plan: it speaks about the city as a whole")
_ONE = {
    Measure.DAYS: mark("1 day"),
    Measure.MONTHS: mark("1 month"),
    Measure.PERIODS: mark("1 period"),
    Measure.COUNT: mark("once"),
}
_PER_HUNDRED = (Measure.RATIO, Measure.RELATIVE_SHORTFALL, Measure.SHARE)
_EDGES = {
    ("above", True): mark("{severity}: from {edge} upwards (the edge included)"),
    ("above", False): mark("{severity}: above {edge} (the edge itself not included)"),
    ("below", True): mark("{severity}: {edge} or less (the edge included)"),
    ("below", False): mark("{severity}: below {edge} (the edge itself not included)"),
}


def explain(
    row: Mapping[str, Any], rule: str, policy: Policy, t: Words, *, baseline: Baseline = Baseline.CURRENT
) -> Explanation:
    """Put one rule on one row of ``facts`` into words. Raises KeyError for a rule the policy has not."""
    if baseline == Baseline.FIRST:
        row = {**row, "version": 1, **{name: row[f"{name}_v1"] for name in PLAN_COLUMNS}}
    limits = policy.rules[rule]
    return compose(row, _look(row, limits), limits, t, told=(policy.version, baseline))


def explain_stored(stored: str, rule: str, policy: Policy, t: Words) -> Explanation:
    """Put the explanation of an alert or event into words again, as its figures stood then.

    ``policy`` is the version the alert names.
    """
    found = json.loads(stored)
    look = Look(found["severity"], found["measured"], found["known"], found["applies"])
    return compose(found["inputs"], look, policy.rules[rule], t, told=(policy.version, Baseline.CURRENT))


def compose(
    row: Mapping[str, Any],
    look: Look,
    limits: Limits,
    t: Words,
    *,
    told: tuple[int | None, Baseline] = (None, Baseline.CURRENT),
) -> Explanation:
    """The words for a look that was already taken. ``told`` is the policy's version and the plan meant."""
    version, baseline = told
    finding = ALL_RULES[limits.rule](limits)
    shown = {name: _written(name, row, t) for name in finding.inputs if name in INPUTS}
    measured = quantity(look.measured, limits, t)
    return Explanation(
        rule=limits.rule,
        title=t(limits.title),
        severity=Severity(look.severity) if look.severity else None,
        verdict=_verdict(look, t),
        clause=limits.clause,
        clause_sense=t(CLAUSES[limits.clause]),
        baseline=_baseline(baseline, row.get("version"), t) if not limits.of_city else t(_NO_PLAN),
        inputs=tuple(_input_shown(name, value, row, t) for name, value in shown.items()),
        arithmetic=t(finding.formula, measured=measured, **shown) if look.measured is not None else "—",
        thresholds=_thresholds(limits, t),
        source=t(limits.source),
        action=t(limits.action),
        policy_version=version,
        colours_light=limits.lights,
        conduct=_conduct(limits, t),
        basis="; ".join(
            f"{t(INPUTS[name].label)} {value}"
            for name, value in shown.items()
            if "basis" in INPUTS[name].shape
        ),
    )


def quantity(measured: float | None, limits: Limits, t: Words) -> str:
    """A measured value with its unit, with enough digits not to be taken for an edge it is not."""
    if measured is None:
        return "—"
    if measured == 1 and limits.measure in _ONE:
        return t(_ONE[limits.measure])
    scale = 100 if limits.measure in _PER_HUNDRED else 1
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
    told |= {name: found.get(name) for name in ("changes", "days", "by")}
    return t(found["key"], measured=measured, **told)


def typed(row: Mapping[str, Any]) -> dict[str, Any]:
    """Inputs as read back from JSON: days are days again."""
    return {
        name: date.fromisoformat(value) if _is_day(name) and isinstance(value, str) else value
        for name, value in row.items()
    }


def _is_day(name: str) -> bool:
    return name in INPUTS and INPUTS[name].dtype == pl.Date


def _look(row: Mapping[str, Any], limits: Limits) -> Look:
    schema = {name: shown.dtype for name, shown in INPUTS.items()} | _SILENT_INPUTS
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


def _thresholds(limits: Limits, t: Words) -> tuple[str, ...]:
    told = [_edge_text(severity, edge, limits, t) for severity, edge in limits.edges()]
    if limits.red is None:
        told.append(t("Never red by this rule"))
    if "since_approval" in limits.numbers:
        told.append(
            t("Yellow as well from {n} adjustments since approval", n=limits.numbers["since_approval"])
        )
    if "min_reports" in limits.numbers:
        told.append(
            t("Only from {n} reports with the same progress upwards", n=limits.numbers["min_reports"])
        )
    if "min_figures" in limits.numbers:
        told.append(t("Only from {n} figures upwards", n=limits.numbers["min_figures"]))
    return tuple(told)


def _conduct(limits: Limits, t: Words) -> tuple[str, ...]:
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
    shown = INPUTS[name]
    as_of = typed({"as_of": row.get("as_of")})["as_of"]
    if not shown.reported or row.get(name) is None:
        return InputShown(name, t(shown.label), value, as_of if shown.reported else None)
    return InputShown(name, t(shown.label), value, as_of, row.get("submission"), row.get("row_no"))


def _written(name: str, row: Mapping[str, Any], t: Words) -> str:
    shape, value = INPUTS[name].shape, row.get(name)
    if value is None:
        return t("not reported") if INPUTS[name].reported or name == "as_of" else "—"
    if shape == "percent":
        return t.percent(value, 2)
    if shape == "money":
        return t.amount(value, row.get("currency") or "CNY")
    if shape == "day":
        return t.day(typed({name: value})[name])
    if shape == "stage":
        return t.label(value)
    if shape == "basis":
        return (
            t("the approved monthly curve")
            if value
            else t("the time-elapsed schedule, as the plan has no curve")
        )
    if shape == "spending_basis":
        return t("the approved monthly curve") if value else t("money issued × time elapsed")
    return t.number(value)
