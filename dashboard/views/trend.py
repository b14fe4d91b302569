"""Lights over time on the overview: the share of each light at both ends of each step, over the same projects.

Reads the counts that judging keeps (``models/light_steps.py``), never all projects; only a step that ends on a day
in the middle of its period is counted from two days' states. Drawn after everything else, and kept.
"""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

import polars as pl
import pyarrow as pa
import streamlit as st

from alerts.trend import Step, seen, steps
from dashboard import address, charts, filters, parts, pieces
from dashboard.filters import Filters
from dashboard.parts import Safe, joined, wrapped
from dashboard.visit import Visit
from models import light_steps
from models.queries import light_steps as queries
from models.vocabulary import Light, PeriodUnit
from models.words import mark

#: How far back is looked.
BACK = timedelta(days=366)

#: No period goes on for longer.
AHEAD = timedelta(days=31)

_UNITS = {PeriodUnit.MONTH: mark("By month"), PeriodUnit.WEEK: mark("By week")}


@dataclass(frozen=True)
class Ready:
    """What the section shows: its heading, what the lines rest on, rows of the chart, the table.

    ``rows`` is None where fewer than two periods were judged; ``basis`` says so then.
    """

    heading: Safe
    basis: Safe
    rows: pa.Table | None
    table: Safe


def ready(visit: Visit, found: Filters) -> Ready:
    """The section over the days up to the one shown."""
    t, unit, on = visit.words, _asked(), found.day.on
    around = queries.judged(visit.db, on - BACK, on + AHEAD)
    judged = {day: known_at for day, known_at in around.items() if day <= on}
    pairs = light_steps.pairs(unit, judged)
    if not pairs:
        few = t("A trend needs two judged periods; {n} days were judged in these 12 months.", n=len(judged))
        return Ready(_heading(visit), wrapped("div", few, "pd-m"), None, Safe(""))
    open_end = _goes_on(unit, pairs[-1][1], around)

    def made() -> Ready:
        shown = steps(_counts(visit, found, unit, pairs, open_end), pairs)
        heading, basis = _heading(visit), _basis(visit, found, unit, judged, shown)
        return Ready(heading, basis, parts.columns_of(_rows(visit, shown)), _table(visit, shown))

    return pieces.of_day(visit, found, ("trend", unit, tuple(judged.items()), open_end), made)


def draw(visit: Visit, ready: Ready) -> None:
    """The section: unit, chart, what it rests on, and the same in words and numbers."""
    parts.show(ready.heading)
    _choice(visit)  # weeks may have a trend where months have none yet
    parts.show(ready.basis)
    if ready.rows is None:
        return
    said = visit.words("Share of each light over time, over the same projects at both ends of each step")
    parts.chart(visit, "lights", ready.rows, said)
    parts.show(ready.table)


def _heading(visit: Visit) -> Safe:
    return wrapped("h2", visit.words("Lights over the last 12 months"), "pd-h2 pd-sec")


def _asked() -> PeriodUnit:
    """Week or month, as the address says."""
    return PeriodUnit.WEEK if address.params().get("trend") == PeriodUnit.WEEK else PeriodUnit.MONTH


def _choice(visit: Visit) -> None:
    """Week or month, kept in the address."""
    t, key = visit.words, "trend-unit"
    st.session_state[key] = _asked()
    st.segmented_control(
        t("Step of the trend"),
        list(_UNITS),
        format_func=lambda unit: t(_UNITS[unit]),
        key=key,
        on_change=lambda: filters.write(
            "trend", str(PeriodUnit.WEEK) if st.session_state[key] == PeriodUnit.WEEK else None
        ),
        label_visibility="collapsed",
        required=True,
    )


def _goes_on(unit: PeriodUnit, last: date, judged: Collection[date]) -> bool:
    """Was a later day of the same period judged, so that the step to this one is kept no longer?"""
    start = light_steps.period_start(unit, last)
    return any(day > last and light_steps.period_start(unit, day) == start for day in judged)


def _counts(
    visit: Visit, found: Filters, unit: PeriodUnit, pairs: list[tuple[date, date]], open_end: bool
) -> pl.DataFrame:
    """The counts of all steps; ``open_end``: the last one is not kept."""
    asked = asdict(found.narrow) | {"light": None}
    kept = queries.kept(visit.db, visit.scope, unit, [until for _, until in pairs], asked)
    if open_end:
        last = queries.counted(visit.db, visit.scope, *pairs[-1], asked)
        kept = pl.concat([kept.filter(pl.col("state_on") < pairs[-1][1]), last.select(kept.columns)])
    return kept


def _basis(
    visit: Visit, found: Filters, unit: PeriodUnit, judged: dict[date, datetime], shown: list[Step]
) -> Safe:
    """What the lines are over, how many periods were judged, who came and went."""
    t = visit.words
    starts = {light_steps.period_start(unit, day) for day in judged}
    whole = 12 if unit == PeriodUnit.MONTH else 52
    said = [
        t(
            "Each line goes from the last judged day of one period to that of the next, over the projects there on both days; where a line breaks, projects joined or left."
        ),
        t(
            "In these steps {joined} joined and {left} left.",
            joined=t.number(sum(step.joined for step in shown), 0),
            left=t.number(sum(step.left for step in shown), 0),
        ),
    ]
    if len(starts) < whole:
        few = (
            t("Only {n} months have a judged day; a step spans what lies between.", n=len(starts))
            if unit == PeriodUnit.MONTH
            else t("Only {n} weeks have a judged day; a step spans what lies between.", n=len(starts))
        )
        said.append(few)
    if found.day.known_at is not None:
        said.append(
            t("The lights are those of each day's judgement, whatever instant this page is known at.")
        )
    return wrapped("div", joined(said, t.pick("", " ")), "pd-m")


def _rows(visit: Visit, shown: list[Step]) -> list[dict]:
    """Rows of the chart ``lights``: two for each step and light."""
    t, rows = visit.words, []
    for number, step in enumerate(shown):
        for light in seen(shown):
            share = step.share(light)
            if share is None:
                continue
            for on, value, count in (
                (step.since, share[0], step.before[light]),
                (step.until, share[1], step.after[light]),
            ):
                rows.append(
                    {
                        "on": on.isoformat(),
                        "value": round(value / 100, 2),
                        "label": charts.series_label(str(light), t.language),
                        "mark": parts.SHAPES[light],
                        "step": number,
                        "said": t(
                            "{count} of {all} projects", count=t.number(count, 0), all=t.number(step.same, 0)
                        ),
                    }
                )
    return rows


def _table(visit: Visit, shown: list[Step]) -> Safe:
    """The steps as a table, the newest first."""
    t = visit.words
    told = [light for light in parts.LIGHTS if light in seen(shown)]
    heads = [
        (t("From"), "pd-s"),
        (t("To"), "pd-s"),
        (t("On both days"), "pd-n"),
        *((parts.status(light, t), "pd-n") for light in told),
        (t("Joined"), "pd-n"),
        (t("Left"), "pd-n"),
    ]
    rows = [
        (
            t.day(step.since),
            t.day(step.until),
            t.number(step.same, 0),
            *(_share(visit, step, light) for light in told),
            t.number(step.joined, 0),
            t.number(step.left, 0),
        )
        for step in reversed(shown)
    ]
    summary = parts.cell(t("The steps in numbers"))
    table = parts.table(heads, rows, t("Share of each light, from → to"))
    return Safe(f'<details class="pd-more"><summary>{summary}</summary>{table}</details>')


def _share(visit: Visit, step: Step, light: Light) -> str:
    t, share = visit.words, step.share(light)
    return "—" if share is None else f"{t.percent(share[0])} → {t.percent(share[1])}"
