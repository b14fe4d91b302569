"""The overview: how point, line and surface stand, what changed since the last working day, whom to call.

Reads the day's totals and a few worst rows, never all projects, so that it opens as fast over 100,000
projects as over 1,000. Refuses to mix programmes: their currencies and windows differ.
"""

from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import partial
from itertools import islice

import polars as pl
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from alerts import day as days
from alerts.in_force import judging_instant
from alerts.states import total_frame
from alerts.totals import sums
from dashboard import filters, gate, parts, pieces, reference
from dashboard.filters import Filters
from dashboard.parts import Safe, cell, joined, wrapped
from dashboard.views import cards, desk, missing, rules, tiles, trend, worst
from dashboard.views.worst import city_link
from dashboard.visit import Visit
from models import clock, meetings
from models.access import Action
from models.queries import day_state, submissions
from models.queries.city import waiting
from models.vocabulary import Change, Freshness, Light

WORST = 10
CHANGED = 8


def render(visit: Visit) -> None:
    """The page; what its filters change is a part that they rerun alone."""
    gate.on_its_own(visit, _page)


def ahead(visit: Visit, found: Filters) -> Safe | None:
    """The page's first figures where they are kept, for ``dashboard/ahead.py``; None where they are not."""
    if found.outside or not found.day.cached:
        return None
    totals, *_ = pieces.frames_of_day(visit, found, "overview", lambda: _read(visit, found))
    return None if totals.is_empty() else _cards(visit, found, totals)


def _cards(visit: Visit, found: Filters, totals: pl.DataFrame) -> Safe:
    return pieces.of_day(visit, found, "cards", lambda: cards.draw(visit, found, totals))


def _page(visit: Visit) -> None:
    t = visit.words
    found = filters.read(visit)
    parts.page(t("Overview"), parts.day_line(visit, found.day))
    bar = st.container()
    later = None if found.outside else _day(visit, found)
    with bar:  # after the figures: they are on screen while the browser still loads the filters
        filters.bar(visit, found, "overview", "province", "city", "industry")
    if found.outside:
        parts.outside(visit)
    if later is not None:
        place, lights = later
        with place:
            trend.draw(visit, lights)


def _day(visit: Visit, found: Filters) -> tuple[DeltaGenerator, trend.Ready] | None:
    """The figures of the day; gives the place below them for the lights over time, None where there are none."""
    totals, rows, changed = pieces.frames_of_day(visit, found, "overview", lambda: _read(visit, found))
    if totals.is_empty():
        _empty(visit, found)
        return None
    parts.show(_cards(visit, found, totals))
    ready = _made_ready(visit, found, totals, rows, changed)
    left, right = st.columns([6, 7], gap="medium")
    with left:
        parts.show(ready.desk)
        if ready.squares is None:
            parts.show(ready.by_city)
        else:
            tiles.draw(visit, found, ready.squares)
        parts.show(ready.moved)
    with right:
        parts.show(ready.worst)
    later = st.container()
    parts.show(ready.said)
    return later, ready.lights


@dataclass(frozen=True)
class _Ready:
    """What stands below the cards: what waits on the reader's desk; ``squares`` for readers of several provinces, ``by_city`` for the others."""

    desk: Safe
    squares: tiles.Squares | None
    by_city: Safe
    moved: Safe
    worst: Safe
    said: Safe
    lights: trend.Ready


def _made_ready(
    visit: Visit, found: Filters, totals: pl.DataFrame, rows: pl.DataFrame, changed: pl.DataFrame
) -> _Ready:
    """All that stands below the cards, made before any of it is drawn: meanwhile the browser paints the cards.

    It draws in one go what comes at once, and charts would keep the figures waiting.
    """
    kept = partial(pieces.of_day, visit, found)
    several = len(filters.reachable_provinces(visit)) > 1
    moved = kept("changes", lambda: _changes(visit, found, totals, changed))
    said = (
        kept("fresh", lambda: _fresh(visit, found, totals)),
        kept("own-rules", lambda: _own_rules(visit, found)),
        _since(visit, found),
        kept("roster", lambda: _roster(visit)),
    )
    return _Ready(
        desk=desk.draw(visit),
        squares=tiles.squares(visit, found, totals) if several else None,
        by_city=Safe("") if several else kept("by-city", lambda: tiles.by_city(visit, found, totals)),
        moved=joined([moved, _since_meeting(visit, found), _waiting(visit, found)], ""),
        worst=kept("worst", lambda: worst.draw(visit, found, totals, rows)),
        said=joined(said, ""),
        lights=trend.ready(visit, found),
    )


def _read(visit: Visit, found: Filters) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Totals, worst rows, changed rows: few rows of a judged day, or all from one computation."""
    if found.day.cached:
        return (
            day_state.sums(visit.db, visit.scope, found.day.on, asdict(found.narrow)),
            days.states(visit.db, found.day, visit.scope, found.narrow, limit=WORST),
            day_state.changed(visit.db, visit.scope, found.day.on, asdict(found.narrow), limit=CHANGED),
        )
    states = days.states(visit.db, found.day, visit.scope, found.narrow)
    return total_frame(states), states.head(WORST), day_state.changed_in(states, limit=CHANGED)


def _empty(visit: Visit, found: Filters) -> None:
    missing.projects(visit, found, "overview")
    parts.show(_roster(visit))


def _changes(visit: Visit, found: Filters, totals: pl.DataFrame, changed: pl.DataFrame) -> Safe:
    t = visit.words
    counts = dict(totals.group_by("change").agg(pl.col("projects").sum()).iter_rows())
    since = clock.last_workday_before(found.day.on)
    said = joined(
        (
            f"{parts.change(kind, t)} {t.number(counts.get(str(kind), 0), 0)}"
            for kind in (Change.WORSE, Change.BETTER, Change.NEW)
        ),
        t.pick("，", ", "),
    )
    head = joined(
        [
            wrapped("h2", t("Changed since {day}, the last working day", day=t.day(since)), "pd-h2"),
            wrapped("div", said, "pd-m"),
        ],
        "",
    )
    moved = changed.filter(pl.col("change") != str(Change.NEW))
    if moved.is_empty():
        return joined([head, wrapped("p", t("No light became worse or better."), "pd-m")], "")
    rows = [
        (
            parts.change(row["change"], t),
            joined(
                [
                    parts.project_link(visit, row["city"], row["project"], row["name"]),
                    wrapped("div", city_link(visit, found, row["city"]), "pd-m"),
                ],
                "",
            ),
            joined([parts.light_html(row["light_before"], t), "→", parts.light_html(row["light"], t)]),
        )
        for row in moved.iter_rows(named=True)
    ]
    heads = [(t("Change"), "pd-s"), (t("Project"), "pd-w"), (t("Light"), "pd-s")]
    total = sum(counts.get(str(kind), 0) for kind in (Change.WORSE, Change.BETTER))
    more = Safe("")
    if total > moved.height:
        said = t("{shown} of {all} are listed, those that became worse first.", shown=moved.height, all=total)
        more = wrapped("div", said, "pd-m")
    return joined([head, parts.table(heads, rows), more], "")


def _since_meeting(visit: Visit, found: Filters) -> Safe:
    """The way to what changed since the last meeting, where one was marked."""
    t = visit.words
    met = meetings.held(visit.db, visit.scope, until=found.day.on - timedelta(days=1))
    if not met:
        return Safe("")
    day = met[0].held_on
    said = t("What changed since the last meeting on {day}", day=t.day(day))
    return wrapped("div", parts.anchor(said, parts.link("changes", visit, since=day)), "pd-m")


def _waiting(visit: Visit, found: Filters) -> Safe:
    """For those who decide: where plan adjustments wait for them."""
    t = visit.words
    counts = waiting(visit.db, visit.scope) if visit.may(Action.DECIDE) else {}
    if not counts:
        return Safe("")
    said = (
        joined([city_link(visit, found, code), t.number(count, 0)])
        for code, count in islice(counts.items(), CHANGED)
    )
    line = joined([t("{n} in all:", n=t.number(sum(counts.values()), 0)), joined(said, t.pick("，", ", "))])
    head = wrapped("h2", t("Adjustments waiting for a decision"), "pd-h2 pd-sec")
    return joined([head, wrapped("div", line)], "")


def _fresh(visit: Visit, found: Filters, totals: pl.DataFrame) -> Safe:
    t = visit.words
    total = sums(totals)
    counts = dict(totals.group_by("freshness").agg(pl.col("projects").sum()).iter_rows())
    fresh = t(
        "Newest figure as of {newest}, oldest as of {oldest}. Up to date: {fresh}; overdue: {stale}; never reported: {missing}; of {projects} projects.",
        newest=t.day(total.newest_as_of),
        oldest=t.day(total.oldest_as_of),
        fresh=t.number(counts.get(str(Freshness.FRESH), 0), 0),
        stale=t.number(counts.get(str(Freshness.STALE), 0), 0),
        missing=t.number(counts.get(str(Freshness.MISSING), 0), 0),
        projects=t.number(total.projects, 0),
    )
    silent = counts.get(str(Freshness.STALE), 0) - total.lights.get(Light.STALE, 0)
    if silent > 0:
        fresh += t(" Of the overdue, {n} show red or yellow all the same.", n=t.number(silent, 0))
    programme = found.programme
    name = "" if programme is None else t.pick(programme.name_zh, programme.name_en)
    return wrapped("div", joined([name, fresh], " · "), "pd-m")


def _own_rules(visit: Visit, found: Filters) -> Safe:
    """That lights beside each other are judged by different rules, where they are."""
    at = judging_instant(found.day.on, found.day.known_at or found.day.judged_at or visit.now)
    count = len(rules.scopes_of_their_own(visit, at))
    if not count:
        return Safe("")
    said = visit.words("{n} scopes are judged by light rules of their own.", n=count)
    return wrapped("div", parts.anchor(said, parts.link("rules", visit)), "pd-m")


def _since(visit: Visit, found: Filters) -> Safe:
    """What came after the day was judged and is in the figures already."""
    t, judged_at = visit.words, found.day.judged_at
    if judged_at is None or found.day.known_at is not None:
        return Safe("")
    count, newest = submissions.since(visit.db, visit.scope, judged_at)
    if not count:
        return Safe("")
    said = t(
        "{n} files came since the judgement, the newest at {at}; the figures of the newest day include them, alerts move when it is judged again.",
        n=t.number(count, 0),
        at=t.instant(newest),
    )
    return wrapped("div", said, "pd-m")


def _roster(visit: Visit) -> Safe:
    t = visit.words
    said = t.pick("；", "; ").join(
        t(
            "batch {batch} ({year}): {confirmed} of {announced} cities confirmed",
            batch=row.batch,
            year=row.year,
            confirmed=row.confirmed,
            announced=row.announced,
        )
        for row in reference.roster(visit.db)
    )
    return wrapped("div", cell(t("Roster of pilot cities: {said}.", said=said)), "pd-m")
