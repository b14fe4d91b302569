"""Data sources: which of them speak, which are silent and why, what each brought, and asking one now.

The button only makes a source due: the worker asks it, so that neither outgoing connections nor secrets are
the pages' business. A reader sees the sources of the own cities; the silent ones stand first.
"""

from collections.abc import Mapping
from datetime import timedelta

import streamlit as st

from collectors import sources as declared
from collectors.addresses import host_of
from collectors.failure import notes_of, told
from collectors.forms import FORMS
from collectors.quiet import Health, State, rhythm, state_of, title_of, understood
from dashboard import parts
from dashboard.parts import Safe, wrapped
from dashboard.visit import Visit
from models.access import Action
from models.queries import places
from models.queries.places import PlaceRow, name_of
from models.queries.sources import RunRow, SourceRow, all_sources, runs
from models.vocabulary import Light, PullOutcome
from models.words import mark

MOST = 30

_LABELS = {
    Health.SILENT: mark("Silent"),
    Health.FAILING: mark("Failing"),
    Health.UNASKED: mark("Not asked"),
    Health.WAITING: mark("Not yet"),
    Health.IN_TIME: mark("In time"),
    Health.OFF: mark("Switched off"),
}
_LIGHTS = {
    Health.SILENT: Light.RED,
    Health.FAILING: Light.YELLOW,
    Health.UNASKED: Light.STALE,
    Health.IN_TIME: Light.GREEN,
}
_OUTCOMES = {
    PullOutcome.OK: mark("Figures came"),
    PullOutcome.UNCHANGED: mark("Nothing new"),
    PullOutcome.EMPTY: mark("Empty answer"),
    PullOutcome.ERROR: mark("Fault"),
}

_Known = tuple[SourceRow, State]


def render(visit: Visit) -> None:
    t = visit.words
    parts.page(t("Data sources"))
    known = _known(visit)
    wanted = st.query_params.get("source", "")
    chosen = next((pair for pair in known if pair[0].name == wanted), known[0] if len(known) == 1 else None)
    if wanted and chosen is None:
        parts.outside(visit)
        return
    if not known:
        _nothing(visit)
        return
    _list(visit, known)
    if chosen is not None:
        _one(visit, *chosen)


def _known(visit: Visit) -> list[_Known]:
    """The sources of the reader's cities, the worst first."""
    tolerance = timedelta(minutes=visit.settings.source_tolerance_minutes)
    rows = all_sources(visit.db, visit.scope)
    pairs = [(row, state_of(row, now=visit.now, tolerance=tolerance)) for row in rows]
    rank = list(Health)
    return sorted(pairs, key=lambda pair: (rank.index(pair[1].health), pair[1].since))


def _nothing(visit: Visit) -> None:
    t = visit.words
    parts.nothing(
        t("No data source is declared"),
        t(
            "A city's own system can be read by itself, over the network or from a folder. An administrator "
            "declares it with “manage.py source add FILE.toml”; until then reports are handed in on the "
            "page “Reports”."
        ),
    )
    parts.show(parts.anchor(t("To the reports"), parts.link("reports", visit)))


def _list(visit: Visit, known: list[_Known]) -> None:
    t, names = visit.words, places.names(visit.db)
    heads = [
        (t("State"), "pd-s"),
        (t("Data source"), "pd-w"),
        (t("City"), "pd-s"),
        (t("Last good answer"), "pd-s"),
        (t("Rows"), "pd-n"),
        (t("Problems"), "pd-n"),
        (t("Response time"), "pd-n"),
        (t("Next"), "pd-s"),
        (t("What happened last"), "pd-w"),
    ]
    troubled = sum(state.speaks_up for _, state in known)
    said = t("Data sources: {n}; silent or failing: {bad}.", n=len(known), bad=troubled)
    parts.show(
        wrapped("div", said, "pd-m"), parts.table(heads, [_row(visit, *pair, names) for pair in known])
    )


def _row(visit: Visit, row: SourceRow, state: State, names: Mapping[str, PlaceRow]) -> tuple[object, ...]:
    t, last = visit.words, row.last
    return (
        _state(visit, state),
        parts.anchor(title_of(row.name, row.declared), parts.link("sources", visit, source=row.name)),
        _place(visit, row, names),
        t.instant(row.last_ok_at),
        t.number(last.rows, 0) if last else None,
        t.number(_problems(last), 0) if last else None,
        _response(visit, last),
        t.instant(row.due_at) if row.enabled else None,
        _outcome(visit, last),
    )


def _problems(run: RunRow) -> int:
    """Rows with a problem; a run that failed as a whole is one."""
    return run.rejected + run.warned or int(run.outcome == PullOutcome.ERROR)


def _state(visit: Visit, state: State) -> Safe:
    said = visit.words(_LABELS[state.health])
    light = _LIGHTS.get(state.health)
    return parts.light_html(light, visit.words, said) if light else wrapped("span", said, "pd-s")


def _place(visit: Visit, row: SourceRow, names: Mapping[str, PlaceRow]) -> str:
    return name_of(names, row.city, visit.words)


def _response(visit: Visit, run: RunRow | None) -> str | None:
    if run is None or run.response_ms is None:
        return None
    return visit.words("{n} s", n=visit.words.number(run.response_ms / 1000, 2))


def _outcome(visit: Visit, run: RunRow | None) -> str:
    """A run in one sentence."""
    t = visit.words
    if run is None:
        return t("It was not asked yet.")
    if run.code is None:
        return t("{new} new figures, {changed} changed.", new=run.new, changed=run.changed)
    return _said(visit, run)[0]


def _said(visit: Visit, run: RunRow) -> tuple[str, str]:
    """What a run says and its remedy; its bare code where the catalogue no longer knows it."""
    try:
        return told(run.code or "", run.values, visit.words)
    except (KeyError, ValueError):
        return run.code or "", ""


def _one(visit: Visit, row: SourceRow, state: State) -> None:
    t = visit.words
    parts.heading(title_of(row.name, row.declared))
    parts.show(
        parts.facts(
            [
                (t("State"), _state(visit, state)),
                *_declared(visit, row),
                (t("Rhythm"), rhythm(state.every, t)),
                (t("Last good answer"), t.instant(row.last_ok_at) if row.last_ok_at else t("never")),
                (t("Last new figures"), t.instant(row.last_data_at) if row.last_data_at else t("never")),
                (t("Faults in a row"), t.number(row.failures, 0)),
                (t("Next"), t.instant(row.due_at) if row.enabled else t("Switched off")),
                (t("Declared by"), row.declared_by),
                (t("Declared at"), t.instant(row.declared_at)),
            ]
        )
    )
    if row.last is not None:
        _trouble(visit, row.last)
    _button(visit, row)
    _history(visit, row)


def _declared(visit: Visit, row: SourceRow) -> list[tuple[str, object]]:
    """What it reports and where it is read; a folder's path is the administrator's business."""
    t, told = visit.words, understood(row.declared)
    if told is None:
        return []
    form = FORMS.get(told.form or "")
    reports = t.pick(form.zh, form.en) if form else told.mapping
    where = told.path if visit.may(Action.ADMINISTER) else t("A watched folder")
    if told.kind == "http":
        where = host_of(told.url)
    return [(t("What it reports"), reports), (t("Read from"), where)]


def _trouble(visit: Visit, run: RunRow) -> None:
    """The newest run in words, with its remedy, and what is noted beside it."""
    for _, said, remedy in notes_of(run.values, visit.words):
        st.warning(parts.escape(f"{said} {remedy}"))
    if run.code is None:
        return
    said, remedy = _said(visit, run)
    text = parts.escape(f"{said} {remedy}".strip())
    if run.outcome == PullOutcome.UNCHANGED:
        st.info(text)
        return
    st.warning(text)


def _button(visit: Visit, row: SourceRow) -> None:
    t = visit.words
    theirs = visit.may(Action.REPORT) and visit.scope.covers(row.city)
    if not (row.enabled and (theirs or visit.may(Action.ADMINISTER))):
        return
    if st.button(t("Ask it now"), icon=":material/sync:", key=f"source-ask-{row.name}"):
        declared.ask_for(visit.db, row.name, now=visit.now)
        seconds = visit.settings.pull_seconds
        st.success(t("The worker asks it within {n} seconds; look at the page again then.", n=seconds))


def _history(visit: Visit, row: SourceRow) -> None:
    t = visit.words
    found = runs(visit.db, visit.scope, row.name, limit=MOST)
    if not found:
        parts.nothing(
            t("It was not asked yet."), t("Each time the worker asks it, the outcome appears here.")
        )
        return
    heads = [
        (t("At"), "pd-s"),
        (t("Outcome"), "pd-s"),
        *((label, "pd-n") for label in (t("Rows"), t("New"), t("Changed"), t("Refused"), t("Warned"))),
        (t("Response time"), "pd-n"),
        (t("In words"), "pd-w"),
        (t("How to mend it"), "pd-w"),
    ]
    parts.show(parts.table(heads, [_run(visit, row, run) for run in found], t("What came of it each time")))


def _run(visit: Visit, row: SourceRow, run: RunRow) -> tuple[object, ...]:
    t = visit.words
    at: object = t.instant(run.finished_at)
    if run.submission is not None and visit.scope.covers(row.city):
        at = parts.anchor(at, parts.link("reports", visit, submission=run.submission, holder=row.city))
    return (
        at,
        t(_OUTCOMES[PullOutcome(run.outcome)]),
        *(t.number(getattr(run, name), 0) for name in ("rows", "new", "changed", "rejected", "warned")),
        _response(visit, run),
        _outcome(visit, run),
        _said(visit, run)[1] if run.code else "",
    )
