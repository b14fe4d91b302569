"""Budget execution: four amounts and their rates, where money stands, the year's months, what is left to do.

Draws what ``alerts/execution.py`` works out of the day's totals. Refuses to add amounts of different stages or
programmes together, and to colour a pace: what is out of reach is said in words.
"""

from collections.abc import Callable, Iterable
from dataclasses import asdict, replace
from datetime import date, datetime, timedelta

import polars as pl

from alerts import day as days
from alerts import execution
from alerts.execution import Forecast, Month, Reach, Row, Stop
from alerts.totals import Sums, grouped, sums
from dashboard import charts, filters, parts, pieces
from dashboard.filters import Filters
from dashboard.parts import Safe, joined, wrapped
from dashboard.views import missing
from dashboard.visit import Visit
from models import clock
from models.kept import Kept
from models.money import FEN_PER_WAN
from models.queries import day_state
from models.queries import execution as query
from models.queries.places import name_of
from models.vocabulary import Kind, MoneyStage
from models.words import Words, mark

#: What money that went no further waits for.
_WAITS = {
    MoneyStage.ISSUED: mark("issued, not transferred: with the finance authority"),
    MoneyStage.TRANSFERRED: mark("transferred, not paid: with the authority in charge"),
    MoneyStage.PAID: mark("paid, not spent: with the implementing unit"),
}

#: What the forecast says, one sentence each.
_FORECASTS = {
    Reach.NOTHING_ISSUED: mark("No money has been issued, so there is nothing to forecast."),
    Reach.ALL_SPENT: mark(
        "All money issued is spent: {spent} of {issued}. No pace is required up to 31 December."
    ),
    Reach.YEAR_OVER: mark(
        "The year is over: {spent} of {issued} issued is spent ({share}); {remaining} was not."
    ),
    Reach.NO_PACE: mark(
        "To spend all that is issued by 31 December: ({issued} issued − {spent} spent) ÷ {months} months left = {required} a month. No month of this year can be measured yet: a project counts from its second report on."
    ),
    Reach.WITHIN: mark(
        "To spend all that is issued by 31 December: ({issued} issued − {spent} spent) ÷ {months} months left = {required} a month, not more than the best month of this year ({month}: {best})."
    ),
    Reach.BEYOND: mark(
        "To spend all that is issued by 31 December: ({issued} issued − {spent} spent) ÷ {months} months left = {required} a month, more than the best month of this year ({month}: {best})."
    ),
}


def render(visit: Visit) -> None:
    t = visit.words
    found = filters.read(visit)
    parts.page(t("Budget execution"), parts.day_line(visit, found.day))
    filters.bar(visit, found, "execution", "kind", "province", "city", "industry")
    if found.outside:
        parts.outside(visit)
        return
    totals = pieces.frames_of_day(visit, found, "execution", lambda: _totals(visit, found))
    whole = sums(totals[found.narrow.programme]) if found.narrow.programme in totals else None
    if whole is None or not whole.projects:
        missing.projects(visit, found, "execution")
        return
    at = execution.figure_day(found.day.on, whole.newest_as_of)
    _rates(visit, found, totals, at)
    if not whole.issued:
        parts.nothing(
            t("No money issued yet"),
            t(
                "The waterfall, the months and the forecast begin with the first report that names money issued."
            ),
        )
        return
    _waterfall(visit, found, whole)
    months = _months(visit, found, at)
    _year(visit, found, months, at)
    _forecast(visit, found, execution.forecast(whole.issued, whole.spent, months, at), whole, at)


def _totals(visit: Visit, found: Filters) -> dict[str, pl.DataFrame]:
    """The day's totals of each programme, which are never added up."""
    codes = [programme.code for programme in found.known.programmes]
    if found.day.cached:
        narrow = asdict(found.narrow)
        asked = {code: narrow | {"programme": code} for code in codes}
        return {
            code: day_state.sums(visit.db, visit.scope, found.day.on, wish) for code, wish in asked.items()
        }
    every = days.totals(visit.db, found.day, visit.scope, replace(found.narrow, programme=None))
    return {code: every.filter(pl.col("programme") == code) for code in codes}


# --- rates --------------------------------------------------------------------------------------------------


def _rates(visit: Visit, found: Filters, totals: dict[str, pl.DataFrame], at: date) -> None:
    t, elapsed = visit.words, execution.year_elapsed(at)
    said = t(
        "Time elapsed to {day}, the newest as-of day or the day shown: {elapsed} of the year. Shares are issued ÷ reward approved; transferred, paid, spent and planned spending ÷ issued.",
        day=t.day(at),
        elapsed=t.percent(elapsed),
    )
    parts.show(wrapped("p", said, "pd-m"))
    mine, held = totals[found.narrow.programme], _provinces(found)
    by_kind = grouped(mine, "kind", provinces=held)
    _table(
        visit,
        found,
        (t("By kind"), t("Kind")),
        execution.rows(by_kind, elapsed),
        lambda code: t.label(Kind(code)),
    )
    inside = found.narrow.province or found.narrow.city
    titles = (t("By city"), t("City")) if inside else (t("By province"), t("Provinces"))
    by_place = grouped(mine, "city" if inside else "province", provinces=held)
    _table(visit, found, titles, execution.rows(by_place, elapsed), _place(visit, found))
    by_programme = {code: added for code, part in totals.items() if (added := sums(part)).projects}
    names = {one.code: t.pick(one.name_zh, one.name_en) for one in found.known.programmes}
    money = {one.code: one.currency for one in found.known.programmes}
    rows = execution.rows(by_programme, elapsed)
    _table(visit, found, (t("By programme"), t("Programme")), rows, names.__getitem__, money)


def _provinces(found: Filters) -> dict[str, str]:
    return {code: place.province for code, place in found.known.places.items()}


def _place(visit: Visit, found: Filters) -> Callable[[str], str]:
    def name(code: str) -> str:
        return name_of(found.known.places, code, visit.words)

    return name


def _table(
    visit: Visit,
    found: Filters,
    titles: tuple[str, str],
    rows: Iterable[Row],
    name: Callable[[str], str],
    currencies: dict[str, str] | None = None,
) -> None:
    """One table of four amounts and their rates; ``titles``: its own and its first column's; ``currencies`` by the row's code, else the programme's."""
    t = visit.words
    heads = [
        (titles[1], "pd-w"),
        (t("Reward approved"), "pd-n"),
        *((t.label(stage), "pd-n") for stage in MoneyStage),
        (t("Issued ÷ reward approved"), "pd-n"),
        (t("Transferred ÷ issued"), "pd-n"),
        (t("Paid ÷ issued"), "pd-n"),
        (t("Spent ÷ issued"), "pd-n"),
        (t("Planned ÷ issued"), "pd-n"),
        (t("Spent, minus time elapsed"), "pd-n"),
    ]
    body = [
        (
            name(row.code),
            *_amounts(visit, row.sums, (currencies or {}).get(row.code, found.currency)),
            *(t.percent(value) for value in (row.issued_bp, row.transferred_bp, row.paid_bp, row.spent_bp)),
            t.percent(row.planned_bp),
            t.points(None if row.gap_bp is None else row.gap_bp / 100),
        )
        for row in rows
    ]
    parts.heading(titles[0])
    parts.show(parts.table(heads, body))


def _amounts(visit: Visit, found: Sums, currency: str) -> list[str]:
    amounts = (found.reward, *(getattr(found, stage) for stage in MoneyStage))
    return [visit.words.amount(amount, currency) for amount in amounts]


# --- the waterfall ------------------------------------------------------------------------------------------


def _waterfall(visit: Visit, found: Filters, whole: Sums) -> None:
    t = visit.words
    stops = execution.waterfall(whole)
    parts.heading(t("Where the money stands: issued → transferred → paid → spent"))
    parts.chart(
        visit,
        "waterfall",
        waterfall_rows(t, stops, found.currency),
        t("How far the money issued has got"),
    )
    heads = [
        (t("Stage of the money"), "pd-w"),
        (t("Amount"), "pd-n"),
        (t("Went no further"), "pd-n"),
        (t("Share of issued"), "pd-n"),
        (t("Where it stands"), "pd-w"),
    ]
    body = [
        (
            t.label(stop.stage),
            t.amount(stop.amount, found.currency),
            t.amount(stop.standing, found.currency),
            t.percent(None if stop.standing is None else execution.share(stop.standing, whole.issued)),
            _where(visit, stop),
        )
        for stop in stops
    ]
    parts.show(parts.table(heads, body))


def _where(visit: Visit, stop: Stop) -> str | None:
    t = visit.words
    if stop.standing is None or not stop.standing:
        return None
    if stop.standing < 0:
        return t("The next stage reports more than this one: check the reports.")
    return t(_WAITS[stop.stage])


def waterfall_rows(t: Words, stops: Iterable[Stop], currency: str) -> list[dict]:
    """Rows of the chart ``waterfall``: of each stage what went further, and what stands there."""
    rows = []
    for place, stop in enumerate(stops):
        standing = min(max(stop.standing or 0, 0), stop.amount) if stop.amount > 0 else 0
        said = t.amount(stop.amount, currency)
        if standing:
            said += t.pick("，", ", ") + t("▨ {amount} stands here", amount=t.amount(standing, currency))
        common = {"stage": t.label(stop.stage), "place": place}
        for order, (part, fen) in enumerate((("moved", stop.amount - standing), ("stands", standing))):
            text = {"total": stop.amount / FEN_PER_WAN, "said": said} if part == "moved" else {}
            label = charts.series_label(part, t.language)
            rows.append(common | {"value": fen / FEN_PER_WAN, "label": label, "order": order} | text)
    return rows


# --- the year -----------------------------------------------------------------------------------------------


def _months(visit: Visit, found: Filters, at: date) -> list[Month]:
    day, narrow = found.day, asdict(found.narrow)
    known_at = day.known_at or day.judged_at
    if known_at is not None and known_at <= visit.now:
        reported, planned = query.narrowed(_settled(visit, day.on, known_at, narrow), narrow)
    else:
        open_end = clock.end_of_day(day.on) + timedelta(days=36_500)
        reported, planned = query.movements(visit.db, visit.scope, day.on, known_at or open_end, narrow)
    return execution.months(reported, planned, at)


#: By kind and industry, so that those two filters ask nothing of the database.
_SETTLED = Kept(32, seconds=600)


def _settled(visit: Visit, on: date, known_at: datetime, narrow: dict[str, str | None]) -> query.Movements:
    """What was known at a past instant, which nothing written later changes."""
    asked = tuple(narrow[name] for name in ("programme", "province", "city"))
    key = (visit.db, visit.scope.cities, on, known_at, asked)
    return _SETTLED.get(key, lambda: query.by_kind(visit.db, visit.scope, on, known_at, narrow))


def _year(visit: Visit, found: Filters, months: list[Month], at: date) -> None:
    t = visit.words
    parts.heading(t("Month by month in {year}", year=at.year))
    said = t("Money issued and spent to each month's end, against the plan and the time elapsed")
    parts.chart(visit, "execution", year_rows(t, months), said)
    heads = [
        (t("Up to"), "pd-s"),
        (t.label(MoneyStage.ISSUED), "pd-n"),
        (t.label(MoneyStage.SPENT), "pd-n"),
        (t("Spent in the month"), "pd-n"),
        (t("of which by projects that had reported before"), "pd-n"),
        (t("Planned spending"), "pd-n"),
        (t("Issued to date × time elapsed"), "pd-n"),
    ]
    body = [
        (
            t.day(month.until),
            *(
                t.amount(value, found.currency)
                for value in (
                    *(month.issued, month.spent, month.added),
                    *(month.paced, month.planned, month.elapsed),
                )
            ),
        )
        for month in months
    ]
    parts.show(parts.table(heads, body))


def year_rows(t: Words, months: Iterable[Month]) -> list[dict]:
    """Rows of the chart ``execution``; a month without figures draws no point of them."""
    rows = []
    for month in months:
        values = {
            "issued": month.issued,
            "spent": month.spent,
            "planned_spending": month.planned,
            "even": month.elapsed,
        }
        rows += [
            {
                "on": month.until.isoformat(),
                "value": fen / FEN_PER_WAN,
                "series": series,
                "label": charts.series_label(series, t.language),
            }
            for series, fen in values.items()
            if fen is not None
        ]
    return rows


# --- the forecast -------------------------------------------------------------------------------------------


def _forecast(visit: Visit, found: Filters, ahead: Forecast, whole: Sums, at: date) -> None:
    t, currency = visit.words, found.currency
    parts.heading(t("Forecast to 31 December"))
    month = f"{ahead.best_month:%Y-%m}" if ahead.best_month else t("none")
    said: list[Safe | str] = [
        t(
            _FORECASTS[ahead.reach],
            issued=t.amount(whole.issued, currency),
            spent=t.amount(whole.spent, currency),
            share=t.percent(execution.share(whole.spent, whole.issued)),
            remaining=t.amount(ahead.remaining, currency),
            months=t.number(ahead.months_left),
            required=t.amount(ahead.required, currency),
            best=t.amount(ahead.best, currency),
            month=month,
        )
    ]
    if ahead.reach == Reach.BEYOND:
        said.insert(0, wrapped("b", t("⚠ Out of reach at the best pace so far.")))
    if ahead.reach in (Reach.BEYOND, Reach.WITHIN):
        said.append(
            t(
                "At the best pace {share} of the money issued would be spent by 31 December.",
                share=t.percent(min(ahead.at_best_bp or 0, 10_000)),
            )
        )
    parts.show(wrapped("p", joined(said, t.pick("", " "))))
    note = t("Counted from {day}. A spending rush at the year's end is a fault of its own.", day=t.day(at))
    parts.show(wrapped("p", note, "pd-m"))
