"""What the ledger of adjustments says over many projects: how often, how far, and what it did to each city. Pure.

Frames of ``models/queries/ledger.py`` in. Rejected adjustments are in the ledger and count nowhere else; one that
waits for a decision counts as an adjustment and has moved nothing yet. Money in fen, shares in basis points.
"""

from datetime import date, timedelta

import polars as pl

from models.measures import FULL_BP
from models.plans import PLAN_FIELDS
from models.vocabulary import AdjustmentStatus

KEY = ["city", "project"]

#: What an adjustment can have changed, as a filter names it; ``curve`` is any point of the plan's curve.
CHANGED = (*PLAN_FIELDS, "curve")

#: How far back the count looks that the alert on frequent adjustment looks at.
RECENT_DAYS = 365

#: So many in that time are frequent (anchors.md, 6, after Taiwan's budget centre); the light rules have their own.
OFTEN = 3

_PENDING, _APPROVED, _REJECTED = (str(status) for status in AdjustmentStatus)

#: Columns of ``cities`` that are counts or sums, so that cities can be added up.
SUMMED = (
    *("projects", "adjustments", "approved", "pending", "rejected", "adjusted_projects"),
    *("investment_v1", "investment", "reward_v1", "reward", "end_days", "moved_projects"),
    *("pending_investment", "pending_reward", "pending_end_days"),
)
_FIRST, _LAST = ("first_end_v1", "first_end"), ("last_end_v1", "last_end")


def ledger(entries: pl.DataFrame, changes: pl.DataFrame, curves: pl.DataFrame, on: date) -> pl.DataFrame:
    """One row per adjustment, with what it changed and how often its project has been adjusted.

    ``entries``: city, project, number, status (as known), adjusted_on and whatever else is to be kept;
    ``changes``: city, project, number, field, old, new of PLAN_FIELDS; ``curves``: city, project, number,
    ``curve`` (points changed). Adds ``{field}_old`` and ``{field}_new`` as stored text, ``curve``, ``end_days``,
    ``investment_moved``, ``reward_moved``, ``adjustments`` and ``adjustments_12m`` of the project up to ``on``.
    """
    key = [*KEY, "number"]
    for field in PLAN_FIELDS:
        told = changes.filter(pl.col("field") == field)
        sides = {f"{field}_{side}": pl.col(side) for side in ("old", "new")}
        entries = entries.join(told.select(*key, **sides), on=key, how="left")
    entries = entries.join(curves, on=key, how="left").with_columns(pl.col("curve").fill_null(0))
    counts = pl.col("status") != _REJECTED
    recent = pl.col("adjusted_on") > on - timedelta(days=RECENT_DAYS)
    return entries.with_columns(
        end_days=(_day("planned_end_new") - _day("planned_end_old")).dt.total_days(),
        investment_moved=_fen("total_investment_new") - _fen("total_investment_old"),
        reward_moved=_fen("reward_new") - _fen("reward_old"),
        adjustments=counts.sum().over(KEY).cast(pl.Int64),
        adjustments_12m=(counts & recent).sum().over(KEY).cast(pl.Int64),
    )


def _day(column: str) -> pl.Expr:
    return pl.col(column).str.to_date(strict=False)


def _fen(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.Int64, strict=False)


def wanted(
    entries: pl.DataFrame,
    *,
    status: str | None = None,
    changed: str | None = None,
    ground: str | None = None,
    since: date | None = None,
) -> pl.DataFrame:
    """The rows a reader asks for. ``changed``: one of CHANGED; ``ground`` "none": none was given; ``since`` inclusive."""
    if status:
        entries = entries.filter(pl.col("status") == status)
    if changed == "curve":
        entries = entries.filter(pl.col("curve") > 0)
    elif changed:
        entries = entries.filter(pl.col(f"{changed}_new").is_not_null())
    if ground:
        entries = entries.filter(
            pl.col("ground").is_null() if ground == "none" else pl.col("ground") == ground
        )
    return entries.filter(pl.col("adjusted_on") >= since) if since else entries


def worst_first(entries: pl.DataFrame, *, waiting_first: bool) -> pl.DataFrame:
    """The most often adjusted projects first, then the largest changes; what waits on top where it is asked for.

    Of those that wait the longest waiting comes first. A project's adjustments stand together, newest first.
    """
    waits = pl.col("status") == _PENDING
    top = waits if waiting_first else pl.lit(False)
    money = pl.when(_fen("total_investment_old") > 0).then(
        pl.col("investment_moved").abs() / _fen("total_investment_old")
    )
    size = pl.max_horizontal(
        money.fill_null(0.0), pl.col("end_days").abs().fill_null(0) / RECENT_DAYS, pl.lit(0.0)
    )
    return (
        entries.with_columns(top=top, size=size.max().over(KEY), asked=pl.when(top).then("adjusted_on"))
        .sort(
            *("top", "asked", "adjustments_12m", "adjustments", "size"),
            *("city", "project", "adjusted_on", "number"),
            descending=[True, False, True, True, True, False, False, True, True],
            nulls_last=True,
        )
        .drop("top", "size", "asked")
    )


def cities(entries: pl.DataFrame, plans: pl.DataFrame) -> pl.DataFrame:
    """One row per city with a project: SUMMED, the first and last planned completion, and the rates of ``rated``.

    ``plans`` of ``plans_by_city``; ``entries`` of ``ledger``, of all statuses. ``*_v1`` is by the first approved
    plans, ``pending_*`` what would move if all that waits were accepted.
    """
    status, waits = pl.col("status"), pl.col("status") == _PENDING
    told = entries.group_by("city").agg(
        adjustments=(status != _REJECTED).sum().cast(pl.Int64),
        approved=(status == _APPROVED).sum().cast(pl.Int64),
        pending=waits.sum().cast(pl.Int64),
        rejected=(status == _REJECTED).sum().cast(pl.Int64),
        adjusted_projects=pl.col("project").filter(status != _REJECTED).n_unique().cast(pl.Int64),
        pending_investment=pl.col("investment_moved").filter(waits).sum().cast(pl.Int64),
        pending_reward=pl.col("reward_moved").filter(waits).sum().cast(pl.Int64),
        pending_end_days=pl.col("end_days").filter(waits).sum().cast(pl.Int64),
    )
    joined = plans.join(told, on="city", how="left").with_columns(pl.col(SUMMED).fill_null(0))
    return rated(joined)


def added(cities: pl.DataFrame) -> pl.DataFrame:
    """All cities taken together: one row with the columns of ``cities`` but the city; no row of none."""
    if cities.is_empty():
        return cities.drop("city")
    return rated(
        cities.select(
            *(pl.col(name).sum() for name in SUMMED),
            *(pl.col(name).min() for name in _FIRST),
            *(pl.col(name).max() for name in _LAST),
        )
    )


def rated(frame: pl.DataFrame) -> pl.DataFrame:
    """Adds ``per_project`` (adjustments a project), ``investment_bp`` and ``reward_bp`` (how far the sum has moved
    since version 1) and ``end_days_mean`` (days a project's planned completion has moved, over all projects).
    """

    def moved(now: str) -> pl.Expr:
        first = pl.col(f"{now}_v1")
        return pl.when(first > 0).then((pl.col(now) - first) * FULL_BP / first)

    projects = pl.when(pl.col("projects") > 0).then(pl.col("projects"))
    return frame.with_columns(
        per_project=pl.col("adjustments") / projects,
        investment_bp=moved("investment"),
        reward_bp=moved("reward"),
        end_days_mean=pl.col("end_days") / projects,
    )


def plans_by_city(first: pl.DataFrame, now: pl.DataFrame) -> pl.DataFrame:
    """One row per city: what its plans add up to, first approved and in force.

    ``first`` and ``now``: a row per project, as ``models/versions.py`` gives them. A figure that only one of the
    two plans tells has not moved.
    """
    names = {"total_investment": "investment", "reward": "reward", "planned_end": "end"}
    now, first = (
        frame.select(*KEY, **{new: pl.col(old) for old, new in names.items()}) for frame in (now, first)
    )
    both = now.join(first, on=KEY, suffix="_v1").with_columns(
        pl.coalesce(name, other).alias(name)
        for one in ("investment", "reward")
        for name, other in ((one, f"{one}_v1"), (f"{one}_v1", one))
    )
    days = (pl.col("end") - pl.col("end_v1")).dt.total_days()
    return (
        both.group_by("city")
        .agg(
            projects=pl.len().cast(pl.Int64),
            **{name: pl.col(name).sum() for name in ("investment", "reward", "investment_v1", "reward_v1")},
            first_end=pl.col("end").min(),
            last_end=pl.col("end").max(),
            first_end_v1=pl.col("end_v1").min(),
            last_end_v1=pl.col("end_v1").max(),
            end_days=days.sum().cast(pl.Int64),
            moved_projects=(days != 0).sum().cast(pl.Int64),
        )
        .sort("city")
    )


def by_month(entries: pl.DataFrame, by: str) -> pl.DataFrame:
    """Adjustments not rejected by the month of their day: month (first day), code, adjustments. ``by``: a column."""
    counting = entries.filter(pl.col("status") != _REJECTED)
    return (
        counting.group_by(month=pl.col("adjusted_on").dt.month_start(), code=pl.col(by).cast(pl.String))
        .agg(adjustments=pl.len().cast(pl.Int64))
        .sort("month", "code", nulls_last=True)
    )
