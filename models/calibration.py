"""How far a city's reports can be relied on: greens that turned red, figures restated, how late they come.

Pure: frames of one or more cities in, one row a city out. Shown beside a city and used by no light and no
rule: what a city told last year says nothing of how a project stands, and a limit would be ours alone.
"""

from datetime import date, timedelta

import polars as pl

from models.vocabulary import Freshness, Light

#: Days within which a green that turns red was a warning that did not come; and how far back is looked.
WATCHED_DAYS, LOOKED_BACK_DAYS = 60, 365

#: Columns of ``calibration`` beside the city.
COLUMNS = (
    *("green_days", "turned_red", "figures_told", "figures_restated", "told_high_bp"),
    *("state_days", "late_days", "delay_days"),
)


def calibration(states: pl.DataFrame, reports: pl.DataFrame, on: date) -> pl.DataFrame:
    """One row per city: COLUMNS.

    ``states``: city, project, state_on, light, freshness of judged days. ``reports``: every dispatch row ever
    told: city, project, as_of, recorded_at, physical_bp. ``green_days`` are green project-days watched for
    WATCHED_DAYS since, ``turned_red`` those of them that a red day followed within. ``figures_told`` are
    as-of days of projects with a progress, ``figures_restated`` those told anew with another;
    ``told_high_bp`` by how much the first telling of these was above the last, on average.
    ``late_days`` of ``state_days`` had a report that was due and missing. ``delay_days``: median days from an
    as-of day to its first report.
    """
    since = on - timedelta(days=LOOKED_BACK_DAYS)
    seen = states.filter(pl.col("state_on") <= on)
    return (
        _greens(seen.filter(pl.col("state_on") > since - timedelta(days=WATCHED_DAYS)), on)
        .join(_late(seen.filter(pl.col("state_on") > since)), on="city", how="full", coalesce=True)
        .join(_told(reports.filter(pl.col("as_of") > since)), on="city", how="full", coalesce=True)
        .select("city", *COLUMNS)
        .sort("city")
    )


def _greens(states: pl.DataFrame, on: date) -> pl.DataFrame:
    key = ["city", "project"]
    days = states.select(*key, "state_on", "light").sort("state_on")
    reds = days.filter(pl.col("light") == str(Light.RED)).select(*key, red_on="state_on")
    watched = pl.col("state_on") <= on - timedelta(days=WATCHED_DAYS)
    greens = days.filter((pl.col("light") == str(Light.GREEN)) & watched)
    found = greens.join_asof(
        reds, left_on="state_on", right_on="red_on", by=key, strategy="forward", check_sortedness=False
    )
    soon = (pl.col("red_on") - pl.col("state_on")).dt.total_days() <= WATCHED_DAYS
    return found.group_by("city").agg(
        green_days=pl.len().cast(pl.Int64), turned_red=soon.fill_null(False).sum().cast(pl.Int64)
    )


def _late(states: pl.DataFrame) -> pl.DataFrame:
    return states.group_by("city").agg(
        state_days=pl.len().cast(pl.Int64),
        late_days=(pl.col("freshness") == str(Freshness.STALE)).sum().cast(pl.Int64),
    )


def _told(reports: pl.DataFrame) -> pl.DataFrame:
    told = reports.filter(pl.col("physical_bp").is_not_null()).sort("recorded_at")
    figures = told.group_by("city", "project", "as_of", maintain_order=True).agg(
        first=pl.col("physical_bp").first(),
        last=pl.col("physical_bp").last(),
        came_on=pl.col("recorded_at").first().dt.convert_time_zone("Asia/Shanghai").dt.date(),
    )
    restated = pl.col("first") != pl.col("last")
    return figures.group_by("city").agg(
        figures_told=pl.len().cast(pl.Int64),
        figures_restated=restated.sum().cast(pl.Int64),
        told_high_bp=(pl.col("first") - pl.col("last")).filter(restated).mean(),
        delay_days=(pl.col("came_on") - pl.col("as_of")).dt.total_days().median(),
    )
