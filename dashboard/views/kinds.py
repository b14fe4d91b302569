"""Points, Lines, Surfaces: one list each, with what that kind is grouped by: industry or unit, chain, place.

A park is rarely more than one project, so that surfaces are grouped by province, and within one by city.
"""

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from alerts import day as days
from dashboard import address, charts, filters, parts
from dashboard.filters import Filters
from dashboard.parts import Safe, joined, wrapped
from dashboard.views import missing
from dashboard.views.industries import industry_name
from dashboard.views.listing import grid
from dashboard.visit import Visit
from models.queries.city import descriptions
from models.queries.places import name_of
from models.vocabulary import Kind, Light
from models.words import mark

#: Groups drawn at most; those with most red and yellow first.
MOST_GROUPS = 10


@dataclass(frozen=True)
class Page:
    """What one kind's page says and groups by."""

    path: str
    kind: Kind
    title: str
    sense: str
    groups: tuple[tuple[str, str], ...]
    extra: tuple[tuple[str, str], ...] = ()
    inside: str = ""


POINTS = Page(
    "points",
    Kind.POINT,
    mark("Points"),
    mark(
        "Point: the intelligent transformation of one enterprise (108-I.1). What advances is the enterprise."
    ),
    (("division", mark("By industry")), ("unit_name", mark("By implementing unit"))),
)
LINES = Page(
    "lines",
    Kind.LINE,
    mark("Lines"),
    mark("Line: a whole industry chain around its chain-owner, often across cities (108-I.2)."),
    (("chain", mark("By chain")),),
    (
        ("chain", mark("Chain")),
        ("chain_owner", mark("Chain-owner")),
        ("partner_cities", mark("Partner cities")),
    ),
    mark("A line's own page draws its members as a chain: who lags, and whom that exposes."),
)
SURFACES = Page(
    "surfaces",
    Kind.SURFACE,
    mark("Surfaces"),
    mark("Surface: a park or cluster, its tenants, its promotion centre and its platform (108-I.3)."),
    (("area", mark("By province or city")),),
    (("park", mark("Park")),),
    mark("A surface's own page lists its parts, adds them up in three ways and says what a sum hides."),
)


def render_points(visit: Visit) -> None:
    _render(visit, POINTS)


def render_lines(visit: Visit) -> None:
    _render(visit, LINES)


def render_surfaces(visit: Visit) -> None:
    _render(visit, SURFACES)


def _render(visit: Visit, page: Page) -> None:
    t = visit.words
    found = filters.read(visit, kind=page.kind)
    parts.page(t(page.title), parts.day_line(visit, found.day))
    filters.bar(visit, found, page.path, "province", "city", "industry", "light", "first")
    if found.outside:
        parts.outside(visit)
        return
    states = days.states(visit.db, found.day, visit.scope, found.narrow)
    if found.first is not None:
        states = states.filter(pl.col("light_v1") == found.first)
    if states.is_empty():
        missing.projects(visit, found, page.path, title=t("No project of this kind here"))
        return
    states = _described(visit, found, page, states).with_columns(
        division=pl.col("industry").str.head(2), area=_area(found, states)
    )
    parts.show(
        wrapped(
            "div",
            joined([t(page.sense), *([t(page.inside)] if page.inside else []), _lights(visit, states)]),
            "pd-m",
        )
    )
    grid(visit, found, states, extra={name: t(label) for name, label in page.extra})
    _roll_up(visit, found, page, states)


def _area(found: Filters, states: pl.DataFrame) -> pl.Series:
    """The province of each project; its city where all are in one province."""
    province = {city: place.province for city, place in found.known.places.items()}
    cities = states["city"]
    provinces = cities.replace_strict(province, default=None)
    return cities if provinces.n_unique() == 1 else provinces


def _described(visit: Visit, found: Filters, page: Page, states: pl.DataFrame) -> pl.DataFrame:
    """The states with the columns that this kind shows beside the common ones."""
    if not page.extra:
        return states
    details = descriptions(visit.db, visit.scope, kind=str(page.kind)).select(
        "city", "project", "chain", "chain_owner", "park", "partners"
    )
    states = states.join(details, on=["city", "project"], how="left", maintain_order="left")
    named = [partner_names(visit, found, text) for text in states["partners"]]
    return states.with_columns(partner_cities=pl.Series(named, dtype=pl.String))


def partner_names(visit: Visit, found: Filters, text: str | None) -> str | None:
    """Partner cities with their shares, from the stored "320200:30;330500:20"."""
    if not text:
        return None
    said = []
    for entry in text.split(";"):
        code, _, share = entry.partition(":")
        name = name_of(found.known.places, code, visit.words)
        said.append(f"{name} {share}%" if share else name)
    return visit.words.pick("、", ", ").join(said)


def _lights(visit: Visit, states: pl.DataFrame) -> Safe:
    """How many projects show each light, of how many."""
    t = visit.words
    counts = dict(states["light"].value_counts().iter_rows())
    said = [
        parts.light_html(light, t, f"{t.label(light)} {t.number(counts.get(str(light), 0), 0)}")
        for light in parts.LIGHTS
    ]
    return joined([wrapped("b", t("{n} projects", n=t.number(states.height, 0))), *said], "  ")


def _roll_up(visit: Visit, found: Filters, page: Page, states: pl.DataFrame) -> None:
    t, labels = visit.words, dict(page.groups)
    asked = address.params().get("by", "")
    group = asked if asked in labels else page.groups[0][0]
    rows = group_rows(states, group, _namer(visit, found, group), visit)
    parts.heading(t(labels[group]))
    if len(labels) > 1:
        first, *others = labels
        choices = {"": t(labels[first])} | {name: t(labels[name]) for name in others}
        filters.own_select(page.path, "by", t("Grouped"), choices)
    parts.show(wrapped("div", _spread(visit, states, group), "pd-m"))
    parts.chart(visit, "groups", rows, t("Projects by light in each group, the worst group first"))


def _namer(visit: Visit, found: Filters, group: str) -> Callable[[str | None], str]:
    if group == "division":
        return lambda code: industry_name(code, visit.words)
    if group == "area":
        return lambda code: name_of(found.known.places, code or "", visit.words)
    return lambda text: text or "—"


def _spread(visit: Visit, states: pl.DataFrame, group: str) -> str:
    """How many groups there are, and how many of them are drawn."""
    t, groups = visit.words, states[group].n_unique()
    if groups <= MOST_GROUPS:
        return t("{groups} groups, {projects} projects", groups=groups, projects=t.number(states.height, 0))
    return t(
        "The {shown} worst of {groups} groups; {projects} projects in all",
        shown=MOST_GROUPS,
        groups=t.number(groups, 0),
        projects=t.number(states.height, 0),
    )


def group_rows(
    states: pl.DataFrame, column: str, name: Callable[[str | None], str], visit: Visit
) -> list[dict]:
    """Rows of the chart ``groups``: the groups with most red, then yellow, first."""
    counts = states.group_by(column, "light").agg(projects=pl.len())
    ranked = (
        counts.group_by(column)
        .agg(
            red=pl.col("projects").filter(pl.col("light") == str(Light.RED)).sum(),
            yellow=pl.col("projects").filter(pl.col("light") == str(Light.YELLOW)).sum(),
            all=pl.col("projects").sum(),
        )
        .sort("red", "yellow", "all", column, descending=[True, True, True, False], nulls_last=True)
        .head(MOST_GROUPS)
        .with_row_index("order")
    )
    place = {str(light): at for at, light in enumerate(parts.LIGHTS)}
    return [
        {
            "group": name(row[column]),
            "light": row["light"],
            "label": charts.series_label(row["light"], visit.words.language),
            "mark": f"{parts.SHAPES[row['light']]}{row['projects']}",
            "projects": row["projects"],
            "place": place[row["light"]],
            "order": row["order"],
        }
        for row in counts.join(ranked.select(column, "order"), on=column, nulls_equal=True)
        .sort("order")
        .to_dicts()
    ]
