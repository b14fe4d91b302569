"""The province tile grid: each province-level unit by a measure that the reader chooses; a square is also the filter.

What a measure says and how deep its colour is stands in ``alerts/tile_measures.py``; the number is on the square.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import polars as pl
import pyarrow as pa
import streamlit as st

from alerts import day as days
from alerts.tile_measures import MEASURES, Held, Scale, TileMeasure
from alerts.totals import grouped, sums
from dashboard import address, filters, parts, pieces, reference
from dashboard.filters import Filters
from dashboard.parts import Safe, joined, wrapped
from dashboard.views import compared
from dashboard.visit import Visit
from models.queries import alert_list, day_state, places
from models.queries.places import name_of
from models.words import Words, mark

#: How the squares read when they show lights: the measure's label, and its scale in words.
SCALE_OF_LIGHTS = (
    mark("Worst state"),
    mark("Colour and mark: the worst state there is; deeper, the larger its share."),
)

#: How much of the blue each depth has; the ink of the number stays readable on all of them.
_SHADES = (0.06, 0.2, 0.38, 0.56, 0.76)


@dataclass(frozen=True)
class Tile:
    """A square: its place, how many projects are there, how bad it is (larger is worse, whatever the measure), its row for the chart."""

    place: places.PlaceRow
    total: int
    depth: float
    row: dict[str, Any]


@dataclass(frozen=True)
class Squares:
    """The grid by a measure: its heading, what the measure is called, rows of the chart, the same as a table."""

    measure: TileMeasure
    heading: Safe
    said: str
    rows: pa.Table
    table: Safe


def squares(visit: Visit, found: Filters, totals: pl.DataFrame) -> Squares:
    """The grid by the measure that the address asks for. ``totals`` are those of the page's own filters.

    The squares of a settled day are kept; open alerts move while the day stands.
    """
    t, measure = visit.words, _asked()

    def made() -> Squares:
        heading = wrapped("h2", t("By province"), "pd-h2")
        said = t(SCALE_OF_LIGHTS[0]) if measure == TileMeasure.WORST else t(MEASURES[measure].label)
        tiles = _tiles(visit, found, totals, measure)
        rows = parts.columns_of([tile.row for tile in tiles])
        return Squares(measure, heading, said, rows, _table(visit, tiles, said))

    if measure == TileMeasure.ALERTS:
        return made()
    return pieces.of_day(visit, found, ("tiles", measure), made)


def draw(visit: Visit, found: Filters, squares: Squares) -> None:
    """The grid with its measure to choose, its scale in words, and the same as a table that leads to each province."""
    t = visit.words
    parts.show(squares.heading)
    _choice(visit)
    scale = joined([_scale(visit, squares.measure), t("Blank: no project."), t("Choose a square to filter.")])
    parts.show(wrapped("div", scale, "pd-m"))
    key = f"tiles-{found.narrow.province or 'all'}"
    parts.chart(
        visit,
        "tiles",
        squares.rows,
        t("Province tile grid: {measure}", measure=squares.said),
        key=key,
        on_select=lambda: _choose(visit, key, found.narrow.province),
        selection_mode="tile",
    )
    parts.show(_led(visit, found), squares.table)


def _asked() -> TileMeasure:
    asked = address.params().get("measure")
    return TileMeasure(asked) if asked in set(TileMeasure) else TileMeasure.WORST


def _choice(visit: Visit) -> None:
    """The control that writes the measure into the address."""
    t, key = visit.words, "tiles-measure"
    labels = {TileMeasure.WORST: t(SCALE_OF_LIGHTS[0])}
    labels |= {measure: t(scale.label) for measure, scale in MEASURES.items()}
    st.session_state[key] = _asked()

    def chosen() -> None:
        measure = st.session_state[key]
        filters.write("measure", None if measure == TileMeasure.WORST else str(measure))

    st.segmented_control(
        t("Measure of the squares"),
        list(labels),
        format_func=lambda measure: labels[measure],
        key=key,
        on_change=chosen,
        label_visibility="collapsed",
        required=True,
        wrap=True,
    )


def _scale(visit: Visit, measure: TileMeasure) -> str:
    t = visit.words
    if measure == TileMeasure.WORST:
        return t(SCALE_OF_LIGHTS[1])
    return t("Deeper blue is worse.") + t.pick("", " ") + t(MEASURES[measure].means)


def _led(visit: Visit, found: Filters) -> Safe:
    """Where the province that is chosen has its own page."""
    code = found.narrow.province
    if code is None:
        return Safe("")
    name = name_of(found.known.places, code, visit.words)
    said = visit.words("The page of {province}", province=name)
    return wrapped("div", parts.anchor(said, parts.link("province", visit, province=code)))


def _table(visit: Visit, tiles: list[Tile], said: str) -> Safe:
    """The squares that hold projects as a table, the worst first: for readers of texts and for downloads."""
    t = visit.words
    there = sorted((tile for tile in tiles if tile.total), key=lambda tile: (-tile.depth, tile.place.code))
    rows = [
        (
            parts.anchor(
                t.pick(tile.place.name_zh, tile.place.name_en),
                parts.link("province", visit, province=tile.place.code),
            ),
            t.number(tile.total, 0),
            tile.row["said"],
        )
        for tile in there
    ]
    heads = [(t("Province"), "pd-s"), (t("Projects"), "pd-n"), (said, "pd-w")]
    table = parts.table(heads, rows)
    summary = parts.cell(t("Provinces as a list; each leads to its page"))
    return Safe(f'<details class="pd-more"><summary>{summary}</summary>{table}</details>')


def by_city(visit: Visit, found: Filters, totals: pl.DataFrame) -> Safe:
    """For readers of one province: its cities; nothing where there is only one."""
    t = visit.words
    places_in = [
        found.known.places[code] for code in totals["city"].unique().sort() if code in found.known.places
    ]
    if len(places_in) < 2:
        return Safe("")
    rows = []
    for place in places_in:
        total = sums(totals.filter(pl.col("city") == place.code))
        rows.append(
            (
                parts.anchor(
                    t.pick(place.name_zh, place.name_en), parts.link("city", visit, city=place.code)
                ),
                t.number(total.projects, 0),
                compared.lights(visit, total),
                f"{t.percent(total.physical_bp)} / {t.percent(total.planned_bp)}",
            )
        )
    heads = [
        (t("City"), "pd-s"),
        (t("Projects"), "pd-n"),
        (t("Lights"), "pd-s"),
        (t("Progress / planned"), "pd-n"),
    ]
    return joined([wrapped("h2", t("By city"), "pd-h2"), parts.table(heads, rows)], "")


def _choose(visit: Visit, key: str, current: str | None) -> None:
    """A square was chosen: filter by it, or no longer, when it already was the filter."""
    picked = st.session_state[key].selection.get("tile") or []
    province = picked[0].get("province") if picked else None
    if province is not None and province not in filters.reachable_provinces(visit):
        return  # a square without anything for this reader
    filters.write("province", None if province in (None, current) else province)


def _tiles(visit: Visit, found: Filters, totals: pl.DataFrame, measure: TileMeasure) -> list[Tile]:
    """One a square; the grid always shows the whole country that the reader may see."""
    wide = days.Narrow(**asdict(found.narrow) | {"province": None, "city": None})
    if found.narrow.province or found.narrow.city:
        totals = _whole_country(visit, found, wide)
    of = {code: place.province for code, place in found.known.places.items()}
    by = grouped(totals, "province", provinces=of)
    fresh = _counted(totals.group_by("city", "freshness").agg(pl.col("projects").sum()), of)
    adjusted = alerted = None
    if measure == TileMeasure.ADJUSTMENTS:
        adjusted = days.adjusted(visit.db, found.day, visit.scope, wide)
    if measure == TileMeasure.ALERTS:
        several = len(found.known.programmes) > 1
        alerted = alert_list.open_counts(visit.db, visit.scope, found.narrow.programme if several else None)
    tiles = []
    for place in reference.provinces(visit.db):
        held = None
        if place.code in by:
            counts = (_of(place.code, adjusted, of), _of(place.code, alerted, of))
            held = Held(by[place.code], fresh.get(place.code, {}), *counts)
        tiles.append(_tile(place, held, measure, visit.words))
    return tiles


def _counted(rows: pl.DataFrame, of: Mapping[str, str]) -> dict[str, dict[str, int]]:
    """Province → second column → third column, added up."""
    found: dict[str, dict[str, int]] = {}
    for city, name, count in rows.iter_rows():
        at = found.setdefault(of.get(city, city), {})
        at[name] = at.get(name, 0) + count
    return found


def _of(province: str, by_city: Mapping[str, int] | None, of: Mapping[str, str]) -> int | None:
    """A province's sum of a count by city."""
    if by_city is None:
        return None
    return sum(count for city, count in by_city.items() if of.get(city, city) == province)


def _whole_country(visit: Visit, found: Filters, wide: days.Narrow) -> pl.DataFrame:
    if found.day.cached:
        return day_state.sums(visit.db, visit.scope, found.day.on, asdict(wide))
    return days.totals(visit.db, found.day, visit.scope, wide)


def _tile(place: places.PlaceRow, held: Held | None, measure: TileMeasure, t: Words) -> Tile:
    looks = {"look": "none", "shade": 0.0, "mark": "", "said": t("no project")}
    depth = 0
    if held is not None and measure == TileMeasure.WORST:
        depth, looks = _by_light(held, t)
    elif held is not None:
        depth, looks = _by_measure(held, MEASURES[measure], t)
    row = {
        "province": place.code,
        "name": t.pick(_short(place.name_zh), _SHORT_EN.get(place.code, place.name_en)),
        "brief": t.pick(_short(place.name_zh), _BRIEF_EN.get(place.code[:2], place.code)),
        "row": place.row,
        "column": place.column,
        **looks,
    }
    return Tile(place, held.sums.projects if held else 0, depth, row)


def _by_light(held: Held, t: Words) -> tuple[float, dict[str, object]]:
    """The worst state and its share; the two worst counts on the square."""
    counts, total = held.sums.lights, held.sums.projects
    there = [(light, counts[light]) for light in parts.LIGHTS if counts[light]]
    if not there:
        return 0, {"look": "none", "shade": 0.0, "mark": "", "said": t("no project")}
    worst, most = there[0]
    looks = {
        "look": str(worst),
        "shade": 0.15 + 0.65 * min(most / total / 0.6, 1),
        "mark": " ".join(f"{parts.SHAPES[light]}{count}" for light, count in there[:2]),
        "said": t.pick("，", ", ").join(f"{parts.status(light, t)} {count}" for light, count in there),
    }
    return len(parts.LIGHTS) - parts.LIGHTS.index(worst) + most / total, looks


def _by_measure(held: Held, scale: Scale, t: Words) -> tuple[float, dict[str, object]]:
    value = scale.value(held)
    depth = scale.depth(value)
    if value is None or depth is None:
        return float("-inf"), {"look": "none", "shade": 0.0, "mark": "—", "said": t("nothing known")}
    written = scale.written(value, t)
    return value, {"look": "measure", "shade": _SHADES[depth], "mark": written, "said": written}


#: English names too long for a square.
_SHORT_EN = {"230000": "Heilongj.", "150000": "In. Mong.", "XPCC": "XPCC"}

#: ISO 3166-2:CN, for narrow screens, by the first two digits of GB/T 2260.
_BRIEF_EN = dict(
    zip(
        "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65".split(),
        "BJ TJ HE SX NM LN JL HL SH JS ZJ AH FJ JX SD HA HB HN GD GX HI CQ SC GZ YN XZ SN GS QH NX XJ".split(),
        strict=True,
    )
)


def _short(name: str) -> str:
    """A province's name as on a map."""
    for ending in ("生产建设兵团", "维吾尔自治区", "壮族自治区", "回族自治区", "自治区", "省", "市"):
        if name.endswith(ending):
            return name.removesuffix(ending) + ("兵团" if ending == "生产建设兵团" else "")
    return name
