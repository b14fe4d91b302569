"""A city beside its peers: the median and the quarters of the others, its rank in words, and whom the reader may see.

What leaves ``alerts/peers.py`` names nobody outside the reader's scope; this page adds nothing to it. Where too
few are compared it says so and gives no figure.
"""

from collections.abc import Callable

import streamlit as st

from alerts.peers import Group, Peers, beside
from dashboard import filters, parts
from dashboard.filters import Filters
from dashboard.visit import Visit
from models.kept import Kept
from models.peers import LEAST_PEERS, Comparison, Standing
from models.queries.places import name_of
from models.words import Words, mark

#: Comparisons by whose cities are seen, city, day and programme.
_BESIDE = Kept(64, seconds=300)

_GROUPS = {
    Group.BATCH: mark("Cities of the same batch"),
    Group.PROGRAMME: mark("Cities of the same programme"),
    Group.PROVINCE: mark("Cities of the same province"),
}

_MEASURES = {
    "gap_bp": mark("Progress against plan"),
    "spent_bp": mark("Spent ÷ issued"),
    "adjusted": mark("Adjustments a project"),
    "alerts": mark("Open alerts a project"),
    "fresh_bp": mark("Projects reported in time"),
    "lag_days": mark("Central money, issued to paid"),
}

_STANDINGS = {
    Standing.BEST_QUARTER: mark("◆ better than their better quartile"),
    Standing.UPPER_HALF: mark("◇ at the median or better"),
    Standing.LOWER_HALF: mark("▽ below the median"),
    Standing.LAST_QUARTER: mark("▼ worse than their worse quartile"),
}


def draw(visit: Visit, city: str, found: Filters) -> None:
    """The comparison with the city's batch and with its province."""
    t = visit.words
    parts.heading(t("Compared with its peers"))
    groups = _groups(visit, city, found)
    if not groups:
        st.caption(t("No comparison: the city has no project on that day."))
        return
    for group in groups:
        _group(visit, city, found, group)
    st.caption(
        t(
            "Means and shares of each city's projects; of money the mean days of what was issued and is paid, first in, first out, weighted by amount. The better end is the first: more progress, spending and reporting in time; fewer adjustments, alerts and days."
        )
    )


def _groups(visit: Visit, city: str, found: Filters) -> list[Peers]:
    """Worked out again when the day is judged anew, as it is whenever a city hands something in."""
    day, programme = found.day, found.narrow.programme
    now = filters.known_by(visit, day) or visit.now
    return _BESIDE.get(
        (visit.db, visit.scope.cities, city, day, programme),
        lambda: beside(visit.db, visit.scope, city, day, programme=programme, now=now),
    )


def _group(visit: Visit, city: str, found: Filters, group: Peers) -> None:
    t = visit.words
    title = t(_GROUPS[group.group])
    if not group.compared:
        said = t(
            "{group}: no comparison is made, there are {n} others; it takes {least}.",
            group=title,
            n=group.peers,
            least=LEAST_PEERS,
        )
        if group.peers >= LEAST_PEERS:
            said = t(
                "{group}: no comparison is made, because the few outside your scope could be worked out from it.",
                group=title,
            )
        st.caption(said)
        return
    heads = [
        (t("Compared by"), "pd-w"),
        (t("This city"), "pd-n"),
        (t("Median of the others"), "pd-n"),
        (t("Middle half of the others"), "pd-n"),
        (t("Place among them"), "pd-s"),
        (t("In words"), "pd-w"),
    ]
    caption = t("{group}: {n} others with projects", group=title, n=group.peers)
    parts.show(parts.table(heads, [_row(one, t) for one in group.comparisons], caption))
    if group.named.height > 1:
        with st.expander(t("{n} of them by name, those in your scope", n=group.named.height - 1)):
            parts.show(_named(visit, city, found, group))


def _row(one: Comparison, t: Words) -> tuple[object, ...]:
    said = _writer(one.measure, t)
    name = t(_MEASURES[one.measure])
    if one.quartiles is None:
        why = t("no comparison: {n} others have this figure", n=one.peers)
        return (name, said(one.value), "—", "—", "—", why)
    low, middle, high = one.quartiles
    spread = f"{said(low)} – {said(high)}"
    if one.rank is None or one.standing is None:
        return (name, "—", said(middle), spread, "—", t("no figure of this city"))
    rank = t("{rank} of {all}", rank=one.rank, all=one.peers + 1)
    return (name, said(one.value), said(middle), spread, rank, t(_STANDINGS[one.standing]))


def _writer(measure: str, t: Words) -> Callable[[float | None], str]:
    """How a figure of a measure is written."""
    if measure == "gap_bp":
        return lambda value: t.points(None if value is None else value / 100)
    if measure in ("spent_bp", "fresh_bp"):
        return t.percent
    if measure == "lag_days":
        return lambda value: "—" if value is None else t("{n} days", n=t.number(value, 1))
    return t.number


def _named(visit: Visit, city: str, found: Filters, group: Peers) -> parts.Safe:
    t = visit.words
    heads = [(t("City"), "pd-s"), *((t(label), "pd-n") for label in _MEASURES.values())]
    body = []
    for row in group.named.iter_rows(named=True):
        name = name_of(found.known.places, row["city"], t)
        link = parts.anchor(name, parts.link("city", visit, city=row["city"]))
        told = (_writer(measure, t)(row[measure]) for measure in _MEASURES)
        body.append((parts.wrapped("b", name) if row["city"] == city else link, *told))
    return parts.table(heads, body, t(_GROUPS[group.group]))
