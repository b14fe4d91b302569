"""A page without a project: why there is none, and where to go on. The same words on every page of projects."""

from dashboard import parts
from dashboard.filters import Filters
from dashboard.needs import opens
from dashboard.visit import Visit
from models.access import Action

#: The form with which a city's projects begin.
_FIRST_FORM = "projects"


def projects(visit: Visit, found: Filters, page: str, *, title: str = "", searched: bool = False) -> None:
    """Say that the filters (or a search) leave no project on ``page``, or that nobody has handed one in yet."""
    t = visit.words
    title = title or t("No projects here")
    if searched or any(value for name, value in found.asked.items() if name != "programme"):
        parts.nothing(title, t("The filters above leave none. Widen them, or choose another day."))
        parts.show(parts.anchor(t("Without filters"), parts.link(page, visit, on=None, known_at=None)))
        return
    if visit.may(Action.REPORT):
        parts.nothing(title, t("None was handed in yet: begin with the form “Projects” on the page Reports."))
        parts.show(parts.anchor(t("Hand in projects"), parts.link("reports", visit, form=_FIRST_FORM)))
        return
    parts.nothing(
        title, t("No city in your scope has handed in its projects yet; this page fills when one does.")
    )
    if opens(visit, "city"):
        parts.show(parts.anchor(t("The cities and what they have handed in"), parts.link("city", visit)))
