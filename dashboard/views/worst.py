"""Who needs a call: the worst projects first, with the rules that speak on them, as overview and province list them."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from alerts.policy import Policy
from alerts.totals import sums
from dashboard import parts
from dashboard.filters import Filters
from dashboard.parts import Safe, joined, wrapped
from dashboard.views import rules
from dashboard.visit import Visit
from models.queries.places import name_of
from models.vocabulary import Light


def draw(visit: Visit, found: Filters, totals: pl.DataFrame, worst: pl.DataFrame) -> Safe:
    """The rows of ``worst`` (shaped like DayState, worst first) that are not green; ``totals`` says of how many."""
    t = visit.words
    title = wrapped("h2", t("Who needs a call: the worst first"), "pd-h2")
    bad = worst.filter(pl.col("light") != str(Light.GREEN))
    if bad.is_empty():
        return joined([title, wrapped("p", t("Nothing speaks: every project is green."), "pd-m")], "")
    judged_by = rules.versions(visit.db, bad)
    rows = [_row(visit, found, row, judged_by[row["policy"]]) for row in bad.iter_rows(named=True)]
    heads = [
        (t("Light"), "pd-s"),
        (t("Project"), "pd-w"),
        (t("Why"), "pd-w"),
        (t("Progress / planned"), "pd-n"),
    ]
    total = sum(count for light, count in sums(totals).lights.items() if light != Light.GREEN)
    more = Safe("")
    if total > len(rows):
        said = t(
            "{shown} of {all} that are not green; the lights on the cards lead to all of them.",
            shown=len(rows),
            all=t.number(total, 0),
        )
        more = wrapped("div", said, "pd-m")
    return joined([title, parts.table(heads, rows), more], "")


def _row(visit: Visit, found: Filters, row: Mapping[str, Any], policy: Policy) -> Sequence[object]:
    t = visit.words
    as_of = wrapped("span", t("as of {day}", day=t.day(row["as_of"])), "pd-day")
    place = joined([city_link(visit, found, row["city"]), as_of], " · ")
    name = parts.project_link(visit, row["city"], row["project"], row["name"])
    return (
        joined([parts.light_html(row["light"], t), _ruled(rules.by(policy, t))], ""),
        joined([name, wrapped("div", place, "pd-m")], ""),
        rules.speaking(row["rules"], policy, t) or _silence(visit, row["light"]),
        f"{t.percent(row['physical_bp'])} / {t.percent(row['planned_bp'])}",
    )


def _ruled(said: str) -> Safe:
    """The rule beside a light, where it is not the carried one."""
    return wrapped("div", said, "pd-m") if said else Safe("")


def _silence(visit: Visit, light: str) -> str:
    t = visit.words
    return t("never reported") if light == Light.MISSING else t("the report that is due is not there")


def city_link(visit: Visit, found: Filters, code: str) -> Safe:
    """A city's name, leading to its page."""
    name = name_of(found.known.places, code, visit.words)
    return parts.anchor(name, parts.link("city", visit, city=code))
