"""What changed between any two days: lights, figures, joiners and leavers, what happened, what was corrected since.

Each day is taken as it was known then; ``known_at`` in the address fixes the later one. The earlier day stands in the
address as ``since``, so that the link reproduces the comparison.
"""

from datetime import date, timedelta

import polars as pl
import streamlit as st

from alerts import day as days
from alerts.comparison import Cohort, Presence, cohorts, compare, transitions
from alerts.day import Day
from dashboard import filters, later, parts
from dashboard.filters import Filters
from dashboard.later import View
from dashboard.parts import Safe, joined, wrapped
from dashboard.views import meeting, missing
from dashboard.visit import Visit
from models import clock, meetings
from models.queries import changes
from models.queries.places import name_of
from models.vocabulary import AdjustmentStatus, Light, Transition

#: Rows of a list at most; the rest is counted.
MOST = 100


def render(visit: Visit) -> None:
    t = visit.words
    found = filters.read(visit)
    since = _since(found)
    title = t("from {since} to {on}", since=t.day(since), on=t.day(found.day.on))
    parts.page(t("What changed"), title)
    filters.bar(visit, found, "changes", "province", "city", "kind", "industry")
    if found.outside:
        parts.outside(visit)
        return
    _choose(visit, found, since)
    if since >= found.day.on:
        parts.nothing(t("Nothing to compare"), t("Choose an earlier day to compare with."))
        return
    earlier = _as_known_then(visit, since)
    before, after = (days.states(visit.db, day, visit.scope, found.narrow) for day in (earlier, found.day))
    if before.is_empty() and after.is_empty():
        missing.projects(visit, found, "changes", title=t("No project on either day"))
        return
    parts.show(_basis(visit, earlier, found.day))
    parts.show(_sums(visit, found, cohorts(before, after)))
    moves = compare(before, after)
    parts.show(_matrix(visit, moves), _happened(visit, found, earlier))
    _moved(visit, found, moves)
    _corrections(visit, found, earlier)


def _since(found: Filters) -> date:
    """The day compared with: the one asked for, else the last working day before the one shown."""
    try:
        asked = date.fromisoformat(st.query_params.get("since", ""))
    except ValueError:
        return clock.last_workday_before(found.day.on)
    return max(asked, filters.EARLIEST)


def _choose(visit: Visit, found: Filters, since: date) -> None:
    t, on = visit.words, found.day.on
    yesterday, worked = on - timedelta(days=1), clock.last_workday_before(on)
    met = meetings.held(visit.db, visit.scope, until=yesterday)
    offered = (
        *([(t("Last meeting"), met[0].held_on)] if met else []),
        (t("Last working day"), worked),
        *([(t("The day before"), yesterday)] if yesterday != worked else []),
        (t("A week before"), on - timedelta(days=7)),
        (t("End of last month"), clock.month_start(on) - timedelta(days=1)),
        (t("A year before"), on - timedelta(days=365)),
    )
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        for label, day in offered:
            kind = "primary" if day == since else "secondary"
            if st.button(label, key=f"since-{label}", type=kind, help=t.day(day)):
                filters.write("since", day.isoformat())
                st.rerun()
        st.session_state["compared-with"] = since
        st.date_input(
            t("Compared with"),
            key="compared-with",
            format="YYYY-MM-DD",
            min_value=filters.EARLIEST,
            max_value=max(on, since),
            width=170,
            help=t("Any day; the link keeps it."),
            on_change=lambda: filters.write("since", str(st.session_state["compared-with"] or "")),
        )
        meeting.offer(visit)


def _as_known_then(visit: Visit, since: date) -> Day:
    """A day that nobody judged is taken as it was known at its end."""
    day = days.open_day(visit.db, since, None, today=visit.today)
    return day if day.cached else Day(since, clock.end_of_day(since), None)


def _basis(visit: Visit, earlier: Day, later: Day) -> Safe:
    t = visit.words
    then, now = (parts.day_line(visit, day) for day in (earlier, later))
    return wrapped(
        "div",
        joined(
            [joined([then, "→", now]), t("Sums are over the projects there on both days.")],
            t.pick("。", ". "),
        ),
        "pd-m",
    )


def _sums(visit: Visit, found: Filters, groups: list[Cohort]) -> Safe:
    t = visit.words
    rows = []
    for group in groups:
        old, new = group.before, group.after
        rows.append(
            (
                t("All kinds") if group.kind is None else t.label(group.kind),
                t.number(new.projects, 0),
                t.number(group.joined, 0),
                t.number(group.left, 0),
                *(
                    _pair(t.number(old.lights[light], 0), t.number(new.lights[light], 0))
                    for light in parts.LIGHTS
                ),
                _pair(t.percent(old.physical_bp), t.percent(new.physical_bp)),
                _pair(t.percent(old.spent_bp), t.percent(new.spent_bp)),
                t.amount(new.spent - old.spent, found.currency),
            )
        )
    heads = [
        (t("Kind"), "pd-s"),
        (t("On both days"), "pd-n"),
        (t("Joined"), "pd-n"),
        (t("Left"), "pd-n"),
        *((parts.status(light, t), "pd-n") for light in parts.LIGHTS),
        (t("Progress (mean of measured)"), "pd-n"),
        (t("Spent ÷ issued"), "pd-n"),
        (t("Spent in between"), "pd-n"),
    ]
    return parts.table(heads, rows, t("The same projects on both days"))


def _pair(old: str, new: str) -> Safe:
    return joined([old, "→", new] if old != new else [new])


def _matrix(visit: Visit, moves: pl.DataFrame) -> Safe:
    t, counted = visit.words, transitions(moves)
    shown = [light for light in parts.LIGHTS if any(str(light) in pair for pair in counted)]
    rows = [
        (
            parts.light_html(old, t),
            *(_count(visit, counted.get((str(old), str(new)), 0), old == new) for new in shown),
        )
        for old in shown
    ]
    heads = [(t("Before ↓ after →"), "pd-s"), *((parts.status(light, t), "pd-n") for light in shown)]
    return parts.table(heads, rows, t("From which light to which"))


def _count(visit: Visit, count: int, is_same: bool) -> Safe:
    said = visit.words.number(count, 0) if count else "·"
    return wrapped("span" if is_same or not count else "b", said)


def _happened(visit: Visit, found: Filters, earlier: Day) -> Safe:
    t = visit.words
    since = earlier.known_at or earlier.judged_at
    until = found.day.known_at or found.day.judged_at or visit.now
    if found.narrow.programme is None or since is None:
        return Safe("")
    what = changes.happened(visit.db, visit.scope, found.narrow.programme, since, until)
    said = [
        (t("Alerts opened"), t.number(what.alerts.get(Transition.OPENED, 0), 0)),
        (t("Alerts worsened"), t.number(what.alerts.get(Transition.WORSENED, 0), 0)),
        (t("Alerts ended"), t.number(what.alerts.get(Transition.RESOLVED, 0), 0)),
        (t("Adjustments approved"), t.number(what.decisions.get(AdjustmentStatus.APPROVED, 0), 0)),
        (t("Adjustments rejected"), t.number(what.decisions.get(AdjustmentStatus.REJECTED, 0), 0)),
        (t("Files taken in"), t.number(what.files, 0)),
    ]
    note = t("In your whole scope, between the two instants of knowledge:")
    return joined([wrapped("div", note, "pd-m pd-more"), parts.facts(said)], "")


def _moved(visit: Visit, found: Filters, moves: pl.DataFrame) -> None:
    """Every project whose light or presence changed, in four lists."""
    t = visit.words
    there = pl.col("presence") == str(Presence.BOTH)
    for title, held in (
        (t("Became worse"), there & (pl.col("steps") > 0)),
        (t("Became better"), there & (pl.col("steps") < 0)),
        (t("Joined since"), pl.col("presence") == str(Presence.JOINED)),
        (t("Left since"), pl.col("presence") == str(Presence.LEFT)),
    ):
        listed = moves.filter(held)
        if listed.is_empty():
            continue
        parts.heading(f"{title} ({t.number(listed.height, 0)})")
        rows = [_row(visit, found, row) for row in listed.head(MOST).iter_rows(named=True)]
        heads = [
            (t("Light"), "pd-s"),
            (t("Project"), "pd-w"),
            (t("Physical progress"), "pd-n"),
            (t("Spent"), "pd-n"),
            (t("Figures as of"), "pd-s"),
            (t("Plan version"), "pd-n"),
        ]
        parts.show(parts.table(heads, rows))
        if listed.height > MOST:
            st.caption(t("The first {n} are listed; filters narrow the list.", n=MOST))


def _row(visit: Visit, found: Filters, row: dict) -> tuple:
    t = visit.words
    city = name_of(found.known.places, row["city"], t)
    name = parts.project_link(visit, row["city"], row["project"], row["name"])
    lights = [parts.light_html(Light(row[name]), t) for name in ("light_before", "light") if row[name]]
    return (
        joined(lights, " → "),
        joined([name, wrapped("div", city, "pd-m")], ""),
        _pair(t.percent(row["physical_bp_before"]), t.percent(row["physical_bp"])),
        _pair(*(t.amount(row[name], found.currency) for name in ("spent_before", "spent"))),
        _pair(t.day(row["as_of_before"]), t.day(row["as_of"])),
        _pair(str(row["version_before"] or "—"), str(row["version"] or "—")),
    )


def _corrections(visit: Visit, found: Filters, earlier: Day) -> None:
    """Figures of the earlier day that are known otherwise now: they are in neither list above."""
    t = visit.words
    known_at = earlier.known_at or earlier.judged_at
    if found.narrow.programme is None or known_at is None:
        return
    parts.heading(
        t("Corrected since: figures of {day} or before that are known otherwise now", day=t.day(earlier.on))
    )
    asked = later.part(View("changes", found.narrow, earlier, found.currency))
    rows = changes.corrected(visit.db, visit.scope, asked, earlier.on, known_at)
    parts.show(later.table(visit, found.currency, rows))
