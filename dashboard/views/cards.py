"""One card for each of point, line and surface: lights, progress, execution, each with its denominator."""

import polars as pl

from alerts.totals import Sums, sums
from dashboard import parts
from dashboard.filters import Filters
from dashboard.parts import Safe, joined, wrapped
from dashboard.visit import Visit
from models.vocabulary import Kind, Light

_PAGES = {Kind.POINT: "points", Kind.LINE: "lines", Kind.SURFACE: "surfaces"}


def draw(visit: Visit, found: Filters, totals: pl.DataFrame) -> Safe:
    """The three cards, as one piece of HTML."""
    cards = [_card(visit, found, kind, sums(totals.filter(pl.col("kind") == str(kind)))) for kind in Kind]
    return Safe(f'<div class="pd-cards">{"".join(cards)}</div>')


def _card(visit: Visit, found: Filters, kind: Kind, total: Sums) -> Safe:
    t = visit.words
    page = _PAGES[kind]
    kept = dict(province=found.narrow.province, city=found.narrow.city, industry=found.narrow.industry)
    told = [t("{n} projects", n=t.number(total.projects, 0)), *_as_of(visit, total)]
    head = joined(
        [
            parts.anchor(t.label(kind), parts.link(page, visit, **kept)),
            wrapped("span", joined(told, " · "), "pd-m"),
        ]
    )
    if not total.projects:
        return wrapped(
            "section", joined([Safe(f"<h3>{head}</h3>"), t("No project of this kind.")]), "pd-card"
        )
    lights = joined(
        parts.anchor(
            parts.light_html(light, t, f"{t.label(light)} {t.number(count, 0)}"),
            parts.link(page, visit, light=str(light), **kept),
        )
        for light, count in total.lights.items()
        if count
    )
    body = [
        Safe(f"<h3>{head}</h3>"),
        wrapped("div", lights, "pd-lights"),
        _progress(visit, total),
        _execution(visit, found, total),
        _hidden(visit, total, parts.link(page, visit, light="green", first="red", **kept)),
    ]
    return Safe(f'<section class="pd-card">{"".join(body)}</section>')


def _as_of(visit: Visit, total: Sums) -> list[Safe]:
    """The newest day that these figures are of, where there is one."""
    t = visit.words
    if total.newest_as_of is None:
        return []
    return [wrapped("span", t("figures to {day}", day=t.day(total.newest_as_of)), "pd-day")]


def _progress(visit: Visit, total: Sums) -> Safe:
    t = visit.words
    if total.physical_bp is None:
        return wrapped("p", t("Physical progress: nobody has reported any yet."), "pd-m")
    said = t(
        "Progress {actual}, planned {planned}",
        actual=t.percent(total.physical_bp),
        planned=t.percent(total.planned_bp),
    )
    basis = t(
        "plain mean of the {measured} projects with a figure, of {projects}",
        measured=t.number(total.measured, 0),
        projects=t.number(total.projects, 0),
    )
    return joined(
        [wrapped("b", said), parts.bar(total.physical_bp, total.planned_bp), wrapped("div", basis, "pd-m")],
        "",
    )


def _execution(visit: Visit, found: Filters, total: Sums) -> Safe:
    t, money = visit.words, found.currency
    if not total.issued:
        return wrapped("p", t("Budget execution: no money was reported as issued."), "pd-m")
    said = t(
        "Execution {rate}, by the schedule {planned}",
        rate=t.percent(total.spent_bp),
        planned=t.percent(total.planned_spending_bp),
    )
    basis = t(
        "spent {spent} ÷ issued {issued}; the schedule is the plan's curve, or the time elapsed",
        spent=t.amount(total.spent, money),
        issued=t.amount(total.issued, money),
    )
    return joined(
        [
            wrapped("b", said),
            parts.bar(total.spent_bp, total.planned_spending_bp),
            wrapped("div", basis, "pd-m"),
        ],
        "",
    )


def _hidden(visit: Visit, total: Sums, href: str) -> Safe:
    """Green against today's plan, red against the first one: what adjustments have covered."""
    t = visit.words
    if not total.green_now_red_first:
        return Safe("")
    said = t("Green now, red on the first plan: {n}", n=t.number(total.green_now_red_first, 0))
    return wrapped(
        "div",
        joined(
            [
                parts.light_html(Light.GREEN, t, ""),
                parts.light_html(Light.RED, t, ""),
                parts.anchor(said, href),
            ]
        ),
    )
