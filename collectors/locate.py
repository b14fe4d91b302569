"""Whose rows are these: project codes → cities, inside the scope of whoever delivers them.

A row of a city outside the scope refuses the whole file (B102), an unknown project is never created by a
report (B101), and one code belongs to one city (B116).
"""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches

import polars as pl
import sqlalchemy as sa

from collectors.problems import MAX_SHOWN, Finding
from collectors.stored import Stored, known_codes
from collectors.texts import folded
from models.access import Scope, within
from models.places import PlaceLevel
from models.projects import Project
from models.words import mark, words

KEY = ["city", "project"]

Places = Sequence[tuple[str, str, str, str]]


def place_names(places: Places) -> dict[str, str]:
    """Every accepted way to write a city → its code: code, both names, without 市 as well."""
    accepted = {}
    for code, level, zh, en in places:
        if level == PlaceLevel.CITY or code == "XPCC":
            for name in (code, zh, en, zh.removesuffix("市"), f"{zh} {code}"):
                accepted.setdefault(folded(name), code)
    return accepted


def province_names(places: Places) -> dict[str, str]:
    """Every accepted way to write a province-level unit → its code: code, both names, without 省 or 市."""
    accepted = {}
    for code, level, zh, en in places:
        if level == PlaceLevel.PROVINCE:
            for name in (code, zh, en, zh.removesuffix("省").removesuffix("市")):
                accepted.setdefault(folded(name), code)
    return accepted


def _names(places: Places) -> dict[str, tuple[str, str]]:
    return {code: (zh, en) for code, _, zh, en in places}


def reported(frame: pl.DataFrame, stored: Stored, scope: Scope) -> tuple[pl.DataFrame, list[Finding]]:
    """Rows of registered projects with their ``city`` and ``project``; the others are findings."""
    registered = stored.projects().select(*KEY)
    mine = registered
    if scope.cities is not None:
        mine = registered.filter(pl.col("city").is_in(sorted(scope.cities)))
    only = mine.unique("project")
    found = frame.select(project="code").join(only, on="project", how="left", maintain_order="left")
    joined = frame.rename({"code": "project"}).with_columns(
        found["city"]
    )  # not a join: that copies all columns
    if only.height == mine.height and not joined["city"].null_count():
        return joined, []
    lost = joined.filter(pl.col("city").is_null() & pl.col("project").is_not_null())
    findings = _unlocated(lost.select("row_no", "project"), registered, stored, scope) if lost.height else []
    twice = mine.filter(pl.col("project").is_duplicated())
    if twice.height:
        rows = joined.filter(pl.col("project").is_in(twice["project"].unique().implode()))
        names = _names(stored.places())
        other = [names.get(city, (city, city)) for city in twice["city"].unique()]
        findings.append(Finding("E-B116", "code", rows.select("row_no", found="project"), {"other": other}))
    return joined.filter(pl.col("city").is_not_null()), findings


#: Said where no known code is like an unknown one.
_NONE = mark("none that is like it")


def _unlocated(lost: pl.DataFrame, registered: pl.DataFrame, stored: Stored, scope: Scope) -> list[Finding]:
    elsewhere = lost.join(registered.unique("project"), on="project")
    findings = _foreign(elsewhere.select("row_no", "city"), stored)
    unknown = lost.join(registered, on="project", how="anti")
    if unknown.height:
        table = Project.__table__
        known = within(sa.select(table.c.code).limit(5_000), scope, table.c.city)
        codes = [row[0] for row in stored.connection.execute(known)]
        near = {
            c: (get_close_matches(c, codes, 1, 0.5) or [_NONE])[0]
            for c in unknown["project"].unique().head(5)
        }
        rows = unknown.select(
            "row_no",
            found="project",
            near=pl.col("project").replace_strict(near, default=_NONE, return_dtype=pl.String),
        )
        findings.append(Finding("E-B101", "code", rows))
    return findings


def _foreign(rows: pl.DataFrame, stored: Stored) -> list[Finding]:
    """Rows of other cities, one finding a city."""
    if rows.is_empty():
        return []
    names = _names(stored.places())
    return [
        Finding(
            "E-B102",
            None,
            rows.filter(pl.col("city") == city).select("row_no"),
            {"other": names.get(city, (city, city))},
        )
        for city in rows["city"].unique(maintain_order=True)
    ]


def by_city(
    frame: pl.DataFrame, stored: Stored, scope: Scope, *, default: str | None = None
) -> tuple[pl.DataFrame, list[Finding]]:
    """Rows that name a place instead of a project, or neither: the place, else ``default`` or the only city."""
    if "city" not in frame.columns:
        frame = frame.with_columns(city=pl.lit(None, pl.String))
    frame = frame.with_columns(pl.col("city").fill_null(pl.lit(default or _only_city(scope), pl.String)))
    findings = []
    nowhere = frame.filter(pl.col("city").is_null())
    if nowhere.height:
        findings.append(Finding("E-B118", None, nowhere.select("row_no")))
    if scope.cities is not None:
        outside = frame.filter(~pl.col("city").is_in(sorted(scope.cities)))
        findings += _foreign(outside.select("row_no", "city"), stored)
    return frame, findings


def _only_city(scope: Scope) -> str | None:
    return next(iter(scope.cities)) if scope.cities is not None and len(scope.cities) == 1 else None


def registering(frame: pl.DataFrame, stored: Stored, scope: Scope) -> tuple[pl.DataFrame, list[Finding]]:
    """Project rows with ``city``, ``project`` and ``known``; wrong places, codes taken, changed kinds are findings."""
    frame, findings = by_city(frame.rename({"code": "project"}), stored, scope)
    registered = stored.projects().select("project", registered="city", old_kind="kind")
    joined = frame.join(registered.unique("project"), on="project", how="left", maintain_order="left")
    findings += _taken(joined, stored, scope)
    return joined.with_columns(known=pl.col("registered").is_not_null()).drop(
        "registered", "old_kind"
    ), findings


def _taken(joined: pl.DataFrame, stored: Stored, scope: Scope) -> list[Finding]:
    """Codes of other cities' projects, and kinds that are not as registered."""
    findings = []
    other = joined.filter(pl.col("registered") != pl.col("city"))
    foreign = pl.lit(False) if scope.cities is None else ~pl.col("registered").is_in(sorted(scope.cities))
    findings += _foreign(other.filter(foreign).select("row_no", city="registered"), stored)
    names = _names(stored.places()) if other.height else {}
    for city in other.filter(~foreign)["registered"].unique(maintain_order=True):
        rows = other.filter(~foreign, pl.col("registered") == city).select("row_no", found="project")
        findings.append(Finding("E-B116", "code", rows, {"other": names.get(city, (city, city))}))
    kinds = (
        joined.filter(pl.col("old_kind") != pl.col("kind")) if "kind" in joined.columns else joined.head(0)
    )
    for kind in kinds["old_kind"].unique(maintain_order=True):
        rows = kinds.filter(pl.col("old_kind") == kind).select("row_no", found="project")
        labels: Mapping = {"other": (words("zh_CN").label(kind), words("en").label(kind))}
        findings.append(Finding("E-B117", "kind", rows, labels))
    return findings


def absent(frame: pl.DataFrame, stored: Stored, scope: Scope) -> list[Finding]:
    """A single city's dispatch file that leaves out projects says so (N-B115)."""
    if scope.cities is None or len(scope.cities) != 1:
        return []
    sent = set(frame["project"])
    (city,) = scope.cities
    missing = [code for code in known_codes(stored.connection, city) if code not in sent]
    if not missing:
        return []
    return [Finding("N-B115", None, None, {"count": len(missing), "found": _some(missing)})]


def _some(codes: Sequence[str]) -> str:
    """The first codes, as many as are shown whole."""
    shown = codes[:1]
    while len(shown) < min(5, len(codes)) and len("、".join([*codes[: len(shown) + 1], "…"])) <= MAX_SHOWN:
        shown = codes[: len(shown) + 1]
    return "、".join(shown) + ("…" if len(shown) < len(codes) else "")
