"""The way of a project's money as it was told movement by movement: a timeline, and the same in words.

Each sum line by line: when it came to each stage, how many days after the stage before, what still waits and for
how long, against the limit of the light rule on parked money. Refuses to guess a day that no movement tells.
"""

from collections.abc import Iterable
from datetime import date, datetime

import streamlit as st

from alerts.policy import Limits, Policy
from dashboard import charts, parts
from dashboard.parts import Safe, joined, wrapped
from dashboard.visit import Visit
from models.fund_path import Leg, Tranche, tranches
from models.queries import dossier
from models.queries.dossier import Identity
from models.vocabulary import MoneyStage, Severity
from models.words import Words

#: Sums drawn at most, the newest of each source first to stay; the table has all.
MOST_DRAWN = 6

_SIGNS = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"


def draw(
    visit: Visit, who: Identity, on: date, policy: Policy, *, known_at: datetime | None, currency: str
) -> None:
    """The timeline and its table; a sentence where no movement was ever told."""
    t = visit.words
    parts.heading(t("The way of each sum: issued → transferred → paid → spent"))
    asked = {"on": on, "known_at": known_at}
    moves = dossier.movements(visit.db, visit.scope, who.city, who.code, **asked)
    if not moves:
        st.caption(
            t(
                "No dated movement was told (form “Money movements”); the amounts above come from the dispatch form."
            )
        )
        return
    sums = tranches(moves, dossier.city_issued(visit.db, visit.scope, who.city, **asked))
    limits = policy.rules.get("parked_money")
    st.caption(_explained(t, limits))
    drawn = list(enumerate(sums))[-MOST_DRAWN:]
    if len(drawn) < len(sums):
        st.caption(
            t("The newest {n} of {all} sums are drawn; the table has all.", n=len(drawn), all=len(sums))
        )
    parts.chart(visit, "fund_path", path_rows(drawn, on, t), _alt(sums, on, t, currency))
    parts.show(_table(sums, on, limits, t, currency))


def _explained(t: Words, limits: Limits | None) -> str:
    said = t("First in, first out within a source: no document says which yuan was paid out of which sum.")
    edges = {} if limits is None else dict(limits.edges())
    if not edges or limits is None:
        return said
    named = t.pick("，", ", ").join(
        t("{severity} {edge} days", severity=parts.severity(one, t), edge=edge) for one, edge in edges.items()
    )
    rule = t("Limit for money that stands still: {limits} ({source})", limits=named, source=t(limits.source))
    return said + t.pick("", " ") + rule


def sign(nr: int) -> str:
    """How a sum is called in chart and table."""
    return _SIGNS[nr] if nr < len(_SIGNS) else f"({nr + 1})"


def path_rows(sums: Iterable[tuple[int, Tranche]], on: date, t: Words) -> list[dict]:
    """Rows of the chart ``fund_path``: of each sum a line for each stage that it has come to, or waits before."""
    rows: list[dict] = []
    for nr, one in sums:
        begun = one.city_issued_on
        if begun is not None:
            rows += _dots(nr, MoneyStage.ISSUED, [begun], t("to the city"), t, len(rows))
        after = None if begun is None else (one.happened_on - begun).days
        rows += _dots(
            nr, one.stage, [one.happened_on], "" if after is None else _lag(after, after, t), t, len(rows)
        )
        for leg in one.legs:
            if leg.first_on is not None and leg.last_on is not None:
                said = _lag(leg.first_days, leg.last_days, t)
                rows += _dots(nr, leg.stage, [leg.first_on, leg.last_on], said, t, len(rows))
            if leg.waits and leg.waits_since is not None:
                waited = t("waits {n} days", n=(on - leg.waits_since).days)
                base = _base(nr, leg.stage, t, len(rows)) | {"said": waited}
                ends = {"start": leg.waits_since.isoformat(), "end": on.isoformat()}
                rows.append(base | ends | {"what": "wait"})
    return rows


def _base(nr: int, stage: MoneyStage, t: Words, order: int) -> dict:
    return {
        "line": f"{sign(nr)} {t.label(stage)}",
        "label": charts.series_label(stage, t.language),
        "order": order,
    }


def _dots(nr: int, stage: MoneyStage, on: list[date], said: str, t: Words, order: int) -> list[dict]:
    base = _base(nr, stage, t, order) | {"said": said}
    start, end = on[0].isoformat(), on[-1].isoformat()
    rows = [base | {"what": "point", "start": day, "end": day} for day in dict.fromkeys((start, end))]
    if start != end:
        rows.append(base | {"what": "span", "start": start, "end": end})
    if said:
        rows.append(base | {"what": "said", "start": start, "end": end})
    return rows


def _lag(first: int | None, last: int | None, t: Words) -> str:
    if first is None or last is None:
        return ""
    if first == last:
        return t("after {n} days", n=first)
    return t("after {low} to {high} days", low=min(first, last), high=max(first, last))


def _alt(sums: list[Tranche], on: date, t: Words, currency: str) -> str:
    """The timeline in one sentence; the table below has it all."""
    waits = sum(leg.waits for one in sums for leg in one.legs)
    return t(
        "Timeline of {n} sums, from {first} to {on}; {waits} waits on its way. The table below says the same.",
        n=len(sums),
        first=t.day(min(one.happened_on for one in sums)),
        on=t.day(on),
        waits=t.amount(waits, currency),
    )


def _table(sums: list[Tranche], on: date, limits: Limits | None, t: Words, currency: str) -> Safe:
    heads = [(t("Sum"), "pd-w"), *((t.label(stage), "pd-w") for stage in MoneyStage)]
    body = []
    for nr, one in enumerate(sums):
        named = joined(
            [
                wrapped("b", sign(nr)),
                one.document_no,
                wrapped("span", t.label(one.source), "pd-m"),
                t.amount(one.amount, currency),
            ]
        )
        cells: dict[MoneyStage, object] = {one.stage: t.day(one.happened_on)}
        if one.city_issued_on is not None:
            cells[MoneyStage.ISSUED] = t("{day}, to the city", day=t.day(one.city_issued_on))
            waited = (one.happened_on - one.city_issued_on).days
            cells[one.stage] = _lines([t.day(one.happened_on), _lag(waited, waited, t)])
        cells |= {leg.stage: _leg(leg, one, on, limits, t, currency) for leg in one.legs}
        body.append((named, *(cells.get(stage, t("not reported")) for stage in MoneyStage)))
    return parts.table(heads, body, t("Each sum on its way"))


def _leg(leg: Leg, one: Tranche, on: date, limits: Limits | None, t: Words, currency: str) -> Safe:
    lines: list[object] = []
    if leg.first_on is not None and leg.last_on is not None:
        first, last = t.day(leg.first_on), t.day(leg.last_on)
        lines.append(first if first == last else f"{first} – {last}")
        share = t.percent(leg.amount * 10_000 / one.amount)
        lines.append(
            joined(
                [_lag(leg.first_days, leg.last_days, t), f"{t.amount(leg.amount, currency)} ({share})"], " · "
            )
        )
    if leg.waits and leg.waits_since is not None:
        days = (on - leg.waits_since).days
        said = t(
            "{amount} waits since {day}: {n} days",
            amount=t.amount(leg.waits, currency),
            day=t.day(leg.waits_since),
            n=days,
        )
        severity = _severity(days, limits)
        lines.append(said if severity is None else joined([parts.severity_html(severity, t), said], " "))
    return _lines(lines or ["—"])


def _lines(pieces: list[object]) -> Safe:
    return joined(pieces, Safe("<br>"))


def _severity(days: int, limits: Limits | None) -> Severity | None:
    """The severest edge of the rule on parked money that so many days lie beyond."""
    if limits is None:
        return None
    beyond = [
        severity
        for severity, edge in limits.edges()
        if (days >= edge.value if edge.inclusive else days > edge.value)
    ]
    return beyond[-1] if beyond else None
