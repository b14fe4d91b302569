"""What keeps the tool running, at one look: each thing that is administered, how it stands, and the page that has it.

A line stands here only where its page opens to the reader (``dashboard/needs.py``) and says no more than that page:
who manages people without seeing figures learns of no project. The forms are on those pages. To add a thing, a
function that gives its ``Line`` and its path in ``_LINES``.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from alerts.dead import undelivered
from alerts.in_force import NATIONAL, newest, standings
from collectors.closing import open_calendar
from collectors.quiet import Health, state_of
from dashboard import parts
from dashboard.health import health
from dashboard.needs import opens
from dashboard.parts import wrapped
from dashboard.views import rules
from dashboard.visit import Visit
from models import audit
from models.anchors import read_anchors
from models.clock import local_day
from models.periods import Window
from models.queries import deadlines, judgements, people, places
from models.queries.places import PlaceRow, name_of
from models.queries.sources import all_sources
from models.vocabulary import ExceptionKind, Light, MessageState
from models.words import mark

#: Letters counted at most.
_MOST = 1_000


@dataclass(frozen=True)
class Line:
    """How a thing stands: ``light`` None where there is nothing to judge. ``more`` says it in figures."""

    light: Light | None
    more: str


def render(visit: Visit) -> None:
    t = visit.words
    parts.page(t("Administration"), t("As it stands now"))
    if not opens(visit, "administration"):
        parts.outside(visit)
        return
    heads = [(t("Matter"), ""), (t("State"), "pd-s"), (t("In figures"), "pd-w")]
    rows = [
        (_head(visit, path, title), _state(visit, found.light), found.more)
        for path, title, line in _LINES
        if not path or opens(visit, path)
        for found in (line(visit),)
    ]
    parts.show(parts.table(heads, rows))
    if opens(visit, "deadlines"):
        _windows(visit)


def _head(visit: Visit, path: str, title: str) -> parts.Safe | str:
    said = visit.words(title)
    return parts.anchor(said, parts.link(path, visit)) if path else said


_STATES = {Light.GREEN: mark("In order"), Light.YELLOW: mark("To be looked at"), Light.RED: mark("Trouble")}


def _state(visit: Visit, light: Light | None) -> parts.Safe:
    t = visit.words
    return parts.cell(None) if light is None else parts.light_html(light, t, t(_STATES[light]))


def _worker(visit: Visit) -> Line:
    t, told = visit.words, health(visit.db, now=visit.now)
    last = judgements.last(visit.db)
    said = t("no day was judged yet")
    if last is not None:
        said = t("last judged: {day}, finished {at}", day=t.day(last[0]), at=t.instant(last[1]))
    if told["worker"] != "ok":
        return Line(Light.RED, t("the worker is silent; {judged}", judged=said))
    late = last is None or (local_day(visit.now) - last[0]).days > 1
    return Line(Light.YELLOW if late else Light.GREEN, said)


def _sources(visit: Visit) -> Line:
    t, tolerance = visit.words, timedelta(minutes=visit.settings.source_tolerance_minutes)
    rows = all_sources(visit.db, visit.scope)
    counts = Counter(state_of(row, now=visit.now, tolerance=tolerance).health for row in rows)
    if not rows:
        return Line(None, t("no source is declared"))
    light = Light.YELLOW if counts[Health.FAILING] else Light.GREEN
    said = t(
        "{all} declared, {silent} silent, {failing} failing, {off} switched off",
        all=len(rows),
        silent=counts[Health.SILENT],
        failing=counts[Health.FAILING],
        off=counts[Health.OFF],
    )
    return Line(Light.RED if counts[Health.SILENT] else light, said)


def _letters(visit: Visit) -> Line:
    t = visit.words
    found = undelivered(visit.db, visit.scope, limit=_MOST)
    dead = sum(one.state == MessageState.DEAD for one in found)
    light = Light.RED if dead else Light.YELLOW if found else Light.GREEN
    return Line(light, t("{dead} undeliverable, {waiting} tried again", dead=dead, waiting=len(found) - dead))


def _people(visit: Visit) -> Line:
    t, rows = visit.words, people.people(visit.db)
    live = [row for row in rows if row.disabled_at is None]
    never = sum(row.seen_at is None for row in live)
    over = sum(row.once_until_at is not None and row.once_until_at < visit.now for row in live)
    said = t(
        "{all} accounts, {disabled} disabled, {never} never signed in, {over} with a password for once that has run out",
        all=len(rows),
        disabled=len(rows) - len(live),
        never=never,
        over=over,
    )
    return Line(Light.YELLOW if over else Light.GREEN, said)


def _rules(visit: Visit) -> Line:
    t = visit.words
    with visit.db.ro.connect() as connection:
        rows = [row for row in standings(connection) if rules.concerns(visit, row)]
    holding = [row for row in newest(rows, visit.now).values() if row.policy is not None]
    own = sum(row.key != NATIONAL for row in holding)
    said = t("{n} scopes with rules of their own", n=own)
    if holding:
        last = max(holding, key=lambda row: row.from_at)
        said += t("; the newest in force since {at}, by {by}", at=t.instant(last.from_at), by=last.set_by)
    return Line(None, said)


def _deadlines(visit: Visit) -> Line:
    t, calendar = visit.words, open_calendar(visit.db, visit.now)
    window = calendar.window(None)
    closing = window.before(window.period(visit.today))
    if window.late_after(closing) < visit.today:
        closing = window.period(visit.today)
    with visit.db.ro.connect() as connection:
        before = deadlines.standing(
            connection, visit.scope, calendar, window.before(window.period(visit.today)).end
        )
        granted = deadlines.exceptions(connection, visit.scope)
    late = sum(row.late for row in before)
    said = t(
        "period {period} is due on {day}; {late} of {all} cities late with the period before; {n} exceptions hold",
        period=closing.name,
        day=t.day(window.due_on(closing)),
        late=late,
        all=len(before),
        n=sum(row.until >= visit.now for row in granted),
    )
    return Line(Light.YELLOW if late else Light.GREEN, said)


def _audit(visit: Visit) -> Line:
    t, head = visit.words, audit.newest(visit.db)
    try:
        noted = max((one.seq for one in read_anchors(visit.settings.anchors)), default=0)
    except (OSError, ValueError):
        return Line(Light.RED, t("The file of anchors cannot be read; ask the operator."))
    if not noted:
        return Line(
            Light.YELLOW,
            t("{n} entries; no head of the chain was noted outside yet", n=t.number(head.seq, 0)),
        )
    said = t(
        "{n} entries; the chain's head was last noted outside at entry {noted}",
        n=t.number(head.seq, 0),
        noted=t.number(noted, 0),
    )
    return Line(Light.RED if noted > head.seq else Light.GREEN, said)


#: Path of the page ("": there is none), what it is called, and how it stands.
_LINES: tuple[tuple[str, str, Callable[[Visit], Line]], ...] = (
    ("", mark("Worker and judgement"), _worker),
    ("deadlines", mark("Deadlines"), _deadlines),
    ("sources", mark("Data sources"), _sources),
    ("letters", mark("Letters that did not arrive"), _letters),
    ("rules", mark("Light rules"), _rules),
    ("people", mark("People and permissions"), _people),
    ("audit", mark("Audit log"), _audit),
)


def _windows(visit: Visit) -> None:
    """Reporting windows: the programme's, and those of cities in reach that have a rhythm of their own or more time."""
    t, calendar = visit.words, open_calendar(visit.db, visit.now)
    names = places.names(visit.db)
    own = {
        city: window
        for city, window in sorted(calendar.windows.items(), key=lambda pair: pair[0] or "")
        if city is not None and city in names and visit.scope.covers(city)
    }
    with visit.db.ro.connect() as connection:
        granted = deadlines.exceptions(connection, visit.scope)
    open_again = Counter(
        row.city for row in granted if row.kind == ExceptionKind.REOPENING and row.until >= visit.now
    )
    parts.heading(t("Reporting windows"))
    heads = [
        (t("For whom"), "pd-w"),
        (t("Rhythm"), "pd-s"),
        (t("Days after the period"), "pd-n"),
        (t("Running period"), "pd-s"),
        (t("Due on"), "pd-s"),
        (t("More time"), "pd-s"),
        (t("Opened again"), "pd-n"),
    ]
    every = _window(visit, t("All cities without a rhythm of their own"), calendar.window(None), 0)
    lines = [_window(visit, _place(visit, names, city), own[city], open_again[city]) for city in own]
    parts.show(parts.table(heads, [every, *lines]))
    where = parts.anchor(t("Grant more time or set another rhythm"), parts.link("deadlines", visit))
    parts.show(wrapped("div", where, "pd-m"))


def _place(visit: Visit, names: Mapping[str, PlaceRow], city: str) -> parts.Safe:
    return parts.anchor(name_of(names, city, visit.words), parts.link("deadlines", visit, city=city))


def _window(visit: Visit, whom: object, window: Window, opened: int) -> tuple[object, ...]:
    t, rhythm = visit.words, window.holding(visit.today)
    running = window.period(visit.today)
    last = max((day for day in window.extended.values() if day >= visit.today), default=None)
    return (
        whom,
        t.label(rhythm.unit) if rhythm.every == 1 else f"{rhythm.every} × {t.label(rhythm.unit)}",
        rhythm.due_days,
        running.name,
        t.day(window.due_on(running)),
        t("Until {day}", day=t.day(last)) if last else None,
        opened or None,
    )
