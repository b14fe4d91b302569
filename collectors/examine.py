"""A delivery on the desk against what is stored: what it would do, and what is wrong with it. Writes nothing.

Called by ``collectors/intake.py`` for the preview and for the commit alike. A row with an error is left out of
the comparison, so that the counts say what would be taken.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import reduce

import polars as pl

from collectors import locate, records
from collectors.closing import closing
from collectors.compare import STATUS, Outcome, dispatch, merged
from collectors.cross import beside_money, beside_reports
from collectors.desk import Desk
from collectors.forms import FORMS, RECORD_FORMS
from collectors.problems import MAX_KEPT, MAX_SET_ASIDE, Finding, grouped, marks
from collectors.receipt import Receipt, clean_name
from collectors.record_checks import checked
from collectors.register import projects
from collectors.revise import adjustments, impossible, plan
from collectors.stored import Stored, base_token
from collectors.terms import Terms
from models.access import Action, may

_COMPARE = {"projects": projects, "plan": plan, "dispatch": dispatch, "adjustments": adjustments}
_COMPARE |= {name: records.comparing(form) for name, form in RECORD_FORMS.items()}


@dataclass(frozen=True)
class _Seen:
    """What a comparison gave: what is to be written, what is wrong, and the cities it speaks of."""

    outcome: Outcome
    findings: tuple[Finding, ...]
    cities: frozenset[str]


def examine(stored: Stored, desk: Desk, now: datetime, *, partial: bool = False) -> tuple[Receipt, Outcome]:
    """The receipt of a desk, and the outcome that committing it would write.

    ``partial``: rows with an error are kept back and the others are taken.
    """
    scope = desk.delivery.scope
    if not desk.readable:
        nothing = Outcome(pl.DataFrame(schema=STATUS))
        refused = _receipt(desk, _Seen(nothing, desk.findings, frozenset()), sets_aside=False)
        return replace(refused, rejected=refused.rows, refused=True), nothing
    codes = {
        code
        for _, frame in desk.parts
        if "code" in frame.columns
        for code in frame["code"].drop_nulls().unique()
    }
    stored = replace(stored, codes=tuple(sorted(codes)))
    seen = _compared(stored, desk, now, without=pl.Series("row_no", [], pl.Int64))
    late = [finding for finding in seen.outcome.findings if finding.level == "error"]
    sets_aside = partial or (desk.mapping is not None and desk.mapping.sets_aside)
    if late and sets_aside:  # errors that only the comparison finds: once more without these rows
        seen = _compared(stored, desk, now, without=rows_of(late, "error"))
    seen = replace(seen, findings=(*seen.findings, *(desk.named(finding) for finding in late)))
    base = base_token(stored.connection, seen.cities if scope.cities is None or seen.cities else scope.cities)
    receipt = replace(_receipt(desk, seen, sets_aside=sets_aside), base=base, cities=seen.cities)
    return receipt, seen.outcome


def _compared(stored: Stored, desk: Desk, now: datetime, *, without: pl.Series) -> _Seen:
    terms = _terms(desk, now)
    findings, outcomes, cities = list(desk.findings), [], set()
    for form, rows in desk.parts:
        kept = rows.filter(~pl.col("row_no").is_in(without.implode())) if len(without) else rows
        frame, found = _located(form, kept, stored, desk)
        findings += found
        cities |= set(frame["city"].drop_nulls().unique())
        mine = replace(stored, cities=tuple(sorted(set(frame["city"].drop_nulls().unique()))))
        bad = rows_of(findings, "error")
        good = frame.filter(~pl.col("row_no").is_in(bad.implode())) if len(bad) else frame
        outcomes.append(_COMPARE[form](good, mine, terms))
        if form == "dispatch" and (desk.mapping is None or not desk.mapping.has_programme):
            findings += locate.absent(frame, mine, desk.delivery.scope)
            findings += [desk.named(finding) for finding in beside_money(outcomes[-1], mine)]
        if form == "funds":
            findings += [desk.named(finding) for finding in beside_reports(outcomes[-1], mine)]
    outcome = reduce(merged, outcomes)
    closed = closing(
        stored.connection, outcome, desk.delivery, now=now, reason=terms.reason or terms.ground_note
    )
    outcome = replace(outcome, findings=(*outcome.findings, *closed))
    waiting = (outcome.made["status"] == "pending").sum()
    if waiting:
        findings.append(Finding("N-B121", None, None, {"count": waiting}))
    findings += [desk.named(finding) for finding in outcome.findings if finding.level != "error"]
    return _Seen(outcome, tuple(findings), frozenset(cities))


def _terms(desk: Desk, now: datetime) -> Terms:
    scope = desk.delivery.scope
    terms = Terms(
        scope.email, now, decides=may(scope.role, Action.DECIDE), reason=desk.delivery.reason or None
    )
    return terms if desk.mapping is None else desk.mapping.terms(terms, desk.as_of)


def _located(form: str, rows: pl.DataFrame, stored: Stored, desk: Desk) -> tuple[pl.DataFrame, list[Finding]]:
    """The rows with their places, and what is wrong with where they are, by the columns of this file."""
    frame, found = _placed(form, rows, stored, desk)
    return frame, [desk.named(finding) for finding in found]


def _placed(form: str, rows: pl.DataFrame, stored: Stored, desk: Desk) -> tuple[pl.DataFrame, list[Finding]]:
    scope = desk.delivery.scope
    mapped = desk.mapping and desk.mapping.located(form, rows, stored, scope)
    if mapped is not None:
        return mapped
    if form in RECORD_FORMS:
        frame, found = records.located(FORMS[form], rows, stored, scope)
        return frame, [*found, *checked(FORMS[form], frame, _in_cities(stored, frame))]
    if form == "projects":
        return locate.registering(rows, stored, scope)
    frame, found = locate.reported(rows, stored, scope)
    if form == "adjustments":
        found = [*found, *impossible(frame, _in_cities(stored, frame))]
    return frame, found


def _in_cities(stored: Stored, frame: pl.DataFrame) -> Stored:
    return replace(stored, cities=tuple(sorted(set(frame["city"].drop_nulls().unique()))))


def rows_of(findings: Iterable[Finding], level: str) -> pl.Series:
    """The rows that findings of a level speak of."""
    rows = [f.rows["row_no"] for f in findings if f.level == level and f.rows is not None]
    return pl.concat(rows).unique() if rows else pl.Series("row_no", [], pl.Int64)


def _receipt(desk: Desk, seen: _Seen, *, sets_aside: bool) -> Receipt:
    findings, outcome = seen.findings, seen.outcome
    bad, warned = rows_of(findings, "error"), rows_of(findings, "warning")
    status = outcome.status
    if len(bad):
        bad = bad.filter(bad.is_in(desk.sheet.row_no.implode()))
        status = status.filter(~pl.col("row_no").is_in(bad.implode()))
        warned = warned.filter(~warned.is_in(bad.implode()))
    counts = dict(status["status"].value_counts().iter_rows())
    return Receipt(
        None,
        desk.form_name,
        clean_name(desk.delivery.file_name),
        desk.sheet.encoding,
        len(desk.sheet.row_no),
        *(counts.get(name, 0) for name in ("new", "changed", "same")),
        len(warned),
        len(bad),
        grouped(findings),
        outcome.changes,
        outcome.made,
        marks(findings, most=MAX_SET_ASIDE if sets_aside else MAX_KEPT, projects=_projects(desk)),
        desk.sheet.sample,
        refused=_is_refused(findings, sets_aside=sets_aside) or _is_held(findings, desk),
        restated=outcome.restated.height,
        kept_back=bad,
        sheet=desk.sheet.tab,
        effect=outcome.effect,
    )


def _projects(desk: Desk) -> pl.DataFrame | None:
    """The codes that stand in the rows, where the form has any."""
    named = (rows.select("row_no", "code") for _, rows in desk.parts if "code" in rows.columns)
    return next(named, None)


#: Errors of rows that refuse the whole file all the same: rows of other cities, rows that are no rows.
_OF_THE_WHOLE = ("E-B102", "E-S40", "E-S42")


def _is_refused(findings: Iterable[Finding], *, sets_aside: bool) -> bool:
    """Any error refuses the whole file; where rows are set aside, only one of the file as a whole does."""
    errors = [finding for finding in findings if finding.level == "error"]
    if not sets_aside:
        return bool(errors)
    return any(finding.rows is None or finding.code in _OF_THE_WHOLE for finding in errors)


def _is_held(findings: Iterable[Finding], desk: Desk) -> bool:
    """A warning that refuses the delivery, because nobody is there to confirm it."""
    held, rows = dict(desk.delivery.refuses), len(desk.sheet.row_no)
    return any(len(f.bad_rows) > held[f.code] * rows for f in findings if f.code in held)
