"""The province tile grid: worst state and counts of each province-level unit; a square is also the filter."""

from dataclasses import asdict

import polars as pl
import streamlit as st

from alerts import day as days
from alerts.totals import sums
from dashboard import filters, parts
from dashboard.filters import Filters
from dashboard.parts import Safe, joined, wrapped
from dashboard.views import compared
from dashboard.visit import Visit
from models.queries import day_state, places
from models.words import Words


def draw(visit: Visit, found: Filters, totals: pl.DataFrame) -> None:
    """The grid, and in words what its colours mean. ``totals`` are those of the page's own filters."""
    t = visit.words
    rows = _tile_rows(visit, found, totals)
    parts.show(
        wrapped("h2", t("By province"), "pd-h2"),
        wrapped(
            "div",
            t(
                "Colour and mark: the worst state there is; deeper, the larger its share. Choose a square to filter."
            ),
            "pd-m",
        ),
    )
    key = f"tiles-{found.narrow.province or 'all'}"
    parts.chart(
        visit,
        "tiles",
        rows,
        t("Province tile grid of the worst state and the projects by light"),
        key=key,
        on_select=lambda: _choose(visit, key, found.narrow.province),
        selection_mode="tile",
    )


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


def _tile_rows(visit: Visit, found: Filters, totals: pl.DataFrame) -> list[dict]:
    """One row a square; the grid always shows the whole country that the reader may see."""
    t = visit.words
    if found.narrow.province or found.narrow.city:
        totals = _whole_country(visit, found)
    by_province = {code: place.province for code, place in found.known.places.items()}
    counts: dict[str, dict[str, int]] = {}
    if not totals.is_empty():
        grouped = totals.group_by("city", "light").agg(pl.col("projects").sum())
        for city, light, projects in grouped.iter_rows():
            at = counts.setdefault(by_province.get(city, city), {})
            at[light] = at.get(light, 0) + projects
    return [_tile(place, counts.get(place.code, {}), t) for place in places.provinces(visit.db)]


def _whole_country(visit: Visit, found: Filters) -> pl.DataFrame:
    wide = asdict(found.narrow) | {"province": None, "city": None}
    if found.day.cached:
        return day_state.sums(visit.db, visit.scope, found.day.on, wide)
    return days.totals(visit.db, found.day, visit.scope, days.Narrow(**wide))


def _tile(place: places.PlaceRow, counts: dict[str, int], t: Words) -> dict:
    there = [(light, counts[light]) for light in parts.LIGHTS if counts.get(light)]
    total = sum(count for _, count in there)
    worst, most = there[0] if there else ("none", 0)
    return {
        "province": place.code,
        "name": t.pick(_short(place.name_zh), _SHORT_EN.get(place.code, place.name_en)),
        "brief": t.pick(_short(place.name_zh), _BRIEF_EN.get(place.code[:2], place.code)),
        "row": place.row,
        "column": place.column,
        "worst": str(worst),
        "share": most / total if total else 0.0,
        "mark": " ".join(f"{parts.SHAPES[light]}{count}" for light, count in there[:2]),
        "said": t.pick("，", ", ").join(f"{parts.status(light, t)} {count}" for light, count in there)
        or t("no project"),
    }


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
