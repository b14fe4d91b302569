"""Places beside each other: the same columns wherever a page lists cities or provinces to choose from or compare."""

from alerts.totals import Sums
from dashboard import parts
from dashboard.parts import Safe, joined
from dashboard.visit import Visit


def lights(visit: Visit, total: Sums) -> Safe:
    """How many projects show each light, worst first; a light that nobody shows is left out."""
    t = visit.words
    shown = ((light, total.lights[light]) for light in parts.LIGHTS)
    return joined((parts.light_html(light, t, t.number(count, 0)) for light, count in shown if count), "  ")


def heads(visit: Visit, place: str) -> list[tuple[str, str]]:
    """The heads of a table of places; ``place`` says what they are."""
    t = visit.words
    return [
        (place, "pd-s"),
        (t("Projects"), "pd-n"),
        (t("Lights"), "pd-s"),
        (t("Progress (mean of measured)"), "pd-n"),
        (t("Planned progress"), "pd-n"),
        (t("Spent ÷ issued"), "pd-n"),
        (t("By the schedule"), "pd-n"),
        (t("Newest figure"), "pd-s"),
    ]


def row(visit: Visit, place: Safe, total: Sums) -> tuple[object, ...]:
    """A row under ``heads``."""
    t = visit.words
    return (
        place,
        t.number(total.projects, 0) if total.projects else t("no project yet"),
        lights(visit, total),
        t.percent(total.physical_bp),
        t.percent(total.planned_bp),
        t.percent(total.spent_bp),
        t.percent(total.planned_spending_bp),
        t.day(total.newest_as_of),
    )
