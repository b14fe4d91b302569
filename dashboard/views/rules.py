"""Rules for people: their titles, which of them speak, and one judgement explained in full."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache

import polars as pl

from alerts.explain import Explanation, InputShown, waiting_text
from alerts.in_force import Standing, newest, standings
from alerts.policy import CARRIED, Policy, stored_policy
from dashboard import parts
from dashboard.parts import Safe, joined, wrapped
from dashboard.visit import Visit
from models.db import Database
from models.queries import alert_list, places
from models.queries.alert_list import WaitingRow
from models.vocabulary import PolicyScope, Severity
from models.words import Words


@lru_cache(maxsize=32)
def _stored(db: Database, version: int) -> Policy:
    with db.ro.connect() as connection:
        return stored_policy(connection, version)


def policy(db: Database, version: int | None = None) -> Policy:
    """A policy version, the newest for None. A stored version never changes, so it is read once."""
    if version is not None:
        return _stored(db, version)
    with db.ro.connect() as connection:
        return stored_policy(connection)


def versions(db: Database, states: pl.DataFrame) -> dict[int | None, Policy]:
    """The policies that judged rows with a column ``policy``; a null is the text that is in no database yet."""
    return {version: policy(db, version) for version in states["policy"].unique()}


def by(found: Policy, words: Words) -> str:
    """ "by Sanya 2022", where another policy than the carried one judged; else empty."""
    if found.text == CARRIED:
        return ""
    return words("by {policy}", policy=called(found, words))


def called(found: Policy, words: Words) -> str:
    """What people call a policy."""
    if found.name:
        return words(found.name)
    if found.text == CARRIED:
        return words("the rules as delivered")
    return words("policy version {n}", n=found.version) if found.version else words("policy as delivered")


def concerns(visit: Visit, row: Standing) -> bool:
    """Everybody sees the nation's and the programmes'; of places, those that judge somebody's own cities."""
    if visit.scope.cities is None or row.scope in (PolicyScope.NATION, PolicyScope.PROGRAMME):
        return True
    if row.scope == PolicyScope.CITY:
        return visit.scope.covers(row.place)
    known = places.names(visit.db)
    return row.place in {known[code].province for code in visit.scope.cities if code in known}


def scopes_of_their_own(visit: Visit, at: datetime) -> list[Standing]:
    """The scopes narrower than the nation that had rules of their own at an instant and concern the reader."""
    with visit.db.ro.connect() as connection:
        rows = newest(standings(connection), at).values()
    own = (row for row in rows if row.policy is not None and row.scope != PolicyScope.NATION)
    return [row for row in own if concerns(visit, row)]


def title(rule: str, found: Policy, words: Words) -> str:
    """A rule's title; its name where this policy does not hold it."""
    limits = found.rules.get(rule)
    return words(limits.title) if limits else rule


def speaking(rules: str, found: Policy, words: Words) -> str:
    """``DayState.rules`` as titles, red ones first, each with its shape on the same line."""
    pairs = [entry.rsplit(":", 1) for entry in rules.split(";") if ":" in entry]
    pairs.sort(key=lambda pair: pair[1] != Severity.RED)
    between = words.pick("；", "; ")
    return between.join(
        f"{parts.SHAPES.get(level, '')}\u00a0{title(rule, found, words)}" for rule, level in pairs
    )


def explained(visit: Visit, told: Explanation, receipts: Mapping[str, str]) -> Safe:
    """One judgement in full: verdict, arithmetic, threshold, inputs with their rows, clause, version.

    ``receipts`` links submissions to their receipts.
    """
    t = visit.words
    mark = parts.severity_html(told.severity, t) if told.severity else "–"
    head = wrapped("b", joined([mark, told.title]))
    version = (
        t("policy version {n}", n=told.policy_version) if told.policy_version else t("policy as delivered")
    )
    if told.policy_name:
        version = t("{name}, {version}", name=told.policy_name, version=version)
    lines: Sequence[tuple[str, object]] = [
        (t("Verdict"), told.verdict),
        (t("Arithmetic"), told.arithmetic),
        (t("Threshold"), joined(told.thresholds, t.pick("；", "; "))),
        (t("Compared with"), told.baseline),
        (t("Clause"), f"{told.clause}{t.pick('：', ': ')}{told.clause_sense}"),
        (t("Source of the threshold"), told.source),
        (t("What clears it"), told.action),
        (t("Judged by"), version),
    ]
    if told.conduct:
        lines = [*lines, (t("Its alerts"), joined(told.conduct, t.pick("；", "; ")))]
    if told.waiting and told.severity:
        lines = [lines[0], (t("Alert"), told.waiting), *lines[1:]]
    inputs = parts.table(
        [(t("Figure"), "pd-w"), (t("Value"), "pd-s"), (t("As of"), "pd-s"), (t("Reported in"), "")],
        [_input(visit, shown, receipts) for shown in told.inputs],
    )
    rows = "".join(f"<tr><th scope='row'>{parts.cell(a)}</th><td>{parts.cell(b)}</td></tr>" for a, b in lines)
    table = Safe(f'<div class="pd-scroll"><table class="pd-t pd-k">{rows}</table></div>')
    return Safe(f'<section class="pd-card">{head}{table}{inputs}</section>')


def with_waiting(
    visit: Visit, told: Sequence[Explanation], subject: tuple[str, str | None], found: Policy
) -> list[Explanation]:
    """Explanations, those of rules that speak without an alert of their own with the reason.

    ``subject``: city and project.
    """
    rows = alert_list.waiting(visit.db, visit.scope, *subject)
    return [
        replace(one, waiting=_waiting(visit, row, found)) if (row := rows.get(one.rule)) else one
        for one in told
    ]


def _waiting(visit: Visit, row: WaitingRow, found: Policy) -> str:
    t = visit.words
    needed = found.rules[row.rule].conduct.pending if row.rule in found.rules else 1
    said = waiting_text(row.why, row.by, (row.days, needed), found, t)
    return t("{said}; judged on {day}", said=said, day=t.day(row.last_on))


def silent(visit: Visit, told: Sequence[Explanation], receipts: Mapping[str, str]) -> Safe:
    """The judgements that do not speak, folded away: each title with its verdict, open for the whole."""
    between = visit.words.pick("：", ": ")
    return joined(
        (
            Safe(
                f'<details class="pd-more"><summary>{parts.cell(f"{one.title}{between}{one.verdict}")}</summary>'
                f"{explained(visit, one, receipts)}</details>"
            )
            for one in told
        ),
        "",
    )


def _input(visit: Visit, shown: InputShown, receipts: Mapping[str, str]) -> tuple[object, ...]:
    t = visit.words
    if shown.submission is None:
        return shown.label, shown.value, t.day(shown.as_of), t("plan, ledger or worked out from the reports")
    source = t("row {row} of submission {id}", row=shown.row_no, id=shown.submission[:8])
    if shown.submission in receipts:
        source = parts.anchor(source, receipts[shown.submission])
    return shown.label, shown.value, t.day(shown.as_of), source
